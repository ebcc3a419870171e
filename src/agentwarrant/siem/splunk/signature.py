"""How what our alert action sends is signed: the form that its sender and its receiver share.

A request is a POST of JSON with two headers::

    X-AgentWarrant-Signature: t=<seconds since 1970>,v1=<hex>
    X-AgentWarrant-Key: <hex>

``v1`` is HMAC-SHA256 with the shared secret over ``<t>.<body>``, the time as its digits. The key
is the same whenever the same rows of the same search are sent again, and no other's. The sender
(``inside.respond``) is within Splunk's Python and holds the same lines, by a test.
"""

from __future__ import annotations

import hashlib
import hmac

SIGNATURE = "X-AgentWarrant-Signature"
KEY = "X-AgentWarrant-Key"
VERSION = 1
"""Of the body; a receiver refuses any other."""
MOST_BYTES = 256 * 1024
MOST_ROWS = 500
"""Of one request. Results of more rows are sent in several."""


def sign(secret: bytes, time_s: int, body: bytes) -> str:
    """Return the value of the header ``SIGNATURE``."""
    signed = hmac.new(secret, b"%d." % time_s + body, hashlib.sha256).hexdigest()
    return f"t={time_s},v1={signed}"


def signed_at(secret: bytes, header: str, body: bytes) -> int | None:
    """Return when a body was signed, in seconds; None when the signature is not the secret's.

    How old a signature may be is the receiver's to say.
    """
    time, _, _ = header.removeprefix("t=").partition(",")
    if not (time.isascii() and time.isdigit() and len(time) <= 12):
        return None
    wanted = sign(secret, int(time), body)
    return int(time) if hmac.compare_digest(wanted.encode(), header.encode()) else None
