"""What may be wrong with the ``respond:`` part of a configuration beyond its schema.

No fault quotes a value that may be a secret written into the wrong place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from agentwarrant.content import Document
from agentwarrant.errors import ContentError
from agentwarrant.faults import Place, closest
from agentwarrant.respond.action import Reversibility
from agentwarrant.respond.settings import Mode, Policy, policy_of
from agentwarrant.respond.vendor import Vendor, vendors
from agentwarrant.secretrefs import MEND, is_reference
from agentwarrant.warrant.model import moment_ms

_HERE: Place = ("respond",)
_SCHEMES = ("https", "http", "wss", "ws")


def parts_of(document: Document) -> Iterator[Iterable[ContentError]]:
    """Yield what looks for faults of ``respond:`` that a schema cannot say.

    See ``schema.checked``.
    """
    own: Mapping[str, Any] = document.data.get("respond") or {}
    yield _of_secrets(document, own)
    for name, one in (own.get("targets") or {}).items():
        place = (*_HERE, "targets", str(name))
        yield _of_vendor(document, place, one)
        yield _of_target(document, place, one)
    yield _of_approvers(document, own.get("approvers") or {})
    yield _of_policies(document, own)


def _of_secrets(document: Document, own: Mapping[str, Any]) -> Iterator[ContentError]:
    for key in ("ledger", "audit_key"):
        if key in own and not is_reference(own[key]):
            yield document.fault(f"{key} is no reference to a secret", (*_HERE, key), MEND)


def _of_vendor(document: Document, place: Place, data: Mapping[str, Any]) -> Iterator[ContentError]:
    vendor = vendors().get(data["vendor"])
    if vendor is None:
        mend = closest(data["vendor"], sorted(vendors()))
        what = f"no vendor is called {data['vendor']!r}"
        yield document.fault(what, (*place, "vendor"), mend)
        return
    for what, mend in _connection_faults(vendor, data):
        yield document.fault(what, place, mend)


def _of_target(document: Document, place: Place, data: Mapping[str, Any]) -> Iterator[ContentError]:
    for key, value in (data.get("secrets") or {}).items():
        if not is_reference(value):
            what = f"{key} is no reference to a secret"
            yield document.fault(what, (*place, "secrets", key), MEND)
    for key in ("url", "proxy"):
        if data.get(key) and not (key == "proxy" and is_reference(data[key])):
            for what, mend in _address_faults(data[key]):
                yield document.fault(what, (*place, key), mend)


def _connection_faults(vendor: Vendor, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if vendor.needs_url and not data.get("url"):
        yield f"{vendor.name} has an address of its own", "write its url"
    for key, known in (("secrets", vendor.secrets), ("options", vendor.options)):
        for name in data.get(key) or {}:
            if name not in known:
                what = f"{vendor.name} has no {key[:-1]} called {name!r}"
                yield what, closest(name, sorted(known)) if known else "remove it"


def _address_faults(url: str) -> Iterator[tuple[str, str]]:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in _SCHEMES or not host:
        yield "it is no address", "write https://HOST:PORT"
    elif parts.username is not None:  # not quoted: a password may stand there
        yield "a name or a password stands in the address", "by reference, under secrets:"


def _of_approvers(document: Document, approvers: Mapping[str, Any]) -> Iterator[ContentError]:
    holders: dict[str, str] = {}
    for name, one in approvers.items():
        place = (*_HERE, "approvers", str(name))
        for word in (one["key"], *(ref.casefold() for ref in one["accounts"])):
            other = holders.setdefault(word, str(name))
            if other != name:
                what = f"{name} and {other} have a key or an account in common"
                yield document.fault(what, place, "two names for one person are one vote")
                break


def _of_policies(document: Document, own: Mapping[str, Any]) -> Iterator[ContentError]:
    usual = policy_of(own, Policy())
    yield from _of_policy(document, _HERE, own, usual, "")
    for name, one in (own.get("tenants") or {}).items():
        place = (*_HERE, "tenants", str(name))
        yield from _of_policy(document, place, one or {}, policy_of(one or {}, usual), str(name))


def _of_policy(
    document: Document, place: Place, data: Mapping[str, Any], policy: Policy, tenant: str
) -> Iterator[ContentError]:
    for number, window in enumerate(data.get("windows", ())):
        if moment_ms(str(window["from"])) >= moment_ms(str(window["to"])):
            what = "the window ends before it begins"
            yield document.fault(what, (*place, "windows", number), "from before to")
    limits = policy.limits
    if limits.agents > limits.daily:
        what = f"{limits.agents} agents may be at once, and {limits.daily} a day"
        yield document.fault(what, (*place, "limits"), "daily is at least agents")
    people = _people(document.data["respond"], tenant)
    waits = [kind for kind in Reversibility if policy.mode_of(kind) is Mode.APPROVE]
    short = [kind for kind in waits if policy.needed(kind) > people]
    if short and people:
        kind = short[-1]
        what = f"{policy.needed(kind)} must say yes to {kind} actions, and {people} may"
        yield document.fault(what, place, "more approvers, or approvals: that fewer are asked for")
    elif short:
        what, mend = "mode approve, and nobody may say yes", "write approvers:"
        yield document.fault(what, place, mend)


def _people(own: Mapping[str, Any], tenant: str) -> int:
    """Count who may say yes for a tenant; for the usual policy: for any."""
    listed = (own.get("approvers") or {}).values()
    for_it = [
        one for one in listed if not tenant or tenant in map(str, one.get("tenants", (tenant,)))
    ]
    return len(for_it)
