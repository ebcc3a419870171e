"""Answers searches of the stand-in for splunkd by the interpreter of SPL of the tests.

Results are as the REST API has them in JSON: text, a list where a field has several values, and
``_time`` as RFC 3339.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from agentwarrant.siem.splunk.form import INDEXED

from .spl.evaluating import Clock  # type: ignore[import-not-found]  # no package to mypy
from .spl.events import row_of  # type: ignore[import-not-found]  # the same
from .spl.faults import Refused  # type: ignore[import-not-found]  # the same
from .spl.machine import Machine  # type: ignore[import-not-found]  # the same
from .spl.macros import Macro  # type: ignore[import-not-found]  # the same
from .spl.tables import Table  # type: ignore[import-not-found]  # the same
from .spl.values import text  # type: ignore[import-not-found]  # the same
from .splunkd_server import (  # type: ignore[import-not-found]  # the same
    Row,
    SearchFailed,
    Splunk,
)


class Searches:
    """What the stand-in's searches see: events of the collector, other rows, macros, lookups.

    Args:
        splunk: The stand-in; its ``events`` and its macros are read for each search.
        rows: Rows besides (notable events, say), each with ``_time`` in seconds.
        macros: Definitions by name, besides those of the stand-in.
        tables: Fields of the lookups by name.

    Attributes:
        asked: Each search with its limits, in order.
    """

    def __init__(
        self,
        splunk: Splunk,
        rows: list[dict[str, Any]] | None = None,
        macros: Mapping[str, str] | None = None,
        tables: Mapping[str, tuple[str, ...]] | None = None,
        now: float | None = None,
    ) -> None:
        self.splunk = splunk
        self.rows = rows if rows is not None else []
        self.macros = dict(macros or {})
        self.tables = {name: Table(columns) for name, columns in (tables or {}).items()}
        self.now = now
        self.asked: list[tuple[str, str, str]] = []

    def __call__(self, search: str, earliest: str, latest: str) -> list[Row]:
        self.asked.append((search, earliest, latest))
        stanzas = self.splunk.confs["configs/conf-macros"].merged()
        said = {name: str(keys.get("definition", "")) for name, keys in stanzas.items()}
        now = datetime.now(UTC).timestamp() if self.now is None else self.now
        events = [row_of(json.dumps(one)) for one in self.splunk.events]
        machine = Machine(
            [*events, *(dict(row) for row in self.rows)],
            frozenset(INDEXED.values()),
            self.tables,
            {name: Macro(one) for name, one in {**said, **self.macros}.items()},
            Clock(now),
        )
        since = float(earliest) if earliest else float("-inf")
        until = now + 1 if latest == "now" else float(latest) if latest else float("inf")
        try:
            return [_as_json(row) for row in machine.run(search, since, until)]
        except Refused as error:
            raise SearchFailed(f"Error in the search: {error}") from error


def _as_json(row: Mapping[str, Any]) -> Row:
    made = {
        name: [text(one) for one in value] if isinstance(value, list) else text(value)
        for name, value in row.items()
    }
    if "_time" in row:
        moment = datetime.fromtimestamp(float(row["_time"]), UTC)
        made["_time"] = moment.isoformat(timespec="milliseconds")
    return made
