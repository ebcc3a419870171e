"""Who works: the kinds of sessions, the agents that do them, and when they do."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from . import (
    audit_cloud,
    audit_hosts,
    audit_identity,
    audit_keycloak,
    claude_code,
    codex,
    coding,
    office,
    openclaw,
    operations,
    people,
    research,
    spans,
)
from .clock import Clock
from .talk import Talk

SEED = 20261128
FIRST_DAY = datetime(2026, 11, 2, tzinfo=UTC)
WORKDAYS = 15
Script = Callable[[Talk], None]
WRITERS: dict[str, Any] = {
    "claude_code": claude_code.Transcript,
    "codex": codex.Rollout,
    "openclaw": openclaw.Sessions,
    "otel_genai": spans.Trace,
    "mcp": spans.Traffic,
}


class Seat(NamedTuple):
    """One agent: its source, what the source calls it, where it works, how its owner writes."""

    source: str
    agent: str
    cwd: str = "/srv/work"
    channel: str = ""

    @property
    def account(self) -> tuple[str, str]:
        """Return kind and id of the account that a warrant names."""
        if self.source == "claude_code":
            return "claude_code.agent", f"claude-code:{self.cwd}"
        if self.source == "codex":
            return "codex.agent", f"codex:{self.cwd}"
        return f"{self.source}.agent", self.agent


class Kind(NamedTuple):
    """One kind of session: what happens in it, how many there are, who does them."""

    name: str
    scripts: Sequence[Script]
    times: int
    seats: Sequence[Seat]


def _claude(name: str) -> Seat:
    return Seat("claude_code", f"coder-{name}", f"/home/dana/src/{name}")


def _codex(name: str) -> Seat:
    return Seat("codex", f"codex-{name}", f"/home/sam/src/{name}")


def _claw(name: str, channel: str = "") -> Seat:
    return Seat("openclaw", name, f"/home/dana/.openclaw/workspace-{name}", channel)


def _otel(name: str) -> Seat:
    return Seat("otel_genai", name)


KINDS = (
    Kind(
        "coding",
        coding.SCRIPTS,
        70,
        (
            _claude("billing"),
            _codex("storefront"),
            _claude("infra"),
            _codex("pipelines"),
            _claw("builder"),
        ),
    ),
    Kind("research", research.SCRIPTS, 45, (_claw("scout"), _otel("reader"), _claude("notes"))),
    Kind(
        "support_mail", office.MAIL_SCRIPTS, 48, (_claw("postbox"), _otel("support"), _otel("desk"))
    ),
    Kind("bookkeeping", office.MONEY_SCRIPTS, 40, (_otel("ledger"), _claw("books", "telegram"))),
    Kind(
        "it_operations",
        operations.OPERATIONS,
        44,
        (_claw("ops"), _claude("runbooks"), _otel("it-helper")),
    ),
    Kind(
        "data_pipelines",
        operations.PIPELINES,
        35,
        (_codex("warehouse"), _otel("loader"), _claw("etl")),
    ),
    Kind(
        "scheduling", people.SCHEDULING, 28, (_claw("calendar", "telegram"), _otel("planner-bot"))
    ),
    Kind("group_chat", people.GROUPS, 24, (_claw("clerk", "telegram"),)),
    Kind("orchestration", people.TEAMS, 28, (_otel("chief"), _claw("lead"), _claude("team"))),
    Kind(
        "tool_servers",
        people.SERVERS,
        25,
        (Seat("mcp", "acme-desktop"), Seat("mcp", "acme-editor")),
    ),
    Kind(
        "assistant",
        people.ASSISTANTS,
        36,
        (_claw("main", "telegram"), _claw("home"), _otel("butler")),
    ),
)
HELPERS = ("researcher", "writer", "checker", "translator", "clerk-money")
"""Agents that others hand tasks to, where a source gives them names of their own."""

AUDITS: tuple[tuple[str, str, Any, Sequence[str]], ...] = (
    ("identity", "okta", audit_identity.Okta, audit_identity.OKTA),
    ("identity", "entra", audit_identity.Entra, audit_identity.ENTRA),
    ("identity", "keycloak", audit_keycloak.Keycloak, audit_keycloak.KEYCLOAK),
    ("code_hosting", "github", audit_cloud.GitHub, audit_cloud.GITHUB),
    ("cloud", "aws_cloudtrail", audit_cloud.CloudTrail, audit_cloud.CLOUDTRAIL),
    ("hosts", "ecs", audit_hosts.Hosts, audit_hosts.HOSTS),
)
AUDIT_COUNT = 10


@dataclass(frozen=True, slots=True)
class Made:
    """One session that was written: its kind, its source, and the script that it followed."""

    kind: str
    source: str
    script: str
    folder: Path
    tools: frozenset[str]
    handed: dict[str, set[str]]
    seat: Seat | None = None


def write(root: Path, *, share: float = 1.0, first: int = 0) -> list[Made]:
    """Write all sessions below a folder, each into one of its own.

    Args:
        root: An empty folder.
        share: How much of each kind.
        first: Number of the first session; another one makes other sessions.
    """
    made: list[Made] = []
    for kind in KINDS:
        for index in range(max(1, round(kind.times * share))):
            made.append(_session(root, kind, index, first, first + len(made)))
    for name, source, lines, scripts in AUDITS:
        for index in range(max(1, round(AUDIT_COUNT * share))):
            number = first + len(made)
            script = scripts[index % len(scripts)]
            rng = _rng(name, source, first, index)
            folder = _folder(root, number, name, script)
            log = lines(rng, Clock(_start(rng, number, night=script in ("hourly", "cron"))), number)
            getattr(log, script)()
            log.write(folder)
            made.append(Made(name, source, script, folder, frozenset(), {}))
    return made


def _rng(kind: str, who: str, first: int, index: int) -> random.Random:
    """Return what draws one session: others may come and go, and it stays the same."""
    return random.Random(f"{SEED}/{kind}/{who}/{first}/{index}")  # noqa: S311  # no secret


def _session(root: Path, kind: Kind, index: int, tenant: int, number: int) -> Made:
    script = kind.scripts[index % len(kind.scripts)]
    # Each round through the scripts begins with another agent, so that all do everything.
    seat = kind.seats[(index + index // len(kind.scripts)) % len(kind.seats)]
    rng = _rng(kind.name, seat.agent, tenant, index)
    talk = Talk(rng, number, seat.agent)
    script(talk)
    start = _start(rng, number, night=talk.night)
    folder = _folder(root, number, kind.name, script.__name__)
    more = (seat.channel,) if seat.source == "openclaw" else ()
    WRITERS[seat.source](talk, Clock(start), seat.cwd, *more).write(folder)
    return Made(
        kind.name,
        seat.source,
        script.__name__,
        folder,
        frozenset(_tools(talk)),
        _handed(talk),
        seat,
    )


def _tools(talk: Talk) -> set[str]:
    """Return the tools that were called, as the session tells it."""
    steps = [step for turn in talk.turns for step in turn.steps]
    return {s.tool for s in steps}.union(*(_tools(s.child) for s in steps if s.child))


def _handed(talk: Talk) -> dict[str, set[str]]:
    """Return the tools of the agents that tasks were handed to, by the agents' names."""
    children = [step.child for turn in talk.turns for step in turn.steps if step.child]
    handed: dict[str, set[str]] = {child.agent: set() for child in children}
    for child in children:
        handed[child.agent] |= _tools(child)
    return handed


def _folder(root: Path, number: int, kind: str, script: str) -> Path:
    folder = root / f"{number:04d}.{kind}.{script}"
    folder.mkdir(parents=True)
    return folder


def _start(rng: random.Random, number: int, *, night: bool) -> datetime:
    """Return when a session begins: on a workday by day, or in the small hours."""
    day = FIRST_DAY + timedelta(days=(number % WORKDAYS) + 2 * (number % WORKDAYS // 5))
    hour = rng.uniform(1, 4) if night else rng.uniform(7.5, 17.5)
    return day + timedelta(hours=hour)
