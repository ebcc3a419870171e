"""Feeds into the store: TAXII collections from where they were left, files whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import orjson
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from agentwarrant.errors import TargetRefused, TargetUnreachable, UnreadableFile
from agentwarrant.intel.misp import indicators_of
from agentwarrant.intel.reading import Reader, Report, Terms
from agentwarrant.intel.store import Store
from agentwarrant.intel.taxii import Access, opened

LARGEST = 4 << 30
"""Bytes of a file, at most."""
WHOLE = 128 << 20
"""Bytes of one JSON document, at most: read, it takes many times that."""
_DEEPEST = 8
_BATCH = 5_000
_TRIES = 5
Progress = Callable[[Report], None]


def pull_taxii(
    access: Access,
    store: Store,
    terms: Terms,
    progress: Progress = lambda _: None,
    patience: float = 0.5,
) -> Report:
    """Take what a collection has more than when it was last read.

    Where it ends half way, all pages before are kept, and it is gone on behind what is sure to
    have come: some objects come again, and are known.

    Args:
        access: The collection.
        store: Where indicators go, and how far it was read is noted.
        terms: On which it is taken.
        progress: Told after each page.
        patience: Seconds that the second try waits at first.

    Raises:
        TargetRefused: It may not be read.
        TargetUnreachable: It does not answer, also when asked again.
    """
    reader = Reader(store, terms)

    def go_on() -> None:
        with opened(access) as collection:
            for page in collection.pages(store.cursor(terms.feed)):
                reader.take(page.objects, page.added)
                progress(reader.report)

    retrying = Retrying(
        retry=retry_if_exception_type(TargetUnreachable),
        stop=stop_after_attempt(_TRIES),
        wait=wait_random_exponential(multiplier=patience, max=30),
        reraise=True,
    )
    try:
        retrying(go_on)
    except RecursionError as error:
        what = "what it answers is nested too deeply"
        raise TargetRefused(what, where=access.name, mend="tell who runs it") from error
    return reader.report


def pull_file(path: Path, store: Store, terms: Terms) -> Report:
    """Take what a file holds: a STIX bundle, a list of objects, one a line, or MISP events.

    Raises:
        UnreadableFile: It is none of these.
    """
    reader = Reader(store, terms)
    batch: list[Any] = []
    try:
        for item in _objects(path):
            batch.append(item)
            if len(batch) >= _BATCH:
                reader.take(batch)
                batch = []
        reader.take(batch)
    except RecursionError as error:
        raise UnreadableFile("it is nested too deeply", where=str(path)) from error
    return reader.report


def _objects(path: Path) -> Iterator[Any]:
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise UnreadableFile(f"more than {LARGEST:,} bytes", where=str(path))
        if size <= WHOLE:
            try:
                yield from _within(orjson.loads(path.read_bytes().removeprefix(_MARK)))
                return
            except orjson.JSONDecodeError:
                pass
        yield from _lines(path)
    except OSError as error:
        raise UnreadableFile(error.strerror or "cannot be read", where=str(path)) from error


def _lines(path: Path) -> Iterator[Any]:
    """Yield the objects of a file that has a JSON document a line."""
    with path.open("rb") as file:
        for number in count(1):
            line = file.readline(WHOLE + 1)
            if not line:
                return
            if len(line) > WHOLE:
                mend = "write one object a line"
                raise UnreadableFile(f"more than {WHOLE:,} bytes", where=str(path), mend=mend)
            if not line.strip():
                continue
            try:
                found = orjson.loads(line.removeprefix(_MARK) if number == 1 else line)
            except orjson.JSONDecodeError as error:
                raise UnreadableFile(f"line {number} is no JSON", where=str(path)) from error
            yield from _within(found)


_MARK = b"\xef\xbb\xbf"
"""What some programs begin a file of UTF-8 with."""


def _within(found: Any, depth: int = 0) -> Iterator[Any]:
    """Yield the STIX objects of a bundle, an envelope, a list, or of MISP."""
    if isinstance(found, list):
        for one in found if depth < _DEEPEST else ():
            yield from _within(one, depth + 1)
    elif isinstance(found, dict) and isinstance(found.get("objects"), list):
        yield from found["objects"]
    elif isinstance(found, dict) and ("Event" in found or "response" in found):
        yield from indicators_of(found)
    else:
        yield found
