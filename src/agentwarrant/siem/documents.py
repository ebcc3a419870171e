"""What a SIEM is sent: one line of JSON for each event, finding and response record.

Sending the same once more makes the same document but for ``event.ingested``: the time at which
it was put into the spool, by which rules look for what came late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from agentwarrant.event import ECS_VERSION, Event, Value, digest
from agentwarrant.finding import Case
from agentwarrant.respond.model import ProposedResponse, ProposedStep

EVENTS, FINDINGS, RESPONSES = "events", "findings", "responses"
KINDS = (EVENTS, FINDINGS, RESPONSES)
INGESTED = "event.ingested"
PROPOSED = "proposed"


def now() -> str:
    """Return this moment as events have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def document(item: Event, stamps: Mapping[str, Value], ingested: str) -> bytes:
    """Return one document, without a line feed.

    Args:
        item: What leaves (``siem.privacy``): an event, a finding or a response record.
        stamps: What the SIEM wants to be on each document of this kind and tenant.
        ingested: ``now()`` of its batch.
    """
    made = {**item, **stamps, INGESTED: ingested}
    try:
        return orjson.dumps(made)
    except TypeError:  # half a surrogate pair, a number beyond 64 bits
        return orjson.dumps({name: sound(value) for name, value in made.items()})


def sound(value: Any) -> Any:
    """Return a value as JSON can have it; a number that is too large as text."""
    if isinstance(value, list):
        return [sound(one) for one in value]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    large = isinstance(value, int) and not -(1 << 63) <= value < 1 << 64
    return str(value) if large else value


def response_records(case: Case, response: ProposedResponse) -> Iterator[Event]:
    """Yield one record for each step of a response that is proposed for a case.

    The same plan for the same case gives the same ids, and any other plan gives others.
    """
    plan = digest("plan", case.id, response.playbook, *map(repr, response.steps))
    for number, step in enumerate(response.steps, 1):
        yield _record(case, response, step, number, plan)


def _record(
    case: Case, response: ProposedResponse, step: ProposedStep, number: int, plan: str
) -> Event:
    made: Event = {
        "@timestamp": case.end,
        "ecs.version": ECS_VERSION,
        "event.id": digest("response", plan, step.id, str(number)),
        "event.kind": "event",
        "event.category": ["configuration"],
        "event.type": ["info"],
        "event.outcome": "unknown",
        "event.dataset": "agentwarrant.responses",
        "event.module": case.source,
        "organization.id": case.tenant,
        "gen_ai.agent.id": case.agent,
        "gen_ai.conversation.id": case.conversation,
        "message": f"{response.title}: {step.title}",
        "warrant.case.id": case.id,
        "warrant.response.playbook": response.playbook,
        "warrant.response.step": step.id,
        "warrant.response.action": step.call,
        "warrant.response.vendor": step.vendor,
        "warrant.response.mode": response.mode,
        "warrant.response.state": PROPOSED,
        "warrant.response.target": case.agent,
        "warrant.response.plan_hash": plan,
        "warrant.response.verified": "no",
        "warrant.response.sequence": number,
    }
    if step.undo:
        made["warrant.response.undo"] = step.undo
    reasons = [text for text in (step.changes, step.note) if text]
    if reasons:
        made["warrant.response.reasons"] = reasons
    return made
