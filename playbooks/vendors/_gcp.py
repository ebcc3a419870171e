"""What Google's actions share: who asks, names of accounts, and whose they are."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from agentwarrant.errors import ConfigError, Guarded, Refused, Unreachable
from agentwarrant.faults import short
from agentwarrant.respond import http
from agentwarrant.respond.action import Plan, Step, Target
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.jwt import signed
from agentwarrant.respond.transport import Request, Transport

DOC = "docs/vendors/gcp.md"
HOUR = 3600.0
_TOKENS = "https://oauth2.googleapis.com/token"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_PROJECT = r"[a-z][a-z0-9-]{4,28}[a-z0-9]"
_ACCOUNT = re.compile(rf"([a-z][a-z0-9-]{{4,28}}[a-z0-9])@({_PROJECT})\.iam\.gserviceaccount\.com")
_SHARED = re.compile(
    r"[0-9]+-compute@developer\.gserviceaccount\.com|.+@appspot\.gserviceaccount\.com"
)
_KEY = re.compile(r"[0-9a-f]{40}")
_USER = re.compile(r"[A-Za-z0-9_'+.-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_PROVIDER = re.compile(rf"({_PROJECT}|[0-9]{{6,20}})/([a-z0-9-]{{4,32}})/([a-z0-9-]{{4,32}})")


def bearer(connection: Connection, scope: str, subject: str = "") -> http.Authorize:
    """Prove who asks by an assertion of the responder's own service account (RFC 7523).

    Args:
        connection: Its option ``client_email`` and its secret ``private_key``.
        scope: What the token is for.
        subject: Option that names the Workspace administrator it acts as (domain-wide delegation).
    """

    def authorize(client: httpx.Client) -> dict[str, str]:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": needed(connection, "client_email"),
            "scope": scope,
            "aud": _TOKENS,
            "iat": now,
            "exp": now + 600,
        }
        if subject:
            claims["sub"] = needed(connection, subject)
        kid = connection.option("private_key_id")
        assertion = signed(claims, connection.secret("private_key"), kid=kid)
        where = "/token" if connection.url else _TOKENS
        try:
            answer = client.post(where, data={"grant_type": _GRANT, "assertion": assertion})
        except httpx.HTTPError as error:
            what = f"no token: {type(error).__name__}"
            raise Unreachable(what, where=connection.name) from None
        body = _json(answer)
        token = body.get("access_token")
        if answer.status_code != 200 or not isinstance(token, str):
            what = f"no token: {answer.status_code} {short(body.get('error', ''))}"
            mend = "client_email, private_key, and the delegation of the domain"
            raise Refused(what, where=connection.name, mend=mend, status=answer.status_code)
        return {"Authorization": f"Bearer {token}"}

    return authorize


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def needed(connection: Connection, name: str) -> str:
    """Return an option that has to be there.

    Raises:
        ConfigError: It is not.
    """
    found = connection.option(name)
    if not found:
        raise ConfigError(f"it has no option {name}", where=connection.name, mend="under options:")
    return found


def read(where: str, **query: Any) -> Request:
    """Return a GET for which 404 is an answer."""
    return http.read(where, endpoint="Google", accepts=(404,), **query)


def change(verb: str, where: str, *, accepts: tuple[int, ...] = (), **params: Any) -> Request:
    """Return a request that changes something."""
    return http.change(verb, where, endpoint="Google", accepts=accepts, **params)


@dataclass(frozen=True, slots=True)
class Account:
    """A service account.

    Attributes:
        email: Its address.
        project: The project that it is in; its address says so.
    """

    email: str
    project: str

    @property
    def path(self) -> str:
        return http.path("/v1/projects/{}/serviceAccounts/{}", self.project, self.email)


@dataclass(slots=True)
class Look:
    """What is known while a plan is made; see the attributes of the same name elsewhere.

    Attributes:
        transport: None: nothing may be read.
        notes: What was left out and why.
        barred: What must not be touched and was left out.
    """

    transport: Transport | None
    notes: list[str] = field(default_factory=list)
    barred: list[str] = field(default_factory=list)

    def ask(self, request: Request) -> Any:
        """Return an answer; None where nothing may be read."""
        return self.transport.send(request) if self.transport is not None else None

    def option(self, name: str, usual: Any = None) -> Any:
        connection = http.connection_of(self.transport)
        return connection.options.get(name, usual) if connection is not None else usual

    def accounts(self, target: Target) -> Iterator[Account]:
        """Yield the agent's service accounts that may be touched."""
        for ref in target.ids("gcp.service_account"):
            if found := self.account(ref):
                yield found

    def account(self, email: str) -> Account | None:
        found = _ACCOUNT.fullmatch(email)
        if email == self.option("client_email", ""):
            self.barred.append(f"{email} is the responder itself")
        elif _SHARED.fullmatch(email):
            self.barred.append(f"{short(email)} is a default account that a whole project shares")
        elif found is None:
            self.notes.append(f"Left out, no address of a service account: {short(email)}")
        elif found[2].startswith("gcp-sa-"):
            self.barred.append(f"{email} is Google's own service agent")
        else:
            return Account(email, found[2])
        return None

    def keys(self, target: Target) -> Iterator[tuple[Account, str]]:
        """Yield keys that are named as ``account/key id``."""
        for ref in target.ids("gcp.service_account_key"):
            email, _, key = ref.partition("/")
            if not _KEY.fullmatch(key):
                self.notes.append(f"Left out, no account/key: {short(ref)}")
            elif found := self.account(email):
                yield found, key

    def providers(self, target: Target) -> Iterator[str]:
        """Yield the paths of providers that are named as ``project/pool/provider``."""
        place = "/v1/projects/{}/locations/global/workloadIdentityPools/{}/providers/{}"
        for ref in target.ids("gcp.workload_provider"):
            if found := _PROVIDER.fullmatch(ref):
                yield http.path(place, *found.groups())
            else:
                self.notes.append(f"Left out, no project/pool/provider: {short(ref)}")

    def users(self, target: Target) -> Iterator[tuple[str, str]]:
        """Yield address and path of the agent's Workspace users."""
        for ref in target.ids("google.user"):
            if not _USER.fullmatch(ref):
                self.notes.append(f"Left out, no address of a user: {short(ref)}")
            elif ref == self.option("admin", ""):
                self.barred.append(f"{ref} is whom the responder acts as")
            else:
                yield ref, http.path("/admin/directory/v1/users/{}", ref)

    def plan(self, action: str, target: Target, steps: Iterable[Step | None]) -> Plan:
        """Return the plan.

        Raises:
            Guarded: All that there is must not be touched.
        """
        made = {one.point: one for one in steps if one is not None}
        if not made and self.barred:
            raise Guarded(self.barred[0], mend=f"{DOC} says why")
        return Plan(action, target, tuple(made.values()), (*self.notes, *self.barred))
