"""Entra's actions against a stand-in written from Graph's documentation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.simulators.base import connection_to
from tests.simulators.entra import (
    AGENT,
    APP,
    BLUEPRINT,
    CLIENT,
    KEY,
    MANAGED,
    OTHER_KEY,
    OURS,
    PRINCIPAL,
    SECRET,
    TENANT,
    USER,
    Entra,
)
from tests.vendor_cycle import Cycle, cycle

from agentwarrant.errors import ConfigError, Guarded, ObserveOnly, OutcomeUnknown, Refused
from agentwarrant.respond.action import Plan, Step, Target
from agentwarrant.respond.vendor import actions, vendors
from agentwarrant.respond.written import written

ALL = (
    f"entra.agent_identity:{AGENT}",
    f"entra.service_principal:{PRINCIPAL}",
    f"entra.app:{CLIENT}",
    f"entra.user:{USER}",
)


@pytest.fixture
def entra() -> Entra:
    return Entra()


@pytest.fixture
def connect(entra: Entra, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Give a function that opens an action over the running stand-in."""
    with entra.running() as url:
        yield lambda name, **more: cycle(f"entra.{name}", connection(url, tmp_path, **more), 3.0)


def connection(url: str, folder: Path, **more: Any) -> Any:
    ours = {"tenant_id": TENANT, "client_id": OURS, "login_url": url}
    return connection_to(url, "entra", folder, {"client_secret": SECRET}, **ours, **more)


def agent(*accounts: str) -> Target:
    return Target("bot", accounts=accounts)


def only(plan: Plan) -> Step:
    (step,) = plan.steps
    return step


def shows_now(run: Cycle, step: Step) -> bool:
    return bool(run.action.verify(step, run._for(None)))


def whole(run: Cycle, *accounts: str) -> Step:
    """Contain, find it contained when asked again, release, and contain anew."""
    step = only(run.plan(agent(*accounts)))
    assert not shows_now(run, step)
    assert run.contain(step)
    assert run.contain(step), "a second one is the same as done"
    assert not run.plan(agent(*accounts)).steps
    assert run.release(step)
    assert run.contain(only(run.plan(agent(*accounts))))
    return step


def token(run: Cycle) -> Any:
    """Ask for a token as the agent would."""
    form = {"client_id": CLIENT, "client_secret": SECRET, "grant_type": "client_credentials"}
    return httpx.post(f"{run.transport.connection.url}/{TENANT}/oauth2/v2.0/token", data=form)


def use(run: Cycle, held: str) -> int:
    """Use a token as the agent would."""
    url = f"{run.transport.connection.url}/v1.0/organization"
    return httpx.get(url, headers={"authorization": f"Bearer {held}"}).status_code


@pytest.mark.parametrize(
    ("name", "account", "point"),
    [
        ("disable_agent_identity", f"entra.agent_identity:{AGENT}", None),
        ("disable_service_principal", f"entra.service_principal:{PRINCIPAL}", None),
        ("disable_service_principal", f"entra.managed_identity:{MANAGED}", None),
        (
            "disable_service_principal",
            f"entra.app:{CLIENT.upper()}",
            f"entra.service_principal:{PRINCIPAL}",
        ),
    ],
)
def test_a_principal_is_disabled_and_comes_back(
    connect: Any, name: str, account: str, point: str | None
) -> None:
    with connect(name) as run:
        step = whole(run, account)
    assert step.point == (point or account)
    assert step.pre_state["accountEnabled"] is True
    assert step.residual_seconds == (86_400 if "managed" in account else 3600)


def test_a_token_outlives_its_principal_and_no_new_one_is_given(connect: Any) -> None:
    with connect("disable_service_principal") as run:
        held = token(run).json()["access_token"]
        step = only(run.plan(agent(f"entra.service_principal:{PRINCIPAL}")))
        assert run.contain(step)
        assert token(run).status_code == 401
        assert use(run, held) == 200, "which is why the step says what lives on"
        assert step.residual
        assert run.release(step)
        assert token(run).status_code == 200


def test_where_access_is_evaluated_continuously_the_token_dies(entra: Entra, connect: Any) -> None:
    entra.tokens_outlive = False
    with connect("disable_service_principal") as run:
        held = token(run).json()["access_token"]
        assert use(run, held) == 200
        assert run.contain(only(run.plan(agent(f"entra.app:{CLIENT}"))))
        assert use(run, held) == 401


def test_a_blueprint_takes_all_its_agents_along_and_needs_a_word(connect: Any) -> None:
    account = f"entra.service_principal:{BLUEPRINT}"
    with connect("disable_service_principal") as run:
        plan = run.plan(agent(account))
        assert plan.steps == ()
        assert "blueprint" in plan.notes[0]
    for word in ("true", 1, False):
        with (
            connect("disable_blueprint", blueprints=word) as run,
            pytest.raises(Guarded, match="all agents made from it"),
        ):
            run.plan(agent(account))
    with connect("disable_blueprint", blueprints=True) as run:
        assert run.plan(agent(f"entra.service_principal:{PRINCIPAL}")).steps == ()
        whole(run, account)


@pytest.mark.parametrize("name", ["disable_service_principal", "confirm_compromised"])
def test_what_we_act_as_is_not_touched(connect: Any, name: str) -> None:
    for account in (f"entra.service_principal:{OURS}", f"entra.app:{OURS}"):
        with connect(name) as run, pytest.raises(Guarded, match="responses themselves"):
            run.plan(agent(account))


def test_a_service_principal_is_no_agent_identity(connect: Any) -> None:
    with connect("disable_agent_identity") as run:
        plan = run.plan(agent(f"entra.agent_identity:{PRINCIPAL}"))
    assert (plan.steps, len(plan.notes)) == ((), 1)


