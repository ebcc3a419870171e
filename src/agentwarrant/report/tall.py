"""The picture for a phone: below each agent a lane with everything it was linked to."""

from __future__ import annotations

from agentwarrant.report.graph import Graph, Link
from agentwarrant.report.layout import GAP_Y, PAD, Arrow, Box, Picture, box, head, label
from agentwarrant.report.links import Node

_WIDTH, _NODE, _LANE, _ROW = 344.0, 212.0, 12.0, 58.0
_LABEL_CHARS = 14


def tall(graph: Graph) -> Picture:
    """Return the picture for a narrow screen; a node stands below each of its agents."""
    picture = Picture(_WIDTH, 0.0)
    for agent in graph.agents:
        _section(picture, agent, graph)
    picture.height = max(picture.height - GAP_Y, 0)
    return picture


def _section(picture: Picture, agent: Node, graph: Graph) -> None:
    top = box(agent, 0.0, picture.height, _WIDTH, 0.0)
    picture.boxes.append(top)
    y = top.y + top.height + GAP_Y
    for node, links in graph.around(agent).items():
        made = box(node, _WIDTH - _NODE, y, _NODE, _ROW * len(links) + PAD)
        picture.boxes.append(made)
        picture.arrows += [
            _arrow(link, agent, made, made.y + made.height * (i + 0.5) / len(links))
            for i, link in enumerate(links)
        ]
        y += made.height + GAP_Y
    picture.lanes.append((_LANE, top.y + top.height, y - GAP_Y))
    picture.height = y + GAP_Y


def _arrow(link: Link, agent: Node, node: Box, y: float) -> Arrow:
    text = label(link, _LABEL_CHARS)
    above = y - 7 - 13 * (len(text) - 1)
    if link.source == agent:
        path = f"M{_LANE:.1f} {y:.1f} L{node.x - 8:.1f} {y:.1f}"
        return Arrow(link, path, head(node.x, y, 1), _LANE + 10, above, text)
    path = f"M{node.x:.1f} {y:.1f} L{_LANE + 9:.1f} {y:.1f}"
    return Arrow(link, path, head(_LANE + 1, y, -1), _LANE + 10, above, text)
