"""A planned response as plain text fields: what a report shows of it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ProposedStep:
    """One action that a playbook would take.

    Attributes:
        id: The step's name inside its playbook; ``-2``, ``-3`` … when it needs several requests.
        title: What it does, for a person.
        vendor: Whose interface it calls.
        call: The exact method and endpoint.
        parameters: Redacted JSON text of what is sent; empty when there is nothing to send.
        changes: What would be different afterwards.
        undo: How it is taken back; says so where that is not known yet; empty where nothing can.
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
        playbook: The playbook's name.
        title: Its title.
        mode: ``observe``: planned, nothing sent that changes anything.
        steps: In the order they would run.
    """

    playbook: str
    title: str
    mode: str = "observe"
    steps: list[ProposedStep] = field(default_factory=list)
