"""PagerDuty: an incident through the Events API v2, once for a case.

References:
    - https://developer.pagerduty.com/docs/send-alert-event: 202 for what was taken; events with the
      same ``dedup_key`` are one alert, so that sending again makes no second one; at most 120
      events a minute for an integration are taken as a rule of thumb, 429 beyond
"""

from __future__ import annotations

from typing import Any, ClassVar

from agentwarrant.respond.action import Target
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.http import Authorize
from agentwarrant.respond.telling import Tell, TellVendor, facts, key_of
from agentwarrant.respond.transport import Sealed

_SEVERITY = {"critical": "critical", "high": "error", "medium": "warning"}


class PagerDuty(TellVendor):
    name = "pagerduty"
    title = "PagerDuty"
    secrets: ClassVar = {"routing_key": "integration key of the service (Events API v2)"}
    needs_url = False
    usual_url = "https://events.pagerduty.com"

    def authorize(self, connection: Connection) -> Authorize:
        return lambda client: {}  # the key stands in the message


class Page(Tell):
    """Page whoever is on call."""

    name = "page"
    vendor = "pagerduty"
    title = "Page whoever is on call"
    method = "POST /v2/enqueue"
    required_permissions = ("an integration key of Events API v2",)
    rate_limit = 120
    doc = "docs/vendors/telling.md"

    def message(self, target: Target, connection: Connection | None) -> tuple[str, dict[str, Any]]:
        return "/v2/enqueue", {
            "json": {
                "routing_key": Sealed("routing_key"),
                "event_action": "trigger",
                "dedup_key": key_of(self.id, target),
                "payload": {
                    "summary": target.title,
                    "source": target.agent or "agentwarrant",
                    "severity": _SEVERITY.get(target.severity, "info"),
                    "custom_details": {**facts(target), "Summary": target.summary},
                },
            }
        }
