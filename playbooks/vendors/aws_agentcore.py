"""Bedrock AgentCore: sessions stopped, runtimes closed, workload identities cut off from tokens.

Stopping a session stops that one session: the next call begins another. So the runtime's resource
policy is closed first, or the execution role denied. What a stop came to cannot be read: AgentCore
has no call that tells of a runtime's sessions.

References:
    - AgentCore developer guide, "Resource-based policies": they are evaluated with every call of a
      runtime or gateway, and a denial wins
    - botocore's service models of bedrock-agentcore and bedrock-agentcore-control
    - no AWS account and no server that has these calls: run against a stub that is checked by the
      service models (docs/vendors/aws.md)
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

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
from agentwarrant.respond.transport import Transport, at

from ._aws import CORE, MINUTES, Inline, Look, Principal, body, change, read, with_statement

_CONTROL = "bedrock-agentcore-control"
_PLACE = r"arn:aws[a-z-]*:(?:bedrock-agentcore|acps):[a-z0-9-]+:([0-9]{12})"
_RUNTIME = re.compile(rf"{_PLACE}:runtime/([A-Za-z][A-Za-z0-9_]{{0,99}}-[A-Za-z0-9]{{10}})")
_SESSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{32,255}")
_WORKLOAD = re.compile(
    rf"{_PLACE}:workload-identity-directory/[A-Za-z0-9_.-]+/workload-identity/([A-Za-z0-9_.-]{{3,255}})"
)
_PROVIDER = re.compile(
    rf"{_PLACE}:token-vault/[A-Za-z0-9_.-]+/(apikey|oauth2)credentialprovider/([A-Za-z0-9_-]{{1,128}})"
)
_CLOSED = "AgentWarrantClosed"
_NO_TOKENS = "AgentWarrantNoTokens"


class _Runtimes(Action):
    """What needs the agent's runtimes, by ARN or by the workload identity that they carry."""

    vendor = "aws"

    def _runtimes(self, target: Target, look: Look) -> Iterator[tuple[str, str]]:
        """Yield the ARN and the id of each runtime of the agent."""
        seen: set[str] = set()
        for arn in (*target.ids("aws.agentcore_runtime"), *self._carrying(target, look)):
            found = _RUNTIME.fullmatch(arn)
            if found is None:
                look.notes.append(f"Left out, no ARN of an AgentCore runtime: {short(arn)}")
            elif arn not in seen and look.mine(found[1], arn):
                seen.add(arn)
                yield arn, found[2]

    def _carrying(self, target: Target, look: Look) -> Iterator[str]:
        wanted = set(target.ids("aws.agentcore_workload"))
        if wanted and look.transport is not None:
            for runtime in look.runtimes():
                if at(runtime, ("workloadIdentityDetails", "workloadIdentityArn")) in wanted:
                    yield str(runtime.get("agentRuntimeArn"))


class StopAgentcoreSession(_Runtimes):
    """Stop sessions of the agent's runtime; the next call begins another."""

    name = "stop_agentcore_session"
    verb = Verb.STOP_RUN
    kinds = frozenset({"aws.agentcore_session", "aws.agentcore_runtime", "aws.agentcore_workload"})
    title = "Stop a session of an AgentCore runtime"
    method = "bedrock-agentcore.StopRuntimeSession"
    reversibility = Reversibility.EXTERNALLY_REVERSIBLE
    word_is_enough = False
    required_permissions = (
        "sts:GetCallerIdentity",
        "bedrock-agentcore:ListAgentRuntimes",
        "bedrock-agentcore:GetAgentRuntime",
        "bedrock-agentcore:StopRuntimeSession",
    )
    propagation_seconds = 5.0
    doc = f"{CORE}/runtime-stop-session.html"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look.at(transport)
        named = [s for s in target.sessions if _SESSION.fullmatch(s)]
        steps = []
        for ref in target.ids("aws.agentcore_session"):
            arn, _, session = ref.rpartition("/")
            found = _RUNTIME.fullmatch(arn)
            if found is None or not _SESSION.fullmatch(session):
                look.notes.append(f"Left out, no session of an AgentCore runtime: {short(ref)}")
            elif look.mine(found[1], ref):
                steps.append(self._step(arn, found[2], session))
        for arn, name in self._runtimes(target, look):
            steps += [self._step(arn, name, session) for session in named]
        if not steps:
            look.notes.append("The case names no session of an AgentCore runtime")
        return look.plan(self.id, target, {one.point: one for one in steps}.values())

    def _step(self, arn: str, runtime: str, session: str) -> Step:
        # the same stop has the same token, so that AWS takes a repeated one for the first
        token = hashlib.sha256(f"stop {arn} {session}".encode()).hexdigest()
        return Step(
            title=self.title,
            request=change(
                self.method,
                accepts=(404,),
                agentRuntimeArn=arn,
                runtimeSessionId=session,
                clientToken=token,
            ),
            changes=f"session {session} of {runtime} may run; afterwards it does not",
            # all that can be read: a runtime that is gone has no sessions
            verify=Verification(
                read(f"{_CONTROL}.GetAgentRuntime", accepts=(404,), agentRuntimeId=runtime),
                (Expectation(("status",), 404),),
            ),
            note=(
                "AWS has no read that tells of a runtime's sessions: that it answered is all that"
                " is known. The next call begins a new session: close the runtime first."
            ),
            point=f"aws.agentcore_session:{arn}/{session}",
        )


