"""What a span or log record tells: messages, tool calls and answers, wherever they stand in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from . import names
from .messages import (
    CALL,
    END,
    HISTORY,
    LIMIT,
    MESSAGE,
    OUTPUT,
    RESULT,
    RUN,
    START,
    Item,
    answer_text,
    call_item,
    first_given,
    items_of,
    unflattened,
)  # fmt: skip
from .units import Unit, body_of, events_of
from .values import JsonObject, first, first_name, mapping, parsed, text

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
    listed = [item for item in found if item.kind != MESSAGE or item.content]
    listed = _sent_by(listed, unit.attributes)
    over = max(0, len(listed) - LIMIT)
    return listed[over:], over  # the newest are kept: older ones were told before


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
        yield from _execution(unit)
        return
    if unit.operation in (names.RETRIEVAL, names.EMBEDDINGS):
        return
    told = list(_of_attributes(unit.attributes, loose=_loose(unit)))
    for title, attributes in events_of(unit.record):
        told.extend(_of_event(title, attributes, attributes))
    yield from (item for item in told if item.when == START)
    yield from (item for item in told if item.when == END)


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
        heard.extend(items_of(first(attributes, names.LOOSE_INPUT), START, HISTORY, "user"))
    if loose and not any(item.told == OUTPUT for item in (*heard, *said)):
        said.extend(items_of(first(attributes, names.LOOSE_OUTPUT), END, OUTPUT, "assistant"))
    yield from heard
    yield from said
    if not any(item.kind == CALL for item in said):
        yield from _loose_calls(attributes)


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


# Executions of tools ---------------------------------------------------------------------


def tool_of(unit: Unit) -> str:
    """Return the tool an execution span runs."""
    named = first_name(unit.attributes, names.TOOL_NAME)
    after = next(
        (n for verb in ("execute_tool", "tools/call", "tool", "running tool:")
         if (n := names.named_after(unit.name, verb))), ""
    )  # fmt: skip
    entity = text(unit.attributes.get("traceloop.entity.name"))
    return named or after or entity or unit.name.removesuffix(".tool") or "unknown"


def _execution(unit: Unit) -> Iterator[Item]:
    attributes = unit.attributes
    tool, call_id = tool_of(unit), first_name(attributes, names.CALL_ID)
    arguments, answer = _prefixed(attributes, names.ARGUMENTS), _prefixed(attributes, names.RESULT)
    for title, fields in events_of(unit.record):
        # Inside an execution these two events carry the tool's input and its answer.
        if title == "gen_ai.tool.message" and arguments is None:
            arguments = parsed(first(fields, ("content", "arguments", "gen_ai.event.content")))
            call_id = call_id or first_name(fields, ("id",))
        elif title == _CHOICE and answer is None:
            answer = first(fields, ("message", "content", "gen_ai.event.content"))
            call_id = call_id or first_name(fields, ("id",))
    failed = unit.failed
    status = text(attributes.get("gen_ai.tool.status")).lower()
    if status in ("error", "failed") or mapping(parsed(answer)).get("isError") is True:
        failed = True
    if answer is None and failed:
        answer = _error_text(unit) or None
    yield Item(CALL, START, RUN, "assistant", _unwrapped(arguments), tool, call_id)
    yield Item(RESULT, END, RUN, "tool", answer_text(answer), tool, call_id, failed)


def _prefixed(attributes: JsonObject, wanted: tuple[str, ...]) -> Any:
    """Return the first of these attributes, also when it is spread (``mcp.request.argument.q``)."""
    found = first_given(attributes, wanted)
    if found is not None:
        return parsed(found) if wanted is names.ARGUMENTS else found
    for head in wanted[:7]:
        spread = {
            key[len(head) + 1 :]: value
            for key, value in attributes.items()
            if key.startswith(f"{head}.") and value is not None
        }
        if spread:
            return spread
    return None


def _unwrapped(arguments: Any) -> Any:
    """OpenLLMetry and LangChain wrap what a tool was called with; take the wrapping off."""
    if isinstance(arguments, dict) and "tags" in arguments and "inputs" in arguments:
        return arguments["inputs"]
    if (
        isinstance(arguments, dict)
        and set(arguments) == {"args", "kwargs"}
        and not arguments["args"]
    ):
        return arguments["kwargs"]
    if isinstance(arguments, dict) and "input_str" in arguments and "inputs" not in arguments:
        return parsed(arguments["input_str"])
    return arguments


def _error_text(unit: Unit) -> str:
    said = text(mapping(unit.record.get("status")).get("message"))
    for title, fields in events_of(unit.record):
        if title == "exception":
            said = said or text(fields.get("exception.message"))
    return said or text(unit.attributes.get("error.message"))


# Retrieval -------------------------------------------------------------------------------


def documents_of(unit: Unit) -> Any:
    """Return what a retrieval found: text of its documents, or the value as it is."""
    value = parsed(first(unit.attributes, names.DOCUMENTS))
    if value is None:
        value = unflattened(unit.attributes, "retrieval.documents") or None
    if isinstance(value, list):
        texts = [_document(one) for one in value[:LIMIT]]
        return "\n".join(filter(None, texts)) or value
    return value


def _document(document: object) -> str:
    one = mapping(document)
    inner = first(one, ("content", "page_content", "text"))
    return text(inner) or text(mapping(inner).get("text")) or text(document)
