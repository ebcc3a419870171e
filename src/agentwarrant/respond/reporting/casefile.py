"""What of a case goes along with a run: the log lines that set it off, and the evidence to keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from agentwarrant.event import Event, text_of
from agentwarrant.finding import Case
from agentwarrant.redact import Redactor
from agentwarrant.respond.guard.snapshots import Evidence
from agentwarrant.respond.runplan import RunPlan, plan_data
from agentwarrant.respond.settings import Settings
from agentwarrant.respond.wording import plain

LOG = "log"
"""Under this name facts of a plan have the log lines that set it off (``log_of``)."""

MOST = 50
"""Log lines that a plan names; the evidence holds all."""
_SESSION = ("warrant.session.key", "gen_ai.conversation.id")


def log_of(case: Case) -> list[dict[str, str]]:
    """Return the log lines that a case rests on, in order of time.

    Each says ``event`` (its id), ``time``, ``what`` it was, ``file``, and ``rule`` and ``rule_id``
    of the first finding that rests on it.
    """
    found: dict[str, dict[str, str]] = {}
    for finding in case.findings:
        for event in finding.evidence:
            identity = text_of(event, "event.id")
            found.setdefault(
                identity,
                {
                    "event": identity,
                    "time": text_of(event, "@timestamp"),
                    "what": _what(event),
                    "file": plain(text_of(event, "log.file.path"), 200),
                    "rule": plain(text_of(finding.event, "rule.name"), 160),
                    "rule_id": plain(text_of(finding.event, "rule.id"), 80),
                },
            )
    return sorted(found.values(), key=lambda one: one["time"])[:MOST]


def _what(event: Event) -> str:
    tool = text_of(event, "gen_ai.tool.name")
    action = text_of(event, "event.action")
    return plain(f"{action}: {tool}" if tool else action, 120)


def keep(
    settings: Settings,
    case: Case,
    plan: RunPlan,
    redactor: Redactor,
    events: Iterable[Event] = (),
) -> None:
    """Lay out what a case rests on, for the run's evidence snapshot.

    Args:
        settings: Say where.
        case: The case.
        plan: What is planned; its steps hold the vendors' state before.
        redactor: Takes secrets out, once more.
        events: All that was read, to keep the case's sessions whole; none: what the case has.

    Raises:
        ResponseError: The folder cannot be written.
    """
    named = {_session(event) for event in case.timeline} - {""}
    sessions: dict[str, list[Event]] = {name: [] for name in sorted(named)}
    for event in events or case.timeline:
        if _session(event) in sessions and text_of(event, "organization.id") == case.tenant:
            sessions[_session(event)].append(event)
    parts: dict[str, Iterable[Mapping[str, Any]]] = {
        "events": case.timeline,
        "findings": [finding.event for finding in case.findings],
        f"plan {plan.playbook}": [plan_data(plan)],
        **{f"session {name}": rows for name, rows in sessions.items()},
    }
    Evidence(settings.folder).stage(case.tenant, case.id, parts, redactor)


def _session(event: Event) -> str:
    return next((text_of(event, name) for name in _SESSION if text_of(event, name)), "")