class CloseAgentcoreRuntime(_Runtimes):
    """Let nobody call the agent's runtime, by its resource policy."""

    name = "close_agentcore_runtime"
    verb = Verb.RESTRICT_ACCESS
    kinds = frozenset({"aws.agentcore_runtime", "aws.agentcore_workload"})
    title = "Let nobody call an AgentCore runtime"
    method = f"{_CONTROL}.PutResourcePolicy"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = (
        "sts:GetCallerIdentity",
        "bedrock-agentcore:ListAgentRuntimes",
        "bedrock-agentcore:GetAgentRuntime",
        "bedrock-agentcore:GetResourcePolicy",
        "bedrock-agentcore:PutResourcePolicy",
        "bedrock-agentcore:DeleteResourcePolicy",
    )
    propagation_seconds = 10.0
    doc = f"{CORE}/resource-based-policies.html"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look.at(transport)
        steps = [self._step(arn, look) for arn, _ in self._runtimes(target, look)]
        return look.plan(self.id, target, steps)

    def _step(self, arn: str, look: Look) -> Step:
        get = read(f"{_CONTROL}.GetResourcePolicy", accepts=(404,), resourceArn=arn)
        known = look.transport is not None
        found = at(look.ask(get), body("policy")) if known else None
        before = found if isinstance(found, dict) else None
        own = {
            "Sid": _CLOSED,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "bedrock-agentcore:Invoke*",
            "Resource": arn,
        }
        wanted = with_statement(before, own)
        delete = change(f"{_CONTROL}.DeleteResourcePolicy", accepts=(404,), resourceArn=arn)
        put_back = change(self.method, resourceArn=arn, policy=before) if before else delete
        was = Expectation(body("policy"), before)
        return Step(
            title=self.title,
            request=change(self.method, resourceArn=arn, policy=wanted),
            changes=f"{arn}: its resource policy denies every call by anybody",
            verify=Verification(get, (Expectation(body("policy"), wanted),)),
            undo=(put_back,) if known else (),
            pre_state={"policy": before} if known else {},
            note="A session that runs goes on until it is stopped or idle: stop it afterwards.",
            point=f"aws.agentcore_runtime:{arn}",
            undone=Verification(get, (was,)) if known else None,
            residual_seconds=8 * 3600.0,
            residual="sessions that run already, at most 8 hours; stop them",
        )


class DenyAgentcoreTokens(Action):
    """Give the agent's workload identity no more tokens, by a denial in the role it runs with."""

    name = "deny_agentcore_tokens"
    verb = Verb.RESTRICT_ACCESS
    kinds = frozenset({"aws.agentcore_workload"})
    vendor = "aws"
    title = "Deny an AgentCore workload its tokens"
    method = "iam.PutRolePolicy"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = (
        "sts:GetCallerIdentity",
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:PutRolePolicy",
        "iam:DeleteRolePolicy",
    )
    propagation_seconds = 10.0
    doc = f"{CORE}/identity.html"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look.at(transport)
        workloads = []
        for ref in target.ids("aws.agentcore_workload"):
            found = _WORKLOAD.fullmatch(ref)
            if found is None:
                look.notes.append(f"Left out, no ARN of a workload identity: {short(ref)}")
            elif look.mine(found[1], ref):
                workloads.append(ref)
        roles = list(look.principals(target, "role"))
        if workloads and not roles:
            look.notes.append("The role that it runs with is not known: name it in the warrant")
        steps = [self._step(role, workloads, look) for role in roles if workloads]
        return look.plan(self.id, target, steps)

    def _step(self, role: Principal, workloads: list[str], look: Look) -> Step:
        policy = Inline(role, _NO_TOKENS)
        before = policy.before(look)
        wanted = with_statement(
            before,
            {
                "Sid": _NO_TOKENS,
                "Effect": "Deny",
                "Action": [
                    "bedrock-agentcore:GetWorkloadAccessToken*",
                    "bedrock-agentcore:GetResource*",
                ],
                "Resource": workloads,
            },
        )
        undo, undone = policy.restored(before)
        known = look.transport is not None
        return Step(
            title=self.title,
            request=policy.put(wanted),
            changes=f"{role.arn}: no tokens for {', '.join(map(short, workloads))}",
            verify=Verification(policy.get(), (Expectation(body("PolicyDocument"), wanted),)),
            undo=undo if known else (),
            pre_state={_NO_TOKENS: before} if known else {},
            note=(
                "Other workloads of the role are not touched. Tokens of third parties that the"
                " agent has already fetched work until they expire there."
            ),
            point=f"aws.agentcore_tokens:{role.arn}",
            undone=undone if known else None,
            residual_seconds=max(MINUTES, 3600.0),
            residual="tokens that were fetched before, usually an hour",
        )


