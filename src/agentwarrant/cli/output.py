"""Where a command's words go: data to stdout or a whole file, everything else to stderr."""

from __future__ import annotations

import os
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from io import StringIO
from pathlib import Path
from typing import IO, TYPE_CHECKING

import orjson
import typer

from agentwarrant.errors import NothingReadable, UsageError
from agentwarrant.finding import Finding
from agentwarrant.report.safe import one_line

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn, TaskID

    from agentwarrant.collect import Tally
    from agentwarrant.inputs import DeadLetter
    from agentwarrant.scan import Scan

Reasons = Sequence[tuple[str, str]]
"""Paths, each with why it was not read."""
Lost = tuple[Sequence["DeadLetter"], int, Reasons, Reasons]
"""What ``tell_letters`` takes."""
_SHOWN = 20
_SHOWN_ALIKE = 3
VERBOSE = "AGENTWARRANT_VERBOSE"
_ALL = " (agentwarrant --verbose … names all)"
_SHOWING: ContextVar[bool] = ContextVar("showing", default=False)
_LONG = 1.0
"""Seconds until it is shown that something goes on."""


@contextmanager
def output(out: Path | None, *, folders: bool = False) -> Iterator[IO[bytes]]:
    """Open the output; a file appears whole or not at all.

    What is no file, as ``/dev/null`` or a pipe, is written to and never replaced by one.

    Args:
        out: The file; None: stdout.
        folders: Make the folder that it stands in, where there is none.

    Raises:
        UsageError: The file cannot be written.
    """
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if not out.name or out.is_dir():
        raise UsageError("a folder, where a file belongs", where=str(out))
    with _refusing(out):
        if out.exists() and not out.is_file():
            with out.open("wb") as stream:
                yield stream
        else:
            with _whole(out, folders=folders) as stream:
                yield stream


@contextmanager
def _refusing(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=str(out)) from error


@contextmanager
def _whole(out: Path, *, folders: bool) -> Iterator[IO[bytes]]:
    part = out.with_name(f"{out.name}.part")
    try:
        if folders:
            out.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as stream:
            yield stream
        part.replace(out)
    finally:
        with suppress(OSError):  # where no file can be there is none to remove
            part.unlink()


@contextmanager
def progress(run: Scan, paths: Sequence[Path], into: IO[bytes] | None = None) -> Iterator[None]:
    """Show progress on long work, only to a terminal, only on stderr; see also ``naming``."""
    with _bar(run, paths, into), naming(lambda: _lost(run.collector.tally)):
        yield


@contextmanager
def naming(lost: Callable[[], Lost]) -> Iterator[None]:
    """Name what could not be read also where that was everything; the error says the first."""
    try:
        yield
    except NothingReadable:
        letters, dead, unread, skipped = lost()
        if dead + len(unread) + len(skipped) > 1:
            tell_letters(letters, dead, unread, skipped)
        raise


@contextmanager
def _bar(run: Scan, paths: Sequence[Path], into: IO[bytes] | None) -> Iterator[None]:
    """Show how much of some logs has been read, as ``going_on`` shows it."""
    from agentwarrant.folders import find_files

    def total() -> int:
        return sum(map(_size, find_files(paths)))

    with going_on("reading", total, of_bytes=True, into=into) as bar:
        if bar.is_watched:
            run.collector.progress = bar.advance
        yield


class Bar:
    """How far something is; it may be told when nobody watches, too."""

    def __init__(self, shown: Progress | None = None, task: TaskID | None = None) -> None:
        self._shown = shown
        self._task = task

    @property
    def is_watched(self) -> bool:
        return self._shown is not None

    def advance(self, amount: int = 1) -> None:
        """So much more is done."""
        if self._shown is not None and self._task is not None:
            self._shown.advance(self._task, amount)

    def reach(self, amount: int) -> None:
        """So much is done in all."""
        if self._shown is not None and self._task is not None:
            self._shown.update(self._task, completed=amount)


@contextmanager
def going_on(
    what: str,
    total: Callable[[], int] | None = None,
    *,
    of_bytes: bool = False,
    into: IO[bytes] | None = None,
) -> Iterator[Bar]:
    """Show that something goes on, when it takes long: only to a terminal, only on stderr.

    Nothing is shown within what is shown already.

    Args:
        what: In a word or two.
        total: Returns how much there is to do, and is only asked where somebody watches; None:
            nobody knows.
        of_bytes: It is counted in bytes.
        into: What is written to meanwhile. Lines on a terminal show by themselves that it goes on,
            and would be drawn over.
    """
    if not sys.stderr.isatty() or _SHOWING.get() or (into is not None and into.isatty()):
        yield Bar()
        return
    from threading import Timer

    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    if not console.is_interactive:
        yield Bar()
        return
    amount = total() if total else None
    columns = _columns(what, amount, of_bytes)
    shown = Progress(*columns, console=console, transient=True, redirect_stdout=False)
    task = shown.add_task(what, total=amount)
    start = Timer(_LONG, shown.start)
    start.daemon = True
    start.start()
    mark = _SHOWING.set(True)
    try:
        yield Bar(shown, task)
    finally:
        _SHOWING.reset(mark)
        start.cancel()
        start.join()
        if shown.live.is_started:
            shown.stop()


