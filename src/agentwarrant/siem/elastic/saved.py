"""Rules and saved objects of Kibana, space by space: read, written, recorded.

Sources: Kibana's API documentation and schemas: rules are exported with their exceptions' and
actions' references and imported with ``overwrite`` (elastic/kibana, ``import_rules_route`` and
``export_rules_route``, API version 2023-10-31); saved objects likewise
(``/api/saved_objects/_export``, ``_import``); spaces (``/api/spaces/space``). No Kibana was run:
the tests talk to a stand-in written from these pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from agentwarrant.errors import TargetRefused, WrongTarget
from agentwarrant.siem.elastic.kibana import DEFAULT_SPACE, Kibana
from agentwarrant.siem.elastic.shipped import (
    OBJECT,
    RECORD,
    RECORDS,
    RULE,
    SPACE,
    Contents,
    Record,
    recorded,
)
from agentwarrant.siem.elastic.state import Cluster
from agentwarrant.siem.plugin import Change, Say, Verb

_RULES = "/api/detection_engine/rules"
_OBJECTS = "/api/saved_objects"
_ABSENT = frozenset({404})


class Space:
    """One Kibana space, and the record of what was installed into it."""

    def __init__(self, kibana: Kibana, cluster: Cluster, space: str) -> None:
        self._kibana = kibana
        self._cluster = cluster
        self.id = space

    def exists(self) -> bool:
        """Is it there?"""
        if self.id == DEFAULT_SPACE:
            return True
        path = f"/api/spaces/space/{self.id}"
        return self._kibana.request("GET", path, allow=(404,)).status_code != 404

    def create(self) -> None:
        """Make it."""
        body = {"id": self.id, "name": self.id, "description": "Agent Warrant: one tenant"}
        self._kibana.request("POST", "/api/spaces/space", json=body)

    def contents(self, rules: Iterable[str], objects: Iterable[str]) -> Contents:
        """Return what it holds of some rules and saved objects.

        Args:
            rules: Ids (``rule_id``).
            objects: Keys (``type/id``).
        """
        wanted = set(objects)
        found = {f"{one['type']}/{one['id']}": one for one in self._objects(wanted)}
        return Contents(
            {str(one["rule_id"]): one for one in self._rules(sorted(set(rules)))},
            {key: one for key, one in found.items() if key in wanted},
        )

    def _rules(self, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        if not ids:
            return []
        answer = self._kibana.request(
            "POST",
            f"{_RULES}/_export",
            space=self.id,
            params={"exclude_export_details": "true"},
            json={"objects": [{"rule_id": one} for one in ids]},
        )
        return [line for line in _lines(answer.content) if "rule_id" in line]

    def _objects(self, keys: set[str]) -> list[Mapping[str, Any]]:
        """Return all objects of the types: a list of ids is refused when one of them is gone."""
        if not keys:
            return []
        types = sorted({key.partition("/")[0] for key in keys})
        answer = self._kibana.request(
            "POST",
            f"{_OBJECTS}/_export",
            space=self.id,
            json={"type": types, "excludeExportDetails": True},
        )
        return [line for line in _lines(answer.content) if "type" in line]

    def record(self) -> Record:
        """Return what was installed into it; empty where nothing is known."""
        found = self._cluster.ask("GET", f"/{RECORDS}/_doc/{self.id}", allow=_ABSENT)
        source = (found or {}).get("_source", {})
        return Record(source.get("rules", {}), source.get("objects", {}))

    def write(self, record: Record) -> None:
        """Write down what was installed into it."""
        body = {"space": self.id, "rules": record.rules, "objects": record.objects}
        self._cluster.ask("PUT", f"/{RECORDS}/_doc/{self.id}?refresh=true", body)

    def forget(self) -> None:
        """Remove the record."""
        path = f"/{RECORDS}/_doc/{self.id}?refresh=true"
        self._cluster.ask("DELETE", path, allow=_ABSENT)

    def import_rules(self, bodies: Sequence[Mapping[str, Any]]) -> None:
        """Create rules, or put them in the place of those of the same ``rule_id``.

        Raises:
            TargetRefused: One of them was refused.
        """
        answer = self._import(f"{_RULES}/_import", "rules.ndjson", bodies)
        wrong = [*answer.get("errors", ()), *answer.get("exceptions_errors", ())]
        if wrong or not answer.get("success"):
            first: Mapping[str, Any] = wrong[0] if wrong else {}
            said = first.get("error", {}).get("message", "no reason is given")
            self._refused(f"rule {first.get('rule_id', '?')}: {said}")

    def import_objects(self, bodies: Sequence[Mapping[str, Any]]) -> None:
        """Create saved objects, or put them in the place of those of the same id.

        Raises:
            TargetRefused: One of them was refused.
        """
        answer = self._import(f"{_OBJECTS}/_import", "objects.ndjson", bodies)
        if not answer.get("success"):
            first: Mapping[str, Any] = next(iter(answer.get("errors", ())), {})
            said = first.get("error", {}).get("type", "no reason is given")
            self._refused(f"{first.get('type', '?')} {first.get('id', '?')}: {said}")

    def _import(self, path: str, name: str, bodies: Sequence[Mapping[str, Any]]) -> Any:
        lines = b"".join(orjson.dumps(body) + b"\n" for body in bodies)
        return self._kibana.json(
            "POST",
            path,
            space=self.id,
            params={"overwrite": "true"},
            files={"file": (name, lines, "application/ndjson")},
        )

    def remove(self, change: Change) -> None:
        """Delete a rule or a saved object."""
        if change.kind == RULE:
            given = {"rule_id": change.body["rule_id"]}
            self._kibana.request("DELETE", _RULES, space=self.id, params=given, allow=(404,))
        else:
            path = f"{_OBJECTS}/{change.body['type']}/{change.body['id']}"
            self._kibana.request("DELETE", path, space=self.id, allow=(404,))

    def _refused(self, what: str) -> None:
        raise TargetRefused(what, where=f"space {self.id}", mend="see Kibana's log")


def _lines(body: bytes) -> list[Mapping[str, Any]]:
    try:
        return [orjson.loads(line) for line in body.splitlines() if line.strip()]
    except ValueError:
        raise WrongTarget("what answers is not Kibana") from None


def carry_out(space: Space, now: Contents, changes: Sequence[Change], say: Say) -> None:
    """Carry the changes of one space out, read back what they made, and record it.

    Args:
        space: The space.
        now: What is shipped.
        changes: Those planned for it, also where nothing happens.
        say: Told what was done.

    Raises:
        TargetError: Something was refused, or is not there afterwards.
    """
    if any(change.kind == SPACE and change.verb is Verb.CREATE for change in changes):
        space.create()
        say(f"create: space {space.id}")
    record = space.record()
    ids = {*now.rules, *record.rules}, {*now.objects, *record.objects}
    before = space.contents(*ids)
    rules = _bodies(changes, RULE)
    objects = _bodies(changes, OBJECT)
    for change in changes:
        if change.verb is Verb.REMOVE and change.kind in (RULE, OBJECT):
            space.remove(change)
            say(f"remove: {change.kind} {change.name} (space {space.id})")
    if objects:
        space.import_objects(objects)
        say(f"{len(objects)} saved objects imported (space {space.id})")
    if rules:
        space.import_rules(rules)
        say(f"{len(rules)} rules imported (space {space.id})")
    after = space.contents(*ids)
    _verify(space, rules, objects, after)
    if any(change.kind == RECORD for change in changes):
        space.write(recorded(now, before, after, record, list(changes)))


def _bodies(changes: Sequence[Change], kind: str) -> list[Mapping[str, Any]]:
    written = (Verb.CREATE, Verb.UPDATE)
    return [c.body for c in changes if c.kind == kind and c.verb in written]


def _verify(
    space: Space,
    rules: Sequence[Mapping[str, Any]],
    objects: Sequence[Mapping[str, Any]],
    after: Contents,
) -> None:
    """Hold what was read back against what was sent, as far as Kibana keeps it word by word."""
    for sent in rules:
        found = after.rules.get(str(sent["rule_id"]), {})
        for name in ("name", "type", "query", "enabled"):
            if found.get(name) != sent.get(name):
                what = f"rule {sent.get('name')}: {name} is not as it was sent"
                raise TargetRefused(what, where=f"space {space.id}", mend="run it again")
    for sent in objects:
        if f"{sent['type']}/{sent['id']}" not in after.objects:
            what = f"{sent['type']} {sent['id']} is not there after the import"
            raise TargetRefused(what, where=f"space {space.id}", mend="run it again")


def take_out(space: Space, changes: Sequence[Change], say: Say) -> None:
    """Remove from one space what was recorded as installed, and the record.

    Raises:
        TargetError: Something was refused, or is still there.
    """
    gone = [change for change in changes if change.verb is Verb.REMOVE]
    for change in gone:
        if change.kind in (RULE, OBJECT):
            space.remove(change)
            say(f"remove: {change.kind} {change.name} (space {space.id})")
    rules = [str(c.body["rule_id"]) for c in gone if c.kind == RULE]
    objects = [f"{c.body['type']}/{c.body['id']}" for c in gone if c.kind == OBJECT]
    left = space.contents(rules, objects)
    if left != Contents():
        raise TargetRefused(
            "not everything is gone", where=f"space {space.id}", mend="run it again"
        )
    space.forget()
