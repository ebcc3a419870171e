"""The session files under ``~/.codex/sessions``: ``{timestamp, type, payload}`` a line.

One command leaves three traces: the model's call, an item with its exit code, and the output
that the model was given. Call and output become events; the item lends them its exit code, and
stands for itself only where the other two are missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from agentwarrant.connector import Connector, Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event
from agentwarrant.inputs import Record
from agentwarrant.lineage import descend
from agentwarrant.records import mapping, objects, text
from agentwarrant.tools import calls

from .common import answers, call_of, count, identify, mcp_name, speak

_REMEMBERED = 4096
_KINDS = frozenset(
    {"session_meta", "response_item", "event_msg", "turn_context"}
    | {"token_usage_record", "world_state", "compacted"}
)
_CALLS = {"function_call": "arguments", "custom_tool_call": "input", "local_shell_call": "action"}
"""Kind of call -> where its arguments are."""

_OUTPUTS = frozenset(f"{kind}_output" for kind in _CALLS)
_ORIGINS = {"user": "user", "harness": "system", "skills": "system"}
_HARNESS = ("<environment_context>", "<user_instructions>", "# AGENTS.md instructions")
"""How texts begin that older versions put into the user's mouth without saying so."""

_EXIT = re.compile(r"^(?:Process exited with code|Exit code:) (-?\d{1,9})$", re.MULTILINE)


def is_line(record: Record) -> bool:
    """Is this a line of a session file?"""
    return isinstance(record.get("payload"), dict) and text(record.get("type")) in _KINDS


def likeness(record: Record) -> int:
    """Return how much a line looks like one of a session file: 0 or 95."""
    return 95 if is_line(record) and "timestamp" in record else 0


