"""A playbook as one run of it will go: other playbooks entered, what the case says decided.

What depends on how a step ends stays open (``runplan.Decide``), for it shows only while it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from agentwarrant.respond import runplan
from agentwarrant.respond.action import Target
from agentwarrant.respond.planning.parts import (
    Branch,
    Inner,
    Lane,
    Part,
    Pause,
    PlaybookStep,
    Question,
    TakeBack,
)
from agentwarrant.respond.planning.playbook import Playbook, is_as_bad, named
from agentwarrant.respond.planning.reach import has

Leaf = Callable[[str, PlaybookStep], runplan.Node | None]
"""Returns what a step becomes, given its id in the run; None: there is nothing to do."""


class Compiler:
    """Makes a tree of a playbook.

    Args:
        known: The playbooks that it may run; without cycles (``planning.faults``).
        facts: Of the case (``targets.facts_of``).
        target: Whom it is about.
        expires: Seconds for an approval that says nothing of time.
    """

    def __init__(
        self,
        known: Sequence[Playbook],
        facts: Mapping[str, Any],
        target: Target,
        expires: float = 0.0,
    ) -> None:
        self._known = known
        self._facts = facts
        self._target = target
        self._expires = expires

    def tree(self, playbook: Playbook, leaf: Leaf) -> runplan.Sequence:
        """Return the tree; a step of an inner playbook has the id ``inner/step``."""
        return runplan.Sequence(f"{playbook.name}@run", self._nodes(playbook.steps, "", leaf))

    def asked(self, playbook: Playbook, *, certain: bool = False) -> dict[str, PlaybookStep]:
        """Return the steps that may be reached, by their id in the run, in order.

        Args:
            playbook: Whose.
            certain: Only those that are reached however others end.
        """
        found: dict[str, PlaybookStep] = {}

        def keep(identity: str, step: PlaybookStep) -> runplan.Node:
            found[identity] = step
            return runplan.Wait(identity, 0)  # stands in for what planning will make of it

        tree = self.tree(playbook, keep)
        if certain:
            sure = {node.id for node in _certain(tree)}
            return {identity: step for identity, step in found.items() if identity in sure}
        return found

    def _nodes(self, parts: Sequence[Part], prefix: str, leaf: Leaf) -> tuple[runplan.Node, ...]:
        made = (self._node(part, prefix, leaf) for part in parts)
        return tuple(node for node in made if node is not None)

    def _node(self, part: Part, prefix: str, leaf: Leaf) -> runplan.Node | None:
        identity = f"{prefix}{part.id}"
        if isinstance(part, PlaybookStep):
            return leaf(identity, part)
        if isinstance(part, Pause):
            return runplan.Wait(identity, part.seconds)
        if isinstance(part, Question):
            seconds = part.seconds or self._expires
            return runplan.Approval(identity, part.needs, seconds, part.reason)
        if isinstance(part, Branch):
            return self._branch(part, identity, prefix, leaf)
        if isinstance(part, Inner):
            steps = named(self._known, part.playbook).steps
            return _sequence(identity, self._nodes(steps, f"{identity}/", leaf))
        if isinstance(part, TakeBack):  # it sends what runs of the ledger say, not what is planned
            return None
        nodes = self._nodes(part.nodes, prefix, leaf)
        if isinstance(part, Lane):
            return _sequence(identity, nodes)
        return runplan.Parallel(identity, nodes) if len(nodes) > 1 else next(iter(nodes), None)

    def _branch(self, part: Branch, identity: str, prefix: str, leaf: Leaf) -> runplan.Node | None:
        if not holds(part.when, self._facts, self._target):
            return _sequence(identity, self._nodes(part.otherwise, prefix, leaf))
        then = self._nodes(part.then, prefix, leaf)
        if "step" not in part.when:
            return _sequence(identity, then)
        other = self._nodes(part.otherwise, prefix, leaf)
        if not then and not other:
            return None
        states = part.when["is"]
        when = {
            "step": f"{prefix}{part.when['step']}",
            "is": [states] if isinstance(states, str) else list(states),
        }
        yes = runplan.Sequence(f"{identity}.then", then)
        no = runplan.Sequence(f"{identity}.else", other) if other else None
        return runplan.Decide(identity, when, yes, no)


def _certain(node: runplan.Node) -> Iterator[runplan.Node]:
    yield node
    if isinstance(node, (runplan.Sequence, runplan.Parallel)):
        for one in node.nodes:
            yield from _certain(one)


def _sequence(identity: str, nodes: tuple[runplan.Node, ...]) -> runplan.Node | None:
    return runplan.Sequence(identity, nodes) if nodes else None


def holds(when: Mapping[str, Any], facts: Mapping[str, Any], target: Target) -> bool:
    """Does what a condition says of the case hold? How steps end is not asked here."""
    return all(_HOLDS[key](facts, target, one) for key, one in when.items() if key in _HOLDS)


def _words(wanted: str | Sequence[str]) -> Sequence[str]:
    return [wanted] if isinstance(wanted, str) else wanted


_HOLDS: dict[str, Callable[[Mapping[str, Any], Target, Any], bool]] = {
    "severity": lambda facts, target, wanted: is_as_bad(
        facts.get("severity") or "informational", wanted
    ),
    "verdict": lambda facts, target, wanted: bool(
        set(facts.get("verdicts", ())) & set(_words(wanted))
    ),
    "rules": lambda facts, target, wanted: bool(set(facts.get("rules", ())) & set(wanted)),
    "has": lambda facts, target, wanted: any(has(target, word) for word in _words(wanted)),
}
