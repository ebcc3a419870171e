"""Requests and answers of simulators, and which method of one answers what."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs


@dataclass(frozen=True)
class Call:
    """One request.

    Attributes:
        method, path: The path as it was sent: still encoded, without the query.
        query: Each name's last value.
        headers: Names in lower case.
        body: JSON, or a form's fields; None where there is none.
        raw: The body as it was sent.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any = None
    raw: bytes = b""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Answer:
    """What is answered: a body that is bytes or text goes out as it is, any other as JSON."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[..., Answer]


def route(pattern: str, *, reads: bool = False) -> Callable[[Handler], Handler]:
    """Make a method answer ``VERB /path``; each ``{}`` is one part, given to it decoded."""

    def named(handler: Handler) -> Handler:
        patterns = getattr(handler, "patterns", ())
        handler.patterns = (*patterns, pattern)  # type: ignore[attr-defined]  # a function takes any
        handler.only_reads = reads or pattern.startswith(("GET ", "HEAD "))  # type: ignore[attr-defined]  # as above
        return handler

    return named


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern with ``{}`` or ``{name}`` for one part of a path as a regular expression."""
    return re.compile("([^/]+)".join(map(re.escape, re.split(r"\{\w*\}", pattern))))


def payload(body: Any) -> bytes:
    """Return an answer's body as it goes out."""
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body)).encode()


def parsed(raw: bytes, kind: str) -> Any:
    if not raw:
        return None
    if kind.startswith("application/x-www-form-urlencoded"):
        return {name: values[-1] for name, values in parse_qs(raw.decode(), True).items()}
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")
