"""Vault and OpenBao: names of logs made into paths, what is ours, and what the agent would try.

Both decode a path before they take it apart: ``%2F`` in a name would end it. So names are held to
a strict form before they stand in a request.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import httpx

from agentwarrant.errors import Guarded, Refused, Unreachable
from agentwarrant.faults import short
from agentwarrant.respond.action import Expectation, Op, Target, Verification
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.http import change, connection_of, path, probe, read
from agentwarrant.respond.transport import Effect, Request, Sealed, Transport, at

ENDPOINT = "Vault API"
AGENT_SIDE = "Vault, as the agent"
NAMESPACE = "X-Vault-Namespace"
UNREAD = "Vault was not asked: nothing is looked up, and no undo is prepared"
MAX_STEPS = 50
_MONTH = 2_764_800.0
"""Seconds of 768 hours: how long a token lives at most where nobody said otherwise."""

_NAME = r"(?!\.{1,2}(?:/|\Z))[A-Za-z0-9_.-]{1,128}"
_WHOLE = re.compile(_NAME, re.ASCII)
_MOUNT = re.compile(rf"{_NAME}(?:/{_NAME}){{0,4}}", re.ASCII)
_ENTITY = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_GONE = [
    ["1 error occurred:\n\t* invalid accessor\n\n"],
    ["invalid accessor"],
]


class Bao:
    """The server of one connection, as it is read for a plan."""

    def __init__(self, transport: Transport | None) -> None:
        self.transport = transport
        self._connection = connection_of(transport)
        self.notes: list[str] = [] if transport else [UNREAD]

    @property
    def asked(self) -> bool:
        return self.transport is not None

    def get(self, request: Request) -> dict[str, Any]:
        """Return the answer of a read."""
        if self.transport is None:
            return {"status": 0, "body": None}
        answer: dict[str, Any] = self.transport.send(request)
        return answer

    def option(self, name: str) -> str:
        return self._connection.option(name) if self._connection else ""

    def has(self, *secrets: str) -> bool:
        return self._connection is not None and all(map(self._connection.has, secrets))

    @cached_property
    def ourselves(self) -> Mapping[str, Any]:
        """Our own token, as the server describes it, without its value."""
        found = at(
            self.get(read("/v1/auth/token/lookup-self", endpoint=ENDPOINT)), ("body", "data")
        )
        return {k: found.get(k) for k in ("accessor", "entity_id", "path")} if found else {}

    def spare_us(self, what: str, key: str, value: str) -> None:
        """Refuse what is ours.

        Raises:
            Guarded: It is.
        """
        if self.asked and value and value == self.ourselves.get(key):
            raise Guarded(f"this is the responder's own {what}", where=ENDPOINT)

    def names(self, target: Target, kind: str, form: re.Pattern[str]) -> Iterator[str]:
        """Yield the ids of a kind that have its form."""
        for name in target.ids(kind):
            if form.fullmatch(name):
                yield name
            else:
                self.notes.append(f"Left out, not written as a {kind} is: {short(name)}")

    def entities(self, target: Target) -> Iterator[str]:
        """Yield the target's entities: those that are named, and those of its tokens."""
        yield from self.names(target, "vault.entity", _ENTITY)
        for accessor in self.names(target, "vault.token", _WHOLE):
            if not self.asked:
                self.notes.append(f"Not looked up: the entity of the token {short(accessor)}")
                continue
            entity = at(self.token(accessor), ("entity_id",))
            if entity:
                yield str(entity)
            else:
                self.notes.append(
                    f"No entity to switch off has the token {short(accessor)}: revoke the token,"
                    " and whatever made it"
                )

    def tokens(self, target: Target) -> Iterator[str]:
        """Yield the accessors of the target's tokens.

        Raises:
            Guarded: One is our own.
        """
        for accessor in self.names(target, "vault.token", _WHOLE):
            self.spare_us("token", "accessor", accessor)
            yield accessor

    def token(self, accessor: str) -> Mapping[str, Any]:
        """Return what the server says of a token; empty where it has none."""
        answer = self.get(lookup_accessor(accessor))
        found = at(answer, ("body", "data"))
        return found if answer["status"] == 200 and isinstance(found, Mapping) else {}

    def roles(self, target: Target) -> Iterator[tuple[str, str]]:
        """Yield mount and name of the target's AppRole roles."""
        for ref in self.names(target, "vault.role", _MOUNT):
            mount, _, role = ref.rpartition("/")
            if mount:
                yield mount, role
            else:
                self.notes.append(f"Left out, not written mount/role: {short(ref)}")

    def secret_ids(self, target: Target) -> Iterator[tuple[str, str, str]]:
        """Yield mount, role and accessor of the target's secret ids: named, or all of its roles."""
        for ref in self.names(target, "vault.secret_id", _MOUNT):
            place, _, accessor = ref.rpartition("/")
            mount, _, role = place.rpartition("/")
            if mount:
                yield mount, role, accessor
            else:
                self.notes.append(f"Left out, not written mount/role/accessor: {short(ref)}")
        for mount, role in self.roles(target):
            if not self.asked:
                self.notes.append(f"Not listed: the secret ids of the role {role}")
                continue
            where = path("/v1/auth/{}/role/{}/secret-id", mount, role)
            listed = self.get(read(where, endpoint=ENDPOINT, accepts=(400, 403, 404), list=True))
            if listed["status"] != 200:
                self.notes.append(f"No secret ids, or none for us, of the role {mount}/{role}")
            keys = at(listed, ("body", "data", "keys")) if listed["status"] == 200 else None
            for key in keys if isinstance(keys, list) else ():
                if isinstance(key, str) and _WHOLE.fullmatch(key):
                    yield mount, role, key

    # The agent's side --------------------------------------------------------------------------

    def token_refused(self) -> tuple[Verification, ...]:
        """Return the probe that the agent's token is refused; none where it is not given."""
        if not self.has("agent_token"):
            return ()
        head: dict[str, Any] = {"X-Vault-Token": Sealed("agent_token"), **self._namespace}
        where = "/v1/auth/token/lookup-self"
        asked = probe("GET", where, endpoint=AGENT_SIDE, accepts=(403,), headers=head)
        return (Verification(asked, (Expectation(("status",), 403),)),)

    def login_refused(self, mount: str) -> tuple[Verification, ...]:
        """Return the probe that the agent's log-in is refused; none where it is not given."""
        if not self.has("agent_role_id", "agent_secret_id"):
            return ()
        body = {"role_id": Sealed("agent_role_id"), "secret_id": Sealed("agent_secret_id")}
        asked = probe(
            "POST",
            path("/v1/auth/{}/login", mount),
            endpoint=AGENT_SIDE,
            accepts=(400, 403),
            json=body,
            headers=self._namespace,
        )
        return (Verification(asked, (Expectation(("status",), [400, 403], op=Op.ONE_OF),)),)

    @property
    def agent_mount(self) -> str:
        """Where the agent logs in."""
        mount, _, role = self.option("agent_role").rpartition("/")
        return mount if role and _MOUNT.fullmatch(mount) else ""

    @property
    def _namespace(self) -> dict[str, str]:
        return namespace(self._connection) if self._connection else {}


