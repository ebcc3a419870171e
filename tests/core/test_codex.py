"""Codex: what its three logs say that no genuine capture holds."""

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

SOURCE = load_connectors(Redactor(b"key"))["codex"]
SAMPLES = Path(str(files("agentwarrant.connectors").joinpath("codex", "samples")))
THREAD = "01a205f5-8fa8-7ed0-8229-e1d73ccc4933"
META = {"id": "c1", "cwd": "/ws"}


def bury(letter: DeadLetter) -> None:
    raise AssertionError(letter)


def read(path: Path) -> list[Event]:
    return [e for raw in SOURCE.read(open_input(path, bury)) for e in SOURCE.normalize(raw)]


def written(folder: Path, *records: dict[str, Any]) -> list[Event]:
    path = folder / "log.jsonl"
    path.write_text("\n".join(map(json.dumps, records)))
    return read(path)


def line(kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"timestamp": "2026-11-23T01:11:49.023Z", "type": kind, "payload": payload}


def session(folder: Path, *items: dict[str, Any], meta: dict[str, Any] = META) -> list[Event]:
    """Return the events of a session file's response items, without its start."""
    lines = [line("response_item", item) for item in items]
    return written(folder, line("session_meta", meta), *lines)[1:]


def stream(folder: Path, *items: dict[str, Any], thread: str = THREAD) -> list[Event]:
    started = {"type": "thread.started", "thread_id": thread}
    return written(folder, started, *items)[1:]


def log(name: str, **attributes: object) -> list[Event]:
    record = {
        "resource": {"attributes": {"host.name": "vm"}},
        "scope": {"name": "codex_otel.log_only"},
        "record": {
            "timeUnixNano": "0",
            "observedTimeUnixNano": "1795396309077221628",
            "attributes": {"event.name": f"codex.{name}", "conversation.id": "c1", **attributes},
        },
    }
    return list(SOURCE.normalize(Raw(record, "p", 1)))


def test_a_call_in_session_file_and_telemetry_has_one_id() -> None:
    found = [read(SAMPLES / f"{name}_0.169.0.jsonl") for name in ("rollout", "otel_logs")]
    ids = [{e["event.id"] for e in events if "gen_ai.tool.call.id" in e} for events in found]
    actions = [e["event.action"] for e in found[0] if e["event.id"] in ids[0] & ids[1]]
    assert sorted(map(str, actions)) == ["tool_call"] * 3 + ["tool_result"] * 3


def test_all_three_logs_begin_one_session() -> None:
    starts = {
        event["event.id"]
        for path in SAMPLES.iterdir()
        for event in read(path)
        if event["event.action"] == "session_start" and event["gen_ai.conversation.id"] == THREAD
    }
    assert len(starts) == 1


def test_a_command_failed_when_its_exit_code_says_so(tmp_path: Path) -> None:
    call = {"type": "function_call", "name": "exec_command", "arguments": "{}", "call_id": "k"}
    ran = {"type": "CommandExecution", "id": "k", "command": ["false"], "exit_code": 1}
    back = {"type": "function_call_output", "call_id": "k", "output": "nothing"}
    found = written(
        tmp_path,
        line("session_meta", META),
        line("response_item", call),
        line("event_msg", {"type": "item_completed", "item": ran}),
        line("response_item", back),
    )
    assert [e["event.action"] for e in found[1:]] == ["tool_call", "tool_result"]
    assert found[-1]["event.outcome"] == "failure"
    assert found[-1]["gen_ai.tool.name"] == "exec_command"


def test_a_command_that_only_its_item_tells_of_is_a_call_and_a_result(tmp_path: Path) -> None:
    ran = {"type": "CommandExecution", "id": "k", "command": ["bash", "-lc", "cat .env"]}
    item = {"type": "item_completed", "item": {**ran, "exit_code": 0, "aggregated_output": "x"}}
    _, call, result = written(tmp_path, line("session_meta", META), line("event_msg", item))
    assert call["process.command_line"] == "cat .env"
    assert result["event.outcome"] == "success"


