"""Files are merged by time, however many there are, and each is read once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant import merge
from agentwarrant.collect import Collector, load_connectors
from agentwarrant.event import Event, iso_from_ms, text_of
from agentwarrant.merge import MAX_OPEN, merged
from agentwarrant.redact import Redactor

CONNECTORS = load_connectors(Redactor(b"key"))


def event(time: int, name: str = "") -> Event:
    return {"@timestamp": iso_from_ms(time), "event.id": f"{name}-{time}"}


class Files:
    """Some files in memory that know how often, and how many at once, they were open."""

    def __init__(self, contents: list[list[Event]]) -> None:
        self.contents = contents
        self.opened = [0] * len(contents)
        self.peeked = [0] * len(contents)

    def read(self, place: int) -> Iterator[Event]:
        self.opened[place] += 1
        yield from self.contents[place]

    def peek(self, place: int) -> Iterator[Event]:
        self.peeked[place] += 1
        yield from self.contents[place]

    def merged(self) -> list[Event]:
        places = range(len(self.contents))
        return list(
            merged(
                [lambda place=place: self.read(place) for place in places],  # type: ignore[misc]
                [lambda place=place: self.peek(place) for place in places],  # type: ignore[misc]
            )
        )


contents = st.lists(st.lists(st.integers(0, 30), max_size=6).map(sorted), max_size=9).map(
    lambda files: [[event(t, str(n)) for t in times] for n, times in enumerate(files)]
)


@given(contents, st.integers(0, 4))
def test_events_leave_in_order_of_time_and_none_is_lost(
    given_: list[list[Event]], most: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merge, "MAX_OPEN", most)
        files = Files(given_)
        found = files.merged()
    every = [one for content in given_ for one in content]
    assert [text_of(one, "@timestamp") for one in found] == sorted(
        text_of(one, "@timestamp") for one in every
    )
    assert sorted(map(str, found)) == sorted(map(str, every))
    assert files.opened == [1] * len(given_)
    assert files.peeked == [0 if place < most else 1 for place in range(len(given_))]


@given(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=5), min_size=1, max_size=5))
def test_files_that_are_not_in_order_lose_nothing(times: list[list[int]]) -> None:
    given_ = [[event(t, f"{n}.{i}") for i, t in enumerate(one)] for n, one in enumerate(times)]
    found = Files(given_).merged()
    assert sorted(map(str, found)) == sorted(str(one) for content in given_ for one in content)


def test_short_files_come_in_order_whichever_way_round_they_are() -> None:
    days = [event(n * 10, "log") for n in range(1000)]
    page = [event(n * 100 + 5, "page") for n in reversed(range(merge._HEAD))]
    times = [str(one["@timestamp"]) for one in Files([days, page]).merged()]
    assert len(times) == 1000 + merge._HEAD
    assert times == sorted(times)


def test_one_time_leaves_in_the_order_of_the_files() -> None:
    found = Files([[event(5, "a")], [event(5, "b")], [event(5, "c")]]).merged()
    assert [one["event.id"] for one in found] == ["a-5", "b-5", "c-5"]


def written(path: Path, times: list[int]) -> Path:
    session = path.stem
    head = {"type": "session", "version": 4, "id": session, "timestamp": iso_from_ms(times[0])}
    records = [head]
    for time in times:
        part = {"type": "toolCall", "id": f"{session}-{time}", "name": "exec", "arguments": {}}
        message = {"role": "assistant", "content": [part]}
        stamped = {"type": "message", "id": f"m{time}", "timestamp": iso_from_ms(time)}
        records.append({**stamped, "message": message})
    path.write_text("\n".join(map(json.dumps, records)))
    return path


def test_more_files_than_may_be_open_come_in_order(tmp_path: Path) -> None:
    count = MAX_OPEN + 30
    start = 1_750_000_000_000
    for number in range(count):  # interleaved, the last files begin first
        written(
            tmp_path / f"f{number:04}.jsonl",
            [start + (count - number) * 10, start + 90_000 + number],
        )
    files = Collector(CONNECTORS)
    events = list(
        merged(
            [lambda p=p: files._readable(p) for p in sorted(tmp_path.iterdir())],  # type: ignore[misc]
            [lambda p=p: files._readable(p) for p in sorted(tmp_path.iterdir())],  # type: ignore[misc]
        )
    )
    times = [text_of(one, "@timestamp") for one in events]
    assert times == sorted(times)
    collector = Collector(CONNECTORS)
    calls = [e for e in collector.events([tmp_path]) if e["event.action"] == "tool_call"]
    assert len(calls) == 2 * count
    assert len(collector.tally.files) == count


@pytest.mark.parametrize("most", [0, 1, 200])
def test_a_file_that_cannot_be_read_is_named_once(
    most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge, "MAX_OPEN", most)
    for number in range(3):
        written(tmp_path / f"{number}.jsonl", [1_750_000_000_000 + number])
    (tmp_path / "a.jsonl").write_bytes(b"")
    (tmp_path / "b.jsonl").write_bytes(b"nothing that anybody knows\n")
    (tmp_path / "c.jsonl").write_bytes(b'{"who":"knows"}\n')
    collector = Collector(CONNECTORS)
    assert len(list(collector.events([tmp_path]))) >= 3
    named = [Path(path).name for path, _ in collector.tally.unknown]
    assert sorted(named) == ["a.jsonl", "b.jsonl", "c.jsonl"]
    assert len(collector.tally.files) == 3
