"""Which fields the indices have, and of which type: a subset of ECS, and our own.

The subset is what events, findings and response records can hold, and no more: all of ECS is
beyond its own limit of fields, and every field costs memory in every cluster. ECS fields have
ECS's types to the letter. An index that maps one of them differently breaks other people's ES|QL
over ``logs-*``: a field "mapped as [2] incompatible types" cannot be used.

What is not listed is kept in ``_source`` and not indexed (``dynamic: false``): agents write the
names of labels, and must not be able to fill the mapping. ES|QL fails a whole rule on an unknown
column, so the fields that rules read are mapped too, and ``check`` refuses those that cannot be.

No field has ``ignore_above``: what is longer would be in the document, and no rule would find it.
Lucene refuses a keyword of more than ``LONGEST`` bytes, and with it the document, loudly; shipped
texts are cut to that before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from agentwarrant.errors import ConfigError
from agentwarrant.rules.documents import fields_read
from agentwarrant.rules.model import Rule, is_for_agents
from agentwarrant.schema import field_type, load, own_fields

LONGEST = 32_766
"""Bytes of UTF-8 of the longest keyword (Lucene's ``IndexWriter.MAX_TERM_LENGTH``)."""
_STRUCTURED = frozenset({"object", "flattened", "nested"})
"""Types that hold no scalar: an event has none of them."""


@cache
def fields() -> Mapping[str, str]:
    """Return dotted name -> Elasticsearch type of every field that our documents can hold."""
    table = load("elastic.json")
    named: dict[str, str] = {
        name: str(field_type(name)) for name in (*table["ecs"], *own_fields("finding"))
    }
    doubles = (name for name in named if name.startswith("warrant.") and named[name] == "float")
    named.update(dict.fromkeys(list(doubles), "double"))
    named.update(table["responses"])
    return MappingProxyType(dict(sorted(named.items())))


def fields_for(rules: Iterable[Rule]) -> Mapping[str, str]:
    """Return ``fields()`` and, with ECS's types, what else some rules about agents read.

    Raises:
        ConfigError: A rule reads what cannot be mapped (``check``).
    """
    known = dict(fields())
    for rule in rules:
        if is_for_agents(rule):
            check(rule)
            known.update({name: str(_plain(name)) for name in fields_read(rule) - known.keys()})
    return MappingProxyType(dict(sorted(known.items())))


def check(rule: Rule, mapped: Mapping[str, str] | None = None) -> None:
    """Refuse a rule that reads a field that is not mapped.

    Args:
        rule: About agents' events.
        mapped: The fields that are there; None: any that could be mapped.

    Raises:
        ConfigError: Naming the rule and the fields.
    """
    known = fields() if mapped is None else mapped
    lost = sorted(
        name
        for name in fields_read(rule)
        if name not in known and (mapped is not None or _plain(name) is None)
    )
    if lost:
        raise ConfigError(
            f"the rule reads {', '.join(lost)}, which no index of ours has",
            where=f"{rule.path}: {rule.title}",
            mend="build and install again with --rules, or name a field of docs/events.md",
        )


def _plain(name: str) -> str | None:
    """Return the type of a field that a scalar can stand in, None where there is none."""
    kind = field_type(name)
    return None if kind in _STRUCTURED else kind


def properties(named: Mapping[str, str]) -> dict[str, Any]:
    """Return the ``properties`` of a mapping, nested as Elasticsearch writes them."""
    made: dict[str, Any] = {}
    for name, kind in named.items():
        *above, leaf = name.split(".")
        place = made
        for part in above:
            place = place.setdefault(part, {"properties": {}})["properties"]
        place[leaf] = {"type": kind}
    return made


def flat(nested: Mapping[str, Any], above: str = "") -> dict[str, str]:
    """Return dotted name -> type of the ``properties`` of a mapping, as a cluster gives them."""
    found: dict[str, str] = {}
    for name, spec in nested.items():
        if "type" in spec:
            found[above + name] = str(spec["type"])
        found |= flat(spec.get("properties", {}), f"{above}{name}.")
    return found
