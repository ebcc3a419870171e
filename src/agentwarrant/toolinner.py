"""Tools through which other tools are called: what a call of one really calls.

Cline and Roo reach every tool of an MCP server through ``use_mcp_tool`` (``server_name``,
``tool_name``, ``arguments``), gateways through ``call_tool`` or ``mcp_call`` (``name``,
``arguments``), Composio through ``COMPOSIO_MULTI_EXECUTE_TOOL`` (``tools``: a list of ``tool_slug``
and ``arguments``). Neither a warrant nor a rule has use for the name of such a tool.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from agentwarrant.toolargs import Arguments, parse_arguments
from agentwarrant.tools import Facts, classify
from agentwarrant.toolwords import own_words
from agentwarrant.vocabulary import TOOL_CLASSES

_CALLS = frozenset(
    "call use invoke run execute exec dispatch perform trigger multi parallel".split()
)
_TOOLS = frozenset("tool tools mcp uses".split())
_SAY_LITTLE = _CALLS | _TOOLS | frozenset("server agent dynamic remote by name a an the".split())
_TOOL_KEY = re.compile(
    r"(?:^|_)(?:tool|recipient)(?:_?(?:name|slug|id))?$|^(?:tool|function)Name$|^toolSlug$"
)
_PLAIN_KEYS = ("name", "slug", "function", "method")
_SERVER_KEYS = ("server_name", "serverName", "server", "mcp_server")
_ARGUMENT_KEYS = (
    "arguments", "args", "params", "parameters", "input", "tool_input", "tool_args",
    "tool_arguments", "toolInput", "toolArgs", "kwargs", "payload",
)  # fmt: skip
_LIST_KEYS = ("tools", "tool_uses", "calls", "tool_calls")
_NAME = re.compile(r"[\w.:/@-]{1,128}")
_DEPTH, _MOST = 3, 32


class Inner(NamedTuple):
    """A tool that is called through another.

    Attributes:
        tool: Its name; ``mcp__SERVER__TOOL`` where its server is named apart.
        arguments: What it is given.
    """

    tool: str
    arguments: Arguments


class Called(NamedTuple):
    """A call as it is held against warrants and rules.

    Attributes:
        tool: The tool that is called in the end; of several the one that does the strongest thing.
        arguments: What the tool is given; of several calls what the outer tool was given.
        facts: What the call does; of several, the acts of all.
    """

    tool: str
    arguments: Arguments
    facts: Facts


def called(tool: str, arguments: Arguments) -> Called:
    """Return what a call amounts to, by the tool that it calls in the end.

    Args:
        tool: The tool's name as the source writes it.
        arguments: What it is given.
    """
    inner = inner_calls(tool, arguments)
    if not inner:
        return Called(tool, arguments, classify(tool, arguments))
    facts = [classify(*one) for one in inner]
    first = min(range(len(facts)), key=lambda at: TOOL_CLASSES.index(facts[at].tool_class))
    found = facts[first]
    found.acts = found.acts.union(*(one.acts for one in facts))
    found.unread = found.unread.union(*(one.unread for one in facts))
    found.through = tool
    return Called(inner[first].tool, inner[0].arguments if len(inner) == 1 else arguments, found)


def inner_calls(tool: str, arguments: Arguments) -> list[Inner]:
    """Return what a call calls through its tool, in order; nothing where it is a tool of its own.

    Args:
        tool: The tool's name as the source writes it.
        arguments: What it is given.
    """
    if not _passes_on(tool) or not isinstance(arguments, Mapping):
        return []
    return list(islice(_within(tool, arguments, _DEPTH), _MOST))


def _within(tool: str, arguments: Mapping[str, Any], depth: int) -> Iterator[Inner]:
    for given in _each(arguments):
        found = _one(tool, given)
        if found is None:
            continue
        deeper = isinstance(found.arguments, Mapping) and depth > 0 and _passes_on(found.tool)
        inner = list(_within(found.tool, found.arguments, depth - 1)) if deeper else []  # type: ignore[arg-type]  # deeper: it is a mapping
        yield from inner or [found]


def _each(arguments: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the calls that arguments list, or themselves as the one."""
    for key in _LIST_KEYS:
        listed = arguments.get(key)
        if isinstance(listed, list) and listed and all(isinstance(one, Mapping) for one in listed):
            return listed[:_MOST]
    return [arguments]


def _one(tool: str, arguments: Mapping[str, Any]) -> Inner | None:
    key = _key_of(tool, arguments)
    if not key:
        return None
    server = next((k for k in _SERVER_KEYS if isinstance(arguments.get(k), str)), "")
    given = next((k for k in _ARGUMENT_KEYS if k in arguments), "")
    inner = parse_arguments(arguments[given]) if given else {}
    rest = {k: v for k, v in arguments.items() if k not in (key, server, given)}
    name = arguments[key]
    if server and _NAME.fullmatch(arguments[server]):
        name = f"mcp__{arguments[server]}__{name}"
    if isinstance(inner, str):
        return Inner(name, {**rest, given: inner} if rest else inner)
    return Inner(name, {**rest, **inner} if rest else inner)


def _key_of(tool: str, arguments: Mapping[str, Any]) -> str:
    """Return the argument that has the tool's name, or ''."""
    named = [key for key, value in arguments.items() if isinstance(value, str) and _is_name(value)]
    found = next((key for key in named if _TOOL_KEY.search(key)), "")
    if found or not _only_passes_on(tool) or not any(key in arguments for key in _ARGUMENT_KEYS):
        return found
    return next((key for key in _PLAIN_KEYS if key in named), "")


def _is_name(value: str) -> bool:
    return _NAME.fullmatch(value) is not None and any(char.isalpha() for char in value)


@lru_cache(maxsize=4096)
def _passes_on(tool: str) -> bool:
    """Does a name say that tools are called by it: ``use_mcp_tool``, ``mcp_call``?"""
    words = frozenset(own_words(tool))
    return not words.isdisjoint(_CALLS) and not words.isdisjoint(_TOOLS)


@lru_cache(maxsize=4096)
def _only_passes_on(tool: str) -> bool:
    """Does a name say nothing else? ``run_command_tool`` runs a command."""
    return frozenset(own_words(tool.rpartition("__")[2])) <= _SAY_LITTLE
