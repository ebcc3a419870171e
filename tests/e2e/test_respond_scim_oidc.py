"""SCIM and plain OAuth 2.0 against a real provider: Keycloak, which is not told that it is one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.simulators.base import connection_to
from tests.vendor_cycle import Cycle, cycle

from agentwarrant.errors import Guarded, Refused
from agentwarrant.respond.action import Step, Target

from .keycloak_world import World

pytestmark = pytest.mark.e2e

USER = Target("bot-7", accounts=("scim.user:bot-7",))
CLIENT = Target("agent-7", accounts=("oidc.client:agent-7",))


@contextmanager
def scim(world: World, **more: str) -> Iterator[Cycle]:
    options = {"client_id": "runner", "token_url": world.told["token_url"], **more}
    secrets = {"client_secret": world.secrets["runner"]}
    made = connection_to(world.told["scim"], "scim", world.folder, secrets, **options)
    with cycle("scim.deactivate_user", made) as opened:
        yield opened


@contextmanager
def oidc(world: World, token: str, refresh: str = "", **more: str) -> Iterator[Cycle]:
    options = {"client_id": "api", "agent_client": "agent-7", **more}
    secrets = {
        "client_secret": world.secrets[options["client_id"]],
        "agent_secret": world.secrets["agent-7"],
        "agent_token": token,
        "agent_refresh_token": refresh,
    }
    given = {name: value for name, value in secrets.items() if value}
    made = connection_to(world.told["issuer"], "oidc", world.folder, given, **options)
    with cycle("oidc.revoke_token", made) as opened:
        yield opened


def only(cycle: Cycle, target: Target) -> Step:
    steps: tuple[Step, ...] = cycle.plan(target).steps
    (step,) = steps
    return step


@pytest.mark.parametrize("name", ["bot-7", "BOT-7"])
def test_a_user_that_scim_switches_off_logs_in_no_more(keycloak: World, name: str) -> None:
    target = Target("bot-7", accounts=(f"scim.user:{name}",))
    with scim(keycloak) as run:
        step = only(run, target)
        assert keycloak.user_login().status_code == 200
        assert run.contain(step)
        assert keycloak.user_login().status_code == 400
        assert run.contain(step), "done again, it is done"
        assert "already" in run.plan(target).notes[0]
        assert run.release(step)
    assert keycloak.user_login().status_code == 200


def test_scim_ends_no_session_and_the_plan_says_so(keycloak: World) -> None:
    keycloak.token()
    old = keycloak.user_login().json()
    with scim(keycloak) as run:
        step = only(run, USER)
        assert run.contain(step)
        assert not keycloak.works(old["access_token"])
        assert run.release(step)
    assert keycloak.works(old["access_token"]), "which is why the note says it"
    assert "may live again" in step.note


@pytest.mark.parametrize(
    "name",
    ["bot", "bot-", "*", 'x" or userName pr or userName eq "y', "x\\", "a\nb", "..", "bot-7 ", "'"],
)
def test_no_name_finds_anybody_else(keycloak: World, name: str) -> None:
    with scim(keycloak) as run:
        made = run.plan(Target("x", accounts=(f"scim.user:{name}",)))
        assert made.steps == ()
        assert "Left out" in made.notes[0]


def test_our_own_user_stays(keycloak: World) -> None:
    with scim(keycloak, own_user="Bot-7") as run, pytest.raises(Guarded):
        run.plan(USER)


def test_a_token_is_revoked_and_seen_to_be_dead_at_any_provider(keycloak: World) -> None:
    for auth in ("basic", "post"):
        old, other = keycloak.token(), keycloak.token()
        with oidc(keycloak, old, auth=auth) as run:
            step = only(run, CLIENT)
            assert len(step.probes) == 1
            assert step.residual_seconds == 300
            assert not run.action.verify(step, run.transport)
            assert run.contain(step)
            assert not keycloak.works(old)
            assert keycloak.works(other)
            assert run.contain(step), "a token that is revoked is revoked"


def test_a_refresh_token_is_revoked_after_the_access_token(keycloak: World) -> None:
    keycloak.token()
    old = keycloak.user_login().json()
    with oidc(keycloak, old["access_token"], old["refresh_token"]) as run:
        steps = run.plan(CLIENT).steps
        assert [step.point.rpartition("/")[2] for step in steps] == [
            "access_token",
            "refresh_token",
        ]
        assert all(run.contain(step) for step in steps)
    assert not keycloak.works(old["access_token"])
    assert keycloak.refresh(old["refresh_token"]) == 400


def test_a_witness_that_calls_a_live_token_dead_proves_nothing(keycloak: World) -> None:
    live = keycloak.token()
    with oidc(keycloak, live, client_id="runner") as run:
        made = run.plan(CLIENT)
        (step,) = made.steps
        assert step.probes == ()
        assert "nothing can prove" in made.notes[0]
        assert not run.action.word_is_enough, "so it can be applied, and never verified"


def test_a_client_whose_secret_is_not_ours_to_use_is_left_out(keycloak: World) -> None:
    with oidc(keycloak, keycloak.token()) as run:
        made = run.plan(Target("x", accounts=("oidc.client:agent-8",)))
        assert made.steps == ()
        assert "Left out" in made.notes[0]


def test_a_witness_that_cannot_log_in_is_an_error_and_no_proof(keycloak: World) -> None:
    with oidc(keycloak, keycloak.token(), client_id="bot-7") as run, pytest.raises(Refused):
        run.plan(CLIENT)
