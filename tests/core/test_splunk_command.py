"""The search command says of rows in Splunk what the engine says outside of it."""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
from collections.abc import Sequence
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.splunk_inside import (
    RUNTIMES,
    Reply,
    Runtime,
    Splunkd,
    built,
    older_pythons,
    ran,
    serving,
    splunk_home,
)

from agentwarrant.collect import load_connectors
from agentwarrant.event import Event
from agentwarrant.identity import Resolver
from agentwarrant.intent.judge import Judge
from agentwarrant.redact import KEY_VARIABLE, Redactor, installation_key
from agentwarrant.scan import Scan
from agentwarrant.siem.splunk import declared, payload
from agentwarrant.siem.splunk.form import INDEXED, field_name
from agentwarrant.siem.splunk.inside.judging import Bench
from agentwarrant.siem.splunk.inside.rows import ADDED, ERROR, NoEvent, event_of
from agentwarrant.warrant.kinds import Kinds
from agentwarrant.warrant.load import load_warrants
from agentwarrant.warrant.registry import Registry

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"
WARRANT = """\
warrant: 1
version: 1
agent: {id: helper, name: Helper, kind: assistant, owner: dana@acme.example, purpose: Helps.}
signed: {by: dana@acme.example, at: 2026-01-01}
identities:
  - {kind: openclaw.agent, id: main}
  - {kind: okta.app, id: 0oa7helper0APP00001d7}
  - {kind: aws.role, id: "arn:aws:iam::111122223333:role/acme-helper"}
  - {kind: github.app, id: acme-helper}
  - {kind: aws.access_key, id: AKIAIOSFODNN7EXAMPLE}
principals:
  - {kind: human, id: '777000111', authority: owner}
scope:
  tools: {allow: [read, web_fetch, "class:read"], deny: [gateway]}
  hosts: {allow: ["*.acme.example", 10.0.0.0/8]}
  paths: {allow: ["./**"], deny: ["**/.env"]}
"""


@pytest.fixture(scope="module", params=sorted(RUNTIMES))
def runtime(request: pytest.FixtureRequest) -> Runtime:
    return RUNTIMES[request.param]()


@pytest.fixture(scope="module")
def programs(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = built(runtime, tmp_path_factory.mktemp("app"))
    return folder


@pytest.fixture(autouse=True)
def _fixed_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "test-key")


@cache
def events() -> tuple[Event, ...]:
    """Return the events of all shipped captures, in order of time, as connectors make them."""
    with as_file(files("agentwarrant.connectors")) as home:
        places = sorted(home.glob("*/samples"))
        return tuple(Scan.over().collector.events(places))


def in_splunk(event: Event) -> dict[str, Any]:
    return {"_time": str(payload.seconds(event["@timestamp"])), "_raw": payload.raw(event).decode()}


def chunked(rows: Sequence[dict[str, Any]], size: int = 700) -> list[list[dict[str, Any]]]:
    return [list(rows[start : start + size]) for start in range(0, len(rows), size)] or [[]]


def expected(
    listed: Sequence[Event], registry: Registry | None = None, credentials: Any = frozenset()
) -> list[dict[str, Any]]:
    """Return the columns of what the engine itself says of events, in order."""
    resolver, judge = Resolver(registry, credentials), Judge()
    return [columns(judge.judge(resolver.attribute(event))) for event in listed]


def columns(event: Event) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ADDED:
        value = event.get(name, "")
        many = [str(one) for one in value] if isinstance(value, list) else [str(value)]
        found[field_name(name)] = many if len(many) > 1 else (many or [""])[0]
    return found


def told(reply: Reply) -> list[dict[str, Any]]:
    names = [field_name(name) for name in ADDED]
    return [{name: row[name] for name in names} for row in reply.rows]


def test_rows_are_attributed_and_judged_as_the_engine_does_outside(
    runtime: Runtime, programs: Path
) -> None:
    rows = [in_splunk(event) for event in events()]
    reply = ran(runtime, programs, chunked(rows))
    assert reply.status == 0, reply.errors
    assert [row["_raw"] for row in reply.rows] == [row["_raw"] for row in rows]
    assert not {row[ERROR] for row in reply.rows} - {""}
    wanted = expected(events(), credentials=kinds().credentials)
    assert told(reply) == wanted
    verdicts = {row["warrant.intent.verdict"] for row in reply.rows}
    assert {"intended", "influenced", "unexplained"} <= verdicts


