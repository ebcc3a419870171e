"""Okta: apps that agents act as, their tokens, secrets, keys; ``okta`` names what it rests on.

A secret cannot be deactivated while it is the only one, so a new one is added first
(``add_app_secret``) and the old one is switched off after (``disable_app_secrets``). What Okta
makes anew is not read by us: an administrator reads it in Okta.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from agentwarrant.faults import short
from agentwarrant.respond.action import (
    Action,
    Expectation,
    Op,
    Plan,
    Reversibility,
    Step,
    Target,
    Verb,
    Verification,
)
from agentwarrant.respond.naming import UNREAD
from agentwarrant.respond.transport import Transport

from ._okta import DOC, App, apps_of, change, is_empty, is_now, listed, read

_LIVES_ON = "access tokens that were issued without a refresh token: all of an agent's own"


class _OfApp(Action):
    """What is done to each of the agent's apps."""

    kinds = frozenset({"okta.app"})
    vendor = "okta"
    required_permissions: ClassVar[tuple[str, ...]] = ("okta.apps.manage",)
    propagation_seconds = 5.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        apps, notes = apps_of(target, transport)
        steps: list[Step] = []
        for app in apps:
            made, said = self.steps(app, transport)
            steps += made
            notes += said
        return Plan(self.id, target, tuple(steps), tuple(notes))

    @abstractmethod
    def steps(self, app: App, transport: Transport | None) -> tuple[list[Step], list[str]]:
        """Return what is to be done to one app, and what there is to say."""


class DeactivateApp(_OfApp):
    """Deactivate an app: it is given no token any more, and nobody signs in to it."""

    name = "deactivate_app"
    verb = Verb.DISABLE_IDENTITY
    title = "Deactivate an app"
    method = "POST /api/v1/apps/{}/lifecycle/deactivate"
    reversibility = Reversibility.REVERSIBLE

    def steps(self, app: App, transport: Transport | None) -> tuple[list[Step], list[str]]:
        if app.status == "INACTIVE":
            return [], [f"{app.point} is inactive already"]
        known = bool(app.status)
        step = Step(
            title=self.title,
            request=change("POST", app.at("/lifecycle/deactivate")),
            changes=f"status: {app.status or 'not read,'} becomes INACTIVE",
            verify=is_now(app.at(""), "status", value="INACTIVE"),
            undo=(change("POST", app.at("/lifecycle/activate")),) if known else (),
            undone=is_now(app.at(""), "status", value="ACTIVE") if known else None,
            pre_state={"status": app.status, "clientId": app.id} if known else {},
            point=app.point,
            note="Okta reconciles everybody who has the app by a group: look at the assignments"
            " after it is active again.",
            residual_seconds=app.life,
            residual=_LIVES_ON,
        )
        return [step], []


class RevokeAppTokens(_OfApp):
    """Revoke an app's refresh tokens, with the access tokens that came from them."""

    name = "revoke_app_tokens"
    verb = Verb.REVOKE_SESSIONS
    title = "Revoke an app's refresh tokens"
    method = "DELETE /api/v1/apps/{}/tokens"
    reversibility = Reversibility.EXTERNALLY_REVERSIBLE

    def steps(self, app: App, transport: Transport | None) -> tuple[list[Step], list[str]]:
        step = Step(
            title=self.title,
            request=change("DELETE", app.at("/tokens")),
            changes="refresh tokens of the app: any become none",
            verify=is_empty(app.at("/tokens")),
            pre_state={"clientId": app.id} if app.status else {},
            point=app.point,
            note="It does nothing to tokens of client credentials, which is what agents have:"
            " deactivate the app and wait until they have run out.",
            residual_seconds=app.life,
            residual=_LIVES_ON,
        )
        return [step], []


