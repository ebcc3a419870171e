"""Playbook and target -> run plan: everything that will be done, decided before any of it is.

A step that asks for a verb becomes the requests of every vendor that can do it to one of the
agent's accounts, over every connection that serves it. Real state is read, nothing is changed.
The same state gives the same plan, to the last digit of its hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Sequence as Listed
from dataclasses import dataclass, field, fields
from typing import Any

from agentwarrant.errors import Guarded
from agentwarrant.respond.action import TOUCHES_NOBODY, Reversibility, Step, Target, Verb
from agentwarrant.respond.guard.guards import Guards
from agentwarrant.respond.ledger.pruning import pruned, step_of, without
from agentwarrant.respond.people import consent
from agentwarrant.respond.people.consent import Need
from agentwarrant.respond.planning import reach, readings
from agentwarrant.respond.planning.compiled import Compiler
from agentwarrant.respond.planning.parts import PlaybookStep
from agentwarrant.respond.planning.playbook import Playbook, playbooks
from agentwarrant.respond.planning.readings import Planned
from agentwarrant.respond.planning.replanning import replan as replan
from agentwarrant.respond.planning.replanning import replanner as replanner
from agentwarrant.respond.planning.targets import MOST as CUT_AT
from agentwarrant.respond.planning.targets import target_data
from agentwarrant.respond.runplan import Node, Parallel, Point, RunPlan, Sequence, walk
from agentwarrant.respond.settings import OFF, Mode, Policy, Settings
from agentwarrant.respond.transport import Transport

NOT_COVERED = "NOT COVERED"
MOST = 500
"""Points of one run: more than that is no answer to one agent."""

_STOPS = (Verb.DISABLE_SCHEDULES, Verb.CUT_CHANNELS)


def plan_run(
    playbook: Playbook,
    target: Target,
    *,
    cases: Listed[str],
    facts: Mapping[str, Any],
    settings: Settings,
    policy: Policy | None = None,
    transports: Mapping[str, Transport] | None = None,
    known: Listed[Playbook] | None = None,
    guards: Guards | None = None,
    patience: float = readings.PATIENCE,
) -> RunPlan:
    """Return what a run of a playbook would do to a target.

    Args:
        playbook: What is asked for.
        target: Whom it is about (``targets.target_of``).
        cases: Ids of the cases that it is for.
        facts: Of the cases (``targets.facts_of``); ``agent``: the id that its warrant gives it;
            ``stops``: what stops working (``dependants.stops_with``).
        settings: Connections and policies.
        policy: Of the target's tenant; None: what the settings say.
        transports: Open connections, by name; the others are opened, to read.
        known: Playbooks that this one may run; None: the shipped ones.
        guards: Say which points need people; None: those of the settings.
        patience: Seconds that all vendors together have to answer (``readings.read``).

    Raises:
        Guarded: The playbook is switched off for the tenant, or the plan would be without end.
    """
    policy = policy or settings.policy(target.tenant)
    if policy.playbooks.get(playbook.name) == OFF:
        what = f"the playbook {playbook.name} is switched off for the tenant {target.tenant}"
        raise Guarded(what, mend="respond: playbooks: says so")
    compiler = Compiler(playbooks() if known is None else known, facts, target, policy.expires)
    making = _Making(settings, target, transports, patience)
    making.read(compiler.asked(playbook))
    tree = pruned(compiler.tree(playbook, making.node), making.asked_ids())
    agent = str(facts.get("agent") or target.agent)
    consenting = _Consenting(guards or Guards(settings), target.tenant, agent, playbook.name)
    root, mode, left = consenting.consented(tree, making.steps, policy)
    missing = dict(reach.not_covered(target, making.connections))
    points = [node for node in walk(root) if isinstance(node, Point)]
    stops = [*_stops(points), *map(str, facts.get("stops", ()))]
    return RunPlan(
        playbook=playbook.name,
        title=playbook.title,
        tenant=target.tenant,
        agent=agent,
        cases=tuple(cases),
        mode=mode.value,
        root=root,
        notes=tuple(
            dict.fromkeys(
                (
                    *(f"{NOT_COVERED}: {ref}: {why}" for ref, why in missing.items()),
                    *_cut(target),
                    *left,
                    *making.notes,
                    *stops,
                )
            )
        ),
        irreversible=tuple(map(final, filter(is_final, points))),
        facts={
            **{name: value for name, value in facts.items() if name != "agent"},
            "stops": stops,
            "target": target_data(target),
            "accounts": list(target.accounts),
            "not_covered": list(missing),
        },
    )


def is_final(point: Point) -> bool:
    """Can nobody take it back, and does it touch the agent?"""
    final = point.reversibility is Reversibility.IRREVERSIBLE
    return final and point.verb not in TOUCHES_NOBODY


def final(point: Point) -> str:
    """Return what cannot be taken back, for a person."""
    return f"{point.step.title}: {point.step.changes} ({point.connection})"


def _cut(target: Target) -> Iterator[str]:
    for one in fields(Target):
        if len(getattr(target, one.name)) >= CUT_AT and one.type.startswith("tuple"):
            yield f"{NOT_COVERED}: of its {one.name} only the first {CUT_AT} are looked at"


def _stops(points: Listed[Point]) -> Iterator[str]:
    for verb in _STOPS:
        changed = [point.step.changes for point in points if point.verb is verb]
        for one in changed[: consent.SHOWN]:
            yield f"Stops working: {one}"
        if len(changed) > consent.SHOWN:
            yield f"Stops working: {len(changed) - consent.SHOWN} more of this kind"


@dataclass(slots=True)
class _Making:
    """Makes points of a playbook's steps."""

    settings: Settings
    target: Target
    transports: Mapping[str, Transport] | None
    patience: float
    steps: dict[str, PlaybookStep] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _made: dict[str, list[Planned]] = field(default_factory=dict)
    _done: dict[str, str] = field(default_factory=dict)
    _count: int = 0

    def connections(self, vendor: str) -> list[Any]:
        """Return the connections to a vendor that may be used for the target's tenant."""
        return sorted(
            self.settings.connections_for(vendor, self.target.tenant), key=lambda one: one.name
        )

    def read(self, asked: Mapping[str, PlaybookStep]) -> None:
        """Plan every action of every step, all connections at once."""
        found: list[tuple[str, reach.Way]] = []
        for identity, step in asked.items():
            wanted = reach.asked_for(step.verb, step.action, step.about)
            ways = list(reach.ways(wanted, self.target, self.connections))
            found += ((identity, way) for way in ways)
            self._made[identity] = []
            if not ways:
                self.notes.append(f"{identity}: {self._why_nothing(step, wanted)}")
        planned = readings.read([way for _, way in found], self.transports, self.patience)
        for (identity, _), made in zip(found, planned, strict=True):
            self._made[identity].append(made)

    def _why_nothing(self, step: PlaybookStep, wanted: Listed[Any]) -> str:
        what = step.verb or step.action
        if not wanted:
            return f"no vendor here can {what}"
        able = [one for one in wanted if reach.narrowed(one, self.target, None)]
        if not able:
            return "the case names nothing that it could be done to"
        vendors = sorted({one.vendor for one in able})
        return f"{NOT_COVERED}: no connection to {' or '.join(vendors)} is configured for it"

    def node(self, identity: str, step: PlaybookStep) -> Node | None:
        """Return a step's points: connections side by side, the requests of each in order."""
        number = 0
        by_connection: dict[str, list[Node]] = {}
        for made in self._made[identity]:
            where = f"{identity}: {made.way.action.id} over {made.way.over}"
            self.notes += [f"{where}: {note}" for note in made.notes]
            for planned in made.steps:
                point = self._point(identity, step, made, planned, number + 1)
                if point is not None:
                    number += 1
                    self.steps[point.id] = step
                    by_connection.setdefault(made.way.over, []).append(point)
        rows = [
            nodes[0] if len(nodes) == 1 else Sequence(f"{identity}@{name}", tuple(nodes))
            for name, nodes in by_connection.items()
        ]
        return (
            Parallel(f"{identity}{consent.ONE_STEP}", tuple(rows))
            if len(rows) > 1
            else next(iter(rows), None)
        )

    def _point(
        self, identity: str, step: PlaybookStep, made: Planned, planned: Step, number: int
    ) -> Point | None:
        action = made.way.action
        point = Point(
            id=identity if number == 1 else f"{identity}.{number}",
            action=action.id,
            connection=made.way.over,
            reversibility=action.reversibility,
            verb=action.verb,
            on_failure=step.on_failure,
            step=planned,
            notes=made.notes,
        )
        before = self._done.setdefault(point.key, point.id)
        if before != point.id:
            self.notes.append(f"{identity}: {before} does it already: {planned.title}")
            return None
        self._count += 1
        if self._count > MOST:
            raise Guarded(f"a run of more than {MOST} steps", mend="narrow the target")
        return point

    def asked_ids(self) -> set[str]:
        """Return the steps that have points."""
        return {step_of(point) for point in self._done.values()}


