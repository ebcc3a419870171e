"""What of a search's results is sent: ids and a few fields of every row. Python 3.9 and later."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

VERSION = 1
MOST_BYTES, MOST_ROWS = 256 * 1024, 500
VALUES, LONGEST = 200, 512
"""How many values of a field are sent, and how many characters of each."""
_FEWER = 50
_ROOM = 100
_LARGEST_CELL = 10 * 1024 * 1024
_LISTED = re.compile(r"\$((?:\$\$|[^$])*)\$(?:;|$)")

Row = dict[str, list[str]]
Result = dict[str, Any]


class Unreadable(Exception):
    """The results cannot be read. Its text is one line."""


class Part(NamedTuple):
    """One request: its body and its key."""

    body: bytes
    key: str
    rows: int


def read(path: str) -> list[Row]:
    """Return the rows of a file of results, each field with all its values.

    Raises:
        Unreadable: It cannot be read.
    """
    csv.field_size_limit(_LARGEST_CELL)
    try:
        with gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="") as stream:
            return [_row(record) for record in csv.DictReader(stream)]
    except (OSError, EOFError, csv.Error) as error:
        raise Unreadable(f"the results cannot be read: {type(error).__name__}") from None


def _row(record: dict[Any, Any]) -> Row:
    row: Row = {}
    for name, value in record.items():
        if not isinstance(name, str) or not isinstance(value, str) or name.startswith("__mv_"):
            continue
        listed = _LISTED.findall(record.get(f"__mv_{name}") or "")
        values = [one.replace("$$", "$") for one in listed] or value.split("\n")
        row[name] = [one for one in values if one]
    return row


def result(row: Row, names: Sequence[str], rule: str) -> Result:
    """Return what is sent of a row: ids, and the named fields."""
    ids = row.get("aw_ids") or row.get("aw_id") or row.get("event.id") or []
    chosen = {name: row[name][:VALUES] for name in names if row.get(name)}
    return {
        "aw_ids": [one[:LONGEST] for one in ids[:VALUES]],
        "rule": _first(row, "aw_rule", "rule.uuid") or rule,
        "tenant": _first(row, "aw_tenant", "organization.id"),
        "agent": _first(row, "aw_agent", "gen_ai.agent.id"),
        "time": _first(row, "_time"),
        "fields": {name: _shown(values) for name, values in chosen.items()},
    }


def _first(row: Row, *names: str) -> str:
    return next((row[name][0][:LONGEST] for name in names if row.get(name)), "")


def _shown(values: list[str]) -> str | list[str]:
    cut = [one[:LONGEST] for one in values]
    return cut if len(cut) > 1 else cut[0]


def parted(payload: dict[str, Any], results: list[Result]) -> Iterator[Part]:
    """Yield the requests that the results make, in order."""
    head = {
        "version": VERSION,
        "search": str(payload.get("search_name", ""))[:LONGEST],
        "sid": str(payload.get("sid", ""))[:LONGEST],
        "app": str(payload.get("app", ""))[:LONGEST],
    }
    groups = list(_groups(results, MOST_BYTES - len(_json(head)) - _ROOM))
    for number, group in enumerate(groups, 1):
        body = _json({**head, "part": number, "parts": len(groups), "results": group})
        known = [[one[name] for name in sorted(one) if name != "fields"] for one in group]
        key = hashlib.sha256(_json([head["sid"], head["search"], number, known])).hexdigest()
        yield Part(body, key, len(group))


def _groups(results: list[Result], room: int) -> Iterator[list[Result]]:
    group: list[Result] = []
    size = 0
    for one in results:
        length = len(_json(one)) + 1
        if length > room:  # what the fields say stands in the events as well
            one = {**one, "fields": {}, "aw_ids": one["aw_ids"][:_FEWER]}
            length = len(_json(one)) + 1
        if group and (size + length > room or len(group) == MOST_ROWS):
            yield group
            group, size = [], 0
        group.append(one)
        size += length
    yield group


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
