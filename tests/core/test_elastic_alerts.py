"""Alerts of Kibana become findings; their status goes back only where changes are allowed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.shipped import shipped_rules

from agentwarrant import schema
from agentwarrant.config import Target
from agentwarrant.errors import (
    ConfigError,
    ObserveOnly,
    OutcomeUnknown,
    Refused,
    TargetUnreachable,
)
from agentwarrant.event import Event
from agentwarrant.finding import CaseBook, Finding, into_cases
from agentwarrant.respond.transport import ObserveTransport
from agentwarrant.rules.model import Rule
from agentwarrant.secretrefs import Secret
from agentwarrant.siem.alertcursor import OVERLAP_MS, Cursor, read_cursor, write_cursor
from agentwarrant.siem.elastic import alertdoc
from agentwarrant.siem.elastic.alertdoc import BadAlert, alert_of, event_of, finding_from, flat
from agentwarrant.siem.elastic.alertstatus import READS, AlertStatus, KibanaTransport
from agentwarrant.siem.elastic.kibana import kibana
from agentwarrant.siem.elastic.rule import identity
from agentwarrant.siem.elastic.webhook import MOST_ALERTS, MOST_BYTES, Webhook, ids_in

SAMPLE: dict[str, Any] = json.loads((Path(__file__).parents[1] / "kibana_alert.json").read_text())
EVENT: Event = {
    "@timestamp": "2026-03-23T15:05:39.309Z",
    "event.id": "e1",
    "organization.id": "acme",
    "gen_ai.agent.id": "main",
    "gen_ai.conversation.id": "talk-1",
    "log.file.path": "/logs/main.jsonl",
}


def alert(**changed: Any) -> dict[str, Any]:
    """Return the sample with fields changed; None takes one out."""
    made = {**SAMPLE, **changed}
    return {name: value for name, value in made.items() if value is not None}


def finding(
    source: dict[str, Any], *evidence: Event, rules: dict[str, Rule] | None = None
) -> Finding:
    return finding_from(
        alert_of(source, "default"), evidence, tenant="acme", rules=rules or {}, cases=CaseBook()
    )


# The document -----------------------------------------------------------------------------------


def test_an_alert_becomes_a_finding_that_keeps_to_our_schema() -> None:
    made = finding(SAMPLE, EVENT)
    assert schema.finding_problems(made.event) == []
    assert made.event["rule.name"] == "Secret read"
    assert made.event["gen_ai.agent.id"] == "main"
    assert made.event["warrant.finding.events"] == ["e1"]
    assert made.evidence == (EVENT,)
    assert (made.severity.value, made.risk) == ("high", 73.0)


def test_the_same_alert_is_the_same_finding_and_another_alert_another() -> None:
    first, again = finding(SAMPLE, EVENT), finding(SAMPLE, EVENT)
    other = finding(alert(**{"kibana.alert.uuid": "another"}), EVENT)
    assert first.event == again.event
    assert first.id != other.id


def test_an_alert_of_a_rule_of_ours_carries_what_its_file_says() -> None:
    rule = next(r for r in shipped_rules() if r.alerts and r.meta.get("playbook"))
    for part, parts in ((1, 1), (2, 3)):
        known = {"kibana.alert.rule.rule_id": identity(rule, part, parts)}
        made = finding(alert(**known), EVENT, rules=alertdoc.rules_by_id([rule]))
        assert made.event["rule.id"] == rule.public_id
        assert made.event["rule.name"] == rule.title
        assert made.event["warrant.finding.playbook"] == rule.meta["playbook"]
        assert schema.finding_problems(made.event) == []


def test_what_an_analyst_changed_in_kibana_counts() -> None:
    rule = next(r for r in shipped_rules() if r.alerts and r.severity.value == "high")
    changed = {
        "kibana.alert.rule.rule_id": rule.public_id,
        "kibana.alert.severity": "critical",
        "kibana.alert.risk_score": 91,
    }
    made = finding(alert(**changed), EVENT, rules=alertdoc.rules_by_id([rule]))
    assert (made.severity.value, made.risk) == ("critical", 91.0)


@pytest.mark.parametrize("severity", ["awful", "", "HIGH"])
def test_a_severity_that_is_none_is_medium(severity: str) -> None:
    assert finding(alert(**{"kibana.alert.severity": severity})).severity.value == "medium"


def test_an_alert_without_its_events_stands_on_its_own_copy() -> None:
    made = finding(SAMPLE)
    assert made.event["@timestamp"] == "2026-03-23T15:05:39.309Z"
    assert made.event["warrant.finding.events"] == ["e1"]
    assert made.event["warrant.tool.class"] == "exec"
    assert schema.finding_problems(made.event) == []


def test_a_threshold_alert_is_about_what_it_counted_by() -> None:
    terms = [
        {"field": "gen_ai.agent.id", "value": "swarm"},
        {"field": "organization.id", "value": "acme"},
        {"field": "no.such.field", "value": "x"},
    ]
    source = alert(
        **{
            "gen_ai.agent.id": None,
            "kibana.alert.threshold_result": {"terms": terms, "count": 12},
        }
    )
    made = finding(source)
    assert made.event["gen_ai.agent.id"] == "swarm"
    assert made.event["warrant.finding.count"] == 12
    assert "no.such.field" not in made.event


def test_suppressed_alerts_are_counted_into_theirs() -> None:
    source = alert(**{"kibana.alert.suppression.docs_count": 4})
    assert finding(source, EVENT).event["warrant.finding.count"] == 5


def test_a_sequence_rests_on_its_events_and_not_on_its_building_blocks() -> None:
    ancestors = [
        {"id": "e1", "type": "event", "index": "i", "depth": 0},
        {"id": "e2", "type": "event", "index": "i", "depth": 0},
        {"id": "block", "type": "signal", "index": ".alerts", "depth": 1},
    ]
    source = alert(**{"kibana.alert.ancestors": ancestors})
    assert alert_of(source, "default").ancestors == (("i", "e1"), ("i", "e2"))


def test_a_nested_document_reads_as_a_dotted_one() -> None:
    nested: dict[str, Any] = {}
    for name, value in deepcopy(SAMPLE).items():
        *above, leaf = name.split(".")
        place = nested
        for key in above:
            place = place.setdefault(key, {})
        if isinstance(value, dict) and leaf in place:
            place[leaf].update(value)
        else:
            place[leaf] = value
    dotted, other = alert_of(SAMPLE, "default"), alert_of(nested, "default")
    assert dict(dotted.fields) == dict(other.fields)
    assert dotted.ancestors == other.ancestors


@pytest.mark.parametrize("name", ["kibana.alert.uuid", "@timestamp"])
def test_an_alert_that_does_not_say_what_it_must_is_refused(name: str) -> None:
    with pytest.raises(BadAlert):
        alert_of(alert(**{name: None}), "default")


def test_an_agent_cannot_write_itself_into_the_alerts_own_fields() -> None:
    source = alert(**{"event.outcome": "owned", "warrant.case.id": "c", "no.field": {"a": [1]}})
    made = event_of(source)
    assert "event.outcome" not in made
    assert "no.field.a" not in made
    assert not any(name.startswith("kibana.") for name in made)
    assert made["event.kind"] == "event"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(sorted(SAMPLE)), JSON, max_size=8))
def test_any_document_is_a_finding_of_our_schema_or_refused(changes: dict[str, Any]) -> None:
    try:
        made = finding({**SAMPLE, **changes})
    except BadAlert:
        return
    assert schema.finding_problems(made.event) == []


@given(JSON)
def test_flattening_gives_scalars_and_lists_of_scalars(value: Any) -> None:
    for found in flat({"a": value}).values():
        items = found if isinstance(found, list) else [found]
        assert all(isinstance(item, str | int | float) for item in items)
        assert not any(isinstance(item, bool) for item in items)


def test_a_document_without_end_is_cut() -> None:
    deep: dict[str, Any] = {}
    place = deep
    for _ in range(10_000):
        place["a"] = {}
        place = place["a"]
    place["a"] = "x"
    assert flat(deep) == {}
    assert len(flat({f"f{n}": n for n in range(20_000)})) == 10_000


# The cursor --------------------------------------------------------------------------------------


def test_the_cursor_remembers_what_was_taken_within_the_overlap(tmp_path: Path) -> None:
    path = tmp_path / "state" / "cursor.json"
    cursor = read_cursor(path, "2026-01-01T00:00:00.000Z")
    cursor.take([("old", "2026-01-02T00:00:00.000Z")], move=True)
    cursor.take([("new", "2026-01-03T00:00:00.000Z")], move=True)
    write_cursor(path, cursor)
    again = read_cursor(path, "1999-01-01T00:00:00.000Z")
    assert again == Cursor("2026-01-03T00:00:00.000Z", {"new": "2026-01-03T00:00:00.000Z"})
    assert again.begin == "2026-01-02T23:50:00.000Z"
    assert OVERLAP_MS == 600_000


def test_a_named_alert_does_not_move_the_cursor_past_those_not_polled_yet() -> None:
    cursor = Cursor("2026-01-01T00:00:00.000Z")
    cursor.take([("named", "2026-01-05T00:00:00.000Z")], move=False)
    assert cursor.since == "2026-01-01T00:00:00.000Z"
    assert "named" in cursor.seen


def test_an_old_alert_that_was_named_is_remembered_for_as_long_as_a_new_one() -> None:
    cursor = Cursor("2026-01-05T00:00:00.000Z")
    cursor.take([("named", "2025-12-01T00:00:00.000Z")], move=False)
    assert "named" in cursor.seen
    cursor.take([("polled", "2026-01-05T00:20:00.000Z")], move=True)
    assert "named" not in cursor.seen


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"since": "soon", "seen": {}}', '{"since": 1}'])
def test_a_file_that_is_no_cursor_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cursor.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match="no cursor"):
        read_cursor(path, "2026-01-01T00:00:00.000Z")


# The status --------------------------------------------------------------------------------------


class Kibanas:
    """A stand-in for Kibana's two routes, as its API documentation has them."""

    def __init__(self, answer: dict[str, Any] | None = None, status: int = 200) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answer = {"updated": 1, "failures": [], "version_conflicts": 0} | (answer or {})
        self.status = status

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["kbn-xsrf"]
        self.asked.append((request.url.path, json.loads(request.content)))
        return httpx.Response(self.status, json=self.answer)


