"""On a real Keycloak an agent can really no longer act, and can again, but not by its old tokens.

What the agent can do is seen with its own secret and tokens, and by its resource server.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.simulators.base import connection_to
from tests.vendor_cycle import Cycle, cycle

from agentwarrant.errors import Guarded, Refused
from agentwarrant.respond.action import Step, Target
from agentwarrant.respond.http import change
from agentwarrant.respond.transport import EnforceTransport, Permit
from agentwarrant.respond.vendor import actions, vendors

from .server_process import started

pytestmark = pytest.mark.e2e

CLIENT = Target("agent-7", accounts=("keycloak.client:agents/agent-7",))


class World:
    """Keycloak, an agent in it, and what the agent can do."""

    def __init__(self, told: dict[str, Any], folder: Path) -> None:
        self.told = told
        self.folder = folder
        self.secrets: dict[str, str] = dict(told["secrets"])
        self.user = Target("bot-7", accounts=(f"keycloak.user:agents/{told['ids']['bot-7']}",))
        self.http = httpx.Client(base_url=told["url"], timeout=30)

    # The agent's side

    def ask(self, **form: str) -> httpx.Response:
        return self.http.post(
            self.told["token_url"],
            data={"client_id": "agent-7", "client_secret": self.secrets["agent-7"], **form},
        )

    def login(self) -> httpx.Response:
        return self.ask(grant_type="client_credentials")

    def token(self) -> str:
        """A token that its resource server takes; a second after a release, that may take one."""
        end = time.monotonic() + 5
        while True:
            found = str(self.login().json()["access_token"])
            if self.works(found) or time.monotonic() > end:
                return found
            time.sleep(0.1)  # whole seconds of notBefore: nothing tells that one is over

    def user_login(self, scope: str = "openid") -> httpx.Response:
        word = self.secrets["bot-7"]
        return self.ask(grant_type="password", username="bot-7", password=word, scope=scope)

    def refresh(self, token: str) -> int:
        return self.ask(grant_type="refresh_token", refresh_token=token).status_code

    def works(self, token: str) -> bool:
        """Does the agent's resource server find a token live?"""
        form = {"token": token, "client_id": "api", "client_secret": self.secrets["api"]}
        answer = self.http.post(self.told["introspect_url"], data=form).json()
        return bool(answer["active"])

    # An administrator's

    def admin(self, method: str, where: str, **parts: Any) -> Any:
        form = {"grant_type": "client_credentials", "client_id": "runner"}
        form["client_secret"] = self.secrets["runner"]
        token = self.http.post(self.told["token_url"], data=form).json()["access_token"]
        head = {"authorization": f"Bearer {token}"}
        answer = self.http.request(method, self.told["realm"] + where, headers=head, **parts)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    @property
    def client(self) -> str:
        return f"/clients/{self.told['ids']['agent-7']}"

    # Ours

    @contextmanager
    def action(self, name: str, token: str = "", **options: str) -> Iterator[Cycle]:
        """Open a connection that may do what an action does, as the responder."""
        known = {
            "client_secret": self.secrets["runner"],
            "agent_secret": self.secrets["agent-7"],
            "introspect_secret": self.secrets["api"],
        }
        named = {
            "realm": "agents",
            "client_id": "runner",
            "agent_client": "agent-7",
            "agent_user": self.told["ids"]["bot-7"],
            "introspect_client": "api",
        }
        secrets = known | ({"agent_token": token} if token else {})
        made = connection_to(
            self.told["url"], "keycloak", self.folder, secrets, **(named | options)
        )
        with cycle(f"keycloak.{name}", made) as opened:
            yield opened


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("keycloak")
    with started("idp", folder) as told:
        made = World(told, folder)
        with made.http:
            yield made


def only(cycle: Cycle, target: Target) -> Step:
    steps: tuple[Step, ...] = cycle.plan(target).steps
    (step,) = steps
    return step


def test_a_client_that_is_switched_off_gets_no_token_and_has_none(world: World) -> None:
    old = world.token()
    before = world.admin("GET", world.client)
    with world.action("disable_client", old) as run:
        step = only(run, CLIENT)
        assert len(step.probes) == 2
        assert not run.action.verify(step, run.transport)
        assert run.contain(step)
        assert world.login().status_code == 401
        assert not world.works(old)
        assert run.contain(step), "done again, it is done"
        assert "Switched off already" in run.plan(CLIENT).notes[0]
        assert run.release(step)
    assert world.works(world.token())
    assert not world.works(old), "the old token lives again"
    after = world.admin("GET", world.client)
    assert {k for k in after if after[k] != before[k]} == {"notBefore"}


