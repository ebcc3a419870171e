"""CIM in Splunk: what is calculated there is what our own dialect says, and what CIM prescribes.

The calculated fields and event types that the app ships are executed as Splunk's documentation
says, over events as the collector gets them, and held against ``dialect.render`` and
``dialect.cim_problems``, which share no code with them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.shipped import shipped_rules
from tests.spl import conditions, evals, evaluating, events, matching
from tests.spl.values import Row, many, text

from agentwarrant import vocabulary
from agentwarrant.dialect import MODEL, cim_problems, dataset_of, render
from agentwarrant.event import Event
from agentwarrant.rules.model import is_for_agents
from agentwarrant.scan import Scan
from agentwarrant.schema import load
from agentwarrant.siem.splunk import app, cim, names
from agentwarrant.siem.splunk.form import INDEXED
from agentwarrant.siem.splunk.payload import envelope
from agentwarrant.siem.vocabulary import is_single

CIM = load("cim.json")
DATASETS: Mapping[str, Mapping[str, Any]] = CIM["datasets"]
CLOCK = evaluating.Clock()
SAMPLE = "connectors/openclaw/samples/main.5b037c8a-4f58-4b02-989b-042e9797b04e.jsonl"


# As Splunk would have it ------------------------------------------------------------------------


def row_of(event: Event, kind: str) -> Row:
    """Return the fields that a search has of an event: extracted from its JSON, and indexed."""
    row: Row = events.row_of(envelope(event, {"sourcetype": names.sourcetype(kind)}, ""))
    return row


@cache
def calculated_fields(kind: str) -> dict[str, evaluating.Evaluated]:
    """Return the calculated fields of the app's ``props.conf``, to be evaluated."""
    props = app.props()[names.sourcetype(kind)]
    made = {key.removeprefix("EVAL-"): value for key, value in props.items() if "EVAL-" in key}
    return {
        name: evaluating.evaluated(evals.expression(meant), CLOCK) for name, meant in made.items()
    }


def calculated(event: Event, kind: str = "events") -> dict[str, str]:
    """Return the CIM fields that a search has of an event: all made of what was extracted."""
    row = row_of(event, kind)
    made = {name: value(row) for name, value in calculated_fields(kind).items()}
    return {name: text(*many(value)) for name, value in made.items() if value is not None}


@cache
def event_types() -> dict[str, matching.Matches]:
    indexed = frozenset(INDEXED.values())
    return {
        name: matching.matches(conditions.condition(keys["search"]), indexed)
        for name, keys in cim.event_types().items()
    }


def types_of(event: Event, kind: str = "events") -> list[str]:
    row = row_of(event, kind)
    return [name for name, is_one in event_types().items() if is_one(row)]


def meant(event: Event) -> dict[str, str]:
    """Return the CIM fields that our dialect adds to an event."""
    made = render(event, "splunk")
    return {name: str(value) for name, value in made.items() if name not in (*event, MODEL)}


def hold(event: Event, kind: str = "events") -> str:
    """Hold what Splunk has of an event against what is meant; return the dataset."""
    dataset = dataset_of(event)
    found = calculated(event, kind)
    assert found == meant(event)
    assert types_of(event, kind) == ([cim.event_type(dataset)] if dataset else [])
    assert cim_problems({MODEL: dataset, **found}) == []
    return dataset


# Events -----------------------------------------------------------------------------------------


@cache
def golden() -> list[Event]:
    """Return the events that the samples of all connectors become."""
    home = Path(str(files("agentwarrant.connectors")))
    paths = sorted(home.glob("*/expected/**/*.jsonl"))
    lines = (line for path in paths for line in path.read_bytes().splitlines())
    return [json.loads(line) for line in lines if line.strip()]


@cache
def findings() -> list[Event]:
    sample = Path(__file__).parents[2] / SAMPLE
    if not sample.is_file():
        pytest.skip("the tests run without a checkout beside them")
    rules = [rule for rule in shipped_rules() if is_for_agents(rule)]
    return [finding.event for finding in Scan.over(rules).findings([sample])]


@pytest.mark.once
def test_every_event_of_every_sample_has_in_splunk_what_cim_wants_of_it() -> None:
    datasets = {hold(event) for event in golden()}
    assert datasets - {""} == DATASETS.keys() - {"Alerts"}


