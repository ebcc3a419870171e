"""Okta: names, requests and the guards that its actions share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from agentwarrant.errors import Guarded, Refused
from agentwarrant.faults import short
from agentwarrant.respond import http
from agentwarrant.respond.action import Expectation, Op, Target, Verification
from agentwarrant.respond.http import connection_of, path
from agentwarrant.respond.naming import sorted_out
from agentwarrant.respond.transport import Now, Path, Request, Transport, at

ENDPOINT = "Okta management API"
DOC = "docs/vendors/okta.md"
UNKNOWN = "Left out, unknown to Okta: "
read = partial(http.read, endpoint=ENDPOINT)
change = partial(http.change, endpoint=ENDPOINT)

_USER = re.compile(r"00u[A-Za-z0-9]{1,60}", re.ASCII)
_LOGIN = re.compile(r"[^\s/?#%\"'\\@]{1,100}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8}")
"""With an at sign: ``me`` would be whoever asks, and a short name whoever it happens to fit."""
_APP = re.compile(r"0oa[A-Za-z0-9]{1,60}", re.ASCII)
_LOOKS_BACK = 2_592_000
_MOST_ADMINS = 200
_USUAL_USERS = 5
_TOKEN_LIFE = 3600.0
GONE = (404,)


class Discreet:
    """Hands on no client secret: Okta's answers about secrets hold them in plain text."""

    def __init__(self, inner: http.Http) -> None:
        self.connection = inner.connection
        self._inner = inner

    def send(self, request: Request) -> Any:
        return _without_secrets(self._inner.send(request))


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {n: _without_secrets(v) for n, v in value.items() if n != "client_secret"}
    if isinstance(value, list):
        return [_without_secrets(one) for one in value]
    return value


# Users -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class User:
    """A user of the org.

    Attributes:
        id: Okta's id; what the case called them where nothing was read.
        status: ``ACTIVE``, ``SUSPENDED`` …; empty where nothing was read.
        login: Empty where nothing was read.
    """

    id: str
    status: str = ""
    login: str = ""

    @property
    def named(self) -> dict[str, Any]:
        """What a step keeps beside the state: who it is, whatever the case called them."""
        return {"login": self.login} if self.login else {}

    @property
    def point(self) -> str:
        return f"okta.user:{self.id}"

    def at(self, template: str, *parts: str) -> str:
        """Return a path below the user's."""
        return path(f"/api/v1/users/{{}}{template}", self.id, *parts)


def users_of(target: Target, transport: Transport | None) -> tuple[list[User], list[str]]:
    """Return the agent's users, each once however it is called, and notes on what is left out."""
    ids, notes = sorted_out(target.ids("okta.user"), _USER, "Okta user id")
    logins, more = sorted_out(target.ids("okta.user_login"), _LOGIN, "Okta login")
    notes += more
    if transport is None:
        return [User(one) for one in (*ids, *logins)], notes
    found: dict[str, User] = {}
    for name in (*ids, *logins):
        body = body_of(transport, path("/api/v1/users/{}", name))
        login = str(at(body, ("profile", "login")) or "")
        if name in (body.get("id"),) or ("@" in name and login.casefold() == name.casefold()):
            one = str(body["id"])
            found[one] = User(one, str(body.get("status") or ""), login)
        else:
            notes.append(f"{UNKNOWN}{short(name)}")
    return list(found.values()), notes


def not_last_admin(user: User, transport: Transport) -> None:
    """Refuse to take the org its last super administrator.

    Raises:
        Guarded: It is the last active one, or it cannot be seen that it is not.
    """
    try:
        _seen_not_last(user, transport)
    except Refused as error:
        raise Guarded(
            f"whether it is the last super administrator cannot be read: {error.what}",
            where=user.point,
            mend="okta.roles.read, and an admin role that may see roles",
        ) from None


def _seen_not_last(user: User, transport: Transport) -> None:
    if not _is_super(user.id, transport):
        return
    answer = transport.send(read("/api/v1/iam/assignees/users", limit=100))
    others = [str(row.get("id")) for row in rows(at(answer, ("body", "value")))]
    for other in others[:_MOST_ADMINS]:
        if other == user.id or not _USER.fullmatch(other):
            continue
        body = body_of(transport, path("/api/v1/users/{}", other))
        if body.get("status") == "ACTIVE" and _is_super(other, transport):
            return
    raise Guarded(
        "it is the last active super administrator that could be found",
        where=user.point,
        mend="make another one first",
    )


def _is_super(user: str, transport: Transport) -> bool:
    roles = transport.send(read(path("/api/v1/users/{}/roles", user)))
    return any(
        row.get("type") == "SUPER_ADMIN" and row.get("status", "ACTIVE") == "ACTIVE"
        for row in rows(roles["body"])
    )


