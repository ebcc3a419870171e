"""An authority of certificates for the tests, and a server's certificate that it gave."""

from __future__ import annotations

import ssl
from functools import cache
from pathlib import Path

import trustme


@cache
def authority() -> trustme.CA:
    """Return the authority; nothing but a test trusts it."""
    return trustme.CA()


def authority_file(folder: Path) -> Path:
    """Write the authority's certificate into a folder, as ``ca`` of a target names it."""
    path = folder / "ca.pem"
    authority().cert_pem.write_to_path(path)
    return path


@cache
def server_context() -> ssl.SSLContext:
    """Return what a server of this host speaks TLS with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context
