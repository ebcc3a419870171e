"""One stream over several processes: rules are matched apart, what matched is put together.

Matching is nearly all of the work and knows nothing of other events. So each process matches parts
of the files, and the lines that matched come back in order to one place, where correlations, bursts
and cases are. The findings are those of one process, whatever the rules group by.

Of plain files only places are handed over, and each process reads its part by itself; of anything
else (compressed, or one document) the lines are.
"""

from __future__ import annotations

import gc
import multiprocessing
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from agentwarrant.engine import Engine, Tally
from agentwarrant.errors import UnreadableFile
from agentwarrant.finding import Finding
from agentwarrant.inputs import DeadLetter
from agentwarrant.jsonlines import Stretch, is_plain_lines, json_lines, lines_of
from agentwarrant.rules.model import Rule

Unread = list[tuple[str, str]]

_LINES = 4_000
_BYTES = 4 << 20
_AHEAD = 3
"""Parts waiting for each process: enough that none waits, few enough to bound memory."""


@dataclass(slots=True)
class _Part:
    """Some lines of one file: where they begin and end, or themselves with their numbers."""

    name: str
    first: bool = False
    start: int = 0
    end: int = 0
    lines: list[tuple[int, bytes]] = field(default_factory=list)


@dataclass(slots=True)
class _Answer:
    """What a part held, with the lines that matched and the ids of the rules that they matched.

    In a part that was read from its place lines are numbered from its beginning.
    """

    read: int
    events: int
    dead: int
    letters: list[DeadLetter]
    hits: list[tuple[int, bytes, list[str]]]


_engines: list[Engine] = []
"""The engine of a process that matches; empty where there is none."""


def _start(rules: list[Rule]) -> None:
    if not _engines:  # a process that was forked has one, and what it has learnt
        _engines.append(Engine(rules))


def _match(part: _Part) -> _Answer:
    engine = _engines[0]
    engine.tally = Tally()
    found: list[tuple[int, bytes, list[str]]] = []
    read = 0
    if part.lines:
        _match_lines(engine, part, part.lines, found)
    else:
        with Path(part.name).open("rb") as file:
            stretch = Stretch(file, part.start, part.end)
            bury = engine.tally.bury
            lines = lines_of(stretch, part.name, bury, started=not part.first)
            _match_lines(engine, part, lines, found)
            read = stretch.lines
    tally = engine.tally
    return _Answer(read, tally.events, tally.dead, tally.dead_letters, found)


def _match_lines(
    engine: Engine,
    part: _Part,
    lines: Iterable[tuple[int, bytes]],
    found: list[tuple[int, bytes, list[str]]],
) -> None:
    for number, line in lines:
        hits = engine.hits(line, part.name, number)
        if hits:
            found.append((number, line, [rule.id for rule in hits]))


def run(
    engine: Engine, rules: Sequence[Rule], paths: Sequence[Path], workers: int, unread: Unread
) -> Iterator[Finding]:
    """Yield the findings of files as they close, matched by several processes.

    Args:
        engine: Where what matched comes together; its tally counts everything.
        rules: Its rules.
        paths: Files of JSON objects.
        workers: Processes.
        unread: Filled with (path, reason) of files that cannot be opened.
    """
    by_id = {rule.id: rule for rule in rules}
    parts = _parts(engine, paths, unread)
    gather = _Gather(engine, by_id)
    # What the first part teaches is inherited by processes that are forked.
    _engines[:] = [Engine(rules)]
    first = next(parts, None)
    if first is not None:
        yield from gather.take(first, _match(first))
    second = next(parts, None)
    if second is not None:
        gc.freeze()
        yield from _spread(second, parts, rules, workers, gather)
        gc.unfreeze()
    _engines.clear()


def _spread(
    second: _Part, parts: Iterator[_Part], rules: Sequence[Rule], workers: int, gather: _Gather
) -> Iterator[Finding]:
    alone = sys.platform == "linux" and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if alone else "spawn")
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_start, initargs=([] if alone else list(rules),)
    ) as pool:
        waiting: deque[tuple[_Part, Future[_Answer]]] = deque()
        waiting.append((second, pool.submit(_match, second)))
        for part in parts:
            waiting.append((part, pool.submit(_match, part)))
            if len(waiting) >= workers * _AHEAD:
                oldest, answer = waiting.popleft()
                yield from gather.take(oldest, answer.result())
        for part, answer in waiting:
            yield from gather.take(part, answer.result())


class _Gather:
    """Puts together what was matched apart, in the order of the files."""

    def __init__(self, engine: Engine, by_id: dict[str, Rule]) -> None:
        self._engine = engine
        self._by_id = by_id
        self._name = ""
        self._before = 0

    def take(self, part: _Part, answer: _Answer) -> Iterator[Finding]:
        """Yield the findings that a part closes."""
        engine = self._engine
        if part.first or part.name != self._name:
            self._name, self._before = part.name, 0
        engine.tally.events += answer.events
        engine.tally.dead += answer.dead - len(answer.letters)
        for letter in answer.letters:
            engine.tally.bury(replace(letter, line=letter.line + self._before))
        for number, line, ids in answer.hits:
            hits = [self._by_id[identity] for identity in ids]
            yield from engine.take(line, hits, part.name, number + self._before)
        self._before += answer.read


def _parts(engine: Engine, paths: Sequence[Path], unread: Unread) -> Iterator[_Part]:
    for path in paths:
        try:
            if is_plain_lines(path):
                yield from _stretches(path)
            else:
                yield from _parts_of(str(path), json_lines(path, engine.tally.bury))
        except UnreadableFile as error:
            unread.append((str(path), error.what))
        except OSError as error:
            unread.append((str(path), f"cannot be opened: {error.strerror}"))


def _stretches(path: Path) -> Iterator[_Part]:
    size = path.stat().st_size
    for start in range(0, size, _BYTES):
        yield _Part(str(path), not start, start, min(size, start + _BYTES))


def _parts_of(name: str, lines: Iterator[tuple[int, bytes]]) -> Iterator[_Part]:
    first = True
    while True:
        part = _Part(name, first)
        size = 0
        for number, line in islice(lines, _LINES):
            part.lines.append((number, line))
            size += len(line)
            if size > _BYTES:
                break
        if not part.lines:
            return
        yield part
        first = False
