"""``temporal``, and ``temporal_ordered`` with a condition: which rules are present in a window.

Per group and rule only the last stamp is kept. For a window that ends now, and for one that began
some time ago and ends now, that is all there is to know: a rule is present when it was last seen
at or after the beginning. So an absence needs no window of events either, only the moment to look
(``anchors``).
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from itertools import chain, combinations
from typing import Any

from agentwarrant.rules.correlation.anchors import Anchor, Anchors
from agentwarrant.rules.correlation.chains import Chains
from agentwarrant.rules.correlation.counting import split
from agentwarrant.rules.correlation.operator import GROWING, Judged
from agentwarrant.rules.correlation.shapes import Fired, Limits
from agentwarrant.rules.correlation.stamps import NEVER, SIZE, floor_of
from agentwarrant.rules.correlation.terms import MOST, Term, terms_of
from agentwarrant.rules.model import Correlation

Evidence = list[tuple[bytes, int]]


class Presence(Judged):
    """Keeps per group the last stamp of every rule, joined, and sequences when order counts.

    Attributes:
        scoped: A purely negative condition: any event of a group opens a window (``scope``).
    """

    def __init__(
        self,
        correlation: Correlation,
        limits: Limits,
        counters: dict[str, int],
        exact: bool = False,
    ) -> None:
        super().__init__(correlation, limits, counters, exact)
        self._rules = len(correlation.rules)
        self._blank = NEVER * self._rules
        tree = correlation.condition
        self.terms = None if tree is None else terms_of(tree)
        self.at_once = self.terms is not None or correlation.op in GROWING
        self._backward = [term for term in self.terms or () if not term.negative]
        self._forward = [term for term in self.terms or () if term.negative]
        self.waits = bool(self._forward) or not self.at_once
        self.scoped = any(not term.positive for term in self._forward)
        if self._forward and not self._backward and not self.scoped:
            positive = {n for term in self._forward for n in term.positive}
            self.denies = frozenset(range(self._rules)) - positive
        self._sequences = self._needed_sequences()
        ordered = correlation.kind == "temporal_ordered"
        self._chains = Chains(self._sequences) if ordered else None
        self._anchors = Anchors(self.window, limits.keys, counters)
        self._opens = [
            tuple([n for n, term in enumerate(self._forward) if position in term.positive])
            for position in range(self._rules)
        ]
        self._places = [(n, slice(n * SIZE, n * SIZE + SIZE)) for n in range(self._rules)]
        # Fewer rules than this cannot match, which is all that most events need to be told.
        growing = self.terms is None and self.at_once
        self._least = self._required() if growing else 0

    def _needed_sequences(self) -> list[tuple[int, ...]]:
        if self.correlation.kind != "temporal_ordered":
            return []
        if self.terms is not None:
            return [term.positive for term in self.terms]
        everything = range(self._rules)
        if self.correlation.op in GROWING:
            lengths = [self._required()]
        else:
            lengths = list(range(1, self._rules + 1))
        if sum(math.comb(self._rules, length) for length in lengths) > MOST:
            raise ValueError(f"the condition comes to more than {MOST} sequences")
        return list(chain(*(combinations(everything, length) for length in lengths)))

    def _required(self) -> int:
        threshold = self.threshold
        grown = math.ceil(threshold) if self.correlation.op == "gte" else math.floor(threshold) + 1
        return max(0, grown)

    def patient(self) -> None:
        """Go on as before: a window whose rules are all present may match at each of its events."""

    def single(self, state: Any) -> bool:
        last = state if self._chains is None else state[0]
        return last.count(NEVER) >= self._rules - 1 if self._rules > 1 else True

    def feed(
        self,
        tenant: Hashable,
        key: Hashable,
        stamp: bytes,
        time: int,
        positions: tuple[int, ...],
        value: Any,
    ) -> Fired | None:
        states = self.table.at(tenant, key, time)
        old = states.get(key)
        if self._chains is None:
            last = states[key] = self._seen(old or self._blank, positions, stamp)
        else:
            before, held = old or (self._blank, {})
            floor = floor_of(time, self.window)
            older = None if self.replaced is None else self.replaced.of(time, tenant, key)
            self._chains.extend(held, positions, stamp, floor, self.since or stamp, older)
            last = self._seen(before, positions, stamp)
            states[key] = (last, held)
        if self._forward:
            self._open((tenant, key), stamp, time, positions)
        if self.terms is not None and not self._backward:
            return None
        if self._least and self._lacks(last, time):
            return None
        return self.judge_or_wait(tenant, key, time, stamp)

    def _lacks(self, last: bytes, time: int) -> bool:
        """Tell whether too few rules are present, with a look at as few as it takes."""
        floor, spare = floor_of(time, self.window), self._rules - self._least
        for _, place in self._places:
            if last[place] < floor:
                spare -= 1
                if spare < 0:
                    return True
        return spare < 0

    def _seen(self, last: bytes, positions: tuple[int, ...], stamp: bytes) -> bytes:
        for position in positions:
            place = position * SIZE
            last = last[:place] + stamp + last[place + SIZE :]
        return last

    def _open(
        self, group: tuple[Hashable, Hashable], stamp: bytes, time: int, positions: tuple[int, ...]
    ) -> None:
        for position in positions:
            terms = self._opens[position]
            if terms:
                self._anchors.open(time, group, stamp, position, terms)
        self.due = self._anchors.due

    def scope(self, tenant: Hashable, key: Hashable, stamp: bytes, time: int) -> None:
        """Take any event of a group, whether or not it matched a rule."""
        terms = tuple([n for n, term in enumerate(self._forward) if not term.positive])
        self._anchors.open(time, (tenant, key), stamp, -1, terms)
        self.due = self._anchors.due

    def settle(self) -> list[Fired]:
        if not self._forward:
            return super().settle()
        judged = [self._judge_anchor(anchor) for anchor in self._anchors.take(int(self.due))]
        self.due = self._anchors.due
        return [fired for fired in judged if fired is not None]

    def abandon(self) -> int:
        self.due = math.inf
        return self._anchors.clear()

    def judge(self, tenant: Hashable, key: Hashable, time: int, record: bytes) -> Fired | None:
        floor = floor_of(time, self.window)
        last, held = self._state(tenant, key)
        present = self._present(last, floor)
        if self.terms is None:
            evidence = self._by_number(last, held, present, floor)
        else:
            evidence = self._by_terms(self._backward, last, held, present, floor)
        if evidence is None:
            return None
        return Fired(tenant, key, time, len(present), evidence or [(record, present[-1])])

    def _judge_anchor(self, anchor: Anchor) -> Fired | None:
        tenant, key = anchor.group
        floor = floor_of(anchor.time, 0)
        last, held = self._state(tenant, key)
        present = self._present(last, floor)
        terms = [self._forward[n] for n in anchor.terms]
        evidence = self._by_terms(terms, last, held, present, floor)
        if evidence is None:
            return None
        opened = (anchor.stamp, anchor.position)
        if opened not in evidence:
            evidence.append(opened)
        end = anchor.time + self.window
        return Fired(tenant, key, end, len(present), evidence, anchor.stamp)

    def _state(self, tenant: Hashable, key: Hashable) -> tuple[bytes, dict[int, bytes]]:
        state = self.table.find(tenant, key)
        if state is None:
            return self._blank, {}
        return (state, {}) if self._chains is None else state

    def _present(self, last: bytes, floor: bytes) -> list[int]:
        return [n for n, place in self._places if last[place] >= floor]

    def _by_number(
        self, last: bytes, held: dict[int, bytes], present: list[int], floor: bytes
    ) -> Evidence | None:
        if not self.compare(len(present), self.threshold):
            return None
        if self._chains is None:
            return [(last[n * SIZE : n * SIZE + SIZE], n) for n in present]
        wanted = self._sequences if self.at_once else [tuple(present)]
        found = [
            list(zip(split(stamps, SIZE), sequence, strict=True))
            for sequence in wanted
            if (stamps := self._complete(held, sequence, floor)) is not None
        ]
        return max(found, key=lambda one: [stamp for stamp, _ in one]) if found else None

    def _complete(
        self, held: dict[int, bytes], sequence: tuple[int, ...], floor: bytes
    ) -> bytes | None:
        if self._chains is None or not sequence:
            return b""
        return self._chains.complete(held, sequence, floor)

    def _by_terms(
        self,
        terms: list[Term],
        last: bytes,
        held: dict[int, bytes],
        present: list[int],
        floor: bytes,
    ) -> Evidence | None:
        """Return the evidence of all terms that hold together; None when none does."""
        found = [
            one
            for term in terms
            if (one := self._of_term(term, last, held, present, floor)) is not None
        ]
        if not found:
            return None
        return list(dict.fromkeys(chain(*found)))

    def _of_term(
        self,
        term: Term,
        last: bytes,
        held: dict[int, bytes],
        present: list[int],
        floor: bytes,
    ) -> Evidence | None:
        if any(n in present for n in term.negative):
            return None
        if not all(n in present for n in term.positive):
            return None
        if self._chains is None:
            return [(last[n * SIZE : n * SIZE + SIZE], n) for n in term.positive]
        stamps = self._complete(held, term.positive, floor)
        if stamps is None:
            return None
        return list(zip(split(stamps, SIZE), term.positive, strict=True))

    def _more(self) -> Any:
        return [super()._more(), self._anchors.state()]

    def _take_more(self, more: Any) -> None:
        waiting, anchors = more
        super()._take_more(waiting)
        self._anchors.take_state(anchors)
        if self._forward:
            self.due = self._anchors.due
