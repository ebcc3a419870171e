"""One stream over several processes: rules are matched apart, what matched is put together.

Matching is nearly all of the work and knows nothing of other events. So each process matches parts
of the files, and the lines that matched come back in order to one place, where correlations, bursts
and cases are. The findings are those of one process, whatever the rules group by.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from agentwarrant.engine import Engine
from agentwarrant.errors import UnreadableFile
from agentwarrant.finding import Finding
from agentwarrant.inputs import DeadLetter, json_lines
from agentwarrant.rules.model import Rule

_LINES = 4_000
_BYTES = 4 << 20
_AHEAD = 3
"""Parts waiting for each process: enough that none waits, few enough to bound memory."""


@dataclass(slots=True)
class _Part:
    """Some lines of one file."""

    name: str
    numbers: list[int] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class _Answer:
    """The lines of a part that matched, with the ids of the rules that they matched."""

    events: int
    letters: list[DeadLetter]
    hits: list[tuple[int, bytes, list[str]]]


_engines: list[Engine] = []
"""The one engine of a process; empty where there is none."""


def _start(rules: list[Rule]) -> None:
    _engines[:] = [Engine(rules)]


def _match(part: _Part) -> _Answer:
    engine = _engines[0]
    before, engine.tally.dead_letters = engine.tally.events, []
    found = [
        (number, line, [rule.id for rule in hits])
        for number, line in zip(part.numbers, part.lines, strict=True)
        if (hits := engine.hits(line, part.name, number))
    ]
    return _Answer(engine.tally.events - before, engine.tally.dead_letters, found)


def run(
    engine: Engine,
    rules: Sequence[Rule],
    paths: Sequence[Path],
    workers: int,
    unread: list[tuple[str, str]],
) -> Iterator[Finding]:
    """Yield the findings of files, matched by several processes.

    Args:
        engine: Where what matched comes together; its tally counts everything.
        rules: Its rules.
        paths: Files of JSON objects.
        workers: Processes.
        unread: Filled with (path, reason) of files that cannot be opened.
    """
    by_id = {rule.id: rule for rule in rules}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_start, initargs=(list(rules),)
    ) as pool:
        parts = _parts(engine, paths, unread)
        waiting: list[tuple[_Part, Future[_Answer]]] = []
        for part in parts:
            waiting.append((part, pool.submit(_match, part)))
            if len(waiting) >= workers * _AHEAD:
                yield from _taken(engine, by_id, *waiting.pop(0))
        for part, answer in waiting:
            yield from _taken(engine, by_id, part, answer)
    yield from engine.close()


def _taken(
    engine: Engine, by_id: dict[str, Rule], part: _Part, future: Future[_Answer]
) -> Iterator[Finding]:
    answer = future.result()
    engine.tally.events += answer.events
    for letter in answer.letters:
        engine.tally.bury(letter)
    for number, line, ids in answer.hits:
        yield from engine.take(line, [by_id[i] for i in ids], part.name, number)


def _parts(engine: Engine, paths: Sequence[Path], unread: list[tuple[str, str]]) -> Iterator[_Part]:
    for path in paths:
        try:
            yield from _parts_of(str(path), json_lines(path, engine.tally.bury))
        except UnreadableFile as error:
            unread.append((str(path), error.what))


def _parts_of(name: str, lines: Iterator[tuple[int, bytes]]) -> Iterator[_Part]:
    while True:
        part = _Part(name)
        size = 0
        for number, line in islice(lines, _LINES):
            part.numbers.append(number)
            part.lines.append(line)
            size += len(line)
            if size > _BYTES:
                break
        if not part.lines:
            return
        yield part
