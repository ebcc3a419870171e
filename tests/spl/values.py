"""Values of fields: nothing, a text, a number, or several of these.

A field that an event lacks is absent from its row; an event's values are texts, numbers come from
``eval`` and statistics (Search Manual, "About multivalue fields"; Search Reference, "Evaluation
functions", "Information functions").
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from .faults import Doubt, Refused

Scalar = str | float
Many = list[Scalar]
Value = Scalar | Many | bool | None
Row = dict[str, Scalar | Many]
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def many(value: Value) -> list[Scalar]:
    """Return the values of a field, in order."""
    if value is None:
        return []
    if isinstance(value, list):
        return value
    return [_scalar(value)]


def held(values: Iterable[Scalar]) -> Scalar | Many | None:
    """Return values as a field holds them: nothing, one, or several."""
    made = list(values)
    if len(made) > 1:
        return made
    return made[0] if made else None


def _scalar(value: Scalar | bool) -> Scalar:
    if isinstance(value, bool):
        raise Refused("true or false where a value is expected")
    return value


def single(value: Value, where: str) -> Scalar | None:
    """Return a value that is one or none.

    Raises:
        Doubt: There are several, and what a function that is documented for one does then is not
            said.
    """
    if value is None or value.__class__ is str or value.__class__ is float:
        return value
    if isinstance(value, list):
        raise Doubt(f"several values in {where}")
    return _scalar(value)


def text(value: Scalar) -> str:
    """Return what a value is in letters."""
    if isinstance(value, str):
        return value
    if math.isfinite(value) and value == int(value):
        return str(int(value))
    return repr(value)


def number(value: Scalar) -> float | None:
    """Return a value as a number; None where it is no number, in letters or otherwise."""
    return _written(value) if isinstance(value, str) else value


@lru_cache(maxsize=65_536)
def _written(value: str) -> float | None:
    return float(value) if _NUMBER.fullmatch(value) else None


# Letter case ----------------------------------------------------------------------------------


def _ascii_lower(said: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in said)


_FOLDS = (_ascii_lower, str.lower, str.casefold)


def folds(said: str) -> tuple[str, ...]:
    """Return a text without its case: once where all readings agree, else in each reading.

    The documentation says that ``search`` does not heed case, and not what that is beyond ASCII.
    """
    if said.isascii():
        return (said.lower(),)
    return tuple(fold(said) for fold in _FOLDS)


def lowered(said: str) -> str:
    """Return what ``lower`` makes of a text.

    Raises:
        Doubt: It has capitals beyond ASCII, which it may leave alone.
    """
    made = said.lower()
    if not said.isascii() and made != _ascii_lower(said):
        raise Doubt(f"lower of {said!r}")
    return made


# Comparisons of eval and where ----------------------------------------------------------------


@lru_cache(maxsize=262_144)  # a pack's words beside a stream's values, over and over
def compared(op: str, left: Scalar, right: Scalar) -> bool:
    """Compare two values as ``eval`` and ``where`` do: numbers by size, else texts with case.

    Raises:
        Doubt: Both are texts that are numbers too, and the two ways differ; or a number is
            compared by size with what is none.
    """
    compare = BY_SIGN[op]
    first, second = number(left), number(right)
    if first is None or second is None:
        numeric = not isinstance(left, str) or not isinstance(right, str)
        if numeric and op not in ("=", "!="):
            raise Doubt(f"{left!r} {op} {right!r}")
        return compare(text(left), text(right))
    by_size = compare(first, second)
    if isinstance(left, str) and isinstance(right, str) and by_size is not compare(left, right):
        raise Doubt(f"{left!r} {op} {right!r}, both in letters")
    return by_size


BY_SIGN: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
