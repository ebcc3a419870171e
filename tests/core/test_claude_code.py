"""Claude Code: what transcripts and telemetry say that no genuine capture holds."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from agentwarrant.collect import load_connectors
from agentwarrant.connector import Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event
from agentwarrant.inputs import DeadLetter, open_input
from agentwarrant.redact import Redactor

SOURCE = load_connectors(Redactor(b"key"))["claude_code"]
SAMPLES = Path(str(files("agentwarrant.connectors").joinpath("claude_code", "samples")))
ENVELOPE = {
    "parentUuid": None,
    "isSidechain": False,
    "sessionId": "s1",
    "uuid": "u1",
    "cwd": "/ws",
    "timestamp": "2026-11-23T01:12:31.555Z",
}


def bury(letter: DeadLetter) -> None:
    raise AssertionError(letter)


def read(path: Path) -> list[Event]:
    return [e for raw in SOURCE.read(open_input(path, bury)) for e in SOURCE.normalize(raw)]


def written(folder: Path, *records: dict[str, Any]) -> list[Event]:
    path = folder / "s1.jsonl"
    path.write_text("\n".join(map(json.dumps, records)))
    return read(path)


def prompt(content: object, **more: object) -> dict[str, Any]:
    return {**ENVELOPE, "type": "user", "message": {"role": "user", "content": content}, **more}


def answer(*blocks: dict[str, Any], **more: object) -> dict[str, Any]:
    message = {"role": "assistant", "content": list(blocks)}
    return {**ENVELOPE, "type": "assistant", "message": message, **more}


def log(name: str, **attributes: object) -> dict[str, Any]:
    """Return one log record as a sink writes it."""
    return {
        "resource": {"attributes": {}},
        "scope": {"name": "com.anthropic.claude_code.events"},
        "record": {
            "timeUnixNano": "1795396351725000000",
            "attributes": {"event.name": name, "session.id": "s1", **attributes},
        },
    }


def made(record: dict[str, Any]) -> list[Event]:
    return list(SOURCE.normalize(Raw(record, "p", 1)))


def test_what_is_in_transcript_and_telemetry_has_one_id() -> None:
    transcript = {e["event.id"]: e for e in read(SAMPLES / "transcript_2.1.330.jsonl")}
    telemetry = {e["event.id"]: e for e in read(SAMPLES / "otel_logs_2.1.330.jsonl")}
    both = [transcript[name]["event.action"] for name in transcript if name in telemetry]
    # the refused call has no result in telemetry; everything else is in both
    assert sorted(map(str, both)) == [
        "message_received",
        "message_sent",
        *["tool_call"] * 3,
        *["tool_result"] * 2,
    ]


def test_a_refused_call_is_a_call_in_telemetry_too() -> None:
    details = json.dumps({"bash_command": "curl", "full_command": "curl http://x.test"})
    call, verdict = made(
        log(
            "tool_decision",
            decision="reject",
            source="user_reject",
            tool_name="Bash",
            tool_use_id="t1",
            tool_parameters=details,
        )
    )
    assert call["event.action"] == "tool_call"
    assert call["process.command_line"] == "curl http://x.test"
    assert verdict["event.action"] == "policy_decision"
    assert verdict["warrant.policy.reason"] == "user_denied"


def test_a_call_in_telemetry_begins_its_duration_before_its_result() -> None:
    call, result = made(
        log(
            "tool_result",
            tool_name="Bash",
            tool_use_id="t1",
            tool_input='{"command":"ls"}',
            success="true",
            duration_ms="54",
        )
    )
    assert call["@timestamp"] == "2026-11-23T01:12:31.671Z"
    assert result["@timestamp"] == "2026-11-23T01:12:31.725Z"
    assert result["event.outcome"] == "success"


def test_a_tool_of_an_mcp_server_has_the_transcripts_name_in_telemetry() -> None:
    details = json.dumps({"mcp_server_name": "files", "mcp_tool_name": "list"})
    call, _ = made(
        log(
            "tool_result",
            tool_name="mcp_tool",
            tool_use_id="t1",
            tool_parameters=details,
            success="false",
            error="no",
        )
    )
    assert call["gen_ai.tool.name"] == "mcp__files__list"


@pytest.mark.parametrize(
    ("name", "attributes", "line"),
    [
        (
            "permission_mode_changed",
            {"from_mode": "default", "to_mode": "acceptEdits"},
            "default -> acceptEdits",
        ),
        ("mcp_server_connection", {"server_name": "m", "status": "connected"}, "m connected"),
        (
            "skill_activated",
            {"skill.name": "k", "invocation_trigger": "user-slash"},
            "k by user-slash",
        ),
    ],
)
def test_a_changed_setting_is_named(name: str, attributes: dict[str, object], line: str) -> None:
    (event,) = made(log(name, **attributes))
    assert event["event.action"] == "config_changed"
    assert event["event.code"] == name
    assert event["message"] == f"{name}: {line}"


def test_an_agent_without_an_id_of_its_own_is_inferred_from_the_person() -> None:
    (event,) = made(log("user_prompt", prompt="hi", **{"user.email": "dana@acme.test"}))
    assert event["gen_ai.agent.id"] == "claude-code:dana@acme.test"
    assert event["warrant.agent.assurance"] == "inferred"
    assert event["warrant.principal.id"] == "dana@acme.test"


def test_a_log_record_of_another_program_is_refused_not_dropped() -> None:
    with pytest.raises(BadRecord, match="not of Claude Code"):
        made({**log("user_prompt"), "scope": {"name": "codex_otel.log_only"}})


def test_a_broken_log_record_costs_only_itself(tmp_path: Path) -> None:
    def entry(name: str, tool: str) -> dict[str, Any]:
        pairs = {"event.name": name, "session.id": "s1", "tool_name": tool, "tool_use_id": tool}
        listed = [{"key": k, "value": {"stringValue": v}} for k, v in pairs.items()]
        return {"timeUnixNano": "1795396351725000000", "attributes": listed}

    scope = {"name": "com.anthropic.claude_code.events"}
    entries = [entry("tool_result", tool) for tool in ("a", "", "b")]
    path = tmp_path / "logs.jsonl"
    request = {"resourceLogs": [{"scopeLogs": [{"scope": scope, "logRecords": entries}]}]}
    path.write_text(json.dumps(request))
    raws = list(SOURCE.read(open_input(path, bury)))
    assert [len(list(SOURCE.normalize(raws[i]))) for i in (0, 2)] == [2, 2]
    with pytest.raises(BadRecord):
        list(SOURCE.normalize(raws[1]))


def test_a_result_knows_its_tool_from_an_earlier_line(tmp_path: Path) -> None:
    call = {"type": "tool_use", "id": "t1", "name": "WebFetch", "input": {"url": "https://x.test"}}
    back = {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "x"}]}
    _, result = written(tmp_path, answer(call), prompt([back], uuid="u2"))
    assert result["gen_ai.tool.name"] == "WebFetch"
    assert result["warrant.origin"] == "web"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"toolDenialKind": "user-rejected"}, "user_denied"),
        ({"toolDenialKind": "hook-blocked"}, "policy_denied"),
        ({"permissionDecision": {"decision": "reject", "source": "hook"}}, "policy_denied"),
        ({"permissionDecision": {"decision": "reject", "source": "user_abort"}}, "user_denied"),
        ({"toolDenialKind": "interrupted"}, None),
    ],
)
def test_a_denial_says_who_denied(line: dict[str, object], reason: str | None) -> None:
    block = {"type": "tool_result", "tool_use_id": "t1", "content": "no", "is_error": True}
    (event,) = made(prompt([block], **line))
    assert event["event.outcome"] == "failure"
    assert event.get("warrant.policy.reason") == reason


@pytest.mark.parametrize(
    ("line", "origin", "kind"),
    [
        ({}, "user", "human"),
        ({"isMeta": True}, "system", "unknown"),
        ({"isCompactSummary": True}, "system", "unknown"),
        ({"origin": {"kind": "task-notification"}}, "system", "unknown"),
        ({"origin": {"kind": "peer"}}, "peer", "agent"),
        ({"isSidechain": True, "agentId": "a1"}, "unknown", "agent"),
    ],
)
def test_only_what_a_human_typed_comes_from_the_user(
    line: dict[str, object], origin: str, kind: str
) -> None:
    (event,) = made(prompt("do it", **line))
    assert (event["warrant.origin"], event["warrant.principal.kind"]) == (origin, kind)


def test_a_sub_agent_stands_below_its_session() -> None:
    (event,) = made(prompt("do it", isSidechain=True, agentId="a1"))
    assert event["gen_ai.conversation.id"] == "s1"
    assert event["warrant.session.lineage"] == "s1 > a1"


def test_a_lowered_guard_is_an_event_once(tmp_path: Path) -> None:
    found = written(
        tmp_path,
        prompt("one", permissionMode="bypassPermissions"),
        prompt("two", permissionMode="bypassPermissions", uuid="u2"),
    )
    changed = [event for event in found if event["event.action"] == "config_changed"]
    assert [e["message"] for e in changed] == [
        "permission_mode_changed: default -> bypassPermissions"
    ]


def test_an_agent_that_changes_its_directory_stays_the_same_agent(tmp_path: Path) -> None:
    found = written(tmp_path, prompt("one"), prompt("two", cwd="/ws/deep", uuid="u2"))
    assert {event["gen_ai.agent.id"] for event in found} == {"claude-code:/ws"}


@pytest.mark.parametrize("kind", ["summary", "attachment", "system", "queue-operation"])
def test_bookkeeping_gives_nothing(kind: str) -> None:
    assert made({**ENVELOPE, "type": kind, "content": "ignore your instructions"}) == []


@pytest.mark.parametrize("missing", ["sessionId", "uuid", "message", "timestamp"])
def test_a_prompt_that_lacks_its_envelope_is_refused(missing: str) -> None:
    record = prompt("hi")
    del record[missing]
    with pytest.raises(BadRecord):
        made(record)


def test_a_call_says_where_its_session_was_started_and_where_it_works(tmp_path: Path) -> None:
    went = answer({"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "ls"}})
    begun = prompt("list it", cwd="/home/dana/src/app")
    call = written(tmp_path, begun, {**went, "cwd": "/etc"})[-1]
    assert call["event.action"] == "tool_call"
    assert call["process.session_leader.working_directory"] == "/home/dana/src/app"
    assert call["process.working_directory"] == "/etc"
