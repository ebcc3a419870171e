"""Chain of custody: which evidence each run took, in the ledger and its audit chain.

A snapshot that a run has taken is adopted: its parts get rows, and the hash of its manifest an
entry in the audit chain, in the transaction that notes that the snapshot is verified. Evidence is
kept until it is let go; what is on hold no retention deletes.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, delete, insert, select, update

from agentwarrant.errors import Tampered, UsageError
from agentwarrant.event import epoch_ms, iso_from_ms
from agentwarrant.respond.action import Verb
from agentwarrant.respond.guard.snapshots import Evidence, Snapshot
from agentwarrant.respond.ledger import audit, tables
from agentwarrant.respond.ledger.rows import RunRow, points_of, run_of
from agentwarrant.respond.ledger.states import Cause
from agentwarrant.respond.ledger.tables import PointState, evidence, points
from agentwarrant.respond.runplan import canonical
from agentwarrant.respond.settings import Settings
from agentwarrant.respond.vendor import actions

MANIFEST = "manifest"
TAKEN = "evidence_taken"
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """One part of a run's evidence, or its manifest.

    Attributes:
        name: Number of the snapshot in the run and of the part in it, and what the part is.
        place: The case.
        collected_ms: When the snapshot was taken, as its manifest says.
        hold: Is it kept against retention?
    """

    run: str
    name: str
    tenant: str
    sha256: str
    bytes: int
    place: str
    collected_ms: int
    collector: str
    hold: bool

    @property
    def is_manifest(self) -> bool:
        """Is it the manifest, part 0 of its snapshot?"""
        return self.name.partition(" ")[0].endswith(".0")


def is_safe(connection: Connection, run: RunRow) -> bool:
    """Has a run taken its evidence: is each snapshot of it verified, and is there one?"""
    verbs = {point.id: point.verb for point in run.plan.points()}
    rows = [row for row in points_of(connection, run.id) if verbs.get(row.point) is Verb.SNAPSHOT]
    done = [row for row in rows if row.state is PointState.VERIFIED or row.cause == Cause.IN_FORCE]
    return bool(rows) and len(done) == len(rows)


def adopt(connection: Connection, settings: Settings, run: RunRow) -> list[Kept]:
    """Write down the snapshots of a run's cases that it has not yet; return the new rows.

    Args:
        connection: Of a transaction that holds the head of the tenant's chain.
        settings: Where evidence is, and whether it is on hold from the start.
        run: The run; only one that has taken evidence adopts any.
    """
    if not is_safe(connection, run):
        return []
    store = Evidence(settings.folder)
    known = {row.sha256 for row in kept(connection, run.id) if row.is_manifest}
    new: list[Kept] = []
    for case in run.cases:
        for snapshot in store.snapshots(run.tenant, case)[-1:]:
            if snapshot.sha256 not in known:
                known.add(snapshot.sha256)
                new += _adopted(connection, settings, run, snapshot, len(known))
    return new


def unadopted(connection: Connection) -> list[str]:
    """Return the runs that have verified a snapshot and whose evidence is not written down.

    There are such where an earlier version, which wrote it down later, was the last to look.
    """
    taken = [name for name, action in actions().items() if action.verb is Verb.SNAPSHOT]
    known = select(tables.audit.c.run).where(tables.audit.c.kind == TAKEN)  # also what expired
    asked = select(points.c.run).where(
        points.c.action.in_(taken),
        points.c.state == PointState.VERIFIED.value,
        points.c.run.not_in(known),
    )
    return sorted(set(connection.execute(asked).scalars()))


def _adopted(
    connection: Connection, settings: Settings, run: RunRow, snapshot: Snapshot, number: int
) -> Iterator[Kept]:
    hold = settings.policy(run.tenant).holds
    taken = epoch_ms(str(snapshot.data["taken"]))
    case, who = str(snapshot.data["case"]), str(snapshot.data["collector"])
    text = Evidence(settings.folder).manifest(run.tenant, case, snapshot.sha256)
    head = {"name": MANIFEST, "sha256": snapshot.sha256, "bytes": len(text)}
    for index, part in enumerate((head, *snapshot.parts)):
        one = Kept(
            run=run.id,
            name=f"{number}.{index} {part['name']}"[:_LONGEST],
            tenant=run.tenant,
            sha256=str(part["sha256"]),
            bytes=int(part["bytes"]),
            place=case,
            collected_ms=taken,
            collector=who[:_LONGEST],
            hold=hold,
        )
        own = {name: getattr(one, name) for name in Kept.__slots__}
        connection.execute(insert(evidence).values(**own))
        yield one
    data = {"manifest": snapshot.sha256, "parts": len(snapshot.parts), "hold": hold,
            "collector": who, "taken": snapshot.data["taken"]}  # fmt: skip
    audit.append(connection, run.tenant, TAKEN, run.id, "", who, data)


def kept(connection: Connection, run: str = "", tenant: str = "") -> list[Kept]:
    """Return what is kept: of a run, of a tenant, or all; the oldest first."""
    asked = select(evidence).order_by(evidence.c.collected_ms, evidence.c.run, evidence.c.name)
    if run:
        asked = asked.where(evidence.c.run == run)
    if tenant:
        asked = asked.where(evidence.c.tenant == tenant)
    rows = connection.execute(asked)
    return [Kept(**{**dict(row._mapping), "hold": bool(row.hold)}) for row in rows]


def put_on_hold(connection: Connection, run: str, on: bool, *, actor: str, reason: str) -> int:
    """Keep a run's evidence against retention, or let it go; return how many parts it has.

    Raises:
        UsageError: The run has no evidence.
    """
    row = run_of(connection, run)
    audit.lock(connection, row.tenant)
    changed = connection.execute(update(evidence).where(evidence.c.run == run).values(hold=int(on)))
    if not changed.rowcount:
        raise UsageError("the run has taken no evidence", where=run)
    kind = "evidence_held" if on else "evidence_let_go"
    audit.append(connection, row.tenant, kind, run, "", actor, {"reason": reason})
    return changed.rowcount


def faults(connection: Connection, settings: Settings, run: str) -> list[str]:
    """Return what of a run's evidence is not what it was; nothing where all is whole."""
    row, store = run_of(connection, run), Evidence(settings.folder)
    listed = kept(connection, run)
    chained = {
        str(audit.data_of(entry)["manifest"])
        for entry in audit.told(connection, row.tenant, run)
        if entry.kind == TAKEN
    }
    found = []
    for one in listed:
        if one.is_manifest:
            text = store.manifest(one.tenant, one.place, one.sha256)
            if hashlib.sha256(text).hexdigest() != one.sha256:
                found.append(f"{one.name}: it is not what it was")
            if one.sha256 not in chained:
                found.append(f"{one.name}: the audit chain does not know it")
            found += _unlisted(text, listed)
        elif not store.is_whole(one.sha256):
            found.append(f"{one.name}: it is not what it was")
    missing = chained - {one.sha256 for one in listed}
    return [*found, *(f"the chain knows a manifest that is gone: {one}" for one in sorted(missing))]