def test_nothing_that_the_engine_changes_is_without_a_column() -> None:
    resolver, judge = Resolver(), Judge()
    changed = set()
    for event in events():
        made = judge.judge(resolver.attribute(event))
        changed |= {name for name in made if made[name] != event.get(name)}
        changed |= event.keys() - made.keys()
    assert changed <= set(ADDED)


def kinds() -> Kinds:
    return Kinds.of(load_connectors(Redactor(installation_key())).values())


@pytest.mark.parametrize("form", ["text", "fields"])
def test_agents_are_held_to_the_warrants_of_a_collection(
    runtime: Runtime, programs: Path, tmp_path: Path, form: str
) -> None:
    path = tmp_path / "helper.yml"
    path.write_text(WARRANT)
    listed = [e for e in events() if e["event.module"] in ("openclaw", "okta", "github")][:1500]
    made = [in_splunk(event) for event in listed]
    if form == "fields":
        made = [
            {**as_fields(event), "_time": row["_time"]}
            for event, row in zip(listed, made, strict=True)
        ]
    splunkd = Splunkd(collections={"agentwarrant_warrants": published(path)})
    with serving(splunkd) as address:
        reply = ran(
            runtime,
            programs,
            chunked(made),
            "warrants=agentwarrant_warrants",
            splunkd=address,
            environment={"SPLUNK_HOME": str(splunk_home(tmp_path))},
        )
    assert reply.status == 0, (reply.messages, reply.errors)
    registry = load_warrants([path], kinds(), Redactor(installation_key()).mark)
    assert told(reply) == expected(listed, registry, kinds().credentials)
    assert {"in_scope", "out_of_scope"} <= {row["warrant.scope.decision"] for row in reply.rows}
    assert any("helper.yml:6" in str(row["warrant.identity.evidence{}"]) for row in reply.rows)


def published(path: Path) -> list[dict[str, Any]]:
    return [dict(row) for row in declared.rows([path], kinds(), Redactor(installation_key()))]


def as_fields(event: Event) -> dict[str, Any]:
    """Return what extraction makes of an event in a row, its own text having been dropped."""
    row: dict[str, Any] = {short: event[name] for name, short in INDEXED.items() if name in event}
    for name, value in event.items():
        row[field_name(name)] = [str(v) for v in value] if isinstance(value, list) else str(value)
    return row


def test_the_genuine_samples_are_judged_the_same(
    runtime: Runtime, programs: Path, tmp_path: Path
) -> None:
    if not SAMPLES.is_dir():
        pytest.skip("../shared/samples is not beside this checkout")
    listed = list(Scan.over().events([SAMPLES]))
    reply = ran(runtime, programs, chunked([in_splunk(e) for e in listed]), "judge=all")
    assert reply.status == 0, reply.errors
    assert told(reply) == expected(listed, credentials=kinds().credentials)


