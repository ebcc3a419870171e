"""``agentwarrant install``, ``uninstall`` and ``build``: into a SIEM, out of it, into files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agentwarrant.cli import asking
from agentwarrant.cli.options import (
    EXIT_FINDINGS,
    NoPackOption,
    RulesOption,
    TuningOption,
    examples,
    given_path,
    one_of,
)
from agentwarrant.cli.output import going_on, output, paths_of, say, shown
from agentwarrant.errors import UsageError

if TYPE_CHECKING:
    from agentwarrant.config import Config, Target
    from agentwarrant.rules.model import Rule
    from agentwarrant.siem.plugin import Change, Order, Plan, Siem

INSTALL_EXAMPLES = examples(
    "agentwarrant install elastic --dry-run",
    "agentwarrant install elastic --target prod --rules my-rules/",
    "agentwarrant install splunk --enable AIA-NET-001",
)
UNINSTALL_EXAMPLES = examples(
    "agentwarrant uninstall elastic --dry-run",
    "agentwarrant uninstall elastic --target prod --delete-data",
    "agentwarrant uninstall splunk --only searches",
)
BUILD_EXAMPLES = examples(
    "agentwarrant build elastic --out dist/elastic/",
    "agentwarrant build elastic --out dist/elastic/ --rules my-rules/ --stack 9.x",
    "agentwarrant build splunk --out dist/splunk/ --config agentwarrant.yml",
)

SiemArgument = Annotated[str, typer.Argument(metavar="SIEM", help="elastic, opensearch or splunk.")]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        parser=given_path,
        help="The configuration (docs/config.md); else agentwarrant.yml.",
    ),
]
TargetOption = Annotated[
    str | None, typer.Option("--target", help="Which target; needed where several are of a kind.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show what would change, no more.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
OnlyOption = Annotated[
    list[str] | None, typer.Option("--only", help="Only this part; may be repeated.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    app.command("install", epilog=INSTALL_EXAMPLES)(install)
    app.command("uninstall", epilog=UNINSTALL_EXAMPLES)(uninstall)
    app.command("build", epilog=BUILD_EXAMPLES)(build)


def install(
    siem: SiemArgument,
    config: ConfigOption = None,
    target: TargetOption = None,
    rules: RulesOption = None,
    no_pack: NoPackOption = False,
    tuning: TuningOption = None,
    files: Annotated[
        Path | None,
        typer.Option(
            "--from", parser=given_path, help="Install what build wrote into this folder."
        ),
    ] = None,
    only: OnlyOption = None,
    enable: Annotated[
        list[str] | None,
        typer.Option("--enable", help="Switch this new rule on (AIA-NET-001, or *); repeatable."),
    ] = None,
    overwrite: Annotated[
        list[str] | None,
        typer.Option("--overwrite", help="Give up what others changed in this; repeatable."),
    ] = None,
    sample: Annotated[
        list[Path] | None,
        typer.Option(
            "--sample", parser=given_path, help="Logs to say by what a day would cost; repeatable."
        ),
    ] = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Install into a SIEM that exists; show every change before asking.

    May be repeated: what is there already is left alone, and what somebody changed is kept and
    told of. Exit code 1 says that something differs on both sides and was left as it is.
    """
    from agentwarrant.config import find_config, load_config
    from agentwarrant.siem.plugin import Order, siem_of

    served = siem_of(siem)
    read = load_config(find_config(config))
    order = Order(
        rules=_rules(rules, no_pack, tuning),
        config=read,
        target=target_named(read, served, siem, target),
        files=files,
        overwrite=frozenset(overwrite or ()),
        enable=frozenset(enable or ()),
        only=_parts(served, only),
    )
    with going_on(f"looking what is in {order.target.name}" if order.target else "looking"):
        plan = served.plan_install(order)
    _estimate(read, order, sample or [])
    if _agreed(plan, dry_run=dry_run, yes=yes):
        with going_on(f"installing into {plan.target.name}"):
            served.install(order, plan, say)
        say(f"installed into {plan.target.name}: {_done(plan.work)}")
    if plan.conflicts:
        raise typer.Exit(EXIT_FINDINGS)


