"""Functions of ``eval`` that take values and return one.

Search Reference, "Evaluation functions": one page for each group of them. What they do with
several values is not said unless they are the functions for these, and so it is refused.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
from collections.abc import Callable
from functools import lru_cache

from . import patterns
from .faults import Doubt, Refused
from .values import Scalar, Value, compared, held, lowered, many, number, single, text

Function = Callable[..., Value]


def _of_texts(name: str, function: Callable[..., Value]) -> Function:
    """Return a function of texts: nothing where one of them is nothing."""

    def made(*values: Value) -> Value:
        found = [single(value, name) for value in values]
        if None in found:
            return None
        return function(*(text(one) for one in found if one is not None))

    return made


def _of_numbers(name: str, function: Callable[..., float]) -> Function:
    def made(*values: Value) -> Value:
        found = [single(value, name) for value in values]
        if None in found:
            return None
        numbers = [number(one) for one in found if one is not None]
        if None in numbers:
            raise Doubt(f"{name} of {found!r}, no numbers")
        return function(*numbers)

    return made


def _match(said: str, pattern: str) -> bool:
    return patterns.compiled(pattern)(said)


def _like(said: str, pattern: str) -> bool:
    return patterns.like(pattern)(said)


@lru_cache(1024)
def network(cidr: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Return a network; None where it is none."""
    try:
        return ipaddress.ip_network(cidr)
    except ValueError:
        return None


def is_in(cidr: str, address: str) -> bool:
    """Is an address in a network? What is no address is in none."""
    net = network(cidr)
    if net is None:
        raise Refused(f"{cidr!r} is no network")
    try:
        return ipaddress.ip_address(address) in net
    except ValueError:
        return False


def _in(value: Value, *known: Value) -> Value:
    wanted = single(value, "in")
    if wanted is None:
        return None
    found = [single(one, "in") for one in known]
    same = False
    for one in found:
        same = one is not None and compared("=", wanted, one)
        if same:
            break
    return same


def _tonumber(value: Value) -> Value:
    found = single(value, "tonumber")
    return None if found is None else number(found)


def _tostring(value: Value) -> Value:
    if isinstance(value, bool):
        return str(value)
    found = single(value, "tostring")
    return None if found is None else text(found)


def _round(value: float, digits: float = 0) -> float:
    scaled = value * 10**digits
    if scaled - math.floor(scaled) == 0.5:
        raise Doubt(f"round of {value}: up, or to the even one?")
    return round(value, int(digits)) if digits else float(round(value))


def _extreme(name: str, best: Callable[[list[float]], float]) -> Function:
    def made(*values: Value) -> Value:
        found = [one for value in values for one in many(value)]
        if any(value is None for value in values):
            raise Doubt(f"{name} with nothing among its values")
        numbers = [number(one) for one in found]
        if None in numbers:
            raise Doubt(f"{name} of {found!r}, no numbers")
        return best([one for one in numbers if one is not None])

    return made


def _substr(said: str, start: str, length: str = "") -> str:
    first = int(start)
    if not first:
        raise Doubt("substr from 0")
    begin = first - 1 if first > 0 else max(0, len(said) + first)
    return said[begin : begin + int(length)] if length else said[begin:]


# Several values -------------------------------------------------------------------------------


def _mvappend(*values: Value) -> Value:
    return held(one for value in values for one in many(value))


def _mvcount(value: Value) -> Value:
    return float(len(many(value))) if value is not None else None


def _mvdedup(value: Value) -> Value:
    made: dict[str, Scalar] = {}
    for one in many(value):
        made.setdefault(text(one), one)
    return held(made.values())


def _mvfind(value: Value, pattern: Value) -> Value:
    asked = single(pattern, "mvfind")
    if value is None or asked is None:
        return None
    found = patterns.compiled(text(asked))
    for place, one in enumerate(many(value)):
        if found(text(one)):
            return float(place)
    return None


