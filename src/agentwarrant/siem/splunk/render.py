"""Rules as searches of Splunk: all that can mean the same there, and why the rest cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agentwarrant.rules.model import Rule
from agentwarrant.siem.alternatives import CannotRender, Refusal, check
from agentwarrant.siem.splunk.compose import queries
from agentwarrant.siem.splunk.query import Query


@dataclass(frozen=True, slots=True)
class NativeSearch:
    """One search.

    Attributes:
        rule: The rule that it comes from.
        part: Which of that rule's searches, from 1.
        query: What it asks.
    """

    rule: Rule
    part: int
    query: Query


@dataclass(frozen=True, slots=True)
class Rendered:
    """All rules that give findings of their own, rendered or refused, in their order."""

    rules: tuple[NativeSearch, ...]
    refused: tuple[Refusal, ...]


def render(rules: Sequence[Rule]) -> Rendered:
    """Return what some rules become.

    Args:
        rules: All rules, those that others read among them.
    """
    made: list[NativeSearch] = []
    refused: list[Refusal] = []
    known = {rule.id: rule for rule in rules}
    for rule in rules:
        if not rule.alerts:
            continue
        try:
            check(rule, known)
            found = queries(rule, rules)
        except CannotRender as error:
            refused.append(Refusal(rule, str(error)))
        else:
            made += [NativeSearch(rule, part, query) for part, query in enumerate(found, 1)]
    return Rendered(tuple(made), tuple(refused))
