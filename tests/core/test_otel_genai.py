"""OpenTelemetry GenAI: what many producers tell of one action is one event; nothing is lost."""

from __future__ import annotations

import json
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentwarrant import plugins, schema
from agentwarrant.collect import Collector, load_connectors
from agentwarrant.connector import Connector, Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event
from agentwarrant.inputs import DeadLetter, open_input
from agentwarrant.redact import KEY_VARIABLE, Redactor, installation_key

BASE = 1_795_514_400_000_000_000
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture(autouse=True)
def _fixed_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "test-key")


# A small exporter ------------------------------------------------------------------------


def value(plain: Any) -> dict[str, Any]:
    match plain:
        case bool():
            return {"boolValue": plain}
        case int():
            return {"intValue": str(plain)}
        case float():
            return {"doubleValue": plain}
        case list():
            return {"arrayValue": {"values": [value(one) for one in plain]}}
        case dict():
            return {"kvlistValue": {"values": pairs(plain)}}
    return {"stringValue": plain}


def pairs(plain: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value(one)} for key, one in plain.items()]


IDS = count(1)


def span(
    name: str, at: tuple[int, int], attributes: dict[str, Any], trace: str = TRACE, **more: Any
) -> dict[str, Any]:
    return {
        "traceId": trace,
        "spanId": f"{next(IDS):016x}",
        "name": name,
        "startTimeUnixNano": str(BASE + at[0] * 1_000_000),
        "endTimeUnixNano": str(BASE + at[1] * 1_000_000),
        "attributes": pairs(attributes),
        **more,
    }


def log(name: str, at: int, body: Any, trace: str = TRACE, **more: Any) -> dict[str, Any]:
    return {
        "traceId": trace,
        "timeUnixNano": str(BASE + at * 1_000_000),
        "eventName": name,
        "body": value(body),
        **more,
    }


def request(*records: dict[str, Any], service: str = "shop", **resource: str) -> dict[str, Any]:
    spans = [one for one in records if "startTimeUnixNano" in one]
    logs = [one for one in records if "startTimeUnixNano" not in one]
    about = {"attributes": pairs({"service.name": service, **resource})}
    made: dict[str, Any] = {}
    if spans:
        made["resourceSpans"] = [{"resource": about, "scopeSpans": [{"spans": spans}]}]
    if logs:
        made["resourceLogs"] = [{"resource": about, "scopeLogs": [{"logRecords": logs}]}]
    return made


def chat(
    at: tuple[int, int],
    heard: list[Any],
    said: list[Any],
    trace: str = TRACE,
    text: bool = True,
    attributes: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    wrap = json.dumps if text else lambda plain: plain
    whole = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "m-1",
        "gen_ai.input.messages": wrap(heard),
        "gen_ai.output.messages": wrap(said),
        **(attributes or {}),
    }
    return span("chat m-1", at, whole, trace, **more)


def run(
    at: tuple[int, int],
    tool: str,
    call_id: str = "",
    arguments: Any = None,
    result: Any = None,
    trace: str = TRACE,
    **more: Any,
) -> dict[str, Any]:
    whole = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": tool,
        "gen_ai.tool.call.id": call_id,
        "gen_ai.tool.call.arguments": arguments,
        "gen_ai.tool.call.result": result,
    }
    kept = {key: one for key, one in whole.items() if one not in ("", None)}
    return span(f"execute_tool {tool}", at, kept, trace, **more)


