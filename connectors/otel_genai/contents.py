"""What a span or log record tells: messages, tool calls and answers, wherever they stand in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from agentwarrant.records import text

from . import names
from .executions import execution, unwrapped
from .flattened import unflattened
from .items import CALL, END, HISTORY, LIMIT, MESSAGE, OUTPUT, OVER, START, Item
from .messages import call_item, items_of
from .units import Unit, body_of, events_of
from .values import JsonObject, first, first_name, mapping, parsed

_EVENT_ROLES = {
    "gen_ai.system.message": "system", "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant", "gen_ai.tool.message": "tool",
}  # fmt: skip
_CHOICE = "gen_ai.choice"
_DETAILS = "gen_ai.client.inference.operation.details"
_WHOLE = (names.AGENT, names.WORKFLOW, names.CREATE)


def items_in(unit: Unit) -> tuple[list[Item], int]:
    """Return what a unit tells, in its own order, and how much more there was than is read."""
    found = _of_span(unit) if unit.span else _of_log(unit)
    told = list(found)
    unread = sum(item.content for item in told if item.kind == OVER)
    listed = [one for one in told if one.kind != OVER and (one.kind != MESSAGE or one.content)]
    listed = _sent_by(listed, unit.attributes)
    over = max(0, len(listed) - LIMIT)
    return listed[over:], over + unread  # the newest are kept: older ones were told before


def _sent_by(items: list[Item], attributes: JsonObject) -> list[Item]:
    """Return the items with the newest user message marked by whom the attributes name."""
    sender = _sender(attributes)
    place = next((i for i in range(len(items) - 1, -1, -1) if items[i].role == "user"), -1)
    if not sender or place < 0 or items[place].sender:
        return items
    items[place] = replace(items[place], **sender)
    return items


def _sender(attributes: JsonObject) -> dict[str, Any]:
    peer = first_name(attributes, names.A2A_SENDER)
    if peer:
        return {"sender": peer, "peer": True, "channel": "a2a"}
    sender = first_name(attributes, names.SENDER)
    kind = first_name(attributes, names.SENDER_KIND).lower()
    return {"sender": sender, "peer": kind in ("agent", "ai_agent", "ai", "bot")} if sender else {}


def _of_span(unit: Unit) -> Iterator[Item]:
    if unit.operation == names.TOOL:
        yield from execution(unit)
        return
    if unit.operation in (names.RETRIEVAL, names.EMBEDDINGS):
        return
    told = list(_of_attributes(unit.attributes, loose=_loose(unit)))
    if unit.operation != names.CHAT:
        told = _as_it_went(told)
    for title, attributes in events_of(unit.record):
        told.extend(_of_event(title, attributes, attributes))
    yield from (item for item in told if item.when == START)
    yield from (item for item in told if item.when == END)


def _as_it_went(told: list[Item]) -> list[Item]:
    """Return the items of a whole run: only what stands before the first answer began with it."""
    heard = [one.told == HISTORY and one.role in ("user", "system") for one in told]
    first_act = heard.index(False) if False in heard else len(told)
    return [*told[:first_act], *(replace(one, when=END) for one in told[first_act:])]


def _loose(unit: Unit) -> bool:
    """May general names such as ``input.value`` be read? Inner steps of a chain only repeat."""
    if unit.operation in (names.CHAT, names.AGENT, names.CREATE):
        return True
    return unit.operation == names.WORKFLOW and not unit.parent_id


def _of_attributes(attributes: JsonObject, *, loose: bool) -> Iterator[Item]:
    for key in names.SYSTEM:
        if attributes.get(key):
            yield from items_of(attributes[key], START, HISTORY, "system")
            break
    heard = list(_side(attributes, names.INPUT, "gen_ai.prompt", START, HISTORY, "user"))
    said = list(_side(attributes, names.OUTPUT, "gen_ai.completion", END, OUTPUT, "assistant"))
    if not heard and not said:
        heard = _told_whole(attributes)
    if loose and not any(item.told == HISTORY for item in heard):
        loosely = _plain(first(attributes, names.LOOSE_INPUT))
        heard.extend(items_of(loosely, START, HISTORY, "user"))
    if loose and not any(item.told == OUTPUT for item in (*heard, *said)):
        loosely = _plain(first(attributes, names.LOOSE_OUTPUT))
        said.extend(items_of(loosely, END, OUTPUT, "assistant"))
    yield from heard
    yield from said
    if not any(item.kind == CALL for item in said):
        yield from _loose_calls(attributes)


def _plain(value: object) -> Any:
    """Return what a general name holds: the one text in it, where there is only one."""
    found = unwrapped(parsed(value))
    while isinstance(found, dict | list) and len(found) == 1:
        inner = next(iter(found.values() if isinstance(found, dict) else found))
        if not isinstance(inner, str):
            break
        found = inner
    return found


def _side(
    attributes: JsonObject, plain: tuple[str, ...], prefix: str, when: str, told: str, role: str
) -> Iterator[Item]:
    value = first(attributes, plain)
    if value is None:
        value = next(filter(None, (unflattened(attributes, p) for p in (prefix, *plain))), None)
    if value is not None:
        yield from items_of(value, when, told, role)


def _told_whole(attributes: JsonObject) -> list[Item]:
    """Return the items of an array that holds inputs and, after the last of them, the output."""
    listed = parsed(first(attributes, names.WHOLE))
    told: list[Item] = []
    for one in listed if isinstance(listed, list) else ():
        message = mapping(one)
        title = text(message.get("event.name"))
        if title:
            told.extend(_of_event(title, message, message))
        else:
            told.extend(items_of(message, START, HISTORY, "user"))
    last = next((i for i, item in enumerate(reversed(told)) if item.role not in ("assistant",)), 0)
    cut = len(told) - last
    said = [replace(item, when=END, told=OUTPUT) for item in told[cut:]]
    return [*told[:cut], *said]


def _loose_calls(attributes: JsonObject) -> Iterator[Item]:
    calls = parsed(first(attributes, names.OUTPUT_CALLS))
    for call in calls if isinstance(calls, list) else ():
        if isinstance(call, dict):
            yield call_item(call, END, OUTPUT)


# Span events and log records --------------------------------------------------------------


def _of_log(unit: Unit) -> Iterator[Item]:
    body = parsed(body_of(unit.record))
    fields = body if isinstance(body, dict) else {}
    title = unit.name
    if title == _DETAILS or (not title and names.is_ours(unit.attributes)):
        yield from _of_attributes({**fields, **unit.attributes}, loose=False)
        return
    data = {**unit.attributes, **fields}
    if title and not fields and isinstance(body, str | list) and body != title:
        data.setdefault("content", body)
    yield from _of_event(title, data, unit.attributes)


def _of_event(title: str, data: JsonObject, attributes: JsonObject) -> Iterator[Item]:
    yield from _sent_by(list(_event_items(title, data, attributes)), data)


def _event_items(title: str, data: JsonObject, attributes: JsonObject) -> Iterator[Item]:
    data = {**data, **mapping(parsed(data.get("gen_ai.event.content")))}
    if title in _EVENT_ROLES:
        role = _EVENT_ROLES[title]
        message = {**_message_of(data), "role": _role_of(data, role)}
        yield from items_of(message, START, HISTORY, role)
    elif title == _CHOICE:
        message = _message_of(data)
        message.setdefault("role", "assistant")
        yield from items_of(message, END, OUTPUT, "assistant")
    elif title == _DETAILS:
        yield from _of_attributes(attributes, loose=False)
    elif title == "gen_ai.content.prompt":
        yield from items_of(data.get("gen_ai.prompt"), START, HISTORY, "user")
    elif title == "gen_ai.content.completion":
        yield from items_of(data.get("gen_ai.completion"), END, OUTPUT, "assistant")


def _role_of(data: JsonObject, role: str) -> str:
    stated = text(data.get("role")) or text(data.get("gen_ai.message.role"))
    return role if role == "tool" or not stated else stated


def _message_of(data: JsonObject) -> dict[str, Any]:
    """Return the message an event carries in its fields, or whole in ``message``."""
    whole = parsed(data.get("message"))
    base: dict[str, Any] = dict(whole) if isinstance(whole, dict) else {}
    if isinstance(whole, str | list):
        base["content"] = whole
    for key in ("content", "tool_calls", "id", "name", "role", "tool_call_id", "parts"):
        value = first(data, (key, f"gen_ai.message.{key}", f"gen_ai.event.{key}"))
        if value is not None:
            base.setdefault(key, value)
    if isinstance(base.get("content"), dict) and "content" in base["content"]:
        base = {**base, **base["content"]}
    return base
