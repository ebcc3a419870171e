"""``agentwarrant rules mutate`` and ``rules coverage`` as an author runs them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from .running import command_run  # type: ignore[import-not-found]  # no package to mypy

Done = subprocess.CompletedProcess[str]
RULE = """\
title: A rule of ours
id: 11111111-1111-4111-8111-111111111111
status: test
description: What it is about.
logsource: {product: ai_agent}
detection:
  call: {warrant.tool.class: exec}
  led: {warrant.intent.verdict: influenced}
  condition: call and led
level: high
agentwarrant:
  short_id: AIA-TST-901
  needs: [gen_ai.agent.id]
  sources: any
  blind_spots: None.
  reason: "{message}"
  triage: {look: Look., tell: Ask., respond: Stop.}
  taxonomy:
    attack: {v18: [T1562.001], v19: [T1685]}
    owasp_asi: {edition: "2026", ids: [ASI02]}
tests:
  - {name: one, finds: 1, events: [{warrant.tool.class: exec, warrant.intent.verdict: influenced}]}
  - {name: two, finds: 1, events: [{warrant.tool.class: exec, warrant.intent.verdict: influenced}]}
  - {name: three, finds: 0, events: [{warrant.intent.verdict: influenced}]}
  - {name: four, finds: 0, events: [{warrant.tool.class: exec}]}
"""


def run(*arguments: str, cwd: Path) -> Done:
    done = command_run(["rules", *arguments], cwd=cwd)
    return Done(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "rule.yml").write_text(RULE)
    return tmp_path


# Mutate -------------------------------------------------------------------------------------


def test_a_rule_whose_parts_are_all_needed_is_told_so(here: Path) -> None:
    done = run("mutate", "rule.yml", cwd=here)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("1 rule, ")
    assert done.stdout.endswith(" 0 not noticed, 0 notes\n")


def test_a_part_that_no_test_needs_is_named_with_file_and_line(here: Path) -> None:
    (here / "rule.yml").write_text(RULE.replace("[{warrant.tool.class: exec}]", "[{repeat: 1}]"))
    done = run("mutate", "rule.yml", cwd=here)
    assert done.returncode == 4
    assert "rule.yml:8: AIA-TST-901: no test needs the part led\n" in done.stdout


def test_notes_are_shown_when_asked_for(here: Path) -> None:
    (here / "rule.yml").write_text(RULE.replace("class: exec}\n", "class: [exec, egress]}\n"))
    assert "note:" not in run("mutate", "rule.yml", cwd=here).stdout
    done = run("mutate", "rule.yml", "--notes", cwd=here)
    assert done.returncode == 0
    assert "note: rule.yml:7: AIA-TST-901: no test needs warrant.tool.class is egress in call" in (
        done.stdout
    )


def test_a_shipped_rule_is_named_by_its_short_id(here: Path) -> None:
    assert run("mutate", "AIA-NET-001", cwd=here).stdout.splitlines()[-1].startswith("1 rule, ")


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (2, "mutate AIA-NOT-000"),
        (2, "mutate rule.yml AIA-NET-001"),
        (4, "mutate broken.yml"),
        (2, "coverage --format yaml"),
        (2, "coverage --write rule.yml"),
        (2, "coverage --write nowhere.md"),
        (2, "coverage --navigator ."),
        (3, "coverage --rules nowhere.yml"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(here: Path, code: int, arguments: str) -> None:
    (here / "broken.yml").write_text("title: [\n")
    done = run(*arguments.split(), cwd=here)
    assert done.returncode == code
    assert done.stdout == ""
    assert done.stderr.startswith("agentwarrant: ")
    assert "Traceback" not in done.stderr


# Coverage -----------------------------------------------------------------------------------


def test_coverage_is_a_list_a_document_or_a_table(here: Path) -> None:
    own = ("--rules", "rule.yml", "--no-pack")
    said = run("coverage", *own, cwd=here).stdout
    assert said.startswith("1 rule that a test proves\n")
    assert "         T1685 Disable or Modify Tools: AIA-TST-901\n" in said
    document = json.loads(run("coverage", *own, "--format", "json", cwd=here).stdout)
    assert document["rules"] == ["AIA-TST-901"]
    assert (
        "| OWASP Agentic 2026 | 1 of 10 risks |"
        in run("coverage", *own, "--table", cwd=here).stdout
    )


def test_layers_are_written_into_files(here: Path) -> None:
    done = run(
        "coverage", "--rules", "rule.yml", "--no-pack", "--navigator", "a.json", "--atlas",
        "b.json", cwd=here,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "wrote a.json\nwrote b.json\n"
    layer = json.loads((here / "a.json").read_text())
    assert layer["techniques"] == [{"techniqueID": "T1685", "score": 1, "comment": "AIA-TST-901"}]
    assert json.loads((here / "b.json").read_text())["domain"] == "atlas-atlas"


def test_the_table_is_written_between_its_markers(here: Path) -> None:
    readme = here / "README.md"
    readme.write_text("a\n<!-- coverage -->\n<!-- /coverage -->\nb\n")
    done = run("coverage", "--rules", "rule.yml", "--no-pack", "--write", "README.md", cwd=here)
    assert (done.returncode, done.stdout) == (0, "")
    text = readme.read_text()
    assert text.startswith(
        "a\n<!-- coverage -->\n1 rule, proven by its own tests: 1 single event.\n"
    )
    assert text.endswith("<!-- /coverage -->\nb\n")
