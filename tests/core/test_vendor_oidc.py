"""Revocation at any OAuth 2.0 provider: who is asked, who asks, and what counts as proof."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.simulators.base import connection_to
from tests.simulators.oidc import AGENT, API, REFRESH, STRANGER, TOKEN, Oidc, secret
from tests.vendor_cycle import Cycle, cycle

from agentwarrant.errors import ConfigError, OutcomeUnknown, Refused
from agentwarrant.respond.action import Step, Target
from agentwarrant.respond.vendor import actions
from agentwarrant.respond.written import written

NAME = "oidc.revoke_token"
CLIENT = Target("agent-7", accounts=(f"oidc.client:{AGENT}",))


@pytest.fixture
def provider() -> Oidc:
    return Oidc()


@pytest.fixture
def url(provider: Oidc) -> Iterator[str]:
    with provider.running() as where:
        provider.issuer = where
        yield where


@contextmanager
def opened(url: str, folder: Path, refresh: str = "", **more: str) -> Iterator[Cycle]:
    options = {"client_id": API, "agent_client": AGENT, **more}
    secrets = {
        "client_secret": secret(options["client_id"]),
        "agent_secret": secret(AGENT),
        "agent_token": TOKEN,
    }
    secrets |= {"agent_refresh_token": refresh} if refresh else {}
    with cycle(NAME, connection_to(url, "oidc", folder, secrets, **options)) as run:
        yield run


def only(run: Cycle) -> Step:
    steps: tuple[Step, ...] = run.plan(CLIENT).steps
    (step,) = steps
    return step


@pytest.mark.parametrize("auth", ["basic", "post"])
def test_the_token_is_revoked_and_seen_to_be_dead(
    provider: Oidc, url: str, tmp_path: Path, auth: str
) -> None:
    with opened(url, tmp_path, auth=auth) as run:
        step = only(run)
        assert step.residual_seconds == 600
        assert not run.action.verify(step, run.transport)
        assert run.contain(step)
        assert run.contain(step)
    assert provider.state["live"] == [REFRESH]


def test_the_access_token_goes_first_and_then_the_refresh_token(
    provider: Oidc, url: str, tmp_path: Path
) -> None:
    with opened(url, tmp_path, REFRESH) as run:
        steps = run.plan(CLIENT).steps
        assert [step.request.params["form"]["token_type_hint"] for step in steps] == [
            "access_token", "refresh_token",
        ]  # fmt: skip
        assert all(run.contain(step) for step in steps)
    assert provider.state["live"] == []


@pytest.mark.parametrize("knob", ["hang_up", "stumble"])
def test_a_revocation_whose_answer_is_lost_is_found_by_looking(
    provider: Oidc, url: str, tmp_path: Path, knob: str
) -> None:
    with opened(url, tmp_path) as run:
        step = only(run)
        getattr(provider, knob)(1)
        with pytest.raises(OutcomeUnknown):
            run.action.execute(step, run._for(step.request))
        assert run.shows(step)
    assert provider.did("POST /oauth/revoke") == 1


def test_a_witness_that_calls_a_live_token_dead_proves_nothing(url: str, tmp_path: Path) -> None:
    with opened(url, tmp_path, client_id=STRANGER) as run:
        made = run.plan(CLIENT)
        assert made.steps[0].probes == ()
        assert "nothing can prove" in made.notes[0]
        assert not run.action.word_is_enough


def test_a_witness_that_is_not_let_in_is_an_error_and_no_proof(
    provider: Oidc, url: str, tmp_path: Path
) -> None:
    secrets = {"client_secret": "wrong", "agent_secret": secret(AGENT), "agent_token": TOKEN}
    options = {"client_id": API, "agent_client": AGENT}
    made = connection_to(url, "oidc", tmp_path, secrets, **options)
    with cycle(NAME, made) as run, pytest.raises(Refused) as caught:
        run.plan(CLIENT)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("issuer", ["https://other.example.com", "", "{}/other"])
def test_a_provider_that_is_another_one_is_told_nothing(
    provider: Oidc, url: str, tmp_path: Path, issuer: str
) -> None:
    provider.issuer = issuer.format(url)
    with opened(url, tmp_path) as run, pytest.raises(ConfigError, match="another issuer"):
        run.plan(CLIENT)
    assert [call.method for call, _ in provider.calls] == ["GET"]


@pytest.mark.parametrize("where", ["http://elsewhere.example.com/look", "ftp://x", "", "/look"])
def test_an_endpoint_in_clear_is_told_nothing(
    provider: Oidc, url: str, tmp_path: Path, where: str
) -> None:
    provider.endpoints = {"introspection_endpoint": where}
    with opened(url, tmp_path) as run, pytest.raises(ConfigError, match="introspection_endpoint"):
        run.plan(CLIENT)
    assert [call.method for call, _ in provider.calls] == ["GET"]


def test_no_secret_is_in_a_plan(url: str, tmp_path: Path) -> None:
    with opened(url, tmp_path, REFRESH) as run:
        made = run.plan(CLIENT)
    shown = json.dumps([written(step) for step in made.steps]) + repr(made)
    assert not any(s in shown for s in (TOKEN, REFRESH, secret(AGENT), secret(API)))


@pytest.mark.parametrize("name", ["agent-8", "*", "agent-7\n", "AGENT-7"])
def test_only_the_client_whose_secret_is_given_is_taken(
    url: str, tmp_path: Path, name: str
) -> None:
    with opened(url, tmp_path) as run:
        made = run.plan(Target("x", accounts=(f"oidc.client:{name}",)))
        assert made.steps == ()
        assert "Left out" in made.notes[0]


def test_what_is_planned_without_a_provider_promises_no_proof() -> None:
    (step,) = actions()[NAME].plan(CLIENT).steps
    assert step.probes == ()
    assert step.undo == ()
