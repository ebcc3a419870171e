from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentwarrant import vocabulary
from agentwarrant.dialect import DIALECTS, MODEL, cim_problems, dataset_of, render
from agentwarrant.errors import UsageError
from agentwarrant.event import Event
from agentwarrant.schema import field_type, load

CIM = load("cim.json")
DATASETS = CIM["datasets"]
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
    - {"event.action", "warrant.tool.class"}
)
VALUES = st.one_of(st.text(max_size=12), st.integers(), st.lists(st.text(max_size=5), max_size=2))
EXTRAS = st.dictionaries(st.sampled_from(SOURCES), VALUES)


def event_of(
    action: str, tool_class: str = "other", more: Mapping[str, Any] = MappingProxyType({})
) -> Event:
    category, kind = vocabulary.category_of(action, tool_class)
    return {
        **vocabulary.DEFAULTS,
        "event.id": "e1",
        "event.action": action,
        "event.category": category,
        "event.type": kind,
        "event.module": "openclaw",
        "warrant.tool.class": tool_class,
        **more,
    }


@pytest.mark.parametrize(("action", "tool_class"), PAIRS)
def test_every_event_fills_what_its_dataset_asks(action: str, tool_class: str) -> None:
    assert cim_problems(render(event_of(action, tool_class), "splunk")) == []


@given(st.sampled_from(PAIRS), EXTRAS)
@settings(max_examples=200)
def test_so_does_every_hostile_event_and_no_ecs_field_is_touched(
    pair: tuple[str, str], extras: Event
) -> None:
    event = event_of(*pair, extras)
    before = dict(event)
    rendered = render(event, "splunk")
    assert cim_problems(rendered) == []
    assert event == before
    assert {name: rendered[name] for name in event} == event


@given(st.sampled_from(PAIRS), EXTRAS)
@settings(max_examples=30)
def test_ecs_is_the_event_itself_in_a_new_mapping(pair: tuple[str, str], extras: Event) -> None:
    event = event_of(*pair, extras)
    assert render(event, "ecs") == event
    assert render(event, "ecs") is not event


DENIED = {"warrant.policy.decision": "denied"}
LURED = {"warrant.content.signal": "instruction_like"}


@pytest.mark.parametrize(
    ("action", "tool_class", "more", "dataset"),
    [
        ("login", "other", {}, "Authentication"),
        ("credential_issued", "other", {}, "Change.All_Changes"),
        ("kill_switch_engaged", "other", {}, "Change.All_Changes"),
        ("message_received", "other", {}, "Interprocess_Messaging"),
        ("message_received", "other", LURED, "Intrusion_Detection"),
        ("peer_connect", "other", {}, "Network_Traffic"),
        ("tool_call", "exec", {}, "Endpoint.Processes"),
        ("tool_call", "exec", DENIED, "Endpoint.Processes"),
        ("tool_call", "read", {}, "Data_Access"),
        ("tool_call", "credential_read", {}, "Data_Access"),
        ("tool_call", "read", DENIED, "Intrusion_Detection"),
        ("tool_call", "read", {"url.full": "https://example.com/"}, "Web"),
        ("tool_call", "egress", {"url.full": "https://example.com/"}, "Web"),
        ("tool_call", "egress", {}, "Network_Traffic"),
        ("tool_call", "write", {}, "Endpoint.Filesystem"),
        ("tool_call", "persistence", {}, "Change.All_Changes"),
        ("tool_call", "delegate", {}, "Interprocess_Messaging"),
        ("tool_result", "exec", {}, ""),
        ("tool_result", "exec", LURED, "Intrusion_Detection"),
        ("tool_result", "exec", DENIED, "Intrusion_Detection"),
        ("tool_call", "exec", {"event.kind": "alert"}, "Alerts"),
        ("heartbeat", "other", {}, ""),
    ],
)
def test_an_event_goes_to_one_dataset(
    action: str, tool_class: str, more: Event, dataset: str
) -> None:
    event = event_of(action, tool_class, more)
    assert dataset_of(event) == dataset
    assert render(event, "splunk").get(MODEL, "") == dataset


