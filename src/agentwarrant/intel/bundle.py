"""A case as a STIX 2.1 bundle: what attacked, what it looks like, how often, what to do.

Every id is made of what the object says, every time is the case's: the same case gives the same
bytes, and a server that has it already knows it. The ids are a hash in the form of a UUID of
version 4, which is the only one that STIX lets objects of these types have (section 2.9).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

from agentwarrant.event import iso_time
from agentwarrant.finding import Case
from agentwarrant.intel.markings import IDS
from agentwarrant.intel.sharing import Seen, Sharing, agent_name, seen_in
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

Object = dict[str, Any]


def bundle_of(
    case: Case, sharing: Sharing | None = None, response: ProposedResponse | None = None
) -> Object:
    """Return a case as a bundle; one without indicators where nothing of it may be told.

    Args:
        case: The case.
        sharing: What its tenant lets others know.
        response: What would be done about it.
    """
    return _Writer(case, sharing or Sharing()).bundle(response)


class _Writer:
    def __init__(self, case: Case, sharing: Sharing) -> None:
        self._case = case
        self._sharing = sharing
        self._seen = seen_in(case, sharing)
        self._moment = iso_time(max((seen.last for seen in self._seen), default=case.end))
        self._extension: str = load("stix_extension.json")["definition"]["id"]
        self._author = self._identity(sharing.author) if sharing.author else None

    def bundle(self, response: ProposedResponse | None) -> Object:
        objects = [*self._objects(response)]
        once = {one["id"]: one for one in objects}
        return {
            "type": "bundle",
            "id": _id("bundle", *sorted(once)),
            "objects": list(once.values()),
        }

    def _objects(self, response: ProposedResponse | None) -> Iterator[Object]:
        known = load("stix_extension.json")
        yield known["tlp"][self._sharing.tlp]
        yield known["author"]
        yield known["definition"]
        if self._author:
            yield self._author
        agent = self._agent()
        yield agent
        told: list[Object] = []
        for seen in self._seen:
            told += self._of(seen, agent)
        if response and told:
            told += self._answer(response, told)
        yield from told
        yield self._grouping([agent, *told])

    def _of(self, seen: Seen, agent: Object) -> list[Object]:
        """Return the objects of one thing: what it looks like, that it was seen, what it is."""
        pattern = f"[{seen.type}:{seen.name} = {_quoted(seen.value)}]"
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
        sighting = self._made(
            "sighting",
            (indicator["id"], self._case.id),
            sighting_of_ref=indicator["id"],
            where_sighted_refs=[agent["id"]],
            first_seen=iso_time(seen.first),
            last_seen=iso_time(seen.last),
            count=seen.times,
        )
        if seen.type not in _INFRASTRUCTURE:
            return [indicator, sighting]
        infrastructure = self._made(
            "infrastructure",
            (seen.type, seen.value),
            name=seen.value[:200],
            infrastructure_types=sorted({_ROLES[r] for r in seen.roles if r in _ROLES})
            or ["unknown"],
            first_seen=iso_time(seen.first),
            last_seen=iso_time(seen.last),
        )
        return [
            indicator,
            sighting,
            infrastructure,
            self._related(indicator, "indicates", infrastructure),
        ]

    def _answer(self, response: ProposedResponse, told: Sequence[Object]) -> list[Object]:
        """Return what is done about it, as a course of action that mitigates each indicator."""
        action = self._made(
            "course-of-action",
            (response.playbook,),
            name=response.title,
            description=f"The playbook {response.playbook} of Agent Warrant.",
        )
        found = [one for one in told if one["type"] == "indicator"]
        return [action, *(self._related(action, "mitigates", one) for one in found)]

    def _agent(self) -> Object:
        """Return the agent as an identity, with what our extension says of one."""
        named = agent_name(self._case, self._sharing)
        return self._made(
            "identity",
            ("agent", named),
            name=named,
            identity_class="system",
            roles=["ai-agent"],
            extensions={
                self._extension: {
                    "extension_type": "property-extension",
                    "runtime": self._case.source,
                }
            },
        )

    def _identity(self, name: str) -> Object:
        moment = load("stix_extension.json")["author"]["created"]
        return {
            "type": "identity",
            "spec_version": "2.1",
            "id": _id("identity", "author", name),
            "created": moment,  # that of the case would be another version each time
            "modified": moment,
            "name": name,
            "identity_class": "organization",
        }

    def _grouping(self, objects: Sequence[Object]) -> Object:
        return self._made(
            "grouping",
            (self._case.id,),
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
            "id": _id(kind, self._sharing.author, *of),
            "created": self._moment,
            "modified": self._moment,
            "object_marking_refs": [IDS[self._sharing.tlp]],
        }
        if self._author:
            made["created_by_ref"] = self._author["id"]
        return {**made, **properties}


def _id(kind: str, *of: str) -> str:
    said = "\0".join((_SPACE, kind, *of)).encode("utf-8", "replace")
    return f"{kind}--{uuid.UUID(bytes=sha256(said).digest()[:16], version=4)}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
