"""CIM at search time: what makes our events fit the models of the Common Information Model.

``schemas/cim.json`` says it all, and ``agentwarrant.dialect`` reads it in the same way: which
dataset an event belongs to (the first route that fits), and where each field comes from. Nothing
of it is shipped, so it costs no licence volume, and an upgrade holds for what was indexed before.

Search-time operations run in this order (Knowledge Manager Manual, "The sequence of search-time
operations"): extractions, of which ``KV_MODE = json`` is the last, aliases, calculated fields, all
of them at once so that none sees another, lookups, event types, tags. So each calculated field
finds out by itself where its event belongs, and event types pick by what was extracted or indexed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from agentwarrant.schema import load
from agentwarrant.siem.splunk.form import INDEXED, field_name
from agentwarrant.siem.splunk.names import APP, sourcetype
from agentwarrant.siem.vocabulary import is_single

_ANY = "*"
_KIND = "event.kind"
_NOTHING = "null()"


@dataclass(frozen=True, slots=True)
class Route:
    """One way into a dataset.

    Attributes:
        dataset: Where it leads.
        needs: Field -> the values of which an event must have one; ``*`` is any.
    """

    dataset: str
    needs: Mapping[str, frozenset[str]]

    def is_apart(self, other: Route) -> bool:
        """Can no event take both?"""
        return any(
            not values & other.needs[name]
            for name, values in self.needs.items()
            if name in other.needs and _ANY not in values | other.needs[name]
        )


@cache
def routes(kind: str) -> tuple[Route, ...]:
    """Return the routes for one kind of document, in order: the first that fits is taken.

    All findings are alerts, and no event is one (``finding.schema.json``, ``event.schema.json``).
    """
    made = []
    for route in load("cim.json")["routes"]:
        if (kind == "findings") != (_KIND in route):
            continue
        named = {name: frozenset(route[name]) for name in route if name not in ("to", "when")}
        needs = {name: values for name, values in named.items() if name != _KIND}
        needs |= {name: frozenset({value}) for name, value in route.get("when", {}).items()}
        made.append(Route(route["to"], needs))
    return tuple(made)


def calculated(kind: str) -> dict[str, str]:
    """Return the calculated fields of one kind of document: name -> eval expression."""
    known: Mapping[str, Any] = load("cim.json")["datasets"]
    there = dict.fromkeys(route.dataset for route in routes(kind))
    fields = sorted({name for dataset in there for name in known[dataset]["map"]})
    return {name: _calculated(name, kind) for name in fields}


def event_types() -> dict[str, dict[str, str]]:
    """Return ``eventtypes.conf``: one for each dataset that our documents belong to."""
    found: dict[str, list[str]] = {}
    for kind in ("events", "findings"):
        for dataset in dict.fromkeys(route.dataset for route in routes(kind)):
            search = " ".join([f'sourcetype="{sourcetype(kind)}"', *_picked(dataset, kind)])
            found.setdefault(dataset, []).append(search)
    return {
        event_type(dataset): {"search": " OR ".join(f"({one})" for one in made)}
        if len(made) > 1
        else {"search": made[0]}
        for dataset, made in found.items()
    }


def tags() -> dict[str, dict[str, str]]:
    """Return ``tags.conf``: the tags by which the data models find our event types."""
    return {
        f"eventtype={event_type(dataset)}": dict.fromkeys(facts["tags"], "enabled")
        for dataset, facts in load("cim.json")["datasets"].items()
    }


def event_type(dataset: str) -> str:
    """Return the event type of a dataset (``Endpoint.Processes``)."""
    return f"{APP}_{dataset.lower().replace('.', '_')}"


# Calculated fields ------------------------------------------------------------------------------


def _calculated(name: str, kind: str) -> str:
    """Return the expression of one field, over all routes."""
    groups: list[tuple[list[Route], str]] = []
    for route in routes(kind):
        _put(groups, route, _of_dataset(name, route.dataset))
    needed: list[tuple[list[Route], str]] = []
    for group in reversed(groups):
        if group[1] != _NOTHING or any(not _are_apart(group[0], one) for one, _ in needed):
            needed.insert(0, group)
    if kind == "findings":
        return needed[0][1]
    arms = (f"{_either(among)}, {made}" for among, made in needed)
    return f"case({', '.join(arms)})"


def _put(groups: list[tuple[list[Route], str]], route: Route, made: str) -> None:
    """Put a route to those with the same expression, where none between them could be taken."""
    for among, other in reversed(groups):
        if other == made:
            among.append(route)
            return
        if not _are_apart(among, [route]):
            break
    groups.append(([route], made))


def _are_apart(some: Sequence[Route], others: Sequence[Route]) -> bool:
    return all(one.is_apart(other) for one in some for other in others)


def _either(among: Sequence[Route]) -> str:
    """Return a condition that holds where one of some routes fits."""
    made = [" AND ".join(_needed(*need) for need in route.needs.items()) for route in among]
    return made[0] if len(made) == 1 else " OR ".join(f"({one})" for one in made)


def _needed(name: str, values: frozenset[str]) -> str:
    """Return a condition that is never null: all but what is only asked for is always there."""
    if _ANY in values:
        return f'coalesce({_value(name)}, "")!=""'
    return _is_one(_value(name), values)


def _of_dataset(name: str, dataset: str) -> str:
    """Return where a field comes from in a dataset; ``null()`` where it has none."""
    facts = load("cim.json")["datasets"][dataset]
    chain = facts["map"].get(name)
    if chain is None:
        return _NOTHING
    allowed = frozenset(facts["values"].get(name, ()))
    arms = [arm for source in chain for arm in _arms(source, allowed)]
    made = _cased(arms)
    for ending, instead in load("cim.json")["endings"].get(name, {}).items():
        made = f'replace({made}, "(?s)[{ending}](?!.)", {_quoted(instead)})'
    return made


def _cased(arms: Sequence[tuple[str, str]]) -> str:
    if arms[0][0] == "true()":
        return arms[0][1]
    return f"case({', '.join(f'{test}, {value}' for test, value in arms)})"


def _arms(source: str | Mapping[str, Any], allowed: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield (condition, value) of one source of a field."""
    if isinstance(source, str):
        value = _value(source)
        yield _is_one(value, allowed) if allowed else _is_there(value), value
    elif "value" in source:
        yield "true()", _quoted(source["value"])
    else:
        yield from _translated(_value(source["field"]), source["values"], allowed)


