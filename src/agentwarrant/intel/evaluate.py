"""Whether one observation is what a pattern describes (STIX 2.1, sections 9.5 to 9.7).

An observation is the objects of one event. All that ``AND`` joins within brackets must hold of the
same object. What needs several observations (``FOLLOWEDBY``, ``AND`` of observations, more than
one repetition) cannot be told of one event and is refused before (``unanswerable``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any
from unicodedata import normalize

import re2  # type: ignore[import-untyped]  # the binding has no types

from agentwarrant.intel.patterns import EQUALITY, ORDER, Comparison, Joined, Node, Observation, Path
from agentwarrant.intel.patterns import Qualified as Qualified
from agentwarrant.intel.tokens import Literal

Object = Mapping[str, Any]
"""An object with its ``type``, as STIX has it: ``{"type": "url", "value": "https://…"}``."""
_MEMORY = 8 << 20
LARGEST = 5_000
"""Instructions of one pattern of text, at most (RE2's ``programsize``)."""


def unanswerable(node: Node) -> str:
    """Return why a pattern cannot be told of one event; '' where it can."""
    if isinstance(node, Qualified):
        once = node.op == "WITHIN" or (node.op == "REPEATS" and node.values == (1,))
        return unanswerable(node.part) if once else f"{node.op} needs more than one event"
    if isinstance(node, Joined):
        if node.op != "OR":
            return f"{node.op} of observations needs more than one event"
        return next(filter(None, map(unanswerable, node.parts)), "")
    return _unreadable(node)


def _unreadable(node: Node) -> str:
    """Return which pattern of text or network of an observation cannot be used; '' for none."""
    for test in comparisons(node):
        try:
            if test.op in ("LIKE", "MATCHES") and size(test.op, str(test.values[0])) > LARGEST:
                return f"{str(test.values[0])[:80]!r} is too large a pattern of text"
            if test.op.startswith("ISSU"):
                ip_network(str(test.values[0]), strict=False)
        except re2.error:
            return f"the regular expression {str(test.values[0])[:80]!r} is not one of linear time"
        except ValueError:
            return f"{str(test.values[0])[:80]!r} is no network"
    return ""


def comparisons(node: Node) -> Iterator[Comparison]:
    """Yield every comparison of a pattern."""
    if isinstance(node, Comparison):
        yield node
    elif isinstance(node, Joined):
        for part in node.parts:
            yield from comparisons(part)
    elif isinstance(node, Observation):
        yield from comparisons(node.test)
    else:
        yield from comparisons(node.part)


def matches(node: Node, objects: Sequence[Object]) -> bool:
    """Is an observation with these objects what a pattern describes?

    Args:
        node: Of which ``unanswerable`` says nothing.
        objects: Of one event.
    """
    if isinstance(node, Qualified):
        return matches(node.part, objects)
    if isinstance(node, Joined):
        return any(matches(part, objects) for part in node.parts)
    test = node.test if isinstance(node, Observation) else node
    return any(_holds(test, one) for one in objects)


def _holds(test: Node, one: Object) -> bool:
    if isinstance(test, Joined):
        return (all if test.op == "AND" else any)(_holds(part, one) for part in test.parts)
    if not isinstance(test, Comparison):
        return False
    found = values_at(test.path, one)
    if test.op == "EXISTS":
        return next(found, None) is not None
    return any(_compares(test, value) is (not test.negated) for value in found)


def values_at(path: Path, one: Object) -> Iterator[Any]:
    """Yield the values that a path leads to in an object: several where it says ``[*]``."""
    if one.get("type") == path.type:
        yield from _at(path.steps, one)


def _at(steps: tuple[str | int, ...], value: Any) -> Iterator[Any]:
    if not steps:
        if value is not None and not isinstance(value, dict | list):
            yield value
        return
    step, rest = steps[0], steps[1:]
    if isinstance(value, dict) and isinstance(step, str) and step in value:
        yield from _at(rest, value[step])
    elif isinstance(value, list) and step == "*":
        for member in value:
            yield from _at(rest, member)
    elif isinstance(value, list) and isinstance(step, int) and -1 < step < len(value):
        yield from _at(rest, value[step])


def _compares(test: Comparison, value: Any) -> bool | None:
    """Compare; None for values of kinds that do not compare, which ``NOT`` does not change."""
    if test.op == "IN":
        return any(_equal(value, one) for one in test.values)
    wanted = test.values[0]
    if test.op in EQUALITY:
        return _equal(value, wanted) is (test.op == "=")
    if test.op in ORDER:
        return _ordered(test.op, value, wanted)
    if not isinstance(value, str):
        return False
    if test.op == "LIKE":
        return like(str(wanted)).fullmatch(normalize("NFC", value)) is not None
    if test.op == "MATCHES":
        return expression(str(wanted)).search(normalize("NFC", value)) is not None
    return _within(test.op, value, str(wanted))


def _equal(value: Any, wanted: Literal) -> bool:
    if isinstance(wanted, datetime):
        return _time(value) == wanted
    if isinstance(wanted, bool) or isinstance(value, bool):
        return value is wanted
    if isinstance(wanted, int | float):
        return isinstance(value, int | float) and value == wanted
    return isinstance(value, str) and isinstance(wanted, str) and value == wanted


def _ordered(op: str, value: Any, wanted: Literal) -> bool | None:
    left: Any = _time(value) if isinstance(wanted, datetime) else value
    numbers = _is_number(left) and _is_number(wanted)
    alike = numbers or (type(left) is type(wanted) and isinstance(left, str | datetime))
    if not alike:
        return None
    right: Any = wanted
    below, above = bool(left < right), bool(left > right)
    return {"<": below, "<=": not above, ">": above, ">=": not below}[op]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _time(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _within(op: str, value: str, wanted: str) -> bool:
    try:
        own, other = _network(value), _network(wanted)
    except ValueError:
        return False
    small, large = (own, other) if op == "ISSUBSET" else (other, own)
    if isinstance(small, IPv4Network) and isinstance(large, IPv4Network):
        return small.subnet_of(large)
    return (
        isinstance(small, IPv6Network) and isinstance(large, IPv6Network) and small.subnet_of(large)
    )


@lru_cache(maxsize=4096)
def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text, strict=False)


def like(pattern: str) -> Any:
    """Return what ``LIKE`` means: ``%`` is any run of characters, ``_`` any one.

    In linear time: Python's own expressions take minutes for ``%a%a%a%a%a%b`` on a long text.

    Raises:
        re2.error: It is too large.
    """
    return expression(as_expression(pattern))


def as_expression(pattern: str) -> str:
    """Return a pattern of ``LIKE`` as a regular expression of the whole text."""
    made = (_LIKE.get(c) or re2.escape(c) for c in normalize("NFC", pattern))
    return f"^(?:{''.join(made)})$"


_LIKE = {"%": ".*", "_": "."}


def size(op: str, pattern: str) -> int:
    """Return how large a pattern of ``LIKE`` or ``MATCHES`` is, in RE2's instructions.

    Raises:
        re2.error: It cannot be compiled.
    """
    return int((like if op == "LIKE" else expression)(pattern).programsize)


@lru_cache(maxsize=4096)
def expression(pattern: str) -> Any:
    """Return a compiled regular expression of linear time.

    Raises:
        re2.error: It has what none of linear time can say, or is too large.
    """
    options = re2.Options()
    options.log_errors, options.max_mem, options.dot_nl = False, _MEMORY, True
    return re2.compile(normalize("NFC", pattern), options)
