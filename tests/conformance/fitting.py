"""Events made to fit the items of rules, and events that just fail to."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address, ip_network
from itertools import combinations
from typing import Any

from .differences import Document, Item, items_of

Event = dict[str, Any]

ANYWHERE = "message"
"""Where a keyword is put."""

_WIDE = {"wide": "utf-16-le", "utf16be": "utf-16-be", "utf16": "utf-16-le"}
_SAMPLES = (
    *(
        "bad bed",
        "abc.exe",
        "abcdef.exe",
        "Invoke-Mimi",
        "DownloadString('x')",
        "sudo su",
        "chmod +s x",
    ),
    *(
        "a\nerror: x\nb",
        "a\nwarn: x",
        "warn: x",
        "start\n\nstop",
        "open\nclose",
        "open close",
        "x\nFATAL",
    ),
    *(
        "ALPHA\nomega",
        "NOTE: x",
        "nc -p  80 -h me",
        "https://www.evil.example/x",
        "http://bad.example",
    ),
    *(
        "id=1234",
        "id=123",
        "run id now",
        "idx",
        "a \t b",
        "ABC",
        "<ab>x",
        "<>x",
        "xababx",
        "HIDDEN",
    ),
    *('it\'s "ok"', "мой ключ", "пароль", "Пароль", "safe run", "tok_0a1f", "tok_xyz"),
)
_TIMES = (
    *(
        "2024-01-01T00:00:00Z",
        "2024-03-05T03:30:00Z",
        "2024-02-29T22:59:59Z",
        "2025-06-01T09:30:10Z",
    ),
    *("2024-03-05T01:30:00-02:00", "2024-12-31T23:30:00+01:00"),
)


def fits(item: Item) -> list[Any]:
    """Return values that fit an item, and some that nearly do; None stands for absence."""
    given = set(item.modifiers)
    if "re" in given:
        return [*_SAMPLES, 4, 41, 14, ""]
    if "cidr" in given:
        return [address for value in item.values for address in _around(str(value))]
    if given & {"minute", "hour", "day", "week", "month", "year"}:
        return list(_TIMES)
    if "exists" in given or not item.values:
        return ["x", "", None]
    found = [fitting for value in item.values for fitting in _fit(value, item.modifiers)]
    if "all" in given:
        texts = [str(fitting) for fitting in found]
        found += [" ".join(texts), " ".join(reversed(texts)), "".join(texts)]
    return found


def _around(network: str) -> Iterator[str]:
    found = ip_network(network)
    yield from (str(found[0]), str(found[-1]), str(found[found.num_addresses // 2]))
    for number in (int(found[0]) - 1, int(found[-1]) + 1):
        if 0 < number < 2**found.max_prefixlen - 1:
            yield str(type(found[0])(number))


def _fit(value: Any, modifiers: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(value, bool):
        yield from (value, not value, str(value).lower())
    elif isinstance(value, int | float):
        yield from (value, value - 1, value + 1, str(value), f"{value}x")
    elif value is None:
        yield from (None, "x")
    else:
        yield from (_wrapped(text, modifiers) for text in _encoded(value, modifiers))


def _encoded(text: str, modifiers: tuple[str, ...]) -> Iterator[str]:
    if not {"base64", "base64offset"} & set(modifiers):
        for star in ("", "x y", "\n"):
            yield plain(text, star)
        return
    codecs = [_WIDE[name] for name in modifiers if name in _WIDE] or ["utf-8"]
    mark = b"\xff\xfe" if "utf16" in modifiers else b""
    for lead in (b"", b"x", b"xy") if "base64offset" in modifiers else (b"",):
        yield b64encode(lead + mark + text.encode(codecs[0])).decode()


def plain(pattern: str, star: str = "", one: str = "q") -> str:
    """Return a text that a Sigma pattern matches, given what stands for its wildcards."""

    def chosen(found: re.Match[str]) -> str:
        token = found[0]
        return {"*": star, "?": one}.get(token) or (token[1:] if len(token) == 2 else "")

    return re.sub(r"\\[*?\\]|[*?]", chosen, pattern)


def _wrapped(text: str, modifiers: tuple[str, ...]) -> str:
    lead = "zz " if {"contains", "endswith"} & set(modifiers) else ""
    trail = " zz" if {"contains", "startswith"} & set(modifiers) else ""
    return f"{lead}{text}{trail}"


# Whole events -----------------------------------------------------------------------------------


def events_of(documents: Sequence[Document]) -> list[Event]:
    """Return events for a whole set: those of every rule, also with what its filters look at."""
    rules = [document for document in documents if "detection" in document]
    filters = [document for document in documents if "filter" in document]
    events = [event for rule in rules for event in events_for(rule)]
    seen = [event for document in filters for event in _unlike(events_for(document))]
    return [*events, *({**other, **event} for other in seen for event in _unlike(events))]


def _unlike(events: Iterable[Event]) -> list[Event]:
    """Return events without repetition."""
    return list({repr(sorted(event.items())): event for event in events}.values())


def events_for(document: Document) -> Iterator[Event]:
    """Yield events that fit a rule in whole or in part, each with its near misses."""
    groups = [list(items_of({"detection": {"x": part}})) for part in _alternatives(document)]
    chosen = [set_ for size in range(1, len(groups) + 1) for set_ in combinations(groups, size)]
    for parts in chosen[:40]:
        items = [item for part in parts for item in part]
        most = max(len(fits(item)) for item in items)
        for turn in range(min(most, 45)):
            yield from _near(_made(items, turn), everything=turn < 2)


def nested(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event with an object for every part of a dotted name."""
    made: dict[str, Any] = {}
    for name, value in event.items():
        *way, last = name.split(".")
        node = made
        for part in way:
            node = node.setdefault(part, {})
        node[last] = value
    return made


def _alternatives(document: Document) -> Iterator[Any]:
    parts = document.get("detection") or document["filter"]
    for name, part in parts.items():
        if name in ("condition", "rules"):
            continue
        if isinstance(part, list) and any(isinstance(inner, Mapping) for inner in part):
            yield from part
        else:
            yield part


def _made(items: list[Item], turn: int) -> Event:
    event: Event = {}
    for item in items:
        values = fits(item)
        if "fieldref" in item.modifiers:
            event[str(item.values[turn % len(item.values)])] = ("Ab", "ab", "b", "")[turn % 4]
            values = ["ab", "xab", "abx", "xABx", ""]
        event[item.field or ANYWHERE] = values[turn % len(values)]
    return event


def _near(event: Event, *, everything: bool) -> Iterator[Event]:
    present = {name: value for name, value in event.items() if value is not None}
    yield present
    if not everything:
        return
    for name, value in present.items():
        yield {key: kept for key, kept in present.items() if key != name}
        for other in _misses(value):
            yield {**present, name: other}


def _misses(value: Any) -> Iterator[Any]:
    if isinstance(value, str) and _is_address(value):
        yield from (value.upper(), "an address", "")
    elif isinstance(value, str):
        yield from (value.swapcase(), f"{value}~", f"~{value}", value[1:], value[:-1], "")
    else:
        yield from ("", 7, str(value))


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
