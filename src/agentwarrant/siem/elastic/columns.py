"""Correlations that read each other, in one ES|QL query: lists of moments, one list a step.

A group is one row. Every rule about single events is a column of it, the moments of the group's
events that match; every correlation makes, out of the columns of what it reads, the column of the
moments at which it matches. A step of that is always the same: some lists become rows
(``MV_EXPAND``), the rows are compared, and become lists again (``STATS … BY`` the group).

Before lists become rows, a group is parted in two: a row for the lists that are compared, and a row
that waits with all others. Else every row would hold a copy of every list.

A moment is a number, twice the milliseconds since 1970. It is one more where an event is also what
the next step asks for: an event is never two steps, so that must then come later. All other events
of one millisecond may stand in any order, because an index does not keep it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agentwarrant.rules.correlation.reading import TENANT
from agentwarrant.rules.ir import FALSE, Node, conjunction, disjunction, negation
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.elastic.esql import SOURCE, column, condition
from agentwarrant.siem.elastic.frame import text_of
from agentwarrant.siem.reduced import Types
from agentwarrant.siem.vocabulary import is_single

MOMENT = "2 * TO_LONG(@timestamp)"
WIDTH = 13
"""Digits of a moment, from 1985 to 2128."""
_PLAN, _PART = "plan", "part"
_COLUMN = re.compile(r"\bc\d+\b")
_ACTION = "event.action"


@dataclass(frozen=True, slots=True)
class Events:
    """Events that become a column.

    Attributes:
        tree: Which.
        keys: The fields that group them, besides the tenant.
        value: A field whose values stand in the column with the moments; empty for none.
    """

    tree: Node
    keys: tuple[str, ...]
    value: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """Events that are collected: a column, or the parts of one.

    Attributes:
        name: Of the column.
        events: Which.
        moment: How a moment of them is written.
        ends: The first and the last of a slot of time are enough.
    """

    name: str
    events: Events
    moment: str
    ends: bool


@dataclass(frozen=True, slots=True)
class Step:
    """Commands that make a column.

    Attributes:
        reads: Columns that they compare; none where they work on whole lists.
        commands: See ``Columns.add``.
        makes: The column.
    """

    reads: tuple[str, ...]
    commands: tuple[str, ...]
    makes: str


class Columns:
    """A query in the making.

    Args:
        names: The columns of a group, besides the tenant.
        types: Of all fields.
    """

    def __init__(self, names: tuple[str, ...], types: Types) -> None:
        self._names = names
        self._types = types
        self._group = ", ".join(map(column, (TENANT, *names)))
        self._collect: list[Kept] = []
        self._known: dict[str, str] = {}
        self._asked: list[Node] = []
        self._joins: list[str] = []
        self._steps: list[Step] = []
        self._slots: list[int] = []
        self._count = 0

    def new(self) -> str:
        """Return a name for a column."""
        self._count += 1
        return f"c{self._count}"

    def events(self, given: Events, then: Node | None = None, within: int = 0) -> str:
        """Return the column of some events.

        Args:
            given: The events.
            then: What the next step of a sequence asks for: none of these is that step as well.
            within: All that is asked is whether one of them stands in a window of this length, in
                milliseconds; then the first and the last of any shorter time are enough.
        """
        if then is not None and _exclude(given.tree, then):
            then = None
        known = repr((given, then, within > 0))
        if within:
            self._slots.append(within)
        if known not in self._known:
            self._known[known] = self._events(given, then, within > 0)
        return self._known[known]

    def add(self, reads: Sequence[str], commands: Sequence[str], makes: str) -> str:
        """Add commands that make a column; return its name.

        Args:
            reads: Columns that they compare; in the commands they are called ``s0``, ``s1`` …
            commands: In them ``{group}`` stands for the columns of the group, and ``{kept}`` for
                all other columns that something after the command reads.
            makes: The name.
        """
        self._steps.append(Step(tuple(reads), tuple(commands), makes))
        return makes

    def union(self, names: Sequence[str]) -> str:
        """Return the column of the moments of several."""
        made = names[0]
        for other in names[1:]:
            one, made = made, self.new()
            self.add((), (append(made, one, other),), made)
        return made

    def text(self, result: str, hopeful: Sequence[frozenset[str]]) -> str:
        """Return the query: a row for each group that matches, as ``counts.correlation`` does.

        Args:
            result: The column of the moments at which it matches.
            hopeful: Alternatives of columns that must all be there for a group to match; all
                others are let go early.
        """
        there = [" AND ".join(f"{n} IS NOT NULL" for n in sorted(one)) for one in hopeful]
        lines = [*self._beginning(), *self._collected(), *self._joins]
        if there and all(there):
            lines.append(f"| WHERE {' OR '.join(there)}")
        for place, step in enumerate(self._steps):
            lines += self._made(step, self._read_after(place, result))
        lines += [
            f"| KEEP {self._group}, {result}",
            f"| MV_EXPAND {result}",
            f"| WHERE {result} IS NOT NULL",
            f"| STATS first_match = MIN({result}), last_match = MAX({result}),"
            f" matches = COUNT(*) BY {self._group}",
            "| EVAL first_match = TO_DATETIME(first_match / 2),"
            " last_match = TO_DATETIME(last_match / 2)",
        ]
        return "\n".join(lines)

    def _read_after(self, place: int, result: str) -> list[str]:
        """Return the columns that are made by then and that something after a step reads."""
        read = {result}
        for step in self._steps[place + 1 :]:
            read |= {
                *step.reads,
                *_COLUMN.findall(" ".join(step.commands if not step.reads else ())),
            }
        made = [*self._known.values(), *(step.makes for step in self._steps[:place])]
        return [name for name in dict.fromkeys(made) if name in read]

    def _made(self, step: Step, after: Sequence[str]) -> list[str]:
        if not step.reads:
            return list(step.commands)
        names = [f"s{n}" for n in range(len(step.reads))]
        pairs = list(zip(names, step.reads, strict=True))
        if after:
            mine = [f"{name} = CASE({_PART} == 1, {read})" for name, read in pairs]
            waiting = [f"{name} = CASE({_PART} == 0, {name})" for name in after]
            lines = [f"| EVAL {_PART} = [0, 1]", f"| MV_EXPAND {_PART}"]
            lines.append(f"| EVAL {', '.join([*mine, *waiting])}")
        else:
            lines = [f"| EVAL {', '.join(f'{name} = {read}' for name, read in pairs)}"]
        lines.append(f"| KEEP {', '.join([self._group, *names, *after])}")
        for place, command in enumerate(step.commands):
            rest = " ".join(step.commands[place + 1 :])
            by = command.rpartition(" BY ")[2]
            read = (n for n in names if n not in by and re.search(rf"\b{n}\b", rest))
            along = [*read, *after]
            kept = "".join(f", {name} = VALUES({name})" for name in along)
            lines.append(command.format(group=self._group, kept=kept))
        return lines

    def _events(self, given: Events, then: Node | None, ends: bool) -> str:
        self._asked.append(given.tree)
        if then is None:
            return self._kept(given, MOMENT, ends)
        both = Events(conjunction([given.tree, then]), given.keys, given.value)
        rest = Events(conjunction([given.tree, negation(then)]), given.keys, given.value)
        one, other = self._kept(rest, MOMENT, ends), self._kept(both, f"{MOMENT} + 1", ends)
        made = self.new()
        self._joins.append(append(made, one, other))
        return made

    def _kept(self, given: Events, moment: str, ends: bool) -> str:
        name = self.new()
        self._collect.append(Kept(name, given, moment, ends))
        if ends:
            self._joins.append(append(name, f"{name}_first", f"{name}_last"))
        return name

    def _beginning(self) -> list[str]:
        every = disjunction(list({repr(tree): tree for tree in self._asked}.values()))
        plans = self._plans()
        if len(plans) == 1:
            there: list[Node] = [["is", name, "exists", True] for name in plans[0]]
            where = condition(conjunction([every, *there]), self._types)
            return [SOURCE, f"| WHERE {where}"]
        listed = ", ".join(str(n) for n in range(len(plans)))
        keys = [self._key(n, plans) for n in range(len(self._names))]
        return [
            SOURCE,
            f"| WHERE {condition(every, self._types)}",
            f"| EVAL {_PLAN} = [{listed}]",
            f"| MV_EXPAND {_PLAN}",
            f"| EVAL {', '.join(keys)}",
            "| WHERE " + " AND ".join(f"key{n} IS NOT NULL" for n in range(len(self._names))),
        ]

    def _key(self, place: int, plans: Sequence[tuple[str, ...]]) -> str:
        texts = [_grouping(plan[place], self._types) for plan in plans]
        cases = ", ".join(f"{_PLAN} == {n}, {text}" for n, text in enumerate(texts[:-1]))
        return f"key{place} = CASE({cases}, {texts[-1]})"

    def _plans(self) -> list[tuple[str, ...]]:
        """Return the ways in which events are grouped: an event may be in two groups at once."""
        return list(dict.fromkeys(kept.events.keys for kept in self._collect))

    def _collected(self) -> list[str]:
        """Return the commands that make one row of a group."""
        plans = self._plans()
        if len(plans) == 1:
            pairs = zip(self._names, plans[0], strict=True)
            by = [TENANT, *(_named(n, _grouping(f, self._types)) for n, f in pairs)]
        else:
            by = [TENANT, *(f"{column(name)} = key{n}" for n, name in enumerate(self._names))]
        made = ",\n    ".join(
            one for kept in self._collect for one in self._aggregates(kept, plans)
        )
        if not self._slots:
            return [f"| STATS {made}\n    BY {', '.join(by)}"]
        slot = f"slot = TO_LONG(@timestamp) / {min(self._slots)}"
        again = [name for kept in self._collect for name in _parts(kept)]
        return [
            f"| STATS {made}\n    BY {', '.join([*by, slot])}",
            f"| STATS {', '.join(f'{n} = VALUES({n})' for n in again)} BY {self._group}",
        ]

    def _aggregates(self, kept: Kept, plans: Sequence[tuple[str, ...]]) -> list[str]:
        tree = condition(kept.events.tree, self._types)
        several = f"{_PLAN} == {plans.index(kept.events.keys)} AND ({tree})"
        where = tree if len(plans) == 1 else several
        if kept.ends:
            first, last = _parts(kept)
            return [
                f"{first} = MIN({kept.moment}) WHERE {where}",
                f"{last} = MAX({kept.moment}) WHERE {where}",
            ]
        return [f"{kept.name} = VALUES({self._written(kept)}) WHERE {where}"]

    def _written(self, kept: Kept) -> str:
        name = kept.events.value
        if not name:
            return kept.moment
        if not is_single(name):
            raise CannotRender(f"{name} may be a list, and is counted within a chain")
        return f'CONCAT(TO_STRING({kept.moment}), "=", TO_STRING({text_of(name, self._types)}))'


def _parts(kept: Kept) -> tuple[str, ...]:
    return (f"{kept.name}_first", f"{kept.name}_last") if kept.ends else (kept.name,)


def _named(name: str, text: str) -> str:
    return text if text == column(name) else f"{column(name)} = {text}"


def _grouping(name: str, types: Mapping[str, str]) -> str:
    if not is_single(name):
        raise CannotRender(f"{name} may be a list, and groups")
    return text_of(name, types)


def _exclude(one: Node, other: Node) -> bool:
    """Can no event match both, because each asks for other acts?"""
    if other == FALSE:
        return True
    acts, others = _acts(one), _acts(other)
    return acts is not None and others is not None and not acts & others


def _acts(tree: Node) -> frozenset[str] | None:
    """Return the values of ``event.action`` that a condition leaves; None for any."""
    if tree[0] == "is":
        return frozenset([tree[3]]) if tree[1:3] == [_ACTION, "eq"] else None
    known = [_acts(part) for part in tree[1:]] if tree[0] in ("and", "or") else []
    some = [acts for acts in known if acts is not None]
    if not some or (tree[0] == "or" and len(some) < len(known)):
        return None
    return frozenset.union(*some) if tree[0] == "or" else frozenset.intersection(*some)


def append(made: str, one: str, other: str) -> str:
    """Return how two lists become one; of an absent one ``MV_APPEND`` makes an absent whole."""
    return f"| EVAL {made} = COALESCE(MV_APPEND({one}, {other}), {one}, {other})"


def time(moment: str) -> str:
    """Return a moment as that of its millisecond."""
    return f"{moment} - {moment} % 2"
