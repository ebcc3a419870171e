"""Which files stand under some paths, and what is passed over there, with the reason."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from agentwarrant.errors import PathNotFound, UsageError

Missed = Callable[[Path, str], None]
"""Called with what is passed over, and why."""

_MAX_FILES = 100_000
_SKIPPED_FOLDERS = frozenset({".git", "node_modules", "__pycache__", ".venv"})
_SIDE_FILES = ("-wal", "-shm", "-journal")
_NOWHERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
_BY_NAME = "no folder of this name is looked into"
_LINKED = "a link to a folder is not followed: name the folder itself"
_KINDS = ((stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))


def find_files(paths: Sequence[Path], missed: Missed = lambda _path, _why: None) -> Iterator[Path]:
    """Yield the files under some paths, each once, in a stable order.

    What is named is yielded whatever it is, and so is a folder that cannot be opened: whoever
    opens it says the reason. Inside of folders only files are.

    Raises:
        PathNotFound: A path does not exist.
        UsageError: There are more than can be gone through.
    """
    for path in paths:
        if not _is_there(path):
            raise PathNotFound("there is no such file or folder", where=str(path))
    seen: set[tuple[int, int]] = set()
    met = 0
    for path in paths:
        inside = os.path.isdir(path)  # noqa: PTH112  # Path.is_dir raises where it may not look
        for file in _walk(path, missed) if inside else [path]:
            met += 1
            if met > _MAX_FILES:
                raise UsageError(f"more than {_MAX_FILES:,} files", mend="name fewer folders")
            try:
                found = file.stat()
            except OSError as error:
                if inside and error.errno in _NOWHERE:
                    missed(file, "a link that leads nowhere")
                else:
                    yield file
                continue
            if inside and not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
                missed(file, _kind(found.st_mode))
                continue
            key = (found.st_dev, found.st_ino)
            if key not in seen:
                seen.add(key)
                yield file


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except OSError as error:
        return error.errno not in _NOWHERE  # of what may not be looked at nobody can tell
    except ValueError:  # no name of a file: it has a null byte in it
        return False
    return True


def _walk(folder: Path, missed: Missed) -> Iterator[Path]:
    """Yield what stands in a folder and is no folder, and then the folders that are closed."""
    closed: list[Path] = []
    for root, folders, names in os.walk(folder, onerror=lambda e: closed.append(Path(e.filename))):
        folders[:] = [name for name in sorted(folders) if _is_entered(Path(root, name), missed)]
        beside = set(names)
        for name in sorted(names):
            if not _is_side_file(name, beside):
                yield Path(root, name)
    yield from closed


def _is_entered(folder: Path, missed: Missed) -> bool:
    reason = _LINKED if folder.is_symlink() else _BY_NAME if folder.name in _SKIPPED_FOLDERS else ""
    if reason:
        missed(folder, reason)
    return not reason


def _is_side_file(name: str, beside: set[str]) -> bool:
    """Is it read with the database that stands beside it?"""
    return name.endswith(_SIDE_FILES) and name.rpartition("-")[0] in beside


def _kind(mode: int) -> str:
    known = next((name for test, name in _KINDS if test(mode)), "a device")
    return f"it is no regular file but {known}"
