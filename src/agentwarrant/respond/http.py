"""The transport of vendors that speak HTTP: one client, one reading of answers, for all of them.

A request is ``VERB /path`` with its parts in ``params``::

    post(path("/api/v1/users/{}/lifecycle/suspend", user), endpoint="Okta")

An answer is ``{"status": 200, "headers": {...}, "body": ...}``; the body is JSON where it is, else
text, else None. What a status means is the same everywhere:

=====================  =====================================================================
2xx, ``accepts``       an answer
429                    ``Unreachable`` with the vendor's ``Retry-After``: nothing was done
other 4xx              ``Refused``
5xx, no answer         ``OutcomeUnknown`` for a change: it may have been done
no connection          ``Unreachable``
=====================  =====================================================================

Reads are asked again by themselves; a change never is: that is the ledger's to decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_base

from agentwarrant import __version__
from agentwarrant.errors import ConfigError, OutcomeUnknown, Refused, Unreachable
from agentwarrant.respond.answers import body_of, said, seconds, why
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.transport import Effect, Request, opened
from agentwarrant.respond.trust import trusted

if TYPE_CHECKING:  # a client of HTTP takes long to load, and most commands call nobody
    import httpx

_READ_ATTEMPTS = 4
_LONGEST_WAIT = 20.0
_HERE = frozenset({"127.0.0.1", "::1", "localhost"})

Authorize = Callable[["httpx.Client"], Mapping[str, str]]
"""Returns the headers that prove who asks; it may ask for a token with the client."""


def path(template: str, *parts: str) -> str:
    """Return a path with its parts in it, each encoded: no part can leave its place.

    Raises:
        ValueError: A part is empty, or is ``.`` or ``..``, which no encoding keeps.
    """
    for part in parts:
        if part in ("", ".", ".."):
            raise ValueError(f"{part!r} cannot be part of a path")
    return template.format(*(quote(part, safe="") for part in parts))


def read(where: str, *, endpoint: str, accepts: tuple[int, ...] = (), **query: Any) -> Request:
    """Return a GET."""
    params = {"query": query} if query else {}
    return Request(f"GET {where}", params, Effect.READ, endpoint, accepts=accepts)


def change(
    verb: str, where: str, *, endpoint: str, accepts: tuple[int, ...] = (), **params: Any
) -> Request:
    """Return a request that changes something; ``params``: ``json``, ``form``, ``content`` …"""
    return Request(f"{verb} {where}", params, Effect.CHANGE, endpoint, accepts=accepts)


def probe(
    verb: str, where: str, *, endpoint: str, accepts: tuple[int, ...], **params: Any
) -> Request:
    """Return a request that tries what the agent would; ``accepts``: the statuses of failing."""
    return Request(f"{verb} {where}", params, Effect.PROBE, endpoint, accepts=accepts)


def matches(patterns: frozenset[str], request: Request) -> bool:
    """Is a request one of some, each written ``VERB /path`` with ``{}`` for one part of a path?"""
    return any(_pattern(one).fullmatch(request.method) for one in patterns)


def only_reads(patterns: frozenset[str], request: Request) -> bool:
    """Is it a GET or HEAD, or a request that the vendor's file says only reads?"""
    return request.method.startswith(("GET ", "HEAD ")) or matches(patterns, request)


@lru_cache(maxsize=4096)
def _pattern(written: str) -> re.Pattern[str]:
    return re.compile("[^/]+".join(map(re.escape, written.split("{}"))))


def connection_of(transport: object) -> Connection | None:
    """Return the connection that a transport goes over: planning may ask for its options.

    None for none, and for a transport that goes over no connection.
    """
    found = getattr(transport, "connection", None)
    return found if isinstance(found, Connection) else None


