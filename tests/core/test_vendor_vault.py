"""Vault's actions against a stand-in that has the traps of a real OpenBao, and is nasty besides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.simulators.base import connection_to
from tests.simulators.vault import ENTITY, OTHER, OWN, ROLE_ID, SECRET_ID, SID, Vault
from tests.vendor_cycle import Cycle, cycle

from agentwarrant.errors import Guarded, OutcomeUnknown, Refused
from agentwarrant.respond.action import Step, Target
from agentwarrant.respond.vendor import actions

NAMES = [name for name in actions() if name.startswith("vault.")]
ALL = (
    f"vault.entity:{ENTITY}",
    "vault.token:acc-1",
    "vault.role:approle/agent-7",
    f"vault.secret_id:approle/agent-7/{SID}",
    "vault.leases:database/creds/agent-7",
)


@pytest.fixture
def bao() -> Vault:
    return Vault()


@pytest.fixture
def url(bao: Vault) -> Iterator[str]:
    with bao.running() as where:
        yield where


@contextmanager
def opened(name: str, url: str, folder: Path, **secrets: str) -> Iterator[Cycle]:
    given = {"token": OWN, "agent_role_id": ROLE_ID, "agent_secret_id": SECRET_ID, **secrets}
    options: dict[str, Any] = {
        "agent_entity": ENTITY,
        "agent_accessor": "acc-1",
        "agent_role": "approle/agent-7",
        "agent_secret_id_accessor": SID,
    }
    with cycle(name, connection_to(url, "vault", folder, given, **options)) as run:
        yield run


def about(*accounts: str) -> Target:
    return Target("agent-7", accounts=accounts)


def only(run: Cycle, *accounts: str) -> Step:
    steps: tuple[Step, ...] = run.plan(about(*accounts)).steps
    (step,) = steps
    return step


@pytest.mark.parametrize("name", NAMES)
def test_it_is_done_seen_done_again_and_taken_back_where_it_can_be(
    bao: Vault, url: str, tmp_path: Path, name: str
) -> None:
    token, _ = bao.issue()
    before = {"roles": {**bao.state["roles"]}, "entities": {**bao.state["entities"]}}
    with opened(name, url, tmp_path, agent_token=token) as run:
        step = only(run, *ALL)
        assert not run.action.verify(step, run.transport)
        assert run.contain(step)
        assert run.contain(step)
        assert not run.plan(about(*ALL)).steps
        assert bool(step.undo) == (run.action.reversibility == "reversible")
        if step.undo:
            assert run.release(step)
            role = bao.state["roles"]["approle/agent-7"]
            assert role["token_bound_cidrs"] == []
            assert bao.state["entities"] == before["entities"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("knob", ["hang_up", "stumble"])
def test_a_change_whose_answer_is_lost_is_found_by_looking(
    bao: Vault, url: str, tmp_path: Path, name: str, knob: str
) -> None:
    token, _ = bao.issue()
    with opened(name, url, tmp_path, agent_token=token) as run:
        step = only(run, *ALL)
        getattr(bao, knob)(1)
        with pytest.raises(OutcomeUnknown):
            run.action.execute(step, run._for(step.request))
        assert run.shows(step)
        assert bao.did(step.request.method) == 1


def test_a_token_that_outlives_its_entity_is_no_containment(
    bao: Vault, url: str, tmp_path: Path
) -> None:
    token, _ = bao.issue()
    bao.tokens_outlive = True
    with opened("vault.disable_entity", url, tmp_path, agent_token=token) as run:
        step = only(run, f"vault.entity:{ENTITY}")
        run.action.execute(step, run._for(step.request))
        assert step.verify.holds(run.transport.send(step.verify.request))
        assert not run.action.verify(step, run.transport)


def test_the_words_tell_a_token_that_is_gone_from_a_refusal_to_us(
    bao: Vault, url: str, tmp_path: Path
) -> None:
    token, accessor = bao.issue()
    with opened("vault.revoke_accessor", url, tmp_path, agent_token=token) as run:
        step = only(run, f"vault.token:{accessor}")
        del bao.state["tokens"][OWN]
        answer = run.transport.send(step.verify.request)
        assert answer["status"] == 403
        assert not step.verify.holds(answer)


def test_a_token_leads_to_its_entity_and_one_without_is_said_to_have_none(
    bao: Vault, url: str, tmp_path: Path
) -> None:
    _, accessor = bao.issue()
    with opened("vault.disable_entity", url, tmp_path) as run:
        step = only(run, f"vault.token:{accessor}", f"vault.entity:{ENTITY}")
        assert step.point == f"vault.entity:{ENTITY}"
        made = run.plan(about("vault.token:acc-free"))
        assert made.steps == ()
        assert "No entity" in made.notes[0]


def test_bound_networks_of_before_come_back(bao: Vault, url: str, tmp_path: Path) -> None:
    role = bao.state["roles"]["approle/agent-7"]
    role["token_bound_cidrs"], role["secret_id_bound_cidrs"] = ["10.0.0.0/8"], ["10.1.0.0/16"]
    with opened("vault.bind_role", url, tmp_path) as run:
        step = only(run, "vault.role:approle/agent-7")
        assert run.contain(step)
        assert run.release(step)
    assert (role["token_bound_cidrs"], role["secret_id_bound_cidrs"]) == (
        ["10.0.0.0/8"], ["10.1.0.0/16"],
    )  # fmt: skip


def test_we_are_not_touched(url: str, tmp_path: Path) -> None:
    for name, ref in (
        ("vault.disable_entity", f"vault.entity:{OTHER}"),
        ("vault.disable_entity", "vault.token:acc-own"),
        ("vault.revoke_accessor", "vault.token:acc-own"),
    ):
        with opened(name, url, tmp_path) as run, pytest.raises(Guarded, match="own"):
            run.plan(about(ref))


def test_our_own_leases_are_not_touched(bao: Vault, url: str, tmp_path: Path) -> None:
    bao.state["tokens"][OWN]["path"] = "auth/userpass/login/responder"
    with opened("vault.revoke_leases", url, tmp_path) as run, pytest.raises(Guarded, match="own"):
        run.plan(about("vault.leases:auth/userpass/login/responder"))


@pytest.mark.parametrize(
    "prefix",
    ["*", "/", "//", "database", "database/creds", "auth/approle/login", "sys/x/y", "a/b/..",
     "auth/token/create/x", "a/../b", "a/b/%2e%2e", "a/b/c?x", "a/b/ ", "a/b/\u0441"],
)  # fmt: skip
def test_a_selector_that_could_be_of_several_is_refused_with_or_without_a_server(
    url: str, tmp_path: Path, prefix: str
) -> None:
    target = about(f"vault.leases:{prefix}")
    with pytest.raises(Guarded):
        actions()["vault.revoke_leases"].plan(target)
    with opened("vault.revoke_leases", url, tmp_path) as run, pytest.raises(Guarded):
        run.plan(target)


def test_a_prefix_with_others_below_it_is_refused(bao: Vault, url: str, tmp_path: Path) -> None:
    bao.state["leases"]["team/database/creds/agent-7"] = ["x"]
    with opened("vault.revoke_leases", url, tmp_path) as run, pytest.raises(Guarded):
        run.plan(about("vault.leases:team/database/creds"))


@given(st.text(min_size=1, max_size=30))
@example("approle/agent-7%2Fsecret-id/x")
@example("../../sys/seal")
@example("a/b/../../../sys/policies")
@example("approle/..")
def test_whatever_a_name_is_a_request_stays_in_its_place(name: str) -> None:
    for action in (actions()[n] for n in NAMES):
        for kind in action.kinds - {"vault.leases"}:
            for step in action.plan(about(f"{kind}:{name}")).steps:
                decoded = step.request.method.replace("%2F", "/")
                assert "%" not in decoded
                assert not {".", ".."} & set(decoded.split("/"))
                assert step.request.method.count("/") == action.method.count("/")


def test_a_refused_log_in_of_ours_is_said_without_the_secret(url: str, tmp_path: Path) -> None:
    secrets = {"role_id": ROLE_ID, "secret_id": "the-wrong-one"}
    made = connection_to(url, "vault", tmp_path, secrets)
    with cycle("vault.disable_entity", made) as run, pytest.raises(Refused) as caught:
        run.plan(about(f"vault.entity:{ENTITY}"))
    assert "the-wrong-one" not in str(caught.value)
    assert "no token" in str(caught.value)


def test_a_namespace_goes_with_every_request(bao: Vault, url: str, tmp_path: Path) -> None:
    given = {"token": OWN, "agent_token": bao.issue()[0]}
    made = connection_to(url, "vault", tmp_path, given, namespace="team-a", agent_entity=ENTITY)
    with cycle("vault.disable_entity", made) as run:
        assert not run.action.verify(only(run, f"vault.entity:{ENTITY}"), run.transport)
    assert {call.headers.get("x-vault-namespace") for call, _ in bao.calls} == {"team-a"}
