"""What a SIEM whose own rules alert provides: its alerts into our triage, and their state back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import ClassVar, Protocol

from agentwarrant.config import Config, Target
from agentwarrant.finding import Case
from agentwarrant.rules.model import Rule
from agentwarrant.secretrefs import Secret
from agentwarrant.siem.hooks import Hook, Tell
from agentwarrant.siem.inbox import Intake, Sink


class Status(Protocol):
    """Writes the state of cases back to the alerts that they came of."""

    def acknowledge(self, case: Case) -> int:
        """Mark the alerts of a case as taken, with the case's id; return how many.

        Raises:
            ObserveOnly: Observe mode.
            Refused: The SIEM said no.
            OutcomeUnknown: No answer came; acknowledge again.
        """

    def close(self, case: Case) -> int:
        """Close the alerts of a closed case; return how many. Raises what ``acknowledge`` does."""


class Alerts(ABC):
    """The alerts of one SIEM.

    Attributes:
        title: Whose alerts they are, for a reader.
    """

    title: ClassVar[str]

    @abstractmethod
    def intakes(
        self,
        config: Config,
        target: Target,
        rules: Sequence[Rule],
        write: Sink,
        *,
        begin: str,
        every: bool = False,
    ) -> AbstractContextManager[list[Intake]]:
        """Open the intakes of all tenants of a target, and close them.

        Args:
            config: Names the tenants and where state is kept.
            target: Where alerts are read.
            rules: All rules, as they were installed.
            write: Where findings go.
            begin: Where to begin when nothing was taken yet.
            every: Take the alerts of all rules, not only of ours.

        Raises:
            ConfigError: No tenant ships there, or what was kept is none of ours.
            TargetError: The SIEM cannot be asked.
        """

    @abstractmethod
    def hooks(self, opened: Sequence[Intake], secret: Secret, tell: Tell) -> Mapping[str, Hook]:
        """Return the receivers of some intakes, by the last part of their path."""

    @abstractmethod
    def status(self, target: Target, *, enforce: bool, link: str) -> AbstractContextManager[Status]:
        """Open what writes state back.

        Args:
            target: Whose alerts.
            enforce: Change it; else each change raises ``ObserveOnly``.
            link: Address of a case in a console, with ``{case}`` for its id; or nothing.
        """
