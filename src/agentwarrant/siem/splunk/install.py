"""Installs into a Splunk that exists, and out of it again.

The app itself is uploaded by its administrator: no API that all Splunks have takes it. What this
makes beside it, through splunkd: an index and a token of the collector for each tenant, macros that
say where events are, and searches switched on. Each is one request that may be repeated, so an
interrupted install is simply run again; at the end everything is read back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from agentwarrant import __version__
from agentwarrant.config import FOREVER, Target, Tenant
from agentwarrant.errors import TargetRefused, UsageError
from agentwarrant.rules.durations import duration_ms
from agentwarrant.siem.plugin import (
    Change,
    Order,
    Plan,
    Say,
    Verb,
    is_wanted,
    target_of,
    tenants_of,
)
from agentwarrant.siem.splunk import names
from agentwarrant.siem.splunk.app import macros
from agentwarrant.siem.splunk.objects import (
    INDEX,
    MACRO,
    SEARCH,
    TOKEN,
    Collection,
    change,
    make,
)
from agentwarrant.siem.splunk.outgoing import index_of
from agentwarrant.siem.splunk.package import NAME
from agentwarrant.siem.splunk.plan import RECORDS, Item, Record, changes
from agentwarrant.siem.splunk.splunkd import Splunkd, connect
from agentwarrant.siem.splunk.standing import Server, read_server, read_standing
from agentwarrant.siem.splunk.switches import searches_of

INDEXES, TOKENS, MACROS, SEARCHES = "indexes", "tokens", "macros", "searches"
"""The parts of an install."""
_LONGEST_KEPT = 4_294_967_295
"""Seconds; the most that ``frozenTimePeriodInSecs`` takes (indexes.conf.spec)."""


@contextmanager
def splunkd_of(order: Order) -> Iterator[Splunkd]:
    """Open the splunkd of an order.

    Raises:
        ConfigError, MissingExtra: As ``splunkd.connect`` says.
    """
    with connect(target_of(order)) as splunkd:
        yield splunkd


def items(order: Order, server: Server) -> Iterator[Item]:
    """Yield the objects that should stand there, those that others need first.

    Raises:
        UsageError: A rule is to be switched on that has no search there.
    """
    tenants = tenants_of(order)
    if is_wanted(order, INDEXES) and server.holds_data:
        yield from (_index(tenant) for tenant in tenants)
    if is_wanted(order, TOKENS) and server.holds_data:
        yield from (_token(tenant, target_of(order)) for tenant in tenants)
    if is_wanted(order, MACROS):
        yield from _macros(tenants)
    if is_wanted(order, SEARCHES) and order.enable:
        for name in searches_of(order.rules, order.enable):
            yield Item(SEARCH, name, {"disabled": "0"}, brought={"disabled": "1"})


def _index(tenant: Tenant) -> Item:
    spans = (getattr(tenant.retention, kind) for kind in names.KINDS)
    # An index lets its documents go by age alone: the kind that is kept longest decides.
    kept = max(_LONGEST_KEPT if one == FOREVER else duration_ms(one) // 1000 for one in spans)
    return Item(INDEX, index_of(tenant), {"frozenTimePeriodInSecs": str(min(kept, _LONGEST_KEPT))})


def _token(tenant: Tenant, target: Target) -> Item:
    index = index_of(tenant)
    said = {"index": index, "indexes": index, "disabled": "0"}
    if target.ack in ("on", "off"):
        said["useACK"] = str(int(target.ack == "on"))
    return Item(TOKEN, token_of(tenant), said)


def token_of(tenant: Tenant) -> str:
    """Return what the token of a tenant is called."""
    return names.index(tenant.id)


def _macros(tenants: list[Tenant]) -> Iterator[Item]:
    for name, keys in macros({one.id: index_of(one) for one in tenants}).items():
        yield Item(MACRO, name, {"definition": keys["definition"]})


def plan(order: Order, splunkd: Splunkd) -> Plan:
    """Return what an install would change, and what else to say.

    Raises:
        UsageError: It is to be installed from files: the app is uploaded.
        TargetError: splunkd could not be asked.
    """
    if order.files is not None:
        mend = f"upload {NAME} in Splunk under Apps, Manage Apps, and install without --from"
        raise UsageError("an app is not installed by this", where="--from", mend=mend)
    server = read_server(splunkd)
    notes = list(_notes(order, server))
    if not server.app:
        return Plan(target_of(order), (), tuple(notes))
    wanted = list(items(order, server))
    there = read_standing(splunkd, (item.kind for item in wanted))
    made = [_warned(one) for one in changes(wanted, there, order.overwrite)]
    if any(one.kind == TOKEN and one.verb is Verb.CREATE for one in made):
        notes.append(_TOKENS)
    return Plan(target_of(order), tuple(made), tuple(notes))


_TOKENS = (
    "the value of a new token is shown by Splunk Web (Settings, Data inputs, HTTP Event Collector):"
    " put it where the tenant's hec_token says"
)


def _notes(order: Order, server: Server) -> Iterator[str]:
    how = f"upload {NAME} of `agentwarrant build splunk` (Apps, Manage Apps, Install app from file)"
    if not server.app:
        yield f"the app is not installed there, and nothing else can be: {how}, then run this again"
    elif server.app != __version__:
        yield f"the app there is of version {server.app}, this is {__version__}: {how}"
    if server.app and not server.is_on:
        yield "the app is switched off there: switch it on (Apps, Manage Apps)"
    if not server.holds_data and (is_wanted(order, INDEXES) or is_wanted(order, TOKENS)):
        where = "by the Admin Config Service or in Splunk Web" if server.is_cloud else "by hand"
        made = ", ".join(f"{index_of(one)} (token {token_of(one)})" for one in tenants_of(order))
        yield f"{server.why}: make the indexes and their tokens there {where}: {made}"
    if is_wanted(order, SEARCHES) and not order.enable:
        yield "searches are switched off until --enable names their rules, or they are in Splunk"


def _warned(change: Change) -> Change:
    """Say of an index that is to keep documents for less long what that means."""
    if change.kind != INDEX or change.verb is not Verb.UPDATE or not change.lines:
        return change
    old, _, new = change.lines[0].rpartition(": ")[2].partition(" -> ")
    if not (old.isdigit() and new.isdigit() and int(new) < int(old)):
        return change
    why = f"documents older than {int(new) // 86_400} days will be deleted"
    return Change(change.verb, INDEX, change.name, lines=change.lines, why=why, body=change.body)


def carry_out(order: Order, plan_: Plan, say: Say) -> None:
    """Carry a plan out and read back what it made.

    Raises:
        TargetError: Something was refused, splunkd was not reached, or has not what was sent.
    """
    if not plan_.work:
        return
    with splunkd_of(order) as splunkd:
        records = Collection(splunkd, RECORDS)
        records.make()
        for one in plan_.work:
            with naming(one):
                _apply(splunkd, one, records)
            say(f"{one.verb}: {one.kind} {one.name}")
        wrong = _not_as_sent(splunkd, plan_)
    if wrong:
        raise TargetRefused(wrong, where=plan_.target.name, mend="run it again")


@contextmanager
def naming(one: Change) -> Iterator[None]:
    """Say which object it was that was refused."""
    try:
        yield
    except TargetRefused as error:
        mend = error.mend or "mend that and run it again: what is done stays done"
        what = f"{one.kind} {one.name}: {error.what}"
        raise TargetRefused(what, where=error.where, mend=mend, status=error.status) from error


def _apply(splunkd: Splunkd, one: Change, records: Collection) -> None:
    """Carry one change out. What is made is recorded first, so that nothing of ours is unknown."""
    record: Record = one.body
    if one.verb is Verb.CREATE:
        records.save([record.document])
        make(splunkd, one.kind, one.name, record.said)
    else:
        change(splunkd, one.kind, one.name, record.said)
        records.save([record.document])


def _not_as_sent(splunkd: Splunkd, plan_: Plan) -> str:
    there = read_standing(splunkd, (one.kind for one in plan_.work)).objects
    for one in plan_.work:
        said = one.body.said
        found = there.get((one.kind, one.name), {})
        wrong = [f"{name}: {found.get(name)}" for name in said if found.get(name) != said[name]]
        if wrong:
            return f"{one.kind} {one.name} is not as it was sent: {'; '.join(wrong[:3])}"
    return ""
