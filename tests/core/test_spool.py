"""What was put in a spool comes out once and in order, whatever crashes at whichever byte."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from agentwarrant.errors import SpoolBusy, SpoolError, SpoolFull
from agentwarrant.siem.delivery import id_of, pairs_of
from agentwarrant.siem.outlet import Batch, Outlet, shipping
from agentwarrant.siem.spool import Segment, Spool, document_id, pair, sound_length

MEMORY = Path("/dev/shm")  # noqa: S108  # a folder in it is made safely; disks are slow to sync


def documents(*names: object) -> list[tuple[str, bytes]]:
    return [(str(name), json.dumps({"n": str(name)}).encode()) for name in names]


def ids(batch: Batch | None) -> list[str]:
    return [id_of(one) for one in pairs_of(batch.body)] if batch else []


def drained(spool: Spool, most: int = 10) -> list[str]:
    out: list[str] = []
    with shipping(spool) as outlet:
        while batch := outlet.take(most, 1 << 20):
            assert len(ids(batch)) == batch.count <= most
            out += ids(batch)
            outlet.settle(batch)
    return out


def segments(spool: Spool) -> list[str]:
    return [segment.path.name for segment in spool.segments()]


def test_documents_leave_in_the_order_they_came_in(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    assert spool.append(documents(*range(25))) == 25
    assert spool.append([]) == 0
    assert drained(spool) == [str(n) for n in range(25)]
    assert drained(spool) == []


def test_a_body_is_the_bytes_that_were_put_in(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    spool.append([('"}}\n{"delete', b'{"a":"\xc3\xa4"}')])
    with shipping(spool) as outlet:
        batch = outlet.take(10, 100)
    assert batch is not None
    assert batch.body == b'{"create":{"_id":"\\"}}\\n{\\"delete"}}\n{"a":"\xc3\xa4"}\n'


@pytest.mark.parametrize("text", ["", "x" * 513, "\u00e4" * 257])
def test_an_id_that_no_server_takes_is_replaced_by_its_digest(text: str) -> None:
    made = document_id(text)
    assert made == document_id(text)
    assert len(made) == 32


@pytest.mark.parametrize("text", ["a", "x" * 512, "\u00e4" * 256])
def test_any_other_id_stays(text: str) -> None:
    assert document_id(text) == text


def test_a_document_of_several_lines_is_refused_and_nothing_is_put_in(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    with pytest.raises(ValueError, match="one line"):
        spool.append([*documents(1), ("2", b'{"a":\n1}')])
    assert drained(spool) == []


def test_a_document_longer_than_a_batch_leaves_alone(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    spool.append([*documents(1), ("big", b'"' + b"x" * 100_000 + b'"'), *documents(2)])
    with shipping(spool) as outlet:
        batches = []
        while batch := outlet.take(10, 64):
            batches.append(ids(batch))
            outlet.settle(batch)
    assert batches == [["1"], ["big"], ["2"]]


def test_a_batch_has_no_more_bytes_than_asked_for(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    spool.append(documents(*range(100)))
    with shipping(spool) as outlet:
        while batch := outlet.take(1000, 500):
            assert len(batch.body) <= 500
            outlet.settle(batch)


def test_until_a_batch_is_settled_no_other_is_given(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    spool.append(documents(*range(5)))
    with shipping(spool) as outlet:
        assert ids(outlet.take(2, 1000)) == ids(outlet.take(2, 1000)) == ["0", "1"]


def test_what_was_in_hand_when_a_shipper_died_is_in_doubt_and_the_rest_is_not(
    tmp_path: Path,
) -> None:
    spool = Spool(tmp_path / "s")
    spool.append(documents(*range(6)))
    died = Outlet(spool)
    for _ in range(2):
        batch = died.take(2, 1000)
        assert batch is not None
        assert not batch.doubtful
        died.settle(batch)
    assert ids(died.take(2, 1000)) == ["4", "5"]
    died.close()
    spool.append(documents(6))
    with shipping(spool) as outlet:
        first = outlet.take(2, 1000)
        assert first is not None
        outlet.settle(first)
        second = outlet.take(2, 1000)
        assert second is not None
    assert (ids(first), first.doubtful, first.resumed) == (["4", "5"], True, True)
    assert (ids(second), second.doubtful, second.resumed) == (["6"], False, False)


def test_smaller_batches_after_a_crash_are_in_doubt_as_far_as_the_larger_one_went(
    tmp_path: Path,
) -> None:
    spool = Spool(tmp_path / "s")
    spool.append(documents(*range(6)))
    died = Outlet(spool)
    died.take(4, 1000)
    died.close()
    doubts = []
    with shipping(spool) as outlet:
        while batch := outlet.take(1, 1000):
            doubts.append(batch.doubtful)
            outlet.settle(batch)
    assert doubts == [True] * 4 + [False] * 2


def test_without_a_cursor_everything_is_in_doubt(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    spool.append(documents(1))
    (spool.folder / "cursor.json").unlink()
    with shipping(spool) as outlet:
        batch = outlet.take(10, 1000)
    assert batch is not None
    assert batch.doubtful


def test_a_broken_cursor_is_said_with_its_mend(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    spool.append(documents(1))
    (spool.folder / "cursor.json").write_text("{}")
    with pytest.raises(SpoolError, match=r"cursor.json is broken.*remove cursor.json"):
        drained(spool)


def test_doubtful_documents_stand_in_segments_of_their_own(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    spool.append(documents(1))
    spool.append(documents(2), doubtful=True)
    spool.append(documents(3), doubtful=True)
    spool.append(documents(4))
    seen = []
    with shipping(spool) as outlet:
        while batch := outlet.take(10, 1000):
            seen.append((ids(batch), batch.doubtful))
            outlet.settle(batch)
    assert seen == [(["1"], False), (["2", "3"], True), (["4"], False)]


def test_a_spool_that_is_full_takes_nothing_until_something_was_shipped(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", limit=2000, segment=500)
    taken: list[int] = []

    def fill() -> None:
        for number in count():
            spool.append(documents(number))
            taken.append(number)

    with pytest.raises(SpoolFull, match="wait to be shipped"):
        fill()
    assert 1900 < spool.waiting() <= 2000
    assert drained(spool) == [str(n) for n in taken]
    assert spool.append(documents("more")) == 1


def test_a_producer_can_wait_for_room(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", limit=10)
    spool.append(documents(1))
    shipper = threading.Timer(0.2, drained, [Spool(spool.folder)])
    shipper.start()
    assert spool.append(documents(2), patience=30) == 1
    shipper.join()
    assert drained(spool) == ["2"]


def test_what_is_shipped_is_removed_and_numbers_never_come_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", segment=100)
    for number in range(10):
        spool.append(documents(number))
    assert len(spool.segments()) > 2
    last = segments(spool)[-1]
    drained(spool)
    assert segments(spool) == []
    assert spool.waiting() == 0
    Spool(spool.folder).append(documents(11))
    assert segments(spool)[0] > last


def test_a_segment_that_is_removed_while_the_rest_is_counted_is_no_trouble(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", segment=10)
    spool.append(documents(1))
    spool.append(documents(2))

    class Late(Spool):
        """Finds what a shipper removes right after."""

        def segments(self) -> list[Segment]:
            found = super().segments()
            for segment in found[:-1]:
                segment.path.unlink()
            return found

    assert Late(spool.folder).waiting() == len(pair(*documents(2)[0]))
    spool.append(documents(3))
    assert Late(spool.folder, segment=10).append(documents(4)) == 1


def test_two_shippers_never_work_on_one_spool(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    with shipping(spool), pytest.raises(SpoolBusy), shipping(Spool(spool.folder)):
        pass
    assert drained(spool) == []


PRODUCER = """
import sys
from pathlib import Path
from agentwarrant.siem.spool import Spool
spool = Spool(Path(sys.argv[1]), segment=2000)
for number in range(50):
    spool.append([(f"{sys.argv[2]}-{number}", b"{}")], doubtful=number % 7 == 0)
