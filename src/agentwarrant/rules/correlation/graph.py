"""Which correlations run, in which order, and who reads whom."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from graphlib import CycleError, TopologicalSorter

from agentwarrant.rules.correlation.baseline import Baseline
from agentwarrant.rules.correlation.counting import Count
from agentwarrant.rules.correlation.distinct import Distinct
from agentwarrant.rules.correlation.metrics import Metric
from agentwarrant.rules.correlation.novelty import NewValue
from agentwarrant.rules.correlation.operator import GROWING, Operator
from agentwarrant.rules.correlation.presence import Presence
from agentwarrant.rules.correlation.reading import COMPUTED, TENANT, Reader
from agentwarrant.rules.correlation.replaced import Replaced
from agentwarrant.rules.correlation.sequence import Sequence as Steps
from agentwarrant.rules.correlation.shapes import Limits
from agentwarrant.rules.model import Correlation, Rule

_KINDS: dict[str, type[Operator]] = {
    "event_count": Count,
    "value_count": Distinct,
    "temporal": Presence,
    "temporal_ordered": Presence,
    "new_value": NewValue,
    "rate_baseline": Baseline,
    **dict.fromkeys(COMPUTED, Metric),
}


class Node:
    """One correlation that runs.

    Attributes:
        place: Its place in the order: no correlation is read by one before it.
        readers: Who reads it, each with the positions at which it stands there.
        reads: Whether it reads another correlation.
    """

    __slots__ = ("correlation", "operator", "place", "reader", "readers", "reads", "rule")

    def __init__(self, place: int, rule: Rule, correlation: Correlation) -> None:
        self.place = place
        self.rule = rule
        self.correlation = correlation
        self.reader = Reader(correlation)
        self.readers: list[tuple[Node, tuple[int, ...]]] = []
        self.reads = False
        self.operator: Operator

    def start(self, limits: Limits, counters: dict[str, int]) -> None:
        """Give it its operator, once all its readers are known."""
        kind = self.correlation.kind
        own = {TENANT, *self.correlation.group_by}
        read = any(
            node.reader.reads_metric(self.rule.id, kind) or node.reader.fields() - own
            for node, _ in self.readers
        )
        made = Steps if plain_sequence(self.correlation) else _KINDS[kind]
        self.operator = made(self.correlation, limits, counters, read)
        # Who looks for an order wants a match at its event, who counts wants one for a moment.
        counted = any(not node.correlation.kind.startswith("temporal") for node, _ in self.readers)
        if counted or self.reads:
            self.operator.patient()
        if self.reads and kind == "temporal_ordered":
            self.operator.replaced = Replaced()


def plain_sequence(correlation: Correlation) -> bool:
    """Tell whether a correlation asks for all its rules in order and nothing else."""
    if correlation.kind != "temporal_ordered" or correlation.condition is not None:
        return False
    rules = len(correlation.rules)
    least = correlation.threshold + (correlation.op == "gt")
    return correlation.op in GROWING and rules - 1 < least <= rules


def nodes_of(rules: Sequence[Rule]) -> list[Node]:
    """Return the correlations that alert, and those that they read, in order.

    Raises:
        ValueError: They read each other in a circle, or one is of a kind that there is not.
    """
    known = {rule.id: rule for rule in rules if rule.correlation is not None}
    order: TopologicalSorter[str] = TopologicalSorter()
    todo, seen = [rule.id for rule in known.values() if rule.alerts], set[str]()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        children = [one for one in _correlation(known[name]).rules if one in known]
        order.add(name, *children)
        todo += children
    try:
        ordered = list(order.static_order())
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise ValueError(f"correlations read each other in a circle: {circle}") from None
    nodes = [Node(n, known[one], _correlation(known[one])) for n, one in enumerate(ordered)]
    _link(nodes)
    return nodes


def _correlation(rule: Rule) -> Correlation:
    correlation = rule.correlation
    if correlation is None or correlation.kind not in _KINDS:
        raise ValueError(f"{rule.id} is no correlation of a kind that there is")
    if correlation.window_ms <= 0:
        raise ValueError(f"{rule.id} needs a window")
    return correlation


def _link(nodes: list[Node]) -> None:
    readers = readers_of(nodes)
    for node in nodes:
        node.readers = readers.get(node.rule.id, [])
        for reader, _ in node.readers:
            reader.reads = True


def readers_of(nodes: list[Node]) -> dict[str, list[tuple[Node, tuple[int, ...]]]]:
    """Return by id of a rule who reads it, with the positions at which it stands there."""
    found: dict[str, list[tuple[Node, tuple[int, ...]]]] = {}
    for node in nodes:
        names = node.correlation.rules
        for name in dict.fromkeys(names):
            places = tuple([n for n, other in enumerate(names) if other == name])
            found.setdefault(name, []).append((node, places))
    return found


def fingerprint(nodes: list[Node]) -> str:
    """Return what tells these correlations from others."""
    plain = [[node.rule.id, asdict(node.correlation)] for node in nodes]
    text = json.dumps(plain, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
