"""Whether rules find in a SIEM what the embedded engine finds: what is asked, and what came of it.

Who has a SIEM that does not run in our tests can run the same comparison there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What became of one search."""

    AGREED = "agreed"
    DIFFERING = "differing"
    REFUSED = "refused"
    """The SIEM did not run it."""
    LEFT_OUT = "left out"
    """It was not asked."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a comparison is made.

    Attributes:
        place: Where the events of the tests are put; empty for the SIEM's own choice.
        keep: Leave there what was put there.
    """

    place: str = ""
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one search of one rule.

    Attributes:
        rule: Short id of the rule.
        part: Which of its searches, from 1; 0 where it has none.
        outcome: What.
        found: How much both found, or the engine alone.
        why: Why it was refused or left out.
        only_engine, only_siem: What one of them found alone, a few of each.
    """

    rule: str
    part: int
    outcome: Outcome
    found: int = 0
    why: str = ""
    only_engine: tuple[str, ...] = ()
    only_siem: tuple[str, ...] = ()

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "rule": self.rule,
            "part": self.part,
            "outcome": str(self.outcome),
            "found": self.found,
            "why": self.why,
            "only_engine": list(self.only_engine),
            "only_siem": list(self.only_siem),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What a comparison came to.

    Attributes:
        server: What was asked, with its version.
        events: How many events of tests it was asked about.
        verdicts: One for each search, in the order of the rules.
        left: What could not be taken out again; empty when nothing is left.
    """

    server: str
    events: int
    verdicts: tuple[Verdict, ...]
    left: tuple[str, ...] = field(default=())

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """How many searches had each outcome."""
        return {one: sum(v.outcome is one for v in self.verdicts) for one in Outcome}

    @property
    def agrees(self) -> bool:
        """Did every search that was asked find what the engine finds?"""
        return not self.counts[Outcome.DIFFERING] and not self.counts[Outcome.REFUSED]

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "server": self.server,
            "events": self.events,
            "counts": {str(name): count for name, count in self.counts.items()},
            "verdicts": [one.plain for one in self.verdicts],
            "left": list(self.left),
        }
