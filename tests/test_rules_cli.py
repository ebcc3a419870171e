"""``agentwarrant rules …`` as people and pipelines run it, over any JSON events."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from agentwarrant.schema import finding_problems

from .running import command_run  # type: ignore[import-not-found]  # no package to mypy

SAMPLES = Path(str(files("agentwarrant.connectors"))) / "openclaw/samples"
MOLT = str(SAMPLES / "main.5b037c8a-4f58-4b02-989b-042e9797b04e.jsonl")
RAW = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")
"""Control characters, C1 included, other than tab and line feed."""

ID = "11111111-1111-4111-8111-111111111111"
RULE = f"""\
title: A login of root
id: {ID}
name: root_login
logsource: {{product: linux}}
detection:
  login:
    event.action: login
    user.name: root
  condition: login
level: high
"""
CORRELATION = """\
---
title: Many logins
name: many
level: critical
correlation:
  type: event_count
  rules: [root_login]
  group-by: [host.name]
  timespan: 1m
  condition: {gte: 3}
"""
AGENTS = """\
title: Any call of a tool
id: 22222222-2222-4222-8222-222222222222
logsource: {product: ai_agent}
detection:
  call: {event.action: tool_call}
  condition: call
level: low
"""

Done = subprocess.CompletedProcess[bytes]


def run(*arguments: str | Path, **more: Any) -> Done:
    cache = str(Path.home() / "rules-kept")
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "AGENTWARRANT_CACHE_DIR": cache}
    done: Done = command_run(arguments, env=environment, **more)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


def rows(done: Done) -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


def logins(count: int, **more: Any) -> list[dict[str, Any]]:
    return [
        {
            "@timestamp": f"2026-01-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z",
            "event": {"action": "login"},
            "user.name": ["root", "alice", "ROOT"][n % 3],
            "host": {"name": f"h{n % 4}"},
            **more,
        }
        for n in range(count)
    ]


def log(path: Path, events: list[dict[str, Any]]) -> Path:
    path.write_text("".join(f"{json.dumps(event)}\n" for event in events))
    return path


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with rules of every state, and events."""
    (tmp_path / "rule.yml").write_text(RULE)
    (tmp_path / "faulty").mkdir()
    (tmp_path / "faulty/one.yml").write_text(RULE.replace("condition: login", "condition: other"))
    (tmp_path / "faulty/two.yml").write_text("title: [\n")
    (tmp_path / "faulty/three.yml").write_text(RULE.replace("level: high", "level: worst"))
    (tmp_path / "broken-pipeline.yml").write_text("transformations: [\n")
    (tmp_path / "failing.yml").write_text(RULE + FAILING)
    (tmp_path / "nothing").mkdir()
    (tmp_path / "lines.txt").write_text("no JSON\nat all\n")
    log(tmp_path / "events.jsonl", logins(3))
    return tmp_path


FAILING = """\
status: test
description: What it is about.
agentwarrant:
  short_id: AIA-TST-903
  needs: [event.action]
  sources: any
  blind_spots: None.
  reason: "{user.name} did it"
  triage: {look: Look at it., tell: Ask., respond: Stop it.}
  taxonomy:
    atlas: {version: "2026.09", ids: [AML.T0051]}
tests:
  - {name: too many, finds: 5, events: [{event.action: tool_call}]}
  - {name: nor here, finds: 1, events: [{event.action: tool_call}]}
  - {name: none, finds: 0, events: [{event.action: tool_call}]}
  - {name: none again, finds: 0, events: [{event.action: tool_call}]}
"""


# Exit codes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (0, "run rule.yml events.jsonl"),
        (0, "run rule.yml events.jsonl --fail-on critical"),
        (0, "run rule.yml events.jsonl lines.txt"),
        (0, "run rule.yml events.jsonl --lateness 0"),
        (0, "explain rule.yml events.jsonl"),
        (0, "check rule.yml"),
        (0, "list --rules rule.yml --no-pack"),
        (0, "test --rules rule.yml --no-pack"),
        (1, "run rule.yml events.jsonl --fail-on high"),
        (1, "run rule.yml events.jsonl --fail-on low --format jsonl"),
        (1, "run rule.yml events.jsonl --fail-on high --out out.jsonl"),
        (4, "test --rules failing.yml --no-pack"),
    ],
)
def test_the_exit_code_says_what_was_found(here: Path, code: int, arguments: str) -> None:
    done = run("rules", *arguments.split(), cwd=here)
    assert done.returncode == code, done.stderr.decode()


