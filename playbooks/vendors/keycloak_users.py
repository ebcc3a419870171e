"""Keycloak: the user that an agent is, its sessions, and those of people at the agent's client.

References:
    - https://www.keycloak.org/docs-api/latest/rest-api/index.html
    - Keycloak 26.7.3: every call, its effect on a live token and its undo were run
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agentwarrant.respond.action import Expectation, Op, Reversibility, Step, Verb, Verification
from agentwarrant.respond.http import change, path, read

from ._keycloak import ENDPOINT, Client, Realm, User
from ._keycloak_action import OFF, ON, OUTLIVES, OfClients, OfUsers, was
from ._keycloak_agent import user_token


class DisableUser(OfUsers):
    """Switch off a user that the agent is: no log-in, no refresh, no active token."""

    name = "disable_user"
    verb = Verb.DISABLE_IDENTITY
    title = "Switch off the agent's user"
    method = "PUT /admin/realms/{}/users/{}"
    reversibility = Reversibility.REVERSIBLE

    def _of(self, user: User, realm: Realm) -> Iterator[Step]:
        if user.row.get("enabled") is False:
            realm.notes.append(f"Switched off already: {user.name}")
            return
        shown = read(user.place, endpoint=ENDPOINT)
        back = change("PUT", user.place, endpoint=ENDPOINT, json={"enabled": True})
        yield Step(
            title=self.title,
            request=change("PUT", user.place, endpoint=ENDPOINT, json={"enabled": False}),
            changes=f"user {user.name}: {was(user.known)} becomes disabled",
            verify=Verification(shown, (OFF,)),
            undo=(user.logout, back) if user.known else (),
            undone=Verification(shown, (ON,)) if user.known else None,
            pre_state={"enabled": True} if user.known else {},
            note=(
                "Its sessions stay listed, and switched on alone they would live again: the undo"
                " logs the user out first."
            ),
            point=user.point,
            probes=user_token(realm, user),
            residual_seconds=realm.lifespan(None),
            residual=OUTLIVES,
        )


class LogoutUser(OfUsers):
    """End every session of the user; refresh tokens and offline tokens die with them."""

    name = "logout_user"
    verb = Verb.REVOKE_SESSIONS
    title = "Log the agent's user out everywhere"
    method = "POST /admin/realms/{}/users/{}/logout"
    reversibility = Reversibility.EXTERNALLY_REVERSIBLE

    def _of(self, user: User, realm: Realm) -> Iterator[Step]:
        yield Step(
            title=self.title,
            request=user.logout,
            changes=f"user {user.name}: all sessions end",
            verify=Verification(
                read(f"{user.place}/sessions", endpoint=ENDPOINT), (Expectation(("body",), []),)
            ),
            note="Nothing takes it back. A user that is switched on may log in again.",
            point=user.point,
            probes=user_token(realm, user),
            residual_seconds=realm.lifespan(None),
            residual=OUTLIVES,
        )


class EndClientSessions(OfClients):
    """End the sessions of people at the agent's client, also those that outlive a log-out."""

    name = "end_client_sessions"
    verb = Verb.REVOKE_SESSIONS
    title = "End a session at the agent's client"
    method = "DELETE /admin/realms/{}/sessions/{}"
    reversibility = Reversibility.EXTERNALLY_REVERSIBLE
    required_permissions = ("manage-users", "view-clients", "view-realm")

    def _of(self, client: Client, realm: Realm) -> Iterator[Step]:
        if not client.known:
            yield self._step(client, realm, f"of {client.id}", "user-sessions", "")
            return
        for listed in ("user-sessions", "offline-sessions"):
            for row in realm.pages(f"{client.place}/{listed}"):
                user = str(row.get("username"))
                yield self._step(client, realm, str(row.get("id")), listed, user)

    def _step(self, client: Client, realm: Realm, sid: str, listed: str, user: str) -> Step:
        offline: dict[str, Any] = {"query": {"isOffline": True}} if "offline" in listed else {}
        where = path("/admin/realms/{}/sessions/{}", client.realm, sid)
        return Step(
            title=self.title,
            request=change("DELETE", where, endpoint=ENDPOINT, **offline),
            changes=f"a session of {user or 'whoever is logged in'} at {client.name} ends",
            verify=Verification(
                read(f"{client.place}/{listed}", endpoint=ENDPOINT, first=0, max=1000),
                (Expectation(("body", ("id", sid)), op=Op.EMPTY),),
            ),
            note="It ends at every client of the session. Whoever may log in does so again.",
            point=f"keycloak.session:{client.realm}/{sid}",
            residual_seconds=realm.lifespan(client),
            residual=OUTLIVES,
        )
