"""Google Cloud IAM: service accounts and their keys.

A disabled account's tokens are dead at once, and alive again once it is enabled: they live an hour.
So its keys are disabled with it, and it stays disabled for an hour at least.

References:
    - IAM API reference, projects.serviceAccounts.disable: "Existing access tokens for the service
      account are rejected", "After you re-enable the service account, its existing access tokens
      will be accepted"
    - the same, keys.delete: it "does not revoke short-lived credentials"
    - no account was at hand: run against a simulator that Google's own API description checks
      (docs/vendors/gcp.md)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, ClassVar

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
from agentwarrant.respond.transport import Transport, at
from agentwarrant.respond.vendor import HttpVendor

from ._gcp import DOC, HOUR, Account, Look, bearer, change, read
from ._routed import Routed

_CLOUD = "https://www.googleapis.com/auth/cloud-platform"
_DIRECTORY = (
    "https://www.googleapis.com/auth/admin.directory.user"
    " https://www.googleapis.com/auth/admin.directory.user.security"
)
_USER_MANAGED = "USER_MANAGED"


class Gcp(HttpVendor):
    name = "gcp"
    title = "Google Cloud IAM and Workspace"
    usual_url = "https://iam.googleapis.com"
    needs_url = False
    secrets: ClassVar = {"private_key": "private key of the responder's own service account"}
    options: ClassVar = {
        "client_email": "address of that service account",
        "private_key_id": "id of that key",
        "admin": "Workspace administrator that it acts as, by domain-wide delegation",
        "attach": "where denials are attached: projects/ID, folders/N, organizations/N"
        " (the account's own project)",
        "denied_permissions": "list of what a denial denies, as deny policies write it",
        "shared_providers": "true: switch off whole providers of workload identity",
    }
    examples = (
        "gcp.service_account:acme-helper@acme-agents.iam.gserviceaccount.com",
        "gcp.service_account_key:acme-helper@acme-agents.iam.gserviceaccount.com/" + "0a" * 20,
        "gcp.workload_provider:acme-agents/ci-pool/github",
        "google.user:helper@acme.example",
        "google.oauth_client:helper@acme.example/1234567890.apps.googleusercontent.com",
    )

    def authorize(self, connection: Connection) -> http.Authorize:
        return bearer(connection, _CLOUD)

    @contextmanager
    def connect(self, connection: Connection, *, changes: bool = False) -> Iterator[Transport]:
        with ExitStack() as stack:

            def way(authorize: http.Authorize, usual: str) -> Transport:
                return stack.enter_context(http.connect(connection, authorize, usual=usual))

            people = bearer(connection, _DIRECTORY, "admin")
            ways = [
                ("/admin/directory/", way(people, "https://admin.googleapis.com")),
                ("", way(self.authorize(connection), self.usual_url)),
            ]
            yield Routed(connection, ways)


class DisableServiceAccount(Action):
    """Disable the agent's service account: its tokens are refused from now on."""

    name = "disable_service_account"
    verb = Verb.DISABLE_IDENTITY
    kinds = frozenset({"gcp.service_account"})
    vendor = "gcp"
    title = "Disable a service account"
    method = "POST /v1/projects/{}/serviceAccounts/{}:disable"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = (
        "iam.serviceAccounts.get",
        "iam.serviceAccounts.disable",
        "iam.serviceAccounts.enable",
    )
    propagation_seconds = 10.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look(transport)
        return look.plan(self.id, target, [self._step(a, look) for a in look.accounts(target)])

    def _step(self, account: Account, look: Look) -> Step | None:
        answer = look.ask(read(account.path))
        known = answer is not None
        if at(answer, ("status",)) == 404:
            look.notes.append(f"Left out, unknown to Google: {account.email}")
            return None
        if at(answer, ("body", "disabled")) is True:
            look.notes.append(f"{account.email} is disabled already")
            return None
        here = Expectation(("body", "email"), account.email)
        off = Expectation(("body", "disabled"), True)
        # Google leaves a false out of its answers
        on = Expectation(("body", "disabled"), True, op=Op.EMPTY)
        return Step(
            title=self.title,
            request=change("POST", f"{account.path}:disable", json={}),
            changes=f"service account {account.email}: enabled becomes disabled",
            verify=Verification(read(account.path), (here, off)),
            undo=(change("POST", f"{account.path}:enable", json={}),) if known else (),
            pre_state={"disabled": False} if known else {},
            note=(
                "Enabled again, tokens from before are accepted again while they last: disable its"
                " keys too, and release no sooner than an hour after."
            ),
            point=f"gcp.service_account:{account.email}",
            undone=Verification(read(account.path), (here, on)) if known else None,
            residual_seconds=HOUR,
            residual="none while it is disabled; released within the hour, old tokens work again",
        )


