"""Delivery: what is retried, what is asked, what is buried, what is said; against a stand-in.

The stand-in is a SIEM in memory that keeps documents as a data stream does: an id is unique in
its newest part only. Real servers: ``tests/e2e/test_elastic_ship.py``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.errors import TargetRefused
from agentwarrant.siem.deadletters import DeadLetters, Letter
from agentwarrant.siem.delivery import Delivery, Policy, id_of, pairs_of
from agentwarrant.siem.outlet import shipping
from agentwarrant.siem.receiver import Answer, Doubt, Later, Refusal, TooLarge
from agentwarrant.siem.ship import Tally, ship
from agentwarrant.siem.spool import Spool

QUICK = Policy(documents=10, first=0.0, longest=0.0)
MEMORY = Path("/dev/shm")  # noqa: S108  # a folder in it is made safely; disks are slow to sync


class Siem:
    """Keeps documents; before each request the next of its ``plans`` is done, if there is one."""

    def __init__(self, *plans: Callable[[Siem, list[str]], Answer | None]) -> None:
        self.parts: list[set[str]] = [set()]
        self.plans = list(plans)
        self.requests: list[list[str]] = []
        self.questions: list[list[str]] = []

    def roll_over(self) -> None:
        self.parts.append(set())

    def take(self, ids: Sequence[str]) -> Answer:
        new = [one for one in ids if one not in self.parts[-1]]
        self.parts[-1] |= set(new)
        return Answer(len(new), len(ids) - len(new))

    def send(self, stream: str, body: bytes, count: int, mark: str) -> Answer:
        ids = [id_of(one) for one in pairs_of(body)]
        assert len(ids) == count
        self.requests.append(ids)
        planned = self.plans.pop(0)(self, ids) if self.plans else None
        return planned or self.take(ids)

    def present(self, stream: str, ids: Sequence[str], mark: str) -> set[str]:
        self.questions.append(list(ids))
        return set().union(*self.parts) & set(ids)

    def there(self) -> Counter[str]:
        return Counter(one for part in self.parts for one in part)


def lost_before(_: Siem, ids: list[str]) -> Answer:
    raise Doubt("it is away")


def lost_after(siem: Siem, ids: list[str]) -> Answer:
    siem.take(ids)
    siem.roll_over()
    raise Doubt("no answer")


def half(siem: Siem, ids: list[str]) -> Answer:
    done = siem.take(ids[::2])
    return Answer(done.taken, done.there, list(range(1, len(ids), 2)), "429 the queue is full")


def failing(status: int, *, lasting: bool) -> Callable[[Siem, list[str]], Answer]:
    def plan(siem: Siem, ids: list[str]) -> Answer:
        siem.take(ids[1:])
        return Answer(len(ids) - 1, refused=[Refusal(0, status, "kind", "why", lasting=lasting)])

    return plan


def large(_: Siem, ids: list[str]) -> Answer:
    raise TooLarge


def refusing_all(_: Siem, ids: list[str]) -> Answer:
    return Answer(0, refused=[Refusal(n, 400, "kind", "no such thing") for n in range(len(ids))])


def filled(folder: Path, count: int = 5, *, doubtful: bool = False) -> Spool:
    spool = Spool(folder / "stream")
    spool.append([(str(n), b'{"n":%d}' % n) for n in range(count)], doubtful=doubtful)
    return spool


def ids(*numbers: int) -> list[str]:
    return [str(number) for number in numbers]


def test_nothing_is_asked_where_nothing_is_in_doubt(tmp_path: Path) -> None:
    siem = Siem()
    tally = ship([filled(tmp_path, 25)], siem, QUICK)
    assert [len(one) for one in siem.requests] == [10, 10, 5]
    assert siem.questions == []
    assert (tally.sent, tally.already_there, tally.retried) == (25, 0, 0)


def test_a_request_without_an_answer_is_asked_for_and_not_sent_again(tmp_path: Path) -> None:
    siem = Siem(lost_after)
    tally = ship([filled(tmp_path)], siem, QUICK)
    assert siem.requests == siem.questions == [ids(*range(5))]
    assert siem.there() == Counter(ids(*range(5)))
    assert tally.already_there == 5


def test_a_request_that_never_came_is_sent_once_more(tmp_path: Path) -> None:
    siem = Siem(lost_before)
    tally = ship([filled(tmp_path)], siem, QUICK)
    assert len(siem.requests) == 2
    assert siem.there() == Counter(ids(*range(5)))
    assert (tally.sent, tally.retried) == (5, 5)


def test_only_what_is_left_over_is_sent_again_and_nothing_is_asked(tmp_path: Path) -> None:
    siem = Siem(half)
    ship([filled(tmp_path)], siem, QUICK)
    assert siem.requests == [ids(0, 1, 2, 3, 4), ids(1, 3)]
    assert siem.questions == []


def test_what_was_in_hand_when_a_shipper_died_is_asked_for_first(tmp_path: Path) -> None:
    spool = filled(tmp_path)
    siem = Siem()
    with shipping(spool) as outlet:
        batch = outlet.take(10, 1000)
        assert batch is not None
        siem.send("stream", batch.body, batch.count, outlet.mark)
    siem.roll_over()
    ship([spool], siem, QUICK)
    assert siem.questions == [ids(*range(5))]
    assert siem.there() == Counter(ids(*range(5)))


def test_a_refused_document_is_buried_once_even_if_the_shipper_dies_right_after(
    tmp_path: Path,
) -> None:
    spool = filled(tmp_path)
    letters = DeadLetters(spool.folder)
    siem = Siem()
    with shipping(spool) as outlet:
        assert outlet.take(10, 1000)
        siem.take(ids(1, 2, 3, 4))
        letters.bury([Letter("0", 400, "kind", "why", b"{}")])
    tally = ship([spool], siem, QUICK)
    assert siem.requests == []
    assert [letter["id"] for letter in letters.read()] == ["0"]
    assert (tally.already_there, tally.dead) == (4, 0)


def test_a_lasting_refusal_is_buried_with_its_reason_and_the_rest_goes_on(tmp_path: Path) -> None:
    spool = filled(tmp_path)
    siem = Siem(failing(400, lasting=True))
    tally = ship([spool], siem, QUICK)
    (letter,) = DeadLetters(spool.folder).read()
    assert (letter["id"], letter["status"], letter["reason"]) == ("0", 400, "why")
    assert letter["document"] == '{"n":0}'
    assert letter["time"]
    assert (tally.sent, tally.dead) == (4, 1)
    assert spool.waiting() == 0


def test_a_document_that_the_server_fails_at_is_tried_some_times_and_asked_for(
    tmp_path: Path,
) -> None:
    spool = filled(tmp_path)
    siem = Siem(*[failing(500, lasting=False)] * 3)
    tally = ship([spool], siem, QUICK)
    assert siem.questions == [ids(0)] * 3
    assert (tally.sent, tally.dead) == (5, 0)


def test_a_document_that_the_server_always_fails_at_is_buried_in_the_end(tmp_path: Path) -> None:
    spool = filled(tmp_path)
    siem = Siem(*[failing(500, lasting=False)] * 99)
    tally = ship([spool], siem, QUICK)
    assert len(siem.requests) == QUICK.tries
    assert tally.dead == 1


def test_a_server_that_was_away_for_long_does_not_make_dead_letters(tmp_path: Path) -> None:
    siem = Siem(*[lost_before] * 30, failing(500, lasting=False))
    tally = ship([filled(tmp_path)], siem, QUICK)
    assert (tally.dead, siem.there()) == (0, Counter(ids(*range(5))))


def test_a_request_that_is_too_large_is_halved_and_those_after_it_are_smaller(
    tmp_path: Path,
) -> None:
    spool = filled(tmp_path, 40)
    siem = Siem(large)
    ship([spool], siem, QUICK)
    assert [len(one) for one in siem.requests[:3]] == [10, 5, 5]
    assert max(map(len, siem.requests[3:])) <= 5
    assert siem.there() == Counter(ids(*range(40)))


def test_one_document_that_is_too_large_alone_is_buried(tmp_path: Path) -> None:
    spool = filled(tmp_path, 1)
    tally = ship([spool], Siem(large), QUICK)
    (letter,) = DeadLetters(spool.folder).read()
    assert (letter["status"], tally.dead) == (413, 1)


def test_a_server_that_refuses_everything_from_the_start_gets_no_graveyard(tmp_path: Path) -> None:
    spool = filled(tmp_path, 300)
    policy = Policy(documents=200)
    tally = ship([spool], Siem(refusing_all), policy)
    (error,) = tally.failed.values()
    assert "refuses every document: no such thing" in error.what
    assert not DeadLetters(spool.folder).path.exists()
    assert ship([spool], Siem(), policy).sent == 300


def test_dead_letters_have_a_limit_and_nothing_is_lost_beyond_it(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path, limit=300)
    letters.bury([Letter("1", 400, "kind", "why", b"x" * 200)])
    with pytest.raises(TargetRefused, match="no more are kept: why"):
        letters.bury([Letter("2", 400, "kind", "why", b"{}")])
    assert letters.ids() == {"1"}


def test_a_dead_letter_that_a_crash_cut_off_spoils_none_after_it(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path)
    letters.bury([Letter("1", 400, "kind", "why", b"{}")])
    letters.path.write_bytes(letters.path.read_bytes() + b'\n{"id":"2","sta')
    letters.bury([Letter("3", 400, "kind", "why", b'"\xff"')])
    assert [letter["id"] for letter in letters.read()] == ["1", "3"]


def test_trouble_is_said_once_until_a_batch_goes_through_at_once(tmp_path: Path) -> None:
    spool = filled(tmp_path, 40)
    siem = Siem(lost_before, lost_before, half, _fine, _fine, lost_before)
    told: list[str] = []
    ship([spool], siem, QUICK, trouble=lambda _stream, why: told.append(why))
    assert told == ["it is away", "it is away"]


def _fine(_: Siem, ids: list[str]) -> None:
    return None


def test_one_stream_that_fails_or_waits_holds_up_no_other(tmp_path: Path) -> None:
    spools = []
    for name in ("away", "denied", "fine"):
        spool = Spool(tmp_path / name)
        spool.append([(f"{name}-{n}", b"{}") for n in range(20)])
        spools.append(spool)
    siem = Siem()
    order: list[str] = []

    class Some(Siem):
        def send(self, stream: str, body: bytes, count: int, mark: str) -> Answer:
            order.append(stream)
            if stream == "away" and order.count("away") < 4:
                raise Doubt("away")
            if stream == "denied":
                raise TargetRefused("no", where=stream, status=403)
            return siem.send(stream, body, count, mark)

    tally = ship(spools, Some(), Policy(documents=10, first=0.05, longest=0.05))
    assert list(tally.failed) == ["denied"]
    assert order.index("fine") < len(order) - 1 - order[::-1].index("away")
    assert siem.there() == Counter([f"{name}-{n}" for name in ("away", "fine") for n in range(20)])
    assert spools[1].waiting() > 0


def test_a_spool_that_another_process_ships_is_said(tmp_path: Path) -> None:
    spool = filled(tmp_path)
    with shipping(spool):
        tally = ship([Spool(spool.folder)], Siem(), QUICK)
    assert tally.failed["stream"].code == "spool-busy"


def test_being_stopped_in_the_middle_leaves_everything_on_disk(tmp_path: Path) -> None:
    spool = filled(tmp_path, 30)

    def stop(siem: Siem, ids: list[str]) -> Answer:
        siem.take(ids)
        raise KeyboardInterrupt

    siem = Siem(_fine, stop)
    with pytest.raises(KeyboardInterrupt):
        ship([spool], siem, QUICK)
    siem.roll_over()
    ship([spool], siem, QUICK)
    assert siem.there() == Counter(ids(*range(30)))


def test_a_long_refusal_holds_no_batch_in_memory(tmp_path: Path) -> None:
    spool = filled(tmp_path)
    siem = Siem(*[lost_before] * 6)
    with shipping(spool) as outlet:
        letters = DeadLetters(spool.folder)
        delivery = Delivery(outlet, letters, siem, QUICK, Tally(), lambda *_: None)
        for _ in range(6):
            assert delivery.step() == 0.0
        assert not vars(delivery)["_parts"]
        assert delivery.step() == 0.0
        assert delivery.step() is None
    assert siem.there() == Counter(ids(*range(5)))


def test_what_was_let_go_of_is_asked_for_even_where_batches_are_smaller_now(
    tmp_path: Path,
) -> None:
    spool = filled(tmp_path, 10)

    class Silent(Siem):
        def present(self, stream: str, ids: Sequence[str], mark: str) -> set[str]:
            found = super().present(stream, ids, mark)
            if len(self.questions) <= 6:
                raise Doubt("it does not say")
            return found

    siem = Silent(large, _fine, lost_after)
    ship([spool], siem, QUICK)
    assert siem.there() == Counter(ids(*range(10)))


class Slow:
    """A SIEM that tells an outcome some questions later; a ``Later``."""

    def __init__(self, questions: int, answer: Callable[[], Answer], pause: float = 0.0) -> None:
        self.pause = pause
        self.questions = questions
        self._answer = answer

    def answer(self) -> Answer | None:
        self.questions -= 1
        return self._answer() if self.questions < 0 else None


class Acknowledging(Siem):
    """Takes documents and says so later: the next of ``slow`` gives how, if there is one."""

    def __init__(self, *slow: Callable[[list[str]], Slow]) -> None:
        super().__init__()
        self.slow = list(slow)

    def send(self, stream: str, body: bytes, count: int, mark: str) -> Answer | Later:  # type: ignore[override]  # later than its base
        ids = [id_of(one) for one in pairs_of(body)]
        self.requests.append(ids)
        return self.slow.pop(0)(ids) if self.slow else self.take(ids)


def test_a_batch_is_settled_only_when_its_outcome_was_told(tmp_path: Path) -> None:
    spool = filled(tmp_path)
    siem = Acknowledging(lambda ids: Slow(3, lambda: siem.take(ids)))
    with shipping(spool) as outlet:
        delivery = Delivery(
            outlet, DeadLetters(spool.folder), siem, QUICK, tally := Tally(), lambda *_: None
        )
        for _ in range(4):
            assert delivery.step() == 0.0
            assert tally.sent == 0
        assert delivery.step() == 0.0
        assert tally.sent == 5
        assert delivery.step() is None
    assert siem.requests == [ids(*range(5))]
    assert siem.questions == []
    assert spool.waiting() == 0


def test_what_was_not_acknowledged_is_sent_again_alone(tmp_path: Path) -> None:
    spool = filled(tmp_path)
    siem = Acknowledging(lambda ids: Slow(2, lambda: half(siem, ids)))
    tally = ship([spool], siem, QUICK)
    assert siem.requests == [ids(*range(5)), ids(1, 3)]
    assert (tally.sent, tally.retried) == (5, 2)


def test_an_outcome_that_nobody_will_ever_know_is_a_doubt(tmp_path: Path) -> None:
    spool = filled(tmp_path)
    siem = Acknowledging(lambda ids: Slow(1, lambda: lost_after(siem, ids)))
    tally = ship([spool], siem, QUICK)
    assert siem.questions == [ids(*range(5))]
    assert (tally.sent, tally.already_there) == (0, 5)
    assert siem.there() == Counter(ids(*range(5)))


def test_a_shipper_that_dies_before_the_outcome_leaves_everything_in_doubt(
    tmp_path: Path,
) -> None:
    spool = filled(tmp_path)
    siem = Acknowledging(lambda ids: Slow(99, lambda: siem.take(ids)))
    with shipping(spool) as outlet:
        letters = DeadLetters(spool.folder)
        assert Delivery(outlet, letters, siem, QUICK, Tally(), lambda *_: None).step() == 0.0
    tally = ship([spool], siem, QUICK)
    assert siem.questions == [ids(*range(5))]
    assert tally.sent == 5


def test_while_one_stream_waits_for_its_outcome_the_others_go_on(tmp_path: Path) -> None:
    slow, quick = Spool(tmp_path / "slow"), Spool(tmp_path / "quick")
    slow.append([("slow", b"{}")])
    quick.append([(str(n), b"{}") for n in range(40)])
    siem = Acknowledging()

    def waiting(ids: list[str]) -> Slow:
        return Slow(99, lambda: siem.take(ids), pause=0.001)

    siem.slow = [waiting]
    done: list[int] = []
    ship([slow, quick], siem, QUICK, progress=lambda _stream, tally: done.append(tally.sent))
    assert siem.there() == Counter(["slow", *ids(*range(40))])
    assert done.index(40) < len(done) - 50  # it was asked for long after


REFUSALS = failing(400, lasting=True), failing(500, lasting=False)
PLANS = st.lists(
    st.sampled_from([_fine, lost_before, lost_after, half, large, *REFUSALS]), max_size=12
)


@given(PLANS, st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=1, max_size=5))
def test_whatever_happens_each_document_is_there_once_or_buried(
    plans: list[Any], appends: list[tuple[int, bool]]
) -> None:
    siem = Siem(*plans)
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        spool = Spool(Path(folder, "s"), segment=200)
        total = 0
        for count, again in appends:
            first = 0 if again else total
            numbers = range(first, total + count)
            documents = [(str(n), json.dumps({"n": n}).encode()) for n in numbers]
            spool.append(documents, doubtful=again)
            total += count
        ship([spool], siem, QUICK)
        dead = DeadLetters(spool.folder).ids()
        assert spool.waiting() == 0
    assert set(siem.there()) | dead == set(ids(*range(total)))
    assert set(siem.there().values()) <= {1}