def _unlisted(manifest: bytes, listed: list[Kept]) -> Iterator[str]:
    """Yield parts of a manifest that the ledger has no row of."""
    known = {one.sha256 for one in listed}
    try:
        parts = orjson.loads(manifest)["parts"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return
    yield from (f"{p['name']}: the ledger has lost it" for p in parts if p["sha256"] not in known)


def export(connection: Connection, settings: Settings, run: str) -> bytes:
    """Return a run's evidence as a ZIP file: parts, manifests, and its entries of the chain.

    Raises:
        Tampered: Something of it is not what it was.
        UsageError: The run has taken none.
    """
    row, store = run_of(connection, run), Evidence(settings.folder)
    listed = kept(connection, run)
    if not listed:
        raise UsageError("the run has taken no evidence", where=run)
    wrong = faults(connection, settings, run)
    if wrong:
        raise Tampered(wrong[0], where=run, mend="agentwarrant respond evidence verify")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for one in {one.sha256: one for one in listed}.values():  # two parts may hold the same
            if one.is_manifest:
                text = store.manifest(one.tenant, one.place, one.sha256)
                file.writestr(_entry(f"manifests/{one.sha256}.json"), text)
            else:
                file.writestr(_entry(f"parts/{one.sha256}.jsonl"), store.part(one.sha256))
        entries = [canonical(_plain(e)) for e in audit.told(connection, row.tenant, run)]
        file.writestr(_entry("audit.jsonl"), b"\n".join(entries) + b"\n")
    return packed.getvalue()


def _plain(entry: audit.Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in audit.Entry.__slots__}


def _entry(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)  # dated 1980: the same evidence gives the same bytes
    info.external_attr = 0o600 << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def expire(connection: Connection, tenant: str, before_ms: int, *, actor: str) -> list[Kept]:
    """Forget evidence of a tenant that is older and not on hold; return what nobody needs now.

    A part that is in other evidence too stays. Whoever asks commits, and then calls ``drop``.
    """
    audit.lock(connection, tenant)
    rows = kept(connection, tenant=tenant)
    old = [one for one in rows if one.collected_ms < before_ms and not one.hold]
    for one in old:
        gone = (evidence.c.run == one.run, evidence.c.name == one.name)
        connection.execute(delete(evidence).where(*gone))
    for run in dict.fromkeys(one.run for one in old):
        data = {"before": iso_from_ms(before_ms), "parts": sum(o.run == run for o in old)}
        audit.append(connection, tenant, "evidence_expired", run, "", actor, data)
    left = {one.sha256 for one in kept(connection)}
    return [one for one in old if one.sha256 not in left]


def drop(settings: Settings, gone: Iterable[Kept]) -> None:
    """Delete the files of evidence that was forgotten."""
    store = Evidence(settings.folder)
    for one in gone:
        if one.is_manifest:
            store.drop_manifest(one.tenant, one.place, one.sha256)
        else:
            store.drop(one.sha256)
