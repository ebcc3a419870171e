"""What flows and what content may say: JSON Schemas, the ECS dictionary, the taxonomies.

Everything is read once from the installed ``schemas/`` folder. An event is held against its JSON
Schema and, name by name, against ECS, which JSON Schema cannot look into; a content document is
held against ``<kind>.schema.json`` and each fault gets the line it stands on.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from functools import cache, partial
from importlib.resources import files
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import orjson

from agentwarrant.content import Document
from agentwarrant.errors import ContentError, UsageError
from agentwarrant.event import ECS_VERSION, Value
from agentwarrant.faults import left_of, say, short

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, FormatChecker

Parts = Callable[[Document], Iterable[Iterable[ContentError]]]
"""See ``checked``."""
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_MISSING = (KeyError, TypeError, AttributeError, ValueError, IndexError)
_OPEN_TYPES = frozenset({"object", "flattened"})
"""ECS types under which any further name may stand (``labels.env``)."""


@cache
def load(name: str) -> dict[str, Any]:
    """Return one JSON file of ``schemas/``; it is shared, so treat it as read-only.

    Raises:
        UsageError: There is no such file.
    """
    try:
        found: dict[str, Any] = orjson.loads(
            files("agentwarrant.schemas").joinpath(name).read_bytes()
        )
    except OSError:
        raise UsageError(f"there is no schema file {name}") from None
    return found


def taxonomy() -> dict[str, Any]:
    """Return the id and name tables of ATT&CK, ATLAS, OWASP and MAESTRO."""
    return load("taxonomy.json")


# Fields ----------------------------------------------------------------------------------


def field_type(name: str) -> str | None:
    """Return the index type of a field (``keyword``, ``long``, ``ip`` …), None if unknown."""
    return _ecs_type(name).removesuffix("[]") or own_fields("finding").get(name)


@cache
def own_fields(kind: str = "event") -> dict[str, str]:
    """Return name -> index type of the fields that our schema of ``event`` or ``finding`` names."""
    event = load("event.schema.json")
    named = dict(event["$defs"]["fields"]["properties"])
    if kind == "finding":
        named.update(load("finding.schema.json")["properties"])
    return {name: _type_of(spec, event["$defs"]) for name, spec in named.items()}


def _type_of(spec: Mapping[str, Any], shared: Mapping[str, Any]) -> str:
    whole = {**shared.get(str(spec.get("$ref", "")).rpartition("/")[2], {}), **spec}
    plain = {"integer": "long", "number": "float"}.get(whole.get("type", ""), "keyword")
    return str(whole.get("x-type", plain))


def _ecs_type(name: str) -> str:
    """Return the ECS type, ``[]`` after it where ECS wants an array; empty when not in ECS."""
    fields: dict[str, str] = load("ecs.json")["fields"]
    found = fields.get(name, "")
    above = name.rpartition(".")[0]
    while not found and above:
        found = "keyword" if fields.get(above) in _OPEN_TYPES else ""
        above = above.rpartition(".")[0]
    return found


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_time(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(datetime.fromisoformat(value).tzinfo)
    except ValueError:
        return False


def _is_ip(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(ip_address(value))
    except ValueError:
        return False


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return _is_integer(value) or (isinstance(value, float) and math.isfinite(value))


def _never(value: object) -> bool:
    return False


_FITS: dict[str, Callable[[object], bool]] = {
    "date": _is_time,
    "ip": _is_ip,
    "long": _is_integer,
    "integer": _is_integer,
    "float": _is_number,
    "double": _is_number,
    "scaled_float": _is_number,
    "boolean": {"true", "false"}.__contains__,  # as text: events carry no booleans
    "object": _never,
    "flattened": _never,
    "nested": _never,
}


# Events and findings ---------------------------------------------------------------------


def problems(event: Mapping[str, Value]) -> list[str]:
    """Return what is wrong with an event, one clause each; empty when it is right."""
    return _problems("event", event)


def finding_problems(event: Mapping[str, Value]) -> list[str]:
    """Return what is wrong with a finding, one clause each; empty when it is right."""
    return _problems("finding", event)


def _problems(kind: str, event: Mapping[str, Value]) -> list[str]:
    said = [
        f"{place[0]}: {what}" if place else what
        for error in _validator(kind).iter_errors(event)
        if error.validator != "unevaluatedProperties"  # said better, name by name, below
        for place, what, _ in say(error)
    ]
    known = own_fields(kind)
    for name, value in event.items():
        if name not in known:
            said.extend(_ecs_problems(name, value))
    said.extend(_category_problems(event))
    return list(dict.fromkeys(said))


def _ecs_problems(name: str, value: Value) -> Iterator[str]:
    wanted = _ecs_type(name)
    if not wanted:
        yield f"{name}: neither a field of ECS {ECS_VERSION} nor one of ours"
        return
    if isinstance(value, list) and not wanted.endswith("[]"):
        yield f"{name}: a list, where ECS has a single value"
    fits = _FITS.get(wanted.removesuffix("[]"), _is_text)
    items = value if isinstance(value, list) else [value]
    if not all(fits(item) for item in items):
        yield f"{name}: {short(value)} is no {wanted.removesuffix('[]')}"


def _category_problems(event: Mapping[str, Value]) -> Iterator[str]:
    allowed: dict[str, list[str]] = load("ecs.json")["event_category"]
    categories = _texts(event.get("event.category"))
    types = _texts(event.get("event.type"))
    for category in categories:
        if category not in allowed:
            yield f"event.category: {short(category)} is no category of ECS"
        elif not set(types) & set(allowed[category]):
            yield f"event.type: none that ECS allows in the category {category}"
    for kind in types:
        if not any(kind in allowed.get(category, ()) for category in categories):
            yield f"event.type: {short(kind)} is allowed in none of the event's categories"


def _texts(value: Value | None) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


# Content documents -----------------------------------------------------------------------


def validate_document(kind: str, document: Document) -> list[ContentError]:
    """Return the faults of a YAML document, in order of line; empty when it is right.

    Args:
        kind: Which ``schemas/<kind>.schema.json`` it is held against.
        document: What ``content.parse`` made.

    Raises:
        UsageError: There is no such schema.
    """
    return checked(kind, document, lambda _document: ())


def checked(kind: str, document: Document, parts: Parts) -> list[ContentError]:
    """Return the faults of a YAML document, those that a schema cannot say among them.

    Args:
        kind: As for ``validate_document``.
        document: What ``content.parse`` made.
        parts: Returns what looks further, each a generator of faults. Where the schema refused
            values they are given the document without these, and each ends where it misses one:
            what is wrong elsewhere is told all the same.

    Raises:
        UsageError: There is no such schema.
    """
    faults, left = examined(kind, document)
    faults += further(parts(left), whole=left is document) if isinstance(left.data, dict) else ()
    return sorted(faults, key=lambda fault: (fault.line, fault.what))


def examined(kind: str, document: Document) -> tuple[list[ContentError], Document]:
    """Return what a schema says of a YAML document, and the document without what it refused.

    Args:
        kind: As for ``validate_document``.
        document: What ``content.parse`` made; the same is returned where nothing is refused.

    Raises:
        UsageError: There is no such schema.
    """
    try:
        errors = list(_validator(kind).iter_errors(_plain(document.data)))
    except RecursionError:
        return [document.fault("nested too deep")], replace(document, data=None)
    said = dict.fromkeys(fault for error in errors for fault in say(error))
    faults = [document.fault(what, place, mend) for place, what, mend in said]
    return faults, left_of(document, errors) if errors else document


def further(parts: Iterable[Iterable[ContentError]], *, whole: bool) -> Iterator[ContentError]:
    """Yield what some parts find; see ``checked``.

    Args:
        parts: Generators of faults.
        whole: The schema refused nothing: what one misses then is a fault of ours. Else each
            ends where it meets what was refused.
    """
    for part in parts:
        with suppress(*(() if whole else _MISSING)):
            yield from part


def _plain(value: Any) -> Any:
    """Return what YAML made as what JSON knows: dates as text, keys as text."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