def say(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def call(call_id: str, tool: str, arguments: Any) -> dict[str, Any]:
    part = {"type": "tool_call", "id": call_id, "name": tool, "arguments": arguments}
    return {"role": "assistant", "parts": [part]}


def answer(call_id: str, text: Any) -> dict[str, Any]:
    part = {"type": "tool_call_response", "id": call_id, "response": text}
    return {"role": "tool", "parts": [part]}


def collect(place: Path, *records: dict[str, Any]) -> list[Event]:
    found, tally = collected(place, *records)
    assert tally.dead == 0, tally.dead_letters
    return found


def collected(place: Path, *records: dict[str, Any]) -> tuple[list[Event], Any]:
    file = place / "otlp.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in records))
    collector = Collector(load_connectors(Redactor(installation_key())))
    found = list(collector.events([file]))
    assert {said for event in found for said in schema.problems(event)} == set()
    return found, collector.tally


def story(events: list[Event]) -> list[str]:
    """Return what happened, in order, without the model calls."""
    shown = []
    for event in events:
        action = str(event["event.action"])
        if action in ("tool_call", "tool_result"):
            shown.append(f"{action} {event.get('gen_ai.tool.name', '')}".strip())
        elif action not in ("llm_request", "session_start"):
            shown.append(f"{action} {event['warrant.content.text']}")
    return shown


def of(events: list[Event], action: str) -> list[Event]:
    return [event for event in events if event["event.action"] == action]


def source() -> Connector:
    return load_connectors(Redactor(installation_key()))["otel_genai"]


# Forms -----------------------------------------------------------------------------------

PARTS = ([say("user", "hi there")], [call("call_1", "search", {"q": "a"})])
CONTENT = (
    [{"role": "user", "content": "hi there"}],
    [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "search", "arguments": '{"q": "a"}'},
                }
            ],
        }
    ],
)
ANTHROPIC = (
    [{"role": "user", "content": [{"type": "text", "text": "hi there"}]}],
    [
        {
            "role": "assistant",
            "content": [
                {"type": "tool_use", "id": "call_1", "name": "search", "input": {"q": "a"}}
            ],
        }
    ],
)
BEDROCK = (
    [{"role": "user", "content": [{"text": "hi there"}]}],
    [
        {
            "role": "assistant",
            "content": [
                {"toolUse": {"toolUseId": "call_1", "name": "search", "input": {"q": "a"}}}
            ],
        }
    ],
)
VERCEL = (
    [{"role": "user", "content": [{"type": "text", "text": "hi there"}]}],
    [
        {
            "role": "assistant",
            "content": [
                {
                    "type": "tool-call",
                    "toolCallId": "call_1",
                    "toolName": "search",
                    "args": {"q": "a"},
                }
            ],
        }
    ],
)
RESPONSES = (
    [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi there"}]}],
    [{"type": "function_call", "call_id": "call_1", "name": "search", "arguments": '{"q":"a"}'}],
)
LANGCHAIN = (
    [{"lc": 1, "kwargs": {"type": "human", "content": "hi there"}}],
    [
        {
            "lc": 1,
            "kwargs": {
                "type": "ai",
                "content": "",
                "tool_calls": [{"name": "search", "args": {"q": "a"}, "id": "call_1"}],
            },
        }
    ],
)


@pytest.mark.parametrize("text", [True, False], ids=["json text", "structured"])
@pytest.mark.parametrize("form", [PARTS, CONTENT, ANTHROPIC, BEDROCK, VERCEL, RESPONSES, LANGCHAIN])
def test_every_form_of_messages_gives_the_same_events(
    tmp_path: Path, form: tuple[list[Any], list[Any]], text: bool
) -> None:
    found = collect(tmp_path, request(chat((0, 10), *form, text=text)))
    assert story(found) == ["message_received hi there", "tool_call search"]
    [called] = of(found, "tool_call")
    assert called["warrant.arguments.text"] == '{"q":"a"}'
    assert called["gen_ai.tool.call.id"] == "call_1"


OLD = {
    "gen_ai.system": "openai",
    "llm.request.type": "chat",
    "gen_ai.prompt.0.role": "user",
    "gen_ai.prompt.0.content": "hi there",
    "gen_ai.completion.0.role": "assistant",
    "gen_ai.completion.0.tool_calls.0.id": "call_1",
    "gen_ai.completion.0.tool_calls.0.name": "search",
    "gen_ai.completion.0.tool_calls.0.arguments": '{"q": "a"}',
    "gen_ai.usage.prompt_tokens": 12,
    "gen_ai.usage.completion_tokens": 3,
}
OPENINFERENCE = {
    "openinference.span.kind": "LLM",
    "llm.system": "openai",
    "llm.input_messages.0.message.role": "user",
    "llm.input_messages.0.message.content": "hi there",
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.tool_calls.0.tool_call.id": "call_1",
    "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "search",
    "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": '{"q": "a"}',
    "llm.token_count.prompt": 12,
    "llm.token_count.completion": 3,
    "input.value": '{"messages": []}',
}
WHOLE_TEXT = {
    "gen_ai.operation.name": "chat",
    "gen_ai.system": "openai",
    "gen_ai.prompt": json.dumps(CONTENT[0]),
    "gen_ai.completion": json.dumps(CONTENT[1]),
    "gen_ai.usage.input_tokens": "12",
    "gen_ai.usage.output_tokens": 3.0,
}


@pytest.mark.parametrize("attributes", [OLD, OPENINFERENCE, WHOLE_TEXT])
def test_old_and_foreign_names_are_read(tmp_path: Path, attributes: dict[str, Any]) -> None:
    found = collect(tmp_path, request(span("openai.chat", (0, 10), attributes)))
    assert story(found) == ["message_received hi there", "tool_call search"]
    [asked] = of(found, "llm_request")
    assert asked["gen_ai.provider.name"] == "openai"
    assert (asked["gen_ai.usage.input_tokens"], asked["gen_ai.usage.output_tokens"]) == (12, 3)


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.tool.name": "search", "gen_ai.tool.arguments": '{"q":"a"}',
         "gen_ai.tool.output": "b"},
        {"tool.name": "search", "tool.parameters": '{"q":"a"}', "output.value": "b",
         "openinference.span.kind": "TOOL"},
        {"mcp.method.name": "tools/call", "gen_ai.tool.name": "search",
         "gen_ai.tool.call.arguments": {"q": "a"}, "gen_ai.tool.call.result": "b"},
        {"mcp.method.name": "tools/call", "mcp.tool.name": "search", "mcp.request.argument.q": "a",
         "mcp.tool.result": '{"content": [{"type": "text", "text": "b"}]}'},
        {"traceloop.span.kind": "tool", "traceloop.entity.name": "search",
         "traceloop.entity.input": '{"args": [], "kwargs": {"q": "a"}}',
         "traceloop.entity.output": '{"output": "b", "kwargs": {}}'},
        {"ai.operationId": "ai.toolCall", "ai.toolCall.name": "search",
         "ai.toolCall.args": '{"q":"a"}', "ai.toolCall.result": "b"},
    ],
)  # fmt: skip
def test_executions_of_many_producers_are_calls_and_answers(
    tmp_path: Path, attributes: dict[str, Any]
) -> None:
    found = collect(tmp_path, request(span("some span", (0, 10), attributes)))
    assert story(found) == ["tool_call search", "tool_result search"]
    assert found[0]["warrant.arguments.text"] == '{"q":"a"}'
    assert found[1]["warrant.content.text"] == "b"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("execute_tool search", ["tool_call search", "tool_result search"]),
        ("chat m-1", []),
        ("invoke_agent Helper", []),
        ("GET /index.html", []),
    ],
)
def test_a_span_without_an_operation_is_known_by_its_name(
    tmp_path: Path, name: str, told: list[str]
) -> None:
    found = collect(tmp_path, request(span(name, (0, 10), {})))
    assert story(found) == told
    if name.startswith("invoke_agent"):
        assert [event["gen_ai.agent.id"] for event in found] == ["Helper"]


