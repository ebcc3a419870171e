"""Which saved searches of the app are switched on with a rule."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from agentwarrant.errors import UsageError
from agentwarrant.faults import closest
from agentwarrant.rules.model import Rule

ALL = "*"


def searches_of(rules: Sequence[Rule], enable: AbstractSet[str]) -> list[str]:
    """Return the searches of some rules, with those that feed them.

    Args:
        rules: All rules.
        enable: Short ids of rules; ``*`` for all.

    Raises:
        UsageError: One of them is no rule's.
    """
    from agentwarrant.siem.splunk.render import render  # no other part of an install needs them
    from agentwarrant.siem.splunk.saved import stanzas

    known = {rule.short_id for rule in rules if rule.alerts}
    for one in sorted(enable - known - {ALL}):
        raise UsageError(
            f"no rule is called {one}", where="--enable", mend=closest(one, sorted(known))
        )
    made = stanzas(render(rules), enable)
    return [name for name, keys in made.items() if keys["disabled"] == "0"]
