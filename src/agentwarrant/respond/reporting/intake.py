"""From a case, or a name given by hand, to a run plan, and into the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Listed
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from agentwarrant.errors import Guarded, Refused, UsageError
from agentwarrant.event import Event, digest
from agentwarrant.finding import Case
from agentwarrant.respond.action import Reversibility, Target, Verb
from agentwarrant.respond.execution import undo
from agentwarrant.respond.execution.worker import Worker
from agentwarrant.respond.guard import custody, storms
from agentwarrant.respond.guard.guards import Guards
from agentwarrant.respond.guard.snapshots import Evidence
from agentwarrant.respond.guard.storms import Entered
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.rows import RunRow, run_of
from agentwarrant.respond.ledger.tables import RunState
from agentwarrant.respond.people.approvals import State
from agentwarrant.respond.planning.dependants import stops_with
from agentwarrant.respond.planning.planner import plan_run, replanner
from agentwarrant.respond.planning.playbook import Playbook, fitting, load_playbooks, playbooks
from agentwarrant.respond.planning.targets import MOST, Known, facts_of, target_of
from agentwarrant.respond.reporting import casefile
from agentwarrant.respond.runplan import RunPlan
from agentwarrant.respond.settings import Mode, Settings
from agentwarrant.respond.transport import Transport
from agentwarrant.respond.wording import is_ref, is_word

_FACETS = {
    "session": "sessions",
    "channel": "channels",
    "host": "hosts",
    "domain": "domains",
    "address": "addresses",
    "url": "urls",
    "tool": "tools",
    "server": "servers",
}
"""What may be named by hand beside accounts, ``kind:name``, and where a target has it."""


RELEASABLE = (
    RunState.CONTAINED,
    RunState.NOT_CONTAINED,
    RunState.STOPPED,
    RunState.NOT_RELEASED,
)


@dataclass(slots=True)
class Planning:
    """What planning needs of an installation.

    Attributes:
        settings: Connections and policies.
        guards: Of these settings and warrants.
        known: Warrants and inventory.
        among: The playbooks; None: the shipped ones and those of the settings over them.
        transports: Open connections, by name; the others are opened, to read.
    """

    settings: Settings
    guards: Guards
    known: Known = field(default_factory=Known)
    among: Listed[Playbook] | None = None
    transports: Mapping[str, Transport] | None = None

    def playbooks(self) -> Listed[Playbook]:
        """Return the playbooks that may be run.

        Raises:
            ContentErrors, PathNotFound: Those of the settings cannot be read.
        """
        if self.among is None:
            own = self.settings.playbook_files
            self.among = load_playbooks(own) if own else playbooks()
        return self.among

    def for_case(self, case: Case, playbook: Playbook | None = None) -> RunPlan | None:
        """Return what would be done about a case.

        Args:
            case: The case.
            playbook: None: the one that fits it best.

        Returns:
            None where no playbook fits.

        Raises:
            Guarded: The playbook is switched off for the tenant.
        """
        fits = [playbook] if playbook else fitting(case, self.playbooks())
        if not fits:
            return None
        target = target_of(case, self.known)
        facts = {
            **facts_of(case, self.known),
            "agent": case.agent,
            "stops": stops_with(case, target, self.known),
            casefile.LOG: casefile.log_of(case),
        }
        return self.for_target(fits[0], target, [case.id], facts)

    def keep(self, case: Case, plan: RunPlan, events: Iterable[Event] = ()) -> None:
        """Lay out what a case rests on, so that a run of the plan keeps it before anything goes.

        Whoever carries a plan out does this first: without, its step of evidence fails.

        Raises:
            ResponseError: The state folder cannot be written.
        """
        if self.known.redactor is not None:
            casefile.keep(self.settings, case, plan, self.known.redactor, events)

    def for_target(
        self, playbook: Playbook, target: Target, cases: Listed[str], facts: Mapping[str, Any]
    ) -> RunPlan:
        """Return what a playbook would do to a target.

        Raises:
            Guarded: The playbook is switched off for the tenant.
        """
        return plan_run(
            playbook,
            target,
            cases=cases,
            facts=facts,
            settings=self.settings,
            transports=self.transports,
            known=self.playbooks(),
            guards=self.guards,
        )


def by_hand(
    agent: str,
    named: Listed[str],
    *,
    tenant: str,
    severity: str,
    actors: Listed[str],
    now_ms: int,
    known: Known | None = None,
) -> tuple[Target, dict[str, Any], Case]:
    """Return the target that somebody names without logs, the facts of it, and a case for it.

    An agent that has a warrant, or is in the inventory, brings the accounts that stand there.

    Args:
        agent: Its id; empty: what the first account calls it.
        named: Accounts (``kind:id``) and others (``domain:evil.example``).
        tenant: Whose agent it is.
        severity: How bad it is.
        actors: Who names it, and so may not approve it: how they are called, and their accounts.
        now_ms: The moment whose warrants count.
        known: Warrants and inventory.

    Raises:
        UsageError: A name is none, or nobody is named.
    """
    facets: dict[str, Any] = {}
    refs: list[str] = []
    for one in named:
        kind, _, name = one.partition(":")
        if kind in _FACETS and is_word(name):
            facets[_FACETS[kind]] = (*facets.get(_FACETS[kind], ()), name)
        elif is_ref(one):
            refs.append(one)
        else:
            mend = f"kind:id such as keycloak.client:acme/helper, or {', '.join(_FACETS)}:NAME"
            raise UsageError(f"{one!r} names nothing", where="--account", mend=mend)
    agent = agent or next((ref.partition(":")[2] for ref in refs), "")
    if not is_word(agent):
        raise UsageError("nobody is named", where="--agent", mend="--agent ID, or --account")
    case = Case(f"hand-{digest('by hand', tenant, agent)}", tenant, agent, "", "")
    known = replace(known or Known(), at_ms=now_ms)
    whom = target_of(case, known)
    accounts = tuple(dict.fromkeys((*refs, *whom.accounts)))[:MOST]
    runs_as = next((ref for ref in accounts if ref.partition(":")[0].endswith(".agent")), "")
    target = replace(
        whom,
        agent=runs_as.partition(":")[2].rpartition("/")[2] or agent,
        accounts=accounts,
        tenant=tenant,
        title=f"Named by {actors[0]}",
        severity=severity,
        **facets,
    )
    facts = {
        **facts_of(case, known),
        "agent": agent,
        "severity": severity,
        "trigger_authors": list(dict.fromkeys(actors)),
        "stops": stops_with(case, target, known),
    }
    return target, facts, case


def carry_out(
    ledger: Ledger, plan: RunPlan, planning: Planning, *, actor: str, since_ms: int
) -> Entered:
    """Enter a plan and carry it out as far as it goes now: to its end, a wait or a question.

    Args:
        ledger: Where.
        plan: What is to be done.
        planning: What it was planned with.
        actor: Who starts it.
        since_ms: When planning began (``storms.enter``).

    Raises:
        Guarded: A guard forbids it, whoever approves.
    """
    forbidden = planning.guards.of_plan(plan, ledger) if plan.mode != Mode.OBSERVE else []
    if forbidden:
        raise Guarded("; ".join(forbidden), where=plan.playbook)
    entered = storms.enter(ledger, plan, actor=actor, since_ms=since_ms)
    if not entered.is_new:
        _keep_too(ledger, plan, entered.run, planning)
    work(ledger, entered.run, planning)
    return entered


def _keep_too(ledger: Ledger, plan: RunPlan, run: str, planning: Planning) -> None:
    """Keep the evidence of cases that an open run has taken; its own snapshot is of others."""
    kind = Reversibility.READ_ONLY
    mode = planning.guards.mode_of(plan.tenant, plan.agent, plan.playbook, kind)
    takes = any(point.verb is Verb.SNAPSHOT for point in plan.points())
    if not takes or mode is Mode.OBSERVE:
        return
    store = Evidence(planning.settings.folder)
    for case in plan.cases:
        with suppress(Refused):  # nothing of it is laid out: others were laid out for it
            store.collect(plan.tenant, case, plan.agent)
    with ledger.of(run) as connection:
        custody.adopt(connection, planning.settings, run_of(connection, run))


def work(ledger: Ledger, run: str, planning: Planning) -> None:
    """Carry a run on as far as it goes now: to its end, a wait or a question."""
    worker = Worker(ledger, planning.settings, planning.guards, replan=replanner(planning.settings))
    while worker.step(run):
        pass


def to_release(ledger: Ledger, tenant: str, agent: str) -> list[RunRow]:
    """Return the runs that have done something to an agent, the newest first."""
    found = [run for run in ledger.runs(tenant, RELEASABLE) if run.agent == agent]
    return sorted(found, key=lambda run: run.created_ms, reverse=True)


def to_let_go(ledger: Ledger, runs: Listed[RunRow], planning: Planning, *, actor: str) -> list[str]:
    """Ask people to let runs be taken back; return those that still wait for them.

    Args:
        ledger: Where.
        runs: All that are taken back, the newest first (``to_release``).
        planning: What planning needs.
        actor: Who asks.

    Raises:
        Guarded: A run that is not among them relies on one.
    """
    together = [run.id for run in runs]
    asked = {
        run: undo.ask_people(ledger, planning.settings, run, actor, together) for run in together
    }
    return [run for run, one in asked.items() if one and one.state is not State.GRANTED]


def take_back(
    ledger: Ledger, runs: Listed[RunRow], planning: Planning, *, actor: str, how: str
) -> list[RunRow]:
    """Take back runs one after the other; return how each stands.

    One that others rely on, or that is not taken back, ends it: what is older stays.

    Args:
        ledger: Where.
        runs: The newest first (``to_release``).
        planning: What planning needs.
        actor: Who asks.
        how: ``undo.Release``.

    Raises:
        Guarded: A run that is not among them relies on one.
    """
    ended = []
    for run in runs:
        undo.release(ledger, run.id, actor=actor, how=undo.Release(how))
        work(ledger, run.id, planning)
        ended.append(ledger.run(run.id))
        if ended[-1].state is not RunState.RELEASED:
            break
    return ended