def test_log_events_with_structured_bodies_make_the_same_conversation(tmp_path: Path) -> None:
    asked = {"id": "call_1", "type": "function", "function": {"name": "search", "arguments": "{}"}}
    found = collect(
        tmp_path,
        request(
            log("gen_ai.system.message", 0, {"content": "be kind"}),
            log("gen_ai.user.message", 1, {"content": "hi there"}),
            log("gen_ai.choice", 2, {"index": 0, "message": {"tool_calls": [asked]}}),
            log("gen_ai.assistant.message", 3, {"tool_calls": [asked]}),
            log("gen_ai.tool.message", 4, json.dumps({"content": "found", "id": "call_1"})),
            log("gen_ai.choice", 5, {"message": {"role": "assistant", "content": "done"}}),
        ),
    )
    assert story(found) == [
        "message_received be kind", "message_received hi there", "tool_call search",
        "tool_result", "message_sent done",
    ]  # fmt: skip


def test_span_events_tell_what_log_records_tell(tmp_path: Path) -> None:
    events = [
        {"name": "gen_ai.user.message", "attributes": pairs({"content": '[{"text": "hi there"}]'})},
        {"name": "gen_ai.choice", "attributes": pairs({"message": '[{"text": "hello"}]'})},
    ]
    found = collect(
        tmp_path,
        request(span("chat", (0, 9), {"gen_ai.operation.name": "chat"}, events=events)),
    )
    assert story(found) == ["message_received hi there", "message_sent hello"]


