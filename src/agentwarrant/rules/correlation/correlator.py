"""All correlations of a rule set over one stream of events."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agentwarrant.event import Event
from agentwarrant.rules.correlation.derived import (
    cause_of,
    derived,
    event_of,
    events_of,
    group_values,
    variants,
)
from agentwarrant.rules.correlation.graph import Node, fingerprint, nodes_of, readers_of
from agentwarrant.rules.correlation.operator import Operator
from agentwarrant.rules.correlation.order import BUCKET_MS, Reorder, Waiting
from agentwarrant.rules.correlation.presence import Presence
from agentwarrant.rules.correlation.reading import Reading, tenant_of
from agentwarrant.rules.correlation.saving import Saver
from agentwarrant.rules.correlation.shapes import Fired, Limits, Match
from agentwarrant.rules.correlation.stamps import END_OF_TIME, MASK, SHIFT, SIZE, Ring, time_of
from agentwarrant.rules.model import Rule

__all__ = ["Correlator", "Limits", "Match"]

COUNTERS = (
    "late",
    "bad_time",
    "evicted",
    "without_key",
    "over_limit",
    "incomplete",
    "released_early",
)

_COMBINATIONS = 4_096
_MOST_ASIDE = 1_024
_Targets = list[tuple[Node, tuple[int, ...]]]


class Correlator:
    """Correlations over a stream, by the time of events.

    Args:
        rules: The rule set; the correlations in it that alert run, and those that they read.
        limits: How much to keep.
        lateness_ms: How much later than the latest event an event may come and still be put into
            its place. Without it nothing is held back, and what is older than the latest is late.

    Attributes:
        needed: Ids of the rules about single events whose hits count.
        scoped: An absence is looked for on any event, so events without hits matter, too.
        late: By id of a rule, its hits that came too late.
        counters: ``late`` (hits that came too late), ``bad_time`` (events out of the range of
            times), ``evicted`` (keys let go because there were too many), ``without_key`` (events
            that lacked a group-by field, per correlation), ``over_limit`` (values or open windows
            let go because there were too many), ``incomplete`` (windows still open at the end),
            ``released_early`` (hits that could not wait for ``lateness_ms``).

    Raises:
        ValueError: Correlations read each other in a circle, or one cannot be run.
    """

    def __init__(
        self, rules: Sequence[Rule], *, limits: Limits | None = None, lateness_ms: int = 0
    ) -> None:
        self.limits = limits or Limits()
        self.lateness_ms = lateness_ms
        self.counters = dict.fromkeys(COUNTERS, 0)
        self.late: dict[str, int] = {}
        self.nodes = nodes_of(rules)
        for node in self.nodes:
            node.start(self.limits, self.counters)
        own = {node.rule.id for node in self.nodes}
        readers = readers_of(self.nodes)
        self._targets = {name: read for name, read in readers.items() if name not in own}
        self._together: dict[tuple[str, ...], _Targets] = {}
        self.needed = frozenset(self._targets)
        self._waiters = [node for node in self.nodes if node.operator.waits]
        self._scopes = [
            (node, node.operator)
            for node in self.nodes
            if isinstance(node.operator, Presence) and node.operator.scoped
        ]
        self.scoped = bool(self._scopes)
        self._ring = Ring(self.limits.evidence)
        self._number = 0
        self._present = b""  # stamp of the event that is being taken; empty while time passes
        self._highest = -1
        self._released = -1
        self._now = -1
        self._due = math.inf
        self._reorder = Reorder(self.limits.buffered) if lateness_ms > 0 else None

    def feed(self, event: Event, hits: Sequence[str], time_ms: int) -> list[Match]:
        """Take an event and return what it, or the passing of time, brought to an end.

        Args:
            event: Only ``get`` of it is used.
            hits: Ids of the rules about single events that it matched; others are ignored.
            time_ms: Its time, in milliseconds since 1970.
        """
        if not 0 <= time_ms < END_OF_TIME:
            self.counters["bad_time"] += 1
            return []
        if self._reorder is not None:
            return self._through(self._reorder, event, hits, time_ms)
        if time_ms < self._now:
            self._count_late(hits)
            return []
        self._highest = time_ms
        return self._in_order(event, hits, time_ms, [])

    def close(self) -> list[Match]:
        """End the stream: let go of what waits, judge what is over; nothing is to be fed after."""
        found: list[Match] = []
        if self._reorder is not None:
            self._release(self._reorder.rest(), found)
        self._advance(self._highest + 1, found)
        for node in self.nodes:
            self.counters["incomplete"] += node.operator.abandon()
        self._due = math.inf
        return found

    def snapshot(self) -> dict[str, Any]:
        """Return everything it knows as plain JSON values.

        An event that is no mapping is kept with the fields that the correlations read alone.
        """
        for node in self.nodes:
            self._catch_up(node, node.operator.aside_time, [])
        return Saver(self).state()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where a snapshot was taken.

        Raises:
            ValueError: It was made for other correlations or for another lateness.
        """
        Saver(self).take(state)

    def fingerprint(self) -> str:
        """Return what tells its correlations from others."""
        return fingerprint(self.nodes)

    def _count_late(self, hits: Iterable[str]) -> None:
        for hit in hits:
            if hit in self.needed:
                self.counters["late"] += 1
                self.late[hit] = self.late.get(hit, 0) + 1

    def _through(
        self, reorder: Reorder, event: Event, hits: Sequence[str], time: int
    ) -> list[Match]:
        found: list[Match] = []
        self._highest = max(self._highest, time)
        watermark = max(self._highest - self.lateness_ms, self._released)
        if time < watermark:
            self._count_late(hits)
        elif self._scopes or not self.needed.isdisjoint(hits):
            reorder.put(time, event, hits)
        self._release(reorder.ready(watermark), found)
        if reorder.size > self.limits.buffered:
            self.counters["released_early"] += self._release(reorder.surplus(), found)
            self._released = max(self._released, self._now)
        # Nothing before this second is to come any more.
        over = watermark // BUCKET_MS * BUCKET_MS
        if over > self._now:
            self._move(over, found)
        return found

    def _release(self, buckets: Iterable[list[Waiting]], found: list[Match]) -> int:
        released = 0
        for bucket in buckets:
            for time, event, hits in bucket:
                self._in_order(event, hits, time, found)
            released += len(bucket)
        return released

    def _move(self, time: int, found: list[Match]) -> None:
        self._now = time
        if self._due < time:
            self._advance(time, found)

    def _in_order(
        self, event: Event, hits: Sequence[str], time: int, found: list[Match]
    ) -> list[Match]:
        if time > self._now:
            self._now = time
            if self._due < time:
                self._advance(time, found)
        if len(hits) == 1:
            targets = self._targets.get(hits[0], ())
        else:
            targets = self._merged(hits) if hits else ()
        if targets or self._scopes:
            stamp = self._present = self._remember(event, time)
            for node, positions in targets:
                operator = node.operator
                if positions[0] and operator.begins and not operator.table.size:
                    continue  # a later step, and no first one anywhere: as nearly always
                if operator.denies and operator.due == math.inf and self._idle(operator, positions):
                    operator.put_aside(time, stamp, positions, event)
                    continue
                self._take(node, event, positions, time, stamp, found)
            if self._scopes:
                self._scope(event, time, stamp)
        return found

    def _idle(self, operator: Operator, positions: tuple[int, ...]) -> bool:
        """Is there nothing that an event could deny, and room to keep it for its moment?"""
        return operator.denies.issuperset(positions) and len(operator.aside) < _MOST_ASIDE

    def _catch_up(self, node: Node, time: int, found: list[Match]) -> None:
        """Take what was put aside in this moment, before something opens a window."""
        held, node.operator.aside = node.operator.aside, []
        moment = node.operator.aside_time
        for stamp, positions, event in held if moment >= time else ():
            self._take(node, event, positions, moment, stamp, found)

    def _merged(self, hits: Sequence[str]) -> _Targets:
        """Return who reads any of the hits, with all positions, in the order of correlations."""
        key = tuple(hits)
        known = self._together.get(key)
        if known is not None:
            return known
        merged: dict[int, tuple[Node, set[int]]] = {}
        for hit in hits:
            for node, positions in self._targets.get(hit, ()):
                merged.setdefault(node.place, (node, set()))[1].update(positions)
        made = [(merged[n][0], tuple(sorted(merged[n][1]))) for n in sorted(merged)]
        if len(self._together) < _COMBINATIONS:  # few come, again and again
            self._together[key] = made
        return made

    def _remember(self, event: Any, time: int) -> bytes:
        self._number = number = self._number + 1
        stamp = (time << SHIFT | number & MASK).to_bytes(SIZE, "big")
        self._ring.put(stamp, number, event)
        return stamp

    def _take(
        self,
        node: Node,
        event: Any,
        positions: tuple[int, ...],
        time: int,
        stamp: bytes,
        found: list[Match],
    ) -> None:
        operator, only = node.operator, node.reader.only
        if operator.aside:
            self._catch_up(node, time, found)
        if only is not None:
            key = only.key(event)
            if key is None:
                self.counters["without_key"] += 1
                return
            tenant, value = tenant_of(event), only.value(event)
            fired = operator.feed(tenant, key, stamp, time, positions, value)
            if fired is not None:
                self._fire(node, fired, found)
        else:
            self._take_each(node, node.reader.read(event, positions), time, stamp, found)
        if operator.due < self._due:
            self._due = operator.due

    def _take_each(
        self,
        node: Node,
        readings: Iterable[Reading],
        time: int,
        stamp: bytes,
        found: list[Match],
    ) -> None:
        for tenant, key, where, value in readings:
            if key is None:
                self.counters["without_key"] += 1
                continue
            fired = node.operator.feed(tenant, key, stamp, time, where, value)
            if fired is not None:
                self._fire(node, fired, found)

    def _scope(self, event: Event, time: int, stamp: bytes) -> None:
        for node, operator in self._scopes:
            for tenant, key in node.reader.groups(event):
                operator.scope(tenant, key, stamp, time)
            self._due = min(self._due, operator.due)

    def _advance(self, before: int, found: list[Match]) -> None:
        """Judge all that is due before a time, in order; what that brings may be due as well."""
        self._present = b""
        while True:
            first, due = None, math.inf
            for node in self._waiters:
                if node.operator.due < due:
                    first, due = node, node.operator.due
            if first is None or due >= before:
                break
            for fired in first.operator.settle():
                self._fire(first, fired, found)
        self._due = due

    def _fire(self, node: Node, fired: Fired, found: list[Match]) -> None:
        fired.evidence.sort()
        trigger = fired.anchor or fired.evidence[-1][0]
        if node.rule.alerts:
            found.append(self._match(node, fired, trigger))
        if node.readers:
            event = derived(node.correlation, fired, trigger, self._ring)
            stamp = self._remember(event, fired.time)
            before = self._present
            event.since = self._present = before or cause_of(fired, trigger, self._ring) or stamp
            for reader, positions in node.readers:
                shapes = variants(event, reader.reader.fields(), self._ring)
                readings = dict.fromkeys(
                    reading for one in shapes for reading in reader.reader.read(one, positions)
                )
                if reader.operator.aside:
                    self._catch_up(reader, fired.time, found)
                reader.operator.since = event.since
                self._take_each(reader, readings, fired.time, stamp, found)
                reader.operator.since = b""
                self._due = min(self._due, reader.operator.due)
            self._present = before

    def _match(self, node: Node, fired: Fired, trigger: bytes) -> Match:
        return Match(
            rule=node.rule,
            time_ms=fired.time,
            key=(fired.tenant, *group_values(node.correlation, fired)),
            metric=fired.metric,
            events=events_of(self._ring, [stamp for stamp, _ in fired.evidence]),
            steps=tuple([(time_of(stamp), position) for stamp, position in fired.evidence]),
            trigger=event_of(self._ring, trigger),
        )
