"""At a real ContextForge an agent can really no longer call its tools, and can after a release.

What the agent can do is seen as its MCP client sees it: by what is offered to it, and by calls.
"""

from __future__ import annotations

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

from .server_process import started

pytestmark = pytest.mark.e2e

BOTH = ["upstream-add", "upstream-wipe"]
WIPE = Target("agent-7", tools=("upstream-wipe",))
UPSTREAM = Target("agent-7", servers=("upstream",))


class World:
    """The gateway, and an agent that works over a virtual server of its own."""

    def __init__(
        self, told: dict[str, Any], folder: Path, http: httpx.Client, agents: httpx.Client
    ) -> None:
        self.told, self.folder, self.http, self.agents = told, folder, http, agents
        self.ids = {row["name"]: row["id"] for row in self.call("GET", "/tools")}
        server = {"name": "agent-7", "description": "", "associated_tools": [*self.ids.values()]}
        self.server: str = self.call("POST", "/servers", {"server": server})["id"]
        self.issue("agent-7")

    def issue(self, name: str) -> None:
        made = self.call("POST", "/tokens", {"name": name, "expires_in_days": 1})
        self.token: str = made["access_token"]
        self.token_id: str = made["token"]["id"]

    def call(self, verb: str, where: str, body: Any = None) -> Any:
        head = {"Authorization": f"Bearer {self.told['token']}"}
        answer = self.http.request(verb, where, json=body, headers=head)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    # The agent's side

    def agent(self, method: str, **params: Any) -> httpx.Response:
        return self.agents.post(
            f"/servers/{self.server}/mcp",
            json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params},
            headers={
                "Authorization": f"Bearer {self.token}",
                "Accept": "application/json, text/event-stream",
            },
        )

    def offered(self) -> list[str]:
        return sorted(t["name"] for t in self.agent("tools/list").json()["result"]["tools"])

    def wipes(self) -> bool:
        answer = self.agent("tools/call", name="upstream-wipe", arguments={"path": "/x"})
        return "wiped /x" in answer.text

    # Ours

    @contextmanager
    def action(self, name: str, **more: str) -> Iterator[Cycle]:
        options = {"agent_server": self.server, "agent_token_id": self.token_id, **more}
        secrets = {"token": self.told["token"], "agent_token": self.token}
        made = connection_to(self.told["url"], "contextforge", self.folder, secrets, **options)
        with cycle(f"contextforge.{name}", made) as opened:
            yield opened


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("contextforge")
    with (
        started("mcp-gateway", folder) as told,
        client(told["url"], "127.0.0.2") as http,
        client(told["url"], "127.0.0.3") as agents,
    ):
        yield World(told, folder, http, agents)


def client(url: str, address: str) -> httpx.Client:
    """Return a client with an address of its own: the gateway counts requests by address."""
    transport = httpx.HTTPTransport(local_address=address)
    return httpx.Client(base_url=url, timeout=30, transport=transport)


def only(cycle: Cycle, target: Target) -> Step:
    steps: tuple[Step, ...] = cycle.action.plan(target, cycle.transport).steps
    (step,) = steps
    return step


def test_a_tool_that_is_switched_off_is_neither_offered_nor_called(world: World) -> None:
    assert world.offered() == BOTH
    assert world.wipes()
    with world.action("disable_tool") as run:
        step = only(run, WIPE)
        assert not run.action.verify(step, run.transport)
        assert run.contain(step)
        assert world.offered() == ["upstream-add"]
        assert not world.wipes()
        assert run.contain(step), "done again, it is done"
        assert "already" in run.plan(WIPE).notes[0]
        assert run.release(step)
    assert world.offered() == BOTH
    assert world.wipes()


def test_every_switch_says_what_it_wants_because_without_it_it_switches_on(world: World) -> None:
    wipe = world.ids["upstream-wipe"]
    with world.action("disable_tool") as run:
        step = only(run, WIPE)
        assert run.contain(step)
        world.call("POST", f"/tools/{wipe}/state")
        assert world.wipes(), "the trap"
        requests = (step.request, *step.undo)
    assert [r.params["query"] for r in requests] == [{"activate": False}, {"activate": True}]


def test_an_upstream_that_is_switched_off_offers_nothing(world: World) -> None:
    with world.action("disable_upstream") as run:
        step = only(run, UPSTREAM)
        assert "upstream-wipe" in step.changes
        assert not run.action.verify(step, run.transport)
        assert run.contain(step)
        assert world.offered() == []
        assert not world.wipes()
        assert run.release(step)
    assert world.offered() == BOTH


def test_an_upstream_that_comes_back_does_not_bring_a_tool_that_was_off(world: World) -> None:
    with world.action("disable_tool") as tool, world.action("disable_upstream") as upstream:
        first = only(tool, WIPE)
        assert tool.contain(first)
        second = only(upstream, UPSTREAM)
        assert second.pre_state["tools_off"] == [world.ids["upstream-wipe"]]
        assert upstream.contain(second)
        assert upstream.release(second)
        assert world.offered() == ["upstream-add"]
        assert not world.wipes()
        assert tool.release(first)
    assert world.offered() == BOTH


