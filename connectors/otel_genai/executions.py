"""What an execution of a tool, or a retrieval, was given and what it gave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agentwarrant.records import text

from . import names
from .flattened import unflattened
from .items import CALL, END, LIMIT, RESULT, RUN, START, Item
from .messages import answer_text, first_given
from .units import Unit, events_of
from .values import JsonObject, first, first_name, mapping, parsed

_CHOICE = "gen_ai.choice"


def tool_of(unit: Unit) -> str:
    """Return the tool an execution span runs."""
    named = first_name(unit.attributes, names.TOOL_NAME)
    after = next(
        (n for verb in ("execute_tool", "tools/call", "tool", "running tool:")
         if (n := names.named_after(unit.name, verb))), ""
    )  # fmt: skip
    entity = text(unit.attributes.get("traceloop.entity.name"))
    return named or after or entity or unit.name.removesuffix(".tool") or "unknown"


def execution(unit: Unit) -> Iterator[Item]:
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
    yield Item(CALL, START, RUN, "assistant", unwrapped(arguments), tool, call_id)
    wrapped = parsed(answer)
    taken = unwrapped(wrapped)
    told = answer if taken is wrapped else taken
    yield Item(RESULT, END, RUN, "tool", answer_text(told), tool, call_id, failed)


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


def unwrapped(arguments: Any) -> Any:
    """OpenLLMetry and LangChain wrap what a tool gets and gives; take the wrapping off."""
    if isinstance(arguments, dict) and set(arguments) == {"output", "kwargs"}:
        return mapping(mapping(arguments["output"]).get("kwargs")).get(
            "content", arguments["output"]
        )
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
