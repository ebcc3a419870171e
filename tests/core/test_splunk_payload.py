"""An event as Splunk is sent it: what is searched there is what the event says."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hec_server import ENVELOPE, Token, objects

from agentwarrant.config import Tenant
from agentwarrant.event import Event, Value
from agentwarrant.schema import load
from agentwarrant.siem.documents import KINDS
from agentwarrant.siem.splunk.form import INDEXED, field_name
from agentwarrant.siem.splunk.outgoing import index_of, route, weigh
from agentwarrant.siem.splunk.payload import LONG, READ, envelope, nested, raw, seconds
from agentwarrant.siem.vocabulary import is_single

SAMPLES = Path(__file__).parents[2] / "connectors"
STAMPS = {"source": "agentwarrant", "sourcetype": "agentwarrant:events", "index": "main"}
NAMES = sorted({*load("event.schema.json")["$defs"]["fields"]["properties"], *INDEXED})
TEXT = st.text(st.characters())  # also half a surrogate pair
SCALARS = st.one_of(TEXT, st.integers(), st.floats(allow_nan=False, allow_infinity=False))


def extracted(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the fields that search-time extraction finds in JSON, by the names of ``form``."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from extracted(one, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for one in value:
            yield from extracted(one, f"{name}{{}}")
    else:
        yield name, value if isinstance(value, str) else json.dumps(value)


def fields(body: bytes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, value in extracted(json.loads(body)):
        found[name].append(value)
    return dict(found)


def expected(event: Event) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, value in event.items():
        for one in value if isinstance(value, list) else [value]:
            found[field_name(name)].append(shown(one))
    return dict(found)


def shown(value: Any) -> str:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    large = isinstance(value, int) and not -(1 << 63) <= value < 1 << 64
    return str(value) if large else json.dumps(value)


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Draw events whose single fields have one value each."""
    made: Event = {}
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=30)):
        lists = st.lists(TEXT, max_size=4) | st.lists(st.integers(), max_size=3)
        made[name] = draw(SCALARS if is_single(name) else SCALARS | lists)
    if draw(st.booleans()):
        long = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
        made |= {name: draw(st.sampled_from('x\u00e4\n"')) * draw(sizes()) for name in long}
    return made


def sizes() -> st.SearchStrategy[int]:
    return st.integers(LONG - 5, 9000)


@given(events())
def test_what_is_searched_is_what_the_event_says(event: Event) -> None:
    body = raw(event)
    assert b"\n" not in body
    assert fields(body) == expected(event)


@given(events())
def test_an_envelope_is_what_a_collector_takes(event: Event) -> None:
    body = envelope(event, STAMPS, "")
    assert b"\n" not in body
    taken, wrong = objects(body.decode(), Token())
    assert wrong is None
    (one,) = taken
    assert one.keys() <= ENVELOPE
    assert one["event"] == json.loads(raw(event))
    assert {key: one[key] for key in STAMPS} == STAMPS
    texts = {name: event.get(name) for name in INDEXED}
    assert one["fields"] == {
        INDEXED[name]: shown(value) for name, value in texts.items() if isinstance(value, str)
    }
    assert weigh(event) == len(raw(event))


@given(events())
def test_a_long_value_stands_behind_every_short_one(event: Event) -> None:
    body = raw(event)
    if len(body) <= READ:
        assert body == orjson.dumps(json.loads(body))
        return
    keys = list(json.loads(body).items())
    long = [
        place for place, (key, _) in enumerate(keys) if key in event and size(event[key]) > LONG
    ]
    assert long == list(range(len(keys) - len(long), len(keys)))
    lengths = [size(event[keys[place][0]]) for place in long]
    assert lengths == sorted(lengths)
    for _, value in keys[: len(keys) - len(long)]:
        assert all(len(text) <= LONG for _, text in extracted(value))


def size(value: Value) -> int:
    if isinstance(value, list):
        return sum(map(size, value))
    return len(shown(value)) if isinstance(value, str) else 20


