"""Kubernetes: the agent's pods are cut off by a network policy and a label.

Policies only ever allow, and what several allow adds up. So a pod is cut off when a policy that
allows nothing selects it and no other one does: it gets a label of ours, and loses the labels by
which policies that allow something select it.

References:
    - Kubernetes documentation, "Network Policies": policies are additive, traffic with the pod's
      own node is always allowed, a network plugin has to enforce them
    - the same, "Server-Side Apply"
    - no API server could be had: run against a simulator (docs/vendors/kubernetes.md)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

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
from agentwarrant.respond.transport import Request, Transport, at

from ._kubernetes import DOC, MANAGER, Look, Named, delete, labels_of, name_of, patch, read

LABEL = "agentwarrant.io/quarantine"
_NET = "/apis/networking.k8s.io/v1"
_APPLY = {"content-type": "application/apply-patch+yaml"}
_SELECTS = ("In", "Exists")
_UNSAID = (
    "Nobody said that the cluster's network enforces policies (option network_policies: true): put"
    " there as isolate_network_unproven, and never called proven"
)
_SAID = "The cluster's network enforces policies, its operator says: isolate_network"
_PLUGIN = (
    "A network plugin has to enforce it: where none does, nothing is cut off, and the API server"
    " does not say. Connections that are open and traffic with the pod's node depend on the plugin."
)


class IsolateNetwork(Action):
    """Put a network policy there that allows nothing to what carries the agent's mark."""

    name = "isolate_network"
    verb = Verb.ISOLATE_WORKLOAD
    kinds = frozenset({"kubernetes.service_account"})
    vendor = "kubernetes"
    title = "Put a network policy that allows nothing"
    method = "PATCH /apis/networking.k8s.io/v1/namespaces/{}/networkpolicies/{}"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("get, patch, create, delete networkpolicies",)
    propagation_seconds = 10.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look.at(transport)
        if transport is not None and look.enforced is not self.word_is_enough:
            return Plan(self.id, target, notes=(_UNSAID if self.word_is_enough else _SAID,))
        steps = [self._step(one, look) for one in look.named(target, "service_account")]
        return look.plan(self.id, target, [one for one in steps if one is not None])

    def _step(self, account: Named, look: Look) -> Step | None:
        name = f"agentwarrant-{account.mark}"
        where = account.path(_NET, "networkpolicies", name)
        known = look.transport is not None
        answer = look.ask(read(where))
        before = at(answer, ("body", "spec")) if at(answer, ("status",)) == 200 else None
        spec = _nothing(account.mark)
        if known and before == spec:
            look.notes.append(f"{name} is there already")
            return None
        undo, undone = delete(where), Expectation(("status",), 404)
        if before is not None:
            undo, undone = _applied(where, name, before), Expectation(("body", "spec"), before)
        return Step(
            title=self.title,
            request=_applied(where, name, spec),
            changes=f"{account.namespace}: nothing reaches or leaves what carries {LABEL}",
            verify=Verification(read(where), _allows_nothing(spec)),
            undo=(undo,) if known else (),
            pre_state={"spec": before} if known else {},
            note=f"It selects nothing until the pods are marked (quarantine_pods). {_PLUGIN}",
            point=f"kubernetes.network_policy:{account.cluster}/{account.namespace}/{name}",
            undone=Verification(read(where), (undone,)) if known else None,
        )


class IsolateNetworkUnproven(IsolateNetwork):
    """The same where nobody said that the network enforces policies: it is applied, not proven."""

    name = "isolate_network_unproven"
    title = "Put a network policy that allows nothing, enforced or not"
    word_is_enough = False


def _nothing(mark: str) -> dict[str, Any]:
    return {
        "podSelector": {"matchLabels": {LABEL: mark}},
        "policyTypes": ["Ingress", "Egress"],
    }


def _applied(where: str, name: str, spec: Mapping[str, Any]) -> Request:
    """Return a server-side apply: it makes the policy, or makes it so again."""
    body = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "labels": {"app.kubernetes.io/managed-by": MANAGER}},
        "spec": spec,
    }
    query = {"fieldManager": MANAGER, "force": True}
    return http.change(
        "PATCH", where, endpoint="Kubernetes", json=body, headers=_APPLY, query=query
    )


def _allows_nothing(spec: Mapping[str, Any]) -> tuple[Expectation, ...]:
    parts = [Expectation(("body", "spec", name), value) for name, value in spec.items()]
    allowed = [Expectation(("body", "spec", w), op=Op.EMPTY) for w in ("ingress", "egress")]
    return (*parts, *allowed)


