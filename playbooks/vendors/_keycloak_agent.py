"""Keycloak: what the agent would try, and who can tell whether its token is live."""

from __future__ import annotations

from agentwarrant.faults import short
from agentwarrant.respond.action import Expectation, Op, Verification
from agentwarrant.respond.http import path, probe
from agentwarrant.respond.transport import Sealed, at

from ._keycloak import OIDC, Client, Realm, User

AGENT_SIDE = "Keycloak, as the agent"


def grant(realm: Realm, client: Client) -> tuple[Verification, ...]:
    """Return the probe that asks for a token as the agent; none where its secret is unknown."""
    if client.name != realm.option("agent_client") or not realm.has("agent_secret"):
        return ()
    form = {
        "grant_type": "client_credentials",
        "client_id": client.name,
        "client_secret": Sealed("agent_secret"),
    }
    where = path(OIDC, client.realm) + "token"
    asked = probe("POST", where, endpoint=AGENT_SIDE, accepts=(400, 401, 403), form=form)
    return (Verification(asked, (Expectation(("status",), [400, 401], op=Op.ONE_OF),)),)


def token(realm: Realm, client: Client) -> tuple[Verification, ...]:
    """Return the probe that a live token of the agent is dead; none where nobody can tell.

    A client that is not in a token's audience is told ``active: false`` of a live one, so
    only the introspection of one that is in it counts.
    """
    witness = realm.option("introspect_client")
    if client.name != realm.option("agent_client") or not realm.has("agent_token"):
        return ()
    if not witness or not realm.has("introspect_secret"):
        return ()
    if witness not in _audience(realm, client):
        realm.notes.append(
            f"The client {short(witness)} is not in the audience of the agent's tokens: that"
            " its introspection calls one inactive proves nothing, so it is not asked"
        )
        return ()
    return (introspection(client.realm, witness),)


def _audience(realm: Realm, client: Client) -> list[str]:
    user = realm.service_account(client).get("id") if client.known else None
    if not isinstance(user, str):
        return []
    where = f"{client.place}/evaluate-scopes/generate-example-access-token"
    found = at(realm.get(where, 400, 403, 404, userId=user), ("aud",))
    return [str(one) for one in (found if isinstance(found, list) else [found])]


def user_token(realm: Realm, user: User) -> tuple[Verification, ...]:
    """Return the probe that a user's token, issued with the scope openid, is dead."""
    if user.id != realm.option("agent_user") or not realm.has("agent_token"):
        return ()
    asked = probe(
        "POST",
        path(OIDC, user.realm) + "userinfo",
        endpoint=AGENT_SIDE,
        accepts=(401, 403),
        form={"access_token": Sealed("agent_token")},
    )
    return (Verification(asked, (Expectation(("status",), 401),)),)


def introspection(realm: str, witness: str) -> Verification:
    """Return the probe in which a resource server asks whether the agent's token is live."""
    form = {
        "token": Sealed("agent_token"),
        "client_id": witness,
        "client_secret": Sealed("introspect_secret"),
    }
    where = path(OIDC, realm) + "token/introspect"
    asked = probe("POST", where, endpoint=AGENT_SIDE, accepts=(), form=form)
    return Verification(asked, (Expectation(("body", "active"), False),))