"""


def test_several_producers_and_a_shipper_lose_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PRODUCER, str(tmp_path / "s")]
    producers = [subprocess.Popen([*command, name]) for name in "abc"]
    out: list[str] = []
    while any(process.poll() is None for process in producers):
        out += drained(Spool(tmp_path / "s"))
    out += drained(Spool(tmp_path / "s"))
    assert [process.wait() for process in producers] == [0, 0, 0]
    for name in "abc":
        assert [one for one in out if one.startswith(name)] == [f"{name}-{n}" for n in range(50)]


@pytest.mark.skipif(os.name != "posix", reason="rights of files are POSIX")
def test_only_the_owner_can_read_what_waits(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    spool.append(documents(1))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in spool.folder.iterdir()}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(spool.folder.stat().st_mode) == 0o700


def test_a_disk_that_is_full_in_the_middle_of_a_document_loses_nothing(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="the system limits no sizes of files")
    spool = Spool(tmp_path / "s")
    spool.append(documents(1))
    size = spool.waiting()
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, usual[1]))
    try:
        with pytest.raises(SpoolError, match="the disk refuses: File too large"):
            spool.append(documents(*range(2, 9)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert spool.waiting() == size
    spool.append(documents(2))
    assert drained(spool) == ["1", "2"]


@given(st.lists(st.text(max_size=8), max_size=6), st.binary(max_size=40), st.data())
def test_the_sound_length_is_that_of_the_whole_pairs(
    names: list[str], garbage: bytes, data: st.DataObject
) -> None:
    pairs = [pair(name, json.dumps({"n": name}).encode()) for name in names]
    body = b"".join(pairs)
    cut = data.draw(st.integers(0, len(body)))
    whole = sum(len(one) for one in islice(pairs, _within(pairs, cut)))
    assert sound_length(body) == len(body)
    assert sound_length(body[:cut]) == whole
    assert sound_length(body[:cut] + b"\0" * len(garbage)) == whole
    assert sound_length(body + garbage) >= len(body)


def _within(pairs: list[bytes], cut: int) -> int:
    sizes = [sum(map(len, pairs[: n + 1])) for n in range(len(pairs))]
    return sum(size <= cut for size in sizes)


class Crashes(RuleBasedStateMachine):
    """Producers and shippers that die at any byte, against what a perfect outbox would do.

    ``durable`` is what was put in, in order; ``next`` counts what was settled since the shipper
    began, ``safe`` what it must not give out again if it dies.
    """

    def __init__(self) -> None:
        super().__init__()
        self.place = TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.names = count()
        self.durable: list[str] = []
        self.handed: set[str] = set()
        self.next = self.safe = 0
        self.producer = self.fresh()
        self.outlet: Outlet | None = None

    def fresh(self) -> Spool:
        return Spool(Path(self.place.name, "s"), segment=400)

    def named(self, number: int) -> list[str]:
        return [str(name) for name in islice(self.names, number)]

    @rule(number=st.integers(1, 6), doubtful=st.booleans())
    def append(self, number: int, doubtful: bool) -> None:
        names = self.named(number)
        self.producer.append(documents(*names), doubtful=doubtful)
        self.durable += names

    @rule(
        number=st.integers(1, 6),
        doubtful=st.booleans(),
        written=st.floats(0, 1),
        junk=st.sampled_from([b"", b"\0\0\0", b"\n\n\n\n"]),
    )
    def lose_power(self, number: int, doubtful: bool, written: float, junk: bytes) -> None:
        names = self.named(number)
        body = [pair(*one) for one in documents(*names)]
        with self.producer.locked("write"):
            self.producer.mend()  # so that what is there before is there when it begins to write
        sizes = {one.path: one.path.stat().st_size for one in self.producer.segments()}
        self.producer.append(documents(*names), doubtful=doubtful)
        newest = self.producer.segments()[-1].path
        cut = int(written * len(b"".join(body)))
        with newest.open("r+b") as file:
            file.seek(sizes.get(newest, 0) + cut)
            file.truncate()
            file.write(junk)
        self.durable += names[: _within(body, cut + junk.startswith(b"\n"))]
        self.producer = self.fresh()
        self.kill_shipper()

    @rule(documents=st.integers(1, 5), size=st.integers(50, 300))
    def ship_a_batch(self, documents: int, size: int) -> None:
        if begins := self.outlet is None:
            spool = self.fresh()
            with spool.locked("write"):
                spool.mend()
            self.outlet = Outlet(spool)
        assert self.outlet is not None
        batch = self.outlet.take(documents, size)
        if batch is None:
            assert self.next == len(self.durable)
            return
        begin = self.durable.index(ids(batch)[0])
        assert self.safe <= begin <= self.next if begins else begin == self.next
        assert ids(batch) == self.durable[begin : begin + batch.count]
        assert batch.doubtful or not self.handed & set(ids(batch))
        self.outlet.settle(batch)
        self.handed |= set(ids(batch))
        self.safe, self.next = begin, begin + batch.count

    @rule()
    def kill_shipper(self) -> None:
        if self.outlet is not None:
            self.outlet.close()
            self.outlet = None

    @rule()
    def stop_shipper(self) -> None:
        if self.outlet is not None:
            self.outlet.finish()
            self.kill_shipper()
            self.safe = self.next

    @rule()
    def restart_producer(self) -> None:
        self.producer = self.fresh()

    def teardown(self) -> None:
        try:
            while self.next < len(self.durable):
                self.ship_a_batch(5, 300)
            self.ship_a_batch(5, 300)
            self.stop_shipper()
            assert self.fresh().waiting() == 0
            assert not self.fresh().segments()
        finally:
            self.kill_shipper()
            self.place.cleanup()


TestCrashes = Crashes.TestCase
TestCrashes.settings = settings(max_examples=200, stateful_step_count=20, deadline=None)
