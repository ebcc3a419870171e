"""Files of JSON events for the engine: folders walked, what cannot be read named."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from agentwarrant.engine import Engine
from agentwarrant.errors import NothingReadable, UnreadableFile
from agentwarrant.finding import Finding
from agentwarrant.folders import find_files
from agentwarrant.inputs import Bury
from agentwarrant.jsonlines import json_lines, lines_of
from agentwarrant.parallel import run as run_parallel
from agentwarrant.rules.model import Rule

STDIN = Path("-")

Unread = list[tuple[str, str]]
"""(path, reason) of files that could not be opened."""


def event_lines(
    paths: Sequence[Path], bury: Bury, unread: Unread
) -> Iterator[tuple[str, int, bytes]]:
    """Yield (name, line number, JSON object) of files, folders and ``-`` for the standard input.

    The standard input comes first, and a file that several paths lead to comes once.

    Raises:
        PathNotFound: A path does not exist.
    """
    files = _files([path for path in paths if path != STDIN], unread)
    if STDIN in paths:
        for number, line in lines_of(sys.stdin.buffer, "stdin", bury):
            yield "stdin", number, line
    for file in files:
        try:
            for number, line in json_lines(file, bury):
                yield str(file), number, line
        except UnreadableFile as error:
            unread.append((str(file), error.what))


def findings_of(
    engine: Engine,
    rules: Sequence[Rule],
    paths: Sequence[Path],
    unread: Unread,
    workers: int = 1,
    *,
    close: bool = True,
) -> Iterator[Finding]:
    """Yield the findings of files as they close.

    Args:
        engine: With the rules; its tally and notes say what was read and what was let go.
        rules: Its rules.
        paths: Files, folders, ``-``.
        unread: Filled with the files that could not be opened.
        workers: Processes that match; one for rules about the absence of something, which need
            every event in its place.
        close: The stream ends here, and what is open with it; else a snapshot is taken of it.

    Raises:
        PathNotFound: A path does not exist.
        NothingReadable: There was input, and none of it could be read.
    """
    if workers > 1 and STDIN not in paths and not engine.detector.correlator.scoped:
        files = _files(paths, unread)
        yield from run_parallel(engine, rules, files, workers, unread)
    else:
        for name, number, line in event_lines(paths, engine.tally.bury, unread):
            yield from engine.feed(line, name, number)
    if close:
        yield from engine.close()
    if not engine.tally.events:
        raise NothingReadable(_nothing(engine, unread))


def _files(paths: Sequence[Path], unread: Unread) -> list[Path]:
    return list(find_files(paths, lambda path, reason: unread.append((str(path), reason))))


def _nothing(engine: Engine, unread: Unread) -> str:
    if unread:
        path, reason = unread[0]
        more = f" (and {len(unread) - 1:,} more)" if len(unread) > 1 else ""
        return f"nothing could be read: {path}: {reason}{more}"
    if engine.tally.dead_letters:
        letter = engine.tally.dead_letters[0]
        return f"nothing could be read: {letter.path}:{letter.line}: {letter.reason}"
    return "there is nothing to read"