def test_a_client_that_is_only_switched_on_again_has_its_old_tokens_back(world: World) -> None:
    """Why the undo sends more than the switch."""
    old = world.token()
    world.admin("PUT", world.client, json={"enabled": False})
    assert not world.works(old)
    world.admin("PUT", world.client, json={"enabled": True})
    assert world.works(old)


def test_tokens_of_before_are_dead_for_good_and_new_ones_live(world: World) -> None:
    old = world.token()
    with world.action("not_before", old) as run:
        step = only(run, CLIENT)
        assert step.undo == ()
        assert run.contain(step)
        assert not world.works(old)
    assert world.works(world.token())
    assert not world.works(old)


def test_a_token_of_the_very_second_dies_too(world: World) -> None:
    world.token()
    with world.action("not_before") as run:
        step = only(run, CLIENT)
        time.sleep(1 - time.time() % 1)  # a second begins: the token and the change are both in it
        late = str(world.login().json()["access_token"])
        assert world.works(late)
        assert run.contain(step)
        assert not world.works(late)


def test_the_order_of_a_release_leaves_what_was_killed_dead(world: World) -> None:
    old = world.token()
    session = world.user_login().json()
    done = []
    with (
        world.action("disable_client", old) as off,
        world.action("not_before", old) as kill,
        world.action("logout_user") as out,
    ):
        for run, target in ((off, CLIENT), (kill, CLIENT), (out, world.user)):
            step = only(run, target)
            assert run.contain(step)
            done.append((run, step))
        for run, step in reversed(done):
            assert not step.undo or run.release(step)
    assert world.works(world.token())
    assert not world.works(old)
    assert not world.works(session["access_token"])
    assert world.refresh(session["refresh_token"]) == 400


def test_an_exchanged_secret_logs_in_no_more_and_nobody_is_told_the_new_one(world: World) -> None:
    old = world.token()
    with world.action("rotate_client_secret") as run:
        step = only(run, CLIENT)
        permit = EnforceTransport(
            run.transport,
            vendors()["keycloak"].only_reads,
            vendors()["keycloak"].only_tries,
            Permit("1", step.request.digest),
        )
        answer = run.action.execute(step, permit)
        assert answer["status"] == 200
        assert answer["body"] is None
        assert run.shows(step)
        assert world.login().status_code == 401
        assert world.works(old), "live tokens go on: the plan says so"
        assert "go on" in step.residual
        assert step.residual_seconds == 300
    new = world.admin("GET", f"{world.client}/client-secret")["value"]
    assert new not in repr((answer, step))
    world.secrets["agent-7"] = new
    assert world.login().status_code == 200


def test_a_service_account_that_is_switched_off_comes_back_without_its_tokens(
    world: World,
) -> None:
    old = world.token()
    with world.action("disable_service_account", old) as run:
        step = only(run, CLIENT)
        assert run.contain(step)
        assert world.login().status_code == 401
        assert not world.works(old)
        assert run.release(step)
    assert world.works(world.token())
    assert not world.works(old)


def test_a_user_that_is_switched_off_comes_back_without_its_sessions(world: World) -> None:
    world.token()
    old = world.user_login().json()
    with world.action("disable_user", old["access_token"]) as run:
        step = only(run, world.user)
        assert len(step.probes) == 1
        assert not run.action.verify(step, run.transport)
        assert run.contain(step)
        assert world.user_login().status_code == 400
        assert world.refresh(old["refresh_token"]) == 400
        assert run.release(step)
    assert world.user_login().status_code == 200
    assert not world.works(old["access_token"])
    assert world.refresh(old["refresh_token"]) == 400


def test_a_log_out_ends_every_session_of_the_user(world: World) -> None:
    old = world.user_login().json()
    with world.action("logout_user", old["access_token"]) as run:
        step = only(run, world.user)
        assert run.contain(step)
        assert not world.works(old["access_token"])
        assert world.refresh(old["refresh_token"]) == 400


def test_sessions_at_the_agents_client_end_and_so_do_those_that_outlive_a_log_out(
    world: World,
) -> None:
    online = world.user_login().json()
    offline = world.user_login("openid offline_access").json()
    with world.action("end_client_sessions") as run:
        steps = run.plan(CLIENT).steps
        assert len(steps) >= 2
        assert all(run.contain(step) for step in steps)
        assert not run.plan(CLIENT).steps
    assert world.refresh(online["refresh_token"]) == 400
    assert world.refresh(offline["refresh_token"]) == 400


