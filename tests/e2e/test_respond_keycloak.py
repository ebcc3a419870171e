"""On a real Keycloak an agent can really no longer act, and can again, but not by its old tokens.

What the agent can do is seen with its own secret and tokens, and by its resource server.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from tests.vendor_cycle import Cycle

from agentwarrant.errors import Guarded, Refused
from agentwarrant.respond.action import Step, Target
from agentwarrant.respond.http import change
from agentwarrant.respond.transport import EnforceTransport, Permit
from agentwarrant.respond.vendor import actions, vendors

from .keycloak_world import World

pytestmark = pytest.mark.e2e

CLIENT = Target("agent-7", accounts=("keycloak.client:agents/agent-7",))


def only(cycle: Cycle, target: Target) -> Step:
    steps: tuple[Step, ...] = cycle.plan(target).steps
    (step,) = steps
    return step


def test_a_client_that_is_switched_off_gets_no_token_and_has_none(keycloak: World) -> None:
    old = keycloak.token()
    before = keycloak.admin("GET", keycloak.client)
    with keycloak.action("disable_client", old) as run:
        step = only(run, CLIENT)
        assert len(step.probes) == 2
        assert not run.action.verify(step, run.transport)
        assert run.contain(step)
        assert keycloak.login().status_code == 401
        assert not keycloak.works(old)
        assert run.contain(step), "done again, it is done"
        assert "Switched off already" in run.plan(CLIENT).notes[0]
        assert run.release(step)
    assert keycloak.works(keycloak.token())
    assert not keycloak.works(old), "the old token lives again"
    after = keycloak.admin("GET", keycloak.client)
    assert {k for k in after if after[k] != before[k]} == {"notBefore"}


def test_a_client_that_is_only_switched_on_again_has_its_old_tokens_back(keycloak: World) -> None:
    """Why the undo sends more than the switch."""
    old = keycloak.token()
    keycloak.admin("PUT", keycloak.client, json={"enabled": False})
    assert not keycloak.works(old)
    keycloak.admin("PUT", keycloak.client, json={"enabled": True})
    assert keycloak.works(old)


def test_tokens_of_before_are_dead_for_good_and_new_ones_live(keycloak: World) -> None:
    old = keycloak.token()
    with keycloak.action("not_before", old) as run:
        step = only(run, CLIENT)
        assert step.undo == ()
        assert run.contain(step)
        assert not keycloak.works(old)
    assert keycloak.works(keycloak.token())
    assert not keycloak.works(old)


def test_a_token_of_the_very_second_dies_too(keycloak: World) -> None:
    keycloak.token()
    with keycloak.action("not_before") as run:
        step = only(run, CLIENT)
        time.sleep(1 - time.time() % 1)  # a second begins: the token and the change are both in it
        late = str(keycloak.login().json()["access_token"])
        assert keycloak.works(late)
        assert run.contain(step)
        assert not keycloak.works(late)


def test_the_order_of_a_release_leaves_what_was_killed_dead(keycloak: World) -> None:
    old = keycloak.token()
    session = keycloak.user_login().json()
    done = []
    with (
        keycloak.action("disable_client", old) as off,
        keycloak.action("not_before", old) as kill,
        keycloak.action("logout_user") as out,
    ):
        for run, target in ((off, CLIENT), (kill, CLIENT), (out, keycloak.user)):
            step = only(run, target)
            assert run.contain(step)
            done.append((run, step))
        for run, step in reversed(done):
            assert not step.undo or run.release(step)
    assert keycloak.works(keycloak.token())
    assert not keycloak.works(old)
    assert not keycloak.works(session["access_token"])
    assert keycloak.refresh(session["refresh_token"]) == 400


def test_an_exchanged_secret_logs_in_no_more_and_nobody_is_told_the_new_one(
    keycloak: World,
) -> None:
    old = keycloak.token()
    with keycloak.action("rotate_client_secret") as run:
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
        assert keycloak.login().status_code == 401
        assert keycloak.works(old), "live tokens go on: the plan says so"
        assert "go on" in step.residual
        assert step.residual_seconds == 300
    new = keycloak.admin("GET", f"{keycloak.client}/client-secret")["value"]
    assert new not in repr((answer, step))
    keycloak.secrets["agent-7"] = new
    assert keycloak.login().status_code == 200


def test_a_service_account_that_is_switched_off_comes_back_without_its_tokens(
    keycloak: World,
) -> None:
    old = keycloak.token()
    with keycloak.action("disable_service_account", old) as run:
        step = only(run, CLIENT)
        assert run.contain(step)
        assert keycloak.login().status_code == 401
        assert not keycloak.works(old)
        assert run.release(step)
    assert keycloak.works(keycloak.token())
    assert not keycloak.works(old)


def test_a_user_that_is_switched_off_comes_back_without_its_sessions(keycloak: World) -> None:
    keycloak.token()
    old = keycloak.user_login().json()
    with keycloak.action("disable_user", old["access_token"]) as run:
        step = only(run, keycloak.user)
        assert len(step.probes) == 1
        assert not run.action.verify(step, run.transport)
        assert run.contain(step)
        assert keycloak.user_login().status_code == 400
        assert keycloak.refresh(old["refresh_token"]) == 400
        assert run.release(step)
    assert keycloak.user_login().status_code == 200
    assert not keycloak.works(old["access_token"])
    assert keycloak.refresh(old["refresh_token"]) == 400


def test_a_log_out_ends_every_session_of_the_user(keycloak: World) -> None:
    old = keycloak.user_login().json()
    with keycloak.action("logout_user", old["access_token"]) as run:
        step = only(run, keycloak.user)
        assert run.contain(step)
        assert not keycloak.works(old["access_token"])
        assert keycloak.refresh(old["refresh_token"]) == 400


def test_sessions_at_the_agents_client_end_and_so_do_those_that_outlive_a_log_out(
    keycloak: World,
) -> None:
    online = keycloak.user_login().json()
    offline = keycloak.user_login("openid offline_access").json()
    with keycloak.action("end_client_sessions") as run:
        steps = run.plan(CLIENT).steps
        assert len(steps) >= 2
        assert all(run.contain(step) for step in steps)
        assert not run.plan(CLIENT).steps
    assert keycloak.refresh(online["refresh_token"]) == 400
    assert keycloak.refresh(offline["refresh_token"]) == 400


def test_a_token_is_revoked_by_the_agents_own_secret_alone(keycloak: World) -> None:
    old, other = keycloak.token(), keycloak.token()
    with keycloak.action("revoke_token", old) as run:
        step = only(run, CLIENT)
        assert run.contain(step)
        assert not keycloak.works(old)
        assert keycloak.works(other)
        assert run.contain(step), "a token that is revoked is revoked"
        form = {**step.request.params["form"], "client_id": "api"}
        form["client_secret"] = keycloak.secrets["api"]
        with pytest.raises(Refused):
            run.transport.send(change("POST", step.request.method[5:], endpoint="x", form=form))


def test_a_witness_that_would_call_a_live_token_dead_is_not_heard(keycloak: World) -> None:
    live = keycloak.token()
    with keycloak.action("revoke_token", live, introspect_client="runner") as run:
        made = run.plan(CLIENT)
        (step,) = made.steps
        assert step.probes == ()
        assert "proves nothing" in " ".join(made.notes)
        assert not run.action.word_is_enough, "so it can be applied, and never verified"


def test_a_plan_is_no_drift_because_another_step_came_first(keycloak: World) -> None:
    old = keycloak.token()
    with keycloak.action("disable_client", old) as off, keycloak.action("not_before", old) as kill:
        before = kill.plan(CLIENT)
        step = only(off, CLIENT)
        assert off.contain(step)
        assert kill.plan(CLIENT) == before
        assert off.release(step)


@pytest.mark.parametrize("name", ["disable_client", "disable_service_account", "not_before"])
@pytest.mark.parametrize("client", ["runner", "realm-management", "admin-cli"])
def test_the_responder_and_keycloak_itself_are_not_touched(
    keycloak: World, name: str, client: str
) -> None:
    target = Target("x", accounts=(f"keycloak.client:agents/{client}",))
    with keycloak.action(name) as run, pytest.raises(Guarded):
        run.plan(target)


def test_the_responders_own_service_account_is_not_touched_as_a_user(keycloak: World) -> None:
    own = keycloak.admin("GET", f"/clients/{keycloak.told['ids']['runner']}/service-account-user")
    target = Target("x", accounts=(f"keycloak.user:agents/{own['id']}",))
    with keycloak.action("disable_user") as run, pytest.raises(Guarded):
        run.plan(target)


def test_the_last_administrator_stays(keycloak: World) -> None:
    (manager,) = keycloak.admin("GET", "/clients?clientId=realm-management")
    roles = f"/clients/{manager['id']}/roles"
    role = [row for row in keycloak.admin("GET", roles) if row["name"] == "realm-admin"]
    mapped = f"/users/{keycloak.told['ids']['bot-7']}/role-mappings/clients/{manager['id']}"
    keycloak.admin("POST", mapped, json=role)
    with keycloak.action("disable_user") as run, pytest.raises(Guarded, match="last administrator"):
        run.plan(keycloak.user)
    keycloak.admin("POST", "/groups", json={"name": "admins"})
    (group,) = keycloak.admin("GET", "/groups?search=admins")
    keycloak.admin(
        "POST", f"/groups/{group['id']}/role-mappings/clients/{manager['id']}", json=role
    )
    keycloak.admin(
        "POST", "/users", json={"username": "dana", "enabled": True, "groups": ["admins"]}
    )
    with keycloak.action("disable_user") as run:
        assert only(run, keycloak.user), "with a second one, by a group, the first may be stopped"
    keycloak.admin("DELETE", mapped, json=role)


@pytest.mark.parametrize("other", ["agents/agent", "agents/AGENT-7", "master/agent-7", "agents/%"])
def test_only_the_very_client_of_this_realm_is_taken(keycloak: World, other: str) -> None:
    target = Target("x", accounts=(f"keycloak.client:{other}",))
    with keycloak.action("disable_client") as run:
        made = run.plan(target)
        assert made.steps == ()
        assert "Left out" in made.notes[0]


def test_the_realms_id_means_the_realm(keycloak: World) -> None:
    realm = keycloak.admin("GET", "")["id"]
    refs = (f"keycloak.client:{realm}/agent-7", "keycloak.client:agents/agent-7")
    with keycloak.action("disable_client") as run:
        step = only(run, Target("agent-7", accounts=refs))
        assert step.point == "keycloak.client:agents/agent-7"


def test_the_roles_that_the_documentation_asks_for_are_enough(keycloak: World) -> None:
    page = (Path(__file__).parents[2] / "docs/vendors/keycloak.md").read_text(encoding="utf-8")
    (line,) = (one for one in page.splitlines() if "these roles of `realm-management`" in one)
    wanted = set(re.findall(r"`([a-z]+-[a-z]+)`", line.partition(":")[2].partition(".")[0]))
    assert wanted
    keycloak.secrets["lesser"] = "of-this-test"
    client = {"clientId": "lesser", "secret": "of-this-test", "serviceAccountsEnabled": True}
    keycloak.admin("POST", "/clients", json={**client, "publicClient": False})
    (made,) = keycloak.admin("GET", "/clients?clientId=lesser")
    (manager,) = keycloak.admin("GET", "/clients?clientId=realm-management")
    account = keycloak.admin("GET", f"/clients/{made['id']}/service-account-user")["id"]
    known = keycloak.admin("GET", f"/clients/{manager['id']}/roles")
    roles = [role for role in known if role["name"] in wanted]
    mapped = f"/users/{account}/role-mappings/clients/{manager['id']}"
    keycloak.admin("POST", mapped, json=roles)
    assert {role["name"] for role in roles} == wanted
    for name in (n.partition(".")[2] for n in actions() if n.startswith("keycloak.")):
        live = keycloak.token()
        session = keycloak.user_login().json()
        of_user = "keycloak.user" in actions()[f"keycloak.{name}"].kinds
        held = session["access_token"] if of_user else live
        with keycloak.action(name, held, client_id="lesser") as run:
            steps = run.plan(keycloak.user if of_user else CLIENT).steps
            assert all(run.contain(step) for step in steps), name
            assert all(not step.undo or run.release(step) for step in steps), name
        if name == "rotate_client_secret":
            new = keycloak.admin("GET", f"{keycloak.client}/client-secret")["value"]
            keycloak.secrets["agent-7"] = new


def test_no_plan_holds_a_secret(keycloak: World) -> None:
    live = keycloak.token()
    for name in [n.partition(".")[2] for n in actions() if n.startswith("keycloak.")]:
        with keycloak.action(name, live) as run:
            for target in (CLIENT, keycloak.user):
                shown = repr(run.plan(target)) if run.action.kinds else ""
                assert not any(s in shown for s in (*keycloak.secrets.values(), live))
