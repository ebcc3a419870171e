"""What our schema says about a rule file, beyond what Sigma says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from agentwarrant import schema
from agentwarrant.content import Document
from agentwarrant.errors import ContentError
from agentwarrant.rules.ir import fields_of
from agentwarrant.rules.model import Rule, is_for_agents


def faults_of_documents(documents: Sequence[Document]) -> list[ContentError]:
    """Return the faults of a file whose last document has our block; others are plain Sigma."""
    faults: list[ContentError] = []
    ours = any(
        isinstance(d.data, dict)
        and "filter" not in d.data
        and {"agentwarrant", "tests"} & set(d.data)
        for d in documents
    )
    for document in documents if ours else ():
        faults += schema.validate_document("detection", document)
    if ours and not faults:
        faults += _test_faults(documents[-1])
    return faults


def _test_faults(last: Document) -> Iterator[ContentError]:
    """Positive and negative tests, at least two each, at the end of the file."""
    tests = last.data.get("tests") or []
    found = sum(1 for test in tests if test.get("finds", 0) > 0)
    if tests and (found < 2 or len(tests) - found < 2):
        yield last.fault(
            f"{found} positive and {len(tests) - found} negative tests",
            ("tests",),
            "write at least two of each, one negative a benign look-alike",
        )


def records_of(test: Mapping[str, Any]) -> dict[str, Sequence[Mapping[str, Any]]]:
    """Return the raw records that a test gives, by source; none where it gives events."""
    several: Mapping[str, Any] = test.get("sources") or {}
    one = {str(test["source"]): test["records"]} if "records" in test else {}
    return {**several, **one}


def fields_read(rule: Rule) -> frozenset[str]:
    """Return every field that a rule names."""
    names = {name for name in fields_of(rule.tree or ["true"]) if name is not None}
    if rule.correlation is not None:
        aliased = set(rule.correlation.aliases)
        names |= {*rule.correlation.group_by, *rule.correlation.fields} - aliased
        names |= {f for mapping in rule.correlation.aliases.values() for f in mapping.values()}
    return frozenset(names)


def field_faults(rules: Iterable[Rule], documents: Sequence[Document]) -> Iterator[ContentError]:
    """Yield fields that no event has: the rule would load, and never find anything."""
    read = {name for rule in rules if is_for_agents(rule) for name in fields_read(rule)}
    unknown = {name for name in read if not schema.field_type(name)}
    for document in documents if unknown else ():
        for place in document.lines:
            name = _named_at(document, place)
            if name in unknown:
                mend = "docs/events.md lists them"
                yield document.fault(f"{name} is no field of an event", place, mend)


def _named_at(document: Document, place: tuple[str | int, ...]) -> str:
    """Return the field that is named at a place of a document; empty where none is."""
    if place[:2] == ("correlation", "group-by") and len(place) == 3:
        return str(document.data["correlation"]["group-by"][place[2]])
    if place[:2] == ("correlation", "aliases") and len(place) == 4:
        return str(document.data["correlation"]["aliases"][place[2]][place[3]])
    return str(place[-1]).partition("|")[0] if place[:1] == ("detection",) else ""
