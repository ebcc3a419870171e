"""Keycloak's actions against a stand-in with the traps of the real one, and nasty besides."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.simulators.base import connection_to
from tests.simulators.keycloak import AGENT, API, OWN, Keycloak, _id
from tests.vendor_cycle import Cycle, cycle

from agentwarrant.errors import ConfigError, Guarded, OutcomeUnknown, Refused, Unreachable
from agentwarrant.respond.action import Plan, Step, Target
from agentwarrant.respond.vendor import actions, vendors
from agentwarrant.respond.written import written

BOT = _id("bot-7")
CLIENT = Target(AGENT, accounts=(f"keycloak.client:agents/{AGENT}",))
USER = Target(AGENT, accounts=(f"keycloak.user:agents/{BOT}",))
OF_CLIENTS = [n for n, a in actions().items() if "keycloak.client" in a.kinds]
OF_USERS = [n for n, a in actions().items() if "keycloak.user" in a.kinds]


@pytest.fixture
def realm() -> Keycloak:
    return Keycloak()


@pytest.fixture
def url(realm: Keycloak) -> Iterator[str]:
    with realm.running() as where:
        yield where


@pytest.fixture
def tokens(realm: Keycloak, url: str) -> dict[str, str]:
    """What the agent holds: a token of its own, one of its user, and its secret."""
    held = {AGENT: realm.issue(AGENT), BOT: realm.issue(AGENT, BOT)}
    for token in realm.state["tokens"].values():
        token["iat"] -= 5  # issued a while ago
    return held


@contextmanager
def opened(name: str, url: str, folder: Path, token: str = "", **options: Any) -> Iterator[Cycle]:
    secrets = {
        "client_secret": f"secret-of-{OWN}",
        "agent_secret": f"secret-of-{AGENT}",
        "introspect_secret": f"secret-of-{API}",
    }
    secrets |= {"agent_token": token} if token else {}
    usual = {"realm": "agents", "client_id": OWN, "agent_client": AGENT, "agent_user": BOT}
    given = usual | {"introspect_client": API} | options
    with cycle(name, connection_to(url, "keycloak", folder, secrets, **given)) as run:
        yield run


def only(run: Cycle, target: Target) -> Step:
    steps: tuple[Step, ...] = run.plan(target).steps
    (step,) = steps
    return step


REVERSIBLE = {
    "keycloak.disable_client": (CLIENT, AGENT),
    "keycloak.disable_service_account": (CLIENT, AGENT),
    "keycloak.disable_user": (USER, BOT),
}


@pytest.mark.parametrize("name", REVERSIBLE)
def test_what_is_taken_back_brings_no_token_back(
    realm: Keycloak, url: str, tmp_path: Path, tokens: dict[str, str], name: str
) -> None:
    target, whose = REVERSIBLE[name]
    old = tokens[whose]
    with opened(name, url, tmp_path, old) as run:
        step = only(run, target)
        assert step.probes
        assert step.pre_state == {"enabled": True}
        assert step.residual_seconds == 300
        assert run.contain(step)
        assert not realm.is_live(old)
        assert run.release(step)
    assert realm.named(AGENT)["enabled"]
    assert realm.state["users"][BOT]["enabled"]
    assert not realm.is_live(old)


@pytest.mark.parametrize("name", [n for n in (*OF_CLIENTS, *OF_USERS) if n not in REVERSIBLE])
def test_what_kills_leaves_nothing_to_take_back(
    realm: Keycloak, url: str, tmp_path: Path, tokens: dict[str, str], name: str
) -> None:
    target, whose = (CLIENT, AGENT) if name in OF_CLIENTS else (USER, BOT)
    with opened(name, url, tmp_path, tokens[whose]) as run:
        step = only(run, target)
        assert step.undo == ()
        assert run.contain(step)
        assert run.contain(step)


@pytest.mark.parametrize("name", [*OF_CLIENTS, *OF_USERS])
@pytest.mark.parametrize("knob", ["hang_up", "stumble"])
def test_a_change_whose_answer_is_lost_is_found_by_looking_and_not_sent_again(
    realm: Keycloak, url: str, tmp_path: Path, tokens: dict[str, str], name: str, knob: str
) -> None:
    target, whose = (CLIENT, AGENT) if name in OF_CLIENTS else (USER, BOT)
    with opened(name, url, tmp_path, tokens[whose]) as run:
        step = only(run, target)
        getattr(realm, knob)(1)
        with pytest.raises(OutcomeUnknown):
            run.action.execute(step, run._for(step.request))
        assert run.shows(step)
        assert realm.did(step.request.method) == 1


@pytest.mark.parametrize("name", ["keycloak.disable_client", "keycloak.logout_user"])
def test_a_busy_server_is_no_outcome(
    realm: Keycloak, url: str, tmp_path: Path, tokens: dict[str, str], name: str
) -> None:
    target, whose = (CLIENT, AGENT) if name in OF_CLIENTS else (USER, BOT)
    with opened(name, url, tmp_path, tokens[whose]) as run:
        step = only(run, target)
        realm.busy(1, retry_after=7, on=step.request.method)
        with pytest.raises(Unreachable) as caught:
            run.action.execute(step, run._for(step.request))
        assert caught.value.retry_after == 7
        assert realm.did(step.request.method) == 0


def test_a_rotated_secret_is_in_no_answer_and_in_no_plan(
    realm: Keycloak, url: str, tmp_path: Path
) -> None:
    with opened("keycloak.rotate_client_secret", url, tmp_path) as run:
        step = only(run, CLIENT)
        answer = run.action.execute(step, run._for(step.request))
        assert answer["body"] is None
        new = realm.named(AGENT)["secret"]
        assert new.endswith("-anew")
        assert new not in repr(answer) + json.dumps(written(step))
        assert f"secret-of-{AGENT}" not in json.dumps(written(step))
        assert run.shows(step)


@pytest.mark.parametrize("name", REVERSIBLE)
def test_a_token_that_outlives_the_switch_is_no_containment_whatever_the_server_says(
    realm: Keycloak, url: str, tmp_path: Path, tokens: dict[str, str], name: str
) -> None:
    target, whose = REVERSIBLE[name]
    realm.tokens_outlive = True
    with opened(name, url, tmp_path, tokens[whose]) as run:
        step = only(run, target)
        run.action.execute(step, run._for(step.request))
        assert step.verify.holds(run.transport.send(step.verify.request))
        assert not run.action.verify(step, run.transport)


def test_the_witness_has_to_be_in_the_audience(
    url: str, tmp_path: Path, tokens: dict[str, str]
) -> None:
    name = "keycloak.revoke_token"
    with opened(name, url, tmp_path, tokens[AGENT], introspect_client=OWN) as run:
        made = run.plan(CLIENT)
        assert made.steps[0].probes == ()
        assert any("proves nothing" in note for note in made.notes)
    assert not actions()[name].word_is_enough


@pytest.mark.parametrize("name", OF_CLIENTS)
@pytest.mark.parametrize("client", [OWN, "realm-management", "account", "security-admin-console"])
def test_we_and_keycloak_itself_are_not_touched(
    url: str, tmp_path: Path, name: str, client: str
) -> None:
    target = Target("x", accounts=(f"keycloak.client:agents/{client}",))
    with opened(name, url, tmp_path) as run, pytest.raises(Guarded):
        run.plan(target)


@pytest.mark.parametrize("name", OF_USERS)
def test_our_own_account_and_the_last_administrator_are_not_touched(
    realm: Keycloak, url: str, tmp_path: Path, name: str
) -> None:
    dana = Target("x", accounts=(f"keycloak.user:agents/{_id('dana')}",))
    ours = Target("x", accounts=(f"keycloak.user:agents/{realm.named(OWN)['account']}",))
    with opened(name, url, tmp_path) as run:
        for target in (dana, ours):
            with pytest.raises(Guarded):
                run.plan(target)
        realm.state["admins"].append(realm.named(OWN)["account"])
        with pytest.raises(Guarded, match="last administrator"):
            run.plan(dana)  # we are no person
        realm.state["admins"].append(BOT)
        assert run.plan(dana).steps
        realm.state["users"][BOT]["enabled"] = False
        with pytest.raises(Guarded, match="last administrator"):
            run.plan(dana)


def test_a_client_whose_account_is_the_last_administrator_is_not_touched(
    realm: Keycloak, url: str, tmp_path: Path
) -> None:
    realm.state["admins"] = [realm.named(AGENT)["account"]]
    with opened("keycloak.disable_client", url, tmp_path) as run, pytest.raises(Guarded):
        run.plan(CLIENT)


ODD = (
    "agents", "agents/", "/agent-7", "master/agent-7", "agents/AGENT-7", "agents/agent-7 ",
    "agents/..", "agents/../realm", "agents/agent-7%00", "agents/agent\n7", "agents/*",
    "agents/\u202eagent-7", "agents/" + "x" * 256,
)  # fmt: skip


@pytest.mark.parametrize("ref", ODD)
def test_a_name_that_is_none_reaches_no_request_that_changes_anything(
    realm: Keycloak, url: str, tmp_path: Path, ref: str
) -> None:
    for name in (*OF_CLIENTS, *OF_USERS):
        kind = "keycloak.client" if name in OF_CLIENTS else "keycloak.user"
        with opened(name, url, tmp_path) as run:
            made = run.plan(Target("x", accounts=(f"{kind}:{ref}",)))
            assert made.steps == ()
            assert not any(call.method == "PUT" for call, _ in realm.calls)
    realm.strays.clear()


@given(st.text(max_size=40))
def test_whatever_a_client_is_called_a_request_stays_in_its_place(name: str) -> None:
    for action in (actions()[n] for n in OF_CLIENTS):
        made: Plan = action.plan(Target("x", accounts=(f"keycloak.client:agents/{name}",)))
        for step in made.steps:
            assert step.request.method.count("/") == action.method.count("/")
            assert step.undo == ()


def test_a_name_that_is_an_internal_id_is_not_taken_for_one(
    realm: Keycloak, url: str, tmp_path: Path
) -> None:
    target = Target("x", accounts=(f"keycloak.client:agents/{_id(API)}",))
    with opened("keycloak.disable_client", url, tmp_path) as run:
        assert run.plan(target).steps == ()
    assert "clientId%3D" in only_planned("keycloak.disable_client", target).request.method


def only_planned(name: str, target: Target) -> Step:
    (step,) = actions()[name].plan(target).steps
    return step


@pytest.mark.parametrize("realm_name", ["", "a/b", "..", " agents"])
def test_a_connection_is_for_one_realm(tmp_path: Path, realm_name: str) -> None:
    made = connection_to("http://127.0.0.1:9", "keycloak", tmp_path, {"client_secret": "x"})
    made = type(made)("sso", "keycloak", made.url, made.secrets, {"realm": realm_name})
    with pytest.raises(ConfigError), vendors()["keycloak"].connect(made):
        pass


def test_a_wrong_secret_of_ours_is_said_without_the_secret(url: str, tmp_path: Path) -> None:
    secrets = {"client_secret": "the-wrong-one"}
    made = connection_to(url, "keycloak", tmp_path, secrets, realm="agents", client_id=OWN)
    with cycle("keycloak.disable_client", made) as run, pytest.raises(Refused) as caught:
        run.plan(CLIENT)
    assert "the-wrong-one" not in str(caught.value)
