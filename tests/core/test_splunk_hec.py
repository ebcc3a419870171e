"""Shipping to Splunk: what each answer means for what was sent, and that nothing is lost.

Against the stand-in ``tests/hec_server.py``, which is no Splunk. Killed shippers:
``tests/e2e/test_splunk_ship.py``.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.certificates import authority_file, server_context
from tests.e2e.fault_proxy import proxied
from tests.hec_server import ANSWERS, Choose, Fault, HecServer, Splunk, Token, served

from agentwarrant.config import Config, Target, Tenant
from agentwarrant.errors import (
    AgentWarrantError,
    ConfigError,
    TargetRefused,
    TargetUnreachable,
    WrongTarget,
)
from agentwarrant.event import Event
from agentwarrant.secretrefs import Secret
from agentwarrant.siem.deadletters import DeadLetters
from agentwarrant.siem.outlet import shipping
from agentwarrant.siem.sent import LOG, NAME, Sent
from agentwarrant.siem.ship import Policy, Tally, ship
from agentwarrant.siem.splunk.answers import CODES, Meaning, reply_of
from agentwarrant.siem.splunk.collector import collector
from agentwarrant.siem.splunk.hec import Hec
from agentwarrant.siem.splunk.outgoing import receiver, route
from agentwarrant.siem.spool import Spool

VALUE = "0b1c2d3e-0000-4000-8000-000000000001"
ACME = Tenant("acme", ("main",))
EVENTS = route("events", ACME)
INDEX = "agentwarrant_acme"
EVENT_PATH = "/services/collector/event"
ACK_PATH = "/services/collector/ack"


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEC", VALUE)


def event(number: int, **more: Any) -> Event:
    return {
        "@timestamp": "2026-01-31T10:00:00.000Z",
        "event.id": f"event-{number}",
        "organization.id": "acme",
        **more,
    }


def put(spool: Spool, begin: int, end: int, *, doubtful: bool = False, **more: Any) -> None:
    made = [event(number, **more) for number in range(begin, end)]
    written = [(str(one["event.id"]), EVENTS.write(one, EVENTS.stamps, "")) for one in made]
    spool.append(written, doubtful=doubtful)


def once(begin: int, end: int) -> Counter[str]:
    return Counter(f"event-{number}" for number in range(begin, end))


class Site:
    """A stand-in, a spool of one stream, and what ships it."""

    def __init__(self, folder: Path, server: HecServer) -> None:
        self.splunk = server.splunk
        self.server = server
        self.home = folder
        self.spool = Spool(folder / EVENTS.stream)
        self.told: list[str] = []

    def target(self, **options: Any) -> Target:
        return Target("main", "splunk", (self.server.url,), token=Secret("env:HEC"), **options)

    @contextmanager
    def hec(self, **options: Any) -> Iterator[Hec]:
        timeout = options.pop("timeout", 10.0)
        with (
            closing(collector(self.target(timeout=timeout))) as connection,
            closing(Hec(connection, Secret("env:HEC"), self.home, **options)) as hec,
        ):
            yield hec

    def ship(self, policy: Policy | None = None, **options: Any) -> Tally:
        quick = policy or Policy(documents=50, first=0.001, longest=0.01, patience=5.0)
        with self.hec(**options) as hec:
            return ship(
                [self.spool], hec, quick, trouble=lambda _stream, why: self.told.append(why)
            )

    @property
    def letters(self) -> list[dict[str, Any]]:
        return list(DeadLetters(self.spool.folder).read())


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with served(Splunk(**{VALUE: Token(indexes=(INDEX,))})) as server:
        yield Site(tmp_path, server)


@pytest.fixture
def acking(tmp_path: Path) -> Iterator[Site]:
    with served(Splunk(**{VALUE: Token(ack=True, indexes=(INDEX,))})) as server:
        yield Site(tmp_path, server)


def in_turn(*faults: Fault | int, path: str = EVENT_PATH) -> Choose:
    left = list(faults)
    return lambda asked: left.pop(0) if left and asked == path else Fault.NONE


def always(fault: Fault | int, path: str = EVENT_PATH) -> Choose:
    return lambda asked: fault if asked == path else Fault.NONE


def test_what_arrives_is_what_was_sent_each_once_and_in_order(site: Site) -> None:
    put(site.spool, 0, 120)
    tally = site.ship()
    assert (tally.sent, tally.already_there, tally.dead, tally.failed) == (120, 0, 0, {})
    assert [one["fields"]["aw_id"] for one in site.splunk.indexed] == [
        f"event-{number}" for number in range(120)
    ]
    first = site.splunk.indexed[0]
    assert first == {
        "time": 1769853600.0,
        "source": "agentwarrant",
        "sourcetype": "agentwarrant:events",
        "index": INDEX,
        "fields": {"aw_id": "event-0", "aw_tenant": "acme"},
        "event": {
            "@timestamp": "2026-01-31T10:00:00.000Z",
            "event": {"id": "event-0"},
            "organization": {"id": "acme"},
        },
    }
    assert site.spool.waiting() == 0


@pytest.mark.parametrize("library", ["isal", "zlib"])
def test_bodies_are_compressed_by_whatever_is_there(
    site: Site, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if library == "zlib":
        monkeypatch.setitem(sys.modules, "isal", None)
    else:
        pytest.importorskip("isal")
    put(site.spool, 0, 10)
    assert site.ship().sent == 10
    assert site.splunk.ids == once(0, 10)


def test_a_request_is_no_longer_than_a_collector_takes(site: Site) -> None:
    put(site.spool, 0, 40, message="x" * 1000)
    site.ship(largest=5000)
    assert site.splunk.ids == once(0, 40)
    assert len(site.splunk.requests) >= 10
    assert max(site.splunk.requests) <= 5000


def test_a_request_that_is_too_large_all_the_same_is_halved(site: Site) -> None:
    site.splunk.largest = 3000
    put(site.spool, 0, 20, message="x" * 1000)
    tally = site.ship()
    assert (tally.sent, tally.dead) == (20, 0)
    assert site.splunk.ids == once(0, 20)


def test_a_document_that_is_too_large_alone_is_buried_and_the_rest_arrives(site: Site) -> None:
    site.splunk.largest = 3000
    put(site.spool, 0, 5)
    put(site.spool, 5, 6, message="x" * 4000)
    put(site.spool, 6, 10)
    tally = site.ship()
    assert (tally.sent, tally.dead) == (9, 1)
    (letter,) = site.letters
    assert (letter["id"], letter["status"]) == ("event-5", 413)


BAD = {
    6: b'{"event":{"a":1}',
    12: b'{"time":1,"fields":{"aw_id":"bad"}}',
    13: b'{"event":" ","fields":{"aw_id":"bad"}}',
    15: b'{"event":"x","fields":{"aw_id":{"a":"b"}}}',
}


@pytest.mark.parametrize("code", BAD)
@pytest.mark.parametrize("place", [0, 1, 7, 19])
def test_the_event_that_an_answer_names_is_buried_and_no_other(
    site: Site, code: int, place: int
) -> None:
    written = [(f"event-{n}", EVENTS.write(event(n), EVENTS.stamps, "")) for n in range(20)]
    written[place] = ("bad", BAD[code])
    site.spool.append(written)
    tally = site.ship()
    assert (tally.sent, tally.dead, tally.failed) == (19, 1, {})
    assert site.splunk.ids == once(0, 20) - Counter([f"event-{place}"])
    (letter,) = site.letters
    assert (letter["id"], letter["type"]) == ("bad", f"code {code}")
    assert letter["reason"] == ANSWERS[code][1]
    assert letter["document"].encode() == BAD[code]


def test_several_bad_events_of_one_request_are_each_buried(acking: Site) -> None:
    written = [(f"event-{n}", EVENTS.write(event(n), EVENTS.stamps, "")) for n in range(30)]
    for place in (0, 1, 11, 28, 29):
        written[place] = (f"bad-{place}", BAD[13])
    acking.spool.append(written)
    tally = acking.ship()
    assert (tally.sent, tally.dead) == (25, 5)
    assert acking.splunk.ids == once(0, 30) - Counter(f"event-{n}" for n in (0, 1, 11, 28, 29))


def test_a_collector_that_counts_from_1_loses_nothing(site: Site) -> None:
    """Of codes 6, 12, 13 and 15 the documentation does not say from where it counts."""

    written = [(f"event-{n}", EVENTS.write(event(n), EVENTS.stamps, "")) for n in range(10)]
    written[4] = ("bad", BAD[13])
    site.spool.append(written)
    site.splunk.counts_from = 1
    tally = site.ship()
    assert tally.dead == 1
    assert [letter["id"] for letter in site.letters] == ["bad"]
    assert set(site.splunk.ids) == set(once(0, 10)) - {"event-4"}


TOKENS = [code for code, meaning in CODES.items() if meaning is Meaning.TOKEN]


@pytest.mark.parametrize("code", TOKENS)
def test_a_token_that_may_not_send_stops_the_stream_and_nothing_is_lost(
    site: Site, code: int
) -> None:
    put(site.spool, 0, 60)
    site.splunk.choose = always(code)
    tally = site.ship()
    error = tally.failed[EVENTS.stream]
    assert isinstance(error, TargetRefused)
    assert ANSWERS[code][1] in error.what
    assert "HTTP Event Collector" in error.mend
    assert VALUE not in str(error)
    assert not site.letters
    site.splunk.choose = lambda _path: Fault.NONE
    assert site.ship().sent == 60
    assert site.splunk.ids == once(0, 60)


def test_an_index_that_the_token_may_not_write_stops_the_stream(site: Site) -> None:
    put(site.spool, 0, 60)
    site.splunk.tokens[VALUE].indexes = ("main",)
    error = site.ship().failed[EVENTS.stream]
    assert "Incorrect index" in str(error)
    assert "allow it in the settings of the token" in str(error)
    assert not site.letters
    site.splunk.tokens[VALUE].indexes = (INDEX,)
    assert site.ship().sent == 60
    assert site.splunk.ids == once(0, 60)


@pytest.mark.parametrize("code", [10, 11])
def test_a_channel_that_gets_lost_on_the_way_is_told(site: Site, code: int) -> None:
    put(site.spool, 0, 10)
    site.splunk.choose = always(code)
    error = site.ship().failed[EVENTS.stream]
    assert "X-Splunk-Request-Channel" in str(error)
    assert site.spool.waiting() > 0


BUSY = [code for code, meaning in CODES.items() if meaning is Meaning.BUSY and code in ANSWERS]


@pytest.mark.parametrize("code", BUSY)
def test_a_collector_that_is_busy_gets_it_later_and_that_is_said_once(
    site: Site, code: int
) -> None:
    put(site.spool, 0, 60)
    site.splunk.choose = in_turn(code, code, code)
    tally = site.ship()
    assert site.splunk.ids == once(0, 60)
    assert (tally.sent, tally.dead) == (60, 0)
    assert [ANSWERS[code][1] in why for why in site.told] == [True]


def test_a_collector_that_stays_busy_is_left_for_another_time(site: Site) -> None:
    put(site.spool, 0, 60)
    site.splunk.choose = always(Fault.BUSY)
    tally = site.ship(Policy(first=0.001, longest=0.01, patience=0.1))
    assert isinstance(tally.failed[EVENTS.stream], TargetUnreachable)
    site.splunk.choose = lambda _path: Fault.NONE
    assert site.ship().sent == 60
    assert site.splunk.ids == once(0, 60)


def test_parts_before_a_busy_answer_are_not_sent_again(site: Site) -> None:
    put(site.spool, 0, 40, message="x" * 1000)
    site.splunk.choose = in_turn(Fault.NONE, Fault.NONE, Fault.BUSY)
    site.ship(largest=5000)
    assert site.splunk.ids == once(0, 40)


@pytest.mark.parametrize("fault", [Fault.BEFORE, Fault.RESTART_BEFORE], ids=lambda f: f.name)
def test_a_request_that_was_not_done_is_sent_again(site: Site, fault: Fault) -> None:
    put(site.spool, 0, 60)
    site.splunk.choose = in_turn(fault, fault)
    assert site.ship().sent == 60
    assert site.splunk.ids == once(0, 60)


UNSURE = [Fault.AFTER, Fault.LATE, Fault.GATEWAY]


@pytest.mark.parametrize("fault", UNSURE, ids=lambda fault: fault.name)
def test_only_what_was_in_doubt_is_there_twice_and_its_id_tells(site: Site, fault: Fault) -> None:
    put(site.spool, 0, 200)
    site.splunk.choose = in_turn(Fault.NONE, fault)
    site.ship(timeout=3.0 if fault is Fault.LATE else 10.0)
    assert site.splunk.ids == once(0, 200) + once(50, 100)


def test_an_answer_that_is_none_of_a_collectors_is_known_as_such() -> None:
    assert reply_of(200, b"<html>").meaning is Meaning.UNKNOWN
    assert reply_of(200, b"[1]").meaning is Meaning.UNKNOWN
    assert reply_of(502, b"<html>").meaning is Meaning.BUSY
    assert reply_of(302, b"").meaning is Meaning.UNKNOWN
    assert reply_of(404, b'{"text":"not found","code":404}').meaning is Meaning.UNKNOWN
    assert reply_of(429, b'{"text":"busy","code":26}').meaning is Meaning.BUSY
    assert reply_of(503, b'{"text":"odd","code":0}').meaning is Meaning.BUSY
    assert reply_of(200, b'{"text":"Success","code":"0"}').meaning is Meaning.UNKNOWN


@given(st.integers(100, 599), st.binary(max_size=60) | st.sampled_from([b'{"code":true}', b"9"]))
def test_no_answer_whatever_breaks_the_reading(status: int, body: bytes) -> None:
    assert reply_of(status, body).status == status


@pytest.mark.parametrize("code", ANSWERS)
def test_every_documented_code_has_a_meaning(code: int) -> None:
    status, text = ANSWERS[code]
    body = f'{{"text":"{text}","code":{code}}}'.encode()
    assert reply_of(status, body).meaning is CODES[code]
    assert CODES[code] is not Meaning.UNKNOWN


def test_what_is_not_acknowledged_waits_and_is_asked_for_until_it_is(acking: Site) -> None:
    acking.splunk.patience = 3
    put(acking.spool, 0, 120)
    tally = acking.ship()
    assert (tally.sent, tally.retried) == (120, 0)
    assert acking.splunk.ids == once(0, 120)
    assert acking.splunk.seen[ACK_PATH] >= 3
    assert acking.spool.waiting() == 0


def test_before_it_is_acknowledged_nothing_counts_as_shipped(acking: Site) -> None:
    acking.splunk.patience = None
    put(acking.spool, 0, 20)
    tally = acking.ship(Policy(first=0.001, longest=0.01, patience=0.0), patience=0.05)
    assert tally.sent == 0
    assert "not acknowledged in 0.05 s" in str(tally.failed[EVENTS.stream])
    with closing(Sent(acking.spool.folder)) as sent:
        assert not sent.known(["event-0"])
    assert acking.spool.waiting() > 0
    acking.splunk.patience = 0
    assert acking.ship().sent == 20
    assert set(acking.splunk.ids) == set(once(0, 20))


def test_what_is_acknowledged_late_is_there_twice_and_its_id_tells(acking: Site) -> None:
    acking.splunk.patience = None
    put(acking.spool, 0, 20)
    first = threading.Event()

    def choose(path: str) -> Fault:
        if path == EVENT_PATH and first.is_set():
            acking.splunk.patience = 0
        first.set()
        return Fault.NONE

    acking.splunk.choose = choose
    tally = acking.ship(patience=0.2)
    assert tally.sent == 20
    assert tally.retried >= 20
    assert set(acking.splunk.ids) == set(once(0, 20))


@pytest.mark.parametrize("fault", [Fault.RESTART_AFTER, Fault.LOST], ids=lambda f: f.name)
def test_what_a_restart_lost_before_it_was_indexed_is_sent_again(
    acking: Site, fault: Fault
) -> None:
    put(acking.spool, 0, 100)
    acking.splunk.patience = 2
    acking.splunk.choose = in_turn(Fault.NONE, fault)
    acking.ship(patience=0.5)
    assert set(acking.splunk.ids) == set(once(0, 100))


def test_without_acknowledgment_what_is_taken_and_lost_is_lost(site: Site) -> None:
    """Why a token should have it: nothing else can know."""
    put(site.spool, 0, 10)
    site.splunk.choose = in_turn(Fault.LOST)
    assert site.ship().sent == 10
    assert not site.splunk.indexed


@pytest.mark.parametrize("fault", [Fault.BEFORE, Fault.BUSY, 23], ids=str)
def test_a_question_that_finds_no_answer_is_asked_again(acking: Site, fault: Fault | int) -> None:
    put(acking.spool, 0, 50)
    acking.splunk.choose = in_turn(fault, fault, path=ACK_PATH)
    tally = acking.ship()
    assert (tally.sent, tally.retried) == (50, 0)
    assert acking.splunk.ids == once(0, 50)


def test_an_acknowledgment_that_got_lost_is_a_doubt(acking: Site) -> None:
    put(acking.spool, 0, 50)
    acking.splunk.choose = in_turn(Fault.AFTER, path=ACK_PATH)  # answered, and forgotten there
    tally = acking.ship(patience=0.3)
    assert tally.sent == 50
    assert acking.splunk.ids.keys() == once(0, 50).keys()
    assert min(acking.splunk.ids.values()) == max(acking.splunk.ids.values()) >= 2


def test_a_stream_that_waits_for_acknowledgments_holds_up_no_other(
    acking: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    acking.splunk.tokens["other-token"] = Token()
    other = Spool(acking.home / "other-events")
    put(other, 0, 500)
    put(acking.spool, 500, 510)
    acking.splunk.patience = None

    def shown(stream: str, tally: Tally) -> None:
        if stream == "other-events" and tally.sent == 500:
            acking.splunk.patience = 0

    monkeypatch.setenv("HEC_OTHER", "other-token")
    with acking.hec(tokens={"other-events": Secret("env:HEC_OTHER")}) as hec:
        quick = Policy(documents=50, first=0.001, longest=0.01)
        tally = ship([acking.spool, other], hec, quick, progress=shown)
    assert tally.sent == 510
    assert acking.splunk.ids == once(0, 510)


def test_a_token_that_acknowledges_nothing_is_refused_where_that_is_asked_for(site: Site) -> None:
    put(site.spool, 0, 10)
    error = site.ship(ack="on").failed[EVENTS.stream]
    assert isinstance(error, TargetRefused)
    assert "no indexer acknowledgment" in error.what
    assert "ack: auto" in error.mend


def test_acknowledgments_are_not_asked_for_where_that_is_not_wanted(acking: Site) -> None:
    put(acking.spool, 0, 10)
    assert acking.ship(ack="off").sent == 10
    assert acking.splunk.seen[ACK_PATH] == 0


def test_a_token_that_stops_acknowledging_is_a_doubt(acking: Site) -> None:
    put(acking.spool, 0, 10)
    acking.splunk.choose = in_turn(14, path=ACK_PATH)
    assert acking.ship().sent == 10
    assert set(acking.splunk.ids) == set(once(0, 10))
    put(acking.spool, 10, 20)
    acking.splunk.choose = in_turn(14, path=ACK_PATH)
    error = acking.ship(ack="on").failed[EVENTS.stream]
    assert "enable indexer acknowledgment" in str(error)


def test_a_source_that_is_read_again_is_not_sent_again(site: Site) -> None:
    put(site.spool, 0, 100)
    site.ship()
    put(site.spool, 50, 150, doubtful=True)
    tally = site.ship()
    assert (tally.sent, tally.already_there) == (50, 50)
    assert site.splunk.ids == once(0, 150)


def test_without_the_note_of_what_was_sent_all_of_it_is_sent_again(site: Site) -> None:
    put(site.spool, 0, 20)
    site.ship()
    (site.spool.folder / LOG).unlink()
    put(site.spool, 0, 20, doubtful=True)
    assert site.ship().sent == 20
    assert site.splunk.ids == once(0, 20) + once(0, 20)


def test_a_broken_note_is_told_with_what_to_do(site: Site) -> None:
    put(site.spool, 0, 20, doubtful=True)
    (site.spool.folder / NAME).write_bytes(b"no database" * 1000)
    error = site.ship().failed[EVENTS.stream]
    assert error.code == "spool"
    assert f"remove {NAME}" in str(error)
    assert site.spool.waiting() > 0


def test_notes_are_for_their_owner_alone_and_hold_no_id(site: Site) -> None:
    put(site.spool, 0, 20)
    site.ship()
    files = list(site.spool.folder.glob("sent*"))
    assert files
    assert {path.stat().st_mode & 0o077 for path in files} == {0}
    assert b"event-" not in b"".join(path.read_bytes() for path in files)


def test_a_batch_that_was_in_hand_when_a_shipper_died_is_sent_again(site: Site) -> None:
    put(site.spool, 0, 100)
    with shipping(site.spool) as outlet:
        batch = outlet.take(40, 1 << 20)
        assert batch is not None
        envelopes = b"\n".join(batch.body.split(b"\n")[1::2])
        with closing(collector(site.target())) as connection:
            connection.send(Secret("env:HEC"), VALUE, envelopes)
    site.ship()
    assert site.splunk.ids == once(0, 100) + once(0, 40)


def test_the_whole_address_of_the_endpoint_may_be_written_as_well(site: Site) -> None:
    for end in ("/services/collector", "/services/collector/event"):
        target = Target("main", "splunk", (site.server.url + end,), token=Secret("env:HEC"))
        with closing(collector(target)) as connection:
            connection.check(target, VALUE)
    assert site.splunk.seen["/services/collector/health"] == 2


def config(folder: Path, target: Target, *tenants: Tenant) -> Config:
    named = {tenant.id: tenant for tenant in tenants or (ACME,)}
    return Config(folder / "agentwarrant.yml", folder, {"main": target}, named)


def opened(folder: Path, target: Target) -> AgentWarrantError:
    with pytest.raises(AgentWarrantError) as caught, receiver(target, config(folder, target)):
        pass
    return caught.value


@pytest.mark.parametrize("code", [18, 19, 20, 23])
def test_a_collector_that_is_not_well_is_left_alone(site: Site, code: int) -> None:
    site.splunk.health = code
    error = opened(site.home, site.target())
    assert isinstance(error, TargetUnreachable)
    assert ANSWERS[code][1] in error.what


@pytest.mark.parametrize(
    ("token", "says"),
    [(None, "Invalid token"), (Token(enabled=False), "Token disabled")],
    ids=["unknown", "disabled"],
)
def test_a_token_that_is_not_known_is_told_before_anything_is_sent(
    site: Site, token: Token | None, says: str
) -> None:
    site.splunk.tokens = {} if token is None else {VALUE: token}
    error = opened(site.home, site.target())
    assert isinstance(error, TargetRefused)
    assert says in error.what
    assert not site.splunk.requests


def test_acknowledgment_that_is_asked_for_is_asked_of_the_token_first(site: Site) -> None:
    error = opened(site.home, site.target(ack="on"))
    assert "ACK is disabled" in str(error)


def test_a_token_that_is_not_there_is_a_fault_of_the_configuration(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HEC")
    assert isinstance(opened(site.home, site.target()), ConfigError)
    monkeypatch.setenv("HEC", "a token \u00e4")
    assert isinstance(opened(site.home, site.target()), ConfigError)


def test_nobody_at_the_address_is_unreachable_and_another_server_a_wrong_one(
    site: Site, tmp_path: Path
) -> None:
    nobody = Target("main", "splunk", ("http://127.0.0.1:9",), token=Secret("env:HEC"))
    assert isinstance(opened(tmp_path, nobody), TargetUnreachable)
    site.splunk.health = 0
    assert isinstance(opened(tmp_path, site.target()), WrongTarget)


def test_each_tenant_has_an_index_and_may_have_a_token_of_its_own(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEC_OTHER", "other-token")
    site.splunk.tokens["other-token"] = Token(indexes=("soc_other",))
    other = Tenant("other", ("main",), index="soc_other", hec_token=Secret("env:HEC_OTHER"))
    target = site.target()
    home = site.home / "spool/main"
    spools = []
    for tenant in (ACME, other):
        way = route("events", tenant)
        spool = Spool(home / way.stream)
        made = event(0, **{"organization.id": tenant.id, "event.id": tenant.id})
        spool.append([(tenant.id, way.write(made, way.stamps, ""))])
        spools.append(spool)
    with receiver(target, config(site.home, target, ACME, other)) as there:
        assert ship(spools, there).sent == 2
    assert {one["index"]: one["fields"]["aw_id"] for one in site.splunk.indexed} == {
        INDEX: "acme",
        "soc_other": "other",
    }


def test_requests_go_through_the_proxy_that_is_configured_and_through_no_other(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    put(site.spool, 0, 10)
    with proxied(site.server.url) as proxy:
        target = site.target(proxy=proxy.url)
        with receiver(target, config(site.home, target)) as there:
            assert ship([site.spool], there).sent == 10
        assert proxy.seen.total() == 3  # health, the token, the events
    put(site.spool, 10, 20)
    assert site.ship().sent == 10
    assert site.splunk.ids == once(0, 20)


def test_certificates_are_verified_always(tmp_path: Path) -> None:
    with served(Splunk(**{VALUE: Token()}), server_context()) as server:
        site = Site(tmp_path, server)
        error = opened(tmp_path, site.target())
        assert isinstance(error, TargetUnreachable)
        assert "certificate" in str(error).lower()
        assert not server.splunk.seen
        target = site.target(ca=authority_file(tmp_path))
        put(site.spool, 0, 10)
        with receiver(target, config(tmp_path, target)) as there:
            assert ship([site.spool], there).sent == 10
        assert server.splunk.ids == once(0, 10)


UNKNOWN = {Fault.AFTER, Fault.GATEWAY, Fault.RESTART_AFTER}
"""After these nobody knows."""
FAULTS: list[Fault | int] = [
    Fault.NONE,
    Fault.BEFORE,
    Fault.AFTER,
    Fault.BUSY,
    Fault.GATEWAY,
    Fault.RESTART_AFTER,
    8,
    9,
    23,
]


@settings(max_examples=25)
@given(
    st.booleans(),
    st.lists(st.sampled_from(FAULTS), max_size=12),
    st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=4),
    st.sets(st.integers(0, 60)),
    st.integers(300, 4000),
)
def test_whatever_happens_each_event_is_there_or_buried_and_twice_only_after_a_doubt(
    tmp_path_factory: pytest.TempPathFactory,
    ack: bool,
    faults: Sequence[Fault | int],
    appends: Sequence[tuple[int, bool]],
    bad: set[int],
    largest: int,
) -> None:
    folder = tmp_path_factory.mktemp("hec")
    with served(Splunk(**{VALUE: Token(ack=ack)})) as server:
        site = Site(folder, server)
        left = list(faults)
        server.splunk.choose = lambda _path: left.pop(0) if left else Fault.NONE
        total = 0
        for count, again in appends:
            first = 0 if again else total
            written = [
                (f"event-{n}", BAD[13] if n in bad else EVENTS.write(event(n), EVENTS.stamps, ""))
                for n in range(first, total + count)
            ]
            site.spool.append(written, doubtful=again)
            total += count
        tally = site.ship(patience=0.05, largest=largest)
        assert not tally.failed
        assert site.spool.waiting() == 0
        wanted = {f"event-{n}" for n in range(total) if n not in bad}
        assert set(server.splunk.ids) == wanted
        assert {one["id"] for one in site.letters} == {f"event-{n}" for n in bad if n < total}
        if not ack and not UNKNOWN & set(faults):
            assert set(server.splunk.ids.values()) <= {1}
