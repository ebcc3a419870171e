"""Zscaler Internet Access: URLs on the deny list of Advanced Threat Protection.

A change lies inert until it is activated: putting on the list and activating are two steps, and
only the second has effect.

References:
    - POST /security/advanced/blacklistUrls?action=ADD_TO_LIST (REMOVE_FROM_LIST), 204; GET
      /security/advanced; POST /status/activate, GET /status: ``ACTIVE``, ``PENDING``: as Zscaler's
      own client libraries use them
    - https://help.zscaler.com/zia/url-format-guidelines: lower case, no scheme, ASCII, at most
      1,024 characters; a leading period covers the name itself and five levels below it
    - OneAPI: OAuth 2.0 client credentials, audience https://api.zscaler.com
"""

from __future__ import annotations

from typing import ClassVar

from agentwarrant.faults import short
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
from agentwarrant.respond.block.blocklist import sorted_out
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.transport import Request, Transport, at
from agentwarrant.respond.vendor import HttpVendor

ENDPOINT = "Zscaler ZIA, OneAPI"
BASE = "/zia/api/v1"
_LONGEST = 1024
_LIST = ("body", "blacklistUrls")


class Zscaler(HttpVendor):
    name = "zscaler"
    title = "Zscaler Internet Access"
    secrets: ClassVar = {"client_secret": "of the API client"}
    options: ClassVar = {
        "client_id": "of the API client",
        "token_url": "https://<name>.zslogin.net/oauth2/v1/token",
    }
    needs_url = False
    usual_url = "https://api.zsapi.net"
    examples = ("domain:bad.example.net", "url:https://bad.example.net/x")

    def authorize(self, connection: Connection) -> http.Authorize:
        where = connection.option("token_url", "/oauth2/v1/token")
        return http.client_credentials(connection, where, audience="https://api.zscaler.com")


class BlockUrl(Action):
    """Put the case's domains and URLs on the deny list, and activate it."""

    name = "block_url"
    verb = Verb.BLOCK_EGRESS
    kinds = frozenset({"domain", "url"})
    vendor = "zscaler"
    title = "Deny a URL at Zscaler"
    method = f"POST {BASE}/security/advanced/blacklistUrls or POST {BASE}/status/activate"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("Advanced Threat Protection: edit", "activation")
    propagation_seconds = 20.0
    rate_limit = 20
    doc = "docs/vendors/network.md"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        wanted, notes = _entries(target)
        listed = at(transport.send(_look()), _LIST) if transport else None
        known = listed if isinstance(listed, list) else []
        notes += [f"On the list already: {one}" for one in wanted if one in known]
        entries = [one for one in wanted if one not in known]
        steps = [self._step(entry, transport is not None) for entry in entries]
        if steps:
            steps.append(_activation(transport is not None))
        return Plan(self.id, target, tuple(steps), tuple(notes))

    def _step(self, entry: str, read: bool) -> Step:
        return Step(
            title=self.title,
            request=_edit("ADD_TO_LIST", entry),
            changes=f"{entry} comes on the deny list",
            verify=Verification(_look(), (Expectation(_LIST, entry, op=Op.HOLDS),)),
            undo=(_edit("REMOVE_FROM_LIST", entry), _activate()) if read else (),
            pre_state={"listed": False} if read else {},
            note="Inert until it is activated.",
            point=f"zscaler:deny/{entry}",
            undone=Verification(_look(), (Expectation(_LIST, entry, op=Op.LACKS),)),
        )


def _activation(read: bool) -> Step:
    active = Expectation(("body", "status"), "ACTIVE")
    status = http.read(f"{BASE}/status", endpoint=ENDPOINT)
    return Step(
        title="Activate what was changed at Zscaler",
        request=_activate(),
        changes="all pending changes of the organisation take effect, those of others too",
        verify=Verification(status, (active,)),
        undo=(_activate(),) if read else (),
        pre_state={"status": "pending"} if read else {},
        note="Activates what other administrators left pending as well.",
        point="zscaler:activation",
        undone=Verification(status, (active,)),
        residual_seconds=60.0,
        residual="until all nodes of the cloud have the change",
    )


def _entries(target: Target) -> tuple[list[str], list[str]]:
    """Return domains, with all below them, and URLs as the list writes them; and what is left."""
    domains, odd = sorted_out("domain", target.domains)
    urls, odd_urls = sorted_out("url", target.urls)
    entries = [f".{one}" for one in domains] + [one.partition("://")[2] for one in urls]
    notes = [*odd, *odd_urls]
    notes += [f"Left out, too long: {short(one)}" for one in entries if len(one) > _LONGEST]
    return [one for one in entries if len(one) <= _LONGEST], notes


def _look() -> Request:
    return http.read(f"{BASE}/security/advanced", endpoint=ENDPOINT)


def _edit(action: str, entry: str) -> Request:
    return http.change(
        "POST",
        f"{BASE}/security/advanced/blacklistUrls",
        endpoint=ENDPOINT,
        query={"action": action},
        json={"blacklistUrls": [entry]},
    )


def _activate() -> Request:
    return http.change("POST", f"{BASE}/status/activate", endpoint=ENDPOINT)
