"""Which rules match an event, without asking every rule and without looking at text twice.

An event is read in three steps, each remembered:

1. a few fields that most rules pin to a value (an event id, an action) choose a *group*: the rules
   that can still match, and the fields that these read;
2. each field's value belongs to a class (``rules.classes``), and the classes together are a key;
3. for a key never seen before, rules are asked that have a witness among the true atoms; the
   answer is kept for every later event with that key.

Rules that also read something rare (a field of few rules, a keyword, two fields compared) are
asked about the event itself, once the rest of them holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from agentwarrant.rules.group import NOTHING, Answer, Group
from agentwarrant.rules.ir import Node
from agentwarrant.rules.lines import Looker
from agentwarrant.rules.model import Rule
from agentwarrant.rules.nested import View
from agentwarrant.rules.program import COMPILE_AFTER, KEYWORDS, Program

_MAX_PINNING = 3
_PINNED_SHARE = 0.25
_MAX_GROUPS = 4_096
_MAX_SETTLED = 16
_PINNING_OPS = frozenset({"eq", "num"})


class Matcher:
    """The single-event rules of a detector.

    Args:
        rules: Rules; correlations among them are passed over.
        compile_after: Flat events that are looked up before code is generated for their like.

    Attributes:
        program: The compiled rules; its ``slow`` names regular expressions that took too long.
    """

    def __init__(self, rules: Sequence[Rule], compile_after: int = COMPILE_AFTER) -> None:
        self.program = Program(rules, compile_after)
        self._pinned = _pinned_by(self.program)
        self.pinning = tuple(self._pinned)
        self._groups = _Groups(self)
        self._look_flat = Looker(self.program, self.pinning, self._groups)
        self._look_line = Looker(self.program, self.pinning, self._groups)

    def hits(self, event: Mapping[str, Any]) -> Sequence[Rule]:
        """Return the rules that match a flat event, in order; the list is shared."""
        group: Group = self._look_flat.flat(event)
        answer: Answer = group.flat.flat(event)
        if answer is NOTHING:
            return ()
        if not answer.pending and not answer.keyworded:
            return answer.matched
        if answer.names is None:
            return self._asked(group, answer, answer.pending + answer.keyworded, event)
        fields = self.program.fields
        key = tuple([fields[name].of(event.get(name)) for name in answer.names])
        known = answer.settled.get(key)
        if known is None:
            known = self._asked(group, answer, answer.pending + answer.keyworded, event)
            if len(answer.settled) < _MAX_SETTLED:
                answer.settled[key] = known
        return known

    def line(self, line: bytes) -> Sequence[Rule]:
        """Return the rules that match one JSON object, in order; the list is shared.

        Raises:
            ValueError: The line is no JSON object.
        """
        group: Group = self._look_line.line(line)
        if not group.members:
            return ()
        answer: Answer = group.lined.line(line)
        if answer is NOTHING:
            return ()
        pending = answer.pending
        if answer.keyworded and group.gate.may_hold(line):
            pending += answer.keyworded
        if not pending:
            return answer.matched
        return self._asked(group, answer, pending, View(orjson.loads(line)))

    def true_atoms(self, event: Any) -> set[int]:
        """Return every atom that is true of an event (for explanations: nothing is skipped)."""
        true: set[int] = set()
        for name, field in self.program.fields.items():
            values = event.values() if name == KEYWORDS else (event.get(name),)
            true.update(*map(field.of, values))
        true.update(n for n in self.program.references if self.program.compare(n, event.get))
        return true

    def _asked(
        self, group: Group, answer: Answer, pending: tuple[int, ...], event: Any
    ) -> Sequence[Rule]:
        """Ask the rules that need more than the group's fields."""
        program = self.program
        found = list(answer.indexes)
        true = set(answer.true)
        read: set[str] = set()
        for index in pending:
            for name in group.further[index]:
                if name not in read:
                    read.add(name)
                    field = program.fields[name]
                    if name == KEYWORDS:
                        true.update(*map(field.of, event.values()))
                    else:
                        true |= field.of(event.get(name))
            for number in group.references.get(index, ()):
                if program.compare(number, event.get):
                    true.add(number)
            if program.truth(index)(true):
                found.append(index)
        found.sort()
        return [program.rules[index] for index in found]


class _Groups(dict[tuple[frozenset[int], ...], Group]):
    """Groups by the classes of the pinning fields, made when first met."""

    def __init__(self, matcher: Matcher) -> None:
        super().__init__()
        self._matcher = matcher

    def __missing__(self, key: tuple[frozenset[int], ...]) -> Group:
        if len(self) >= _MAX_GROUPS:
            self.clear()
        matcher = self._matcher
        true = frozenset[int]().union(*key)
        members = [
            index
            for index in range(len(matcher.program.rules))
            if all(
                (needed := by_rule.get(index)) is None or not needed.isdisjoint(true)
                for by_rule in matcher._pinned.values()
            )
        ]
        made = self[key] = Group(matcher.program, members, matcher.pinning, true)
        return made


def _pinned_by(program: Program) -> dict[str, dict[int, frozenset[int]]]:
    """Return the fields that most rules pin to values, with each rule's atoms of which one must be.

    A rule that does not pin a field is missing in it: it is in every group.
    """
    found: dict[str, dict[int, frozenset[int]]] = {}
    for index, tree in enumerate(program.trees):
        for name, numbers in _pins(program, tree):
            found.setdefault(name, {})[index] = numbers
    ranked = sorted(found, key=lambda name: (-len(found[name]), name))
    least = max(2.0, _PINNED_SHARE * len(program.rules))
    return {name: found[name] for name in ranked[:_MAX_PINNING] if len(found[name]) >= least}


def _pins(program: Program, tree: Node) -> Iterator[tuple[str, frozenset[int]]]:
    """Yield fields of which a tree needs one of some values."""
    if tree[0] == "and":
        for part in tree[1:]:
            yield from _pins(program, part)
        return
    parts = [tree] if tree[0] == "is" else tree[1:] if tree[0] == "or" else []
    numbers = [part[1] for part in parts if part[0] == "is"]
    pinning = {program.atoms[n][1] for n in numbers if program.atoms[n][2] in _PINNING_OPS}
    plain = all(program.atoms[n][2] in _PINNING_OPS for n in numbers)
    if plain and len(numbers) == len(parts) and len(pinning) == 1 and None not in pinning:
        yield pinning.pop(), frozenset(numbers)
