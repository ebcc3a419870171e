"""JSON Schema errors said in words: where, what is wrong, and what to write instead.

A schema may carry ``x-mend``, one clause for the reader, beside the keyword that fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

    from agentwarrant.content import Document

Place = tuple[str | int, ...]
Said = tuple[Place, str, str]
"""A fault before it has a line: place, what is wrong, mend."""

_Failed = Any
"""A ValidationError with its value set, as it always is here; its type says "perhaps not"."""

_SHOWN = 80
_NAMES = {
    "string": "a text", "number": "a number", "integer": "a whole number",
    "boolean": "true or false", "array": "a list", "object": "a mapping",
}  # fmt: skip
_KINDS: tuple[tuple[type, str], ...] = (
    (str, "a text"), (bool, "true or false"), (int, "a number"), (float, "a number"),
    (list, "a list"), (dict, "a mapping"),
)  # fmt: skip
_OF_KEYS = frozenset(
    {"required", "dependentRequired", "additionalProperties", "minProperties", "maxProperties"}
)
_EMPTY: Mapping[str, Callable[[], Any]] = {"object": dict, "array": list}
_FORMATS = {
    "uuid": ("a UUID", "write a new one, from uuidgen for example"),
    "date": ("a date", "write year-month-day: 2026-01-31"),
    "moment": ("a moment", "write a date, or a time with its zone: 2026-01-31T10:00:00Z"),
    "event-field": ("a field of an event", "docs/events.md lists them"),
    "event-template": ("a text whose {names} are fields of an event", "docs/events.md lists them"),
    "attack-v18-id": ("a technique of ATT&CK 18.1", "for example T1552 or T1552.001"),
    "attack-v19-id": ("a technique of ATT&CK 19", "for example T1552 or T1685"),
    "atlas-id": ("a technique of ATLAS", "for example AML.T0051 or AML.T0051.001"),
    "owasp-asi-id": ("a risk of OWASP ASI 2026", "ASI01 to ASI10"),
    "owasp-llm-id": ("a risk of OWASP LLM 2026", "LLM01 to LLM10"),
    "maestro-layer": ("a layer of MAESTRO", "L1 to L7"),
}


def say(error: ValidationError) -> Iterator[Said]:
    """Yield what one error of a validator means for its reader; equal faults may repeat."""
    place = tuple(error.absolute_path)
    mend = str(error.schema.get("x-mend", "")) if isinstance(error.schema, dict) else ""
    sayer = _SAYERS.get(str(error.validator))
    if sayer is None:
        yield place, error.message[:200], mend
        return
    for end, what, own in sayer(error):
        yield (*place, *end), what, mend or own


def left_of(document: Document, errors: Sequence[ValidationError]) -> Document:
    """Return a document without the values that its schema refused, with the lines of the rest.

    Where a mapping or a list belongs there is one, and it is empty.
    """
    refused = {
        tuple(map(str, error.absolute_path)): _EMPTY.get(str(error.validator_value))
        for error in errors
        if _is_of_a_value(error)
    }
    return _Left(document, refused).made


def _is_of_a_value(error: ValidationError) -> bool:
    """Is it a value as such that is wrong, and not a key that is missing, unknown or misnamed?"""
    misnamed = "propertyNames" in error.absolute_schema_path
    return not misnamed and str(error.validator) not in _OF_KEYS and bool(error.absolute_path)


class _Left:
    def __init__(
        self, document: Document, refused: Mapping[tuple[str, ...], Callable[[], Any] | None]
    ) -> None:
        self._given = document
        self._refused = refused
        self.made = replace(document, data=None, lines={})
        self.made.data = self._value(document.data, (), ())

    def _value(self, given: Any, place: Place, now: Place) -> Any:
        self.made.lines[now] = self._given.line(place)
        empty = self._refused.get(tuple(map(str, place)))
        if empty is not None:
            return empty()
        if isinstance(given, dict):
            spots = {key: key if isinstance(key, int) else str(key) for key in given}
            return {
                key: self._value(given[key], (*place, spot), (*now, spot))
                for key, spot in spots.items()
                if self._stays((*place, spot))
            }
        if isinstance(given, list):
            staying = [i for i in range(len(given)) if self._stays((*place, i))]
            return [self._value(given[i], (*place, i), (*now, n)) for n, i in enumerate(staying)]
        return given

    def _stays(self, place: Place) -> bool:
        return self._refused.get(tuple(map(str, place)), list) is not None


def short(value: object) -> str:
    """Return a value as it may stand inside one line."""
    text = repr(value if not isinstance(value, str) else value[: _SHOWN + 1])
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def closest(word: object, known: list[str]) -> str:
    """Return "did you mean …?" when a known word is close, else the known words."""
    near = get_close_matches(str(word)[:_SHOWN], known, 1)
    return f"did you mean {near[0]}?" if near else f"one of: {', '.join(known)}"


def _extra(error: _Failed) -> Iterator[Said]:
    known = list(error.schema.get("properties", ()))
    for key in error.instance:
        if key not in known:
            yield (key,), f"the key {short(key)} is unknown", closest(key, known)


def _missing(error: _Failed) -> Iterator[Said]:
    known = error.schema.get("properties", {})
    for key in error.validator_value:
        if key not in error.instance:
            own = known.get(key)
            how = own.get("x-mend") if isinstance(own, dict) else None
            yield (), f"the key {key!r} is missing", f"add {key}; {how}" if how else f"add {key}"


def _companions(error: _Failed) -> Iterator[Said]:
    wanted: Mapping[str, list[str]] = error.validator_value
    for key, others in wanted.items():
        for other in others if key in error.instance else ():
            if other not in error.instance:
                yield (key,), f"the key {other!r} is missing beside {key!r}", f"add {other}"


def _choice(error: _Failed) -> Iterator[Said]:
    known = [str(word) for word in error.validator_value]
    yield (), f"{short(error.instance)} is not allowed here", closest(error.instance, known)


def _constant(error: _Failed) -> Iterator[Said]:
    wanted = error.validator_value
    quoted = str(error.instance) == wanted  # YAML reads 2026.09 as a number
    mend = f'write it in quotes: "{wanted}"' if quoted else f"write {wanted}"
    yield (), f"{short(error.instance)} is not allowed here", mend


def _kind(error: _Failed) -> Iterator[Said]:
    value, wanted = error.instance, error.validator_value
    found = next((name for kind, name in _KINDS if isinstance(value, kind)), "nothing")
    names = [_NAMES[name] for name in ([wanted] if isinstance(wanted, str) else wanted)]
    yield (), f"{found} stands where {' or '.join(names)} belongs", ""


def _pattern(error: _Failed) -> Iterator[Said]:
    what = f"{short(error.instance)} is not written as it must be"
    yield (), what, f"pattern {error.validator_value}"


def _format(error: _Failed) -> Iterator[Said]:
    name, mend = _FORMATS.get(str(error.validator_value), (str(error.validator_value), ""))
    yield (), f"{short(error.instance)} is not {name}", mend


def _form(error: _Failed) -> Iterator[Said]:
    yield (), f"{short(error.instance)} has none of the forms allowed here", ""


def _few(error: _Failed) -> Iterator[Said]:
    yield (), f"{len(error.instance)} where at least {error.validator_value} belong", ""


def _nowhere(error: _Failed) -> Iterator[Said]:
    yield (), "this key has no place here", "remove it"


_SAYERS: dict[str, Callable[[_Failed], Iterator[Said]]] = {
    "additionalProperties": _extra,
    "required": _missing,
    "dependentRequired": _companions,
    "enum": _choice,
    "const": _constant,
    "type": _kind,
    "pattern": _pattern,
    "format": _format,
    "oneOf": _form,
    "minItems": _few,
    "minProperties": _few,
    "None": _nowhere,
}
