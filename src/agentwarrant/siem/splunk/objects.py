"""The objects of a Splunk that an install makes or changes, each by its endpoint of splunkd.

Endpoints are those of the REST API Reference Manual: ``data/indexes`` (Introspection),
``data/inputs/http`` (Input; tokens stand in the app ``splunk_httpinput``), ``configs/conf-{file}``
(Configuration), ``saved/searches`` (Search), ``storage/collections`` (KV store). What is written in
the namespace of our app stands in its ``local/`` and survives an upgrade.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Any

from agentwarrant.errors import TargetRefused
from agentwarrant.siem.splunk.splunkd import Entry, Splunkd, part

INDEX, TOKEN, MACRO, SEARCH, COLLECTION = "index", "token", "macro", "search", "collection"
Fields = Mapping[str, str]
"""What we say of an object, as text."""
BATCH = 500
"""Documents in one ``batch_save``; limits.conf allows 1,000 (``max_documents_per_batch_save``)."""
_ABSENT = frozenset({404})
_HTTP = "http://"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object.

    Attributes:
        path: Its endpoint.
        fields: What we say of it; what else it has is somebody else's.
        prefix: What its names begin with in answers and paths, and not in the name it is made by.
    """

    path: str
    fields: tuple[str, ...]
    prefix: str = ""


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        INDEX: Kind("data/indexes", ("frozenTimePeriodInSecs",)),
        TOKEN: Kind(
            "/servicesNS/nobody/splunk_httpinput/data/inputs/http",
            ("index", "indexes", "disabled", "useACK"),
            _HTTP,
        ),
        MACRO: Kind("configs/conf-macros", ("definition",)),
        SEARCH: Kind("saved/searches", ("disabled",)),
    }
)


@dataclass(frozen=True, slots=True)
class Found:
    """One object that stands there.

    Attributes:
        fields: What we may say of it.
        is_brought: An app brings it, and nobody wrote over that: it cannot be removed.
    """

    fields: Fields
    is_brought: bool


def objects(splunkd: Splunkd, kind: str) -> dict[str, Found]:
    """Return what stands there of a kind, by name.

    Raises:
        TargetError: As ``Splunkd.entries`` says.
    """
    told = KINDS[kind]
    found = splunkd.entries(told.path, allow=_ABSENT) or {}  # of an app that is gone: 404
    return {
        name.removeprefix(told.prefix): Found(
            {field: _text(entry.get(field)) for field in told.fields},
            _text(entry["eai:acl"].get("removable", "1")) == "0",
        )
        for name, entry in found.items()
    }


def make(splunkd: Splunkd, kind: str, name: str, fields: Fields) -> None:
    """Make an object; one that is there already (409) is told what it should be."""
    told = KINDS[kind]
    said = splunkd.ask("POST", told.path, {"name": name, **fields}, allow=frozenset({409}))
    if said is None:
        change(splunkd, kind, name, fields)


def change(splunkd: Splunkd, kind: str, name: str, fields: Fields) -> None:
    """Say of an object what it should be; may be repeated."""
    splunkd.ask("POST", _path(kind, name), fields, again=True)


def remove(splunkd: Splunkd, kind: str, name: str) -> None:
    """Remove an object; of one that the app brings, what ``local/`` says of it."""
    splunkd.ask("DELETE", _path(kind, name), allow=_ABSENT, again=True)


def _path(kind: str, name: str) -> str:
    return f"{KINDS[kind].path}/{part(KINDS[kind].prefix + name)}"


def _text(value: Any) -> str:
    """Return a value as a conf file has it: splunkd says switches and lists in several ways."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, list):
        return ",".join(sorted(str(one) for one in value))
    text = "" if value is None else str(value)
    return {"true": "1", "false": "0"}.get(text.lower(), text)


class Collection:
    """A collection of the KV store, in the app.

    Args:
        splunkd: Where it is.
        name: Its name.
    """

    def __init__(self, splunkd: Splunkd, name: str) -> None:
        self._splunkd = splunkd
        self.name = name
        self._data = f"storage/collections/data/{part(name)}"

    def is_there(self) -> bool:
        """Does the app or an install define it?"""
        path = f"storage/collections/config/{part(self.name)}"
        return self._splunkd.entries(path, allow=_ABSENT) is not None

    def make(self) -> None:
        """Define it where nobody has."""
        query = {"name": self.name}
        self._splunkd.ask("POST", "storage/collections/config", query, allow=frozenset({409}))

    def drop(self) -> None:
        """Remove it with what is in it, where an install defined it."""
        self.empty()
        path = f"storage/collections/config/{part(self.name)}"
        self._splunkd.ask("DELETE", path, allow=frozenset({403, 404}), again=True)

    def documents(self) -> Iterator[Entry]:
        """Yield all documents; none where there is no such collection."""
        skip = 0
        while True:
            query = {"limit": BATCH, "skip": skip, "sort": "_key"}
            page = self._splunkd.ask("GET", self._data, query, allow=_ABSENT) or []
            yield from page
            if len(page) < BATCH:
                return
            skip += len(page)

    def save(self, documents: Iterable[Entry]) -> None:
        """Store documents, each over the one of its ``_key``.

        Raises:
            TargetRefused: One was refused, or not all were stored.
        """
        pending = iter(documents)
        while batch := list(islice(pending, BATCH)):
            kept = self._splunkd.ask("POST", f"{self._data}/batch_save", body=batch, again=True)
            if not isinstance(kept, list) or len(kept) != len(batch):
                what = f"not all documents were stored in {self.name}"
                raise TargetRefused(what, where=self._splunkd.target.name, mend="do it again")

    def forget(self, key: str) -> None:
        """Remove one document."""
        self._splunkd.ask("DELETE", f"{self._data}/{part(key)}", allow=_ABSENT, again=True)

    def empty(self) -> None:
        """Remove all documents."""
        self._splunkd.ask("DELETE", self._data, allow=_ABSENT, again=True)