def namespace(connection: Connection) -> dict[str, str]:
    """Return the header that says in which namespace a connection works."""
    name = connection.option("namespace")
    return {NAMESPACE: name} if name else {}


def asking(where: str, accepts: tuple[int, ...] = (), **body: Any) -> Request:
    """Return a read that is a POST, as the vendor has it."""
    return Request(f"POST {where}", {"json": body}, Effect.READ, ENDPOINT, accepts=accepts)


def lookup_accessor(accessor: str) -> Request:
    return asking("/v1/auth/token/lookup-accessor", (400, 403, 404), accessor=accessor)


def revocation(accessor: str) -> Request:
    return change(
        "POST", "/v1/auth/token/revoke-accessor", endpoint=ENDPOINT, json={"accessor": accessor}
    )


def gone(accessor: str) -> Verification:
    """Return the read that proves that a token is gone.

    OpenBao says so by 400, Vault by 403; the words tell it from a refusal to us.
    """
    words = Expectation(("body", "errors"), _GONE, op=Op.ONE_OF)
    return Verification(lookup_accessor(accessor), (words,))


def narrow(prefix: str) -> str:
    """Return a prefix of leases that can only be one role's or one account's.

    Raises:
        Guarded: It may be more.
    """
    parts = prefix.strip("/").split("/")
    least = 4 if parts[0] == "auth" else 3
    own = all(map(_WHOLE.fullmatch, parts))
    if not own or len(parts) < least or parts[0] == "sys" or parts[:2] == ["auth", "token"]:
        what = f"{short(prefix)} could be leases of more than one agent"
        mend = "name them as mount/creds/role, or as auth/mount/login/account"
        raise Guarded(what, where=ENDPOINT, mend=mend)
    return "/".join(parts)


def life(bao: Bao, mount: str, role: str) -> float:
    """Return for how many seconds a token of a role may live on."""
    where = path("/v1/auth/{}/role/{}", mount, role)
    row = at(bao.get(read(where, endpoint=ENDPOINT, accepts=(403, 404))), ("body", "data"))
    longest = at(row, ("token_explicit_max_ttl",)) or at(row, ("token_max_ttl",))
    return float(longest or _MONTH) if bao.asked else 0.0


def logged_in(client: httpx.Client, connection: Connection, own: Mapping[str, str]) -> str:
    """Return a token for the responder's own AppRole.

    Raises:
        Refused, Unreachable: None was given.
    """
    where = path("/v1/auth/{}/login", connection.option("login_mount", "approle"))
    body = {name: connection.secret(name) for name in ("role_id", "secret_id")}
    try:
        answer = client.post(where, json=body, headers=dict(own))
        token = at(answer.json(), ("auth", "client_token")) if answer.status_code == 200 else None
    except (httpx.HTTPError, ValueError):
        raise Unreachable("no token: the log-in was not answered", where=connection.name) from None
    if not isinstance(token, str):
        status = answer.status_code
        mend = "role_id and secret_id"
        raise Refused(f"no token: {status}", where=connection.name, mend=mend, status=status)
    return token