@pytest.mark.parametrize(
    ("code", "arguments", "said"),
    [
        (2, "run rule.yml", "Missing argument"),
        (2, "run", "Missing argument"),
        (2, "run rule.yml events.jsonl --format xml", "'xml' is not possible"),
        (2, "run rule.yml events.jsonl --fail-on worst", "'worst' is not possible"),
        (2, "run rule.yml events.jsonl --lateness soon", "--lateness: 'soon' is no duration"),
        (2, "run rule.yml events.jsonl --workers 0", "--workers"),
        (2, "run rule.yml events.jsonl --workers many", "--workers"),
        (2, "run rule.yml events.jsonl --out no-such-folder/out", "no-such-folder"),
        (2, "run rule.yml events.jsonl --unheard-of", "unheard-of"),
        (2, "explain nobody events.jsonl", "no rule is called 'nobody'"),
        (2, "explain rule.yml events.jsonl --only some", "'some' is not possible"),
        (2, "explain rule.yml events.jsonl --limit 0", "--limit"),
        (2, "list --format xml", "'xml' is not possible"),
        (3, "run gone.yml events.jsonl", "gone.yml: no such file"),
        (3, "run rule.yml gone.jsonl", "gone.jsonl"),
        (3, "run rule.yml events.jsonl gone.jsonl", "gone.jsonl"),
        (3, "check gone", "gone: no such file"),
        (3, "list --rules gone", "gone: no such file"),
        (3, "test --rules gone", "gone: no such file"),
        (4, "run faulty events.jsonl", "7 faults"),
        (4, "run rule.yml events.jsonl --pipeline broken-pipeline.yml", "broken-pipeline.yml:2"),
        (4, "run rule.yml events.jsonl --pipeline gone.yml", "gone.yml: cannot be read"),
        (4, "explain faulty events.jsonl", "7 faults"),
        (4, "list --rules faulty", "7 faults"),
        (4, "test --rules faulty", "7 faults"),
        (5, "run rule.yml nothing", "nothing to read"),
        (5, "run rule.yml lines.txt", "nothing could be read: lines.txt:1"),
        (5, "run rule.yml lines.txt --workers 2", "nothing could be read: lines.txt:1"),
    ],
)
def test_what_cannot_be_done_is_said_and_writes_nothing(
    here: Path, code: int, arguments: str, said: str
) -> None:
    before = sorted(here.rglob("*"))
    done = run("rules", *arguments.split(), cwd=here)
    assert done.returncode == code, done.stderr.decode()
    assert done.stdout == b""
    assert said in done.stderr.decode()
    assert sorted(here.rglob("*")) == before


@pytest.mark.parametrize(
    ("code", "events"), [(3, "gone.jsonl"), (5, "lines.txt"), (5, "nothing"), (5, "empty.jsonl")]
)
def test_nothing_cannot_be_explained(here: Path, code: int, events: str) -> None:
    (here / "empty.jsonl").touch()
    for logs in ([], ["--logs"]):
        done = run("rules", "explain", "rule.yml", events, *logs, cwd=here)
        assert done.returncode == code, done.stderr.decode()
        assert done.stderr.startswith(b"agentwarrant: ")


@pytest.mark.parametrize("arguments", ["run faulty events.jsonl", "check faulty"])
def test_all_faults_of_all_files_are_named_at_once(here: Path, arguments: str) -> None:
    done = run("rules", *arguments.split(), cwd=here)
    assert done.returncode == 4
    lines = (done.stdout + done.stderr).decode().splitlines()
    for place in ("faulty/one.yml:9: ", "faulty/two.yml:2: ", "faulty/three.yml:10: "):
        assert sum(place in line for line in lines) == 1, lines


