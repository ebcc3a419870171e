"""Anthropic: API keys, service accounts, and the deployments and sessions of managed agents.

Three credentials, because the vendor takes no single one for all of it: an Admin API key for API
keys, an OAuth token with ``org:admin`` for service accounts and federation rules (Admin keys are
refused there), and a workspace's API key for managed agents.

References:
    - the vendor's SDK, anthropic 2.14.0 for Python, generated from its API description: paths,
      bodies, states, "Idempotent; re-archiving ...", "Rejected with 400 if any live federation rule
      still targets this service account", "Tokens already minted before archive remain valid"
    - no account was at hand: run against a simulator (docs/vendors/anthropic.md)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, ClassVar

from agentwarrant.errors import ConfigError, Guarded
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
from agentwarrant.respond.transport import Transport, at
from agentwarrant.respond.vendor import HttpVendor

from ._anthropic import DOC, archived, body, found_at, look, named, post
from ._routed import Routed

URL = "https://api.anthropic.com"
VERSION = {"anthropic-version": "2023-06-01"}
_OAUTH = ("/v1/organizations/service_accounts", "/v1/organizations/federation_rules")
_PAGES = 20
_HOUR = 3600.0


class Anthropic(HttpVendor):
    name = "anthropic"
    title = "Anthropic"
    usual_url = URL
    needs_url = False
    secrets: ClassVar = {
        "admin_key": "Admin API key, for API keys",
        "oauth_token": "OAuth access token with org:admin, for service accounts",
        "workspace_key": "API key of the agent's workspace, for deployments and sessions",
    }
    examples = (
        "anthropic.api_key:apikey_01Rj2N8SVvo6BePZj99NhmiT",
        "anthropic.service_account:svac_01AcmeHelper",
        "anthropic.federation_rule:fdrl_01AcmeHelper",
        "anthropic.deployment:depl_01AcmeHelper",
        "anthropic.session:sesn_01AcmeHelper",
    )

    def authorize(self, connection: Connection) -> http.Authorize:
        return _by_key(connection, "admin_key")

    @contextmanager
    def connect(self, connection: Connection, *, changes: bool = False) -> Iterator[Transport]:
        if not any(connection.has(name) for name in self.secrets):
            mend = "one of the secrets admin_key, oauth_token, workspace_key"
            raise ConfigError("it names no credentials", where=connection.name, mend=mend)
        with ExitStack() as stack:

            def way(authorize: http.Authorize) -> Transport:
                return stack.enter_context(http.connect(connection, authorize, usual=URL))

            oauth = way(_by_token(connection))
            admin = way(self.authorize(connection))
            workspace = way(_by_key(connection, "workspace_key"))
            ways = [(start, oauth) for start in _OAUTH]
            yield Routed(connection, [*ways, ("/v1/organizations/", admin), ("", workspace)])


def _by_key(connection: Connection, name: str) -> http.Authorize:
    return lambda client: {"x-api-key": connection.secret(name), **VERSION}


def _by_token(connection: Connection) -> http.Authorize:
    bearer = http.bearer(connection, "oauth_token")
    return lambda client: {**bearer(client), **VERSION}


class DisableApiKey(Action):
    """Set an API key inactive; it can be set active again."""

    name = "disable_api_key"
    verb = Verb.DISABLE_CREDENTIALS
    kinds = frozenset({"anthropic.api_key"})
    vendor = "anthropic"
    title = "Set an API key inactive"
    method = "POST /v1/organizations/api_keys/{}"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("Admin API key",)
    propagation_seconds = 5.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        notes: list[str] = []
        steps = []
        for key in named(target, "anthropic.api_key", notes):
            where = http.path("/v1/organizations/api_keys/{}", key)
            found = found_at(transport, look(where), notes)
            status = at(found, ("status",))
            if found == {}:
                continue
            if status in ("inactive", "archived", "expired"):
                notes.append(f"{key} is {status} already")
                continue
            steps.append(self._step(key, where, status))
        return Plan(self.id, target, tuple(steps), tuple(notes))

    def _step(self, key: str, where: str, status: str | None) -> Step:
        shows = Verification(look(where), (Expectation(body("status"), "inactive"),))
        back = Verification(look(where), (Expectation(body("status"), status),))
        return Step(
            title=self.title,
            request=post(where, json={"status": "inactive"}),
            changes=f"API key {key}: {status or 'not read'} becomes inactive",
            verify=shows,
            undo=(post(where, json={"status": status}),) if status else (),
            pre_state={"status": status} if status else {},
            note=(
                "Everybody who uses the key stops. Nothing can be tried with it: its value is not"
                " known. Archived instead of inactive, it would never come back."
            ),
            point=f"anthropic.api_key:{key}",
            undone=back if status else None,
            residual_seconds=60.0,
            residual="the vendor does not say how soon; answers that are being written go on",
        )


class _OfServiceAccount(Action):
    kinds = frozenset({"anthropic.service_account"})
    vendor = "anthropic"
    reversibility = Reversibility.IRREVERSIBLE
    required_permissions = ("OAuth org:admin",)
    propagation_seconds = 5.0
    doc = DOC

    def rules(self, account: str, transport: Transport) -> list[Mapping[str, Any]]:
        """Return the live federation rules that mint tokens for a service account."""
        found: list[Mapping[str, Any]] = []
        page = None
        for _ in range(_PAGES):
            asked = http.read(
                "/v1/organizations/federation_rules", endpoint="Anthropic", limit=100, page=page
            )
            answer = transport.send(asked)["body"]
            found += [row for row in at(answer, ("data",)) or [] if _targets(row, account)]
            page = at(answer, ("next_page",))
            if not page:
                break
        return found


def _targets(rule: Any, account: str) -> bool:
    live = at(rule, ("archived_at",)) is None
    return live and at(rule, ("target", "service_account_id")) == account


class ArchiveFederationRules(_OfServiceAccount):
    """Archive the federation rules through which a service account gets its tokens."""

    name = "archive_federation_rules"
    verb = Verb.REVOKE_CREDENTIALS
    title = "Archive a federation rule"
    method = "POST /v1/organizations/federation_rules/{}/archive"
    kinds = frozenset({"anthropic.service_account", "anthropic.federation_rule"})

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        notes: list[str] = []
        rules = dict.fromkeys(named(target, "anthropic.federation_rule", notes), _HOUR)
        for account in named(target, "anthropic.service_account", notes):
            if transport is None:
                notes.append(f"The rules of {account} were not read")
            else:
                for row in self.rules(account, transport):
                    rules[str(row.get("id"))] = float(row.get("token_lifetime_seconds") or _HOUR)
        steps = tuple(self._step(rule, life) for rule, life in rules.items())
        return Plan(self.id, target, steps, tuple(notes))

    def _step(self, rule: str, lifetime: float) -> Step:
        where = http.path("/v1/organizations/federation_rules/{}", rule)
        return Step(
            title=self.title,
            request=post(f"{where}/archive"),
            changes=f"federation rule {rule}: live becomes archived",
            verify=archived(where),
            note="Nothing brings it back. No token is minted through it from now on.",
            point=f"anthropic.federation_rule:{rule}",
            residual_seconds=lifetime,
            residual="tokens that were minted before live on until they expire",
        )


class ArchiveServiceAccount(_OfServiceAccount):
    """Archive a service account, for good."""

    name = "archive_service_account"
    verb = Verb.KILL
    title = "Archive a service account"
    method = "POST /v1/organizations/service_accounts/{}/archive"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        notes: list[str] = []
        steps = []
        for account in named(target, "anthropic.service_account", notes):
            where = http.path("/v1/organizations/service_accounts/{}", account)
            found = found_at(transport, look(where), notes)
            if found == {}:
                continue
            if at(found, ("archived_at",)) is not None:
                notes.append(f"{account} is archived already")
                continue
            if at(found, ("organization_role",)) == "admin":
                what = f"{account} is an administrator of the organization"
                raise Guarded(what, mend="a person archives it in the console")
            live = self.rules(account, transport) if transport else []
            notes += [f"{account}: {len(live)} live federation rules: archive them first"] * bool(
                live
            )
            steps.append(self._step(account, where))
        return Plan(self.id, target, tuple(steps), tuple(notes))

    def _step(self, account: str, where: str) -> Step:
        return Step(
            title=self.title,
            request=post(f"{where}/archive"),
            changes=f"service account {account}: live becomes archived",
            verify=archived(where),
            note=(
                "Nothing brings it back. Refused with 400 while a live federation rule targets it:"
                " archive_federation_rules comes first."
            ),
            point=f"anthropic.service_account:{account}",
            residual_seconds=_HOUR,
            residual="tokens that were minted before live on until they expire",
        )