def test_a_text_that_an_agent_blew_up_hides_no_field_that_a_rule_reads() -> None:
    event: Event = {
        "process.command_line": "echo " + "a" * 30_000,
        "warrant.arguments.text": "b" * 6000,
        "warrant.tool.class": "exec",
        "url.full": "https://evil.example/",
        "process.name": "sh",
    }
    begin = raw(event)[:READ]
    for text in (b'"class":"exec"', b"https://evil.example/", b'"name":"sh"'):
        assert text in begin
    assert raw(event).index(b"warrant.arguments.text") < raw(event).index(b"process.command_line")


def test_a_short_event_is_nested_whatever_it_holds() -> None:
    event: Event = {"process.command_line": "x" * 1000, "process.name": "sh"}
    assert json.loads(raw(event)) == {"process": {"name": "sh", "command_line": "x" * 1000}}


@given(st.dictionaries(st.text("ab.", max_size=5), st.integers(0, 9) | TEXT, max_size=8))
def test_names_that_no_object_can_have_are_found_under_the_same_name(event: Event) -> None:
    assert {name for name, _ in extracted(nested(event))} == {field_name(name) for name in event}


def test_a_field_that_may_be_a_list_is_one_and_any_other_never() -> None:
    event: Event = {"event.category": "iam", "event.action": "login", "related.user": ["a", "b"]}
    assert json.loads(raw(event)) == {
        "event": {"category": ["iam"], "action": "login"},
        "related": {"user": ["a", "b"]},
    }


def test_what_json_cannot_have_is_mended_and_the_rest_stays() -> None:
    event: Event = {
        "@timestamp": "2026-01-31T10:00:00.000Z",
        "event.id": "x\ud800y",
        "host.name": "h\udfff",
        "event.sequence": 1 << 70,
        "related.user": ["\ud800", "z"],
    }
    made = json.loads(envelope(event, STAMPS, ""))
    assert (made["fields"]["aw_id"], made["host"]) == ("x?y", "h?")
    assert made["event"]["event"] == {"id": "x?y", "sequence": str(1 << 70)}
    assert made["event"]["related"] == {"user": ["?", "z"]}


@given(st.integers(0, 253_402_300_799_999))
def test_times_are_exact_to_the_millisecond(milliseconds: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    text = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = envelope({"@timestamp": text}, STAMPS, "")
    written = body.partition(b'"time":')[2].partition(b",")[0].decode()
    whole, _, part = written.partition(".")
    assert int(whole) * 1000 + int(f"{part:0<3}"[:3]) == milliseconds
    assert len(part) <= 3


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01T00:00:00Z", 7, ["a"], None])
def test_an_event_without_a_time_gets_that_of_its_arrival(text: Any) -> None:
    assert seconds(text) is None
    assert b'"time"' not in envelope({"@timestamp": text} if text else {}, STAMPS, "")


def test_a_time_before_1970_is_left_to_splunk() -> None:
    assert b'"time"' not in envelope({"@timestamp": "1969-12-31T23:59:59.000Z"}, STAMPS, "")


def test_the_same_event_is_the_same_whenever_it_is_sent() -> None:
    event: Event = {"@timestamp": "2026-01-31T10:00:00.000Z", "event.id": "e"}
    assert envelope(event, STAMPS, "now") == envelope(dict(event), dict(STAMPS), "later")


def test_each_kind_of_each_tenant_has_a_stream_and_each_tenant_an_index() -> None:
    acme, other = Tenant("Acme Corp", ()), Tenant("other", (), index="soc")
    routes = [route(kind, tenant) for kind in KINDS for tenant in (acme, other)]
    assert len({one.stream for one in routes}) == 6
    assert {one.stamps["index"] for one in routes} == {"agentwarrant_acme_corp", "soc"}
    assert {one.stamps["sourcetype"] for one in routes} == {f"agentwarrant:{k}" for k in KINDS}
    assert index_of(other) == "soc"


def samples() -> list[Event]:
    if not SAMPLES.is_dir():
        pytest.skip("the tests run without a checkout beside them")
    paths = sorted(SAMPLES.glob("*/expected/**/*.jsonl"))
    return [orjson.loads(line) for path in paths for line in path.read_bytes().splitlines()]


def test_every_event_of_the_samples_is_found_as_it_is() -> None:
    for event in samples():
        assert fields(raw(event)) == expected(event)
        assert objects(envelope(event, STAMPS, "").decode(), Token())[1] is None
