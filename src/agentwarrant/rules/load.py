"""Loads rule files: pySigma parses, our schema checks, and every fault is shown at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from sigma.conditions import ConditionAND, ConditionFieldEqualsValueExpression, ConditionOR
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule
from sigma.types import SigmaString

from agentwarrant import content, schema
from agentwarrant.content import Document
from agentwarrant.errors import ContentError, ContentErrors
from agentwarrant.finding import Severity
from agentwarrant.rules.compile import Predicate, Unsupported, compile_condition, fields_of
from agentwarrant.rules.model import DEFAULT_GROUP, DEFAULT_SUPPRESS_MS, Correlation, Rule

KINDS = ("event_count", "value_count", "temporal", "temporal_ordered")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def load_rules(paths: Sequence[Path] = ()) -> list[Rule]:
    """Return the shipped rules and those under some paths, in order of family and file.

    Raises:
        ContentErrors: With every fault of every file.
    """
    rules: list[Rule] = []
    faults: list[ContentError] = []
    for shown, file in [*_shipped(), *_given(paths)]:
        loaded, wrong = load_file(file, shown)
        rules += loaded
        faults += wrong
    faults += _set_faults(rules)
    if faults:
        raise ContentErrors(faults)
    return rules


def _shipped() -> Iterator[tuple[str, Traversable]]:
    for name, file in content.shipped("detections"):
        yield f"detections/{name}", file


def _given(paths: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    for path in paths:
        for file in sorted(path.rglob("*.yml")) if path.is_dir() else [path]:
            yield str(file), file


def load_file(file: Path | Traversable, shown: str) -> tuple[list[Rule], list[ContentError]]:
    """Return the rules of one file, and its faults; nothing is raised."""
    documents, faults = content.load_file(file, shown)
    for document in documents:
        faults += schema.validate_document("detection", document)
    if faults:
        return [], faults
    rules, faults = build(documents, shown)
    return rules, [*faults, *_field_faults(rules, documents)]


def _field_faults(rules: Iterable[Rule], documents: Sequence[Document]) -> Iterator[ContentError]:
    """Fields that no event has: the rule would load, and never find anything."""
    unknown = {name for rule in rules for name in rule.fields if not schema.field_type(name)}
    for document in documents if unknown else ():
        for place in document.lines:
            read = str(place[-1]).partition("|")[0] if place[:1] == ("detection",) else ""
            grouped = place[:2] == ("correlation", "group-by") and len(place) == 3
            name = document.data["correlation"]["group-by"][place[2]] if grouped else read
            if name in unknown:
                mend = "docs/events.md lists them"
                yield document.fault(f"{name} is no field of an event", place, mend)


def build(documents: Sequence[Document], shown: str) -> tuple[list[Rule], list[ContentError]]:
    """Return the rules of a file's documents, and their faults."""
    rules: list[Rule] = []
    faults: list[ContentError] = []
    family = shown.split("/")[-2] if "/" in shown else ""
    for document in documents:
        own = {k: v for k, v in document.data.items() if k not in ("agentwarrant", "tests")}
        try:
            parse = SigmaCorrelationRule if "correlation" in own else SigmaRule
            parsed = parse.from_dict(own, collect_errors=True)
            if parsed.errors:
                faults += [document.fault(str(error)) for error in parsed.errors]
                continue
            rules.append(_rule(parsed, document, family))
        except (SigmaError, Unsupported) as error:
            place = ("detection",) if "detection" in document.data else ("correlation",)
            faults.append(document.fault(f"cannot be used: {error}", place))
    faults += _test_faults(documents)
    return rules, faults


def _test_faults(documents: Sequence[Document]) -> Iterator[ContentError]:
    """Positive and negative tests, at least two each, at the end of the file."""
    if not documents:
        return
    last = documents[-1]
    tests = last.data.get("tests") or []
    found = sum(1 for test in tests if test.get("finds", 0) > 0)
    if tests and (found < 2 or len(tests) - found < 2):
        yield last.fault(
            f"{found} positive and {len(tests) - found} negative tests",
            ("tests",),
            "write at least two of each, one negative a benign look-alike",
        )


