"""What every operator is, and how those are judged that must wait for the end of a moment."""

from __future__ import annotations

import math
import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from agentwarrant.rules.correlation.codec import decode, encode
from agentwarrant.rules.correlation.replaced import Replaced
from agentwarrant.rules.correlation.shapes import Fired, Limits
from agentwarrant.rules.correlation.table import Table
from agentwarrant.rules.model import Correlation

COMPARE: dict[str, Callable[[float, float], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "eq": operator.eq,
    "neq": operator.ne,
}
GROWING = ("gt", "gte")


class Operator(ABC):
    """One correlation over a stream; events come in order of time.

    Args:
        correlation: What to look for.
        limits: How much to keep.
        counters: Where what was given up is counted.
        exact: Another correlation reads the metric, so it must not stop at the threshold.

    Attributes:
        due: The moment that ``settle`` judges next, once time is past it.
        waits: It ever has one.
        begins: Only an event of its first rule can begin anything: while nothing has begun, all
            others may be kept from it.
        denies: Positions that can only deny, once a window is open. Their events are put aside
            while none is: of those only what comes in one moment with its beginning matters.
        aside: Such events of the last moment that had any, each with stamp and positions.
        since: Stamp of the event behind the match that is fed next, empty for all else. What
            came with it or after it cannot be an earlier step.
        replaced: Beginnings replaced in this moment; None where no correlation is read, so that
            one event comes but once.
    """

    due: float = math.inf
    waits = False
    begins = False
    denies: frozenset[int] = frozenset()
    since = b""
    replaced: Replaced | None = None

    def __init__(
        self,
        correlation: Correlation,
        limits: Limits,
        counters: dict[str, int],
        exact: bool = False,
    ) -> None:
        self.correlation = correlation
        self.limits = limits
        self.counters = counters
        self.exact = exact
        self.window = correlation.window_ms
        self.aside: list[tuple[bytes, tuple[int, ...], Any]] = []
        self.aside_time = -1
        self.table = Table(self.life(), limits.keys, self.single, counters)

    def put_aside(self, time: int, stamp: bytes, positions: tuple[int, ...], event: Any) -> None:
        """Keep an event that can only deny until the moment it belongs to is over."""
        if time != self.aside_time:
            self.aside.clear()
            self.aside_time = time
        self.aside.append((stamp, positions, event))

    def life(self) -> int:
        """Return how long the state of an untouched key matters."""
        return self.correlation.window_ms

    @abstractmethod
    def single(self, state: Any) -> bool:
        """Tell a state that holds one event."""

    @abstractmethod
    def feed(
        self,
        tenant: Hashable,
        key: Hashable,
        stamp: bytes,
        time: int,
        positions: tuple[int, ...],
        value: Any,
    ) -> Fired | None:
        """Take an event of a group.

        Args:
            tenant: ``organization.id``.
            key: The group within it.
            stamp: What to remember the event by.
            time: Its time, not below that of any event before.
            positions: Which of the correlation's rules it matched, ascending.
            value: What is counted, summed or remembered; None when absent.
        """

    def kept(self, state: Any) -> Any:
        """Return the state of a key as plain values (``codec``)."""
        return state

    def given(self, kept: Any) -> Any:
        """Return what ``kept`` was given."""
        return kept

    def patient(self) -> None:  # noqa: B027  # most have nothing to change
        """Judge each moment once: what reads this counts its matches."""

    def settle(self) -> list[Fired]:
        """Judge the moment ``due``; the caller knows that nothing at or before it is to come."""
        return []

    def abandon(self) -> int:
        """Forget what is still open at the end of the stream; return how much that was."""
        return 0

    def snapshot(self) -> dict[str, Any]:
        replaced = None if self.replaced is None else self.replaced.state()
        return {
            "table": self.table.snapshot(self.kept),
            "more": encode(self._more()),
            "replaced": encode(replaced),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self.table.restore(state["table"], self.given)
        self._take_more(decode(state["more"]))
        replaced = decode(state.get("replaced"))  # states of before it was kept have none
        if self.replaced is not None and replaced is not None:
            self.replaced.take_state(replaced)

    def _more(self) -> Any:
        return None

    def _take_more(self, more: Any) -> None:  # noqa: B027  # most keep no more
        pass


class Judged(Operator):
    """An operator that compares a metric of the window that ends at a moment.

    A metric that can only grow within a moment, compared by gt or gte, is judged at every event.
    Any other is judged once per group and moment, with all that happened in it.
    """

    def __init__(
        self,
        correlation: Correlation,
        limits: Limits,
        counters: dict[str, int],
        exact: bool = False,
    ) -> None:
        super().__init__(correlation, limits, counters, exact)
        self.compare = COMPARE[correlation.op]
        self.threshold = correlation.threshold
        self.at_once = correlation.op in GROWING
        self.waits = not self.at_once
        self._waiting: dict[tuple[Hashable, Hashable], bytes] = {}

    def patient(self) -> None:
        self.at_once, self.waits = False, True

    def decisive(self) -> int:
        """Return how many must be known for the comparison to be decided for good."""
        threshold = self.threshold
        least = math.ceil(threshold) if self.correlation.op == "gte" else math.floor(threshold) + 1
        return max(1, least, self.limits.values if self.exact else 1)

    @abstractmethod
    def judge(self, tenant: Hashable, key: Hashable, time: int, record: bytes) -> Fired | None:
        """Judge a group's window that ends at a time; ``record`` is of the event that ends it."""

    def judge_or_wait(
        self, tenant: Hashable, key: Hashable, time: int, record: bytes
    ) -> Fired | None:
        if self.at_once:
            return self.judge(tenant, key, time, record)
        self._waiting[tenant, key] = record
        self.due = time
        return None

    def settle(self) -> list[Fired]:
        if not self._waiting:
            return []
        time, waiting = int(self.due), self._waiting
        self.due = math.inf
        if len(waiting) == 1:  # as nearly always
            (tenant, key), record = waiting.popitem()
            fired = self.judge(tenant, key, time, record)
            return [] if fired is None else [fired]
        self._waiting = {}
        found = []
        for (tenant, key), record in waiting.items():
            fired = self.judge(tenant, key, time, record)
            if fired is not None:
                found.append(fired)
        return found

    def _more(self) -> Any:
        return [self.due if self._waiting else None, self._waiting]

    def _take_more(self, more: Any) -> None:
        due, self._waiting = more
        self.due = math.inf if due is None else due
