"""Playbooks: what is done about a case, in order. One YAML file each (``docs/playbooks.md``).

A playbook is offered for a case when a finding's rule names it, or when all its triggers hold:

``rules``
    a finding is of one of these rules (``rule.id``);
``severity``
    one severity: the case is at least that bad; a list: it is one of these;
``verdict``
    an event or finding of the case has this intent verdict, or one of these.

A folder of the operator's own overlays the shipped ones: a playbook of the same name takes its
place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from agentwarrant import content
from agentwarrant.content import Document
from agentwarrant.errors import ContentError, ContentErrors, PathNotFound, UsageError
from agentwarrant.event import text_of
from agentwarrant.faults import closest
from agentwarrant.finding import Case, Severity
from agentwarrant.respond.planning.faults import faults_between, parts_of
from agentwarrant.respond.planning.parts import Part, Reader, TakeBack, walk_parts
from agentwarrant.schema import examined, further


@dataclass(frozen=True, slots=True)
class Playbook:
    """One playbook; ``triggers`` is as written, its keys are explained above."""

    id: str
    name: str
    title: str
    description: str
    mode: str
    triggers: Mapping[str, Any]
    steps: tuple[Part, ...]

    def fits(self, case: Case) -> bool:
        """Return whether the playbook is offered for a case.

        A rule that names it is preference, not licence: its own triggers have to hold all the
        same, so that what stops an agent is not offered for one weak finding.
        """
        holds = all(_TRIGGERS[key](case, wanted) for key, wanted in self.triggers.items())
        return holds and (bool(self.triggers) or self.is_named_by(case))

    def is_named_by(self, case: Case) -> bool:
        """Does a rule of the case name it?"""
        return self.name in {text_of(f.event, "warrant.finding.playbook") for f in case.findings}

    @property
    def takes_back(self) -> str:
        """How much it takes back of what runs did (``undo.Release``); empty: nothing."""
        return next((one.how for one in self.parts() if isinstance(one, TakeBack)), "")

    def parts(self) -> Iterator[Part]:
        """Yield everything in it, in the order of the file; other playbooks are not entered."""
        yield from walk_parts(self.steps)


# Triggers --------------------------------------------------------------------------------


def _of_rules(case: Case, wanted: list[str]) -> bool:
    return any(text_of(f.event, "rule.id") in wanted for f in case.findings)


def _as_bad(case: Case, wanted: str | list[str]) -> bool:
    return is_as_bad(str(case.severity), wanted)


def is_as_bad(severity: str, wanted: str | list[str]) -> bool:
    """Is a severity at least this one, or one of these?"""
    if isinstance(wanted, list):
        return severity in wanted
    return Severity(severity).rank >= Severity(wanted).rank


def _judged(case: Case, wanted: str | list[str]) -> bool:
    words = wanted if isinstance(wanted, list) else [wanted]
    events = [*case.timeline, *(f.event for f in case.findings)]
    return any(text_of(event, "warrant.intent.verdict") in words for event in events)


_TRIGGERS: dict[str, Callable[[Case, Any], bool]] = {
    "rules": _of_rules,
    "severity": _as_bad,
    "verdict": _judged,
}


def fitting(case: Case, known: Sequence[Playbook]) -> list[Playbook]:
    """Return the playbooks that fit a case: those that its rules name, then the most particular."""
    found = [one for one in known if one.fits(case)]
    return sorted(found, key=lambda p: (not p.is_named_by(case), -len(p.triggers), p.name))


def named(known: Sequence[Playbook], name: str) -> Playbook:
    """Return a playbook.

    Raises:
        UsageError: None is called so.
    """
    for one in known:
        if one.name == name:
            return one
    mend = closest(name, [one.name for one in known])
    raise UsageError(f"no playbook is called {name!r}", where="--playbook", mend=mend)


# Loading ---------------------------------------------------------------------------------


@cache
def playbooks() -> tuple[Playbook, ...]:
    """Return every shipped playbook, by name.

    Raises:
        ContentErrors: Every fault of every file.
    """
    return load_playbooks()


def load_playbooks(folders: Sequence[Path] = ()) -> tuple[Playbook, ...]:
    """Return the shipped playbooks and those of some files and folders over them, by name.

    Raises:
        PathNotFound: A file or folder is not there.
        ContentErrors: Every fault of every file.
    """
    loaded, faults = read_playbooks(folders)
    if faults:
        raise ContentErrors(faults)
    return loaded


def read_playbooks(
    folders: Sequence[Path] = (),
) -> tuple[tuple[Playbook, ...], list[ContentError]]:
    """Return what ``load_playbooks`` does, and every fault instead of raising them.

    Raises:
        PathNotFound: A file or folder is not there.
    """
    faults: list[ContentError] = []
    shipped = _documents(
        ((f"playbooks/{name}", file) for name, file in content.shipped("playbooks")), faults
    )
    own = _documents(((str(path), path) for path in dict.fromkeys(_files(folders))), faults)
    standing = {one.name: one for one in shipped if one.name}
    seen: set[str] = set()
    for one in filter(lambda one: one.name, own):
        if one.name in seen:
            faults.append(one.left.fault(f"two playbooks are called {one.name}", ("name",)))
        seen.add(one.name)
        standing[one.name] = one
    nameless = [one.left for one in (*shipped, *own) if not one.name]
    faults += faults_between({name: one.left for name, one in standing.items()}, nameless)
    loaded = (_playbook(one.left.data) for one in standing.values() if one.sound)
    return tuple(sorted(loaded, key=lambda playbook: playbook.name)), faults


class _Read(NamedTuple):
    """A document that could be read.

    Attributes:
        left: What the schema has not refused of it.
        sound: It has no fault of its own.
    """

    left: Document
    sound: bool

    @property
    def name(self) -> str:
        """What it is called; empty where it does not say so as it must."""
        return str(self.left.data.get("name", ""))


def _documents(
    found: Iterator[tuple[str, content.Readable]], faults: list[ContentError]
) -> list[_Read]:
    """Return the documents that are mappings; their own faults are added to the list."""
    read: list[_Read] = []
    for shown, file in found:
        documents, wrong = content.load_file(file, shown)
        faults += wrong
        for document in documents:
            left, own = _examined(document)
            faults += own
            if isinstance(left.data, dict):
                read.append(_Read(left, not own and not wrong))
    return read


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*.y*ml") if p.suffix in (".yml", ".yaml"))
        elif path.is_file():
            yield path
        else:
            raise PathNotFound("there is no such file or folder", where=str(path))


def _load(document: Document, faults: list[ContentError]) -> Iterator[Playbook]:
    """Yield the playbook of a document, unless it has faults, which are added to the list."""
    _, wrong = _examined(document)
    faults += wrong
    if not wrong:
        yield _playbook(document.data)


def _examined(document: Document) -> tuple[Document, list[ContentError]]:
    """Return a document without what the schema refuses, and all that is wrong with it."""
    faults, left = examined("playbook", document)
    if isinstance(left.data, dict):
        whole = left.data.get("steps") == document.data.get("steps")
        faults += further(parts_of(left, whole=whole), whole=left is document)
    return left, sorted(faults, key=lambda fault: (fault.line, fault.what))


def _playbook(data: Mapping[str, Any]) -> Playbook:
    return Playbook(
        id=str(data["id"]),
        name=data["name"],
        title=data["title"],
        description=data["description"],
        mode=data["mode_default"],
        triggers=data.get("triggers", {}),
        steps=Reader().parts(data["steps"]),
    )
