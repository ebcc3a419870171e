"""What a run has done and how it is known: the chain from the log line to the revoked key.

Everything is read from the ledger: the log's events and rules that set it off, who said yes, each
enforcement point with its read, the entry of the audit chain that holds it, and how long what was
issued before may still work. What is not proven is said to be so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Connection

from agentwarrant.event import iso_from_ms
from agentwarrant.respond.action import Reversibility
from agentwarrant.respond.guard import custody
from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.rows import PointRow, RunRow, points_of, run_of
from agentwarrant.respond.ledger.states import HARMLESS, Cause
from agentwarrant.respond.ledger.tables import IN_FORCE, PointState, RunState
from agentwarrant.respond.people import approvals
from agentwarrant.respond.reporting.casefile import LOG
from agentwarrant.respond.runplan import Point

_ENDS = {
    PointState.VERIFIED: ("point_verified",),
    PointState.ROLLED_BACK: ("point_rolled_back",),
}


@dataclass(frozen=True, slots=True)
class PointProof:
    """One enforcement point of a run.

    Attributes:
        id, title, action, connection: As planned.
        where: The enforcement point.
        state, cause, detail: See ``ledger.states``.
        is_stopped: Is it known that the agent cannot act there: verified, or in force by another
            run?
        by: Which approval let it be sent, or ``policy``.
        sent, applied, verified, undone: ISO times, UTC; empty: it did not happen.
        proof: The read that shows it, in words.
        residual_s: How long at most what was issued before still works, from ``applied`` on.
        residual: What that is.
        residual_until: Until when; empty where nothing is left.
        seq, hash: Of the audit entry that holds its last state.
        irreversible: Can nothing take it back?
    """

    id: str
    title: str
    action: str
    connection: str
    where: str
    changes: str
    state: str
    cause: str
    detail: str
    is_stopped: bool
    by: str
    sent: str
    applied: str
    verified: str
    undone: str
    proof: str
    residual_s: float
    residual: str
    residual_until: str
    seq: int
    hash: str
    irreversible: bool

    @property
    def exposure(self) -> str:
        """The residual exposure as a sentence; empty where there is none."""
        if not self.residual_until:
            return ""
        what = f": {self.residual}" if self.residual else ""
        before, until = _clock(self.applied), _clock(self.residual_until)
        return f"what was issued before {before} may work until {until}{what}"


@dataclass(frozen=True, slots=True)
class Consent:
    """One request for approval: which node, how it stands, and who said what."""

    node: str
    state: str
    needs: int
    attempt: int
    asked: str
    expires: str
    votes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Proof:
    """One run.

    Attributes:
        log: What set it off: ``event``, ``time``, ``rule``, ``what``, ``file`` of each log line.
        first_event, entered, contained: ISO times, UTC.
        time_to_contain_s: From the first event to the last point verified; None: not contained.
        reaction_s: From when the run was entered to that.
        residual_s: Seconds for which what was issued before may still work, the longest, now.
        not_covered: Accounts that nothing here can stop, and points that are not proven.
        evidence: Manifests of what was kept: ``manifest``, ``parts``, ``taken``.
        chain: First and last entry of the audit chain about it: ``seq`` and ``hash``.
    """

    run: str
    tenant: str
    agent: str
    playbook: str
    title: str
    state: str
    reason: str
    mode: str
    plan_hash: str
    cases: tuple[str, ...]
    log: tuple[Mapping[str, Any], ...]
    first_event: str
    entered: str
    contained: str
    time_to_contain_s: float | None
    reaction_s: float | None
    residual_s: float
    points: tuple[PointProof, ...]
    consents: tuple[Consent, ...]
    not_covered: tuple[str, ...]
    irreversible: tuple[str, ...]
    notes: tuple[str, ...]
    evidence: tuple[Mapping[str, Any], ...]
    chain: tuple[Mapping[str, Any], ...] = field(default_factory=tuple)

    def data(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        own = asdict(self)
        for row, point in zip(own["points"], self.points, strict=True):
            row["exposure"] = point.exposure
        return own


def proof_of(ledger: Ledger, run: str) -> Proof:
    """Return what a run has done, and how it is known.

    Raises:
        UsageError: There is no such run.
    """
    with ledger.reading() as connection:
        row = run_of(connection, run)
        entries = audit.told(connection, row.tenant, run)
        rows = points_of(connection, run)
        points = tuple(_point(one, row.point(one.point), entries) for one in rows)
        consents = tuple(map(_consent, approvals.asked(connection, run)))
        evidence = tuple(_evidence(connection, run))
        now = ledger.now_ms()
    facts, contained = row.plan.facts, row.contained_ms
    return Proof(
        run=row.id,
        tenant=row.tenant,
        agent=row.agent,
        playbook=row.playbook,
        title=row.plan.title,
        state=row.state.value,
        reason=row.reason,
        mode=row.mode,
        plan_hash=row.plan_hash,
        cases=row.cases,
        log=tuple(facts.get(LOG, ())),
        first_event=_iso(row.first_event_ms),
        entered=_iso(row.created_ms),
        contained=_iso(contained),
        time_to_contain_s=_span(row.first_event_ms, contained),
        reaction_s=_span(row.created_ms, contained),
        residual_s=max((_left(one, now) for one in rows), default=0.0),
        points=points,
        consents=consents,
        not_covered=tuple(_not_covered(row, points)),
        irreversible=row.plan.irreversible,
        notes=row.plan.notes,
        evidence=evidence,
        chain=tuple(_ends(entries)),
    )


def _point(row: PointRow, point: Point, entries: list[audit.Entry]) -> PointProof:
    own = [entry for entry in entries if entry.point == row.point]
    wanted = _ENDS.get(row.state, (f"point_{row.state.value}",))
    told = next((e for e in reversed(own) if e.kind in wanted), own[-1] if own else None)
    left = row.state in IN_FORCE and row.applied_ms and row.residual_s > 0
    until = row.applied_ms + int(row.residual_s * 1000) if left else 0
    return PointProof(
        id=row.point,
        title=point.step.title,
        action=row.action,
        connection=row.connection,
        where=point.step.point or point.step.request.method,
        changes=point.step.changes,
        state=row.state.value,
        cause=row.cause,
        detail=row.detail,
        is_stopped=row.state is PointState.VERIFIED or row.cause == Cause.IN_FORCE,
        by=row.approval,
        sent=_iso(row.sent_ms),
        applied=_iso(row.applied_ms),
        verified=_iso(row.verified_ms),
        undone=_iso(row.undone_ms),
        proof=str(point.step.verify),
        residual_s=row.residual_s,
        residual=point.step.residual,
        residual_until=_iso(until),
        seq=told.seq if told else 0,
        hash=told.hash if told else "",
        irreversible=point.reversibility is Reversibility.IRREVERSIBLE,
    )


def _ends(entries: list[audit.Entry]) -> Iterator[Mapping[str, Any]]:
    """Yield the first and the last of some entries."""
    for entry in (*entries[:1], *entries[1:][-1:]):
        yield {"seq": entry.seq, "hash": entry.hash, "kind": entry.kind}


def _consent(one: approvals.Asked) -> Consent:
    return Consent(
        node=one.node,
        state=one.state.value,
        needs=one.needs,
        attempt=one.attempt,
        asked=_iso(one.asked_ms),
        expires=_iso(one.expires_ms),
        votes=one.voted,
    )


def _evidence(connection: Connection, run: str) -> Iterator[Mapping[str, Any]]:
    listed = custody.kept(connection, run)
    for one in listed:
        if one.is_manifest:
            number = one.name.partition(".")[0]
            parts = sum(other.name.startswith(f"{number}.") for other in listed) - 1
            yield {"manifest": one.sha256, "parts": parts, "taken": _iso(one.collected_ms),
                   "collector": one.collector, "hold": one.hold}  # fmt: skip


def _not_covered(row: RunRow, points: tuple[PointProof, ...]) -> Iterator[str]:
    """Yield what the agent may still use, a line each."""
    for ref in row.plan.facts.get("not_covered", ()):
        yield f"{ref}: nothing here can stop it"
    if row.state in (RunState.RELEASED, RunState.RELEASING, RunState.OBSERVED):
        return
    for one in points:
        skipped = one.state == PointState.SKIPPED and one.cause in HARMLESS
        if not one.is_stopped and not skipped and one.state != PointState.ROLLED_BACK:
            why = f" ({one.detail})" if one.detail else ""
            yield f"{one.where}: {one.title}: {one.state}{why}"


def _left(row: PointRow, now: int) -> float:
    """Return for how many seconds what was issued before a point may still work."""
    if row.state not in IN_FORCE or not row.applied_ms:
        return 0.0
    return max(row.residual_s - (now - row.applied_ms) / 1000, 0.0)


def _span(begin: int, end: int) -> float | None:
    return round((end - begin) / 1000, 3) if begin and end >= begin else None


def _iso(milliseconds: int) -> str:
    return iso_from_ms(milliseconds) if milliseconds else ""


def _clock(iso: str) -> str:
    """Return a time as people say it: 2026-11-29 10:02Z."""
    return f"{iso[:10]} {iso[11:16]}Z"
