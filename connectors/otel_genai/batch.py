"""Spans and log records of a file put into order, with the agent and conversation of each.

Spans arrive when they end, so a parent comes after its children and the one span that names the
agent comes last. A file is therefore read in batches, as large as memory may bear: within a batch
everything is known of everything; from one batch to the next the family tree is remembered.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agentwarrant.tools.definitions import definitions_of

from . import names
from .contents import items_in
from .family import Agent, Family, Place, resource_agent, service_of, stated_agent
from .items import END, RUN
from .known import Teller
from .ledger import Claim, Ledger, telling
from .order import in_order
from .units import Unit
from .values import first, first_name, parsed

_MAX_OPENED = 50_000


class Batches:
    """Puts units into order and says of each whose it is and what of it is news."""

    def __init__(self) -> None:
        self._family = Family()
        self._ledger = Ledger()
        self._opened: OrderedDict[Place, None] = OrderedDict()
        self._offered: OrderedDict[Place, None] = OrderedDict()

    def arrange(self, units: list[Unit]) -> Iterator[tuple[int, Unit, dict[str, Any]]]:
        """Yield (index, unit, context), a span with children twice: as it starts and as it ends."""
        for unit in units:
            self._family.add(unit)
        planned = [self._plan(i, units[i], part) for i, part in in_order(units)]
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
            if len(self._opened) > _MAX_OPENED:
                self._opened.popitem(last=False)
        return {
            "agent": list(agent), "caller": list(plan.caller), "conversation": plan.talk,
            "user": self._user(plan.unit), "peers": sorted(self._peers(plan.unit)),
            "delegator": list(self._delegator(plan.unit, agent)),
            "line": self._line(plan.unit, agent),
            "offered": self._news(plan, agent) if plan.part != END else [],
            "part": plan.part, "opens": opens, "ids": ids, "over": plan.over,
            "repeats": not plan.unit.span and plan.unit.key in self._family.spans,
        }  # fmt: skip

    def _agents(self, unit: Unit) -> tuple[Agent, Agent]:
        """Return the agent of a unit and, for an invocation, the other agent that invoked it."""
        line = [kin.agent for _, kin in self._family.line(unit) if kin.agent]
        stated = stated_agent(unit)
        own = self._full(unit, stated or (line[0] if line else ())) or resource_agent(unit)
        above = self._full(unit, line[0]) if stated and line else ()
        return own, above if above and above[0] != own[0] else ()

    def _news(self, plan: _Plan, agent: Agent) -> list[str]:
        """Return the hashes of the tools that this agent was not offered before.

        Every model call repeats all definitions.
        """
        found = []
        for tool in definitions_of(parsed(first(plan.unit.attributes, names.DEFINITIONS))):
            place = (agent[0], tool.hash)
            if place not in self._offered:
                self._offered[place] = None
                found.append(tool.hash)
            if len(self._offered) > _MAX_OPENED:
                self._offered.popitem(last=False)
        return found

    def _line(self, unit: Unit, own: Agent) -> list[str]:
        """Return the ids of the agents from the outermost span's to this one."""
        above = [self._full(unit, kin.agent) for _, kin in self._family.line(unit) if kin.agent]
        return [*dict.fromkeys(one[0] for one in reversed(above) if one[0] != own[0]), own[0]]

    def _delegator(self, unit: Unit, own: Agent) -> Agent:
        """Return the agent whose tool runs this agent: it writes what the other is told.

        Without a tool between them the two may be one agent under two names.
        """
        by_tool = False
        for _, kin in self._family.line(unit):
            by_tool = by_tool or kin.operation == names.TOOL
            above = self._full(unit, kin.agent)
            if by_tool and above and above[0] != own[0]:
                return above
        return ()

    def _full(self, unit: Unit, agent: Agent) -> Agent:
        """Return an agent with its id also where only its name is stated, and the reverse."""
        if not agent:
            return ()
        agent_id, agent_name, about, assurance = agent
        if not agent_id:
            ids = self._family.ids
            agent_id = ids.get((unit.trace_id, agent_name)) or ids.get(
                (service_of(unit), agent_name), agent_name
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