@pytest.fixture(scope="module")
def attacks(tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    """Return the events of the suite of attacks and their benign twins."""
    if not BENCHMARKS.is_dir():
        pytest.skip("the tests run without a checkout beside them")
    place = tmp_path_factory.mktemp("suite")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        before = set(sys.modules)
        cases = importlib.import_module("intent_cases")
        importlib.import_module("intent_telemetry").write(list(cases.sessions()), place)
        for name in set(sys.modules) - before:
            if name.startswith("intent"):
                del sys.modules[name]
    return list(Scan.over().collector.events([place]))


def test_attacks_and_their_benign_twins_are_told_apart_as_outside(
    runtime: Runtime, programs: Path, attacks: list[Event]
) -> None:
    reply = ran(runtime, programs, chunked(list(map(in_splunk, attacks))))
    assert reply.status == 0, reply.errors
    assert told(reply) == expected(attacks, credentials=kinds().credentials)
    assert sum(row["warrant.intent.verdict"] == "influenced" for row in reply.rows) > 50


def test_a_verdict_that_came_with_an_event_stands_unless_asked_for_anew(
    runtime: Runtime, programs: Path
) -> None:
    judged = dict(
        next(e for e in judged_events() if e.get("warrant.intent.verdict") == "influenced")
    )
    row = in_splunk(judged)
    kept = ran(runtime, programs, [[row]])
    anew = ran(runtime, programs, [[row]], "judge=all")
    assert kept.rows[0]["warrant.intent.verdict"] == "influenced"
    assert anew.rows[0]["warrant.intent.verdict"] != "influenced"  # what led to it is not there


@cache
def judged_events() -> tuple[Event, ...]:
    resolver, judge = Resolver(), Judge()
    return tuple(judge.judge(resolver.attribute(event)) for event in events())


HOSTILE = [
    {"_time": "1", "_raw": "<134>Jan 1 an ordinary line"},
    {"_time": "1", "_raw": '{"a": "no event"}'},
    {"_time": "x", "_raw": '{"event": {"action": "tool_call"}}'},
    {"_time": "1", "_raw": '{"event":{"action":"tool_call"},"@timestamp":"no time"}'},
    {"_time": "1", "_raw": '{"a":' * 40 + "1" + "}" * 40},
    {"_time": "1", "_raw": "{" + '{"a":[' * 3000},
    {"_time": "1", "_raw": "", "field": "{0} {} $;$ __mv_x \u2028"},
]


def test_a_row_that_is_no_event_passes_as_it_was_and_says_why(
    runtime: Runtime, programs: Path
) -> None:
    good = in_splunk(next(e for e in events() if e["event.action"] == "tool_call"))
    reply = ran(runtime, programs, [[HOSTILE[0], good, *HOSTILE[1:]]])
    assert reply.status == 0, reply.errors
    first, judged, *rest = reply.rows
    assert judged[ERROR] == ""
    assert judged["warrant.intent.verdict"]
    for row, was in zip([first, *rest], HOSTILE, strict=True):
        assert row[ERROR], row["_raw"][:50]
        assert {name: row[name] for name in was} == was
    assert ("WARN", f"{len(HOSTILE)} rows are no events of Agent Warrant") in reply.messages


def test_what_agents_wrote_comes_back_as_it_was(runtime: Runtime, programs: Path) -> None:
    event = dict(next(e for e in events() if e["event.action"] == "tool_call"))
    event["gen_ai.tool.name"] = 'a{0}b $$;$ "\n\\ \u2028\U0001f600'
    event["warrant.identity.accounts"] = ["a:$;$", "b:$$", "c:\n{}"]
    reply = ran(runtime, programs, [[in_splunk(event)]])
    assert reply.rows[0]["gen_ai.tool.name"] == event["gen_ai.tool.name"]
    assert reply.rows[0]["warrant.identity.accounts{}"] == event["warrant.identity.accounts"]


def test_the_command_runs_on_the_search_head_alone(runtime: Runtime, programs: Path) -> None:
    reply = ran(runtime, programs, [[]])
    assert reply.metas[0]["type"] == "stateful"
    assert reply.metas[-1]["finished"] is True
    assert reply.rows == []


@pytest.mark.parametrize(
    "argument",
    ["record=true", "logging_configuration=/etc/passwd", "warrants=a/../b", "judge=never", "x=y"],
)
def test_what_the_command_must_not_do_is_refused(
    runtime: Runtime, programs: Path, argument: str
) -> None:
    before = sorted(programs.parent.rglob("*"))
    reply = ran(runtime, programs, [[]], argument)
    assert reply.status == 1
    assert any(level == "ERROR" and argument in text for level, text in reply.messages)
    assert sorted(programs.parent.rglob("*")) == before


def test_nothing_is_written_to_disk(runtime: Runtime, programs: Path) -> None:
    before = sorted(programs.parent.rglob("*"))
    ran(runtime, programs, [[in_splunk(events()[0])]])
    assert sorted(programs.parent.rglob("*")) == before


def tampered(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "document": row["document"].replace("gateway", "nothing")}


def of_another_version(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "form": "0123456789abcdef"}


@pytest.mark.parametrize(
    ("change", "said"),
    [(tampered, "changed in Splunk: publish it again"), (of_another_version, "another version")],
)
def test_a_warrant_that_was_changed_in_splunk_is_not_taken(
    runtime: Runtime, programs: Path, tmp_path: Path, change: Any, said: str
) -> None:
    path = tmp_path / "helper.yml"
    path.write_text(WARRANT)
    splunkd = Splunkd(collections={"agentwarrant_warrants": list(map(change, published(path)))})
    with serving(splunkd) as address:
        reply = ran(
            runtime,
            programs,
            [[in_splunk(events()[0])]],
            "warrants=agentwarrant_warrants",
            splunkd=address,
            environment={"SPLUNK_HOME": str(splunk_home(tmp_path))},
        )
    assert reply.status == 1
    assert any(level == "ERROR" and said in text for level, text in reply.messages)


def test_a_collection_that_is_not_there_is_said(
    runtime: Runtime, programs: Path, tmp_path: Path
) -> None:
    with serving(Splunkd()) as address:
        reply = ran(
            runtime,
            programs,
            [[]],
            "warrants=missing",
            splunkd=address,
            environment={"SPLUNK_HOME": str(splunk_home(tmp_path))},
        )
    assert reply.status == 1
    assert (
        "ERROR",
        "the collection missing was not read: there is no such thing",
    ) in reply.messages


def test_a_splunkd_of_a_strange_authority_is_not_asked(runtime: Runtime, programs: Path) -> None:
    splunkd = Splunkd(collections={"w": []})
    with serving(splunkd) as address:
        reply = ran(runtime, programs, [[]], "warrants=w", splunkd=address)
    assert reply.status == 1
    assert "certificate verify failed" in str(reply.messages)
    assert not splunkd.asked


def test_an_older_python_is_told_in_one_line(runtime: Runtime, programs: Path) -> None:
    pythons = list(older_pythons())
    if not pythons:
        pytest.skip("no Python 3.9 or 3.10 is here")
    for python in pythons:
        old = Runtime("old", (python,), runtime.sdk)
        reply = ran(old, programs, [[in_splunk(events()[0])]])
        assert reply.status == 1
        ((level, text),) = reply.messages
        assert level == "ERROR"
        assert text.startswith("agentwarrant needs Splunk's Python 3.13")
        assert not reply.errors


# Rows --------------------------------------------------------------------------------------------


def test_an_event_is_the_same_when_it_comes_back_from_splunk() -> None:
    for event in events():
        back = event_of(in_splunk(event))
        assert back.keys() == event.keys()
        for name, value in event.items():
            single = not isinstance(value, list) and field_name(name) != name
            assert back[name] == ([value] if single else value)


def test_fields_stand_in_for_a_text_that_a_search_has_dropped() -> None:
    for event in events()[::7]:
        back = event_of(as_fields(event) | {"_time": "1"})
        for name in back.keys() | event.keys():
            mine, theirs = (
                one if isinstance(one, list) else [one] for one in (back.get(name), event.get(name))
            )
            assert mine == theirs or name.startswith("labels."), name


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
)
NAMES = st.sampled_from(
    "event.action|@timestamp|event|organization.id|gen_ai|warrant.arguments.text|warrant|_time"
    "|gen_ai.conversation.id|warrant.identity.accounts|event.module".split("|")
)
ACTIONS = st.sampled_from(
    ["tool_call", "tool_result", "message_received", "credential_used", "login"]
)


