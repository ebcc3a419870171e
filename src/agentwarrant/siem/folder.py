"""The folder that ``agentwarrant build`` writes: what is in it, and what an earlier build left.

``SHA256SUMS`` has the hash of every file, for who carries the folder to where no network is, and
``README.md`` begins with what the build is for. A folder holds one build: of two each would write
over these, and remove the other's files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from agentwarrant.errors import UsageError

SUMS = "SHA256SUMS"
README = "README.md"


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


def forget(out: Path, readme: str) -> None:
    """Remove what an earlier build wrote: a rule that is gone would be installed again.

    Args:
        out: The folder.
        readme: What the build that is to be written says of itself.

    Raises:
        UsageError: The folder has sums of something else than such a build.
    """
    if (out / SUMS).is_file() and _head(out / README) != readme.splitlines()[0]:
        mend = f"name another with --out: each build has a {README} and {SUMS} of its own"
        raise UsageError("the folder holds another build", where=str(out), mend=mend)
    for path in _written(out):
        path.unlink(missing_ok=True)


def _head(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.readline(200).rstrip("\n")
    except FileNotFoundError:
        return ""


def _written(out: Path) -> Iterator[Path]:
    known = out / SUMS
    if not known.is_file():
        return
    home = out.resolve()
    for line in known.read_text(encoding="utf-8", errors="replace").splitlines():
        path = out / line[66:]
        if line[64:66] == "  " and path.resolve().is_relative_to(home) and path.is_file():
            yield path
