"""Where a command's words go: data to stdout or a whole file, everything else to stderr."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import IO, TYPE_CHECKING

import orjson
import typer

from agentwarrant.errors import NothingReadable, UsageError
from agentwarrant.finding import Finding
from agentwarrant.report.safe import one_line

if TYPE_CHECKING:
    from agentwarrant.collect import Tally
    from agentwarrant.inputs import DeadLetter
    from agentwarrant.scan import Scan

_SHOWN = 20
_LONG_WORK = 8 << 20


@contextmanager
def output(out: Path | None) -> Iterator[IO[bytes]]:
    """Open the output; a file appears whole or not at all.

    Raises:
        UsageError: The file cannot be written.
    """
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if not out.name or out.is_dir():
        raise UsageError("a folder, where a file belongs", where=str(out))
    part = out.with_name(f"{out.name}.part")
    try:
        with part.open("wb") as stream:
            yield stream
        part.replace(out)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=str(out)) from error
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def progress(run: Scan, paths: Sequence[Path]) -> Iterator[None]:
    """Show progress on long work, only to a terminal, only on stderr."""
    from rich.console import Console

    from agentwarrant.collect import find_files

    console = Console(stderr=True)
    total = sum(map(_size, find_files(paths)))
    if not console.is_terminal or total < _LONG_WORK:
        yield
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total)
        run.collector.progress = lambda amount: bar.advance(task, amount)
        yield


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def paths_of(run: Scan, paths: list[Path] | None) -> list[Path]:
    """Return the paths to read: those named, else where agents keep logs on this host.

    Raises:
        NothingReadable: None was named and there are none.
    """
    from agentwarrant.places import on_this_host

    found = paths or on_this_host(run.collector.connectors)
    if not found:
        raise NothingReadable(
            "no agent keeps its logs in the usual places of this host", mend="name a path"
        )
    return found


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
    tell_letters(tally.dead_letters, tally.dead, tally.unknown)


def tell_letters(
    letters: Sequence[DeadLetter], dead: int, unread: Sequence[tuple[str, str]]
) -> None:
    """Name on stderr unreadable records, of which there are ``dead``, and unreadable files."""
    for letter in letters[:_SHOWN]:
        say(f"unreadable: {letter.path}:{letter.line}: {letter.reason}")
    if dead > _SHOWN:
        say(f"unreadable: {dead - _SHOWN} more records")
    for path, reason in unread[:_SHOWN]:
        say(f"not read: {path}: {reason}")
    if len(unread) > _SHOWN:
        say(f"not read: {len(unread) - _SHOWN} more files")


def say(text: str) -> None:
    """Say one line on stderr."""
    typer.echo(shown(text), err=True)


def shown(text: str) -> str:
    """Return text for a terminal: one line, control characters visible."""
    return one_line(text, 600)