@given(st.dictionaries(NAMES, VALUES, max_size=6), ACTIONS, st.booleans())
def test_no_row_however_broken_stops_the_search(
    body: dict[str, Any], action: str, well_formed: bool
) -> None:
    if well_formed:
        body |= {"event.action": action, "@timestamp": "2026-01-01T00:00:00.000Z"}
    row = {"_raw": json.dumps(body), "_time": "1"}
    bench = Bench(Registry(), Kinds({}))
    (made,) = bench.rows([row])
    assert made.keys() >= row.keys() | {ERROR}
    assert bench.unread == bool(made[ERROR])


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=9) | st.lists(st.text(max_size=9))))
def test_any_fields_are_an_event_or_said_to_be_none(row: dict[str, Any]) -> None:
    with contextlib.suppress(NoEvent):
        assert "event.action" in event_of(row)


def test_a_column_of_the_search_s_own_is_left_where_the_engine_says_nothing() -> None:
    event = next(e for e in events() if e["event.action"] == "session_start")
    row = in_splunk(event) | {"warrant.scope.duty": "mine", "gen_ai.agent.id": "mine"}
    (made,) = Bench(Registry(), Kinds({})).rows([row])
    assert made["warrant.scope.duty"] == "mine"
    assert made["gen_ai.agent.id"] != "mine"


def test_every_row_of_a_chunk_has_the_same_columns() -> None:
    rows = [*HOSTILE, *map(in_splunk, events()[:50])]
    made = list(Bench(Registry(), Kinds({})).rows(rows))
    names = {field_name(name) for name in ADDED} | {ERROR}
    assert len(names) == len(ADDED) + 1
    assert all(row.keys() >= names for row in made)
