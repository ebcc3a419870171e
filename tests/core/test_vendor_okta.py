"""Okta's actions against a stand-in that holds them to Okta's published description."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.simulators.base import connection_to
from tests.simulators.okta import API_TOKEN, SECRET, Okta
from tests.vendor_cycle import Cycle, cycle

from agentwarrant.errors import (
    ConfigError,
    Guarded,
    ObserveOnly,
    OutcomeUnknown,
    Refused,
    Unreachable,
)
from agentwarrant.respond.action import Plan, Step, Target
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.http import read
from agentwarrant.respond.vendor import actions, vendors
from agentwarrant.respond.written import written

KEY = rsa.generate_private_key(65537, 2048)
ALL = ("okta.user:00u1agent", "okta.app:0oa1bot", "okta.token:00T1bots", "okta.ai_agent:wlp1bot")


@pytest.fixture
def okta() -> Okta:
    return Okta()


@pytest.fixture
def connect(okta: Okta, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Give a function that opens an action over the running stand-in."""
    with okta.running() as url:

        def opened(name: str, **options: Any) -> Any:
            made = connection_to(url, "okta", tmp_path, {"token": API_TOKEN}, **options)
            return cycle(f"okta.{name}", made)

        yield opened


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


# Users -----------------------------------------------------------------------------------


@pytest.mark.parametrize("account", ["okta.user:00u1agent", "okta.user_login:BOT@acme.example"])
def test_a_user_is_suspended_and_comes_back(okta: Okta, connect: Any, account: str) -> None:
    with connect("suspend_user") as run:
        step = whole(run, account)
    assert step.point == "okta.user:00u1agent"
    assert step.pre_state == {"status": "ACTIVE", "login": "bot@acme.example"}
    assert okta.state["users"]["00u1agent"]["status"] == "SUSPENDED"
    assert okta.did("POST /api/v1/users/{}/lifecycle/suspend") == 2


def test_a_user_by_id_and_by_login_is_one_user(connect: Any) -> None:
    with connect("suspend_user") as run:
        plan = run.plan(agent("okta.user:00u1agent", "okta.user_login:bot@acme.example"))
    assert only(plan).point == "okta.user:00u1agent"


@pytest.mark.parametrize("status", ["LOCKED_OUT", "PASSWORD_EXPIRED", "DEPROVISIONED"])
def test_who_is_not_active_cannot_be_suspended_and_the_plan_says_so(
    okta: Okta, connect: Any, status: str
) -> None:
    okta.state["users"]["00u1agent"]["status"] = status
    with connect("suspend_user") as run:
        plan = run.plan(agent("okta.user:00u1agent"))
    assert plan.steps == ()
    assert status in plan.notes[0]


def test_the_last_super_administrator_is_not_suspended(okta: Okta, connect: Any) -> None:
    with connect("suspend_user") as run:
        assert run.plan(agent("okta.user:00u2root")).steps  # there is another one
        okta.state["users"]["00u3spare"]["status"] = "DEPROVISIONED"
        with pytest.raises(Guarded, match="last active super administrator"):
            run.plan(agent("okta.user:00u2root"))


def test_where_roles_cannot_be_read_nobody_is_suspended(okta: Okta, connect: Any) -> None:
    okta.hidden = "/roles"
    with connect("suspend_user") as run, pytest.raises(Guarded, match="cannot be read"):
        run.plan(agent("okta.user:00u1agent"))


def test_where_the_people_of_an_app_cannot_be_read_it_is_not_touched(
    okta: Okta, connect: Any
) -> None:
    okta.hidden = "/users"
    with connect("deactivate_app") as run, pytest.raises(Guarded, match="cannot be read"):
        run.plan(agent("okta.app:0oa1bot"))


HOSTILE = [
    "okta.user:me",
    "okta.user:../groups/00g1",
    "okta.user:00u1agent/lifecycle/deactivate",
    "okta.user:00u1agent?activate=true",
    "okta.user_login:me",
    "okta.user_login:bot",
    'okta.user_login:x"or@acme.example',
    "okta.user_login:../../apps@acme.example",
    "okta.user:*",
    "okta.user_login:" + "x" * 5000,
]


@pytest.mark.parametrize("name", ["suspend_user", "clear_sessions", "universal_logout"])
def test_an_id_from_a_log_leaves_its_place_in_no_request(
    okta: Okta, connect: Any, name: str
) -> None:
    with connect(name) as run:
        plan = run.plan(agent(*HOSTILE))
        assert plan.steps == ()
        assert run.action.plan(agent(*HOSTILE)).steps == ()
    assert okta.calls == []
    assert all(len(note) < 300 for note in plan.notes)


