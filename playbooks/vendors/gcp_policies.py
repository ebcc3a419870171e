"""Google Cloud IAM: denials, and providers of workload identity.

References:
    - IAM documentation, "Deny policies" and "Permissions supported in deny policies"
    - IAM API reference, workloadIdentityPools.providers.disabled: "existing tokens still grant
      access"
    - no account was at hand: run against a simulator that Google's own API description checks
      (docs/vendors/gcp.md)
"""

from __future__ import annotations

import hashlib

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
from agentwarrant.respond.transport import Transport, at

from ._gcp import DOC, HOUR, Account, Look, change, read

_DENIED = [
    "secretmanager.googleapis.com/*.*",
    "storage.googleapis.com/objects.get",
    "storage.googleapis.com/objects.list",
    "storage.googleapis.com/objects.create",
]


class DenyServiceAccount(Action):
    """Deny the agent's service account some permissions, whatever roles it has."""

    name = "deny_service_account"
    verb = Verb.RESTRICT_ACCESS
    kinds = frozenset({"gcp.service_account"})
    vendor = "gcp"
    title = "Deny a service account by a deny policy"
    method = "POST /v2/policies/{}/denypolicies"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("iam.denypolicies.get", "iam.denypolicies.create",
                            "iam.denypolicies.delete")  # fmt: skip
    propagation_seconds = 120.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look(transport)
        return look.plan(self.id, target, [self._step(a, look) for a in look.accounts(target)])

    def _step(self, account: Account, look: Look) -> Step | None:
        denied = [str(one) for one in look.option("denied_permissions") or _DENIED]
        place = str(look.option("attach") or f"projects/{account.project}")
        point = f"cloudresourcemanager.googleapis.com/{place}"
        name = f"agentwarrant-{hashlib.sha256(account.email.encode()).hexdigest()[:16]}"
        where = http.path("/v2/policies/{}/denypolicies", point)
        get = read(http.path("/v2/policies/{}/denypolicies/{}", point, name))
        if at(look.ask(get), ("status",)) == 200:
            look.notes.append(f"{account.email} is denied already")
            return None
        who = f"principal://iam.googleapis.com/projects/-/serviceAccounts/{account.email}"
        rule = {"deniedPrincipals": [who], "deniedPermissions": denied}
        policy = {"displayName": "Agent Warrant quarantine", "rules": [{"denyRule": rule}]}
        delete = change("DELETE", get.method.partition(" ")[2], accepts=(404,))
        known = look.transport is not None
        return Step(
            title=self.title,
            request=change("POST", where, json=policy, query={"policyId": name}),
            changes=f"{place}: {account.email} is denied {', '.join(denied)}",
            verify=Verification(get, (Expectation(("body", "rules"), [{"denyRule": rule}]),)),
            undo=(delete,) if known else (),
            pre_state={"policy": None} if known else {},
            note=(
                "A deny policy cannot deny everything, only permissions by name or by service, and"
                " it holds below where it is attached: option denied_permissions, option attach."
            ),
            point=f"gcp.deny_policy:{place}/{name}",
            undone=Verification(get, (Expectation(("status",), 404),)) if known else None,
            residual_seconds=120.0,
            residual="until the policy is known everywhere; Google says minutes",
        )


class DisableWorkloadProvider(Action):
    """Disable a provider of workload identity: no token of outside is exchanged any more."""

    name = "disable_workload_provider"
    verb = Verb.DISABLE_IDENTITY
    kinds = frozenset({"gcp.workload_provider"})
    vendor = "gcp"
    title = "Disable a provider of workload identity"
    method = "PATCH /v1/projects/{}/locations/global/workloadIdentityPools/{}/providers/{}"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = (
        "iam.workloadIdentityPoolProviders.get",
        "iam.workloadIdentityPoolProviders.update",
    )
    propagation_seconds = 60.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look(transport)
        return look.plan(self.id, target, [self._step(p, look) for p in look.providers(target)])

    def _step(self, where: str, look: Look) -> Step | None:
        answer = look.ask(read(where))
        known = answer is not None
        if known and look.option("shared_providers") is not True:
            look.barred.append(
                f"{where}: everything that comes in by a provider stops with it; the option"
                " shared_providers: true of the connection allows it"
            )
            return None
        if at(answer, ("status",)) == 404 or at(answer, ("body", "disabled")) is True:
            look.notes.append(f"Left out, not there or disabled already: {where}")
            return None
        mask = {"updateMask": "disabled"}
        here = Expectation(("status",), 200)
        off = Expectation(("body", "disabled"), True)
        on = Expectation(("body", "disabled"), True, op=Op.EMPTY)
        return Step(
            title=self.title,
            request=change("PATCH", where, json={"disabled": True}, query=mask),
            changes=f"{where.removeprefix('/v1/')}: enabled becomes disabled",
            verify=Verification(read(where), (here, off)),
            undo=(change("PATCH", where, json={"disabled": False}, query=mask),) if known else (),
            pre_state={"disabled": False} if known else {},
            note="Everybody who comes in by it stops. Tokens that are out still grant access.",
            point=f"gcp.workload_provider:{where.removeprefix('/v1/')}",
            undone=Verification(read(where), (here, on)) if known else None,
            residual_seconds=HOUR,
            residual="tokens that were exchanged before, about an hour",
        )
