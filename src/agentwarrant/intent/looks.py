"""Acts of no known class that only look: their names say so, given a name at most.

To follow up what a listing had is no influence, whatever else the listing says.
"""

from __future__ import annotations

import re

from agentwarrant.intent.act import Act
from agentwarrant.intent.values import leaves_of
from agentwarrant.toolwords import LIST, READ, words_of

_LOOKING = (
    READ
    | LIST
    | frozenset(
        "state states balance balances detail details of history overview offers positions profile "
        "summary log logs begin card cards record entry info who what which".split()
    )
)
_NAME = re.compile(r"\S{1,64}")
_SETS = frozenset("set value new to state status mode role".split())


def looks(act: Act) -> bool:
    """Does an act of no known class only look something up?"""
    if act.tool_class != "other":
        return False
    words = list(words_of(act.tool))
    if not words or words[-1] not in _LOOKING:
        return False
    given = list(leaves_of(act.arguments))
    named = all(_NAME.fullmatch(value) and key.lower() not in _SETS for key, value in given)
    return len(given) <= 1 and named
