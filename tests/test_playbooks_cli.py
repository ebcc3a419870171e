"""``agentwarrant playbooks …`` as people and pipelines run it, against a stand-in for Okta."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from tests.simulators.okta import API_TOKEN, Okta

from .running import command_run  # type: ignore[import-not-found]  # no package to mypy

CAPTURES = Path(str(files("agentwarrant.connectors")))
MCP = CAPTURES / "mcp/samples/stdio_session.jsonl"
MOLT = CAPTURES / "openclaw/samples/main.5b037c8a-4f58-4b02-989b-042e9797b04e.jsonl"
RAW = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")
USER = "okta.user:00u1agent"
HAND = ("--agent", "helper", "--account", USER, "--tenant", "acme")
SUSPEND = "POST /api/v1/users/{}/lifecycle/suspend"

CONFIG = """\
state: state
respond:
  mode: {mode}
  release_after: never
  targets:
    org: {{vendor: okta, url: "{url}", secrets: {{token: "env:OKTA_TOKEN"}}, tenants: [acme]}}
  approvers:
    dana: {{key: "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", accounts: [dana]}}
    sam: {{key: "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=", accounts: [sam]}}
"""
OWN = """\
id: 975712d2-caea-4122-9ae8-17645494a071
name: {name}
title: Mine
description: For a test.
mode_default: observe
steps:
  - id: suspend
    {what}
    description: Suspend.