def _mvindex(value: Value, start: Value, end: Value = None) -> Value:
    every = many(value)
    first = _place(start, len(every))
    last = first if end is None else _place(end, len(every))
    if not 0 <= first < len(every) or not first <= last < len(every):
        if end is not None and 0 <= first < len(every) <= last:
            raise Doubt("mvindex beyond the last value")
        return None
    return held(every[first : last + 1])


def _place(value: Value, size: int) -> int:
    found = single(value, "mvindex")
    place = None if found is None else number(found)
    if place is None or place != int(place):
        raise Refused(f"mvindex at {value!r}")
    return int(place) + size if place < 0 else int(place)


def _mvjoin(value: Value, between: Value) -> Value:
    mark = single(between, "mvjoin")
    if value is None or mark is None:
        return None
    return text(mark).join(map(text, many(value)))


def _mvzip(left: Value, right: Value, between: Value = ",") -> Value:
    first, second = many(left), many(right)
    if len(first) != len(second):
        raise Doubt("mvzip of lists of different lengths")
    return held(f"{text(a)}{between}{text(b)}" for a, b in zip(first, second, strict=True))


def _mvsort(value: Value) -> Value:
    return held(list[Scalar](sorted(map(text, many(value)))))


def _mvrange(start: Value, end: Value, step: Value = 1.0) -> Value:
    numbers = [number(one) for value in (start, end, step) for one in many(value)]
    if len(numbers) != 3 or None in numbers:
        raise Refused(f"mvrange of {start!r}, {end!r}, {step!r}")
    first, last, by = (int(one) for one in numbers if one is not None)
    return held(float(one) for one in range(first, last, by))


def _split(said: str, mark: str) -> Value:
    if not mark:
        raise Doubt("split at nothing")
    return held(list[Scalar](said.split(mark)))


def _hashed(name: str) -> Function:
    return _of_texts(name, lambda said: hashlib.new(name, said.encode()).hexdigest())


def _coalesce(*values: Value) -> Value:
    return next((value for value in values if value is not None), None)


def _nullif(value: Value, other: Value) -> Value:
    first, second = single(value, "nullif"), single(other, "nullif")
    if first is None or second is None:
        raise Doubt("nullif with nothing")
    return None if compared("=", first, second) else first


FUNCTIONS: dict[str, Function] = {
    "abs": _of_numbers("abs", abs),
    "ceiling": _of_numbers("ceiling", lambda n: float(math.ceil(n))),
    "cidrmatch": _of_texts("cidrmatch", is_in),
    "coalesce": _coalesce,
    "false": lambda: False,
    "floor": _of_numbers("floor", lambda n: float(math.floor(n))),
    "in": _in,
    "isnotnull": lambda value: value is not None,
    "isnull": lambda value: value is None,
    "len": _of_texts("len", lambda said: float(len(said))),
    "like": _of_texts("like", _like),
    "lower": _of_texts("lower", lowered),
    "match": _of_texts("match", _match),
    "max": _extreme("max", max),
    "md5": _hashed("md5"),
    "min": _extreme("min", min),
    "mvappend": _mvappend,
    "mvcount": _mvcount,
    "mvdedup": _mvdedup,
    "mvfind": _mvfind,
    "mvindex": _mvindex,
    "mvjoin": _mvjoin,
    "mvrange": _mvrange,
    "mvsort": _mvsort,
    "mvzip": _mvzip,
    "null": lambda: None,
    "nullif": _nullif,
    "pow": _of_numbers("pow", lambda base, power: base**power),
    "replace": _of_texts("replace", patterns.replaced),
    "round": _of_numbers("round", _round),
    "sha256": _hashed("sha256"),
    "split": _of_texts("split", _split),
    "substr": _of_texts("substr", _substr),
    "tonumber": _tonumber,
    "tostring": _tostring,
    "true": lambda: True,
}
"""Those that need nothing but their arguments."""
