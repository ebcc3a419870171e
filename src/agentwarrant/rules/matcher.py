"""Which rules match one event, without asking every rule about every event.

Rules read mostly enumerations, and events repeat the same few combinations of them. So the rules
that read nothing else are asked once per combination, and the answer is remembered; the others are
asked when their ``event.action`` fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agentwarrant.event import Event
from agentwarrant.rules.model import Rule
from agentwarrant.vocabulary import DEFAULTS

_ENUMERATIONS = frozenset(DEFAULTS) | {
    "event.action",
    "event.module",
    "event.dataset",
    "event.code",
    "warrant.policy.reason",
    "warrant.payment.kind",
    "gen_ai.operation.name",
}
_MAX_COMBINATIONS = 20_000


class Matcher:
    """The single-event rules of a detector.

    Args:
        rules: Rules with a predicate.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._plain = [rule for rule in rules if rule.fields and rule.fields <= _ENUMERATIONS]
        self._fields = tuple(sorted({name for rule in self._plain for name in rule.fields}))
        self._known: dict[tuple[Any, ...], list[Rule]] = {}
        others = [rule for rule in rules if not (rule.fields and rule.fields <= _ENUMERATIONS)]
        self._any = [rule for rule in others if not rule.actions]
        actions = {action for rule in others for action in rule.actions}
        self._by_action = {
            action: [r for r in others if not r.actions or action in r.actions]
            for action in actions
        }

    def hits(self, event: Event) -> list[Rule]:
        """Return the rules that match; the list is shared, do not change it."""
        get = event.get
        key = tuple([get(name) for name in self._fields])
        try:
            found = self._known.get(key)
        except TypeError:  # a list where an enumeration belongs
            found = [rule for rule in self._plain if rule.predicate and rule.predicate(event)]
            return found + self._asked(event)
        if found is None:
            if len(self._known) >= _MAX_COMBINATIONS:
                self._known.clear()
            found = [rule for rule in self._plain if rule.predicate and rule.predicate(event)]
            self._known[key] = found
        asked = self._asked(event)
        return found + asked if asked else found

    def _asked(self, event: Event) -> list[Rule]:
        rules = self._by_action.get(str(event.get("event.action")), self._any)
        return [rule for rule in rules if rule.predicate and rule.predicate(event)]
