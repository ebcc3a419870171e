"""What stands in a Splunk against what should: the difference, and what to do about it.

Objects of Splunk have no place for a mark of ours. What an install said of each is recorded in a
collection of the KV store instead (``RECORDS``), and by that it can be told afterwards whether
somebody changed it since:

==================  ==================  =====================================================
there, since said   ours, since said    what happens
==================  ==================  =====================================================
as it was           as it was           nothing
as it was           changed             update
changed             as it was           keep: theirs stays
changed             changed             conflict: theirs stays until ``--overwrite`` names it
never said by us    -                   conflict, unless it is what the app itself says
==================  ==================  =====================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from agentwarrant import __version__
from agentwarrant.event import digest
from agentwarrant.siem.plugin import Change, Verb
from agentwarrant.siem.splunk.names import APP
from agentwarrant.siem.splunk.objects import MACRO, Fields

RECORDS = f"{APP}_installed"
"""The collection that says what an install did."""
Place = tuple[str, str]
"""Kind and name of an object."""
_CUT = 200


@dataclass(frozen=True, slots=True)
class Item:
    """One object as it should be.

    Attributes:
        kind, name: Which.
        fields: What we say of it.
        brought: What the app says of it, where that can be told: it is nobody's change.
    """

    kind: str
    name: str
    fields: Fields
    brought: Fields | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """What an install did with one object.

    Attributes:
        kind, name: Which.
        said: What it said of it.
        before: What it was before; None: it was not there, or as the app brings it.
        version: Of Agent Warrant.
    """

    kind: str
    name: str
    said: Fields
    before: Fields | None = None
    version: str = __version__

    @property
    def document(self) -> dict[str, Any]:
        """As it stands in the KV store."""
        return {
            "_key": key_of(self.kind, self.name),
            "kind": self.kind,
            "name": self.name,
            "said": orjson.dumps(dict(self.said)).decode(),
            "before": "" if self.before is None else orjson.dumps(dict(self.before)).decode(),
            "version": self.version,
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in a Splunk.

    Attributes:
        objects: What we may say of each object, by kind and name.
        brought: Those that an app brings and nobody wrote over.
        records: What an install did, by kind and name.
    """

    objects: Mapping[Place, Fields] = field(default_factory=dict)
    brought: frozenset[Place] = frozenset()
    records: Mapping[Place, Record] = field(default_factory=dict)


def key_of(kind: str, name: str) -> str:
    """Return the key of a record."""
    return digest("installed", kind, name)


def record_of(document: Mapping[str, Any]) -> Record | None:
    """Read a record; None where it is none."""
    try:
        before = str(document["before"])
        return Record(
            str(document["kind"]),
            str(document["name"]),
            dict(orjson.loads(document["said"])),
            dict(orjson.loads(before)) if before else None,
            str(document["version"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def changes(
    wanted: Iterable[Item], there: Standing, overwrite: frozenset[str] = frozenset()
) -> list[Change]:
    """Return what is to happen to each object that should be there, in the order given.

    The body of a change is the ``Record`` of what it will have done.

    Args:
        wanted: The objects.
        there: What stands there.
        overwrite: Names of those whose changes by others are given up.
    """
    return [_change(item, there, overwrite) for item in wanted]


def _change(item: Item, there: Standing, overwrite: frozenset[str]) -> Change:
    place = (item.kind, item.name)
    found, record = there.objects.get(place), there.records.get(place)
    if found is None:
        lines = _lines({}, item.fields)
        return Change(Verb.CREATE, item.kind, item.name, lines=lines, body=_record(item, None))
    found = {name: found.get(name, "") for name in item.fields}
    if found == item.fields:
        return Change(Verb.NOTHING, item.kind, item.name)
    is_brought = record is None and (
        found == item.brought or (item.kind == MACRO and place in there.brought)
    )
    verb, why = (Verb.UPDATE, "") if is_brought else _verdict(item, found, record)
    if verb is not Verb.UPDATE and item.name in overwrite:
        verb, why = Verb.UPDATE, "what others changed is given up, as --overwrite says"
    before = record.before if record else None if is_brought else found
    lines = _lines(found, item.fields)
    return Change(verb, item.kind, item.name, lines=lines, why=why, body=_record(item, before))


def _verdict(item: Item, found: Fields, record: Record | None) -> tuple[Verb, str]:
    if record is None:
        return Verb.CONFLICT, "it was there before, and is not ours"
    if found == record.said:
        return Verb.UPDATE, f"was of version {record.version}"
    if item.fields == record.said:
        return Verb.KEEP, "somebody changed it there"
    return Verb.CONFLICT, "somebody changed it there, and it changed here"


def _record(item: Item, before: Fields | None) -> Record:
    return Record(item.kind, item.name, item.fields, before)


def _lines(old: Fields, new: Fields) -> tuple[str, ...]:
    """Return how an object becomes another, for a reader."""
    made = []
    for name in sorted(new):
        if name not in old:
            made.append(f"+ {name}: {new[name][:_CUT]}")
        elif old[name] != new[name]:
            made.append(f"~ {name}: {old[name][:_CUT]} -> {new[name][:_CUT]}")
    return tuple(made)
