"""What people said to a command: the table of approvals, and answers in place of a result."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from agentwarrant.connector import Connector, Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event, text_of
from agentwarrant.records import text

from .common import mapping, number, session_key

_DECIDED = {
    "allowed": ("approval_granted", "granted"),
    "denied": ("approval_denied", "denied"),
    "expired": ("approval_denied", "expired"),
    "cancelled": ("approval_denied", "denied"),
}
"""Status of an approval -> action and state.

The table ``operator_approvals`` allows these and ``pending``, and holds for ``expired`` (nobody
answered) and ``cancelled`` (the run or the gateway ended) the decision ``deny`` (seen: 2026.9.6).
"""


_DECISIONS = {"allow-once": "allowed", "allow-always": "allowed", "deny": "denied"}


def frame_events(connector: Connector, raw: Raw, payload: Mapping[str, Any]) -> Iterator[Event]:
    """Yield the event of a frame ``exec.approval.requested`` or ``exec.approval.resolved``.

    The same approval in the table gives the same events. Seen: 2026.9.6, ``approval-shared``.
    """
    asked = mapping(payload.get("request"))
    decision = text(payload.get("decision"))
    key = text(asked.get("sessionKey"))
    session = text(asked.get("sessionId")) or text(raw.context.get("sessions", {}).get(key))
    record = {
        "id": payload.get("id"),
        "status": _DECISIONS.get(decision, "pending"),
        "createdAtMs": None if decision else payload.get("createdAtMs"),
        "resolvedAtMs": payload.get("ts"),
        "presentation": {"commandText": asked.get("command")},
        "source": {**asked, "sessionId": session},
        "resolver": {"id": payload.get("resolvedBy")},
    }
    yield from _events(connector, raw, record)


def approval_events(connector: Connector, raw: Raw) -> Iterator[Event]:
    """Yield request and decision of one operator approval (``approval.history``, its table).

    Which call it is about stands in the table and in frames (``source_tool_call_id``).
    """
    yield from _events(connector, raw, raw.record)


def _events(connector: Connector, raw: Raw, record: Mapping[str, Any]) -> Iterator[Event]:
    shown, source = mapping(record.get("presentation")), mapping(record.get("source"))
    identity = text(record.get("id"))
    if not identity:
        raise BadRecord("an approval without an id")
    created, resolved = number(record.get("createdAtMs")), number(record.get("resolvedAtMs"))
    states = [("approval_requested", "requested", created)] if created else []
    decided = _DECIDED.get(text(record.get("status")))
    if decided and resolved:
        states.append((*decided, resolved))
    for action, state, time in states:
        event = connector.event(raw, action, time, identity, dataset="approvals")
        event["warrant.approval.state"], event["warrant.approval.id"] = state, identity
        _source(connector, event, source, shown)
        command = connector.redactor.text(text(shown.get("commandText")))[0]
        if command:
            event["process.command_line"] = command[:8192]
        resolver = mapping(record.get("resolver"))
        if state != "requested":
            event["event.reason"] = text(record.get("reason")) or state
            event["warrant.principal.id"] = text(resolver.get("id")) or "unknown"
        event["message"] = f"approval {state}: {' '.join(command.split())[:200]}"
        yield event


def _source(
    connector: Connector, event: Event, source: Mapping[str, Any], shown: Mapping[str, Any]
) -> None:
    """Say which agent asked, in which session, for which call."""
    key = text(source.get("sessionKey"))
    agent = text(source.get("agentId")) or text(shown.get("agentId")) or session_key(key).agent
    connector.agent(event, agent or "unknown", assurance="verified")
    for name, value in (
        ("warrant.session.key", key),
        ("gen_ai.conversation.id", text(source.get("sessionId"))),
        ("warrant.run.id", text(source.get("runId"))),
        ("gen_ai.tool.call.id", text(source.get("toolCallId"))),
    ):
        if value:
            event[name] = value


def asked_for(connector: Connector, event: Event, details: Mapping[str, Any]) -> None:
    """Say how the approval stands that a call asked for, in place of having been carried out.

    The answer of a call that waits is no error, and no success either; whether it was carried
    out after all comes as a message of its own (seen: 2026.9.6, ``bash-tools``).
    """
    status = text(details.get("status"))
    if status == "approval-pending":
        event["event.outcome"], event["warrant.approval.state"] = "unknown", "requested"
        connector.fill(event, {"warrant.approval.id": text(details.get("approvalId"))})
    elif status == "approval-unavailable":
        connector.denied(event, "approval_unavailable")
        event["warrant.approval.state"] = "denied"
    elif event["event.outcome"] == "failure":
        said = text_of(event, "warrant.content.text")[:_REFUSAL]
        state = next((state for pattern, state in _REFUSED if pattern.search(said)), "")
        if state:
            connector.denied(event, _WHY[state])
            event["warrant.approval.state"] = state


_REFUSAL = 400
_WHY = {
    "denied": "user_denied",
    "expired": "approval_unavailable",
    "mismatched": "policy_denied",
}
_REFUSED = (
    (re.compile(r"\bexec denied\b.{0,200}\bapproval-timeout\b", re.IGNORECASE), "expired"),
    (re.compile(r"\bexec denied\b.{0,200}\buser-denied\b", re.IGNORECASE), "denied"),
    (
        re.compile(
            r"\bapproval id (?:does not match request|env binding mismatch|missing env binding)"
            r"|\bapproval (?:script operand|cwd) changed before execution"
            r"|\bexec approval changed before execution",
            re.IGNORECASE,
        ),
        "mismatched",
    ),
)
"""How OpenClaw says that what is to be carried out is not what was approved, or was not."""
