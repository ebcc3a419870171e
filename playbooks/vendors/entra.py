"""Microsoft Entra: agent identities, service principals and the sessions of agents' users.

Disabling stops new tokens. Those that exist live on for about an hour, unless the service evaluates
access continuously: for workloads that is Microsoft Graph alone, for principals of the tenant's own
apps that say they can (``cp1``), and never for managed identities.

References (learn.microsoft.com/graph/api and /entra):
    - agentidentity-update, least privileged AgentIdentity.EnableDisable.All
    - agentidentityblueprintprincipal-update, AgentIdentityBlueprintPrincipal.EnableDisable.All
    - serviceprincipal-update; user-revokesigninsessions, User.RevokeSessions.All
    - concept-continuous-access-evaluation-workload: who is covered, tokens of up to 24 hours
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from agentwarrant.errors import ConfigError, Guarded
from agentwarrant.respond import http
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
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.http import connection_of, path
from agentwarrant.respond.transport import Transport
from agentwarrant.respond.vendor import HttpVendor

from ._entra import (
    BLUEPRINT,
    DOC,
    GUID,
    LIVES_ON,
    MANAGED_LIFE,
    TOKEN_LIFE,
    UNKNOWN,
    Principal,
    body_of,
    change,
    ids_of,
    is_blueprint,
    is_enabled,
    principals_of,
    selected,
)

_VALID_FROM = "signInSessionsValidFromDateTime"
_EXAMPLE = "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb"


class Entra(HttpVendor):
    name = "entra"
    title = "Microsoft Entra"
    sources = frozenset({"entra"})
    usual_url = "https://graph.microsoft.com"
    needs_url = False
    secrets: ClassVar = {"client_secret": "of the app that responses act as"}
    options: ClassVar = {
        "tenant_id": "the tenant",
        "client_id": "the app that responses act as",
        "login_url": "where tokens are had; https://login.microsoftonline.com",
        "blueprints": "true: the principal of a blueprint may be disabled, with all its agents",
    }
    examples = (
        f"entra.agent_identity:{_EXAMPLE}",
        f"entra.managed_identity:{_EXAMPLE}",
        f"entra.service_principal:{_EXAMPLE}",
        f"entra.app:{_EXAMPLE}",
        f"entra.user:{_EXAMPLE}",
        f"entra.key:{_EXAMPLE}",
    )

    def authorize(self, connection: Connection) -> http.Authorize:
        tenant = connection.option("tenant_id")
        if not GUID.fullmatch(tenant) or not GUID.fullmatch(connection.option("client_id")):
            raise ConfigError("tenant_id and client_id are no ids", where=connection.name)
        login = connection.option("login_url", "https://login.microsoftonline.com").rstrip("/")
        where = login + path("/{}/oauth2/v2.0/token", tenant)
        graph = connection.url or self.usual_url
        return http.client_credentials(connection, where, scope=f"{graph}/.default")


class _Disable(Action):
    """What disables a principal of one type."""

    verb = Verb.DISABLE_IDENTITY
    vendor = "entra"
    reversibility = Reversibility.REVERSIBLE
    propagation_seconds = 60.0
    doc = DOC
    cast: ClassVar[str] = ""

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        found, notes = principals_of(target, transport, *sorted(self.kinds))
        steps = []
        for principal in found:
            if transport is not None and (said := self.not_for(principal, transport)):
                notes.append(f"{principal.point} {said}")
            elif principal.enabled is False:
                notes.append(f"{principal.point} is disabled already")
            else:
                steps.append(self._step(principal))
        return Plan(self.id, target, tuple(steps), tuple(notes))

    @abstractmethod
    def not_for(self, principal: Principal, transport: Transport) -> str:
        """Say why this is not the action for a principal; empty: it is.

        Raises:
            Guarded: It may not be disabled.
        """

    def _step(self, principal: Principal) -> Step:
        where = principal.where + self.cast
        known = principal.enabled is not None
        managed = principal.kind == "entra.managed_identity"
        return Step(
            title=self.title,
            request=change("PATCH", where, json={"accountEnabled": False}),
            changes=f"accountEnabled: {'true' if known else 'not read,'} becomes false",
            verify=is_enabled(where, False),
            undo=(change("PATCH", where, json={"accountEnabled": True}),) if known else (),
            undone=is_enabled(where, True) if known else None,
            pre_state={"accountEnabled": True, "clientId": principal.client} if known else {},
            point=principal.point,
            note="Its secrets, keys and federated credentials stay as they are.",
            residual_seconds=MANAGED_LIFE if managed else TOKEN_LIFE,
            residual=LIVES_ON,
        )


class DisableAgentIdentity(_Disable):
    """Disable an agent identity: it is given no token any more."""

    name = "disable_agent_identity"
    kinds = frozenset({"entra.agent_identity"})
    title = "Disable an agent identity"
    method = "PATCH /v1.0/servicePrincipals/{}/microsoft.graph.agentIdentity"
    required_permissions = ("AgentIdentity.EnableDisable.All",)
    cast = "/microsoft.graph.agentIdentity"

    def not_for(self, principal: Principal, transport: Transport) -> str:
        found = body_of(transport, principal.where + self.cast, select="id")
        return "" if found else "is no agent identity"


class DisableServicePrincipal(_Disable):
    """Disable a service principal or a managed identity."""

    name = "disable_service_principal"
    kinds = frozenset({"entra.service_principal", "entra.managed_identity", "entra.app"})
    title = "Disable a service principal"
    method = "PATCH /v1.0/servicePrincipals/{}"
    required_permissions = ("Application.ReadWrite.All",)

    def not_for(self, principal: Principal, transport: Transport) -> str:
        blueprint = is_blueprint(principal, transport)
        return "is the principal of a blueprint: see disable_blueprint" if blueprint else ""


class DisableBlueprint(_Disable):
    """Disable the principal of a blueprint: every agent that was made from it stops."""

    name = "disable_blueprint"
    kinds = frozenset({"entra.service_principal", "entra.app"})
    title = "Disable the principal of a blueprint, with all its agents"
    method = "PATCH /v1.0/servicePrincipals/{}/microsoft.graph.agentIdentityBlueprintPrincipal"
    required_permissions = ("AgentIdentityBlueprintPrincipal.EnableDisable.All",)
    cast = f"/{BLUEPRINT}"

    def not_for(self, principal: Principal, transport: Transport) -> str:
        if not is_blueprint(principal, transport):
            return "is no principal of a blueprint"
        connection = connection_of(transport)
        if connection is None or connection.options.get("blueprints") is not True:
            raise Guarded(
                "it is the principal of a blueprint: all agents made from it would stop",
                where=principal.point,
                mend="disable the agent's own identity, or set blueprints: true",
            )
        return ""


class RevokeSessions(Action):
    """End the sign-in sessions of an agent's user: refresh tokens and cookies."""

    name = "revoke_sessions"
    verb = Verb.REVOKE_SESSIONS
    kinds = frozenset({"entra.user"})
    vendor = "entra"
    title = "Revoke a user's sign-in sessions"
    method = "POST /v1.0/users/{}/revokeSignInSessions"
    reversibility = Reversibility.EXTERNALLY_REVERSIBLE
    required_permissions = ("User.RevokeSessions.All", "User.Read.All")
    propagation_seconds = 60.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        named, notes = ids_of(target, "entra.user")
        steps = []
        for _, user in named:
            where = path("/v1.0/users/{}", user)
            before = login = ""
            if transport is not None:
                body = body_of(transport, where, select=f"id,userPrincipalName,{_VALID_FROM}")
                if str(body.get("id") or "").lower() != user:
                    notes.append(f"{UNKNOWN}{user}")
                    continue
                before = str(body.get(_VALID_FROM) or "")
                login = str(body.get("userPrincipalName") or user)
            steps.append(self._step(user, where, before, login))
        return Plan(self.id, target, tuple(steps), tuple(notes))

    def _step(self, user: str, where: str, before: str, login: str) -> Step:
        op = Op.ABOVE if before else Op.IS_NOT
        later = Expectation(("body", _VALID_FROM), before, op=op)
        return Step(
            title=self.title,
            request=change("POST", f"{where}/revokeSignInSessions"),
            changes=f"{_VALID_FROM}: {before or 'not read,'} becomes the time of the call",
            verify=Verification(selected(where, f"id,{_VALID_FROM}"), (later,)),
            pre_state={"userPrincipalName": login, _VALID_FROM: before} if login else {},
            point=f"entra.user:{user}",
            note="Nothing takes it back: the user signs in again. Guests of other tenants keep"
            " their sessions at home.",
            residual_seconds=TOKEN_LIFE,
            residual=LIVES_ON,
        )