@cache
def _validator(kind: str) -> Draft202012Validator:
    # Only here: validators take long to load, and are compiled, which they may not be in Splunk.
    from jsonschema import Draft202012Validator
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    event = DRAFT202012.create_resource(load("event.schema.json"))
    registry: Registry[Any] = Registry().with_resource("event.schema.json", event)
    schema = load(f"{kind}.schema.json")
    return Draft202012Validator(schema, registry=registry, format_checker=_formats())


def _formats() -> FormatChecker:
    """Return the checks of our own ``format`` words; each also lets pass what is no text."""
    from jsonschema import FormatChecker  # only here, as above

    tables = taxonomy()
    attack = tables["attack"]
    techniques = set(attack["techniques"])
    moved, now = attack["v18_to_v19"], attack["v19"]["techniques"]
    tests: dict[str, Callable[[str], bool]] = {
        "moment": is_moment,
        "event-field": lambda text: field_type(text) is not None,
        "event-template": lambda text: all(map(field_type, _PLACEHOLDER.findall(text))),
        "attack-v18-id": techniques.__contains__,
        "attack-v19-id": ((techniques - set(moved)) | set(now)).__contains__,
        "atlas-id": tables["atlas"]["techniques"].__contains__,
        "owasp-asi-id": tables["owasp_asi"]["ids"].__contains__,
        "owasp-llm-id": tables["owasp_llm"]["ids"].__contains__,
        "maestro-layer": tables["maestro"]["layers"].__contains__,
    }
    checker = FormatChecker(("uuid", "date"))
    for name, test in tests.items():
        checker.checks(name)(partial(_passes, test))
    return checker


def is_moment(text: str) -> bool:
    """Is this an ISO 8601 date, or a time that says its zone?"""
    try:
        return datetime.fromisoformat(text).tzinfo is not None or len(text) == 10
    except ValueError:
        return False


def _passes(test: Callable[[str], bool], value: object) -> bool:
    return not isinstance(value, str) or test(value)
