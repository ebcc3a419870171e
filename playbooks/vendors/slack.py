"""Slack: a message in a channel, by the Web API.

References:
    - https://docs.slack.dev/reference/methods/chat.postMessage: scope ``chat:write``; about one
      message a second for a channel; refusals come with status 200 and ``ok: false``
    - https://docs.slack.dev/messaging/formatting-message-text: ``&``, ``<`` and ``>`` are escaped;
      a ``plain_text`` object is shown as it is, without links and mentions
"""

from __future__ import annotations

from typing import Any, ClassVar

from agentwarrant.errors import Refused, ResponseError, Unreachable
from agentwarrant.respond import http
from agentwarrant.respond.action import Target
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.telling import Tell, TellVendor, line, text
from agentwarrant.respond.transport import at

_LONGEST = 3_000  # of one text object (Block Kit)
_LATER = ("ratelimited", "internal_error", "service_unavailable")


class Slack(TellVendor):
    name = "slack"
    title = "Slack"
    secrets: ClassVar = {"token": "bot token with chat:write (xoxb-…)"}
    options: ClassVar = {"channel": "id of the channel (C0123…)"}
    needs_url = False
    usual_url = "https://slack.com"

    def authorize(self, connection: Connection) -> http.Authorize:
        return http.bearer(connection)

    def refusal(self, answer: Any, where: str) -> ResponseError | None:
        if at(answer, ("body", "ok")) is True:
            return None
        why = f"chat.postMessage: {line(str(at(answer, ('body', 'error'))))}"
        if any(one in why for one in _LATER):
            return Unreachable(why, where=where, mend="ask again later")
        return Refused(why, where=where, mend="channel, and the scope chat:write")


class Post(Tell):
    """Post the case in a channel."""

    name = "post"
    vendor = "slack"
    title = "Post the case in a Slack channel"
    method = "POST /api/chat.postMessage"
    required_permissions = ("chat:write",)
    rate_limit = 60
    doc = "docs/vendors/telling.md"

    def message(self, target: Target, connection: Connection | None) -> tuple[str, dict[str, Any]]:
        shown = {"type": "plain_text", "text": text(target)[:_LONGEST], "emoji": False}
        return "/api/chat.postMessage", {
            "json": {
                "channel": connection.option("channel") if connection else "",
                "text": _escaped(line(f"{target.severity}: {target.title}")),
                "blocks": [{"type": "section", "text": shown}],
                "unfurl_links": False,
                "unfurl_media": False,
                "parse": "none",
            }
        }


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
