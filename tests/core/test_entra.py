"""What Entra says about people, services and agents, in each of the forms it comes in."""

from __future__ import annotations

import json
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

SOURCE = load_connectors(Redactor(b"key"))["entra"]
KEY = "7f3a91bc-0000-4000-8000-00000000ce11"
OTHER = "8e4b02cd-0000-4000-8000-00000000ce12"
APP = "a9910000-0000-4000-8000-00000000a9d0"
USER: dict[str, Any] = {
    "userId": "u1",
    "userPrincipalName": "sam@acme.example",
    "userDisplayName": "Sam",
}
SERVICE: dict[str, Any] = {
    "servicePrincipalId": "sp1",
    "servicePrincipalName": "helper",
    "appId": "app1",
    "servicePrincipalCredentialKeyId": KEY,
}
INSTANCE = {
    "agentType": "agenticAppInstance",
    "agentSubjectType": "notAgentic",
    "agentServicePrincipalId": "agent1",
    "parentAppId": "blueprint1",
}


def bury(letter: DeadLetter) -> None:
    raise AssertionError(letter)


def signin(type_: str = "interactiveUser", code: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": "s1",
        "createdDateTime": "2026-11-16T09:00:00Z",
        "signInEventTypes": [type_],
        "userId": "",
        "status": {"errorCode": code, "failureReason": "why"},
        **more,
    }


def audit(name: str, *targets: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": "a1",
        "activityDateTime": "2026-11-16T09:00:00Z",
        "activityDisplayName": name,
        "result": "success",
        "initiatedBy": {"user": {"id": "u9", "userPrincipalName": "dana@acme.example"}},
        "targetResources": list(targets),
        **more,
    }


def service(*changes: tuple[str, object, object], **more: Any) -> dict[str, Any]:
    changed = [{"displayName": n, "oldValue": o, "newValue": v} for n, o, v in changes]
    named = {"id": "sp1", "displayName": "helper", "type": "ServicePrincipal"}
    return {**named, "modifiedProperties": changed, **more}


def envelope(category: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"time": "2026-11-16T09:01:00Z", "category": category, "properties": body, **more}


def event(record: dict[str, Any]) -> Event:
    [found] = SOURCE.normalize(Raw(record))
    return found


def test_a_person_at_the_keyboard_is_no_agent() -> None:
    found = event(signin(**USER, appId="portal"))
    assert found["event.action"] == "login"
    assert found["warrant.identity.accounts"] == ["entra.user:u1"]
    assert found["warrant.identity.agentic"] == "no"
    assert found["warrant.principal.kind"] == "human"


def test_who_is_behind_an_app_that_comes_back_for_a_person_is_left_open() -> None:
    found = event(signin("nonInteractiveUser", **USER, appId="app1"))
    assert found["warrant.identity.accounts"] == ["entra.app:app1", "entra.user:u1"]
    assert "warrant.identity.agentic" not in found


def test_a_service_uses_a_key_and_may_be_anybodys() -> None:
    found = event(signin("servicePrincipal", **SERVICE, agent={"agentType": "notAgentic"}))
    assert found["event.action"] == "credential_used"
    assert found["warrant.identity.accounts"] == [
        f"entra.key:{KEY}",
        "entra.service_principal:sp1",
        "entra.app:app1",
    ]
    assert "gen_ai.agent.id" not in found
    assert "warrant.identity.agentic" not in found


def test_an_agent_is_named_and_the_blueprint_behind_it() -> None:
    found = event(signin("servicePrincipal", **SERVICE, agent=INSTANCE))
    assert found["gen_ai.agent.id"] == "agent1"
    assert found["warrant.identity.agentic"] == "yes"
    assert found["warrant.identity.accounts"][0] == "entra.agent_identity:agent1"  # type: ignore[index]
    assert (found["warrant.principal.id"], found["warrant.principal.kind"]) == (
        "blueprint1",
        "service",
    )


def test_what_all_agents_of_a_blueprint_share_tells_none_of_them() -> None:
    shared = {**SERVICE, "appId": "blueprint1"}
    found = event(signin("servicePrincipal", **shared, agent=INSTANCE))
    named = str(found["warrant.identity.accounts"])
    assert "entra.key" not in named
    assert "blueprint1" not in named


def test_an_agent_acts_for_the_person_whose_token_it_asks_for() -> None:
    found = event(signin("nonInteractiveUser", **USER, appId="agent1", agent=INSTANCE))
    assert found["gen_ai.agent.id"] == "agent1"
    assert (found["warrant.principal.id"], found["warrant.principal.kind"]) == ("u1", "human")
    assert "entra.user:u1" not in found["warrant.identity.accounts"]  # type: ignore[operator]


def test_an_agents_own_user_is_the_agents_and_no_person() -> None:
    facet = {"agentType": "notAgentic", "agentSubjectType": "agentIDuser"}
    parent = {**facet, "agentSubjectParentId": "agent1"}
    found = event(signin("nonInteractiveUser", **USER, appId="app1", agent=parent))
    assert found["gen_ai.agent.id"] == "agent1"
    assert found["warrant.principal.kind"] == "agent"
    assert "entra.user:u1" in found["warrant.identity.accounts"]  # type: ignore[operator]


def test_a_failed_sign_in_says_why_and_conditional_access_that_it_denied() -> None:
    found = event(signin(code=53003, conditionalAccessStatus="failure", **USER))
    assert found["event.outcome"] == "failure"
    assert (found["error.code"], found["event.reason"]) == ("53003", "why")
    assert found["warrant.policy.decision"] == "denied"


