"""What a report is made of: the result of one scan, as plain facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agentwarrant.finding import Case
from agentwarrant.inputs import DeadLetter


@dataclass(frozen=True, slots=True)
class ProposedStep:
    """One action that a playbook would take.

    Attributes:
        id: The step's name inside its playbook.
        title: What it does, for a person.
        vendor: Whose interface it calls.
        call: The exact method and endpoint.
        parameters: Redacted JSON text of what is sent.
        changes: What would be different afterwards.
        undo: How it is taken back; empty when it cannot be.
        note: What else to know before saying yes.
    """

    id: str
    title: str
    vendor: str
    call: str
    parameters: str = ""
    changes: str = ""
    undo: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ProposedResponse:
    """A playbook planned for one case.

    Attributes:
        playbook: The playbook's id.
        title: Its title.
        mode: ``observe``: planned, nothing sent that changes anything.
        steps: In the order they would run.
    """

    playbook: str
    title: str
    mode: str = "observe"
    steps: list[ProposedStep] = field(default_factory=list)


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
        generated: When, ISO 8601.
        version: Version of this package.
        counters: Whatever else was counted, by a name of lower-case words.
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