@pytest.mark.parametrize(
    ("output", "outcome"),
    [
        ("Exit code: 2\nWall time: 0 seconds\nOutput:\n", "failure"),
        ('{"output":"x","metadata":{"exit_code":0}}', "success"),
        ({"content": "x", "success": False}, "failure"),
        ("x", "unknown"),
        ([{"type": "input_text", "text": "x"}], "unknown"),
    ],
)
def test_an_outcome_is_taken_from_wherever_a_version_says_it(
    tmp_path: Path, output: object, outcome: str
) -> None:
    back = {"type": "function_call_output", "call_id": "k", "output": output}
    (event,) = session(tmp_path, back)
    assert event["event.outcome"] == outcome


def test_a_command_the_user_rejected_is_a_denial(tmp_path: Path) -> None:
    back = {
        "type": "function_call_output",
        "call_id": "k",
        "output": "exec command rejected by user",
    }
    (event,) = session(tmp_path, back)
    assert event["warrant.policy.reason"] == "user_denied"


def test_a_shell_call_names_its_command(tmp_path: Path) -> None:
    action = {"type": "exec", "command": ["cat", ".env"]}
    (event,) = session(tmp_path, {"type": "local_shell_call", "call_id": "k", "action": action})
    assert event["warrant.tool.class"] == "credential_read"


def test_a_tool_of_an_mcp_server_has_one_name_in_all_logs(tmp_path: Path) -> None:
    call = {"type": "function_call", "namespace": "mcp__m", "name": "t", "call_id": "k"}
    ended = {
        "type": "mcp_tool_call_end",
        "call_id": "j",
        "invocation": {"server": "m", "tool": "t"},
    }
    item = {"id": "item_1", "type": "mcp_tool_call", "server": "m", "tool": "t", "arguments": {}}
    names = [
        session(tmp_path, call)[0],
        written(tmp_path, line("session_meta", META), line("event_msg", ended))[1],
        stream(tmp_path, {"type": "item.started", "item": item})[0],
        log("tool_result", tool_name="t", mcp_server="m", call_id="k", success="true")[0],
    ]
    assert {event["gen_ai.tool.name"] for event in names} == {"mcp__m__t"}


def test_a_message_of_user_and_harness_is_two_events(tmp_path: Path) -> None:
    kinds = [{"provenance": {"type": "user"}}, {"provenance": {"type": "harness"}}]
    message = {
        "type": "message",
        "role": "user",
        "id": "m",
        "content": [{"text": "mine"}, {"text": "the tool's"}],
        "internal_chat_message_metadata_passthrough": {"content_item_metadata": kinds},
    }
    found = session(tmp_path, message)
    said = {e["warrant.origin"]: (e["message"], e["warrant.principal.kind"]) for e in found}
    assert said == {"user": ("mine", "human"), "system": ("the tool's", "unknown")}


def test_older_versions_put_the_harness_into_the_users_mouth(tmp_path: Path) -> None:
    content = [{"text": "<environment_context>x"}, {"text": "hello"}]
    found = session(tmp_path, {"type": "message", "role": "user", "content": content})
    assert {e["warrant.origin"]: e["message"] for e in found} == {
        "system": "<environment_context>x",
        "user": "hello",
    }


def test_a_sub_agent_stands_below_its_parent(tmp_path: Path) -> None:
    meta = {**META, "session_id": "root", "parent_thread_id": "parent"}
    (event,) = session(tmp_path, {"type": "local_shell_call", "call_id": "k"}, meta=meta)
    assert event["warrant.session.lineage"] == "root > parent > c1"


def test_a_line_before_its_session_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRecord, match="session_meta"):
        written(tmp_path, line("response_item", {"type": "local_shell_call", "call_id": "k"}))


def test_the_streams_time_is_in_its_threads_id(tmp_path: Path) -> None:
    item = {"id": "item_1", "type": "command_execution", "command": "ls", "exit_code": 0}
    call, result = stream(
        tmp_path, {"type": "item.started", "item": item}, {"type": "item.completed", "item": item}
    )
    assert call["@timestamp"] == "2026-11-23T01:11:48.906Z"
    assert result["@timestamp"] == "2026-11-23T01:11:48.907Z"
    assert {call["warrant.record.clock"], result["warrant.record.clock"]} == {"session"}


