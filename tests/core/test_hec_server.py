"""The stand-in for Splunk's collector does what the documentation says of one, code by code."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.hec_server import ANSWERS, Fault, HecServer, Splunk, Token, served

CHANNEL = "0b1c2d3e-0000-4000-8000-000000000009"
EVENT, RAW = "/services/collector/event", "/services/collector/raw"
ACK, HEALTH = "/services/collector/ack", "/services/collector/health"
ONE = b'{"event":"one","fields":{"aw_id":"1"}}'


@pytest.fixture
def server() -> Iterator[HecServer]:
    tokens = {
        "plain": Token(indexes=("main",)),
        "acking": Token(ack=True),
        "disabled": Token(enabled=False),
    }
    with served(Splunk(**tokens)) as made:
        yield made


def asked(
    server: HecServer,
    path: str = EVENT,
    body: bytes = ONE,
    whose: str | None = "Splunk plain",
    channel: str = "",
    method: str = "POST",
    **headers: str,
) -> tuple[int, Any]:
    if whose is not None:
        headers["authorization"] = whose
    if channel:
        headers["x-splunk-request-channel"] = channel
    with httpx.Client(trust_env=False) as client:
        answer = client.request(method, server.url + path, content=body, headers=headers)
    return answer.status_code, answer.json()


def code(said: tuple[int, Any]) -> int:
    status, body = said
    assert (status, body["text"]) == ANSWERS[body["code"]]
    return int(body["code"])


@pytest.mark.parametrize(
    ("wanted", "request_"),
    [
        (0, {}),
        (1, {"whose": "Splunk disabled"}),
        (2, {"whose": None}),
        (3, {"whose": "Bearer plain"}),
        (3, {"whose": "Splunk"}),
        (4, {"whose": "Splunk unknown"}),
        (5, {"body": b""}),
        (5, {"body": b" \n "}),
        (5, {"path": RAW, "body": b"\n"}),
        (6, {"body": b"{"}),
        (6, {"body": b"[1]"}),
        (6, {"body": b'{"event":null}'}),
        (6, {"body": b"no gzip", "content-encoding": "gzip"}),
        (7, {"body": b'{"event":"a","index":"other"}'}),
        (10, {"whose": "Splunk acking"}),
        (10, {"path": ACK, "body": b'{"acks":[0]}'}),
        (11, {"whose": "Splunk acking", "channel": "not one"}),
        (12, {"body": b'{"time":1}'}),
        (13, {"body": b'{"event":""}'}),
        (14, {"path": ACK, "channel": CHANNEL, "body": b'{"acks":[0]}'}),
        (15, {"body": b'{"event":"a","fields":{"a":{"b":1}}}'}),
        (16, {"path": f"{EVENT}?token=plain", "whose": None}),
        (4, {"path": f"{EVENT}?token=unknown", "whose": None}),
        (17, {"path": HEALTH, "method": "GET", "whose": None}),
        (21, {"path": f"{HEALTH}?token=unknown", "method": "GET", "whose": None}),
        (22, {"path": f"{HEALTH}?token=disabled", "method": "GET", "whose": None}),
    ],
)
def test_a_request_gets_the_code_that_is_documented(
    server: HecServer, wanted: int, request_: dict[str, Any]
) -> None:
    assert code(asked(server, **request_)) == wanted


@pytest.mark.parametrize("wanted", [18, 19, 20, 23])
def test_health_says_what_it_is_told_to(server: HecServer, wanted: int) -> None:
    server.splunk.health = wanted
    assert code(asked(server, HEALTH, method="GET")) == wanted


@pytest.mark.parametrize("wanted", [8, 9, 23])
def test_codes_that_no_request_causes_are_answered_when_a_test_says_so(
    server: HecServer, wanted: int
) -> None:
    server.splunk.choose = lambda _path: wanted
    assert code(asked(server)) == wanted
    assert server.splunk.indexed == []


def test_events_come_packed_or_not_and_one_after_the_other(server: HecServer) -> None:
    body = b'{"event":"a"}{"event":{"b":[1]}}\n{"event":3}'
    assert code(asked(server, body=body)) == 0
    assert code(asked(server, body=gzip.compress(body), **{"content-encoding": "gzip"})) == 0
    assert [one["event"] for one in server.splunk.indexed] == ["a", {"b": [1]}, 3] * 2


def test_raw_text_becomes_an_event_a_line(server: HecServer) -> None:
    assert code(asked(server, RAW, b"one\ntwo\n")) == 0
    assert server.splunk.indexed == [{"event": "one"}, {"event": "two"}]


@pytest.mark.parametrize(
    ("bad", "wanted", "number"),
    [
        (b"{]", 6, 1),
        (b'{"a":1,"fields":{}', 6, 1),
        (b'{"time":1}', 12, 1),
        (b'{"event":" "}', 13, 1),
        (b'{"event":"a","fields":{"a":{}}}', 15, 1),
        (b'{"event":"a","index":"other"}', 7, 2),
    ],
)
def test_a_fault_ends_a_request_and_what_came_before_it_is_taken(
    server: HecServer, bad: bytes, wanted: int, number: int
) -> None:
    status, said = asked(server, body=b'{"event":"first"}' + bad + b'{"event":"last"}')
    assert code((status, said)) == wanted
    assert said["invalid-event-number"] == number
    assert [one["event"] for one in server.splunk.indexed] == ["first"]


def test_an_envelope_with_an_unknown_key_ends_a_request_without_a_word(server: HecServer) -> None:
    assert code(asked(server, body=b'{"event":"a"}{"event":"b","x":1}{"event":"c"}')) == 0
    assert [one["event"] for one in server.splunk.indexed] == ["a"]


def acks(server: HecServer, *numbers: int, channel: str = CHANNEL) -> Any:
    body = json.dumps({"acks": numbers}).encode()
    return asked(server, ACK, body, "Splunk acking", channel)[1]["acks"]


def test_acknowledgments_count_by_channel_and_are_forgotten_once_told(server: HecServer) -> None:
    other = CHANNEL.replace("9", "8")
    told = [asked(server, whose="Splunk acking", channel=CHANNEL)[1]["ackId"] for _ in range(2)]
    told.append(asked(server, whose="Splunk acking", channel=other)[1]["ackId"])
    assert told == [0, 1, 0]
    assert acks(server, 0, 1, 5) == {"0": True, "1": True, "5": False}
    assert acks(server, 0, 1) == {"0": False, "1": False}
    assert acks(server, 0, 1, channel=other) == {"0": True, "1": False}


def test_what_is_not_indexed_yet_is_lost_in_a_restart(server: HecServer) -> None:
    server.splunk.patience = 2
    asked(server, whose="Splunk acking", channel=CHANNEL)
    assert server.splunk.indexed == []
    server.splunk.restart()
    assert acks(server, 0) == acks(server, 0) == {"0": False}
    assert server.splunk.indexed == []
    assert asked(server, whose="Splunk acking", channel=CHANNEL)[1]["ackId"] == 0
    assert [acks(server, 0), acks(server, 0)] == [{"0": False}, {"0": True}]
    assert len(server.splunk.indexed) == 1


def test_a_body_that_is_too_large_is_refused_as_a_whole(server: HecServer) -> None:
    server.splunk.largest = 50
    assert asked(server, body=ONE * 2)[0] == 413
    assert server.splunk.indexed == []


def test_what_is_closed_after_it_was_done_was_done(server: HecServer) -> None:
    server.splunk.choose = lambda _path: Fault.AFTER
    with pytest.raises(httpx.HTTPError):
        asked(server)
    assert len(server.splunk.indexed) == 1


def test_elsewhere_there_is_nothing(server: HecServer) -> None:
    assert asked(server, "/services/other")[0] == 404
    assert asked(server, EVENT, b"", method="GET")[0] == 405
