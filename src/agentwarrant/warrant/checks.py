"""What may be wrong with warrants beyond their schema, one by one and among each other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agentwarrant.content import Document
from agentwarrant.errors import ContentError
from agentwarrant.faults import closest
from agentwarrant.warrant.hosts import BadHost, Hosts
from agentwarrant.warrant.model import OPEN, Account, Warrant, moment_ms


def parts_of(document: Document, kinds: Collection[str]) -> Iterator[Iterable[ContentError]]:
    """Yield what looks for faults of one warrant that a schema cannot say (``schema.checked``).

    Args:
        document: The warrant.
        kinds: Kinds of identities that may be named; none given: any.
    """
    data = document.data
    yield _left_open(document)
    yield _unknown_kinds(document, kinds)
    for which in ("allow", "deny"):
        yield _bad_scope_hosts(document, which)
    for place, duty in enumerate(data.get("standing", ())):
        yield _bad_hosts(document, duty.get("hosts", ()), ("standing", place, "hosts"))
    yield _bad_hours(document)
    yield _unordered(document, data.get("valid", {}), ("valid",))
    for place, one in enumerate(data.get("identities", ())):
        yield _unordered(document, one, ("identities", place))
    yield _bad_paths(document)
    for facet, keys in _ONCE.items():
        yield _twice(document, facet, keys)


def _left_open(document: Document) -> Iterable[ContentError]:
    for key in ("id", "name", "owner", "purpose"):
        if document.data["agent"].get(key, "").strip() == OPEN:
            mend = f"a person says the agent's {key}"
            yield document.fault(f"{key} is as the draft left it", ("agent", key), mend)


def _unknown_kinds(document: Document, kinds: Collection[str]) -> Iterable[ContentError]:
    for place, one in enumerate(document.data["identities"] if kinds else ()):
        kind = one.get("kind")
        if kind is not None and kind not in kinds:
            mend = closest(kind, sorted(kinds))
            yield document.fault(f"no source names {kind}", ("identities", place, "kind"), mend)


def _bad_scope_hosts(document: Document, which: str) -> Iterable[ContentError]:
    entries = document.data["scope"].get("hosts", {}).get(which, ())
    yield from _bad_hosts(document, entries, ("scope", "hosts", which))


def _bad_hours(document: Document) -> Iterable[ContentError]:
    hours = document.data["scope"].get("hours", {})
    zone = hours.get("zone")
    if zone is not None:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            mend = "write an IANA name: Europe/Berlin"
            yield document.fault(f"{zone!r} is no time zone", ("scope", "hours", "zone"), mend)
    if "until" in hours and hours["until"] == hours.get("from", "") != "00:00":
        yield document.fault("it opens and closes at the same time", ("scope", "hours", "until"))


_ONCE = {"spending": ("currency", "per"), "rates": ("of", "per", "limit"), "peers": ("id",)}
"""By what the entries of a facet are known: the same twice would count twice, or contradict."""


def _unordered(
    document: Document, period: Mapping[str, Any], place: tuple[str | int, ...]
) -> Iterable[ContentError]:
    if "from" in period and "until" in period and ms_of(period["from"]) >= ms_of(period["until"]):
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


def ms_of(value: Any) -> int:
    """Return milliseconds of a time as YAML read it: text, a date or a time."""
    return moment_ms(value if isinstance(value, str) else value.isoformat())


def against_each_other(warrants: Sequence[Warrant]) -> Iterable[ContentError]:
    """Yield what is wrong between warrants: an account of two agents, versions out of order."""
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
    told: set[tuple[str, str]] = set()
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
                pair = (account.where, other.where)
                if rival.agent != warrant.agent and overlap and pair not in told:
                    told.add(pair)  # a key is claimed by its id and by its hash
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