def test_a_user_that_okta_does_not_know_is_left_out(connect: Any) -> None:
    with connect("suspend_user") as run:
        plan = run.plan(agent("okta.user:00u404", "okta.user_login:no@acme.example"))
    assert plan.steps == ()
    assert len(plan.notes) == 2


def test_sessions_end_and_the_log_is_the_proof(okta: Okta, connect: Any) -> None:
    with connect("clear_sessions") as run:
        step = only(run.plan(agent("okta.user:00u1agent")))
        assert not shows_now(run, step)
        assert run.contain(step)
    assert okta.state["users"]["00u1agent"]["sessions"] == 0
    assert okta.state["users"]["00u1agent"]["clients"]["0oa1bot"]["tokens"] == []
    (call,) = okta.asked("DELETE /api/v1/users/{}/sessions")
    assert call.query == {"oauthTokens": "true", "forgetDevices": "true"}


def test_an_old_end_of_sessions_proves_nothing(okta: Okta, connect: Any) -> None:
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
    okta.state["log"].append(["user.session.clear", "00u1agent", when])
    with connect("clear_sessions") as run:
        step = only(run.plan(agent("okta.user:00u1agent")))
        assert not shows_now(run, step)
        assert run.contain(step)


def test_everybody_is_signed_out_everywhere(okta: Okta, connect: Any) -> None:
    with connect("universal_logout") as run:
        assert run.plan(agent("okta.user:00u1agent")).steps == (), "not every org has it"
    with connect("universal_logout", universal_logout=True) as run:
        assert run.contain(only(run.plan(agent("okta.user:00u1agent"))))
    assert okta.state["users"]["00u1agent"]["sessions"] == 0


@pytest.mark.parametrize("what", ["tokens", "grants"])
def test_what_a_user_holds_at_a_client_is_revoked(okta: Okta, connect: Any, what: str) -> None:
    with connect(f"revoke_user_{what}") as run:
        step = only(run.plan(agent("okta.user:00u1agent")))
        assert run.contain(step)
        assert run.contain(step)
        assert run.plan(agent("okta.user:00u1agent")).steps == ()
    assert okta.state["users"]["00u1agent"]["clients"]["0oa1bot"][what] == []
    assert step.point == "okta.user:00u1agent/0oa1bot"


@pytest.mark.parametrize(("before", "back"), [("LOW", "LOW"), ("NONE", "LOW"), ("MEDIUM", "LOW")])
def test_a_risk_goes_up_and_comes_back_as_far_as_it_can(
    okta: Okta, connect: Any, before: str, back: str
) -> None:
    okta.state["users"]["00u1agent"]["risk"] = before
    with connect("raise_user_risk") as run:
        step = only(run.plan(agent("okta.user:00u1agent")))
        assert run.contain(step)
        assert run.plan(agent("okta.user:00u1agent")).steps == ()
        assert run.release(step)
    assert step.pre_state["riskLevel"] == before
    assert okta.state["users"]["00u1agent"]["risk"] == back


# API tokens and AI agents ----------------------------------------------------------------


def test_an_api_token_is_revoked_once(okta: Okta, connect: Any) -> None:
    with connect("delete_api_token") as run:
        step = only(run.plan(agent("okta.token:00T1bots")))
        assert run.contain(step)
        assert run.contain(step)
        assert run.plan(agent("okta.token:00T1bots")).steps == ()
    assert "00T1bots" not in okta.state["tokens"]


def test_our_own_token_is_not_revoked(connect: Any) -> None:
    with connect("delete_api_token") as run, pytest.raises(Guarded, match="responses act as"):
        run.plan(agent("okta.token:00T9ours"))


def test_the_id_of_an_access_token_is_no_api_token(connect: Any) -> None:
    with connect("delete_api_token") as run:
        assert run.plan(agent("okta.token:AT.abc", "okta.token:current")).steps == ()


def test_an_ai_agent_is_deactivated_some_reads_later(okta: Okta, connect: Any) -> None:
    okta.polls = 3
    with connect("deactivate_ai_agent") as run:
        step = only(run.plan(agent("okta.ai_agent:wlp1bot")))
        run.action.execute(step, run._for(step.request))
        assert not run.action.verify(step, run._for(None)), "202 is no proof"
        assert run.shows(step)
        assert run.plan(agent("okta.ai_agent:wlp1bot")).steps == ()
        assert run.release(step)
    assert okta.state["agents"]["wlp1bot"] == "ACTIVE"
    assert step.residual_seconds > 0


