"""A temporal condition as a list of terms, any of which is enough."""

from __future__ import annotations

from typing import NamedTuple

from agentwarrant.rules.ir import Node

MOST = 4_096
"""Terms, or steps of sequences, that one condition may come to."""

_Sets = tuple[frozenset[int], frozenset[int]]


class Term(NamedTuple):
    """Positions of rules that must and of rules that must not be present, ascending."""

    positive: tuple[int, ...]
    negative: tuple[int, ...]


def terms_of(tree: Node) -> list[Term]:
    """Return the terms of a condition.

    Raises:
        ValueError: It comes to too many, or is no condition over rules.
    """
    return [Term(tuple(sorted(a)), tuple(sorted(b))) for a, b in dict.fromkeys(_sets(tree, False))]


def _sets(node: Node, negative: bool) -> list[_Sets]:
    kind = node[0]
    if kind == "rule":
        one, none = frozenset([int(node[1])]), frozenset[int]()
        return [(none, one) if negative else (one, none)]
    if kind == "not":
        return _sets(node[1], not negative)
    if kind not in ("and", "or", "true", "false"):
        raise ValueError(f"{kind!r} is not part of a condition over rules")
    children = [_sets(part, negative) for part in node[1:]]
    if (kind in ("and", "true")) == negative:
        return [one for child in children for one in child]
    return _product(children)


def _product(children: list[list[_Sets]]) -> list[_Sets]:
    made: list[_Sets] = [(frozenset(), frozenset())]
    for child in children:
        made = [(a | c, b | d) for a, b in made for c, d in child if not (a | c) & (b | d)]
        if len(made) > MOST:
            raise ValueError(f"the condition comes to more than {MOST} terms")
    return made
