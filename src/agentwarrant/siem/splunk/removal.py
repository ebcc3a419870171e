"""What an uninstall takes out of a Splunk: what an install recorded, and data only when told."""

from __future__ import annotations

from collections.abc import Iterator

from agentwarrant.errors import TargetRefused
from agentwarrant.siem.plugin import Change, Order, Plan, Say, Verb, is_wanted, target_of
from agentwarrant.siem.splunk.install import INDEXES, MACROS, SEARCHES, TOKENS, naming, splunkd_of
from agentwarrant.siem.splunk.names import APP, HABITS, INVENTORY, SEEN
from agentwarrant.siem.splunk.objects import (
    COLLECTION,
    INDEX,
    MACRO,
    SEARCH,
    TOKEN,
    Collection,
    change,
    remove,
)
from agentwarrant.siem.splunk.plan import RECORDS, Record, Standing, key_of
from agentwarrant.siem.splunk.splunkd import Splunkd
from agentwarrant.siem.splunk.standing import read_records, read_standing

_ORDER = (SEARCH, MACRO, TOKEN, INDEX)
_PARTS = {SEARCH: SEARCHES, MACRO: MACROS, TOKEN: TOKENS, INDEX: INDEXES}
_DATA = (INVENTORY, SEEN, HABITS)
_KEPT = "data is kept (--delete-data)"


def plan_removal(order: Order, splunkd: Splunkd, *, delete_data: bool) -> Plan:
    """Return what an uninstall would do: the app itself is its administrator's to remove."""
    wanted = [kind for kind in _ORDER if is_wanted(order, _PARTS[kind])]
    there = read_standing(splunkd, wanted)
    found = [
        _removal(record, there, delete_data=delete_data)
        for kind in wanted
        for (of, _), record in sorted(there.records.items())
        if of == kind
    ]
    if is_wanted(order, INDEXES):
        found += _collections(splunkd, delete_data=delete_data)
    note = f"the app stays: remove {APP} in Splunk Web (Apps, Manage Apps) when it is to go"
    return Plan(target_of(order), tuple(found), (note,))


def _removal(record: Record, there: Standing, *, delete_data: bool) -> Change:
    kind, name = record.kind, record.name
    now = there.objects.get((kind, name))
    if now is None:
        return Change(Verb.REMOVE, kind, name, why="it is gone already")
    if kind == INDEX and not delete_data:
        return Change(Verb.KEEP, kind, name, why=_KEPT, body=record)
    if record.before is None and kind != SEARCH:
        return Change(Verb.REMOVE, kind, name, body=record)
    why = "back to what it was" if record.before is not None else "switched off"
    return Change(Verb.REMOVE, kind, name, why=why, body=record)


def _collections(splunkd: Splunkd, *, delete_data: bool) -> Iterator[Change]:
    for name in _DATA:
        if next(Collection(splunkd, name).documents(), None) is not None:
            verb = Verb.REMOVE if delete_data else Verb.KEEP
            why = "its documents" if delete_data else _KEPT
            yield Change(verb, COLLECTION, name, why=why)


def carry_out_removal(order: Order, plan: Plan, say: Say) -> None:
    """Carry a removal out, and look whether all of it is gone.

    Raises:
        TargetError: Something was refused, splunkd was not reached, or something is still there.
    """
    if not plan.work:
        return
    with splunkd_of(order) as splunkd:
        for one in plan.work:
            with naming(one):
                _take_out(splunkd, one)
            say(f"{one.verb}: {one.kind} {one.name}")
        left = read_records(splunkd)
        if not left:
            Collection(splunkd, RECORDS).drop()
    wrong = sorted(left.keys() & {(one.kind, one.name) for one in plan.work})
    if wrong:
        kind, name = wrong[0]
        raise TargetRefused(f"{kind} {name} is still there", where=plan.target.name)


def _take_out(splunkd: Splunkd, one: Change) -> None:
    if one.kind == COLLECTION:
        Collection(splunkd, one.name).empty()
        return
    record: Record | None = one.body
    if record is not None and record.before is not None:
        change(splunkd, one.kind, one.name, record.before)
    elif record is not None and one.kind == SEARCH:
        change(splunkd, SEARCH, one.name, {"disabled": "1"})
    elif record is not None:
        remove(splunkd, one.kind, one.name)
    Collection(splunkd, RECORDS).forget(key_of(one.kind, one.name))
