"""Where a plan waits for people: as few questions as can be, each before what it is for.

A point needs people where the mode of its class is ``approve``, where its step says so, or where
the business needs the agent. What can be taken back is asked for together, and what cannot is
asked for apart, by naming it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Sequence as Listed
from dataclasses import dataclass, replace

from agentwarrant.respond.action import Reversibility
from agentwarrant.respond.runplan import (
    Approval,
    Decide,
    Node,
    Parallel,
    Point,
    Sequence,
    walk,
)

SHOWN = 10
"""Things of one kind that are named one by one."""
ONE_STEP = "@"
"""Ends the id of the lanes that one step of a playbook has, one for each connection."""

REVERSIBLE, IRREVERSIBLE = "ask.changes", "ask.irreversible"


@dataclass(frozen=True, slots=True)
class Need:
    """How many people one point needs; 0: none."""

    point: Point
    people: int

    @property
    def is_final(self) -> bool:
        """Can nobody take it back?"""
        return self.point.reversibility is Reversibility.IRREVERSIBLE


def with_approvals(root: Sequence, needs: Mapping[str, Need], seconds: float) -> Sequence:
    """Return a tree with the questions in it that its points need.

    Args:
        root: The tree; a playbook's own questions stand in it already.
        needs: By id of the point.
        seconds: How long people have.
    """
    root = _own_questions(root, needs)
    asked = {one for node in walk(root) if isinstance(node, Approval) for one in node.covers}
    left = {i: need for i, need in needs.items() if need.people and i not in asked}
    for name, final in ((REVERSIBLE, False), (IRREVERSIBLE, True)):
        group = {i: need for i, need in left.items() if need.is_final is final}
        root = _Placing(name, group, seconds).into(root)
    return root


# Questions of the playbook -----------------------------------------------------------------


def _own_questions(root: Sequence, needs: Mapping[str, Need]) -> Sequence:
    """Return a tree in which the playbook's questions say what they are for.

    Each is for all points after it in its list, up to the next one there.
    """
    return Sequence(root.id, tuple(_questions(root.nodes, needs)))


def _questions(nodes: Listed[Node], needs: Mapping[str, Need]) -> Iterable[Node]:
    for index, node in enumerate(nodes):
        if not isinstance(node, Approval):
            yield _inside(node, lambda s: _own_questions(s, needs))
            continue
        rest = list(nodes[index + 1 :])
        end = next((i for i, one in enumerate(rest) if isinstance(one, Approval)), len(rest))
        points = [p for one in rest[:end] for p in walk(one) if isinstance(p, Point)]
        if points:
            yield _asking(node, [needs[p.id] for p in points])


def _inside(node: Node, change: Callable[[Sequence], Sequence]) -> Node:
    """Return a node with every sequence right below it changed."""
    if isinstance(node, Sequence):
        return change(node)
    if isinstance(node, Parallel):
        return Parallel(node.id, tuple(_inside(one, change) for one in node.nodes))
    if isinstance(node, Decide):
        other = _inside(node.otherwise, change) if node.otherwise else None
        return replace(node, then=_inside(node.then, change), otherwise=other)
    return node


def _asking(node: Approval, needs: Listed[Need]) -> Approval:
    final = [need.point for need in needs if need.is_final]
    reason = node.reason if not final else f"{node.reason} {_final(final)}".strip()
    people = max(node.needs, *(need.people for need in needs))
    covers = tuple(need.point.id for need in needs)
    return replace(node, needs=people, reason=reason, covers=covers)


# Questions that the policy asks ------------------------------------------------------------


class _Placing:
    """Puts one question before the first point of a group that is reached for sure.

    A point that may be reached by one way only has a question of its own on that way, unless
    everybody was asked before. So has what cannot be taken back in one lane of several: the other
    lanes do not wait for it.
    """

    def __init__(self, name: str, group: Mapping[str, Need], seconds: float) -> None:
        self._name = name
        self._group = group
        self._seconds = seconds
        self._asked = False

    def into(self, root: Sequence) -> Sequence:
        return self._sequence(root)

    def _sequence(self, sequence: Sequence) -> Sequence:
        nodes: list[Node] = []
        for node in sequence.nodes:
            nodes += self._node(node)
        return Sequence(sequence.id, tuple(nodes))

    def _node(self, node: Node) -> list[Node]:
        own = self._of(node)
        if self._asked or not own:
            return [node]
        if isinstance(node, Sequence):
            return [self._sequence(node)]
        if isinstance(node, Decide):
            return [self._decide(node)]
        if isinstance(node, Parallel) and own[0].is_final and not self._is_all(node):
            return self._split(node)
        self._asked = True
        return [self._question(self._name, list(self._group.values())), node]

    def _split(self, node: Parallel) -> list[Node]:
        """Return lanes of which some need not wait: each with a question of its own.

        The lanes of one step have one question together, after those that need none.
        """
        if not node.id.endswith(ONE_STEP):
            lanes = (self._way(one, f"{self._name}:{one.id}") for one in node.nodes)
            return [Parallel(node.id, tuple(lanes))]
        self._asked = True
        question = self._question(self._name, list(self._group.values()))
        later = [one for one in node.nodes if self._of(one)]
        first = [one for one in node.nodes if one not in later]
        return [*_beside(f"{node.id}first", first), question, *_beside(node.id, later)]

    def _decide(self, node: Decide) -> Decide:
        return replace(
            node,
            then=self._way(node.then, f"{self._name}:{node.id}.then"),
            otherwise=self._way(node.otherwise, f"{self._name}:{node.id}.else")
            if node.otherwise
            else None,
        )

    def _way(self, node: Node, name: str) -> Node:
        own = self._of(node)
        if not own:
            return node
        for need in own:
            self._group = {i: n for i, n in self._group.items() if i != need.point.id}
        inner = node if isinstance(node, Sequence) else Sequence(f"{name}.way", (node,))
        return _Placing(name, {n.point.id: n for n in own}, self._seconds).into(inner)

    def _is_all(self, node: Node) -> bool:
        """Is nothing in it that would wait for no reason?"""
        return all(one.id in self._group for one in walk(node) if isinstance(one, Point))

    def _of(self, node: Node) -> list[Need]:
        points = (one for one in walk(node) if isinstance(one, Point))
        return [self._group[one.id] for one in points if one.id in self._group]

    def _question(self, name: str, needs: Listed[Need]) -> Approval:
        points = [need.point for need in needs]
        reason = _final(points) if needs[0].is_final else _changes(points)
        people = max(need.people for need in needs)
        return Approval(name, people, self._seconds, reason, tuple(p.id for p in points))


def _beside(name: str, nodes: Listed[Node]) -> list[Node]:
    return [Parallel(name, tuple(nodes))] if len(nodes) > 1 else list(nodes)


def _changes(points: Listed[Point]) -> str:
    number = len(points)
    what = "1 change" if number == 1 else f"{number} changes"
    return f"{what} that can be taken back: {_listed(points)}"


def _final(points: Listed[Point]) -> str:
    return f"This cannot be taken back: {_listed(points)}"


def _listed(points: Listed[Point]) -> str:
    shown = [
        f"{point.step.title} ({point.step.point or point.action}, {point.connection})"
        for point in points[:SHOWN]
    ]
    more = [f"and {len(points) - SHOWN} more"] if len(points) > SHOWN else []
    return "; ".join((*shown, *more))
