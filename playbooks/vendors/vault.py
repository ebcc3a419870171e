"""Vault and OpenBao: entities, tokens, AppRole, leases.

Switching off an entity is the best first step: all its tokens are refused at once, it cannot log
in, and it can be taken back. Whoever only revokes a token sees the agent log in again.

References:
    - https://openbao.org/api-docs/auth/token/, .../auth/approle/, .../secret/identity/entity/ and
      .../system/leases/
    - OpenBao 2.7.2: every call, its effect on a live token and its undo were run. HashiCorp's
      Vault has the same calls (https://developer.hashicorp.com/vault/api-docs) and was not run
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from agentwarrant.errors import Guarded
from agentwarrant.faults import short
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
from agentwarrant.respond.http import change, path, read
from agentwarrant.respond.transport import Transport, at
from agentwarrant.respond.vendor import HttpVendor

from ._vault import (
    ENDPOINT,
    MAX_STEPS,
    Bao,
    asking,
    gone,
    life,
    logged_in,
    namespace,
    narrow,
    revocation,
)

DOC = "docs/vendors/vault.md"
NOWHERE = "203.0.113.0/32"
"""A network that nobody has (RFC 5737)."""
_NOWHERE_READ = [[NOWHERE], [NOWHERE.partition("/")[0]]]  # token_bound_cidrs loses its /32
_BOUND = ("token_bound_cidrs", "secret_id_bound_cidrs")
_SEEN = "secrets that it has read are known to it: exchange those too"


class Vault(HttpVendor):
    name = "vault"
    title = "Vault or OpenBao"
    reads = frozenset(
        {
            "POST /v1/auth/token/lookup-accessor",
            "POST /v1/auth/{}/role/{}/secret-id-accessor/lookup",
        }
    )
    probes = frozenset({"GET /v1/auth/token/lookup-self", "POST /v1/auth/{}/login"})
    secrets: ClassVar = {
        "token": "the responder's own token; or role_id and secret_id instead",
        "role_id": "of the responder's own AppRole",
        "secret_id": "of the responder's own AppRole",
        "agent_token": "a token of the agent: to see it refused",
        "agent_role_id": "the agent's role id: to see its log-in refused",
        "agent_secret_id": "the agent's secret id: to see its log-in refused",
    }
    options: ClassVar = {
        "namespace": "namespace of Vault Enterprise or OpenBao",
        "login_mount": "mount of the responder's own AppRole; approle",
        "agent_entity": "entity whose agent_token and log-in are given",
        "agent_accessor": "accessor of agent_token",
        "agent_role": "mount/role of the agent's log-in",
        "agent_secret_id_accessor": "accessor of agent_secret_id",
    }
    examples = (
        "vault.entity:30c5eb19-5b1a-cb5d-c421-7ab7d8d9021c",
        "vault.token:P8ISfzSmQRTiPEsCCdr8sQUB",
        "vault.role:approle/agent-7",
        "vault.secret_id:approle/agent-7/3c379edd-b385-cdf1-739f-3332ae0e5760",
        "vault.leases:database/creds/agent-7",
    )

    def authorize(self, connection: Connection) -> http.Authorize:
        own = namespace(connection)
        if connection.has("token"):
            return lambda client: {"X-Vault-Token": connection.secret("token"), **own}
        return lambda client: {"X-Vault-Token": logged_in(client, connection, own), **own}


class _Vault(Action):
    vendor = "vault"
    propagation_seconds = 1.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        bao = Bao(transport)
        steps = tuple(self._steps(target, bao))
        notes = list(dict.fromkeys(bao.notes))
        if len(steps) > MAX_STEPS:
            notes.append(f"{len(steps)} would be needed; the first {MAX_STEPS} are planned")
        return Plan(self.id, target, steps[:MAX_STEPS], tuple(notes))

    @abstractmethod
    def _steps(self, target: Target, bao: Bao) -> Iterator[Step]:
        """Yield all steps, and leave notes with ``bao``."""


class DisableEntity(_Vault):
    """Switch off what the agent is: every token of it is refused, and no log-in gives one."""

    name = "disable_entity"
    verb = Verb.DISABLE_IDENTITY
    kinds = frozenset({"vault.entity", "vault.token"})
    title = "Switch off the agent's entity"
    method = "POST /v1/identity/entity/id/{}"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = (
        "read, update on identity/entity/id/*",
        "update on auth/token/lookup-accessor",
        "update on auth/token/revoke-accessor",
    )

    def _steps(self, target: Target, bao: Bao) -> Iterator[Step]:
        held = tuple(dict.fromkeys(bao.tokens(target)))
        for entity in dict.fromkeys(bao.entities(target)):
            bao.spare_us("entity", "entity_id", entity)
            where = path("/v1/identity/entity/id/{}", entity)
            answer = bao.get(read(where, endpoint=ENDPOINT, accepts=(404,)))
            row = at(answer, ("body", "data"))
            if bao.asked and at(row, ("id",)) != entity:
                bao.notes.append(f"Left out, there is no such entity: {entity}")
            elif at(row, ("disabled",)) is True:
                bao.notes.append(f"Switched off already: {entity}")
            else:
                yield self._step(entity, where, held, bao)

    def _step(self, entity: str, where: str, held: tuple[str, ...], bao: Bao) -> Step:
        shown = read(where, endpoint=ENDPOINT)
        disabled = ("body", "data", "disabled")
        back = change("POST", where, endpoint=ENDPOINT, json={"disabled": False})
        ours = entity == bao.option("agent_entity")
        mount = bao.agent_mount
        return Step(
            title=self.title,
            request=change("POST", where, endpoint=ENDPOINT, json={"disabled": True}),
            changes=f"entity {entity}: {'enabled' if bao.asked else 'not read,'} becomes disabled",
            verify=Verification(shown, (Expectation(disabled, True),)),
            undo=(*map(revocation, held), back) if bao.asked else (),
            undone=Verification(shown, (Expectation(disabled, False),)) if bao.asked else None,
            pre_state={"disabled": False} if bao.asked else {},
            note=(
                "Switched on again, its old tokens work again: the undo first revokes those that"
                " the case names. Agents that log in by one role share one entity."
            ),
            point=f"vault.entity:{entity}",
            probes=(*bao.token_refused(), *(bao.login_refused(mount) if mount else ()))
            if ours
            else (),
            residual=_SEEN,
        )


class RevokeAccessor(_Vault):
    """Revoke a token by its accessor, and every token that was made with it."""

    name = "revoke_accessor"
    verb = Verb.REVOKE_CREDENTIALS
    kinds = frozenset({"vault.token"})
    title = "Revoke the agent's token"
    method = "POST /v1/auth/token/revoke-accessor"
    reversibility = Reversibility.IRREVERSIBLE
    required_permissions = (
        "update on auth/token/lookup-accessor",
        "update on auth/token/revoke-accessor",
    )

    def _steps(self, target: Target, bao: Bao) -> Iterator[Step]:
        for accessor in dict.fromkeys(bao.tokens(target)):
            token = bao.token(accessor)
            if bao.asked and not token:
                bao.notes.append(f"Left out, no token has this accessor: {short(accessor)}")
                continue
            if token and not token.get("entity_id"):
                bao.notes.append(f"The token {short(accessor)} has no entity to switch off")
            yield Step(
                title=self.title,
                request=revocation(accessor),
                changes=f"token {accessor} ({token.get('path', 'not read')}) and its children end",
                verify=gone(accessor),
                note=(
                    "Nothing takes it back, and the agent may just log in again: switch off its"
                    " entity or its role first."
                ),
                point=f"vault.token:{accessor}",
                probes=bao.token_refused() if accessor == bao.option("agent_accessor") else (),
                residual=_SEEN,
            )


class DestroySecretId(_Vault):
    """Destroy the secret ids of the agent's role: it logs in by them no more."""

    name = "destroy_secret_id"
    verb = Verb.REVOKE_CREDENTIALS
    kinds = frozenset({"vault.secret_id", "vault.role"})
    title = "Destroy a secret id of the agent"
    method = "POST /v1/auth/{}/role/{}/secret-id-accessor/destroy"
    reversibility = Reversibility.IRREVERSIBLE
    required_permissions = (
        "list on auth/<mount>/role/<role>/secret-id",
        "update on auth/<mount>/role/<role>/secret-id-accessor/*",
        "read on auth/<mount>/role/<role>",
    )

    def _steps(self, target: Target, bao: Bao) -> Iterator[Step]:
        for mount, role, accessor in dict.fromkeys(bao.secret_ids(target)):
            where = path("/v1/auth/{}/role/{}/secret-id-accessor/", mount, role)
            shown = asking(f"{where}lookup", (404,), secret_id_accessor=accessor)
            if bao.get(shown)["status"] == 404:
                bao.notes.append(f"Destroyed already, or never there: {short(accessor)}")
                continue
            own = accessor == bao.option("agent_secret_id_accessor")
            body = {"secret_id_accessor": accessor}
            yield Step(
                title=self.title,
                request=change("POST", f"{where}destroy", endpoint=ENDPOINT, json=body),
                changes=f"secret id {accessor} of the role {role} at {mount} is destroyed",
                verify=Verification(shown, (Expectation(("status",), 404),)),
                note=(
                    "Nothing takes it back: give the agent a new one. A second request answers 500"
                    " and is no failure. Live tokens go on."
                ),
                point=f"vault.secret_id:{mount}/{role}/{accessor}",
                probes=bao.login_refused(mount) if own else (),
                residual_seconds=life(bao, mount, role),
                residual="tokens of earlier log-ins go on until they expire",
            )


