"""The inventory of agents: a table for people, JSON, and the lookup a SIEM enriches from."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agentwarrant.inventory import Entry
from agentwarrant.report.safe import one_line

COLUMNS = (
    "account", "kind", "agent_id", "agent_name", "owner", "status", "version", "assurance",
    "tenant", "first_seen", "last_seen", "evidence",
)  # fmt: skip
"""Of the lookup: one row an account, so that any log that names one can be enriched."""

_STYLES = {"registered": "green", "unregistered": "bold red", "revoked": "red", "expired": "yellow"}
_MOST = 8


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
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def table(entries: Iterable[Entry], console: Console) -> None:
    """Print the inventory, shadow agents first."""
    listed = list(entries)
    made = Table(box=None, pad_edge=False, expand=False)
    for column in ("AGENT", "WARRANT", "OWNER", "LAST SEEN"):
        made.add_column(column, overflow="fold", header_style="bold")
    for column in ("ACTIONS", "OUT OF SCOPE", "INFLUENCED"):
        made.add_column(column, justify="right", header_style="bold")
    made.add_column("ACCOUNTS", overflow="fold", header_style="bold")
    for entry in listed:
        made.add_row(*_cells(entry))
    if listed:
        console.print(made)
        console.print()
    for entry in listed:
        for line in _remarks(entry):
            console.print(Text(line, style="red" if entry.shadow else "yellow"))
    shadows = sum(entry.shadow for entry in listed)
    count = f"{len(listed)} agents" if len(listed) != 1 else "1 agent"
    console.print(Text(f"{count}, {shadows} without a warrant", style="bold"))


def _cells(entry: Entry) -> Iterator[Text]:
    name = one_line(entry.agent, 60)
    yield Text(name if entry.tenant == "default" else f"{entry.tenant}/{name}", style="bold")
    state = f"{entry.status} v{entry.version}" if entry.version else entry.status
    yield Text(state, style=_STYLES.get(entry.status, ""))
    yield Text(one_line(entry.owner, 40) or "nobody")
    yield Text(entry.last[:16].replace("T", " ") or "never")
    yield Text(f"{sum(entry.verdicts.values()):,}")
    yield _bad(entry.scope.get("out_of_scope", 0))
    yield _bad(entry.verdicts.get("influenced", 0))
    yield Text(", ".join(_few(sorted({ref.partition(":")[0] for ref in entry.accounts}), 40)))


def _bad(count: int) -> Text:
    return Text(f"{count:,}", style="bold red" if count else "dim")


def _few(names: list[str], width: int) -> list[str]:
    shown = [one_line(name, width) for name in names[:_MOST]]
    more = len(names) - _MOST
    return [*shown, f"and {more} more"] if more > 0 else shown


def _remarks(entry: Entry) -> Iterator[str]:
    name = one_line(entry.agent, 60)
    if entry.shadow:
        yield f"{name} has no warrant: {'; '.join(one_line(s, 120) for s in sorted(entry.signs))}"
    if entry.shared:
        others = ", ".join(one_line(one, 60) for one in sorted(entry.shared))
        yield f"{name} shares a credential with {others}"
