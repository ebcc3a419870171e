"""Events as the HTTP Event Collector takes them, and the fields that a search sees of them.

``KV_MODE = json`` names what stands in nested objects ``a.b`` and the members of lists ``a.b{}``
(Search Reference, ``spath``; Knowledge Manager Manual, "Automatic key-value field extraction for
search-time data"); it reads the first ``maxchars`` characters of an event (limits.conf.spec,
``[kv]``). What stands in the envelope's ``fields`` is indexed (Getting Data In, "Format events for
HTTP Event Collector").
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]  # is there, and not in the stubs
from typing import Any

from .faults import Doubt, Refused
from .values import Row, Scalar, held

MAXCHARS = 10_240
_META = ("host", "source", "sourcetype", "index")
_KNOWN = frozenset({"time", "event", "fields", *_META})


def row_of(envelope: str | bytes, maxchars: int = MAXCHARS) -> Row:
    """Return what a search sees of an event.

    Args:
        envelope: As sent: ``{"time": …, "event": {…}, "fields": {…}, …}``.
        maxchars: How much of the event is read at search time.

    Raises:
        Refused: It has something of which this does not know how it is indexed.
    """
    sent = json.loads(envelope, parse_int=str, parse_float=str)
    if not set(sent) <= _KNOWN or not isinstance(sent["event"], dict):
        raise Refused(f"an event with {sorted(sent)}")
    raw = _raw(envelope)
    found: dict[str, list[Scalar]] = {}
    pairs = _flat(sent["event"], "") if len(raw) <= maxchars else _beginning(raw[:maxchars])
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    row: Row = {name: values if len(values) > 1 else values[0] for name, values in found.items()}
    for name in _META:
        if name in sent:
            row[name] = str(sent[name])
    for name, value in sent.get("fields", {}).items():
        if name in row:
            raise Refused(f"{name} is indexed and in the event")
        several = held(value if isinstance(value, list) else [value])
        if several is not None:
            row[name] = several
    row["_time"] = float(sent["time"])
    row["_raw"] = raw
    return row


def _raw(envelope: str | bytes) -> str:
    """Return the text of the event itself: what stands after ``"event":``."""
    said = envelope if isinstance(envelope, str) else envelope.decode()
    start = said.index('"event":') + len('"event":')
    start += len(said[start:]) - len(said[start:].lstrip())
    _, end = json.JSONDecoder().raw_decode(said, start)
    return said[start:end]


def _flat(value: Any, name: str) -> Iterator[tuple[str, Scalar]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _flat(part, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        if any(isinstance(part, list) for part in value):
            raise Refused(f"a list in a list: {name}")
        for part in value:
            yield from _flat(part, f"{name}{{}}")
    else:
        yield name, _scalar(name, value)


def _scalar(name: str, value: Any) -> Scalar:
    if value is None:
        raise Doubt(f"null in {name}: is it there?")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _beginning(raw: str) -> Iterator[tuple[str, Scalar]]:
    """Yield the fields whose values end within a text that is cut off somewhere."""
    names: list[str] = []
    position, key = 1, ""
    lists: list[bool] = [False]
    while position < len(raw):
        character = raw[position]
        if character in " \t\r\n,:":
            position += 1
        elif character in "{[":
            names.append(key)
            lists.append(character == "[")
            key = "{}" if character == "[" else ""
            position += 1
        elif character in "}]":
            lists.pop()
            key = "{}" if lists and lists[-1] else ""
            if names:
                names.pop()
            position += 1
        else:
            said, end = _token(raw, position)
            if end is None:
                return
            position = end
            if not lists[-1] and not key:
                key = said
                continue
            yield _name([*names, key]), said
            key = "{}" if lists[-1] else ""


def _name(parts: list[str]) -> str:
    made = ""
    for part in parts:
        made += part if part == "{}" or not made else f".{part}" if part else ""
    return made


def _token(raw: str, position: int) -> tuple[str, int | None]:
    """Return a text or number, and where it ends; None if that is not there."""
    if raw[position] == '"':
        try:
            said, end = scanstring(raw, position + 1)
            return str(said), int(end)
        except ValueError:
            return "", None
    end = position
    while end < len(raw) and raw[end] not in ",]} \t\r\n":
        end += 1
    return raw[position:end], end if end < len(raw) else None
