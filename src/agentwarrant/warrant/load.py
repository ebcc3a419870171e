"""Reads warrants from YAML; every fault of every file at once, with file and line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from agentwarrant import content
from agentwarrant.content import Document
from agentwarrant.errors import ContentError, ContentErrors, PathNotFound
from agentwarrant.schema import checked
from agentwarrant.warrant.checks import against_each_other, ms_of, parts_of
from agentwarrant.warrant.globs import Globs
from agentwarrant.warrant.hosts import Hosts
from agentwarrant.warrant.kinds import Kinds
from agentwarrant.warrant.limits import PERIODS_MS
from agentwarrant.warrant.model import (
    FOREVER,
    Account,
    Allowance,
    Duty,
    Hours,
    Peer,
    Principal,
    Rate,
    Scope,
    Spending,
    Warrant,
)
from agentwarrant.warrant.places import Places
from agentwarrant.warrant.registry import Registry, folded_ref

Mark = Callable[[str], str]
ANY = Kinds({})
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DEFAULT_TENANT = "default"


def load_warrants(paths: Sequence[Path], kinds: Kinds = ANY, mark: Mark = str) -> Registry:
    """Return the warrants under some paths (``.yml`` and ``.yaml``).

    Args:
        paths: Files and folders.
        kinds: The kinds of identities that may be named.
        mark: Hashes the id of a credential as sources do, so that it is found in events although
            it stands in none of them (``Redactor.mark``).

    Raises:
        ContentErrors: Every fault of every file.
        PathNotFound: A path does not exist.
    """
    warrants, faults = read_warrants(paths, kinds, mark)
    if faults:
        raise ContentErrors(faults)
    return Registry(warrants, kinds.folded, empty_of(paths))


def read_warrants(
    paths: Sequence[Path], kinds: Kinds = ANY, mark: Mark = str
) -> tuple[list[Warrant], list[ContentError]]:
    """Return the warrants that are right, and every fault; see ``load_warrants``."""
    warrants: list[Warrant] = []
    faults: list[ContentError] = []
    for path in files_of(paths):
        documents, wrong = content.load_file(path)
        faults += wrong
        if not documents and not wrong:
            faults.append(ContentError("no warrant is in it", path=str(path)))
        for document in documents:
            wrong = checked("warrant", document, lambda one: parts_of(one, kinds.names))
            faults += wrong
            if not wrong:
                warrants.append(warrant_of(document, kinds, mark))
    faults += against_each_other(warrants)
    return warrants, faults


def warrant_of(document: Document, kinds: Kinds = ANY, mark: Mark = str) -> Warrant:
    """Return the warrant of a document that has no faults; see ``load_warrants``."""
    return _Reader(document, kinds, mark).warrant()


def files_of(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise PathNotFound("there is no such file or folder", where=str(path))
        inside = sorted(p for s in ("*.yml", "*.yaml") for p in path.rglob(s))
        found += inside if path.is_dir() else [path]
    return list(dict.fromkeys(found))


def empty_of(paths: Sequence[Path]) -> list[Path]:
    """Return the folders in which no file could be a warrant, by its name."""
    return [path for path in paths if not files_of([path])]


class _Reader:
    """Makes a warrant of a document without faults."""

    def __init__(self, document: Document, kinds: Kinds, mark: Mark) -> None:
        self._document = document
        self._data: Mapping[str, Any] = document.data
        self._kinds = kinds
        self._mark = mark

    def warrant(self) -> Warrant:
        data, agent = self._data, self._data["agent"]
        valid, response = data.get("valid", {}), data.get("response", {})
        return Warrant(
            tenant=data.get("tenant", DEFAULT_TENANT),
            agent=agent["id"],
            name=agent["name"],
            kind=agent["kind"],
            owner=agent["owner"],
            purpose=agent["purpose"],
            version=data["version"],
            start=ms_of(valid["from"]) if "from" in valid else 0,
            end=ms_of(valid["until"]) if "until" in valid else FOREVER,
            revoked=ms_of(data["revoked"]) if "revoked" in data else FOREVER,
            accounts=tuple(self._accounts()),
            principals=self._principals(),
            scope=self._scope(data["scope"]),
            standing=tuple(map(_duty, data.get("standing", ()))),
            playbooks=tuple(response.get("playbooks", ())),
            protected=response.get("protected", False),
            mode=response.get("mode", ""),
            approvers=tuple(response.get("approvers", ())),
            where=self._where(()),
        )

    def _where(self, place: tuple[str | int, ...]) -> str:
        return f"{self._document.path}:{self._document.line(place)}"

    def _accounts(self) -> Iterable[Account]:
        for index, one in enumerate(self._data["identities"]):
            start = ms_of(one["from"]) if "from" in one else 0
            end = ms_of(one["until"]) if "until" in one else FOREVER
            where = self._where(("identities", index))
            ids = [one["id"]]
            if one["kind"] in self._kinds.credentials:
                ids.append(self._mark(one["id"]))
            for identity in dict.fromkeys(ids):
                ref = folded_ref(f"{one['kind']}:{identity}", self._kinds.folded)
                yield Account(ref, start, end, where)

    def _principals(self) -> tuple[Principal, ...] | None:
        if "principals" not in self._data:
            return None
        return tuple(
            Principal(
                one["kind"],
                one.get("id", ""),
                Globs(one["channels"]) if "channels" in one else None,
                one["authority"],
            )
            for one in self._data["principals"]
        )

    def _scope(self, data: Mapping[str, Any]) -> Scope:
        hosts, paths = data.get("hosts"), data.get("paths")
        delegation = data.get("delegation", {})
        return Scope(
            tools=_allowance(data.get("tools")),
            hosts=None if hosts is None else Hosts(hosts.get("allow"), hosts.get("deny", ())),
            paths=None
            if paths is None
            else Places(paths.get("allow"), paths.get("read_only"), paths.get("deny", ())),
            repositories=_allowance(data.get("repositories")),
            data=_allowance(data.get("data")),
            peers=tuple(Peer(one["id"], one.get("trusted", False)) for one in data["peers"])
            if "peers" in data
            else None,
            spending=tuple(
                Spending(one["currency"], one["per"], PERIODS_MS[one["per"]], one["limit"])
                for one in data.get("spending", ())
            ),
            hours=_hours(data.get("hours")),
            rates=tuple(
                Rate(
                    Globs([one["of"]]), one["of"], one["per"], PERIODS_MS[one["per"]], one["limit"]
                )
                for one in data.get("rates", ())
            ),
            depth=delegation.get("depth"),
            delegates=Globs(delegation["to"]) if "to" in delegation else None,
        )


def _allowance(data: Mapping[str, Any] | None) -> Allowance | None:
    if data is None:
        return None
    return Allowance(Globs(data["allow"]) if "allow" in data else None, Globs(data.get("deny", ())))


def _hours(data: Mapping[str, Any] | None) -> Hours | None:
    if data is None:
        return None
    days = frozenset(_DAYS.index(day) for day in data.get("days", _DAYS))
    start, end = _minutes(data.get("from", "00:00")), _minutes(data.get("until", "00:00"))
    return Hours(data["zone"], days, start, end or 24 * 60)


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _duty(data: Mapping[str, Any]) -> Duty:
    return Duty(
        data["name"],
        Globs(data["tools"]),
        Hosts(data["hosts"]) if "hosts" in data else None,
        Places(data["paths"]) if "paths" in data else None,
        frozenset(data.get("origins", ())),
    )
