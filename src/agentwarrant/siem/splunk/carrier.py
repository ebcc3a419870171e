"""What carries splunk-sdk's requests to splunkd: verified, by the configured proxy, in time.

The SDK's own handler verifies nothing unless told, has no proxy, and counts its ``retries`` down
over the life of a connection (``binding.py``, ``HttpLib``). A handler of one's own is its seam for
that: ``handler(url, message) -> response``.
"""

from __future__ import annotations

import io
import ssl
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from agentwarrant.config import Target
from agentwarrant.errors import ConfigError, MissingExtra

if TYPE_CHECKING:
    from splunklib.binding import Context

_INSTALL = 'pip install "agentwarrant[splunk]"'
_PORT = 8089


def context_type() -> type[Context]:
    try:
        from splunklib.binding import Context
    except ImportError as error:
        what = f"Splunk's management needs the library {error.name}"
        raise MissingExtra(what, mend=_INSTALL) from error
    kind: type[Context] = Context
    return kind


def address(target: Target) -> dict[str, Any]:
    if not target.management:
        mend = "write management: https://HOST:8089"
        raise ConfigError("the target names no splunkd", where=target.name, mend=mend)
    parts = urlsplit(target.management)
    if parts.path.strip("/"):
        what = "splunk-sdk takes no path in the address of splunkd"
        raise ConfigError(what, where=target.name, mend="write management: https://HOST:8089")
    return {"scheme": parts.scheme, "host": parts.hostname or "", "port": parts.port or _PORT}


def trust(target: Target) -> ssl.SSLContext:
    if target.ca is None:
        return httpx.create_ssl_context(trust_env=False)
    try:
        return ssl.create_default_context(cafile=target.ca)
    except OSError as error:
        what = f"cannot be read as certificates: {error.strerror or type(error).__name__}"
        raise ConfigError(what, where=str(target.ca)) from error


def handler(client: httpx.Client) -> Callable[..., dict[str, Any]]:
    """Return what carries the SDK's requests: ``handler(url, message) -> response``."""

    def send(url: str, message: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        body = message.get("body", b"")
        answer = client.request(
            message.get("method", "GET"),
            str(url),
            headers=list(message["headers"]),
            content=body.encode() if isinstance(body, str) else body,
        )
        return {
            "status": answer.status_code,
            "reason": answer.reason_phrase,
            "headers": answer.headers.multi_items(),
            "body": io.BytesIO(answer.content),
        }

    return send


def reason_of(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "it took too long"
    return str(error)[:200] or type(error).__name__
