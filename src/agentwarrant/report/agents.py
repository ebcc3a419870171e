"""The inventory of agents: a table for people, JSON, and the lookup a SIEM enriches from."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any, Literal
from unicodedata import normalize

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agentwarrant.inventory import Entry
from agentwarrant.report import words
from agentwarrant.report.safe import one_line
from agentwarrant.report.screen import GAP, put, table_of

COLUMNS = (
    "account", "kind", "agent_id", "agent_name", "owner", "status", "version", "assurance",
    "tenant", "first_seen", "last_seen", "evidence",
)  # fmt: skip
"""Of the lookup: one row an account, so that any log that names one can be enriched."""

_STYLES = {"registered": "green", "unregistered": "bold red", "revoked": "red", "expired": "yellow"}
_FORMULAS = ("=", "+", "-", "@", "|", "%", "\t", "\r")
_SIGN = 48


def document(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return the inventory as plain JSON values, an object an agent."""
    return [_object(entry) for entry in entries]


def _object(entry: Entry) -> dict[str, Any]:
    return {
        "agent": {"id": entry.agent, "name": entry.name, "owner": entry.owner},
        "tenant": entry.tenant,
        "status": entry.status,
        "version": entry.version,
        "assurance": entry.assurance,
        "shadow": entry.shadow,
        "signs": dict(entry.signs),
        "first_seen": entry.first,
        "last_seen": entry.last,
        "last_seen_clock": entry.clock or "record",
        "events": entry.events,
        "sources": dict(entry.runtimes),
        "accounts": [
            {"ref": ref, "first_seen": one.first, "last_seen": one.last, "evidence": one.evidence}
            for ref, one in sorted(entry.accounts.items())
        ],
        "shares_credentials_with": sorted(entry.shared),
        "tools": dict(entry.tools),
        "tool_classes": dict(entry.classes),
        "hosts": dict(entry.hosts),
        "peers": dict(entry.peers),
        "principals": [_principal(one, count) for one, count in entry.principals.items()],
        "verdicts": dict(entry.verdicts),
        "scope": dict(entry.scope),
    }


def _principal(packed: str, count: int) -> dict[str, Any]:
    kind, identity, channel, authority = packed.split("\x1f")
    return {
        "kind": kind, "id": identity, "channel": channel, "authority": authority, "messages": count
    }  # fmt: skip


def rows(entries: Iterable[Entry]) -> Iterator[dict[str, str]]:
    """Yield the rows of the lookup."""
    for entry in entries:
        for ref, one in sorted(entry.accounts.items()):
            yield {
                "account": ref,
                "kind": ref.partition(":")[0],
                "agent_id": entry.agent,
                "agent_name": entry.name,
                "owner": entry.owner,
                "status": entry.status,
                "version": entry.version,
                "assurance": entry.assurance,
                "tenant": entry.tenant,
                "first_seen": one.first,
                "last_seen": one.last,
                "evidence": one.evidence,
            }


def lookup(entries: Iterable[Entry]) -> str:
    """Return the lookup as CSV; no cell of it is a formula to a spreadsheet."""
    stream = StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows(entries):
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return stream.getvalue()


def _cell(value: str) -> str:
    text = one_line(value, 500)
    # A spreadsheet takes wide forms of these signs, and passes over spaces before them.
    first = normalize("NFKC", text.lstrip(" '\"")[:1])
    return f"'{text}" if first in _FORMULAS else text


def table(entries: Iterable[Entry], console: Console) -> None:
    """Print the inventory: shadow agents first, then who did what they should not have."""
    listed = sorted(
        entries, key=lambda one: (not one.shadow, -_trouble(one), one.tenant, one.agent)
    )
    width = console.width
    if listed:
        put(console, _grid(listed, width))
        console.print()
    for title, lines in _remarks(listed):
        console.print(Text(title, style="bold"))
        for line in _lines(lines, width):
            console.print(line, no_wrap=True, overflow="ellipsis")
        console.print()
    shadows = sum(entry.shadow for entry in listed)
    unseen = sum(not entry.events for entry in listed)
    count = f"{len(listed)} agents" if len(listed) != 1 else "1 agent"
    more = f", {unseen} never seen" if unseen else ""
    console.print(Text(f"{count}, {shadows} without a warrant{more}", style="bold"))


def _trouble(entry: Entry) -> int:
    return entry.scope.get("out_of_scope", 0) + entry.verdicts.get("influenced", 0)


def _grid(listed: list[Entry], width: int) -> Table:
    """Return one line an agent; the narrower the terminal, the fewer columns."""
    rows = [_cells(entry, width) for entry in listed]
    columns = [(name, justify) for name, least, justify in _COLUMNS if width >= least]
    needs = {name: _width(name, rows) for name, _ in columns}
    widths = _shared(needs, width - GAP * (len(columns) - 1))
    made = table_of()
    for name, justify in columns:
        made.add_column(
            name,
            width=widths[name],
            no_wrap=True,
            overflow="ellipsis",
            justify=justify,
            vertical="bottom",
        )
    for row in rows:
        cells = ((name, row[name], widths[name]) for name, _ in columns)
        made.add_row(
            *(Text(_short(name, cell.plain, room), cell.style) for name, cell, room in cells)
        )
    return made


def _short(column: str, text: str, room: int) -> str:
    listed = column == "accounts" and cell_len(text) > room
    return _few(text.split(", "), room) if listed else _middle(text, room)