class _Keys(Action):
    kinds = frozenset({"gcp.service_account", "gcp.service_account_key"})
    vendor = "gcp"
    propagation_seconds = 10.0
    doc = DOC
    residual: ClassVar[str] = "tokens that were minted with the key: an hour; 12 where lengthened"

    def found(self, target: Target, look: Look) -> Iterator[tuple[Account, str, Any]]:
        """Yield account, key id and what Google says of each key that people made."""
        named = list(look.keys(target))
        for account in look.accounts(target) if look.transport else ():
            asked = read(f"{account.path}/keys", keyTypes=_USER_MANAGED)
            for row in at(look.ask(asked), ("body", "keys")) or []:
                yield account, str(at(row, ("name",))).rpartition("/")[2], row
                named = [one for one in named if one[1] != str(row["name"]).rpartition("/")[2]]
        for account, key in named:
            answer = look.ask(read(http.path(account.path + "/keys/{}", key)))
            if at(answer, ("status",)) == 404:
                look.notes.append(f"Left out, unknown to Google: key {key}")
            else:
                yield account, key, at(answer, ("body",))


class DisableKey(_Keys):
    """Disable the keys of the agent's service account; they can be enabled again."""

    name = "disable_key"
    verb = Verb.DISABLE_CREDENTIALS
    title = "Disable a key of a service account"
    method = "POST /v1/projects/{}/serviceAccounts/{}/keys/{}:disable"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = (
        "iam.serviceAccountKeys.list",
        "iam.serviceAccountKeys.get",
        "iam.serviceAccountKeys.disable",
        "iam.serviceAccountKeys.enable",
    )

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look(transport)
        steps = []
        for account, key, row in self.found(target, look):
            if at(row, ("disabled",)) is True:
                look.notes.append(f"Key {key} is disabled already")
            else:
                steps.append(self._step(account, key, row is not None))
        return look.plan(self.id, target, steps)

    def _step(self, account: Account, key: str, known: bool) -> Step:
        where = http.path(account.path + "/keys/{}", key)
        here = Expectation(("status",), 200)
        off = Expectation(("body", "disabled"), True)
        on = Expectation(("body", "disabled"), True, op=Op.EMPTY)
        return Step(
            title=self.title,
            request=change("POST", f"{where}:disable", json={}),
            changes=f"key {key} of {account.email}: enabled becomes disabled",
            verify=Verification(read(where), (here, off)),
            undo=(change("POST", f"{where}:enable", json={}),) if known else (),
            pre_state={"disabled": False} if known else {},
            note="It mints no more tokens; those that are out work on: disable the account too.",
            point=f"gcp.service_account_key:{account.email}/{key}",
            undone=Verification(read(where), (here, on)) if known else None,
            residual_seconds=12 * HOUR,
            residual=self.residual,
        )


class DeleteKey(_Keys):
    """Delete the keys of the agent's service account, for good."""

    name = "delete_key"
    verb = Verb.REVOKE_CREDENTIALS
    title = "Delete a key of a service account"
    method = "DELETE /v1/projects/{}/serviceAccounts/{}/keys/{}"
    reversibility = Reversibility.IRREVERSIBLE
    required_permissions = (
        "iam.serviceAccountKeys.list",
        "iam.serviceAccountKeys.get",
        "iam.serviceAccountKeys.delete",
    )

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look(transport)
        steps = [self._step(account, key) for account, key, _ in self.found(target, look)]
        return look.plan(self.id, target, steps)

    def _step(self, account: Account, key: str) -> Step:
        where = http.path(account.path + "/keys/{}", key)
        return Step(
            title=self.title,
            request=change("DELETE", where, accepts=(404,)),
            changes=f"key {key} of {account.email} becomes deleted",
            verify=Verification(read(where), (Expectation(("status",), 404),)),
            note="A new key has to be made and given out. Tokens that are out work on.",
            point=f"gcp.service_account_key:{account.email}/{key}",
            residual_seconds=12 * HOUR,
            residual=self.residual,
        )
