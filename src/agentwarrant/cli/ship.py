"""``agentwarrant ship``: what agents did, what was found and what is proposed, to a SIEM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agentwarrant.cli.options import (
    NoPackOption,
    PathsArgument,
    RulesOption,
    SourceOption,
    TuningOption,
    WarrantsOption,
    examples,
)
from agentwarrant.cli.output import paths_of
from agentwarrant.cli.siem import ConfigOption
from agentwarrant.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from agentwarrant.config import Config, Target, Tenant

EXAMPLES = examples(
    "agentwarrant ship ~/.openclaw --dry-run",
    "agentwarrant ship /evidence --to main --tenant acme --warrants warrants/",
    "agentwarrant ship --status",
)
ToOption = Annotated[
    str | None, typer.Option("--to", help="Which target; needed where several are configured.")
]


def register(app: typer.Typer) -> None:
    """Add the command of this module to the command line."""
    app.command("ship", epilog=EXAMPLES)(ship)


def ship(
    paths: PathsArgument = None,
    to: ToOption = None,
    config: ConfigOption = None,
    tenant: Annotated[
        str | None,
        typer.Option("--tenant", help="Whose logs these are; needed where several tenants are."),
    ] = None,
    source: SourceOption = None,
    warrants: WarrantsOption = None,
    rules: RulesOption = None,
    no_pack: NoPackOption = False,
    tuning: TuningOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what a day would cost; ship nothing.")
    ] = False,
    waiting: Annotated[
        bool, typer.Option("--waiting", help="Read no logs: ship what waits in the spools.")
    ] = False,
    status: Annotated[
        bool, typer.Option("--status", help="Say what waits in the spools; ship nothing.")
    ] = False,
) -> None:
    """Read agents' logs as scan does and ship to a SIEM what may leave; may be repeated.

    Everything goes to a spool on disk first: what cannot be shipped now waits there.
    """
    from agentwarrant.cli import shipment  # spools and their locks take long to load
    from agentwarrant.config import find_config, load_config
    from agentwarrant.rules import kept
    from agentwarrant.rules.load import load_rules
    from agentwarrant.rules.model import is_for_agents
    from agentwarrant.rules.tuning import load_tuning
    from agentwarrant.scan import Scan

    read = load_config(find_config(config))
    if status:
        for name in [_target(read, to).name] if to else read.targets:
            shipment.show_status(read, name)
        return
    target = _target(read, to)
    if waiting:
        shipment.ship_waiting(read, target)
        return
    whose = _tenant(read, target, tenant)
    fitted = load_tuning(tuning or ())
    every = load_rules(rules or (), pack=not no_pack, cache=kept.folder(), tuning=fitted)
    run = Scan.over(
        [rule for rule in every if is_for_agents(rule)],
        source=source,
        tenant=whose.id,
        warrants=warrants or (),
        tuning=fitted,
    )
    where = paths_of(run, paths)
    act = shipment.show_estimate if dry_run else shipment.ship_logs
    act(run, where, read, target)


def _target(config: Config, named: str | None) -> Target:
    if named is not None:
        return config.target(named)
    if len(config.targets) > 1:
        mend = f"name one with --to: {', '.join(config.targets)}"
        raise UsageError("several targets are configured", mend=mend)
    return next(iter(config.targets.values()))


def _tenant(config: Config, target: Target, named: str | None) -> Tenant:
    fitting = config.tenants_of(target.name)
    if named is not None:
        found = config.tenant(named)
        if found not in fitting:
            what = f"the tenant {named!r} does not ship to {target.name}"
            raise ConfigError(what, where=str(config.path), mend="name the target at the tenant")
        return found
    if len(fitting) != 1:
        names = ", ".join(tenant.id for tenant in fitting)
        what = "several tenants ship there" if fitting else "no tenant ships there"
        raise UsageError(what, where=target.name, mend=f"name one with --tenant: {names}")
    return fitting[0]
