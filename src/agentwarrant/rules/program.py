"""A set of rules as numbered atoms, and every rule as a function of the atoms that are true."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from typing import Any

from agentwarrant.rules.classes import Field
from agentwarrant.rules.ir import Node, atoms, conjunction, disjunction, fold, negation
from agentwarrant.rules.keywords import Gate
from agentwarrant.rules.model import Rule
from agentwarrant.rules.values import parts_of, text_of_value

Truth = Callable[[Set[int]], bool]
"""Whether a rule holds, given the numbers of all atoms that are true."""

KEYWORDS = ""
"""The name under which what is looked for in every value stands among the fields."""


COMPILE_AFTER = 16
"""After so many events generated code has saved what it costs to compile."""


class Program:
    """Rules compiled once; nothing here knows an event.

    Args:
        rules: Rules with a tree; others are passed over.

    Attributes:
        rules: Those with a tree, in order.
        fields: The classes of every field that any rule reads, by name.
        references: Atom to ``(field, other field, how)`` of what compares two fields.
        slow: Pattern to number of searches that took longer than ``regexes.TIME_BOUND``.
        compile_after: Events that are looked up before code is generated for their like.
    """

    def __init__(self, rules: Sequence[Rule], compile_after: int = COMPILE_AFTER) -> None:
        self.compile_after = compile_after
        self.rules = [rule for rule in rules if rule.tree is not None]
        self.slow: dict[str, int] = {}
        self.references: dict[int, tuple[str, str, str]] = {}
        self.atoms: list[Node] = []
        self._numbers: dict[tuple[Any, ...], int] = {}
        self.trees = [self._numbered(rule.tree or ["false"]) for rule in self.rules]
        self._gates: dict[frozenset[int], Gate] = {}
        self._reads: dict[int, frozenset[str]] = {}
        self._truths: list[Truth | None] = [None] * len(self.rules)
        by_field: dict[str, list[tuple[int, str, Any]]] = {}
        for number, (_, name, op, argument) in enumerate(self.atoms):
            if op == "ref":
                self.references[number] = (name, argument[0], argument[1])
            elif name is None:
                by_field.setdefault(KEYWORDS, []).append((number, *_keyword(op, argument)))
            else:
                by_field.setdefault(name, []).append((number, op, argument))
        self.fields = {name: Field(found, self._too_slow) for name, found in by_field.items()}

    def _too_slow(self, pattern: str) -> None:
        self.slow[pattern] = self.slow.get(pattern, 0) + 1

    def _numbered(self, node: Node) -> Node:
        """Return a tree with every atom replaced by its number: ``["is", 17]``."""
        if node[0] != "is":
            return [node[0], *(self._numbered(part) for part in node[1:])]
        _, name, op, argument = node
        plain = argument.__class__
        key = (name, op, argument if plain is str else repr(argument), plain)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.atoms)
            self.atoms.append(node)
        return ["is", number]

    def field_of(self, number: int) -> str | None:
        """Return the field whose class tells an atom; None for one that compares two fields."""
        if number in self.references:
            return None
        name: str | None = self.atoms[number][1]
        return KEYWORDS if name is None else name

    def gate(self, numbers: Iterable[int]) -> Gate:
        """Return the gate for some keywords; those that look for the same share one."""
        key = frozenset(numbers)
        known = self._gates.get(key)
        if known is None:
            known = self._gates[key] = Gate(self.atoms[number] for number in sorted(key))
        return known

    def truth(self, index: int) -> Truth:
        """Return the function of a rule, made when it is first asked for."""
        known = self._truths[index]
        if known is None:
            known = self._truths[index] = truth_of(self.trees[index])
        return known

    def reads(self, index: int) -> frozenset[str]:
        """Return the fields that a rule reads, ``KEYWORDS`` for all."""
        known = self._reads.get(index)
        if known is None:  # every group asks
            known = self._reads[index] = self._read_by(index)
        return known

    def _read_by(self, index: int) -> frozenset[str]:
        names: set[str] = set()
        for atom in atoms(self.trees[index]):
            if atom[1] in self.references:
                names.update(self.references[atom[1]][:2])
            else:
                names.add(self.field_of(atom[1]) or KEYWORDS)
        return frozenset(names)

    def compare(self, number: int, get: Callable[[str], Any]) -> bool:
        """Return whether an atom that compares two fields is true of an event."""
        name, other, how = self.references[number]
        right = _texts(get(other))
        return any(_related(left, wanted, how) for left in _texts(get(name)) for wanted in right)


def _texts(value: Any) -> list[str]:
    found = (text_of_value(part) for part in parts_of(value))
    return [fold(text) for text in found if text is not None]


def _related(left: str, right: str, how: str) -> bool:
    if how == "startswith":
        return left.startswith(right)
    if how == "endswith":
        return left.endswith(right)
    return right in left if how == "contains" else left == right


def _keyword(op: str, argument: Any) -> tuple[str, Any]:
    """Return what an atom without a field asks of each value: it may stand anywhere in it."""
    kind, _, cased = op.partition("_")
    suffix = "_cased" if cased else ""
    if kind in ("eq", "startswith", "endswith"):
        return f"contains{suffix}", argument
    if kind == "like":
        return op, [0, *argument, 0]
    if kind in ("num", "bool"):
        return "contains", fold(text_of_value(argument) or "")
    return op, argument


def truth_of(node: Node) -> Truth:
    """Return the function of a numbered tree."""
    kind = node[0]
    if kind == "is":
        number: int = node[1]
        return lambda true: number in true
    if kind in ("true", "false"):
        answer = kind == "true"
        return lambda _: answer
    if kind == "not":
        inner = truth_of(node[1])
        return lambda true: not inner(true)
    plain = frozenset(part[1] for part in node[1:] if part[0] == "is")
    rest = [truth_of(part) for part in node[1:] if part[0] != "is"]
    return _all(plain, rest) if kind == "and" else _any(plain, rest)


def _all(plain: frozenset[int], rest: list[Truth]) -> Truth:
    if not rest:
        return plain.issubset
    if len(rest) == 1:
        (only,) = rest
        return lambda true: plain <= true and only(true)
    return lambda true: plain <= true and all(part(true) for part in rest)


def _any(plain: frozenset[int], rest: list[Truth]) -> Truth:
    apart = plain.isdisjoint
    if not rest:
        return lambda true: not apart(true)
    return lambda true: not apart(true) or any(part(true) for part in rest)


def holds(node: Node, true: Set[int]) -> bool:
    """Return whether a numbered tree holds; ``truth_of`` is for those that are asked often."""
    kind = node[0]
    if kind == "is":
        return node[1] in true
    if kind == "not":
        return not holds(node[1], true)
    if kind in ("true", "false"):
        return bool(kind == "true")
    decide = all if kind == "and" else any
    return decide(holds(part, true) for part in node[1:])


def hopeful(node: Node, known: Callable[[int], bool], *, hope: bool = True) -> Node:
    """Return a tree that holds whenever the given one may: unknown atoms are what helps most."""
    if node[0] == "is":
        return node if known(node[1]) else ["true" if hope else "false"]
    if node[0] in ("true", "false"):
        return node
    if node[0] == "not":
        return negation(hopeful(node[1], known, hope=not hope))
    parts = [hopeful(part, known, hope=hope) for part in node[1:]]
    return conjunction(parts) if node[0] == "and" else disjunction(parts)


Cost = Callable[[int], float | None]
"""How often an atom is true, roughly; None for one that must not be chosen."""


def witness(node: Node, cost: Cost) -> tuple[float, frozenset[int]] | None:
    """Return the cheapest set of atoms of which one is true whenever the tree holds, and its cost.

    None when there is no such set: a rule that only says what must not be, for example.
    """
    if node[0] == "is":
        own = cost(node[1])
        return None if own is None else (own, frozenset((node[1],)))
    if node[0] == "false":
        return 0.0, frozenset()
    if node[0] in ("true", "not"):
        return None
    found = [witness(part, cost) for part in node[1:]]
    if node[0] == "and":
        return min((f for f in found if f), key=lambda pair: pair[0], default=None)
    whole = [f for f in found if f]
    if len(whole) < len(found):
        return None
    return sum(c for c, _ in whole), frozenset().union(*(atoms_ for _, atoms_ in whole))


def rarity(atom: Node) -> float:
    """Return about how often an atom is true, for choosing between atoms of one rule."""
    _, _, op, argument = atom
    kind = op.partition("_")[0]
    if kind in ("eq", "contains", "startswith", "endswith"):
        return 1.0 + 30.0 / (1 + len(argument))
    return {"num": 4.0, "re": 4.0, "like": 4.0, "cidr": 5.0, "bool": 10.0}.get(kind, 50.0)
