"""What stands in a Kibana space against what is shipped: pure, over what was read of both.

A rule keeps no field of ours that survives an edit in Kibana, so what was installed is recorded in
an index of the cluster (``RECORDS``), one document a space: what was sent, and what Kibana made of
it. Where the record is missing nothing is overwritten.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from agentwarrant.config import Tenant
from agentwarrant.event import digest
from agentwarrant.siem.elastic import names
from agentwarrant.siem.elastic.kibana import DEFAULT_SPACE
from agentwarrant.siem.elastic.plan import LOOKUP, Item
from agentwarrant.siem.elastic.upgrade import merge, seen_after
from agentwarrant.siem.plugin import Change, Verb

RULE, OBJECT, SPACE, RECORD = "rule", "saved object", "space", "record"
RECORDS = "agentwarrant-installed"
"""The index of records; nothing in it is searched by content."""
_VOLATILE = frozenset({"fieldAttrs"})
"""Attributes that Kibana changes by itself: how often a field of a data view was used."""
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a space holds or should hold.

    Attributes:
        rules: Rule objects by ``rule_id``.
        objects: Saved objects by ``type/id``.
    """

    rules: Mapping[str, Body] = field(default_factory=dict)
    objects: Mapping[str, Body] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """What was installed into a space.

    Attributes:
        rules: By ``rule_id``: ``sent`` and ``seen``, rule objects.
        objects: By ``type/id``: ``sent`` and ``seen``, digests.
    """

    rules: Mapping[str, Mapping[str, Body]] = field(default_factory=dict)
    objects: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def records_index() -> Item:
    """Return the index of records."""
    kept = {"space": {"type": "keyword"}}
    return Item(LOOKUP, RECORDS, {"mappings": {"dynamic": "false", "properties": kept}})


def for_tenant(tenant: Tenant, rules: Iterable[Body], objects: Iterable[Body]) -> Contents:
    """Return what is shipped to one tenant: its rules read its own streams and no others.

    A rule runs with the rights of who installed it, so that the analyst's own are no wall there.
    Ids of saved objects are unique over all spaces: one that is imported into a second gets an id
    by chance, that no upgrade would find (elastic/kibana issue 130311). So each space has its own.
    """
    own = {names.pattern(kind): names.stream(kind, tenant.id) for kind in names.KINDS}
    made = {}
    for body in rules:
        text = orjson.dumps(body).decode()
        for pattern, stream in own.items():
            text = text.replace(pattern, stream)
        made[str(body["rule_id"])] = orjson.loads(text)
    owned = _with_own_ids(list(objects), tenant.space)
    return Contents(made, {f"{one['type']}/{one['id']}": one for one in owned})


def _with_own_ids(objects: list[Body], space: str) -> list[Body]:
    """Return saved objects with ids of a space, also where one names another, however quoted."""
    if space == DEFAULT_SPACE or not objects:
        return objects
    ids = sorted({re.escape(str(one["id"])) for one in objects}, key=len, reverse=True)
    quoted = re.compile(rf'(\\*")({"|".join(ids)})(\\*")')
    return [
        orjson.loads(quoted.sub(rf"\g<1>\g<2>-{space}\g<3>", orjson.dumps(one).decode()))
        for one in objects
    ]


def space_changes(
    space: str,
    now: Contents,
    there: Contents,
    record: Record,
    *,
    overwrite: frozenset[str] = frozenset(),
    enable: frozenset[str] = frozenset(),
) -> Iterator[Change]:
    """Yield what is to happen in a space; last, that it is recorded.

    Args:
        space: Its id.
        now: What is shipped.
        there: What it holds, of all that is shipped or recorded.
        record: What was installed.
        overwrite: Names or ids of those whose changes by others are given up.
        enable: Short ids, names or ids of rules to be switched on when made; ``*`` for all.
    """
    made = [
        *_rule_changes(space, now, there, record, overwrite, enable),
        *_object_changes(space, now, there, record, overwrite),
    ]
    yield from made
    if any(change.verb in _WRITES for change in made) or stale(now, there, record, made):
        yield Change(Verb.UPDATE, RECORD, space, space, why="what is installed is written down")


_WRITES = frozenset({Verb.CREATE, Verb.UPDATE, Verb.REMOVE})


def _rule_changes(
    space: str,
    now: Contents,
    there: Contents,
    record: Record,
    overwrite: frozenset[str],
    enable: frozenset[str],
) -> Iterator[Change]:
    for key in sorted({*now.rules, *record.rules}, key=lambda k: _title(k, now, record)):
        entry, new, theirs = record.rules.get(key, {}), now.rules.get(key), there.rules.get(key)
        name = _title(key, now, record)
        merged = merge(
            entry.get("sent"),
            new,
            theirs,
            seen=entry.get("seen"),
            overwrite=bool(overwrite & {key, name}),
        )
        body: Body | None = merged.body
        if merged.verb is Verb.CREATE and body is not None:
            body = {**body, "enabled": bool(body.get("enabled")) or _is_on(body, enable)}
        known = {"rule_id": key} if body is None else body
        yield Change(merged.verb, RULE, name, space, merged.lines, merged.why, known)