HOSTILE = [
    f"{kind}:{value}"
    for kind in (
        "entra.agent_identity",
        "entra.service_principal",
        "entra.managed_identity",
        "entra.app",
        "entra.user",
    )
    for value in (
        "me",
        "*",
        f"{AGENT}/owners",
        f"../applications/{APP}",
        f"{AGENT}')/x(appId='{CLIENT}",
        f"{AGENT}\n",
        "x" * 4000,
    )
]


@pytest.mark.parametrize("name", [n for n, a in actions().items() if a.vendor == "entra"])
def test_an_id_from_a_log_leaves_its_place_in_no_request(
    entra: Entra, connect: Any, name: str
) -> None:
    with connect(name.removeprefix("entra.")) as run:
        assert run.plan(agent(*HOSTILE)).steps == ()
        assert run.action.plan(agent(*HOSTILE)).steps == ()
    assert entra.calls == []


def test_sessions_of_a_user_end(entra: Entra, connect: Any) -> None:
    with connect("revoke_sessions") as run:
        step = only(run.plan(agent(f"entra.user:{USER}")))
        assert not shows_now(run, step)
        assert run.contain(step)
        assert run.contain(step)
    assert entra.state["users"][USER]["signInSessionsValidFromDateTime"] > "2026-01-01T00:00:00Z"
    assert step.undo == ()


def test_a_user_that_entra_does_not_know_is_left_out(connect: Any) -> None:
    with connect("revoke_sessions") as run:
        assert "unknown to Entra" in run.plan(agent(f"entra.user:{KEY}")).notes[0]


def test_the_secret_that_the_case_names_is_removed_and_no_other(entra: Entra, connect: Any) -> None:
    with connect("remove_secrets") as run:
        plan = run.plan(agent(f"entra.app:{CLIENT}", f"entra.key:{KEY.upper()}"))
        step = only(plan)
        assert not shows_now(run, step)
        assert run.contain(step)
        with pytest.raises(Refused, match="No password credential"):
            run.action.execute(step, run._for(step.request))
        assert run.contain(step), "refused because it is done"
    left = entra.state["apps"][APP]["passwordCredentials"]
    assert [row["keyId"] for row in left] == [OTHER_KEY]
    assert step.pre_state["displayName"] == "leaked"
    assert any("certificates stay" in note for note in plan.notes)


def test_without_a_name_all_secrets_go(entra: Entra, connect: Any) -> None:
    with connect("remove_secrets") as run:
        for step in run.plan(agent(f"entra.app:{APP}")).steps:
            assert run.contain(step)
        assert run.plan(agent(f"entra.app:{APP}")).steps == ()
    assert entra.state["apps"][APP]["passwordCredentials"] == []


def test_a_federated_credential_goes_and_is_made_again_as_it_was(
    entra: Entra, connect: Any
) -> None:
    before = dict(entra.state["apps"][APP]["federated"]["fid1"])
    with connect("delete_federated_credentials") as run:
        step = only(run.plan(agent(f"entra.app:{CLIENT}")))
        assert run.contain(step)
        assert run.contain(step)
        assert run.release(step)
        with pytest.raises(Refused):
            run.action.compensate(step, 0, run._for(step.undo[0]))
        assert run.holds(step.undone)
    (after,) = entra.state["apps"][APP]["federated"].values()
    kept = {k: v for k, v in before.items() if k != "id" and v is not None}
    assert {k: v for k, v in after.items() if k != "id"} == kept


@pytest.mark.parametrize(
    ("name", "account", "one"),
    [
        ("confirm_compromised", f"entra.app:{CLIENT}", PRINCIPAL),
        ("confirm_agent_compromised", f"entra.agent_identity:{AGENT}", AGENT),
    ],
)
def test_a_workload_is_said_to_be_compromised(
    entra: Entra, connect: Any, name: str, account: str, one: str
) -> None:
    with connect(name) as run:
        whole(run, account)
    assert entra.state["risk"] == {one: "confirmedCompromised"}


def test_an_answer_that_never_came_is_read_and_not_asked_again(entra: Entra, connect: Any) -> None:
    with connect("disable_agent_identity") as run:
        step = only(run.plan(agent(f"entra.agent_identity:{AGENT}")))
        entra.hang_up(1)
        entra.lag = 2
        with pytest.raises(OutcomeUnknown):
            run.action.execute(step, run._for(step.request))
        assert not shows_now(run, step), "the directory still shows the old state"
        assert run.shows(step)
    assert len(entra.asked("PATCH /v1.0/servicePrincipals/{}/microsoft.graph.agentIdentity")) == 1


def test_observe_mode_plans_all_of_it_and_changes_nothing(entra: Entra, tmp_path: Path) -> None:
    before = json.dumps({**entra.state, "tokens": {}})
    with (
        entra.running() as url,
        vendors()["entra"].observe(connection(url, tmp_path)) as transport,
    ):
        for action in actions().values():
            if action.vendor == "entra" and action.name != "disable_blueprint":
                steps = action.plan(agent(*ALL), transport).steps
                assert steps, action.id
                assert SECRET not in json.dumps([written(step) for step in steps])
                for step in steps:
                    with pytest.raises(ObserveOnly):
                        transport.send(step.request)
    assert json.dumps({**entra.state, "tokens": {}}) == before


def test_a_wrong_tenant_is_said_at_once(tmp_path: Path) -> None:
    made = connection_to("", "entra", tmp_path, {"client_secret": SECRET}, tenant_id="../common")
    with pytest.raises(ConfigError, match="tenant_id and client_id"):  # noqa: SIM117  # opening fails
        with cycle("entra.revoke_sessions", made):
            pass
