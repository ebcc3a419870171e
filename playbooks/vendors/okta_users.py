"""Okta: users, their sessions, tokens, grants and risk; ``okta`` names what it rests on."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from agentwarrant.faults import short
from agentwarrant.respond.action import Action, Plan, Reversibility, Step, Target, Verb
from agentwarrant.respond.naming import UNREAD
from agentwarrant.respond.transport import Transport

from ._okta import (
    DOC,
    User,
    app_ids,
    body_of,
    change,
    is_empty,
    is_now,
    listed,
    logged,
    not_last_admin,
    option_of,
    users_of,
)

_RISKS = ("HIGH", "LOW")
"""What the risk of a user can be set to; ``MEDIUM`` and ``NONE`` can only be read."""


class _OfUser(Action):
    """What is done to each of the agent's users."""

    kinds = frozenset({"okta.user", "okta.user_login"})
    vendor = "okta"
    required_permissions: ClassVar[tuple[str, ...]] = ("okta.users.manage",)
    propagation_seconds = 5.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        users, notes = users_of(target, transport)
        steps: list[Step] = []
        for user in users:
            made, said = self.steps(user, target, transport)
            steps += made
            notes += said
        return Plan(self.id, target, tuple(steps), tuple(notes))

    @abstractmethod
    def steps(
        self, user: User, target: Target, transport: Transport | None
    ) -> tuple[list[Step], list[str]]:
        """Return what is to be done to one user, and what there is to say."""


class SuspendUser(_OfUser):
    """Suspend a user: no new sign-in; groups and apps are kept."""

    name = "suspend_user"
    verb = Verb.DISABLE_IDENTITY
    title = "Suspend a user"
    method = "POST /api/v1/users/{}/lifecycle/suspend"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("okta.users.manage", "okta.roles.read")

    def steps(
        self, user: User, target: Target, transport: Transport | None
    ) -> tuple[list[Step], list[str]]:
        if transport is not None:
            if user.status == "SUSPENDED":
                return [], [f"{user.point} is suspended already"]
            if user.status != "ACTIVE":
                what = f"{user.point} is {short(user.status)}, and only ACTIVE users are suspended"
                return [], [f"{what}: clear its sessions"]
            not_last_admin(user, transport)
        known = bool(user.status)
        step = Step(
            title=self.title,
            request=change("POST", user.at("/lifecycle/suspend")),
            changes=f"status: {user.status or 'not read,'} becomes SUSPENDED",
            verify=is_now(user.at(""), "status", value="SUSPENDED"),
            undo=(change("POST", user.at("/lifecycle/unsuspend")),) if known else (),
            undone=is_now(user.at(""), "status", value="ACTIVE") if known else None,
            pre_state={"status": user.status, **user.named} if known else {},
            point=user.point,
            note="A second one is refused with 400. Sessions and tokens that exist: clear them.",
            residual_seconds=3600.0,
            residual="access tokens that were issued before, until they run out",
        )
        return [step], []


class ClearSessions(_OfUser):
    """End a user's sessions, and the OAuth tokens that were issued to it."""

    name = "clear_sessions"
    verb = Verb.REVOKE_SESSIONS
    title = "End a user's sessions and revoke its tokens"
    method = "DELETE /api/v1/users/{}/sessions"
    reversibility = Reversibility.EXTERNALLY_REVERSIBLE
    required_permissions = ("okta.users.manage", "okta.logs.read")
    propagation_seconds = 60.0

    def steps(
        self, user: User, target: Target, transport: Transport | None
    ) -> tuple[list[Step], list[str]]:
        query = {"oauthTokens": "true", "forgetDevices": "true"}
        step = Step(
            title=self.title,
            request=change("DELETE", user.at("/sessions"), query=query),
            changes="sessions, remembered devices, refresh and access tokens: any becomes none",
            verify=logged("user.session.clear", user, transport),
            pre_state=user.named,
            point=user.point,
            note="Nothing takes it back: the user signs in again. Sessions of web and native apps"
            " that keep their own are not ended. Sessions cannot be listed; the log is the proof.",
            residual_seconds=3600.0,
            residual="access tokens that a service checks by itself, until they run out",
        )
        return [step], []


