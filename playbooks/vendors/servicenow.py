"""ServiceNow: an incident for a case, once, by the Table API.

The incident carries ``correlation_id``, made of the case, and is looked for by it before and after.

References:
    - https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html: GET and POST
      /api/now/table/{tableName}; ``sysparm_query``, ``sysparm_fields``, ``sysparm_limit``
    - ``correlation_id`` is a field of the incident table for the ids of other systems
"""

from __future__ import annotations

import base64
from typing import ClassVar

from agentwarrant.respond import http
from agentwarrant.respond.action import (
    Action,
    Expectation,
    Op,
    Plan,
    Reversibility,
    Step,
    Target,
    Verb,
    Verification,
)
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.telling import clean, key_of, text
from agentwarrant.respond.transport import Transport, at
from agentwarrant.respond.vendor import HttpVendor

ENDPOINT = "ServiceNow, Table API"
TABLE = "/api/now/table/incident"
_URGENCY = {"critical": "1", "high": "1", "medium": "2"}


class ServiceNow(HttpVendor):
    name = "servicenow"
    title = "ServiceNow"
    secrets: ClassVar = {
        "token": "OAuth token; or else:",
        "password": "of the user (option user)",
    }
    options: ClassVar = {"user": "who signs in with the password"}

    def authorize(self, connection: Connection) -> http.Authorize:
        if connection.has("token"):
            return http.bearer(connection)

        def basic(_: object) -> dict[str, str]:
            pair = f"{connection.option('user')}:{connection.secret('password')}"
            return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

        return basic


class OpenIncident(Action):
    """Open an incident for the case."""

    name = "open_incident"
    verb = Verb.OPEN_TICKET
    kinds = frozenset({"case"})
    vendor = "servicenow"
    title = "Open a ServiceNow incident"
    method = f"POST {TABLE}"
    reversibility = Reversibility.READ_ONLY  # no agent can do less or more for it
    repeatable = False
    required_permissions = ("role itil, or create and read on incident",)
    propagation_seconds = 5.0
    doc = "docs/vendors/telling.md"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        mark = f"agentwarrant-{key_of(self.id, target)}"
        look = http.read(
            TABLE,
            endpoint=ENDPOINT,
            sysparm_query=f"correlation_id={mark}",
            sysparm_fields="number,correlation_id",
            sysparm_limit=1,
        )
        if transport is not None and at(transport.send(look), ("body", "result")):
            return Plan(self.id, target, notes=("An incident is open for this case already",))
        shown = clean(target)
        body = {
            "short_description": shown.title,
            "description": text(shown),
            "correlation_id": mark,
            "correlation_display": "Agent Warrant",
            "urgency": _URGENCY.get(shown.severity, "3"),
        }
        step = Step(
            title=self.title,
            request=http.change("POST", TABLE, endpoint=ENDPOINT, json=body),
            changes=f"an incident with the correlation id {mark}",
            verify=Verification(look, (Expectation(("body", "result"), [], op=Op.IS_NOT),)),
            note="It stays when the agent is released.",
            point=f"servicenow:incident/{mark}",
        )
        return Plan(self.id, target, (step,))
