"""The tables of the ledger; SQLite and PostgreSQL have the same.

Times are milliseconds since 1970, UTC. JSON is text (``runplan.canonical``). Every row belongs to a
tenant, and nothing reads across tenants. Rows of ``audit`` are only ever added.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)


class RunState(StrEnum):
    """How far a run is."""

    OBSERVED = "observed"  # planned in observe mode: an end
    PLANNED = "planned"
    AWAITING = "awaiting"  # an approval
    RUNNING = "running"
    CONTAINED = "contained"  # every point verified: an end, until released
    NOT_CONTAINED = "not_contained"
    REFUSED = "refused"  # denied, expired or guarded: an end
    STOPPED = "stopped"  # by the emergency stop, or by a person
    RELEASING = "releasing"
    RELEASED = "released"  # an end
    NOT_RELEASED = "not_released"


class PointState(StrEnum):
    """How far one enforcement point is."""

    PLANNED = "planned"
    APPROVED = "approved"
    IN_FLIGHT = "in_flight"
    APPLIED = "applied_unverified"
    VERIFIED = "verified"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    ROLLED_BACK = "rolled_back"
    SKIPPED = "skipped"  # in force by another run, a guard's refusal, or a branch not taken


IN_FORCE = (PointState.IN_FLIGHT, PointState.APPLIED, PointState.VERIFIED, PointState.IN_DOUBT)
"""States in which an effect is, or may be, there."""

EVERYONE = "*"
"""In the place of a tenant: all of them."""

metadata = MetaData()

runs = Table(
    "aw_runs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(200), nullable=False),
    Column("agent", String(400), nullable=False),
    Column("playbook", String(80), nullable=False),
    Column("state", String(20), nullable=False),
    Column("mode", String(10), nullable=False),
    Column("plan", Text, nullable=False),
    Column("plan_hash", String(64), nullable=False),
    Column("cases", Text, nullable=False),  # JSON list; grows when more findings ask for the same
    Column("first_event_ms", BigInteger, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    Column("confirmed", Integer, nullable=False, default=0),  # a person confirmed the case
    Column("worker", String(80), nullable=False, default=""),
    Column("fence", BigInteger, nullable=False, default=0),
    Column("lease_until_ms", BigInteger, nullable=False, default=0),
    Column("wake_ms", BigInteger, nullable=False, default=0),  # no worker looks before
    Column("contained_ms", BigInteger, nullable=False, default=0),
    Column("release", String(20), nullable=False, default=""),  # undo.Release
    Column("reason", Text, nullable=False, default=""),
    Index("aw_runs_open", "tenant", "agent", "playbook", "state"),
    Index("aw_runs_state", "state", "lease_until_ms"),
)

points = Table(
    "aw_points",
    metadata,
    Column("run", String(40), nullable=False),
    Column("point", String(120), nullable=False),  # Point.id
    Column("tenant", String(200), nullable=False),
    Column("agent", String(400), nullable=False),
    Column("key", String(700), nullable=False),  # Point.key: what is in force
    Column("action", String(80), nullable=False),
    Column("connection", String(200), nullable=False),
    Column("reversibility", String(24), nullable=False),
    Column("state", String(20), nullable=False),
    Column("cause", String(20), nullable=False, default=""),  # ledger_states.Cause
    Column("approval", String(120), nullable=False, default=""),  # which node, or "policy"
    Column("attempts", Integer, nullable=False, default=0),
    Column("intended_ms", BigInteger, nullable=False, default=0),  # the first intent
    Column("sent_ms", BigInteger, nullable=False, default=0),  # the last intent
    Column("applied_ms", BigInteger, nullable=False, default=0),
    Column("verified_ms", BigInteger, nullable=False, default=0),
    Column("undone_ms", BigInteger, nullable=False, default=0),
    Column("residual_s", Float, nullable=False, default=0.0),
    Column("digest", String(64), nullable=False, default=""),
    Column("fence", BigInteger, nullable=False, default=0),
    Column("undo_next", Integer, nullable=False, default=0),  # how many undo requests are done
    Column("undo_sent", Integer, nullable=False, default=0),  # of how many there is an intent
    Column("detail", Text, nullable=False, default=""),  # what went wrong or was seen; no secret
    PrimaryKeyConstraint("run", "point"),
    Index("aw_points_force", "tenant", "key", "state"),
    Index("aw_points_window", "tenant", "intended_ms"),
    Index("aw_points_rate", "connection", "action", "sent_ms"),
)

decisions = Table(
    "aw_decisions",
    metadata,
    Column("run", String(40), nullable=False),
    Column("node", String(120), nullable=False),  # Decide.id
    Column("tenant", String(200), nullable=False),
    Column("way", String(10), nullable=False),  # then, otherwise
    Column("at_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("run", "node"),
)

approvals = Table(
    "aw_approvals",
    metadata,
    Column("run", String(40), nullable=False),
    Column("node", String(120), nullable=False),  # Approval.id
    Column("tenant", String(200), nullable=False),
    Column("plan_hash", String(64), nullable=False),
    Column("nonce", String(64), nullable=False),  # of the request; what is signed names it
    Column("needs", Integer, nullable=False),
    Column("state", String(10), nullable=False),  # asked, granted, denied, expired, drifted, used
    Column("asked_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("run", "node", "nonce"),
)

votes = Table(
    "aw_votes",
    metadata,
    Column("nonce", String(64), nullable=False),
    Column("approver", String(80), nullable=False),
    Column("says", String(4), nullable=False),  # yes, no
    Column("at_ms", BigInteger, nullable=False),
    Column("signature", Text, nullable=False),
    PrimaryKeyConstraint("nonce", "approver"),  # one person, one vote
)

timers = Table(
    "aw_timers",
    metadata,
    Column("run", String(40), nullable=False),
    Column("name", String(160), nullable=False),  # wait:ID, expiry:ID, release, watch:1 …
    Column("tenant", String(200), nullable=False),
    Column("due_ms", BigInteger, nullable=False),
    Column("done_ms", BigInteger, nullable=False, default=0),
    PrimaryKeyConstraint("run", "name"),
    Index("aw_timers_due", "done_ms", "due_ms"),
)

switches = Table(
    "aw_switches",
    metadata,
    Column("tenant", String(200), nullable=False),  # or EVERYONE
    Column("name", String(40), nullable=False),  # stop (emergency), breaker
    Column("state", String(10), nullable=False),  # on, off
    Column("by", String(80), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "name"),
)

evidence = Table(
    "aw_evidence",
    metadata,
    Column("run", String(40), nullable=False),
    Column("name", String(200), nullable=False),
    Column("tenant", String(200), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("place", Text, nullable=False),  # path under the state folder
    Column("collected_ms", BigInteger, nullable=False),
    Column("collector", String(200), nullable=False),
    Column("hold", Integer, nullable=False, default=0),
    PrimaryKeyConstraint("run", "name"),
)

audit = Table(
    "aw_audit",
    metadata,
    Column("tenant", String(200), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("run", String(40), nullable=False),
    Column("point", String(120), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("data", Text, nullable=False),
    Column("prev", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    PrimaryKeyConstraint("tenant", "seq"),
    sqlite_with_rowid=False,  # one tree to write to, not two
)

heads = Table(
    "aw_heads",
    metadata,
    Column("tenant", String(200), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)
"""The end of each tenant's chain. Whoever writes locks its row first: a tenant's changes queue."""

schema_version = Table("aw_schema", metadata, Column("version", Integer, primary_key=True))
VERSION = 1
