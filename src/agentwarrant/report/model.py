"""What a report is made of: the result of one scan, as plain facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agentwarrant.finding import Case
from agentwarrant.inputs import DeadLetter
from agentwarrant.respond.model import ProposedResponse as ProposedResponse
from agentwarrant.respond.model import ProposedStep as ProposedStep
from agentwarrant.sessionnames import UNKNOWN_AGENT


@dataclass(frozen=True, slots=True)
class ScanResult:
    """Everything one scan read and found.

    Attributes:
        cases: Worst first.
        events: How many events were made.
        agents: Events by agent id.
        files: Files that were read.
        sources: Events by source.
        dead_letters: Records that could not be read.
        unknown_files: (path, reason) of files no source recognised.
        responses: The planned response by case id.
        unanswered: Why no playbook fits, by the id of a case that has no response.
        generated: When, ISO 8601.
        version: Version of this package.
        counters: Whatever else was counted, by a name of lower-case words.
        skipped: (path, reason) of what was passed over in folders.
    """

    cases: list[Case]
    events: int
    agents: Mapping[str, int]
    files: list[str]
    sources: Mapping[str, int]
    dead_letters: list[DeadLetter]
    unknown_files: list[tuple[str, str]]
    responses: Mapping[str, ProposedResponse]
    generated: str
    version: str
    counters: Mapping[str, int] = field(default_factory=dict)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    unanswered: Mapping[str, str] = field(default_factory=dict)

    @property
    def agent_count(self) -> int:
        """How many agents were seen; events that could be put down to none have none."""
        return len(self.agents.keys() - {UNKNOWN_AGENT})
