"""Spans and log records of a file put into order, with the agent and conversation of each.

Spans arrive when they end, so a parent comes after its children and the one span that names the
agent comes last. A file is therefore read in batches, as large as memory may bear: within a batch
everything is known of everything; from one batch to the next the family tree is remembered.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from . import names
from .contents import items_in
from .ledger import Claim, Ledger, Teller, telling
from .messages import END, RUN, START
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
            self.ids.setdefault((_service(unit), agent_name), agent_id)
        if agent_id or agent_name:
            known = self.peers.setdefault(unit.trace_id, set())
            if len(known) < _MAX_PEERS:
                known.update(filter(None, (agent_id, agent_name)))
        if unit.span and unit.span_id:
            tool = first_name(attributes, names.TOOL_NAME) if unit.operation == names.TOOL else ""
            user = first_name(attributes, names.USER)
            self.spans[unit.key] = Kin(
                unit.parent_id, unit.operation, _stated_agent(unit), talk, user, tool
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


def _stated_agent(unit: Unit) -> Agent:
    agent_id, agent_name = own_agent(unit)
    if not (agent_id or agent_name):
        return ()
    about = first_name(unit.attributes, ("gen_ai.agent.description",))
    return agent_id, agent_name, about, "claimed"


def _service(unit: Unit) -> str:
    return first_name(unit.resource, ("service.name",))


def _resource_agent(unit: Unit) -> Agent:
    resource = unit.resource
    agent_id = first_name(resource, names.AGENT_ID) or first_name(resource, names.AGENT_NAME)
    agent_name = first_name(resource, names.AGENT_NAME)
    if agent_id:
        return agent_id, agent_name or agent_id, "", "claimed"
    service = _service(unit) or first_name(resource, ("service.instance.id", "host.name"))
    return service or "unknown", service or "unknown", "", "inferred" if service else "none"


class Batches:
    """Puts units into order and says of each whose it is and what of it is news."""

    def __init__(self) -> None:
        self._family = Family()
        self._ledger = Ledger()
        self._opened: OrderedDict[Place, None] = OrderedDict()

    def arrange(self, units: list[Unit]) -> Iterator[tuple[int, Unit, dict[str, Any]]]:
        """Yield (index, unit, context), a span with children twice: as it starts and as it ends."""
        for unit in units:
            self._family.add(unit)
        planned = [self._plan(i, units[i], part) for i, part in _in_order(units)]
        for plan in planned:
            context = self._context(plan)
            if context:
                yield plan.index, plan.unit, context
        self._ledger.forget_arrays()

    def _plan(self, index: int, unit: Unit, part: str) -> _Plan:
        agent, caller = self._agents(unit)
        talk = self._conversation(unit, agent)
        items, over = items_in(unit)
        listed = [item for item in items if part in ("", item.when)]
        teller = Teller(talk, agent, self._scope(unit), _array(unit, part))
        return _Plan(
            index, unit, part, agent, caller, talk, over, len(items),
            [i for i, item in enumerate(items) if part in ("", item.when)],
            self._ledger.claim(listed, teller),
        )  # fmt: skip

    def _context(self, plan: _Plan) -> dict[str, Any]:
        ids: list[list[str] | None] = [None] * plan.size
        agent = plan.agent
        for place, claim in zip(plan.places, plan.claims, strict=True):
            known = telling(claim)
            ids[place] = list(known.key) if known else None
            if claim.item.told == RUN and claim.known.agent and agent[-1] != "claimed":
                agent = claim.known.agent  # the model that asked for the call says whose it is
        opened = (plan.talk, agent[0])
        opens = plan.part != END and opened not in self._opened
        if plan.unit.operation in (names.AGENT, names.WORKFLOW, names.CREATE) and opens:
            self._opened[opened] = None
            if len(self._opened) > _MAX_TRACES:
                self._opened.popitem(last=False)
        return {
            "agent": list(agent), "caller": list(plan.caller), "conversation": plan.talk,
            "user": self._user(plan.unit), "peers": sorted(self._peers(plan.unit)),
            "part": plan.part, "opens": opens, "ids": ids, "over": plan.over,
            "repeats": not plan.unit.span and plan.unit.key in self._family.spans,
        }  # fmt: skip

    def _agents(self, unit: Unit) -> tuple[Agent, Agent]:
        """Return the agent of a unit and, for an invocation, the other agent that invoked it."""
        line = [kin.agent for _, kin in self._family.line(unit) if kin.agent]
        stated = _stated_agent(unit)
        own = self._full(unit, stated or (line[0] if line else ())) or _resource_agent(unit)
        above = self._full(unit, line[0]) if stated and line else ()
        return own, above if above and above[0] != own[0] else ()

    def _full(self, unit: Unit, agent: Agent) -> Agent:
        """Return an agent with its id also where only its name is stated, and the reverse."""
        if not agent:
            return ()
        agent_id, agent_name, about, assurance = agent
        if not agent_id:
            ids = self._family.ids
            agent_id = ids.get((unit.trace_id, agent_name)) or ids.get(
                (_service(unit), agent_name), agent_name
            )
        return agent_id, agent_name or agent_id, about, assurance

    def _conversation(self, unit: Unit, agent: Agent) -> str:
        stated = first_name(unit.attributes, names.CONVERSATION)
        above = (kin.conversation for _, kin in self._family.line(unit) if kin.conversation)
        found = stated or next(above, "") or self._family.talks.get(unit.trace_id, "")
        found = found or unit.trace_id or first_name(unit.resource, names.CONVERSATION)
        return found or first_name(unit.resource, ("service.instance.id",)) or agent[0]

    def _user(self, unit: Unit) -> str:
        stated = first_name(unit.attributes, names.USER)
        above = (kin.user for _, kin in self._family.line(unit) if kin.user)
        return stated or next(above, "") or first_name(unit.resource, names.USER)

    def _peers(self, unit: Unit) -> set[str]:
        return self._family.peers.get(unit.trace_id, set())

    def _scope(self, unit: Unit) -> str:
        """Return which model call or execution a unit tells of.

        Two libraries may both record one call, one inside the other: then the outer names it.
        """
        line = list(self._family.line(unit))
        if not unit.span:
            return f"{unit.trace_id}/{unit.span_id}" if unit.span_id else ""
        if unit.operation not in (names.CHAT, names.TOOL):
            return ""
        found = unit.span_id
        tool = first_name(unit.attributes, names.TOOL_NAME)
        for at, kin in line:
            if kin.operation == unit.operation and kin.tool == tool:
                found = at
        return f"{unit.trace_id}/{found}" if found else ""


@dataclass(frozen=True, slots=True)
class _Plan:
    index: int
    unit: Unit
    part: str
    agent: Agent
    caller: Agent
    talk: str
    over: int
    size: int
    places: list[int]
    claims: list[Claim]


def _array(unit: Unit, part: str) -> str:
    if not unit.span_id or (unit.span and not part):
        return ""
    return f"{'span' if unit.span else 'log'} {unit.trace_id}/{unit.span_id}"


# Order -----------------------------------------------------------------------------------


def _in_order(units: list[Unit]) -> list[tuple[int, str]]:
    """Return (index, part) by time; at one time, a parent around its children in their order."""
    walked = list(_walk(units))
    return [
        (index, part)
        for _, index, part in sorted(
            ((units[i].end if part == END else units[i].start, i, part) for i, part in walked),
            key=lambda entry: entry[0],
        )
    ]


def _walk(units: list[Unit]) -> Iterator[tuple[int, str]]:
    """Yield every unit, those with children as ``start`` and ``end`` around them."""
    places = {unit.key: i for i, unit in enumerate(units) if unit.span and unit.span_id}
    below: dict[int, list[int]] = defaultdict(list)
    tops: list[int] = []
    for i, unit in enumerate(units):
        at = unit.parent_id if unit.span else unit.span_id
        parent = places.get((unit.trace_id, at)) if at else None
        (tops if parent is None or parent == i else below[parent]).append(i)
    seen: set[int] = set()
    for start in (*_sorted(tops, units), *range(len(units))):  # the second half: loops of parents
        yield from _descend(start, below, units, seen)


def _descend(
    start: int, below: dict[int, list[int]], units: list[Unit], seen: set[int]
) -> Iterator[tuple[int, str]]:
    stack: list[tuple[int, str]] = [(start, "")]
    while stack:
        at, part = stack.pop()
        if part == END:
            yield at, END
            continue
        if at in seen:
            continue
        seen.add(at)
        children = [child for child in below.get(at, ()) if child not in seen]
        yield at, START if children else ""
        if children:
            stack.append((at, END))
            stack.extend((child, "") for child in reversed(_sorted(children, units)))


def _sorted(places: Iterable[int], units: list[Unit]) -> list[int]:
    return sorted(places, key=lambda i: units[i].start)