class Http:
    """An open connection to one vendor.

    Attributes:
        connection: Which; see ``connection_of``.
    """

    def __init__(self, client: httpx.Client, connection: Connection, authorize: Authorize) -> None:
        self._client = client
        self.connection = self._connection = connection
        self._authorize = authorize
        self._headers: Mapping[str, str] | None = None

    def send(self, request: Request) -> dict[str, Any]:
        """Return the answer: ``status``, ``headers``, ``body``.

        Raises:
            Refused, Unreachable, OutcomeUnknown: See the table above.
            ConfigError: A secret is not where its reference says.
        """
        if request.effect is not Effect.READ:
            return self._once(request)
        again = Retrying(
            retry=retry_if_exception_type((Unreachable, OutcomeUnknown)),
            stop=stop_after_attempt(_READ_ATTEMPTS),
            wait=_Asked(),
            reraise=True,
        )
        return again(self._once, request)

    def _once(self, request: Request) -> dict[str, Any]:
        answer = self._ask(request)
        if answer["status"] == 401 and self._renewed(request):
            answer = self._ask(request)
        return self._judged(request, answer)

    def _renewed(self, request: Request) -> bool:
        """Drop a token that may have run out; a 401 means that nothing was done."""
        had, self._headers = self._headers, None
        return bool(had) and request.effect is not Effect.PROBE and 401 not in request.accepts

    def _ask(self, request: Request) -> dict[str, Any]:
        import httpx  # loaded by ``connect``

        verb, _, where = request.method.partition(" ")
        parts = opened(request.params, self._connection.secret)
        own = parts.get("headers", {})
        try:
            headers = {**self._identity(request), **own}
            asked = self._client.build_request(
                verb,
                where,
                params=_flat(parts.get("query")),
                json=parts.get("json"),
                data=parts.get("form"),
                content=parts.get("content"),
                headers=headers,
            )
            answer = self._client.send(asked)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unreachable(f"no connection: {why(error)}", where=self._where) from None
        except httpx.HTTPError as error:
            what = f"{request.method} was sent and no answer came: {why(error)}"
            mend = "read the state before anything else"
            raise OutcomeUnknown(what, where=self._where, mend=mend) from None
        return {
            "status": answer.status_code,
            "headers": {name.lower(): value for name, value in answer.headers.items()},
            "body": body_of(answer),
        }

    def _identity(self, request: Request) -> Mapping[str, str]:
        """Return who asks: a probe asks as the agent, with what stands in its own parts."""
        if request.effect is Effect.PROBE:
            return {}
        if self._headers is None:
            self._headers = self._authorize(self._client)
        return self._headers

    def _judged(self, request: Request, answer: dict[str, Any]) -> dict[str, Any]:
        status = answer["status"]
        if 200 <= status < 300 or status in request.accepts:
            return answer
        words = f"{request.method}: {status}{said(answer['body'])}"
        if status == 429:
            wait = seconds(answer["headers"].get("retry-after", ""))
            mend = f"ask again in {wait:g} s" if wait else "ask again later"
            raise Unreachable(words, where=self._where, mend=mend, retry_after=wait)
        if status >= 500:
            mend = "read the state before anything else"
            raise OutcomeUnknown(words, where=self._where, mend=mend)
        mend = "does the account hold the permission?" if status in (401, 403) else ""
        raise Refused(words, where=self._where, mend=mend, status=status)

    @property
    def _where(self) -> str:
        return self._connection.name


class _Asked(wait_base):
    """Waits as long as the vendor says, else a little longer each time."""

    def __call__(self, retry_state: Any) -> float:
        error = retry_state.outcome.exception()
        asked = getattr(error, "retry_after", 0.0)
        return float(min(asked or 0.1 * 2**retry_state.attempt_number, _LONGEST_WAIT))


@contextmanager
def connect(connection: Connection, authorize: Authorize, *, usual: str = "") -> Iterator[Http]:
    """Open a connection to a vendor.

    Args:
        connection: Where, and as whom.
        authorize: Returns the headers that prove who asks; called when first needed, and again
            after a 401.
        usual: The vendor's address where the configuration names none.

    Raises:
        ConfigError: There is no address, or it would send secrets in clear over a network.
    """
    import httpx

    url = (connection.url or usual).rstrip("/")
    _checked(url, connection.name)
    with httpx.Client(
        base_url=url,
        verify=trusted(connection.ca),
        proxy=connection.proxy_url() or None,
        trust_env=False,  # no proxy of the environment gets a token
        timeout=connection.timeout,
        follow_redirects=False,  # nor does whoever a redirect names
        headers={"user-agent": f"agentwarrant/{__version__}", "accept": "application/json"},
    ) as client:
        yield Http(client, connection, authorize)


def _checked(url: str, where: str) -> None:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in _HERE)
    if not safe or not host or parts.username is not None:
        what = "its url is no https:// address"
        raise ConfigError(what, where=where, mend="https://HOST, or http:// on this host")


def bearer(connection: Connection, named: str = "token", scheme: str = "Bearer") -> Authorize:
    """Prove who asks by a token that stands in a secret: ``Authorization: <scheme> <token>``."""
    return lambda client: {"Authorization": f"{scheme} {connection.secret(named)}"}


def header(connection: Connection, name: str, named: str = "token") -> Authorize:
    """Prove who asks by a header of its own, such as ``X-Vault-Token``."""
    return lambda client: {name: connection.secret(named)}


def client_credentials(
    connection: Connection, token_url: str, **form: str
) -> Callable[[httpx.Client], Mapping[str, str]]:
    """Prove who asks by OAuth 2.0 client credentials (RFC 6749, 4.4).

    Args:
        connection: Its option ``client_id`` and its secret ``client_secret`` are sent.
        token_url: Path or address of the token endpoint.
        form: Further fields, such as ``scope``.
    """

    def authorize(client: httpx.Client) -> Mapping[str, str]:
        import httpx  # as above

        asked = {
            "grant_type": "client_credentials",
            "client_id": connection.option("client_id"),
            "client_secret": connection.secret("client_secret"),
            **form,
        }
        try:
            answer = client.post(token_url, data=asked)
        except httpx.HTTPError as error:
            raise Unreachable(f"no token: {why(error)}", where=connection.name) from None
        body = body_of(answer)
        token = body.get("access_token") if isinstance(body, Mapping) else None
        if answer.status_code != 200 or not isinstance(token, str):
            what = f"no token: {answer.status_code}{said(body)}"
            mend = "client_id and client_secret"
            raise Refused(what, where=connection.name, mend=mend, status=answer.status_code)
        return {"Authorization": f"Bearer {token}"}

    return authorize


def _flat(query: Any) -> dict[str, str] | None:
    if not query:
        return None
    return {name: _word(value) for name, value in query.items() if value is not None}


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