@dataclass(frozen=True, slots=True)
class _Consenting:
    """Asks the guards what each point of a plan needs."""

    guards: Guards
    tenant: str
    agent: str
    playbook: str

    def consented(
        self, tree: Sequence, steps: Mapping[str, PlaybookStep], policy: Policy
    ) -> tuple[Sequence, Mode, list[str]]:
        """Return the tree with its questions, the mode of the run, and what was left out."""
        points = [node for node in walk(tree) if isinstance(node, Point)]
        modes = {point.id: self._mode(point) for point in points}
        order = list(Mode)
        touching = [modes[p.id] for p in points if p.verb not in TOUCHES_NOBODY]
        mode = max(touching or [*modes.values()] or [policy.mode], key=order.index)
        if mode is Mode.OBSERVE:
            return tree, mode, []
        only = {p.id: p for p in points if modes[p.id] is Mode.OBSERVE}
        left = [f"Only observed here, left out: {p.id}: {p.step.title}" for p in only.values()]
        tree = without(tree, set(only))
        needs = {
            p.id: Need(p, self._people(p, modes[p.id], steps[p.id]))
            for p in points
            if p.id not in only
        }
        return consent.with_approvals(tree, needs, policy.expires), mode, left

    def _mode(self, point: Point) -> Mode:
        return self.guards.mode_of(self.tenant, self.agent, self.playbook, point.reversibility)

    def _people(self, point: Point, mode: Mode, step: PlaybookStep) -> int:
        if point.verb in TOUCHES_NOBODY and not step.needs_approval:
            return 0
        if mode is Mode.APPROVE or step.needs_approval:
            return max(1, self.guards.needed(self.tenant, self.agent, point.reversibility))
        return 0
