"""``agentwarrant verify``: whether rules find in a SIEM what they find here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from agentwarrant.cli.options import EXIT_CONTENT, NoPackOption, RulesOption, TuningOption, examples
from agentwarrant.cli.output import going_on, say, shown
from agentwarrant.cli.siem import ConfigOption, TargetOption, target_named

if TYPE_CHECKING:
    from agentwarrant.siem.verifying import Report, Verdict

EXAMPLES = examples(
    "agentwarrant verify splunk",
    "agentwarrant verify splunk --index scratch --json > parity.json",
    "agentwarrant verify splunk --rules my-rules/ --no-pack",
)


def register(app: typer.Typer) -> None:
    """Add the command of this module to the command line."""
    app.command("verify", epilog=EXAMPLES)(verify)


def verify(
    siem: Annotated[str, typer.Argument(metavar="SIEM", help="splunk.")],
    config: ConfigOption = None,
    target: TargetOption = None,
    rules: RulesOption = None,
    no_pack: NoPackOption = False,
    tuning: TuningOption = None,
    index: Annotated[
        str, typer.Option("--index", help="Where events of tests go; else one is made for it.")
    ] = "",
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the events there, to look at what differs.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the result as JSON.")] = False,
) -> None:
    """Send the events of the rules' tests to a SIEM, run every search there, and compare.

    What was put there is taken out again, whatever happens. Exit code 4 says that a search found
    something else than the embedded engine, or was refused.
    """
    from agentwarrant.config import find_config, load_config
    from agentwarrant.rules.load import load_rules
    from agentwarrant.rules.tuning import load_tuning
    from agentwarrant.siem.plugin import Order, siem_of
    from agentwarrant.siem.verifying import Wish

    served = siem_of(siem)
    read = load_config(find_config(config))
    order = Order(
        rules=load_rules(rules or (), pack=not no_pack, tuning=load_tuning(tuning or ())),
        config=read,
        target=target_named(read, served, siem, target),
    )
    with going_on(f"asking {order.target.name}" if order.target else "asking"):
        report = served.verify(order, Wish(index, keep), say)
    if as_json:
        typer.echo(orjson.dumps(report.plain, option=orjson.OPT_INDENT_2).decode())
    else:
        _show(report)
    for left in report.left:
        say(f"still there: {left}")
    if not report.agrees:
        raise typer.Exit(EXIT_CONTENT)


def _show(report: Report) -> None:
    from agentwarrant.siem.verifying import Outcome

    for one in report.verdicts:
        if one.outcome is not Outcome.AGREED:
            _show_verdict(one)
    counted = ", ".join(f"{count} {name}" for name, count in report.counts.items() if count)
    found = sum(one.found for one in report.verdicts if one.outcome is Outcome.AGREED)
    typer.echo(f"{report.server}, {report.events:,} events: {counted or 'no searches'}")
    typer.echo(f"what agreed found {found:,} matches")


def _show_verdict(one: Verdict) -> None:
    where = f"{one.rule}.{one.part}" if one.part else one.rule
    typer.echo(shown(f"{one.outcome:<9} {where}" + (f": {one.why}" if one.why else "")))
    for line in one.only_engine:
        typer.echo(f"    only the engine: {shown(line)}")
    for line in one.only_siem:
        typer.echo(f"    only the SIEM:   {shown(line)}")
