"""Reads out of an event what a correlation needs: the group, and what is counted."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Hashable, Iterator
from typing import Any, NamedTuple

from agentwarrant.rules.correlation.metrics import number_of
from agentwarrant.rules.ir import fold
from agentwarrant.rules.model import Correlation
from agentwarrant.rules.values import text_of_value

TENANT = "organization.id"
COUNTED = ("value_count", "new_value")
COMPUTED = ("value_sum", "value_avg", "value_percentile", "value_median")
SUMMED = "rate_baseline"

Get = Callable[[Any], Any]


Reading = tuple[Hashable, Hashable, tuple[int, ...], Any]
"""What one event is to one correlation: tenant, key (None: no group), positions, value."""


def comparable(value: Any) -> Hashable:
    """Return a value as rules compare it: folded text, a list as a tuple; 30 and "30" are one."""
    if isinstance(value, str):
        return fold(value)
    if isinstance(value, list | tuple):
        return tuple([comparable(part) for part in value])
    if value is None:
        return None
    text = text_of_value(value)
    return json.dumps(value, sort_keys=True, default=str) if text is None else text


def tenant_of(event: Any) -> Hashable:
    """Return the tenant of an event, exactly as it stands; None when it has none."""
    tenant = event.get(TENANT)
    return tuple(tenant) if type(tenant) is list else tenant


def one_field(name: str) -> Get:
    def read(event: Any) -> Hashable:
        value = event.get(name)
        # Nearly all are text, and one call fewer shows.
        return value.casefold() if type(value) is str else comparable(value)

    return read


def all_fields(names: tuple[str, ...]) -> Get:
    """Return what reads some fields: one as it is, several as a tuple, None when one is absent."""
    if len(names) == 1:
        return one_field(names[0])

    def read(event: Any) -> Hashable:
        values = []
        for name in names:
            value = event.get(name)
            if value is None:
                return None
            values.append(comparable(value))
        return tuple(values)

    return read


def _number(names: tuple[str, ...]) -> Get:
    name = names[0]
    return lambda event: number_of(event.get(name))


def _sum(names: tuple[str, ...]) -> Get:
    def read(event: Any) -> float | None:
        numbers = [number_of(event.get(name)) for name in names]
        found = [number for number in numbers if number is not None]
        return math.fsum(found) if found else None

    return read


def _nothing(_event: Any) -> None:
    return None


class Plan(NamedTuple):
    """How the events of some of a correlation's rules are read.

    Attributes:
        positions: Of those rules.
        key: Reads the group.
        value: Reads what is counted.
        fields: All names that it reads.
    """

    positions: frozenset[int]
    key: Get
    value: Get
    fields: tuple[str, ...]


class Reader:
    """Reads events for one correlation; rules with other ``aliases`` are read another way.

    Attributes:
        plans: The ways.
        only: The one way, when there is no other.
    """

    def __init__(self, correlation: Correlation) -> None:
        self._rules = correlation.rules
        named: dict[tuple[tuple[str, ...], tuple[str, ...]], set[int]] = {}
        for position, rule in enumerate(correlation.rules):
            group = _named(correlation, correlation.group_by, rule)
            fields = _named(correlation, correlation.fields, rule)
            named.setdefault((group, fields), set()).add(position)
        self.plans = [
            Plan(
                frozenset(positions),
                all_fields(group),
                _value(correlation, fields),
                (*group, *fields),
            )
            for (group, fields), positions in named.items()
        ]
        self.only = self.plans[0] if len(self.plans) == 1 else None

    def read(self, event: Any, positions: tuple[int, ...]) -> list[Reading]:
        """Return what an event is to the correlation, once per group."""
        tenant = tenant_of(event)
        found: dict[tuple[Hashable, Any], set[int]] = {}
        for plan in self.plans:
            hit = plan.positions.intersection(positions)
            if hit:
                key = plan.key(event)
                value = None if key is None else plan.value(event)
                # What is the same group and the same value counts once.
                found.setdefault((key, value), set()).update(hit)
        return [(tenant, key, tuple(sorted(hit)), value) for (key, value), hit in found.items()]

    def groups(self, event: Any) -> Iterator[tuple[Hashable, Hashable]]:
        """Yield the groups that an event would belong to, whichever rule it matched."""
        tenant = tenant_of(event)
        keys = dict.fromkeys([plan.key(event) for plan in self.plans])
        yield from ((tenant, key) for key in keys if key is not None)

    def fields(self) -> set[str]:
        """Return all names of fields that it reads."""
        return {TENANT, *(name for plan in self.plans for name in plan.fields)}

    def reads_metric(self, child: str, kind: str) -> bool:
        """Tell whether it reads the metric of a correlation."""
        names = {
            name
            for plan in self.plans
            if any(self._rules[n] == child for n in plan.positions)
            for name in plan.fields
        }
        return not names.isdisjoint((kind, "sigma_metric"))


def _named(correlation: Correlation, names: tuple[str, ...], rule: str) -> tuple[str, ...]:
    return tuple([correlation.aliases.get(name, {}).get(rule, name) for name in names])


def _value(correlation: Correlation, fields: tuple[str, ...]) -> Get:
    if not fields:
        return _nothing
    if correlation.kind in COMPUTED:
        return _number(fields)
    if correlation.kind == SUMMED:
        return _sum(fields)
    return all_fields(fields) if correlation.kind in COUNTED else _nothing
