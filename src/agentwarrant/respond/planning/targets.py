"""Case -> target: whom a response is about, and every account that the agent has.

All names come from logs that an agent could write, and so are hostile: what has control characters
in it, is too long, or has not the form of its kind is left out here, and an action holds the rest
against what its vendor lists before it uses any.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from agentwarrant.event import Event, epoch_ms, text_of
from agentwarrant.finding import Case
from agentwarrant.inventory import Entry
from agentwarrant.redact import Redactor
from agentwarrant.respond.action import Target
from agentwarrant.respond.wording import is_ref, is_word, plain
from agentwarrant.warrant.hosts import Target as Place
from agentwarrant.warrant.hosts import canonical
from agentwarrant.warrant.model import Warrant
from agentwarrant.warrant.registry import Registry, folded_ref

MOST = 100
"""Names of one kind; a case that has more of them is about something else than these."""

_HOSTS = ("host.name", "host.hostname", "host.id")
_PLACES = ("url.domain", "destination.domain", "destination.address", "destination.ip")
_NETWORK_KINDS = ("none", "private", "metadata")
_AUTHORS = ("warrant.principal.id", "warrant.principal.name", "user.id", "user.name", "user.email")
_REASONS = 5


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of agents beside the case.

    Attributes:
        registry: Warrants; the version in force when the case ended is what counts.
        inventory: What was seen of agents (``inventory.Inventory.entries``).
        redactor: Takes secrets out of what is shown; None: nothing of the events' text is shown.
        at_ms: The moment that counts, where there is no case; None: when the case ended.
    """

    registry: Registry | None = None
    inventory: Sequence[Entry] = ()
    redactor: Redactor | None = None
    at_ms: int | None = None

    def moment(self, case: Case) -> int:
        """Return the moment whose warrants count, in milliseconds."""
        if self.at_ms is not None:
            return self.at_ms
        return epoch_ms(case.end) if case.findings or case.timeline else 0

    def warrant(self, case: Case) -> Warrant | None:
        """Return the agent's warrant as it was when the case ended."""
        if self.registry is None:
            return None
        return self.registry.version(case.tenant, case.agent, self.moment(case))

    def entry(self, case: Case) -> Entry | None:
        """Return what the inventory has of the agent."""
        key = (case.tenant, case.agent)
        return next((e for e in self.inventory if (e.tenant, e.agent) == key), None)


def target_of(case: Case, known: Known | None = None) -> Target:
    """Return what a case is about.

    Accounts are those of the agent's warrant, of the inventory and those that fired, in this
    order. One that another agent's warrant declares is not the agent's, whatever an event says.
    """
    known = known or Known()
    own = [e for e in case.timeline if text_of(e, "gen_ai.agent.id") == case.agent]
    agent = _at_its_source(own, case)
    shown = [*own, *(e for f in case.findings for e in f.evidence if e not in own)]
    places = _places(shown, known.warrant(case))
    return Target(
        agent=agent,
        sessions=_distinct(text_of(e, "warrant.session.key") for e in own),
        channels=_distinct(text_of(e, "warrant.channel") for e in own),
        accounts=_accounts(case, own, agent, known),
        hosts=_distinct(text_of(e, name) for e in own for name in _HOSTS),
        domains=tuple(one for one in places if not _is_address(one)),
        addresses=tuple(one for one in places if _is_address(one)),
        urls=_distinct(_url(text_of(e, "url.full"), places) for e in shown),
        tools=_distinct(text_of(e, "gen_ai.tool.name") for e in _evidence(case)),
        servers=_distinct(text_of(e, "warrant.definition.server") for e in _evidence(case)),
        tenant=case.tenant,
        case=case.id,
        title=plain(case.title, 200) if case.findings else "",
        severity=str(case.severity) if case.findings else "",
        summary=_summary(case, known.redactor),
    )


def _evidence(case: Case) -> Iterator[Event]:
    for finding in case.findings:
        yield from finding.evidence


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in dict.fromkeys(names) if is_word(name))[:MOST]


def _at_its_source(own: list[Event], case: Case) -> str:
    """Return what the source calls the agent: a warrant may call it something else."""
    prefix = f"{case.source}.agent:"
    for ref in _refs(own):
        name = ref.removeprefix(prefix)
        if name != ref and "/" not in name:
            return name
    return case.agent


def _refs(events: Iterable[Event]) -> Iterator[str]:
    for event in events:
        accounts = event.get("warrant.identity.accounts")
        yield from map(str, accounts) if isinstance(accounts, list) else ()


