"""ContextForge's actions against a stand-in with the traps of the real one, and nasty besides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.simulators.base import connection_to
from tests.simulators.contextforge import (
    ADMIN,
    AGENT,
    HELPER,
    SERVER,
    TOKEN,
    ContextForge,
)
from tests.vendor_cycle import Cycle, cycle

from agentwarrant.errors import Guarded, OutcomeUnknown, Refused
from agentwarrant.respond.action import Step, Target
from agentwarrant.respond.vendor import actions

NAMES = [name for name in actions() if name.startswith("contextforge.")]
WORKS = [name for name in NAMES if name != "contextforge.disable_virtual_server"]
ALL = Target(
    "agent-7",
    tools=("upstream-wipe",),
    servers=("upstream",),
    accounts=(
        f"contextforge.server:{SERVER}",
        f"contextforge.agent:{HELPER}",
        f"contextforge.token:{TOKEN}",
    ),
)


@pytest.fixture
def gateway() -> ContextForge:
    return ContextForge()


@pytest.fixture
def url(gateway: ContextForge) -> Iterator[str]:
    with gateway.running() as where:
        yield where


@contextmanager
def opened(name: str, url: str, folder: Path, **more: Any) -> Iterator[Cycle]:
    options = {"agent_server": SERVER, "agent_token_id": TOKEN, **more}
    secrets = {"token": ADMIN, "agent_token": AGENT}
    with cycle(name, connection_to(url, "contextforge", folder, secrets, **options)) as run:
        yield run


def only(run: Cycle, target: Target = ALL) -> Step:
    steps: tuple[Step, ...] = run.plan(target).steps
    (step,) = steps
    return step


@pytest.mark.parametrize("name", WORKS)
def test_it_is_done_seen_done_again_and_taken_back_where_it_can_be(
    gateway: ContextForge, url: str, tmp_path: Path, name: str
) -> None:
    with opened(name, url, tmp_path) as run:
        step = only(run)
        assert run.contain(step)
        assert run.contain(step)
        assert run.plan(ALL).steps == ()
        assert bool(step.undo) == (run.action.reversibility == "reversible")
        assert not step.undo or run.release(step)
    assert gateway.sees() == ["upstream-add", "upstream-wipe"]


@pytest.mark.parametrize("name", WORKS)
@pytest.mark.parametrize("knob", ["hang_up", "stumble"])
def test_a_change_whose_answer_is_lost_is_found_by_looking(
    gateway: ContextForge, url: str, tmp_path: Path, name: str, knob: str
) -> None:
    with opened(name, url, tmp_path) as run:
        step = only(run)
        getattr(gateway, knob)(1)
        with pytest.raises(OutcomeUnknown):
            run.action.execute(step, run._for(step.request))
        assert run.shows(step)
        assert gateway.did(step.request.method) == 1


def test_a_virtual_server_that_says_it_is_off_is_not_contained(
    gateway: ContextForge, url: str, tmp_path: Path
) -> None:
    with opened("contextforge.disable_virtual_server", url, tmp_path) as run:
        step = only(run)
        run.action.execute(step, run._for(step.request))
        assert step.verify.holds(run.transport.send(step.verify.request))
        assert not run.action.verify(step, run.transport)
        for tool in gateway.state["tools"].values():
            tool["enabled"] = False
        assert not run.action.verify(step, run.transport), "that it has no tools is another's work"
        assert run.release(step)


def test_of_a_virtual_server_only_its_own_agent_can_tell(url: str, tmp_path: Path) -> None:
    with opened("contextforge.disable_virtual_server", url, tmp_path, agent_server="9" * 32) as run:
        assert only(run).probes == ()
        assert not run.action.word_is_enough


def test_a_token_that_never_was_one_proves_no_revocation(
    gateway: ContextForge, url: str, tmp_path: Path
) -> None:
    secrets = {"token": ADMIN, "agent_token": "no-token-of-this-gateway"}
    options = {"agent_server": SERVER, "agent_token_id": TOKEN}
    made = connection_to(url, "contextforge", tmp_path, secrets, **options)
    with cycle("contextforge.revoke_token", made) as run:
        step = only(run)
        run.action.execute(step, run._for(step.request))
        assert step.verify.holds(run.transport.send(step.verify.request))
        assert not run.action.verify(step, run.transport)


def test_an_upstream_that_comes_back_leaves_off_what_was_off(
    gateway: ContextForge, url: str, tmp_path: Path
) -> None:
    with opened("contextforge.disable_tool", url, tmp_path) as tool:
        assert tool.contain(only(tool))
    with opened("contextforge.disable_upstream", url, tmp_path) as run:
        step = only(run)
        assert run.contain(step)
        assert len(step.undo) == 2
        assert run.release(step)
    assert gateway.sees() == ["upstream-add"]


def test_every_switch_says_what_it_wants(url: str, tmp_path: Path) -> None:
    for name in WORKS:
        with opened(name, url, tmp_path) as run:
            step = only(run)
            for request in (step.request, *step.undo):
                if request.method.endswith("/state"):
                    assert request.params["query"]["activate"] in (True, False)


def test_a_token_is_found_however_many_there_are(
    gateway: ContextForge, url: str, tmp_path: Path
) -> None:
    token = gateway.state["tokens"][0]
    many = [{**token, "id": f"{n:032x}", "user_email": "x@example.com"} for n in range(250)]
    gateway.state["tokens"] += many
    target = Target("x", accounts=(f"contextforge.token:{many[-1]['id']}",))
    with opened("contextforge.revoke_token", url, tmp_path) as run:
        step = only(run, target)
        assert step.probes == (), "the agent's token is another one"
        assert run.contain(step)


def test_our_own_token_is_not_touched(url: str, tmp_path: Path) -> None:
    name = "contextforge.revoke_token"
    with opened(name, url, tmp_path, own_token=TOKEN) as run, pytest.raises(Guarded):
        run.plan(ALL)


def test_two_upstreams_with_a_tool_of_one_name_are_not_told_apart(
    gateway: ContextForge, url: str, tmp_path: Path
) -> None:
    first, second = gateway.state["tools"].values()
    second["originalName"] = first["originalName"]
    with opened("contextforge.disable_tool", url, tmp_path) as run:
        made = run.plan(Target("x", tools=("add",)))
        assert made.steps == ()
        assert "several upstreams" in made.notes[0]


@pytest.mark.parametrize("name", ["*", "", "upstream", "UPSTREAM-WIPE", "../x", "a\nb", "%"])
def test_a_name_that_is_none_is_left_out(url: str, tmp_path: Path, name: str) -> None:
    refs = tuple(f"contextforge.{kind}:{name}" for kind in ("server", "agent", "token"))
    servers = (name,) if name != "upstream" else ()
    target = Target("x", tools=(name,), servers=servers, accounts=refs)
    for action in NAMES:
        with opened(action, url, tmp_path) as run:
            assert run.plan(target).steps == ()


@given(st.text(max_size=30))
def test_whatever_a_name_is_a_request_stays_in_its_place(name: str) -> None:
    target = Target("x", tools=(name,), servers=(name,), accounts=(f"contextforge.token:{name}",))
    for action in (actions()[n] for n in NAMES):
        for step in action.plan(target).steps:
            assert step.request.method.count("/") == action.method.count("/")


def test_we_may_log_in_by_password_and_are_told_when_it_is_wrong(url: str, tmp_path: Path) -> None:
    for word, right in (("of-the-admin", True), ("the-wrong-one", False)):
        made = connection_to(
            url, "contextforge", tmp_path, {"password": word}, email="admin@example.com"
        )
        with cycle("contextforge.disable_tool", made) as run:
            if right:
                assert only(run).probes == ()
                continue
            with pytest.raises(Refused) as caught:
                run.plan(ALL)
            assert word not in str(caught.value)
