"""Messages in every form that producers write them, as items: what was said, called, answered.

Two forms are standard, ``{role, content, tool_calls}`` and ``{role, parts}``; the dialects of
model vendors (Anthropic, OpenAI Responses, Gemini, Bedrock, LangChain, Vercel) differ from them
only in names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from agentwarrant.event import compact_json
from agentwarrant.records import text

from .items import CALL, LIMIT, MESSAGE, OVER, RESULT, Item
from .values import JsonObject, first, first_name, mapping, name, parsed

_DEPTH = 4

_ROLES = {
    "user": "user", "human": "user", "input": "user",
    "system": "system", "developer": "system",
    "assistant": "assistant", "ai": "assistant", "model": "assistant", "bot": "assistant",
    "agent": "assistant", "aimessagechunk": "assistant",
    "tool": "tool", "function": "tool", "ipython": "tool", "observation": "tool",
    "tool_result": "tool", "toolresult": "tool", "tool_response": "tool",
}  # fmt: skip
_TEXT = {"text", "input_text", "output_text", "message", "refusal", ""}
_CALLS = {"tool_call", "tool_use", "function_call", "server_tool_call", "server_tool_use",
          "mcp_tool_use", "toolcall", "tooluse", "mcp_call", "custom_tool_call"}  # fmt: skip
_RESULTS = {"tool_call_response", "tool_result", "function_call_output", "tool_response",
            "server_tool_call_response", "function_response", "toolresult", "mcp_tool_result",
            "tool_call_result", "custom_tool_call_output", "web_search_tool_result"}  # fmt: skip
_THOUGHTS = {"reasoning", "thinking", "redacted_thinking", "reasoning_content", "thought"}
_TOOL_KINDS = _CALLS | _RESULTS
_PART_KINDS = _TOOL_KINDS | _TEXT
_NAMED_KINDS = _TOOL_KINDS | _ROLES.keys()
_SAID_KINDS = _TEXT | _THOUGHTS
_PLAIN_KINDS = (_PART_KINDS | _THOUGHTS) - {""}
_WRAPPERS = {"functioncall": "tool_call", "function_call": "tool_call", "tooluse": "tool_call",
             "functionresponse": "tool_result", "function_response": "tool_result",
             "toolresult": "tool_result"}  # fmt: skip
_NAME = ("name", "toolName", "tool_name", "recipient_name")
_ARGUMENTS = ("arguments", "args", "input", "parameters", "arguments_json")
_CALL_ID = ("tool_call_id", "toolCallId", "call_id", "tool_use_id", "toolUseId", "id")
_ANSWER = ("response", "result", "output", "content", "text", "value")
_SENDERS = ("sender", "sender_id", "sender_name", "from", "author")
_HOLDERS = ("messages", "input", "contents", "message", "prompt", "output", "generations",
            "choices", "candidates", "inputs", "outputs")  # fmt: skip


def items_of(value: object, when: str, told: str, role: str) -> Iterator[Item]:
    """Yield what an array of messages says; JSON text of one, or a bare text, is read as well.

    Args:
        value: The array as the producer wrote it.
        when: ``start`` or ``end``.
        told: ``history`` or ``output``.
        role: Of whatever does not say its role.
    """
    yield from _items(parsed(value), when, told, role, 0)


def _items(value: object, when: str, told: str, role: str, depth: int) -> Iterator[Item]:
    if isinstance(value, str):
        if value.strip():
            yield Item(MESSAGE, when, told, role, value)
    elif isinstance(value, list) and depth < _DEPTH:
        if value and all(_is_part(one) for one in value):
            yield from message_items({"role": role, "content": value}, when, told, role)
            return
        yield from _over(value, when, told)
        for one in value[-LIMIT:]:
            yield from _items(parsed(one), when, told, role, depth + 1)
    elif isinstance(value, dict):
        yield from _object(value, when, told, role, depth)


def _over(listed: list[Any], when: str, told: str) -> Iterator[Item]:
    """Yield how many of a list are not read: the oldest, which were told before."""
    if len(listed) > LIMIT:
        yield Item(OVER, when, told, content=len(listed) - LIMIT)


def _is_part(value: object) -> bool:
    """Is this a piece of one message, and no message of its own?"""
    one = mapping(value)
    return bool(one) and "role" not in one and _kind(one) in _SAID_KINDS and (
        isinstance(one.get("text"), str) or ("type" in one and isinstance(one.get("content"), str))
    )  # fmt: skip


def _object(value: JsonObject, when: str, told: str, role: str, depth: int) -> Iterator[Item]:
    if any(key in value for key in ("role", "parts", "tool_calls", "content")) or (
        _kind(value) in _NAMED_KINDS or "content" in mapping(value.get("kwargs"))
    ):
        yield from message_items(value, when, told, role)
        return
    held = next((key for key in _HOLDERS if isinstance(value.get(key), list | dict | str)), "")
    if held and depth < _DEPTH:
        yield from _items(parsed(value[held]), when, told, role, depth + 1)
    elif isinstance(value.get("text"), str):
        yield Item(MESSAGE, when, told, role, value["text"])
    elif value:
        yield Item(MESSAGE, when, told, role, compact_json(value))


def message_items(message: JsonObject, when: str, told: str, role: str) -> Iterator[Item]:
    """Yield what one message says, calls and answers, in its own order."""
    inner = mapping(message.get("kwargs")) or mapping(message.get("data"))
    if inner and "content" in inner:  # LangChain serializes a message as its constructor's call
        message = {"role": inner.get("type") or _lc_type(message), **inner}
    stated = text(message.get("role")) or text(message.get("type"))
    role = _ROLES.get(stated.lower(), role if _kind(message) in _PART_KINDS else "")
    role = role or "user"
    if role == "tool":
        yield from _answers(message, when, told)
        return
    parts = first(message, ("parts", "content"))
    if isinstance(parts, dict) and ("parts" in parts or "role" in parts):  # a Gemini candidate
        yield from message_items(parts, when, told, role)
        return
    if parts is None and _kind(message) in _TOOL_KINDS:
        parts = [message]
    made = list(_parts(parsed_parts(parts), when, told))
    made = _joined(made, role, message, when, told)
    yield from made
    yield from _listed_calls(message, when, told, {one.call_id for one in made if one.kind == CALL})


def _lc_type(message: JsonObject) -> str:
    path = message.get("id")
    last = text(path[-1]) if isinstance(path, list) and path else text(message.get("type"))
    return last.lower().removesuffix("message").removesuffix("chunk").removesuffix("message")


def parsed_parts(parts: object) -> object:
    """Return parts also when written as JSON text of a list of them; other text stays text."""
    found = parsed(parts)
    if isinstance(parts, str):
        plain = isinstance(found, list) and found and all(_partly(one) for one in found)
        return found if plain else parts
    return found


def _partly(value: object) -> bool:
    one = mapping(value)
    wrapped = any(key.lower() in _WRAPPERS for key in one if isinstance(key, str))
    return wrapped or ("text" in one and len(one) == 1) or (
        _kind(one) in _PLAIN_KINDS
    )  # fmt: skip


def _joined(made: list[Item], role: str, message: JsonObject, when: str, told: str) -> list[Item]:
    """Return the items of a message with its texts joined into one, where the first stood."""
    texts = [one.content for one in made if one.kind == MESSAGE]
    kept: list[Item] = []
    sender = first_name(message, _SENDERS)
    named = name(message.get("name")) if role == "user" else ""
    for one in made:
        if one.kind != MESSAGE:
            kept.append(one)
        elif texts:
            whole = "\n".join(texts)
            texts = []
            if whole.strip():
                kept.append(Item(MESSAGE, when, told, role, whole, sender=sender or named))
    return kept


def _kind(part: JsonObject) -> str:
    return text(part.get("type")).lower().replace("-", "_")


def _parts(parts: object, when: str, told: str) -> Iterator[Item]:
    if isinstance(parts, dict):
        parts = [parts]
    if isinstance(parts, list):
        yield from _over(parts, when, told)
        for part in parts[-LIMIT:]:
            yield from _part(part, when, told)
    elif parts is not None:
        yield Item(MESSAGE, when, told, content=parts if isinstance(parts, str) else str(parts))


def _part(part: object, when: str, told: str) -> Iterator[Item]:
    if isinstance(part, str):
        yield Item(MESSAGE, when, told, content=part)
        return
    if not isinstance(part, dict):
        return
    kind = _kind(part)
    for key, value in part.items():
        wrapped = _WRAPPERS.get(key.lower().replace("-", "_")) if isinstance(key, str) else None
        if wrapped and isinstance(value, dict):
            part, kind = value, wrapped
            break
    if kind in _CALLS:
        yield call_item(part, when, told)
    elif kind in _RESULTS:
        yield _result(part, when, told)
    elif kind not in _THOUGHTS and part.get("thought") is not True:
        yield Item(MESSAGE, when, told, content=_text_part(part, kind))


def _text_part(part: JsonObject, kind: str) -> str:
    for key in ("text", "content", "refusal"):
        if isinstance(part.get(key), str) and kind in _TEXT:
            return text(part[key])
    inner = mapping(part.get("text"))
    if isinstance(inner.get("value"), str):  # OpenAI Assistants
        return text(inner["value"])
    link = first(part, ("uri", "url", "file_id")) or mapping(part.get("image_url")).get("url")
    if kind and isinstance(link, str):
        return f"[{kind}: {link[:2048]}]"
    if kind in ("blob", "image", "audio", "video", "file", "media", "document"):
        return f"[{kind}]"
    return compact_json(part)


def call_item(call: JsonObject, when: str, told: str) -> Item:
    """Return a tool call, whether its function stands inside (``{id, function}``) or not."""
    function = mapping(call.get("function")) or mapping(call.get("server_tool_call"))
    tool = first_name(function, _NAME) or first_name(call, _NAME) or _kind_as_name(call)
    arguments = first_given(function, _ARGUMENTS)
    if arguments is None:
        arguments = first_given(call, _ARGUMENTS)
    return Item(CALL, when, told, "assistant", parsed(arguments), tool, first_name(call, _CALL_ID))


def _kind_as_name(call: JsonObject) -> str:
    return name(call.get("function")) or "unknown"


def first_given(values: JsonObject, names: tuple[str, ...]) -> Any:
    """Return the value of the first name that is there, even an empty one; null is none."""
    return next((values[one] for one in names if values.get(one) is not None), None)


def _result(part: JsonObject, when: str, told: str, message: JsonObject | None = None) -> Item:
    around = message or {}
    answer = first_given(part, _ANSWER)
    error = first_given(part, ("error",))
    failed = part.get("is_error", part.get("isError", part.get("failed")))
    status = text(part.get("status")).lower()
    if not isinstance(failed, bool):
        failed = True if status in ("error", "failed") or (answer is None and error) else None
    return Item(
        RESULT, when, told, "tool", answer_text(answer if answer is not None else error),
        first_name(part, _NAME) or first_name(around, _NAME),
        first_name(part, _CALL_ID) or first_name(around, _CALL_ID), failed,
    )  # fmt: skip


def answer_text(answer: object) -> Any:
    """Return the text of an answer made of text parts; any other answer as it is."""
    found = parsed(answer)
    parts = found.get("content") if isinstance(found, dict) and "content" in found else found
    if isinstance(parts, list) and parts and all(_is_text(part) for part in parts):
        return "\n".join(text(part["text"]) for part in parts)
    return answer


def _is_text(part: object) -> bool:
    one = mapping(part)
    return _kind(one) in _TEXT and isinstance(one.get("text"), str)


def _answers(message: JsonObject, when: str, told: str) -> Iterator[Item]:
    """Yield the answers of a message whose role is that of a tool."""
    parts = parsed_parts(first(message, ("parts", "content")))
    listed = parts if isinstance(parts, list) else [parts] if isinstance(parts, dict) else []
    inner = [part for part in listed[-LIMIT:] if isinstance(part, dict)]
    found = [item for part in inner for item in _part(part, when, told) if item.kind == RESULT]
    for item in found:
        yield replace(
            item,
            tool=item.tool or first_name(message, _NAME),
            call_id=item.call_id or first_name(message, _CALL_ID),
        )
    if not found:
        yield _result({**message, **({"content": parts} if parts is not None else {})}, when, told)


def _listed_calls(message: JsonObject, when: str, told: str, known: set[str]) -> Iterator[Item]:
    """Yield the calls a message lists beside its content, unless its parts told them already."""
    listed = parsed(first(message, ("tool_calls", "toolCalls", "additional_tool_calls")))
    if listed is None and isinstance(message.get("function_call"), dict):
        listed = [message["function_call"]]  # OpenAI before there were several
    extra = mapping(message.get("additional_kwargs")).get("tool_calls")
    listed = extra if not listed and isinstance(extra, list) else listed
    for call in listed[-LIMIT:] if isinstance(listed, list) else ():
        if isinstance(call, dict):
            item = call_item(call, when, told)
            if not item.call_id or item.call_id not in known:
                yield item
