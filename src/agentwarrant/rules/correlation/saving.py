"""The state of a correlator as plain JSON values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agentwarrant.rules.correlation.codec import decode, encode
from agentwarrant.rules.correlation.derived import Derived

if TYPE_CHECKING:
    from agentwarrant.rules.correlation.correlator import Correlator

VERSION = 1


class Saver:
    """Reads and writes the state of a correlator."""

    def __init__(self, of: Correlator) -> None:
        self._of = of
        self._fields = sorted(set[str]().union(*(node.reader.fields() for node in of.nodes)))

    def state(self) -> dict[str, Any]:
        of = self._of
        waiting = of._reorder.items() if of._reorder is not None else []
        return {
            "version": VERSION,
            "rules": of.fingerprint(),
            "lateness_ms": of.lateness_ms,
            "clock": [of._number, of._highest, of._released, of._now],
            "due": None if of._due == math.inf else of._due,
            "counters": dict(of.counters),
            "late": dict(of.late),
            "operators": [node.operator.snapshot() for node in of.nodes],
            "evidence": [[stamp.hex(), self._kept(one)] for stamp, one in of._ring.items()],
            "waiting": [[time, self._kept(one), list(hits)] for time, one, hits in waiting],
        }

    def take(self, state: Mapping[str, Any]) -> None:
        of = self._of
        if state.get("version") != VERSION or state.get("rules") != of.fingerprint():
            raise ValueError("the state was made for other correlations")
        if state["lateness_ms"] != of.lateness_ms:
            raise ValueError(f"the state was made for a lateness of {state['lateness_ms']} ms")
        of._number, of._highest, of._released, of._now = state["clock"]
        of._due = math.inf if state["due"] is None else state["due"]
        # Operators hold the same dictionary, so it is filled and not replaced.
        of.counters.update(state["counters"])
        of.late.clear()
        of.late.update(state["late"])
        for node, saved in zip(of.nodes, state["operators"], strict=True):
            node.operator.restore(saved)
        held = [(bytes.fromhex(stamp), self._given(one)) for stamp, one in state["evidence"]]
        of._ring.refill(held)
        self._wait(state["waiting"])

    def _wait(self, waiting: list[Any]) -> None:
        reorder = self._of._reorder
        if reorder is None:
            return
        reorder.clear()
        for time, event, hits in waiting:
            reorder.put(time, self._given(event), hits)

    def _kept(self, event: Any) -> Any:
        if isinstance(event, Derived):
            own, stamps = encode(dict(event.own)), [stamp.hex() for stamp in event.stamps]
            behind, trigger = self._kept(event.event), event.trigger.hex()
            since = event.since.hex()
            return {
                "own": own,
                "trigger": trigger,
                "event": behind,
                "stamps": stamps,
                "since": since,
            }
        if isinstance(event, Mapping):
            return {"whole": dict(event)}
        found = {name: event.get(name) for name in self._fields}
        return {"whole": {name: value for name, value in found.items() if value is not None}}

    def _given(self, kept: Any) -> Any:
        if "whole" in kept:
            return dict(kept["whole"])
        stamps = tuple([bytes.fromhex(stamp) for stamp in kept["stamps"]])
        trigger = bytes.fromhex(kept["trigger"])
        match = Derived(decode(kept["own"]), trigger, self._given(kept["event"]), stamps)
        match.since = bytes.fromhex(kept.get("since", kept["trigger"]))
        return match
