"""The same event in the words of a target: ECS as it is, or ECS with Splunk's CIM beside it.

``schemas/cim.json`` says everything: which dataset an event belongs to (``routes``, the first
that fits), and where each CIM field comes from (``map``, the first source that has a value the
dataset allows). CIM names are added, never put in the place of an ECS name. An event that CIM has
no dataset for gets none: a wrong dataset would answer a question nobody asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from agentwarrant.errors import UsageError
from agentwarrant.event import Event, Scalar, Value, text_of
from agentwarrant.schema import load

MODEL = "warrant.cim.model"
"""Holds the dataset's name in a rendered event, for event types and tags in Splunk."""

ENRICHED = ("_bunit", "_category", "_priority")
"""Endings of fields that Enterprise Security fills by itself and a log source must not."""

_ENTITIES = ("src", "dest", "dvc", "user", "src_user")


@dataclass(frozen=True, slots=True)
class _Source:
    """One place a CIM field may come from: an event field, perhaps translated, or a constant."""

    field: str
    table: Mapping[str, str] | None
    constant: str

    def value(self, event: Mapping[str, Value]) -> Scalar | None:
        found = event.get(self.field, self.constant)
        if isinstance(found, list):
            found = found[0] if found else ""
        if self.table is not None:
            return self.table.get(str(found), self.table.get("*")) if found != "" else None
        return found if found != "" else None


@dataclass(frozen=True, slots=True)
class _Target:
    """One CIM field of a dataset."""

    name: str
    sources: tuple[_Source, ...]
    allowed: frozenset[str]

    def value(self, event: Mapping[str, Value]) -> Scalar | None:
        for source in self.sources:
            found = source.value(event)
            if found is not None and (not self.allowed or str(found) in self.allowed):
                return found
        return None


@dataclass(frozen=True, slots=True)
class _Route:
    """A dataset, and the values an event must also have to go there (``*``: any value)."""

    dataset: str
    when: tuple[tuple[str, str], ...]

    def fits(self, event: Mapping[str, Value]) -> bool:
        return all(
            text_of(event, name) == wanted or (wanted == "*" and text_of(event, name) != "")
            for name, wanted in self.when
        )


def render(event: Mapping[str, Value], dialect: str) -> Event:
    """Return an event (or finding) in a dialect, as a new mapping.

    Args:
        event: A normalized event; it is not changed.
        dialect: ``ecs`` or ``splunk``.

    Raises:
        UsageError: There is no such dialect.
    """
    renderer = _DIALECTS.get(dialect)
    if renderer is None:
        known = ", ".join(_DIALECTS)
        raise UsageError(f"there is no dialect {dialect!r}", mend=f"one of: {known}")
    return renderer(event)


def dataset_of(event: Mapping[str, Value]) -> str:
    """Return the CIM dataset an event belongs to; empty when CIM has none for it."""
    kind, action = text_of(event, "event.kind"), text_of(event, "event.action")
    for route in _routes(kind, action, text_of(event, "warrant.tool.class")):
        if route.fits(event):
            return route.dataset
    return ""


def cim_problems(rendered: Mapping[str, Value]) -> list[str]:
    """Return what an event rendered for Splunk lacks of its dataset, one clause each."""
    dataset = text_of(rendered, MODEL)
    if not dataset:
        return []
    facts = load("cim.json")["datasets"].get(dataset)
    if facts is None:
        return [f"{MODEL}: there is no dataset {dataset}"]
    found = [
        f"{dataset}: {name} is missing"
        for name in facts["recommended"]
        if name not in facts["may_be_absent"] and text_of(rendered, name) == ""
    ]
    for name, allowed in facts["values"].items():
        value = text_of(rendered, name)
        if value and value not in allowed:
            found.append(f"{dataset}: {name} is {value!r}, which CIM does not prescribe")
    return [*found, *_traps(dataset, rendered)]


def _traps(dataset: str, rendered: Mapping[str, Value]) -> list[str]:
    enriched = [entity + ending for entity in _ENTITIES for ending in ENRICHED]
    found = [f"{dataset}: {name} is not ours to set" for name in enriched if name in rendered]
    for name, endings in load("cim.json")["endings"].items():
        found.extend(
            f"{dataset}: {name} ends in {ending}"
            for ending in endings
            if text_of(rendered, name).endswith(ending)
        )
    return found


def _ecs(event: Mapping[str, Value]) -> Event:
    return dict(event)


def _splunk(event: Mapping[str, Value]) -> Event:
    dataset = dataset_of(event)
    if not dataset:
        return dict(event)
    made: Event = {MODEL: dataset}
    for target in _targets(dataset):
        value = target.value(event)
        if value is not None:
            made[target.name] = value
    for name, endings in load("cim.json")["endings"].items():
        if name in made:
            made[name] = _ended(text_of(made, name), endings)
    return {**made, **event}


def _ended(text: str, endings: Mapping[str, str]) -> str:
    for ending, instead in endings.items():
        if text.endswith(ending):
            text = text.removesuffix(ending) + instead
    return text


_DIALECTS: dict[str, Callable[[Mapping[str, Value]], Event]] = {"ecs": _ecs, "splunk": _splunk}
DIALECTS = tuple(_DIALECTS)


@lru_cache(maxsize=1024)
def _routes(kind: str, action: str, tool_class: str) -> tuple[_Route, ...]:
    """Return the routes open to an event of this kind, action and class, in order."""
    named = {"event.kind": kind, "event.action": action, "warrant.tool.class": tool_class}
    return tuple(
        _Route(route["to"], tuple(route.get("when", {}).items()))
        for route in load("cim.json")["routes"]
        if all(value in route.get(name, (value,)) for name, value in named.items())
    )


@cache
def _targets(dataset: str) -> tuple[_Target, ...]:
    facts = load("cim.json")["datasets"][dataset]
    return tuple(
        _Target(name, tuple(map(_source, chain)), frozenset(facts["values"].get(name, ())))
        for name, chain in facts["map"].items()
    )


def _source(written: str | Mapping[str, Any]) -> _Source:
    if isinstance(written, str):
        return _Source(written, None, "")
    return _Source(written.get("field", ""), written.get("values"), written.get("value", ""))
