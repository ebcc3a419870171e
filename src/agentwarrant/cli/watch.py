"""``agentwarrant watch``: what agents do, read while they do it, and what is found in it."""

from __future__ import annotations

import getpass
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from agentwarrant.cli.options import (
    NoPackOption,
    RulesOption,
    TenantOption,
    TuningOption,
    WarrantsOption,
    examples,
)
from agentwarrant.cli.output import json_line, output, say, shown
from agentwarrant.cli.siem import ConfigOption
from agentwarrant.event import Event
from agentwarrant.finding import Finding

if TYPE_CHECKING:
    from agentwarrant.respond.settings import Settings
    from agentwarrant.scan import Scan

EXAMPLES = examples(
    "agentwarrant watch",
    "agentwarrant watch openclaw-main --history --json",
    "agentwarrant watch --respond --warrants warrants/",
)


def register(app: typer.Typer) -> None:
    """Add the command of this module to the command line."""
    app.command("watch", epilog=EXAMPLES)(watch)


def watch(
    targets: Annotated[
        list[str] | None,
        typer.Argument(help="Targets of respond: in the configuration; none: all that can be."),
    ] = None,
    config: ConfigOption = None,
    tenant: TenantOption = "default",
    warrants: WarrantsOption = None,
    rules: RulesOption = None,
    no_pack: NoPackOption = False,
    tuning: TuningOption = None,
    history: Annotated[
        bool, typer.Option("--history", help="Read first what there was before it was watched.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Findings as JSON lines.")] = False,
    respond: Annotated[
        bool,
        typer.Option("--respond", help="Answer cases that open, as far as the mode lets it."),
    ] = False,
    seconds: Annotated[
        float, typer.Option("--seconds", help="End after so long; 0: when interrupted.")
    ] = 0.0,
) -> None:
    """Watch agents while they run; print each finding as it opens. Only reads, without --respond.

    After an interruption it goes on where it was, and reads what was missed.
    """
    from agentwarrant.config import find_config, load_config
    from agentwarrant.respond.settings import connection_named, settings_of
    from agentwarrant.rules import kept
    from agentwarrant.rules.load import load_rules
    from agentwarrant.rules.model import is_for_agents
    from agentwarrant.rules.tuning import load_tuning
    from agentwarrant.scan import Scan
    from agentwarrant.watching import Note, Watch, watched  # WebSockets take long to load

    read = load_config(find_config(config))
    settings = settings_of(read.respond, read.path.parent, read.state)
    chosen = [connection_named(settings, name) for name in targets or settings.connections]
    sources = watched([c for c in chosen if c.is_for(tenant)])
    fitted = load_tuning(tuning or ())
    loaded = load_rules(rules or (), pack=not no_pack, tuning=fitted, cache=kept.folder())
    places = [*(warrants or ()), *settings.warrants]
    scan = Scan.over(
        [rule for rule in loaded if is_for_agents(rule)],
        tenant=tenant,
        warrants=places,
        tuning=fitted,
    )
    run = Watch(scan, read.state / "live", _until_interrupted())
    say(f"watching {', '.join(c.name for _, c in sources)}")
    end = time.monotonic() + seconds
    with output(None) as stream, _responder(respond, scan, settings) as answer:
        for seen in run.run(sources, history=history):
            if seen is not None and not isinstance(seen, Note):
                answer(seen)
            if isinstance(seen, Finding):
                stream.write(json_line(seen.event) if json else f"{line(seen)}\n".encode())
                stream.flush()
            elif isinstance(seen, Note):
                say(f"{seen.where}: {seen.text}")
            if seconds and time.monotonic() > end:
                run.stop.set()
    tally = scan.collector.tally
    say(f"{tally.events:,} events, {tally.dead:,} records that could not be read")


@contextmanager
def _responder(
    respond: bool, scan: Scan, settings: Settings
) -> Iterator[Callable[[Event | Finding], None]]:
    """Open what answers cases; nothing does where nobody asked for it."""
    if not respond:
        yield lambda seen: None
        return
    from agentwarrant.respond.ledger.opening import open_ledger  # the ledger takes long to load

    with open_ledger(settings) as ledger:
        from agentwarrant.cli.responding import Responder

        actor = f"watch:{getpass.getuser()}"
        with Responder(scan, settings, ledger, actor=actor, tell=say) as responder:
            yield responder.see


def line(finding: Finding) -> str:
    """Return a finding as one line: time, severity, agent, rule, what happened."""
    event = finding.event
    words = (event["@timestamp"], finding.severity, event.get("gen_ai.agent.id", "unknown"))
    reason = next(iter(finding.reasons), "")
    return shown(f"{' '.join(map(str, words))}: {event['rule.name']}. {reason}")


def _until_interrupted() -> threading.Event:
    stop = threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
    return stop
