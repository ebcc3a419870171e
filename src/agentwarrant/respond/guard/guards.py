"""The guards: what no run may do, and what none may do without people.

They are asked twice: when a run is planned (``of_plan``, ``cautions``), and again in the
transaction that writes each intent (``check``), because policy, switches and what others have
done may be another then. Nothing that a plan says about itself is believed where the
configuration says it too.

``Guarded`` means never. ``NotApproved`` means not without people: the worker lets the transaction
go, calls ``ask_people``, and goes on when their approval is granted; the next ``check`` finds it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, select

from agentwarrant.errors import Guarded, NotApproved
from agentwarrant.respond.action import TOUCHES_NOBODY, Reversibility, Verb
from agentwarrant.respond.guard import custody, paging, protection, radius, switches
from agentwarrant.respond.ledger.enter import entered
from agentwarrant.respond.ledger.rows import RunRow, point_of
from agentwarrant.respond.ledger.tables import approvals as asked_table
from agentwarrant.respond.people import approvals
from agentwarrant.respond.people.approvals import Asked, State, now_ms
from agentwarrant.respond.people.coverage import covering
from agentwarrant.respond.people.voting import Electorate
from agentwarrant.respond.runplan import Approval, Point, RunPlan
from agentwarrant.respond.settings import OFF, Mode, Policy, Settings
from agentwarrant.warrant.model import Warrant, moment_ms
from agentwarrant.warrant.registry import Registry

NODE = "guards"
"""The approval that the guards ask for where the plan has none for a point: it covers the run."""

GUARDS = "the guards"
"""Who opens the breaker."""

DESTROYS = frozenset({Verb.PURGE_MEMORY, Verb.KILL})
"""Verbs before which evidence must be safe."""

_ORDER = (Mode.OBSERVE, Mode.APPROVE, Mode.AUTO)


class Guards:
    """The guards of one installation.

    Args:
        settings: Its policies, connections and approvers.
        registry: Its warrants; None: those that the settings name.
    """

    def __init__(self, settings: Settings, registry: Registry | None = None) -> None:
        self.settings = settings
        self.registry = registry if registry is not None else settings.registry()
        self._own = protection.own_accounts(settings.connections.values())
        self._known = Counter(one.tenant for one in self.registry)
        self._called = {
            (one.tenant, account.ref.partition(":")[2]): one.agent
            for one in self.registry
            for account in one.accounts
            if account.ref.partition(":")[0].endswith(".agent")
        }

    # Modes -------------------------------------------------------------------------------

    def mode_of(
        self, tenant: str, agent: str, playbook: str, kind: Reversibility, at_ms: int | None = None
    ) -> Mode:
        """Return how far a class of actions may go for an agent: the least that anything allows.

        A business-critical agent, and every agent within a maintenance window, waits for people
        in ``auto`` too. ``observe`` where the playbook is off.
        """
        policy = self.settings.policy(tenant)
        most = policy.playbooks.get(playbook, Mode.AUTO.value)
        if most == OFF:
            return Mode.OBSERVE
        held = self.why_people(tenant, agent, at_ms)
        listed = [policy.mode_of(kind), Mode(most), Mode.APPROVE if held else Mode.AUTO]
        warrant = self._warrant(tenant, agent)
        if warrant is not None and warrant.mode:
            listed.append(Mode(warrant.mode))
        return min(listed, key=_ORDER.index)

    def why_people(self, tenant: str, agent: str, at_ms: int | None = None) -> str:
        """Return why nothing may run without people for an agent now; empty where it may."""
        policy = self.settings.policy(tenant)
        for pattern in policy.critical:
            if fnmatchcase(agent, pattern):
                return f"the business needs {agent}"
        if self._protects(tenant, agent):
            return f"the warrant of {agent} says that two people decide"
        return in_window(policy, agent, _now() if at_ms is None else at_ms)

    def needed(self, tenant: str, agent: str, kind: Reversibility) -> int:
        """Return how many people must say yes to a class of actions at an agent."""
        return max(
            self.settings.policy(tenant).needed(kind), 2 if self._protects(tenant, agent) else 1
        )

    def _protects(self, tenant: str, agent: str) -> bool:
        warrant = self._warrant(tenant, agent)
        return warrant is not None and warrant.protected

    def _warrant(self, tenant: str, agent: str) -> Warrant | None:
        """Return an agent's warrant, by its own name or by what its source calls it."""
        own = self.registry.version(tenant, agent, _now())
        called = self._called.get((tenant, agent), agent)
        return own or self.registry.version(tenant, called, _now())

    # Planning ----------------------------------------------------------------------------

    def of_plan(self, plan: RunPlan, ledger: Any = None) -> list[str]:
        """Return all that forbids a plan, whoever approves it.

        Args:
            plan: The plan.
            ledger: Where there is one, its switches count too.
        """
        found = [
            f"{point.id}: {fault}"
            for point in plan.points()
            for fault in self._forbids(plan, point)
        ]
        found += _destroys_unseen(plan)
        if ledger is not None:
            with ledger.reading() as connection:
                stop = switches.engaged(connection, plan.tenant, switches.Name.STOP)
                found += [f"the emergency stop is on: {stop.reason}"] if stop else []
        return found

    def cautions(self, plan: RunPlan, ledger: Any = None) -> list[str]:
        """Return why a plan would wait for people although its mode is ``auto``."""
        why = self.why_people(plan.tenant, plan.agent)
        found = [why] if why else []
        if ledger is not None:
            with ledger.reading() as connection:
                breaker = switches.engaged(connection, plan.tenant, switches.Name.BREAKER)
                found += [f"the breaker is open: {breaker.reason}"] if breaker else []
                much = self._too_much(connection, plan.tenant, plan.agent)
                found += [much] if much else []
        return found

    def _forbids(self, plan: RunPlan, point: Point) -> Iterator[str]:
        """Yield why a step may never be done."""
        yield from self._strange(plan.tenant, point)
        accounts = map(str, plan.facts.get("accounts", ()))
        patterns = self._protected(plan.tenant)
        pattern = protection.protected_by(point, plan.agent, patterns, accounts)
        if pattern:
            yield f"{pattern} is protected"
        own = protection.is_own(point, self._own)
        if own:
            yield f"it is about {own}, an account of the responder itself"
        loose = protection.unbounded(point)
        if loose:
            yield f"{loose} has no bounds"

    def _strange(self, tenant: str, point: Point) -> Iterator[str]:
        connection = self.settings.connections.get(point.connection)
        if connection is None:
            yield f"no target is called {point.connection!r}"
        elif not connection.is_for(tenant):
            yield f"{point.connection} is not for the tenant {tenant}"
        elif connection.vendor != point.action.partition(".")[0]:
            yield f"{point.connection} is no target of {point.action}"

    def _protected(self, tenant: str) -> tuple[str, ...]:
        return (*self.settings.self_protected, *self.settings.policy(tenant).protected)

    # Executing ---------------------------------------------------------------------------

    def check(self, connection: Connection, run: RunRow, point: Point) -> None:
        """Let one change pass, or say why not; in the transaction that writes its intent.

        Args:
            connection: Of that transaction; it holds the head of the tenant's chain.
            run: The run's row.
            point: The step that is about to be sent.

        Raises:
            Guarded: It may never be done, or the emergency stop is on.
            NotApproved: People have to say yes first (``radius.TooMany``: one too many).
        """
        on = switches.hold_if_stopped(connection, run.tenant)
        for fault in self._forbids(run.plan, point):
            raise Guarded(fault, where=f"{run.id}/{point.id}", mend="a person has to do it by hand")
        moment = now_ms(connection)
        mode = self.mode_of(run.tenant, run.agent, run.playbook, point.reversibility, moment)
        told = run.playbook == paging.PLAYBOOK and point.verb is Verb.NOTIFY
        if (mode is Mode.OBSERVE and not told) or run.mode == Mode.OBSERVE:
            what = f"{point.reversibility} actions of {run.playbook} are observed only"
            raise Guarded(what, where=f"{run.id}/{point.id}", mend="respond: mode: says so")
        nodes = covering(run.text).get(point.id, ())
        if point.verb in TOUCHES_NOBODY and not nodes:
            return
        self._evidence_first(connection, run, point)
        much = self._too_much(connection, run.tenant, run.agent)
        if much and not self._given(connection, run, (NODE,), 1, _by(connection, run, point)):
            raise radius.TooMany(much, where=f"{run.id}/{point.id}", mend="people have to say yes")
        waits = Mode.APPROVE in (mode, run.mode) or switches.Name.BREAKER in on
        if point.verb not in TOUCHES_NOBODY and waits:
            needs = self.needed(run.tenant, run.agent, point.reversibility)
            self._approved(connection, run, point, needs, (*nodes, NODE))
        elif nodes:  # the playbook asks, whatever the mode: as many as it says
            self._approved(connection, run, point, 1, (*nodes, NODE))

    def _too_much(self, connection: Connection, tenant: str, agent: str) -> str:
        limits = self.settings.policy(tenant).limits
        found = radius.touched(connection, tenant, agent, limits, now_ms(connection))
        return radius.too_much(limits, found, self._known[tenant])

    def _evidence_first(self, connection: Connection, run: RunRow, point: Point) -> None:
        """Let nothing be destroyed before its evidence is safe and in the audit chain."""
        if point.reversibility is Reversibility.IRREVERSIBLE:
            custody.adopt(connection, self.settings, run)
        if point.verb in DESTROYS and not custody.is_safe(connection, run):
            what = "it destroys, and the evidence is not safe"
            raise Guarded(what, where=f"{run.id}/{point.id}", mend="a snapshot has to be verified")

    def _approved(
        self,
        connection: Connection,
        run: RunRow,
        point: Point,
        needs: int,
        nodes: tuple[str, ...],
    ) -> None:
        if not self._given(connection, run, nodes, needs, _by(connection, run, point)):
            many = "two people" if needs == 2 else f"{needs} people" if needs > 2 else "a person"
            what = f"{point.step.title}: {many} must say yes to it"
            raise NotApproved(what, where=f"{run.id}/{point.id}")

    def _given(
        self, connection: Connection, run: RunRow, nodes: tuple[str, ...], needs: int, by: str = ""
    ) -> bool:
        """Is one of some approvals given by enough people? It is spent.

        It is for the plan as it is now; or it is the one by which the ledger approved this point
        (``by``), and the plan has changed elsewhere since: a point that changed itself is not
        approved any more.
        """
        table = asked_table.c
        rows = connection.execute(
            select(table.node, table.state, table.plan_hash, table.expires_ms).where(
                table.run == run.id,
                table.node.in_(nodes),
                table.state.in_([one.value for one in approvals.GIVEN]),
                table.needs >= needs,
            )
        ).all()
        now = [row for row in rows if row.plan_hash == run.plan_hash]
        used = [row for row in now if row.state == State.USED]
        if used or any(row.node == by and row.state == State.USED for row in rows):
            return True
        for row in now:
            if row.expires_ms > now_ms(connection):
                approvals.use(connection, run.id, row.node, run.plan_hash)
                return True
        return False

    # After a refusal ---------------------------------------------------------------------

    def ask_people(
        self, connection: Connection, run: RunRow, plan: RunPlan, error: NotApproved
    ) -> Asked:
        """Ask for what ``check`` found missing; where it was one too many, open the breaker.

        Args:
            connection: Of a transaction of its own, after that of the intent was let go.
            run: The run's row.
            plan: Its plan.
            error: What ``check`` raised.

        Returns:
            The request, of the node ``NODE``; the breaker is open where ``error`` is ``TooMany``.
        """
        policy = self.settings.policy(run.tenant)
        if isinstance(error, radius.TooMany):
            self._open_breaker(connection, run, error.what)
        kinds = {point.reversibility for point in plan.points()}
        needs = max((self.needed(run.tenant, run.agent, kind) for kind in kinds), default=1)
        node = Approval(NODE, needs, policy.expires, error.what)
        return approvals.ask(connection, run.id, run.tenant, node, run.plan_hash)

    def _open_breaker(self, connection: Connection, run: RunRow, reason: str) -> None:
        """Open the tenant's breaker and have people paged; once, however many run into it."""
        name = switches.Name.BREAKER
        opened = switches.switch_on(connection, run.tenant, name, by=GUARDS, reason=reason)
        if opened is not None:
            case = f"{name.value}-{opened.at_ms}"
            plan = paging.page(self.settings, run.tenant, run.agent, case, reason)
            if plan is not None:
                entered(connection, plan, GUARDS)

    def electorate(self, plan: RunPlan) -> Electorate:
        """Return who may not vote about a plan: agents, and whoever wrote what set it off."""
        held = {ref.ref for one in self.registry for ref in one.accounts}
        own = plan.facts.get("accounts", ())
        authors = plan.facts.get("trigger_authors", ())
        warrant = self._warrant(plan.tenant, plan.agent)
        only = warrant.approvers if warrant is not None else ()
        agents = {*held, *map(str, own), plan.agent, *(one.agent for one in self.registry)}
        return Electorate(agents, tuple(map(str, authors)), only)


def _by(connection: Connection, run: RunRow, point: Point) -> str:
    """Return by which node the ledger approved a point; ``policy`` where none was asked."""
    return point_of(connection, run.id, point.id).approval


def _now() -> int:
    return time.time_ns() // 1_000_000


def in_window(policy: Policy, agent: str, at_ms: int) -> str:
    """Return which maintenance window a moment falls into for an agent; empty for none."""
    for window in policy.windows:
        for_it = not window.agents or any(fnmatchcase(agent, one) for one in window.agents)
        if for_it and _ms(window.start) <= at_ms < _ms(window.end):
            return f"maintenance until {window.end}"
    return ""


@lru_cache(maxsize=256)
def _ms(text: str) -> int:
    return moment_ms(text)


def _destroys_unseen(plan: RunPlan) -> list[str]:
    """Return the steps that destroy before the plan has taken evidence."""
    safe, found = False, []
    for point in plan.points():
        safe = safe or point.verb is Verb.SNAPSHOT
        if point.verb in DESTROYS and not safe:
            found.append(f"{point.id}: it destroys, and no evidence is taken before it")
    return found
