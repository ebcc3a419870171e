"""Kubernetes: what runs as a service account is scaled to nothing, its tokens and itself deleted.

Isolate before anything is deleted (``kubernetes_network``): a pod that is gone takes its evidence
along.

References:
    - Kubernetes documentation: field selectors; scale subresource; "Configure Service Accounts
      for Pods" (a bound token dies with its account or pod); horizontal pod autoscaling, "Implicit
      maintenance-mode deactivation" (an autoscaler leaves a target with 0 replicas alone)
    - no API server could be had: run against a simulator (docs/vendors/kubernetes.md)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from agentwarrant.errors import ConfigError
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

from ._kubernetes import DOC, WHO, Look, Named, delete, labels_of, name_of, patch, read, runs_as

_APPS = "/apis/apps/v1"
_GITOPS = ("argocd.argoproj.io/instance", "kustomize.toolkit.fluxcd.io/name",
           "helm.toolkit.fluxcd.io/name")  # fmt: skip
_META = {"accept": "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"}
_METAS = {"accept": "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"}
"""Without what is in them: a secret's data is never read."""

_TOKEN = "kubernetes.io/service-account-token"  # noqa: S105  # a type's name
_ACCOUNT = "kubernetes.io/service-account.name"


class Kubernetes(HttpVendor):
    name = "kubernetes"
    title = "Kubernetes"
    reads = frozenset({WHO})
    secrets: ClassVar = {"token": "token of the responder's own service account"}
    options: ClassVar = {
        "cluster": "the cluster's name in accounts: cluster/namespace/name",
        "network_policies": "true: the cluster's network plugin enforces network policies",
        "shared_accounts": "true: act on a namespace's default account too",
    }
    examples = (
        "kubernetes.service_account:prod/agents/acme-helper",
        "kubernetes.deployment:prod/agents/acme-helper",
        "kubernetes.cronjob:prod/agents/acme-nightly",
        "kubernetes.pod:prod/agents/acme-helper-7d4b9c-x2x7k",
        "kubernetes.token_secret:prod/agents/acme-helper-token",
    )

    def authorize(self, connection: Connection) -> http.Authorize:
        return http.bearer(connection)

    @contextmanager
    def connect(self, connection: Connection, *, changes: bool = False) -> Iterator[Transport]:
        if not connection.option("cluster"):
            what = "it does not say which cluster it is"
            raise ConfigError(what, where=connection.name, mend="write its option cluster")
        with super().connect(connection, changes=changes) as opened:
            yield opened


