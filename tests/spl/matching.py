"""Which rows a condition of ``search`` holds for.

Search Reference, ``search``: ``=`` compares texts without case, ``*`` is a wildcard; ``<`` and its
like compare two numbers by size and all else by letters; a network matches its addresses; ``NOT``
keeps what lacks the field, ``!=`` does not. A field with several values matches when any does
(Search Manual, "Manipulate and evaluate fields with multiple values").
"""

from __future__ import annotations

from collections.abc import Callable, Container

from .faults import Doubt, Refused
from .functions import is_in, network
from .patterns import wildcard
from .syntax import Compared, Condition, Either, Every, Indexed, Not, Term
from .values import Row, Scalar, compared, many, number, text

Matches = Callable[[Row], bool]
_REFUSED = frozenset({"earliest", "latest", "tag", "eventtype", "savedsearch", "starttime"})


def matches(condition: Condition, indexed: Container[str]) -> Matches:
    """Return whether a condition holds for a row.

    Args:
        condition: The condition.
        indexed: Names of the fields that are indexed.

    Raises:
        Refused: It has something that is read but not executed here.
    """
    match condition:
        case Every(parts=parts):
            return _every([matches(part, indexed) for part in parts])
        case Either(parts=parts):
            return _either([matches(part, indexed) for part in parts])
        case Not(part=part):
            inner = matches(part, indexed)
            return lambda row: not inner(row)
        case Indexed(name=name, value=value):
            if name not in indexed:
                raise Refused(f"{name}::{value}, which is not indexed")
            return _compared(name, "=", value)
        case Compared(name=name, op=op, value=value):
            return _compared(name, op, value)
        case Term(text="*"):
            return lambda _row: True
    raise Refused(f"words of the raw text: {condition}")


def _every(parts: list[Matches]) -> Matches:
    def made(row: Row) -> bool:
        for part in parts:  # noqa: SIM110 - twice as fast as all(), and asked millions of times
            if not part(row):
                return False
        return True

    return made


def _either(parts: list[Matches]) -> Matches:
    def made(row: Row) -> bool:
        for part in parts:  # noqa: SIM110 - as above
            if part(row):
                return True
        return False

    return made


def _compared(name: str, op: str, value: str) -> Matches:
    if name in _REFUSED:  # names of fields have case; eventType of Okta is one
        raise Refused(f"{name} in a search")
    if op in ("=", "!="):
        test = _equal(value)
        found = _any(name, test)
        return found if op == "=" else _different(name, test)
    return _any(name, lambda said: _ordered(op, said, value))


def _any(name: str, test: Callable[[str], bool]) -> Matches:
    known: dict[str, bool] = {}

    def made(row: Row) -> bool:
        value = row.get(name)
        if value is None:
            return False
        if value.__class__ is str:
            found = known.get(value)
            if found is None:
                found = known[value] = test(value)
            return found
        return any(test(text(one)) for one in many(value))

    return made


def _equal(value: str) -> Callable[[str], bool]:
    if value == "*":
        return _there
    if "/" in value and network(value) is not None:
        return lambda said: _in_network(value, said)
    return wildcard(value)


def _there(said: str) -> bool:
    if not said:
        raise Doubt("is a field there that is empty?")
    return True


def _in_network(value: str, said: str) -> bool:
    if said == value:
        raise Doubt(f"{value!r} is compared with itself: is it a network?")
    return is_in(value, said)


def _different(name: str, test: Callable[[str], bool]) -> Matches:
    def made(row: Row) -> bool:
        found = {test(text(one)) for one in many(row.get(name))}
        if len(found) > 1:
            raise Doubt(f"{name}!=…, of several values some of which differ")
        return found == {False}

    return made


def _ordered(op: str, said: Scalar, value: str) -> bool:
    first, second = number(said), number(value)
    if first is None or second is None:
        return compared(op, str(said), value)
    return compared(op, first, second)