# Check, list, test -------------------------------------------------------------------------


def test_check_counts_rules_and_faults(here: Path) -> None:
    assert run("rules", "check", "rule.yml", cwd=here).stdout == b"1 rule, 0 faults\n"
    (here / "rule.yml").write_text(RULE + "tags: [attack.t9999]\n")
    done = run("rules", "check", "rule.yml", cwd=here)
    assert done.returncode == 4
    assert done.stdout.decode().splitlines() == [
        "rule.yml:11: the tag attack.t9999: no technique of ATT&CK 18.1 or 19",
        "1 rule, 1 fault",
    ]


def test_every_fault_of_one_rule_is_told_at_its_line_also_what_sigma_has_no_word_for(
    here: Path,
) -> None:
    wrong = """\
# mine

title: Bad rule
id: 1
level: hig
logsource: {product: agentwarrant}
detection:
  sel: {gen_ai.tool.name: exec}
  condition: sell
"""
    (here / "bad.yml").write_text(wrong)
    done = run("rules", "check", "bad.yml", cwd=here)
    assert done.returncode == 4
    assert done.stdout.decode().splitlines() == [
        "bad.yml:4: id cannot be 1 (write a UUID, from uuidgen for example)",
        "bad.yml:5: cannot be used: 'hig' is not a valid Sigma rule level",
        "bad.yml:8: the selection sel is in no condition",
        "bad.yml:9: cannot be used: Detection 'sell' not defined in detections",
        "0 rules, 4 faults",
    ]


def test_rules_without_a_test_are_named_beside_those_that_have_some(here: Path) -> None:
    done = run("rules", "test", "--rules", "rule.yml", "--no-pack", cwd=here)
    assert (done.returncode, done.stdout) == (0, b"0 tests, 0 failed\n")
    assert re.fullmatch(r"rule\.yml: .+ has no test\n", done.stderr.decode())
    assert run("rules", "test").stderr == b""


def test_check_without_a_path_checks_the_shipped_rules() -> None:
    done = run("rules", "check")
    assert done.returncode == 0
    listed = run("rules", "list").stdout.splitlines()
    counted = r"(\d+) rules and \d+ more that they are made of, 0 faults\n"
    said = re.fullmatch(counted, done.stdout.decode())
    assert said is not None
    assert int(said[1]) == len(listed)  # as the documents count them


def test_check_writes_the_lock_file_only_when_asked_and_right(here: Path) -> None:
    folder = here / "mine"
    folder.mkdir()
    (folder / "rule.yml").write_text(RULE)
    lock = folder / "rules.lock.json"

    def check(*more: str) -> int:
        return run("rules", "check", "mine", *more, cwd=here).returncode

    assert check() == 0
    assert not lock.exists()
    assert check("--update-lock") == 0
    assert json.loads(lock.read_bytes())[ID]["version"] == 1
    (folder / "rule.yml").write_text(RULE.replace("login\n  ", "logon\n  ", 1))
    before = lock.read_bytes()
    assert check() == 4
    (folder / "rule.yml").write_text(RULE.replace("level: high", "level: worst"))
    assert check("--update-lock") == 4
    assert lock.read_bytes() == before
    (folder / "rule.yml").write_text(RULE.replace("level: high", "level: low"))
    assert check("--update-lock") == 0
    assert json.loads(lock.read_bytes())[ID]["version"] == 2


def test_rules_of_ones_own_are_listed_with_or_without_the_pack(here: Path) -> None:
    both = rows(run("rules", "list", "--format", "jsonl", "--rules", "rule.yml", cwd=here))
    alone = ["rules", "list", "--rules", "rule.yml", "--no-pack"]
    (own,) = rows(run(*alone, "--format", "jsonl", cwd=here))
    assert own == {
        "id": ID,
        "short_id": ID,
        "title": "A login of root",
        "family": "",
        "severity": "high",
    }
    assert own in both
    assert len(both) > 10
    assert run(*alone, cwd=here).stdout.decode().split() == [ID, "high", *own["title"].split()]


