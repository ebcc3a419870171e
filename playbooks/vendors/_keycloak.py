"""Keycloak: whom a name of a log means, and whom nobody may touch.

Names come from logs. A client is looked up by its exact client id, and its internal id is what
stands in a request; a realm that the connection is not for is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from agentwarrant.errors import ConfigError, Guarded
from agentwarrant.faults import short
from agentwarrant.respond.action import Expectation, Target, Verification
from agentwarrant.respond.http import change, connection_of, path, read
from agentwarrant.respond.transport import Request, Transport, at

ENDPOINT = "Keycloak admin API"
OIDC = "/realms/{}/protocol/openid-connect/"
MAX_STEPS = 50
PAGE = 100
_LENGTH = 255
_BUILT_IN = frozenset(
    "account account-console admin-cli broker realm-management security-admin-console".split()
)
_SERVICE = "service-account-"
UNREAD = "Keycloak was not asked: ids are not looked up, and no undo is prepared"


@dataclass(frozen=True, slots=True)
class Client:
    """A client, as it was found.

    Attributes:
        realm: Name of its realm.
        name: Its client id.
        id: Keycloak's internal id; ``clientId=...``, which is none, where nothing was read.
        row: What was read; empty where nothing was. It holds the client's secret: nothing of it
            may be kept but what a step names.
    """

    realm: str
    name: str
    id: str
    row: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def known(self) -> bool:
        return bool(self.row)

    @property
    def place(self) -> str:
        return path("/admin/realms/{}/clients/{}", self.realm, self.id)

    @property
    def point(self) -> str:
        return f"keycloak.client:{self.realm}/{self.name}"

    def put(self, **wanted: Any) -> Request:
        """Return the change of some fields; Keycloak leaves alone what is not named."""
        return change("PUT", self.place, endpoint=ENDPOINT, json=wanted)

    def shows(self, *expects: Expectation) -> Verification:
        return Verification(read(self.place, endpoint=ENDPOINT), expects)


@dataclass(frozen=True, slots=True)
class User:
    """A user, as it was found; ``row`` is empty where nothing was read."""

    realm: str
    id: str
    row: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def known(self) -> bool:
        return bool(self.row)

    @property
    def name(self) -> str:
        return str(self.row.get("username", self.id))

    @property
    def place(self) -> str:
        return path("/admin/realms/{}/users/{}", self.realm, self.id)

    @property
    def point(self) -> str:
        return f"keycloak.user:{self.realm}/{self.id}"

    @property
    def logout(self) -> Request:
        return change("POST", f"{self.place}/logout", endpoint=ENDPOINT)


class Realm:
    """The realm of one connection, read once for a plan."""

    def __init__(self, transport: Transport | None) -> None:
        self.transport = transport
        connection = connection_of(transport)
        self._connection = connection
        self.own = connection.option("realm") if connection else ""
        self.notes: list[str] = [] if transport else [UNREAD]
        self._read: dict[str, Any] = {}

    def get(self, where: str, *accepts: int, **query: Any) -> Any:
        """Return the body of a read, None where the status is one of ``accepts``.

        The same is read once: a plan is made of one moment.
        """
        if self.transport is None:
            return None
        asked = read(where, endpoint=ENDPOINT, accepts=accepts, **query)
        if asked.text not in self._read:
            answer = self.transport.send(asked)
            self._read[asked.text] = None if answer["status"] in accepts else answer["body"]
        return self._read[asked.text]

    def option(self, name: str) -> str:
        return self._connection.option(name) if self._connection else ""

    def has(self, secret: str) -> bool:
        return self._connection is not None and self._connection.has(secret)

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """What the realm says of itself; empty where nothing was read."""
        found = self.get(path("/admin/realms/{}", self.own), 403) if self.transport else None
        return found if isinstance(found, Mapping) else {}

    def named(self, target: Target, kind: str) -> Iterator[tuple[str, str]]:
        """Yield realm and id of every account of a kind that this connection is for."""
        for ref in target.ids(kind):
            realm, _, name = ref.partition("/")
            if not (_is_name(realm) and _is_name(name)):
                self.notes.append(f"Left out, not written realm/id: {short(ref)}")
            elif not self.own or realm == self.own:
                yield realm, name
            elif realm == self.facts.get("id"):
                yield self.own, name
            else:
                self.notes.append(f"Left out, of another realm: {short(ref)}")

    # Clients ---------------------------------------------------------------------------------

    def clients(self, target: Target) -> Iterator[Client]:
        """Yield the target's clients, each once.

        Raises:
            Guarded: One is Keycloak's own, the responder's own, or the last administrator.
        """
        for realm, name in dict.fromkeys(self.named(target, "keycloak.client")):
            if name in _BUILT_IN:
                raise Guarded(f"the client {name} is Keycloak's own", where=ENDPOINT)
            client = self._client(realm, name)
            if client is None:
                self.notes.append(f"Left out, the realm has no such client: {short(name)}")
            else:
                self._may_touch(client)
                yield client

    def _client(self, realm: str, name: str) -> Client | None:
        if self.transport is None:
            return Client(realm, name, f"clientId={name}")
        rows = self.get(path("/admin/realms/{}/clients", realm), clientId=name)
        for row in rows if isinstance(rows, list) else ():
            if at(row, ("clientId",)) == name and _is_name(at(row, ("id",))):
                return Client(realm, name, row["id"], row)
        return None

    def _may_touch(self, client: Client) -> None:
        if client.name == self.option("client_id"):
            raise Guarded(f"{client.name} is the responder's own client", where=ENDPOINT)
        if client.row.get("serviceAccountsEnabled") is True:
            self._may_touch_user(client.realm, self.service_account(client))

    def service_account(self, client: Client) -> Mapping[str, Any]:
        """Return the user that a client is when it acts by itself; empty for none."""
        found = self.get(f"{client.place}/service-account-user", 400, 404)
        return found if isinstance(found, Mapping) else {}

    # Users -----------------------------------------------------------------------------------

    def users(self, target: Target) -> Iterator[User]:
        """Yield the target's users, each once.

        Raises:
            Guarded: One is the responder's own or the last administrator.
        """
        for realm, user in dict.fromkeys(self.named(target, "keycloak.user")):
            if self.transport is None:
                yield User(realm, user)
                continue
            row = self.get(path("/admin/realms/{}/users/{}", realm, user), 404)
            if at(row, ("id",)) != user:
                self.notes.append(f"Left out, the realm has no such user: {short(user)}")
                continue
            self._may_touch_user(realm, row)
            yield User(realm, user, row)

    def _may_touch_user(self, realm: str, user: Mapping[str, Any]) -> None:
        own = f"{_SERVICE}{self.option('client_id')}".lower()
        if str(user.get("username")).lower() == own:
            raise Guarded("this is the responder's own service account", where=ENDPOINT)
        if user and self._is_last_admin(realm, str(user["id"]), own):
            what = f"{short(user.get('username'))} is the last administrator of the realm {realm}"
            raise Guarded(what, where=ENDPOINT, mend="give another person realm-admin first")

    def _is_last_admin(self, realm: str, user: str, own: str) -> bool:
        """Holds a user the realm's administration, and nobody else that is no part of us?"""
        if realm == "master":
            mine, role = "role-mappings/realm", path("/admin/realms/{}/roles/admin", realm)
            wanted = "admin"
        else:
            rows = self.get(path("/admin/realms/{}/clients", realm), clientId="realm-management")
            manager = at(rows[0], ("id",)) if isinstance(rows, list) and rows else ""
            if not _is_name(manager):
                return False
            mine = path("role-mappings/clients/{}", manager)
            role = path("/admin/realms/{}/clients/{}/roles/realm-admin", realm, manager)
            wanted = "realm-admin"
        held = self.get(f"{path('/admin/realms/{}/users/{}', realm, user)}/{mine}/composite")
        if at(held, (("name", wanted),)) is None:
            return False
        others = self.pages(f"{role}/users")
        for group in self.pages(f"{role}/groups"):
            others += self.pages(path("/admin/realms/{}/groups/{}/members", realm, group["id"]))
        return not any(
            one.get("enabled") is True
            and one.get("id") != user
            and str(one.get("username")).lower() != own
            for one in others
        )

    def pages(self, where: str) -> list[Mapping[str, Any]]:
        """Return all rows of a list; of more than a thousand, the first thousand."""
        rows: list[Mapping[str, Any]] = []
        while len(rows) < PAGE * 10:
            page = self.get(where, first=len(rows), max=PAGE)
            rows += page if isinstance(page, list) else []
            if not isinstance(page, list) or len(page) < PAGE:
                break
        return rows

    # What was issued before -----------------------------------------------------------------------

    def lifespan(self, client: Client | None) -> float:
        """Return for how many seconds an access token is issued; 0 where it could not be read."""
        own = at(client.row, ("attributes", "access.token.lifespan")) if client else None
        for seconds in (str(own), str(self.facts.get("accessTokenLifespan"))):
            if seconds.isdecimal():
                return float(seconds)
        return 0.0


def _is_name(value: Any) -> bool:
    """May it be part of a path or a query?"""
    if not isinstance(value, str) or not 0 < len(value) <= _LENGTH:
        return False
    return value.isprintable() and value == value.strip() and value not in (".", "..")


def realm_of(option: str) -> str:
    """Return the realm that a connection is for.

    Raises:
        ConfigError: It is none.
    """
    if not _is_name(option) or "/" in option:
        raise ConfigError("it names no realm", where=ENDPOINT, mend="options: realm: NAME")
    return option