def test_what_was_denied_is_blocked_and_what_failed_is_no_success() -> None:
    assert render(event_of("tool_call", "exec", DENIED), "splunk")["action"] == "blocked"
    failed = render(event_of("tool_call", "privilege", {"event.outcome": "failure"}), "splunk")
    assert failed["status"] == "failure"
    assert "status" not in render(event_of("tool_call", "privilege"), "splunk")


def test_a_finding_is_an_alert_with_rule_and_severity() -> None:
    finding: Event = {
        "event.kind": "alert",
        "event.id": "f1",
        "rule.id": "r1",
        "rule.name": "Lured",
        "warrant.finding.severity": "high",
        "gen_ai.agent.id": "main",
        "threat.technique.id": ["T1552", "T1048"],
    }
    rendered = render(finding, "splunk")
    assert cim_problems(rendered) == []
    found = [
        rendered[n] for n in ("severity", "signature_id", "user", "mitre_technique_id", "type")
    ]
    assert found == ["high", "r1", "main", "T1552", "alert"]


@given(st.text(max_size=8), st.integers(1, 3))
def test_no_name_hides_an_agent_from_authentication(name: str, dollars: int) -> None:
    event = event_of("login", more={"gen_ai.agent.id": name + "$" * dollars})
    rendered = render(event, "splunk")
    assert not str(rendered["user"]).endswith("$")
    assert rendered["gen_ai.agent.id"] == event["gen_ai.agent.id"]


def test_a_value_that_cim_does_not_prescribe_is_left_out() -> None:
    event = event_of("tool_call", "egress", {"url.full": "u", "http.request.method": "BREW"})
    assert "http_method" not in render(event, "splunk")
    event["http.request.method"] = "POST"
    assert render(event, "splunk")["http_method"] == "POST"


def test_what_is_missing_or_not_ours_to_set_is_named() -> None:
    rendered = render(event_of("login"), "splunk")
    del rendered["app"]
    rendered.update({"action": "perhaps", "user": "host$", "dest_bunit": "sales"})
    assert cim_problems(rendered) == [
        "Authentication: app is missing",
        "Authentication: action is 'perhaps', which CIM does not prescribe",
        "Authentication: dest_bunit is not ours to set",
        "Authentication: user ends in $",
    ]
    assert cim_problems({MODEL: "Nonsense"}) == ["warrant.cim.model: there is no dataset Nonsense"]


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_a_dataset_maps_only_its_own_fields_from_fields_there_are(name: str) -> None:
    facts = DATASETS[name]
    assert set(facts["map"]) <= {*facts["recommended"], *facts["optional"]}
    assert set(facts["may_be_absent"]) <= set(facts["recommended"])
    for required in set(facts["recommended"]) - set(facts["may_be_absent"]):
        assert "value" in facts["map"][required][-1], (
            "the last source of what CIM asks is a constant"
        )
    assert facts["tags"]


def test_every_source_of_a_cim_field_is_a_field_of_the_event() -> None:
    assert [name for name in SOURCES if field_type(name) is None] == []


def test_every_route_leads_to_a_dataset_and_names_known_words() -> None:
    for route in CIM["routes"]:
        assert route["to"] in DATASETS
        assert set(route.get("event.action", ())) <= set(vocabulary.ACTIONS)
        assert set(route.get("warrant.tool.class", ())) <= set(vocabulary.TOOL_CLASSES)
        assert all(field_type(name) for name in route.get("when", ()))
    assert {route["to"] for route in CIM["routes"]} == set(DATASETS)


def test_an_unknown_dialect_is_a_wrong_use() -> None:
    with pytest.raises(UsageError, match="one of: ecs, splunk"):
        render({}, "klingon")
    assert DIALECTS == ("ecs", "splunk")