def _shared(needs: dict[str, int], width: int) -> dict[str, int]:
    """Return the widths of columns: what each needs, where long ones share what is left."""
    widths = {name: need for name, need in needs.items() if name not in _LONG}
    left = max(width - sum(widths.values()), 0)
    waiting = [name for name in needs if name in _LONG]
    while waiting:
        parts = sum(_LONG[name] for name in waiting)
        content = [name for name in waiting if needs[name] <= left * _LONG[name] // parts]
        for name in content or waiting:
            widths[name] = needs[name] if content else max(left * _LONG[name] // parts, 4)
        left -= sum(widths[name] for name in content)
        waiting = [name for name in waiting if name not in widths]
    return widths


_COLUMNS: tuple[tuple[str, int, Literal["left", "right"]], ...] = (
    ("agent", 0, "left"),
    ("warrant", 0, "left"),
    ("owner", 100, "left"),
    ("last seen", 0, "left"),
    ("acts", 0, "right"),
    ("out of\nscope", 0, "right"),
    ("led by\ncontent", 0, "right"),
    ("accounts", 110, "left"),
)
"""Of the table: name, the width of a terminal that has room for it, and where its cells stand."""

_LONG = {"agent": 3, "owner": 2, "accounts": 3}
"""Columns that share what room is left, and their shares."""


def _width(name: str, rows: list[dict[str, Text]]) -> int:
    return max(
        *(cell_len(line) for line in name.split("\n")), *(row[name].cell_len for row in rows)
    )


def _cells(entry: Entry, width: int) -> dict[str, Text]:
    state = "none" if entry.shadow and not entry.version else entry.status
    version = f"v{entry.version}" if entry.version else ""
    state = version if state == "registered" and version else f"{state} {version}".rstrip()
    seen = entry.last[: 16 if width >= 100 else 10].replace("T", " ")
    seen = f"{seen} ({one_line(entry.clock, 12)})" if entry.clock else seen
    kinds = sorted({one_line(ref.partition(":")[0], 40) for ref in entry.accounts})
    cells = (
        Text(_called(entry), "bold"),
        Text(state, style=_STYLES.get(entry.status, "")),
        Text(one_line(entry.owner, 60) or "nobody", style="" if entry.owner else "dim"),
        Text(seen or "never", style="" if seen else "yellow"),
        Text(f"{sum(entry.verdicts.values()):,}"),
        _bad(entry.scope.get("out_of_scope", 0)),
        _bad(entry.verdicts.get("influenced", 0)),
        Text(", ".join(kinds)),
    )
    return dict(zip((name for name, *_ in _COLUMNS), cells, strict=True))


def _bad(count: int) -> Text:
    return Text(f"{count:,}", style="bold red" if count else "dim")


def _middle(text: str, width: int) -> str:
    """Return text that fits, cut in its middle: ids differ at their ends."""
    if cell_len(text) <= width:
        return text
    if not text.isascii() or width < 9:
        return set_cell_size(text, max(width - 1, 0)).rstrip() + "…"
    tail = width // 2
    return f"{text[: width - tail - 1]}…{text[-tail:]}"


def _remarks(listed: list[Entry]) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """Yield what there is to say of several agents at once, one line a finding."""
    signs: dict[str, list[str]] = {}
    for entry in listed:
        for sign in sorted(entry.signs) if entry.shadow else ():
            if sign.replace("it is in the log of ", "") + " calls it an AI agent" in entry.signs:
                continue  # said better
            signs.setdefault(one_line(sign, 120), []).append(_called(entry))
    if signs:
        found = sorted(signs.items(), key=lambda one: (-len(one[1]), one[0]))
        yield "Without a warrant, taken for an agent because", found
    timed: dict[str, list[str]] = {}
    for entry in listed:
        if entry.clock:
            whose = words.CLOCKS.get(entry.clock, "not the event's own")
            timed.setdefault(f"({one_line(entry.clock, 12)}): {whose}", []).append(_called(entry))
    if timed:
        yield "Last seen in a record without a time of its own", sorted(timed.items())
    shared: dict[tuple[str, ...], None] = {}
    for entry in listed:
        if entry.shared:
            shared[tuple(sorted({one_line(one, 60) for one in (entry.agent, *entry.shared)}))] = (
                None
            )
    if shared:
        yield "One credential in the hands of several", [("", list(names)) for names in shared]


def _called(entry: Entry) -> str:
    name = one_line(entry.agent, 120)
    return name if entry.tenant == "default" else f"{one_line(entry.tenant, 40)}/{name}"


def _lines(found: list[tuple[str, list[str]]], width: int) -> Iterator[Text]:
    """Yield lines of a clause and the agents it is of, as many as there is room for."""
    clause = min(max(cell_len(text) for text, _ in found), _SIGN, width // 2)
    room = max(width - clause - 2 * GAP, 8)
    for text, names in found:
        shown = _middle(text, clause)
        padded = shown + " " * (clause - cell_len(shown) + GAP) if clause else ""
        yield Text.assemble(" " * GAP, (padded, "red"), _few(names, room))


def _few(names: list[str], room: int) -> str:
    """Return names as far as there is room, and how many more there are."""
    shown = ""
    for place, name in enumerate(names):
        longer = f"{shown}, {name}" if shown else name
        rest = len(names) - place - 1
        if shown and cell_len(longer) + (len(f", +{rest} more") if rest else 0) > room:
            return f"{shown}, +{len(names) - place} more"
        shown = longer
    return _middle(shown, room)
