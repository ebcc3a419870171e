"""What the three logs of Codex have in common."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from agentwarrant.connector import Connector
from agentwarrant.event import Event, cut, text_of
from agentwarrant.records import mapping, text

_AGENT = "codex"
_HEADLINE = 300
_SHELLS = frozenset({"bash", "dash", "sh", "zsh"})
_WRAPPED = 3
"""A shell, ``-lc``, and the command as one word."""
_INTEGER = 2**31
"""ECS counts tokens in 32 bits; a larger number is no count."""


def identify(source: Connector, event: Event, place: str) -> None:
    """Name an agent that was given no name, by the place it works in."""
    own = f"{_AGENT}:{place}" if place else _AGENT
    source.agent(event, own, name=_AGENT, assurance="inferred" if place else "none")


def mcp_name(server: str, tool: str) -> str:
    """Return the one name a tool of an MCP server has in all three logs."""
    return f"mcp__{server}__{tool}"


def speak(source: Connector, event: Event, said: str, origin: str) -> None:
    """Fill in a message: its redacted text, where it came from, one line to show."""
    kept = source.content(event, said)
    event["warrant.origin"] = origin
    if origin == "user":
        event["warrant.principal.kind"] = "human"
    event["message"] = cut(" ".join(kept.split()), _HEADLINE)[0]


def count(event: Event, usage: Mapping[str, Any]) -> None:
    """Keep the tokens of a model request."""
    event["gen_ai.operation.name"] = "chat"
    for side in ("input_tokens", "output_tokens"):
        number = usage.get(side)
        if isinstance(number, int) and 0 <= number < _INTEGER:
            event[f"gen_ai.usage.{side}"] = int(number)


# One action in several logs ----


def same(event: Event) -> str:
    """Return what an event is, in the same words for all three logs; empty when it has none."""
    action = text_of(event, "event.action")
    if action == "tool_call":
        return _called(event)
    if action in ("message_received", "message_sent") and event.get("warrant.content.text"):
        return f"{action} {text_of(event, 'warrant.content.hash')}"
    return ""


def _called(event: Event) -> str:
    command = text_of(event, "process.command_line")
    if command:  # under which name the shell was called, only one of the logs says
        return f"command {_inner(command)}"
    tool, place = text_of(event, "gen_ai.tool.name"), text_of(event, "file.path")
    if tool == "apply_patch" and place:  # the stream says which files, not what was written
        return f"patch {PurePosixPath(place).name}"
    return f"{tool} {text_of(event, 'warrant.arguments.hash')}"


def _inner(command: str) -> str:
    """Return what a shell is told to run: ``bash -lc 'ls -la'`` is ``ls -la``."""
    try:
        words = shlex.split(command)
    except ValueError:
        return command
    is_shell = len(words) == _WRAPPED and PurePosixPath(words[0]).name in _SHELLS
    return words[2] if is_shell and words[1] in ("-c", "-lc") else command


# Items: what the stream, and event messages of a session file, call a step of the agent ----


def call_of(item: Mapping[str, Any]) -> tuple[str, object] | None:
    """Return (tool, arguments) of an item that is a call, else None.

    The stream writes kinds as ``command_execution``, session files as ``CommandExecution``.
    """
    kind = text(item.get("type")).replace("_", "").lower()
    if kind == "commandexecution":
        return "exec_command", {"command": item.get("command")}
    if kind == "mcptoolcall" and text(item.get("tool")):
        return mcp_name(text(item.get("server")), text(item.get("tool"))), item.get("arguments")
    if kind == "filechange":
        changes = item.get("changes")
        named = {"paths": list(changes)} if isinstance(changes, dict) else {}
        return "apply_patch", {**named, "changes": changes}
    if kind == "websearch" and text(item.get("query")):
        return "web_search", {"query": item.get("query")}
    return None


def answers(source: Connector, event: Event, tool: str, item: Mapping[str, Any]) -> None:
    """Fill in the result of an item that is a call."""
    result = item.get("aggregated_output") or item.get("error") or item.get("result") or ""
    source.tool_result(event, tool, result, failed=_failed(item), call_id=text(item.get("id")))
    if item.get("status") == "declined":
        source.denied(event, "policy_denied")


def _failed(item: Mapping[str, Any]) -> bool | None:
    code, status = item.get("exit_code"), item.get("status")
    if isinstance(code, int):
        return code != 0
    if status in ("failed", "declined") or mapping(item.get("result")).get("isError") is True:
        return True
    return False if status == "completed" else None
