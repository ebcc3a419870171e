"""Sigma's conditions as pySigma parses them, made into plain trees (``rules.ir``).

Meaning is that of the Sigma specification 2.1. This is the only module that reads pySigma's
objects: a rule set that was kept (``rules.cache``) is used without importing it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.correlations import (
    CorrelationConditionAND,
    CorrelationConditionNOT,
    CorrelationConditionOR,
    SigmaCorrelationCondition,
    SigmaExtendedCorrelationCondition,
    SigmaRuleReference,
)
from sigma.rule import SigmaRule
from sigma.types import (
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaQueryExpression,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SpecialChars,
)

from agentwarrant.rules import regexes
from agentwarrant.rules.ir import FALSE, TRUE, Node, conjunction, disjunction, fold, negation

RUN, ONE = 0, 1
"""In a ``like`` pattern: any run of characters, exactly one character."""

_FLAGS = {"IGNORECASE": "i", "MULTILINE": "m", "DOTALL": "s"}


_OF_A_PIPELINE = re.compile("_cond_[a-z]{10}")


class Unsupported(Exception):
    """A part of Sigma that has no meaning here; the loader gives it file and line."""


def condition_of(rule: SigmaRule) -> Node:
    """Return the tree of a rule's condition; several conditions are alternatives.

    Raises:
        Unsupported: A placeholder is left, or a query in another language stands in a value.
        SigmaError: pySigma does not understand the condition.
    """
    return disjunction([_node(condition.parsed) for condition in rule.detection.parsed_condition])


def selections_of(rule: SigmaRule) -> dict[str, Node]:
    """Return the named parts of a rule's detection, each as a tree of its own."""
    found: dict[str, Node] = {}
    added = 0
    for name, detection in rule.detection.detections.items():
        if _OF_A_PIPELINE.fullmatch(name):  # a random name, which no two runs would share
            added += 1
            name = f"pipeline condition {added}"
        found[name] = _node(detection.postprocess(rule.detection))
    return found


def _node(node: Any) -> Node:
    if isinstance(node, ConditionAND):
        return conjunction([_node(arg) for arg in node.args])
    if isinstance(node, ConditionOR):
        return disjunction([_node(arg) for arg in node.args])
    if isinstance(node, ConditionNOT):
        return negation(_node(node.args[0]))
    if isinstance(node, ConditionFieldEqualsValueExpression):
        return _atom(node.field, node.value)
    if isinstance(node, ConditionValueExpression):
        return _atom(None, node.value)
    if node is None:  # a detection that a pipeline emptied
        return TRUE
    raise Unsupported(f"conditions of the kind {type(node).__name__}")


def _atom(name: str | None, value: Any) -> Node:
    """Return the tree of one value; most are one atom."""
    if isinstance(value, SigmaExpansion):
        return disjunction([_atom(name, inner) for inner in value.values])
    for kind, make in _VALUES:
        if isinstance(value, kind):
            op, argument = make(value)
            return ["is", name, op, argument]
    if isinstance(value, SigmaQueryExpression):
        raise Unsupported(f"a query of another language ({value.expr})")
    raise Unsupported(f"values of the kind {type(value).__name__}")


def _text(value: SigmaString) -> tuple[str, Any]:
    cased = isinstance(value, SigmaCasedString)
    # Folding may change how many characters a text has, and "?" is exactly one.
    as_it_is = cased or SpecialChars.WILDCARD_SINGLE in value.s
    parts: list[Any] = []
    for part in value.s:
        if isinstance(part, Placeholder):
            raise Unsupported(
                f"the placeholder %{part.name}% has no value; a pipeline gives it one"
            )
        if isinstance(part, str):
            parts.append(part if as_it_is else fold(part))
        elif part is SpecialChars.WILDCARD_MULTI:
            if parts[-1:] != [RUN]:
                parts.append(RUN)
        else:
            parts.append(ONE)
    op, argument = _shape(parts)
    return (f"{op}_cased" if cased else op), argument


def _shape(parts: list[Any]) -> tuple[str, Any]:
    """Return the cheapest operator that a pattern is."""
    texts = [part for part in parts if isinstance(part, str)]
    text = texts[0] if texts else ""
    match [part if part in (RUN, ONE) else "" for part in parts]:
        case [] | [""]:
            return "eq", text
        case [0] | [0, "", 0]:
            return "contains", text
        case ["", 0]:
            return "startswith", text
        case [0, ""]:
            return "endswith", text
        case _:
            return "like", parts


def _regex(value: SigmaRegularExpression) -> tuple[str, Any]:
    flags = "".join(sorted(_FLAGS[flag.name] for flag in value.flags))
    pattern = str(value.regexp)
    if value.contains_placeholder():
        raise Unsupported(f"the regular expression {pattern} holds a placeholder without a value")
    fault = regexes.fault_of(pattern, flags)
    if fault:
        raise Unsupported(f"the regular expression {pattern}: {fault}")
    return "re", [pattern, flags]


def _comparison(value: SigmaCompareExpression) -> tuple[str, Any]:
    op, number = value.op.name.lower(), value.number
    if isinstance(number, SigmaTimestampPart):
        return "part", [number.timestamp_part.name.lower(), op, number.number]
    return op, number.number


def _reference(value: SigmaFieldReference) -> tuple[str, Any]:
    how = {(False, False): "eq", (True, False): "startswith", (False, True): "endswith"}
    return "ref", [value.field, how.get((value.starts_with, value.ends_with), "contains")]


_VALUES: tuple[tuple[type, Any], ...] = (
    (SigmaString, _text),
    (SigmaTimestampPart, lambda v: ("part", [v.timestamp_part.name.lower(), "num", v.number])),
    (SigmaNumber, lambda v: ("num", v.number)),
    (SigmaBool, lambda v: ("bool", v.boolean)),
    (SigmaNull, lambda _: ("null", None)),
    (SigmaExists, lambda v: ("exists", v.exists)),
    (SigmaRegularExpression, _regex),
    (SigmaCIDRExpression, lambda v: ("cidr", str(v.network))),
    (SigmaCompareExpression, _comparison),
    (SigmaFieldReference, _reference),
)


def threshold_of(condition: Any) -> tuple[str, float, tuple[str, ...], int]:
    """Return operator, number, fields and percentile of a correlation's condition."""
    if not isinstance(condition, SigmaCorrelationCondition):
        return "gte", 1, (), 50
    given = condition.fieldref
    fields = tuple(given) if isinstance(given, list) else (given,) if given else ()
    percentile = 50 if condition.percentile is None else condition.percentile
    return condition.op.name.lower(), condition.count, fields, percentile


def boolean_of(condition: Any, positions: Mapping[str, int]) -> Node | None:
    """Return the tree of a boolean correlation condition over positions of rules.

    Raises:
        KeyError: It names a rule that is none of the correlation's.
    """
    if not isinstance(condition, SigmaExtendedCorrelationCondition):
        return None
    return _presence(condition.parsed, positions)


def _presence(node: Any, positions: Mapping[str, int]) -> Node:
    if isinstance(node, SigmaRuleReference):
        return ["rule", positions[node.reference]]
    kinds = ((CorrelationConditionAND, "and"), (CorrelationConditionOR, "or"))
    for kind, word in kinds:
        if isinstance(node, kind):
            return [word, *(_presence(arg, positions) for arg in node.args)]
    if isinstance(node, CorrelationConditionNOT):
        return ["not", _presence(node.args[0], positions)]
    raise Unsupported(f"correlation conditions of the kind {type(node).__name__}")


__all__ = ["FALSE", "Unsupported", "boolean_of", "condition_of", "selections_of", "threshold_of"]
