"""``temporal_ordered`` in its plain form: every rule, each after the one before.

Per step only the sequence that began last is kept: what continues an older one continues it, too.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from agentwarrant.rules.correlation.counting import split
from agentwarrant.rules.correlation.operator import Operator
from agentwarrant.rules.correlation.replaced import Older, after, before
from agentwarrant.rules.correlation.shapes import Fired, Limits
from agentwarrant.rules.correlation.stamps import SIZE, floor_of
from agentwarrant.rules.model import Correlation


class Sequence(Operator):
    """Keeps per group a stamp while only the first step is known, else one chain per step."""

    begins = True

    def __init__(
        self,
        correlation: Correlation,
        limits: Limits,
        counters: dict[str, int],
        exact: bool = False,
    ) -> None:
        super().__init__(correlation, limits, counters, exact)
        self._length = len(correlation.rules)

    def single(self, state: Any) -> bool:
        return type(state) is bytes

    def feed(
        self,
        tenant: Hashable,
        key: Hashable,
        stamp: bytes,
        time: int,
        positions: tuple[int, ...],
        value: Any,
    ) -> Fired | None:
        if positions[0] and self.table.find(tenant, key) is None:
            return None  # no first step, so nothing to continue and nothing to remember
        states = self.table.at(tenant, key, time)
        old = states.get(key)
        older = None if self.replaced is None else self.replaced.of(time, tenant, key)
        if older is None and positions == (0,) and (old is None or type(old) is bytes):
            states[key] = stamp
            return self._fired(tenant, key, time, stamp) if self._length == 1 else None
        floor = floor_of(time, self.window)
        chains = self._extended(old, positions, stamp, floor, older)
        states[key] = chains if any(chains[1:]) else chains[0]
        # Any event of the group looks at the window that it ends, not the last step alone.
        return self._fired(tenant, key, time, chains[-1]) if chains[-1] >= floor else None

    def _extended(
        self,
        old: Any,
        positions: tuple[int, ...],
        stamp: bytes,
        floor: bytes,
        older: Older | None,
    ) -> tuple[bytes, ...]:
        blank = b"" if old is None else old
        since = self.since or stamp
        chains = [*old] if type(old) is tuple else [blank, *[b""] * (self._length - 1)]
        for step in reversed(positions):  # an event is never two steps of one sequence
            chain = stamp
            if step:
                begun = chains[step - 1]
                if older:
                    begun = before(begun, older, step - 1, since)
                if begun < floor or begun[-SIZE:] >= since:
                    continue
                chain = begun + stamp
            chains[step] = (
                chain if older is None else after(chains[step], chain, older, step, since)
            )
        return tuple(chains)

    def _fired(self, tenant: Hashable, key: Hashable, time: int, chain: bytes) -> Fired:
        evidence = [(one, step) for step, one in enumerate(split(chain, SIZE))]
        return Fired(tenant, key, time, self._length, evidence)