def test_tests_that_fail_are_named(here: Path) -> None:
    done = run("rules", "test", "--rules", "failing.yml", "--no-pack", cwd=here)
    assert done.stdout.decode().splitlines() == [
        "FAILED AIA-TST-903 too many: 0 findings where 5 belong",
        "FAILED AIA-TST-903 nor here: 0 findings where 1 belong",
        "4 tests, 2 failed",
    ]


# Run ---------------------------------------------------------------------------------------


def test_findings_are_one_valid_json_object_a_line(here: Path) -> None:
    (here / "rule.yml").write_text(RULE + CORRELATION + "  generate: true\n")
    log(here / "events.jsonl", logins(30))
    done = run("rules", "run", "rule.yml", "events.jsonl", "--format", "jsonl", cwd=here)
    found = rows(done)
    assert {row["rule.name"] for row in found} == {"A login of root", "Many logins"}
    for row in found:
        assert finding_problems(row) == []
        assert row["event.kind"] == "alert"
        assert row["log.file.path"] == "events.jsonl"
    assert len({row["event.id"] for row in found}) == len(found)
    assert done.stderr == b""


def test_the_table_says_what_matched_and_how_much_was_read(here: Path) -> None:
    done = run("rules", "run", "rule.yml", "events.jsonl", cwd=here)
    assert done.stdout.decode().splitlines() == [
        "2026-01-01T00:00:00.000Z high          A login of root",
        "    login: event.action is login (login); user.name is root (root)",
        "2026-01-01T00:00:02.000Z high          A login of root",
        "    login: event.action is login (login); user.name is root (ROOT)",
    ]
    assert done.stderr.decode() == "2 findings in 3 events, by 1 rules\n"


def test_findings_can_be_written_to_a_file(here: Path) -> None:
    command = ["rules", "run", "rule.yml", "events.jsonl", "--format", "jsonl"]
    done = run(*command, "--out", "out.jsonl", cwd=here)
    assert (done.returncode, done.stdout) == (0, b"")
    assert (here / "out.jsonl").read_bytes() == run(*command, cwd=here).stdout != b""


def test_a_file_that_was_there_stays_when_nothing_comes_of_it(here: Path) -> None:
    (here / "out").write_text("before")
    done = run("rules", "run", "rule.yml", "lines.txt", "--out", "out", cwd=here)
    assert done.returncode == 5
    assert (here / "out").read_text() == "before"


def test_pipelines_are_applied(here: Path) -> None:
    (here / "map.yml").write_text(
        "transformations:\n  - type: field_name_mapping\n    mapping: {user.name: who}\n"
    )
    log(here / "events.jsonl", logins(3, who="root", **{"user.name": "x"}))
    command = ["rules", "run", "rule.yml", "events.jsonl", "--format", "jsonl"]
    assert rows(run(*command, cwd=here)) == []
    assert len(rows(run(*command, "--pipeline", "map.yml", cwd=here))) == 3
    done = run("rules", "explain", "rule.yml", "events.jsonl", "--pipeline", "map.yml", cwd=here)
    assert b"3 of 3 events matched" in done.stdout


def test_events_of_the_standard_input_files_and_archives_are_the_same(here: Path) -> None:
    body = (here / "events.jsonl").read_bytes()
    (here / "events.jsonl.gz").write_bytes(gzip.compress(body))
    command = ["rules", "run", "rule.yml", "--format", "jsonl"]
    file = rows(run(*command, "events.jsonl", cwd=here))
    packed = rows(run(*command, "events.jsonl.gz", cwd=here))
    piped = rows(run(*command, "-", cwd=here, given=body))
    assert [row["log.file.path"] for row in (file[0], packed[0], piped[0])] == [
        "events.jsonl",
        "events.jsonl.gz",
        "stdin",
    ]
    for found in (packed, piped):
        assert [row["warrant.finding.matched"] for row in found] == [
            row["warrant.finding.matched"] for row in file
        ]
    assert run(*command, "-", cwd=here, given=b"").returncode == 5


