"""Warrants in the KV store: rows made of files by who publishes them, and read again in Splunk.

A row holds one version of one warrant as JSON, with the places of its lines in its file, so that
evidence names the same lines everywhere. It was checked before it was made; a seal over it tells
whether it was changed since. Credentials whose ids are secret are known by their marks alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

import orjson

from agentwarrant.content import Document
from agentwarrant.schema import load
from agentwarrant.warrant.kinds import Kinds
from agentwarrant.warrant.load import DEFAULT_TENANT, warrant_of
from agentwarrant.warrant.registry import Registry

COLLECTION = "agentwarrant_warrants"
FIELDS = ("tenant", "agent", "version", "place", "document", "lines", "form", "seal")
Row = dict[str, str]
_SEALED = ("form", "place", "document", "lines")


class Tampered(Exception):
    """A row cannot be taken. Its text names it and the mend."""


class _Kind(NamedTuple):
    credential: bool
    fold: bool


def known_kinds() -> Kinds:
    """Return the kinds of accounts as the app was built with (``app_bin``)."""
    table = load("inside_kinds.json")
    credentials, folded = frozenset(table["credentials"]), frozenset(table["folded"])
    return Kinds({name: _Kind(name in credentials, name in folded) for name in table["names"]})  # type: ignore[misc]  # all that is read of a kind


def row_of(document: Document, kinds: Kinds, marked: Callable[[str], list[str]]) -> Row:
    """Return the row of one warrant without faults.

    Args:
        document: Of a file of warrants.
        kinds: Which accounts are credentials.
        marked: Returns what a credential's id is known by in events: its mark, and itself where
            it is no secret.
    """
    data = dict(document.data)
    tenant, agent = data.get("tenant", DEFAULT_TENANT), data["agent"]["id"]
    identities: list[Any] = []
    lines: list[list[str | int]] = [[document.line(())]]
    for index, one in enumerate(data["identities"]):
        ids = marked(one["id"]) if one["kind"] in kinds.credentials else [one["id"]]
        identities += [{**one, "id": each} for each in ids]
        lines += [["identities", len(lines) - 1, document.line(("identities", index))] for _ in ids]
    data["identities"] = identities
    key = hashlib.sha256("\0".join((tenant, agent, str(data["version"]))).encode()).hexdigest()
    row = {
        "_key": key[:32],
        "tenant": tenant,
        "agent": agent,
        "version": str(data["version"]),
        "place": document.path,
        "document": orjson.dumps(data).decode(),
        "lines": orjson.dumps(lines).decode(),
        "form": _form(),
    }
    return {**row, "seal": _seal(row)}


def registry_of(rows: Iterable[Mapping[str, Any]], kinds: Kinds) -> Registry:
    """Return the warrants of the rows.

    Raises:
        Tampered: One was changed in Splunk, or was made by another version.
    """
    listed = sorted(rows, key=lambda row: (str(row.get("place")), str(row.get("lines"))))
    return Registry([warrant_of(_document(row), kinds) for row in listed], kinds.folded)


def _document(row: Mapping[str, Any]) -> Document:
    name = (
        f"the warrant of {str(row.get('agent'))[:60]!r} in version {str(row.get('version'))[:20]}"
    )
    if row.get("form") != _form():
        raise Tampered(f"{name} was published by another version: publish it with that of this app")
    if row.get("seal") != _seal(row):
        raise Tampered(f"{name} was changed in Splunk: publish it again")
    places = orjson.loads(row["lines"])
    lines = {tuple(place): line for *place, line in places}
    return Document(str(row["place"]), orjson.loads(row["document"]), lines)


def _seal(row: Mapping[str, Any]) -> str:
    text = "\0".join(str(row.get(name)) for name in _SEALED)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def _form() -> str:
    """Return what tells one form of warrants from another."""
    return hashlib.sha256(orjson.dumps(load("warrant.schema.json"))).hexdigest()[:16]