def test_azure_monitor_says_the_type_and_result_in_its_envelope() -> None:
    body = {**signin(**SERVICE), "signInEventTypes": None, "status": None}
    found = event(
        envelope("ManagedIdentitySignInLogs", body, resultType="50126", tenantId="tenant1")
    )
    assert found["warrant.identity.accounts"][0] == "entra.managed_identity:sp1"  # type: ignore[index]
    assert found["event.outcome"] == "failure"
    assert found["cloud.account.id"] == "tenant1"


def test_an_entry_read_from_graph_and_from_azure_monitor_is_one_event() -> None:
    bare = signin("servicePrincipal", **SERVICE)
    boxed = envelope("ServicePrincipalSignInLogs", bare)
    assert event(bare)["event.id"] == event(boxed)["event.id"]


@pytest.mark.parametrize("batch", ["value", "records"])
def test_pages_and_messages_are_read_entry_by_entry(batch: str, tmp_path: Path) -> None:
    page = tmp_path / "page.json"
    page.write_text(json.dumps({batch: [signin(**USER), audit("Add user")]}, indent=1))
    file = open_input(page, bury)
    assert SOURCE.recognise(file) > 0
    kinds = [one["event.dataset"] for raw in SOURCE.read(file) for one in SOURCE.normalize(raw)]
    assert kinds == ["entra.signin", "entra.audit"]


@pytest.mark.parametrize(
    ("name", "changes", "action"),
    [
        ("Add service principal credentials", [], "credential_issued"),
        ("Remove service principal credentials", [], "credential_revoked"),
        ("Reset user password", [], "credential_issued"),
        ("User deleted security info", [], "credential_revoked"),
        ("Revoke user sign-in sessions", [], "credential_revoked"),
        ("Consent to application", [], "config_changed"),
        ("Add member to role request approved (PIM activation)", [], "approval_granted"),
        ("Delete service principal", [], "kill_switch_engaged"),
        (
            "Update service principal",
            [("AccountEnabled", "[true]", "[false]")],
            "kill_switch_engaged",
        ),
        ("Update service principal", [("AccountEnabled", "[false]", "[true]")], "config_changed"),
        ("Validate user authentication", [], "tool_call"),
    ],
)
def test_what_an_activity_means_is_read_from_its_words(
    name: str, changes: list[tuple[str, str, str]], action: str
) -> None:
    found = event(audit(name, service(*changes)))
    assert found["event.action"] == action
    assert found["event.code"] == name


def test_a_persons_account_that_is_disabled_stops_no_agent() -> None:
    target = {"id": "u1", "type": "User", "displayName": "Sam"}
    assert event(audit("Disable account", target))["event.action"] == "config_changed"


def keys(*ids: str) -> str:
    return json.dumps([f"[KeyIdentifier={one},KeyType=Password,DisplayName=ci]" for one in ids])


@pytest.mark.parametrize(
    ("before", "after", "action", "key"),
    [
        ("[]", keys(KEY), "credential_issued", KEY),
        (keys(KEY, OTHER), keys(KEY), "credential_revoked", OTHER),
        ([], [{"KeyIdentifier": KEY, "KeyType": "Password"}], "credential_issued", KEY),
        ("[]", json.dumps([json.dumps({"KeyIdentifier": KEY})]), "credential_issued", KEY),
    ],
)
def test_the_app_and_the_key_that_came_or_went_are_the_targets(
    before: object, after: object, action: str, key: str
) -> None:
    name = "Update application – Certificates and secrets management"  # noqa: RUF001  # theirs
    changes = ("KeyDescription", before, after), ("AppId", None, f'["{APP}"]')
    found = event(audit(name, service(*changes, id="object1", type="Application")))
    assert found["event.action"] == action
    assert found["warrant.identity.target"] == [
        "entra.app:object1",
        f"entra.app:{APP}",
        f"entra.key:{key}",
    ]


def test_an_app_that_changes_itself_is_actor_and_target() -> None:
    by = {"app": {"servicePrincipalId": "sp1", "displayName": "helper", "appId": "app1"}}
    found = event(audit("Add service principal credentials", service(), initiatedBy=by))
    assert found["warrant.identity.accounts"] == ["entra.service_principal:sp1", "entra.app:app1"]
    assert found["warrant.identity.target"] == ["entra.service_principal:sp1"]
    assert "warrant.identity.agentic" not in found


def test_an_agent_that_changes_the_directory_is_known_by_its_type() -> None:
    by = {"app": {"servicePrincipalId": "agent1", "agentType": "agenticAppInstance"}}
    found = event(audit("Add user", initiatedBy=by))
    assert found["gen_ai.agent.id"] == "agent1"
    assert found["warrant.identity.agentic"] == "yes"


@pytest.mark.parametrize(
    ("result", "outcome"),
    [("success", "success"), ("failure", "failure"), (0, "success"), ("?", "unknown")],
)
def test_an_audits_result_is_the_outcome(result: object, outcome: str) -> None:
    assert event(audit("Add user", result=result))["event.outcome"] == outcome


def test_the_line_says_which_role_and_whether_an_account_is_off() -> None:
    role = service(("Role.DisplayName", None, '"Global Administrator"'))
    assert "Global Administrator" in str(event(audit("Add member to role", role))["message"])
    off = service(("AccountEnabled", "[true]", "[false]"))
    said = event(audit("Update service principal", off))["message"]
    assert "AccountEnabled: false" in str(said)


def test_what_is_no_entry_or_has_no_time_is_refused() -> None:
    for broken in ({"a": 1}, {**signin(**USER), "createdDateTime": ""}, orjson.loads(b"{}")):
        with pytest.raises(BadRecord):
            list(SOURCE.normalize(Raw(broken)))
