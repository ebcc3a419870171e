"""Events as rows in order of time: what the search of every correlation begins and ends with.

A row is an event of a group. ``aw_t`` is its tenant and ``aw_g0``, ``aw_g1`` … are what groups it,
as our rules compare it, each after a ``=`` so that none is empty or a number; ``aw_ms`` is its time
in milliseconds since 1970, and ``aw_r0``, ``aw_r1`` … are 1 where it matches a rule, else 0. Where
rules are grouped by other fields each (``aliases``), an event is a row for each way.

What lacks a field that groups is in no group, as in our engine: ``by`` would leave it out as well
(Search Reference, ``stats``), but ``-`` stands in its place where another correlation of the same
search does not need it. Rows of one moment come in the order of their ids, for Splunk does not say
in which order it returns them; nothing that is found rests on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agentwarrant.rules.correlation.reading import TENANT
from agentwarrant.rules.ir import Node
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.reduced import Types
from agentwarrant.siem.splunk import expression
from agentwarrant.siem.splunk.form import field_name
from agentwarrant.siem.splunk.groups import compared
from agentwarrant.siem.splunk.query import Cost
from agentwarrant.siem.splunk.search import COLUMNS, ONCE, found, is_picked, picked
from agentwarrant.siem.splunk.spl import column, name
from agentwarrant.siem.vocabulary import is_single

AGENT, AGENT_NAME = "gen_ai.agent.id", "gen_ai.agent.name"
SHOWN = (TENANT, AGENT, AGENT_NAME, "gen_ai.conversation.id")
"""Fields of the last event that a row has besides what groups it."""
EVIDENCE = 20
"""So many ids of events a row has at most, of the last ones."""
DAY_MS = 86_400_000
_DIGITS = 13
"""Of milliseconds since 1970, from 2001 to 2286."""


@dataclass(frozen=True, slots=True)
class _Flag:
    tree: Node
    plan: tuple[str, ...]
    needed: frozenset[str]


class Rows:
    """A search in the making.

    Args:
        names: What groups, besides the tenant: of all correlations in it.
        types: Of all fields.
    """

    def __init__(self, names: tuple[str, ...], types: Types) -> None:
        self.names = names
        self.types = types
        self._flags: dict[str, _Flag] = {}
        self._kept: dict[str, None] = {}
        self._more: dict[str, None] = {}

    def flag(self, tree: Node, plan: tuple[str, ...], needed: Iterable[str]) -> str:
        """Return the column that is 1 where an event matches a rule.

        Args:
            tree: The rule's condition.
            plan: The field that each of ``names`` is for the events of this rule.
            needed: The names of which all must be there, the tenant among them or not.
        """
        wanted = _Flag(tree, plan, frozenset(needed))
        for known, flag in self._flags.items():
            if flag == wanted:
                return known
        made = f"aw_r{len(self._flags)}"
        self._flags[made] = wanted
        return made

    def keep(self, fields: Iterable[str]) -> None:
        """Keep fields of events, by their dotted names, for what comes after."""
        self._kept.update(dict.fromkeys(fields))

    def show(self, fields: Iterable[str]) -> None:
        """Have fields of the last event in the result as well, by their dotted names."""
        self._more.update(dict.fromkeys(fields))

    @property
    def flags(self) -> list[str]:
        """The columns of all rules."""
        return list(self._flags)

    def keys(self, names: Iterable[str] | None = None) -> str:
        """Return the columns of a group, as they stand after ``BY``."""
        wanted = self.names if names is None else tuple(names)
        return " ".join(["aw_t", *(f"aw_g{self.names.index(one)}" for one in wanted)])

    def cost(self, reach: int) -> Cost:
        """Return what it costs to look at all events, and so far back (in milliseconds)."""
        few = all(is_picked(flag.tree, self.types) for flag in self._flags.values())
        return Cost.MEDIUM if few and reach <= DAY_MS else Cost.HIGH

    def shown(self) -> list[str]:
        """Return the dotted names of the fields that a row of the result has."""
        listed = dict.fromkeys((*SHOWN, *self.names, *self._more))
        if AGENT in self._renamed():
            listed.pop(AGENT_NAME)
        return list(listed)

    def columns(self) -> tuple[str, ...]:
        """Return the columns of the result, as they are called there."""
        return (*map(field_name, self.shown()), *COLUMNS)

    # Beginning ----------------------------------------------------------------------------

    def begun(self, *, marked: bool = True, whole: bool = False) -> list[str]:
        """Return the lines that make the rows, the oldest first.

        Args:
            marked: With ``aw_r0`` though there is only one rule.
            whole: With all fields of events.

        Raises:
            CannotRender: A rule cannot mean the same, or something groups that cannot.
        """
        plans = list(dict.fromkeys(flag.plan for flag in self._flags.values()))
        required = frozenset.intersection(*(flag.needed for flag in self._flags.values()))
        trees = [flag.tree for flag in self._flags.values()]
        alone = len(trees) == 1
        lines = [*(found(trees[0], self.types) if alone else [picked(trees, self.types)]), ONCE]
        time = "aw_ms=round(_time*1000)"
        keys = [*self._keys_of(plans, required), *self._originals(plans)]
        there = [f"isnotnull(aw_g{n})" for n, one in enumerate(self.names) if one in required]
        there += ['aw_t!="-"'] if TENANT in required else []
        flags = [] if alone else self._flags_of(required)
        any_flag = [] if alone else [f"({' OR '.join(f'{flag}=1' for flag in self._flags)})"]
        if len(plans) == 1:
            lines += [_eval([time, *keys, *flags]), *_where([*there, *any_flag])]
        else:
            lines += [_eval([time, *flags]), *_where(any_flag), *self._ways(plans, whole=whole)]
            lines += [_eval(keys), *_where(there), *self._merged()]
        if alone and marked:
            lines.append("| eval aw_r0=1")
        if not whole:
            kept = [*self._flags] if marked or not alone else []
            lines += [f"| fields {' '.join(self._needed(kept))}", "| fields - _raw"]
        return [*lines, "| sort 0 aw_ms str(aw_id)"]

    def _ways(self, plans: Sequence[tuple[str, ...]], *, whole: bool) -> list[str]:
        """Return how an event becomes a row for each way in which its rules group it."""
        ways = []
        for n, plan in enumerate(plans):
            own = " OR ".join(f"{called}=1" for called, f in self._flags.items() if f.plan == plan)
            ways.append(f'if({own},"{n}",null())')
        own_flags = [
            f'{called}=if(aw_p="{plans.index(flag.plan)}",{called},0)'
            for called, flag in self._flags.items()
        ]
        fields = dict.fromkeys(field for plan in plans for field in plan)
        needed = [*self._flags, *(name(field_name(one)) for one in fields)]
        kept = [
            *dict.fromkeys(["_time", "aw_t", "aw_id", "aw_ms", "aw_p", *needed, *self._named()])
        ]
        return [
            f"| eval aw_p=mvappend({','.join(ways)})",
            *([] if whole else [f"| fields {' '.join(kept)}", "| fields - _raw"]),
            "| mvexpand aw_p",
            _eval(own_flags),
        ]

    def _merged(self) -> list[str]:
        """Return how the rows of an event that are in one group become one."""
        most = ", ".join(f"max({flag}) AS {flag}" for flag in self._flags)
        by = f"{self.keys()} aw_id"
        return [f"| eventstats {most} BY {by}", f"| dedup {by}"]

    def _keys_of(self, plans: Sequence[tuple[str, ...]], required: frozenset[str]) -> list[str]:
        made = []
        for n, one in enumerate(self.names):
            text = f'"=".{_of_plan([self._key(plan[n]) for plan in plans])}'
            made.append(f"aw_g{n}=" + (text if one in required else f'coalesce({text},"-")'))
        return made

    def _key(self, field: str) -> str:
        if not is_single(field):
            raise CannotRender(f"{field} may be a list, and groups")
        return compared(field, self.types)

    def _flags_of(self, required: frozenset[str]) -> list[str]:
        made = []
        for called, flag in self._flags.items():
            optional = sorted(flag.needed - required)
            fields = [self._field(flag, one) for one in optional]
            where = [f"isnotnull({column(field_name(field))})" for field in fields]
            asked = expression.expression(flag.tree, self.types)
            where.append(f"({asked})" if where else asked)
            made.append(f"{called}=if({' AND '.join(where)},1,0)")
        return made

    def _field(self, flag: _Flag, one: str) -> str:
        return TENANT if one == TENANT else flag.plan[self.names.index(one)]

    def _renamed(self) -> dict[str, int]:
        """Return the names that are another field for some rule, and their places."""
        plans = [flag.plan for flag in self._flags.values()]
        return {one: n for n, one in enumerate(self.names) if any(plan[n] != one for plan in plans)}

    def _originals(self, plans: Sequence[tuple[str, ...]]) -> list[str]:
        return [
            f"aw_o{n}={_of_plan([column(field_name(plan[n])) for plan in plans])}"
            for n in self._renamed().values()
        ]

    def _needed(self, flags: Iterable[str]) -> list[str]:
        own = ["_time", "aw_id", "aw_ms", *self.keys().split(), *flags]
        own += [f"aw_o{n}" for n in self._renamed().values()]
        return [*own, *self._named()]

    def _named(self) -> list[str]:
        """Return the fields of events that are needed further on, as lists of fields have them."""
        return [name(field_name(one)) for one in dict.fromkeys([*self.shown(), *self._kept])]

    # End ----------------------------------------------------------------------------------

    def evidence(self, names: Iterable[str] | None = None) -> list[str]:
        """Return the lines that collect the ids of a group's events, of rows in order of time."""
        return [
            '| eval aw_e=aw_ms." ".aw_id',
            f"| streamstats window={EVIDENCE} global=f list(aw_e) AS aw_ids BY {self.keys(names)}",
        ]

    def once(self, *order: str, names: Iterable[str] | None = None) -> list[str]:
        """Return the lines that keep one row for each moment, the newest first: its last one.

        Args:
            names: What groups, besides the tenant; all of ``names`` if it is not said.
            order: The column of the moment, if it is another than ``aw_ms``, and others that are
                greatest in the last row.
        """
        at = order[0] if order else "aw_ms"
        keys = " ".join(f"-{one}" for one in dict.fromkeys((*order, "aw_ms")))
        return [f"| sort 0 {keys} -str(aw_id)", f"| dedup {self.keys(names)} {at}"]

    def ended(
        self,
        reach: int,
        count: str = "mvcount(aw_ids)",
        at: str = "aw_ms",
        *,
        whole: bool = False,
    ) -> list[str]:
        """Return the lines that make the result of rows that match, one for each moment.

        Args:
            reach: How long before it the first of its events may be, in milliseconds.
            count: What ``aw_count`` says.
            at: The column of the moment.
            whole: With all fields of the event.
        """
        since = f"tonumber(substr(aw_ids,1,{_DIGITS}))>={at}-{reach}"
        names = " ".join(name(field_name(one)) for one in self.shown())
        lines = [
            f"| eval aw_ids=mvmap(aw_ids,if({since},aw_ids,null()))",
            f"| eval aw_first=tonumber(substr(mvindex(aw_ids,0),1,{_DIGITS}))/1000,"
            f" aw_last={at}/1000, _time={at}/1000, aw_count={count},"
            f" aw_ids=mvmap(aw_ids,substr(aw_ids,{_DIGITS + 2}))",
        ]
        for one, n in self._renamed().items():
            lines.append(f"| rename aw_o{n} AS {name(field_name(one))}")
        if whole:
            return [*lines, "| fields - aw_agent"] if AGENT in self._renamed() else lines
        return [*lines, f"| table _time {names} {' '.join(COLUMNS)}"]


def _eval(made: Sequence[str]) -> str:
    return f"| eval {', '.join(made)}"


def _where(conditions: Sequence[str]) -> list[str]:
    return [f"| where {' AND '.join(conditions)}"] if conditions else []


def _of_plan(made: Sequence[str]) -> str:
    if len(set(made)) == 1:
        return made[0]
    ways = [f'aw_p="{n}",{one}' for n, one in enumerate(made)]
    return f"case({', '.join(ways)})"
