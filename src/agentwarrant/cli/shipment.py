"""Shipping from the command line: what is read goes into spools, what waits there to a SIEM."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import typer

from agentwarrant.cli.output import going_on, progress, say, shown, tell
from agentwarrant.config import Config, Target
from agentwarrant.configchecks import siems
from agentwarrant.errors import (
    AgentWarrantError,
    ConfigError,
    SpoolFull,
    TargetRefused,
    TargetUnreachable,
)
from agentwarrant.finding import Finding, into_cases
from agentwarrant.respond.planning.plan import propose
from agentwarrant.respond.planning.targets import Known
from agentwarrant.scan import Scan
from agentwarrant.siem import estimate
from agentwarrant.siem.deadletters import DeadLetters
from agentwarrant.siem.documents import KINDS
from agentwarrant.siem.outbox import Outbox, spools_in
from agentwarrant.siem.receiver import Receiver
from agentwarrant.siem.ship import Policy, Tally, ship

_AT_ONCE = 32 << 20
"""Bytes that are gathered before some are shipped."""
_PATIENCE = 300.0
"""Seconds that a stream may refuse everything until it is left for another time."""


def ship_logs(run: Scan, paths: Sequence[Path], config: Config, target: Target) -> None:
    """Ship what some logs hold, as far as it may leave, and say what became of it.

    Raises:
        AgentWarrantError: Not everything was shipped; what was not waits in its spool.
    """
    outbox = Outbox(config, target, siems()[target.kind].route, run.redactor)
    with _sending(config, target) as sender, progress(run, paths):
        _fill(run, paths, outbox, sender)
    tell(run.collector.tally)
    for note in run.notes():
        say(note)
    _told(sender, outbox)


def ship_waiting(config: Config, target: Target) -> None:
    """Ship what waits in the spools of a target; see ``ship_logs``."""
    with _sending(config, target) as sender:
        sender.send()
    _told(sender, None)


class Sender:
    """Ships what waits in the spools of one target, as often as asked.

    Attributes:
        tally: Of all times.
        failed: What cannot be shipped now, and why, by stream.
    """

    def __init__(self, config: Config, target: Target, receiver: Receiver | None) -> None:
        self.tally = Tally()
        self.failed: dict[str, AgentWarrantError] = {}
        self.target = target
        self.config = config
        self._receiver = receiver

    def send(self) -> None:
        """Ship all that waits; a stream that failed is not tried again by this object."""
        spools = [
            spool
            for spool in spools_in(self.config.state, self.target.name)
            if spool.stream not in self.failed
        ]
        if self._receiver is None or not spools:
            return
        waiting = sum(spool.waiting() for spool in spools)
        with going_on("shipping", lambda: waiting, of_bytes=True) as bar:
            done = ship(
                spools,
                self._receiver,
                Policy(patience=_PATIENCE),
                progress=lambda _stream, tally: bar.reach(tally.bytes),
                trouble=lambda stream, why: say(f"{stream} waits: {why}"),
            )
        self.failed.update(done.failed)
        for name in ("sent", "already_there", "dead", "retried", "bytes"):
            setattr(self.tally, name, getattr(self.tally, name) + getattr(done, name))


@contextmanager
def _sending(config: Config, target: Target) -> Iterator[Sender]:
    """Connect to a target; where it is not there everything waits, and that is said at the end."""
    with ExitStack() as stack:
        away: TargetUnreachable | None = None
        receiver: Receiver | None = None
        try:
            receiver = stack.enter_context(siems()[target.kind].receiver(target, config))
        except TargetUnreachable as error:
            away = error
            say(f"{error}; everything waits in {config.state}")
        sender = Sender(config, target, receiver)
        if away is not None:
            sender.failed[target.name] = away
        yield sender


def _fill(run: Scan, paths: Sequence[Path], outbox: Outbox, sender: Sender) -> None:
    """Put what a scan yields into spools, and ship in between, so that they need not hold all."""
    size = 0
    findings: list[Finding] = []
    for item in run.events_and_findings(paths):
        if isinstance(item, Finding):
            findings.append(item)
        try:
            size += outbox.take(item)
        except SpoolFull:
            sender.send()
            size = outbox.flush()
        if size >= _AT_ONCE:
            sender.send()
            size = 0
    for case in into_cases(findings):
        response = propose(case, run.redactor, known=Known(run.resolver.registry))
        if response is not None:
            outbox.propose(case, response)
    outbox.flush()
    sender.send()


def _told(sender: Sender, outbox: Outbox | None) -> None:
    """Say what became of everything.

    Raises:
        AgentWarrantError: Not everything was shipped.
    """
    target, tally = sender.target, sender.tally
    if outbox is not None:
        counted = ", ".join(f"{outbox.put[kind]:,} {kind}" for kind in KINDS)
        stayed = f"; {outbox.kept:,} events stayed here, as configured" if outbox.kept else ""
        say(f"{target.name}: {counted}{stayed}")
    there = f"{tally.already_there:,} were there already"
    say(f"{target.name}: {tally.sent:,} shipped, {there}, {tally.dead:,} refused")
    wrong = list(sender.failed.values())
    letters = _letters(sender.config, target.name)
    if tally.dead:
        mend = "each says why"
        wrong.append(TargetRefused("documents were refused", where=", ".join(letters), mend=mend))
    for identity, count in outbox.foreign.items() if outbox is not None else ():
        what = f"{count:,} events and findings of the tenant {identity!r} do not go there"
        wrong.append(ConfigError(what, where=target.name, mend="declare it in the configuration"))
    for error in wrong[1:]:
        say(str(error))
    if wrong:
        raise wrong[0]


def _letters(config: Config, target: str) -> dict[str, int]:
    """Return the files of refused documents of a target, and how many are in each."""
    files = (DeadLetters(spool.folder) for spool in spools_in(config.state, target))
    return {str(one.path): count for one in files if (count := sum(1 for _ in one.read()))}


def show_status(config: Config, target: str) -> None:
    """Print what waits in the spools of a target, and what it refused."""
    spools = spools_in(config.state, target)
    if not spools:
        typer.echo(f"{target}: nothing was shipped from here yet")
    for spool in spools:
        size = estimate.size(spool.waiting())
        typer.echo(shown(f"{target}: {spool.stream}: {size} wait in {spool.folder}"))
    for path, count in _letters(config, target).items():
        typer.echo(shown(f"{target}: {count:,} refused documents in {path}"))


def show_estimate(run: Scan, paths: Sequence[Path], config: Config, target: Target) -> None:
    """Print what a day of some logs would be to ship; see ``siem.estimate``."""
    with progress(run, paths):
        meter = estimate.measure(run, paths, siems()[target.kind].weigh)
    tell(run.collector.tally)
    for tenant in config.tenants_of(target.name):
        estimates = meter.estimates(tenant.id)
        if estimates:
            kept, counted = tenant.retention.events, siems()[target.kind].COUNTED
            for line in estimate.lines(estimates, tenant.privacy, kept, counted):
                typer.echo(shown(line) if line.strip() else line)
