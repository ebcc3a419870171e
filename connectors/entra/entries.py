"""The forms an entry comes in: bare from Microsoft Graph, or in Azure Monitor's envelope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from agentwarrant.inputs import Record
from agentwarrant.records import mapping, objects

from .common import text

_BATCHES = ("value", "records")
"""Where a page of Graph and a message of an event hub have their entries."""

_LOOKED_AT = 8
_SIGN_IN = "SignInLogs"
_AUDIT = "AuditLogs"


class Entry(NamedTuple):
    """One entry of a log.

    Attributes:
        kind: ``signin``, ``audit``, or empty when it is neither.
        body: The entry as Graph has it.
        outer: The envelope around it; empty when there is none.
    """

    kind: str
    body: Mapping[str, Any]
    outer: Mapping[str, Any]


def entry_of(record: Record) -> Entry:
    """Take an entry out of its envelope, if it is in one."""
    category, body = text(record.get("category")), mapping(record.get("properties"))
    if body and category.endswith(_SIGN_IN):
        return Entry("signin", body, record)
    ours = "/microsoft.aadiam" in text(record.get("resourceId")).lower()
    if body and category == _AUDIT and (ours or _kind(body) == "audit"):
        return Entry("audit", body, record)
    return Entry(_kind(record), record, {})


def singles(record: Record) -> Iterator[Record]:
    """Yield the entries of a record: itself, or those of the page or message that it is."""
    for name in _BATCHES:
        held = objects(record.get(name))
        if held and not entry_of(record).kind:
            yield from held
            return
    yield record


def likeness(record: Record) -> int:
    """Return how much a record looks like an entry or a page of entries: 0 to 92."""
    return max((_likeness(single) for single in islice(singles(record), _LOOKED_AT)), default=0)


def _likeness(record: Record) -> int:
    entry = entry_of(record)
    if entry.kind and entry.outer:
        return 92 if entry.outer.keys() >= {"time"} else 0
    return 90 if entry.kind else 0


def _kind(body: Mapping[str, Any]) -> str:
    named = text(body.get("activityDisplayName"))
    if named and ("initiatedBy" in body or "targetResources" in body):
        return "audit"
    dated = text(body.get("createdDateTime"))
    who = {"servicePrincipalId", "userPrincipalName", "userId"} & body.keys()
    return "signin" if dated and who and {"status", "resourceId", "ipAddress"} & body.keys() else ""
