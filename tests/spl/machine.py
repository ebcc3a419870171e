"""Runs searches: ``Machine``.

The rows of a search that retrieves events come newest first (Search Manual, "About the search
pipeline"; Search Reference, ``dedup``: the most recent are searched first). A search sees what is
not before ``earliest`` and before ``latest`` (Search Reference, "Time modifiers").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from . import commands, ordering, streaming, syntax, tables
from .evaluating import Clock
from .faults import Doubt, Refused
from .macros import Macro
from .matching import matches
from .reading import parse
from .tables import Table
from .values import Row

SUBSEARCH = 50_000
"""Rows of a search in brackets after ``append``, at most (Search Reference, ``append``)."""


@dataclass(frozen=True, slots=True)
class Readings:
    """What the documentation leaves open and a test asks for both ways.

    Attributes:
        closed: ``time_window`` holds a row that is just as old as the window is long.
        turned: Rows that sort the same come in the opposite of the order in which they came.
    """

    closed: bool = True
    turned: bool = False


@dataclass(slots=True)
class Machine:
    """What a Splunk holds, and the searches that it runs.

    Attributes:
        events: Rows (``events.row_of``), in any order.
        indexed: Names of the fields that are indexed.
        tables: Lookups by name; ``outputlookup`` changes them.
        macros: By name, as in macros.conf.
        clock: What time it is.
        readings: What the documentation leaves open.
    """

    events: list[Row]
    indexed: frozenset[str] = frozenset()
    tables: dict[str, Table] = field(default_factory=dict)
    macros: Mapping[str, Macro] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    readings: Readings = field(default_factory=Readings)
    _newest: list[Row] | None = field(default=None, init=False)

    def run(
        self, text: str, earliest: float = float("-inf"), latest: float = float("inf")
    ) -> list[Row]:
        """Return the rows of a search.

        Args:
            text: The search.
            earliest: Since when, in seconds, inclusive.
            latest: Until when, exclusive.

        Raises:
            Refused: It has something that is not known, or that is not said in the documentation.
        """
        if self._newest is None:
            seen = list(reversed(self.events)) if self.readings.turned else list(self.events)
            self._newest = sorted(seen, key=_time, reverse=True)
        seen = [row for row in self._newest if earliest <= _time(row) < latest]
        return self._pipeline(parse(text, self.macros), seen)

    def _pipeline(self, pipeline: syntax.Pipeline, events: list[Row]) -> list[Row]:
        rows: list[Row] = []
        for place, command in enumerate(pipeline):
            if place == 0 and not isinstance(command, _GENERATING):
                raise Refused(f"a search begins with {command}")
            rows = self._command(command, rows, events, first=place == 0)
        return rows

    def _command(
        self, command: syntax.Command, rows: list[Row], events: list[Row], *, first: bool
    ) -> list[Row]:
        match command:
            case syntax.Search(condition=condition):
                holds = matches(condition, self.indexed)
                return [row for row in (events if first else rows) if holds(row)]
            case syntax.Tstats() if first:
                return commands.tstats(command, events, self.clock, self.indexed)
            case syntax.InputLookup() if first or command.append:
                return [*rows, *self._inputlookup(command)]
            case syntax.Together() if first:
                return [
                    row for each in command.searches for row in self._pipeline(each, list(events))
                ]
            case syntax.Append(search=search):
                return [*rows, *_limited(self._pipeline(search, events))]
            case syntax.Lookup(table=name):
                return tables.looked_up(command, self._table(name), rows)
            case syntax.OutputLookup(table=name):
                tables.written(command, self._table(name), rows)
                return rows
        return self._plain(command, rows)

    def _plain(self, command: syntax.Command, rows: list[Row]) -> list[Row]:
        match command:
            case syntax.Where():
                return commands.where(command, rows, self.clock)
            case syntax.Eval():
                return commands.eval_(command, rows, self.clock)
            case syntax.Fields():
                return commands.fields(command, rows)
            case syntax.Table():
                return commands.table(command, rows)
            case syntax.Rename():
                return commands.rename(command, rows)
            case syntax.FillNull():
                return commands.fillnull(command, rows)
            case syntax.MvExpand():
                return commands.mvexpand(command, rows)
            case syntax.Head(count=count):
                return rows[:count]
            case syntax.Sort():
                return ordering.ordered(command, rows, turned=self.readings.turned)
            case syntax.Dedup():
                return ordering.deduplicated(command, rows)
            case syntax.Stats(kind="stats"):
                return commands.stats(command, rows, self.clock)
            case syntax.Stats(kind="eventstats"):
                return commands.eventstats(command, rows, self.clock)
            case syntax.Stats(kind="streamstats"):
                closed = self.readings.closed
                return streaming.streamstats(command, rows, self.clock, closed=closed)
        raise Refused(f"it is read and not executed here: {command}")

    def _table(self, name: str) -> Table:
        if name not in self.tables:
            raise Refused(f"no lookup {name}")
        return self.tables[name]

    def _inputlookup(self, command: syntax.InputLookup) -> Iterable[Row]:
        table = self._table(command.table)
        rows = [dict(row) for row in table.rows]
        if command.where is None:
            return rows
        holds = matches(command.where, frozenset())
        return [row for row in rows if holds(row)]


_GENERATING = (syntax.Search, syntax.Tstats, syntax.InputLookup, syntax.Together)


def _limited(rows: list[Row]) -> list[Row]:
    if len(rows) > SUBSEARCH:
        raise Doubt("more rows than a search in brackets may have")
    return rows


def _time(row: Row) -> float:
    time = row["_time"]
    if not isinstance(time, float):
        raise Refused("an event without a time")
    return time
