"""What of a case may be told to others, by the policy of its tenant.

Only what belongs to whoever attacked leaves: hosts, links, wallets, packages, peers that an
influenced act, or one that a threat list knew, reached. Of the tenant nothing leaves but what the
policy lets: not its name, not its agents' names, no text that anybody wrote.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address

from agentwarrant.event import Event, digest, text_of
from agentwarrant.finding import Case
from agentwarrant.intel.markings import AMBER
from agentwarrant.intel.observe import AGENT, CARD, WALLET, objects_of

_OUTGOING = {
    "domain-name": "value",
    "ipv4-addr": "value",
    "ipv6-addr": "value",
    "url": "value",
    "software": "name",
    WALLET: "value",
    CARD: "hash",
    AGENT: "name",
}
"""What of an event may tell of an attacker, and in which property."""
_REMOTE = ("destination.address", "destination.ip", "destination.domain", "url.domain", "url.full")
_FIELDS = (
    *_REMOTE,
    "package.name",
    "warrant.payment.beneficiary",
    "warrant.peer.card_hash",
    "warrant.peer.id",
)


@dataclass(frozen=True, slots=True)
class Sharing:
    """What one tenant lets others know.

    Attributes:
        tlp: Marking of all that leaves: ``clear``, ``green``, ``amber``, ``amber+strict``.
        author: Who signs it; empty: nobody is named.
        names: Agents are called by their names; else by a mark that says nothing.
        own: Domains of the tenant's own, and those it trusts: never told.
    """

    tlp: str = AMBER
    author: str = ""
    names: bool = False
    own: tuple[str, ...] = ()


@dataclass(slots=True)
class Seen:
    """One thing of an attacker's, and when it was seen.

    Attributes:
        type: Of the STIX object.
        name: The property that says which.
        value: Its value.
        times: How often.
        first, last: Times of the events.
        roles: What the acts on it were: classes of tools, kinds of networks.
    """

    type: str
    name: str
    value: str
    times: int = 0
    first: str = ""
    last: str = ""
    roles: set[str] = field(default_factory=set)


def seen_in(case: Case, sharing: Sharing) -> list[Seen]:
    """Return what of a case may be told, in an order that does not change."""
    found: dict[tuple[str, str], Seen] = {}
    events = {text_of(e, "event.id"): e for f in case.findings for e in f.evidence}
    for event in sorted(events.values(), key=lambda e: text_of(e, "@timestamp")):
        for kind, name, value in _foreign(event, sharing):
            one = found.setdefault((kind, value), Seen(kind, name, value))
            when = text_of(event, "@timestamp")
            one.times += 1
            one.first, one.last = one.first or when, when
            one.roles |= {
                text_of(event, field_)
                for field_ in ("warrant.tool.class", "warrant.network.kind")
                if event.get(field_)
            }
    return sorted(found.values(), key=lambda one: (one.type, one.value))


def _foreign(event: Event, sharing: Sharing) -> Iterator[tuple[str, str, str]]:
    """Yield type, property and value of what of an event is an attacker's."""
    led = text_of(event, "warrant.intent.verdict") == "influenced"
    if not led and not event.get("warrant.threat.matched"):
        return
    if text_of(event, "warrant.network.kind") in ("private", "loopback"):
        return
    remote = {name: event[name] for name in _FIELDS if event.get(name)}
    for one in objects_of(remote):
        name = _OUTGOING.get(one["type"])
        value = str(one.get(name, "")) if name else ""
        if name and value and not _is_own(one["type"], value, sharing):
            yield one["type"], name, value


def _is_own(kind: str, value: str, sharing: Sharing) -> bool:
    if kind.startswith("ipv"):
        return not ip_address(value).is_global
    host = value.split("://", 1)[-1].split("/", 1)[0].partition(":")[0].lower()
    if kind == "domain-name" and ("." not in host or host.endswith((".local", ".internal"))):
        return True
    return any(host == own or host.endswith(f".{own}") for own in sharing.own)


def agent_name(case: Case, sharing: Sharing) -> str:
    """Return what an agent is called to others."""
    return case.agent if sharing.names else f"agent {digest('agent', case.tenant, case.agent)[:12]}"
