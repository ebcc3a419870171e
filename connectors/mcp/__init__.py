"""MCP: JSON-RPC traffic between an agent and its tool servers, one message a line.

A line is the bare message, or ``{"dir": "client->server", "msg": {...}}`` with whatever the
recorder adds: a time, a session id.

References:
    - https://modelcontextprotocol.io/specification/2025-11-25 (messages)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from agentwarrant.connector import Connector, Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event, compact_json, digest
from agentwarrant.inputs import InputFile, Record
from agentwarrant.records import mapping, text

from .session import Sessions, id_of, message_of, time_of

_READS = ("resources/read", "prompts/get")
"""Requests that bring a server's content to the agent as a tool would."""

_METHODS = ("tools/", "resources/", "prompts/", "sampling/", "notifications/initialized")


class Mcp(Connector):
    """Traffic of the Model Context Protocol."""

    name = "mcp"
    title = "MCP traffic"

    def recognise(self, file: InputFile) -> int:
        return max((_likeness(record) for record in file.head), default=0)

    def read(self, file: InputFile) -> Iterator[Raw]:
        sessions = Sessions(_modified(file), digest(compact_json(file.head)))
        for line, record in file.records():
            yield Raw(record, str(file.path), line, sessions.context(record, line))

    def normalize(self, raw: Raw) -> Iterator[Event]:
        message = message_of(raw.record)
        if message.get("jsonrpc") != "2.0":
            raise BadRecord("not a message of JSON-RPC 2.0")
        if "method" in message:
            make = _REQUESTS.get(text(message["method"]))
            made = make(self, raw, message) if make else iter(())
        else:
            made = self._response(raw, message)
        for event in made:
            self._stamp(event, raw.context)
            yield event

    def _stamp(self, event: Event, context: Mapping[str, Any]) -> None:
        event["gen_ai.conversation.id"] = text(context.get("session")) or "unknown"
        event["warrant.channel"] = "mcp"
        client, server = text(context.get("client")), text(context.get("server"))
        self.agent(event, client or "mcp-client", assurance="claimed" if client else "none")
        if server:
            named = event["service.target.name"] = self.redactor.text(server)[0]
            if "warrant.definition.hash" in event:
                event["warrant.definition.server"] = named

    def _new(self, raw: Raw, action: str, *identity: str) -> Event:
        time = time_of(raw.record)
        clock = "file" if time is None else ""
        stamp = raw.context.get("time") if time is None else time
        session = text(raw.context.get("session"))
        try:
            return self.event(raw, action, stamp, session, *identity, clock=clock)
        except (ValueError, OverflowError) as error:
            raise BadRecord(str(error)) from error

    def _start(self, raw: Raw, message: Record) -> Iterator[Event]:
        yield self._new(raw, "session_start", id_of(message))

    def _call(self, raw: Raw, message: Record) -> Iterator[Event]:
        params = mapping(message.get("params"))
        tool = text(params.get("name"))
        if not tool:
            raise BadRecord("a call without the tool's name")
        yield self._called(raw, message, tool, params.get("arguments"))

    def _fetch(self, raw: Raw, message: Record) -> Iterator[Event]:
        yield self._called(raw, message, text(message["method"]), message.get("params"))

    def _called(self, raw: Raw, message: Record, tool: str, arguments: object) -> Event:
        # An agent may use an id twice; what it asked tells the calls apart.
        event = self._new(raw, "tool_call", id_of(message), compact_json(message))
        self.tool_call(event, tool, arguments, id_of(message))
        return event

    def _response(self, raw: Raw, message: Record) -> Iterator[Event]:
        method = text(raw.context.get("method"))
        result = mapping(message.get("result"))
        if method == "tools/call" or method in _READS:
            yield self._answer(raw, message, result)
        elif isinstance(result.get("tools"), list):
            yield from self._definitions(raw, message, result["tools"])

    def _answer(self, raw: Raw, message: Record, result: Mapping[str, Any]) -> Event:
        event = self._new(raw, "tool_result", id_of(message), compact_json(message))
        fault = message.get("error")
        failed = fault is not None or result.get("isError") is True
        said = text(mapping(fault).get("message")) if fault is not None else _said(result)
        tool = text(raw.context.get("tool"))
        self.tool_result(event, tool, said, failed=failed, call_id=id_of(message))
        event["warrant.origin"] = "tool"  # a server's, whatever its tools are called
        return event

    def _definitions(self, raw: Raw, message: Record, tools: list[Any]) -> Iterator[Event]:
        named = [tool for tool in tools if text(mapping(tool).get("name"))]
        for tool in named:
            yield self._definition(raw, message, tool)
        if len(named) < len(tools):  # said last: a nameless tool must not hide the others
            raise BadRecord("a tool's definition without its name")

    def _definition(self, raw: Raw, message: Record, tool: Record) -> Event:
        name, description = text(tool.get("name")), text(tool.get("description"))
        schema = _canonical(tool.get("inputSchema"))
        mark = digest("tool-definition", name, description, schema)
        event = self._new(raw, "tool_definition_seen", id_of(message), mark)
        # Agents are shown the schema too, and instructions hide in its descriptions.
        self.content(event, f"{description}\n{schema}")
        event["warrant.content.hash"] = event["warrant.definition.hash"] = mark
        event["warrant.origin"] = "tool"
        event["gen_ai.tool.name"] = name
        event["message"] = f"tool offered: {name}"
        return event


def _likeness(record: Record) -> int:
    message = message_of(record)
    if message.get("jsonrpc") != "2.0":
        return 0
    method = text(message.get("method"))
    opens = method == "initialize" and "protocolVersion" in mapping(message.get("params"))
    # Other protocols speak JSON-RPC too; these methods are MCP's own.
    return 90 if opens or method.startswith(_METHODS) else 30


def _modified(file: InputFile) -> float:
    try:
        return file.path.stat().st_mtime
    except OSError:
        return 0.0  # the file is gone: reading it says so better


def _canonical(schema: object) -> str:
    """Return a schema as text that stays the same when a server shuffles its keys."""
    try:
        return orjson.dumps(schema, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError as error:
        raise BadRecord("a tool's schema is nested too deep") from error


def _said(result: Mapping[str, Any]) -> str:
    """Return what a result says, also where only ``structuredContent`` says it."""
    content = result.get("content") or result.get("contents") or result.get("messages")
    blocks = [mapping(block) for block in content] if isinstance(content, list) else []
    said = "\n".join(_block(mapping(block.get("content")) or block) for block in blocks)
    structured = result.get("structuredContent")
    # Servers repeat a plain answer as {"result": answer}; anything else is content of its own.
    repeated = structured is None or mapping(structured) == {"result": said}
    return said if repeated else f"{said}\n{compact_json(structured)}".strip()


def _block(block: Mapping[str, Any]) -> str:
    inner = mapping(block.get("resource")) or block
    return text(inner.get("text")) or f"[{text(block.get('type')) or 'content'}]"


_REQUESTS: dict[str, Callable[[Mcp, Raw, Record], Iterator[Event]]] = {
    "initialize": Mcp._start,
    "tools/call": Mcp._call,
    **dict.fromkeys(_READS, Mcp._fetch),
}
