"""Stands in for orjson where nothing compiled may be: as much of it as our code calls.

It reads and writes what orjson does, by tests that hold the two side by side: no NaN, no lone
surrogates, integers of 64 bits. Only nesting ends earlier when reading, where Python's own does.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import date, time
from enum import Enum
from typing import Any
from uuid import UUID

JSONDecodeError = json.JSONDecodeError
JSONEncodeError = TypeError
OPT_NON_STR_KEYS = 4
OPT_SORT_KEYS = 32
_DEEPEST = 254
_SMALLEST, _LARGEST = -(1 << 63), (1 << 64) - 1
_SURROGATE = re.compile(r"\\u[dD][89abABcdefCDEF]")
_Default = Callable[[Any], Any]


def loads(data: bytes | bytearray | memoryview | str) -> Any:
    """Return the value of a JSON text.

    Raises:
        JSONDecodeError: It is none.
    """
    try:
        if isinstance(data, str):
            data.encode()  # no lone surrogates
        text = data if isinstance(data, str) else str(data, "utf-8")
        found = _decode(text)
        if _SURROGATE.search(text):
            json.dumps(found, ensure_ascii=False).encode()
    except JSONDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise JSONDecodeError(str(error), "", 0) from None
    return found


def _refused(text: str) -> Any:
    raise ValueError(f"{text} is no JSON value")


def _whole(text: str) -> int | float:
    if len(text) < 19:
        return int(text)
    value = _finite(text) if len(text) > 21 else int(text)
    return value if _SMALLEST <= value <= _LARGEST and len(text) <= 21 else float(text)


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError("number is infinity when parsed as double")
    return value


_decode = json.JSONDecoder(parse_constant=_refused, parse_int=_whole, parse_float=_finite).decode


def dumps(value: Any, default: _Default | None = None, option: int | None = None) -> bytes:
    """Return a value as JSON, without spaces.

    Raises:
        JSONEncodeError: It cannot be written so.
    """
    text = _Writer(default, option or 0).text(value, 0)
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise JSONEncodeError("str is not valid UTF-8: surrogates not allowed") from None


class _Writer:
    def __init__(self, default: _Default | None, option: int) -> None:
        self._default = default
        self._any_keys = bool(option & OPT_NON_STR_KEYS)
        self._sorted = bool(option & OPT_SORT_KEYS)

    def text(self, value: Any, depth: int) -> str:
        if value is None or isinstance(value, (bool, int, float, str)):
            return _scalar(value)
        if depth > _DEEPEST:
            raise JSONEncodeError("Recursion limit reached")
        if isinstance(value, dict):
            pairs = [(self._key(key), item) for key, item in value.items()]
            if self._sorted:
                pairs.sort(key=lambda pair: pair[0])
            said = (f"{_quoted(key)}:{self.text(item, depth + 1)}" for key, item in pairs)
            return "{" + ",".join(said) + "}"
        if isinstance(value, (list, tuple)):
            return "[" + ",".join(self.text(item, depth + 1) for item in value) + "]"
        if isinstance(value, Enum):
            return self.text(value.value, depth)
        if isinstance(value, (date, time)):
            return _quoted(value.isoformat())
        if isinstance(value, UUID):
            return _quoted(str(value))
        if self._default is None:
            raise JSONEncodeError(f"Type is not JSON serializable: {type(value).__name__}")
        return self.text(self._default(value), depth + 1)

    def _key(self, key: Any) -> str:
        if isinstance(key, str):
            return key
        if self._any_keys and (key is None or isinstance(key, (bool, int, float))):
            return _scalar(key)
        raise JSONEncodeError("Dict key must be str")


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int):
        if not _SMALLEST <= value <= _LARGEST:
            raise JSONEncodeError("Integer exceeds 64-bit range")
        return int.__repr__(value)
    return _number(float.__repr__(value)) if math.isfinite(value) else "null"


def _number(text: str) -> str:
    """Return a number as orjson writes it: Python's exponents have two digits, and begin sooner."""
    digits, _, exponent = text.partition("e-")
    if not exponent:
        return text
    if exponent != "05":
        return f"{digits}e-{int(exponent)}"
    sign = "-" if digits.startswith("-") else ""
    return f"{sign}0.0000{digits.lstrip('-').replace('.', '')}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
