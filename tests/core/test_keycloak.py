"""Keycloak: what its events say about clients, users and administrators."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from agentwarrant.collect import load_connectors
from agentwarrant.connector import Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event
from agentwarrant.inputs import DeadLetter, open_input
from agentwarrant.redact import Redactor

SOURCE = load_connectors(Redactor(b"key"))["keycloak"]
SAMPLES = Path(str(files("agentwarrant.connectors").joinpath("keycloak", "samples")))
HELPER = "keycloak.client:acme/acme-helper"
USERS, ADMIN, LOG = (
    "user_events_26.7.3.jsonl", "admin_events_26.7.3.json", "server_log_26.7.3.jsonl",
)  # fmt: skip


def bury(letter: DeadLetter) -> None:
    raise AssertionError(letter)


def read(name: str) -> list[Event]:
    file = open_input(SAMPLES / name, bury)
    return [event for raw in SOURCE.read(file) for event in SOURCE.normalize(raw)]


def of(name: str, code: str) -> list[Event]:
    return [event for event in read(name) if event["event.code"] == code]


def one(**fields: Any) -> Event:
    common = {"id": "e1", "time": 1795541559887, "realmId": "acme"}
    (event,) = SOURCE.normalize(Raw({**common, **fields}, "p", 1))
    return event


def admin(operation: str, resource: str, path: str, **sent: Any) -> Event:
    who = {"realmId": "acme", "clientId": "c", "userId": "u", "ipAddress": "192.0.2.1"}
    said = {"operationType": operation, "resourceType": resource, "resourcePath": path}
    return one(authDetails=who, representation=json.dumps(sent), **said)


def logged(message: str) -> Event:
    line = {"timestamp": "2026-11-24T17:32:39Z", "loggerName": "org.keycloak.events"}
    (event,) = SOURCE.normalize(Raw({**line, "message": message}, "p", 1))
    return event


def test_a_client_is_one_account_in_the_answer_of_the_api_and_in_the_log() -> None:
    for name in (USERS, LOG):
        logins = of(name, "CLIENT_LOGIN")
        assert logins
        assert all(HELPER in event["warrant.identity.accounts"] for event in logins)  # type: ignore[operator]


def test_the_log_names_a_realm_in_both_ways() -> None:
    event = logged('type="CLIENT_LOGIN", realmId="r1", realmName="acme", clientId="bot"')
    assert event["warrant.identity.accounts"] == [
        "keycloak.client:acme/bot", "keycloak.client:r1/bot",
    ]  # fmt: skip


def test_a_token_exchange_is_the_clients_and_is_about_the_user() -> None:
    for event in of(USERS, "TOKEN_EXCHANGE"):
        assert event["warrant.identity.accounts"] == [HELPER]
        assert event["user.target.name"] == event["warrant.principal.name"] == "jane"


def test_disabling_a_client_is_a_kill_switch_and_enabling_it_is_not() -> None:
    off, on = of(ADMIN, "UPDATE CLIENT")
    assert off["event.action"] == "kill_switch_engaged"
    assert HELPER in off["warrant.identity.target"]  # type: ignore[operator]
    assert on["event.action"] == "config_changed"


def test_disabling_a_service_account_is_a_kill_switch_and_disabling_a_person_is_not() -> None:
    path = "users/u7"
    assert admin("UPDATE", "USER", path, enabled=False)["event.action"] == "credential_revoked"
    record = {
        "time": 1795541559887, "realmId": "acme", "operationType": "UPDATE",
        "resourceType": "USER", "resourcePath": path, "representation": '{"enabled":false}',
    }  # fmt: skip
    context = {"names": {"u7": "service-account-bot"}}
    (event,) = SOURCE.normalize(Raw(record, "p", 1, context))
    assert event["event.action"] == "kill_switch_engaged"


def test_an_agent_that_gives_out_roles_is_seen_with_its_client_id() -> None:
    by_agent = [
        event
        for event in of(ADMIN, "CREATE REALM_ROLE_MAPPING")
        if HELPER in event["warrant.identity.accounts"]  # type: ignore[operator]
    ]
    assert [event["warrant.tool.class"] for event in by_agent] == ["privilege"]
    assert by_agent[0]["user.target.roles"] == ["refund-approver"]


def test_a_new_secret_is_issued_and_never_kept() -> None:
    path = "clients/c9/client-secret"
    event = admin("ACTION", "CLIENT", path, type="secret", value="fake-plain-value-77")
    assert event["event.action"] == "credential_issued"
    assert "fake-plain-value-77" not in json.dumps(event)


def test_a_lockout_is_done_to_a_user_and_by_nobody() -> None:
    (event,) = of(USERS, "USER_DISABLED_BY_TEMPORARY_LOCKOUT")
    assert event["event.action"] == "credential_revoked"
    assert event["user.target.name"] == "jane"
    assert "warrant.identity.accounts" not in event


def test_the_log_does_not_say_which_account_an_administrator_of_master_acted_on() -> None:
    (event,) = of(LOG, "DELETE CLIENT")
    assert "warrant.identity.target" not in event
    assert event["user.target.id"]


def test_what_a_user_typed_does_not_overwrite_what_the_server_knows() -> None:
    event = logged(
        'type="LOGIN_ERROR", realmName="acme", clientId="portal", ipAddress="192.0.2.1",'
        ' error="user_not_found", username="x", clientId="acme-helper", error="none"'
    )
    assert event["warrant.identity.accounts"] == ["keycloak.client:acme/portal"]
    assert event["event.reason"] == "user_not_found"


def test_an_older_log_without_quotes_is_read_too() -> None:
    event = logged(
        "type=LOGIN_ERROR, realmId=acme, clientId=portal, userId=null, ipAddress=192.0.2.1,"
        " error=user_not_found, reason='no such user', username=bob"
    )
    assert event["user.name"] == "bob"
    assert event["event.reason"] == "user_not_found (no such user)"
    assert "user.id" not in event


def test_other_lines_of_the_servers_log_are_no_events() -> None:
    record = {"loggerName": "org.keycloak.common.Profile", "service.name": "keycloak"}
    assert list(SOURCE.normalize(Raw(record, "p", 1))) == []


@pytest.mark.parametrize(
    ("code", "action"),
    [
        ("IDENTITY_PROVIDER_LOGIN", "login"),
        ("LOGOUT_ERROR", "session_end"),
        ("OAUTH2_DEVICE_CODE_TO_TOKEN", "credential_issued"),
        ("EXECUTE_ACTION_TOKEN", "credential_used"),
        ("UPDATE_PASSWORD", "credential_issued"),
        ("REMOVE_CREDENTIAL", "credential_revoked"),
        ("GRANT_CONSENT", "approval_granted"),
        ("GRANT_CONSENT_ERROR", "approval_denied"),
        ("FEDERATED_IDENTITY_LINK", "config_changed"),
        ("A_TYPE_OF_NEXT_YEAR", "credential_used"),
    ],
)
def test_a_type_is_told_by_how_it_is_built(code: str, action: str) -> None:
    assert one(type=code)["event.action"] == action


def test_a_record_without_type_is_refused() -> None:
    with pytest.raises(BadRecord, match="without type"):
        one(ipAddress="192.0.2.1")
