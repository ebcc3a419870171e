"""One event as the HTTP Event Collector takes it: what ``form`` says, in an envelope of metadata.

::

    {"time":1769853600.123,"host":"db1","source":"agentwarrant","sourcetype":"agentwarrant:events",
     "index":"agentwarrant_acme","fields":{"aw_id":"…"},"event":{"@timestamp":"…","event":{…}}}

Splunk's "Format events for HTTP Event Collector": ``time`` is in seconds with a fraction and
``fields`` is flat. Nothing but ``event`` counts to the licence. A key of the envelope that Splunk
does not know makes it drop the rest of a request without a word (observed with 10.4.3 by others:
github.com/ross/logit, tools/splunk-interop), so there are no others here.

Search-time extraction reads only the beginning of an event. In one that is longer, values that are
short come first, in nested objects, and each that is long comes behind all of them under its
dotted name, which extraction calls the same; the shortest first. So a text that an agent blew up
hides no field that a rule reads, but those that are blown up as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from agentwarrant.event import Event, Value
from agentwarrant.siem.documents import sound
from agentwarrant.siem.splunk.form import INDEXED
from agentwarrant.siem.vocabulary import is_single

LONG = 256
"""Characters; a value that has more stands at the end of an event that is longer than ``READ``."""
_FIRST = ("@timestamp", "event", "organization", "gen_ai", "warrant", "rule", "user")
"""What most rules read: the names or groups at the beginning of an event."""
READ = 5000
"""Bytes of an event that search-time extraction surely reads: limits.conf has two limits, 10,240
(``[kv] maxchars``) and 5,000 (``[spath] extraction_cutoff``)."""
_SHAPES = 4096
_NUMBER = 20
"""Characters of a number, at most."""


class _Plan(NamedTuple):
    """How events that have the same fields become JSON.

    Attributes:
        nodes: The objects in the order in which they begin: the one that has it, its key there.
            The first is the event itself and is not among them.
        steps: Fields that have one value: name, which object it goes to, its key there.
        lists: Fields that are a list there, always.
        indexed: Fields that are indexed too, and under which name.
    """

    nodes: tuple[tuple[int, str], ...]
    steps: tuple[tuple[str, int, str], ...]
    lists: tuple[tuple[str, int, str], ...]
    indexed: tuple[tuple[str, str], ...]


def envelope(item: Event, stamps: Mapping[str, Value], ingested: str) -> bytes:
    """Return one event as it is sent, without a line feed; the same for the same event.

    Args:
        item: What leaves (``siem.privacy``): an event, a finding or a response record.
        stamps: Metadata: ``source``, ``sourcetype``, ``index``.
        ingested: Is not sent: Splunk notes it by itself (``_indextime``).
    """
    made: dict[str, Any] = {}
    time = seconds(item.get("@timestamp"))
    if time is not None and time >= 0:  # else Splunk takes the moment at which it came
        made["time"] = time
    host = item.get("host.name")
    if host and isinstance(host, str):
        made["host"] = host
    made |= stamps
    made["fields"] = fields = {}
    for name, short in _plan(tuple(item)).indexed:
        value = item[name]
        if value.__class__ is str:
            fields[short] = value
    made["event"] = orjson.Fragment(raw(item))
    try:
        return orjson.dumps(made)
    except TypeError:  # half a surrogate pair
        made["fields"] = {short: sound(value) for short, value in fields.items()}
        return orjson.dumps(made | {"host": sound(host)} if host else made)


def raw(item: Event) -> bytes:
    """Return the event alone, as Splunk stores it and its licence counts it."""
    try:
        made = orjson.dumps(nested(item))
    except TypeError:  # half a surrogate pair, a number beyond 64 bits
        item = {sound(name): sound(value) for name, value in item.items()}
        made = orjson.dumps(nested(item))
    if len(made) <= READ:
        return made
    long = {name: value for name, value in item.items() if _size(value) > LONG}
    short = {name: value for name, value in item.items() if name not in long}
    last = {name: _listed(name, long[name]) for name in sorted(long, key=lambda n: _size(long[n]))}
    return orjson.dumps(nested(short) | last)


def nested(item: Event) -> dict[str, Any]:
    """Return an event as nested objects, whatever the lengths of its values."""
    plan = _plan(tuple(item))
    made: list[dict[str, Any]] = [{}]
    for parent, key in plan.nodes:
        node: dict[str, Any] = {}
        made[parent][key] = node
        made.append(node)
    for name, number, key in plan.steps:
        made[number][key] = item[name]
    for name, number, key in plan.lists:
        value = item[name]
        made[number][key] = value if value.__class__ is list else [value]
    return made[0]


def seconds(timestamp: object) -> float | None:
    """Return the time of an event in seconds, to the microsecond; None where it has none."""
    try:
        return datetime.fromisoformat(timestamp).timestamp()  # type: ignore[arg-type]  # TypeError is caught
    except (TypeError, ValueError, OverflowError):
        return None


@lru_cache(_SHAPES)
def _plan(names: tuple[str, ...]) -> _Plan:
    """Return how events with these fields become JSON: groups together, the first ones first."""
    known = frozenset(names)
    nodes: dict[tuple[str, ...], int] = {(): 0}
    begun: list[tuple[int, str]] = []
    steps: list[tuple[str, int, str]] = []
    for name in sorted(names, key=_rank):
        *path, key = name.split(".") if _may_nest(name, known) else (name,)
        for depth in range(len(path)):
            here = tuple(path[: depth + 1])
            if here not in nodes:
                begun.append((nodes[here[:-1]], path[depth]))
                nodes[here] = len(begun)
        steps.append((name, nodes[tuple(path)], key))
    single = [step for step in steps if is_single(step[0])]
    lists = [step for step in steps if not is_single(step[0])]
    indexed = [(name, INDEXED[name]) for name in names if name in INDEXED]
    return _Plan(tuple(begun), tuple(single), tuple(lists), tuple(indexed))


def _may_nest(name: str, known: frozenset[str]) -> bool:
    """Can a field stand in nested objects: is no part of its name empty, nor a field itself?"""
    parts = name.split(".")
    prefixes = (".".join(parts[:count]) for count in range(1, len(parts)))
    return all(parts) and not any(prefix in known for prefix in prefixes)


def _rank(name: str) -> tuple[int, str]:
    group = name.partition(".")[0]
    return _FIRST.index(group) if group in _FIRST else len(_FIRST), name


def _size(value: Value) -> int:
    if isinstance(value, list):
        return sum(map(_size, value))
    return len(value) if isinstance(value, str) else _NUMBER


def _listed(name: str, value: Value) -> Value:
    return value if isinstance(value, list) or is_single(name) else [value]  # type: ignore[return-value]  # of one type