"""

Done = subprocess.CompletedProcess[bytes]


@pytest.fixture
def okta() -> Okta:
    return Okta()


@pytest.fixture
def room(okta: Okta, tmp_path: Path) -> Iterator[Path]:
    """A folder with a configuration in mode auto, and the vendor that it names running."""
    with okta.running() as url:
        (tmp_path / "agentwarrant.yml").write_text(CONFIG.format(mode="auto", url=url))
        own = tmp_path / "own"
        own.mkdir()
        (own / "mine.yml").write_text(OWN.format(name="mine", what="verb: disable_identity"))
        yield tmp_path


def run(*arguments: str | Path, cwd: Path, **env: str) -> Done:
    environment = {
        **os.environ,
        "COLUMNS": "160",
        "NO_COLOR": "1",
        "OKTA_TOKEN": API_TOKEN,
        "XDG_STATE_HOME": str(cwd / "state-home"),
        **env,
    }
    done: Done = command_run(("playbooks", *arguments), env=environment, cwd=cwd)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    assert API_TOKEN.encode() not in done.stdout + done.stderr
    assert not RAW.search(done.stdout)
    return done


def mode(room: Path, name: str) -> None:
    path = room / "agentwarrant.yml"
    path.write_text(path.read_text().replace("mode: auto", f"mode: {name}"))


def planned(room: Path, *arguments: str | Path) -> list[dict[str, Any]]:
    done = run("plan", *arguments, "--format", "json", cwd=room)
    assert done.returncode == 0, done.stderr.decode()
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


# List, check -----------------------------------------------------------------------------


def test_the_shipped_playbooks_are_listed_and_without_fault(tmp_path: Path) -> None:
    listed = run("list", cwd=tmp_path).stdout.decode()
    assert "quarantine-agent" in listed
    assert "severity high" in listed
    done = run("check", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, b"12 playbooks, no fault\n")


def test_every_fault_is_said_and_the_exit_code_is_4(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(OWN.format(name="a", what="verb: disable_identitys"))
    (tmp_path / "b.yml").write_text(OWN.format(name="b", what="action: okta.nothing"))
    done = run("check", tmp_path / "a.yml", tmp_path / "b.yml", cwd=tmp_path)
    assert done.returncode == 4
    said = done.stderr.decode()
    assert "a.yml:8: there is no verb disable_identitys (did you mean disable_identity?)" in said
    assert "b.yml:8: there is no such action" in said


# Plan ------------------------------------------------------------------------------------


def test_a_plan_reads_and_changes_nothing(room: Path, okta: Okta) -> None:
    (plan,) = planned(room, *HAND, "--playbook", "quarantine-agent")
    (suspend,) = [p for p in points(plan) if p["action"] == "okta.suspend_user"]
    assert suspend["step"]["pre_state"]["status"] == "ACTIVE"
    assert okta.did(SUSPEND) == 0
    assert len(plan["hash"]) == 64
    assert not (room / "state").exists()


def points(plan: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    def walk(node: dict[str, Any] | None) -> None:
        if node is None:
            return
        if node["kind"] == "point":
            found.append(node)
        for inner in (*node.get("nodes", ()), node.get("then"), node.get("otherwise")):
            walk(inner)

    walk(plan["root"])
    return found


def test_the_same_state_gives_the_same_hash(room: Path) -> None:
    asked = (*HAND, "--playbook", "quarantine-agent")
    assert planned(room, *asked)[0]["hash"] == planned(room, *asked)[0]["hash"]


def test_a_case_of_logs_is_planned_and_what_is_not_covered_is_said(room: Path) -> None:
    done = run("plan", MOLT, "--tenant", "acme", cwd=room)
    text = done.stdout.decode()
    assert "Quarantine an agent: main of acme" in text
    assert "NOT COVERED: openclaw.agent:main" in text


def test_a_case_is_found_by_how_it_begins_and_another_is_said(room: Path) -> None:
    (plan, *_) = planned(room, MOLT, "--tenant", "acme")
    begins = plan["cases"][0][:8]
    assert planned(room, MOLT, "--tenant", "acme", "--case", begins)[0]["cases"] == plan["cases"]
    done = run("plan", MOLT, "--case", "zzz", cwd=room)
    assert done.returncode == 2
    assert b"no open case begins with 'zzz'" in done.stderr


def test_a_plan_may_be_written_as_cacao(room: Path) -> None:
    out = room / "plan.json"
    asked = (*HAND, "--playbook", "quarantine-agent", "--format", "cacao", "--out", out)
    assert run("plan", *asked, cwd=room).returncode == 0
    document = json.loads(out.read_bytes())
    assert (document["type"], document["spec_version"]) == ("playbook", "cacao-2.0")
    commands = [c for s in document["workflow"].values() for c in s.get("commands", ())]
    assert any(c["command"].startswith("POST /api/v1/users/00u1agent/") for c in commands)


def test_a_playbook_of_ones_own_is_planned(room: Path) -> None:
    (plan,) = planned(room, *HAND, "--playbooks", room / "own", "--playbook", "mine")
    assert [p["id"] for p in points(plan)] == ["suspend"]


def test_the_configuration_may_name_playbooks_of_ones_own(room: Path) -> None:
    path = room / "agentwarrant.yml"
    path.write_text(path.read_text() + "  playbook_files: [own]\n")
    (plan,) = planned(room, *HAND, "--playbook", "mine")
    assert [p["id"] for p in points(plan)] == ["suspend"]


def test_without_a_configuration_everything_is_not_covered(tmp_path: Path) -> None:
    done = run("plan", *HAND, "--playbook", "quarantine-agent", cwd=tmp_path)
    assert done.returncode == 0
    assert b"there is no configuration" in done.stderr
    assert f"NOT COVERED: {USER}".encode() in done.stdout


def test_the_preview_says_all_that_a_run_does(room: Path) -> None:
    """The step that takes evidence too, although nothing is laid out before a run."""
    mode(room, "observe")
    asked = (MOLT, "--tenant", "acme", "--playbook", "purge-memory")
    (plan,) = planned(room, *asked)
    assert "evidence.snapshot" in [p["action"] for p in points(plan)]
    assert not (room / "state").exists()
    ran = run("run", *asked, cwd=room).stdout.decode()
    assert plan["hash"] in ran
    assert "Keep the evidence of the case" in ran


def test_a_plan_for_a_ticket_is_markdown(room: Path) -> None:
    out = room / "ticket.md"
    asked = (*HAND, "--playbook", "quarantine-agent", "--format", "markdown", "--out", out)
    assert run("plan", *asked, cwd=room).returncode == 0
    text = out.read_text()
    assert text.startswith("## Quarantine an agent: helper of acme; ")
    assert "sends POST /api/v1/users/00u1agent/lifecycle/suspend" in text


def test_a_plan_says_who_is_asked_and_what_a_guard_forbids(room: Path) -> None:
    mode(room, "approve")
    path = room / "agentwarrant.yml"
    asked = ("plan", *HAND, "--playbooks", room / "own", "--playbook", "mine")
    assert b"1 person must say yes; who may: dana and sam" in run(*asked, cwd=room).stdout
    path.write_text(path.read_text() + f'  protected: ["{USER}"]\n')
    assert f"{USER} is protected" in run(*asked, cwd=room).stdout.decode()


def test_a_plan_says_which_runs_a_release_takes_back(room: Path) -> None:
    asked = ("--playbooks", room / "own", "--playbook", "mine")
    run("run", *HAND, *asked, "--as", "kim", cwd=room)
    (plan,) = planned(room, *HAND, "--playbook", "release-agent")
    assert len(plan["taken_back"]) == 1
    shown = run("plan", *HAND, "--playbook", "release-agent", cwd=room).stdout.decode()
    assert f"run {plan['taken_back'][0]} of mine, now contained" in shown


def test_a_ledger_that_cannot_be_read_keeps_up_no_plan(room: Path) -> None:
    path = room / "agentwarrant.yml"
    path.write_text(path.read_text() + "  ledger: env:NO_SUCH_LEDGER\n")
    asked = (*HAND, "--playbooks", room / "own", "--playbook", "mine")
    done = run("plan", *asked, cwd=room)
    assert (done.returncode, b"Mine: helper of acme; 1 change" in done.stdout) == (0, True)
    assert b"not looked at: which switches are on, and which runs are open" in done.stderr


def test_without_the_shipped_rules_nothing_is_found(room: Path) -> None:
    done = run("plan", MOLT, "--no-pack", cwd=room)
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"no open case: nothing is to be done" in done.stderr


def test_every_open_case_of_the_logs_is_planned_at_once(room: Path) -> None:
    done = run("plan", MOLT, MCP, cwd=room)
    assert done.stdout.decode().count("Quarantine an agent: ") == 2
    assert b"2 agents; nothing here stops main and acme-clerk" in done.stderr


def test_a_playbook_that_is_switched_off_is_not_planned(room: Path) -> None:
    path = room / "agentwarrant.yml"
    path.write_text(path.read_text() + '  playbooks: {quarantine-agent: "off"}\n')
    alone = run("plan", MOLT, cwd=room)
    assert (alone.returncode, alone.stdout) == (6, b"")
    both = run("run", MOLT, MCP, cwd=room)
    assert both.returncode == 1
    assert both.stderr.count(b"is not planned: ") == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--agent", "helper"), "name one with --playbook"),
        (("--agent", "helper", "--playbook", "quarantine"), "did you mean quarantine-agent"),
        (("--account", "nonsense", "--playbook", "notify"), "names nothing"),
        (("--format", "xml"), "use table, json, cacao, markdown"),
        (("--playbooks", "nowhere"), "there is no such file or folder"),
        (("nowhere",), "nowhere"),
    ],
)
def test_wrong_usage_is_said(room: Path, arguments: tuple[str, ...], said: str) -> None:
    done = run("plan", *arguments, cwd=room)
    assert done.returncode in (2, 3)
    assert said in done.stderr.decode()


def test_hostile_names_are_shown_clean(room: Path) -> None:
    done = run("plan", *HAND, "--account", "okta.user:\u202egnp", "--playbook", "notify", cwd=room)
    assert done.returncode == 2
    assert "\u202e" not in done.stderr.decode()


# Run -------------------------------------------------------------------------------------


def test_an_agent_is_contained_verified_and_released_again(room: Path, okta: Okta) -> None:
    done = run("run", *HAND, "--playbooks", room / "own", "--playbook", "mine", cwd=room)
    text = done.stdout.decode()
    assert done.returncode == 0, text + done.stderr.decode()
    assert "contained" in text
    assert "verified" in text
    assert "Contained " in text
    assert okta.state["users"]["00u1agent"]["status"] == "SUSPENDED"
    freed = run("run", *HAND, "--playbook", "release-agent", cwd=room)
    assert freed.returncode == 0, freed.stdout.decode() + freed.stderr.decode()
    assert "released" in freed.stdout.decode()
    assert okta.state["users"]["00u1agent"]["status"] == "ACTIVE"


def test_in_approve_people_are_asked_and_nothing_is_sent(room: Path, okta: Okta) -> None:
    mode(room, "approve")
    done = run("run", *HAND, "--playbooks", room / "own", "--playbook", "mine", cwd=room)
    assert done.returncode == 0
    assert "awaiting" in done.stdout.decode()
    assert b"people are asked: agentwarrant respond approve " in done.stderr
    assert okta.did(SUSPEND) == 0


def test_in_observe_it_is_recorded_and_nothing_is_sent(room: Path, okta: Okta) -> None:
    mode(room, "observe")
    done = run("run", *HAND, "--playbooks", room / "own", "--playbook", "mine", cwd=room)
    assert done.returncode == 0
    assert b"observe mode: nothing was sent" in done.stderr
    assert okta.did(SUSPEND) == 0


def test_a_run_that_a_guard_forbids_is_not_started_and_ends_with_1(room: Path, okta: Okta) -> None:
    path = room / "agentwarrant.yml"
    path.write_text(path.read_text() + f'  protected: ["{USER}"]\n')
    done = run("run", *HAND, "--playbooks", room / "own", "--playbook", "mine", cwd=room)
    assert done.returncode == 1, done.stdout.decode()
    assert f"{USER} is protected".encode() in done.stderr
    assert okta.did(SUSPEND) == 0


def test_a_second_run_finds_nothing_left_to_do(room: Path, okta: Okta) -> None:
    asked = (*HAND, "--playbooks", room / "own", "--playbook", "mine")
    run("run", *asked, cwd=room)
    again = run("run", *asked, cwd=room)
    assert again.returncode == 0
    assert okta.did(SUSPEND) == 1


def test_a_run_needs_a_configuration(tmp_path: Path) -> None:
    done = run("run", *HAND, "--playbook", "notify", cwd=tmp_path)
    assert done.returncode == 2
    assert b"a run needs a configuration" in done.stderr


# Exchange --------------------------------------------------------------------------------


def test_a_playbook_goes_out_as_cacao_and_is_read_back(tmp_path: Path) -> None:
    out = tmp_path / "hold.json"
    done = run("export", "hold-for-approval", "--out", out, cwd=tmp_path)
    assert done.returncode == 0
    assert b"not in CACAO's own words: that several people must say yes" in done.stderr
    read = run("import", out, cwd=tmp_path)
    assert read.returncode == 0
    assert "a person has to: The agent is held without its tools." in read.stdout.decode()
    assert b"none was executed" in read.stderr


def test_what_is_no_cacao_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("{}")
    done = run("import", path, cwd=tmp_path)
    assert done.returncode == 4
    assert b"it is no playbook of CACAO 2.0" in done.stderr


@pytest.mark.parametrize("command", ["list", "check", "plan", "run", "export", "import"])
def test_every_command_shows_an_example(tmp_path: Path, command: str) -> None:
    text = run(command, "--help", cwd=tmp_path).stdout.decode()
    assert f"agentwarrant playbooks {command}" in " ".join(text.split())
