"""OpenClaw: transcripts, audit ledger, approvals, jobs, live stream and gateway log.

All generations: JSON lines on disk (up to 2026.7), SQLite with zstd rows (from 2026.8), answers of
``audit.list`` and ``approval.history``, WebSocket captures (protocol 4).

References:
    - Records written by OpenClaw 2026.6.11 and 2026.9.6; the samples beside this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any, ClassVar

from agentwarrant.connector import Connector, Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event
from agentwarrant.inputs import InputFile, Record
from agentwarrant.records import text

from . import approvals, database, ledger, stream, transcript
from .common import mapping
from .live import OpenClawLive as OpenClawLive


class OpenClaw(Connector):
    """OpenClaw agents and their gateway."""

    name: ClassVar[str] = "openclaw"
    title: ClassVar[str] = "OpenClaw"
    places: ClassVar[tuple[str, ...]] = (
        ".openclaw/agents/*/agent/openclaw-agent.sqlite",
        ".openclaw/agents/*/sessions/*.jsonl*",
        ".openclaw/state/openclaw.sqlite",
        ".openclaw/logs/*.log",
        ".clawdbot/agents/*/sessions/*.jsonl*",
        ".moltbot/agents/*/sessions/*.jsonl*",
        "/tmp/openclaw/openclaw-*.log",  # noqa: S108  # where the gateway writes its log
    )

    def recognise(self, file: InputFile) -> int:
        if file.kind == "sqlite":
            ours = file.tables >= database.TRANSCRIPTS or file.tables >= database.STATE
            return 100 if ours else 0
        return max((_form(record)[1] for record in file.head), default=0)

    def read(self, file: InputFile) -> Iterator[Raw]:
        if file.kind == "sqlite":
            yield from database.read_database(file)
            return
        if any(_form(record)[0] == "transcript" for record in file.head):
            yield from transcript.read_lines(file)
            return
        yield from _read_others(file)

    def normalize(self, raw: Raw) -> Iterator[Event]:
        # Inside a transcript a record of a type yet unknown is no fault: it is no action.
        form = "transcript" if raw.context.get("session") else _form(raw.record)[0]
        if not form:
            raise BadRecord("a record of a form OpenClaw does not write")
        try:
            yield from _NORMALIZERS[form](self, raw)
        except ValueError as error:
            raise BadRecord(str(error)) from error


def _read_others(file: InputFile) -> Iterator[Raw]:
    repeats = transcript.Repeats()
    sessions: dict[str, str] = {}
    for line, record in file.records():
        inner = record.get("events") or record.get("items") or record.get("jobs")
        rows = [r for r in inner if isinstance(r, dict)] if isinstance(inner, list) else [record]
        for row in _in_order(rows):
            context: dict[str, Any] = database.ledger_context(repeats, row)
            payload = mapping(row.get("payload"))
            if payload:
                key, session = text(payload.get("sessionKey")), stream.session_of(payload)
                if key and session and len(sessions) < 10_000:
                    sessions[key] = session
                context = {"sessions": {key: sessions.get(key, "")}}
            yield Raw(row, str(file.path), line, context)


def _in_order(rows: list[Record]) -> list[Record]:
    """Return ledger rows oldest first: an answer lists them newest first."""
    if len(rows) > 1 and all(isinstance(r.get("sequence"), int) for r in rows):
        return sorted(rows, key=lambda r: r["sequence"])
    return rows


def _form(record: Record) -> tuple[str, int]:
    """Return which form of record this is, and how sure that is."""
    kind = record.get("type")
    if kind == "session" and "version" in record and "id" in record:
        return "transcript", 100
    if kind == "event" and isinstance(record.get("event"), str) and "payload" in record:
        return "stream", 85
    if (
        isinstance(kind, str)
        and kind in transcript.RECORD_TYPES
        and "timestamp" in record
        and "id" in record
    ):
        return "transcript", 80
    if "_meta" in record and "0" in record and "time" in record:
        return "log", 95
    if (
        "action" in record
        and "sequence" in record
        and ("occurred_at" in record or "occurredAt" in record)
    ):
        return "audit", 95
    if "presentation" in record and "createdAtMs" in record:
        return "approval", 90
    if "createdAtMs" in record and "schedule" in record and "payload" in record:
        return "job", 90
    return _wrapped(record)


def _wrapped(record: Record) -> tuple[str, int]:
    for name, value in chain(record.items()):
        if name in ("events", "items", "jobs") and isinstance(value, list) and value:
            inner = _form(value[0]) if isinstance(value[0], dict) else ("", 0)
            return ("answer" if inner[0] else "", inner[1])
        if name.startswith("agent:") and "sessionId" in mapping(value):
            return "index", 90
        break
    if {"action", "sessionKey", "senderId", "source"} <= record.keys():
        return "command", 90
    return "", 0


def _nothing(_connector: Connector, _raw: Raw) -> Iterator[Event]:
    """An index of sessions, or a command log: it describes no action of an agent."""
    yield from ()


_NORMALIZERS = {
    "transcript": transcript.events_of,
    "audit": ledger.audit_events,
    "approval": approvals.approval_events,
    "job": ledger.job_events,
    "stream": stream.stream_events,
    "log": stream.log_events,
    "index": _nothing,
    "command": _nothing,
    "answer": _nothing,
}
