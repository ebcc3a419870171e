"""What depends on what came before: rates and spending, in sliding windows of event time.

State is bounded: of a rate as many times are kept as it allows, of spending at most ``_ENTRIES``
payments, the oldest of which are then counted as one.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Any

from agentwarrant.warrant.model import Rate, Spending

Key = tuple[str, str, str]
_KEYS = 50_000
_ENTRIES = 1_000
PERIODS_MS = {
    "action": 0, "second": 1_000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000,
    "week": 604_800_000, "month": 2_592_000_000,
}  # fmt: skip
"""A month is 30 days."""


class Limits:
    """The windows of all agents, by tenant, agent and limit.

    Attributes:
        evicted: Windows let go because there were too many.
    """

    def __init__(self, keys: int = _KEYS) -> None:
        self._keys = keys
        self._times: OrderedDict[Key, deque[int]] = OrderedDict()
        self._spent: OrderedDict[Key, deque[tuple[int, float]]] = OrderedDict()
        self.evicted = 0

    def act(self, tenant: str, agent: str, rate: Rate, time: int) -> bool:
        """Count an action; return whether it is one too many."""
        key = (tenant, agent, f"{rate.shown}/{rate.per}/{rate.limit}")
        times = self._times.get(key)
        if times is None:
            times = self._times[key] = deque(maxlen=rate.limit)
            self._bound(self._times)
        else:
            self._times.move_to_end(key)
        over = len(times) == rate.limit and time - times[0] < rate.per_ms
        times.append(time)
        return over

    def spend(self, tenant: str, agent: str, limit: Spending, amount: float, time: int) -> float:
        """Count a payment; return what was spent in the period, this payment included."""
        if not limit.per_ms:
            return amount
        key = (tenant, agent, f"{limit.currency}/{limit.per}")
        spent = self._spent.setdefault(key, deque())
        self._spent.move_to_end(key)
        self._bound(self._spent)
        while spent and time - spent[0][0] >= limit.per_ms:
            spent.popleft()
        spent.append((time, amount))
        if len(spent) > _ENTRIES:
            first, second = spent.popleft(), spent.popleft()
            spent.appendleft((second[0], first[1] + second[1]))
        return sum(paid for _, paid in spent)

    def _bound(self, kept: OrderedDict[Key, Any]) -> None:
        if len(kept) > self._keys:
            kept.popitem(last=False)
            self.evicted += 1

    def snapshot(self) -> dict[str, Any]:
        """Return the state as plain JSON values."""
        return {
            "times": [[*key, times.maxlen, list(times)] for key, times in self._times.items()],
            "spent": [[*key, [list(one) for one in spent]] for key, spent in self._spent.items()],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take a snapshot over, in the place of what is here."""
        self._times = OrderedDict(
            ((tenant, agent, name), deque(times, maxlen=most))
            for tenant, agent, name, most, times in state["times"]
        )
        self._spent = OrderedDict(
            ((tenant, agent, name), deque((int(t), float(a)) for t, a in spent))
            for tenant, agent, name, spent in state["spent"]
        )
