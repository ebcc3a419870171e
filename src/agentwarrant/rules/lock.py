"""The lock file of a rule set: an id is one rule for ever, and every change of it has a number.

``rules.lock.json`` stands at the top of the folder::

    {"<rule id>": {"hash": "…", "version": 3}, "<id of a rule that is gone>": {…, "retired": true}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from agentwarrant.content import Document
from agentwarrant.errors import ContentError
from agentwarrant.event import digest

NAME = "rules.lock.json"
_MEND = "agentwarrant rules check --update-lock"

Lock = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Locked:
    """A document with an id, and its hash."""

    identity: str
    hash: str
    document: Document


def with_ids(documents: Sequence[Document]) -> list[Locked]:
    """Return what of some documents belongs in a lock file."""
    found = []
    for document in documents:
        if isinstance(document.data, dict) and document.data.get("id"):
            own = {key: value for key, value in document.data.items() if key != "tests"}
            body = orjson.dumps(
                own, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=str
            )
            found.append(Locked(str(document.data["id"]), digest(body), document))
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
        elif entry["hash"] != rule.hash:
            what = f"it is not version {entry['version']} of {NAME} any more"
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
        changed = known is not None and known["hash"] != rule.hash
        version = (int(known["version"]) if known else 1) + changed
        made[rule.identity] = {"hash": rule.hash, "version": version}
    return orjson.dumps(made, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