def test_the_details_event_tells_what_a_span_tells(tmp_path: Path) -> None:
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.system_instructions": [{"type": "text", "content": "be kind"}],
        "gen_ai.input.messages": [say("user", "hi there")],
        "gen_ai.output.messages": [say("assistant", "hello")],
    }
    name = "gen_ai.client.inference.operation.details"
    found = collect(tmp_path, request(log(name, 0, "", attributes=pairs(attributes))))
    assert story(found) == [
        "message_received be kind", "message_received hi there", "message_sent hello",
    ]  # fmt: skip
    assert len(of(found, "llm_request")) == 1


def test_base64_ids_and_snake_case_are_read_as_well(tmp_path: Path) -> None:
    one = span("execute_tool search", (0, 1), {}, trace="S/kvNXezTaajzpKdDg5HNg==")
    spelled = json.dumps(request(one))
    for camel, snake in (
        ("resourceSpans", "resource_spans"), ("scopeSpans", "scope_spans"), ("traceId", "trace_id"),
        ("spanId", "span_id"), ("startTimeUnixNano", "start_time_unix_nano"),
        ("endTimeUnixNano", "end_time_unix_nano"), ("stringValue", "string_value"),
    ):  # fmt: skip
        spelled = spelled.replace(camel, snake)
    connector = source()
    found = [e for raw in _read(tmp_path, connector, spelled) for e in connector.normalize(raw)]
    assert [event["trace.id"] for event in found] == [TRACE, TRACE]
    assert found[0]["service.name"] == "shop"


def _read(place: Path, connector: Connector, text: str) -> list[Raw]:
    file = place / "spelled.json"
    file.write_text(text)
    letters: list[DeadLetter] = []
    return list(connector.read(open_input(file, letters.append)))


# One event once --------------------------------------------------------------------------

LONG = "call_Zq81LmP0aWc3"


def conversation(call_id: str, run_arguments: Any, run_result: Any) -> list[dict[str, Any]]:
    asked, called = say("user", "find it"), call(call_id, "search", {"q": "a"})
    got, done = answer(call_id, "found"), say("assistant", "here it is")
    return [
        chat((0, 10), [asked], [called]),
        run((11, 20), "search", call_id, run_arguments, run_result),
        chat((21, 30), [asked, called, got], [done]),
        chat((40, 50), [asked, called, got, done, say("user", "thanks")], [say("assistant", "ok")]),
    ]


@pytest.mark.parametrize("call_id", [LONG, "call_0", ""])
@pytest.mark.parametrize("arguments", [{"q": "a"}, '{ "q": "a" }', None])
@pytest.mark.parametrize("result", ["found", None])
@pytest.mark.parametrize("backwards", [False, True])
def test_a_call_told_by_chats_and_by_its_execution_is_one_event(
    tmp_path: Path, call_id: str, arguments: Any, result: Any, backwards: bool
) -> None:
    spans = conversation(call_id, arguments, result)
    found = collect(tmp_path, *map(request, spans[::-1] if backwards else spans))
    assert story(found) == [
        "message_received find it", "tool_call search", "tool_result search",
        "message_sent here it is", "message_received thanks", "message_sent ok",
    ]  # fmt: skip
    assert of(found, "tool_call")[0]["warrant.arguments.text"] == '{"q":"a"}'
    assert of(found, "tool_result")[0]["warrant.content.text"] == "found"


@pytest.mark.parametrize("trace", [TRACE, "5af7f2c1d7b84e0aa1c4c0d5f2b3a9d1"])
@pytest.mark.parametrize("tool", ["search", "fetch"])
def test_a_call_id_used_again_is_another_call(tmp_path: Path, trace: str, tool: str) -> None:
    found = collect(
        tmp_path,
        request(
            chat((0, 10), [say("user", "find it")], [call("call_0", "search", {"q": "a"})]),
            run((11, 20), "search", "call_0", {"q": "a"}, "found a"),
            chat((21, 30), [say("user", "more")], [call("call_0", tool, {"q": "b"})], trace),
            run((31, 40), tool, "call_0", {"q": "b"}, "found b", trace),
        ),
    )
    calls = [event["warrant.arguments.text"] for event in of(found, "tool_call")]
    answers = [event["warrant.content.text"] for event in of(found, "tool_result")]
    assert (calls, answers) == (['{"q":"a"}', '{"q":"b"}'], ["found a", "found b"])