def _accounts(case: Case, own: list[Event], agent: str, known: Known) -> tuple[str, ...]:
    folded = known.registry.folded if known.registry else frozenset()
    warrant, entry, end = known.warrant(case), known.entry(case), known.moment(case)
    found = [
        *(a.ref for a in (warrant.accounts if warrant else ()) if a.start <= end < a.end),
        *(entry.accounts if entry else ()),
        *_refs(own),
        *_refs(f.event for f in case.findings),
    ]
    if case.source and not any(ref.startswith(f"{case.source}.agent:") for ref in found):
        found.append(f"{case.source}.agent:{agent}")
    refs = (folded_ref(ref, folded) for ref in found if is_ref(ref))
    return tuple(dict.fromkeys(ref for ref in refs if _is_its(ref, case, known, end)))[:MOST]


def _is_its(ref: str, case: Case, known: Known, end: int) -> bool:
    """Does no other agent's warrant declare an account?"""
    holder = known.registry.holder(case.tenant, ref, end) if known.registry else None
    return holder is None or holder[0] == case.agent


# Where its data went ---------------------------------------------------------------------


def _places(events: Sequence[Event], warrant: Warrant | None) -> tuple[str, ...]:
    """Return hosts on the internet that the agent spoke to and has no leave for, canonical.

    What its warrant allows is the agent's work and others' too: it is not cut off.
    """
    hosts = warrant.scope.hosts if warrant else None
    found = []
    for event in events:
        if text_of(event, "warrant.network.kind") in _NETWORK_KINDS:
            continue
        for name in _PLACES:
            host = canonical(text_of(event, name).rpartition("@")[2])
            if host and _is_public(host):
                allowed = hosts is not None and hosts.allowed(Place(host, 0, host)) >= 0
                found += [] if allowed else [host]
    return _distinct(found)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_public(host: str) -> bool:
    try:
        return ip_address(host).is_global
    except ValueError:
        last = host.rpartition(".")[2]
        return "." in host and last not in ("local", "internal", "lan", "localhost", "arpa")


def _url(text: str, places: Sequence[str]) -> str:
    """Return an address of the web on one of some hosts; without user, query and fragment."""
    try:
        parts = urlsplit(text)
        host = canonical(parts.hostname or "")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or host not in places:
        return ""
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{port}{parts.path}"


# What is said of it ----------------------------------------------------------------------


def _summary(case: Case, redactor: Redactor | None) -> str:
    """Return what happened: rules by name, and their reasons where secrets can be taken out."""
    lines = []
    for finding in sorted(case.findings, key=lambda f: (-f.severity.rank, f.id))[:_REASONS]:
        name = plain(text_of(finding.event, "rule.name"), 160)
        reasons = finding.event.get("warrant.finding.reasons", ())
        if redactor is not None and reasons:
            listed = reasons if isinstance(reasons, list) else [reasons]
            said = "; ".join(redactor.text(str(one))[0] for one in listed[:3])
            name = f"{name}: {plain(said, 300)}"
        lines.append(f"{finding.severity}: {name}")
    return "\n".join(dict.fromkeys(lines))


def facts_of(case: Case, known: Known | None = None) -> dict[str, Any]:
    """Return what conditions, guards and the record need of a case; JSON holds it.

    ``severity``, ``verdicts``, ``rules``, ``first_event`` (ISO), ``trigger_authors``: who wrote
    what set it off, and may not approve; ``source``; ``warrant``: of the version in force, the
    ``version``, ``owner``, ``protected``, ``mode``.
    """
    known = known or Known()
    events = [*case.timeline, *(e for f in case.findings for e in (f.event, *f.evidence))]
    verdicts = {text_of(e, "warrant.intent.verdict") for e in events} - {""}
    authors = {text_of(e, name) for e in case.timeline for name in _AUTHORS} - {""}
    facts: dict[str, Any] = {
        "severity": str(case.severity) if case.findings else "",
        "verdicts": sorted(verdicts),
        "rules": sorted({text_of(f.event, "rule.id") for f in case.findings} - {""}),
        "first_event": case.start if events else "",
        "trigger_authors": sorted(filter(is_word, authors))[:MOST],
        "source": case.source,
    }
    warrant = known.warrant(case)
    if warrant is not None:
        facts["warrant"] = {
            "version": warrant.version,
            "owner": warrant.owner,
            "protected": warrant.protected,
            "mode": warrant.mode,
        }
    return facts


# As JSON ---------------------------------------------------------------------------------


def target_data(target: Target) -> dict[str, Any]:
    """Return a target as JSON holds it; what is empty is left out."""
    return {name: value for name, value in json.loads(json.dumps(asdict(target))).items() if value}


def target_from(data: Mapping[str, Any]) -> Target:
    """Return the target that ``target_data`` wrote.

    Raises:
        KeyError, TypeError: It is none.
    """
    known = {f.name for f in fields(Target)}
    if unknown := set(data) - known:
        raise TypeError(f"a target has no {', '.join(sorted(unknown))}")
    plain_data = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
    return Target(**{"agent": data["agent"], **plain_data})