def status(handler: Callable[[httpx.Request], httpx.Response]) -> AlertStatus:
    target = Target("prod", "elastic", kibana="http://kibana.example")
    connected = kibana(target, transport=httpx.MockTransport(handler))
    return AlertStatus(KibanaTransport(connected), "https://console.example/cases/{case}")


def test_a_case_is_told_to_its_alerts_with_its_link() -> None:
    there = Kibanas()
    (case,) = into_cases([finding(SAMPLE, EVENT)])
    assert status(there).acknowledge(case) == 1
    (tagged, tags), (path, body) = there.asked
    assert tagged == "/api/detection_engine/signals/tags"
    assert tags["ids"] == [SAMPLE["kibana.alert.uuid"]]
    assert tags["tags"]["tags_to_add"] == [
        f"Agent Warrant case {case.id}",
        f"https://console.example/cases/{case.id}",
    ]
    assert path == "/api/detection_engine/signals/status"
    assert body["status"] == "acknowledged"
    assert {"term": {"kibana.alert.workflow_status": "open"}} in body["query"]["bool"]["filter"]


def test_a_closed_case_closes_its_alerts_in_their_space() -> None:
    there = Kibanas()
    found = finding_from(
        alert_of(SAMPLE, "tenant-a"), (), tenant="acme", rules={}, cases=CaseBook()
    )
    (case,) = into_cases([found])
    assert status(there).close(case) == 1
    ((path, body),) = there.asked
    assert path == "/s/tenant-a/api/detection_engine/signals/status"
    assert body == {"signal_ids": [SAMPLE["kibana.alert.uuid"]], "status": "closed"}