class BindRole(_Vault):
    """Let the agent's role log in from nowhere: its bound networks become one that nobody has."""

    name = "bind_role"
    verb = Verb.RESTRICT_ACCESS
    kinds = frozenset({"vault.role"})
    title = "Let the agent's role log in from nowhere"
    method = "POST /v1/auth/{}/role/{}"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("read, update on auth/<mount>/role/<role>",)

    def _steps(self, target: Target, bao: Bao) -> Iterator[Step]:
        for mount, role in dict.fromkeys(bao.roles(target)):
            where = path("/v1/auth/{}/role/{}", mount, role)
            answer = bao.get(read(where, endpoint=ENDPOINT, accepts=(403, 404)))
            row = at(answer, ("body", "data"))
            if bao.asked and not isinstance(row, Mapping):
                bao.notes.append(f"Left out, no such role, or none for us: {mount}/{role}")
            elif bao.asked and "secret_id_bound_cidrs" not in row:
                bao.notes.append(f"Left out, no role of AppRole: {mount}/{role}")
            elif bao.asked and all(row.get(name) in _NOWHERE_READ for name in _BOUND):
                bao.notes.append(f"It may log in from nowhere already: {mount}/{role}")
            else:
                yield self._step(mount, role, where, row if bao.asked else None, bao)

    def _step(
        self, mount: str, role: str, where: str, row: Mapping[str, Any] | None, bao: Bao
    ) -> Step:
        before = {name: row.get(name) or [] for name in _BOUND} if row else {}
        shown = read(where, endpoint=ENDPOINT)
        bound = (
            Expectation(("body", "data", _BOUND[0]), _NOWHERE_READ, op=Op.ONE_OF),
            Expectation(("body", "data", _BOUND[1]), _NOWHERE_READ, op=Op.ONE_OF),
        )
        back = tuple(
            Expectation(("body", "data", name), value)
            if value
            else Expectation(("body", "data", name), op=Op.EMPTY)
            for name, value in before.items()
        )
        wanted = {name: [NOWHERE] for name in _BOUND}
        ours = f"{mount}/{role}" == bao.option("agent_role")
        return Step(
            title=self.title,
            request=change("POST", where, endpoint=ENDPOINT, json=wanted),
            changes=f"role {role} at {mount}: {before or 'not read,'} becomes {NOWHERE} only",
            verify=Verification(shown, bound),
            undo=(change("POST", where, endpoint=ENDPOINT, json=before),) if before else (),
            undone=Verification(shown, back) if before else None,
            pre_state=before,
            note="Tokens of earlier log-ins go on: switch off the entity, or revoke them.",
            point=f"vault.role:{mount}/{role}",
            probes=bao.login_refused(mount) if ours else (),
            residual_seconds=life(bao, mount, role),
            residual="tokens of earlier log-ins go on until they expire",
        )