class ScaleToZero(Action):
    """Scale what runs as the agent's service account to nothing; it can be scaled back."""

    name = "scale_to_zero"
    verb = Verb.KILL
    kinds = frozenset({"kubernetes.service_account", "kubernetes.deployment"})
    vendor = "kubernetes"
    title = "Scale a workload to zero"
    method = "PATCH /apis/apps/v1/namespaces/{}/{}/{}/scale"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = (
        "list deployments, statefulsets",
        "get, patch deployments/scale, statefulsets/scale",
        "list horizontalpodautoscalers",
    )
    propagation_seconds = 30.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look.at(transport)
        named = look.named(target, "deployment")
        steps = [self._step(one, "deployments", one.name, None, look) for one in named]
        for account in look.named(target, "service_account"):
            for kind in ("deployments", "statefulsets") if transport else ():
                for row in look.rows(account.path(_APPS, kind)):
                    if runs_as(row, account, "spec", "template"):
                        steps.append(self._step(account, kind, name_of(row), row, look))
        return look.plan(self.id, target, [one for one in steps if one is not None])

    def _step(
        self, place: Named, kind: str, name: str, row: Mapping[str, Any] | None, look: Look
    ) -> Step | None:
        where = f"{place.path(_APPS, kind, name)}/scale"
        answer = look.ask(read(where))
        known = look.transport is not None
        before = at(answer, ("body", "spec", "replicas"))
        if known and at(answer, ("status",)) == 404:
            look.notes.append(f"Left out, unknown to the cluster: {kind} {name}")
            return None
        if known and not before:
            look.notes.append(f"{kind} {name} has no replicas already")
            return None
        none = Expectation(("body", "spec", "replicas"), 0)
        gone = Expectation(("body", "status", "replicas"), op=Op.EMPTY)
        back = Expectation(("body", "spec", "replicas"), before)
        return Step(
            title=self.title,
            request=patch(where, {"spec": {"replicas": 0}}),
            changes=f"{kind} {place.namespace}/{name}: {before or 'not read'} replicas become 0",
            verify=Verification(read(where), (none, gone)),
            undo=(patch(where, {"spec": {"replicas": before}}),) if known else (),
            pre_state={"replicas": before} if known else {},
            note=(
                "Its pods end and take their evidence along: isolate and collect first."
                f"{self._traps(place, name, row, look)}"
            ),
            point=f"kubernetes.{kind}:{place.cluster}/{place.namespace}/{name}",
            undone=Verification(read(where), (back,)) if known else None,
            residual_seconds=30.0,
            residual="the pods' time to end (terminationGracePeriodSeconds, usually 30 s)",
        )

    def _traps(self, place: Named, name: str, row: Mapping[str, Any] | None, look: Look) -> str:
        said = ""
        labels = labels_of(row or {})
        owner = next((labels[one] for one in _GITOPS if one in labels), "")
        if owner:
            said += f" GitOps keeps it ({owner}) and scales it up again: pause that first."
        where = place.path("/apis/autoscaling/v2", "horizontalpodautoscalers")
        for scaler in look.rows(where) if look.transport else ():
            if at(scaler, ("spec", "scaleTargetRef", "name")) == name:
                said += (
                    f" The autoscaler {name_of(scaler)} leaves 0 replicas alone; one that is not"
                    " Kubernetes's own (KEDA) does not."
                )
        return said


class SuspendCronJobs(Action):
    """Suspend the cron jobs that run as the agent's service account."""

    name = "suspend_cronjobs"
    verb = Verb.DISABLE_SCHEDULES
    kinds = frozenset({"kubernetes.service_account", "kubernetes.cronjob"})
    vendor = "kubernetes"
    title = "Suspend a cron job"
    method = "PATCH /apis/batch/v1/namespaces/{}/cronjobs/{}"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("list, get, patch cronjobs",)
    propagation_seconds = 5.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look.at(transport)
        steps = [self._step(one, one.name, transport is not None)
                 for one in look.named(target, "cronjob") if self._runs(one, look)]  # fmt: skip
        for account in look.named(target, "service_account"):
            rows = look.rows(account.path("/apis/batch/v1", "cronjobs")) if transport else []
            for row in rows:
                own = runs_as(row, account, "spec", "jobTemplate", "spec", "template")
                if own and at(row, ("spec", "suspend")) is not True:
                    steps.append(self._step(account, name_of(row), True))
        return look.plan(self.id, target, steps)

    def _runs(self, one: Named, look: Look) -> bool:
        """May a cron job that is named be suspended?"""
        answer = look.ask(read(one.path("/apis/batch/v1", "cronjobs", one.name)))
        gone = at(answer, ("status",)) == 404
        if not gone and at(answer, ("body", "spec", "suspend")) is not True:
            return True
        look.notes.append(f"Left out, {'unknown' if gone else 'suspended already'}: {one}")
        return False

    def _step(self, place: Named, name: str, known: bool) -> Step:
        where = place.path("/apis/batch/v1", "cronjobs", name)
        suspended = ("body", "spec", "suspend")
        return Step(
            title=self.title,
            request=patch(where, {"spec": {"suspend": True}}),
            changes=f"cron job {place.namespace}/{name} starts no more jobs",
            verify=Verification(read(where), (Expectation(suspended, True),)),
            undo=(patch(where, {"spec": {"suspend": False}}),) if known else (),
            pre_state={"suspend": False} if known else {},
            note="Jobs that run go on: isolate their pods.",
            point=f"kubernetes.cronjob:{place.cluster}/{place.namespace}/{name}",
            undone=Verification(read(where), (Expectation(suspended, False),)) if known else None,
        )


