"""Microsoft Teams: a card in a channel or chat, by a Workflows webhook.

The address of such a webhook is itself the secret: it stands under ``secrets`` and never in plans.

References:
    - https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using:
      Microsoft 365 connectors are retired; Workflows ("When a Teams webhook request is received")
      take Adaptive Cards only
    - https://adaptivecards.io/explorer/TextRun.html: text of a run is shown as it is, no Markdown
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlsplit

from agentwarrant.errors import ConfigError, ResponseError
from agentwarrant.respond import http
from agentwarrant.respond.action import Target
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.telling import Tell, Teller, TellVendor, facts
from agentwarrant.respond.transport import Request, Transport

PLACE = "/webhook"
"""Stands in requests for the path and query of the webhook, which are secret."""


class Teams(TellVendor):
    name = "teams"
    title = "Microsoft Teams"
    secrets: ClassVar = {"webhook": "address of the Workflows webhook"}
    needs_url = False

    def authorize(self, connection: Connection) -> http.Authorize:
        return lambda client: {}

    @contextmanager
    def connect(self, connection: Connection, *, changes: bool = False) -> Iterator[Transport]:
        parts = urlsplit(connection.secret("webhook"))
        if not parts.netloc:
            raise ConfigError("the webhook is no address", where=connection.name)
        site = replace(connection, url=f"{parts.scheme}://{parts.netloc}")
        place = parts._replace(scheme="", netloc="").geturl()
        with http.connect(site, self.authorize(connection)) as opened:
            yield Teller(_Placed(opened, place), connection)


class _Placed:
    """Puts the secret place of the webhook into a request as it is sent."""

    def __init__(self, inner: Transport, place: str) -> None:
        self._inner = inner
        self._place = place

    def send(self, request: Request) -> Any:
        verb = request.method.partition(" ")[0]
        try:
            return self._inner.send(replace(request, method=f"{verb} {self._place}"))
        except ResponseError as error:  # it names the call, and so the secret place
            error.what = error.what.replace(self._place, PLACE)
            error.args = (error.what, *error.args[1:])
            raise error from None


class Post(Tell):
    """Post the case as a card."""

    name = "post"
    vendor = "teams"
    title = "Post the case in Teams"
    method = f"POST {PLACE}"
    required_permissions = ("the address of a Workflows webhook",)
    rate_limit = 60
    doc = "docs/vendors/telling.md"

    def message(self, target: Target, connection: Connection | None) -> tuple[str, dict[str, Any]]:
        body = [
            _block(target.title, weight="Bolder", size="Medium"),
            *(_block(f"{name}: {value}") for name, value in facts(target).items() if value),
            *(_block(one) for one in target.summary.splitlines()),
        ]
        card = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": body,
        }
        kind = "application/vnd.microsoft.card.adaptive"
        attached = [{"contentType": kind, "contentUrl": None, "content": card}]
        return PLACE, {"json": {"type": "message", "attachments": attached}}


def _block(words: str, **looks: str) -> dict[str, Any]:
    """Return a line of a card: runs of text are no Markdown, so that nothing in it is a link."""
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": words, **looks}]}
