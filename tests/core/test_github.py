"""What GitHub's audit log says about people, apps and agents."""

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

SOURCE = load_connectors(Redactor(b"key"))["github"]
TOKEN: dict[str, Any] = {
    "hashed_token": "aGFzaA==",
    "token_id": 88,
    "programmatic_access_type": "Personal access token (classic)",
}


def bury(letter: DeadLetter) -> None:
    raise AssertionError(letter)


def entry(action: str, actor: str = "dana-acme", **more: Any) -> dict[str, Any]:
    return {"@timestamp": 1_794_819_600_000, "action": action, "actor": actor, **more}


def event(action: str, actor: str = "dana-acme", **more: Any) -> Event:
    [found] = SOURCE.normalize(Raw(entry(action, actor, **more)))
    return found


def test_a_person_at_the_site_is_no_agent() -> None:
    found = event("repo.add_member", user="sam-acme", repo="acme/payments")
    assert found["warrant.identity.agentic"] == "no"
    assert found["warrant.identity.accounts"] == ["github.user:dana-acme"]
    assert found["warrant.identity.target"] == ["github.user:sam-acme"]
    assert found["warrant.principal.kind"] == "human"


def test_who_acts_with_a_persons_token_is_left_open() -> None:
    found = event("git.clone", repo="acme/payments", **TOKEN)
    assert "warrant.identity.agentic" not in found
    assert found["warrant.identity.accounts"] == [
        "github.token:aGFzaA==",
        "github.token:88",
        "github.user:dana-acme",
    ]


def test_an_app_acts_under_its_slug_and_number() -> None:
    found = event("git.push", "acme-helper[bot]", integration_id=904211)
    assert found["warrant.identity.accounts"] == ["github.app:acme-helper", "github.app_id:904211"]
    assert "gen_ai.agent.id" not in found


def test_an_app_that_acts_for_a_person_is_named_before_the_person() -> None:
    way = "GitHub App user-to-server token"
    found = event("git.push", programmatic_access_type=way, integration="acme-helper")
    assert found["warrant.identity.accounts"] == ["github.app:acme-helper", "github.user:dana-acme"]


def test_an_agent_is_one_because_github_says_so_and_the_user_started_it() -> None:
    found = event(
        "pull_request.create",
        "Copilot",
        actor_is_agent=True,
        actor_is_bot=True,
        agent_session_id="s-1",
        user="sam-acme",
    )
    assert found["gen_ai.agent.id"] == "Copilot"
    assert found["warrant.identity.agentic"] == "yes"
    assert found["gen_ai.conversation.id"] == "s-1"
    assert (found["warrant.principal.id"], found["warrant.principal.kind"]) == ("sam-acme", "human")
    assert "warrant.identity.target" not in found


def test_a_bot_is_no_agent_by_itself() -> None:
    found = event("pull_request.create", "dependabot[bot]", actor_is_bot=True)
    assert "gen_ai.agent.id" not in found
    assert "warrant.identity.agentic" not in found


@pytest.mark.parametrize(
    ("action", "tool_class"),
    [
        ("git.clone", "read"),
        ("git.push", "write"),
        ("repo.destroy", "destructive"),
        ("repo.download_zip", "read"),
        ("repo.transfer", "egress"),
        ("issue_comment.update", "write"),
        ("workflows.created_workflow_run", "exec"),
        ("secret_scanning_alert.create", "write"),
        ("unheard.of", "other"),
    ],
)
def test_an_action_on_a_resource_is_a_call_whose_class_is_its_verbs(
    action: str, tool_class: str
) -> None:
    found = event(action, repo="acme/payments")
    assert found["event.action"] == "tool_call"
    assert found["gen_ai.tool.name"] == found["event.code"] == action
    assert found["warrant.tool.class"] == tool_class


@pytest.mark.parametrize(
    ("method", "status", "tool_class", "outcome"),
    [("GET", 200, "read", "success"), ("DELETE", 403, "destructive", "failure")],
)
def test_an_api_request_is_a_call_and_its_status_the_outcome(
    method: str, status: int, tool_class: str, outcome: str
) -> None:
    found = event(
        "api.request",
        request_method=method,
        status_code=status,
        query_string="?access_token=fake-hunter2",
        request_body='{"password":"fake-hunter2"}',
        **TOKEN,
    )
    assert found["event.action"] == "tool_call"
    assert found["warrant.tool.class"] == tool_class
    assert found["event.outcome"] == outcome
    assert b"fake-hunter2" not in orjson.dumps(found)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("personal_access_token.create", "credential_issued"),
        ("personal_access_token.access_granted", "credential_issued"),
        ("personal_access_token.access_revoked", "credential_revoked"),
        ("personal_access_token.request_created", "approval_requested"),
        ("personal_access_token.request_denied", "approval_denied"),
        ("integration.generate_client_secret", "credential_issued"),
        ("integration.remove_client_secret", "credential_revoked"),
        ("oauth_access.create", "credential_issued"),
        ("org_credential_authorization.deauthorize", "credential_revoked"),
        ("public_key.delete", "credential_revoked"),
        ("integration_installation.suspend", "kill_switch_engaged"),
        ("integration_installation.unsuspend", "config_changed"),
        ("integration_installation.repositories_removed", "config_changed"),
        ("protected_branch.destroy", "config_changed"),
        ("protected_branch.policy_override", "policy_decision"),
        ("protected_branch.rejected_ref_update", "policy_decision"),
        ("hook.create", "config_changed"),
        ("repo.access", "config_changed"),
        ("org.sso_response", "login"),
        ("user.logout", "session_end"),
        ("workflows.approve_workflow_job", "approval_granted"),
    ],
)
def test_what_an_action_means_is_read_from_its_words(action: str, expected: str) -> None:
    assert event(action)["event.action"] == expected


def test_a_new_token_is_what_was_made_and_not_who_made_it() -> None:
    made = {name: TOKEN[name] for name in ("hashed_token", "token_id")}
    found = event("personal_access_token.create", **made)
    assert found["warrant.identity.accounts"] == ["github.user:dana-acme"]
    assert found["warrant.identity.target"] == ["github.token:aGFzaA==", "github.token:88"]


def test_the_app_that_is_suspended_is_the_target() -> None:
    found = event(
        "integration_installation.suspend", integration="acme-helper", integration_id=904211
    )
    assert found["warrant.identity.target"] == ["github.app:acme-helper", "github.app_id:904211"]


def test_a_refused_push_and_a_failed_login_are_failures() -> None:
    refused = event("protected_branch.rejected_ref_update")
    assert refused["warrant.policy.decision"] == "denied"
    assert refused["event.outcome"] == event("user.failed_login")["event.outcome"] == "failure"


def test_a_page_of_the_api_is_read_as_its_entries(tmp_path: Path) -> None:
    page = tmp_path / "page.json"
    page.write_bytes(orjson.dumps([entry("git.clone"), entry("git.push")]))
    assert len(list(SOURCE.read(open_input(page, bury)))) == 2


def test_an_entry_without_its_action_or_time_is_refused() -> None:
    for lost in ("action", "@timestamp"):
        broken = entry("git.clone")
        del broken[lost]
        with pytest.raises(BadRecord):
            list(SOURCE.normalize(Raw(broken)))