def uninstall(
    siem: SiemArgument,
    config: ConfigOption = None,
    target: TargetOption = None,
    only: OnlyOption = None,
    delete_data: Annotated[
        bool, typer.Option("--delete-data", help="Events, findings and response records too.")
    ] = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Remove from a SIEM what an install made there, and nothing else; data stays unless told."""
    from agentwarrant.config import find_config, load_config
    from agentwarrant.siem.plugin import Order, siem_of

    served = siem_of(siem)
    read = load_config(find_config(config))
    where = target_named(read, served, siem, target)
    order = Order(config=read, target=where, only=_parts(served, only))
    with going_on(f"looking what is in {where.name}"):
        plan = served.plan_uninstall(order, delete_data=delete_data)
    if _agreed(plan, dry_run=dry_run, yes=yes):
        with going_on(f"removing from {plan.target.name}"):
            served.uninstall(order, plan, say)
        say(f"removed from {plan.target.name}: {_done(plan.work)}")


def build(
    siem: SiemArgument,
    out: Annotated[
        Path, typer.Option("--out", "-o", parser=given_path, help="The folder to write into.")
    ],
    config: ConfigOption = None,
    rules: RulesOption = None,
    no_pack: NoPackOption = False,
    tuning: TuningOption = None,
    stack: Annotated[
        str, typer.Option("--stack", help="Of Elastic: build for 8.19 (default) or 9.x.")
    ] = "",
    write: Annotated[
        Path | None,
        typer.Option(
            "--write",
            parser=given_path,
            help="Say in this file what runs there, between its markers.",
        ),
    ] = None,
) -> None:
    """Write all that an install needs into a folder, without a server: for where no network is.

    Without --config it is built for one tenant, default. Rules are switched off in it.
    """
    from agentwarrant.config import load_config
    from agentwarrant.siem.plugin import Order, siem_of

    served = siem_of(siem)
    with going_on(f"building for {siem}"):
        order = Order(
            rules=_rules(rules, no_pack, tuning),
            config=load_config(config) if config is not None else None,
            stack=stack,
        )
        made = served.build(order, out)
        if write is not None:
            _overview(served, order, write)
    say(f"wrote {len(made)} files into {out}")


def _rules(paths: list[Path] | None, no_pack: bool, tuning: list[Path] | None) -> list[Rule]:
    """Return the rules to render: of these, what is kept without their tests is enough."""
    from agentwarrant.rules import kept
    from agentwarrant.rules.load import load_rules
    from agentwarrant.rules.tuning import load_tuning

    fitted = load_tuning(tuning or ())
    return load_rules(paths or (), pack=not no_pack, cache=kept.folder(), tuning=fitted)


def _overview(siem: Siem, order: Order, path: Path) -> None:
    """Write what runs in a SIEM into a file.

    Raises:
        UsageError: The file cannot be read or written, or has no place for it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot be read: {error}", where=str(path)) from error
    made = siem.with_overview(text, order)
    with output(path) as stream:
        stream.write(made.encode())


def _estimate(config: Config, order: Order, sample: list[Path]) -> None:
    """Say what a day would be to ship, by some logs; those that name no tenant are the first's."""
    from agentwarrant.configchecks import siems
    from agentwarrant.rules.model import is_for_agents
    from agentwarrant.scan import Scan
    from agentwarrant.siem.estimate import lines, measure

    tenants = config.tenants_of(order.target.name) if order.target else []
    if not sample or not tenants or order.target is None:
        say("no estimate of events and bytes a day: name logs of yours with --sample")
        return
    fitting = [rule for rule in order.rules if is_for_agents(rule)]
    run = Scan.over(fitting, tenant=tenants[0].id)
    there = siems()[order.target.kind]
    meter = measure(run, paths_of(run, sample), there.weigh)
    for tenant in tenants:
        found = meter.estimates(tenant.id)
        kept = tenant.retention.events
        for line in lines(found, tenant.privacy, kept, there.COUNTED) if found else ():
            typer.echo(shown(line) if line.strip() else line)


def target_named(config: Config, siem: Siem, kind: str, named: str | None) -> Target:
    """Return the target that is meant.

    Raises:
        UsageError: Several could be, or none is of the kind.
        ConfigError: None is called so.
    """
    if named is not None:
        found = config.target(named)
        if found.kind not in siem.kinds:
            raise UsageError(f"the target {named} is of the kind {found.kind}", where="--target")
        return found
    fitting = [one for one in config.targets.values() if one.kind == kind]
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(one.name for one in fitting or config.targets.values())
    how_many = "several targets are" if fitting else "no target is"
    raise UsageError(f"{how_many} of the kind {kind}", mend=f"name one with --target: {known}")


def _parts(siem: Siem, only: list[str] | None) -> frozenset[str]:
    for part in only or ():
        one_of("--only", part, siem.parts)
    return frozenset(only or ())


def _agreed(plan: Plan, *, dry_run: bool, yes: bool) -> bool:
    """Show a plan; return whether it is to be carried out."""
    from agentwarrant.siem.plugin import Verb

    for change in plan.changes:
        if change.verb is not Verb.NOTHING:
            _show(change)
    same = sum(change.verb is Verb.NOTHING for change in plan.changes)
    if same:
        typer.echo(f"{same} more as they should be")
    for note in plan.notes:
        typer.echo(f"note: {shown(note)}")
    if not plan.work:
        typer.echo("nothing to do")
        return False
    if dry_run:
        return False
    question = f"{_counts(plan.work)} in {plan.target.name}: go on?"
    if not yes and not asking.confirmed(question, to_stderr=False):
        raise typer.Abort
    return True


def _show(change: Change) -> None:
    where = f" (space {change.space})" if change.space else ""
    why = f": {change.why}" if change.why else ""
    typer.echo(shown(f"{change.verb:<8} {change.kind} {change.name}{where}{why}"))
    for line in change.lines:
        typer.echo(f"    {shown(line)}")


def _done(changes: list[Change]) -> str:
    counted = Counter(change.verb for change in changes)
    return (
        ", ".join(f"{number} {verb.rstrip('e')}ed" for verb, number in counted.items()) or "nothing"
    )


def _counts(changes: list[Change]) -> str:
    counted = Counter(change.verb for change in changes)
    return ", ".join(f"{number} to {verb}" for verb, number in counted.items())