# Apps ------------------------------------------------------------------------------------


def as_agent(run: Cycle, path: str, **form: str) -> Any:
    """Ask as the agent would, with what it holds."""
    url = run.transport.connection.url
    return httpx.post(f"{url}{path}", data=form)


def token(run: Cycle) -> Any:
    return as_agent(run, "/oauth2/v1/token", client_id="0oa1bot", client_secret=SECRET)


def test_an_app_is_deactivated_and_what_it_holds_lives_on(okta: Okta, connect: Any) -> None:
    okta.tokens_outlive = True
    with connect("deactivate_app", token_lifetime=900) as run:
        held = token(run).json()["access_token"]
        step = only(run.plan(agent("okta.app:0oa1bot")))
        assert run.contain(step)
        assert token(run).status_code == 401, "it gets no new one"
        assert as_agent(run, "/oauth2/v1/introspect", token=held).json() == {"active": True}
        assert (step.residual_seconds, "without a refresh token" in step.residual) == (900, True)
        assert run.plan(agent("okta.app:0oa1bot")).steps == ()
        assert run.release(step)
        assert token(run).status_code == 200


def test_revoking_an_apps_tokens_leaves_those_of_client_credentials(
    okta: Okta, connect: Any
) -> None:
    with connect("revoke_app_tokens") as run:
        held = token(run).json()["access_token"]
        step = only(run.plan(agent("okta.app:0oa1bot")))
        assert run.contain(step)
        assert as_agent(run, "/oauth2/v1/introspect", token=held).json() == {"active": True}
    assert okta.state["apps"]["0oa1bot"]["refresh"] == []
    assert step.residual_seconds == 3600


def test_an_app_that_many_people_use_is_not_touched(connect: Any) -> None:
    for name in ("deactivate_app", "revoke_app_tokens", "add_app_secret", "disable_app_secrets"):
        with connect(name) as run, pytest.raises(Guarded, match="more than 5 people"):
            run.plan(agent("okta.app:0oa2shared"))
    with connect("deactivate_app", max_app_users=30) as run:
        assert run.plan(agent("okta.app:0oa2shared")).steps


def test_the_app_that_we_act_as_is_not_touched(connect: Any) -> None:
    with connect("deactivate_app", client_id="0oa1bot") as run, pytest.raises(Guarded):
        run.plan(agent("okta.app:0oa1bot"))


def test_the_only_secret_is_rotated_by_adding_one_first(okta: Okta, connect: Any) -> None:
    with connect("disable_app_secrets") as run:
        early = run.plan(agent("okta.app:0oa1bot"))
        assert "add_app_secret has to come first" in early.notes[0]
        with pytest.raises(Refused, match="only client secret"):
            run.action.execute(only(early), run._for(only(early).request))
    with connect("add_app_secret") as run:
        step = only(run.plan(agent("okta.app:0oa1bot")))
        assert run.contain(step)
        assert run.plan(agent("okta.app:0oa1bot")).steps == ()
    assert okta.did("POST /api/v1/apps/{}/credentials/secrets") == 1
    with connect("disable_app_secrets") as run:
        late = only(run.plan(agent("okta.app:0oa1bot")))
        assert late == only(early), "what was approved is what is done"
        assert run.contain(late)
        assert token(run).status_code == 401
        assert run.plan(agent("okta.app:0oa1bot")).steps == ()
        assert run.release(late)
        assert token(run).status_code == 200


def test_the_key_that_an_app_signs_with_is_switched_off(okta: Okta, connect: Any) -> None:
    with connect("disable_app_keys") as run:
        step = whole(run, "okta.app:0oa1bot")
    assert step.point == "okta.app:0oa1bot/jwks/pks1"
    assert [key["status"] for key in okta.state["apps"]["0oa1bot"]["keys"]] == [
        "INACTIVE",
        "ACTIVE",
    ]


# What goes wrong on the way --------------------------------------------------------------


def test_nothing_of_a_secret_stands_in_answers_plans_and_errors(okta: Okta, connect: Any) -> None:
    with connect("add_app_secret") as run:
        step = only(run.plan(agent("okta.app:0oa1bot")))
        answer = run.action.execute(step, run._for(step.request))
        told = json.dumps([answer, written(step), repr(run.transport)])
        listed = run.transport.send(read("/api/v1/apps/0oa1bot/credentials/secrets", endpoint=""))
    told += json.dumps(listed)
    assert "ocs1" in told
    for secret in (SECRET, "a-new-secret-nobody-may-keep", API_TOKEN):
        assert secret not in told


