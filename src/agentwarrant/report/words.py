"""The report's words for the event's: what an enumeration means to somebody who never saw it."""

from __future__ import annotations

from datetime import datetime

from agentwarrant.event import epoch_ms

VERDICTS = {
    "intended": "asked for by somebody who may ask",
    "influenced": "caused by content from somebody who may not instruct the agent",
    "unexplained": "nothing in the record asked for it",
    "unknown": "not judged, or not enough was recorded",
}
BAD_VERDICTS = ("influenced", "unexplained")

ORIGINS = {
    "user": "a person's message",
    "peer": "another agent's message",
    "web": "a web page or web interface",
    "email": "an e-mail",
    "tool": "a tool's answer",
    "webhook": "a webhook",
    "memory": "the agent's memory",
    "schedule": "a schedule",
    "system": "the system prompt or operator",
    "unknown": "not recorded",
}

ACTIONS = {
    "session_start": "started a session",
    "session_end": "ended a session",
    "llm_request": "asked its model",
    "tool_call": "used a tool",
    "tool_result": "got an answer",
    "message_received": "was told",
    "message_sent": "sent a message",
    "peer_connect": "connected to a peer",
    "handoff": "handed over",
    "agent_spawned": "started another agent",
    "approval_requested": "asked for approval",
    "approval_granted": "was given approval",
    "approval_denied": "was denied approval",
    "policy_decision": "met a policy decision",
    "tool_definition_seen": "was shown a tool",
    "skill_installed": "got a new skill",
    "mcp_server_added": "got a new MCP server",
    "memory_write": "wrote its memory",
    "schedule_created": "created a schedule",
    "config_changed": "changed configuration",
    "credential_issued": "was issued a credential",
    "credential_used": "used a credential",
    "credential_revoked": "lost a credential",
    "login": "logged in",
    "network_connection": "opened a connection",
    "payment": "paid",
    "kill_switch_engaged": "was switched off",
    "kill_switch_ack": "acknowledged the off switch",
    "heartbeat": "reported alive",
}

TOOL_CLASSES = {
    "payment": "payment",
    "egress": "sends out",
    "credential_read": "reads credentials",
    "privilege": "raises privilege",
    "destructive": "destroys",
    "persistence": "persists",
    "memory_write": "writes memory",
    "config_change": "changes settings",
    "message": "sends message",
    "delegate": "delegates",
    "exec": "runs command",
    "write": "writes",
    "discovery": "looks around",
    "read": "reads",
}

CLOCKS = {
    "file": "when the file was last written",
    "session": "when the session began",
}
"""Whose time an event has whose record has none."""

AUTHORITIES = {"owner": "owner", "allowed": "allowed", "stranger": "stranger"}


def count(number: int, one: str, many: str = "") -> str:
    """Return ``1 case``, ``2 cases``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(parts: list[str]) -> str:
    """Return ``a``, ``a and b``, ``a, b and c``."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def moment(iso: str) -> str:
    """Return an event's time for reading; what is no time comes back as it is."""
    try:
        return f"{datetime.fromisoformat(iso):%Y-%m-%d %H:%M:%S} UTC"
    except ValueError:
        return iso


def clock(iso: str) -> str:
    """Return only the hour, minute and second of an event's time."""
    try:
        return f"{datetime.fromisoformat(iso):%H:%M:%S}"
    except ValueError:
        return iso[:8]


def span_ms(start: str, end: str) -> int:
    """Return milliseconds between two event times, 0 when one of them is no time."""
    try:
        return max(epoch_ms(end) - epoch_ms(start), 0)
    except ValueError:
        return 0


def duration(milliseconds: int) -> str:
    """Return a length of time in the two units that matter."""
    if milliseconds < 10_000:
        return f"{milliseconds / 1000:.1f} s"
    seconds = milliseconds // 1000
    for size, unit, small, part in _UNITS:
        if seconds >= size:
            rest = seconds % size // small
            return (
                f"{seconds // size} {unit} {rest} {part}" if rest else f"{seconds // size} {unit}"
            )
    return f"{seconds} s"


_UNITS = ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))