def logged(event: str, user: User, transport: Transport | None) -> Verification:
    """Return the read of the System Log that shows that something was done to a user since now.

    Sessions cannot be listed, so the log is the only place where their end shows. What it shows
    already proves nothing: the newest entry must be a newer one.
    """
    wanted = f'eventType eq "{event}" and target.id eq "{user.id}"'
    newest = read(
        "/api/v1/logs",
        since=Now("iso", -_LOOKS_BACK),
        filter=wanted,
        sortOrder="DESCENDING",
        limit=1,
    )
    row: Path = ("body", ("eventType", event))
    before = ""
    if transport is not None:
        # without a time, which observe mode does not fill in: the log goes seven days back then
        seen = read("/api/v1/logs", filter=wanted, sortOrder="DESCENDING", limit=1)
        before = str(at(transport.send(seen), (*row, "published")) or "")
    return Verification(
        newest,
        (
            Expectation((*row, "outcome", "result"), "SUCCESS"),
            Expectation((*row, "published"), before, op=Op.ABOVE),
        ),
    )


# Apps ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class App:
    """An app of the org.

    Attributes:
        id: Okta's id, which is the client id of an OAuth 2.0 app.
        status: ``ACTIVE`` or ``INACTIVE``; empty where nothing was read.
        life: How many seconds its access tokens live.
    """

    id: str
    status: str = ""
    life: float = _TOKEN_LIFE

    @property
    def point(self) -> str:
        return f"okta.app:{self.id}"

    def at(self, template: str, *parts: str) -> str:
        """Return a path below the app's."""
        return path(f"/api/v1/apps/{{}}{template}", self.id, *parts)


def app_ids(target: Target) -> tuple[list[str], list[str]]:
    """Return the ids of the agent's apps, and notes on those that are none."""
    return sorted_out(target.ids("okta.app"), _APP, "Okta app id")


def apps_of(target: Target, transport: Transport | None) -> tuple[list[App], list[str]]:
    """Return the agent's apps and notes on what is left out.

    Raises:
        Guarded: More people use one of them than the connection's ``max_app_users``, or it is
            the app that we act as.
    """
    ids, notes = app_ids(target)
    if transport is None:
        return [App(one) for one in ids], notes
    found = []
    for one in ids:
        body = body_of(transport, path("/api/v1/apps/{}", one))
        if body.get("id") != one:
            notes.append(f"{UNKNOWN}{one}")
            continue
        _not_shared(one, body, transport)
        life = float(option_of(transport, "token_lifetime", _TOKEN_LIFE))
        found.append(App(one, str(body.get("status") or ""), life))
    return found, notes


def _not_shared(app: str, body: Mapping[str, Any], transport: Transport) -> None:
    where = f"okta.app:{app}"
    client = at(body, ("credentials", "oauthClient", "client_id"))
    if option_of(transport, "client_id", "") in (app, client):
        raise Guarded("it is the app that responses themselves act as", where=where)
    most = int(option_of(transport, "max_app_users", _USUAL_USERS))
    try:
        people = transport.send(read(path("/api/v1/apps/{}/users", app), limit=most + 1))
    except Refused as error:
        what = f"how many people use it cannot be read: {error.what}"
        raise Guarded(what, where=where, mend="okta.apps.read") from None
    if len(rows(people["body"])) > most:
        raise Guarded(
            f"more than {most} people use it, and all of them would lose it",
            where=where,
            mend="raise max_app_users for this connection if that is meant",
        )


def option_of(transport: Transport, name: str, usual: Any) -> Any:
    """Return an option of the connection that a transport goes over."""
    connection = connection_of(transport)
    return connection.options.get(name, usual) if connection else usual


# Reading ---------------------------------------------------------------------------------


def body_of(transport: Transport, where: str) -> Mapping[str, Any]:
    """Return what stands at a path; empty where nothing does."""
    body = transport.send(read(where, accepts=GONE))["body"]
    return body if isinstance(body, Mapping) else {}


def rows(body: object) -> list[Mapping[str, Any]]:
    """Return the objects of a list; none where there is no list."""
    return [row for row in body if isinstance(row, Mapping)] if isinstance(body, list) else []


def listed(transport: Transport, where: str) -> list[Mapping[str, Any]]:
    """Return the first page of a list, 200 rows; none where the vendor refuses as not found."""
    return rows(transport.send(read(where, accepts=GONE))["body"])


def is_now(where: str, *found: str, value: object) -> Verification:
    """Return the read that shows one value."""
    return Verification(read(where), (Expectation(("body", *found), value),))


def is_empty(where: str) -> Verification:
    """Return the read of a list that shows that nothing is in it."""
    ok = Expectation(("status",), 200)
    return Verification(read(where), (ok, Expectation(("body",), op=Op.EMPTY)))


def is_gone(where: str) -> Verification:
    """Return the read that shows that nothing is there."""
    return Verification(read(where, accepts=GONE), (Expectation(("status",), 404),))
