"""The picture for a screen or paper: who instructs left, an agent, what it reached right.

Each agent has a band of its own; what two agents reached stands in both, so no line ever crosses
another.
"""

from __future__ import annotations

from agentwarrant.report.graph import Graph, Link
from agentwarrant.report.layout import GAP_Y, PAD, Arrow, Box, Picture, box, head, label
from agentwarrant.report.links import Node

_SIDE, _GAP_X, _ROW = 214.0, 196.0, 46.0
_BAND = 2 * GAP_Y
_LABEL_CHARS = 28
_SPEAKERS = frozenset({"principal", "peer", "agent"})


def wide(graph: Graph) -> Picture:
    """Return the picture; a node stands in the band of each of its agents."""
    left = any(_speaks(node, links) for a in graph.agents for node, links in _around(graph, a))
    right = any(not _speaks(node, links) for a in graph.agents for node, links in _around(graph, a))
    x = _SIDE + _GAP_X if left else 0.0
    picture = Picture(x + _SIDE + (_GAP_X + _SIDE if right else 0.0), 0.0)
    for agent in graph.agents:
        _band(picture, agent, graph, x)
    picture.height = max(picture.height - _BAND, 0.0)
    return picture


def _around(graph: Graph, agent: Node) -> list[tuple[Node, list[Link]]]:
    return list(graph.around(agent).items())


def _speaks(node: Node, links: list[Link]) -> bool:
    """Did it come to the agent, rather than the agent to it?"""
    return node.kind in _SPEAKERS and links[0].source == node


def _band(picture: Picture, agent: Node, graph: Graph, x: float) -> None:
    top = picture.height
    others = _around(graph, agent)
    left = [pair for pair in others if _speaks(*pair)]
    right = [pair for pair in others if not _speaks(*pair)]
    height = max(
        _column(picture, left, agent, 0.0, x),
        _column(picture, right, agent, x + _SIDE + _GAP_X, x + _SIDE),
    )
    made = box(agent, x, top, _SIDE, height)
    picture.boxes.append(made)
    picture.height = top + made.height + _BAND


def _column(
    picture: Picture, pairs: list[tuple[Node, list[Link]]], agent: Node, x: float, edge: float
) -> float:
    """Draw nodes at ``x`` with their arrows to the agent's ``edge``; return how high they are."""
    y = picture.height
    for node, links in pairs:
        made = box(node, x, y, _SIDE, _ROW * len(links) + PAD)
        picture.boxes.append(made)
        step = made.height / len(links)
        for number, link in enumerate(links):
            picture.arrows.append(_arrow(link, agent, made, edge, y + step * (number + 0.5)))
        y += made.height + GAP_Y
    return max(y - GAP_Y - picture.height, 0.0)


def _arrow(link: Link, agent: Node, node: Box, edge: float, y: float) -> Arrow:
    towards = 1 if node.x > edge else -1
    near = node.x if towards > 0 else node.x + node.width
    start, end = (edge, near) if link.source == agent else (near, edge)
    way = towards if link.source == agent else -towards
    path = f"M{start:.1f} {y:.1f} L{end - 8 * way:.1f} {y:.1f}"
    return Arrow(
        link, path, head(end, y, way), min(edge, near) + 14, y - 8, label(link, _LABEL_CHARS)
    )
