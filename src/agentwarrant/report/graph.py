"""Who talked to whom in one case: nodes, and links that are numbered in order of time."""

from __future__ import annotations

from dataclasses import dataclass

from agentwarrant.event import text_of
from agentwarrant.finding import Case
from agentwarrant.report import words
from agentwarrant.report.links import PLANTS, Node, agent_node, links_of

MAX_NODES = 12
"""Nodes a picture can hold and still be read; the rest is counted."""


@dataclass(slots=True)
class Link:
    """What one node did to another; ``count`` times, first as number ``order`` of the case."""

    source: Node
    target: Node
    verb: str
    order: int = 0
    count: int = 0
    verdict: str = "unknown"

    @property
    def bad(self) -> bool:
        """Was it influenced or unexplained, or did it give orders it may not give?"""
        return self.verdict in words.BAD_VERDICTS or self.verb == PLANTS


@dataclass(frozen=True, slots=True)
class Graph:
    """The picture's facts.

    Attributes:
        nodes: In order of appearance.
        links: In order of time.
        left_out: Nodes that did not fit.
    """

    nodes: list[Node]
    links: list[Link]
    left_out: int = 0

    @property
    def agents(self) -> list[Node]:
        return [node for node in self.nodes if node.kind == "agent"]

    def around(self, agent: Node) -> dict[Node, list[Link]]:
        """Return everything an agent was linked to, with the links in order of time."""
        found: dict[Node, list[Link]] = {}
        for link in self.links:
            if agent in (link.source, link.target):
                other = link.target if link.source == agent else link.source
                found.setdefault(other, []).append(link)
        return found


def build(case: Case) -> Graph:
    """Return who talked to whom in a case."""
    links: dict[tuple[str, str, str], Link] = {}
    places: dict[str, Node] = {}
    agents = {node.key: node for event in case.timeline if (node := agent_node(event))}
    for event in case.timeline:
        for one, other, verb in links_of(event, places):
            source, target = _known(one, agents), _known(other, agents)
            if source == target:
                continue
            key = (source.key, target.key, verb)
            link = links.setdefault(key, Link(source, target, verb))
            link.count += 1
            link.verdict = _worse(link.verdict, text_of(event, "warrant.intent.verdict"))
    return _fitting(list(links.values()))


def _known(node: Node, agents: dict[str, Node]) -> Node:
    """A peer or principal that acts in this case itself is that agent, drawn once."""
    kind, _, key = node.key.partition(":")
    return agents.get(f"agent:{key}", node) if kind in ("peer", "principal") else node


def _worse(one: str, other: str) -> str:
    order = ("influenced", "unexplained", "intended")
    return next((verdict for verdict in order if verdict in (one, other)), "unknown")


def _fitting(links: list[Link]) -> Graph:
    """Keep the nodes that matter most: agents, then those with bad or many links."""
    weights: dict[Node, int] = {}
    for link in links:
        bad = 100 if link.bad else 0
        for node in (link.source, link.target):
            agent = 10_000 if node.kind == "agent" else 0
            weights[node] = weights.get(node, agent) + link.count + bad
    kept = set(sorted(weights, key=lambda node: -weights[node])[:MAX_NODES])
    nodes = [node for node in weights if node in kept]
    shown = [link for link in links if link.source in kept and link.target in kept]
    linked = {node for link in shown for node in (link.source, link.target)}
    nodes = [node for node in nodes if node in linked]
    for order, link in enumerate(shown, 1):
        link.order = order
    return Graph(nodes, shown, len(weights) - len(nodes))