class DeleteAgentcoreWorkload(Action):
    """Delete the agent's workload identity, for good."""

    name = "delete_agentcore_workload"
    verb = Verb.KILL
    kinds = frozenset({"aws.agentcore_workload"})
    vendor = "aws"
    title = "Delete an AgentCore workload identity"
    method = f"{_CONTROL}.DeleteWorkloadIdentity"
    reversibility = Reversibility.IRREVERSIBLE
    required_permissions = (
        "sts:GetCallerIdentity",
        "bedrock-agentcore:GetWorkloadIdentity",
        "bedrock-agentcore:DeleteWorkloadIdentity",
    )
    propagation_seconds = 10.0
    doc = f"{CORE}/identity.html"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look.at(transport)
        steps = []
        for ref in target.ids("aws.agentcore_workload"):
            found = _WORKLOAD.fullmatch(ref)
            if found is None:
                look.notes.append(f"Left out, no ARN of a workload identity: {short(ref)}")
            elif look.mine(found[1], ref):
                steps += deletion(self, "GetWorkloadIdentity", ref, found[2], look)
        return look.plan(self.id, target, steps)


class DeleteCredentialProvider(Action):
    """Delete a credential provider that the agent gets its keys and tokens from, for good."""

    name = "delete_credential_provider"
    verb = Verb.REVOKE_CREDENTIALS
    kinds = frozenset({"aws.agentcore_provider"})
    vendor = "aws"
    title = "Delete an AgentCore credential provider"
    method = f"{_CONTROL}.Delete{{}}CredentialProvider"
    reversibility = Reversibility.IRREVERSIBLE
    required_permissions = (
        "sts:GetCallerIdentity",
        "bedrock-agentcore:GetApiKeyCredentialProvider",
        "bedrock-agentcore:GetOauth2CredentialProvider",
        "bedrock-agentcore:DeleteApiKeyCredentialProvider",
        "bedrock-agentcore:DeleteOauth2CredentialProvider",
    )
    propagation_seconds = 10.0
    doc = f"{CORE}/identity.html"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look.at(transport)
        steps = []
        for ref in target.ids("aws.agentcore_provider"):
            found = _PROVIDER.fullmatch(ref)
            if found is None:
                look.notes.append(f"Left out, no ARN of a credential provider: {short(ref)}")
            elif look.mine(found[1], ref):
                kind = "ApiKey" if found[2] == "apikey" else "Oauth2"
                steps += deletion(self, f"Get{kind}CredentialProvider", ref, found[3], look)
        return look.plan(self.id, target, steps)


def deletion(action: Action, getter: str, ref: str, name: str, look: Look) -> list[Step]:
    """Return the step that deletes what a call of AgentCore's control plane gets by name."""
    get = read(f"{_CONTROL}.{getter}", accepts=(404,), name=name)
    if look.transport is not None and look.ask(get)["status"] == 404:
        look.notes.append(f"Gone already: {short(name)}")
        return []
    method = f"{_CONTROL}.{getter.replace('Get', 'Delete', 1)}"
    (kind,) = action.kinds
    return [
        Step(
            title=action.title,
            request=change(method, accepts=(404,), name=name),
            changes=f"{ref} becomes deleted",
            verify=Verification(get, (Expectation(("status",), 404),)),
            note=(
                "Nothing brings it back: it has to be set up anew, with its secrets. Everything"
                " else that uses it stops too. Tokens that were fetched before work until they"
                " expire."
            ),
            point=f"{kind}:{ref}",
            residual_seconds=3600.0,
            residual="tokens that were fetched before, usually an hour",
        )
    ]
