"""``agentwarrant ship`` as an operator runs it, as far as it goes without a server."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from .running import command_run  # type: ignore[import-not-found]  # no package to mypy

Done = subprocess.CompletedProcess[str]
SAMPLE = (
    Path(__file__).parents[1]
    / "connectors/openclaw/samples/main.5b037c8a-4f58-4b02-989b-042e9797b04e.jsonl"
)
NOBODY = "http://127.0.0.1:9"  # the port "discard", at which nobody listens
CONFIG = f"""
state: state
targets:
  main: {{kind: elastic, url: "{NOBODY}"}}
"""
TENANTS = f"""
targets:
  main: {{kind: elastic, url: "{NOBODY}"}}
  other: {{kind: opensearch, url: "{NOBODY}", api_key: env:NOT_SET}}
tenants:
  acme: {{targets: [main]}}
  umbrella: {{targets: [main], privacy: {{content: none, events: evidence}}}}
  initech: {{targets: [other]}}
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    if not SAMPLE.is_file():
        pytest.skip("the tests run without a checkout beside them")
    (tmp_path / "agentwarrant.yml").write_text(CONFIG)
    return tmp_path


def ship(cwd: Path, *arguments: str | Path) -> Done:
    done = command_run(["ship", *arguments], cwd=cwd)
    return Done(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_without_a_configuration_it_says_what_to_write(tmp_path: Path) -> None:
    done = ship(tmp_path, SAMPLE)
    assert (done.returncode, done.stdout) == (3, "")
    assert "there is no such configuration (name one with --config" in done.stderr


def test_a_faulty_configuration_is_refused_before_anything_is_read(here: Path) -> None:
    (here / "agentwarrant.yml").write_text(CONFIG.replace("elastic", "elastik"))
    done = ship(here, SAMPLE)
    assert done.returncode == 4
    assert "agentwarrant.yml:4: no SIEM is of the kind 'elastik'" in done.stderr
    assert not (here / "state").exists()


def test_the_estimate_marks_what_is_configured_and_ships_nothing(here: Path) -> None:
    done = ship(here, "--dry-run", SAMPLE)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "default: a day, by 1 day of logs; events are kept for 30d"
    assert [line.split()[1:3] for line in lines if line[0] == "*"] == [["redacted", "all"]]
    assert len(lines) == 11
    assert not (here / "state").exists()


def test_what_cannot_be_shipped_waits_and_is_told_of(here: Path) -> None:
    assert ship(here, "--status").stdout == "main: nothing was shipped from here yet\n"
    done = ship(here, SAMPLE)
    assert (done.returncode, done.stdout) == (6, "")
    assert "Connection refused" in done.stderr
    assert "main: 0 shipped, 0 were there already, 0 refused\n" in done.stderr
    assert "Traceback" not in done.stderr
    status = ship(here, "--status")
    assert status.returncode == 0
    for kind in ("events", "findings", "responses"):
        assert f"main: logs-agentwarrant.{kind}-default: " in status.stdout
        spool = here / f"state/spool/main/logs-agentwarrant.{kind}-default"
        assert [path.stat().st_mode & 0o077 for path in spool.glob("*.ndjson")] == [0]
    again = ship(here, "--waiting")
    assert again.returncode == 6
    assert ship(here, "--status").stdout == status.stdout


def test_where_several_could_be_meant_one_must_be_named(here: Path) -> None:
    (here / "agentwarrant.yml").write_text(TENANTS)
    done = ship(here, SAMPLE)
    assert done.returncode == 2
    assert "name one with --to: main, other" in done.stderr
    done = ship(here, SAMPLE, "--to", "main")
    assert done.returncode == 2
    assert "name one with --tenant: acme, umbrella" in done.stderr
    done = ship(here, SAMPLE, "--to", "mein", "--tenant", "acme")
    assert done.returncode == 6
    assert "no target is called 'mein' (did you mean main?)" in done.stderr
    done = ship(here, SAMPLE, "--to", "main", "--tenant", "initech")
    assert done.returncode == 6
    assert "the tenant 'initech' does not ship to main" in done.stderr


def test_a_secret_that_is_not_there_is_said_before_anything_is_read(here: Path) -> None:
    (here / "agentwarrant.yml").write_text(TENANTS)
    done = ship(here, SAMPLE, "--to", "other")
    assert done.returncode == 6
    assert "env:NOT_SET: the variable is not set" in done.stderr
    assert not (here / "state").exists()


def test_without_content_no_content_stands_in_the_spool(here: Path) -> None:
    config = CONFIG + "defaults: {privacy: {content: none}}\n"
    (here / "agentwarrant.yml").write_text(config)
    ship(here, SAMPLE)
    spooled = b"".join(path.read_bytes() for path in (here / "state").rglob("*.ndjson"))
    assert len(spooled) > 10_000
    for content in (b"please do this", b"curl -s", b"127.0.0.1:40053", b"api/v1/agents"):
        assert content in SAMPLE.read_bytes()
        assert content not in spooled
