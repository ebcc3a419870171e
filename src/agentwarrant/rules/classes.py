"""What is true of a field's values: every value belongs to a class, the set of atoms true of it.

Values repeat, and values that differ still belong to the same few classes. So text is looked at
once for each distinct value, in one pass over it whatever the number of rules, and a rule is a
function of classes alone (``rules.matcher``).

The pass is one Aho-Corasick automaton over everything that a value must hold, the value wrapped in
two marks: ``startswith``, ``endswith`` and equality are then literals like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ahocorasick_rs import AhoCorasick, Implementation

from agentwarrant.rules import regexes
from agentwarrant.rules.ir import fold
from agentwarrant.rules.needles import marked, plain, text_test
from agentwarrant.rules.values import (
    Networks,
    number_of_value,
    part_of_time,
    parts_of,
    text_of_value,
)

Class = frozenset[int]
"""Numbers of the atoms that are true of a value."""

MAX_VALUES = 20_000
"""Values remembered for one field; more, and all are forgotten and looked at again."""

MAX_REMEMBERED = 4_096
"""Characters of a value that is worth remembering; a longer one is looked at every time."""

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "num": lambda a, b: a == b,
    "neq": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
}

_LONG = 2_000


class Field(dict[Any, Class]):
    """The classes of one field: a mapping of values to classes that makes what it lacks.

    Args:
        atoms: ``(number, op, argument)`` of every atom on the field.
        slow: Told the pattern of a regular expression that took too long.

    Indexing with an unhashable value (a list, an object) raises TypeError: ask ``of``.
    """

    def __init__(
        self, atoms: Iterable[tuple[int, str, Any]], slow: Callable[[str], None] = lambda _: None
    ) -> None:
        super().__init__()
        self._test = _Test(atoms, slow)
        self._interned: dict[Class, Class] = {}
        self.forgotten = 0

    def __missing__(self, value: Any) -> Class:
        if value.__class__ is str:
            found = self._interned_class(self._test.of_text(value))
            return self._remember(value, found) if len(value) <= MAX_REMEMBERED else found
        if value.__class__ is tuple:
            found = self._interned_class(self._test.of(list(parts_of(list(value)))))
            plain = all(part.__class__ is str for part in value)  # (1,) and (True,) are equal
            short = plain and sum(map(len, value)) <= MAX_REMEMBERED
            return self._remember(value, found) if short else found
        found = self._interned_class(self._test.of([] if value is None else [value]))
        return self._remember(value, found)

    def of(self, value: Any) -> Class:
        """Return the class of any value; a list has what any of its parts has."""
        if value is True or value is False:
            return self["true" if value else "false"]
        if value.__class__ in (list, dict):
            return self._interned_class(self._test.of(list(parts_of(value))))
        return self[value]

    @property
    def tells_bools(self) -> bool:
        """Is ``true`` another class than 1, or ``false`` than 0? They are equal as keys."""
        pairs = (("true", 1), ("false", 0))
        return any(self._test.of([text]) != self._test.of([number]) for text, number in pairs)

    def _remember(self, value: Any, found: Class) -> Class:
        if len(self) >= MAX_VALUES:
            self.clear()
            self.forgotten += 1
        self[value] = found
        return found

    def _interned_class(self, found: Class) -> Class:
        """Return the one object of a class, so that equal classes compare by identity."""
        known = self._interned.get(found)
        if known is None:
            if len(self._interned) >= MAX_VALUES:
                self._interned.clear()
            known = self._interned[found] = found
        return known


def _finds_nothing(_text: str, _overlapping: bool) -> list[tuple[int, int, int]]:
    return []


class _Test:
    """Which atoms are true of some values; built when the first value comes."""

    def __init__(self, atoms: Iterable[tuple[int, str, Any]], slow: Callable[[str], None]) -> None:
        self._atoms = list(atoms)
        self._slow = slow
        self._ready = False
        self._more = False
        self._absent: set[int] = set()
        self._present: set[int] = set()
        self._any_text: set[int] = set()
        self._equal: dict[str, list[int]] = {}
        self._needles: dict[str, list[tuple[int, Callable[[str, str], bool] | None]]] = {}
        self._unled: list[tuple[int, Callable[[str, str], bool]]] = []
        self._compared: list[tuple[int, Callable[[Any, Any], bool], Any]] = []
        self._numbers: dict[Any, list[int]] = {}
        self._parts: list[tuple[int, str, Callable[[Any, Any], bool], int]] = []
        self._bools: dict[str, list[int]] = {}
        self._networks = Networks()
        self._find: Callable[[str, bool], list[tuple[int, int, int]]] = _finds_nothing
        self._sure: list[list[int]] = []
        self._checked: list[list[tuple[int, Callable[[str, str], bool]]]] = []
        self._is_bare = False
        self._bare: Class = frozenset()

    def of_text(self, text: str) -> Class:
        """Return the numbers of the atoms that are true of one text."""
        if not self._ready:
            self._build()
        if not text.isascii():
            text = _encodable(text)
        folded = text.casefold()
        hits = self._hits(folded)
        if not hits and self._is_bare and folded not in self._equal:
            return self._bare  # as most texts are
        found = set(self._any_text)
        self._add_hits(hits, text, folded, found)
        if self._more:
            self._add_more(text, text, found)
        return frozenset(found)

    def of(self, values: list[Any]) -> Class:
        """Return the numbers of the atoms that any of the values makes true."""
        if not self._ready:
            self._build()
        if not values:
            return frozenset(self._absent)
        found = set(self._present)
        for value in values:
            text = text_of_value(value)
            if text is not None:  # of an object nothing can be said but that it is there
                found |= self._any_text
                self._add_any_text(value, text, found)
        return frozenset(found)

    def _add_any_text(self, value: Any, text: str, found: set[int]) -> None:
        if not text.isascii():
            text = _encodable(text)
        folded = fold(text)
        hits = self._hits(folded)
        self._add_hits(hits, text, folded, found)
        if self._more:
            self._add_more(value, text, found)

    def _add_more(self, value: Any, text: str, found: set[int]) -> None:
        """Add what is true of a value that is more than text: a number, a time, an address."""
        found.update(self._bools.get(fold(text), ()))
        if value is not True and value is not False:
            self._add_number(value, found)
        found.update(self._networks.holding(text))
        for identity, part, holds, wanted in self._parts:
            moment = part_of_time(value, part)
            if moment is not None and holds(moment, wanted):
                found.add(identity)

    def _hits(self, folded: str) -> list[tuple[int, int, int]]:
        return self._find(marked(folded), True)

    def _add_hits(
        self, hits: list[tuple[int, int, int]], text: str, folded: str, found: set[int]
    ) -> None:
        found.update(self._equal.get(folded, ()))
        for index in {hit[0] for hit in hits}:
            found.update(self._sure[index])
            for identity, verify in self._checked[index]:
                if identity not in found and self._true(verify, text, folded):
                    found.add(identity)
        for identity, verify in self._unled:
            if self._true(verify, text, folded):
                found.add(identity)

    def _true(self, verify: Callable[[str, str], bool], text: str, folded: str) -> bool:
        try:
            return verify(text, folded)
        except regexes.TooSlow as error:
            self._slow(str(error))
            return False

    def _add_number(self, value: Any, found: set[int]) -> None:
        if not self._numbers and not self._compared:
            return
        number = number_of_value(value)
        if number is None:
            return
        found.update(self._numbers.get(number, ()))
        for identity, holds, limit in self._compared:
            if holds(number, limit):
                found.add(identity)

    def _build(self) -> None:
        self._ready = True
        for identity, op, argument in self._atoms:
            self._place(identity, op, argument)
        self._atoms = []
        self._any_text |= self._present
        self._more = bool(self._bools or self._numbers or self._compared or self._parts)
        self._more |= bool(self._networks)
        self._is_bare = not self._more and not self._unled
        self._bare = frozenset(self._any_text)
        if self._needles:
            # Left alone it makes a table for few needles, which takes 0.3 s for 3,000 letters.
            long = sum(map(len, self._needles)) > _LONG
            kind = Implementation.ContiguousNFA if long else None
            finder = AhoCorasick(list(self._needles), implementation=kind)
            self._find = finder.find_matches_as_indexes
        for asked in self._needles.values():
            self._sure.append([identity for identity, verify in asked if verify is None])
            self._checked.append([(i, verify) for i, verify in asked if verify is not None])
        self._needles = {}

    def _place(self, identity: int, op: str, argument: Any) -> None:
        match op:
            case "null":
                self._absent.add(identity)
            case "exists":
                (self._present if argument else self._absent).add(identity)
            case "num":
                self._numbers.setdefault(argument, []).append(identity)
            case "lt" | "lte" | "gt" | "gte" | "neq":
                self._compared.append((identity, _COMPARISONS[op], argument))
            case "bool":
                self._bools.setdefault("true" if argument else "false", []).append(identity)
            case "cidr":
                self._networks.add(argument, identity)
            case "part":
                part, how, wanted = argument
                self._parts.append((identity, part, _COMPARISONS[how], wanted))
            case "re":
                self._place_regex(identity, *argument)
            case "eq":
                self._equal.setdefault(argument, []).append(identity)
            case _:
                self._place_text(identity, op, argument)

    def _place_regex(self, identity: int, pattern: str, flags: str) -> None:
        search = regexes.searcher(pattern, flags)
        needles = regexes.literals(pattern, flags)
        if not all(map(plain, needles)):
            needles = ()
        for needle in needles:
            self._needle(needle, identity, lambda text, _: search(text))
        if not needles:
            self._unled.append((identity, lambda text, _: search(text)))

    def _place_text(self, identity: int, op: str, argument: Any) -> None:
        needle, verify = text_test(op, argument)
        if needle:
            self._needle(needle, identity, verify)
        elif verify is None:
            self._any_text.add(identity)
        else:
            self._unled.append((identity, verify))

    def _needle(
        self, needle: str, identity: int, verify: Callable[[str, str], bool] | None
    ) -> None:
        self._needles.setdefault(needle, []).append((identity, verify))


def _encodable(text: str) -> str:
    """Return text without halves of surrogate pairs, which no automaton takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