def test_so_has_every_finding() -> None:
    assert {hold(finding, "findings") for finding in findings()} == {"Alerts"}


PAIRS = [
    (action, tool_class)
    for action in vocabulary.ACTIONS
    for tool_class in (vocabulary.TOOL_CLASSES if action.startswith("tool_") else ("other",))
]
SOURCES = sorted(
    {
        source if isinstance(source, str) else source["field"]
        for facts in DATASETS.values()
        for chain in facts["map"].values()
        for source in chain
        if isinstance(source, str) or "field" in source
    }
    - {"event.action", "warrant.tool.class", "warrant.policy.decision", "warrant.content.signal"}
)
"""Fields that CIM's come from, but for those that say where an event belongs."""
WRITTEN = st.text(st.sampled_from('aZ$%"\\ \n*='), min_size=1, max_size=6)


def event_of(pair: tuple[str, str], more: Mapping[str, Any]) -> Event:
    category, kind = vocabulary.category_of(*pair)
    return {
        **vocabulary.DEFAULTS,
        "@timestamp": "2026-11-23T00:00:00.000Z",
        "event.id": "e1",
        "event.action": pair[0],
        "event.category": category,
        "event.type": kind,
        "event.module": "openclaw",
        "warrant.tool.class": pair[1],
        **more,
    }


@pytest.mark.parametrize("decision", ["denied", "allowed", "unknown"])
@pytest.mark.parametrize("signal", ["none", "instruction_like"])
@pytest.mark.parametrize("url", [{}, {"url.full": "https://a.example/"}], ids=["", "url"])
def test_every_kind_of_event_goes_where_it_belongs(
    decision: str, signal: str, url: Mapping[str, str]
) -> None:
    said = {"warrant.policy.decision": decision, "warrant.content.signal": signal, **url}
    for pair in PAIRS:
        hold(event_of(pair, said))


@st.composite
def sources(draw: st.DrawFn) -> dict[str, Any]:
    """Draw values of some fields: each one value, or several where it may have them."""
    drawn = draw(st.lists(st.sampled_from(SOURCES), unique=True, max_size=12))
    one = st.one_of(WRITTEN, st.integers(0, 600), st.sampled_from(["success", "GET", "200", "tcp"]))
    return {
        name: draw(one if is_single(name) else st.lists(WRITTEN, min_size=1, max_size=3))
        for name in drawn
    }


@given(st.sampled_from(PAIRS), sources(), st.sampled_from(["denied", "allowed"]))
@settings(max_examples=300)
def test_hostile_events_have_in_splunk_what_our_dialect_says(
    pair: tuple[str, str], more: dict[str, Any], decision: str
) -> None:
    hold(event_of(pair, {**more, "warrant.policy.decision": decision}))


@pytest.mark.parametrize("user", ["host$", "a$$", "$", "a$b", "a$\n", "a\n$", "$%24"])
def test_a_name_hides_nobody_from_the_model_of_authentication(user: str) -> None:
    event = event_of(("login", "other"), {"gen_ai.agent.id": user})
    assert hold(event) == "Authentication"
    assert not calculated(event)["user"].endswith("$")


# The app ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_dataset_has_an_event_type_with_the_tags_of_its_model(dataset: str) -> None:
    name = cim.event_type(dataset)
    assert name in cim.event_types()
    tags = cim.tags()[f"eventtype={name}"]
    assert list(tags) == DATASETS[dataset]["tags"]
    assert set(tags.values()) == {"enabled"}


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_field_that_cim_wants_is_calculated_or_may_be_absent(dataset: str) -> None:
    kind = "findings" if dataset == "Alerts" else "events"
    facts = DATASETS[dataset]
    assert set(facts["recommended"]) <= calculated_fields(kind).keys() | set(facts["may_be_absent"])


def test_no_calculated_field_reads_another() -> None:
    """All are calculated at once: one that read another would read nothing."""
    for kind in ("events", "findings"):
        fields = calculated_fields(kind).keys()
        for expression in cim.calculated(kind).values():
            assert not set(fields) & set(evaluating._names(evals.expression(expression)))


def test_splunk_reads_our_events_as_json_and_nothing_else_of_them() -> None:
    for keys in app.props().values():
        assert keys["KV_MODE"] == "json"
        assert not [key for key in keys if key.startswith(("EXTRACT-", "REPORT-", "LOOKUP-"))]
