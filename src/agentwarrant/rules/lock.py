"""The lock file of a rule set: an id is one rule for ever, and every change of it has a number.

``rules.lock.json`` stands at the top of the folder::

    {"<rule id>": {"hash": "…", "reads": "…", "version": 3},
     "<id of a rule that is gone>": {…, "retired": true}}

``hash`` is of the document itself without its tests, ``reads`` of what else it means something by
(``meaning``), empty where that is nothing. An entry that was written before there was ``reads`` is
right as it is, and gets it with the version it has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from agentwarrant.content import Document
from agentwarrant.errors import ContentError
from agentwarrant.event import digest
from agentwarrant.rules.meaning import Meanings, body_of

NAME = "rules.lock.json"
_MEND = "agentwarrant rules check --update-lock"

Lock = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Locked:
    """A document with an id, its hash, and that of what it reads and what filters it."""

    identity: str
    hash: str
    reads: str
    document: Document


def with_ids(
    documents: Sequence[Document], among: Sequence[Document] | None = None
) -> list[Locked]:
    """Return what of some documents belongs in a lock file.

    Args:
        documents: The documents.
        among: All of the rule set, when these are only some.
    """
    found = []
    meanings = Meanings(documents if among is None else among)
    for document in documents:
        if isinstance(document.data, dict) and document.data.get("id"):
            own = {key: value for key, value in document.data.items() if key != "tests"}
            reads = meanings.rests_on(document)
            found.append(Locked(str(own["id"]), digest(body_of(own)), reads, document))
    return found


def parse(text: bytes, path: str) -> tuple[Lock, list[ContentError]]:
    """Return what a lock file says, and what is wrong with it."""
    try:
        lock = orjson.loads(text)
    except ValueError as error:
        return {}, [ContentError(f"not JSON: {error}", path=path, mend=_MEND)]
    entries = lock.values() if isinstance(lock, dict) else [None]
    if not all(isinstance(entry, dict) and {"hash", "version"} <= set(entry) for entry in entries):
        return {}, [ContentError("no lock file: id, hash and version belong in it", path=path)]
    return lock, []


def faults(lock: Lock, rules: Sequence[Locked], path: str, whole: bool) -> Iterator[ContentError]:
    """Yield what a lock file and the rules it locks disagree about.

    Args:
        lock: What the file says.
        rules: The rules.
        path: The file.
        whole: These are all the rules that it locks, not only some.
    """
    for rule in rules:
        entry = lock.get(rule.identity)
        place = ("id",)
        if entry is None:
            yield rule.document.fault(f"the id {rule.identity} is not in {NAME}", place, _MEND)
        elif entry.get("retired"):
            yield rule.document.fault(
                f"the id {rule.identity} was another rule's, and an id is never used again",
                place,
                "write a new one, from uuidgen for example",
            )
        elif _is_changed(entry, rule):
            which = "it" if entry["hash"] != rule.hash else "what it reads, or what filters it,"
            what = f"{which} is not version {entry['version']} of {NAME} any more"
            yield rule.document.fault(what, (), _MEND)
    present = {rule.identity for rule in rules}
    for identity, entry in lock.items():
        if whole and identity not in present and not entry.get("retired"):
            yield ContentError(f"the rule {identity} is gone", path=path, mend=_MEND)


def updated(lock: Lock, rules: Sequence[Locked], whole: bool) -> bytes:
    """Return the lock file of some rules: changed ones with a new version, gone ones retired.

    Args:
        lock: What the file says.
        rules: The rules.
        whole: These are all the rules that it locks; of others none is gone.
    """
    made: dict[str, dict[str, Any]] = {}
    for identity, entry in lock.items():
        made[identity] = {**entry, "retired": True} if whole else {**entry}
    for rule in rules:
        known = lock.get(rule.identity)
        version = 1 if known is None else int(known["version"]) + _is_changed(known, rule)
        made[rule.identity] = {"hash": rule.hash, "reads": rule.reads, "version": version}
    return orjson.dumps(made, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def _is_changed(known: Mapping[str, Any], rule: Locked) -> bool:
    return (known["hash"], known.get("reads", rule.reads)) != (rule.hash, rule.reads)
