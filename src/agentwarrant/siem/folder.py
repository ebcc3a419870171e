"""The folder that ``agentwarrant build`` writes: what is in it, and what an earlier build left.

``SHA256SUMS`` has the hash of every file, for who carries the folder to where no network is, and
``README.md`` begins with what the build is for. A folder holds one build: of two each would write
over these, and remove the other's files. What the sums do not name is somebody else's, and stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from agentwarrant.errors import UsageError

SUMS = "SHA256SUMS"
README = "README.md"


def fill(out: Path, made: Mapping[str, bytes]) -> list[Path]:
    """Write a build into its folder; what an earlier one wrote goes, what others wrote stays.

    The sums stand there before the files that they name, so that a build which was cut off is
    known for one.

    Args:
        out: The folder.
        made: Its files by their path in it, ``README.md`` among them.

    Returns:
        The files, the sums among them.

    Raises:
        UsageError: The folder cannot be written, holds the sums of something else than such a
            build, or has a file that no build wrote where one would be written.
    """
    names = [README, *sorted(made.keys() - {README}, key=PurePosixPath)]
    whole = {README: made[README], SUMS: _sums(made), **{name: made[name] for name in names}}
    try:
        own = set(_own(out, made[README]))
        _refuse(out, _foreign(out, whole, own))
        for path in own - {out / SUMS}:
            path.unlink(missing_ok=True)
        return [_write(out / name, body) for name, body in whole.items()]
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=str(out)) from error


def _write(path: Path, body: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path


def _sums(made: Mapping[str, bytes]) -> bytes:
    """Return the hash of every file, as ``sha256sum`` writes and checks them."""
    lines = (
        f"{hashlib.sha256(made[name]).hexdigest()}  {name}\n"
        for name in sorted(made, key=PurePosixPath)
    )
    return "".join(lines).encode()


def _own(out: Path, readme: bytes) -> Iterator[Path]:
    """Yield what an earlier build wrote: a rule that is gone would be installed again.

    Raises:
        UsageError: The folder has sums of something else than such a build.
    """
    if not (out / SUMS).is_file():
        return
    if _head(out / README) != readme.decode().splitlines()[0]:
        mend = f"name another with --out: each build has a {README} and {SUMS} of its own"
        raise UsageError("the folder holds another build", where=str(out), mend=mend)
    yield out / SUMS
    yield from _named(out)


def _foreign(out: Path, made: Mapping[str, bytes], own: set[Path]) -> Iterator[Path]:
    """Yield what stands where a file is to be and is of no build; the same again is no loss."""
    for name, body in made.items():
        path = out / name
        if path in own or not (path.exists() or path.is_symlink()):
            continue
        if path.is_symlink() or not path.is_file() or path.read_bytes() != body:
            yield path


def _refuse(out: Path, foreign: Iterable[Path]) -> None:
    found = list(foreign)
    if found:
        shown = found[0].relative_to(out).as_posix()
        more = f" and {len(found) - 1} more" if found[1:] else ""
        what = f"it has what no build wrote where a file of the build belongs: {shown}{more}"
        mend = "move it away, or name another folder with --out"
        raise UsageError(what, where=str(out), mend=mend)


def _head(path: Path) -> str:
    with suppress(FileNotFoundError), path.open(encoding="utf-8", errors="replace") as file:
        return file.readline(200).rstrip("\n")
    return ""


def _named(out: Path) -> Iterator[Path]:
    """Yield the files that the sums of a folder name, as far as they lie in it."""
    home = out.resolve()
    for line in (out / SUMS).read_text(encoding="utf-8", errors="replace").splitlines():
        path = out / line[66:]
        if line[64:66] == "  " and path.resolve().is_relative_to(home) and path.is_file():
            yield path
