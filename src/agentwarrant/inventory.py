"""All agents that were seen: since when, by which accounts, with what; and whose they are.

An agent without a warrant is a shadow agent, listed with the signs of it. People's accounts are
not listed, unless something shows that an agent uses them.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite

from agentwarrant.event import CLOCK, Event, epoch_ms, text_of
from agentwarrant.shadow import Shadows
from agentwarrant.warrant.commandline import Touched
from agentwarrant.warrant.hosts import Target
from agentwarrant.warrant.model import Warrant
from agentwarrant.warrant.registry import Registry
from agentwarrant.warrant.scope import calls_of, is_act
from agentwarrant.warrant.touched import WRITING, touched_by

_AGENTS = 50_000
_EACH = 500
_CUT = 300
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
    """An account or credential of an agent: when it was seen, and why it is the agent's.

    Attributes:
        held: The agent's warrant declares it as in force from the first to before the second
            moment, in milliseconds; None: none does.
    """

    first: str
    last: str
    evidence: str = ""
    held: tuple[int, int] | None = None


@dataclass(slots=True)
class Held:
    """What one clause did not allow: how often, and the reasons."""

    times: int = 0
    reasons: Tally = field(default_factory=Tally)


@dataclass(slots=True)
class Entry:
    """One agent.

    Attributes:
        first, last: Times of its first and last event.
        clock: Whose time the last is, where it is not the event's own.
        granted: Tools, hosts, paths, repositories, data and peers of acts that nobody else caused.
        unclear: Acts of which it cannot be told what they touch; no warrant can allow them.
        depth: How deep it delegated.
        held: What the warrant did not allow, by decision and clause.
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
    clock: str = ""
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
    unclear: Tally = field(default_factory=Tally)
    depth: int = 0
    spent: dict[str, float] = field(default_factory=dict)
    verdicts: Tally = field(default_factory=Tally)
    scope: Tally = field(default_factory=Tally)
    held: dict[tuple[str, str], Held] = field(default_factory=dict)
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
        agents: How many are kept at once; the one seen longest ago is let go.

    Attributes:
        evicted: Agents that were let go because there were too many.
    """

    def __init__(self, registry: Registry | None = None, agents: int = _AGENTS) -> None:
        self._registry = registry or Registry()
        self._most = agents
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
            if len(self._entries) > self._most:
                self._entries.popitem(last=False)
                self.evicted += 1
        else:
            self._entries.move_to_end((tenant, agent))
        return entry

    def entries(self) -> Iterator[Entry]:
        """Yield every agent, shadow agents first, then by tenant and id."""
        listed = dict(self._entries)
        for warrant in self._registry:
            key = warrant.tenant, warrant.agent
            _declared(listed.setdefault(key, Entry(*key)), warrant)
        yield from sorted(listed.values(), key=lambda one: (not one.shadow, one.tenant, one.agent))


def _declared(entry: Entry, warrant: Warrant) -> None:
    entry.name, entry.owner, entry.version = warrant.name, warrant.owner, str(warrant.version)
    if not entry.events:
        entry.status = "registered"
    for account in warrant.accounts:
        known = entry.accounts.setdefault(account.ref, Account("", ""))
        known.evidence = f"declared in {account.where}"
        known.held = max(account.start, warrant.start), account.end


def _who(entry: Entry, event: Event, time: str) -> None:
    entry.events += 1
    entry.first = min(entry.first or time, time)
    if time >= entry.last:
        entry.last, entry.clock = time, text_of(event, CLOCK)
    entry.name = text_of(event, "gen_ai.agent.name") or entry.name
    entry.status = text_of(event, "warrant.agent.status", entry.status)
    entry.assurance = max(
        entry.assurance, text_of(event, "warrant.agent.assurance", "none"), key=_SURE.index
    )
    entry.runtimes.add(text_of(event, "event.module"))
    shared = event.get("warrant.identity.shared")
    if isinstance(shared, list):
        others = {str(one) for one in shared if one != entry.agent} - entry.shared
        entry.shared.update(sorted(others)[: _EACH - len(entry.shared)])
    evidence = event.get("warrant.identity.evidence")
    clauses = [str(clause) for clause in evidence] if isinstance(evidence, list) else []
    refs = event.get("warrant.identity.accounts")
    for ref in map(str, refs) if isinstance(refs, list) else ():
        _account(entry, ref, time, clauses, text_of(event, "event.id"))


def _account(entry: Entry, ref: str, time: str, clauses: list[str], event: str) -> None:
    account = entry.accounts.get(ref)
    if account is not None:
        account.first = min(account.first or time, time)
        account.last = max(account.last, time)
        return
    if len(entry.accounts) < _EACH:
        own = next((one for one in clauses if one.startswith(f"{ref} ")), "")
        why = own.removeprefix(f"{ref} ").removeprefix("is ") or f"named in event {event}"
        entry.accounts[ref] = Account(time, time, why)


def _did(entry: Entry, event: Event) -> None:
    tool = text_of(event, "gen_ai.tool.name") or f"action:{text_of(event, 'event.action')}"
    verdict = text_of(event, "warrant.intent.verdict", "unknown")
    decision = text_of(event, "warrant.scope.decision", "undeclared")
    for one in (tool, *(names[0] for names in calls_of(event)[1:])):
        entry.tools.add(one)
    entry.classes.add(text_of(event, "warrant.tool.class"))
    entry.verdicts.add(verdict)
    entry.scope.add(decision)
    _held(entry, event, decision)
    touched = touched_by(event)
    hosts = [_shown(t) for t in touched.hosts if t.host]
    for host in hosts:
        entry.hosts.add(host)
    peer = text_of(event, "warrant.peer.id")
    if peer:
        entry.peers.add(peer)
    if verdict not in DONE:
        entry.refused.add(f"{tool} ({verdict})")
        return
    which = "write" if text_of(event, "warrant.tool.class") in WRITING else "read"
    label = text_of(event, "warrant.data.sensitivity", "none")
    grants = {
        "tools": [names[0] for names in calls_of(event)],
        "hosts": hosts,
        "repositories": list(touched.repositories),
        f"paths.{which}": [one.home or one.path for one in touched.paths if not one.unknown],
        "data": [label] if label != "none" else [],
        "peers": [peer] if peer else [],
    }
    for facet, names in grants.items():
        for name in names:
            entry.granted.setdefault(facet, Tally()).add(name)
    for what in _unclear(touched):
        entry.unclear.add(f"{tool}: {what}")
    _delegated(entry, event)
    _paid(entry, event, tool)


def _shown(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host and target.port else target.host
    return f"{host}:{target.port}" if target.port else host


def _unclear(touched: Touched) -> Iterator[str]:
    if touched.somewhere and not touched.hosts:
        yield "it connects, and to where cannot be read"
    if any(not target.host for target in touched.hosts):
        yield "a host cannot be told"
    if any(place.unknown for place in touched.paths):
        yield "a path holds a variable or a command"


def _delegated(entry: Entry, event: Event) -> None:
    action = text_of(event, "event.action")
    calls = action == "tool_call" and text_of(event, "warrant.tool.class") == "delegate"
    if calls or action in ("agent_spawned", "handoff"):
        depth = text_of(event, "warrant.session.lineage").count(" > ") + 1
        entry.depth = max(entry.depth, depth)


def _paid(entry: Entry, event: Event, tool: str) -> None:
    amount = event.get("warrant.payment.amount")
    if "warrant.payment.kind" not in event:
        return
    currency = text_of(event, "warrant.payment.currency").upper()
    if not currency or not isinstance(amount, int | float) or not isfinite(amount):
        entry.unclear.add(f"{tool}: amount or currency cannot be told")
    elif currency in entry.spent or len(entry.spent) < _EACH:
        entry.spent[currency] = max(entry.spent.get(currency, 0.0), abs(float(amount)))


def _held(entry: Entry, event: Event, decision: str) -> None:
    clauses = _clauses(text_of(event, "warrant.scope.clause"))
    if decision == "in_scope":
        for one in clauses:
            entry.used.add(one)
        return
    listed = event.get("warrant.scope.reasons")
    reasons = [str(one) for one in listed] if isinstance(listed, list) else []
    for clause, why in reasons_of(clauses, reasons).items():
        held = entry.held.get((decision, clause))
        if held is None:
            if len(entry.held) >= _EACH:
                continue
            held = entry.held[decision, clause] = Held()
        held.times += 1
        for reason in why:
            held.reasons.add(reason)


def _clauses(joined: str) -> list[str]:
    """Return the clauses of an event; the last of a text that was cut is none."""
    clauses = joined.split(", ") if joined else []
    return clauses[:-1] if len(joined) >= _CUT and len(clauses) > 1 else clauses


def reasons_of(clauses: list[str], reasons: list[str]) -> dict[str, list[str]]:
    """Return the reasons of each clause.

    An event has them side by side, in one order; but a clause may have several, and reasons
    beyond the first few were dropped. Where the numbers differ a reason is told by its words.
    """
    if len(clauses) == len(reasons):
        return {clause: [reason] for clause, reason in zip(clauses, reasons, strict=True)}
    found: dict[str, list[str]] = {clause: [] for clause in clauses}
    for reason in reasons:
        fitting = [clause for clause in clauses if _is_about(clause, reason)]
        for clause in sorted(fitting or clauses, key=lambda one: len(found[one]))[:1]:
            found[clause].append(reason)
    return found


def _is_about(clause: str, reason: str) -> bool:
    if reason.endswith(" is denied"):
        return ".deny" in clause
    facet = re.split(r"[.\[]", clause.removeprefix("scope."), maxsplit=1)[0]
    return any(f"{before} {facet}" in reason for before in ("the", "of", "its"))


def _heard(entry: Entry, event: Event) -> None:
    kind = text_of(event, "warrant.principal.kind", "unknown")
    identity = text_of(event, "warrant.principal.id")
    if kind != "unknown" and identity:
        channel = text_of(event, "warrant.channel")
        authority = text_of(event, "warrant.principal.authority", "unknown")
        entry.principals.add("\x1f".join((kind, identity, channel, authority)))
