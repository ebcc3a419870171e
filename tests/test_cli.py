"""The command as people and pipelines run it: exit codes, clean output, nothing thrown at them."""

from __future__ import annotations

import gzip
import json
import os
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import typer

import agentwarrant
from agentwarrant.cli import app
from agentwarrant.collect import load_connectors
from agentwarrant.places import on_this_host
from agentwarrant.redact import Redactor

from .running import COMMAND, command_run  # type: ignore[import-not-found]  # no package to mypy

SAMPLES = Path(str(files("agentwarrant.connectors"))) / "openclaw/samples"
MOLT = str(SAMPLES / "main.5b037c8a-4f58-4b02-989b-042e9797b04e.jsonl")
QUIET = str(SAMPLES / "main.71bb0761-7ddb-4275-9a4c-9971c953d2ca.jsonl")
COMMANDS = (
    ("scan",),
    ("normalize",),
    ("demo",),
    ("version",),
    ("rules", "list"),
    ("rules", "test"),
)
RAW = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")
"""Control characters, C1 included, other than tab and line feed."""

Done = subprocess.CompletedProcess[bytes]


def run(*arguments: str, **more: Any) -> Done:
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", **more.pop("env", {})}
    done: Done = command_run(arguments, env=environment, **more)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


def rows(done: Done) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


# Exit codes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (0, ["scan", MOLT]),
        (0, ["scan", QUIET, "--fail-on", "informational"]),
        (0, ["scan", MOLT, "--source", "openclaw"]),
        (1, ["scan", MOLT, "--fail-on", "critical"]),
        (1, ["scan", MOLT, "--fail-on", "low", "--format", "jsonl"]),
        (2, ["scan", MOLT, "--fail-on", "worst"]),
        (2, ["scan", MOLT, "--format", "xml"]),
        (2, ["scan", MOLT, "--source", "nobody"]),
        (2, ["scan", MOLT, "--unheard-of"]),
        (2, ["scan", MOLT, "--out", "no-such-folder/x.html"]),
        (2, ["scan", MOLT, "--out", "."]),
        (2, ["normalize", MOLT, "--dialect", "klingon"]),
        (2, ["unheard-of"]),
        (2, []),
        (3, ["scan", "no/such/path"]),
        (3, ["normalize", MOLT, "no/such/path"]),
        (4, ["scan", MOLT, "--rules", "no-rule.yml"]),
        (4, ["rules", "list", "--rules", "no-rule.yml"]),
        (5, ["scan", os.devnull]),
    ],
)
def test_the_exit_code_says_how_it_went(tmp_path: Path, code: int, arguments: list[str]) -> None:
    (tmp_path / "no-rule.yml").write_text("title: [")
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr.decode()
    if code >= 2 and arguments:
        assert done.stdout == b""
        assert done.stderr.strip()
    assert [path.name for path in tmp_path.iterdir()] == ["no-rule.yml"]


def test_a_complaint_is_one_line_with_the_mend() -> None:
    done = run("scan", MOLT, "--source", "opanclaw")
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("agentwarrant: no source is called 'opanclaw' (known are ")


def test_where_no_agent_lives_there_is_nothing_to_read(tmp_path: Path) -> None:
    sources = load_connectors(Redactor(b"key")).values()
    if on_this_host(sources):  # a few places are the same for all users
        pytest.skip("an agent keeps logs outside the home folders of this host")
    done = run("scan", env={"HOME": str(tmp_path)})
    assert done.returncode == 5
    assert b"name a path" in done.stderr


def test_where_an_agent_lives_its_logs_are_found(tmp_path: Path) -> None:
    sessions = tmp_path / ".openclaw/agents/main/sessions"
    sessions.mkdir(parents=True)
    (sessions / "s.jsonl").write_bytes(Path(MOLT).read_bytes())
    done = run("scan", "--format", "jsonl", env={"HOME": str(tmp_path)})
    assert done.returncode == 0
    assert str(sessions / "s.jsonl") in {row["log.file.path"] for row in rows(done)}


