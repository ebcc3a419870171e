"""Writing files that must survive a crash, and that only their owner may read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from agentwarrant.errors import SpoolError


@contextmanager
def troubles(folder: Path) -> Iterator[None]:
    """Say what the disk refuses as an error of ours.

    Raises:
        SpoolError: It refused something.
    """
    try:
        yield
    except OSError as error:
        what = f"the disk refuses: {error.strerror or error}"
        raise SpoolError(what, where=str(folder), mend="nothing is lost; see to it") from error


def write_through(file: FileIO, body: bytes) -> None:
    """Write to a file, which may take less at a time, and put it on disk."""
    left = memoryview(body)
    while left:
        left = left[file.write(left) :]
    os.fsync(file.fileno())


def private(path: str, flags: int) -> int:
    """Open a file that only its owner may read; an ``opener``."""
    return os.open(path, flags, 0o600)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on disk, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
