"""ContextForge: what names of a log mean there, how it lets us in, and what the agent would try."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from agentwarrant.errors import Guarded, Refused, Unreachable
from agentwarrant.faults import short
from agentwarrant.respond.action import Expectation, Op, Target, Verification
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.http import change, connection_of, path, probe, read
from agentwarrant.respond.transport import Request, Sealed, Transport, at

ENDPOINT = "ContextForge"
AGENT_SIDE = "ContextForge, as the agent's MCP client"
UNREAD = "The gateway was not asked: nothing is looked up, and no undo is prepared"
TOOLS = ("body", "result", "tools")
MAX_STEPS = 50
PAGE = 100
_PAGES = 20
_ID = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}", re.ASCII)
_NAME_LENGTH = 255

Row = Mapping[str, Any]


class Gateway:
    """The gateway of one connection, as it is read for a plan."""

    def __init__(self, transport: Transport | None) -> None:
        self.transport = transport
        self._connection = connection_of(transport)
        self.notes: list[str] = [] if transport else [UNREAD]

    @property
    def asked(self) -> bool:
        return self.transport is not None

    def get(self, where: str, **query: Any) -> Any:
        """Return the body of a read, None where there is no such thing."""
        if self.transport is None:
            return None
        asked = read(where, endpoint=ENDPOINT, accepts=(404,), **query)
        answer = self.transport.send(asked)
        return answer["body"] if answer["status"] == 200 else None

    def rows(self, where: str, **query: Any) -> list[Row]:
        """Return all rows of a list, those that are switched off too."""
        found = self.get(where, include_inactive=True, limit=0, **query)
        return [row for row in found if isinstance(row, Mapping)] if found else []

    def ids(self, target: Target, kind: str) -> Iterator[str]:
        """Yield the ids of a kind that have the gateway's form."""
        for one in dict.fromkeys(target.ids(kind)):
            if _ID.fullmatch(one):
                yield one
            else:
                self.notes.append(f"Left out, no id of this gateway: {short(one)}")

    def tools(self, target: Target) -> Iterator[tuple[str, str, Row]]:
        """Yield id, name and what was read of the tools that the case names."""
        rows = self.rows("/tools")
        for name in dict.fromkeys(target.tools):
            found = [r for r in rows if r.get("name") == name]
            found = found or [r for r in rows if r.get("originalName") == name]
            if not self.asked and _is_name(name):
                yield f"name={name}", name, {}
            elif len(found) == 1 and _ID.fullmatch(str(found[0].get("id"))):
                yield str(found[0]["id"]), str(found[0]["name"]), found[0]
            elif found:
                self.notes.append(f"Left out, several upstreams have a tool {short(name)}")
            else:
                self.notes.append(f"Left out, the gateway has no such tool: {short(name)}")

    def upstreams(self, target: Target) -> Iterator[tuple[str, str, Row]]:
        """Yield id, name and what was read of the upstream servers that the case names."""
        rows = self.rows("/gateways")
        for name in dict.fromkeys(target.servers):
            found = [r for r in rows if name in (r.get("name"), r.get("slug"))]
            if not self.asked and _is_name(name):
                yield f"name={name}", name, {}
            elif len(found) == 1 and _ID.fullmatch(str(found[0].get("id"))):
                yield str(found[0]["id"]), name, found[0]
            else:
                self.notes.append(f"Left out, the gateway has no such upstream: {short(name)}")

    def token(self, one: str) -> Row:
        """Return what the gateway says of a token of anybody's; empty where there is none.

        Raises:
            Guarded: It is the one that we use.
        """
        if one == self._option("own_token"):
            raise Guarded("this is the responder's own token", where=ENDPOINT)
        for page in range(_PAGES):
            query = {"include_inactive": True, "limit": PAGE, "offset": page * PAGE}
            rows = at(self.get("/tokens/admin/all", **query), ("tokens",)) or []
            found = [row for row in rows if at(row, ("id",)) == one]
            if found or len(rows) < PAGE:
                return found[0] if found else {}
        return {}

    def listed(
        self, *expects: Expectation, accepts: tuple[int, ...], over: str = "", by: str = ""
    ) -> tuple[Verification, ...]:
        """Return the probe in which the agent's MCP client lists its tools.

        It lists and calls none: if the agent is not contained, the probe must do no harm. None
        where the agent's token or its virtual server is not given.

        Args:
            expects: What the answer must show.
            accepts: Statuses that mean that the agent is refused.
            over: The virtual server that it must be; another one would prove nothing.
            by: The id of the token that it must be; another one would prove nothing.
        """
        server = self._option("agent_server")
        if over not in ("", server) or by not in ("", self._option("agent_token_id")):
            return ()
        known = self._connection is not None and self._connection.has("agent_token")
        if not known or not _ID.fullmatch(server):
            return ()
        asked = probe(
            "POST",
            path("/servers/{}/mcp", server),
            endpoint=AGENT_SIDE,
            accepts=accepts,
            json={"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}},
            headers={
                "Authorization": Sealed("agent_token", "Bearer "),
                "Accept": "application/json, text/event-stream",
            },
        )
        return (Verification(asked, expects),)

    def _option(self, name: str) -> str:
        return self._connection.option(name) if self._connection else ""


def not_offered(name: str) -> Expectation:
    """Expect that a tool is not offered; whoever is refused is offered none."""
    return Expectation((*TOOLS, ("name", name)), op=Op.EMPTY)


def state(kind: str, one: str, activate: bool) -> Request:
    """Return the switch of one thing; without ``activate`` it would be switched on."""
    where = path(f"/{kind}/{{}}/state", one)
    return change("POST", where, endpoint=ENDPOINT, query={"activate": activate})


def enabled(kind: str, one: str, wanted: bool) -> Verification:
    """Return the read that shows whether one thing is switched on."""
    where = path(f"/{kind}/{{}}", one)
    return Verification(read(where, endpoint=ENDPOINT), (Expectation(("body", "enabled"), wanted),))


def logged_in(client: httpx.Client, connection: Connection) -> str:
    """Return a token for an administrator's e-mail address and password.

    Raises:
        Refused, Unreachable: None was given.
    """
    body = {"email": connection.option("email"), "password": connection.secret("password")}
    try:
        answer = client.post("/auth/login", json=body)
        token = at(answer.json(), ("access_token",)) if answer.status_code == 200 else None
    except (httpx.HTTPError, ValueError):
        raise Unreachable("no token: the log-in was not answered", where=connection.name) from None
    if not isinstance(token, str):
        status = answer.status_code
        mend = "email and password"
        raise Refused(f"no token: {status}", where=connection.name, mend=mend, status=status)
    return token


def _is_name(value: str) -> bool:
    return bool(value.strip()) and value.isprintable() and len(value) <= _NAME_LENGTH
