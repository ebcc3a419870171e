"""Conditions for ``eval`` and ``where``: two-valued, and true of a list when of any of its values.

There a comparison with an absent field is neither true nor false, and one with a list is not that
of any of its values (Search Reference, ``where``; "Multivalue eval functions"). ``mvfilter`` gives
the values of a field that pass a test, or nothing; that it gave any is true or false, of one value
as of many, and of no value.

Numbers are compared as numbers (``tonumber``), text by regular expressions (``spl``), but for words
of our own vocabulary, which are lower case anyway.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from agentwarrant.rules.ir import Node
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.reduced import Types, reduced, type_of
from agentwarrant.siem.splunk.form import field_name
from agentwarrant.siem.splunk.regular import regular_expression
from agentwarrant.siem.splunk.spl import END, START, column, pattern, string, text_test, word
from agentwarrant.siem.vocabulary import is_lower, is_single

SIGNS = {"num": "=", "neq": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_EXACT = 1 << 53
"""Whole numbers from here on are not all told apart by what computes with doubles."""
_PARTS = {"year": (1, 4), "month": (6, 2), "day": (9, 2), "hour": (12, 2), "minute": (15, 2)}
"""Where in a time as events have it (RFC 3339, UTC), and how many digits."""
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = f"{START}{_OCTET}(?:[.]{_OCTET}){{3}}{END}"
_IPV6 = f"{START}[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*{END}"


def expression(tree: Node, types: Types) -> str:
    """Return a condition (``rules.ir``) as an expression of ``eval``.

    Raises:
        CannotRender: It cannot mean the same there.
    """
    return of_reduced(reduced(tree, types), types)


def of_reduced(tree: Node, types: Types, *, inside: bool = False) -> str:
    """Return a condition that ``reduced`` made."""
    kind = tree[0]
    if kind in ("true", "false"):
        return f"{kind}()"
    if kind == "is":
        return atom(tree[1], tree[2], tree[3], types)
    if kind == "not":
        return f"NOT {of_reduced(tree[1], types, inside=True)}"
    joint = f" {kind.upper()} "
    made = joint.join(of_reduced(part, types, inside=True) for part in tree[1:])
    return f"({made})" if inside else made


def atom(field: str, op: str, argument: Any, types: Types) -> str:
    """Return one test of a reduced condition."""
    shown = column(field_name(field))
    if op == "exists":
        return f"isnotnull({shown})"
    if op == "ref":
        return _reference(field, *argument)
    if op == "bool":
        op, argument = "eq_cased", "true" if argument else "false"
    by_word = op in ("eq", "eq_cased") and (is_lower(field) or type_of(field, types) == "boolean")
    if by_word and is_single(field) and word(argument):
        return f'coalesce({shown},"")={string(argument)}'
    return f"isnotnull(mvfilter({_test(field, shown, op, argument)}))"


def whole(number: float) -> int | float:
    """Return a number as it is written in a search.

    Raises:
        CannotRender: It is beyond what Splunk computes with exactly.
    """
    if abs(number) >= _EXACT:
        raise CannotRender(f"{number} is beyond the numbers that Splunk computes with exactly")
    return int(number) if number == int(number) else number


def _test(field: str, shown: str, op: str, argument: Any) -> str:
    if op in SIGNS:
        return f"tonumber({shown}){SIGNS[op]}{whole(argument)}"
    if op == "cidr":
        return _network(shown, argument)
    if op == "part":
        return _part(field, shown, *argument)
    if op == "re":
        made = regular_expression(*argument)
    elif op.partition("_")[0] == "like":
        made = pattern(argument, cased=op.endswith("_cased"))
    else:
        made = text_test(op, argument)
    return f"match({shown},{string(made)})"


def _network(shown: str, cidr: str) -> str:
    """Return whether an address is in a network; what is none never comes to ``cidrmatch``."""
    version = ipaddress.ip_network(cidr).version
    if cidr.endswith("/32") and version == 4:
        return f"match({shown},{string(text_test('eq', cidr[:-3]))})"
    guard = _IPV4 if version == 4 else _IPV6
    return f"match({shown},{string(guard)}) AND cidrmatch({string(cidr)},{shown})"


def _part(field: str, shown: str, part: str, how: str, wanted: float) -> str:
    if part not in _PARTS:
        raise CannotRender(f"the {part} of a time, which Splunk tells in the time zone of a user")
    if field != "@timestamp":
        raise CannotRender(f"a part of {field}, which may be written in several ways")
    start, digits = _PARTS[part]
    return f"tonumber(substr({shown},{start},{digits})){SIGNS[how]}{whole(wanted)}"


def folded(field: str) -> str:
    """Return a field as it compares without case; ``lower`` of a list is that of each value.

    ``lower`` may know ASCII alone; the documentation does not say.
    """
    shown = column(field_name(field))
    if is_lower(field):
        return shown
    return f"lower({shown})" if is_single(field) else f"mvmap({shown},lower({shown}))"


def _reference(field: str, other: str, how: str) -> str:
    left, right = folded(field), folded(other)
    if how == "eq":  # they share a value: together they have fewer than one by one
        both, one, two = (
            f"coalesce(mvcount(mvdedup({values})),0)"
            for values in (f"mvappend({left},{right})", left, right)
        )
        return f"{both}<{one}+{two}"
    if not (is_single(field) and is_single(other)):
        raise CannotRender(f"{how} of {field} and {other}, which may be lists")
    start = f"len({left})-len({right})+1" if how == "endswith" else "1"
    made = {
        "contains": f"(len({right})=0 OR mvcount(split({left},{right}))>1)",
        "startswith": f'("x".substr({left},{start},len({right})))=("x".{right})',
        "endswith": f'("x".substr({left},{start},len({right})))=("x".{right})',
    }[how]
    return f"if(len({left})>=len({right}) AND {made},1,0)=1"