class RevokeLeases(_Vault):
    """Revoke every lease under one narrow prefix: dynamic passwords of one role, for example."""

    name = "revoke_leases"
    verb = Verb.REVOKE_CREDENTIALS
    kinds = frozenset({"vault.leases"})
    title = "Revoke the agent's leases"
    method = "PUT /v1/sys/leases/revoke-prefix/{}"
    reversibility = Reversibility.IRREVERSIBLE
    propagation_seconds = 5.0
    required_permissions = (
        "list, sudo on sys/leases/lookup/*",
        "update, sudo on sys/leases/revoke-prefix/*",
    )

    def _steps(self, target: Target, bao: Bao) -> Iterator[Step]:
        for prefix in dict.fromkeys(map(narrow, target.ids("vault.leases"))):
            if f"{bao.ourselves.get('path')}/".startswith(f"{prefix}/"):
                raise Guarded("the responder's own token is one of these leases", where=ENDPOINT)
            where = path("/v1/sys/leases/lookup/{}", prefix)
            shown = read(where, endpoint=ENDPOINT, accepts=(404,), list=True)
            answer = bao.get(shown)
            keys = at(answer, ("body", "data", "keys"))
            if any(str(key).endswith("/") for key in keys or ()):
                what = f"{short(prefix)} holds the leases of more than one account"
                raise Guarded(what, where=ENDPOINT, mend="name one below it")
            if answer["status"] == 404:
                bao.notes.append(f"There is no lease under {prefix}")
                continue
            count = f"{len(keys)} leases" if isinstance(keys, list) else "leases, not counted,"
            yield Step(
                title=self.title,
                request=change(
                    "PUT", path("/v1/sys/leases/revoke-prefix/{}", prefix), endpoint=ENDPOINT
                ),
                changes=f"{count} under {prefix} end, with what they gave",
                verify=Verification(shown, (Expectation(("status",), 404),)),
                note="Nothing takes it back. Whoever may ask gets new ones.",
                point=f"vault.leases:{prefix}",
                residual=_SEEN,
            )
