"""The SQLite databases of OpenClaw 2026.8 and later, read-only.

``agents/<id>/agent/openclaw-agent.sqlite`` holds transcripts: ``transcript_events`` has each event
as JSON text, or as zstd when it is 1 KiB or more. ``state/openclaw.sqlite`` holds the ledger,
approvals and scheduled jobs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import orjson
import zstandard

from agentwarrant.connector import Raw
from agentwarrant.errors import UnreadableFile
from agentwarrant.inputs import RECORD_LIMIT, DeadLetter, InputFile
from agentwarrant.records import text

from .common import mapping, session_key
from .transcript import Repeats, agent_of

TRANSCRIPTS = frozenset({"transcript_events", "session_windows"})
STATE = frozenset({"audit_events"})


def read_database(file: InputFile) -> Iterator[Raw]:
    """Yield transcript events, ledger rows, approvals and jobs, in their own order."""
    with closing(file.connect()) as db:
        db.row_factory = sqlite3.Row
        try:
            if file.tables >= TRANSCRIPTS:
                yield from _transcripts(db, file)
            if "audit_events" in file.tables:
                yield from _ledger(db, file)
            if "operator_approvals" in file.tables:
                yield from _approvals(db, file)
            if "cron_jobs" in file.tables:
                yield from _jobs(db, file)
        except sqlite3.Error as error:
            raise UnreadableFile(f"SQLite stopped: {error}", where=str(file.path)) from error


def _sessions(db: sqlite3.Connection, file: InputFile) -> dict[str, dict[str, Any]]:
    rows = db.execute(
        "SELECT w.session_id, w.session_key, w.spawned_by, w.hook_external_content_source,"
        " n.spawned_by AS node_spawned_by"
        " FROM session_windows w LEFT JOIN session_nodes n ON n.session_key = w.session_key"
    )
    found: dict[str, dict[str, Any]] = {}
    parents: dict[str, str] = {}
    for row in rows:
        key, parent = text(row["session_key"]), text(row["spawned_by"] or row["node_spawned_by"])
        context: dict[str, Any] = {"session": row["session_id"], "key": key}
        if row["hook_external_content_source"]:
            context["hook"] = row["hook_external_content_source"]
        if parent:
            context["spawned_by"] = session_key(parent).agent
            parents[key] = parent
        context["agent"], context["assurance"] = agent_of(context, file.path)
        found[row["session_id"]] = context
    for context in found.values():
        context["lineage"] = _line(text(context["key"]), parents)
    return found


def _line(key: str, parents: dict[str, str]) -> list[str]:
    """Return the session keys from the first to this one."""
    line = [key]
    while len(line) < _GENERATIONS and (above := parents.get(line[0])) and above not in line:
        line.insert(0, above)
    return line


_GENERATIONS = 16


def _transcripts(db: sqlite3.Connection, file: InputFile) -> Iterator[Raw]:
    sessions = _sessions(db, file)
    repeats = Repeats()
    inflate = zstandard.ZstdDecompressor(max_window_size=1 << 27)
    rows = db.execute(
        "SELECT rowid, session_id, event_json, event_zstd FROM transcript_events"
        " ORDER BY session_id, seq"
    )
    for row in rows:
        record = _decode(row, inflate, file)
        if record is None:
            continue
        base = sessions.setdefault(row["session_id"], {"session": row["session_id"]})
        if record.get("type") == "session":
            base["cwd"] = text(record.get("cwd"))
        message = mapping(record.get("message"))
        counts = {"repeats": repeats.of(row["session_id"], message)} if message else {}
        yield Raw(record, str(file.path), row["rowid"], {**base, **counts})


def _decode(
    row: sqlite3.Row, inflate: zstandard.ZstdDecompressor, file: InputFile
) -> dict[str, Any] | None:
    reason = "not a JSON object"
    try:
        body = row["event_json"]
        if body is None:
            body = inflate.decompress(row["event_zstd"] or b"", max_output_size=RECORD_LIMIT)
        record = orjson.loads(body)
        if isinstance(record, dict):
            return record
    except (orjson.JSONDecodeError, zstandard.ZstdError, TypeError) as error:
        reason = str(error)
    file.bury(DeadLetter(str(file.path), row["rowid"], f"transcript row: {reason}"))
    return None


def _ledger(db: sqlite3.Connection, file: InputFile) -> Iterator[Raw]:
    repeats = Repeats()
    for row in db.execute("SELECT * FROM audit_events ORDER BY sequence"):
        record = dict(row)
        yield Raw(record, str(file.path), record["sequence"], ledger_context(repeats, record))


def ledger_context(repeats: Repeats, record: dict[str, Any]) -> dict[str, Any]:
    """Return which occurrence of its call a ledger row is about."""
    action = text(record.get("action"))
    if not action.startswith("tool.action."):
        return {}
    session = text(record.get("session_id") or record.get("sessionId"))
    call = text(record.get("tool_call_id") or record.get("toolCallId"))
    return {"nth": repeats.next(session, action, call)}


def _approvals(db: sqlite3.Connection, file: InputFile) -> Iterator[Raw]:
    for row in db.execute("SELECT rowid, * FROM operator_approvals ORDER BY created_at_ms"):
        record = {
            "id": row["approval_id"],
            "status": row["status"],
            "presentation": _json(row["presentation_json"]),
            "createdAtMs": row["created_at_ms"],
            "resolvedAtMs": row["resolved_at_ms"],
            "reason": row["terminal_reason"],
            "decision": row["decision"],
            "resolver": {"kind": row["resolver_kind"], "id": row["resolver_id"]},
            "source": {
                "agentId": row["source_agent_id"],
                "sessionKey": row["source_session_key"],
                "sessionId": row["source_session_id"],
                "runId": row["source_run_id"],
                "toolCallId": row["source_tool_call_id"],
            },
        }
        yield Raw(record, str(file.path), row["rowid"])


def _jobs(db: sqlite3.Connection, file: InputFile) -> Iterator[Raw]:
    for row in db.execute("SELECT rowid, job_json, enabled FROM cron_jobs"):
        record = _json(row["job_json"])
        if record:
            yield Raw({**record, "enabled": bool(row["enabled"])}, str(file.path), row["rowid"])


def _json(body: object) -> dict[str, Any]:
    try:
        value = orjson.loads(body) if isinstance(body, str | bytes) else None
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}
