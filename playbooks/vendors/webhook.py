"""A webhook of anybody's: the case as JSON, signed, so that who takes it knows whose it is.

The form is that of Standard Webhooks: headers ``webhook-id`` (the same for the same message),
``webhook-timestamp`` and ``webhook-signature`` (``v1,`` and base64 of HMAC-SHA-256 over
``id.timestamp.body``).

References:
    - https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar

import orjson

from agentwarrant.respond import http
from agentwarrant.respond.action import Target
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.telling import KEY, TOLD, Tell, Teller, TellVendor, key_of
from agentwarrant.respond.transport import Request, Transport

_PREFIX = "whsec_"


class Webhook(TellVendor):
    name = "webhook"
    title = "Signed webhook"
    secrets: ClassVar = {"signing_key": "what both sides know (whsec_ and base64, or any text)"}
    options: ClassVar = {"path": "path on the host; /"}

    def authorize(self, connection: Connection) -> http.Authorize:
        return lambda client: {}

    @contextmanager
    def connect(self, connection: Connection, *, changes: bool = False) -> Iterator[Transport]:
        with http.connect(connection, self.authorize(connection)) as opened:
            yield _Signer(Teller(opened, connection))


class _Signer:
    """Signs what is sent, as it is sent."""

    def __init__(self, inner: Teller) -> None:
        self.connection = inner.connection
        self._inner = inner

    def send(self, request: Request) -> Any:
        if request.method == TOLD:
            return self._inner.send(request)
        body = orjson.dumps(request.params["json"])
        own = {key: value for key, value in request.params.items() if key != "json"}
        secret = self.connection.secret("signing_key")
        headers = signed(body, str(request.params[KEY]), int(time.time()), secret)
        return self._inner.send(
            replace(request, params={**own, "content": body, "headers": headers})
        )


def signed(body: bytes, key: str, moment: int, secret: str) -> dict[str, str]:
    """Return the headers of a message: whose it is, when it was sent, that nobody changed it."""
    own = secret.encode()
    if secret.startswith(_PREFIX):
        own = base64.b64decode(secret.removeprefix(_PREFIX))
    said = b".".join((key.encode(), str(moment).encode(), body))
    signature = base64.b64encode(hmac.new(own, said, hashlib.sha256).digest()).decode()
    return {
        "content-type": "application/json",
        "webhook-id": key,
        "webhook-timestamp": str(moment),
        "webhook-signature": f"v1,{signature}",
    }


class Send(Tell):
    """Send the case to a webhook."""

    name = "send"
    vendor = "webhook"
    title = "Send the case to a webhook"
    method = "POST /{}"
    required_permissions = ("none: it is signed",)
    doc = "docs/vendors/telling.md"

    def message(self, target: Target, connection: Connection | None) -> tuple[str, dict[str, Any]]:
        where = connection.option("path", "/hook") if connection else "/hook"
        return f"/{where.lstrip('/')}", {
            "json": {
                "type": "agent.case",
                "id": key_of(self.id, target),
                "data": {
                    "agent": target.agent,
                    "tenant": target.tenant,
                    "case": target.case,
                    "title": target.title,
                    "severity": target.severity,
                    "summary": target.summary,
                    "accounts": list(target.accounts),
                },
            }
        }
