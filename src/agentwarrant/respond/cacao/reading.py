"""A CACAO 2.0 playbook of anybody, taken in as a plan to read. Nothing of it is ever executed.

What people have to do stays what people have to do: every ``manual`` command is kept, wherever it
stands. Steps of types that are not known, that nothing leads to, or that lead nowhere are listed
and not passed over. The text is hostile: what shows it cleans it (``Reading.lines``).

References:
    - CACAO Security Playbooks 2.0, OASIS Standard, sections 4 and 5
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from agentwarrant.errors import ContentError
from agentwarrant.respond.cacao.writer import EXTENSION
from agentwarrant.respond.wording import plain

MAX_BYTES = 8 << 20
MAX_STEPS = 5_000
MAX_DEPTH = 60
_TYPES = frozenset(
    {"start", "end", "action", "playbook-action", "parallel", "if-condition", "while-condition",
     "switch-condition"}
)  # fmt: skip
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Step:
    """One step as it is read.

    Attributes:
        id, kind, name: Of CACAO: its id, its type, its name or description.
        commands: What is to be done: (type, text), each whole and clean.
        branches: Ways that begin here: (what it is, its steps).
        playbook: Id of the playbook that it runs.
        own: What our extension says of it.
        delay, timeout: Milliseconds; 0: none.
    """

    id: str
    kind: str
    name: str
    commands: tuple[tuple[str, str], ...] = ()
    branches: tuple[tuple[str, tuple[Step, ...]], ...] = ()
    playbook: str = ""
    own: Mapping[str, Any] = field(default_factory=dict)
    delay: int = 0
    timeout: int = 0

    @property
    def is_manual(self) -> bool:
        """Has a person to do it?"""
        return any(kind == "manual" for kind, _ in self.commands)


@dataclass(frozen=True, slots=True)
class Reading:
    """A playbook as it is read.

    Attributes:
        steps: From the start on, in order.
        apart: Steps that nothing leads to.
        faults: What is wrong with it, a line each: unknown types, references to nothing, circles.
        own: What our extension says of the whole.
    """

    id: str
    name: str
    description: str
    steps: tuple[Step, ...]
    apart: tuple[Step, ...] = ()
    faults: tuple[str, ...] = ()
    own: Mapping[str, Any] = field(default_factory=dict)

    def all(self) -> Iterator[Step]:
        """Yield every step, those that nothing leads to last."""
        yield from _walk(self.steps)
        yield from _walk(self.apart)

    def manual(self) -> list[Step]:
        """Return what people have to do."""
        return [step for step in self.all() if step.is_manual]

    def lines(self) -> list[str]:
        """Return it as text to read: one clean line for each step and each thing to do."""
        said = [plain(self.name, 200)]
        for line in self.description.splitlines()[:40]:
            said.append(f"  {plain(line, 300)}")
        said += _lines(self.steps, 1)
        if self.apart:
            said.append("Nothing leads to these:")
            said += _lines(self.apart, 1)
        return [*said, *(f"Fault: {fault}" for fault in self.faults)]


def read(text: bytes, where: str) -> Reading:
    """Return what a document says.

    Args:
        text: Of the file.
        where: The file, for errors.

    Raises:
        ContentError: It is no CACAO 2.0 playbook.
    """
    if len(text) > MAX_BYTES:
        raise ContentError(f"larger than {MAX_BYTES >> 20} MiB", path=where)
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ContentError(f"not JSON: {error}", path=where) from None
    kind, version = (
        (data.get("type"), data.get("spec_version")) if isinstance(data, dict) else ("", "")
    )
    if kind != "playbook" or version != "cacao-2.0":
        what = "it is no playbook of CACAO 2.0"
        raise ContentError(what, path=where, mend="type: playbook, spec_version: cacao-2.0")
    workflow = data.get("workflow")
    if not isinstance(workflow, dict) or len(workflow) > MAX_STEPS:
        raise ContentError(f"it has no workflow of at most {MAX_STEPS} steps", path=where)
    return _Reader(workflow).reading(data)


class _Reader:
    """Follows the steps of a workflow from the start, each once."""

    def __init__(self, workflow: Mapping[str, Any]) -> None:
        self._workflow = workflow
        self._seen: set[str] = set()
        self._faults: list[str] = []

    def reading(self, data: Mapping[str, Any]) -> Reading:
        start = data.get("workflow_start")
        steps = self._from(start, 0)
        apart: list[Step] = []
        for one in self._workflow:
            if one not in self._seen:
                apart += self._from(one, 0)
        return Reading(
            id=_text(data.get("id")),
            name=_text(data.get("name")) or "without a name",
            description=_text(data.get("description")),
            steps=steps,
            apart=tuple(apart),
            faults=tuple(dict.fromkeys(self._faults)),
            own=_own(data.get("playbook_extensions")),
        )

    def _from(self, first: object, depth: int) -> tuple[Step, ...]:
        """Return a step and all that follow it."""
        found: list[Step] = []
        here = first
        while here is not None:
            step = self._workflow.get(here) if isinstance(here, str) else None
            if not isinstance(step, dict):
                self._fault(f"a step leads to {plain(str(here), 100)}, which there is not")
                break
            if here in self._seen:
                if step.get("type") == "end":  # several ways may end in one place
                    break
                self._fault(f"{plain(str(here), 100)} is reached twice: it is shown once")
                break
            self._seen.add(str(here))
            made, here = self._step(str(here), step, depth)
            if made is not None:
                found.append(made)
        return tuple(found)

    def _step(
        self, identity: str, data: Mapping[str, Any], depth: int
    ) -> tuple[Step | None, object]:
        """Return a step, and what comes next."""
        kind = _text(data.get("type"))
        if kind not in _TYPES:
            self._fault(f"{plain(identity, 100)} is of the unknown type {plain(kind, 60)!r}")
        after = data.get("on_completion", data.get("on_success"))
        if kind == "start" or (kind == "end" and not _delayed(data)):
            return None, after
        if after is None and kind != "end":
            self._fault(f"{plain(identity, 100)} leads nowhere: it has no end")
        branches = tuple(self._branches(data, depth))
        made = Step(
            id=identity,
            kind=kind,
            name=_text(data.get("name")) or _text(data.get("description")),
            playbook=_text(data.get("playbook_id")),
            commands=tuple(_commands(data.get("commands"))),
            branches=tuple((label, steps) for label, steps in branches if steps),
            own=_own(data.get("step_extensions")),
            delay=_whole(data.get("delay")),
            timeout=_whole(data.get("timeout")),
        )
        return made, after

    def _branches(
        self, data: Mapping[str, Any], depth: int
    ) -> Iterator[tuple[str, tuple[Step, ...]]]:
        if depth >= MAX_DEPTH:
            self._fault(f"nested deeper than {MAX_DEPTH}: what is deeper is listed apart")
            return
        condition = plain(_text(data.get("condition") or data.get("switch")), 400)
        for number, one in enumerate(_list(data.get("next_steps")), 1):
            yield f"at once {number}", self._from(one, depth + 1)
        for key, label in (("on_true", f"if {condition}"), ("on_false", "else")):
            if key in data:
                yield label, self._from(data[key], depth + 1)
        cases = data.get("cases")
        for value, one in cases.items() if isinstance(cases, dict) else ():
            yield f"if {condition} is {plain(str(value), 100)}", self._from(one, depth + 1)
        if "on_failure" in data:
            yield "if it fails", self._from(data["on_failure"], depth + 1)

    def _fault(self, what: str) -> None:
        self._faults.append(what)


def _walk(steps: Sequence[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        for _, inner in step.branches:
            yield from _walk(inner)


def _lines(steps: Sequence[Step], depth: int) -> Iterator[str]:
    pad = "  " * depth
    for step in steps:
        wait = f" after {step.delay / 1000:g} s" if step.delay else ""
        limit = f" (within {step.timeout / 1000:g} s)" if step.timeout else ""
        yield f"{pad}- {plain(step.kind, 40)}{wait}: {plain(step.name, 300)}{limit}"
        if step.playbook:
            yield f"{pad}    runs {plain(step.playbook, 100)}"
        for kind, text in step.commands:
            who = "a person has to" if kind == "manual" else f"{plain(kind, 40)}, not executed"
            yield f"{pad}    {who}: {text}"
        for label, inner in step.branches:
            yield f"{pad}  {label}:"
            yield from _lines(inner, depth + 2)


def _commands(given: object) -> Iterator[tuple[str, str]]:
    for one in _list(given):
        if not isinstance(one, dict):
            continue
        text = _text(one.get("command")) or _decoded(one.get("command_b64"))
        content = _text(one.get("content")) or _decoded(one.get("content_b64"))
        yield _text(one.get("type")), plain(" ".join(filter(None, (text, content))), _LONGEST)


def _decoded(given: object) -> str:
    try:
        return b64decode(_text(given), validate=True).decode("utf-8", "replace")
    except ValueError:
        return "(base64 that cannot be read)"


def _delayed(data: Mapping[str, Any]) -> bool:
    return bool(data.get("delay"))


def _own(given: object) -> Mapping[str, Any]:
    found = given.get(EXTENSION) if isinstance(given, dict) else None
    return found if isinstance(found, dict) else {}


def _list(given: object) -> list[Any]:
    return given if isinstance(given, list) else []


def _text(given: object) -> str:
    return given if isinstance(given, str) else ""


def _whole(given: object) -> int:
    return given if isinstance(given, int) and not isinstance(given, bool) and given > 0 else 0