@pytest.mark.parametrize("call_id", ["call_0", ""])
def test_a_call_repeated_word_for_word_stays_two_calls(tmp_path: Path, call_id: str) -> None:
    called, got = call(call_id, "status", {}), answer(call_id, "busy")
    asked = say("user", "wait for it")
    found = collect(
        tmp_path,
        request(
            chat((0, 10), [asked], [called]),
            run((11, 12), "status", call_id, {}, "busy"),
            chat((13, 20), [asked, called, got], [called]),
            run((21, 22), "status", call_id, {}, "busy"),
            chat((23, 30), [asked, called, got, called, got], [say("assistant", "still busy")]),
        ),
    )
    assert Counter(event["event.action"] for event in found) == {
        "message_received": 1, "tool_call": 2, "tool_result": 2, "llm_request": 3,
        "message_sent": 1,
    }  # fmt: skip


def test_calls_in_one_answer_of_a_model_are_as_many_events(tmp_path: Path) -> None:
    parts = [
        {"type": "tool_call", "name": "search", "arguments": {"q": q}} for q in ("a", "b", "a")
    ]
    both = {"role": "assistant", "parts": parts}
    found = collect(
        tmp_path,
        request(
            chat((0, 10), [say("user", "find")], [both]),
            chat((20, 30), [say("user", "find"), both], [say("assistant", "no")]),
        ),
    )
    assert len(of(found, "tool_call")) == 3


def test_a_framework_may_complete_the_arguments_of_a_call_with_a_long_id(tmp_path: Path) -> None:
    found = collect(
        tmp_path,
        request(
            chat((0, 10), [say("user", "find")], [call(LONG, "search", {"q": "a"})]),
            run((11, 12), "search", LONG, {"q": "a", "limit": 10}, "x"),
        ),
    )
    assert [e["warrant.arguments.text"] for e in of(found, "tool_call")] == ['{"q":"a","limit":10}']


def test_words_said_twice_are_two_messages(tmp_path: Path) -> None:
    yes, ok = say("user", "yes"), say("assistant", "ok")
    found = collect(
        tmp_path, request(chat((0, 10), [yes], [ok]), chat((20, 30), [yes, ok, yes], [ok]))
    )
    assert story(found) == [
        "message_received yes", "message_sent ok", "message_received yes", "message_sent ok",
    ]  # fmt: skip


def test_two_libraries_that_record_one_model_call_tell_it_once(tmp_path: Path) -> None:
    outer = chat((0, 20), [say("user", "hi")], [say("assistant", "hello")])
    inner = chat(
        (1, 19), [say("user", "hi")], [say("assistant", "hello")], parentSpanId=outer["spanId"]
    )
    assert story(collect(tmp_path, request(inner, outer))) == [
        "message_received hi", "message_sent hello",
    ]  # fmt: skip


def test_a_protocol_span_inside_an_execution_is_the_same_call(tmp_path: Path) -> None:
    outer = run((0, 9), "search", "call_0", {"q": "a"}, "found")
    mcp = {"mcp.method.name": "tools/call", "gen_ai.tool.name": "search"}
    inner = span("tools/call search", (1, 8), mcp, parentSpanId=outer["spanId"])
    found = collect(tmp_path, request(inner, outer))
    assert story(found) == ["tool_call search", "tool_result search"]
    assert found[1]["warrant.content.text"] == "found"


def test_a_whole_run_told_by_its_agent_adds_nothing_and_changes_no_order(tmp_path: Path) -> None:
    asked, called, got = say("user", "q"), call(LONG, "roll", {}), answer(LONG, "4")
    whole = json.dumps([asked, called, got, say("assistant", "four")])
    agent = invoke((0, 50), "dice", attributes={"pydantic_ai.all_messages": whole})
    inner = [
        chat((1, 9), [asked], [called], parentSpanId=agent["spanId"]),
        run((10, 20), "roll", LONG, {}, "4", parentSpanId=agent["spanId"]),
    ]
    assert story(collect(tmp_path, request(*inner, agent))) == [
        "message_received q", "tool_call roll", "tool_result roll", "message_sent four",
    ]  # fmt: skip


