"""What a SIEM is sent: one line of JSON, the same whenever it is made, for whatever there is."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant import schema
from agentwarrant.config import Tenant
from agentwarrant.event import Event, Value
from agentwarrant.finding import into_cases
from agentwarrant.redact import Redactor
from agentwarrant.respond.planning.plan import propose
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.model import is_for_agents
from agentwarrant.scan import Scan
from agentwarrant.siem.documents import INGESTED, document, now, response_records
from agentwarrant.siem.elastic import mapping
from agentwarrant.siem.elastic.outgoing import route

SAMPLE = (
    Path(__file__).parents[2]
    / "connectors/openclaw/samples/main.5b037c8a-4f58-4b02-989b-042e9797b04e.jsonl"
)
TIME = "2026-11-23T00:00:00.000Z"
VALUES = st.one_of(
    st.text(),
    st.text(st.characters()),  # also half a surrogate pair
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(st.text(st.characters())),
    st.lists(st.integers()),
)


@given(st.dictionaries(st.text(min_size=1), VALUES))
def test_every_event_becomes_one_line_of_json_with_all_its_fields(event: Event) -> None:
    body = document(event, {}, TIME)
    assert b"\n" not in body
    read = orjson.loads(body)
    assert set(read) == {*event, INGESTED}


def test_the_same_item_makes_the_same_document() -> None:
    item: Event = {"event.id": "e", "message": "hello", "warrant.session.depth": 2}
    stamps: dict[str, Value] = {"data_stream.type": "logs"}
    first, again = document(item, stamps, TIME), document(dict(item), dict(stamps), TIME)
    assert first == again
    assert orjson.loads(first) == {**item, **stamps, INGESTED: TIME}
    assert item == {"event.id": "e", "message": "hello", "warrant.session.depth": 2}


def test_what_json_cannot_have_is_mended_and_the_rest_stays() -> None:
    item: Event = {"a": "x\ud800y", "b": 1 << 70, "c": ["\udfff", "z"], "d": -(1 << 63)}
    assert orjson.loads(document(item, {}, TIME)) == {
        "a": "x?y",
        "b": str(1 << 70),
        "c": ["?", "z"],
        "d": -(1 << 63),
        INGESTED: TIME,
    }


def test_the_time_of_ingest_has_the_form_of_all_times() -> None:
    assert schema.problems({"@timestamp": now()}) == schema.problems({"@timestamp": TIME})


def test_a_stream_in_elastic_says_its_three_parts_on_each_document() -> None:
    found = route("findings", Tenant("Acme Corp-1", ()))
    assert found.stream == "logs-agentwarrant.findings-acme_corp_1"
    assert found.stamps == {
        "data_stream.type": "logs",
        "data_stream.dataset": "agentwarrant.findings",
        "data_stream.namespace": "acme_corp_1",
    }


def records() -> list[Event]:
    if not SAMPLE.is_file():
        pytest.skip("the tests run without a checkout beside them")
    rules = [rule for rule in load_rules((), pack=True) if is_for_agents(rule)]
    made: list[Event] = []
    for case in into_cases(list(Scan.over(rules).findings([SAMPLE]))):
        response = propose(case, Redactor(b"key"))
        if response is not None:
            made += response_records(case, response)
    return made


def test_each_step_of_a_proposed_response_is_a_record_of_its_own() -> None:
    found = records()
    assert len(found) > 2
    assert len({record["event.id"] for record in found}) == len(found)
    assert found == records()
    for number, record in enumerate(found, 1):
        assert record["warrant.response.state"] == "proposed"
        assert record["warrant.response.mode"] == "observe"
        assert record["warrant.response.sequence"] == number
        assert set(record) <= set(mapping.fields()) | {"event.kind"}