def test_a_finding_of_our_own_engine_has_no_alert_to_close() -> None:
    there = Kibanas()
    own = finding(SAMPLE, EVENT)
    event = {name: value for name, value in own.event.items() if not name.startswith("labels.")}
    (case,) = into_cases([Finding(event, own.evidence)])
    assert status(there).close(case) == 0
    assert there.asked == []


def test_in_observe_mode_nothing_is_sent() -> None:
    there = Kibanas()
    target = Target("prod", "elastic", kibana="http://kibana.example")
    inner = KibanaTransport(kibana(target, transport=httpx.MockTransport(there)))
    observing = AlertStatus(ObserveTransport(inner, READS))
    (case,) = into_cases([finding(SAMPLE, EVENT)])
    for change in (observing.acknowledge, observing.close):
        with pytest.raises(ObserveOnly):
            change(case)
    assert there.asked == []


@pytest.mark.parametrize(
    ("answer", "code"), [({"failures": ["x"]}, 200), ({"version_conflicts": 1}, 200), ({}, 403)]
)
def test_what_kibana_did_not_do_is_said(answer: dict[str, Any], code: int) -> None:
    (case,) = into_cases([finding(SAMPLE, EVENT)])
    with pytest.raises(Refused):
        status(Kibanas(answer, code)).close(case)


