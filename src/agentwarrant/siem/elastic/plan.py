"""What stands in a cluster against what should: the difference, and what to do about it.

Every object of ours carries a mark: who made it, of which version, and a digest of what was sent.
By the digest it can be told afterwards whether somebody changed it since: three ways, without
keeping anything beside the cluster.

==================  ==================  =====================================================
there, since sent   ours, since sent    what happens
==================  ==================  =====================================================
(absent)            any                 create
same                same                nothing
same                changed             update
changed             same                keep: theirs stays
changed             changed             conflict: theirs stays, unless it is to be overwritten
no mark of ours     any                 conflict: somebody else's, of the same name
==================  ==================  =====================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from agentwarrant import __version__
from agentwarrant.event import compact_json, digest
from agentwarrant.siem.plugin import Change, Verb

OURS = "agentwarrant"
COMPONENT, TEMPLATE, ROLE = "component template", "index template", "role"
LOOKUP, STREAM, POLICY = "index", "data stream", "ISM policy"
CUSTOM = "agentwarrant@custom"
"""A component template that is the customer's from the first moment: made empty, never changed."""
_SHOWN = 40
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Item:
    """One object as it should be.

    Attributes:
        kind: One of this module's kinds.
        name: Its name in the cluster.
        body: What is sent, without the mark.
    """

    kind: str
    name: str
    body: Mapping[str, Any]

    @property
    def marked(self) -> dict[str, Any]:
        """The body with our mark in it."""
        place, made = _MARKS[self.kind], dict(self.body)
        if place:
            mark = {"managed_by": OURS, "version": __version__, "hash": hash_of(self)}
            _set(made, place, mark)
        return made


_MARKS: dict[str, tuple[str, ...]] = {
    COMPONENT: ("_meta",),
    TEMPLATE: ("_meta",),
    ROLE: ("metadata",),
    LOOKUP: ("mappings", "_meta"),
    POLICY: (),  # Index State Management keeps no field of ours; its description says whose it is
}
_SILENT: dict[str, str | None] = {
    "template.lifecycle.enabled": "true",
    "data_stream.hidden": "false",
    "data_stream.allow_custom_routing": "false",
    "data_stream.timestamp_field.name": '"@timestamp"',
    "transient_metadata.enabled": "true",
    "allow_auto_create": None,
    "version": None,
    "created_date_millis": None,
    "modified_date_millis": None,
    "_id": None,
    "_version": None,
    "_seq_no": None,
    "_primary_term": None,
    "policy.policy_id": None,
    "policy.last_updated_time": None,
    "policy.schema_version": None,
    "policy.error_notification": "null",
}
"""What servers add by themselves, and the value that says nothing; None: whatever the value."""


def leaves(kind: str, body: Mapping[str, Any]) -> dict[str, str]:
    """Return path -> value of a body, the same for what is sent and what a server makes of it."""
    made: dict[str, str] = {}
    _flatten(dict(_without(body, _MARKS[kind])), "", made)
    return {
        path: value
        for path, value in made.items()
        if not (path in _SILENT and _SILENT[path] in (None, value))
    }


def _flatten(value: Any, path: str, made: dict[str, str]) -> None:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            _flatten(inner, f"{path}.{name}" if path else str(name), made)
        return
    if value in ({}, []) or value is None:
        return  # servers leave out what is empty, or add it
    if isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        for number, item in enumerate(value):
            _flatten(item, f"{path}[{number}]", made)
        return
    if path.endswith(".allow_restricted_indices") and value is False:
        return
    made[_spelled(path)] = _value(path, value)


def _spelled(path: str) -> str:
    """Return a path as people write it: without ``.properties``, settings with ``index.``."""
    head, dot, tail = path.partition("settings.")
    if dot and not tail.startswith("index."):
        path = f"{head}{dot}index.{tail}"
    return path.replace(".properties.", ".")


def _value(path: str, value: Any) -> str:
    """Return a value as JSON; a server says settings and ``dynamic`` as text."""
    if "settings." in path or path.endswith("mappings.dynamic"):
        plain = str(value).lower() if isinstance(value, bool) else str(value)
        return compact_json(plain)
    return compact_json(value)


def hash_of(item: Item) -> str:
    """Return the digest of an object as it is sent."""
    return _hash(leaves(item.kind, item.body))


def _hash(found: Mapping[str, str]) -> str:
    return digest(*(part for pair in sorted(found.items()) for part in pair))