class Memory:
    """What a session file's earlier lines say about a later one."""

    def __init__(self) -> None:
        self._session: dict[str, str] = {}
        self._tools: dict[str, str] = {}
        self._exits: dict[str, int] = {}

    def context(self, record: Record) -> dict[str, Any]:
        """Return what stands elsewhere in the file and this line needs; small."""
        payload = record["payload"]
        if record["type"] == "session_meta" and not self._session:
            # A forked session repeats its parent's lines, this one included, after its own.
            self._session = _session(payload)
        return {**self._session, **self._call(payload)}

    def _call(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        kind, call = text(payload.get("type")), text(payload.get("call_id"))
        if kind in _CALLS:
            _remember(self._tools, call, _name(payload))
        elif kind in _OUTPUTS:
            return {"tool": self._tools.get(call, ""), "exit_code": self._exits.pop(call, None)}
        item = _item(payload)
        known = text(item.get("id")) in self._tools
        if known and isinstance(item.get("exit_code"), int):
            _remember(self._exits, text(item.get("id")), item["exit_code"])
        return {"known": known} if item else {}


def _remember(known: dict[str, Any], key: str, value: object) -> None:
    known[key] = value
    if len(known) > _REMEMBERED:
        known.pop(next(iter(known)))


def _session(payload: Mapping[str, Any]) -> dict[str, Any]:
    own = text(payload.get("id"))
    root = text(payload.get("session_id")) or own
    parent = text(payload.get("parent_thread_id"))
    line = [name for name in (root, parent, own) if name]
    return {"conversation": own, "workspace": text(payload.get("cwd")), "lineage": line}


def events(source: Connector, raw: Raw) -> Iterator[Event]:
    """Yield the events of one line.

    Raises:
        BadRecord: A line of a session that is not named, or a call without id or name.
    """
    for event in _made(source, raw):
        _stamp(source, event, raw.context)
        yield event


def _made(source: Connector, raw: Raw) -> Iterator[Event]:
    kind, payload = raw.record["type"], raw.record["payload"]
    inner = text(payload.get("type"))
    if kind == "session_meta":
        yield _new(source, raw, "session_start")
    elif kind == "token_usage_record":
        yield _request(source, raw, payload)
    elif kind == "response_item" and inner == "message":
        yield from _messages(source, raw, payload)
    elif kind == "response_item" and inner in _CALLS:
        yield _call(source, raw, payload)
    elif kind == "response_item" and inner in _OUTPUTS:
        yield _output(source, raw, payload)
    elif kind == "event_msg" and not raw.context.get("known"):
        yield from _step(source, raw, _item(payload))


def _new(source: Connector, raw: Raw, action: str, *identity: str) -> Event:
    conversation = text(raw.context.get("conversation"))
    if not conversation:
        raise BadRecord("a line before the session's session_meta, or one without id")
    time = raw.record.get("timestamp")
    return source.event(raw, action, time, conversation, *identity, dataset="session")


def _stamp(source: Connector, event: Event, context: Mapping[str, Any]) -> None:
    event["gen_ai.conversation.id"] = text(context.get("conversation"))
    identify(source, event, text(context.get("workspace")))
    if event["event.action"] == "tool_call":  # a call names another folder itself
        started = text(context.get("workspace"))
        source.fill(event, {"process.session_leader.working_directory": started})
    descend(event, context.get("lineage", ()))


def _request(source: Connector, raw: Raw, payload: Mapping[str, Any]) -> Event:
    response = text(payload.get("response_id"))
    event = _new(source, raw, "llm_request", response or str(raw.record.get("timestamp")))
    event["event.outcome"] = "success"
    if response:
        event["gen_ai.response.id"] = response
    count(event, mapping(payload.get("usage")))
    return event


def _messages(source: Connector, raw: Raw, payload: Mapping[str, Any]) -> Iterator[Event]:
    mine = payload.get("role") == "assistant"
    action = "message_sent" if mine else "message_received"
    identity = text(payload.get("id")) or str(raw.record.get("timestamp"))
    for origin, said in _spoken(payload).items():
        event = _new(source, raw, action, identity, origin)
        speak(source, event, said, "unknown" if mine else origin)
        yield event


def _spoken(payload: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of a message by origin: one message may mix user and harness."""
    passed = mapping(payload.get("internal_chat_message_metadata_passthrough"))
    notes = passed.get("content_item_metadata")
    notes = notes if isinstance(notes, list) else []
    found: dict[str, list[str]] = {}
    for index, item in enumerate(objects(payload.get("content"))):
        said = text(item.get("text"))
        note = mapping(notes[index]) if index < len(notes) else {}
        origin = _origin(mapping(note.get("provenance")), text(payload.get("role")), said)
        if said:
            found.setdefault(origin, []).append(said)
    return {origin: "\n".join(texts) for origin, texts in found.items()}


def _origin(provenance: Mapping[str, Any], role: str, said: str) -> str:
    stated = text(provenance.get("type"))
    if stated:
        return _ORIGINS.get(stated, "unknown")
    return "user" if role == "user" and not said.startswith(_HARNESS) else "system"


def _name(payload: Mapping[str, Any]) -> str:
    if payload.get("type") == "local_shell_call":
        return "local_shell"
    name, space = text(payload.get("name")), text(payload.get("namespace"))
    server = space.removesuffix("__").removeprefix("mcp__")
    return mcp_name(server, name) if space.startswith("mcp__") else name


def _call(source: Connector, raw: Raw, payload: Mapping[str, Any]) -> Event:
    call, name = text(payload.get("call_id")), _name(payload)
    if not call or not name:
        raise BadRecord("a tool call without call_id or name")
    event = _new(source, raw, "tool_call", call)
    source.tool_call(event, name, payload.get(_CALLS[text(payload.get("type"))]), call)
    return event


def _output(source: Connector, raw: Raw, payload: Mapping[str, Any]) -> Event:
    call, tool = text(payload.get("call_id")), text(raw.context.get("tool"))
    if not call:
        raise BadRecord("a tool's output without call_id")
    event = _new(source, raw, "tool_result", call)
    said, failed = _answer(payload.get("output"), raw.context.get("exit_code"))
    source.tool_result(event, tool, said, failed=failed, call_id=call)
    return event


def _answer(output: object, code: object) -> tuple[str, bool | None]:
    """Return what a tool answered, and whether it failed (None: not said)."""
    wrapped = _unwrapped(output)
    said = wrapped.get("output", wrapped.get("content", output))
    if isinstance(said, list):
        said = "\n".join(text(item.get("text")) for item in objects(said))
    inner = mapping(wrapped.get("metadata")).get("exit_code")
    for known in (code, inner):
        if isinstance(known, int):
            return text(said), known != 0
    stated = _EXIT.search(text(said)[:400])
    if stated:
        return text(said), stated.group(1) != "0"
    if isinstance(wrapped.get("success"), bool):
        return text(said), not wrapped["success"]
    return text(said), True if calls.denial_of(text(said)) else None


def _unwrapped(output: object) -> Mapping[str, Any]:
    """Return ``{output, metadata}`` or ``{content, success}`` where the output is one."""
    if isinstance(output, str) and output.startswith('{"output":'):
        try:
            return mapping(orjson.loads(output))
        except orjson.JSONDecodeError:
            return {}
    return mapping(output)


def _item(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an event message as an item of the newer form; empty when it is none."""
    kind = payload.get("type")
    if kind == "item_completed":
        return mapping(payload.get("item"))
    call = text(payload.get("call_id"))
    if kind == "exec_command_end":
        return {**payload, "type": "CommandExecution", "id": call}
    if kind == "mcp_tool_call_end":
        invocation, result = mapping(payload.get("invocation")), mapping(payload.get("result"))
        ended = {"result": result.get("Ok"), "error": result.get("Err")}
        ended["status"] = "failed" if "Err" in result else "completed"
        return {**invocation, **ended, "type": "McpToolCall", "id": call}
    return {}


def _step(source: Connector, raw: Raw, item: Mapping[str, Any]) -> Iterator[Event]:
    called, call = call_of(item), text(item.get("id"))
    if called is None or not call:
        return
    event = _new(source, raw, "tool_call", call)
    source.tool_call(event, *called, call)
    yield event
    event = _new(source, raw, "tool_result", call)
    answers(source, event, called[0], item)
    yield event
