"""Plain readings of what producers write: texts, JSON in texts, numbers, hexadecimal ids."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from agentwarrant.event import compact_json, digest
from agentwarrant.records import text
from agentwarrant.tools.calls import parse_arguments

JsonObject = Mapping[str, Any]

_HEX = re.compile(r"[0-9a-f]{8,64}\Z")
_ID_BYTES = (8, 16)
_NAME_LIMIT = 512
_DIGITS = 20
_INTEGER = 2**31
"""ECS counts tokens in 32 bits; a larger number is no count."""


def name(value: object) -> str:
    """Return an id or name: a short text, or a number written as one; else an empty string."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**_DIGITS:
        value = str(value)
    return text(value).strip()[:_NAME_LIMIT]


def mapping(value: object) -> JsonObject:
    """Return a mapping as it is, anything else as an empty one."""
    return value if isinstance(value, Mapping) else {}


def first(attributes: JsonObject, names: Iterable[str]) -> Any:
    """Return the value of the first of these names that has one, else None."""
    for one in names:
        value = attributes.get(one)
        if value is not None and value != "":
            return value
    return None


def first_name(attributes: JsonObject, names: Iterable[str]) -> str:
    """Return the first of these names whose value is an id or name."""
    for one in names:
        if one in attributes and (found := name(attributes[one])):
            return found
    return ""


def parsed(value: object) -> Any:
    """Return what JSON text stands for; text that is no JSON object or array stays text."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return orjson.loads(value)
        except (orjson.JSONDecodeError, UnicodeEncodeError):
            return value
    return value


def count(value: object) -> int | None:
    """Return a number of tokens, or None where there is none that ECS could hold."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < _DIGITS:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < _INTEGER else None


def nanos(value: object) -> int:
    """Return a time in nanoseconds, 0 where none is given."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= _DIGITS:
        return int(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e20:
        return int(value)
    return 0


def hexadecimal(value: object) -> str:
    """Return a trace or span id in lower-case hex, also when written as base64; '' for none."""
    written = text(value).strip()[:64]
    low = written.lower().removeprefix("0x")
    if _HEX.match(low):
        return low if low.strip("0") else ""
    try:
        raw = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        return low
    if len(raw) not in _ID_BYTES:
        return low
    return raw.hex() if any(raw) else ""


def fingerprint(value: object) -> str:
    """Return a short hash of a value that does not depend on the order of its keys."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    try:
        return digest(orjson.dumps(value, option=options, default=str), size=8)
    except (TypeError, orjson.JSONEncodeError):
        return digest(compact_json(value), size=8)


def arguments_mark(arguments: object) -> str:
    """Return a hash of a call's arguments, the same for JSON text and for the value it is."""
    found = parse_arguments(arguments)
    return fingerprint(found or {})
