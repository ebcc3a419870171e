"""The event: one flat mapping of dotted ECS names to scalars or lists of scalars.

The names are ECS 9.5 where ECS has one; the rest stands under ``warrant.*`` and in
``schemas/event.schema.json``. Enumerations are strings, never booleans, so that no target
query language loses an event over a missing or boolean value.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import orjson

Scalar = str | int | float
Value = Scalar | list[str] | list[int] | list[float]
Event = dict[str, Value]
"""A normalized record. Nothing downstream edits an event it was given: it makes a new one."""

ECS_VERSION = "9.5.0"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

COMMAND_LIMIT = 8_192
"""Characters kept of a command line."""

CLOCK = "warrant.record.clock"
"""Whose clock ``@timestamp`` is by, where the record has no time of its own."""

TEXT_LIMIT = 30_000
"""Characters kept of any one text; more is cut, and ``warrant.content.truncated`` says so."""


def digest(*parts: str | bytes, size: int = 16) -> str:
    """Return a stable hexadecimal id of the parts (BLAKE2b, ``2 * size`` digits).

    Parts are length-prefixed, so ``("ab", "c")`` and ``("a", "bc")`` differ.
    """
    try:
        body = "\x1f".join(parts)  # type: ignore[arg-type]  # bytes are seldom among them
    except TypeError:
        body = "\x1f".join([p if isinstance(p, str) else p.decode("latin-1") for p in parts])
    lengths = ",".join(map(str, map(len, parts)))
    raw = f"{lengths}\x1f{body}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(raw, digest_size=size).hexdigest()


def event_id(source: str, *parts: str | bytes) -> str:
    """Return the deterministic ``event.id`` of a record.

    The same record gives the same id whichever file, database or stream it was read from:
    pass what identifies the record at the vendor, never the path.
    """
    return digest("event", source, *parts)


def iso_from_ms(milliseconds: float) -> str:
    """Return RFC 3339 UTC with millisecond precision for an epoch in milliseconds.

    Raises:
        ValueError: The number is not a time between the years 1970 and 9999.
    """
    if not 0 <= milliseconds < 253_402_300_800_000:  # also refuses NaN
        raise ValueError(f"{milliseconds!r} is not an epoch in milliseconds")
    whole, millis = divmod(int(milliseconds), 1000)
    return _rfc3339(datetime.fromtimestamp(whole, UTC).replace(microsecond=millis * 1000))


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_time(value: object) -> str:
    """Return RFC 3339 UTC with milliseconds for what sources write as a time.

    Accepts ISO 8601 text with or without offset (none means UTC) and numbers: seconds,
    milliseconds, microseconds or nanoseconds since 1970, told apart by their size.

    Raises:
        ValueError: The value is not a time.
    """
    if isinstance(value, str):
        if _is_exact(value):
            datetime.fromisoformat(value)
            return value  # as it should be, and a time
        text = value.strip()
        if not text:
            raise ValueError("an empty text is not a time")
        if text.isdigit():
            return iso_time(int(text))
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        if _is_exact(text):
            return text
        try:
            return _rfc3339(moment.astimezone(UTC))
        except OverflowError as error:
            raise ValueError(f"{text!r} is outside the years 1 to 9999") from error
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{type(value).__name__} is not a time")
    for limit, scale in ((1e11, 1000.0), (1e14, 1.0), (1e17, 1e-3), (1e20, 1e-6)):
        if value < limit:
            if isinstance(value, int) and scale < 1:
                return iso_from_ms(value // round(1 / scale))
            return iso_from_ms(value * scale)
    raise ValueError(f"{value!r} is too large for a time")


def _is_exact(text: str) -> bool:
    """Does a text have the form that times have in events?"""
    return len(text) == 24 and text[23] == "Z" and text[10] == "T" and text[19] == "."


def epoch_ms(iso: str) -> int:
    """Return milliseconds since 1970 of an event's ``@timestamp``."""
    return (datetime.fromisoformat(iso) - _EPOCH) // timedelta(milliseconds=1)


def compact_json(value: object) -> str:
    """Return JSON text without spaces, keys in the order given."""
    return json_text(value)[0]


def json_text(value: object) -> tuple[str, bool]:
    """Return what ``compact_json`` does, and: is it JSON, and all of it?

    Integers past 64 bits and very deep nesting are shown as Python does, and cut.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str).decode(), True
    except (TypeError, orjson.JSONEncodeError):
        return repr(value)[:TEXT_LIMIT], False


def head_of(text: str, limit: int) -> str:
    """Return the beginning of a text on one line, its white space made single spaces."""
    start = " ".join(text[: 2 * limit].split())
    if len(start) < limit and 2 * limit < len(text):
        start = " ".join(text.split())
    return start[:limit]


def cut(text: str, limit: int = TEXT_LIMIT) -> tuple[str, str]:
    """Return the text cut to ``limit`` characters, and ``yes`` or ``no``: was it cut."""
    return (text, "no") if len(text) <= limit else (text[:limit], "yes")


def text_of(event: Mapping[str, Value], name: str, default: str = "") -> str:
    """Return a field as text; lists give their first element."""
    value = event.get(name)
    if value.__class__ is str:  # nearly always; this is the most called function of all
        return value
    if value is None:
        return default
    if isinstance(value, list):
        return str(value[0]) if value else default
    return str(value)
