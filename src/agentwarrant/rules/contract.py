"""What a rule with our block must say, beyond what its schema can ask: everything an analyst needs.

These are the faults of one file as it is written. What only shows when the rule runs (a selection
that no test needs, a correlation that holds too long) is in ``rules.mutate``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from agentwarrant import content, plugins, schema
from agentwarrant.connector import Connector
from agentwarrant.content import Document
from agentwarrant.errors import ContentError
from agentwarrant.rules.documents import fields_read, records_of
from agentwarrant.rules.model import Rule

PREFIX = "AIA-"
BENIGN = "benign"
"""The ``kind`` of a test that shows ordinary work that looks like what the rule looks for."""

_PARTS = ("risk_score", "suppress", "group_by", "playbook", "auto")
_FRAMEWORKS = ("attack", "atlas", "owasp_asi", "owasp_llm", "maestro")
_AUTOMATIC = frozenset({"high", "critical"})
_NAME = re.compile(r"[a-z_]+(?:\.[a-z0-9_]+)+")
_OWN = ("warrant.", "gen_ai.")
_MENDS = {
    "risk_score": "0 to 100",
    "suppress": "how long one burst is one finding, for example 1h",
    "group_by": "[gen_ai.agent.id, gen_ai.conversation.id], for example",
    "playbook": "quarantine-agent, for example",
    "auto": "false, unless it may be planned with nobody asking",
}

Place = tuple[str | int, ...]


def is_held(document: Document) -> bool:
    """Is this a document that the contract is about?"""
    block = document.data.get("agentwarrant") if isinstance(document.data, dict) else None
    return isinstance(block, dict) and str(block.get("short_id", "")).startswith(PREFIX)


def faults(document: Document, reads: frozenset[str]) -> Iterator[ContentError]:
    """Yield what one document lacks.

    Args:
        document: The last of a file, in order as its schema goes.
        reads: The fields that the rule and those it correlates read; empty when not known.
    """
    data: Mapping[str, Any] = document.data
    block: Mapping[str, Any] = data["agentwarrant"]
    for name, mend in (("falsepositives", "at least one, and how to mend it"), ("date", "")):
        if not data.get(name):
            yield document.fault(f"{name} is missing", (), mend)
    for name in _PARTS:
        if name not in block:
            what = f"agentwarrant.{name} is missing"
            yield document.fault(what, ("agentwarrant",), _MENDS[name])
    yield from _response(document, str(data.get("level", "")), block)
    yield from _triage(document, block.get("triage"))
    yield from _taxonomy(document, block.get("taxonomy") or {})
    for i, name in enumerate(block.get("needs") or ()):
        if reads and name not in reads:
            what = f"the rule needs {name} but does not read it"
            yield document.fault(what, ("agentwarrant", "needs", i))
    yield from _sources(document, block.get("sources"), data.get("tests") or ())
    yield from _tests(document, data.get("tests") or ())


def reads_of(rule: Rule, known: Mapping[str, Rule]) -> frozenset[str]:
    """Return every field that a rule reads, itself, through what it correlates or to group.

    Args:
        rule: The rule.
        known: All rules by id.
    """
    names = set(rule.group_by)
    pending, seen = [rule], {rule.id}
    while pending:
        one = pending.pop()
        names |= fields_read(one)
        parts = one.correlation.rules if one.correlation else ()
        pending += [known[p] for p in parts if p in known and p not in seen]
        seen.update(parts)
    return frozenset(names)


def _response(document: Document, level: str, block: Mapping[str, Any]) -> Iterator[ContentError]:
    playbook, auto = block.get("playbook"), block.get("auto")
    if playbook is not None and playbook not in playbooks():
        what = f"there is no playbook {playbook}"
        yield document.fault(what, ("agentwarrant", "playbook"), ", ".join(sorted(playbooks())))
    if auto and (level not in _AUTOMATIC or not playbook):
        what = "a playbook is planned by itself only for a finding that is high or critical"
        yield document.fault(what, ("agentwarrant", "auto"), "auto: false")


def _triage(document: Document, triage: Any) -> Iterator[ContentError]:
    if not isinstance(triage, dict) and triage is not None:
        yield document.fault(
            "agentwarrant.triage has no look, tell and respond",
            ("agentwarrant", "triage"),
            "write each as a text or a list of texts",
        )
    if not isinstance(triage, dict):
        return
    place = ("agentwarrant", "triage")
    for part in ("look", "tell", "respond"):
        for text in _texts(triage.get(part)):
            for name in _NAME.findall(text):
                if name.startswith(_OWN) and schema.field_type(name) is None:
                    what = f"{name} is no field of an event"
                    yield document.fault(what, (*place, part), "docs/events.md lists them")
    named = (name for text in _texts(triage.get("look")) for name in _NAME.findall(text))
    if not any(map(schema.field_type, named)):
        what = "look names no field of an event"
        yield document.fault(what, (*place, "look"), "say in which fields to look")


def _taxonomy(document: Document, taxonomy: Mapping[str, Any]) -> Iterator[ContentError]:
    place: Place = ("agentwarrant", "taxonomy")
    for name in _FRAMEWORKS:
        given = taxonomy.get(name)
        if not (given.get("ids", given) if isinstance(given, dict) else given):
            yield document.fault(f"taxonomy.{name} is missing", place)
    attack = taxonomy.get("attack") or {}
    before, after = attack.get("v18") or (), attack.get("v19") or ()
    for version, ids in (("v18", before), ("v19", after)):
        if attack and not ids:
            yield document.fault(f"taxonomy.attack.{version} is missing", (*place, "attack"))
    moved = schema.taxonomy()["attack"]["v18_to_v19"]
    for one in (moved.get(one, one) for one in before if after):
        if one not in after:
            what = f"{one} of ATT&CK v19 is missing: v18 says it"
            yield document.fault(what, (*place, "attack", "v19"))


def _sources(
    document: Document, sources: Any, tests: Sequence[Mapping[str, Any]]
) -> Iterator[ContentError]:
    place: Place = ("agentwarrant", "sources")
    listed = sources if isinstance(sources, list) else []
    for i, name in enumerate(listed):
        if name not in connectors():
            yield document.fault(f"there is no source {name}", (*place, i))
    for i, test in enumerate(tests):
        where = "source" if "source" in test else "sources"
        for source in records_of(test):
            if source not in connectors():
                yield document.fault(f"there is no source {source}", ("tests", i, where))
            elif listed and source not in listed and test.get("finds"):
                what = f"a test finds something in {source}, which sources does not name"
                yield document.fault(what, ("tests", i, where))
    raw = Counter(bool(test.get("finds")) for test in tests if records_of(test))
    for finds, word in ((True, "finds"), (False, "does not find")) if listed else ():
        if not raw[finds]:
            what = f"no test with raw records of a source that it names {word} anything"
            yield document.fault(what, ("tests",), "or write sources: any")


def _tests(document: Document, tests: Sequence[Mapping[str, Any]]) -> Iterator[ContentError]:
    if not tests:
        return
    times = Counter(str(test.get("name")) for test in tests)
    for i, test in enumerate(tests):
        if times[str(test.get("name"))] > 1:
            what = f"the test {test.get('name')!r} stands here twice"
            yield document.fault(what, ("tests", i, "name"))
        if test.get("kind") == BENIGN and test.get("finds"):
            yield document.fault("a benign test finds nothing", ("tests", i, "kind"))
    if not any(test.get("kind") == BENIGN for test in tests):
        what = "no test is marked as the benign twin: ordinary work that looks like this"
        yield document.fault(what, ("tests",), f"kind: {BENIGN}, on a test with finds: 0")


def _texts(given: Any) -> list[str]:
    listed = given if isinstance(given, list) else [given]
    return [text for text in listed if isinstance(text, str)]


@cache
def playbooks() -> frozenset[str]:
    """Return the names of the playbooks that are installed."""
    return frozenset(name.removesuffix(".yml") for name, _ in content.shipped("playbooks"))


@cache
def connectors() -> frozenset[str]:
    """Return the names of the sources that are installed."""
    group = "agentwarrant.connectors"
    found = (
        leaf.name
        for module in plugins.modules(group, group)
        for leaf in plugins.classes(module, Connector)  # type: ignore[type-abstract]  # only subclasses are found
    )
    return frozenset(found)