def test_two_files_that_tell_of_one_long_call_id_join(tmp_path: Path) -> None:
    one, two, *_ = conversation(LONG, None, "found")
    for name, record in (("a.jsonl", one), ("b.jsonl", two)):
        (tmp_path / name).write_text(json.dumps(request(record)))
    collector = Collector(load_connectors(Redactor(installation_key())))
    found = list(collector.events([tmp_path]))
    assert story(found) == ["message_received find it", "tool_call search", "tool_result search"]
    assert of(found, "tool_call")[0]["warrant.arguments.text"] == '{"q":"a"}'


# Whose it is -----------------------------------------------------------------------------


def invoke(at: tuple[int, int], agent: str, **more: Any) -> dict[str, Any]:
    attributes = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": agent.title(),
        "gen_ai.agent.id": agent,
        **more.pop("attributes", {}),
    }
    return span(f"invoke_agent {agent}", at, attributes, **more)


def test_agents_of_one_trace_keep_their_own_calls(tmp_path: Path) -> None:
    planner = invoke((0, 100), "planner", attributes={"gen_ai.conversation.id": "c-1"})
    clerk = invoke((20, 80), "clerk", parentSpanId=planner["spanId"])
    own = chat((5, 10), [say("user", "pay")], [call("call_0", "ask_clerk", {})])
    theirs = chat((25, 30), [say("user", "pay")], [call("call_0", "wire", {"to": "x"})])
    named = run((40, 50), "wire", "call_0", {"to": "x"}, "done")
    named["attributes"] += pairs({"gen_ai.agent.name": "Clerk"})
    own["parentSpanId"], theirs["parentSpanId"] = planner["spanId"], clerk["spanId"]
    found = collect(tmp_path, *map(request, (own, theirs, named, clerk, planner)))
    assert {event["gen_ai.conversation.id"] for event in found} == {"c-1"}
    assert {event["warrant.agent.assurance"] for event in found} == {"claimed"}
    shown = [(e["event.action"], e["gen_ai.agent.id"]) for e in found]
    for expected in (
        ("message_received", "planner"), ("message_received", "clerk"), ("handoff", "planner"),
        ("session_start", "planner"), ("session_start", "clerk"), ("tool_result", "clerk"),
    ):  # fmt: skip
        assert shown.count(expected) == 1
    calls = {e["gen_ai.tool.name"]: e["gen_ai.agent.id"] for e in of(found, "tool_call")}
    assert calls == {"ask_clerk": "planner", "wire": "clerk"}


def test_an_agent_nobody_names_is_its_service(tmp_path: Path) -> None:
    [asked] = collect(tmp_path, request(chat((0, 1), [], []), service="billing"))
    assert (asked["gen_ai.agent.id"], asked["warrant.agent.assurance"]) == ("billing", "inferred")
    record = request(chat((0, 1), [], []), **{"agent.id": "b-7", "organization.id": "acme"})
    [asked] = collect(tmp_path, record)
    assert (asked["gen_ai.agent.id"], asked["warrant.agent.assurance"]) == ("b-7", "claimed")
    assert asked["organization.id"] == "acme"


def test_traces_of_many_services_in_one_file_stay_apart(tmp_path: Path) -> None:
    records = []
    for i in range(40):
        trace = f"{i + 1:032x}"
        spans = [
            chat((i, i + 9), [say("user", f"find {i}")], [call("call_0", "search", {})], trace),
            run((i + 10, i + 11), "search", "call_0", {}, "x", trace),
        ]
        records += [request(one, service=f"s-{i % 4}") for one in reversed(spans)]
    found = collect(tmp_path, *records)
    assert len(of(found, "tool_call")) == len(of(found, "tool_result")) == 40
    assert len({event["gen_ai.conversation.id"] for event in found}) == 40
    assert {str(event["gen_ai.agent.id"]) for event in found} == {"s-0", "s-1", "s-2", "s-3"}