class AddAppSecret(_OfApp):
    """Give an app a second secret, so that the first can be switched off."""

    name = "add_app_secret"
    verb = Verb.DISABLE_CREDENTIALS
    title = "Add a client secret"
    method = "POST /api/v1/apps/{}/credentials/secrets"
    reversibility = Reversibility.EXTERNALLY_REVERSIBLE
    repeatable = False

    def steps(self, app: App, transport: Transport | None) -> tuple[list[Step], list[str]]:
        where = app.at("/credentials/secrets")
        if transport is not None:
            found = listed(transport, where)
            if not found:
                return [], [f"{app.point} has no client secret"]
            if len(found) > 1:
                return [], [f"{app.point} has two client secrets already, and may have no third"]
        step = Step(
            title=self.title,
            request=change("POST", where, json={"status": "ACTIVE"}),
            changes="client secrets: one becomes two",
            verify=Verification(read(where), (Expectation(("body",), 1, op=Op.MORE),)),
            pre_state={"clientId": app.id} if app.status else {},
            point=f"{app.point}/secrets",
            note="An administrator reads the new secret in Okta: it is not kept here. Deleting it"
            " again is theirs to do as well.",
        )
        return [step], []


class _OfCredential(_OfApp):
    """What is switched off one by one: the secrets, or the keys, of an app."""

    verb = Verb.DISABLE_CREDENTIALS
    reversibility = Reversibility.REVERSIBLE
    what: ClassVar[str]
    named: ClassVar[str]

    def steps(self, app: App, transport: Transport | None) -> tuple[list[Step], list[str]]:
        if transport is None:
            return [self._step(app, UNREAD, known=False)], ["Which there are was not read"]
        found = listed(transport, app.at(f"/credentials/{self.what}"))
        chosen, notes = self.chosen(app, [row for row in found if row.get(self.named)])
        return [self._step(app, str(row[self.named]), known=True) for row in chosen], notes

    @abstractmethod
    def chosen(
        self, app: App, found: list[Mapping[str, Any]]
    ) -> tuple[list[Mapping[str, Any]], list[str]]:
        """Return which of those that were found are switched off, and what there is to say."""

    def _step(self, app: App, one: str, *, known: bool) -> Step:
        where = app.at(f"/credentials/{self.what}/{{}}", one)
        return Step(
            title=self.title,
            request=change("POST", f"{where}/lifecycle/deactivate"),
            changes=f"{self.what[:-1]} {short(one)}: active becomes inactive",
            verify=is_now(where, "status", value="INACTIVE"),
            undo=(change("POST", f"{where}/lifecycle/activate"),) if known else (),
            undone=is_now(where, "status", value="ACTIVE") if known else None,
            pre_state={"status": "ACTIVE", "clientId": app.id} if known else {},
            point=f"{app.point}/{self.what}/{one}",
            note="Refused while it is the only one. One that leaked should be deleted and not"
            " come back: released, it is as good as before.",
            residual_seconds=app.life,
            residual=_LIVES_ON,
        )


class DisableAppSecrets(_OfCredential):
    """Switch off the older client secret of an app; the newest stays."""

    name = "disable_app_secrets"
    title = "Deactivate a client secret"
    method = "POST /api/v1/apps/{}/credentials/secrets/{}/lifecycle/deactivate"
    what = "secrets"
    named = "id"

    def chosen(
        self, app: App, found: list[Mapping[str, Any]]
    ) -> tuple[list[Mapping[str, Any]], list[str]]:
        active = [row for row in found if row.get("status") == "ACTIVE"]
        ordered = sorted(active, key=lambda row: (str(row.get("created")), str(row["id"])))
        if not ordered:
            return [], [f"{app.point} has no active client secret"]
        if len(found) == 1:
            said = f"{app.point} has one client secret: add_app_secret has to come first"
            return ordered, [said]
        stays = short(str(ordered[-1]["id"]))
        return ordered[:-1], [
            f"{app.point} keeps its newest active client secret, {stays}: if that is the one that"
            " leaked, deactivate the app"
        ]


class DisableAppKeys(_OfCredential):
    """Switch off the keys that an app signs its assertions with."""

    name = "disable_app_keys"
    title = "Deactivate a key"
    method = "POST /api/v1/apps/{}/credentials/jwks/{}/lifecycle/deactivate"
    what = "jwks"
    named = "id"

    def chosen(
        self, app: App, found: list[Mapping[str, Any]]
    ) -> tuple[list[Mapping[str, Any]], list[str]]:
        active = [row for row in found if row.get("status") == "ACTIVE"]
        signing = [row for row in active if row.get("use", "sig") == "sig"]
        others = len(active) - len(signing)
        notes = [] if signing else [f"{app.point} has no active signing key"]
        if others:
            notes.append(f"{app.point} has {others} keys for encryption, which stay")
        return signing, notes