def mark_of(kind: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return our mark in an object of a cluster; empty when it is not ours."""
    found: Any = body
    for name in _MARKS[kind]:
        found = found.get(name) if isinstance(found, Mapping) else None
    ours = isinstance(found, Mapping) and found.get("managed_by") == OURS
    return found if ours else {}


def changes(
    wanted: Iterable[Item],
    there: Mapping[tuple[str, str], Mapping[str, Any]],
    overwrite: frozenset[str] = frozenset(),
) -> list[Change]:
    """Return what is to happen to each object that should be there, in the order given.

    Args:
        wanted: The objects.
        there: Those of the cluster, by kind and name.
        overwrite: Names of those whose changes by others are given up.
    """
    return [change_of(item, there.get((item.kind, item.name)), overwrite) for item in wanted]


def change_of(
    item: Item, there: Mapping[str, Any] | None, overwrite: frozenset[str] = frozenset()
) -> Change:
    """Return what is to happen to one object; see the table above."""
    if there is None:
        return _change(item, Verb.CREATE, ())
    if item.name == CUSTOM:
        return _change(item, Verb.NOTHING, (), "the customer's own")
    now, found = leaves(item.kind, item.body), leaves(item.kind, there)
    lines = tuple(difference(found, now))
    if not lines and (mark_of(item.kind, there) or not _MARKS[item.kind]):
        return _change(item, Verb.NOTHING, ())
    verb, why = _verdict(item, there, _hash(found))
    if verb is not Verb.UPDATE and item.name in overwrite:
        verb, why = Verb.UPDATE, "what others changed is given up, as --overwrite says"
    return _change(item, verb, lines, why)


def _verdict(item: Item, there: Mapping[str, Any], found: str) -> tuple[Verb, str]:
    if not _MARKS[item.kind]:
        return Verb.UPDATE, ""
    mark = mark_of(item.kind, there)
    if not mark:
        return Verb.CONFLICT, "it has that name and is not ours"
    sent = str(mark.get("hash", ""))
    if found == sent:
        return Verb.UPDATE, f"was of version {mark.get('version', '?')}"
    if hash_of(item) == sent:
        return Verb.KEEP, "somebody changed it there"
    return Verb.CONFLICT, "somebody changed it there, and it changed here"


def _change(item: Item, verb: Verb, lines: tuple[str, ...], why: str = "") -> Change:
    return Change(verb, item.kind, item.name, lines=lines, why=why, body=item.marked)


def difference(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Return how one set of leaves becomes another, for a reader; long ones are cut."""
    said = [_line(path, old.get(path), new.get(path)) for path in sorted({*old, *new})]
    said = [line for line in said if line]
    more = len(said) - _SHOWN
    return [*said[:_SHOWN], f"… and {more} more"] if more > 0 else said


def _line(path: str, old: str | None, new: str | None) -> str:
    if old == new:
        return ""
    if old is None:
        return f"+ {path}: {_cut(new)}"
    if new is None:
        return f"- {path}: {_cut(old)}"
    return f"~ {path}: {_cut(old)} -> {_cut(new)}"


def _cut(text: str | None) -> str:
    return (text or "")[:_LONGEST]


def removals(
    there: Mapping[tuple[str, str], Mapping[str, Any]],
    order: Iterable[str],
    is_ours: Callable[[str, str], bool],
) -> list[Change]:
    """Return the removal of everything that carries our mark, kind by kind.

    Args:
        there: What was found in the cluster, by kind and name.
        order: The kinds, in the order in which they can go.
        is_ours: Whether an object of a kind without marks is ours, by kind and name.
    """
    return [
        Change(Verb.REMOVE, kind, name)
        for wanted in order
        for (kind, name), body in sorted(there.items(), key=lambda pair: pair[0])
        if kind == wanted and (mark_of(kind, body) if _MARKS[kind] else is_ours(kind, name))
    ]


def _set(body: dict[str, Any], place: tuple[str, ...], value: Any) -> None:
    *above, last = place
    for name in above:
        body[name] = dict(body.get(name, {}))
        body = body[name]
    body[last] = value


def _without(body: Mapping[str, Any], place: tuple[str, ...]) -> Mapping[str, Any]:
    if not place:
        return body
    head, *rest = place
    if not rest:
        return {name: value for name, value in body.items() if name != head}
    inner = body.get(head)
    if not isinstance(inner, Mapping):
        return body
    return {**body, head: _without(inner, tuple(rest))}
