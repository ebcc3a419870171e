"""A case as a STIX 2.1 bundle: what attacked, what it looks like, how often, what to do.

Every id is made of what the object says, every time is the case's: the same case gives the same
bytes, and a server that has it already knows it. The ids are a hash in the form of a UUID of
version 4, which is the only one that STIX lets objects of these types have (section 2.9). Each id
is of its case alone: two versions of an object must have been created at one time, and what two
cases say of the same host was not. What they have in common is the pattern.

A course of action carries its playbook as CACAO in the extension that CACAO Roaster writes, OASIS's
own editor (``extension-definition--1e1c1bd7-…``, Security Playbooks).
"""

from __future__ import annotations

import uuid
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from typing import Any

from agentwarrant.event import compact_json, iso_time, text_of
from agentwarrant.finding import Case
from agentwarrant.intel.markings import IDS
from agentwarrant.intel.observe import AGENT
from agentwarrant.intel.sharing import (
    CASE,
    Restricted,
    Seen,
    Sharing,
    agent_name,
    everything,
    seen_in,
)
from agentwarrant.respond.model import ProposedResponse
from agentwarrant.schema import load

_SPACE = "agentwarrant"
_INFRASTRUCTURE = frozenset({"domain-name", "ipv4-addr", "ipv6-addr", "url"})
_ROLES = {
    "egress": "exfiltration",
    "credential_read": "exfiltration",
    "exec": "staging",
    "agent_network": "command-and-control",
}
"""What infrastructure is to an attacker, by what the agent did there (STIX, section 10.9)."""
_CONFIDENCE = 70
_PLAYBOOK = "extension-definition--1e1c1bd7-c527-4215-8e18-e199e74da57c"

Object = dict[str, Any]


def bundle_of(
    case: Case,
    sharing: Sharing | None = None,
    response: ProposedResponse | None = None,
    *,
    cacao: Mapping[str, Any] | None = None,
    restricted: Restricted = everything,
) -> Object:
    """Return a case as a bundle; one without indicators where nothing of it may be told.

    Args:
        case: The case.
        sharing: What its tenant lets others know.
        response: What would be done about it.
        cacao: The playbook of the response as CACAO 2.0, as it is to be told: nothing is taken
            out of it here.
        restricted: Says of an indicator of others, by its id, whether what it names stays here.
    """
    return _Writer(case, sharing or Sharing(), restricted).bundle(response, cacao)


def merged(bundles: Sequence[Object]) -> Object:
    """Return several bundles as one; each object once."""
    once = {one["id"]: one for bundle in bundles for one in bundle["objects"]}
    return whole(list(once.values()))


def whole(objects: Sequence[Object]) -> Object:
    """Return objects as a bundle, whose id is that of just these."""
    identity = object_id("bundle", *sorted(one["id"] for one in objects))
    return {"type": "bundle", "id": identity, "objects": list(objects)}


@cache
def definition() -> Object:
    """Return our extension's definition, with its schema in it (``stix_extension.schema.json``).

    STIX lets ``schema`` be an address or the text itself (section 7.3); whoever is given the
    bundle has then all that is needed to read it.
    """
    found = load("stix_extension.json")["definition"]
    return {**found, "schema": compact_json(load(found["schema"]))}


