"""Keys with a state each, per tenant: what is not touched expires, what is too much is evicted."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from itertools import islice
from typing import Any

from agentwarrant.rules.correlation.codec import decode, encode

States = dict[Hashable, Any]

BATCH = 16
"""One eviction frees this part of the table, so that a flood pays for one pass in many."""


class Generations:
    """One tenant's keys: those touched since the last turn, and those of the turn before."""

    __slots__ = ("now", "past")

    def __init__(self) -> None:
        self.now: States = {}
        self.past: States = {}

    def __len__(self) -> int:
        return len(self.now) + len(self.past)

    def parts(self) -> tuple[States, States]:
        return self.now, self.past


class Table:
    """The state of every live key.

    A key that was not touched for ``life`` may be dropped, and is after twice that: two
    generations turn by event time, which costs nothing per key. So a reader must still compare
    times. Keys are kept per tenant, so that none can crowd out another, and so that a key is a
    bare value most of the time.

    Args:
        life: How long an untouched key must be kept.
        limit: Live keys of all tenants.
        single: Tells the state of a key that holds one event, which is evicted first.
        counters: Where evicted keys are counted.
    """

    def __init__(
        self, life: int, limit: int, single: Callable[[Any], bool], counters: dict[str, int]
    ) -> None:
        self.tenants: dict[Hashable, Generations] = {}
        self.size = 0
        self._life = max(1, life)
        self._limit = max(1, limit)
        self._single = single
        self._counters = counters
        self._turn = 0

    def at(self, tenant: Hashable, key: Hashable, time: int) -> States:
        """Return the dictionary a key's state is in.

        When it is in none yet, room was made and the key counted: the caller must put it.
        """
        if time >= self._turn:
            self._rotate(time)
        both = self.tenants.get(tenant)
        if both is not None:
            now = both.now
            if key in now:
                return now
            old = both.past.pop(key, None)
            if old is not None:
                now[key] = old
                return now
        return self._room(tenant)

    def find(self, tenant: Hashable, key: Hashable) -> Any:
        """Return a key's state, untouched; None when it has none."""
        both = self.tenants.get(tenant)
        if both is None:
            return None
        found = both.now.get(key)
        return both.past.get(key) if found is None else found

    def _rotate(self, time: int) -> None:
        idle = time >= self._turn + self._life
        for tenant, both in list(self.tenants.items()):
            self.size -= len(both.past) + (len(both.now) if idle else 0)
            both.past = {} if idle else both.now
            both.now = {}
            if not both.past:
                del self.tenants[tenant]
        self._turn = time + self._life

    def _room(self, tenant: Hashable) -> States:
        if self.size >= self._limit:
            self._evict()
        self.size += 1
        both = self.tenants.get(tenant)
        if both is None:
            both = self.tenants[tenant] = Generations()
        return both.now

    def _evict(self) -> None:
        """Free a part of the table: single events of the biggest tenants, then their oldest."""
        goal = max(1, self._limit // BATCH) + self.size - self._limit
        by_size = sorted(self.tenants.items(), key=lambda one: len(one[1]), reverse=True)
        for only_single in (True, False):
            for tenant, both in by_size:
                freed = self._thin(both.past, goal, only_single)
                freed += self._thin(both.now, goal - freed, only_single)
                goal -= freed
                self.size -= freed
                self._counters["evicted"] += freed
                if not both:
                    self.tenants.pop(tenant, None)
                if goal <= 0:
                    return

    def _thin(self, states: States, goal: int, only_single: bool) -> int:
        single = self._single
        fit = (key for key, state in states.items() if not only_single or single(state))
        victims = list(islice(fit, max(0, goal)))
        for key in victims:
            del states[key]
        return len(victims)

    def snapshot(self, kept: Callable[[Any], Any]) -> dict[str, Any]:
        """Return it as JSON values; ``kept`` turns the state of a key into plain values."""
        tenants = [
            (tenant, [{key: kept(state) for key, state in part.items()} for part in both.parts()])
            for tenant, both in self.tenants.items()
        ]
        return {"turn": self._turn, "tenants": encode(tenants)}

    def restore(self, state: dict[str, Any], given: Callable[[Any], Any]) -> None:
        """Take what ``snapshot`` gave; ``given`` turns plain values into the state of a key."""
        self._turn, self.size, self.tenants = state["turn"], 0, {}
        for tenant, parts in decode(state["tenants"]):
            both = self.tenants[tenant] = Generations()
            both.now, both.past = [
                {key: given(kept) for key, kept in part.items()} for part in parts
            ]
            self.size += len(both)