def _columns(what: str, total: int | None, of_bytes: bool) -> list[ProgressColumn]:
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    name = TextColumn(what, markup=False)
    if total is None:
        return [SpinnerColumn(), name, TimeElapsedColumn()]
    counted = DownloadColumn() if of_bytes else MofNCompleteColumn()
    return [name, BarColumn(), counted, TimeRemainingColumn()]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def paths_of(run: Scan, paths: list[Path] | None) -> list[Path]:
    """Return the paths to read: those named, else where agents keep logs on this host.

    What was named for warrants and holds none is said: its agents would count as unregistered.

    Raises:
        NothingReadable: None was named and there are none.
    """
    from agentwarrant.places import on_this_host

    tell_empty(run.resolver.registry.empty)
    found = paths or on_this_host(run.collector.connectors)
    if not found:
        raise NothingReadable(
            "no agent keeps its logs in the usual places of this host", mend="name a path"
        )
    return found


def tell_empty(folders: Iterable[Path]) -> None:
    """Say of folders that no warrant is in them."""
    for folder in folders:
        say(f"{folder}: no warrant is in it (warrants are files that end in .yml or .yaml)")


def report(run: Scan, findings: Sequence[Finding], format_: str, stream: IO[bytes]) -> None:
    """Write a finished scan as ``html``, ``json`` or a table."""
    result = run.result(findings)
    if format_ == "html":
        from agentwarrant.report.html import render_html

        stream.write(render_html(result).encode())
    elif format_ == "json":
        from agentwarrant.report.document import document_of

        stream.write(json_line(document_of(result), orjson.OPT_INDENT_2))
    else:
        from rich.console import Console

        from agentwarrant.report.terminal import render_table

        console = Console() if stream is sys.stdout.buffer else Console(file=StringIO(), width=100)
        with console.capture() as table:
            render_table(result, console)
        stream.write(table.get().encode(console.encoding, "replace"))


def json_line(value: object, option: int = 0) -> bytes:
    """Return JSON and a line feed; no control character stands in it as itself.

    JSON escapes those below U+0020 anyway. A terminal also obeys DEL and U+0080 to U+009F.
    """
    line = orjson.dumps(value, option=option | orjson.OPT_APPEND_NEWLINE)
    if b"\xc2" not in line and b"\x7f" not in line:
        return line
    return _CONTROL.sub(lambda match: b"\\u00%02x" % match.group()[-1], line)


_CONTROL = re.compile(rb"\x7f|\xc2[\x80-\x9f]")


def tell(tally: Tally) -> None:
    """Name on stderr what could not be read: nothing is lost in silence."""
    tell_letters(*_lost(tally))


def _lost(tally: Tally) -> Lost:
    return tally.dead_letters, tally.dead, tally.unknown, tally.skipped


def tell_letters(
    letters: Sequence[DeadLetter], dead: int, unread: Reasons, skipped: Reasons = ()
) -> None:
    """Name on stderr what was not read; each of it where all is asked for (``--verbose``).

    Args:
        letters: Unreadable records, as far as they were kept.
        dead: How many there are.
        unread: (path, reason) of files that cannot be read.
        skipped: (path, reason) of what was passed over.
    """
    limit = None if os.environ.get(VERBOSE) else _SHOWN
    for letter in letters[:limit]:
        say(f"unreadable: {letter.path}:{letter.line}: {letter.reason}")
    _tell_rest("unreadable", dead, letters[:limit], letters, "record")
    for path, reason in unread[:limit]:
        say(f"not read: {path}: {reason}")
    _tell_rest("not read", len(unread), unread[:limit], unread, "file")
    _tell_skipped(skipped, every=limit is None)


def _tell_rest(
    what: str, number: int, named: Sequence[object], known: Sequence[object], noun: str
) -> None:
    rest = number - len(named)
    if rest:
        more = _ALL if len(known) > len(named) else ""
        say(f"{what}: {rest:,} more {noun}{'s' if rest > 1 else ''}{more}")


def _tell_skipped(skipped: Reasons, *, every: bool) -> None:
    """Name what was passed over; of much with one reason the number."""
    alike: dict[str, list[str]] = defaultdict(list)
    for path, reason in skipped:
        alike[reason].append(path)
    for reason, paths in alike.items():
        if every or len(paths) <= _SHOWN_ALIKE:
            for path in paths:
                say(f"not read: {path}: {reason}")
        else:
            say(f"not read: {paths[0]} and {len(paths) - 1:,} more: {reason}{_ALL}")


def say(text: str) -> None:
    """Say one line on stderr."""
    typer.echo(shown(text), err=True)


def shown(text: str) -> str:
    """Return text for a terminal: one line, control characters visible."""
    return one_line(text, 600)
