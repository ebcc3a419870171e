"""The Splunk SOAR app, by Splunk's own SDK: its actions run, its manifest is made, it is packaged.

``AGENTWARRANT_TEST_SOAR`` names the ``soarapps`` of splunk-soar-sdk 2.x; its Python stands beside
it, and so does uv. There is no SOAR here: the SDK's own runner drives the actions.
"""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.certificates import authority
from tests.soar_responder import RULES, SHARED, Responder, responding

from agentwarrant.respond.vendor import actions
from agentwarrant.siem.splunk import soar

pytestmark = pytest.mark.e2e

OTHER = "another secret of 16"
VARIABLE = "AGENTWARRANT_TEST_SOAR"
RULE = next(rule for rule in RULES.values() if rule.alerts)


@pytest.fixture(scope="module")
def tools() -> Path:
    named = os.environ.get(VARIABLE, "")
    if not named:
        pytest.skip(f"no splunk-soar-sdk: {VARIABLE} names its soarapps (tox run -e soar)")
    return Path(named).parent


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("soar")
    for path, body in soar.files(actions().values()).items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(body)
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Responder]:
    with responding(tmp_path_factory.mktemp("responder")) as made:
        yield made


def ran(tools: Path, project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTHONPATH", None)
    command = [str(tools / words[0]), *words[1:]]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)


class Runner:
    """Runs an action as the SDK does on a developer's host."""

    def __init__(self, tools: Path, project: Path, url: str) -> None:
        self.tools, self.project = tools, project
        self.asset = {"url": url, "secret": SHARED, "ca": authority().cert_pem.bytes().decode()}

    def run(self, action: str, parameters: dict[str, Any] | None = None, **asset: str) -> str:
        (self.project / "asset.json").write_text(json.dumps({**self.asset, **asset}))
        words = ["python", "-m", "src.app", "action", action]
        # Test connectivity is given its asset by SOAR; the runner asks for none there.
        if parameters is not None:
            (self.project / "parameters.json").write_text(json.dumps(parameters))
            words += ["-a", "asset.json", "-p", "parameters.json"]
        done = ran(self.tools, self.project, *words)
        assert SHARED not in done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def runner(tools: Path, project: Path, server: Responder) -> Runner:
    return Runner(tools, project, server.url)


def asked(*events: str) -> dict[str, Any]:
    ids = ",".join(events)
    return {"agent": "main", "event_ids": ids, "rule": RULE.public_id, "tenant": "acme"}


def test_an_action_proposes_to_the_responder(runner: Runner, server: Responder) -> None:
    said = runner.run("propose_strip_tools", asked("e-1", "e-2"))
    assert "Action success: True" in said, said
    match = server.matches[-1]
    assert match.events == ("e-1", "e-2")
    assert match.fields["asked"] == "strip_tools"
    assert "Action success: True" in runner.run("propose_strip_tools", asked("e-2", "e-1"))
    assert len(server.matches) == 1


def test_every_verb_runs(runner: Runner, server: Responder) -> None:
    for number, (identifier, verb, _, _) in enumerate(soar.verbs(actions().values())):
        said = runner.run(identifier, asked(f"every-{number}"))
        assert "Action success: True" in said, said
        assert server.matches[-1].fields["asked"] == verb


def test_a_responder_that_does_not_know_the_secret_is_said_in_one_line(runner: Runner) -> None:
    said = runner.run("propose_stop_run", asked("e-3"), secret=OTHER)
    assert "Action success: False" in said, said
    assert "does not know the secret" in said
    assert "Traceback" not in said
    assert OTHER not in said


def test_the_app_is_packaged_with_all_that_it_needs(tools: Path, project: Path) -> None:
    locked = ran(tools, project, "uv", "lock")
    if locked.returncode:
        pytest.skip(f"no index of packages can be reached: {locked.stderr.strip()[-200:]}")
    done = ran(tools, project, "soarapps", "package", "build", ".", "--output-file", "app.tgz")
    assert done.returncode == 0, done.stdout + done.stderr
    with tarfile.open(project / "app.tgz") as archive:
        names = set(archive.getnames())
        member = archive.extractfile("agentwarrant/manifest.json")
        assert member is not None
        manifest = json.loads(member.read())
    ours = {f"agentwarrant/src/{one}.py" for one in ("__init__", "app", "responder", "verbs")}
    assert ours <= names
    assert not [name for name in names if name.endswith(("asset.json", "parameters.json"))]
    assert manifest["appid"] == str(soar.APP_ID)
    assert manifest["configuration"]["secret"]["data_type"] == "password"
    made = {one["identifier"]: one for one in manifest["actions"]}
    verbs = {identifier for identifier, _, _, _ in soar.verbs(actions().values())}
    assert made.keys() == verbs | {"test_connectivity"}
    for identifier in verbs:
        assert made[identifier]["type"] == "contain"
        assert "changes nothing" in made[identifier]["verbose"]
        assert made[identifier]["parameters"]["agent"]["primary"] is True
    for number in ("39", "313"):
        wheels = manifest[f"pip{number}_dependencies"]["wheel"]
        assert {f"agentwarrant/{one['input_file']}" for one in wheels} <= names