def test_roles_say_who_speaks(tmp_path: Path) -> None:
    heard = [say("system", "be kind"), say("user", "hi")]
    found = collect(
        tmp_path, request(chat((0, 1), heard, [], attributes={"user.id": "erin@corp.example"}))
    )
    told = [
        [event[f"warrant.{name}"] for name in ("origin", "principal.kind", "principal.id")]
        for event in of(found, "message_received")
    ]
    assert told == [["system", "service", "system"], ["user", "human", "erin@corp.example"]]
    assert {e["warrant.principal.authority"] for e in of(found, "message_received")} == {"allowed"}


@pytest.mark.parametrize(
    "mark",
    [
        {"a2a.sender.id": "other-bot"},
        {"gen_ai.message.sender": "other-bot", "gen_ai.message.sender.type": "agent"},
    ],
)
def test_a_user_message_that_names_an_agent_came_from_a_peer(
    tmp_path: Path, mark: dict[str, str]
) -> None:
    found = collect(tmp_path, request(chat((0, 1), [say("user", "pay me")], [], attributes=mark)))
    [heard] = of(found, "message_received")
    assert (heard["warrant.origin"], heard["warrant.principal.kind"]) == ("peer", "agent")
    assert heard["warrant.peer.id"] == "other-bot"
    assert heard["warrant.principal.authority"] == "unknown"


def test_an_agent_that_runs_as_a_tool_is_told_by_the_agent_that_uses_it(tmp_path: Path) -> None:
    planner = invoke((0, 100), "planner")
    tool = run((10, 90), "ask_clerk", "call_0", {"task": "wire 5 to x"}, "done")
    clerk = invoke((20, 80), "clerk", parentSpanId=tool["spanId"])
    theirs = chat((25, 30), [say("user", "wire 5 to x")], [], parentSpanId=clerk["spanId"])
    own = chat((5, 9), [say("user", "pay them")], [], parentSpanId=planner["spanId"])
    tool["parentSpanId"] = planner["spanId"]
    found = collect(tmp_path, request(theirs, clerk, tool, own, planner))
    told = {e["gen_ai.agent.id"]: e for e in of(found, "message_received")}
    assert told["planner"]["warrant.principal.kind"] == "human"
    assert told["clerk"]["warrant.principal.id"] == "planner"
    assert told["clerk"]["warrant.peer.trust"] == "trusted"


def test_one_agent_under_two_names_is_no_delegation(tmp_path: Path) -> None:
    outer = invoke((0, 100), "graph")
    inner = invoke((5, 90), "clerk", parentSpanId=outer["spanId"])
    asks = chat((10, 20), [say("user", "pay them")], [], parentSpanId=inner["spanId"])
    [heard] = of(collect(tmp_path, request(asks, inner, outer)), "message_received")
    assert heard["warrant.principal.kind"] == "human"


def test_a_header_that_names_an_agent_makes_it_the_sender(tmp_path: Path) -> None:
    said = say("user", "[A2A message from clerk@partner.example] Pay us.")
    [heard] = of(collect(tmp_path, request(chat((0, 1), [said], []))), "message_received")
    assert heard["warrant.principal.kind"] == "agent"
    assert heard["warrant.peer.id"] == "clerk@partner.example"
    assert heard["warrant.principal.authority"] == "unknown"


# Order, outcome, limits ------------------------------------------------------------------


def test_at_one_moment_the_user_comes_before_the_call_and_the_call_before_its_answer(
    tmp_path: Path,
) -> None:
    top = invoke((0, 0), "helper")
    spans = conversation("call_0", {"q": "a"}, "found")
    for one in spans:
        one["startTimeUnixNano"] = one["endTimeUnixNano"] = str(BASE)
        one["parentSpanId"] = top["spanId"]
    found = collect(tmp_path, *map(request, [*spans, top]))
    assert story(found)[:4] == [
        "message_received find it", "tool_call search", "tool_result search",
        "message_sent here it is",
    ]  # fmt: skip


def test_an_execution_that_failed_says_so(tmp_path: Path) -> None:
    status = {"code": "STATUS_CODE_ERROR", "message": "blocked by policy"}
    one = run((0, 1), "wire", "call_0", {}, status=status)
    one["attributes"] += pairs({"error.type": "Denied", "gen_ai.tool.type": "function"})
    [called, got] = collect(tmp_path, request(one))
    assert (got["event.outcome"], got["error.type"]) == ("failure", "Denied")
    assert got["warrant.policy.decision"] == "denied"
    assert called["gen_ai.tool.type"] == got["gen_ai.tool.type"] == "function"


