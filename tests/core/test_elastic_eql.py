"""EQL: only what means the same there, absences said, texts quoted."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.rules.load import load_text
from agentwarrant.rules.model import Rule
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.elastic.eql import condition, maxspan, quoted, sequence

TYPES = {
    "event.action": "keyword",
    "event.module": "keyword",
    "gen_ai.agent.id": "keyword",
    "http.response.status_code": "long",
    "source.bytes": "long",
    "warrant.arguments.text": "wildcard",
    "warrant.peer.trust": "keyword",
    "warrant.peer.id": "keyword",
    "warrant.target.agent": "keyword",
    "warrant.tool.acts": "keyword",
    "warrant.tool.class": "keyword",
}


def test_an_enumeration_is_compared_with_case_because_it_is_lower_case() -> None:
    tree = ["is", "event.action", "eq", "tool_call"]
    assert condition(tree, TYPES) == '?event.action == "tool_call"'


def test_the_values_of_one_field_become_a_list() -> None:
    given = [["is", "event.action", "eq", one] for one in ("tool_call", "payment")]
    tree = ["or", *given, ["is", "warrant.peer.id", "exists", True]]
    said = condition(tree, TYPES)
    assert said == '(?warrant.peer.id != null or ?event.action in ("tool_call", "payment"))'


def test_the_absence_of_a_field_makes_a_negation_true() -> None:
    tree = ["not", ["is", "warrant.peer.trust", "eq", "trusted"]]
    assert condition(tree, TYPES) == (
        '(?warrant.peer.trust == null or not ?warrant.peer.trust == "trusted")'
    )


def test_a_negation_goes_down_to_the_fields() -> None:
    inner = [["is", "event.action", "eq", "payment"], ["is", "warrant.peer.id", "exists", True]]
    said = condition(["not", ["and", *inner]], TYPES)
    assert said.startswith("((?event.action == null or not ?event.action ==")
    assert said.endswith("or ?warrant.peer.id == null)")
    assert condition(["not", ["not", inner[1]]], TYPES) == "?warrant.peer.id != null"


@pytest.mark.parametrize(
    ("atom", "said"),
    [
        (["is", "http.response.status_code", "num", 401.0], "?http.response.status_code == 401"),
        (["is", "source.bytes", "gte", 1.5], "?source.bytes >= 1.5"),
        (["is", "source.bytes", "gte", 50_000_000], "?source.bytes >= 50000000"),
        (["is", "warrant.peer.id", "null", None], "?warrant.peer.id == null"),
        (["is", "warrant.peer.id", "exists", False], "?warrant.peer.id == null"),
        (["is", "warrant.peer.id", "eq_cased", 'A"b'], '?warrant.peer.id == "A\\"b"'),
        (["is", "event.module", "startswith", "open"], 'startsWith(?event.module, "open")'),
        (["is", "warrant.peer.id", "contains_cased", "X"], 'stringContains(?warrant.peer.id, "X")'),
        (["true"], "true"),
        (["not", ["true"]], "false"),
    ],
)
def test_what_is_said_as_it_is(atom: list[object], said: str) -> None:
    assert condition(atom, TYPES) == said


@pytest.mark.parametrize(
    ("atom", "reason"),
    [
        (["is", "warrant.peer.id", "eq", "kay"], "without case"),
        (["is", "warrant.tool.acts", "eq", "publish"], "several values"),
        (["is", "warrant.tool.acts", "exists", True], "several values"),
        (["is", "warrant.arguments.text", "re", ["a.*b", ""]], "nothing that means the same"),
        (["is", "event.action", "like_cased", ["tool", 0]], "nothing that means the same"),
        (["is", "source.bytes", "eq", "7"], "as text"),
        (["is", "warrant.peer.id", "gte", 7], "as a number"),
        (["is", "no.such.field", "eq", "x"], "no index"),
        (["is", None, "contains", "x"], "every field"),
    ],
)
def test_what_would_mean_something_else_is_refused(atom: list[object], reason: str) -> None:
    with pytest.raises(CannotRender, match=reason):
        condition(atom, TYPES)


@given(st.text())
def test_a_text_stays_within_its_quotes(given_text: str) -> None:
    said = quoted(given_text)
    assert said[0] == said[-1] == '"'
    assert "\n" not in said
    inside = said[1:-1].replace("\\\\", "").replace('\\"', "")
    assert '"' not in inside


@pytest.mark.parametrize(
    ("ms", "said"), [(600_000, "10m"), (90_000, "90s"), (86_400_000, "1d"), (1500, "1500ms")]
)
def test_a_window_has_the_units_of_elasticsearch(ms: int, said: str) -> None:
    assert maxspan(ms) == said


def correlated(text: str) -> list[Rule]:
    bases = """
    title: asked
    name: asked
    logsource: {product: ai_agent}
    detection: {a: {event.action: message_received}, condition: a}
    ---
    title: did
    name: did
    logsource: {product: ai_agent}
    detection: {a: {event.action: tool_call}, condition: a}
    ---
    title: both
    correlation:
    """
    whole = textwrap.dedent(bases).strip() + "\n" + textwrap.indent(textwrap.dedent(text), "  ")
    return load_text(whole, foreign=False)


def said_of(text: str) -> str:
    rules = correlated(text)
    return sequence(rules[-1], {rule.id: rule for rule in rules}, TYPES).text


def test_a_sequence_has_a_step_a_line_and_keeps_events_of_no_tenant() -> None:
    said = said_of(
        """
        type: temporal_ordered
        rules: [asked, did]
        group-by: [gen_ai.agent.id]
        timespan: 10m
        """
    )
    assert said.splitlines() == [
        "sequence by ?organization.id, gen_ai.agent.id with maxspan=10m",
        '  [any where ?event.action == "message_received"]',
        '  [any where ?event.action == "tool_call"]',
    ]


def test_a_field_with_another_name_in_a_step_stands_at_the_step() -> None:
    said = said_of(
        """
        type: temporal_ordered
        rules: [asked, did]
        group-by: [gen_ai.agent.id]
        timespan: 10m
        aliases:
          gen_ai.agent.id: {asked: warrant.target.agent, did: gen_ai.agent.id}
        """
    )
    first, *steps = said.splitlines()
    assert first == "sequence with maxspan=10m"
    assert steps[0].endswith("] by ?organization.id, warrant.target.agent")
    assert steps[1].endswith("] by ?organization.id, gen_ai.agent.id")


@pytest.mark.parametrize(
    "text",
    [
        "type: temporal\nrules: [asked, did]\ngroup-by: [gen_ai.agent.id]\ntimespan: 1m",
        "type: temporal_ordered\nrules: [asked, did]\ngroup-by: [gen_ai.agent.id]\n"
        "timespan: 1m\ncondition: asked and not did",
        "type: temporal_ordered\nrules: [asked]\ngroup-by: [gen_ai.agent.id]\ntimespan: 1m",
        "type: temporal_ordered\nrules: [asked, did]\ngroup-by: [warrant.tool.acts]\ntimespan: 1m",
    ],
)
def test_what_is_no_plain_sequence_is_refused(text: str) -> None:
    with pytest.raises(CannotRender):
        said_of(text)