# Output ------------------------------------------------------------------------------------


def test_findings_are_one_json_object_a_line_and_nothing_else() -> None:
    done = run("scan", MOLT, "--format", "jsonl")
    assert {row["event.kind"] for row in rows(done)} == {"alert"}
    assert done.stderr == b""


def test_a_finding_names_events_as_normalize_prints_them() -> None:
    known = {row["event.id"] for row in rows(run("normalize", MOLT))}
    for row in rows(run("scan", MOLT, "--format", "jsonl")):
        assert known.issuperset(row["warrant.finding.events"])


def test_events_of_every_dialect_have_the_same_ids() -> None:
    ecs, splunk = (rows(run("normalize", MOLT, "--dialect", d)) for d in ("ecs", "splunk"))
    assert [row["event.id"] for row in ecs] == [row["event.id"] for row in splunk]
    assert all(row.keys() <= other.keys() for row, other in zip(ecs, splunk, strict=True))


def test_a_tenant_that_is_named_is_in_every_event() -> None:
    found = rows(run("normalize", MOLT, "--tenant", "acme"))
    assert {row["organization.id"] for row in found} == {"acme"}


@pytest.mark.parametrize(
    ("format_", "begins"), [("json", b"{"), ("html", b"<!doctype html>"), ("jsonl", b'{"')]
)
def test_every_format_can_be_written_to_a_file(tmp_path: Path, format_: str, begins: bytes) -> None:
    out = tmp_path / "report"
    to_file = run("scan", MOLT, "--format", format_, "--out", str(out))
    assert (to_file.returncode, to_file.stdout) == (0, b"")
    assert out.read_bytes().lower().startswith(begins)
    assert [path.name for path in tmp_path.iterdir()] == ["report"]
    if format_ == "jsonl":
        assert out.read_bytes() == run("scan", MOLT, "--format", format_).stdout


def test_a_file_that_was_there_stays_when_nothing_comes_of_it(tmp_path: Path) -> None:
    out = tmp_path / "report"
    out.write_text("before")
    assert run("scan", os.devnull, "--out", str(out)).returncode == 5
    assert out.read_text() == "before"
    assert run("scan", MOLT, "--out", str(out)).returncode == 0
    assert "critical" in out.read_text().lower()


def test_the_table_is_for_people() -> None:
    done = run("scan", MOLT)
    assert b"CRITICAL" in done.stdout
    assert b"1 case" in done.stdout
    assert b"\x1b" not in done.stdout


def test_the_rules_are_listed() -> None:
    found = rows(run("rules", "list", "--format", "jsonl"))
    assert len(found) >= 14
    assert {tuple(row) for row in found} == {("id", "short_id", "title", "family", "severity")}
    table = run("rules", "list").stdout.decode().splitlines()
    assert [line.split()[0] for line in table] == [row["short_id"] for row in found]


def test_the_rules_are_tested() -> None:
    done = run("rules", "test")
    assert re.fullmatch(rb"\d+ tests, 0 failed", done.stdout.splitlines()[-1])
    assert done.returncode == 0
    assert len(run("rules", "test", "--verbose").stdout.splitlines()) > 50


def test_the_demo_needs_nothing() -> None:
    done = run("demo")
    assert done.returncode == 0
    assert b"CRITICAL" in done.stdout
    assert b"genuine" in done.stderr
    assert {row["organization.id"] for row in rows(run("demo", "--format", "jsonl"))} == {"demo"}


def test_the_version_is_printed() -> None:
    assert run("version").stdout.decode().strip() == agentwarrant.__version__


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_of_every_command_shows_an_example(command: tuple[str, ...]) -> None:
    text = " ".join(run(*command, "--help").stdout.decode().split())
    assert re.search(rf"Examples?: agentwarrant {' '.join(command)}", text)


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name in command.list_commands(None):
        yield from leaves(command.get_command(None, name), (*path, name))


