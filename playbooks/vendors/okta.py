"""Okta: how it is reached, API tokens and AI agents; users and apps are in files of their own.

What is disabled here does not end what was issued before: each action says what lives on, and how
long.

References:
    - Okta Management API 2026.06.3 (github.com/okta/okta-management-openapi-spec): users, sessions,
      suspension, apps' tokens, secrets and keys; every request is held to it by the tests
    - developer.okta.com/docs/api: user risk (Identity Threat Protection only), API tokens, roles,
      global token revocation with ``okta.universalLogout.manage``
    - developer.okta.com/docs/api/secures-ai and help.okta.com, "Okta for AI Agents status types":
      deactivating leaves an agent's ownership, credentials and sign-on settings as they are; the
      API is a beta, and the path of ``deactivate`` is that of published clients of it
    - help.okta.com, "Universal Logout": event types ``user.session.clear`` and
      ``user.authentication.universal_logout``
    - support.okta.com, "What is the lifetime of the JWT tokens": 60 minutes from the org's
      authorization server, 5 minutes to 24 hours from a custom one
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from agentwarrant.errors import ConfigError, Guarded
from agentwarrant.respond import http
from agentwarrant.respond.action import (
    Action,
    Plan,
    Reversibility,
    Step,
    Target,
    Verb,
)
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.http import connection_of, path
from agentwarrant.respond.naming import sorted_out
from agentwarrant.respond.oauth import private_key_jwt
from agentwarrant.respond.transport import Transport
from agentwarrant.respond.vendor import HttpVendor

from ._okta import (
    DOC,
    UNKNOWN,
    Discreet,
    body_of,
    change,
    is_gone,
    is_now,
)

_SCOPES = "okta.users.manage okta.apps.manage okta.roles.read okta.logs.read"
_AGENT = re.compile(r"wlp[A-Za-z0-9]{1,60}", re.ASCII)
_TOKEN = re.compile(r"00T[A-Za-z0-9]{1,60}", re.ASCII)
_TOKEN_URL = "/oauth2/v1/token"  # noqa: S105  # a path


class Okta(HttpVendor):
    name = "okta"
    title = "Okta"
    sources = frozenset({"okta"})
    secrets: ClassVar = {
        "token": "an API token (SSWS); or else:",
        "private_key": "the private key of a service app, with client_id: OAuth 2.0 instead",
    }
    options: ClassVar = {
        "client_id": "of the service app that responses act as",
        "key_id": "the kid of its key",
        "scopes": f"what to ask for; {_SCOPES}",
        "max_app_users": "an app that more people use is not touched; 5",
        "universal_logout": "true: the org has Universal Logout, and it is used",
        "token_lifetime": "seconds that access tokens of apps live; 3600",
    }
    examples = (
        "okta.user:00u1dana0ADMIN0001d7",
        "okta.user_login:dana@acme.example",
        "okta.app:0oa7helper0APP00001d7",
        "okta.token:00T1legacy0TOKEN001d7",
        "okta.ai_agent:wlp7helper0AGENT001d7",
    )

    def authorize(self, connection: Connection, *, changes: bool = True) -> http.Authorize:
        if connection.has("token"):
            return http.bearer(connection, scheme="SSWS")
        if not connection.option("client_id") or not connection.has("private_key"):
            what = "it has neither a token nor a private_key with a client_id"
            raise ConfigError(what, where=connection.name)
        scopes = connection.option("scopes", _SCOPES)
        if not changes:
            scopes = scopes.replace(".manage", ".read")
        return private_key_jwt(connection, _TOKEN_URL, scope=scopes)

    @contextmanager
    def connect(self, connection: Connection, *, changes: bool = False) -> Iterator[Transport]:
        proof = self.authorize(connection, changes=changes)
        with http.connect(connection, proof) as opened:
            yield Discreet(opened)


class DeleteApiToken(Action):
    """Revoke an API token (SSWS); it holds whatever its user may do."""

    name = "delete_api_token"
    verb = Verb.REVOKE_CREDENTIALS
    kinds = frozenset({"okta.token"})
    vendor = "okta"
    title = "Revoke an API token"
    method = "DELETE /api/v1/api-tokens/{}"
    reversibility = Reversibility.IRREVERSIBLE
    required_permissions = ("okta.apiTokens.manage",)
    propagation_seconds = 5.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        tokens, notes = sorted_out(target.ids("okta.token"), _TOKEN, "id of an API token")
        steps = []
        for token in tokens:
            where = path("/api/v1/api-tokens/{}", token)
            owner = ""
            if transport is not None:
                body = body_of(transport, where)
                if body.get("id") != token:
                    notes.append(f"{UNKNOWN}{token}; revoked already, or no API token")
                    continue
                owner = str(body.get("userId") or "")
                _not_ours(token, owner, transport)
            steps.append(
                Step(
                    title=self.title,
                    request=change("DELETE", where, accepts=(404,)),
                    changes=f"the token of user {owner or 'not read'} becomes no token",
                    verify=is_gone(where),
                    pre_state={"userId": owner} if owner else {},
                    point=f"okta.token:{token}",
                    note="Nothing takes it back: its owner makes another one.",
                )
            )
        return Plan(self.id, target, tuple(steps), tuple(notes))


def _not_ours(token: str, owner: str, transport: Transport) -> None:
    """Refuse a token of the account that we ask with: it may be the one that we ask with."""
    connection = connection_of(transport)
    if connection is None or not connection.has("token"):
        return
    if body_of(transport, "/api/v1/users/me").get("id") == owner:
        raise Guarded(
            "it belongs to the account that responses act as", where=f"okta.token:{token}"
        )


class DeactivateAiAgent(Action):
    """Deactivate an AI agent: it can neither authenticate nor connect."""

    name = "deactivate_ai_agent"
    verb = Verb.DISABLE_IDENTITY
    kinds = frozenset({"okta.ai_agent"})
    vendor = "okta"
    title = "Deactivate an AI agent"
    method = "POST /workload-principals/api/v1/ai-agents/{}/lifecycle/deactivate"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("okta.aiAgents.manage", "super administrator")
    propagation_seconds = 60.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        agents, notes = sorted_out(target.ids("okta.ai_agent"), _AGENT, "id of an AI agent")
        steps = []
        for agent in agents:
            where = path("/workload-principals/api/v1/ai-agents/{}", agent)
            status = ""
            if transport is not None:
                body = body_of(transport, where)
                if body.get("id") != agent:
                    notes.append(f"{UNKNOWN}{agent}")
                    continue
                status = str(body.get("status") or "")
            if status in ("INACTIVE", "DELETED"):
                notes.append(f"okta.ai_agent:{agent} is {status} already")
            else:
                steps.append(self._step(agent, where, status))
        return Plan(self.id, target, tuple(steps), tuple(notes))

    def _step(self, agent: str, where: str, status: str) -> Step:
        was_active = status == "ACTIVE"
        return Step(
            title=self.title,
            request=change("POST", f"{where}/lifecycle/deactivate"),
            changes=f"status: {status or 'not read,'} becomes INACTIVE",
            verify=is_now(where, "status", value="INACTIVE"),
            undo=(change("POST", f"{where}/lifecycle/activate"),) if was_active else (),
            undone=is_now(where, "status", value="ACTIVE") if was_active else None,
            pre_state={"status": status} if status else {},
            point=f"okta.ai_agent:{agent}",
            note="Answered with 202 and done later: the read is the proof. Its owners, keys and"
            " sign-on app stay as they are: deactivate the app as well.",
            residual_seconds=3600.0,
            residual="tokens that it exchanged before, until they run out; its linked app",
        )
