"""``agentwarrant intel``: indicators in, and what agents met of them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tests.core.test_intel_index import indicator
from tests.running import Done, command_run

EVENTS = Path(__file__).parents[1] / "connectors/ecs"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "intel.sqlite"


def run(store: Path, *arguments: str | Path, cwd: Path | None = None) -> Done:
    environment = {**os.environ, "AGENTWARRANT_INTEL": str(store)}
    return command_run(arguments, env=environment, cwd=cwd)


def bundle(folder: Path, *items: object, name: str = "bundle.json") -> Path:
    path = folder / name
    path.write_text(json.dumps({"type": "bundle", "objects": items}))
    return path


def call(number: int) -> dict[str, object]:
    """Return a call of an agent, as ECS."""
    return {
        "@timestamp": f"2026-06-01T10:00:0{number}.000Z",
        "event.id": f"e{number}",
        "event.kind": "event",
        "event.category": ["web"],
        "event.type": ["access"],
        "event.action": "tool_call",
        "event.dataset": "ecs.events",
        "event.module": "ecs",
        "gen_ai.agent.id": "helper",
        "gen_ai.conversation.id": "c1",
        "gen_ai.tool.name": "web_fetch",
        "url.full": "https://evil.example/x",
        "url.domain": "evil.example",
    }


def test_what_agents_met_is_said_on_the_event_and_counted(store: Path, tmp_path: Path) -> None:
    item = indicator("[domain-name:value = 'evil.example']", name="a kit")
    taken = run(store, "intel", "pull", bundle(tmp_path, item, {**item, "id": "x"}), "--reasons")
    assert taken.returncode == 0
    assert b"1 new, 1 refused (no id 1)" in taken.stderr
    log = tmp_path / "events.jsonl"
    log.write_text("".join(json.dumps(call(n)) + "\n" for n in range(3)))
    done = run(store, "normalize", log, "--source", "ecs")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(events) == 3, done.stderr
    for event in events:
        assert event["warrant.threat.matched"] == [f"indicators:{item['id']}"]
        assert event["warrant.threat.name"] == ["a kit (by-hand, TLP:CLEAR)"]
    (seen,) = run(store, "intel", "list", "--format", "jsonl").stdout.splitlines()
    assert json.loads(seen) == {
        "feed": "by-hand",
        "id": item["id"],
        "tenant": "default",
        "times": 3,
        "first": "2026-06-01T10:00:00.000Z",
        "last": "2026-06-01T10:00:02.000Z",
    }
    table = run(store, "intel", "list").stdout.decode()
    assert "by-hand" in table
    assert "3x" in table


def test_feeds_are_those_of_the_configuration(store: Path, tmp_path: Path) -> None:
    bundle(tmp_path, indicator("[domain-name:value = 'a.example']"), name="one.json")
    (tmp_path / "agentwarrant.yml").write_text(
        "targets: {main: {kind: elastic, url: https://localhost:9200}}\n"
        "intel: {feeds: {good: {path: one.json, days: 36500}, gone: {path: none.json}}}\n"
    )
    done = run(store, "intel", "pull", cwd=tmp_path)
    assert done.returncode == 6
    assert b"good: 1 new" in done.stderr
    assert b"none.json" in done.stderr
    assert b"Traceback" not in done.stderr
    assert run(store, "intel", "pull", "--feed", "good", cwd=tmp_path).returncode == 0
    asked = run(store, "intel", "pull", "--feed", "goood", cwd=tmp_path)
    assert asked.returncode != 0
    assert b"good" in asked.stderr


@pytest.mark.parametrize(
    ("feed", "what"),
    [
        ("{url: https://a.example/c/, password: secret-in-clear, username: u}", "no reference"),
        ("{url: http://a.example/c/, token: 'env:T'}", "unencrypted"),
        ("{url: https://a.example/c/, path: x.json}", "at a url or at a path"),
        ("{}", "at a url or at a path"),
        ("{path: x.json, confidence: 101}", "maximum of 100"),
    ],
)
def test_a_faulty_feed_is_refused_with_its_place(
    store: Path, tmp_path: Path, feed: str, what: str
) -> None:
    (tmp_path / "agentwarrant.yml").write_text(
        "targets: {main: {kind: elastic, url: https://localhost:9200}}\n"
        f"intel: {{feeds: {{sector: {feed}}}}}\n"
    )
    done = run(store, "intel", "pull", cwd=tmp_path)
    assert done.returncode != 0
    assert what.encode() in done.stderr
    assert b"secret-in-clear" not in done.stderr
    assert b"Traceback" not in done.stderr


def test_names_of_others_are_shown_without_what_they_would_do_to_a_terminal(
    store: Path, tmp_path: Path
) -> None:
    item = indicator("[domain-name:value = 'a.example'", id="\x1b[2Jindicator")
    done = run(store, "intel", "pull", bundle(tmp_path, item), "--reasons")
    assert b"\x1b" not in done.stderr + done.stdout
