"""Takes documents out of a spool, batch by batch, in the order in which they were put in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO

from agentwarrant.siem.disk import troubles
from agentwarrant.siem.spool import Cursor, Place, Segment, Spool

_MORE = 4
"""Times as much is read where a document is longer than a batch may be."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some documents in the order of the spool.

    Attributes:
        body: Their pairs of lines.
        count: How many they are.
        doubtful: They may have been shipped before.
        resumed: They were in hand before, of this shipper or of one that died.
        start, end: Where they stand.
    """

    body: bytes
    count: int
    doubtful: bool
    resumed: bool
    start: Place
    end: Place


class Outlet:
    """The one shipper of a spool. Made by ``shipping``, which holds the lock.

    Whoever ships takes a batch with ``take`` and calls ``settle`` when each of its documents is
    acknowledged or refused for good; until then ``take`` gives no other.
    """

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._kept = spool.cursor()
        self._done = self._kept.done
        self._doubt = self._kept.sent
        self._file: BinaryIO | None = None
        self._reading = -1

    @property
    def stream(self) -> str:
        """The name of the stream."""
        return self._spool.stream

    @property
    def mark(self) -> str:
        """What requests of this spool are marked with."""
        return self._kept.mark

    def take(self, documents: int, size: int) -> Batch | None:
        """Return the next batch, None where nothing waits.

        What it returns counts as sent from now on, also after a crash: that stands on disk, in
        one write with the acknowledgement of the batch before.

        Args:
            documents: No more than so many.
            size: No more than so many bytes, unless one document alone is longer.

        Raises:
            SpoolError: The disk refuses.
        """
        with troubles(self._spool.folder):
            batch = self._next(documents, size)
            sent = max(batch.end, self._doubt) if batch else self._done
            self._keep(Cursor(self._done, sent, self.mark))
        return batch

    def settle(self, batch: Batch) -> None:
        """Say that nothing of a batch has to be sent any more."""
        self._done = batch.end

    def put_back(self) -> None:
        """Let go of the batch in hand: it is taken anew, as one that an earlier shipper had."""
        self._doubt = max(self._doubt, self._kept.sent)

    def finish(self) -> None:
        """Keep what is settled; remove what is not needed any more.

        Raises:
            SpoolError: The disk refuses.
        """
        with self._spool.locked("write", patience=-1), troubles(self._spool.folder):
            self._keep(Cursor(self._done, max(self._done, self._kept.sent), self.mark))
            for segment in self._spool.segments():
                behind = segment.number < self._done.segment
                begin = self._done.offset if segment.number == self._done.segment else 0
                if behind or segment.path.stat().st_size <= begin:
                    self._remove(segment)

    def _keep(self, cursor: Cursor) -> None:
        if cursor == self._kept:
            return
        self._spool.keep(cursor)
        if cursor.done.segment > self._kept.done.segment:
            for segment in self._spool.segments():
                if segment.number < cursor.done.segment:
                    self._remove(segment)
        self._kept = cursor

    def _remove(self, segment: Segment) -> None:
        if segment.number == self._reading:
            self.close()
        with suppress(PermissionError):  # Windows, while another reads it: removed next time
            segment.path.unlink()

    def _next(self, documents: int, size: int) -> Batch | None:
        """Return the next batch: only the newest segment may still grow."""
        for segment in self._spool.segments():
            if segment.number < self._done.segment:
                continue
            same = segment.number == self._done.segment
            start = self._done if same else Place(segment.number, 0)
            body, count = self._read(segment, start.offset, documents, size)
            if count:
                resumed = start < self._doubt
                end = Place(segment.number, start.offset + len(body))
                return Batch(body, count, segment.doubtful or resumed, resumed, start, end)
        return None

    def _read(self, segment: Segment, offset: int, documents: int, size: int) -> tuple[bytes, int]:
        """Return some whole pairs of a segment, and how many."""
        if self._file is None or self._reading != segment.number:
            self.close()
            self._file = segment.path.open("rb", buffering=0)
            self._reading = segment.number
        while True:
            self._file.seek(offset)
            data = self._file.read(size)
            end, count = _whole(data, documents)
            if count or len(data) < size:
                return data[:end], count
            size, documents = size * _MORE, 1

    def close(self) -> None:
        """Close the file that is read."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._reading = -1


def _whole(data: bytes, documents: int) -> tuple[int, int]:
    """Return the length of whole pairs at the beginning, and how many pairs; not too many."""
    end = count = 0
    while count < documents:
        middle = data.find(b"\n", end)
        last = data.find(b"\n", middle + 1) if middle >= 0 else -1
        if last < 0:
            break
        end, count = last + 1, count + 1
    return end, count


@contextmanager
def shipping(spool: Spool) -> Iterator[Outlet]:
    """Be the one who ships a spool.

    Raises:
        SpoolBusy: Another is.
        SpoolError: The disk refuses.
    """
    with spool.locked("ship"):
        with spool.locked("write", patience=-1), troubles(spool.folder):
            spool.mend()
            outlet = Outlet(spool)
        try:
            yield outlet
        finally:
            try:
                outlet.finish()
            finally:
                outlet.close()
