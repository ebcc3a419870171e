from __future__ import annotations

from typing import Any

import pytest

from agentwarrant.errors import ObserveOnly
from agentwarrant.respond.transport import (
    Effect,
    Fresh,
    ObserveTransport,
    Request,
    at,
    dotted,
)

READS = frozenset({"config.get"})


class Recorder:
    """A transport that answers everything and remembers what it was asked."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, request: Request) -> Any:
        self.sent.append(request.method)
        return {"hash": "h1"}


def request(method: str, effect: Effect) -> Request:
    return Request(method, {}, effect, "test")


def test_a_read_of_the_vendors_list_passes() -> None:
    inner = Recorder()
    answer = ObserveTransport(inner, READS).send(request("config.get", Effect.READ))
    assert answer == {"hash": "h1"}


@pytest.mark.parametrize(
    ("method", "effect"),
    [
        ("config.patch", Effect.CHANGE),
        ("config.patch", Effect.READ),  # says it reads
        ("config.get", Effect.CHANGE),  # a read that says it changes something
        ("Config.Get", Effect.READ),
        ("config.get ", Effect.READ),
        ("", Effect.READ),
    ],
)
def test_everything_else_is_refused_before_it_leaves(method: str, effect: Effect) -> None:
    inner = Recorder()
    with pytest.raises(ObserveOnly):
        ObserveTransport(inner, READS).send(request(method, effect))
    assert inner.sent == []


def test_without_a_list_of_reads_nothing_passes() -> None:
    inner = Recorder()
    with pytest.raises(ObserveOnly):
        ObserveTransport(inner, frozenset()).send(request("config.get", Effect.READ))
    assert inner.sent == []


def test_the_list_of_reads_cannot_be_widened_afterwards() -> None:
    reads = {"config.get"}
    transport = ObserveTransport(Recorder(), reads)
    reads.add("config.patch")
    with pytest.raises(ObserveOnly):
        transport.send(request("config.patch", Effect.READ))


def test_a_request_shows_what_is_filled_in_later() -> None:
    later = Fresh("baseHash", "config.get", ("hash",))
    patch = Request("config.patch", {"raw": "{}"}, Effect.CHANGE, "test", (later,))
    assert patch.text == ('config.patch {"raw":"{}","baseHash":"<config.get: hash, when sent>"}')


def test_a_path_picks_a_row_by_its_key() -> None:
    answer = {"sessions": [7, {"key": "a", "runs": 1}, {"key": "b", "runs": 2}]}
    path = ("sessions", ("key", "b"), "runs")
    assert at(answer, path) == 2
    assert dotted(path) == "sessions.[key=b].runs"


@pytest.mark.parametrize("answer", [None, [], "text", {"sessions": {"key": "b"}}, {"sessions": 1}])
def test_a_path_that_leads_nowhere_gives_none(answer: object) -> None:
    assert at(answer, ("sessions", ("key", "b"), "runs")) is None
