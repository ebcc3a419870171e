"""``agentwarrant respond ...`` as people run it: observe, ask, approve, stop, prove, release."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import zipfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from agentwarrant.cli import respond
from agentwarrant.schema import problems

from .running import command_run  # type: ignore[import-not-found]  # no package to mypy

CAPTURES = Path(str(files("agentwarrant.connectors")))
MOLT = CAPTURES / "openclaw/samples/main.5b037c8a-4f58-4b02-989b-042e9797b04e.jsonl"
RAW = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")
"""Control characters, C1 included, other than tab and line feed."""
COMMANDS = (
    "status", "show", "approve", "deny", "release", "confirm", "work", "stop",
    "resume", "report", "metrics", "events", "keygen", "list", "verify", "hold", "export",
    "expire",
)  # fmt: skip

Done = subprocess.CompletedProcess[bytes]


class Desk:
    """A folder with a configuration, two people with keys, and the command line in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.people = {name: self.text("keygen", f"{name}.pem").strip() for name in ("anna", "ben")}
        self.configure("{read_only: auto, reversible: approve}")

    def configure(self, mode: str, more: str = "") -> None:
        people = "".join(
            f'    {name}: {{key: "{key}", accounts: ["okta.user:{name}@acme.example"]}}\n'
            for name, key in self.people.items()
        )
        text = f"state: kept\nrespond:\n  mode: {mode}\n  approvers:\n{people}{more}"
        targets = "  targets: {edl: {vendor: blocklist}}\n"
        (self.folder / "agentwarrant.yml").write_text(text + targets)

    def says(self, *words: str | Path, code: int = 0, area: str = "respond") -> Done:
        environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
        done: Done = command_run((area, *words), env=environment, cwd=self.folder)
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        assert done.returncode == code, done.stderr.decode()
        assert not RAW.search(done.stdout + done.stderr)
        return done

    def text(self, *words: str | Path, **own: Any) -> str:
        return self.says(*words, **own).stdout.decode()

    def refused(self, *words: str | Path, code: int) -> str:
        said = self.says(*words, code=code).stderr.decode().splitlines()
        return said[-1]

    def runs(self) -> list[dict[str, str]]:
        listed: list[dict[str, str]] = json.loads(self.text("status", "--all", "--format", "json"))[
            "runs"
        ]
        return listed

    def block(self, *more: str) -> str:
        """Have a domain blocked, as far as people let it; return the run."""
        named = ("--agent", "main", "--account", "domain:evil.example.net")
        self.says("run", "--playbook", "block-egress", *named, *more, area="playbooks")
        return self.runs()[-1]["run"]

    def votes(self, word: str, run: str, who: str, **own: Any) -> Done:
        return self.says(word, run, "--as", who, "--key", f"{who}.pem", "--yes", **own)

    def state(self, run: str) -> str:
        return next(row["state"] for row in self.runs() if row["run"] == run)

    def blocked(self) -> bool:
        folder = self.folder / "kept" / "respond"
        return any(b"evil.example.net" in path.read_bytes() for path in folder.glob("block*"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_every_command_says_what_it_does_with_an_example() -> None:
    group: Any = get_command(respond.app)
    inner = group.commands.pop("evidence").commands
    found = {**group.commands, **{name: one for name, one in inner.items() if name != "release"}}
    assert set(found) == set(COMMANDS)
    for name, command in [*found.items(), *inner.items()]:
        assert command.help, name
        assert re.match(r"Examples?:\s+agentwarrant respond ", command.epilog), name


# Storms -------------------------------------------------------------------------------------


def test_one_agent_has_one_open_run_however_often_its_cases_are_answered(desk: Desk) -> None:
    desk.configure("auto")
    both = (MOLT, MOLT.with_name("main.5f34afc8-fef7-4a3a-b06b-cb80b9be2973.jsonl"))
    desk.says("run", MOLT, area="playbooks", code=1)
    (row,) = desk.runs()
    case = json.loads(desk.text("show", row["run"], "--format", "json"))["cases"][0]
    desk.says("run", MOLT, "--case", case, area="playbooks", code=1)
    desk.says("run", *both, area="playbooks", code=1)
    (still,) = desk.runs()
    assert still["run"] == row["run"]
    assert desk.text("evidence", "verify").strip() == f"{row['run']}: whole"


def test_a_name_that_is_no_approvers_is_said_at_once(desk: Desk) -> None:
    desk.configure("auto")
    said = desk.says("run", MOLT, "--as", "ana", area="playbooks", code=1).stderr.decode()
    assert "no approver is called 'ana' (did you mean anna?)" in said.splitlines()[0]
    again = desk.says("plan", MOLT, "--as", "anna", area="playbooks").stderr.decode()
    assert "no approver" not in again


# Observe ------------------------------------------------------------------------------------


def test_by_default_a_run_is_written_down_and_nothing_is_changed(desk: Desk) -> None:
    desk.configure("observe")
    said = desk.says("run", MOLT, area="playbooks").stderr.decode()
    assert re.search(r"observe mode: nothing was sent; it stands as run [0-9a-f]{16}", said)
    (row,) = desk.runs()
    assert (row["state"], row["points"]) == ("observed", "0/1")
    assert desk.text("status") == ""
    assert not (desk.folder / "kept" / "respond" / "evidence").exists()


def test_a_plan_enters_nothing(desk: Desk) -> None:
    said = desk.text("plan", MOLT, "--playbook", "block-egress", area="playbooks")
    assert "Block where the data went: main of default" in said
    assert "NOT COVERED: openclaw.agent:main" in said
    assert not (desk.folder / "kept").exists()
    (made,) = json.loads(desk.text("plan", MOLT, "--format", "json", area="playbooks"))
    assert (made["agent"], made["forbidden"]) == ("main", [])
    assert made["facts"]["log"][0]["event"]


def test_the_report_holds_what_would_have_been_done_against_how_cases_were_closed(
    desk: Desk,
) -> None:
    desk.configure("observe")
    desk.says("run", MOLT, area="playbooks")
    planned = desk.text("plan", MOLT, "--format", "json", area="playbooks")
    case = json.loads(planned)[0]["cases"][0]
    closed = {
        "event.kind": "alert", "rule.id": "r", "warrant.case.id": case,
        "warrant.finding.disposition": "benign",
    }  # fmt: skip
    (desk.folder / "closed.jsonl").write_text(json.dumps(closed) + "\nno JSON\n")
    named = ("report", "--since", "1h", "--findings", "closed.jsonl")
    (row,) = json.loads(desk.text(*named, "--format", "json"))["playbooks"]
    assert (row["playbook"], row["runs"], row["wrong"]) == ("quarantine-agent", 1, 1)
    assert "0% of what was closed would have been right" in desk.text(*named)
    assert "| quarantine\\-agent |" in desk.text(*named, "--format", "markdown")
    desk.refused("report", "--since", "soon", code=2)


# By people's word ---------------------------------------------------------------------------


def test_a_run_waits_for_a_person_and_is_carried_out_proven_and_released(desk: Desk) -> None:
    run = desk.block()
    assert desk.state(run) == "awaiting"
    assert "0 of 1 yes by" in desk.runs()[0]["waits"]
    desk.says("work", "--once")
    assert not desk.blocked()
    shown = desk.votes("approve", run[:6], "anna").stderr.decode()
    assert '"value":"evil.example.net"' in shown
    assert "granted" in shown.splitlines()[-1]
    desk.says("work", "--once", "--metrics", "figures.prom")
    assert desk.state(run) == "contained"
    assert desk.blocked()
    proof = desk.text("show", run)
    assert "blocklist:default/domain/evil.example.net" in proof
    assert "anna yes" in proof
    assert re.search(r"what was issued before \S+ \S+Z may work until", proof)
    assert re.search(r"audit entry \d+, [0-9a-f]{64}", proof)
    assert (
        'agentwarrant_runs{tenant="default",state="contained"} 1'
        in (desk.folder / "figures.prom").read_text()
    )
    asked = desk.says("release", run, "--reason", "false alarm").stderr.decode()
    assert "stays as it is until an approver lets it go" in asked
    assert desk.state(run) == "contained"
    assert "release: 0 of 1 yes by" in desk.runs()[0]["waits"]
    shown = desk.votes("release", run, "anna").stderr.decode()
    assert "takes back: " in shown
    assert desk.state(run) == "released"
    assert re.search(r"release \(request 1\): used; anna yes", desk.text("show", run))
    desk.says("verify", area="audit")


def test_a_release_takes_the_key_of_an_approver_and_no_other(desk: Desk) -> None:
    run = desk.block("--as", "anna")
    desk.votes("approve", run, "ben")
    desk.says("work", "--once")

    def release(who: str, key: str, code: int) -> str:
        return desk.refused("release", run, "--as", who, "--key", key, "--yes", code=code)

    assert "no approver is called" in release("kim", "anna.pem", 6)
    assert "of another key" in release("ben", "anna.pem", 6)
    assert "wrote what set this run off" in release("anna", "anna.pem", 6)
    assert desk.state(run) == "contained"
    desk.says("release", run, "--as", "ben", "--key", "ben.pem", code=130)
    assert desk.state(run) == "contained"
    assert "say whose with --as" in desk.refused("release", run, "--key", "ben.pem", code=2)
    said = desk.votes("approve", run, "ben").stderr.decode()
    assert f"agentwarrant respond release {run}" in said.splitlines()[-1]
    desk.says("release", run, "--as", "kim")
    assert desk.state(run) == "released"


def test_what_is_released_says_since_when_and_by_whom_to_whoever_wants_more_of_it(
    desk: Desk,
) -> None:
    desk.configure("auto")
    run = desk.block()
    assert "1/1" in desk.text("status", "--all")
    desk.says("confirm", run, "--as", "anna", "--reason", "it was she")
    desk.says("release", run, "--as", "anna")
    for word in ("release", "confirm"):
        said = desk.refused(word, run, code=6)
        assert re.search(r"it is released already, since \S+Z; anna asked for it", said), said
    assert "released  1 of 1 taken back" in desk.text("status", "--all")
    assert desk.runs()[0]["points"] == "0/1"
    entries = map(json.loads, desk.text("export", area="audit").splitlines())
    (confirmed,) = (one for one in entries if one["kind"] == "case_confirmed")
    assert json.loads(confirmed["data"]) == {"reason": "it was she"}


def test_a_run_that_only_observed_has_nothing_to_release_or_to_confirm(desk: Desk) -> None:
    desk.configure("observe")
    run = desk.block()
    for word in ("release", "confirm"):
        assert "it was only observed: nothing was sent" in desk.refused(word, run, code=6)


def test_the_playbook_that_releases_waits_for_people_too(desk: Desk) -> None:
    run = desk.block()
    desk.votes("approve", run, "anna")
    desk.says("work", "--once")
    words = ("run", "--playbook", "release-agent", "--agent", "main")
    said = desk.says(*words, area="playbooks").stderr.decode()
    assert f"run {run} stays as it is until people let it go" in said
    assert desk.state(run) == "contained"
    desk.votes("approve", run, "anna")
    desk.says(*words, area="playbooks")
    assert desk.state(run) == "released"


def test_one_no_ends_it(desk: Desk) -> None:
    run = desk.block()
    desk.votes("deny", run, "ben")
    desk.says("work", "--once")
    assert desk.state(run) in ("refused", "not_contained")
    assert not desk.blocked()
    assert "waits for no approval" in desk.refused(
        "approve", run, "--as", "anna", "--key", "anna.pem", "--yes", code=2
    )


def test_who_does_not_say_yes_has_not_voted(desk: Desk) -> None:
    run = desk.block()
    desk.says("approve", run, "--as", "anna", "--key", "anna.pem", code=130)
    assert "0 of 1 yes" in desk.runs()[0]["waits"]


def test_votes_that_do_not_count_say_why_in_one_line(desk: Desk) -> None:
    run = desk.block()

    def vote(who: str, key: str, code: int) -> str:
        return desk.refused("approve", run, "--as", who, "--key", key, "--yes", code=code)

    assert "of another key" in vote("anna", "ben.pem", 6)
    assert "no approver is called" in vote("root", "anna.pem", 6)
    assert "there is no such key" in vote("anna", "none.pem", 3)
    (desk.folder / "open.pem").write_bytes((desk.folder / "anna.pem").read_bytes())
    (desk.folder / "open.pem").chmod(0o644)
    assert "others than its owner" in vote("anna", "open.pem", 2)
    assert "2 runs" in desk.refused("show", "", code=2) or len(desk.runs()) == 1
    assert "0 runs have an id that begins so" in desk.refused("show", "zzzz", code=2)


def test_whoever_named_the_agent_may_not_approve(desk: Desk) -> None:
    """Started by hand as somebody who is an approver too."""
    import getpass

    name = f"cli:{getpass.getuser()}"
    text = (desk.folder / "agentwarrant.yml").read_text()
    text = text.replace("okta.user:anna@acme.example", name)
    (desk.folder / "agentwarrant.yml").write_text(text)
    run = desk.block()
    said = desk.refused("approve", run, "--as", "anna", "--key", "anna.pem", "--yes", code=6)
    assert "wrote what set this run off" in said
    desk.votes("approve", run, "ben")


def test_an_approver_who_starts_a_run_by_name_may_not_approve_it(desk: Desk) -> None:
    """Whatever account the process has."""
    run = desk.block("--as", "anna")
    said = desk.refused("approve", run, "--as", "anna", "--key", "anna.pem", "--yes", code=6)
    assert "wrote what set this run off" in said
    entries = desk.text("export", area="audit").splitlines()
    assert "anna" in {json.loads(line)["actor"] for line in entries}


def test_several_runs_are_answered_at_once(desk: Desk) -> None:
    first = desk.block()
    desk.says(
        "run", "--playbook", "block-egress", "--agent", "other", "--account",
        "domain:worse.example.net", area="playbooks",
    )  # fmt: skip
    second = next(row["run"] for row in desk.runs() if row["run"] != first)
    desk.says("approve", first, second, "--as", "anna", "--key", "anna.pem", "--yes")
    desk.says("work", "--once")
    assert {row["state"] for row in desk.runs()} == {"contained"}


# The emergency stop -------------------------------------------------------------------------


def test_the_stop_holds_what_was_approved_until_an_approver_resumes(desk: Desk) -> None:
    run = desk.block()
    desk.votes("approve", run, "anna")
    desk.says("stop", "--as", "kim", "--reason", "it runs wild")
    desk.says("work", "--once")
    assert not desk.blocked()
    assert "stop is on for every tenant" in desk.text("status")
    refused = desk.refused("resume", "--as", "anna", "--key", "ben.pem", code=6)
    assert "the signature is of another key" in refused
    desk.says("resume", "--as", "anna", "--key", "anna.pem")
    assert "stop is on" not in desk.text("status")
    assert "is not on" in desk.refused("resume", "--as", "anna", "--key", "anna.pem", code=2)


# Evidence and proof -------------------------------------------------------------------------


def test_evidence_is_taken_whole_chained_held_and_exported(desk: Desk) -> None:
    desk.says("run", MOLT, code=1, area="playbooks")  # there is nowhere to stop it
    (row,) = desk.runs()
    assert row["state"] == "not_contained"
    assert row["reason"] == "nothing that was done touches the agent"
    names_the_log_lines(desk, row)
    parts = [json.loads(line) for line in desk.text("evidence", "list", "--json").splitlines()]
    names = " ".join(part["part"] for part in parts)
    assert "manifest" in names
    assert "findings" in names
    assert "session " in names
    assert "whole" in desk.text("evidence", "verify")
    desk.says("evidence", "hold", row["run"], "--reason", "a court asks")
    desk.says("evidence", "expire", "--tenant", "default", "--older-than", "0s")
    assert len(desk.text("evidence", "list", "--json").splitlines()) == len(parts)
    packed = desk.says("evidence", "export", row["run"], "--out", "kept.zip")
    assert packed.stdout == b""
    with zipfile.ZipFile(io.BytesIO((desk.folder / "kept.zip").read_bytes())) as file:
        assert "audit.jsonl" in file.namelist()
    victim = next((desk.folder / "kept" / "respond" / "evidence" / "objects").rglob("??*/*"))
    victim.write_bytes(b"something else")
    desk.says("evidence", "verify", code=1)
    desk.says("evidence", "export", row["run"], "--out", "again.zip", code=6)


def names_the_log_lines(desk: Desk, row: dict[str, str]) -> None:
    """The case's report does so in every form."""
    shown = {form: desk.text("show", row["run"], "--format", form) for form in
             ("text", "json", "markdown", "html")}  # fmt: skip
    proof = json.loads(shown["json"])
    event, rule = proof["log"][0]["event"], proof["log"][0]["rule"]
    for text in shown.values():
        assert event in text
    assert rule in shown["text"]
    assert "<script" not in shown["html"].lower()
    assert "default-src 'none'" in shown["html"]


def test_the_siem_is_told_in_events_that_fit_the_schema(desk: Desk) -> None:
    run = desk.block()
    desk.votes("approve", run, "anna")
    desk.says("work", "--once")
    events = [json.loads(line) for line in desk.text("events").splitlines()]
    assert [event["event.action"] for event in events] == [
        "kill_switch_engaged", "kill_switch_ack",
    ]  # fmt: skip
    assert [problems(event) for event in events] == [[], []]


@pytest.mark.parametrize(
    ("entry", "code", "why"),
    [
        ("not a domain", 2, "ENTRY: 'not a domain' is no domain (such as bad.example.net"),
        ("1.2.3.4.5", 2, "is no address"),
        ("https:///x", 2, "is no url"),
        ("com", 6, "is a whole top-level domain"),
    ],
)
@pytest.mark.parametrize("word", ["add", "remove"])
def test_what_is_no_entry_of_a_block_list_is_wrong_usage(
    desk: Desk, word: str, entry: str, code: int, why: str
) -> None:
    done = desk.says(word, entry, "--as", "anna", area="blocklist", code=code)
    assert why in done.stderr.decode()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "x", "--format", "pdf"), 2),
        (("report", "--findings", "nowhere.jsonl"), 3),
        (("keygen", "anna.pem"), 2),
        (("evidence", "expire", "--tenant", "x", "--older-than", "long"), 2),
        (("confirm", "zzzz"), 2),
    ],
)
def test_what_cannot_be_is_one_line(desk: Desk, words: tuple[str, ...], code: int) -> None:
    said = desk.says(*words, code=code).stderr.decode()
    assert len([line for line in said.splitlines() if line.startswith("agentwarrant: ")]) == 1


@pytest.mark.parametrize(
    ("library", "words"),
    [("sqlalchemy", "playbooks plan x"), ("cryptography", "respond keygen x.pem")],
)
def test_without_its_libraries_it_says_which_extra_to_install(
    desk: Desk, library: str, words: str
) -> None:
    (desk.folder / "hidden").mkdir()
    (desk.folder / "hidden" / "sitecustomize.py").write_text(
        "import importlib.util as u\n"
        "was = u.find_spec\n"
        f"u.find_spec = lambda n, *a: None if n == {library!r} else was(n, *a)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(desk.folder / "hidden")}
    done = command_run(tuple(words.split()), env=environment, cwd=desk.folder)
    assert done.returncode == 2
    assert b"pip install agentwarrant[respond]" in done.stderr
    assert library.encode() in done.stderr
