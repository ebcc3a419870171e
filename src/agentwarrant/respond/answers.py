"""What vendors answer over HTTP, read: bodies, what they say of a refusal, how long to wait."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    import httpx

MAX_BODY = 16 << 20
_SAID = 300
_SECRET_KEYS = re.compile(r"secret|token|password|key|credential|assertion", re.IGNORECASE)


def body_of(answer: httpx.Response) -> Any:
    """Return JSON where it is, else text; None for nothing, and for what is too long."""
    content = answer.content
    if not content or len(content) > MAX_BODY:
        return None
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return answer.text


def said(body: Any) -> str:
    """Return what the vendor said of its refusal: one printable line, no field that is a secret."""
    if isinstance(body, Mapping):
        words = [str(v) for k, v in _fields(body) if not _SECRET_KEYS.search(k)]
    else:
        words = [str(body)] if body else []
    text = " ".join("".join(c if c.isprintable() else " " for c in " ".join(words)).split())
    return f": {text[:_SAID]}" if text else ""


def _fields(body: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[str, Any]]:
    for key, value in body.items():
        if isinstance(value, Mapping) and depth < 2:
            yield from _fields(value, depth + 1)
        elif isinstance(value, (str, int)):
            yield str(key), value
        elif isinstance(value, list):
            for one in value[:3]:
                if isinstance(one, (str, int)):
                    yield str(key), one
                elif isinstance(one, Mapping) and depth < 2:
                    yield from _fields(one, depth + 1)


def seconds(text: str) -> float:
    """Return the seconds of a ``Retry-After`` header; 0 where it says none."""
    try:
        return max(float(text), 0.0)
    except ValueError:  # a date: rare, and the wait that comes without it will do
        return 0.0


def why(error: BaseException) -> str:
    """Return what an error says, as one printable line."""
    text = "".join(c if c.isprintable() else " " for c in str(error)[:_SAID])
    return " ".join(text.split()) or type(error).__name__
