"""GitHub: as whom each call is made, names, and what its actions share.

Three identities stand behind one connection: our own (a token, or an installation of our App), the
agent's App (only it may suspend its installations), and nobody: revoking a leaked token is refused
to everybody who says who they are. A fourth asks with the leaked token itself whether it is dead.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import httpx

from agentwarrant.errors import ConfigError, Refused, Unreachable
from agentwarrant.faults import short
from agentwarrant.respond import http
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.http import connection_of, path
from agentwarrant.respond.jwt import signed
from agentwarrant.respond.transport import Request, Transport, at

OURS = "GitHub API"
AS_APP = "GitHub API, as the agent's App"
AS_NOBODY = "GitHub API, as nobody"
AS_LEAKED = "GitHub API, with the token that leaked"
DOC = "docs/vendors/github.md"
LEAKED = "leaked_token"
ORG = "ORG"
"""Stands in a plan made without a connection, where its organization would be."""
GONE = (404,)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}", re.ASCII)
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}/[A-Za-z0-9._-]{1,100}", re.ASCII)
LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", re.ASCII)
NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)

read = partial(http.read, endpoint=OURS)
change = partial(http.change, endpoint=OURS)
app_read = partial(http.read, endpoint=AS_APP)
app_change = partial(http.change, endpoint=AS_APP)
_HEADERS = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}


class AsWhom:
    """Sends each request as who its endpoint says.

    GitHub answers 403 as well when too much was asked (docs.github.com, "Rate limits for the REST
    API"): nothing was done then, and it says how long to wait.
    """

    def __init__(self, connection: Connection, by_endpoint: Mapping[str, http.Http]) -> None:
        self.connection = connection
        self._by_endpoint = by_endpoint

    def send(self, request: Request) -> Any:
        asked = replace(request, accepts=(*request.accepts, 403))
        answer = self._by_endpoint[request.endpoint].send(asked)
        if answer["status"] == 403:
            self._not_too_much(request, answer["headers"])
            if 403 not in request.accepts:
                said = short(str(at(answer, ("body", "message")) or ""))
                mend = "does the token or App hold the permission?"
                what = f"{request.method}: 403, {said}"
                raise Refused(what, where=self.connection.name, mend=mend, status=403)
        return answer

    def _not_too_much(self, request: Request, headers: Mapping[str, str]) -> None:
        wait = _number(headers.get("retry-after"))
        if headers.get("x-ratelimit-remaining") == "0":
            wait = wait or max(_number(headers.get("x-ratelimit-reset")) - time.time(), 1.0)
        if wait:
            what = f"{request.method}: too much was asked"
            mend = f"ask again in {wait:.0f} s"
            raise Unreachable(what, where=self.connection.name, mend=mend, retry_after=wait)


def _number(text: str | None) -> float:
    try:
        return max(float(text or 0), 0.0)
    except ValueError:
        return 0.0


@contextmanager
def opened(connection: Connection, usual: str) -> Iterator[Transport]:
    """Open a connection as all that it may be needed as; a proof is looked for when needed."""
    proofs: dict[str, http.Authorize] = {
        OURS: ours(connection),
        AS_APP: _app(connection, "agent_app_id", "agent_private_key"),
        AS_NOBODY: lambda client: {},
        AS_LEAKED: http.bearer(connection, LEAKED),
    }
    with ExitStack() as stack:
        clients = {
            name: stack.enter_context(http.connect(connection, _with(proof), usual=usual))
            for name, proof in proofs.items()
        }
        yield AsWhom(connection, clients)


def _with(proof: http.Authorize) -> http.Authorize:
    return lambda client: {**_HEADERS, **proof(client)}


def ours(connection: Connection) -> http.Authorize:
    """Return what proves who we are.

    Raises:
        ConfigError: There is nothing that does.
    """
    if connection.has("token"):
        return http.bearer(connection)
    if not (connection.has("private_key") and connection.option("installation_id")):
        what = "it has neither a token nor a private_key with app_id and installation_id"
        raise ConfigError(what, where=connection.name)
    return _installation(connection)


def _app(connection: Connection, option: str, secret: str) -> http.Authorize:
    def authorize(client: httpx.Client) -> Mapping[str, str]:
        now = int(time.time())
        # a minute back for clocks that differ; GitHub takes ten minutes at most
        claims = {"iat": now - 60, "exp": now + 540, "iss": connection.option(option)}
        return {"Authorization": f"Bearer {signed(claims, connection.secret(secret))}"}

    return authorize


def _installation(connection: Connection) -> http.Authorize:
    app = _app(connection, "app_id", "private_key")
    where = path("/app/installations/{}/access_tokens", connection.option("installation_id"))

    def authorize(client: httpx.Client) -> Mapping[str, str]:
        try:
            answer = client.post(where, headers={**_HEADERS, **app(client)})
            body = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            what = f"no token: {type(error).__name__}"
            raise Unreachable(what, where=connection.name) from None
        token = body.get("token") if isinstance(body, Mapping) else None
        if answer.status_code != 201 or not isinstance(token, str):
            what, mend = f"no token: {answer.status_code}", "app_id, installation_id, private_key"
            raise Refused(what, where=connection.name, mend=mend, status=answer.status_code)
        return {"Authorization": f"Bearer {token}"}

    return authorize


def organization(transport: Transport | None) -> str:
    """Return the organization that a connection is for.

    Raises:
        ConfigError: It names none.
    """
    connection = connection_of(transport)
    if transport is None or connection is None:
        return ORG
    name = connection.option("organization")
    if not _NAME.fullmatch(name):
        raise ConfigError("it names no organization", where=connection.name, mend="organization:")
    return name


def repositories(transport: Transport | None) -> list[tuple[str, str]]:
    """Return (owner, name) of the repositories that a connection is for.

    Raises:
        ConfigError: One is no name of a repository.
    """
    connection = connection_of(transport)
    if transport is None or connection is None:
        return [(ORG, "REPOSITORY")]
    found = []
    for one in connection.options.get("repositories", ()):
        if not _REPOSITORY.fullmatch(str(one)):
            raise ConfigError(f"no repository: {one!r}", where=connection.name, mend="OWNER/NAME")
        owner, _, name = str(one).partition("/")
        found.append((owner, name))
    return found


def rows(body: object, key: str = "") -> list[Mapping[str, Any]]:
    """Return the objects of a list, or of the list at a key; none where there is no list."""
    found = body.get(key) if key and isinstance(body, Mapping) else body
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []
