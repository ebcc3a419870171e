"""Keycloak: what its actions have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from agentwarrant.respond.action import Action, Expectation, Plan, Step, Target
from agentwarrant.respond.transport import Now, Transport

from ._keycloak import MAX_STEPS, Client, Realm, User

DOC = "docs/vendors/keycloak.md"
SOON = Now("epoch", 1)
"""Keycloak counts whole seconds: a token of the second that runs would live on without the 1."""
OUTLIVES = "a server that checks a token's signature and asks nobody takes it until it expires"
OFF = Expectation(("body", "enabled"), False)
ON = Expectation(("body", "enabled"), True)


class KeycloakAction(Action):
    vendor = "keycloak"
    propagation_seconds = 1.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        realm = Realm(transport)
        steps = tuple(self._steps(target, realm))
        notes = list(dict.fromkeys(realm.notes))
        if len(steps) > MAX_STEPS:
            notes.append(f"{len(steps)} would be needed; the first {MAX_STEPS} are planned")
        return Plan(self.id, target, steps[:MAX_STEPS], tuple(notes))

    @abstractmethod
    def _steps(self, target: Target, realm: Realm) -> Iterator[Step]:
        """Yield all steps, and leave notes with the realm."""


class OfClients(KeycloakAction):
    kinds = frozenset({"keycloak.client"})
    required_permissions: ClassVar[tuple[str, ...]] = ("manage-clients", "view-users", "view-realm")

    def _steps(self, target: Target, realm: Realm) -> Iterator[Step]:
        for client in realm.clients(target):
            yield from self._of(client, realm)

    @abstractmethod
    def _of(self, client: Client, realm: Realm) -> Iterator[Step]:
        """Yield the steps for one client."""


class OfUsers(KeycloakAction):
    kinds = frozenset({"keycloak.user"})
    required_permissions = ("manage-users", "view-clients", "view-realm")

    def _steps(self, target: Target, realm: Realm) -> Iterator[Step]:
        for user in realm.users(target):
            yield from self._of(user, realm)

    @abstractmethod
    def _of(self, user: User, realm: Realm) -> Iterator[Step]:
        """Yield the steps for one user."""


def was(known: bool) -> str:
    return "enabled" if known else "not read,"
