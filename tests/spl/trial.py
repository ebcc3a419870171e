"""Running a search over a few rows, for the tests of the interpreter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .evaluating import Clock
from .machine import Machine, Readings
from .macros import Macro
from .tables import Table
from .values import Row

Given = Mapping[str, object]


def ran(
    text: str,
    events: Sequence[Given],
    *,
    tables: dict[str, Table] | None = None,
    macros: Mapping[str, Macro] | None = None,
    indexed: frozenset[str] = frozenset(),
    readings: Readings | None = None,
    now: float = 1_000_000.0,
    span: tuple[float, float] = (float("-inf"), float("inf")),
) -> list[Row]:
    """Return the rows of a search over events, which are a second apart unless they have a time."""
    rows: list[Row] = [{"_time": float(n), **event} for n, event in enumerate(events)]  # type: ignore[dict-item]  # texts, numbers and lists of them
    machine = Machine(rows, indexed, tables or {}, macros or {}, Clock(now), readings or Readings())
    return machine.run(text, *span)


def ids(text: str, events: Sequence[Given], **options: object) -> list[int]:
    """Return which of the events a search finds, by their place, in order of place."""
    numbered = [{**event, "n": str(place)} for place, event in enumerate(events)]
    return sorted(int(str(row["n"])) for row in ran(text, numbered, **options))  # type: ignore[arg-type]  # as ran has them


def computed(expression: str, **fields: object) -> object:
    """Return what an expression of ``eval`` comes to for one row; None for nothing."""
    return ran(f"search * | eval made={expression}", [fields])[0].get("made")


def holds(expression: str, **fields: object) -> bool:
    """Does ``where`` keep a row?"""
    return bool(ran(f"search * | where {expression}", [fields]))