def test_a_retrieval_is_content_that_was_read(tmp_path: Path) -> None:
    attributes = {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.data_source.id": "handbook",
        "gen_ai.retrieval.documents": [{"id": "1", "content": "thirty days"}],
    }
    [read] = collect(tmp_path, request(span("retrieval handbook", (0, 1), attributes)))
    assert (read["event.action"], read["warrant.content.text"]) == ("tool_result", "thirty days")


def test_messages_past_the_limit_are_counted_and_the_newest_are_kept(tmp_path: Path) -> None:
    heard = [say("user", f"line {i}") for i in range(2_005)]
    found, tally = collected(tmp_path, request(chat((0, 1), heard, [])))
    assert len(of(found, "message_received")) == 2_000
    assert found[-2]["warrant.content.text"] == "line 2004"
    assert [letter.reason for letter in tally.dead_letters] == [
        "5 messages of one span before the newest 2000"
    ]


def test_a_loop_of_parents_ends(tmp_path: Path) -> None:
    one, two = chat((0, 1), [say("user", "hi")], []), run((2, 3), "search")
    one["parentSpanId"], two["parentSpanId"] = two["spanId"], one["spanId"]
    assert len(story(collect(tmp_path, request(one, two)))) == 3


def test_what_is_no_json_stays_text(tmp_path: Path) -> None:
    found = collect(tmp_path, request(run((0, 1), "search", "", "{not json", "[neither")))
    assert found[0]["warrant.arguments.text"] == "{not json"
    assert found[1]["warrant.content.text"] == "[neither"


def test_a_record_without_a_time_is_a_dead_letter_and_no_more(tmp_path: Path) -> None:
    lost = run((0, 1), "search")
    lost["startTimeUnixNano"] = lost["endTimeUnixNano"] = "0"
    found, tally = collected(tmp_path, request(lost), request(run((5, 6), "fetch")))
    assert story(found) == ["tool_call fetch", "tool_result fetch"]
    assert tally.dead == 1


def test_how_sure_a_file_is_recognised() -> None:
    def sure(record: dict[str, Any]) -> int:
        file = type("Head", (), {"head": [record]})()
        return source().recognise(file)

    assert sure(request(chat((0, 1), [], []))) == 40
    assert sure(request(span("GET /", (0, 1), {"http.method": "GET"}))) == 20
    assert sure(request(log("gen_ai.user.message", 0, {"content": "hi"}))) == 40
    assert sure({"resourceMetrics": []}) == 0
    assert sure({"hello": "world"}) == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("call_0"),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["role", "content", "parts", "type", "text", "tool_calls", "function", "name",
             "arguments", "id", "response", "toolUse", "kwargs", "message", "functionCall"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
NAMES = st.sampled_from(
    ["gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.operation.name", "gen_ai.prompt",
     "gen_ai.prompt.0.content", "gen_ai.completion.0.tool_calls.0.name", "gen_ai.tool.name",
     "gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "gen_ai.agent.id", "input.value",
     "gen_ai.conversation.id", "gen_ai.usage.input_tokens", "gen_ai.retrieval.documents",
     "llm.input_messages.0.message.content", "user.id", "events", "gen_ai.tool.call.id"]
)  # fmt: skip
OPERATIONS = st.sampled_from(["chat", "execute_tool", "invoke_agent", "retrieval", "odd"])


@settings(
    deadline=None, max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(st.dictionaries(NAMES, JSON, max_size=6), OPERATIONS, JSON)
def test_whatever_stands_in_attributes_gives_valid_events(
    attributes: dict[str, Any], operation: str, body: Any
) -> None:
    connector = source()
    plain = {**attributes, "gen_ai.operation.name": operation}
    one = {**span("s", (0, 1), {}), "attributes": plain}
    event = {**log("gen_ai.choice", 0, ""), "body": body, "attributes": attributes}
    for record in (request(one), request(event)):
        try:
            found = list(connector.normalize(Raw(record)))
        except BadRecord:
            continue
        assert {said for event in found for said in schema.problems(event)} == set()


def test_the_source_is_found_by_looking() -> None:
    home = "agentwarrant.connectors"
    assert any(module.__name__ == f"{home}.otel_genai" for module in plugins.modules(home, home))
