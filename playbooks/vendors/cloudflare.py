"""Cloudflare Gateway: domains on a list that a block rule reads.

The rule and the list are made beforehand; at the moment of need only the list changes.

References:
    - https://developers.cloudflare.com/api/resources/zero_trust/subresources/gateway/subresources/lists/:
      PATCH appends and removes items, PUT would replace them all; GET …/items pages them
    - a rule reads the list as ``any(dns.domains[*] in $<list id>)``: all below a domain is blocked
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from agentwarrant.errors import ResponseError
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
from agentwarrant.respond.transport import Request, Transport, at
from agentwarrant.respond.vendor import HttpVendor

ENDPOINT = "Cloudflare API v4"
_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PAGE = 1000
_OWN = "give the block rule a list of its own for agents"
_UNKNOWN = "0" * 32


class Cloudflare(HttpVendor):
    name = "cloudflare"
    title = "Cloudflare Gateway"
    secrets: ClassVar = {"token": "API token with Zero Trust Edit"}
    options: ClassVar = {
        "account": "id of the account",
        "list": "id of the list (DOMAIN) that a block rule reads",
    }
    needs_url = False
    usual_url = "https://api.cloudflare.com/client/v4"
    examples = ("domain:bad.example.net",)

    def authorize(self, connection: Connection) -> http.Authorize:
        return http.bearer(connection)


class BlockDomain(Action):
    """Put the case's domains on the list of the block rule."""

    name = "block_domain"
    verb = Verb.BLOCK_EGRESS
    kinds = frozenset({"domain"})
    vendor = "cloudflare"
    title = "Block a domain at Cloudflare Gateway"
    method = "PATCH /accounts/{}/gateway/lists/{}"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("Zero Trust: Edit",)
    propagation_seconds = 10.0
    rate_limit = 240
    doc = "docs/vendors/network.md"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        connection = connection_of(transport)
        account = _id(connection, "account")
        listed = http.path("/accounts/{}/gateway/lists/{}", account, _id(connection, "list"))
        known = _items(listed, transport) if transport else None
        wanted, notes = sorted_out("domain", target.domains, known or ())
        steps = tuple(self._step(listed, value, known is not None) for value in wanted)
        return Plan(self.id, target, steps, tuple(notes))

    def _step(self, listed: str, value: str, read: bool) -> Step:
        return Step(
            title=self.title,
            request=_patch(listed, append=[{"value": value}]),
            changes=f"{value} comes on the list that the rule blocks",
            verify=_shows(listed, value, there=True),
            undo=(_patch(listed, remove=[value]),) if read else (),
            pre_state={"listed": False} if read else {},
            note="Blocks nothing unless a rule of the Gateway reads this list.",
            point=f"cloudflare:{listed}/{value}",
            undone=_shows(listed, value, there=False),
            residual_seconds=60.0,
            residual="answers that resolvers keep",
        )


def _shows(listed: str, value: str, *, there: bool) -> Verification:
    row = ("body", "result", ("value", value), "value")
    expects = (Expectation(("body", "success"), True), Expectation(row, value if there else None))
    return Verification(_look(listed), expects)


def _patch(listed: str, **change: Any) -> Request:
    return http.change("PATCH", listed, endpoint=ENDPOINT, json=change)


def _items(listed: str, transport: Transport) -> set[str]:
    rows = at(transport.send(_look(listed)), ("body", "result"))
    found = {str(at(row, ("value",))) for row in rows} if isinstance(rows, list) else set()
    if len(found) >= _PAGE:  # what stands on a second page would not be seen
        raise ResponseError(f"the list has {_PAGE} entries or more", where=ENDPOINT, mend=_OWN)
    return found


def _look(listed: str) -> Request:
    return http.read(f"{listed}/items", endpoint=ENDPOINT, per_page=_PAGE)


def _id(connection: Connection | None, name: str) -> str:
    found = connection.option(name) if connection else _UNKNOWN
    if not _ID.fullmatch(found):
        raise ResponseError(f"the option {name} is no id of Cloudflare's", where=ENDPOINT)
    return found