def test_no_answer_is_no_success() -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("late", request=request)

    (case,) = into_cases([finding(SAMPLE, EVENT)])
    with pytest.raises(OutcomeUnknown):
        status(silent).close(case)


# The webhook -------------------------------------------------------------------------------------

SECRET = "correct horse battery staple"  # noqa: S105  # of this test alone
IDS = ["e583ae0bf38d3c8a", "8f430f4d-58cb-42df-a73b-3e740dc28bb8"]
BEARER = {"authorization": f"Bearer {SECRET}"}


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    return []


def post(taken: list[str], content: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    def named(ids: Any) -> int:
        taken.extend(ids)
        return len(ids)

    return sent(Webhook(named, Secret("env:HOOK_SECRET")), content, headers)


def sent(
    hook: WSGIApplication, content: bytes, headers: dict[str, str] | None = None
) -> httpx.Response:
    with httpx.Client(transport=httpx.WSGITransport(hook)) as client:
        given = BEARER if headers is None else headers
        return client.post("http://here.example/", content=content, headers=given)


@pytest.mark.parametrize(
    "body", [{"alerts": f"{IDS[0]} {IDS[1]} "}, {"alerts": IDS}, {"alerts": [*IDS, IDS[0]]}]
)
def test_the_alerts_of_a_body_are_taken_by_id(taken: list[str], body: dict[str, Any]) -> None:
    answer = post(taken, json.dumps(body).encode())
    assert (answer.status_code, answer.json()) == (200, {"taken": 2})
    assert taken == IDS


def test_the_secret_may_be_the_password_of_basic_authentication(taken: list[str]) -> None:
    pair = base64.b64encode(f"kibana:{SECRET}".encode()).decode()
    answer = post(taken, json.dumps({"alerts": IDS}).encode(), {"authorization": f"Basic {pair}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer wrong", f"Token {SECRET}", "Basic !!!", "Basic Og==", SECRET],
)
def test_without_the_secret_nothing_is_looked_up(taken: list[str], header: str | None) -> None:
    headers = {} if header is None else {"authorization": header}
    answer = post(taken, json.dumps({"alerts": IDS}).encode(), headers)
    assert (answer.status_code, taken) == (401, [])
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"alerts",
        b"[]",
        b'{"alerts": []}',
        b'{"alerts": " "}',
        b'{"alerts": [1]}',
        b'{"alerts": ["../../_search"]}',
        b'{"alerts": "{{#context.alerts}}"}',
        json.dumps({"alerts": ["a" * 8] * (MOST_ALERTS + 1)}).encode(),
    ],
)
def test_a_body_that_names_no_alerts_is_refused(taken: list[str], body: bytes) -> None:
    answer = post(taken, body)
    assert (answer.status_code, taken) == (400, [])


def test_a_body_has_a_bound_that_holds_before_it_is_read(taken: list[str]) -> None:
    assert post(taken, b" " * (MOST_BYTES + 1)).status_code == 413
    assert taken == []


def test_when_elastic_cannot_be_asked_the_sender_is_told_so_and_the_operator_why(
    taken: list[str],
) -> None:
    def named(ids: Any) -> int:
        raise TargetUnreachable("it is busy", where="prod")

    said: list[str] = []
    hook = Webhook(named, Secret("env:HOOK_SECRET"), said.append)
    answer = sent(hook, json.dumps({"alerts": IDS}).encode())
    assert answer.status_code == 503
    assert "prod" not in answer.text
    assert "it is busy" in said[0]


def test_without_its_own_secret_the_webhook_lets_nobody_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("HOOK_SECRET", raising=False)
    said: list[str] = []
    answer = sent(Webhook(len, Secret("env:HOOK_SECRET"), said.append), b"{}")
    assert answer.status_code == 503
    assert "HOOK_SECRET" in said[0]


@given(st.binary(max_size=200))
def test_any_body_is_ids_or_nothing(body: bytes) -> None:
    ids = ids_in(body)
    assert ids is None or all(one.replace("-", "").replace("_", "").isalnum() for one in ids)
