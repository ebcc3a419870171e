"""Anthropic's agents are stopped, shown from their side, and let go again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.simulators.anthropic import (
    ACCOUNT,
    DEPLOYMENT,
    KEY,
    RULE,
    SECRETS,
    SESSION,
    Anthropic,
)
from tests.simulators.base import connection_to
from tests.vendor_cycle import cycle

from agentwarrant.errors import ConfigError, Guarded, OutcomeUnknown, Refused, Unreachable
from agentwarrant.respond.action import Target
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.vendor import vendors

Served = tuple[Anthropic, str]


@pytest.fixture
def served() -> Iterator[Served]:
    vendor = Anthropic()
    with vendor.running() as url:
        yield vendor, url


@pytest.fixture
def sim(served: Served) -> Anthropic:
    return served[0]


@pytest.fixture
def there(served: Served, tmp_path: Path) -> Connection:
    made: Connection = connection_to(served[1], "anthropic", tmp_path, SECRETS)
    return made


def target(*accounts: str) -> Target:
    return Target("helper", accounts=accounts, tenant="acme")


def ask(there: Connection, **headers: str) -> int:
    """Ask the model as the agent does."""
    version = {"anthropic-version": "2023-06-01"}
    return httpx.post(f"{there.url}/v1/messages", headers=version | headers, json={}).status_code


def test_an_inactive_key_is_refused_and_works_again(there: Connection) -> None:
    key = {"x-api-key": "key-value"}
    with cycle("anthropic.disable_api_key", there) as run:
        (step,) = run.plan(target(f"anthropic.api_key:{KEY}")).steps
        assert ask(there, **key) == 200
        assert run.contain(step)
        assert ask(there, **key) == 401
        assert run.plan(target(f"anthropic.api_key:{KEY}")).steps == ()
        assert run.release(step)
        assert ask(there, **key) == 200


@pytest.mark.parametrize("status", ["archived", "expired", "inactive"])
def test_a_key_that_is_dead_is_left_as_it_is(
    sim: Anthropic, there: Connection, status: str
) -> None:
    sim.state["api_keys"][KEY]["status"] = status
    with cycle("anthropic.disable_api_key", there) as run:
        plan = run.plan(target(f"anthropic.api_key:{KEY}", "anthropic.api_key:apikey_01Nobody"))
    assert plan.steps == ()
    assert plan.notes[0] == f"{KEY} is {status} already"
    assert "unknown to Anthropic" in plan.notes[1]


def test_a_change_that_was_applied_and_not_answered_is_found_by_the_read(
    sim: Anthropic, there: Connection
) -> None:
    with cycle("anthropic.disable_api_key", there) as run:
        (step,) = run.plan(target(f"anthropic.api_key:{KEY}")).steps
        sim.hang_up(1)
        with pytest.raises(OutcomeUnknown):
            run.action.execute(step, run._for(step.request))
        assert run.shows(step)
        assert sim.did("POST /v1/organizations/api_keys/{}") == 1


def test_what_is_too_much_was_not_done(sim: Anthropic, there: Connection) -> None:
    with cycle("anthropic.disable_api_key", there) as run:
        (step,) = run.plan(target(f"anthropic.api_key:{KEY}")).steps
        sim.busy(1, retry_after=7)
        with pytest.raises(Unreachable) as caught:
            run.action.execute(step, run._for(step.request))
        assert caught.value.retry_after == 7
        assert sim.state["api_keys"][KEY]["status"] == "active"


def test_a_service_account_goes_after_its_rules(sim: Anthropic, there: Connection) -> None:
    ref = target(f"anthropic.service_account:{ACCOUNT}")
    with cycle("anthropic.archive_service_account", there) as run:
        plan = run.plan(ref)
        (step,) = plan.steps
        assert plan.notes == (f"{ACCOUNT}: 1 live federation rules: archive them first",)
        with pytest.raises(Refused) as caught:
            run.action.execute(step, run._for(step.request))
        assert caught.value.status == 400
        assert not run.action.verify(step, run._for(None))
    with cycle("anthropic.archive_federation_rules", there) as run:
        (rule,) = run.plan(ref).steps
        assert rule.point == f"anthropic.federation_rule:{RULE}"
        assert rule.residual_seconds == 600
        assert run.contain(rule)
        assert sim.state["federation_rules"]["fdrl_01Other"]["archived_at"] is None
    with cycle("anthropic.archive_service_account", there) as run:
        assert run.contain(step)
        assert run.contain(step), "archived twice is archived"
        assert run.plan(ref).steps == ()


def test_a_token_that_was_minted_before_is_residual_exposure(
    sim: Anthropic, there: Connection
) -> None:
    sim.tokens_outlive = True
    with cycle("anthropic.archive_federation_rules", there) as run:
        (step,) = run.plan(target(f"anthropic.service_account:{ACCOUNT}")).steps
        assert run.contain(step)
        assert ask(there, authorization="Bearer minted") == 200
        assert step.residual_seconds > 0


def test_an_administrator_is_guarded(sim: Anthropic, there: Connection) -> None:
    sim.state["service_accounts"][ACCOUNT]["organization_role"] = "admin"
    with (
        cycle("anthropic.archive_service_account", there) as run,
        pytest.raises(Guarded, match="administrator"),
    ):
        run.plan(target(f"anthropic.service_account:{ACCOUNT}"))


def test_a_deployment_pauses_and_a_second_pause_is_no_failure(
    sim: Anthropic, there: Connection
) -> None:
    with cycle("anthropic.pause_deployment", there) as run:
        (step,) = run.plan(target(f"anthropic.deployment:{DEPLOYMENT}")).steps
        assert run.contain(step)
        assert run.contain(step), "refused with 400: paused it is"
        assert sim.state["sessions"][SESSION]["status"] == "running", "as the note says"
        assert run.release(step)
        assert sim.state["deployments"][DEPLOYMENT]["status"] == "active"


def test_an_archived_deployment_that_is_called_active_is_left_out(
    sim: Anthropic, there: Connection
) -> None:
    sim.state["deployments"][DEPLOYMENT]["archived_at"] = "2026-11-01T00:00:00Z"
    with cycle("anthropic.pause_deployment", there) as run:
        plan = run.plan(target(f"anthropic.deployment:{DEPLOYMENT}"))
    assert plan.steps == ()
    assert "archived" in plan.notes[0]


def test_a_session_is_idle_a_while_after_it_was_interrupted(
    sim: Anthropic, there: Connection
) -> None:
    sim.polls = 3
    with cycle("anthropic.interrupt_session", there) as run:
        (step,) = run.plan(target(f"anthropic.session:{SESSION}")).steps
        assert run.contain(step)
    with cycle("anthropic.archive_session", there) as run:
        (step,) = run.plan(target(f"anthropic.session:{SESSION}")).steps
        assert run.contain(step)
        assert run.plan(target(f"anthropic.session:{SESSION}")).steps == ()


@pytest.mark.parametrize("odd", ["*", "", "a/b", "apikey_01/../x", "apikey_01\n", "x" * 200])
def test_what_is_no_id_gets_no_request(sim: Anthropic, there: Connection, odd: str) -> None:
    with cycle("anthropic.disable_api_key", there) as run:
        assert run.plan(target(f"anthropic.api_key:{odd}")).steps == ()
    assert sim.calls == []


def test_a_credential_that_is_missing_is_named_and_none_is_shown(
    served: Served, tmp_path: Path
) -> None:
    only = {"workspace_key": "ws-secret"}
    poor: Connection = connection_to(served[1], "anthropic", tmp_path, only)
    with (
        cycle("anthropic.disable_api_key", poor) as run,
        pytest.raises(ConfigError, match="admin_key"),
    ):
        run.plan(target(f"anthropic.api_key:{KEY}"))
    with (
        pytest.raises(ConfigError, match="no credentials"),
        vendors()["anthropic"].connect(Connection("a", "anthropic")),
    ):
        pass


def test_no_secret_is_in_plans_and_errors(sim: Anthropic, there: Connection) -> None:
    with cycle("anthropic.disable_api_key", there) as run:
        plan = run.plan(target(f"anthropic.api_key:{KEY}"))
        sim.stumble(1)
        with pytest.raises(OutcomeUnknown) as caught:
            run.action.execute(plan.steps[0], run._for(plan.steps[0].request))
    for secret in SECRETS.values():
        assert secret not in f"{plan!r} {caught.value} {there!r}"
