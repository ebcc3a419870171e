"""Reads warrants from YAML; every fault of every file at once, with file and line."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agentwarrant import content
from agentwarrant.content import Document
from agentwarrant.errors import ContentError, ContentErrors, PathNotFound
from agentwarrant.faults import closest
from agentwarrant.schema import validate_document
from agentwarrant.warrant.globs import Globs
from agentwarrant.warrant.hosts import BadHost, Hosts
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
    moment_ms,
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
    return Registry(warrants, kinds.folded)


def read_warrants(
    paths: Sequence[Path], kinds: Kinds = ANY, mark: Mark = str
) -> tuple[list[Warrant], list[ContentError]]:
    """Return the warrants that are right, and every fault; see ``load_warrants``."""
    warrants: list[Warrant] = []
    faults: list[ContentError] = []
    for path in _files(paths):
        documents, wrong = content.load_file(path)
        faults += wrong
        if not documents and not wrong:
            faults.append(ContentError("no warrant is in it", path=str(path)))
        for document in documents:
            wrong = validate_document("warrant", document)
            wrong = wrong or list(_faults(document, kinds.names))
            faults += wrong
            if not wrong:
                warrants.append(_Reader(document, kinds, mark).warrant())
    faults += _against_each_other(warrants)
    return warrants, faults


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise PathNotFound("there is no such file or folder", where=str(path))
        inside = sorted(p for s in ("*.yml", "*.yaml") for p in path.rglob(s))
        found += inside if path.is_dir() else [path]
    return list(dict.fromkeys(found))


def _faults(document: Document, kinds: Collection[str]) -> Iterable[ContentError]:
    """Yield what a schema cannot say."""
    data = document.data
    scope = data["scope"]
    for place, one in enumerate(data["identities"]):
        if kinds and one["kind"] not in kinds:
            mend = closest(one["kind"], sorted(kinds))
            yield document.fault(
                f"no source names {one['kind']}", ("identities", place, "kind"), mend
            )
    for which in ("allow", "deny"):
        entries = scope.get("hosts", {}).get(which, ())
        yield from _bad_hosts(document, entries, ("scope", "hosts", which))
    for place, duty in enumerate(data.get("standing", ())):
        yield from _bad_hosts(document, duty.get("hosts", ()), ("standing", place, "hosts"))
    zone = scope.get("hours", {}).get("zone")
    if zone is not None:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            mend = "write an IANA name: Europe/Berlin"
            yield document.fault(f"{zone!r} is no time zone", ("scope", "hours", "zone"), mend)
    hours = scope.get("hours", {})
    if "until" in hours and hours["until"] == hours.get("from", "") != "00:00":
        yield document.fault("it opens and closes at the same time", ("scope", "hours", "until"))
    yield from _unordered(document, data.get("valid", {}), ("valid",))
    for place, one in enumerate(data["identities"]):
        yield from _unordered(document, one, ("identities", place))
    yield from _bad_paths(document)
    for facet, keys in _ONCE.items():
        yield from _twice(document, facet, keys)


_ONCE = {"spending": ("currency", "per"), "rates": ("of", "per", "limit"), "peers": ("id",)}
"""By what the entries of a facet are known: the same twice would count twice, or contradict."""


def _unordered(
    document: Document, period: Mapping[str, Any], place: tuple[str | int, ...]
) -> Iterable[ContentError]:
    if "from" in period and "until" in period and _ms(period["from"]) >= _ms(period["until"]):
        yield document.fault("it ends before it begins", (*place, "until"))


def _twice(document: Document, facet: str, keys: Sequence[str]) -> Iterable[ContentError]:
    seen: set[tuple[str, ...]] = set()
    for place, one in enumerate(document.data["scope"].get(facet, ())):
        known = tuple(str(one[key]) for key in keys)
        if known in seen:
            what = f"{' '.join(known)} stands twice among {facet}"
            yield document.fault(what, ("scope", facet, place))
        seen.add(known)


_UNFIT = re.compile(r"[`\x00-\x1f]|\$(?!HOME\b|\{HOME\}|env:USERPROFILE\b)|%(?!USERPROFILE%)\w+%")


def _bad_paths(document: Document) -> Iterable[ContentError]:
    """Yield patterns that no path can fit, so that what they deny would not be denied."""
    scope, standing = document.data["scope"], document.data.get("standing", ())
    lists: list[tuple[tuple[str | int, ...], Sequence[str]]]
    lists = [(("scope", "paths", key), one) for key, one in scope.get("paths", {}).items()]
    lists += [(("standing", i, "paths"), one.get("paths", ())) for i, one in enumerate(standing)]
    for place, entries in lists:
        for index, entry in enumerate(entries):
            if _UNFIT.search(entry):
                mend = "write ~ for the home, and no other variable"
                yield document.fault(f"no path can fit {entry!r}", (*place, index), mend)


def _bad_hosts(
    document: Document, entries: Sequence[str], place: tuple[str | int, ...]
) -> Iterable[ContentError]:
    for index, entry in enumerate(entries):
        try:
            Hosts([entry])
        except BadHost as error:
            mend = "write example.com, *.example.com, example.com:8443 or 10.0.0.0/8"
            yield document.fault(str(error), (*place, index), mend)


def _ms(value: Any) -> int:
    return moment_ms(value if isinstance(value, str) else value.isoformat())


def _against_each_other(warrants: Sequence[Warrant]) -> Iterable[ContentError]:
    yield from _twice_claimed(warrants)
    versions: dict[tuple[str, str], list[Warrant]] = defaultdict(list)
    for one in warrants:
        versions[one.tenant, one.agent].append(one)
    for (_, agent), several in versions.items():
        several.sort(key=lambda one: (one.start, one.version))
        for one, other in pairwise(several):
            if one.version == other.version:
                yield _fault(other, f"{agent} has version {one.version} twice", one)
            elif one.start == other.start:
                yield _fault(other, f"two versions of {agent} begin at the same time", one)
            elif one.version > other.version:
                yield _fault(other, f"version {other.version} begins after {one.version}", one)


def _twice_claimed(warrants: Sequence[Warrant]) -> Iterable[ContentError]:
    ends = _ends(warrants)
    claims: dict[tuple[str, str], list[tuple[Account, Warrant]]] = defaultdict(list)
    for warrant in warrants:
        for account in warrant.accounts:
            claims[warrant.tenant, account.ref].append((account, warrant))
    for (_, ref), several in claims.items():
        for index, (account, warrant) in enumerate(several):
            for other, rival in several[:index]:
                overlap = account.start < other.end and other.start < account.end
                overlap = overlap and warrant.start < ends[id(rival)]
                overlap = overlap and rival.start < ends[id(warrant)]
                if rival.agent != warrant.agent and overlap:
                    path, _, line = account.where.rpartition(":")
                    what = f"{ref} is claimed by {rival.agent} too ({other.where})"
                    mend = (
                        "an account belongs to one agent: give each its own, or say from and until"
                    )
                    yield ContentError(what, path=path, line=int(line), mend=mend)


def _ends(warrants: Sequence[Warrant]) -> dict[int, int]:
    """Return when each version ceases: it ends, is revoked, or the next version begins."""
    starts: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in warrants:
        starts[one.tenant, one.agent].append(one.start)
    later = {id(w): [s for s in starts[w.tenant, w.agent] if s > w.start] for w in warrants}
    return {id(one): min([one.end, one.revoked, *later[id(one)]]) for one in warrants}


def _fault(warrant: Warrant, what: str, other: Warrant) -> ContentError:
    path, _, line = warrant.where.rpartition(":")
    return ContentError(f"{what} ({other.where})", path=path, line=int(line))


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
            start=_ms(valid["from"]) if "from" in valid else 0,
            end=_ms(valid["until"]) if "until" in valid else FOREVER,
            revoked=_ms(data["revoked"]) if "revoked" in data else FOREVER,
            accounts=tuple(self._accounts()),
            principals=self._principals(),
            scope=self._scope(data["scope"]),
            standing=tuple(map(_duty, data.get("standing", ()))),
            playbooks=tuple(response.get("playbooks", ())),
            protected=response.get("protected", False),
            mode=response.get("mode", "observe"),
            approvers=tuple(response.get("approvers", ())),
            where=self._where(()),
        )

    def _where(self, place: tuple[str | int, ...]) -> str:
        return f"{self._document.path}:{self._document.line(place)}"

    def _accounts(self) -> Iterable[Account]:
        for index, one in enumerate(self._data["identities"]):
            start = _ms(one["from"]) if "from" in one else 0
            end = _ms(one["until"]) if "until" in one else FOREVER
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