def test_a_token_is_revoked_by_the_agents_own_secret_alone(world: World) -> None:
    old, other = world.token(), world.token()
    with world.action("revoke_token", old) as run:
        step = only(run, CLIENT)
        assert run.contain(step)
        assert not world.works(old)
        assert world.works(other)
        assert run.contain(step), "a token that is revoked is revoked"
        form = {**step.request.params["form"], "client_id": "api"}
        form["client_secret"] = world.secrets["api"]
        with pytest.raises(Refused):
            run.transport.send(change("POST", step.request.method[5:], endpoint="x", form=form))


def test_a_witness_that_would_call_a_live_token_dead_is_not_heard(world: World) -> None:
    live = world.token()
    with world.action("revoke_token", live, introspect_client="runner") as run:
        made = run.plan(CLIENT)
        (step,) = made.steps
        assert step.probes == ()
        assert "proves nothing" in " ".join(made.notes)
        assert not run.action.word_is_enough, "so it can be applied, and never verified"


def test_a_plan_is_no_drift_because_another_step_came_first(world: World) -> None:
    old = world.token()
    with world.action("disable_client", old) as off, world.action("not_before", old) as kill:
        before = kill.plan(CLIENT)
        step = only(off, CLIENT)
        assert off.contain(step)
        assert kill.plan(CLIENT) == before
        assert off.release(step)


@pytest.mark.parametrize("name", ["disable_client", "disable_service_account", "not_before"])
@pytest.mark.parametrize("client", ["runner", "realm-management", "admin-cli"])
def test_the_responder_and_keycloak_itself_are_not_touched(
    world: World, name: str, client: str
) -> None:
    target = Target("x", accounts=(f"keycloak.client:agents/{client}",))
    with world.action(name) as run, pytest.raises(Guarded):
        run.plan(target)


def test_the_responders_own_service_account_is_not_touched_as_a_user(world: World) -> None:
    own = world.admin("GET", f"/clients/{world.told['ids']['runner']}/service-account-user")
    target = Target("x", accounts=(f"keycloak.user:agents/{own['id']}",))
    with world.action("disable_user") as run, pytest.raises(Guarded):
        run.plan(target)


def test_the_last_administrator_stays(world: World) -> None:
    (manager,) = world.admin("GET", "/clients?clientId=realm-management")
    roles = f"/clients/{manager['id']}/roles"
    role = [row for row in world.admin("GET", roles) if row["name"] == "realm-admin"]
    mapped = f"/users/{world.told['ids']['bot-7']}/role-mappings/clients/{manager['id']}"
    world.admin("POST", mapped, json=role)
    with world.action("disable_user") as run, pytest.raises(Guarded, match="last administrator"):
        run.plan(world.user)
    world.admin("POST", "/groups", json={"name": "admins"})
    (group,) = world.admin("GET", "/groups?search=admins")
    world.admin("POST", f"/groups/{group['id']}/role-mappings/clients/{manager['id']}", json=role)
    world.admin("POST", "/users", json={"username": "dana", "enabled": True, "groups": ["admins"]})
    with world.action("disable_user") as run:
        assert only(run, world.user), "with a second one, by a group, the first may be stopped"
    world.admin("DELETE", mapped, json=role)


@pytest.mark.parametrize("other", ["agents/agent", "agents/AGENT-7", "master/agent-7", "agents/%"])
def test_only_the_very_client_of_this_realm_is_taken(world: World, other: str) -> None:
    target = Target("x", accounts=(f"keycloak.client:{other}",))
    with world.action("disable_client") as run:
        made = run.plan(target)
        assert made.steps == ()
        assert "Left out" in made.notes[0]


def test_the_realms_id_means_the_realm(world: World) -> None:
    realm = world.admin("GET", "")["id"]
    refs = (f"keycloak.client:{realm}/agent-7", "keycloak.client:agents/agent-7")
    with world.action("disable_client") as run:
        step = only(run, Target("agent-7", accounts=refs))
        assert step.point == "keycloak.client:agents/agent-7"


def test_no_plan_holds_a_secret(world: World) -> None:
    live = world.token()
    for name in [n.partition(".")[2] for n in actions() if n.startswith("keycloak.")]:
        with world.action(name, live) as run:
            for target in (CLIENT, world.user):
                shown = repr(run.plan(target)) if run.action.kinds else ""
                assert not any(s in shown for s in (*world.secrets.values(), live))
