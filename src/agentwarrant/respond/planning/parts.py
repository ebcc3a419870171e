"""What a playbook is made of, as its file says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agentwarrant.rules.durations import duration_ms

CONTINUE = "continue"


@dataclass(frozen=True, slots=True)
class PlaybookStep:
    """What is asked for: one verb of every vendor, or one action of one.

    Attributes:
        id: Unique in the playbook.
        verb: Of ``respond.action.Verb``; empty where ``action`` is given.
        action: ``vendor.name``; empty where ``verb`` is given.
        about: Parts of the target that it is about (``respond.reach.PARTS``) or kinds of accounts;
            empty: whatever the actions take.
        on_failure: ``stop``: nothing that comes after it is done; ``continue``.
        needs_approval: Must a person say yes, whatever the mode?
    """

    id: str
    description: str
    verb: str = ""
    action: str = ""
    about: tuple[str, ...] = ()
    on_failure: str = CONTINUE
    needs_approval: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """Go on after so many seconds."""

    id: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Question:
    """People must say yes to what follows; ``seconds`` 0: as long as the tenant's policy says."""

    id: str
    needs: int
    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Together:
    """All at once."""

    id: str
    nodes: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Lane:
    """One after the other, beside other lanes."""

    id: str
    nodes: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """One way or the other; ``when`` is as written (``docs/playbooks.md``)."""

    id: str
    when: Mapping[str, Any]
    then: tuple[Part, ...]
    otherwise: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Inner:
    """The steps of another playbook."""

    id: str
    playbook: str


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Take back what runs did to the agent; ``how`` is one of ``undo.Release``."""

    id: str
    how: str


Part = PlaybookStep | Pause | Question | Together | Lane | Branch | Inner | TakeBack


def walk_parts(parts: Sequence[Part]) -> Iterator[Part]:
    """Yield parts and all that is in them, in order; other playbooks are not entered."""
    for one in parts:
        yield one
        if isinstance(one, (Together, Lane)):
            yield from walk_parts(one.nodes)
        elif isinstance(one, Branch):
            yield from walk_parts((*one.then, *one.otherwise))


class Reader:
    """Makes parts of what is written; what has no id gets one of its kind and number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def parts(self, nodes: Sequence[Mapping[str, Any]]) -> tuple[Part, ...]:
        return tuple(map(self._part, nodes))

    def _part(self, node: Mapping[str, Any]) -> Part:
        if "parallel" in node:
            return Together(self._id(node, "parallel"), tuple(map(self._lane, node["parallel"])))
        if "if" in node:
            identity = self._id(node, "if")
            then, other = self.parts(node["then"]), self.parts(node.get("else", ()))
            return Branch(identity, node["if"], then, other)
        if "wait" in node:
            return Pause(self._id(node, "wait"), duration_ms(node["wait"]) / 1000)
        if "approval" in node:
            own = node["approval"]
            seconds = duration_ms(own["expires"]) / 1000 if "expires" in own else 0.0
            return Question(
                self._id(node, "approval"), own.get("needs", 1), seconds, own["reason"].strip()
            )
        if "playbook" in node:
            return Inner(node.get("id", node["playbook"]), node["playbook"])
        if "release" in node:
            return TakeBack(self._id(node, "release"), node["release"])
        return _step(node)

    def _lane(self, node: Any) -> Part:
        if isinstance(node, list):
            return Lane(self._id({}, "lane"), self.parts(node))
        return self._part(node)

    def _id(self, node: Mapping[str, Any], kind: str) -> str:
        if "id" in node:
            return str(node["id"])
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return f"{kind}.{self._numbers[kind]}"  # no id of a file holds a dot


def _step(node: Mapping[str, Any]) -> PlaybookStep:
    about = node.get("about", ())
    return PlaybookStep(
        id=node["id"],
        description=node["description"].strip(),
        verb=node.get("verb", ""),
        action=node.get("action", ""),
        about=(about,) if isinstance(about, str) else tuple(about),
        on_failure=node.get("on_failure", CONTINUE),
        needs_approval=node.get("needs_approval", False),
    )
