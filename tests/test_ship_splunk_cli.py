"""``agentwarrant ship`` to Splunk as an operator runs it, against ``tests/hec_server.py``."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.hec_server import HecServer, Splunk, Token, served

from .running import command_run  # type: ignore[import-not-found]  # no package to mypy

Done = subprocess.CompletedProcess[str]
SAMPLE = (
    Path(__file__).parents[1]
    / "connectors/openclaw/samples/main.5b037c8a-4f58-4b02-989b-042e9797b04e.jsonl"
)
VALUE = "0b1c2d3e-0000-4000-8000-000000000001"
KINDS = ("events", "findings", "responses")


@pytest.fixture
def server() -> Iterator[HecServer]:
    if not SAMPLE.is_file():
        pytest.skip("the tests run without a checkout beside them")
    with served(Splunk(**{VALUE: Token(ack=True, indexes=("agentwarrant_default",))})) as made:
        yield made


@pytest.fixture
def here(tmp_path: Path, server: HecServer) -> Path:
    config = (
        f'state: state\ntargets:\n  main: {{kind: splunk, url: "{server.url}", token: file:t}}\n'
    )
    (tmp_path / "agentwarrant.yml").write_text(config)
    (tmp_path / "t").write_text(f"{VALUE}\n")
    return tmp_path


def ship(cwd: Path, *arguments: str | Path) -> Done:
    done = command_run(["ship", *arguments], cwd=cwd)
    return Done(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_everything_arrives_and_the_same_log_is_not_sent_twice(
    here: Path, server: HecServer
) -> None:
    done = ship(here, SAMPLE)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    sent = len(server.splunk.indexed)
    assert f"main: {sent:,} shipped, 0 were there already, 0 refused" in done.stderr
    kinds = Counter(one["sourcetype"] for one in server.splunk.indexed)
    assert set(kinds) == {f"agentwarrant:{kind}" for kind in KINDS}
    assert set(server.splunk.ids.values()) == {1}
    assert {one["index"] for one in server.splunk.indexed} == {"agentwarrant_default"}
    again = ship(here, SAMPLE)
    assert again.returncode == 0
    assert f"main: 0 shipped, {sent:,} were there already, 0 refused" in again.stderr
    assert len(server.splunk.indexed) == sent
    assert VALUE not in done.stderr + again.stderr


def test_the_estimate_is_what_the_licence_counts(here: Path, server: HecServer) -> None:
    done = ship(here, "--dry-run", SAMPLE)
    assert done.returncode == 0
    head, titles, *rows = done.stdout.splitlines()
    assert head == "default: a day, by 1 day of logs; events are kept for 30d"
    assert titles.split() == ["content", "which", "events", "findings", "licence", "busiest"]
    assert not server.splunk.seen
    (chosen,) = [row for row in rows if row.startswith("*")]
    ship(here, SAMPLE)
    counted = [one for one in server.splunk.indexed if "responses" not in one["sourcetype"]]
    size = sum(
        len(json.dumps(one["event"], separators=(",", ":"), ensure_ascii=False).encode())
        for one in counted
    )
    said = float(chosen.split()[5]) * {"kB": 1e3, "MB": 1e6}[chosen.split()[6]]
    assert abs(said - size) < 0.01 * size


def test_without_content_no_content_is_sent(here: Path, server: HecServer) -> None:
    config = (here / "agentwarrant.yml").read_text()
    (here / "agentwarrant.yml").write_text(config + "defaults: {privacy: {content: none}}\n")
    assert ship(here, SAMPLE).returncode == 0
    sent = json.dumps(server.splunk.indexed)
    assert len(sent) > 10_000
    for content in ("please do this", "curl -s", "127.0.0.1:40053", "api/v1/agents"):
        assert content.encode() in SAMPLE.read_bytes()
        assert content not in sent


def test_a_token_that_is_not_known_is_told_before_anything_is_read(
    here: Path, server: HecServer
) -> None:
    server.splunk.tokens = {}
    done = ship(here, SAMPLE)
    assert (done.returncode, done.stdout) == (6, "")
    assert "Invalid token (see to it in Splunk: Settings, Data inputs" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (here / "state").exists()


def test_what_an_unwell_collector_leaves_waits_and_is_shipped_later(
    here: Path, server: HecServer
) -> None:
    server.splunk.health = 18
    done = ship(here, SAMPLE)
    assert done.returncode == 6
    assert "HEC is unhealthy, queues are full" in done.stderr
    status = ship(here, "--status")
    for kind in KINDS:
        assert f"main: agentwarrant_default-{kind}: " in status.stdout
    server.splunk.health = 17
    assert ship(here, "--waiting").returncode == 0
    assert server.splunk.indexed
    assert "0 B wait" in ship(here, "--status").stdout
