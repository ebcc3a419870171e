"""What of a case may be told to others, by the policy of its tenant.

Only what belongs to whoever attacked leaves: hosts, links, wallets, packages, peers that an
influenced act reached, and what a threat list names. Of the tenant nothing leaves but what the
policy lets: not its name, not its agents' names, no text that anybody wrote. An attacker's host or
link may carry what was stolen, so of a link no query leaves, and no host with a long label.

What an indicator names that others gave under a stricter marking does not leave either, whoever
else saw it: whether it may, only the others can say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from agentwarrant.collect import DEFAULT_TENANT
from agentwarrant.event import Event, digest, text_of
from agentwarrant.finding import Case
from agentwarrant.intel.marking import LIST
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


_LONGEST_LABEL = 30
"""Characters between two dots of a host: longer ones are no names but data."""
_INNER = frozenset({"local", "localhost", "internal", "intranet", "lan", "corp", "home", "private"})
"""Last labels of names that mean something in one network alone."""
_OUTSIDE = ("internet", "agent_network")
CASE, INFRASTRUCTURE = "case", "infrastructure"
Restricted = Callable[[str], bool]
"""Says of the id of an indicator of others whether what it names must stay here."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """What one tenant lets others know.

    Attributes:
        tlp: Marking of all that leaves: ``clear``, ``green``, ``amber``, ``amber+strict``.
        tell: ``infrastructure``: what attacked, and what it looks like; ``case``: the agent,
            sightings and the answer, too.
        author: Who signs it; empty: nobody is named.
        victim: As what the tenant is named as the one it happened to; empty: it is not.
        names: Agents are called by their names; else by a mark that says nothing.
        links: Links are told, up to what follows a question mark; else hosts alone.
        own: Domains of the tenant's own, and those it trusts: never told, and nothing else with
            such a text in it.
    """

    tlp: str = AMBER
    tell: str = INFRASTRUCTURE
    author: str = ""
    victim: str = ""
    names: bool = False
    links: bool = False
    own: tuple[str, ...] = ()


def everything(_: str) -> bool:
    """Say of every indicator of others that what it names stays here: where nothing is known."""
    return True


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


def seen_in(case: Case, sharing: Sharing, restricted: Restricted = everything) -> list[Seen]:
    """Return what of a case may be told, in an order that does not change."""
    found: dict[tuple[str, str], Seen] = {}
    events = {text_of(e, "event.id"): e for f in case.findings for e in f.evidence}
    withheld = frozenset(_withheld(events.values(), restricted))
    own = _own(case, sharing)
    for event in sorted(events.values(), key=lambda e: text_of(e, "@timestamp")):
        for kind, name, value in _foreign(event, sharing):
            if _host(value) in withheld or value in withheld or _is_own(kind, value, own):
                continue
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


def _withheld(events: Iterable[Event], restricted: Restricted) -> Iterator[str]:
    """Yield everything that events name of which an indicator says that it must stay here."""
    for event in events:
        ids = [identity for name, identity in _listed(event) if name == LIST]
        if any(map(restricted, ids)):
            for one in objects_of(event):
                name = _OUTGOING.get(one["type"])
                if name and one.get(name):
                    yield str(one[name])
                    yield _host(str(one[name]))


def _foreign(event: Event, sharing: Sharing) -> Iterator[tuple[str, str, str]]:
    """Yield type, property and value of what of an event is an attacker's."""
    led = text_of(event, "warrant.intent.verdict") == "influenced"
    listed = _listed(event)
    if not led and not listed:
        return
    where = text_of(event, "warrant.network.kind")
    if where in ("private", "loopback"):
        return
    remote = {name: event[name] for name in _FIELDS if event.get(name)}
    if text_of(event, "warrant.peer.trust") == "trusted" or where not in _OUTSIDE:
        remote.pop("warrant.peer.id", None)  # a colleague of the agent's
        remote.pop("warrant.peer.card_hash", None)
    for one in objects_of(remote):
        name = _OUTGOING.get(one["type"])
        value = str(one.get(name, "")) if name else ""
        if one["type"] == "url":
            value = _bare(value) if sharing.links else ""
        if name and value and (led or _names(listed, one["type"], value)):
            yield one["type"], name, value


def _listed(event: Event) -> list[tuple[str, str]]:
    """Return what of an event is on a threat list, with the list."""
    matched = event.get("warrant.threat.matched")
    texts = [str(one) for one in matched] if isinstance(matched, list) else []
    return [(name, value) for name, _, value in (one.partition(":") for one in texts)]


def _names(listed: Iterable[tuple[str, str]], kind: str, value: str) -> bool:
    """Is it this that is on a list, and not something else of the same event?

    What an indicator of others describes they know already.
    """
    if kind == "software":
        return any(name in ("packages", "publishers") for name, _ in listed)
    host = _host(value)
    hosts = [known for name, known in listed if name == "hosts"]
    return any(host == known or host.endswith(f".{known}") for known in hosts)


def _bare(link: str) -> str:
    """Return a link without what may be told in it: user, query, fragment."""
    try:
        parts = urlsplit(link)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return ""
    return f"{parts.scheme}://{host}{parts.path}" if host and parts.scheme else ""


def _host(value: str) -> str:
    """Return the host of a link; of anything else the text itself."""
    host = value.partition("://")[2].partition("/")[0] if "://" in value else value
    if host.startswith("["):
        return host.partition("]")[0].lstrip("[").lower()
    return host.partition(":")[0].lower() if host.count(":") == 1 else host.lower()


def _own(case: Case, sharing: Sharing) -> tuple[str, ...]:
    """Return the texts that nothing that is told may have in it."""
    named = () if sharing.names else (case.agent,)
    tenant = () if sharing.victim else (case.tenant,)
    ours = (*named, *(one for one in tenant if one != DEFAULT_TENANT))
    return tuple(one.lower() for one in (*sharing.own, *ours) if len(one) > 2)


def _is_own(kind: str, value: str, own: tuple[str, ...]) -> bool:
    at_host = kind in ("domain-name", "url") or kind.startswith("ipv")
    if at_host and not _is_outside(_host(value)):
        return True
    return any(one in value.lower() for one in own)


def _is_outside(host: str) -> bool:
    """Is a host one that everybody can reach, and its name a name?"""
    try:
        return ip_address(host).is_global
    except ValueError:
        labels = host.split(".")
    within = len(labels) < 2 or labels[-1] in _INNER
    return not within and max(map(len, labels)) <= _LONGEST_LABEL


def agent_name(case: Case, sharing: Sharing) -> str:
    """Return what an agent is called to others."""
    if sharing.names:
        return case.agent
    return f"agent {digest('agent', case.id)[:12]}"  # of its name alone anybody could try names