def test_a_thread_whose_id_holds_no_time_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRecord, match="when it was"):
        stream(tmp_path, thread="27eeb9df-5261-4268-94c3-f89c2f0c6625")


def test_an_item_that_never_started_is_a_call_all_the_same(tmp_path: Path) -> None:
    item = {"id": "i", "type": "file_change", "changes": [{"path": "SOUL.md", "kind": "update"}]}
    done = {"type": "item.completed", "item": {**item, "status": "declined"}}
    call, result = stream(tmp_path, done)
    assert call["file.path"] == "SOUL.md"
    assert result["warrant.policy.decision"] == "denied"


@pytest.mark.parametrize(
    ("decision", "decider", "verdict", "reason"),
    [
        ("approved", "Config", "allowed", None),
        ("approved_for_session", "User", "allowed", None),
        ("denied", "User", "denied", "user_denied"),
        ("denied", "AutomatedReviewer", "denied", "policy_denied"),
        ("timed_out", "User", "denied", "approval_unavailable"),
    ],
)
def test_a_decision_says_who_decided(
    decision: str, decider: str, verdict: str, reason: str | None
) -> None:
    (event,) = log("tool_decision", tool_name="t", call_id="k", decision=decision, source=decider)
    assert event["warrant.policy.decision"] == verdict
    assert event.get("warrant.policy.reason") == reason


def test_a_log_record_of_another_program_is_refused_not_dropped() -> None:
    record = {"resource": {}, "scope": {"name": "other"}, "record": {"attributes": {}}}
    with pytest.raises(BadRecord, match="not of Codex"):
        list(SOURCE.normalize(Raw(record, "p", 1)))


def test_a_call_says_where_its_session_was_started(tmp_path: Path) -> None:
    call = {"type": "function_call", "name": "exec_command", "arguments": "{}", "call_id": "k"}
    begun = line("session_meta", {**META, "cwd": "/home/sam/src/app"})
    event = written(tmp_path, begun, line("response_item", call))[-1]
    assert event["event.action"] == "tool_call"
    assert event["process.session_leader.working_directory"] == "/home/sam/src/app"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"cmd": "ls -la"}, {"command": "/bin/bash -lc 'ls -la'"}),
        ({"command": ["bash", "-lc", "cat 'a b'"]}, {"command": """bash -lc "cat 'a b'\""""}),
        ({"cmd": "echo 'it"}, {"command": "echo 'it"}),
    ],
)
def test_a_command_is_the_same_whichever_shell_is_said_to_run_it(
    tmp_path: Path, one: dict[str, Any], other: dict[str, Any]
) -> None:
    said = []
    for arguments in (one, other):
        call = {"type": "function_call", "name": "shell", "call_id": "k"}
        call["arguments"] = json.dumps(arguments)
        meta = line("session_meta", META)
        said.append(SOURCE.twin(written(tmp_path, meta, line("response_item", call))[-1]))
    assert said[0] == said[1] != ""


def test_another_command_is_another(tmp_path: Path) -> None:
    said = set()
    for command in ("ls", "ls -a", "bash -lc", "bash -x ls"):
        call = {"type": "function_call", "name": "shell", "call_id": "k"}
        call["arguments"] = json.dumps({"command": command})
        meta = line("session_meta", META)
        said.add(SOURCE.twin(written(tmp_path, meta, line("response_item", call))[-1]))
    assert len(said) == 4


def test_a_patch_is_known_by_its_file_in_all_logs(tmp_path: Path) -> None:
    patch = "*** Begin Patch\n*** Add File: notes.md\n+x\n*** End Patch"
    call = {"type": "custom_tool_call", "name": "apply_patch", "call_id": "k", "input": patch}
    changes = [{"path": "/w/notes.md", "kind": "add"}]
    item = {"id": "item_1", "type": "file_change", "changes": changes, "status": "completed"}
    session = written(tmp_path, line("session_meta", META), line("response_item", call))[-1]
    streamed = stream(tmp_path, {"type": "item.started", "item": item})[0]
    assert SOURCE.twin(session) == SOURCE.twin(streamed) != ""
