"""Feeds into the store: TAXII collections from where they were left, files whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from agentwarrant.errors import TargetUnreachable, UnreadableFile
from agentwarrant.intel.misp import indicators_of
from agentwarrant.intel.reading import Reader, Report, Terms
from agentwarrant.intel.store import Store
from agentwarrant.intel.taxii import Access, opened

LARGEST = 1 << 30
"""Bytes of a file, at most."""
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
    retrying(go_on)
    return reader.report


def pull_file(path: Path, store: Store, terms: Terms) -> Report:
    """Take what a file holds: a STIX bundle, a list of objects, one a line, or MISP events.

    Raises:
        UnreadableFile: It is none of these.
    """
    reader = Reader(store, terms)
    batch: list[Any] = []
    for item in _objects(path):
        batch.append(item)
        if len(batch) >= _BATCH:
            reader.take(batch)
            batch = []
    reader.take(batch)
    return reader.report


def _objects(path: Path) -> Iterator[Any]:
    try:
        if path.stat().st_size > LARGEST:
            raise UnreadableFile(f"more than {LARGEST:,} bytes", where=str(path))
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(error.strerror or "cannot be read", where=str(path)) from error
    try:
        yield from _within(orjson.loads(data))
    except orjson.JSONDecodeError:
        yield from _lines(path, data)


def _lines(path: Path, data: bytes) -> Iterator[Any]:
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield from _within(orjson.loads(line))
        except orjson.JSONDecodeError as error:
            raise UnreadableFile(f"line {number} is no JSON", where=str(path)) from error


def _within(found: Any) -> Iterator[Any]:
    """Yield the STIX objects of a bundle, an envelope, a list, or of MISP."""
    if isinstance(found, list):
        for one in found:
            yield from _within(one)
    elif isinstance(found, dict) and isinstance(found.get("objects"), list):
        yield from found["objects"]
    elif isinstance(found, dict) and ("Event" in found or "response" in found):
        yield from indicators_of(found)
    else:
        yield found
