"""Keycloak: clients, service accounts, users, their sessions and tokens.

A client or user that is switched off takes its live tokens along, but they come back to life when
it is switched on again. So releasing one sends, before or with the switch, what kills all tokens
that were issued until then.

References:
    - https://www.keycloak.org/docs-api/latest/rest-api/index.html
    - Keycloak 26.7.3: every call, its effect on a live token and its undo were run
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from agentwarrant.respond import http
from agentwarrant.respond.action import (
    Expectation,
    Op,
    Reversibility,
    Step,
    Verb,
    Verification,
)
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.http import change, path, read
from agentwarrant.respond.transport import Effect, Request, Sealed, Transport
from agentwarrant.respond.vendor import HttpVendor

from ._keycloak import ENDPOINT, OIDC, Client, Realm, realm_of
from ._keycloak_action import OFF, ON, OUTLIVES, SOON, OfClients, was
from ._keycloak_agent import AGENT_SIDE, grant, introspection, token


class Keycloak(HttpVendor):
    name = "keycloak"
    title = "Keycloak"
    reads = frozenset({"POST /realms/{}/protocol/openid-connect/token/introspect"})
    probes = frozenset(
        {
            "POST /realms/{}/protocol/openid-connect/token",
            "POST /realms/{}/protocol/openid-connect/token/introspect",
            "POST /realms/{}/protocol/openid-connect/userinfo",
        }
    )
    secrets: ClassVar = {
        "client_secret": "of the responder's own client",
        "agent_secret": "the agent's client secret: to revoke its tokens, and to see it refused",
        "agent_token": "a token of the agent: to revoke it, and to see it refused",
        "introspect_secret": "of introspect_client",
    }
    options: ClassVar = {
        "realm": "name of the realm that this connection is for; nothing else is touched",
        "login_realm": "realm of the responder's own client, where it is another one",
        "client_id": "the responder's own client",
        "agent_client": "client id whose agent_secret and agent_token are given",
        "agent_user": "user id whose agent_token is given; issued with the scope openid",
        "introspect_client": "a client in the audience of the agent's tokens",
    }
    examples = (
        "keycloak.client:agents/agent-7",
        "keycloak.user:agents/177851cd-073c-4d5e-abc1-0ba555e96740",
    )

    def authorize(self, connection: Connection) -> http.Authorize:
        realm = realm_of(connection.option("realm"))
        login = realm_of(connection.option("login_realm", realm))
        return http.client_credentials(connection, path(OIDC, login) + "token")


class DisableClient(OfClients):
    """Switch off the agent's client: no new token, and none of the old ones is active."""

    name = "disable_client"
    verb = Verb.DISABLE_IDENTITY
    title = "Switch off the agent's client"
    method = "PUT /admin/realms/{}/clients/{}"
    reversibility = Reversibility.REVERSIBLE

    def _of(self, client: Client, realm: Realm) -> Iterator[Step]:
        before = client.row.get("enabled")
        if before is False:
            realm.notes.append(f"Switched off already: {client.name}")
            return
        yield Step(
            title=self.title,
            request=client.put(enabled=False),
            changes=f"client {client.name}: {was(client.known)} becomes disabled",
            verify=client.shows(OFF),
            undo=(client.put(enabled=True, notBefore=SOON),) if client.known else (),
            undone=client.shows(ON) if client.known else None,
            pre_state={"enabled": True} if client.known else {},
            note=(
                "Switched on alone, its old tokens would live again: the undo sets notBefore with"
                " it, so tokens of before stay dead and the client needs new ones."
            ),
            point=client.point,
            probes=(*grant(realm, client), *token(realm, client)),
            residual_seconds=realm.lifespan(client),
            residual=OUTLIVES,
        )


class NotBefore(OfClients):
    """Declare all tokens of the client dead that were issued until now, for good."""

    name = "not_before"
    verb = Verb.REVOKE_CREDENTIALS
    title = "Kill the tokens that the agent's client was issued"
    method = "PUT /admin/realms/{}/clients/{}"
    reversibility = Reversibility.IRREVERSIBLE

    def _of(self, client: Client, realm: Realm) -> Iterator[Step]:
        before = client.row.get("notBefore")
        before = before if isinstance(before, int) else 0
        yield Step(
            title=self.title,
            request=client.put(notBefore=SOON),
            changes=f"client {client.name}: tokens issued until now are dead",
            verify=client.shows(Expectation(("body", "notBefore"), before, op=Op.ABOVE)),
            note=(
                "Nothing takes it back, and a release leaves it. The client gets new tokens unless"
                " it is switched off too. Keycloak counts whole seconds by its own clock: one that"
                " is ahead of ours spares the tokens of the difference."
            ),
            point=client.point,
            probes=token(realm, client),
            residual_seconds=realm.lifespan(client),
            residual=OUTLIVES,
        )