class _OfUserAtClient(_OfUser):
    """What is done to a user at every client that it has tokens or grants at."""

    reversibility = Reversibility.EXTERNALLY_REVERSIBLE

    @property
    @abstractmethod
    def what(self) -> str:
        """What is taken, as Okta's paths call it."""

    def steps(
        self, user: User, target: Target, transport: Transport | None
    ) -> tuple[list[Step], list[str]]:
        if transport is None:
            clients = app_ids(target)[0] or [UNREAD]
        else:
            found = listed(transport, user.at("/clients"))
            clients = [str(row["client_id"]) for row in found if row.get("client_id")]
            clients = [one for one in clients if listed(transport, self._at(user, one))]
        notes = [] if clients else [f"{user.point} has no {self.what} at any client"]
        return [self._step(user, client) for client in clients], notes

    def _at(self, user: User, client: str) -> str:
        return user.at(f"/clients/{{}}/{self.what}", client)

    def _step(self, user: User, client: str) -> Step:
        return Step(
            title=self.title,
            request=change("DELETE", self._at(user, client)),
            changes=f"{self.what} of the user at client {short(client)}: all become none",
            verify=is_empty(self._at(user, client)),
            pre_state=user.named,
            point=f"{user.point}/{client}",
            note="Nothing takes it back; the user may be given new ones.",
            residual_seconds=3600.0,
            residual="access tokens that were issued without a refresh token, until they run out",
        )


class RevokeUserTokens(_OfUserAtClient):
    """Revoke the refresh tokens of a user at each client, with the access tokens from them."""

    name = "revoke_user_tokens"
    verb = Verb.REVOKE_SESSIONS
    title = "Revoke a user's refresh tokens at a client"
    method = "DELETE /api/v1/users/{}/clients/{}/tokens"
    what = "tokens"


class RevokeUserGrants(_OfUserAtClient):
    """Take back what a user allowed each client to do."""

    name = "revoke_user_grants"
    verb = Verb.RESTRICT_ACCESS
    reversibility = Reversibility.IRREVERSIBLE
    title = "Revoke what a user granted a client"
    method = "DELETE /api/v1/users/{}/clients/{}/grants"
    what = "grants"


class UniversalLogout(_OfUser):
    """Sign a user out of Okta and of every app that supports Universal Logout."""

    name = "universal_logout"
    verb = Verb.REVOKE_SESSIONS
    title = "Sign a user out everywhere"
    method = "POST /oauth2/v1/global-token-revocation"
    reversibility = Reversibility.EXTERNALLY_REVERSIBLE
    required_permissions = ("okta.universalLogout.manage", "okta.logs.read")
    propagation_seconds = 120.0

    def steps(
        self, user: User, target: Target, transport: Transport | None
    ) -> tuple[list[Step], list[str]]:
        if transport is not None and option_of(transport, "universal_logout", False) is not True:
            return [], ["Universal Logout is left out: universal_logout is not set"]
        named = {"sub_id": {"format": "opaque", "id": user.id}}
        step = Step(
            title=self.title,
            request=change("POST", "/oauth2/v1/global-token-revocation", json=named),
            changes="sessions in Okta and in apps with Universal Logout: any becomes none",
            verify=logged("user.authentication.universal_logout", user, transport),
            pre_state=user.named,
            point=user.point,
            note="Needs Identity Threat Protection or Adaptive MFA. Nothing takes it back.",
            residual="sessions of apps that do not support it",
        )
        return [step], []


class RaiseUserRisk(_OfUser):
    """Set a user's risk to high: policies that ask for it stop the user."""

    name = "raise_user_risk"
    verb = Verb.RAISE_RISK
    title = "Set a user's risk to high"
    method = "PUT /api/v1/users/{}/risk"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("okta.userRisk.manage",)

    def steps(
        self, user: User, target: Target, transport: Transport | None
    ) -> tuple[list[Step], list[str]]:
        where = user.at("/risk")
        before = str(body_of(transport, where).get("riskLevel") or "NONE") if transport else ""
        if before == "HIGH":
            return [], [f"{user.point} has a high risk already"]
        back = before if before in _RISKS else "LOW"
        step = Step(
            title=self.title,
            request=change("PUT", where, json={"riskLevel": "HIGH"}),
            changes=f"risk: {before or 'not read,'} becomes HIGH",
            verify=is_now(where, "riskLevel", value="HIGH"),
            undo=(change("PUT", where, json={"riskLevel": back}),) if before else (),
            undone=is_now(where, "riskLevel", value=back) if before else None,
            pre_state={"riskLevel": before, **user.named} if before else {},
            point=user.point,
            note="It stops nobody by itself: a policy has to ask for the risk. Only HIGH and LOW"
            " can be set, so MEDIUM or none come back as LOW.",
        )
        return [step], []
