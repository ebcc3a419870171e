"""All agents that were seen: since when, by which accounts, with what; and whose they are.

An agent without a warrant is a shadow agent, listed with the signs of it. People's accounts are
not listed, unless something shows that an agent uses them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from agentwarrant.event import Event, epoch_ms, text_of
from agentwarrant.shadow import Shadows
from agentwarrant.warrant.model import Warrant
from agentwarrant.warrant.registry import Registry
from agentwarrant.warrant.scope import is_act
from agentwarrant.warrant.touched import touched_by

_AGENTS = 50_000
_EACH = 500
_SURE = ("none", "inferred", "claimed", "verified")
DONE = ("intended", "unknown")
"""Verdicts of what an agent did of its own accord; the rest is no ground for granting anything."""


class Tally(dict[str, int]):
    """Counts by name, of at most ``_EACH`` names; ``more`` counts the rest."""

    more = 0

    def add(self, name: str) -> None:
        """Count a name."""
        if name in self:
            self[name] += 1
        elif len(self) < _EACH:
            self[name] = 1
        else:
            self.more += 1


@dataclass(slots=True)
class Account:
    """An account or credential of an agent: when it was seen, and why it is the agent's."""

    first: str
    last: str
    evidence: str = ""


@dataclass(slots=True)
class Entry:
    """One agent.

    Attributes:
        first, last: Times of its first and last event.
        granted: Tools, hosts, paths, repositories and peers of acts that nobody else caused.
        clauses: What the warrant did not allow: decision, clause and reason.
        used: Clauses of the warrant that allowed something.
        refused: What it was led or could not account for: tools with their verdict.
        spent: Largest payment by currency.
        signs: Why it is taken for an agent where it has no warrant.
    """

    tenant: str
    agent: str
    name: str = ""
    owner: str = ""
    status: str = "unregistered"
    version: str = ""
    assurance: str = "none"
    first: str = ""
    last: str = ""
    events: int = 0
    runtimes: Tally = field(default_factory=Tally)
    accounts: dict[str, Account] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)
    tools: Tally = field(default_factory=Tally)
    classes: Tally = field(default_factory=Tally)
    hosts: Tally = field(default_factory=Tally)
    peers: Tally = field(default_factory=Tally)
    principals: Tally = field(default_factory=Tally)
    granted: dict[str, Tally] = field(default_factory=dict)
    refused: Tally = field(default_factory=Tally)
    spent: dict[str, float] = field(default_factory=dict)
    verdicts: Tally = field(default_factory=Tally)
    scope: Tally = field(default_factory=Tally)
    clauses: Tally = field(default_factory=Tally)
    used: Tally = field(default_factory=Tally)
    signs: Tally = field(default_factory=Tally)

    @property
    def shadow(self) -> bool:
        """Has it no warrant?"""
        return self.status == "unregistered"


class Inventory:
    """Builds the list of agents from attributed and judged events, in order of time.

    Args:
        registry: Warrants: an agent that has one and was never seen is listed too.

    Attributes:
        evicted: Agents that were let go because there were too many.
    """

    def __init__(self, registry: Registry | None = None) -> None:
        self._registry = registry or Registry()
        self._shadows = Shadows()
        self._entries: OrderedDict[tuple[str, str], Entry] = OrderedDict()
        self.evicted = 0

    def see(self, event: Event) -> None:
        """Take an event in."""
        registered = text_of(event, "warrant.agent.status", "unregistered") != "unregistered"
        time = text_of(event, "@timestamp")
        signs = [] if registered else list(self._shadows.signs(event, epoch_ms(time)))
        if not registered and not signs:
            return
        agent = text_of(event, "gen_ai.agent.id", "unknown")
        if agent == "unknown":
            agent = text_of(event, "entity.id", agent)
        entry = self._entry(text_of(event, "organization.id", "default"), agent)
        _who(entry, event, time)
        for sign in signs:
            entry.signs.add(sign)
        if is_act(event):
            _did(entry, event)
        elif text_of(event, "event.action") == "message_received":
            _heard(entry, event)

    def _entry(self, tenant: str, agent: str) -> Entry:
        entry = self._entries.get((tenant, agent))
        if entry is None:
            entry = self._entries[tenant, agent] = Entry(tenant, agent)
            if len(self._entries) > _AGENTS:
                self._entries.popitem(last=False)
                self.evicted += 1
        return entry

    def entries(self) -> Iterator[Entry]:
        """Yield every agent, shadow agents first, then by tenant and id."""
        for warrant in self._registry:
            _declared(self._entry(warrant.tenant, warrant.agent), warrant)
        yield from sorted(
            self._entries.values(), key=lambda one: (not one.shadow, one.tenant, one.agent)
        )


