"""The rules that can still match once the pinning fields are known, and the fields they read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from agentwarrant.rules.ir import Node, atoms
from agentwarrant.rules.lines import Looker
from agentwarrant.rules.model import Rule
from agentwarrant.rules.program import KEYWORDS, Program, Truth, hopeful, rarity, truth_of, witness

_MAX_ANSWERS = 50_000
_COMMON_SHARE = 0.05
_LEARNT = (200, 2_000)
"""Answers after which witnesses are chosen anew."""

_SAMPLED = 20
"""After the first choice one answer in so many is counted."""

_COMMON_LEAST = 3


@dataclass(slots=True)
class Answer:
    """What one combination of classes tells.

    Attributes:
        indexes, matched: Rules that match, whatever else the event holds.
        pending: Rules that may; they read more than the group's fields.
        keyworded: More rules that may, if the event holds one of their keywords.
        true: The atoms that are true.
        names: The fields that the rules that may match read besides; None where one looks for
            keywords or compares two fields.
        settled: What matches, by the classes of these fields; few are kept.
    """

    indexes: tuple[int, ...]
    matched: tuple[Rule, ...]
    pending: tuple[int, ...]
    keyworded: tuple[int, ...]
    true: frozenset[int]
    names: tuple[str, ...] | None = None
    settled: dict[tuple[frozenset[int], ...], Sequence[Rule]] = field(default_factory=dict)


NOTHING = Answer((), (), (), (), frozenset())


class Group:
    """Some rules of a program.

    Args:
        program: The rules.
        members: Indexes of those that can match in this group.
        pinning: Fields already known.
        true: What is true of them.

    Attributes:
        further: By rule, the fields it reads that are not the group's.
        references: By rule, its atoms that compare two fields.
        gate: Says of a line whether it can hold a keyword of the group's rules.
    """

    def __init__(
        self, program: Program, members: list[int], pinning: tuple[str, ...], true: frozenset[int]
    ) -> None:
        self.program = program
        self.members = members
        self._given = true
        reads = {index: program.reads(index) for index in members}
        self.fields = _chosen(program, reads, pinning)
        known = frozenset((*pinning, *self.fields))
        self._known = known
        self.further = {
            index: tuple(sorted(n for n in names - known if n in program.fields))
            for index, names in reads.items()
        }
        self.references = _references(program, members)
        self._pending = {i for i in members if self.further[i] or i in self.references}
        self._hopes: dict[int, Truth] = {}
        self._keyworded = {i for i in self._pending if self._needs_keyword(i)}
        self._seen: Counter[int] = Counter()
        self._answers = 0
        self._find_witnesses()
        keywords = {a[1] for i in self._keyworded for a in atoms(program.trees[i])}
        self.gate = program.gate(n for n in keywords if program.field_of(n) == KEYWORDS)
        answers = _Answers(self)
        self.flat = Looker(program, self.fields, answers)
        self.lined = Looker(program, self.fields, answers)

    def _find_witnesses(self) -> None:
        """Choose for every rule atoms of which one must be true, the rarer the better."""
        self._always, by_witness = [], defaultdict(list)
        for index in self.members:
            found = witness(self.program.trees[index], self._cost)
            if found is None:
                self._always.append(index)
            for number in found[1] if found else ():
                by_witness[number].append(index)
        self._anyway = [i for i in self._always if self._is_hopeful(i)]
        self._undecided = [i for i in self._always if i not in self._anyway]
        self._by_witness = dict(by_witness)
        self._witnesses = frozenset(by_witness)

    def _cost(self, number: int) -> float | None:
        name = self.program.field_of(number)
        if name not in self._known or number in self._given:
            return None
        return self._seen[number] + rarity(self.program.atoms[number])

    def _needs_keyword(self, index: int) -> bool:
        if KEYWORDS not in self.further[index]:
            return False
        program = self.program
        keyword = witness(
            program.trees[index], lambda n: 1.0 if program.field_of(n) == KEYWORDS else None
        )
        return keyword is not None

    def answer(self, key: tuple[frozenset[int], ...]) -> Answer:
        """Return what a combination of classes tells; the work that ``_Answers`` keeps."""
        true = self._given.union(*key)
        if self._answers <= _LEARNT[-1]:
            self._learn(true)
        candidates = set(self._undecided)
        for number in true & self._witnesses:
            candidates.update(self._by_witness[number])
        matched: list[int] = []
        pending: list[int] = [*self._anyway]
        for index in sorted(candidates):
            if index not in self._pending:
                if self.program.truth(index)(true):
                    matched.append(index)
            elif self._hope(index)(true):
                pending.append(index)
        if not matched and not pending:
            return NOTHING
        rules = tuple(self.program.rules[index] for index in matched)
        keyworded = tuple(index for index in pending if index in self._keyworded)
        others = tuple(index for index in pending if index not in self._keyworded)
        return Answer(tuple(matched), rules, others, keyworded, true, self._names(pending))

    def _names(self, pending: list[int]) -> tuple[str, ...] | None:
        """Return the fields outside of the group that decide about some rules, if only these do."""
        names = {name for index in pending for name in self.further[index]}
        compares = any(index in self.references for index in pending)
        return None if compares or KEYWORDS in names else tuple(sorted(names))

    def _learn(self, true: frozenset[int]) -> None:
        """Count what is true; from time to time choose witnesses by what turned out to be rare."""
        self._answers += 1
        if self._answers > _LEARNT[0] and self._answers % _SAMPLED:
            return
        self._seen.update(true)
        if self._answers in _LEARNT:
            self._find_witnesses()

    def _hope(self, index: int) -> Truth:
        made = self._hopes.get(index)
        if made is None:
            tree = hopeful(self.program.trees[index], self._is_known)
            made = self._hopes[index] = truth_of(tree)
        return made

    def _is_hopeful(self, index: int) -> bool:
        """May the rule match whatever the group's fields hold?"""
        tree = hopeful(self.program.trees[index], self._is_known)
        return index in self._pending and tree == ["true"]

    def _is_known(self, number: int) -> bool:
        return self.program.field_of(number) in self._known


