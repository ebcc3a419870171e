"""Correlations that read each other, in one ES|QL query: lists of moments, one list a step.

A group is one row. Every rule about single events is a column of it, the moments of the group's
events that match; every correlation makes, out of the columns of what it reads, the column of the
moments at which it matches. A step of that is always the same: some lists become rows
(``MV_EXPAND``), the rows are compared, and become lists again (``STATS … BY`` the group), while
the columns that later steps need are carried along.

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
from agentwarrant.siem.elastic.esql import SOURCE, column, condition
from agentwarrant.siem.elastic.frame import text_of
from agentwarrant.siem.elastic.query import CannotRender
from agentwarrant.siem.elastic.reduced import Types
from agentwarrant.siem.elastic.vocabulary import is_single

MOMENT = "2 * TO_LONG(@timestamp)"
WIDTH = 13
"""Digits of a moment, from 1985 to 2128."""
_PLAN = "plan"
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


class Columns:
    """A query in the making.

    Args:
        names: The columns of a group, besides the tenant.
        types: Of all fields.
    """

    def __init__(self, names: tuple[str, ...], types: Types) -> None:
        self._names = names
        self._types = types
        self._collect: list[tuple[str, Events, str]] = []
        self._known: dict[tuple[str, str], str] = {}
        self._asked: list[Node] = []
        self._joins: list[str] = []
        self._steps: list[tuple[Sequence[str], str]] = []
        self._count = 0

    def new(self) -> str:
        """Return a name for a column."""
        self._count += 1
        return f"c{self._count}"

    def events(self, given: Events, then: Node | None = None) -> str:
        """Return the column of some events.

        Args:
            given: The events.
            then: What the next step of a sequence asks for: none of these is that step as well.
        """
        if then is not None and _exclude(given.tree, then):
            then = None
        known = (repr(given), repr(then))
        if known not in self._known:
            self._known[known] = self._events(given, then)
        return self._known[known]

    def add(self, commands: Sequence[str], makes: str) -> str:
        """Add commands that make a column; return its name.

        Args:
            commands: In them ``{group}`` stands for the columns of the group, and ``{kept}`` for
                those of the other columns that something after the command reads.
            makes: The name.
        """
        self._steps.append((commands, makes))
        return makes

    def union(self, names: Sequence[str]) -> str:
        """Return the column of the moments of several."""
        made = names[0]
        for other in names[1:]:
            one, made = made, self.new()
            self.add((append(made, one, other),), made)
        return made

    def text(self, result: str, hopeful: Sequence[frozenset[str]]) -> str:
        """Return the query: a row for each group that matches, as ``counts.correlation`` does.

        Args:
            result: The column of the moments at which it matches.
            hopeful: Alternatives of columns that must all be there for a group to match; all
                others are let go early.
        """
        there = [" AND ".join(f"{n} IS NOT NULL" for n in sorted(one)) for one in hopeful]
        early = [f"| WHERE {' OR '.join(there)}"] if all(there) and there else []
        lines = [*self._beginning(), self._collected(), *self._joins, *early, *self._made(result)]
        group = ", ".join(map(column, (TENANT, *self._names)))
        lines += [
            f"| MV_EXPAND {result}",
            f"| WHERE {result} IS NOT NULL",
            f"| STATS first_match = MIN({result}), last_match = MAX({result}),"
            f" matches = COUNT(*) BY {group}",
            "| EVAL first_match = TO_DATETIME(first_match / 2),"
            " last_match = TO_DATETIME(last_match / 2)",
        ]
        return "\n".join(lines)

    def _made(self, result: str) -> list[str]:
        """Return the commands of all steps, with the columns that go along through each."""
        commands = [(command, n) for n, (given, _) in enumerate(self._steps) for command in given]
        read = [set(_COLUMN.findall(command)) for command, _ in commands]
        group = ", ".join(map(column, (TENANT, *self._names)))
        made = []
        for place, (command, step) in enumerate(commands):
            after = set[str]().union({result}, *read[place + 1 :])
            known = (*self._known.values(), *(makes for _, makes in self._steps[:step]))
            kept = [name for name in dict.fromkeys(known) if name in after]
            along = "".join(f", {name} = VALUES({name})" for name in kept)
            made.append(command.format(group=group, kept=along))
        return made

    def _events(self, given: Events, then: Node | None) -> str:
        self._asked.append(given.tree)
        if then is None:
            return self._column(given, MOMENT)
        both = Events(conjunction([given.tree, then]), given.keys, given.value)
        rest = Events(conjunction([given.tree, negation(then)]), given.keys, given.value)
        one, other = self._column(rest, MOMENT), self._column(both, f"{MOMENT} + 1")
        made = self.new()
        self._joins.append(append(made, one, other))
        return made

    def _column(self, given: Events, moment: str) -> str:
        name = self.new()
        self._collect.append((name, given, moment))
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
        return list(dict.fromkeys(given.keys for _, given, _ in self._collect))

    def _collected(self) -> str:
        plans = self._plans()
        made = []
        for name, given, moment in self._collect:
            tree = condition(given.tree, self._types)
            where = (
                tree if len(plans) == 1 else f"{_PLAN} == {plans.index(given.keys)} AND ({tree})"
            )
            made.append(f"{name} = VALUES({self._kept(given, moment)}) WHERE {where}")
        if len(plans) == 1:
            by = [
                _named(n, _grouping(f, self._types))
                for n, f in zip(self._names, plans[0], strict=True)
            ]
        else:
            by = [f"{column(name)} = key{n}" for n, name in enumerate(self._names)]
        return f"| STATS {', '.join(made)}\n    BY {', '.join([TENANT, *by])}"

    def _kept(self, given: Events, moment: str) -> str:
        if not given.value:
            return moment
        if not is_single(given.value):
            raise CannotRender(f"{given.value} may be a list, and is counted within a chain")
        return f'CONCAT(TO_STRING({moment}), "=", TO_STRING({text_of(given.value, self._types)}))'


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
