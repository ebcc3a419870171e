"""What is known of the values of our fields: which are closed, which are lower case, which single.

A keyword compares with case in Elasticsearch, and without it in our rules. Where every value that
a field can have is known, or is lower case, both are the same; here stands where that is so, and
nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from agentwarrant.schema import load

LOWER = frozenset(
    {
        "entity.sub_type",
        "entity.type",
        "event.dataset",
        "event.module",
        "warrant.secret.types",
    }
)
"""Fields whose values are our own words, in lower case, though no schema lists them: names of
connectors, of their parts, and of shapes of secrets."""


@cache
def closed() -> Mapping[str, frozenset[str]]:
    """Return the fields of which every value is known, and the values; all are lower case.

    They are the enumerations of ``schemas/event.schema.json`` and, of ECS, ``event.category``
    and ``event.type``.
    """
    event = load("event.schema.json")
    named = {**event["$defs"]["fields"]["properties"], **event["properties"]}
    found = {name: _enumerated(spec) for name, spec in named.items()}
    pairs: Mapping[str, list[str]] = load("ecs.json")["event_category"]
    found["event.category"] = frozenset(pairs)
    found["event.type"] = frozenset(kind for kinds in pairs.values() for kind in kinds)
    known = {name: values for name, values in found.items() if values and _is_lower(values)}
    return MappingProxyType(known)


def is_lower(name: str) -> bool:
    """Is every value of a field lower case?"""
    return name in LOWER or name in closed()


@cache
def is_single(name: str) -> bool:
    """Has a field one value in every event that our schema lets pass?"""
    event = load("event.schema.json")
    spec: Mapping[str, Any] | None = event["$defs"]["fields"]["properties"].get(name)
    if spec is None:
        kind: str = load("ecs.json")["fields"].get(name, "[]")
        return not kind.endswith("[]")
    return not any(_is_list(one, event["$defs"]) for one in (spec, *spec.get("oneOf", ())))


def _is_list(spec: Mapping[str, Any], shared: Mapping[str, Any]) -> bool:
    whole = {**shared.get(str(spec.get("$ref", "")).rpartition("/")[2], {}), **spec}
    return "array" in whole.get("type", ())


def _enumerated(spec: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(_values(spec) or _values(spec.get("items", {})))


def _values(spec: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(spec.get("enum", ()))


def _is_lower(values: frozenset[str]) -> bool:
    return all(value == value.casefold() for value in values)
