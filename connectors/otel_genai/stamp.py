"""What every event of a span or log record carries: whose it is, where and when it was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agentwarrant.connector import Connector, Raw
from agentwarrant.event import Event
from agentwarrant.lineage import descend
from agentwarrant.records import text

from . import names
from .items import END
from .units import Unit
from .values import first_name, mapping, name

SHOWN = 200
"""Characters of a message's one-line summary."""


def stamp(source: Connector, event: Event, unit: Unit, context: Mapping[str, Any]) -> Event:
    """Say whose an event is and where it was recorded."""
    if "gen_ai.agent.id" not in event:
        agent_id, agent_name, about, assurance = context["agent"]
        source.agent(event, agent_id, name=agent_name, assurance=assurance)
        if about:
            event["gen_ai.agent.description"] = source.redactor.text(about)[0]
    event["gen_ai.conversation.id"] = context["conversation"]
    chain = context["line"]
    acting = event["gen_ai.agent.id"]
    if len(chain) > 1 and acting in chain:
        descend(event, chain[: chain.index(acting) + 1])
    for field, value in (
        ("trace.id", unit.trace_id),
        ("span.id", unit.span_id),
        ("service.name", name(unit.resource.get("service.name"))),
        ("host.name", name(unit.resource.get("host.name"))),
        ("organization.id", first_name(unit.resource, names.TENANT)),
    ):
        if value:
            event[field] = value
    return event


def _time(unit: Unit, when: str) -> int:
    time = unit.end if when == END else unit.start
    if not time:
        raise ValueError("a span or log record without a time")
    return time


def new(source: Connector, raw: Raw, unit: Unit, action: str, when: str, *identity: str) -> Event:
    dataset = "traces" if unit.span else "logs"
    event = source.event(raw, action, _time(unit, when), *identity, dataset=dataset)
    if raw.line:
        event["warrant.record.line"] = raw.line
    return event


def line(source: Connector, said: str) -> str:
    return source.redactor.text(" ".join(said.split()))[0][:SHOWN]


def outcome(source: Connector, event: Event, unit: Unit) -> None:
    if unit.failed is not None:
        event["event.outcome"] = "failure" if unit.failed else "success"
    error = name(unit.attributes.get("error.type"))
    if error:
        event["error.type"] = error
    said = text(mapping(unit.record.get("status")).get("message"))
    if said and unit.failed:
        event["error.message"] = source.redactor.text(said)[0][:1024]