class QuarantinePods(Action):
    """Mark the agent's pods, and take the labels from them by which others allow them traffic."""

    name = "quarantine_pods"
    verb = Verb.ISOLATE_WORKLOAD
    kinds = frozenset({"kubernetes.service_account", "kubernetes.pod"})
    vendor = "kubernetes"
    title = "Mark a pod for quarantine"
    method = "PATCH /api/v1/namespaces/{}/pods/{}"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("list, get, patch pods", "list networkpolicies")
    propagation_seconds = 5.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look.at(transport)
        steps = list(self._by_account(target, look))
        if transport is None:
            marks = [one.mark for one in look.named(target, "service_account")]
            mark = marks[0] if len(marks) == 1 else "true"
            pods = look.named(target, "pod")
            steps = [self._step(pod, pod.name, {LABEL: mark}, None) for pod in pods]
        return look.plan(self.id, target, steps)

    def _by_account(self, target: Target, look: Look) -> Iterator[Step]:
        for account in look.named(target, "service_account") if look.transport else ():
            own = f"spec.serviceAccountName={account.name}"
            pods = look.rows(account.path("/api/v1", "pods"), fieldSelector=own)
            policies = look.rows(account.path(_NET, "networkpolicies")) if pods else []
            for pod in pods:
                labels = labels_of(pod)
                wanted: dict[str, str | None] = {LABEL: account.mark}
                for policy in policies:
                    keys = self._keys(policy, labels, look)
                    wanted |= dict.fromkeys(keys - {LABEL})
                if labels.get(LABEL) == account.mark and len(wanted) == 1:
                    look.notes.append(f"Pod {name_of(pod)} is in quarantine already")
                else:
                    yield self._step(account, name_of(pod), wanted, labels)

    def _keys(self, policy: Mapping[str, Any], labels: Mapping[str, str], look: Look) -> set[str]:
        """Return the labels by which a policy that allows something selects a pod."""
        spec = at(policy, ("spec",)) or {}
        selector = spec.get("podSelector") or {}
        if not _allows(spec) or not selects(selector, labels):
            return set()
        keys = set(selector.get("matchLabels") or {})
        for one in selector.get("matchExpressions") or []:
            keys |= {one["key"]} if one.get("operator") in _SELECTS else set()
        if not keys:
            note = f"The policy {name_of(policy)} selects by no label: what it allows is allowed"
            if note not in look.notes:
                look.notes.append(note)
        return keys

    def _step(
        self,
        place: Named,
        pod: str,
        wanted: Mapping[str, str | None],
        labels: Mapping[str, str] | None,
    ) -> Step:
        where = place.path("/api/v1", "pods", pod)
        before = {key: (labels or {}).get(key) for key in wanted}
        found = ("body", "metadata", "labels")
        shows = [Expectation((*found, key), value) for key, value in wanted.items()]
        was = [Expectation((*found, key), value) for key, value in before.items()]
        taken = ", ".join(key for key, value in wanted.items() if value is None)
        lost = f" and loses {taken}" if taken else ""
        known = labels is not None
        return Step(
            title=self.title,
            request=patch(where, {"metadata": {"labels": dict(wanted)}}),
            changes=f"pod {place.namespace}/{pod} is marked"
            + (f" and loses {lost}" if lost else ""),
            verify=Verification(read(where), (_is_there(), *shows)),
            undo=(patch(where, {"metadata": {"labels": before}}),) if known else (),
            pre_state={"labels": before} if known else {},
            note=(
                "A pod that loses the labels of its workload is replaced by a new one, unmarked:"
                " scale the workload to zero afterwards, the marked pod stays for evidence."
            ),
            point=f"kubernetes.pod:{place.cluster}/{place.namespace}/{pod}",
            undone=Verification(read(where), (_is_there(), *was)) if known else None,
        )


def _is_there() -> Expectation:
    """Expect an answer that is one: of a pod that is gone every label is absent."""
    return Expectation(("status",), 200)


def _allows(spec: Mapping[str, Any]) -> bool:
    return bool(spec.get("ingress")) or bool(spec.get("egress"))


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Does a label selector take these labels? An empty one takes all."""
    same = all(labels.get(k) == v for k, v in (selector.get("matchLabels") or {}).items())
    return same and all(_holds(one, labels) for one in selector.get("matchExpressions") or [])


def _holds(one: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = one.get("key"), one.get("values") or []
    match one.get("operator"):
        case "In":
            return labels.get(str(key)) in values
        case "NotIn":
            return labels.get(str(key)) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    return False