class RotateClientSecret(OfClients):
    """Give the client a new secret, which nobody is told: the old one logs in no more."""

    name = "rotate_client_secret"
    verb = Verb.REVOKE_CREDENTIALS
    title = "Replace the agent's client secret"
    method = "POST /admin/realms/{}/clients/{}/client-secret"
    reversibility = Reversibility.IRREVERSIBLE
    repeatable = False
    _MADE: ClassVar = ("attributes", "client.secret.creation.time")

    def _of(self, client: Client, realm: Realm) -> Iterator[Step]:
        attributes = client.row.get("attributes")
        made = str(attributes.get(self._MADE[1], "")) if isinstance(attributes, Mapping) else ""
        yield Step(
            title=self.title,
            request=change("POST", f"{client.place}/client-secret", endpoint=ENDPOINT),
            changes=f"client {client.name}: its secret is replaced by one that nobody has seen",
            verify=client.shows(Expectation(("body", *self._MADE), made, op=Op.ABOVE)),
            note=(
                "Nothing brings the old secret back. The new one is thrown away here: an"
                " administrator reads it in Keycloak when the agent may return. Live tokens go on:"
                " kill them by not_before."
            ),
            point=client.point,
            probes=grant(realm, client),
            residual_seconds=realm.lifespan(client),
            residual="tokens that were issued before go on everywhere until they expire",
        )

    def execute(self, step: Step, transport: Transport) -> Any:
        """Send it, and drop the new secret out of the answer."""
        answer = super().execute(step, transport)
        return {**answer, "body": None}


class DisableServiceAccount(OfClients):
    """Switch off what the client is when it acts by itself; people still log in through it."""

    name = "disable_service_account"
    verb = Verb.DISABLE_CREDENTIALS
    title = "Switch off the service account of the agent's client"
    method = "PUT /admin/realms/{}/users/{}"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("manage-users", "manage-clients", "view-realm")

    def _of(self, client: Client, realm: Realm) -> Iterator[Step]:
        user: Mapping[str, Any] = realm.service_account(client) if client.known else {}
        if client.known and user.get("enabled") is not True:
            realm.notes.append(f"No service account that is switched on: {client.name}")
            return
        account = str(user["id"]) if user else f"of {client.id}"
        place = path("/admin/realms/{}/users/{}", client.realm, account)
        shown = read(place, endpoint=ENDPOINT)
        back = change("PUT", place, endpoint=ENDPOINT, json={"enabled": True})
        yield Step(
            title=self.title,
            request=change("PUT", place, endpoint=ENDPOINT, json={"enabled": False}),
            changes=f"service account of {client.name}: {was(client.known)} becomes disabled",
            verify=Verification(shown, (OFF,)),
            undo=(client.put(notBefore=SOON), back) if user else (),
            undone=Verification(shown, (ON,)) if user else None,
            pre_state={"enabled": True} if user else {},
            note=(
                "Switched on alone, its old tokens would live again: the undo first sets notBefore"
                " of the client, which kills those of its users too."
            ),
            point=client.point,
            probes=(*grant(realm, client), *token(realm, client)),
            residual_seconds=realm.lifespan(client),
            residual=OUTLIVES,
        )


class RevokeToken(OfClients):
    """Revoke one token of the agent (RFC 7009); only the agent's own client can."""

    name = "revoke_token"
    verb = Verb.REVOKE_CREDENTIALS
    title = "Revoke the agent's token"
    method = "POST /realms/{}/protocol/openid-connect/revoke"
    reversibility = Reversibility.IRREVERSIBLE
    word_is_enough = False
    required_permissions = ("the agent's own client secret", "manage-clients")

    def _of(self, client: Client, realm: Realm) -> Iterator[Step]:
        if client.known and not self._can(client, realm):
            realm.notes.append(f"No agent_token and agent_secret are given of {client.name}")
            return
        form = {
            "token": Sealed("agent_token"),
            "client_id": client.name,
            "client_secret": Sealed("agent_secret"),
        }
        where = path(OIDC, client.realm) + "revoke"
        witness = realm.option("introspect_client") or client.name
        asked = introspection(client.realm, witness)
        yield Step(
            title=self.title,
            request=change("POST", where, endpoint=AGENT_SIDE, form=form),
            changes=f"the token of {client.name} that the connection holds is revoked",
            verify=Verification(_as_read(asked.request), asked.expects),
            note="Nothing takes it back. The client gets a new token unless it is switched off.",
            point=client.point,
            probes=token(realm, client),
            residual_seconds=realm.lifespan(client),
            residual=OUTLIVES,
        )

    def _can(self, client: Client, realm: Realm) -> bool:
        given = realm.has("agent_token") and realm.has("agent_secret")
        return given and client.name == realm.option("agent_client")


def _as_read(request: Request) -> Request:
    return Request(request.method, request.params, Effect.READ, request.endpoint)