def _declared(entry: Entry, warrant: Warrant) -> None:
    entry.name, entry.owner, entry.version = warrant.name, warrant.owner, str(warrant.version)
    if not entry.events:
        entry.status = "registered"
    for account in warrant.accounts:
        known = entry.accounts.setdefault(account.ref, Account("", ""))
        known.evidence = f"declared in {account.where}"


def _who(entry: Entry, event: Event, time: str) -> None:
    entry.events += 1
    entry.first = min(entry.first or time, time)
    entry.last = max(entry.last, time)
    entry.name = text_of(event, "gen_ai.agent.name") or entry.name
    entry.status = text_of(event, "warrant.agent.status", entry.status)
    entry.assurance = max(
        entry.assurance, text_of(event, "warrant.agent.assurance", "none"), key=_SURE.index
    )
    entry.runtimes.add(text_of(event, "event.module"))
    shared = event.get("warrant.identity.shared")
    if isinstance(shared, list):
        entry.shared.update(str(one) for one in shared if one != entry.agent)
    evidence = event.get("warrant.identity.evidence")
    clauses = [str(clause) for clause in evidence] if isinstance(evidence, list) else []
    refs = event.get("warrant.identity.accounts")
    for ref in map(str, refs) if isinstance(refs, list) else ():
        _account(entry, ref, time, clauses, text_of(event, "event.id"))


def _account(entry: Entry, ref: str, time: str, clauses: list[str], event: str) -> None:
    account = entry.accounts.get(ref)
    if account is not None:
        account.first, account.last = account.first or time, time
        return
    if len(entry.accounts) < _EACH:
        own = next((one for one in clauses if one.startswith(f"{ref} ")), "")
        why = own.removeprefix(f"{ref} ").removeprefix("is ") or f"named in event {event}"
        entry.accounts[ref] = Account(time, time, why)


def _did(entry: Entry, event: Event) -> None:
    tool = text_of(event, "gen_ai.tool.name") or f"action:{text_of(event, 'event.action')}"
    verdict = text_of(event, "warrant.intent.verdict", "unknown")
    decision = text_of(event, "warrant.scope.decision", "undeclared")
    entry.tools.add(tool)
    entry.classes.add(text_of(event, "warrant.tool.class"))
    entry.verdicts.add(verdict)
    entry.scope.add(decision)
    _held(entry, event, decision)
    touched = touched_by(event)
    hosts = [f"{t.host}:{t.port}" if t.port else t.host for t in touched.hosts if t.host]
    for host in hosts:
        entry.hosts.add(host)
    peer = text_of(event, "warrant.peer.id")
    if peer:
        entry.peers.add(peer)
    if verdict not in DONE:
        entry.refused.add(f"{tool} ({verdict})")
        return
    writes = text_of(event, "warrant.tool.class")
    paths = [place.path for place in touched.paths if not place.unknown]
    which = "write" if writes not in ("read", "discovery", "credential_read") else "read"
    grants = {"tools": [tool], "hosts": hosts, "repositories": list(touched.repositories)}
    grants[f"paths.{which}"] = paths
    for facet, names in grants.items():
        for name in names:
            entry.granted.setdefault(facet, Tally()).add(name)
    amount = event.get("warrant.payment.amount")
    if isinstance(amount, int | float):
        currency = text_of(event, "warrant.payment.currency", "?").upper()
        entry.spent[currency] = max(entry.spent.get(currency, 0.0), abs(float(amount)))


def _held(entry: Entry, event: Event, decision: str) -> None:
    clause = text_of(event, "warrant.scope.clause")
    if not clause:
        return
    if decision == "in_scope":
        for one in clause.split(", "):
            entry.used.add(one)
        return
    reasons = event.get("warrant.scope.reasons")
    why = str(reasons[0]) if isinstance(reasons, list) and reasons else ""
    entry.clauses.add(f"{decision} {clause}: {why}")


def _heard(entry: Entry, event: Event) -> None:
    kind = text_of(event, "warrant.principal.kind", "unknown")
    identity = text_of(event, "warrant.principal.id")
    if kind != "unknown" and identity:
        channel = text_of(event, "warrant.channel")
        authority = text_of(event, "warrant.principal.authority", "unknown")
        entry.principals.add("\x1f".join((kind, identity, channel, authority)))
