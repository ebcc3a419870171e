"""A condition in terms of what an index can be asked: the first half of both renderings.

Where the mapping or the vocabulary decides something, it is decided here: a pattern over a closed
vocabulary becomes the words that fit it, text compared with a field of numbers becomes a number,
and without case becomes with case where a field is lower case anyway. What is left:

=====================  ===============================  =====================================
op                     of fields                        argument
=====================  ===============================  =====================================
exists                 any                              True
eq, contains,          text                             text, folded; with ``_cased`` as it is
startswith, endswith
like                   text                             as in ``rules.ir``; also with ``_cased``
re                     text                             ``[pattern, flags]``
num, neq, lt, lte,     numbers                          a number; whole for whole numbers
gt, gte
bool                   boolean                          true or false
cidr                   ip, text                         a network
part                   date                             as in ``rules.ir``
ref                    text                             ``[other field, how]``
=====================  ===============================  =====================================
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Mapping
from typing import Any

from agentwarrant.rules import regexes
from agentwarrant.rules.ir import FALSE, Node, conjunction, disjunction, fold, negation
from agentwarrant.rules.needles import text_test
from agentwarrant.rules.values import number_of_value, text_of_value
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.vocabulary import closed, is_lower

EXACT = frozenset({"keyword", "constant_keyword", "wildcard"})
"""Types that are indexed as one whole value."""
ANALYSED = frozenset({"match_only_text", "text"})
"""Types that are indexed as words."""
TEXT = EXACT | ANALYSED
WHOLE = frozenset({"byte", "integer", "long", "short", "unsigned_long"})
NUMBERS = WHOLE | {"double", "float", "half_float", "scaled_float"}
_COMPARED = frozenset({"num", "neq", "lt", "lte", "gt", "gte"})
_MOST = 1 << 63
_SEVERAL = {"contains", "startswith", "endswith"}

Types = Mapping[str, str]
"""Dotted name -> Elasticsearch type of all fields."""


def reduced(tree: Node, types: Types) -> Node:
    """Return a condition of ``rules.ir`` in the terms above.

    Raises:
        CannotRender: Something in it has no exact counterpart in any language there.
    """
    if tree[0] == "and":
        return conjunction([reduced(part, types) for part in tree[1:]])
    if tree[0] == "or":
        return disjunction([reduced(part, types) for part in tree[1:]])
    if tree[0] == "not":
        return negation(reduced(tree[1], types))
    return tree if tree[0] != "is" else _atom(tree[1], tree[2], tree[3], types)


def _atom(name: str | None, op: str, argument: Any, types: Types) -> Node:
    if name is None:
        raise CannotRender("a word without a field is looked for in every value")
    kind = type_of(name, types)
    if op == "null" or op == "exists":
        there: Node = ["is", name, "exists", True]
        return there if op == "exists" and argument else negation(there)
    if op == "ref":
        if not {kind, type_of(argument[0], types)} <= EXACT:
            raise CannotRender(f"{name} and {argument[0]} are compared, and not both are keywords")
        return ["is", name, op, argument]
    if kind in TEXT:
        return _text(name, op, argument, kind)
    if kind in NUMBERS:
        return _number(name, op, argument, kind)
    if kind == "ip":
        return _address(name, op, argument)
    if kind == "boolean":
        return _boolean(name, op, argument)
    if kind == "date" and op == "part":
        return ["is", name, op, argument]
    raise CannotRender(f"{op} of {name}, which is of the type {kind}")


def type_of(name: str, types: Types) -> str:
    """Return the type of a field.

    Raises:
        CannotRender: It is not mapped; ES|QL fails a whole rule on an unknown column.
    """
    if name not in types:
        raise CannotRender(f"{name} is a field of no index")
    return types[name]


def _text(name: str, op: str, argument: Any, kind: str) -> Node:
    if op == "bool":
        op, argument = "eq", "true" if argument else "false"
    if op in _COMPARED or op == "part":
        raise CannotRender(f"{name} is text, and is compared as a number or a time")
    plain, _, cased = op.partition("_")
    if plain in _SEVERAL and not argument:
        return ["is", name, "exists", True]
    if op == "cidr":
        return ["is", name, op, argument]
    if name in closed() and (plain != "eq" or kind not in EXACT):
        test = _test_of(op, argument)
        words = [word for word in sorted(closed()[name]) if test(word)]
        return disjunction([["is", name, "eq_cased", word] for word in words])
    if is_lower(name) and not cased and plain != "re" and not (plain == "like" and 1 in argument):
        return ["is", name, f"{plain}_cased", argument]
    return ["is", name, op, argument]


def _test_of(op: str, argument: Any) -> Any:
    """Return what tells whether a word of a vocabulary passes a test."""
    if op == "re":
        return regexes.searcher(*argument)
    needle, verify = text_test(op, argument)
    if verify is not None:
        return lambda word: verify(word, fold(word))
    return lambda word: needle in f"\x02{fold(word)}\x03"


def _number(name: str, op: str, argument: Any, kind: str) -> Node:
    if op == "eq":
        number = number_of_value(argument)
        if number is None or text_of_value(number) != argument:
            return FALSE
        op, argument = "num", number
    if op == "bool":
        return FALSE  # a number is no truth
    if op not in _COMPARED:
        raise CannotRender(f"{op} of {name}, which holds numbers")
    if abs(argument) >= _MOST:
        raise CannotRender(f"{argument} is beyond the numbers of an index")
    return ["is", name, op, argument] if kind not in WHOLE else _whole(name, op, argument)


def _whole(name: str, op: str, argument: float) -> Node:
    if argument == int(argument):
        return ["is", name, op, int(argument)]
    if op in ("num", "neq"):
        return FALSE if op == "num" else ["is", name, "exists", True]
    over = math.ceil(argument)
    return ["is", name, "gte" if op in ("gt", "gte") else "lt", over]


def _address(name: str, op: str, argument: Any) -> Node:
    if op == "cidr":
        return ["is", name, op, argument]
    if op != "eq":
        raise CannotRender(f"{op} of {name}, which holds addresses")
    try:
        address = ipaddress.ip_address(argument)
    except ValueError:
        return FALSE
    if address.version != 4:
        raise CannotRender(f"{argument} is IPv6, and has several spellings")
    return ["is", name, "cidr", f"{address}/32"]


def _boolean(name: str, op: str, argument: Any) -> Node:
    if op == "bool":
        return ["is", name, op, argument]
    if op == "eq":
        known = argument in ("true", "false")
        return ["is", name, "bool", argument == "true"] if known else FALSE
    raise CannotRender(f"{op} of {name}, which is true or false")
