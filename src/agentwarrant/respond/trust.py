"""Whom connections trust: certificates are read once, since that takes longer than most calls."""

from __future__ import annotations

import ssl
from functools import lru_cache
from pathlib import Path


def trusted(ca: Path | None) -> ssl.SSLContext:
    """Return what holds the certificates of a file, or the usual ones; read anew when it changes.

    Raises:
        OSError, ssl.SSLError: The file cannot be read, or holds no certificate.
    """
    return _usual() if ca is None else _of_file(str(ca), ca.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _usual() -> ssl.SSLContext:
    import httpx  # a client of HTTP takes long to load

    return httpx.create_ssl_context(trust_env=False)


@lru_cache(maxsize=64)
def _of_file(path: str, changed: int) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=path)