def _title(key: str, now: Contents, record: Record) -> str:
    known = now.rules.get(key) or record.rules.get(key, {}).get("sent", {})
    return str(known.get("name", key))


def _is_on(body: Body, enable: frozenset[str]) -> bool:
    tags = {str(tag).removeprefix("Rule: ") for tag in body.get("tags", ())}
    return bool(enable & {"*", str(body.get("rule_id")), str(body.get("name")), *tags})


def _object_changes(
    space: str, now: Contents, there: Contents, record: Record, overwrite: frozenset[str]
) -> Iterator[Change]:
    for key, body in now.objects.items():
        entry, theirs = record.objects.get(key, {}), there.objects.get(key)
        verb, why = _of_object(entry, hash_of(body), theirs)
        name = f"{body['type']} {body.get('attributes', {}).get('title') or body['id']}"
        wanted = bool(overwrite & {key, str(body["id"]), name})
        if wanted and verb in (Verb.CONFLICT, Verb.KEEP):
            verb, why = Verb.UPDATE, "what others changed is given up, as --overwrite says"
        yield Change(verb, OBJECT, name, space, why=why, body=body)
    for key in record.objects.keys() - now.objects.keys():
        theirs = there.objects.get(key)
        if theirs is not None:
            edited = hash_of(theirs) != record.objects[key]["seen"]
            verb = Verb.KEEP if edited else Verb.REMOVE
            why = "no longer shipped" + (", and somebody changed it there" if edited else "")
            yield Change(verb, OBJECT, key, space, why=why, body=theirs)


def _of_object(entry: Mapping[str, str], new: str, theirs: Body | None) -> tuple[Verb, str]:
    if theirs is None:
        return (Verb.KEEP, "it was deleted there") if entry else (Verb.CREATE, "")
    found = hash_of(theirs)
    if found == new:
        return Verb.NOTHING, ""
    if not entry:
        return Verb.CONFLICT, "it is there, and differs; nobody knows since when"
    if found == entry["seen"]:
        return (Verb.NOTHING, "") if new == entry["sent"] else (Verb.UPDATE, "")
    if new == entry["sent"]:
        return Verb.KEEP, "somebody changed it there"
    return Verb.CONFLICT, "somebody changed it there, and it changed here"


def hash_of(body: Body) -> str:
    """Return the digest of what a saved object says."""
    attributes = {k: v for k, v in body.get("attributes", {}).items() if k not in _VOLATILE}
    references = sorted(body.get("references", ()), key=orjson.dumps)
    return digest(orjson.dumps([attributes, references], option=orjson.OPT_SORT_KEYS))


def stale(now: Contents, there: Contents, record: Record, changes: list[Change]) -> bool:
    """Does the record not say what is there, though nothing is to be done?"""
    return recorded(now, there, there, record, changes) != record


def recorded(
    now: Contents, before: Contents, after: Contents, record: Record, changes: list[Change]
) -> Record:
    """Return the record of a space after its changes were carried out.

    Args:
        now: What is shipped.
        before, after: What the space held before and after.
        record: As it was.
        changes: Those of the space.
    """
    verbs = {(c.kind, _key(c)): c.verb for c in changes if c.kind in (RULE, OBJECT)}
    rules: dict[str, Mapping[str, Body]] = {}
    for key in {*now.rules, *record.rules}:
        verb = verbs.get((RULE, key), Verb.NOTHING)
        entry = _rule_entry(key, verb, now, before, after, record)
        if entry:
            rules[key] = entry
    objects: dict[str, Mapping[str, str]] = {}
    for key, body in now.objects.items():
        known = record.objects.get(key, {})
        verb = verbs.get((OBJECT, key), Verb.NOTHING)
        theirs = after.objects.get(key)
        if verb in (Verb.CONFLICT, Verb.KEEP) or theirs is None:
            objects.update({key: known} if known else {})
        elif verb is Verb.NOTHING and known and known["sent"] == hash_of(body):
            objects[key] = known
        else:
            objects[key] = {"sent": hash_of(body), "seen": hash_of(theirs)}
    for key in (record.objects.keys() - now.objects.keys()) & after.objects.keys():
        if verbs.get((OBJECT, key)) is not Verb.REMOVE:
            objects[key] = record.objects[key]
    return Record(rules, objects)


def _key(change: Change) -> str:
    body = change.body
    return str(body["rule_id"]) if change.kind == RULE else f"{body['type']}/{body['id']}"


def _rule_entry(
    key: str, verb: Verb, now: Contents, before: Contents, after: Contents, record: Record
) -> Mapping[str, Body]:
    known = dict(record.rules.get(key, {}))
    new, was, theirs = now.rules.get(key), before.rules.get(key), after.rules.get(key)
    if verb is Verb.REMOVE or (new is None and theirs is None):
        return {}
    if verb is Verb.CONFLICT or new is None:
        return known
    if theirs is None:
        return {**known, "sent": new} if known else {}
    if not known or was is None:
        return {"sent": new, "seen": theirs}
    if verb is not Verb.UPDATE and known["sent"] == new:
        return known
    return {"sent": new, "seen": seen_after(known["seen"], was, theirs)}
