"""Playbooks: loaded from ``playbooks/``, held against their schema and against the actions.

A playbook is offered for a case when a finding's rule names it, or when all its triggers hold:

``rules``
    a finding is of one of these rules (``rule.id``);
``severity``
    one severity: the case is at least that bad; a list: it is one of these;
``verdict``
    an event or finding of the case has this intent verdict, or one of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from agentwarrant import content
from agentwarrant.content import Document
from agentwarrant.errors import ContentError, ContentErrors
from agentwarrant.event import text_of
from agentwarrant.faults import closest
from agentwarrant.finding import Case, Severity
from agentwarrant.respond.vendor import actions
from agentwarrant.schema import validate_document


@dataclass(frozen=True, slots=True)
class PlaybookStep:
    """One step as the playbook writes it; ``action`` is ``vendor.verb``."""

    id: str
    action: str
    description: str
    on_failure: str
    needs_approval: bool

    @property
    def vendor(self) -> str:
        return self.action.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Playbook:
    """One playbook; ``triggers`` is as written, its keys are explained above."""

    id: str
    name: str
    title: str
    description: str
    mode: str
    triggers: Mapping[str, Any]
    steps: tuple[PlaybookStep, ...]

    def fits(self, case: Case) -> bool:
        """Return whether the playbook is offered for a case."""
        named = {text_of(f.event, "warrant.finding.playbook") for f in case.findings}
        if self.name in named:
            return True
        return bool(self.triggers) and all(
            _TRIGGERS[key](case, wanted) for key, wanted in self.triggers.items()
        )


def _of_rules(case: Case, wanted: list[str]) -> bool:
    return any(text_of(f.event, "rule.id") in wanted for f in case.findings)


def _as_bad(case: Case, wanted: str | list[str]) -> bool:
    if isinstance(wanted, list):
        return case.severity in wanted
    return case.severity.rank >= Severity(wanted).rank


def _judged(case: Case, wanted: str | list[str]) -> bool:
    words = wanted if isinstance(wanted, list) else [wanted]
    events = [*case.timeline, *(f.event for f in case.findings)]
    return any(text_of(event, "warrant.intent.verdict") in words for event in events)


_TRIGGERS: dict[str, Callable[[Case, Any], bool]] = {
    "rules": _of_rules,
    "severity": _as_bad,
    "verdict": _judged,
}


@cache
def playbooks() -> tuple[Playbook, ...]:
    """Return every shipped playbook, by name.

    Raises:
        ContentErrors: Every fault of every file.
    """
    documents: list[Document] = []
    faults: list[ContentError] = []
    for name, file in content.shipped("playbooks"):
        found, wrong = content.load_file(file, f"playbooks/{name}")
        documents += found
        faults += wrong
    loaded = [playbook for document in documents for playbook in _load(document, faults)]
    if faults:
        raise ContentErrors(faults)
    return tuple(sorted(loaded, key=lambda playbook: playbook.name))


def _load(document: Document, faults: list[ContentError]) -> Iterator[Playbook]:
    """Yield the playbook of a document, unless it has faults, which are added to the list."""
    wrong = validate_document("playbook", document)
    if not wrong:
        wrong = list(_step_faults(document))
    faults += wrong
    if not wrong:
        yield _playbook(document.data)


def _step_faults(document: Document) -> Iterator[ContentError]:
    seen: set[str] = set()
    for index, step in enumerate(document.data["steps"]):
        place = ("steps", index)
        if step["id"] in seen:
            yield document.fault(f"two steps have the id {step['id']}", (*place, "id"))
        seen.add(step["id"])
        if step["action"] not in actions():
            mend = closest(step["action"], sorted(actions()))
            yield document.fault("there is no such action", (*place, "action"), mend)
        for key in ("targets", "with"):
            if key in step:  # to ignore it in silence would do something else than it says
                yield document.fault(f"no action reads {key}", (*place, key), "remove it")


def _playbook(data: Mapping[str, Any]) -> Playbook:
    steps = tuple(PlaybookStep(**step) for step in data["steps"])
    return Playbook(
        id=str(data["id"]),
        name=data["name"],
        title=data["title"],
        description=data["description"],
        mode=data["mode_default"],
        triggers=data.get("triggers", {}),
        steps=steps,
    )
