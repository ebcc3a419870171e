"""What ``agentwarrant intel export`` and ``push`` do: cases into bundles, bundles to partners."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import orjson
import typer

from agentwarrant.cli.output import paths_of, progress, say, shown, tell
from agentwarrant.config import Config
from agentwarrant.errors import ConfigError, ContentErrors, PathNotFound, TargetRefused, UsageError
from agentwarrant.errors import ContentError as Fault
from agentwarrant.finding import Case
from agentwarrant.intel.bundle import bundle_of
from agentwarrant.intel.markings import CLEAR
from agentwarrant.intel.partners import Partner, may_go, restricted_by, sharing_of
from agentwarrant.intel.push import Pushed, faults_of, objects_in
from agentwarrant.intel.sharing import Sharing
from agentwarrant.intel.store import Store, place
from agentwarrant.respond.cacao.cacao import playbook_document
from agentwarrant.rules import kept
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.model import is_for_agents
from agentwarrant.rules.tuning import load_tuning
from agentwarrant.scan import Scan

_LARGEST = 128 << 20
_SHOWN = 50


def scan_of(
    source: str | None,
    tenant: str,
    warrants: list[Path] | None,
    rules: list[Path] | None,
    no_pack: bool,
    tuning: list[Path] | None,
) -> Scan:
    """Return a scan with the rules, warrants and tuning that options name."""
    fitted = load_tuning(tuning or ())
    every = load_rules(rules or (), pack=not no_pack, cache=kept.folder(), tuning=fitted)
    return Scan.over(
        [rule for rule in every if is_for_agents(rule)],
        source=source,
        tenant=tenant,
        warrants=warrants or (),
        tuning=fitted,
    )


def told(
    run: Scan,
    paths: list[Path] | None,
    config: Config,
    wanted: Sequence[str],
    partner: Partner | None = None,
) -> Iterator[tuple[Case, dict[str, Any]]]:
    """Yield the cases of which something may be told, each with it; say of the others why not."""
    where = paths_of(run, paths)
    with progress(run, where):
        result = run.result(list(run.findings(where)))
    tell(run.collector.tally)
    cases = list(_chosen(result.cases, wanted))
    if not cases:
        say("no case is open (--case takes one that is only watched)")
    with _indicators() as store:
        for case in cases:
            sharing = sharing_of(config, case.tenant)
            why = _why_not(case, sharing, config, partner)
            if sharing is None or why:
                say(f"case {case.id}: not told: {why}")
                continue
            response = result.responses.get(case.id)
            bundle = bundle_of(
                case,
                sharing,
                response,
                cacao=playbook_document(response.playbook) if response else None,
                restricted=restricted_by(config, store, sharing.tlp),
            )
            found = Counter(one["type"] for one in bundle["objects"])
            if not found["indicator"]:
                say(f"case {case.id}: nothing in it is an attacker's, and may be told")
                continue
            say(
                f"case {case.id}: {_some(found['indicator'], 'indicator')},"
                f" TLP:{sharing.tlp.upper()}, {sharing.tell} ({case.title})"
            )
            yield case, bundle


def _chosen(cases: Sequence[Case], wanted: Sequence[str]) -> Iterator[Case]:
    if not wanted:
        yield from (case for case in cases if case.is_open)
        return
    for identity in wanted:
        found = [case for case in cases if case.id.startswith(identity)] if identity else []
        if len(found) != 1:
            known = ", ".join(case.id for case in (found or cases)[:8])
            what = f"{'several cases begin' if found else 'no case begins'} with {identity!r}"
            raise UsageError(what, where="--case", mend=f"name one of {known}" if known else "")
        yield found[0]


def _why_not(case: Case, sharing: Sharing | None, config: Config, partner: Partner | None) -> str:
    if sharing is None:
        return f"the tenant {case.tenant} shares nothing (intel: sharing: in {config.path})"
    why = may_go(config, case.tenant, partner) if partner else ""
    return f"the tenant {case.tenant}: {why}" if why else ""


@contextmanager
def _indicators() -> Iterator[Store | None]:
    if not place().is_file():
        yield None
        return
    with closing(Store(place())) as store:
        yield store


def objects_of(
    bundles: Sequence[Path], config: Config, partner: Partner, tenant: str
) -> list[Mapping[str, Any]]:
    """Return the objects of files, of one tenant, that may go to a collection.

    Raises:
        ConfigError: Nothing of the tenant's may go there.
        UsageError: A file is no bundle.
    """
    why = may_go(config, tenant, partner)
    if why:
        what = f"nothing of the tenant {tenant} goes to {partner.name}: {why}"
        raise ConfigError(what, where=str(config.path), mend="whose it is says --tenant")
    once: dict[tuple[str, str], Mapping[str, Any]] = {}
    for path in bundles:
        for one in objects_in(_document(path), str(path)):
            once[str(one["id"]), str(one.get("modified", ""))] = one
    with _indicators() as store:
        restricted = restricted_by(config, store, _tlp(config, tenant))
        for identity, _ in once:
            if store and store.levels(identity) and restricted(identity):
                what = "it is of a feed that may not be told again"
                raise UsageError(what, where=identity)
    return list(once.values())


def _tlp(config: Config, tenant: str) -> str:
    sharing = sharing_of(config, tenant)
    return sharing.tlp if sharing else CLEAR


def _document(path: Path) -> Any:
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"more than {_LARGEST:,} bytes", where=str(path))
        return orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise PathNotFound("there is no such file", where=str(path)) from None
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or "it is no JSON"
        raise UsageError(f"cannot be read: {what}", where=str(path)) from error


def check(objects: Sequence[Mapping[str, Any]], partner: Partner) -> None:
    """Hold what is to leave to STIX and to its markings.

    Raises:
        ContentErrors: Every fault of it; nothing leaves.
    """
    faults = list(faults_of(objects, partner.tlp))
    if faults:
        raise ContentErrors([Fault(what, path=f"for {partner.name}") for what in faults])


def show(new: Sequence[Mapping[str, Any]], total: int, partner: Partner) -> None:
    """Show what would go to a partner: how many of each kind, and the first patterns."""
    counted = Counter(str(one["type"]) for one in new)
    for kind, count in sorted(counted.items()):
        typer.echo(shown(f"{count:>7,}  {kind}"))
    patterns = [str(one["pattern"]) for one in new if one["type"] == "indicator"]
    for pattern in patterns[:_SHOWN]:
        typer.echo(shown(f"         {pattern}"))
    if len(patterns) > _SHOWN:
        typer.echo(f"         and {len(patterns) - _SHOWN:,} more")
    known = f", {total - len(new):,} more are there" if total > len(new) else ""
    typer.echo(shown(f"{_some(len(new), 'object')} for {partner.name} ({partner.url}){known}"))


def pushing(partner: Partner, total: int) -> Callable[[Pushed], None]:
    """Return what shows how far a push has come, on a terminal."""

    def show(done: Pushed) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{partner.name}: {done.sent:,} of {total:,} sent\r")
            sys.stderr.flush()

    return show


def tell_pushed(done: Pushed, partner: Partner) -> None:
    """Say what became of it.

    Raises:
        TargetRefused: Some objects were not taken.
    """
    parts = [f"{done.sent:,} sent"]
    parts += [f"{done.known:,} there already"] if done.known else []
    parts += [f"{done.doubtful:,} in doubt"] if done.doubtful else []
    parts += [f"{len(done.failed):,} not taken"] if done.failed else []
    say(f"{partner.name}: {', '.join(parts)}")
    for identity, why in list(done.failed.items())[:_SHOWN]:
        say(f"  not taken: {identity}: {why}")
    if done.doubtful:
        say("  in doubt is what it does not say the end of: push again to ask")
    if done.failed:
        what = f"{_some(len(done.failed), 'object')} were not taken"
        raise TargetRefused(what, where=partner.name, mend="push again, or tell who runs it")


def _some(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
