"""OTLP/JSON: requests taken apart, whoever wrote them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant import otlp

RESOURCE = {"attributes": [{"key": "service.name", "value": {"stringValue": "clerk"}}]}
LOG = {"attributes": [{"key": "n", "value": {"intValue": "7"}}], "body": {"stringValue": "x"}}
SPAN = {"spanId": "1", "startTimeUnixNano": "2", "attributes": []}


def logs(scope_key: str = "scopeLogs", scope: str = "scope") -> dict[str, Any]:
    part = {scope: {"name": "s"}, "logRecords": [LOG, LOG]}
    return {"resourceLogs": [{"resource": RESOURCE, scope_key: [part]}]}


def spans(scope_key: str = "scopeSpans", scope: str = "scope") -> dict[str, Any]:
    part = {scope: {"name": "s"}, "spans": [SPAN]}
    return {"resourceSpans": [{"resource": RESOURCE, scope_key: [part]}]}


def test_a_request_of_logs_gives_each_record_with_its_surroundings() -> None:
    one, other = otlp.units(logs())
    assert one == other
    assert (one.signal, one.scope, one.resource) == ("log", "s", {"service.name": "clerk"})
    assert one.attributes == {"n": 7}


def test_a_request_of_traces_gives_spans() -> None:
    (unit,) = otlp.units(spans())
    assert (unit.signal, unit.record) == ("span", SPAN)


@pytest.mark.parametrize(
    "record",
    [
        logs("instrumentationLibraryLogs", "instrumentationLibrary"),
        spans("instrumentationLibrarySpans", "instrumentationLibrary"),
    ],
)
def test_the_names_of_old_exporters_are_known(record: dict[str, Any]) -> None:
    assert {unit.scope for unit in otlp.units(record)} == {"s"}


@pytest.mark.parametrize(("record", "signal"), [(LOG, "log"), (SPAN, "span")])
def test_one_record_a_line_gives_the_same_unit(record: dict[str, Any], signal: str) -> None:
    single = {"resource": RESOURCE, "scope": {"name": "s"}, "record": record}
    assert otlp.is_otlp(single)
    (unit,) = otlp.units(single)
    assert (unit.signal, unit.scope, unit.resource) == (signal, "s", {"service.name": "clerk"})


def test_metrics_are_known_for_what_they_are() -> None:
    assert otlp.is_metrics({"resourceMetrics": []})
    assert not otlp.is_metrics({"resourceMetrics": [], **logs()})
    assert not otlp.is_otlp({"resourceMetrics": []})


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ({"stringValue": "x"}, "x"),
        ({"boolValue": True}, True),
        ({"doubleValue": 1.5}, 1.5),
        ({"intValue": "-9223372036854775808"}, -(2**63)),
        ({"intValue": 3}, 3),
        ({"intValue": "three"}, "three"),
        ({"arrayValue": {"values": [{"stringValue": "a"}, {"intValue": "1"}]}}, ["a", 1]),
        ({"arrayValue": {}}, []),
        (
            {"kvlistValue": {"values": [{"key": "k", "value": {"stringValue": "v"}}, {"key": 1}]}},
            {"k": "v"},
        ),
        ({}, None),
        ("bare", "bare"),
    ],
)
def test_a_value_is_what_it_stands_for(value: object, plain: object) -> None:
    assert otlp.any_value(value) == plain


def test_nesting_without_end_ends() -> None:
    value: dict[str, Any] = {"stringValue": "deep"}
    for _ in range(400):
        value = {"arrayValue": {"values": [value]}}
    assert "deep" not in str(otlp.any_value(value))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["resourceLogs", "resourceSpans", "scopeLogs", "scopeSpans", "logRecords", "spans",
                 "scope", "resource", "record", "attributes", "key", "value", "values", "name",
                 "intValue", "arrayValue", "kvlistValue", "stringValue"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["resourceLogs", "resourceSpans", "record"]), JSON))
def test_whatever_stands_in_a_request_it_is_taken_apart_or_passed_over(
    record: dict[str, Any],
) -> None:
    for unit in otlp.units(record):
        assert isinstance(unit.scope, str)
        assert isinstance(unit.attributes, dict)
