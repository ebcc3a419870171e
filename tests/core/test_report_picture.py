"""The picture of who talked to whom: the right links, and nothing on top of anything."""

from __future__ import annotations

import runpy
from itertools import combinations
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from agentwarrant.report.graph import MAX_NODES, Graph, Link, build
from agentwarrant.report.layout import Box, Picture
from agentwarrant.report.links import Node
from agentwarrant.report.tall import tall
from agentwarrant.report.wide import wide

SAMPLE = runpy.run_path(str(Path(__file__).with_name("test_report_sample.py")))
KINDS = ("principal", "peer", "network", "host", "store", "beneficiary", "system")


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Graphs of 2 to 12 nodes in which every node has a link to an agent."""
    names = st.text(min_size=1, max_size=120)
    total = draw(st.integers(2, MAX_NODES))
    agents = [
        Node(f"agent:{i}", "agent", draw(names), "agent")
        for i in range(draw(st.integers(1, max(total // 2, 1))))
    ]
    others = [
        Node(f"n:{i}", draw(st.sampled_from(KINDS)), draw(names), "something")
        for i in range(total - len(agents))
    ]
    links: list[Link] = []
    for node in [*others, *agents[1:]]:
        pool = [agent for agent in agents if agent != node]
        for number in range(draw(st.integers(1, 4))):
            pair = [draw(st.sampled_from(pool)), node]
            if draw(st.booleans()):
                pair.reverse()
            links.append(Link(pair[0], pair[1], f"does something {number}", len(links) + 1, 3))
    if not links:
        agents.append(Node("agent:z", "agent", "z", "agent"))
        links.append(Link(agents[0], agents[1], "starts", 1, 1))
    return Graph([*agents, *others], links)


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def check(picture: Picture) -> None:
    for one, other in combinations(picture.boxes, 2):
        assert not overlap(one, other)
    for box in picture.boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= picture.width
        assert box.y + box.height <= picture.height + 0.01
        assert len(box.lines) <= 3
        assert all(cell_len(line) * 7.9 <= box.width - 20 for line in box.lines)
    for arrow in picture.arrows:
        assert 0 <= arrow.y <= picture.height


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_no_node_lies_on_another_for_any_case(graph: Graph) -> None:
    check(wide(graph))
    check(tall(graph))


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_every_link_is_drawn_and_no_label_meets_another(graph: Graph) -> None:
    for picture in (wide(graph), tall(graph)):
        assert {a.link.order for a in picture.arrows} == {link.order for link in graph.links}
        for one, other in combinations(picture.arrows, 2):
            assert abs(one.x - other.x) > 180 or abs(one.y - other.y) > 13


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_no_label_begins_inside_a_node(graph: Graph) -> None:
    for picture in (wide(graph), tall(graph)):
        for arrow in picture.arrows:
            for box in picture.boxes:
                inside_x = box.x <= arrow.x <= box.x + box.width
                assert not (inside_x and box.y < arrow.y < box.y + box.height)


def test_the_chain_is_told_in_the_order_it_happened() -> None:
    (case,) = SAMPLE["moltbook"]().cases
    graph = build(case)
    told = [(link.source.name, link.verb, link.target.name) for link in graph.links]
    assert told == [
        ("Mallory", "instructs", "main"),
        ("main", "registers at", "net.example:40053"),
        ("main", "stores a secret", ".config/net/credentials.json"),
        ("main", "reads", "net.example:40053"),
        ("net.example:40053", "plants instructions", "main"),
        ("main", "reads secrets", "/home/acme/openclaw/work/clerk/.env"),
        ("main", "posts to", "net.example:40053"),
    ]
    assert [link.order for link in graph.links] == list(range(1, 8))
    assert graph.links[-1].verdict == "influenced"


def test_a_peer_that_acts_in_the_case_is_drawn_once_as_agent() -> None:
    (case,) = SAMPLE["moltbook"]().cases
    event = SAMPLE["event"]
    case.timeline = [
        event(0, "agent_spawned", "starts helper", warrant__peer__id="helper"),
        event(1, "heartbeat", "", gen_ai__agent__id="helper", gen_ai__agent__name="helper"),
    ]
    graph = build(case)
    assert [(n.kind, n.name) for n in graph.nodes] == [("agent", "main"), ("agent", "helper")]


def test_a_call_that_a_peer_asked_for_is_not_sent_to_that_peer() -> None:
    (case,) = SAMPLE["moltbook"]().cases
    call = SAMPLE["call"]
    case.timeline = [
        call(1, "ls", "discovery", "unexplained", warrant__peer__id="hermes", event__id="1"),
        call(2, "tell", "message", "unexplained", warrant__peer__id="hermes", event__id="2"),
    ]
    told = [(link.source.name, link.verb, link.target.name) for link in build(case).links]
    assert told == [("main", "sends to", "hermes")]
    assert build(case).links[0].count == 1


def test_more_nodes_than_fit_are_counted_and_the_bad_ones_stay() -> None:
    (case,) = SAMPLE["moltbook"]().cases
    calm = [
        SAMPLE["call"](
            1, "curl", "egress", "intended", url__domain=f"h{i}.example", event__id=str(i)
        )
        for i in range(40)
    ]
    case.timeline = [*calm, *case.timeline]
    graph = build(case)
    assert len(graph.nodes) == MAX_NODES
    assert graph.left_out == 45 - MAX_NODES
    assert "net.example:40053" in {node.name for node in graph.nodes}


def test_a_case_without_any_link_has_no_picture() -> None:
    (case,) = SAMPLE["moltbook"]().cases
    case.timeline = [SAMPLE["event"](0, "heartbeat", "")]
    assert build(case).links == []
