"""The walls before a vendor: observe mode only reads; a change does not leave without permit."""

from __future__ import annotations

from typing import Any

import pytest

from agentwarrant.errors import ObserveOnly, Refused, ResponseError
from agentwarrant.respond.action import Expectation, Op
from agentwarrant.respond.transport import (
    Effect,
    EnforceTransport,
    Fresh,
    Now,
    ObserveTransport,
    Permit,
    Request,
    Sealed,
    filled,
    opened,
)

READS = frozenset({"get"})
PROBES = frozenset({"try"})
CHANGE = Request("set", {"on": False}, Effect.CHANGE, "test")


class Wire:
    def __init__(self) -> None:
        self.arrived: list[Request] = []

    def send(self, request: Request) -> Any:
        self.arrived.append(request)
        return {"hash": f"h{len(self.arrived)}"}


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (Expectation(("sessions",), op=Op.LACKS), "sessions is a list"),
        (Expectation(("sessions",), "", op=Op.LACKS), "sessions is a list"),
        (Expectation(("deny",), "*", op=Op.LACKS), 'deny lacks "*"'),
    ],
)
def test_what_an_answer_must_show_is_said_in_words(expected: Expectation, words: str) -> None:
    assert str(expected) == words


def enforcing(wire: Wire, permit: Permit | None = None) -> EnforceTransport:
    return EnforceTransport(wire, READS, PROBES, permit)


@pytest.mark.parametrize("effect", Effect)
@pytest.mark.parametrize("method", ["get", "try", "set"])
def test_observe_mode_sends_what_both_sides_call_a_read_and_nothing_else(
    method: str, effect: Effect
) -> None:
    wire = Wire()
    request = Request(method, {}, effect, "test")
    if method == "get" and effect is Effect.READ:
        ObserveTransport(wire, READS).send(request)
        assert wire.arrived == [request]
    else:
        with pytest.raises(ObserveOnly):
            ObserveTransport(wire, READS).send(request)
        assert wire.arrived == []


@pytest.mark.parametrize("effect", [Effect.READ, Effect.PROBE])
def test_a_change_that_calls_itself_something_else_needs_its_permit_all_the_same(
    effect: Effect,
) -> None:
    wire = Wire()
    with pytest.raises(ResponseError, match="no intent"):
        enforcing(wire).send(Request("set", {}, effect, "test"))
    assert wire.arrived == []


def test_a_permit_is_for_one_request_once() -> None:
    wire = Wire()
    transport = enforcing(wire, Permit("1", CHANGE.digest))
    transport.send(CHANGE)
    with pytest.raises(ResponseError, match="no intent"):
        transport.send(CHANGE)
    assert len(wire.arrived) == 1


@pytest.mark.parametrize(
    "other",
    [
        Request("set", {"on": True}, Effect.CHANGE, "test"),
        Request("drop", {"on": False}, Effect.CHANGE, "test"),
        Request("set", {"on": False}, Effect.CHANGE, "elsewhere"),
        Request("set", {"on": False}, Effect.CHANGE, "test", (Fresh("x", "get", ("hash",)),)),
    ],
)
def test_a_permit_is_not_for_another_request_and_is_spent_by_trying(other: Request) -> None:
    wire = Wire()
    transport = enforcing(wire, Permit("1", CHANGE.digest))
    for request in (other, CHANGE):
        with pytest.raises(ResponseError, match="no intent"):
            transport.send(request)
    assert wire.arrived == []


def test_reads_and_probes_pass_beside_a_change() -> None:
    wire = Wire()
    transport = enforcing(wire, Permit("1", CHANGE.digest))
    transport.send(Request("get", {}, Effect.READ, "test"))
    transport.send(Request("try", {}, Effect.PROBE, "test"))
    transport.send(CHANGE)
    assert [request.method for request in wire.arrived] == ["get", "try", "set"]


def test_what_is_fresh_and_what_is_now_are_filled_in_as_a_request_is_sent() -> None:
    wire = Wire()
    request = Request(
        "set",
        {"at": Now("epoch", 1), "deep": [{"at": Now()}], "key": Sealed("token")},
        Effect.CHANGE,
        "test",
        (Fresh("base", "get", ("hash",)),),
    )
    enforcing(wire, Permit("1", request.digest)).send(request)
    read, sent = wire.arrived
    assert read.method == "get"
    assert sent.params["base"] == "h1"
    assert isinstance(sent.params["at"], int)
    assert sent.params["deep"][0]["at"].endswith("Z")
    assert sent.params["key"] == Sealed("token")


def test_what_is_listed_and_not_there_is_not_sent() -> None:
    wire = Wire()
    fresh = (Fresh("ids", "get", ("nothing",), listed=True),)
    request = Request("set", {}, Effect.CHANGE, "test", fresh)
    with pytest.raises(Refused, match="nothing at nothing"):
        enforcing(wire, Permit("1", request.digest)).send(request)
    assert [one.method for one in wire.arrived] == ["get"]


def test_a_time_is_whole_seconds_of_the_clock() -> None:
    assert Now("epoch", 1).value(lambda: 1000.9) == 1001
    assert Now("epoch_ms").value(lambda: 1000.9) == 1_000_900
    assert Now().value(lambda: 0.9) == "1970-01-01T00:00:00Z"


def test_a_secret_is_shown_by_its_name_and_opened_only_on_demand() -> None:
    request = Request("set", {"a": [{"b": Sealed("token")}]}, Effect.CHANGE, "test")
    assert "<secret token>" in request.text
    assert opened(request.params, lambda name: name.upper()) == {"a": [{"b": "TOKEN"}]}
    assert filled(request, Wire()).params == {"a": [{"b": Sealed("token")}]}
