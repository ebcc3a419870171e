"""Where an argument's values came from: words a person said, or content the agent read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from agentwarrant.event import Event, text_of
from agentwarrant.signals import near_sign

_DISTINCT = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"  # an address
    r"|https?://[^\s'\"<>\\)]{4,512}|www\.[\w.-]{4,120}(?:/[^\s'\"<>\\)]*)?"  # a link
    r"|(?:[\w-]{1,63}\.){1,4}(?:com|net|org|io|ai|dev|xyz|app|info|co|me|sh|ru|cn|top|site)\b"
    r"|(?=[A-Za-z0-9]*\d)[A-Za-z0-9]{8,64}"  # an account, wallet, identifier
    r"|[~./][\w./-]{3,200}"  # a path
)
_MIN_VALUE = 4
_MAX_VALUES = 24
_COMMON = frozenset(
    "true false none null read write list text json html utf-8 main master default name type "
    "http https post localhost 127.0.0.1 /dev/null ./ ../ /tmp".split()
)


class Source(NamedTuple):
    """A piece of content the agent read that its instructor did not write.

    Attributes:
        event: The event's id.
        origin: Where it came from.
        who: A few words for a person: the tool, host or sender.
        text: Lower-cased, bounded.
        instructs: It seems to talk to an agent.
    """

    event: str
    origin: str
    who: str
    text: str
    instructs: bool


class Match(NamedTuple):
    """A value of an action that stands in content and not in what people said."""

    value: str
    source: Source
    near: bool


def values_of(event: Event) -> list[str]:
    """Return the values of a call that are distinct enough to have come from somewhere."""
    text = text_of(event, "warrant.arguments.text")
    found: dict[str, None] = {}
    for value in _scalars(text):
        low = value.strip().lower()
        if _MIN_VALUE <= len(low) <= 200 and low not in _COMMON and not low.isdecimal():
            found[low] = None
        if len(low) > 24 or " " in low:
            for part in _DISTINCT.finditer(value[:4000]):
                token = part.group().rstrip(".,;:").lower()
                if len(token) >= _MIN_VALUE and token not in _COMMON:
                    found[token] = None
        if len(found) >= _MAX_VALUES:
            break
    return list(found)[:_MAX_VALUES]


def _scalars(text: str) -> Iterator[str]:
    try:
        stack: list[Any] = [orjson.loads(text)]
    except orjson.JSONDecodeError:
        yield text[:4000]
        return
    budget = 200
    while stack and budget:
        budget -= 1
        value = stack.pop()
        if isinstance(value, dict):
            stack.extend(reversed(list(value.values())))
        elif isinstance(value, list):
            stack.extend(reversed(value))
        elif isinstance(value, str):
            yield value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield str(value)


def matches(values: list[str], sources: list[Source], said: str) -> list[Match]:
    """Return the values that content explains and people's words do not.

    Args:
        values: From ``values_of``.
        sources: Content read, newest last.
        said: Everything people said in the conversation, lower case.
    """
    found: list[Match] = []
    for value in values:
        if value in said or _named(value, said):
            continue
        for source in reversed(sources):
            if value in source.text:
                near = source.instructs and near_sign(source.text, value)
                found.append(Match(value, source, near))
                if near:
                    break
    return found


def _named(value: str, said: str) -> bool:
    """Did people name who is behind an address? "Alice" explains ``alice.b@corp.example``."""
    if "@" not in value:
        return False
    parts = re.split(r"[.+_-]", value.split("@", 1)[0])
    return any(len(part) > 2 and re.search(rf"\b{re.escape(part)}\b", said) for part in parts)
