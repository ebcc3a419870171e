"""The audit ledger and scheduled jobs: rows of the state database and RPC answers.

The ledger holds metadata only. A tool call that a transcript shows too is one event: both forms
make the same ``event.id`` from the session and the hash of the call's id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from agentwarrant.connector import Connector, Raw
from agentwarrant.event import Event, compact_json
from agentwarrant.records import text

from .common import mapping, number, session_key

_SNAKE = re.compile(r"(?<=[a-z0-9])([A-Z])")
_OUTCOME = {"succeeded": "success", "failed": "failure", "cancelled": "failure",
            "timed_out": "failure", "blocked": "failure"}  # fmt: skip


def snake(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return an RPC answer's row under the names the database uses."""
    row = {_SNAKE.sub(lambda m: "_" + m.group(1).lower(), k): v for k, v in record.items()}
    actor = mapping(row.get("actor"))
    row.setdefault("actor_type", text(actor.get("type")))
    row.setdefault("actor_id", text(actor.get("id")))
    return row


def audit_events(connector: Connector, raw: Raw) -> Iterator[Event]:
    """Yield the event of one ledger row."""
    row = snake(raw.record)
    action = text(row.get("action"))
    if action.startswith("tool.action."):
        yield _tool(connector, raw, row, action)
    elif action.startswith("agent.run."):
        yield _run(connector, raw, row, action)
    elif action.startswith("message."):
        yield _message(connector, raw, row, action)


def _event(connector: Connector, raw: Raw, row: Mapping[str, Any], action: str, *ids: str) -> Event:
    identity = ids or (text(row.get("event_id")) or str(row.get("sequence")),)
    event = connector.event(raw, action, row.get("occurred_at"), *identity, dataset="audit")
    key = text(row.get("session_key"))
    agent = text(row.get("agent_id")) or session_key(key).agent or "unknown"
    connector.agent(event, agent, assurance="verified")
    event["event.code"] = text(row.get("action"))
    event["event.outcome"] = _OUTCOME.get(text(row.get("status")), "unknown")
    sequence = number(row.get("sequence"))
    if sequence is not None:
        event["event.sequence"] = sequence
    for name, value in (
        ("gen_ai.conversation.id", text(row.get("session_id"))),
        ("warrant.session.key", key),
        ("warrant.run.id", text(row.get("run_id"))),
        ("warrant.channel", text(row.get("channel")) or session_key(key).channel),
    ):
        if value:
            event[name] = value
    return event


def _tool(connector: Connector, raw: Raw, row: Mapping[str, Any], action: str) -> Event:
    started = action.endswith("started")
    name, call = text(row.get("tool_name")) or "unknown", text(row.get("tool_call_id"))
    nth = str(raw.context.get("nth", 0))
    event = _event(
        connector, raw, row, "tool_call" if started else "tool_result",
        text(row.get("session_id")), call, nth,
    )  # fmt: skip
    if started:
        connector.tool_call(event, name, {})
        event["event.outcome"] = "unknown"
    else:
        event["gen_ai.tool.name"] = name
        event["message"] = (
            f"{name} ended: {row.get('status')} {row.get('error_code') or ''}".strip()
        )
        if row.get("status") == "blocked":
            connector.denied(event, "policy_denied")
    return event


def _run(connector: Connector, raw: Raw, row: Mapping[str, Any], action: str) -> Event:
    begins = action.endswith("started")
    event = _event(connector, raw, row, "session_start" if begins else "session_end")
    end = text(row.get("error_code")) or text(row.get("status"))
    event["message"] = f"run {row.get('run_id')} {'begins' if begins else 'ends: ' + end}"
    return event


def _message(connector: Connector, raw: Raw, row: Mapping[str, Any], action: str) -> Event:
    inbound = row.get("direction") == "inbound" or ".inbound." in action
    event = _event(connector, raw, row, "message_received" if inbound else "message_sent")
    if inbound and row.get("actor_type") == "channel_sender":
        event["warrant.principal.id"] = text(row.get("actor_id")) or "unknown"
    outcome = text(row.get("message_outcome")) or text(row.get("status"))
    event["message"] = f"{row.get('channel')} message {'in' if inbound else 'out'}: {outcome}"[:200]
    return event


def job_events(connector: Connector, raw: Raw) -> Iterator[Event]:
    """Yield the creation of one scheduled job (``cron_jobs``, ``cron.list``)."""
    job = raw.record
    owner, actor = mapping(job.get("owner")), mapping(job.get("createdActor"))
    event = connector.event(
        raw, "schedule_created", job.get("createdAtMs"), text(job.get("id")), dataset="cron"
    )
    agent = text(owner.get("agentId")) or text(job.get("agentId")) or "unknown"
    connector.agent(event, agent, assurance="verified")
    key = text(owner.get("sessionKey"))
    if key:
        event["warrant.session.key"] = key
    place = session_key(key)
    if place.channel:
        event["warrant.channel"] = place.channel
    person = text(actor.get("id")) or (place.peer if place.kind == "direct" else "")
    system = bool(job.get("declarationKey")) or not (owner or actor)
    event["warrant.principal.id"] = person or ("system" if system else agent)
    kind = {"human": "human", "agent": "agent"}.get(text(actor.get("type")), "unknown")
    event["warrant.principal.kind"] = "service" if system else kind
    event["warrant.origin"] = "system" if system else ("user" if kind == "human" else "unknown")
    plan = compact_json({k: job.get(k) for k in ("name", "schedule", "payload") if k in job})
    connector.content(event, plan)
    event["event.code"] = "enabled" if job.get("enabled") else "disabled"
    name = connector.redactor.text(text(job.get("name")))[0]
    event["message"] = f"scheduled job {name[:120]} of agent {agent} ({event['event.code']})"
    yield event
