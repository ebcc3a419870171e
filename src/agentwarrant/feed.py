"""Refreshes the threat lists from a feed: fetched, checked whole, and only then put into place.

A feed is one JSON document of the form of ``schemas/threat_lists.schema.json``, at an ``https``
address or in a file. What is hostile or broken in it is refused as a whole, and what was there
before stays. It cannot take away what is shipped, only add to it, or let an entry run out.
"""

from __future__ import annotations

import os
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from agentwarrant import threatlists
from agentwarrant.errors import AgentWarrantError, ContentError, PathNotFound, UsageError
from agentwarrant.faults import short
from agentwarrant.schema import load

MOST_BYTES = 64 << 20
_SECONDS = 30.0


def refresh(where: str, digest: str = "") -> dict[str, int]:
    """Put the lists of a feed into place; return how many entries each list has.

    Args:
        where: An ``https`` address, or a file.
        digest: The SHA-256 that the feed must have, in hexadecimal; empty: any.

    Raises:
        AgentWarrantError: It cannot be fetched, or is larger than 64 MiB.
        ContentError: It is not what it must be.
        PathNotFound, UsageError: ``where`` names no file, or an address without ``https``.
    """
    body = _fetched(where)
    if digest and sha256(body).hexdigest() != digest.lower():
        raise ContentError("its SHA-256 is not the one asked for", path=where)
    document = checked(body, where)
    _keep(body)
    threatlists.current.cache_clear()
    return {name: len(document.get(name, ())) for name in threatlists.LISTS}


def checked(body: bytes, where: str) -> dict[str, Any]:
    """Return the lists of a feed.

    Raises:
        ContentError: It is no JSON, or not of the form; the first fault is named.
    """
    try:
        document = orjson.loads(body)
    except ValueError as error:
        raise ContentError(f"it is no JSON: {error}", path=where) from None
    from jsonschema import Draft202012Validator, FormatChecker  # validators take long to load

    checker = Draft202012Validator(
        load("threat_lists.schema.json"), format_checker=FormatChecker(["date"])
    )
    for fault in checker.iter_errors(document):
        place = ".".join(map(str, fault.absolute_path))
        raise ContentError(f"{place or 'it'}: {short(fault.message)}", path=where)
    found: dict[str, Any] = document
    return found


def _fetched(where: str) -> bytes:
    if "://" not in where:
        path = Path(where)
        if not path.is_file():
            raise PathNotFound("no such file", where=where)
        body = path.read_bytes()
    elif where.startswith("https://"):
        body = _downloaded(where)
    else:
        raise UsageError("a feed must come over https", where=where)
    if len(body) > MOST_BYTES:
        raise AgentWarrantError("the feed is larger than 64 MiB", where=where)
    return body


def _downloaded(where: str) -> bytes:
    import httpx  # only where something is fetched: it takes long to load

    parts: list[bytes] = []
    size = 0
    try:
        with httpx.stream("GET", where, timeout=_SECONDS, follow_redirects=False) as answer:
            answer.raise_for_status()
            for part in answer.iter_bytes():
                size += len(part)
                if size > MOST_BYTES:
                    raise AgentWarrantError("the feed is larger than 64 MiB", where=where)
                parts.append(part)
    except httpx.HTTPError as error:
        what = f"the feed cannot be fetched: {error}"
        raise AgentWarrantError(what, where=where, mend="the lists stay as they were") from None
    return b"".join(parts)


def _keep(body: bytes) -> None:
    """Write the lists so that a reader sees the old ones or the new ones, never half of them."""
    place = threatlists.place()
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=place.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as part:
            part.write(body)
            part.flush()
            os.fsync(part.fileno())
        Path(name).replace(place)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


__all__ = ["checked", "refresh"]
