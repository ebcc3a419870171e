"""What a person sees while something takes long: on a terminal, on stderr, and nowhere else."""

from __future__ import annotations

import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

import pytest

from agentwarrant.cli.output import going_on

pty = pytest.importorskip("pty", reason="no pseudo-terminals here")


@pytest.fixture(autouse=True)
def can_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")


@contextmanager
def terminal() -> Iterator[int]:
    """A terminal as stderr; yields its other end."""
    end, own = pty.openpty()
    with os.fdopen(own, "w") as stream, redirect_stderr(stream):
        yield end
    os.close(end)


def seen(end: int, wanted: bytes) -> bytes:
    """Read what a terminal was given until something stands in it."""
    said = b""
    while wanted not in said:
        assert select.select([end], [], [], 20)[0], f"nothing more came than {said!r}"
        said += os.read(end, 4096)
    return said


def test_what_takes_long_is_shown_with_how_far_it_is_and_leaves_stdout_alone() -> None:
    out = io.StringIO()
    with terminal() as end, redirect_stdout(out), going_on("counting", lambda: 3) as bar:
        bar.advance(2)
        assert b"counting" in seen(end, b"2/3")
        print("data")
    assert out.getvalue() == "data\n"


def test_what_is_of_no_known_length_is_shown_and_taken_away_again() -> None:
    with terminal() as end:
        with going_on("asking main"):
            seen(end, b"asking main")
        seen(end, b"\x1b[2K")


def test_what_is_soon_over_is_not_shown() -> None:
    with terminal() as end:
        with going_on("blinking"):
            pass
        print("end", file=sys.stderr, flush=True)
        assert seen(end, b"end\r\n") == b"end\r\n"


def test_a_terminal_that_cannot_draw_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    with terminal(), going_on("drawing") as bar:
        assert not bar.is_watched


def test_lines_that_are_written_to_the_same_terminal_are_not_drawn_over() -> None:
    end, own = pty.openpty()
    with os.fdopen(own, "wb", buffering=0) as lines, terminal():
        with going_on("reading", into=lines) as bar:
            assert not bar.is_watched
        with going_on("reading", into=io.BytesIO()) as bar:
            assert bar.is_watched
    os.close(end)


def test_nothing_is_shown_within_what_is_shown() -> None:
    with terminal(), going_on("reading"), going_on("shipping") as inner:
        assert not inner.is_watched


def test_nobody_counts_what_nobody_watches() -> None:
    def total() -> int:
        raise AssertionError

    with redirect_stderr(io.StringIO()), going_on("counting", total) as bar:
        bar.advance()
        bar.reach(5)
        assert not bar.is_watched