def _rule(parsed: SigmaRule | SigmaCorrelationRule, document: Document, family: str) -> Rule:
    meta: dict[str, Any] = document.data.get("agentwarrant") or {}
    predicate: Predicate | None = None
    correlation: Correlation | None = None
    actions: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    if isinstance(parsed, SigmaCorrelationRule):
        correlation = _correlation(parsed)
        fields = frozenset({*correlation.group_by, *filter(None, [correlation.field])})
    else:
        trees = [condition.parsed for condition in parsed.detection.parsed_condition]
        if len(trees) != 1:
            raise Unsupported("a list of conditions: join them with or")
        predicate = _with_source(compile_condition(trees[0]), parsed)
        actions = _actions(trees[0])
        fields = _fields(trees[0], parsed)
    level = str(parsed.level).lower() if parsed.level else "informational"
    suppress = meta.get("suppress")
    return Rule(
        id=str(parsed.id or parsed.name),
        name=str(parsed.name or parsed.id),
        title=parsed.title,
        family=family,
        path=document.path,
        severity=Severity(level),
        alerts=bool(meta),
        predicate=predicate,
        actions=actions,
        fields=fields,
        correlation=correlation,
        group_by=tuple(
            meta.get("group_by") or (correlation.group_by if correlation else DEFAULT_GROUP)
        ),
        suppress_ms=duration_ms(suppress) if suppress else DEFAULT_SUPPRESS_MS,
        meta=meta,
        tests=tuple(document.data.get("tests") or ()),
    )


def _with_source(predicate: Predicate, rule: SigmaRule) -> Predicate:
    """Hold a rule to its log source: ours, and the source ``service`` names."""
    logsource = rule.logsource
    if "ai_agent" not in (logsource.product, logsource.category):
        raise Unsupported("a log source other than product or category ai_agent")
    if not logsource.service:
        return predicate
    service = logsource.service.lower()
    return lambda event: event.get("event.module") == service and predicate(event)


def _fields(node: Any, rule: SigmaRule) -> frozenset[str]:
    """Return the fields a rule reads; empty when a word without a field makes it read all."""
    names = list(fields_of(node))
    if None in names:
        return frozenset()
    return frozenset([*map(str, names), *(["event.module"] if rule.logsource.service else [])])


def _actions(node: Any) -> frozenset[str]:
    """Return the ``event.action`` values a condition can match; empty when any."""
    if isinstance(node, ConditionFieldEqualsValueExpression):
        value = node.value
        plain = isinstance(value, SigmaString) and not value.contains_special()
        return (
            frozenset({str(value).lower()})
            if node.field == "event.action" and plain
            else frozenset()
        )
    if isinstance(node, ConditionAND):
        return next((found for arg in node.args if (found := _actions(arg))), frozenset())
    if isinstance(node, ConditionOR):
        parts = [_actions(arg) for arg in node.args]
        return frozenset().union(*parts) if all(parts) else frozenset()
    return frozenset()


def _correlation(parsed: SigmaCorrelationRule) -> Correlation:
    kind = str(parsed.type)
    if kind not in KINDS:
        raise Unsupported(f"correlations of the type {kind}")
    if parsed.aliases and parsed.aliases.aliases:
        raise Unsupported("aliases")
    condition = parsed.condition
    operator = getattr(getattr(condition, "op", None), "name", "GTE")
    if operator not in ("GTE", "GT"):
        raise Unsupported(f"the correlation condition {operator.lower()}")
    count = int(getattr(condition, "count", 1) or 1) + (1 if operator == "GT" else 0)
    fieldref = getattr(condition, "fieldref", None)
    if kind == "value_count" and not fieldref:
        raise Unsupported("value_count without a field")
    return Correlation(
        kind=kind,
        rules=tuple(reference.reference for reference in parsed.rules or ()),
        group_by=tuple(parsed.group_by or ()),
        window_ms=parsed.timespan.seconds * 1000,
        count=count,
        field=fieldref[0] if isinstance(fieldref, list) else str(fieldref or ""),
    )


def duration_ms(text: str) -> int:
    """Return milliseconds of ``30s``, ``10m``, ``2h`` or ``1d``.

    Raises:
        ValueError: It is no such text.
    """
    match = re.fullmatch(r"(\d{1,6})([smhd])", text)
    if not match:
        raise ValueError(f"{text!r} is no duration such as 30s, 10m, 2h or 1d")
    return int(match.group(1)) * _UNITS[match.group(2)] * 1000


def _set_faults(rules: Iterable[Rule]) -> Iterator[ContentError]:
    """Faults that only the whole set shows: ids twice, references to nothing."""
    known = list(rules)
    ids, titles = Counter(r.id for r in known), Counter(r.title for r in known)
    shorts = Counter(r.short_id for r in known if r.alerts)
    names = {r.name for r in known} | {r.id for r in known}
    for rule in known:
        if ids[rule.id] > 1:
            yield ContentError(f"the id {rule.id} is used more than once", path=rule.path)
        if titles[rule.title] > 1:
            yield ContentError(f"the title {rule.title!r} is used more than once", path=rule.path)
        if rule.alerts and shorts[rule.short_id] > 1:
            yield ContentError(
                f"the short id {rule.short_id} is used more than once", path=rule.path
            )
        for reference in rule.correlation.rules if rule.correlation else ():
            if reference not in names:
                yield ContentError(f"no rule is called {reference!r}", path=rule.path)