class _Answers(dict[tuple[frozenset[int], ...], Answer]):
    """Answers by combination of classes, made when first met, forgotten when they are too many."""

    def __init__(self, group: Group) -> None:
        super().__init__()
        self._group = group

    def __missing__(self, key: tuple[frozenset[int], ...]) -> Answer:
        if len(self) >= _MAX_ANSWERS:
            self.clear()
        made = self[key] = self._group.answer(key)
        return made


def _references(program: Program, members: list[int]) -> dict[int, tuple[int, ...]]:
    if not program.references:
        return {}
    found = {
        index: tuple(a[1] for a in atoms(program.trees[index]) if a[1] in program.references)
        for index in members
    }
    return {index: numbers for index, numbers in found.items() if numbers}


def _chosen(
    program: Program, reads: dict[int, frozenset[str]], pinning: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the fields that are read of every event of the group.

    Those that many of its rules read, and then the fewest with which every rule has a witness.
    """
    left = set(pinning) | {KEYWORDS}
    counted = Counter(name for names in reads.values() for name in names - left)
    least = max(_COMMON_LEAST, _COMMON_SHARE * len(reads))
    chosen = {name for name, count in counted.items() if count >= least and name in program.fields}
    for index, names in sorted(reads.items(), key=lambda pair: (len(pair[1]), pair[0])):
        if not _has_witness(program, program.trees[index], chosen):
            best = _field_with_witness(program, program.trees[index], names - left, counted)
            chosen.update([best] if best else [])
    return tuple(sorted(chosen))


def _has_witness(program: Program, tree: Node, names: set[str]) -> bool:
    return witness(tree, lambda n: 1.0 if program.field_of(n) in names else None) is not None


def _field_with_witness(
    program: Program, tree: Node, names: frozenset[str], counted: Counter[str]
) -> str | None:
    ranked = sorted(names, key=lambda name: (-counted[name], name))
    fitting = (n for n in ranked if n in program.fields and _has_witness(program, tree, {n}))
    return next(fitting, None)