def test_a_tenant_and_a_time_field_can_be_named(here: Path) -> None:
    events = logins(1, when="2020-02-02T00:00:00Z", **{"@timestamp": None})
    log(here / "events.jsonl", events)
    command = ["rules", "run", "rule.yml", "events.jsonl", "--format", "jsonl"]
    (row,) = rows(run(*command, "--time-field", "when", "--tenant", "acme", cwd=here))
    assert row["@timestamp"] == "2020-02-02T00:00:00.000Z"
    assert row["organization.id"] == "acme"
    done = run(*command, cwd=here)
    assert b"1 events have no time" in done.stderr


def test_what_cannot_be_read_is_named_and_the_rest_is_read(here: Path) -> None:
    with (here / "events.jsonl").open("a") as file:
        file.write("no JSON\n[1]\n" + json.dumps(logins(1)[0]) + "\n")
    done = run("rules", "run", "rule.yml", "events.jsonl", cwd=here)
    assert done.returncode == 0
    told = done.stderr.decode().splitlines()
    assert [line.split(": ")[1] for line in told[:-1]] == ["events.jsonl:4", "events.jsonl:5"]
    assert told[-1] == "3 findings in 4 events, by 1 rules"


def test_a_file_that_several_paths_lead_to_is_read_once(here: Path) -> None:
    (here / "link.jsonl").symlink_to(here / "events.jsonl")
    command = ["rules", "run", "rule.yml", "events.jsonl", "link.jsonl", "events.jsonl"]
    for more in ([], ["--workers", "2"]):
        done = run(*command, *more, cwd=here)
        assert done.stderr == b"2 findings in 3 events, by 1 rules\n"


@pytest.mark.parametrize("correlated", [False, True])
def test_two_processes_find_byte_for_byte_what_one_finds(here: Path, correlated: bool) -> None:
    (here / "rule.yml").write_text(RULE + (CORRELATION + "  generate: true\n") * correlated)
    folder = here / "logs"
    folder.mkdir()
    for n in range(3):
        log(folder / f"{n}.jsonl", logins(5000 if n else 9000))
        with (folder / f"{n}.jsonl").open("a") as file:
            file.write("no JSON\n")
    command = ["rules", "run", "rule.yml", "logs", "--format", "jsonl", "--lateness", "1d"]
    one, two = (run(*command, "--workers", n, cwd=here) for n in ("1", "2"))
    assert (one.returncode, two.returncode) == (0, 0)
    assert one.stdout.count(b"\n") > 9000
    assert one.stdout == two.stdout
    assert one.stderr == two.stderr != b""


# Explain -----------------------------------------------------------------------------------


def test_explain_says_what_held_and_what_kept_an_event_out(here: Path) -> None:
    done = run("rules", "explain", "rule.yml", "events.jsonl", cwd=here)
    assert done.stdout.decode().splitlines() == [
        f"A login of root ({ID})",
        "events.jsonl:1: matched",
        "    + login",
        "    because: event.action is login (login)",
        "    because: user.name is root (root)",
        "events.jsonl:2: did not match",
        "    - login",
        "    kept out by: user.name is root (alice)",
        "events.jsonl:3: matched",
        "    + login",
        "    because: event.action is login (login)",
        "    because: user.name is root (ROOT)",
        "2 of 3 events matched",
    ]


@pytest.mark.parametrize(
    ("more", "shown"), [("--only matched", "13"), ("--only missed", "2"), ("--limit 1", "1")]
)
def test_explain_can_show_less(here: Path, more: str, shown: str) -> None:
    done = run("rules", "explain", "rule.yml", "events.jsonl", *more.split(), cwd=here)
    found = re.findall(r"events\.jsonl:(\d):", done.stdout.decode())
    assert "".join(found) == shown
    assert b"2 of 3 events matched" in done.stdout


