"""On a real OpenBao an agent can really no longer act, and can again after a release.

What it can do is seen with its own token and its own log-in; we act by the policy that the
documentation asks for, and by no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.simulators.base import connection_to
from tests.vendor_cycle import Cycle, cycle

from agentwarrant.errors import Guarded, OutcomeUnknown
from agentwarrant.respond.action import Step, Target
from agentwarrant.respond.vendor import actions

from .server_process import started

pytestmark = pytest.mark.e2e

PAGE = Path(__file__).parents[2] / "docs/vendors/vault.md"


class World:
    """OpenBao with us in it."""

    def __init__(self, told: dict[str, Any], folder: Path, http: httpx.Client) -> None:
        self.url, self.root, self.folder = told["url"], told["token"], folder
        self.http = http
        (policy,) = re.findall(r"```hcl\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
        self.call("PUT", "sys/policies/acl/responder", {"policy": policy})
        self.call("POST", "sys/auth/approle", {"type": "approle"})
        self.call("POST", "sys/auth/userpass", {"type": "userpass"})
        self.own = Approle(self, "responder", ["responder"])

    def call(self, verb: str, where: str, body: Any = None, token: str | None = None) -> Any:
        """Ask as root unless a token is given."""
        head = {"X-Vault-Token": self.root if token is None else token}
        answer = self.http.request(verb, where, json=body, headers=head)
        return answer.status_code, answer.json() if answer.content else None

    def works(self, token: str) -> bool:
        return bool(self.call("GET", "auth/token/lookup-self", token=token)[0] == 200)

    @contextmanager
    def action(
        self, name: str, agent: Approle | None = None, token: Any = None, **options: str
    ) -> Iterator[Cycle]:
        secrets = {"role_id": self.own.role_id, "secret_id": self.own.secret_id}
        if agent:
            secrets |= {"agent_role_id": agent.role_id, "agent_secret_id": agent.secret_id}
            options |= {"agent_role": f"approle/{agent.name}"}
            options |= {"agent_secret_id_accessor": agent.accessor}
        if token:
            secrets |= {"agent_token": token["client_token"]}
            options |= {"agent_accessor": token["accessor"], "agent_entity": token["entity_id"]}
        made = connection_to(self.url, "vault", self.folder, secrets, **options)
        with cycle(f"vault.{name}", made) as opened:
            yield opened


class Approle:
    """An agent that logs in by AppRole."""

    def __init__(self, world: World, name: str, policies: list[str], **more: Any) -> None:
        self.world, self.name = world, name
        body = {"token_policies": policies, "token_ttl": "1h", "token_max_ttl": "2h", **more}
        world.call("POST", f"auth/approle/role/{name}", body)
        where = f"auth/approle/role/{name}"
        self.role_id: str = world.call("GET", f"{where}/role-id")[1]["data"]["role_id"]
        self.renew()

    def renew(self) -> None:
        made = self.world.call("POST", f"auth/approle/role/{self.name}/secret-id")[1]["data"]
        self.secret_id: str = made["secret_id"]
        self.accessor: str = made["secret_id_accessor"]

    def login(self) -> Any:
        """Return what a log-in gives; None when it is refused."""
        body = {"role_id": self.role_id, "secret_id": self.secret_id}
        status, answer = self.world.call("POST", "auth/approle/login", body, token="")
        return answer["auth"] if status == 200 else None


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("openbao")
    with (
        started("openbao", folder) as told,
        httpx.Client(base_url=f"{told['url']}/v1/", timeout=30) as http,
    ):
        yield World(told, folder, http)


@pytest.fixture
def agent(world: World) -> Approle:
    return Approle(world, "agent-7", ["default"])


def about(*accounts: str) -> Target:
    return Target("agent-7", accounts=accounts)


def only(cycle: Cycle, target: Target) -> Step:
    steps: tuple[Step, ...] = cycle.plan(target).steps
    (step,) = steps
    return step


@pytest.mark.parametrize("ref", ["vault.entity:{entity_id}", "vault.token:{accessor}"])
def test_an_entity_that_is_switched_off_neither_acts_nor_logs_in(
    world: World, agent: Approle, ref: str
) -> None:
    token = agent.login()
    with world.action("disable_entity", agent, token) as run:
        step = only(run, about(ref.format(**token)))
        assert len(step.probes) == 2
        assert not run.action.verify(step, run.transport)
        assert run.contain(step)
        assert not world.works(token["client_token"])
        assert agent.login() is None
        assert run.contain(step), "done again, it is done"
        assert "already" in run.plan(about(ref.format(**token))).notes[0]
        assert run.release(step)
    assert world.works(token["client_token"]) == ("entity" in ref), "a token of the case stays dead"
    assert agent.login()


def test_a_token_without_an_entity_is_said_to_have_none(world: World) -> None:
    made = world.call("POST", "auth/token/create", {"policies": ["default"]})[1]["auth"]
    assert made["entity_id"] == ""
    target = about(f"vault.token:{made['accessor']}")
    with world.action("disable_entity") as run:
        found = run.plan(target)
        assert found.steps == ()
        assert "No entity" in found.notes[0]
    with world.action("revoke_accessor", token=made) as run:
        assert "has no entity" in run.plan(target).notes[0]
        assert run.contain(only(run, target))
    assert not world.works(made["client_token"])


def test_a_revoked_token_stays_dead_and_so_do_its_children(world: World, agent: Approle) -> None:
    token = agent.login()
    body = {"policies": ["default"]}
    child = world.call("POST", "auth/token/create", body, token=world.root)[1]["auth"]
    assert world.works(child["client_token"])
    with world.action("revoke_accessor", agent, token) as run:
        step = only(run, about(f"vault.token:{token['accessor']}"))
        assert not run.action.verify(step, run.transport)
        assert run.contain(step)
        assert not world.works(token["client_token"])
        assert run.contain(step), "the second answer is 200 with a warning"
        assert "no token has" in run.plan(about(f"vault.token:{token['accessor']}")).notes[0]
        assert step.undo == ()
        assert "log in again" in step.note
    assert agent.login(), "as the note says"


def test_a_second_destruction_answers_500_and_is_a_success(world: World, agent: Approle) -> None:
    token = agent.login()
    ref = f"vault.secret_id:approle/agent-7/{agent.accessor}"
    with world.action("destroy_secret_id", agent) as run:
        step = only(run, about(ref))
        assert not run.action.verify(step, run.transport)
        assert run.contain(step)
        assert agent.login() is None
        with pytest.raises(OutcomeUnknown, match="500"):
            run.action.execute(step, run._for(step.request))
        assert run.contain(step)
        assert "already" in run.plan(about(ref)).notes[0]
    assert world.works(token["client_token"]), "as the residual exposure says"
    assert step.residual_seconds == 7200
    agent.renew()
    assert agent.login()


def test_every_secret_id_of_a_role_is_destroyed(world: World, agent: Approle) -> None:
    agent.renew()
    with world.action("destroy_secret_id", agent) as run:
        steps = run.plan(about("vault.role:approle/agent-7")).steps
        assert len(steps) >= 2
        assert all(run.contain(step) for step in steps)
        assert not run.plan(about("vault.role:approle/agent-7")).steps
    assert agent.login() is None


@pytest.mark.parametrize("bound", [[], ["127.0.0.0/8"]])
def test_a_role_logs_in_from_nowhere_until_it_is_released(
    world: World, agent: Approle, bound: list[str]
) -> None:
    where = "auth/approle/role/agent-7"
    world.call("POST", where, {"token_bound_cidrs": bound, "secret_id_bound_cidrs": bound})
    before = world.call("GET", where)[1]["data"]
    token = agent.login()
    with world.action("bind_role", agent) as run:
        step = only(run, about("vault.role:approle/agent-7"))
        assert run.contain(step)
        assert agent.login() is None
        assert run.contain(step)
        assert run.release(step)
    assert agent.login()
    assert world.works(token["client_token"])
    after = world.call("GET", where)[1]["data"]
    assert {k for k in after if (after[k] or []) != (before[k] or [])} == set()


def test_a_role_that_is_mounted_deeper_is_found(world: World) -> None:
    world.call("POST", "sys/auth/team/a", {"type": "approle"})
    world.call("POST", "auth/team/a/role/agent-7", {"token_ttl": "1h"})
    policy = 'path "auth/team/a/role/+" { capabilities = ["read", "update"] }'
    world.call("PUT", "sys/policies/acl/deeper", {"policy": policy})
    world.call("POST", "auth/approle/role/responder", {"token_policies": ["responder", "deeper"]})
    with world.action("bind_role") as run:
        step = only(run, about("vault.role:team/a/agent-7"))
        assert run.contain(step)
        assert run.release(step)


def test_the_leases_of_one_account_end_and_those_of_its_neighbours_do_not(world: World) -> None:
    tokens = {}
    for name in ("bot", "bo", "bot-2"):
        world.call("POST", f"auth/userpass/users/{name}", {"password": "of-this-test"})
        body = {"password": "of-this-test"}
        answer = world.call("POST", f"auth/userpass/login/{name}", body, token="")
        tokens[name] = answer[1]["auth"]["client_token"]
    with world.action("revoke_leases") as run:
        step = only(run, about("vault.leases:auth/userpass/login/bo"))
        assert step.changes.startswith("1 leases")
        assert run.contain(step)
        assert run.contain(step)
        assert "no lease" in run.plan(about("vault.leases:auth/userpass/login/bo")).notes[0]
    assert {name: world.works(token) for name, token in tokens.items()} == {
        "bo": False, "bot": True, "bot-2": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    "prefix",
    ["/", "*", "auth", "auth/", "auth/approle/login", "auth/userpass/login", "sys/leases/x",
     "auth/token/create/x", "database/creds", "database/creds/", "a/b/..", "a/b/c%2F..", "a/b/*"],
)  # fmt: skip
def test_a_prefix_that_could_be_of_several_is_refused(world: World, prefix: str) -> None:
    with world.action("revoke_leases") as run, pytest.raises(Guarded):
        run.plan(about(f"vault.leases:{prefix}"))


def test_a_prefix_that_holds_further_ones_is_refused(world: World) -> None:
    world.call("POST", "sys/auth/team/b", {"type": "userpass"})
    world.call("POST", "auth/team/b/users/bot", {"password": "of-this-test"})
    world.call("POST", "auth/team/b/login/bot", {"password": "of-this-test"}, token="")
    with world.action("revoke_leases") as run, pytest.raises(Guarded, match="more than one"):
        run.plan(about("vault.leases:auth/team/b/login"))


def test_we_are_not_touched(world: World) -> None:
    token = world.own.login()
    (secret,) = (token["entity_id"],)
    with world.action("disable_entity") as run, pytest.raises(Guarded, match="own entity"):
        run.plan(about(f"vault.entity:{secret}"))
    given = {"token": token["client_token"]}
    made = connection_to(world.url, "vault", world.folder, given)
    with cycle("vault.revoke_accessor", made) as run, pytest.raises(Guarded, match="own token"):
        run.plan(about(f"vault.token:{token['accessor']}"))


@pytest.mark.parametrize(
    "ref",
    ["vault.role:approle/responder/../agent-7", "vault.role:approle/agent-7%2Fsecret-id",
     "vault.role:agent-7", "vault.role:approle/nobody", "vault.role:userpass/bot",
     "vault.entity:../../../sys/seal", "vault.token:hmac-sha256:6d1f", "vault.token:a/b",
     "vault.secret_id:agent-7/x", "vault.entity:00000000-0000-0000-0000-000000000000"],
)  # fmt: skip
def test_a_name_that_is_none_is_left_out(world: World, agent: Approle, ref: str) -> None:
    for action in actions().values():
        if action.vendor == "vault" and ref.partition(":")[0] in action.kinds:
            with world.action(action.name) as run:
                found = run.plan(about(ref))
                assert found.steps == ()
                assert found.notes
