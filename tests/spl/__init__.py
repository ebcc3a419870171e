"""An interpreter of just the SPL that our rules are rendered to, for tests.

There is no Splunk here and no other engine that executes SPL. This one is written from Splunk's
documentation, command by command; it shares no code with what renders rules, and refuses what it
does not know. Where the documentation leaves a meaning open and the readings differ for the values
at hand, it refuses as well (``Doubt``) or takes the reading that the test asks for
(``machine.Readings``). So what it says is what the documentation says; it is not what a Splunk was
seen to do.

The parser stands alone: ``parse`` reads a search, ``names`` tells what it names, ``cost`` what it
would cost.
"""

from .faults import Doubt, Refused, Unreadable
from .macros import Macro
from .reading import parse

__all__ = ["Doubt", "Macro", "Refused", "Unreadable", "parse"]
