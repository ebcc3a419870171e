"""Where a command writes to: a file whole or not at all, anything else as it is."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agentwarrant.cli.output import output


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(pipe.read_bytes)
        with output(pipe) as stream:
            stream.write(b"told")
        assert read.result(10) == b"told"
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_the_null_device_stays_one() -> None:
    null = Path(os.devnull)
    with output(null) as stream:
        stream.write(b"told")
    assert stat.S_ISCHR(null.stat().st_mode)


def test_a_file_is_there_whole_or_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    file.write_text("before")
    with pytest.raises(OverflowError), output(file) as stream:  # noqa: PT012  # it ends halfway
        stream.write(b"half")
        (1).to_bytes(0, "big")
    assert file.read_text() == "before"
    with output(file) as stream:
        stream.write(b"all")
    assert [path.name for path in tmp_path.iterdir()] == ["found.json"]
    assert file.read_text() == "all"
