"""The folder that ``agentwarrant build`` writes: what is in it, and what an earlier build left.

``SHA256SUMS`` has the hash of every file, for who carries the folder to where no network is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

SUMS = "SHA256SUMS"


def write(path: Path, body: bytes) -> Path:
    """Write a file, and the folders above it; return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path


def sums(out: Path, made: Iterable[Path]) -> bytes:
    """Return the hash of every file of a folder, as ``sha256sum`` writes and checks them."""
    lines = (
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(out).as_posix()}\n"
        for path in sorted(made)
    )
    return "".join(lines).encode()


def forget(out: Path) -> None:
    """Remove what an earlier build wrote: a rule that is gone would be installed again."""
    for path in _written(out):
        path.unlink(missing_ok=True)


def _written(out: Path) -> Iterator[Path]:
    known = out / SUMS
    if not known.is_file():
        return
    home = out.resolve()
    for line in known.read_text(encoding="utf-8", errors="replace").splitlines():
        path = out / line[66:]
        if line[64:66] == "  " and path.resolve().is_relative_to(home) and path.is_file():
            yield path
