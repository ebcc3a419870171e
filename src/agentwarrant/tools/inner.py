"""Tools through which other tools are called: what a call of one really calls.

Cline and Roo reach every tool of an MCP server through ``use_mcp_tool`` (``server_name``,
``tool_name``, ``arguments``), gateways through ``call_tool`` or ``mcp_call`` (``name``,
``arguments``), Composio through ``COMPOSIO_MULTI_EXECUTE_TOOL`` (``calls``: a list of ``tool_slug``
and ``arguments``). Neither a warrant nor a rule has use for the name of such a tool.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from agentwarrant.tools.arguments import Arguments, parse_arguments
from agentwarrant.tools.calls import Facts, classify
from agentwarrant.tools.words import class_of_words, own_words
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
_ONLY_RUNS = frozenset({"other", "exec", "delegate"})
_QUERIED = frozenset("sql database db postgres mysql sqlite bigquery query".split())
_LIST_KEYS = ("tools", "tool_uses", "calls", "tool_calls")
_NAME = re.compile(r"[\w.:/@-]{1,128}")
_DEPTH, _MOST = 3, 32
_HARMLESS = ("read", "discovery", "write")


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
        facts: What the call does; of several, the acts of all, and the names of the others.
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
    groups = list(islice(_within(tool, arguments, _DEPTH), _MOST + 1))
    if not groups:
        return Called(tool, arguments, classify(tool, arguments))
    made = [_strongest(group) for group in groups[:_MOST]]
    first = _strongest_of([facts for _, facts in made])
    inner, found = made.pop(first)
    found.acts = found.acts.union(*(facts.acts for _, facts in made))
    found.unread = found.unread.union(*(facts.unread for _, facts in made))
    if len(groups) > _MOST or not _is_whole(tool, arguments):
        found.unread |= {"count"}
        found.tool_class = "other" if found.tool_class in _HARMLESS else found.tool_class
    found.through = tool
    found.also = [other.tool for other, _ in made]
    return Called(inner.tool, arguments if made else inner.arguments, found)


def _strongest(group: list[Inner]) -> tuple[Inner, Facts]:
    """Return, of what one call may call, what does the strongest thing, with the acts of all."""
    facts = [classify(*one) for one in group]
    first = _strongest_of(facts)
    found = facts[first]
    found.acts = found.acts.union(*(one.acts for one in facts))
    found.unread = found.unread.union(*(one.unread for one in facts))
    return group[first], found


def _strongest_of(facts: list[Facts]) -> int:
    return min(range(len(facts)), key=lambda at: TOOL_CLASSES.index(facts[at].tool_class))


def _is_whole(tool: str, arguments: Arguments) -> bool:
    """Was every call that is listed read?"""
    return all(any(_readings(tool, one)) for one in _each(arguments)[:_MOST])


def _within(tool: str, arguments: Arguments, depth: int) -> Iterator[list[Inner]]:
    """Yield for each call what it may call: one tool, or several where its name may be either."""
    if not isinstance(arguments, Mapping) or not _passes_on(tool):
        return
    for given in _each(arguments)[: _MOST + 1]:
        read = [_inside(found, depth) for found in _readings(tool, given)]
        if len(read) == 1:
            yield from read[0]
        elif read:
            yield [one for groups in read for group in groups for one in group]


def _inside(found: Inner, depth: int) -> list[list[Inner]]:
    inner = list(_within(found.tool, found.arguments, depth - 1)) if depth else []
    return inner or [[found]]


def _each(arguments: Arguments) -> list[Mapping[str, Any]]:
    """Return the calls that arguments list, or themselves as the one."""
    if not isinstance(arguments, Mapping):
        return []
    for key in _LIST_KEYS:
        listed = arguments.get(key)
        if isinstance(listed, list) and listed and all(isinstance(one, Mapping) for one in listed):
            return listed
    return [arguments]


def _readings(tool: str, arguments: Mapping[str, Any]) -> Iterator[Inner]:
    server = next((k for k in _SERVER_KEYS if isinstance(arguments.get(k), str)), "")
    given = next((k for k in _ARGUMENT_KEYS if k in arguments), "")
    inner = parse_arguments(arguments[given]) if given else {}
    for key in _names(arguments, plain=bool(given) and _only_passes_on(tool)):
        rest = {k: v for k, v in arguments.items() if k not in (key, server, given)}
        name = arguments[key]
        if server and _NAME.fullmatch(arguments[server]):
            name = f"mcp__{arguments[server]}__{name}"
        if isinstance(inner, str):
            yield Inner(name, {**rest, given: inner} if rest else inner)
        else:
            yield Inner(name, {**rest, **inner} if rest else inner)


def _names(arguments: Mapping[str, Any], *, plain: bool) -> list[str]:
    """Return the arguments that may be the tool's name: by what they are called."""
    named = [key for key, value in arguments.items() if isinstance(value, str) and _is_name(value)]
    return [key for key in named if _TOOL_KEY.search(key) or (plain and key in _PLAIN_KEYS)]


def _is_name(value: str) -> bool:
    return _NAME.fullmatch(value) is not None and any(char.isalpha() for char in value)


@lru_cache(maxsize=4096)
def _passes_on(tool: str) -> bool:
    """Does a name say that tools are called by it: ``use_mcp_tool``, ``mcp_call``?

    One that says itself what is done (``execute_payment_tool``) is a tool of its own: what it is
    given could otherwise make it a harmless one.
    """
    words = frozenset(own_words(tool))
    if words.isdisjoint(_CALLS) or words.isdisjoint(_TOOLS):
        return False
    rest = words - _SAY_LITTLE
    if not rest:
        return True
    does = class_of_words("_".join(sorted(rest))).tool_class
    whole = class_of_words(tool).tool_class
    return does == "other" and whole in _ONLY_RUNS and rest.isdisjoint(_QUERIED)


@lru_cache(maxsize=4096)
def _only_passes_on(tool: str) -> bool:
    """Does a name say nothing else? ``run_command_tool`` runs a command."""
    return frozenset(own_words(tool.rpartition("__")[2])) <= _SAY_LITTLE
