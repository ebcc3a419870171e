"""What Okta's System Log says about people, clients and agents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from agentwarrant.collect import load_connectors
from agentwarrant.connector import Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event
from agentwarrant.inputs import DeadLetter, open_input
from agentwarrant.redact import Redactor

SOURCE = load_connectors(Redactor(b"key"))["okta"]
ADMIN = {"id": "00u1", "type": "User", "alternateId": "dana@acme.example", "displayName": "Dana"}
CLIENT = {"id": "0oa1", "type": "PublicClientApp", "alternateId": "0oa1", "displayName": "helper"}
APP = {"id": "0oa1", "type": "AppInstance", "alternateId": "helper", "displayName": "helper"}


def bury(letter: DeadLetter) -> None:
    raise AssertionError(letter)


def record(
    event_type: str, actor: dict[str, Any], *target: dict[str, Any], **more: Any
) -> dict[str, Any]:
    return {
        "uuid": "u-1",
        "eventType": event_type,
        "published": "2026-11-16T09:00:00.000Z",
        "outcome": {"result": "SUCCESS"},
        "actor": actor,
        "target": list(target),
        **more,
    }


def event(*given: Any, **more: Any) -> Event:
    [found] = SOURCE.normalize(Raw(record(*given, **more)))
    return found


def test_a_person_is_no_agent_and_is_their_own_principal() -> None:
    found = event("user.session.start", ADMIN)
    assert found["event.action"] == "login"
    assert found["warrant.identity.agentic"] == "no"
    assert found["warrant.identity.accounts"] == [
        "okta.user:00u1",
        "okta.user_login:dana@acme.example",
    ]
    assert found["warrant.principal.kind"] == "human"


@pytest.mark.parametrize(
    ("more", "account"),
    [
        ({"client": {"id": "0oa9"}}, "okta.app:0oa9"),
        ({"transaction": {"detail": {"requestApiTokenId": "00T9"}}}, "okta.token:00T9"),
    ],
)
def test_who_acts_with_a_persons_token_is_left_open(more: dict[str, Any], account: str) -> None:
    found = event("user.lifecycle.suspend", ADMIN, **more)
    assert "warrant.identity.agentic" not in found
    assert found["warrant.identity.accounts"][0] == account  # type: ignore[index]


def test_a_client_that_gets_a_token_uses_its_credential_for_the_person_named() -> None:
    person = {"id": "00u2", "type": "User", "displayName": "Sam"}
    token = {"id": "AT.1", "type": "access_token"}
    found = event("app.oauth2.token.grant.access_token", CLIENT, person, token)
    assert found["event.action"] == "credential_used"
    assert found["warrant.identity.accounts"] == ["okta.app:0oa1"]
    assert found["warrant.principal.name"] == "Sam"
    assert "gen_ai.agent.id" not in found
    assert "warrant.identity.agentic" not in found


@pytest.mark.parametrize("spelling", ["AIAgent", "AI_AGENT", "ai-agent", "AI Agent"])
def test_an_ai_agent_is_known_however_its_type_is_spelled(spelling: str) -> None:
    found = event("anything.new", {"id": "wlp1", "type": spelling, "displayName": "helper"})
    assert found["gen_ai.agent.id"] == "wlp1"
    assert found["warrant.agent.assurance"] == "verified"
    assert found["warrant.identity.agentic"] == "yes"


def test_a_directory_agent_is_no_ai_agent() -> None:
    found = event("system.agent.ad.start", {"id": "a1", "type": "ADAgent", "displayName": "dc1"})
    assert "gen_ai.agent.id" not in found


def test_the_app_whose_secret_is_new_is_the_target_and_the_secret_stays_behind() -> None:
    secret = {
        "id": "ocs1",
        "type": "OAuth2ClientSecretEntity",
        "displayName": "helper",
        "detailEntry": {"clientid": "0oa1", "clientsecret": "fake-hunter2"},
    }
    found = event("app.oauth2.credentials.lifecycle.create", ADMIN, secret)
    assert found["event.action"] == "credential_issued"
    assert found["warrant.identity.target"] == ["okta.app:0oa1"]
    assert b"fake-hunter2" not in orjson.dumps(found)


@pytest.mark.parametrize(
    ("event_type", "action"),
    [
        ("app.oauth2.client.lifecycle.deactivate", "kill_switch_engaged"),
        ("application.lifecycle.deactivate", "kill_switch_engaged"),
        ("app.oauth2.client.lifecycle.activate", "config_changed"),
        ("app.oauth2.credentials.lifecycle.delete", "credential_revoked"),
        ("app.oauth2.client.read_client_secret", "tool_call"),
        ("app.oauth2.client.privilege.grant", "config_changed"),
        ("app.access_request.approver.deny", "approval_denied"),
    ],
)
def test_what_is_done_to_an_app_is_read_from_the_verb(event_type: str, action: str) -> None:
    found = event(event_type, ADMIN, APP)
    assert found["event.action"] == action
    assert found["event.code"] == event_type
    assert found["warrant.identity.target"] == ["okta.app:0oa1"]


def test_a_persons_suspension_stops_no_agent() -> None:
    assert event("user.lifecycle.suspend", ADMIN, ADMIN)["event.action"] == "config_changed"


@pytest.mark.parametrize(
    ("result", "outcome", "decision"),
    [
        ("ALLOW", "success", "allowed"),
        ("DENY", "failure", "denied"),
        ("CHALLENGE", "unknown", "unknown"),
    ],
)
def test_a_policy_decides(result: str, outcome: str, decision: str) -> None:
    found = event("policy.evaluate_sign_on", ADMIN, outcome={"result": result, "reason": "why"})
    assert found["event.action"] == "policy_decision"
    assert found["event.outcome"] == outcome
    assert found["event.reason"] == "why"
    assert found["warrant.policy.decision"] == decision


def test_a_failed_sign_in_says_why() -> None:
    outcome = {"result": "FAILURE", "reason": "INVALID_CREDENTIALS"}
    found = event("user.session.start", ADMIN, outcome=outcome)
    assert found["event.outcome"] == "failure"
    assert "INVALID_CREDENTIALS" in str(found["message"])


def test_a_page_of_the_api_is_read_as_its_events(tmp_path: Path) -> None:
    page = tmp_path / "page.json"
    page.write_bytes(orjson.dumps([record("user.session.start", ADMIN)] * 2))
    assert len(list(SOURCE.read(open_input(page, bury)))) == 2


def test_a_record_without_its_event_type_or_time_is_refused() -> None:
    for lost in ("eventType", "published"):
        broken = record("user.session.start", ADMIN)
        del broken[lost]
        with pytest.raises(BadRecord):
            list(SOURCE.normalize(Raw(broken)))
