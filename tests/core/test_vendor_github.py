"""GitHub's actions against a stand-in that holds them to GitHub's published description."""

from __future__ import annotations

import base64
import hashlib
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
from tests.simulators.github import LEAKED, OURS, GitHub
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
from agentwarrant.respond.vendor import actions, vendors
from agentwarrant.respond.written import written

KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
LINE = PEM.decode().replace("\n", "")
HASH = base64.b64encode(hashlib.sha256(LEAKED.encode()).digest()).decode()
COPILOT = "github.app:copilot-swe-agent"


def checked(token: str) -> None:
    data, _, seal = token.rpartition(".")
    raw = base64.urlsafe_b64decode(seal + "==")
    KEY.public_key().verify(raw, data.encode(), padding.PKCS1v15(), SHA256())


@pytest.fixture
def github() -> GitHub:
    return GitHub(checked)


@pytest.fixture
def connect(github: GitHub, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Give a function that opens an action over the running stand-in."""
    with github.running() as url:
        yield lambda name, *without, **more: cycle(
            f"github.{name}", connection(url, tmp_path, *without, **more), 3.0
        )


def connection(url: str, folder: Path, *without: str, **more: Any) -> Any:
    secrets = {"token": OURS, "agent_private_key": LINE, "leaked_token": LEAKED}
    if "installation_id" in more:
        secrets = {"private_key": LINE}
    options = {"organization": "acme", "repositories": ["acme/helper"], "agent_app_id": "904211"}
    kept = {name: value for name, value in secrets.items() if name not in without}
    return connection_to(url, "github", folder, kept, **(options | more))


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


# Tokens ----------------------------------------------------------------------------------


def test_a_leaked_token_dies_without_saying_who_asks(github: GitHub, connect: Any) -> None:
    github.polls = 3
    with connect("revoke_leaked_token") as run:
        url = run.transport.connection.url
        held = {"authorization": f"Bearer {LEAKED}"}
        assert httpx.get(f"{url}/user", headers=held).status_code == 200
        step = only(run.plan(agent(f"github.token:{HASH}")))
        assert run.contain(step)
        assert httpx.get(f"{url}/user", headers=held).status_code == 401
        assert "dead already" in run.plan(agent(f"github.token:{HASH}")).notes[0]
    (call,) = github.asked("POST /credentials/revoke")
    assert "authorization" not in call.headers
    assert call.body == {"credentials": [LEAKED]}
    assert LEAKED not in json.dumps(written(step)) + repr(step)


def test_who_says_who_they_are_cannot_revoke(github: GitHub, connect: Any) -> None:
    with connect("revoke_leaked_token") as run:
        url = f"{run.transport.connection.url}/credentials/revoke"
        sent = httpx.post(url, json={"credentials": ["x"]}, headers={"authorization": "Bearer x"})
    assert sent.status_code == 403
    github.violations.clear()  # the description has no 403 for it, the documentation has


def test_only_the_token_of_the_case_is_revoked(connect: Any) -> None:
    other = base64.b64encode(hashlib.sha256(b"another").digest()).decode()
    with connect("revoke_leaked_token") as run:
        plan = run.plan(agent(f"github.token:{other}"))
    assert (plan.steps, "none of the tokens" in plan.notes[0]) == ((), True)


def test_a_hash_in_hexadecimal_is_the_same_token(connect: Any) -> None:
    with connect("revoke_leaked_token") as run:
        named = hashlib.sha256(LEAKED.encode()).hexdigest().upper()
        assert only(run.plan(agent(f"github.token:{named}")))


def test_a_kind_of_token_that_cannot_be_tried_is_not_revoked(tmp_path: Path) -> None:
    github = GitHub()
    with github.running() as url:
        made = connection(url, tmp_path)
        token = "ghr_refresh"  # noqa: S105  # a stand-in's
        (tmp_path / "leaked_token").write_text(token, encoding="utf-8")
        named = hashlib.sha256(token.encode()).hexdigest()
        with cycle("github.revoke_leaked_token", made) as run:
            plan = run.plan(agent(f"github.token:{named}"))
    assert (plan.steps, "cannot be revoked so" in plan.notes[0]) == ((), True)


def test_a_token_loses_the_organization_by_our_app(github: GitHub, connect: Any) -> None:
    with connect("revoke_org_token", app_id="7", installation_id="9") as run:
        step = only(run.plan(agent("github.token:1234567")))
        assert not shows_now(run, step)
        assert run.contain(step)
        assert "no access" in run.plan(agent("github.token:1234567")).notes[0]
    (call,) = github.asked("POST /orgs/{}/personal-access-tokens")
    assert call.body == {"action": "revoke", "pat_ids": [31]}


def test_a_person_cannot_revoke_tokens_of_an_organization(connect: Any) -> None:
    with connect("revoke_org_token") as run:
        plan = run.plan(agent("github.token:1234567"))
    assert (plan.steps, "by Apps alone" in plan.notes[0]) == ((), True)


# Apps ------------------------------------------------------------------------------------


@pytest.mark.parametrize("account", ["github.app:Acme-Helper", "github.app_id:904211"])
def test_the_agents_app_is_suspended_here_and_comes_back(
    github: GitHub, connect: Any, account: str
) -> None:
    with connect("suspend_app") as run:
        step = whole(run, account)
    assert step.point == "github.installation:501"
    assert github.state["installations"]["502"]["suspended_at"] is None


def test_another_app_is_not_suspended_with_the_key_at_hand(connect: Any) -> None:
    with connect("suspend_app") as run:
        plan = run.plan(agent("github.app:somebody-else", "github.app_id:9042110"))
    assert (plan.steps, "not this agent's App" in plan.notes[0]) == ((), True)


def test_without_its_key_nobody_suspends_an_app(connect: Any) -> None:
    with connect("suspend_app", "agent_private_key") as run:
        assert "agent_private_key" in run.plan(agent("github.app:acme-helper")).notes[0]


# Members ---------------------------------------------------------------------------------


def test_a_member_is_removed_and_invited_again(github: GitHub, connect: Any) -> None:
    with connect("remove_member") as run:
        step = whole(run, "github.user:acme-bot")
    assert step.pre_state == {"role": "member"}
    assert "acme-bot" not in github.state["members"]


def test_the_last_owner_and_ourselves_are_not_removed(github: GitHub, connect: Any) -> None:
    with connect("remove_member") as run:
        assert run.plan(agent("github.user:root")).steps
        with pytest.raises(Guarded, match="responses themselves"):
            run.plan(agent("github.user:Responder"))
        del github.state["members"]["responder"]
        with pytest.raises(Guarded, match="last owner"):
            run.plan(agent("github.user:root"))


def test_a_member_cannot_be_blocked_and_a_stranger_can(github: GitHub, connect: Any) -> None:
    with connect("block_user") as run:
        assert "remove first" in run.plan(agent("github.user:acme-bot")).notes[0]
        whole(run, "github.user:stranger")
    assert github.state["blocks"] == ["stranger"]


# Repositories ----------------------------------------------------------------------------


def test_the_agents_runs_are_cancelled_and_nobody_elses(github: GitHub, connect: Any) -> None:
    github.polls = 2
    with connect("cancel_runs") as run:
        plan = run.plan(agent("github.user:acme-bot", "github.app:acme-helper"))
        assert [step.point.rpartition("/")[2] for step in plan.steps] == ["71", "74"]
        for step in plan.steps:
            assert run.contain(step)
            with pytest.raises(Refused) as caught:
                run.action.execute(step, run._for(step.request))
            assert caught.value.status == 409
            assert run.contain(step), "409 says that it is done"
    assert github.state["runs"]["73"]["status"] == "in_progress"


def test_the_keys_that_the_agent_added_go_and_come_back(github: GitHub, connect: Any) -> None:
    before = dict(github.state["keys"]["81"])
    with connect("delete_deploy_keys") as run:
        step = only(run.plan(agent("github.user:acme-bot")))
        assert run.contain(step)
        assert run.contain(step)
        assert run.release(step)
    assert "82" in github.state["keys"]
    (after,) = [row for row in github.state["keys"].values() if row["title"] == "bot"]
    assert {n: after[n] for n in ("title", "key", "read_only")} == step.pre_state
    assert {n: before[n] for n in ("title", "key", "read_only")} == step.pre_state
    assert after["id"] != before["id"]
    github.violations.clear()  # GitHub answers 404 to a second deletion; its description does not


def test_copilot_is_switched_off_and_its_repositories_come_back(
    github: GitHub, connect: Any
) -> None:
    with connect("stop_copilot_agent") as run:
        step = only(run.plan(agent(COPILOT)))
        assert run.contain(step)
        assert run.contain(step)
        assert "off already" in run.plan(agent(COPILOT)).notes[0]
        assert run.release(step)
    assert github.state["copilot"] == {"enabled_repositories": "selected", "ids": [11, 12]}


def test_another_agent_does_not_switch_copilot_off(github: GitHub, connect: Any) -> None:
    with connect("stop_copilot_agent") as run:
        assert (
            run.plan(agent("github.app:acme-helper", "github.user:copilot-swe-agent")).steps == ()
        )
    assert github.calls == []


# What goes wrong on the way --------------------------------------------------------------

HOSTILE = [
    f"{kind}:{value}"
    for kind in ("github.user", "github.app", "github.app_id", "github.token")
    for value in ("../x", "*", "a/b", "a?b=c", "a b", "-", "", "x" * 3000)
]


@pytest.mark.parametrize("name", [n for n, a in actions().items() if a.vendor == "github"])
def test_an_id_from_a_log_leaves_its_place_in_no_request(
    github: GitHub, connect: Any, name: str
) -> None:
    with connect(name.removeprefix("github.")) as run:
        assert run.plan(agent(*HOSTILE)).steps == ()
    assert not any(call.method != "GET" for call, _ in github.calls)


@pytest.mark.parametrize("name", ["../acme", "", "acme/x", "a b"])
def test_an_organization_that_is_none_is_said(connect: Any, name: str) -> None:
    with connect("remove_member", organization=name) as run, pytest.raises(ConfigError):
        run.plan(agent("github.user:acme-bot"))


def test_an_answer_that_never_came_is_read_and_not_asked_again(
    github: GitHub, connect: Any
) -> None:
    with connect("suspend_app") as run:
        step = only(run.plan(agent("github.app:acme-helper")))
        github.hang_up(1)
        with pytest.raises(OutcomeUnknown):
            run.action.execute(step, run._for(step.request))
        assert run.shows(step)
    assert github.did("PUT /app/installations/{}/suspended") == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after": "7"},
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 1000)},
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"},
        {"x-ratelimit-remaining": "0"},
    ],
)
def test_a_403_for_too_much_is_asked_again_later(
    github: GitHub, connect: Any, headers: dict[str, str]
) -> None:
    with connect("remove_member") as run:
        step = only(run.plan(agent("github.user:acme-bot")))
        github.limited.append(headers)
        with pytest.raises(Unreachable) as caught:
            run.action.execute(step, run._for(step.request))
        assert caught.value.retry_after >= 1
        assert run.contain(step)
    github.violations.clear()  # its description has no 403 for it


def test_any_other_403_is_a_refusal(github: GitHub, connect: Any) -> None:
    with connect("remove_member") as run:
        step = only(run.plan(agent("github.user:acme-bot")))
        github.limited.append({"retry-after": "soon", "x-ratelimit-remaining": "4000"})
        with pytest.raises(Refused, match="exceeded") as caught:
            run.action.execute(step, run._for(step.request))
        assert caught.value.status == 403


def test_observe_mode_changes_nothing(github: GitHub, tmp_path: Path) -> None:
    before = json.dumps(github.state)
    accounts = ("github.user:acme-bot", "github.app:acme-helper", f"github.token:{HASH}", COPILOT)
    planned = 0
    with (
        github.running() as url,
        vendors()["github"].observe(connection(url, tmp_path)) as transport,
    ):
        for action in actions().values():
            if action.vendor == "github" and action.name != "revoke_org_token":
                for step in action.plan(agent(*accounts), transport).steps:
                    planned += 1
                    with pytest.raises(ObserveOnly):
                        transport.send(step.request)
    assert planned >= 6
    assert json.dumps(github.state) == before


def test_without_any_proof_the_configuration_is_wrong(tmp_path: Path) -> None:
    made = connection_to("http://127.0.0.1:1", "github", tmp_path, {})
    with pytest.raises(ConfigError, match="neither a token"):  # noqa: SIM117  # opening fails
        with cycle("github.block_user", made):
            pass
