"""Microsoft Entra: secrets and federated credentials of apps, and the risk of workloads.

A federated credential lets a workload in without any secret: removing secrets alone leaves it.
Certificates need a proof signed with one of them to be removed, so they are only told.

References (learn.microsoft.com/graph/api):
    - application-removepassword: 204, Application.ReadWrite.OwnedBy for the app's owner, else
      Application.ReadWrite.All
    - federatedidentitycredential-delete, -post and -get, by id or by name
    - riskyserviceprincipal-confirmcompromised and -dismiss, needs Workload ID Premium
    - riskyagent-confirmcompromised and -dismiss: beta, the global cloud only
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from agentwarrant.faults import short
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
from agentwarrant.respond.http import path
from agentwarrant.respond.naming import MOST, UNREAD
from agentwarrant.respond.transport import Transport, at

from ._entra import (
    DOC,
    LIVES_ON,
    NOT_THERE,
    TOKEN_LIFE,
    apps_of,
    body_of,
    change,
    ids_of,
    lacks,
    principals_of,
    read,
    rows,
)

_KEPT = ("name", "issuer", "subject", "audiences", "description", "claimsMatchingExpression")


class RemoveSecrets(Action):
    """Remove the secrets of an app: those that the case names, or all of them."""

    name = "remove_secrets"
    verb = Verb.REVOKE_CREDENTIALS
    kinds = frozenset({"entra.app"})
    vendor = "entra"
    title = "Remove a secret of an app"
    method = "POST /v1.0/applications/{}/removePassword"
    reversibility = Reversibility.IRREVERSIBLE
    required_permissions = ("Application.ReadWrite.All",)
    propagation_seconds = 60.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        apps, notes = apps_of(target, transport, "passwordCredentials,keyCredentials")
        wanted = {one for _, one in ids_of(target, "entra.key")[0]}
        steps: list[Step] = []
        for app in apps:
            if transport is None:
                steps.append(self._step(app, {"keyId": min(wanted, default=UNREAD)}))
                continue
            found = rows(app.get("passwordCredentials"))
            named = [row for row in found if str(row.get("keyId")).lower() in wanted]
            steps += [self._step(app, row) for row in (named or found)[:MOST]]
            notes += self._said(app, found, named)
        return Plan(self.id, target, tuple(steps), tuple(notes))

    def _said(self, app: Mapping[str, Any], found: list[Any], named: list[Any]) -> list[str]:
        notes = []
        certificates = len(rows(app.get("keyCredentials")))
        if not found:
            notes.append(f"entra.app:{app['id']} has no secret")
        elif named and len(named) < len(found):
            notes.append(f"{len(found) - len(named)} secrets that the case does not name stay")
        if certificates:
            notes.append(
                f"{certificates} certificates stay: removing one needs a proof signed with one."
                " Disable the service principal"
            )
        return notes

    def _step(self, app: Mapping[str, Any], row: Mapping[str, Any]) -> Step:
        where = path("/v1.0/applications/{}", str(app["id"]))
        key = str(row["keyId"])
        known = {n: row[n] for n in ("displayName", "startDateTime", "endDateTime") if n in row}
        return Step(
            title=self.title,
            request=change("POST", f"{where}/removePassword", json={"keyId": key}),
            changes=f"secret {key}, {short(str(row.get('displayName') or ''))}, becomes none",
            verify=lacks(where, key),
            pre_state={"keyId": key, "clientId": app.get("appId"), **known} if known else {},
            point=f"entra.key:{key}",
            note="Nothing brings it back: make a new one. A second removal is refused.",
            residual_seconds=TOKEN_LIFE,
            residual=LIVES_ON,
        )


class DeleteFederated(Action):
    """Delete the federated credentials of an app, by which workloads enter without a secret."""

    name = "delete_federated_credentials"
    verb = Verb.DISABLE_CREDENTIALS
    kinds = frozenset({"entra.app"})
    vendor = "entra"
    title = "Delete a federated credential of an app"
    method = "DELETE /v1.0/applications/{}/federatedIdentityCredentials/{}"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("Application.ReadWrite.All",)
    propagation_seconds = 60.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        apps, notes = apps_of(target, transport, "displayName")
        steps: list[Step] = []
        for app in apps:
            if transport is None:
                steps.append(self._step(app, {"id": UNREAD}))
                continue
            found = rows(body_of(transport, _federated(str(app["id"]))).get("value"))
            steps += [self._step(app, row) for row in found[:MOST]]
            notes += [] if found else [f"entra.app:{app['id']} has no federated credential"]
        return Plan(self.id, target, tuple(steps), tuple(notes))

    def _step(self, app: Mapping[str, Any], row: Mapping[str, Any]) -> Step:
        where = _federated(str(app["id"]))
        one = f"{where}/{path('{}', str(row['id']))}"
        kept = {name: row[name] for name in _KEPT if row.get(name) is not None}
        return Step(
            title=self.title,
            request=change("DELETE", one),
            changes=f"{short(str(row.get('name') or row['id']))}, for"
            f" {short(str(row.get('subject') or 'a subject that was not read'))}: becomes none",
            verify=Verification(read(one, accepts=NOT_THERE), (Expectation(("status",), 404),)),
            undo=(change("POST", where, json=kept),) if kept else (),
            undone=_is_back(where, kept) if kept else None,
            pre_state={**kept, "clientId": app.get("appId")} if kept else {},
            point=f"entra.app:{app['id']}/federated/{row['id']}",
            note="Made again it has another id. Whoever can sign for the subject enters again.",
            residual_seconds=TOKEN_LIFE,
            residual=LIVES_ON,
        )


def _federated(app: str) -> str:
    return path("/v1.0/applications/{}/federatedIdentityCredentials", app)


def _is_back(where: str, kept: Mapping[str, Any]) -> Verification:
    named = f"{where}/{path('{}', str(kept['name']))}"
    expects = [Expectation(("body", name), value) for name, value in kept.items()]
    return Verification(read(named, accepts=NOT_THERE), tuple(expects))


class _Compromised(Action):
    """What tells Entra that a workload is compromised: policies that ask for its risk block it."""

    verb = Verb.RAISE_RISK
    vendor = "entra"
    reversibility = Reversibility.REVERSIBLE
    propagation_seconds = 120.0
    doc = DOC
    base: ClassVar[str]
    field: ClassVar[str]

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        ids, notes = self.named(target, transport)
        steps = []
        for one, point in ids:
            where = f"{self.base}/{path('{}', one)}"
            before = ""
            if transport is not None:
                before = str(at(body_of(transport, where), ("riskState",)) or "none")
            if before == "confirmedCompromised":
                notes.append(f"{point} is confirmed as compromised already")
            else:
                steps.append(self._step(one, where, point, before))
        return Plan(self.id, target, tuple(steps), tuple(notes))

    @abstractmethod
    def named(
        self, target: Target, transport: Transport | None
    ) -> tuple[list[tuple[str, str]], list[str]]:
        """Return ids with their points, and notes."""

    def _step(self, one: str, where: str, point: str, before: str) -> Step:
        body = {self.field: [one]}
        seen = read(where, accepts=NOT_THERE)
        return Step(
            title=self.title,
            request=change("POST", f"{self.base}/confirmCompromised", json=body),
            changes=f"riskState: {before or 'not read,'} becomes confirmedCompromised",
            verify=Verification(
                seen, (Expectation(("body", "riskState"), "confirmedCompromised"),)
            ),
            undo=(change("POST", f"{self.base}/dismiss", json=body),) if before else (),
            undone=Verification(seen, (Expectation(("body", "riskState"), "dismissed"),))
            if before
            else None,
            pre_state={"riskState": before} if before else {},
            point=point,
            note="It blocks only where a conditional access policy asks for the risk. Taken back"
            " it is dismissed: what risk there was before is gone too.",
            residual_seconds=TOKEN_LIFE,
            residual=LIVES_ON,
        )


class ConfirmCompromised(_Compromised):
    """Confirm a service principal as compromised: its risk becomes high."""

    name = "confirm_compromised"
    kinds = frozenset({"entra.service_principal", "entra.app"})
    title = "Confirm a service principal as compromised"
    method = "POST /v1.0/identityProtection/riskyServicePrincipals/confirmCompromised"
    required_permissions = ("IdentityRiskyServicePrincipal.ReadWrite.All", "Workload ID Premium")
    base = "/v1.0/identityProtection/riskyServicePrincipals"
    field = "servicePrincipalIds"

    def named(
        self, target: Target, transport: Transport | None
    ) -> tuple[list[tuple[str, str]], list[str]]:
        found, notes = principals_of(target, transport, *sorted(self.kinds))
        return [(one.id, one.point) for one in found], notes


class ConfirmAgentCompromised(_Compromised):
    """Confirm an agent identity as compromised; a beta of Graph."""

    name = "confirm_agent_compromised"
    kinds = frozenset({"entra.agent_identity"})
    title = "Confirm an agent identity as compromised"
    method = "POST /beta/identityProtection/riskyAgents/confirmCompromised"
    required_permissions = ("IdentityRiskyAgent.ReadWrite.All",)
    base = "/beta/identityProtection/riskyAgents"
    field = "agentIds"

    def named(
        self, target: Target, transport: Transport | None
    ) -> tuple[list[tuple[str, str]], list[str]]:
        found, notes = principals_of(target, transport, "entra.agent_identity")
        return [(one.id, one.point) for one in found], notes
