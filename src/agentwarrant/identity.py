"""Which agent is behind an event: one identity, however many accounts and names it has.

An event names accounts and credentials (``warrant.identity.accounts``). The agent is the one whose
warrant declares one of them; else the one that a credential was seen with before; else what the
source calls it. Each step leaves its evidence on the event.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Any, NamedTuple

from agentwarrant.authority import authorize
from agentwarrant.event import Event, Value, epoch_ms, text_of
from agentwarrant.sessionnames import UNKNOWN_AGENT, native_refs
from agentwarrant.warrant.limits import Limits
from agentwarrant.warrant.model import Warrant
from agentwarrant.warrant.registry import Registry, folded_ref
from agentwarrant.warrant.scope import decide, is_act

_LINKS = 100_000
_SHARERS = 8
_MARK = re.compile(r"\[REDACTED:([a-z0-9_]+):([0-9a-f]{8,32})\]")

Ref = str
"""An account or credential: ``kind:id``."""


class Link(NamedTuple):
    """A credential that was seen with an agent.

    Attributes:
        agents: Who used it, first first; more than one share it.
        evidence: Why it is the first one's.
    """

    agents: tuple[str, ...]
    evidence: str


class Resolver:
    """Attributes events in order of time, and holds them against the agents' warrants.

    Args:
        registry: The warrants; none: every agent is unregistered.
        credentials: Kinds of identities that are keys and tokens, which pass from an account to
            the agent that is seen with both.

    Attributes:
        limits: Rates and spending of all agents.
        evicted: Links to credentials that were let go because there were too many.
    """

    def __init__(
        self, registry: Registry | None = None, credentials: frozenset[str] = frozenset()
    ) -> None:
        self.registry = Registry() if registry is None else registry
        self.limits = Limits()
        self.evicted = 0
        self._credentials = credentials
        self._links: OrderedDict[tuple[str, Ref], Link] = OrderedDict()

    def attribute(self, event: Event) -> Event:
        """Return the event with its agent as an entity, its warrant's status and its scope."""
        made = dict(event)
        refs = self._refs(made)
        tenant = text_of(made, "organization.id", "default")
        known = bool(self.registry)
        time = epoch_ms(text_of(made, "@timestamp")) if known and "@timestamp" in made else 0
        holders = self._holders(tenant, refs, time) if known or self._links else {}
        agent, warrant = next(iter(holders), ""), None
        if agent:
            warrant = self.registry.version(tenant, agent, time)
            _is(made, agent, holders[agent], warrant, time)
        _entity(made, refs)
        made["warrant.agent.registry"] = "declared" if self.registry.covers(tenant) else "none"
        if "warrant.identity.target" in made:
            self._target(made, tenant, refs, time)
        sharing = {*holders, *self._learn(made, tenant, agent, refs, time)}
        if len(sharing) > 1:
            made["warrant.identity.shared"] = sorted(sharing)
        if known and "warrant.peer.id" in made:
            self._peer(made, tenant, time)
        if warrant is not None:
            self._hold(made, warrant, time)
        return made

    def _target(self, event: Event, tenant: str, refs: list[Ref], time: int) -> None:
        """Say which agent was acted on, and whether it acted on itself."""
        acting = text_of(event, "gen_ai.agent.id", UNKNOWN_AGENT)
        targets = self._targets(event)
        if acting != UNKNOWN_AGENT and not set(refs).isdisjoint(targets):
            found = acting
        else:
            found = next(iter(self._holders(tenant, targets, time)), "")
        if found:
            event["warrant.target.agent"] = found
            event["warrant.target.self"] = "yes" if found == acting else "no"

    def _targets(self, event: Event) -> list[Ref]:
        named = _listed(event["warrant.identity.target"])
        return [folded_ref(ref, self.registry.folded) for ref in named]

    def _peer(self, event: Event, tenant: str, time: int) -> None:
        """Call another agent what its warrant calls it; what the source calls it is its claim."""
        native = text_of(event, "warrant.peer.id")
        ref = folded_ref(f"{text_of(event, 'event.module')}.agent:{native}", self.registry.folded)
        holder = self.registry.holder(tenant, ref, time)
        if holder is None:
            return
        event["warrant.peer.id"] = holder[0]
        event.setdefault("warrant.peer.claimed_id", native)
        if text_of(event, "warrant.principal.id") == native:
            event["warrant.principal.id"] = holder[0]

    def _refs(self, event: Event) -> list[Ref]:
        named = event.get("warrant.identity.accounts")
        if isinstance(named, list):
            return [folded_ref(str(ref), self.registry.folded) for ref in named]
        module, agent = text_of(event, "event.module"), text_of(event, "gen_ai.agent.id")
        if not agent:
            return []
        refs = native_refs(module, agent, text_of(event, "host.name"))
        event["warrant.identity.accounts"] = list(refs)
        return refs

    def _holders(self, tenant: str, refs: list[Ref], time: int) -> dict[str, list[str]]:
        """Return the agents that hold the accounts, the surest first, each with its evidence."""
        found: dict[str, list[str]] = {}
        for ref in refs:
            holder = self.registry.holder(tenant, ref, time)
            if holder is not None:
                clause = f"{ref} is declared in {holder[1]}"
                found.setdefault(holder[0], []).append(clause)
        for ref in refs if not found else ():
            link = self._links.get((tenant, ref))
            if link is not None:
                found.setdefault(link.agents[0], []).append(link.evidence)
                break
        return found

    def _learn(
        self, event: Event, tenant: str, agent: str, refs: list[Ref], time: int
    ) -> list[str]:
        """Remember which credentials were seen with an agent; return who else holds one."""
        who = agent or text_of(event, "gen_ai.agent.id")
        used = self._used(event, refs)
        held = [(ref, who) for ref in used] if who != UNKNOWN_AGENT else []
        if "warrant.identity.target" in event:
            held += self._issued(event, tenant, agent, time)
        sharing: list[str] = []
        for ref, holder in held:
            if self.registry.holder(tenant, ref, time) is None:
                evidence = f"{ref} was seen with {holder} in event {text_of(event, 'event.id')}"
                sharing += self._remember(tenant, ref, holder, evidence).agents
        return sharing

    def _used(self, event: Event, refs: list[Ref]) -> list[Ref]:
        """Return the credentials that an event shows in the actor's hands."""
        found: list[Ref] = []
        if self._credentials:
            found += [ref for ref in refs if ref.partition(":")[0] in self._credentials]
        if "warrant.secret.types" in event and text_of(event, "event.action") == "tool_call":
            text = text_of(event, "warrant.arguments.text")
            found += [f"secret.{kind}:{mark}" for kind, mark in _MARK.findall(text)[:16]]
        return found

    def _issued(self, event: Event, tenant: str, agent: str, time: int) -> list[tuple[Ref, str]]:
        """Return the credentials that an event issues, each with whom it is for."""
        if text_of(event, "event.action") not in ("credential_issued", "credential_used"):
            return []
        targets = self._targets(event)
        owners = [self.registry.holder(tenant, ref, time) for ref in targets]
        owner = next((one[0] for one in owners if one is not None), "")
        keys = [ref for ref in targets if ref.partition(":")[0] in self._credentials]
        holders = [one for one in dict.fromkeys((owner, agent)) if one]
        return [(ref, one) for ref in keys for one in holders]

    def _remember(self, tenant: str, ref: Ref, agent: str, evidence: str) -> Link:
        link = self._links.pop((tenant, ref), None)
        if link is None:
            link = Link((agent,), evidence)
        else:
            known = agent in link.agents or len(link.agents) >= _SHARERS
            link = Link(link.agents if known else (*link.agents, agent), link.evidence)
        self._links[tenant, ref] = link
        if len(self._links) > _LINKS:
            self._links.popitem(last=False)
            self.evicted += 1
        return link

    def _hold(self, event: Event, warrant: Warrant, time: int) -> None:
        if text_of(event, "event.action") == "message_received":
            authorize(event, warrant)
        if not is_act(event):
            return
        decision = decide(event, warrant, time, self.limits)
        event["warrant.scope.decision"] = decision.decision
        event["warrant.scope.clause"] = decision.clause
        event["warrant.scope.version"] = str(warrant.version)
        if decision.reasons:
            event["warrant.scope.reasons"] = list(decision.reasons)
        if decision.duty:
            event["warrant.scope.duty"] = decision.duty

    def snapshot(self) -> dict[str, Any]:
        """Return the state as plain JSON values."""
        links = [[*key, list(link.agents), link.evidence] for key, link in self._links.items()]
        return {"links": links, "limits": self.limits.snapshot()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take a snapshot over, in the place of what is here."""
        self.limits.restore(state["limits"])
        self._links = OrderedDict(
            ((tenant, ref), Link(tuple(agents), evidence))
            for tenant, ref, agents, evidence in state["links"]
        )


def _listed(value: Value) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _is(event: Event, agent: str, evidence: list[str], warrant: Warrant | None, time: int) -> None:
    """Say that this agent acted."""
    event["gen_ai.agent.id"] = agent
    event["warrant.identity.evidence"] = evidence[:8]
    native = text_of(event, "warrant.agent.assurance", "none")
    if native == "none":
        # An identity provider let this account in; what it refused proves nothing.
        refused = text_of(event, "event.outcome") == "failure"
        event["warrant.agent.assurance"] = "claimed" if refused else "verified"
    if warrant is not None:
        event["gen_ai.agent.name"] = warrant.name
        event["warrant.agent.status"] = warrant.status(time)


def _entity(event: Event, refs: list[Ref]) -> None:
    agent = text_of(event, "gen_ai.agent.id")
    if not agent and refs:
        agentic = text_of(event, "warrant.identity.agentic") == "yes"
        if not agentic:
            event["entity.type"] = "user" if text_of(event, "user.id") else "service"
            event["entity.sub_type"] = "account"
        event["entity.id"] = event["entity.name"] = refs[0]
        event["gen_ai.agent.id"] = refs[0] if agentic else UNKNOWN_AGENT
        event.setdefault("gen_ai.agent.name", text_of(event, "gen_ai.agent.id"))
        return
    event["gen_ai.agent.id"] = agent or UNKNOWN_AGENT
    event.setdefault("gen_ai.agent.name", agent or UNKNOWN_AGENT)
    known = text_of(event, "warrant.agent.status", "unregistered") != "unregistered"
    prefix = "agent" if known else text_of(event, "event.module")
    event["entity.id"] = f"{prefix}:{agent or UNKNOWN_AGENT}"
    event["entity.name"] = text_of(event, "gen_ai.agent.name")


def attribute(event: Event) -> Event:
    """Return the event with its agent as an entity, where there are no warrants."""
    return Resolver().attribute(event)
