"""Documents that a SIEM refuses for good, kept with the reason, beside the spool they came from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from agentwarrant.errors import TargetRefused
from agentwarrant.siem.disk import private, sync_folder, troubles, write_through
from agentwarrant.siem.spool import Spool

LIMIT = 256 << 20
"""Bytes of dead letters that are kept of one stream; then shipping stops and says why."""
NAME = "dead.jsonl"
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Letter:
    """One refused document.

    Attributes:
        id: Its ``_id``.
        status: What the server answered, as a status of HTTP.
        type, reason: Why, in the server's words, which may quote the document: hostile text.
        document: As it was sent.
    """

    id: str
    status: int
    type: str
    reason: str
    document: bytes


class DeadLetters:
    """The refused documents of one stream: JSON lines, for the owner alone.

    Each line has ``time``, ``id``, ``status``, ``type``, ``reason`` and ``document``.
    """

    def __init__(self, folder: Path, *, limit: int = LIMIT) -> None:
        self.path = folder / NAME
        self._limit = limit

    def bury(self, letters: Sequence[Letter]) -> None:
        """Keep documents; they are on disk when this returns.

        Raises:
            SpoolError: The disk refuses.
            TargetRefused: There are too many: something is wrong with more than a document.
        """
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        body = b"".join(_line(letter, now) for letter in letters)
        with troubles(self.path.parent), FileIO(self.path, "ab", opener=private) as file:
            size = file.seek(0, os.SEEK_END)
            if size and size + len(body) > self._limit:
                what = f"so many documents are refused that no more are kept: {letters[0].reason}"
                mend = f"see to the mapping; then move {NAME} away"
                raise TargetRefused(what, where=str(self.path), mend=mend)
            write_through(file, body)
            sync_folder(self.path.parent)

    def ids(self) -> set[str]:
        """Return the ids of all that are kept."""
        return {str(letter["id"]) for letter in self.read()}

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield what is kept; a line that a crash cut off is none."""
        with troubles(self.path.parent):
            if not self.path.exists():
                return
            with self.path.open("rb") as file:
                for line in file:
                    try:
                        yield orjson.loads(line)
                    except ValueError:
                        continue

    def revive(self, spool: Spool) -> int:
        """Put all back into their spool, once what was wrong is mended; return how many.

        Raises:
            SpoolFull: There is no room for all; those that had some are shipped once all the same.
            SpoolError: The disk refuses.
        """
        letters = ((letter["id"], str(letter["document"]).encode()) for letter in self.read())
        count = 0
        while some := list(islice(letters, _AT_ONCE)):
            count += spool.append(some, doubtful=True)
        with troubles(self.path.parent):
            self.path.unlink(missing_ok=True)
        return count


def _line(letter: Letter, now: str) -> bytes:
    """Return a letter as a line; an empty one before ends what a crash may have cut off."""
    told = asdict(letter) | {"time": now, "document": letter.document.decode("utf-8", "replace")}
    return b"\n" + orjson.dumps(told) + b"\n"
