"""The shipped playbooks on a real OpenBao, by the command line: contained, asked, let go again.

Whether the agent can act is seen with its own token and its own log-in.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.running import command_run

from .server_process import started
from .test_respond_vault import Approle, World

pytestmark = pytest.mark.e2e

CONFIG = """\
state: state
respond:
  mode: auto
  release_after: never
  targets:
    bao:
      vendor: vault
      url: "{url}"
      tenants: [acme]
      secrets: {{role_id: "env:ROLE_ID", secret_id: "env:SECRET_ID"}}
  approvers:
    dana: {{key: "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", accounts: [dana]}}
    sam: {{key: "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=", accounts: [sam]}}
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("openbao")
    with (
        started("openbao", folder) as told,
        httpx.Client(base_url=f"{told['url']}/v1/", timeout=30) as http,
    ):
        yield World(told, folder, http)


def run(world: World, folder: Path, *arguments: str) -> tuple[int, str]:
    (folder / "agentwarrant.yml").write_text(CONFIG.format(url=world.url))
    secrets = {"ROLE_ID": world.own.role_id, "SECRET_ID": world.own.secret_id}
    environment = {**os.environ, **secrets, "NO_COLOR": "1", "COLUMNS": "200"}
    done = command_run(("playbooks", *arguments), env=environment, cwd=folder)
    said = done.stdout.decode() + done.stderr.decode()
    assert "Traceback" not in said
    assert world.own.secret_id not in said
    return done.returncode, said


def test_an_agent_is_quarantined_and_works_again_after_its_release(
    world: World, tmp_path: Path
) -> None:
    agent = Approle(world, "agent-7", ["default"])
    token = agent.login()
    hand = (
        "--agent",
        "agent-7",
        "--tenant",
        "acme",
        "--account",
        f"vault.entity:{token['entity_id']}",
    )
    code, said = run(world, tmp_path, "plan", *hand, "--playbook", "quarantine-agent")
    assert (code, "Switch off the agent's entity" in said) == (0, True), said
    assert world.works(token["client_token"]), "planning changes nothing"
    code, said = run(world, tmp_path, "run", *hand, "--playbook", "quarantine-agent")
    assert (code, "contained" in said) == (0, True), said
    assert not world.works(token["client_token"])
    assert agent.login() is None
    code, said = run(world, tmp_path, "plan", *hand, "--playbook", "verify-containment")
    assert (code, "0 changes" in said) == (0, True), said
    code, said = run(world, tmp_path, "run", *hand, "--playbook", "release-agent")
    assert (code, "released" in said) == (0, True), said
    assert world.works(token["client_token"])
    assert agent.login()


def test_a_secret_is_revoked_by_people_only_even_in_auto(world: World, tmp_path: Path) -> None:
    agent = Approle(world, "agent-8", ["default"])
    token = agent.login()
    account = f"vault.token:{token['accessor']}"
    code, said = run(
        world, tmp_path, "run", "--agent", "agent-8", "--tenant", "acme", "--account", account,
        "--playbook", "revoke-credentials",
    )  # fmt: skip
    assert (code, "people are asked" in said) == (0, True), said
    assert world.works(token["client_token"])