class _Writer:
    def __init__(self, case: Case, sharing: Sharing, restricted: Restricted) -> None:
        self._case = case
        self._sharing = sharing
        self._seen = seen_in(case, sharing, restricted)
        self._moment = iso_time(max((seen.last for seen in self._seen), default=case.end))
        told = (text_of(e, "@timestamp") for f in case.findings for e in (f.event, *f.evidence))
        self._created = min(self._moment, *map(iso_time, told))
        self._extension: str = load("stix_extension.json")["definition"]["id"]
        self._author = organization(sharing.author) if sharing.author else None
        self._victim = organization(sharing.victim) if sharing.victim else None

    def bundle(self, response: ProposedResponse | None, cacao: Mapping[str, Any] | None) -> Object:
        objects = [*self._objects(response, cacao)]
        return whole(list({one["id"]: one for one in objects}.values()))

    def _objects(
        self, response: ProposedResponse | None, cacao: Mapping[str, Any] | None
    ) -> Iterator[Object]:
        known = load("stix_extension.json")
        yield known["tlp"][self._sharing.tlp]
        yield known["author"]
        yield definition()
        yield from (one for one in (self._author, self._victim) if one)
        told: list[Object] = []
        if self._sharing.tell == CASE:
            told += self._agent()
        where = [told[0], *([self._victim] if self._victim else [])] if told else []
        for seen in self._seen:
            told += self._of(seen, where)
        if self._sharing.tell == CASE and response and self._seen:
            told += self._answer(response, told, cacao)
        yield from told
        if told:
            yield self._grouping(told)

    def _of(self, seen: Seen, where: Sequence[Object]) -> list[Object]:
        """Return the objects of one thing: what it looks like, that it was seen, what it is.

        Args:
            seen: The thing.
            where: Who saw it; nobody: it is not told that it was seen.
        """
        pattern = pattern_of(seen.type, seen.name, seen.value)
        indicator = self._made(
            "indicator",
            (pattern,),
            name=f"{seen.type.removeprefix('x-agentwarrant-')} {seen.value[:160]}",
            description="An AI agent was led there by content, or a threat list names it.",
            indicator_types=["malicious-activity"],
            pattern=pattern,
            pattern_type="stix",
            pattern_version="2.1",
            valid_from=iso_time(seen.first),
            confidence=_CONFIDENCE,
        )
        made = [indicator, *([self._sighting(seen, indicator, where)] if where else [])]
        if seen.type not in _INFRASTRUCTURE:
            return made
        infrastructure = self._made(
            "infrastructure",
            (seen.type, seen.value),
            name=seen.value[:200],
            infrastructure_types=sorted({_ROLES[r] for r in seen.roles if r in _ROLES})
            or ["unknown"],
            first_seen=iso_time(seen.first),
            last_seen=iso_time(seen.last),
        )
        return [*made, infrastructure, self._related(indicator, "indicates", infrastructure)]

    def _sighting(self, seen: Seen, indicator: Object, where: Sequence[Object]) -> Object:
        return self._made(
            "sighting",
            (indicator["id"],),
            sighting_of_ref=indicator["id"],
            where_sighted_refs=[one["id"] for one in where],
            first_seen=iso_time(seen.first),
            last_seen=iso_time(seen.last),
            count=seen.times,
        )

    def _answer(
        self,
        response: ProposedResponse,
        told: Sequence[Object],
        cacao: Mapping[str, Any] | None,
    ) -> list[Object]:
        """Return what is done about it, as a course of action that mitigates each indicator."""
        action = self._made(
            "course-of-action",
            (response.playbook,),
            name=response.title,
            description=f"The playbook {response.playbook} of Agent Warrant.",
        )
        if cacao is not None:
            action["extensions"] = {_PLAYBOOK: _carried(cacao, self._moment)}
        found = [one for one in told if one["type"] == "indicator"]
        return [action, *(self._related(action, "mitigates", one) for one in found)]

    def _agent(self) -> list[Object]:
        """Return the agent: as an identity, and as what others can look for, of our own type."""
        named = agent_name(self._case, self._sharing)
        runtime = {"runtime": self._case.source} if self._case.source else {}
        who = self._made(
            "identity",
            ("agent", named),
            name=named,
            identity_class="system",
            roles=["ai-agent"],
            extensions={self._extension: {"extension_type": "property-extension", **runtime}},
        )
        seen_as = {
            "type": AGENT,
            "spec_version": "2.1",
            "id": object_id(AGENT, self._sharing.author, self._case.id, named),
            "object_marking_refs": [IDS[self._sharing.tlp]],
            "name": named,
            **runtime,
            "extensions": {self._extension: {"extension_type": "new-sco"}},
        }
        return [who, seen_as, self._related(who, "related-to", seen_as)]

    def _grouping(self, objects: Sequence[Object]) -> Object:
        return self._made(
            "grouping",
            (),
            name=f"Case {self._case.id[:12]}",
            context="suspicious-activity",
            object_refs=sorted(one["id"] for one in objects),
        )

    def _related(self, source: Object, kind: str, target: Object) -> Object:
        return self._made(
            "relationship",
            (source["id"], kind, target["id"]),
            relationship_type=kind,
            source_ref=source["id"],
            target_ref=target["id"],
        )

    def _made(self, kind: str, of: tuple[str, ...], **properties: Any) -> Object:
        made: Object = {
            "type": kind,
            "spec_version": "2.1",
            "id": object_id(kind, self._sharing.author, self._case.id, *of),
            "created": self._created,
            "modified": self._moment,
            "object_marking_refs": [IDS[self._sharing.tlp]],
        }
        if self._author:
            made["created_by_ref"] = self._author["id"]
        return {**made, **properties}


def organization(name: str) -> Object:
    """Return an organization by its name: the same one each time."""
    moment = load("stix_extension.json")["author"]["created"]
    return {
        "type": "identity",
        "spec_version": "2.1",
        "id": object_id("identity", "author", name),
        "created": moment,  # that of a case would be another version each time
        "modified": moment,
        "name": name,
        "identity_class": "organization",
    }


def _carried(cacao: Mapping[str, Any], moment: str) -> Object:
    """Return a playbook as the extension of a course of action has it."""
    return {
        "extension_type": "property-extension",
        "playbook_id": str(cacao["id"]),
        "created": str(cacao.get("created") or moment),
        "modified": str(cacao.get("modified") or moment),
        "playbook_creator": str(
            cacao.get("created_by") or load("stix_extension.json")["author"]["id"]
        ),
        "playbook_standard": "cacao",
        "playbook_abstraction": "template",
        "playbook_type": list(cacao.get("playbook_types") or ["mitigation"]),
        "playbook_base64": b64encode(compact_json(cacao).encode()).decode(),
    }


def object_id(kind: str, *of: str) -> str:
    """Return an id that is the same for the same texts."""
    said = "\0".join((_SPACE, kind, *of)).encode("utf-8", "replace")
    return f"{kind}--{uuid.UUID(bytes=sha256(said).digest()[:16], version=4)}"


def pattern_of(kind: str, name: str, value: str) -> str:
    """Return the pattern of objects of a type with a property of a value.

    Args:
        kind: The type.
        name: The property, spelled as patterns have it: ``hashes.'SHA-256'``.
        value: Its value.
    """
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"[{kind}:{name} = '{escaped}']"
