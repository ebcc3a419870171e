"""Takes out of a tree of nodes what nothing can come of: empty ways, and waits for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Listed
from collections.abc import Set as AbstractSet
from dataclasses import replace

from agentwarrant.respond.runplan import Decide, Node, Parallel, Point, Sequence, Wait, walk


def step_of(point: str) -> str:
    """Return the step of a playbook that a point belongs to: ``revoke.3`` is of ``revoke``."""
    return point.partition(".")[0]


def pruned(tree: Sequence, having: AbstractSet[str]) -> Sequence:
    """Return a tree without ways that nothing can lead to, and without empty ones.

    A step without points ends in no state: what hangs on one is decided now.

    Args:
        tree: The tree.
        having: The steps that have points.
    """
    nodes = list(_pruned(tree.nodes, having))
    while nodes and isinstance(nodes[-1], Wait):
        nodes.pop()
    return Sequence(tree.id, tuple(nodes))


def without(tree: Sequence, points: AbstractSet[str]) -> Sequence:
    """Return a tree without some points."""
    left = Sequence(tree.id, tuple(_left(tree.nodes, points)))
    return pruned(left, {step_of(n.id) for n in walk(left) if isinstance(n, Point)})


def _pruned(nodes: Listed[Node], having: AbstractSet[str]) -> Iterator[Node]:
    for node in nodes:
        if isinstance(node, Decide):
            if node.when["step"] in having:
                yield from _decided(node, having)
            elif node.otherwise is not None:
                yield from _pruned([node.otherwise], having)
        elif isinstance(node, (Sequence, Parallel)):
            inner = tuple(_pruned(node.nodes, having))
            if any(isinstance(one, Point) for child in inner for one in walk(child)):
                yield replace(node, nodes=inner)
        else:
            yield node


def _decided(node: Decide, having: AbstractSet[str]) -> Iterator[Node]:
    then = next(_pruned([node.then], having), None)
    other = next(_pruned([node.otherwise], having), None) if node.otherwise else None
    if then is not None or other is not None:
        yield replace(node, then=then or Sequence(node.then.id, ()), otherwise=other)


def _left(nodes: Listed[Node], points: AbstractSet[str]) -> Iterator[Node]:
    for node in nodes:
        if isinstance(node, (Sequence, Parallel)):
            yield replace(node, nodes=tuple(_left(node.nodes, points)))
        elif isinstance(node, Decide):
            then = next(_left([node.then], points), Sequence(f"{node.id}.then", ()))
            other = next(_left([node.otherwise], points), None) if node.otherwise else None
            yield replace(node, then=then, otherwise=other)
        elif not (isinstance(node, Point) and node.id in points):
            yield node
