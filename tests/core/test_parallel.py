"""Several processes find what one finds, in the same order."""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
import pytest

from agentwarrant import parallel
from agentwarrant.engine import Engine
from agentwarrant.errors import NothingReadable
from agentwarrant.event import iso_from_ms
from agentwarrant.rules.load import load_text
from agentwarrant.rules.model import Rule
from agentwarrant.streams import Unread, findings_of

RULES = """
title: Denied
id: 11111111-1111-4111-8111-111111111111
name: denied
logsource: {product: any}
detection:
  s: {outcome: denied}
  condition: s
---
title: Word
id: 33333333-3333-4333-8333-333333333333
logsource: {product: any}
detection:
  words: [mimikatz, n7]
  condition: words
---
title: Many
id: 22222222-2222-4222-8222-222222222222
correlation:
  type: event_count
  rules: [denied]
  group-by: [user.name]
  timespan: 1m
  condition: {gte: 3}
  generate: true
"""


def event(source: random.Random, number: int) -> dict[str, Any]:
    return {
        "@timestamp": iso_from_ms(1_750_000_000_000 + number * 700),
        "outcome": source.choice(("denied", "ok", "ok", "ok", "ok")),
        "user": {"name": source.choice(("eve", "bob"))},
        "text": f"n{number}" if number % 50 else "Mimikatz",
    }


def written(folder: Path) -> list[Path]:
    """Write files of several kinds, with lines that are broken."""
    source = random.Random(5)  # noqa: S311 - no secret
    made: list[bytes] = []
    for number in range(900):
        made.append(orjson.dumps(event(source, number)))
        if number % 97 == 5:
            made += [b'{"outcome":"denied"', b"", b"[1, 2]", b"no JSON", b'{"outcome":"\xff"}']
    one, two, three, four = (folder / f"{name}.json" for name in ("1", "2", "3", "4"))
    one.write_bytes(b"\n".join(made[:400]) + b"\n")
    two.write_bytes(b"\r\n".join(made[400:700]))  # without an end of its last line
    with gzip.open(three, "wb") as file:
        file.write(b"\n".join(made[700:]))
    four.write_text(json.dumps([event(source, number) for number in range(900, 940)], indent=1))
    return [one, two, three, four]


def answer(rules: list[Rule], paths: list[Path], workers: int) -> tuple[Any, ...]:
    engine = Engine(rules)
    unread: Unread = []
    found = [asdict(f) for f in findings_of(engine, rules, paths, unread, workers)]
    return found, counted(engine), unread, list(engine.notes())


def counted(engine: Engine) -> dict[str, Any]:
    """Return what was read; lines that are refused unseen are buried before their turn."""
    tally = asdict(engine.tally)
    tally["dead_letters"].sort(key=lambda letter: (letter["path"], letter["line"]))
    return tally


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    return load_text(RULES)


@pytest.mark.parametrize("workers", [2, 3])
@pytest.mark.parametrize("size", [3_000, 1 << 20])
def test_several_processes_find_what_one_finds(
    rules: list[Rule], workers: int, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = written(tmp_path)
    alone = answer(rules, paths, 1)
    found, tally, _, _ = alone
    assert {one["event"]["rule.name"] for one in found} == {"Denied", "Word", "Many"}
    assert len(found) > 150
    assert tally["dead"] > 20
    assert tally["events"] == 940
    monkeypatch.setattr(parallel, "_BYTES", size)
    monkeypatch.setattr(parallel, "_LINES", 70)
    assert answer(rules, paths, workers) == alone


def test_one_worker_through_the_pool_is_the_same(
    rules: list[Rule], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "_BYTES", 5_000)
    paths = written(tmp_path)
    found, tally, _, _ = answer(rules, paths, 1)
    engine = Engine(rules)
    closed = parallel.run(engine, rules, paths, 1, [])
    assert [asdict(f) for f in (*closed, *engine.close())] == found
    assert counted(engine) == tally


@pytest.mark.parametrize("workers", [1, 2])
def test_files_that_cannot_be_opened_are_named_and_the_rest_is_read(
    rules: list[Rule], workers: int, tmp_path: Path
) -> None:
    paths = written(tmp_path)
    gone = tmp_path / "0.json"
    gone.symlink_to(tmp_path / "nowhere")
    broken = tmp_path / "5.json"
    broken.write_bytes(b"\x1f\x8b broken")
    engine = Engine(rules)
    unread: Unread = []
    listed = [paths[0], broken, paths[1]]
    assert len(list(findings_of(engine, rules, listed, unread, workers))) > 100
    assert [path for path, _ in unread] in ([], [str(broken)])
    assert unread or engine.tally.dead_letters


@pytest.mark.parametrize("workers", [1, 2])
def test_where_nothing_can_be_read_that_is_said(
    rules: list[Rule], workers: int, tmp_path: Path
) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"nothing\nat all\n")
    with pytest.raises(NothingReadable, match="nothing could be read"):
        list(findings_of(Engine(rules), rules, [path], [], workers))


def test_the_dead_are_counted_though_not_all_are_kept(rules: list[Rule], tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a":1}\n' + b"{broken}\n" * 2_500 + b'{"a":1}\n')
    alone = answer(rules, [path], 1)
    assert alone[1]["dead"] == 2_500
    assert answer(rules, [path], 2)[1]["dead"] == 2_500
