"""Any OAuth 2.0 or OpenID Connect provider: an agent's tokens are revoked, and seen to be dead.

Only the client that a token was issued to can revoke it, so this needs the agent's own secret.
That the token is dead is what introspection says, and that counts only if it called the same token
live before: a client that is not in a token's audience is told that a live one is inactive.

References:
    - RFC 7009 (revocation), RFC 7662 (introspection), RFC 8414 (where the endpoints are)
    - Run against Keycloak 26.7.3
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from agentwarrant.faults import short
from agentwarrant.respond import http
from agentwarrant.respond.action import (
    Action,
    Expectation,
    Plan,
    Reversibility,
    Step,
    Target,
    Verb,
    Verification,
)
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.http import change, connection_of, probe
from agentwarrant.respond.transport import Effect, Request, Sealed, Transport
from agentwarrant.respond.vendor import HttpVendor

from ._oidc import ENDPOINT, INTROSPECT, REVOKE, Provider, active

DOC = "docs/vendors/oidc.md"
_DEAD = (Expectation(("body", "active"), False),)
_TOKENS = (("agent_token", "access_token"), ("agent_refresh_token", "refresh_token"))
"""In this order: with a refresh token some providers take the access token along."""


class Oidc(HttpVendor):
    name = "oidc"
    title = "OAuth 2.0 provider"
    reads = frozenset({f"POST {INTROSPECT}"})
    probes = frozenset({f"POST {INTROSPECT}"})
    secrets: ClassVar = {
        "client_secret": "of client_id",
        "agent_secret": "of agent_client: only it can revoke its tokens",
        "agent_token": "an access token of the agent",
        "agent_refresh_token": "a refresh token of the agent",
    }
    options: ClassVar = {
        "client_id": "who asks about tokens: a client in their audience",
        "agent_client": "client id of the agent",
        "auth": "how clients prove who they are: basic, or post",
    }
    examples = ("oidc.client:agent-7",)

    def authorize(self, connection: Connection) -> http.Authorize:
        return lambda client: {}  # each request is proven by itself: ours, or the agent's

    @contextmanager
    def connect(self, connection: Connection, *, changes: bool = False) -> Iterator[Transport]:
        with http.connect(connection, self.authorize(connection)) as opened:
            yield Provider(opened, connection)


class RevokeToken(Action):
    """Revoke the agent's tokens that the connection holds (RFC 7009)."""

    name = "revoke_token"
    verb = Verb.REVOKE_CREDENTIALS
    kinds = frozenset({"oidc.client"})
    vendor = "oidc"
    title = "Revoke a token of the agent"
    method = "POST /revoke"
    reversibility = Reversibility.IRREVERSIBLE
    word_is_enough = False
    required_permissions = ("the agent's own client secret", "introspection")
    propagation_seconds = 1.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        steps: list[Step] = []
        notes: list[str] = []
        connection = connection_of(transport)
        for client in target.ids("oidc.client"):
            if transport is None:
                notes.append("The provider was not asked whether the token is live")
                steps.append(self._step(client, *_TOKENS[0]))
            elif connection is None or client != connection.option("agent_client"):
                notes.append(f"Left out, its secret is not given: {short(client)}")
            else:
                held = [(s, h) for s, h in _TOKENS if connection.has(s)]
                steps += [self._planned(client, s, h, transport, notes) for s, h in held]
                notes += [] if held else [f"No token is given of {short(client)}"]
        return Plan(self.id, target, tuple(steps), tuple(dict.fromkeys(notes)))

    def _planned(
        self, client: str, secret: str, hint: str, transport: Transport, notes: list[str]
    ) -> Step:
        said = active(transport, _asked(secret, hint, Effect.READ))
        if not said:
            notes.append(
                f"The {hint.replace('_', ' ')} is called inactive already: it is dead, or whoever"
                " asks is not in its audience. So nothing can prove that it was revoked"
            )
            return self._step(client, secret, hint)
        issued, expires = said.get("iat"), said.get("exp")
        whole = isinstance(issued, int) and isinstance(expires, int)
        life = float(expires - issued) if whole else 0.0  # type: ignore[operator]  # whole says so
        return self._step(client, secret, hint, live=True, life=life)

    def _step(
        self, client: str, secret: str, hint: str, *, live: bool = False, life: float = 0.0
    ) -> Step:
        form = {"token": Sealed(secret), "token_type_hint": hint}
        tried = probe("POST", INTROSPECT, endpoint=ENDPOINT, accepts=(), form=form)
        return Step(
            title=self.title,
            request=change("POST", REVOKE, endpoint=ENDPOINT, form=form),
            changes=f"the {hint.replace('_', ' ')} of {client} that the connection holds dies",
            verify=Verification(_asked(secret, hint, Effect.READ), _DEAD),
            note="Nothing takes it back. The client gets new tokens unless it is switched off.",
            point=f"oidc.client:{client}/{hint}",
            probes=(Verification(tried, _DEAD),) if live else (),
            residual_seconds=life,
            residual="a server that checks a token's signature and asks nobody takes it until then",
        )


def _asked(secret: str, hint: str, effect: Effect) -> Request:
    form = {"token": Sealed(secret), "token_type_hint": hint}
    return Request(f"POST {INTROSPECT}", {"form": form}, effect, ENDPOINT)