LEAVES = dict(leaves(typer.main.get_command(app)))


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_each_example_of_a_help_is_one_line_of_eighty_columns_that_can_be_copied(
    path: tuple[str, ...],
) -> None:
    heading, *lines = LEAVES[path].epilog.split("\n\n")
    examples = [line for line in lines if "agentwarrant " in line]
    assert heading == ("Examples:" if len(examples) > 1 else "Example:")
    assert examples
    assert all(len(line) <= 78 for line in lines)
    assert all(line.count(f"agentwarrant {' '.join(path)}") == 1 for line in examples)


def test_an_example_stands_in_the_help_as_it_is_typed() -> None:
    shown = run("playbooks", "run", "--help", env={"COLUMNS": "80"}).stdout.decode()
    lines = [line.strip() for line in shown.splitlines()]
    assert all(line in lines for line in LEAVES["playbooks", "run"].epilog.split("\n\n"))


def test_help_names_the_commands_and_exit_codes() -> None:
    text = run("-h").stdout.decode()
    assert "Exit codes:" in text
    assert all(command[0] in text for command in COMMANDS)


# Pipes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["normalize", str(SAMPLES)],
        ["scan", str(SAMPLES), "--format", "json"],
        ["scan", str(SAMPLES)],
    ],
    ids=" ".join,
)
def test_a_reader_that_goes_away_is_no_fault(arguments: list[str]) -> None:
    command = [*COMMAND, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        complaint = process.stderr.read()
    assert b"Traceback" not in complaint
    assert b"BrokenPipe" not in complaint
    assert process.returncode == 0


# What others wrote -------------------------------------------------------------------------


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder of everything that should not be in a folder of logs."""
    home = tmp_path / "logs"
    home.mkdir()
    good = Path(MOLT).read_bytes()
    for name, body in {
        "good.jsonl": good,
        "empty": b"",
        "binary": bytes(range(256)) * 10,
        "latin.jsonl": good + b'\n{"type": "message", "id": "caf\xe9"}\n',
        "deep.jsonl": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        "cut.gz": gzip.compress(good)[:-200],
        "bomb.gz": gzip.compress(b"\0" * (64 << 20)),
        "half.sqlite": b"SQLite format 3\0" + bytes(50),
        "crlf.jsonl": good.replace(b"\n", b"\r\n"),
        "surrogate.jsonl": b'{"type": "\\ud800"}\n',
        "array.json": b"[1, 2, 3]",
        "\x1b]0;owned\x07.jsonl": b"\0",
    }.items():
        (home / name).write_bytes(body)
    with (home / "long.jsonl").open("wb") as file:
        file.write(b'{"a": "')
        file.truncate(100 << 20)
    os.mkfifo(home / "pipe")
    (home / "loop").symlink_to(home / "loop")
    with closing(sqlite3.connect(home / "other.sqlite")) as db, db:
        db.execute("CREATE TABLE notes (body TEXT)")
    return home


def test_hostile_files_are_named_and_the_good_one_is_read(hostile: Path) -> None:
    done = run("scan", str(hostile), "--format", "jsonl")
    assert done.returncode == 0
    assert rows(done)
    complaints = done.stderr.decode()
    for name in ("empty", "binary", "latin", "deep", "cut.gz", "bomb.gz", "half", "array", "long"):
        assert name in complaints, name
    assert not RAW.search(done.stderr)


@pytest.mark.parametrize("format_", ["table", "json", "html"])
def test_hostile_files_spoil_no_format(hostile: Path, format_: str) -> None:
    done = run("scan", str(hostile), "--format", format_)
    assert done.returncode == 0
    assert not RAW.search(done.stdout)


def test_an_empty_folder_and_a_pipe_are_nothing_to_read(tmp_path: Path) -> None:
    assert run("scan", str(tmp_path)).returncode == 5
    os.mkfifo(tmp_path / "pipe")
    assert run("scan", str(tmp_path / "pipe")).returncode == 5


def many_unread(folder: Path) -> Path:
    for n in range(30):
        (folder / f"{n:02}.txt").write_text("no JSON")
        os.mkfifo(folder / f"pipe{n:02}")
    return folder


@pytest.mark.parametrize("read", [True, False])
def test_what_is_not_read_is_counted_and_on_request_named_to_the_last(
    tmp_path: Path, read: bool
) -> None:
    many_unread(tmp_path)
    if read:
        (tmp_path / "good.jsonl").write_bytes(Path(QUIET).read_bytes())
    done = run("scan", str(tmp_path))
    assert done.returncode == (0 if read else 5)
    told = done.stderr.decode()
    assert "not read: 10 more files (agentwarrant --verbose … names all)" in told
    assert "pipe00 and 29 more: it is no regular file but a pipe (agentwarrant --verbose" in told
    assert "29.txt" not in told
    every = run("--verbose", "scan", str(tmp_path)).stderr.decode()
    assert all(f"{n:02}.txt: not JSON" in every for n in range(30))
    assert all(f"pipe{n:02}: it is no regular file but a pipe" in every for n in range(30))


def test_the_document_names_what_was_passed_over(tmp_path: Path) -> None:
    (tmp_path / "good.jsonl").write_bytes(Path(QUIET).read_bytes())
    (tmp_path / ".git").mkdir()
    (skipped,) = json.loads(run("scan", str(tmp_path), "--format", "json").stdout)["skipped"]
    assert skipped == {
        "path": str(tmp_path / ".git"),
        "reason": "no folder of this name is looked into",
    }


def test_a_source_that_can_read_no_record_has_read_nothing() -> None:
    sample = next((SAMPLES.parents[1] / "claude_code/samples").glob("transcript*"))
    done = run("scan", "--source", "mcp", str(sample))
    assert (done.returncode, done.stdout) == (5, b"")
    assert re.search(rb"agentwarrant: nothing could be read: \d+ records, the first", done.stderr)


@pytest.mark.parametrize(
    "arguments",
    [["scan"], ["normalize"], ["scan", MOLT, "--warrants"], ["scan", MOLT, "--rules"],
     ["scan", MOLT, "--out"], ["warrants", "check"], ["rules", "check"],
     ["build", "elastic", "--out"]],
)  # fmt: skip
def test_a_path_that_is_empty_is_not_the_current_folder(
    tmp_path: Path, arguments: list[str]
) -> None:
    done = run(*arguments, "", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("agentwarrant: a path is empty (is a variable unset?")


def test_a_named_folder_that_may_not_be_opened_is_input_that_cannot_be_read(
    tmp_path: Path,
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    if os.access(closed, os.R_OK):
        pytest.skip("this account may open every folder, whatever its mode")
    done = run("scan", str(closed))
    assert done.returncode == 5
    (line,) = done.stderr.decode().splitlines()
    assert line == f"agentwarrant: nothing could be read: {closed}: permission denied"


EVIL = "\x1b]0;owned\x07\x1b[2J\u009b31m\u202e[bold red]x[/]\r"


def test_what_an_agent_wrote_does_not_reach_the_terminal_raw(tmp_path: Path) -> None:
    text = Path(MOLT).read_text(encoding="utf-8")
    for word in ("Mallory", "cat .env", "exec"):
        text = text.replace(word, word + json.dumps(EVIL)[1:-1])
    path = tmp_path / "evil.jsonl"
    path.write_text(text, encoding="utf-8")
    for format_ in ("table", "jsonl", "json", "html"):
        done = run("scan", str(path), "--format", format_)
        assert done.returncode == 0
        assert not RAW.search(done.stdout + done.stderr), format_
        if format_ == "table":
            assert "\u202e" not in done.stdout.decode()
            assert b"[bold red]" in done.stdout


def test_debug_shows_where_an_error_was_raised() -> None:
    command = [*COMMAND, "--debug", "scan", "no/such/path"]
    done = subprocess.run(command, capture_output=True)
    assert done.returncode == 3
    assert b"Traceback" in done.stderr
