"""``agentwarrant warrants …`` and ``agentwarrant agents`` as people and pipelines run them."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from .running import command_run  # type: ignore[import-not-found]  # no package to mypy

CAPTURES = Path(str(files("agentwarrant.connectors")))
MOLT = CAPTURES / "openclaw/samples/main.5b037c8a-4f58-4b02-989b-042e9797b04e.jsonl"
WIRE = CAPTURES / "ecs/samples"
RAW = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")
"""Control characters, C1 included, other than tab and line feed."""

WARRANT = """\
warrant: 1
version: 1
agent: {id: main, name: Main, kind: assistant, owner: dana, purpose: helps}
signed: {by: dana, at: 2026-01-01}
identities:
  - {kind: openclaw.agent, id: main}
scope:
  tools: {allow: [read]}
"""

Done = subprocess.CompletedProcess[bytes]


def run(*arguments: str | Path, **more: Any) -> Done:
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", **more.pop("env", {})}
    done: Done = command_run(arguments, env=environment, **more)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


def lines(done: Done) -> list[str]:
    return done.stdout.decode().splitlines()


@pytest.fixture
def warrant(tmp_path: Path) -> Path:
    path = tmp_path / "main.yml"
    path.write_text(WARRANT)
    return path


# Exit codes and complaints -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (0, ["warrants", "kinds"]),
        (0, ["warrants", "check", "main.yml"]),
        (0, ["warrants", "draft", MOLT]),
        (0, ["agents", MOLT, "--warrants", "main.yml"]),
        (1, ["warrants", "diff", MOLT, "--warrants", "main.yml"]),
        (2, ["warrants", "diff", MOLT]),
        (2, ["warrants", "diff", MOLT, "--warrants", "main.yml", "--format", "csv"]),
        (2, ["warrants", "draft", WIRE]),
        (2, ["warrants", "draft", MOLT, "--agent", "mian"]),
        (2, ["warrants", "draft", MOLT, "--out", "main.yml/x.yml"]),
        (2, ["agents", MOLT, "--format", "xml"]),
        (2, ["agents", MOLT, "--source", "nobody"]),
        (2, ["warrants"]),
        (3, ["warrants", "check", "no-such.yml"]),
        (3, ["agents", "no/such/path"]),
        (3, ["agents", MOLT, "--warrants", "no-such.yml"]),
        (4, ["warrants", "check", "bad.yml"]),
        (4, ["warrants", "check", "empty.yml"]),
        (4, ["agents", MOLT, "--warrants", "bad.yml"]),
        (4, ["warrants", "diff", MOLT, "--warrants", "bad.yml"]),
        (5, ["agents", os.devnull]),
        (5, ["warrants", "draft", os.devnull]),
    ],
)
def test_the_exit_code_says_how_it_went(warrant: Path, code: int, arguments: list[str]) -> None:
    (warrant.parent / "bad.yml").write_text("warrant: 1\nscope: [")
    (warrant.parent / "empty.yml").write_text("")
    done = run(*arguments, cwd=warrant.parent)
    assert done.returncode == code, done.stderr.decode()
    if code >= 2 and arguments not in (["warrants"],) and "check" not in arguments:
        assert done.stdout == b""
        assert done.stderr.strip()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["warrants", "diff", MOLT], "there is nothing to compare with (name --warrants)"),
        (["warrants", "draft", MOLT, "--agent", "mian"], "no agent 'mian' was seen"),
        (["warrants", "draft", WIRE], "several agents were seen (name --agent, one of: "),
        (["agents", MOLT, "--format", "xml"], "--format: 'xml' is not possible (use table, "),
    ],
)
def test_a_complaint_is_one_line_with_the_mend(arguments: list[str], complaint: str) -> None:
    (line,) = run(*arguments).stderr.decode().splitlines()
    assert line.startswith(f"agentwarrant: {complaint}"), line


@pytest.mark.parametrize(
    "arguments",
    [["agents"], ["warrants", "check"], ["warrants", "draft"], ["warrants", "diff"],
     ["warrants", "kinds"]],
)  # fmt: skip
def test_help_shows_examples(arguments: list[str]) -> None:
    done = run(*arguments, "--help")
    assert done.returncode == 0
    text = " ".join(done.stdout.decode().split())
    assert re.search(rf"Examples?: .*agentwarrant {' '.join(arguments)}", text), text


# check -------------------------------------------------------------------------------------


def test_check_names_every_fault_of_every_file_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(
        WARRANT.replace("openclaw.agent", "openclaw.agnet").replace("[read]", "[read, 7]")
    )
    (tmp_path / "b.yml").write_text(WARRANT.replace("signed: {by: dana, at: 2026-01-01}\n", ""))
    (tmp_path / "c.yml").write_text(
        WARRANT.replace("id: main,", "id: other,") + "  hosts: {allow: ['a b']}\n"
    )
    done = run("warrants", "check", tmp_path)
    *faults, summary = lines(done)
    assert done.returncode == 4
    found = [re.match(r"(.*[abc]\.yml):(\d+): .+", fault) for fault in faults]
    assert all(found), faults
    places = {(Path(m[1]).name, int(m[2])) for m in found if m}
    assert {("a.yml", 8), ("b.yml", 1), ("c.yml", 9)} <= places
    assert summary == f"0 warrants of 0 agents, {len(faults)} faults"


def test_check_says_how_many_are_right(warrant: Path) -> None:
    assert lines(run("warrants", "check", warrant)) == ["1 warrant of 1 agent, 0 faults"]


def test_an_unknown_kind_names_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text(WARRANT.replace("openclaw.agent", "openclaw.agnet"))
    fault = lines(run("warrants", "check", path))[0]
    assert fault.startswith(f"{path}:6: no source names openclaw.agnet")
    assert "openclaw.agent" in fault


def test_two_warrants_that_claim_one_account_are_a_fault(warrant: Path) -> None:
    (warrant.parent / "other.yml").write_text(WARRANT.replace("{id: main,", "{id: other,"))
    done = run("warrants", "check", warrant.parent)
    assert done.returncode == 4
    assert "openclaw.agent:main is claimed by main too" in done.stdout.decode()


def test_kinds_lists_what_a_warrant_may_name() -> None:
    listed = {line.split()[0]: line for line in lines(run("warrants", "kinds"))}
    assert {"openclaw.agent", "okta.app", "ecs.user"} <= listed.keys()
    assert " credential " in listed["okta.token"]


# draft and diff ----------------------------------------------------------------------------


def test_a_draft_is_no_warrant_until_it_is_signed_and_then_nothing_is_beyond_it(
    tmp_path: Path,
) -> None:
    out = tmp_path / "main.yml"
    done = run("warrants", "draft", MOLT, "--out", out)
    assert (done.returncode, done.stdout) == (0, b"")
    assert run("warrants", "check", out).returncode == 4
    filled = out.read_text().replace(": TODO", ": Dana")
    out.write_text(filled + "signed: {by: dana, at: 2026-01-01}\n")
    assert run("warrants", "check", out).returncode == 0
    left = re.findall(r"^#   (\S+) \((?:influenced|unexplained)\)", out.read_text(), re.MULTILINE)
    beyond = [json.loads(line) for line in
              lines(run("warrants", "diff", MOLT, "--warrants", out, "--format", "jsonl"))
              if '"beyond"' in line]  # fmt: skip
    assert left
    assert beyond, "what content led it to is still beyond"


def test_a_draft_makes_its_folder_and_says_what_a_person_does_next(tmp_path: Path) -> None:
    out = tmp_path / "new/warrants/main.yml"
    done = run("warrants", "draft", MOLT, "--out", out)
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"is a draft: read it, write owner and purpose for TODO, add signed:" in done.stderr
    text = out.read_text()
    faults = lines(run("warrants", "check", out.parent))
    assert [fault.split(": ", 1)[1].split(" (")[0] for fault in faults[:-1]] == [
        "the key 'signed' is missing",
        "owner is as the draft left it",
        "purpose is as the draft left it",
    ], "all that is left to do is said at once"
    (signature,) = re.findall(r"^#   (signed: .+)$", text, re.MULTILINE)
    out.write_text(f"{text.replace(': TODO', ': Dana')}{signature}\n")
    assert lines(run("warrants", "check", out.parent)) == ["1 warrant of 1 agent, 0 faults"]
    assert run("scan", MOLT, "--warrants", out.parent).returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [["scan", MOLT], ["normalize", MOLT], ["agents", MOLT], ["warrants", "draft", MOLT]],
)
def test_a_folder_without_a_warrant_is_told(tmp_path: Path, arguments: list[str]) -> None:
    done = run(*arguments, "--warrants", tmp_path)
    assert done.returncode == 0
    assert f"{tmp_path}: no warrant is in it" in done.stderr.decode()


def test_check_says_that_a_folder_has_no_warrant(tmp_path: Path, warrant: Path) -> None:
    (tmp_path / "none").mkdir()
    done = run("warrants", "check", tmp_path / "none", warrant)
    assert (done.returncode, lines(done)) == (0, ["1 warrant of 1 agent, 0 faults"])
    assert done.stderr.decode().startswith(f"{tmp_path / 'none'}: no warrant is in it")


def test_a_draft_says_what_was_left_out() -> None:
    done = run("warrants", "draft", MOLT)
    assert yaml.safe_load(done.stdout)["agent"]["id"] == "main"
    assert re.search(rb"left out \d+ actions? that nobody asked for: see its end", done.stderr)


def test_diff_writes_one_line_a_clause(warrant: Path) -> None:
    done = run("warrants", "diff", MOLT, "--warrants", warrant)
    head, *rest = lines(done)
    assert head == "main"
    clauses = [line.split()[2] for line in rest if line.split()[0] == "beyond"]
    assert clauses == ["scope.tools.allow"]
    assert all(line.count("scope.") == 1 for line in rest)
    (line,) = (line for line in rest if " beyond " in line)
    assert re.search(r" 5x  scope\.tools\.allow +exec is not among the tools$", line)


def test_diff_as_jsonl_names_clause_reasons_and_times(warrant: Path) -> None:
    done = run("warrants", "diff", MOLT, "--warrants", warrant, "--format", "jsonl")
    assert done.returncode == 1
    for row in map(json.loads, lines(done)):
        assert row.keys() == {"agent", "tenant", "kind", "clause", "reasons", "times"}
        assert ", " not in row["clause"]


def test_diff_of_an_agent_within_its_warrant_is_silent(tmp_path: Path) -> None:
    path = tmp_path / "main.yml"
    path.write_text(WARRANT.replace("[read]", '["*", "action:*"]'))
    done = run("warrants", "diff", MOLT, "--warrants", path)
    assert done.returncode == 0
    assert not [line for line in lines(done) if "beyond" in line]


# agents ------------------------------------------------------------------------------------


def test_every_format_names_the_same_agents() -> None:
    table = run("agents", WIRE)
    document = json.loads(run("agents", WIRE, "--format", "json").stdout)
    rows = [json.loads(line) for line in lines(run("agents", WIRE, "--format", "jsonl"))]
    cells = list(
        csv.DictReader(io.StringIO(run("agents", WIRE, "--format", "csv").stdout.decode()))
    )
    assert rows == cells
    names = {one["agent"]["id"] for one in document}
    assert names == {row["agent_id"] for row in rows}
    shown = table.stdout.decode()
    assert all(name in shown for name in names)
    assert "ecs.user:ws-dana/dana" in names


def test_only_shadow_agents_are_listed_where_one_asks_for_them(warrant: Path) -> None:
    both = run("agents", MOLT, WIRE, "--warrants", warrant, "--format", "json")
    shadows = run("agents", MOLT, WIRE, "--warrants", warrant, "--format", "json", "--shadow")
    named, alone = ({a["agent"]["id"] for a in json.loads(d.stdout)} for d in (both, shadows))
    assert named - alone == {"main"}


@pytest.mark.parametrize("columns", [80, 120, 160])
def test_the_table_fits_the_terminal(columns: int) -> None:
    done = run("agents", CAPTURES / "entra/samples", WIRE, MOLT, env={"COLUMNS": str(columns)})
    assert max(map(len, lines(done))) <= columns


@pytest.mark.parametrize("format_", ["table", "json", "jsonl", "csv"])
def test_no_control_character_of_a_log_reaches_the_terminal(tmp_path: Path, format_: str) -> None:
    name = "\x1b]0;pwned\x07\u202e\u009b31m=1+1"
    document = {
        "@timestamp": "2026-11-16T09:00:00.000Z",
        "event": {"category": ["network"], "type": ["start"], "dataset": "x"},
        "gen_ai": {"agent": {"id": name}},
        "host": {"name": name},
        "user": {"name": name},
        "process": {"name": "curl"},
        "destination": {"domain": "api.openai.com"},
    }
    (tmp_path / "x.jsonl").write_text(json.dumps(document))
    done = run("agents", tmp_path / "x.jsonl", "--format", format_)
    assert done.returncode == 0
    assert not RAW.search(done.stdout)
    if format_ in ("table", "csv"):
        assert "\u202e" not in done.stdout.decode()


def test_a_list_can_be_written_to_a_file(tmp_path: Path) -> None:
    out = tmp_path / "agents.csv"
    done = run("agents", MOLT, "--format", "csv", "--out", out)
    assert (done.returncode, done.stdout) == (0, b"")
    assert out.read_text().startswith("account,kind,agent_id,")
