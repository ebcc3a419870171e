"""Events of one span or log record, once it is known whose it is and what of it is news."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from agentwarrant.connector import Connector, Raw
from agentwarrant.event import Event
from agentwarrant.records import text
from agentwarrant.signals import sending_agent
from agentwarrant.tools.definitions import definitions_of

from . import names
from .contents import items_in
from .items import CALL, END, MESSAGE, START, Item
from .operations import opening, operation_events
from .stamp import SHOWN, new, outcome, stamp
from .units import Unit
from .values import first, first_name, parsed


def events(source: Connector, raw: Raw, unit: Unit, context: Mapping[str, Any]) -> Iterator[Event]:
    """Yield the events of a unit.

    Args:
        source: The connector.
        raw: The record they come from.
        unit: The same, read.
        context: From ``batch.Batches``.
    """
    part = context["part"]
    items, _ = items_in(unit)
    ids = context["ids"]
    told = [(one, key) for one, key in zip(items, ids, strict=False) if key is not None]
    if part != END:
        yield from opening(source, raw, unit, context)
        if context["offered"]:
            yield from _definitions(source, raw, unit, context)
        for item, key in told:
            if item.when == START:
                yield _of_item(source, raw, unit, context, item, key)
        yield from operation_events(source, raw, unit, context)
    if part != START:
        for item, key in told:
            if item.when == END:
                yield _of_item(source, raw, unit, context, item, key)


def _definitions(
    source: Connector, raw: Raw, unit: Unit, context: Mapping[str, Any]
) -> Iterator[Event]:
    """Yield the tools that are offered to an agent for the first time."""
    waiting = dict.fromkeys(context["offered"])
    for tool in definitions_of(parsed(first(unit.attributes, names.DEFINITIONS))):
        if tool.hash not in waiting:
            continue
        del waiting[tool.hash]
        event = new(
            source, raw, unit, "tool_definition_seen", START, context["agent"][0], tool.hash
        )
        source.content(event, tool.content)
        event["warrant.content.hash"] = event["warrant.definition.hash"] = tool.hash
        event["warrant.origin"] = "tool"
        source.fill(event, {"gen_ai.tool.name": tool.name})
        source.headline(event, ["tool offered:", tool.name])
        yield stamp(source, event, unit, context)


# Messages, calls, answers ----------------------------------------------------------------


def _of_item(
    source: Connector, raw: Raw, unit: Unit, context: Mapping[str, Any], item: Item, key: list[str]
) -> Event:
    if item.kind == MESSAGE:
        event = _message(source, raw, unit, context, item, key)
    elif item.kind == CALL:
        event = new(source, raw, unit, "tool_call", item.when, *key)
        source.tool_call(event, item.tool or "unknown", item.content, item.call_id)
    else:
        event = new(source, raw, unit, "tool_result", item.when, *key)
        answer = "" if item.content is None else item.content
        source.tool_result(event, item.tool, answer, failed=item.failed, call_id=item.call_id)
    if unit.operation == names.TOOL:
        kind = first_name(unit.attributes, names.TOOL_TYPE)
        if kind:
            event["gen_ai.tool.type"] = kind[:64]
        if item.when == END:
            _outcome_of_run(source, event, unit)
    return stamp(source, event, unit, context)


def _outcome_of_run(source: Connector, event: Event, unit: Unit) -> None:
    answered = event["event.outcome"]
    outcome(source, event, unit)
    if answered == "failure":
        event["event.outcome"] = answered


def _message(
    source: Connector, raw: Raw, unit: Unit, context: Mapping[str, Any], item: Item, key: list[str]
) -> Event:
    action = "message_sent" if item.role == "assistant" else "message_received"
    event = new(source, raw, unit, action, item.when, *key)
    shown = source.content(event, item.content)
    who = item.role
    if item.role == "user":
        for field, value in _sender(item, context).items():
            event[field] = source.redactor.text(value)[0]
        who = str(event.get("warrant.principal.name", event["warrant.principal.id"]))
    elif item.role == "system":
        event["warrant.origin"], event["warrant.principal.id"] = "system", "system"
        event["warrant.principal.kind"] = "service"
        event["warrant.principal.authority"] = "allowed"
    event["message"] = f"{who}: {' '.join(shown.split())[:SHOWN]}"
    return event


def _sender(item: Item, context: Mapping[str, Any]) -> dict[str, str]:
    """Return who wrote a user message. The user of an application is who may ask it."""
    own, above = context["agent"], context["delegator"]
    sender = "" if item.sender in (own[0], own[1]) else item.sender
    if above and sender in ("", above[0], above[1]):
        return {
            "warrant.origin": "peer",
            "warrant.principal.kind": "agent",
            "warrant.principal.authority": "allowed",
            "warrant.principal.id": above[0],
            "warrant.principal.name": above[1],
            "warrant.peer.id": above[0],
            "warrant.peer.verified": "yes",  # its span stands above, in one trace
            "warrant.peer.trust": "trusted",
            "warrant.channel": "subagent",
        }
    headed = "" if sender else sending_agent(text(item.content))
    sender = sender or headed
    if sender and (item.peer or headed or sender in context["peers"]):
        peer = {
            "warrant.origin": "peer",
            "warrant.principal.kind": "agent",
            "warrant.principal.id": sender,
            "warrant.peer.id": sender,
            "warrant.peer.claimed_id": sender,
        }
        return {**peer, "warrant.channel": item.channel} if item.channel else peer
    user = context["user"] or sender or "user"
    fields = {
        "warrant.origin": "user",
        "warrant.principal.kind": "human",
        "warrant.principal.authority": "allowed",
        "warrant.principal.id": user,
    }
    return {**fields, "warrant.principal.name": sender} if sender else fields
