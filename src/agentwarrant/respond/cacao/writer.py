"""A CACAO 2.0 document, step by step: what playbooks and run plans have in common when written.

What CACAO has no word for stands in ``step_extensions`` under our own definition, where a reader
that does not know it passes over it. Ids are hashes in the form of UUIDs of version 4, which is
the one that steps must have (CACAO 2.0, 10.10): the same document has the same ids everywhere.

References:
    - CACAO Security Playbooks 2.0, OASIS Standard; JSON schemas oasis-open/cacao-json-schemas
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from agentwarrant.schema import load

Object = dict[str, Any]

NAMESPACE = uuid.UUID("5b0b0c5e-0f5e-5c1c-9a52-0d7f0b6b7c11")
EXTENSION = f"extension-definition--{uuid.uuid5(NAMESPACE, 'agentwarrant/cacao/1')}"
VERSION = "1.0.0"
PEOPLE = "people"
_HTTP = re.compile(r"(GET|HEAD|POST|PUT|PATCH|DELETE) /")
_NOBODY_ELSE = "Whoever executes this by hand"


def is_http(method: str) -> bool:
    """Is a vendor's call one of HTTP: ``VERB /path``?"""
    return _HTTP.match(method) is not None


def identity(kind: str, *parts: str) -> str:
    """Return an id of a kind that is made of what it is for."""
    text = "\x00".join((kind, *parts)).encode()
    return f"{kind}--{uuid.UUID(bytes=sha256(text).digest()[:16], version=4)}"


class Workflow:
    """Collects the steps of one document.

    A step is written when it is known what follows it: callers go from the end to the beginning.
    """

    def __init__(self, document: str) -> None:
        self._document = document
        self._ends = 0
        self.steps: dict[str, Object] = {}
        self.agents: dict[str, Object] = {}
        self.variables: dict[str, Object] = {}
        self.losses: list[str] = []

    def id_of(self, kind: str, node: str) -> str:
        """Return the id of a step."""
        return identity(kind, self._document, node)

    def end(self) -> str:
        """Write an end step, each branch has one of its own, and return its id."""
        self._ends += 1
        made = self.id_of("end", str(self._ends))
        self.steps[made] = {"type": "end"}
        return made

    def start(self, then: str) -> str:
        """Write the start step and return its id."""
        made = self.id_of("start", "")
        self.steps[made] = {"type": "start", "on_completion": then}
        return made

    def step(self, kind: str, node: str, own: Mapping[str, Any], then: str | Object) -> str:
        """Write a step and return its id.

        Args:
            kind: Of CACAO: ``action``, ``parallel`` …
            node: What it is called here.
            own: What it says.
            then: Id of the next step, or ``on_success`` and ``on_failure``.
        """
        made = self.id_of(kind, node)
        after = {"on_completion": then} if isinstance(then, str) else then
        self.steps[made] = {"type": kind, **own, **after}
        return made

    def delay(self, step: str, node: str, seconds: float) -> None:
        """Let a step that is written wait before it begins; waits of one step add up."""
        after = self.steps[step]
        after["delay"] = after.get("delay", 0) + int(seconds * 1000)
        own = after.setdefault("step_extensions", extension())[EXTENSION]
        own["waits"] = [{"id": node, "seconds": seconds}, *own.get("waits", [])]

    def agent(self, kind: str, name: str, description: str, **more: Any) -> str:
        """Return the id of who executes a step, and write it down once."""
        made = self.id_of(kind, name)
        self.agents[made] = {"type": kind, "name": name, "description": description, **more}
        return made

    def people(self) -> str:
        """Return who executes what a person has to do."""
        return self.agent("group", PEOPLE, _NOBODY_ELSE)

    def variable(self, name: str, description: str) -> str:
        """Declare a variable that whoever runs this sets, and return how it is used."""
        key = f"__{name}__"
        self.variables[key] = {"type": "string", "description": description, "external": True}
        return f"{key}:value"

    def lost(self, what: str) -> None:
        """Note what CACAO cannot say, once."""
        if what not in self.losses:
            self.losses.append(what)


def extension(**own: Any) -> Object:
    """Return the ``step_extensions`` of a step."""
    return {EXTENSION: own}


def manual(text: str, description: str = "", activity: str = "execute-operation") -> Object:
    """Return a command that a person carries out."""
    own = {"type": "manual", "command": text, "playbook_activity": activity}
    return {**own, "description": description} if description else own


def document(
    work: Workflow,
    *,
    playbook: str,
    name: str,
    description: str,
    moment: str,
    start: str,
    own: Mapping[str, Any],
    labels: Sequence[str] = (),
) -> Object:
    """Return the document of a workflow.

    Args:
        playbook: Its id.
        moment: When it was made: three digits after the seconds.
        start: Id of the start step.
        own: What our extension says of the whole.
    """
    author: Object = load("stix_extension.json")["author"]
    kinds = {one["type"] for one in work.steps.values()}
    commands = [c for one in work.steps.values() for c in one.get("commands", ())]
    made: Object = {
        "type": "playbook",
        "spec_version": "cacao-2.0",
        "id": playbook,
        "name": name,
        "description": description,
        "playbook_types": ["mitigation", "remediation"],
        "playbook_activities": sorted({c["playbook_activity"] for c in commands})
        or ["execute-operation"],
        "playbook_processing_summary": {
            "manual_playbook": all(c["type"] == "manual" for c in commands),
            "external_playbooks": "playbook-action" in kinds,
            "parallel_processing": "parallel" in kinds,
            "if_logic": "if-condition" in kinds,
            "temporal_logic": any("delay" in s or "timeout" in s for s in work.steps.values()),
            "extensions": True,
        },
        "created_by": author["id"],
        "created": moment,
        "modified": moment,
        "labels": ["agentwarrant", *labels],
        "workflow_start": start,
        "workflow": dict(sorted(work.steps.items())),
        "playbook_extensions": {EXTENSION: {**own, "losses": list(work.losses)}},
        "extension_definitions": {
            EXTENSION: {
                "type": "extension-definition",
                "name": "Agent Warrant",
                "description": "Quorum of approvals, proof, undo, class and target of each step;"
                " what CACAO could not say of the whole.",
                "created_by": author["id"],
                "schema": "The extension objects of schemas/cacao.schema.json of Agent Warrant",
                "version": VERSION,
            }
        },
    }
    if work.agents:
        made["agent_definitions"] = dict(sorted(work.agents.items()))
    if work.variables:
        made["playbook_variables"] = dict(sorted(work.variables.items()))
    return made
