"""What stands in a rule's file for its readers: the engine needs none of it, an analyst all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from agentwarrant import content
from agentwarrant.content import Document
from agentwarrant.rules import lock
from agentwarrant.rules.model import Rule

PACK = "detections/"
_FIRST_VERSION = 1


@dataclass(frozen=True, slots=True)
class Written:
    """The readable part of a rule.

    Attributes:
        description: Why it matters.
        references: Addresses.
        false_positives: What benign work looks like it, and the mend.
        version: Of ``rules.lock.json`` of its folder: it rises with every change of the document
            that is not a change of its tests, of what it reads, and of what filters it.
        date: When it was written: ``2026-11-28``.
    """

    description: str = ""
    references: tuple[str, ...] = ()
    false_positives: tuple[str, ...] = ()
    version: int = _FIRST_VERSION
    blind_spots: str = ""
    triage: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    date: str = ""


def written(rules: Iterable[Rule]) -> dict[str, Written]:
    """Return by id what the files of some rules say; of a file that is gone, what is known."""
    made = {}
    for rule in rules:
        documents, locked = _file(rule.path)
        data: dict[str, Any] = next((d.data for d in documents if _is(d, rule)), {})
        made[rule.id] = Written(
            description=_line(data.get("description")),
            references=_texts(data.get("references")),
            false_positives=_texts(data.get("falsepositives")),
            version=int(locked.get(rule.public_id, {}).get("version", _FIRST_VERSION)),
            blind_spots=_line(rule.meta.get("blind_spots")),
            triage=_triage(rule.meta.get("triage")),
            date=str(data.get("date") or ""),
        )
    return made


def _is(document: Document, rule: Rule) -> bool:
    data = document.data
    return isinstance(data, dict) and rule.public_id in (data.get("id"), data.get("name"))


def _triage(given: Any) -> Mapping[str, tuple[str, ...]]:
    parts = given if isinstance(given, dict) else {"look": given}
    return {name: _texts(parts.get(name)) for name in ("look", "tell", "respond")}


def _texts(given: Any) -> tuple[str, ...]:
    listed = given if isinstance(given, list) else [given]
    return tuple(_line(one) for one in listed if isinstance(one, str))


def _line(given: Any) -> str:
    return " ".join(given.split()) if isinstance(given, str) else ""


@cache
def _file(path: str) -> tuple[tuple[Document, ...], lock.Lock]:
    place: content.Readable = Path(path)
    above: content.Readable = Path(path).parent.parent
    if path.startswith(PACK):
        above = files("agentwarrant.detections")
        place = above.joinpath(*path.removeprefix(PACK).split("/"))
    if not place.is_file():
        return (), {}
    documents, _ = content.parse(place.read_text(encoding="utf-8"), path)
    locked = above.joinpath(lock.NAME)
    entries = lock.parse(locked.read_bytes(), lock.NAME)[0] if locked.is_file() else {}
    return tuple(documents), entries
