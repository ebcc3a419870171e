"""Why a case is one: the finding or the sum that opened it. A sum is added up for the eye once.

Risk is an agent's and a case is a conversation's (``risk.py``): the finding that makes the sum
enough may be a small one, while the worst that was added stands in another case. So each case says
what opened it, and where the worst of the sum is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agentwarrant.event import text_of
from agentwarrant.finding import Case, Finding, acting
from agentwarrant.report import view
from agentwarrant.report.safe import one_line

_BY_WEIGHT = "weight_of_evidence"
_HEAVIEST = 4
_Key = tuple[str, str]


class Openings:
    """What opened each of some cases.

    Args:
        cases: All cases of a report.
        shown: Those whose sums are shown, in order.
    """

    def __init__(self, cases: Sequence[Case], shown: Sequence[Case]) -> None:
        self._found: dict[_Key, list[tuple[Case, Finding]]] = {}
        self._open: dict[_Key, str] = {}
        for case in cases:
            key = _key(case)
            self._found.setdefault(key, []).extend((case, one) for one in case.findings)
            if case.is_open:
                self._open.setdefault(key, case.id)
        self._greatest: dict[_Key, str] = {}
        for case in sorted(shown, key=_sum):
            if case.opened_by == _BY_WEIGHT:
                self._greatest[_key(case)] = case.id

    def lines(self, case: Case) -> list[str]:
        """Return what opened an open case, for people; of an agent only its greatest sum whole."""
        if case.opened_by != _BY_WEIGHT:
            return ["by a critical finding"] if case.opened_by else []
        *added, total = (one_line(line, 160) for line in case.arithmetic)
        worst = [f"worst of it: {line}" for line in self._worse_elsewhere(case)]
        greatest = self._greatest.get(_key(case), case.id)
        if greatest != case.id:
            return [f"by weight, as it is added up at case {greatest}", total, *worst]
        who = one_line(view.agent_of(case), 60)
        rest = len(added) - _HEAVIEST
        more = [f"and {rest} more lines"] if rest > 0 else []
        heading = f"by weight: what was found about {who} in all cases, added up"
        return [heading, *added[:_HEAVIEST], *more, total, *worst]

    def also(self, case: Case) -> str:
        """Return the open case of the agent whose case is only watched; empty: there is none."""
        return self._open.get(_key(case), "")

    def _worse_elsewhere(self, case: Case) -> Iterator[str]:
        """Yield the worst finding that the sum counts, where it is worse than the case's own."""
        named = [line.partition(" ")[2] for line in case.arithmetic]
        others = [
            (found.severity.rank, found.risk, found, other)
            for other, found in self._found[_key(case)]
            if found.severity.rank > case.severity.rank and _is_named(found, named)
        ]
        for _, _, found, other in sorted(others, key=lambda one: one[:2])[-1:]:
            name = one_line(text_of(found.event, "rule.name"), 120)
            state = "" if other.is_open else ", watched"
            yield f"{found.severity.upper()} {name} (case {other.id}{state})"


def _key(case: Case) -> _Key:
    return case.tenant, acting(case.findings[0].event)


def _sum(case: Case) -> float:
    """Return what the risk of the case's agent was at its highest."""
    scores = (text_of(one.event, "warrant.risk.score", "0") for one in case.findings)
    return max(map(float, scores))


def _is_named(found: Finding, lines: Sequence[str]) -> bool:
    name = text_of(found.event, "rule.name")
    return any(line == name or line.startswith(f"{name}, ") for line in lines)
