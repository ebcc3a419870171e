"""Cisco Umbrella: domains on a block list of destinations.

References:
    - https://developer.cisco.com/docs/cloud-security/umbrella-api-reference-destination-lists-overview:
      a block list takes domains and URLs, no addresses; at most 500 in one request; adding a URL on
      a domain of high volume is refused
    - POST /policies/v2/destinationlists/{id}/destinations, DELETE …/destinations/remove with the
      ids of entries: Cisco's own client libraries
    - OAuth 2.0 client credentials at https://api.umbrella.com/auth/v2/token, HTTP Basic
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, ClassVar

import httpx

from agentwarrant.errors import Refused, ResponseError, Unreachable
from agentwarrant.respond import http
from agentwarrant.respond.action import (
    Action,
    Expectation,
    Plan,
    Reversibility,
    Step,
    Target,
    Verb,
    Verification,
)
from agentwarrant.respond.block.blocklist import sorted_out
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.http import connection_of
from agentwarrant.respond.transport import Effect, Fresh, Request, Transport, at
from agentwarrant.respond.vendor import HttpVendor

ENDPOINT = "Umbrella API v2"
_PAGE = 100
_OWN = "give agents a block list of their own"


class Umbrella(HttpVendor):
    name = "umbrella"
    title = "Cisco Umbrella"
    secrets: ClassVar = {"client_secret": "secret of the API key"}
    options: ClassVar = {
        "client_id": "the API key",
        "list": "number of the destination list (block)",
    }
    needs_url = False
    usual_url = "https://api.umbrella.com"
    examples = ("domain:bad.example.net",)

    def authorize(self, connection: Connection) -> http.Authorize:
        def authorized(client: httpx.Client) -> Mapping[str, str]:
            pair = f"{connection.option('client_id')}:{connection.secret('client_secret')}"
            basic = base64.b64encode(pair.encode()).decode()
            try:
                answer = client.post(
                    "/auth/v2/token",
                    data={"grant_type": "client_credentials"},
                    headers={"Authorization": f"Basic {basic}"},
                )
                token = answer.json().get("access_token")
            except httpx.HTTPError as error:
                raise Unreachable(f"no token: {error}", where=connection.name) from None
            except (ValueError, AttributeError):
                token = None
            if not token:
                what = f"no token: {answer.status_code}"
                raise Refused(what, where=connection.name, mend="client_id and client_secret")
            return {"Authorization": f"Bearer {token}"}

        return authorized


class BlockDomain(Action):
    """Put the case's domains on the block list."""

    name = "block_domain"
    verb = Verb.BLOCK_EGRESS
    kinds = frozenset({"domain"})
    vendor = "umbrella"
    title = "Block a domain at Umbrella"
    method = "POST /policies/v2/destinationlists/{}/destinations"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("policies.destinations:write", "policies.destinations:read")
    propagation_seconds = 10.0
    doc = "docs/vendors/network.md"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        connection = connection_of(transport)
        number = connection.option("list") if connection else "0"
        if not number.isascii() or not number.isdigit():
            raise ResponseError("the option list is no number", where=ENDPOINT)
        place = f"/policies/v2/destinationlists/{number}/destinations"
        known = _known(place, transport) if transport else None
        wanted, notes = sorted_out("domain", target.domains, known or ())
        steps = tuple(self._step(place, value, target, known is not None) for value in wanted)
        return Plan(self.id, target, steps, tuple(notes))

    def _step(self, place: str, value: str, target: Target, read: bool) -> Step:
        entry = {"destination": value, "comment": f"agentwarrant {target.case}"[:255]}
        where = ("body", "data", ("destination", value))
        ids = Fresh("json", f"GET {place}?limit={_PAGE}", (*where, "id"), listed=True)
        undo = Request(f"DELETE {place}/remove", {}, Effect.CHANGE, ENDPOINT, (ids,))
        return Step(
            title=self.title,
            request=http.change("POST", place, endpoint=ENDPOINT, json=[entry]),
            changes=f"{value} comes on the block list",
            verify=_shows(place, value, there=True),
            undo=(undo,) if read else (),
            pre_state={"listed": False} if read else {},
            note="Blocks nothing unless a policy uses this list.",
            point=f"umbrella:{place}/{value}",
            undone=_shows(place, value, there=False),
            residual_seconds=300.0,
            residual="answers that resolvers keep",
        )


def _known(place: str, transport: Transport) -> set[str]:
    rows = at(transport.send(_look(place)), ("body", "data"))
    found = {str(at(row, ("destination",))) for row in rows} if isinstance(rows, list) else set()
    if len(found) >= _PAGE:  # what stands on a second page would not be seen
        raise ResponseError(f"the list has {_PAGE} entries or more", where=ENDPOINT, mend=_OWN)
    return found


def _look(place: str) -> Request:
    return http.read(place, endpoint=ENDPOINT, limit=_PAGE)


def _shows(place: str, value: str, *, there: bool) -> Verification:
    row = ("body", "data", ("destination", value), "destination")
    expects: Any = (Expectation(("status",), 200), Expectation(row, value if there else None))
    return Verification(_look(place), expects)
