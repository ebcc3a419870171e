"""Which saved searches of the app are switched on with a rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from agentwarrant.errors import UsageError
from agentwarrant.faults import closest
from agentwarrant.rules.model import Rule

ALL = "*"
_PART = re.compile(r"\.\d+$")


def searches_of(rules: Sequence[Rule], enable: AbstractSet[str]) -> list[str]:
    """Return the searches of some rules, with those that feed them.

    Args:
        rules: All rules.
        enable: Short ids of rules; ``*`` for all over our own events. Of another variant of a rule
            what it is called: ``AIA-CRD-007 over okta``, ``AIA-CRD-001 by tstats``.

    Raises:
        UsageError: One of them is no rule's.
    """
    # No other part of an install needs them.
    from agentwarrant.siem.splunk import foreign_rules, models, saved
    from agentwarrant.siem.splunk.render import render

    made = {
        **saved.stanzas(render(rules), enable),
        **foreign_rules.stanzas(rules, enable),
        **models.stanzas(rules, enable),
    }
    known = _called(name.removeprefix(saved.PREFIX) for name in made)
    for one in sorted(enable - {ALL, *known}):
        raise UsageError(f"no rule is called {one}", where="--enable", mend=closest(one, known))
    return [name for name, keys in made.items() if keys["disabled"] == "0"]


def _called(names: Iterable[str]) -> list[str]:
    """Return what rules are called, of the names of their searches without what all begin with."""
    return sorted({_PART.sub("", name.rpartition(" - ")[0]) for name in names})