def test_a_virtual_server_that_says_it_is_off_is_not_contained(world: World) -> None:
    target = Target("agent-7", accounts=(f"contextforge.server:{world.server}",))
    with world.action("disable_virtual_server") as run:
        step = only(run, target)
        run.action.execute(step, run._for(step.request))
        assert not any(run.action.verify(step, run.transport) for _ in range(3))
        told = world.call("GET", f"/servers/{world.server}")
        assert told["enabled"] is False, "the gateway's own word"
        assert step.verify.holds(run.transport.send(step.verify.request)), "and our read of it"
        assert world.wipes(), "and the truth"
        assert run.release(step)


def test_a_virtual_server_without_the_agents_token_is_never_verified(world: World) -> None:
    target = Target("agent-7", accounts=(f"contextforge.server:{world.server}",))
    with world.action("disable_virtual_server", agent_server="0" * 32) as run:
        step = only(run, target)
        assert step.probes == ()
        assert not run.action.word_is_enough


def test_a_revoked_token_is_refused_at_once_and_a_second_revocation_is_no_failure(
    world: World,
) -> None:
    world.issue("agent-of-a-revocation")
    assert world.wipes()
    target = Target("agent-7", accounts=(f"contextforge.token:{world.token_id}",))
    with world.action("revoke_token") as run:
        step = only(run, target)
        assert len(step.probes) == 1
        assert not run.action.verify(step, run.transport)
        assert run.contain(step)
        assert world.agent("tools/list").status_code == 401
        with pytest.raises(Refused, match="409"):
            run.action.execute(step, run._for(step.request))
        assert run.contain(step)
        assert "already" in run.plan(target).notes[0]
    world.issue("agent-7-again")
    assert world.wipes()


def test_a_token_of_somebody_else_is_revoked_too(world: World) -> None:
    word = "Kx9!mvRt2-Lp-of-this-test"
    person = {"email": "dev@example.com", "password": word, "full_name": "Dev"}
    world.call("POST", "/auth/email/admin/users", person)
    login = {"email": "dev@example.com", "password": word}
    own = world.http.post("/auth/login", json=login).json()["access_token"]
    head = {"Authorization": f"Bearer {own}"}
    answer = world.http.post("/tokens", json={"name": "of-dev", "expires_in_days": 1}, headers=head)
    assert answer.is_success, answer.text
    made = answer.json()
    theirs = {"Authorization": f"Bearer {made['access_token']}"}
    assert world.http.get("/tools", headers=theirs).status_code != 401
    target = Target("agent-7", accounts=(f"contextforge.token:{made['token']['id']}",))
    with world.action("revoke_token") as run:
        assert run.contain(only(run, target))
    assert world.http.get("/tools", headers=theirs).status_code == 401


def test_an_a2a_agent_that_is_switched_off_is_not_called(world: World) -> None:
    body = {"name": "helper", "endpoint_url": "http://127.0.0.1:9/x", "agent_type": "generic"}
    one = world.call("POST", "/a2a", {"agent": body})["id"]
    head = {"Authorization": f"Bearer {world.told['token']}"}

    def asked() -> str:
        return world.http.post("/a2a/helper/invoke", json={"parameters": {}}, headers=head).text

    assert "disabled" not in asked()
    target = Target("agent-7", accounts=(f"contextforge.agent:{one}",))
    with world.action("disable_agent") as run:
        step = only(run, target)
        assert run.contain(step)
        assert "is disabled" in asked()
        assert run.release(step)
    assert "disabled" not in asked()


def test_our_own_token_is_not_revoked(world: World) -> None:
    target = Target("agent-7", accounts=(f"contextforge.token:{world.token_id}",))
    with world.action("revoke_token", own_token=world.token_id) as run, pytest.raises(Guarded):
        run.plan(target)


def test_a_tool_is_known_by_the_name_that_its_upstream_gives_it_too(world: World) -> None:
    with world.action("disable_tool") as run:
        step = only(run, Target("agent-7", tools=("wipe",)))
        assert step.point == "contextforge.tool:upstream-wipe"


def test_we_may_log_in_by_password(world: World) -> None:
    secrets = {"password": world.told["password"]}
    options = {"email": world.told["email"]}
    made = connection_to(world.told["url"], "contextforge", world.folder, secrets, **options)
    with cycle("contextforge.disable_tool", made) as run:
        assert only(run, WIPE).pre_state == {"enabled": True}


def test_a_tool_or_upstream_that_is_none_is_left_out(world: World) -> None:
    names = ("upstream-WIPE", "upstream-", "*", "", "../servers", "a\nb")
    for action, target in (
        ("disable_tool", Target("x", tools=names)),
        ("disable_upstream", Target("x", servers=names)),
    ):
        with world.action(action) as run:
            made = run.action.plan(target, run.transport)
            assert made.steps == ()
            assert len(made.notes) == len(names)
