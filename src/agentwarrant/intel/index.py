"""Finds the indicators that an event is of, at a cost that their number hardly changes.

Values are looked up in one sorted list of 64-bit keys (twelve bytes an indicator); networks by the
lengths of their prefixes; patterns of text by one automaton for each property. What is found so is
only then asked whether its whole pattern holds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_network
from typing import Any
from unicodedata import normalize

import re2  # type: ignore[import-untyped]  # the package has no types

from agentwarrant.event import Event, text_of
from agentwarrant.intel.anchors import LIKE, SUBSET, Anchor, canonical, key_of
from agentwarrant.intel.evaluate import Object, as_expression, matches, size
from agentwarrant.intel.observe import objects_of
from agentwarrant.intel.patterns import Node, parse
from agentwarrant.intel.store import Indicator, Store

_REMEMBERED = 1 << 16
"""Values whose answer is remembered: what an agent touches comes again and again."""
_MEMORY = 256 << 20
_LARGEST = 250_000
"""Instructions of one automaton: several of this size compile and match within ``_MEMORY``."""


class Index:
    """The indicators of a store, as events are held against them.

    Args:
        store: Stays open as long as this is used.
        now: The moment by which indicators count, ``2026-11-29T…Z``; by default this one.
    """

    def __init__(self, store: Store, now: str = "") -> None:
        self._store = store
        self._now = now or datetime.now(UTC).isoformat()
        self._keys, self._rows = store.keys()
        self._nets = _Networks()
        self._texts: dict[str, _Texts] = {}
        for row, anchor in store.words():
            if anchor.how == SUBSET:
                self._nets.add(anchor, row)
            else:
                self._texts.setdefault(anchor.path, _Texts()).add(anchor, row)
        for texts in self._texts.values():
            texts.finish()
        self._look = lru_cache(maxsize=_REMEMBERED)(self._candidates)
        self._known = lru_cache(maxsize=4096)(self._indicator)

    def __len__(self) -> int:
        """How many things are looked for."""
        return len(self._keys) + len(self._nets) + sum(map(len, self._texts.values()))

    def of(self, event: Event) -> list[Indicator]:
        """Return the indicators that an event is of, in the order of their ids."""
        objects = objects_of(event)
        rows = {row for one in objects for row in self._rows_of(one)}
        if not rows:
            return []
        tenant, when = text_of(event, "organization.id"), text_of(event, "@timestamp")
        found = (known for row in rows if (known := self._known(row)))
        counting = (
            one
            for one, pattern in found
            if _counts(one, tenant, when) and matches(pattern, objects)
        )
        return sorted(counting, key=lambda one: (one.id, one.feed))

    def _rows_of(self, one: Object) -> Iterator[int]:
        kind = str(one["type"])
        for path, text in _properties(kind, one):
            yield from self._look(path, text)

    def _candidates(self, path: str, text: str) -> tuple[int, ...]:
        key, found = key_of(path, text), []
        at = bisect_left(self._keys, key)
        while at < len(self._keys) and self._keys[at] == key:
            found.append(self._rows[at])
            at += 1
        found += self._nets.of(path, text)
        texts = self._texts.get(path)
        return tuple(found + texts.of(text) if texts else found)

    def _indicator(self, row: int) -> tuple[Indicator, Node] | None:
        one = self._store.indicator(row)
        return (one, canonical(parse(one.pattern))) if one else None


def _counts(one: Indicator, tenant: str, when: str) -> bool:
    if one.tenant and one.tenant != tenant:
        return False
    return one.since[:19] <= when[:19] and (not one.until or when[:19] < one.until[:19])


def _properties(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield the texts in an object with the paths to them: ``file:hashes.MD5``."""
    for name, inner in value.items():
        if name != "type":
            yield from _under(f"{path}:{name}", inner)


def _under(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _under(f"{path}.{name}", inner)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _under(path, inner)


class _Networks:
    """Networks by property, version and length of prefix: an address asks once for each length."""

    def __init__(self) -> None:
        self._by: dict[str, dict[tuple[int, int], dict[int, list[int]]]] = {}

    def __len__(self) -> int:
        return sum(len(nets) for one in self._by.values() for nets in one.values())

    def add(self, anchor: Anchor, row: int) -> None:
        net = ip_network(anchor.text, strict=False)
        lengths = self._by.setdefault(anchor.path, {}).setdefault((net.version, net.prefixlen), {})
        lengths.setdefault(int(net.network_address), []).append(row)

    def of(self, path: str, text: str) -> list[int]:
        lengths = self._by.get(path)
        if not lengths:
            return []
        try:
            net = ip_network(text, strict=False)
        except ValueError:
            return []
        found: list[int] = []
        for (version, length), nets in lengths.items():
            if version == net.version and length <= net.prefixlen:
                start = int(net.network_address)
                bits = net.max_prefixlen - length
                found += nets.get(start >> bits << bits, ())
        return found


class _Texts:
    """Patterns of text of one property, as few automata."""

    def __init__(self) -> None:
        self._sets: list[tuple[Any, list[int]]] = []
        self._left = 0

    def __len__(self) -> int:
        return sum(len(rows) for _, rows in self._sets)

    def add(self, anchor: Anchor, row: int) -> None:
        try:
            large = size(anchor.how, anchor.text)
        except re2.error:  # a store of an older version may hold it
            return
        if large > self._left:
            self._sets.append((re2.Set.SearchSet(_options()), []))
            self._left = max(large, _LARGEST)
        self._left -= large
        automaton, rows = self._sets[-1]
        text = normalize("NFC", anchor.text)
        automaton.Add(as_expression(text) if anchor.how == LIKE else text)
        rows.append(row)

    def finish(self) -> None:
        for automaton, _ in self._sets:
            automaton.Compile()

    def of(self, text: str) -> list[int]:
        text = normalize("NFC", text)
        return [rows[i] for automaton, rows in self._sets for i in automaton.Match(text) or ()]


def _options() -> Any:
    options = re2.Options()
    options.log_errors, options.max_mem, options.dot_nl = False, _MEMORY, True
    return options