class DeleteTokenSecrets(Action):
    """Delete the long-lived tokens of the agent's service account, for good."""

    name = "delete_token_secrets"
    verb = Verb.REVOKE_CREDENTIALS
    kinds = frozenset({"kubernetes.service_account", "kubernetes.token_secret"})
    vendor = "kubernetes"
    title = "Delete a token of a service account"
    method = "DELETE /api/v1/namespaces/{}/secrets/{}"
    reversibility = Reversibility.IRREVERSIBLE
    required_permissions = ("list, get secrets (their metadata is read)", "delete secrets")
    propagation_seconds = 5.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look.at(transport)
        steps = [self._step(one, one.name) for one in self._own(target, look)]
        for account in look.named(target, "service_account"):
            steps += [self._step(account, name) for name in self._of(account, look)]
        return look.plan(self.id, target, steps)

    def _own(self, target: Target, look: Look) -> Iterator[Named]:
        """Yield secrets by name that are tokens of one of the agent's accounts."""
        accounts = {one.rpartition("/")[2] for one in target.ids("kubernetes.service_account")}
        for one in look.named(target, "token_secret"):
            answer = look.ask(read(one.path("/api/v1", "secrets", one.name), headers=_META))
            owner = at(answer, ("body", "metadata", "annotations", _ACCOUNT))
            if look.transport is None or owner in accounts:
                yield one
            else:
                look.notes.append(f"Left out, no token of the agent's account: {one}")

    def _of(self, account: Named, look: Look) -> Iterator[str]:
        where = account.path("/api/v1", "secrets")
        asked = read(where, headers=_METAS, fieldSelector=f"type={_TOKEN}")
        for row in at(look.ask(asked), ("body", "items")) or []:
            if at(row, ("metadata", "annotations", _ACCOUNT)) == account.name:
                yield name_of(row)

    def _step(self, place: Named, name: str) -> Step:
        where = place.path("/api/v1", "secrets", name)
        return Step(
            title=self.title,
            request=delete(where),
            changes=f"secret {place.namespace}/{name} becomes deleted, and its token worthless",
            verify=Verification(read(where, headers=_META), (Expectation(("status",), 404),)),
            note=(
                "Nothing brings it back. Tokens of TokenRequest, as every pod has one, are not in"
                " secrets: they end with the pod or the account."
            ),
            point=f"kubernetes.token_secret:{place.cluster}/{place.namespace}/{name}",
            residual_seconds=10.0,
            residual="what the API server and others have cached of the token",
        )


class DeleteServiceAccount(Action):
    """Delete the agent's service account: all its tokens are worthless, for good."""

    name = "delete_service_account"
    verb = Verb.KILL
    kinds = frozenset({"kubernetes.service_account"})
    vendor = "kubernetes"
    title = "Delete a service account"
    method = "DELETE /api/v1/namespaces/{}/serviceaccounts/{}"
    reversibility = Reversibility.IRREVERSIBLE
    required_permissions = ("get, delete serviceaccounts",)
    propagation_seconds = 5.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look.at(transport)
        steps = []
        for account in look.named(target, "service_account"):
            where = account.path("/api/v1", "serviceaccounts", account.name)
            if at(look.ask(read(where)), ("status",)) == 404:
                look.notes.append(f"Left out, unknown to the cluster: {account}")
            else:
                steps.append(self._step(account, where))
        return look.plan(self.id, target, steps)

    def _step(self, account: Named, where: str) -> Step:
        return Step(
            title=self.title,
            request=delete(where),
            changes=f"service account {account} becomes deleted, and all its tokens worthless",
            verify=Verification(read(where), (Expectation(("status",), 404),)),
            note=(
                "An account of the same name can be made anew and has the same rights by its"
                " bindings; no token of this one works again. Its pods run on, without the API."
                " What is rolled out by GitOps or Helm may make it anew by itself."
            ),
            point=f"kubernetes.service_account:{account}",
            residual_seconds=10.0,
            residual="what the API server and others have cached of its tokens",
        )
