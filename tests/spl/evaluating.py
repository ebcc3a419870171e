"""What expressions of ``eval`` and ``where`` come to.

Search Reference, ``eval`` and ``where``: numbers compare by size, texts with case, a comparison
with a field that is not there is neither true nor false, and only what is true counts.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from . import times
from .faults import Doubt, Refused
from .functions import FUNCTIONS
from .syntax import Call, Expression, Field, Literal, Operation
from .values import BY_SIGN, Row, Scalar, Value, compared, held, many, number, single, text

Evaluated = Callable[[Row], Value]
_FAST: dict[str, Callable[[Any, Any], Value]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}
"""What is quick to do with two numbers."""


@dataclass(frozen=True, slots=True)
class Clock:
    """What ``now()`` says, in seconds."""

    now: float = 0.0


def evaluated(expression: Expression, clock: Clock) -> Evaluated:
    """Return what an expression comes to for a row.

    Raises:
        Refused: It has something that is read but not executed here.
    """
    match expression:
        case Literal(value=value):
            return lambda _row: value
        case Field(name=name):
            return lambda row: row.get(name)
        case Call(name=name, arguments=parts):
            return _call(name, parts, clock)
        case Operation(op=op, operands=parts):
            return _operation(op, [evaluated(part, clock) for part in parts])
    raise Refused(repr(expression))


def is_true(value: Value) -> bool:
    """Does a condition hold? Nothing does not.

    Raises:
        Refused: It is no condition.
    """
    if value is None or isinstance(value, bool):
        return value is True
    raise Refused(f"{value!r} where true or false is expected")


# Operators ------------------------------------------------------------------------------------


def _operation(op: str, parts: list[Evaluated]) -> Evaluated:
    if op == "NOT":
        return _not(parts[0])
    if op in ("AND", "OR"):
        return _joined(parts, decisive=op == "OR")
    if op == "XOR":
        raise Refused("XOR")
    if len(parts) == 1:
        return _negative(parts[0])
    return _pair(op, *parts)


def _joined(parts: list[Evaluated], *, decisive: bool) -> Evaluated:
    """Return ``OR`` (one that is true decides) or ``AND`` (one that is false does)."""

    def made(row: Row) -> Value:
        open_ = False
        for part in parts:
            found = part(row)
            if found is None:
                open_ = True
            elif is_true(found) is decisive:
                return decisive
        return None if open_ else not decisive

    return made


def _not(part: Evaluated) -> Evaluated:
    def negated(row: Row) -> Value:
        found = part(row)
        if found is None:
            raise Doubt("NOT of a comparison with nothing")
        return not is_true(found)

    return negated


def _negative(part: Evaluated) -> Evaluated:
    def made(row: Row) -> Value:
        found = single(part(row), "-")
        known = None if found is None else number(found)
        return None if known is None else -known

    return made


def _pair(op: str, left: Evaluated, right: Evaluated) -> Evaluated:
    apply = _comparison if op in BY_SIGN else _arithmetic
    fast = BY_SIGN.get(op, _FAST.get(op))

    def made(row: Row) -> Value:
        first, second = left(row), right(row)
        if fast is not None and first.__class__ is float and second.__class__ is float:
            return fast(first, second)
        first, second = single(first, op), single(second, op)
        if first is None or second is None:
            return None
        return apply(op, first, second)

    return made


def _comparison(op: str, left: Scalar, right: Scalar) -> Value:
    return compared(op, left, right)


def _arithmetic(op: str, left: Scalar, right: Scalar) -> Value:
    if op == ".":
        return text(left) + text(right)
    first, second = number(left), number(right)
    if first is None or second is None:
        raise Refused(f"{left!r} {op} {right!r}")
    if op == "+" and isinstance(left, str) and isinstance(right, str):
        raise Doubt(f"{left!r} + {right!r}, both in letters")
    if op in ("/", "%") and not second:
        raise Doubt(f"{left!r} {op} 0")
    match op:
        case "+":
            return first + second
        case "-":
            return first - second
        case "*":
            return first * second
        case "/":
            return first / second
        case "%":
            return math.fmod(first, second)
    raise Refused(op)


# Functions that are more than their values ----------------------------------------------------


def _call(name: str, arguments: tuple[Expression, ...], clock: Clock) -> Evaluated:
    special = _SPECIAL.get(name)
    if special is not None:
        return special(arguments, clock)
    function = FUNCTIONS.get(name)
    if function is None:
        raise Refused(f"the function {name} is read and not executed")
    _check(name, arguments)
    parts = [evaluated(one, clock) for one in arguments]
    if len(parts) > 1 and all(isinstance(one, Literal) for one in arguments[1:]):
        return _of_one(parts[0], partial(_with, function, [part({}) for part in parts[1:]]))
    return lambda row: function(*[part(row) for part in parts])


def _with(function: Callable[..., Value], rest: list[Value], value: Value) -> Value:
    return function(value, *rest)


def _of_one(part: Evaluated, function: Callable[[Value], Value]) -> Evaluated:
    """Return what a function of one value that changes comes to; one text, again and again."""
    of_text = lru_cache(maxsize=4096)(function)

    def made(row: Row) -> Value:
        value = part(row)
        return of_text(value) if value.__class__ is str else function(value)

    return made


def _check(name: str, arguments: tuple[Expression, ...]) -> None:
    """Refuse second arguments that change what a function is."""
    if name in ("tonumber", "tostring") and len(arguments) > 1:
        raise Refused(f"{name} with a second argument")


def _if(arguments: tuple[Expression, ...], clock: Clock) -> Evaluated:
    asked, yes, no = (evaluated(one, clock) for one in arguments)
    return lambda row: yes(row) if is_true(asked(row)) else no(row)


def _case(arguments: tuple[Expression, ...], clock: Clock) -> Evaluated:
    parts = [evaluated(one, clock) for one in arguments]
    pairs = list(zip(parts[::2], parts[1::2], strict=True))

    def made(row: Row) -> Value:
        for asked, value in pairs:
            if is_true(asked(row)):
                return value(row)
        return None

    return made


def _mvfilter(arguments: tuple[Expression, ...], clock: Clock) -> Evaluated:
    names = sorted(set(_names(arguments[0])))
    if len(names) != 1:
        raise Refused(f"mvfilter of {names}: it takes one field")
    name, asked = names[0], evaluated(arguments[0], clock)
    return lambda row: held(one for one in many(row.get(name)) if is_true(asked({name: one})))


def _mvmap(arguments: tuple[Expression, ...], clock: Clock) -> Evaluated:
    whole, each = arguments
    names = sorted(set(_names(whole)))
    if len(names) != 1:
        raise Refused(f"mvmap over {names}: it takes one field")
    name, values, made = names[0], evaluated(whole, clock), evaluated(each, clock)
    return lambda row: held(
        found for one in many(values(row)) for found in many(made({**row, name: one}))
    )


def _names(expression: Expression) -> list[str]:
    match expression:
        case Field(name=name):
            return [name]
        case Call(arguments=parts) | Operation(operands=parts):
            return [name for part in parts for name in _names(part)]
    return []


def _now(_arguments: tuple[Expression, ...], clock: Clock) -> Evaluated:
    return lambda _row: clock.now


def _timed(function: Callable[[float, str], Value]) -> Callable[..., Evaluated]:
    def special(arguments: tuple[Expression, ...], clock: Clock) -> Evaluated:
        when, how = (evaluated(one, clock) for one in arguments)

        def made(row: Row) -> Value:
            first, second = single(when(row), "a time"), single(how(row), "a form of time")
            time = None if first is None else number(first)
            return None if time is None or second is None else function(time, text(second))

        return made

    return special


_SPECIAL: dict[str, Callable[[tuple[Expression, ...], Clock], Evaluated]] = {
    "case": _case,
    "if": _if,
    "mvfilter": _mvfilter,
    "mvmap": _mvmap,
    "now": _now,
    "relative_time": _timed(times.relative),
    "strftime": _timed(times.shown),
}
