"""Which span is whose child, and what a span says of those below it: agent, conversation, user."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from . import names
from .units import Unit
from .values import first_name

_MAX_FAMILY = 200_000
_MAX_TRACES = 50_000
_MAX_DEPTH = 64
_MAX_PEERS = 64
Agent = tuple[str, ...]
"""(id, name, description, assurance)"""
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Kin:
    """What is remembered of a span for those below it."""

    parent: str
    operation: str
    agent: Agent
    conversation: str
    user: str
    tool: str


@dataclass(slots=True)
class Family:
    """Which span is whose child, across batches; bounded.

    Attributes:
        spans: By trace and span id.
        talks: Trace id -> the first conversation id named in it.
        ids: (trace or service, agent's name) -> the agent's id, where one span says both.
        peers: Trace id -> names and ids of the agents in it.
    """

    spans: OrderedDict[Place, Kin] = field(default_factory=OrderedDict)
    talks: OrderedDict[str, str] = field(default_factory=OrderedDict)
    ids: OrderedDict[Place, str] = field(default_factory=OrderedDict)
    peers: OrderedDict[str, set[str]] = field(default_factory=OrderedDict)

    def add(self, unit: Unit) -> None:
        """Remember a unit."""
        attributes = unit.attributes
        agent_id, agent_name = own_agent(unit)
        talk = first_name(attributes, names.CONVERSATION)
        if talk and unit.trace_id:
            self.talks.setdefault(unit.trace_id, talk)
        if agent_id and agent_name:
            self.ids.setdefault((unit.trace_id, agent_name), agent_id)
            self.ids.setdefault((service_of(unit), agent_name), agent_id)
        if agent_id or agent_name:
            known = self.peers.setdefault(unit.trace_id, set())
            if len(known) < _MAX_PEERS:
                known.update(filter(None, (agent_id, agent_name)))
        if unit.span and unit.span_id:
            tool = first_name(attributes, names.TOOL_NAME) if unit.operation == names.TOOL else ""
            user = first_name(attributes, names.USER)
            self.spans[unit.key] = Kin(
                unit.parent_id, unit.operation, stated_agent(unit), talk, user, tool
            )
        for table, limit in (
            (self.spans, _MAX_FAMILY), (self.talks, _MAX_TRACES), (self.ids, _MAX_TRACES),
            (self.peers, _MAX_TRACES),
        ):  # fmt: skip
            while len(table) > limit:
                table.popitem(last=False)

    def line(self, unit: Unit) -> Iterator[tuple[str, Kin]]:
        """Yield a unit's ancestors, nearest first, without itself; a log's span is the nearest."""
        at = unit.parent_id if unit.span else unit.span_id
        for _ in range(_MAX_DEPTH):  # a loop of parents ends as well
            kin = self.spans.get((unit.trace_id, at)) if at else None
            if kin is None:
                return
            yield at, kin
            at = kin.parent


def own_agent(unit: Unit) -> tuple[str, str]:
    """Return the agent's id and name that a span or record itself states; either may be empty."""
    attributes = unit.attributes
    agent_id = first_name(attributes, names.AGENT_ID)
    agent_name = first_name(attributes, names.AGENT_NAME)
    if unit.operation in (names.AGENT, names.CREATE) and not (agent_id or agent_name):
        entity = first_name(attributes, ("traceloop.entity.name", "graph.node.name"))
        after = (names.named_after(unit.name, verb) for verb in ("invoke_agent", "create_agent"))
        agent_name = entity or next(filter(None, after), "")
    return agent_id, agent_name


def stated_agent(unit: Unit) -> Agent:
    agent_id, agent_name = own_agent(unit)
    if not (agent_id or agent_name):
        return ()
    about = first_name(unit.attributes, ("gen_ai.agent.description",))
    return agent_id, agent_name, about, "claimed"


def service_of(unit: Unit) -> str:
    return first_name(unit.resource, ("service.name",))


def resource_agent(unit: Unit) -> Agent:
    resource = unit.resource
    agent_id = first_name(resource, names.AGENT_ID) or first_name(resource, names.AGENT_NAME)
    agent_name = first_name(resource, names.AGENT_NAME)
    if agent_id:
        return agent_id, agent_name or agent_id, "", "claimed"
    service = service_of(unit) or first_name(resource, ("service.instance.id", "host.name"))
    return service or "unknown", service or "unknown", "", "inferred" if service else "none"
