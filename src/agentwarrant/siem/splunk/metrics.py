"""What the number of a correlation is compared with, and its condition as alternatives."""

from __future__ import annotations

import math
from itertools import combinations

from agentwarrant.rules.correlation.operator import GROWING
from agentwarrant.rules.correlation.terms import Term, terms_of
from agentwarrant.rules.model import Correlation
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.splunk.expression import whole

SIGNS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "eq": "=", "neq": "!="}
MOST_ROWS = 10_000
"""Rows that a window of ``streamstats`` can have (limits.conf, ``max_stream_window``)."""
_MOST_TERMS = 64


def least_of(correlation: Correlation) -> int:
    """Return the least count that matches, of one that grows.

    Raises:
        CannotRender: It is compared in a way that a further event may undo.
    """
    if correlation.op not in GROWING:
        raise CannotRender(f"{correlation.op} is known only when a moment is over")
    threshold = correlation.threshold
    return max(1, math.ceil(threshold) if correlation.op == "gte" else math.floor(threshold) + 1)


def comparison(value: str, correlation: Correlation) -> str:
    """Return the comparison of a correlation."""
    return f"{value}{SIGNS[correlation.op]}{whole(correlation.threshold)}"


def terms_in(correlation: Correlation) -> list[Term]:
    """Return the alternatives of a correlation's condition.

    Raises:
        CannotRender: There are too many, or a further event may undo one.
    """
    if correlation.condition is not None:
        terms = terms_of(correlation.condition)
        if len(terms) > _MOST_TERMS:
            raise CannotRender(f"a condition of {len(terms)} alternatives")
        return terms
    several, least = len(correlation.rules), least_of(correlation)
    if math.comb(several, least) > _MOST_TERMS:
        raise CannotRender(f"{least} of {several} rules in order, whichever they are")
    return [Term(chosen, ()) for chosen in combinations(range(several), least)]