def _translated(
    value: str, table: Mapping[str, str], allowed: frozenset[str]
) -> Iterator[tuple[str, str]]:
    meant: dict[str, set[str]] = {}
    for given, made in table.items():
        if not allowed or made in allowed:
            meant.setdefault(made, set()).add(given)
    for made, named in meant.items():
        test = _is_there(value) if _ANY in named else _is_one(value, frozenset(named))
        yield test, _quoted(made)


def _value(name: str) -> str:
    """Return the value of a field, the first of a list."""
    return f"'{name}'" if is_single(name) else f"mvindex('{field_name(name)}', 0)"


def _is_there(value: str) -> str:
    return f'{value}!=""'


def _is_one(value: str, values: frozenset[str]) -> str:
    listed = [_quoted(one) for one in sorted(values)]
    return f"{value}=={listed[0]}" if len(listed) == 1 else f"in({value}, {', '.join(listed)})"


def _quoted(text: str) -> str:
    return f'"{text}"'


# Event types ------------------------------------------------------------------------------------


def _picked(dataset: str, kind: str) -> list[str]:
    """Return the search for the events of a dataset, beside their source type."""
    ways = [
        _way(route, routes(kind)[:place])
        for place, route in enumerate(routes(kind))
        if route.dataset == dataset and route.needs
    ]
    if len(ways) > 1:
        return [f"({' OR '.join(f'({way})' for way in ways)})"]
    return ways


def _way(route: Route, earlier: Sequence[Route]) -> str:
    """Return a search for the events that take a route, and none of the earlier ones."""
    taken = [_search(route.needs)]
    for other in earlier:
        if other.dataset == route.dataset or route.is_apart(other):
            continue
        left = {
            name: values
            for name, values in other.needs.items()
            if name not in route.needs or not route.needs[name] <= values
        }
        taken.append(f"NOT ({_search(left)})" if len(left) > 1 else f"NOT {_search(left)}")
    return " ".join(taken)


def _search(needs: Mapping[str, frozenset[str]]) -> str:
    made = []
    for name, values in needs.items():
        terms = [f"{INDEXED.get(name, name)}={value}" for value in sorted(values)]
        made.append(terms[0] if len(terms) == 1 else f"({' OR '.join(terms)})")
    return " ".join(made)