def test_an_answer_that_never_came_is_read_and_not_asked_again(okta: Okta, connect: Any) -> None:
    with connect("suspend_user") as run:
        step = only(run.plan(agent("okta.user:00u1agent")))
        okta.hang_up(1)
        with pytest.raises(OutcomeUnknown):
            run.action.execute(step, run._for(step.request))
        assert run.shows(step)
    assert okta.did("POST /api/v1/users/{}/lifecycle/suspend") == 1


def test_a_busy_org_says_when_to_ask_again(okta: Okta, connect: Any) -> None:
    with connect("suspend_user") as run:
        step = only(run.plan(agent("okta.user:00u1agent")))
        okta.busy(1, retry_after=3)
        with pytest.raises(Unreachable) as caught:
            run.action.execute(step, run._for(step.request))
        assert caught.value.retry_after == 3
        assert not run.action.verify(step, run._for(None))
        assert run.contain(step)


def test_a_read_that_shows_the_old_state_is_asked_again(okta: Okta, connect: Any) -> None:
    okta.lag = 2
    with connect("suspend_user") as run:
        step = only(run.plan(agent("okta.user:00u1agent")))
        run.action.execute(step, run._for(step.request))
        assert not run.action.verify(step, run._for(None))
        assert run.shows(step)


def test_observe_mode_plans_all_of_it_and_changes_nothing(okta: Okta, tmp_path: Path) -> None:
    before = json.dumps(okta.state)
    with okta.running() as url:
        made = connection_to(url, "okta", tmp_path, {"token": API_TOKEN}, universal_logout=True)
        with vendors()["okta"].observe(made) as transport:
            for action in actions().values():
                if action.vendor == "okta":
                    steps = action.plan(agent(*ALL), transport).steps
                    assert steps, action.id
                    for step in steps:
                        with pytest.raises(ObserveOnly):
                            transport.send(step.request)
    assert json.dumps(okta.state) == before
    assert {call.method for call, _ in okta.calls} == {"GET"}


# Who asks --------------------------------------------------------------------------------


def with_key(url: str, folder: Path, **options: Any) -> Connection:
    text = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    secrets = {"private_key": text.replace("\n", "")}
    made: Connection = connection_to(url, "okta", folder, secrets, client_id="0oa9us", **options)
    return made


def test_a_service_app_proves_itself_with_its_key(tmp_path: Path) -> None:
    def check(token: str) -> None:
        data, _, seal = token.rpartition(".")
        raw = base64.urlsafe_b64decode(seal + "==")
        KEY.public_key().verify(raw, data.encode(), padding.PKCS1v15(), SHA256())

    okta = Okta(check)
    with okta.running() as url:
        with cycle("okta.suspend_user", with_key(url, tmp_path, key_id="k1")) as run:
            assert run.contain(only(run.plan(agent("okta.user:00u1agent"))))
        (claims,) = okta.assertions
        assert claims["aud"] == f"{url}/oauth2/v1/token"
        assert (claims["iss"], claims["sub"]) == ("0oa9us", "0oa9us")
        assert "okta.users.manage" in okta.asked("POST /oauth2/v1/token")[0].body["scope"]
        with vendors()["okta"].observe(with_key(url, tmp_path)) as transport:
            transport.send(read("/api/v1/users/00u1agent", endpoint=""))
        assert "manage" not in okta.asked("POST /oauth2/v1/token")[1].body["scope"]


def test_without_any_proof_the_configuration_is_wrong(tmp_path: Path) -> None:
    made = connection_to("http://127.0.0.1:1", "okta", tmp_path, {})
    with pytest.raises(ConfigError, match="neither a token nor a private_key"):  # noqa: SIM117  # opening fails
        with cycle("okta.suspend_user", made):
            pass


def test_a_wrong_token_is_refused_and_not_shown(okta: Okta, tmp_path: Path) -> None:
    with okta.running() as url:
        made = connection_to(url, "okta", tmp_path, {"token": "wrong-but-secret"})
        with cycle("okta.suspend_user", made) as run, pytest.raises(Refused) as caught:
            run.plan(agent("okta.user:00u1agent"))
    assert "wrong-but-secret" not in str(caught.value)
    assert caught.value.status == 401
