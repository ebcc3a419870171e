"""What pySigma parsed, made into our plain rules (``rules.model``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from agentwarrant.content import Document
from agentwarrant.finding import Severity
from agentwarrant.rules.durations import duration_ms
from agentwarrant.rules.ir import Node, conjunction
from agentwarrant.rules.model import (
    AGENTS,
    DEFAULT_GROUP,
    DEFAULT_SUPPRESS_MS,
    Correlation,
    Rule,
)
from agentwarrant.rules.sigma import Unsupported, boolean_of, threshold_of


def made_rule(
    document: Document,
    family: str,
    parsed: SigmaRule,
    tree: Node,
    selections: Mapping[str, Node],
    agents_only: bool,
) -> Rule:
    """Return a rule about single events.

    Args:
        document: Where it stands.
        family: The folder of its file.
        parsed: What pySigma made of it.
        tree, selections: Its condition, and the parts it names.
        agents_only: Hold it to its log source, which must be agents'.
    """
    meta: dict[str, Any] = document.data.get("agentwarrant") or {}
    source = parsed.logsource
    if agents_only and AGENTS in (source.product, source.category) and source.service:
        tree = conjunction([["is", "event.module", "eq", source.service.casefold()], tree])
    default = DEFAULT_SUPPRESS_MS if meta and agents_only else None
    return Rule(
        **_common(document, family, parsed, meta),
        tree=tree,
        selections=selections,
        group_by=tuple(meta.get("group_by") or DEFAULT_GROUP),
        suppress_ms=_suppress(meta, default),
    )


def made_correlation(
    document: Document,
    family: str,
    parsed: SigmaCorrelationRule,
    kind: str,
    history_ms: int,
    factor: float,
    agents_only: bool,
) -> Rule:
    """Return a correlation; its references are still names or ids, as in the file.

    Raises:
        Unsupported: Something in it has no meaning.
        KeyError: Its condition names a rule that it does not read.
    """
    meta: dict[str, Any] = document.data.get("agentwarrant") or {}
    references = _references(parsed)
    op, threshold, fields, percentile = threshold_of(parsed.condition)
    given = document.data["correlation"].get("condition")
    if isinstance(given, dict) and isinstance(given.get(op), int | float):
        threshold = given[op]  # pySigma drops fractions
    if kind.startswith("value_") and not fields:
        raise Unsupported(f"{kind} without a field in its condition")
    if kind == "new_value" and not fields:
        raise Unsupported("new_value without a field in its condition")
    positions = {name: i for i, name in enumerate(references)}
    window_ms = parsed.timespan.seconds * 1000
    group_by = tuple(parsed.group_by or ())
    correlation = Correlation(
        kind=kind,
        rules=references,
        group_by=group_by,
        window_ms=window_ms,
        op=op,
        threshold=float(threshold),  # as a kept rule has it: 3 and 3.0 must be one rule
        fields=fields,
        percentile=percentile,
        condition=boolean_of(parsed.condition, positions),
        aliases={
            alias.alias: {ref.reference: name for ref, name in alias.mapping.items()}
            for alias in parsed.aliases
        },
        generate=bool(parsed.generate),
        history_ms=history_ms,
        factor=factor,
    )
    # A value that is new is news each time; all else goes on for as long as its window reaches.
    default = None if kind == "new_value" else window_ms
    if meta and agents_only:
        default = DEFAULT_SUPPRESS_MS
    return Rule(
        **_common(document, family, parsed, meta),
        correlation=correlation,
        group_by=tuple(meta.get("group_by") or group_by),
        suppress_ms=_suppress(meta, default),
    )


def _references(parsed: SigmaCorrelationRule) -> tuple[str, ...]:
    if parsed.rules:
        return tuple(reference.reference for reference in parsed.rules)
    named = getattr(parsed.condition, "get_referenced_rules", None)
    found = tuple(named()) if named else ()
    if not found:
        raise Unsupported("a correlation that reads no rule")
    return found


def _suppress(meta: Mapping[str, Any], default: int | None) -> int | None:
    given = meta.get("suppress")
    return duration_ms(str(given)) if given else default


def _common(
    document: Document,
    family: str,
    parsed: SigmaRule | SigmaCorrelationRule,
    meta: Mapping[str, Any],
) -> dict[str, Any]:
    identity = str(parsed.id or parsed.name or parsed.title)
    source = parsed.logsource if isinstance(parsed, SigmaRule) else None
    named = {k: getattr(source, k, None) for k in ("product", "category", "service")}
    return {
        "id": identity,
        "name": str(parsed.name or identity),
        "title": parsed.title or identity,
        "family": family,
        "path": document.path,
        "severity": Severity(str(parsed.level).lower() if parsed.level else "informational"),
        "alerts": bool(meta),
        "logsource": {key: str(value) for key, value in named.items() if value},
        "meta": meta,
        "tests": tuple(document.data.get("tests") or ()),
    }
