"""Compiles a parsed Sigma condition into a function of an event.

Meaning (Sigma specification 2.1): text compares without case unless ``cased``; ``*`` and ``?`` are
wildcards; a list field matches when any of its values does; an absent field matches nothing but
``null`` and ``exists: false``.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from typing import Any

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SpecialChars,
)

from agentwarrant.event import Event, Scalar, Value

Predicate = Callable[[Event], bool]
Test = Callable[[Scalar], bool]


class Unsupported(Exception):
    """A part of Sigma that this engine does not know; the loader gives it file and line."""


def compile_condition(node: Any) -> Predicate:
    """Return the predicate of a parsed condition.

    Raises:
        Unsupported: It uses what this engine cannot express.
    """
    if isinstance(node, ConditionAND):
        return _all([compile_condition(arg) for arg in node.args])
    if isinstance(node, ConditionOR):
        return _any([compile_condition(arg) for arg in node.args])
    if isinstance(node, ConditionNOT):
        inner = compile_condition(node.args[0])
        return lambda event: not inner(event)
    if isinstance(node, ConditionFieldEqualsValueExpression):
        return _field(node.field, node.value)
    if isinstance(node, ConditionValueExpression):
        test = _value_test(node.value, keyword=True)
        return lambda event: any(test(part) for value in event.values() for part in _parts(value))
    raise Unsupported(f"conditions of the kind {type(node).__name__}")


def fields_of(node: Any) -> Iterable[str | None]:
    """Yield every field a condition reads; None for a word that is looked for in all of them."""
    if isinstance(node, ConditionValueExpression):
        yield None
    if isinstance(node, ConditionFieldEqualsValueExpression):
        yield node.field
        if isinstance(node.value, SigmaFieldReference):
            yield node.value.field
    for arg in getattr(node, "args", None) or ():
        yield from fields_of(arg)


def _all(parts: list[Predicate]) -> Predicate:
    if len(parts) == 1:
        return parts[0]
    if len(parts) == 2:
        first, second = parts
        return lambda event: first(event) and second(event)
    return lambda event: all(part(event) for part in parts)


def _any(parts: list[Predicate]) -> Predicate:
    if len(parts) == 1:
        return parts[0]
    return lambda event: any(part(event) for part in parts)


def _parts(value: Value) -> Iterable[Scalar]:
    return value if isinstance(value, list) else (value,)


def _field(name: str, value: Any) -> Predicate:
    if isinstance(value, SigmaNull):
        return lambda event: event.get(name) is None
    if isinstance(value, SigmaExists):
        wanted = value.exists
        return lambda event: (event.get(name) is not None) is wanted
    if isinstance(value, SigmaFieldReference):
        return _reference(name, value)
    if isinstance(value, SigmaExpansion):
        return _any([_field(name, inner) for inner in value.values])
    exact = _exact(value)
    if exact is not None:
        return _equals(name, exact)
    return _tested(name, _value_test(value))


def _exact(value: Any) -> str | None:
    """Return a plain text to compare without case, when that is all a value is."""
    if type(value) is SigmaString and all(isinstance(part, str) for part in value.s):
        return "".join(str(part) for part in value.s).lower()
    return None


def _equals(name: str, wanted: str) -> Predicate:
    def equals(event: Event) -> bool:
        value = event.get(name)
        if isinstance(value, str):
            return value == wanted or value.lower() == wanted
        if isinstance(value, list):
            return any(str(part).lower() == wanted for part in value)
        return value is not None and str(value) == wanted

    return equals


def _tested(name: str, test: Test) -> Predicate:
    def tested(event: Event) -> bool:
        value = event.get(name)
        if value is None:
            return False
        return any(test(part) for part in value) if isinstance(value, list) else test(value)

    return tested


def _value_test(value: Any, *, keyword: bool = False) -> Test:
    if isinstance(value, SigmaString):
        return _text_test(value, cased=isinstance(value, SigmaCasedString), anywhere=keyword)
    if isinstance(value, SigmaNumber):
        number = float(value.number)
        return lambda part: _float(part) == number
    if isinstance(value, SigmaBool):
        wanted = "true" if value.boolean else "false"
        return lambda part: str(part).lower() == wanted
    if isinstance(value, SigmaRegularExpression):
        return _regex_test(value)
    if isinstance(value, SigmaCIDRExpression):
        network = value.network
        return lambda part: _inside(part, network)
    if isinstance(value, SigmaCompareExpression):
        return _compare(value)
    raise Unsupported(f"values of the kind {type(value).__name__}")


def _text_test(value: SigmaString, *, cased: bool, anywhere: bool) -> Test:
    parts: list[Any] = list(value.s)
    stars = [part for part in parts if part is SpecialChars.WILDCARD_MULTI]
    texts = [part for part in parts if isinstance(part, str)]
    lead, trail = parts[:1] == stars[:1] and bool(stars), parts[-1:] == stars[:1] and bool(stars)
    if len(texts) <= 1 and len(parts) == len(texts) + len(stars) <= 3:
        return _literal(texts[0] if texts else "", lead or anywhere, trail or anywhere, cased)
    pattern = "".join(_REGEX.get(part) or re.escape(str(part)) for part in parts)
    flags = re.DOTALL | (0 if cased else re.IGNORECASE)
    compiled = re.compile(pattern if anywhere else rf"\A(?:{pattern})\Z", flags)
    return lambda part: compiled.search(str(part)) is not None


_REGEX: dict[Any, str] = {
    SpecialChars.WILDCARD_MULTI: ".*",
    SpecialChars.WILDCARD_SINGLE: ".",
}


def _literal(text: str, lead: bool, trail: bool, cased: bool) -> Test:
    wanted = text if cased else text.lower()

    def fold(part: Scalar) -> str:
        return str(part) if cased else str(part).lower()

    if lead and trail:
        return lambda part: wanted in fold(part)
    if lead:
        return lambda part: fold(part).endswith(wanted)
    if trail:
        return lambda part: fold(part).startswith(wanted)
    return lambda part: fold(part) == wanted


def _regex_test(value: SigmaRegularExpression) -> Test:
    flags = 0
    for flag, bit in (
        (SigmaRegularExpressionFlag.IGNORECASE, re.IGNORECASE),
        (SigmaRegularExpressionFlag.MULTILINE, re.MULTILINE),
        (SigmaRegularExpressionFlag.DOTALL, re.DOTALL),
    ):
        flags |= bit if flag in value.flags else 0
    try:
        pattern = re.compile(str(value.regexp), flags)
    except re.error as error:
        raise Unsupported(f"the regular expression {value.regexp}: {error}") from error
    return lambda part: pattern.search(str(part)) is not None


def _float(part: Scalar) -> float | None:
    try:
        return float(part)
    except ValueError:
        return None


def _inside(part: Scalar, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(str(part)) in network
    except ValueError:
        return False


_OPERATORS: dict[CompareOperators, Callable[[float, float], bool]] = {
    CompareOperators.LT: lambda a, b: a < b,
    CompareOperators.LTE: lambda a, b: a <= b,
    CompareOperators.GT: lambda a, b: a > b,
    CompareOperators.GTE: lambda a, b: a >= b,
}


def _compare(value: SigmaCompareExpression) -> Test:
    operator = _OPERATORS.get(value.op)
    if operator is None:
        raise Unsupported(f"the comparison {value.op}")
    limit = float(value.number.number)

    def compare(part: Scalar) -> bool:
        number = _float(part)
        return number is not None and operator(number, limit)

    return compare


def _reference(name: str, reference: SigmaFieldReference) -> Predicate:
    other = reference.field

    def refers(event: Event) -> bool:
        mine, theirs = event.get(name), event.get(other)
        if mine is None or theirs is None:
            return False
        right = [str(part).lower() for part in _parts(theirs)]
        for part in _parts(mine):
            left = str(part).lower()
            if any(_related(left, wanted, reference) for wanted in right):
                return True
        return False

    return refers


def _related(left: str, right: str, reference: SigmaFieldReference) -> bool:
    if reference.starts_with:
        return left.startswith(right)
    return left.endswith(right) if reference.ends_with else left == right
