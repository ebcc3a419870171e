"""Which approvals a point needs: what its plan says, worked out once for each plan."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import orjson

from agentwarrant.respond.runplan import (
    Approval,
    Decide,
    Node,
    Parallel,
    Point,
    Sequence,
    plan_of,
)


@lru_cache(maxsize=256)
def covering(text: str) -> Mapping[str, tuple[str, ...]]:
    """Return the ids of the approvals for each point of a plan, by the point's id.

    An approval that names points is for these. One that names none is for all that follow it:
    what comes after it in its own sequence and in those around it, but nothing beside it.

    Args:
        text: The plan as the ledger keeps it.
    """
    found: dict[str, list[str]] = {}
    _walk(plan_of(orjson.loads(text)).root, (), found)
    return {point: tuple(dict.fromkeys(nodes)) for point, nodes in found.items()}


def _walk(
    node: Node | None, before: tuple[str, ...], found: dict[str, list[str]]
) -> tuple[str, ...]:
    """Take a node in; return the approvals that count for what follows it."""
    if isinstance(node, Point):
        found.setdefault(node.id, []).extend(before)
    elif isinstance(node, Approval):
        if not node.covers:
            return (*before, node.id)
        for point in node.covers:
            found.setdefault(point, []).append(node.id)
    elif isinstance(node, Sequence):
        for one in node.nodes:
            before = _walk(one, before, found)
    elif isinstance(node, Parallel):
        for one in node.nodes:
            _walk(one, before, found)
    elif isinstance(node, Decide):
        _walk(node.then, before, found)
        _walk(node.otherwise, before, found)
    return before