def test_explain_of_a_correlation_says_what_it_read_and_needed(here: Path) -> None:
    (here / "rule.yml").write_text(RULE + CORRELATION)
    log(here / "events.jsonl", logins(30))
    text = run("rules", "explain", "rule.yml", "events.jsonl", cwd=here).stdout.decode()
    assert "20 events matched root_login" in text
    assert "needed: event_count gte 3 within 60 s" in text
    assert "fired: 2026-01-01T00:00:" in text


def test_explain_reads_agents_own_logs(here: Path) -> None:
    done = run("rules", "explain", "AIA-NET-001", MOLT, "--logs", cwd=here)
    assert done.returncode == 0
    assert re.search(rb"[1-9]\d* of \d+ events matched", done.stdout)


# Scan --------------------------------------------------------------------------------------


def test_plain_rules_about_agents_find_something_in_a_scan(here: Path) -> None:
    (here / "agents.yml").write_text(AGENTS)
    command = ["scan", MOLT, "--format", "jsonl", "--rules", "agents.yml"]
    both, alone = rows(run(*command, cwd=here)), rows(run(*command, "--no-pack", cwd=here))
    assert {row["rule.name"] for row in alone} == {"Any call of a tool"}
    assert {row["rule.name"] for row in both} > {"Any call of a tool"}
    assert [row for row in both if row["rule.name"] == "Any call of a tool"] == alone
    assert all(finding_problems(row) == [] for row in alone)


def test_a_scan_says_that_rules_of_other_log_sources_find_nothing(here: Path) -> None:
    (here / "agents.yml").write_text(AGENTS)
    command = ["scan", MOLT, "--format", "jsonl", "--no-pack"]
    done = run(*command, "--rules", "rule.yml", "--rules", "agents.yml", cwd=here)
    assert {row["rule.name"] for row in rows(done)} == {"Any call of a tool"}
    assert b"for other log sources than agents" in done.stderr
    assert b"other log sources" not in run(*command, "--rules", "agents.yml", cwd=here).stderr


# What others wrote -------------------------------------------------------------------------

EVIL = "\x1b]0;owned\x07\x1b[2J\u009b31m\u202e[bold red]x[/]\r"


@pytest.mark.parametrize(
    "command",
    [
        "rules run evil.yml evil.jsonl",
        "rules run evil.yml evil.jsonl --format jsonl",
        "rules explain evil.yml evil.jsonl",
        "rules list --rules evil.yml",
        "rules check evil.yml",
        "rules run evil.yml evil.txt",
        "rules explain evil.yml evil.jsonl --only missed",
    ],
)
def test_no_value_reaches_the_terminal_raw(here: Path, command: str) -> None:
    title = json.dumps(f"T {EVIL}")
    (here / "evil.yml").write_text(
        f"title: {title}\nlogsource: {{category: test}}\nlevel: high\n"
        f"detection:\n  {title}: {{user.name|contains: root}}\n  condition: 1 of T*\n"
    )
    events = [{"user.name": f"root {EVIL}", EVIL: EVIL}, {"user.name": EVIL}]
    log(here / "evil.jsonl", events)
    (here / "evil.txt").write_text(f"{EVIL}\n")
    done = run(*command.split(), cwd=here)
    assert done.stdout + done.stderr != b""
    assert not RAW.search(done.stdout + done.stderr)
    if "jsonl" not in command.split():
        assert "\u202e" not in done.stdout.decode()
    if command in ("rules run evil.yml evil.jsonl", "rules explain evil.yml evil.jsonl"):
        assert done.returncode == 0, done.stderr.decode()
        assert b"[bold red]" in done.stdout


def test_a_hostile_file_name_is_shown_harmless(here: Path) -> None:
    log(here / "\x1b]0;owned\x07.jsonl", [*logins(1), {}])
    with (here / "\x1b]0;owned\x07.jsonl").open("a") as file:
        file.write("no JSON\n")
    for arguments in (["run", "rule.yml"], ["explain", "rule.yml"]):
        done = run("rules", *arguments, ".", cwd=here)
        assert done.returncode == 0
        assert b"owned" in done.stdout + done.stderr
        assert not RAW.search(done.stdout + done.stderr)
