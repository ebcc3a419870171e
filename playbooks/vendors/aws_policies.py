"""AWS IAM: users and roles denied everything, and roles' sessions revoked, by inline policies.

What is denied counts for credentials that are out already, because AWS asks the policies at every
call.

References:
    - IAM user guide, "Disabling permissions for temporary security credentials" and "Revoke IAM
      role temporary security credentials": what a denial reaches, 36 hours, "a few minutes"
    - every call was run against moto 5.2.5, which is not AWS (docs/vendors/aws.md)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

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
from agentwarrant.respond.transport import Now, Transport, at

from ._aws import HOURS_12, IAM, MINUTES, Inline, Look, Principal, body, with_statement

QUARANTINE = "AgentWarrantQuarantine"
REVOKED = "AWSRevokeOlderSessions"
"""The name that the console gives it too, so that whoever looks knows it."""

_SID = "AgentWarrantRevokeOlderSessions"
_DENY_ALL = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": QUARANTINE, "Effect": "Deny", "Action": "*", "Resource": "*"},
    ],
}


class _Quarantine(Action):
    """An inline policy of our own that denies everything."""

    vendor = "aws"
    verb = Verb.DISABLE_IDENTITY
    reversibility = Reversibility.REVERSIBLE
    propagation_seconds = 10.0
    doc = f"{IAM}/UserGuide/id_credentials_temp_control-access_disable-perms.html"
    why: ClassVar[str]

    def _steps(self, found: Iterator[Principal], look: Look) -> Iterator[Step]:
        for one in found:
            policy = Inline(one, QUARANTINE)
            before = policy.before(look)
            if before == _DENY_ALL:
                look.notes.append(f"{one.name} is denied everything already")
            else:
                undo, undone = policy.restored(before)
                known = look.transport is not None
                yield Step(
                    title=self.title,
                    request=policy.put(_DENY_ALL),
                    changes=f"{one.arn}: inline policy {QUARANTINE} denies every action",
                    verify=Verification(
                        policy.get(), (Expectation(body("PolicyDocument"), _DENY_ALL),)
                    ),
                    undo=undo if known else (),
                    pre_state={QUARANTINE: before} if known else {},
                    note=self.why,
                    point=f"aws.{one.kind}:{one.arn}",
                    undone=undone if known else None,
                    residual_seconds=MINUTES,
                    residual="until every region has the policy; AWS says a few minutes",
                )


class QuarantineUser(_Quarantine):
    """Deny an IAM user everything, with all its keys and the sessions made from them."""

    name = "quarantine_user"
    kinds = frozenset({"aws.user"})
    title = "Deny an IAM user everything"
    method = "iam.PutUserPolicy"
    required_permissions = (
        "sts:GetCallerIdentity",
        "iam:GetUser",
        "iam:GetUserPolicy",
        "iam:PutUserPolicy",
        "iam:DeleteUserPolicy",
    )
    why = (
        "It reaches sessions made from the user's keys too, but no role that was assumed with"
        " them: revoke that role's sessions. sts:GetCallerIdentity works whatever is denied."
    )

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look.at(transport)
        return look.plan(self.id, target, self._steps(look.principals(target, "user"), look))


_ROLE_READS = (
    "sts:GetCallerIdentity",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListInstanceProfilesForRole",
    "lambda:ListFunctions",
    "bedrock-agentcore:ListAgentRuntimes",
    "bedrock-agentcore:GetAgentRuntime",
    "iam:PutRolePolicy",
    "iam:DeleteRolePolicy",
)


class QuarantineRole(_Quarantine):
    """Deny a role everything: sessions that exist and those to come."""

    name = "quarantine_role"
    kinds = frozenset({"aws.role"})
    title = "Deny a role everything"
    method = "iam.PutRolePolicy"
    required_permissions = _ROLE_READS
    why = "Whoever else assumes the role is denied too. It reaches no role assumed from this one."

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look.at(transport)
        roles = look.unshared(look.principals(target, "role"))
        return look.plan(self.id, target, self._steps(roles, look))


class _Revocation(Action):
    """An inline policy that denies everything to sessions that began before it."""

    verb = Verb.REVOKE_SESSIONS
    vendor = "aws"
    reversibility = Reversibility.EXTERNALLY_REVERSIBLE
    propagation_seconds = 10.0
    why: ClassVar[str]
    residual: ClassVar[str]

    def _step(self, whose: Principal, look: Look) -> Step:
        policy = Inline(whose, REVOKED)
        before = policy.before(look)
        own = {
            "Sid": _SID,
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            # a token of this very second has this second's time, and that is not less
            "Condition": {"DateLessThan": {"aws:TokenIssueTime": Now(plus=1.0)}},
        }
        place = ("Statement", ("Sid", _SID))
        date = (*place, "Condition", "DateLessThan", "aws:TokenIssueTime")
        earlier = at(before, date)
        known = look.transport is not None
        return Step(
            title=self.title,
            request=policy.put(with_statement(before, own)),
            changes=f"{whose.arn}: every session that began before now is denied everything",
            verify=Verification(
                policy.get(),
                (
                    Expectation(body("PolicyDocument", *place, "Effect"), "Deny"),
                    Expectation(body("PolicyDocument", *date), earlier or "", op=Op.ABOVE),
                ),
            ),
            pre_state={REVOKED: before} if known else {},
            note=self.why,
            point=f"aws.{whose.kind}_sessions:{whose.arn}",
            residual_seconds=HOURS_12,
            residual=self.residual,
        )


class RevokeRoleSessions(_Revocation):
    """Make every session of a role that exists now worthless; new ones may begin.

    No release takes it back: sessions that were stolen would live again. After 12 hours the policy
    denies nobody any more, and a person may delete it.
    """

    name = "revoke_role_sessions"
    kinds = frozenset({"aws.role"})
    title = "Revoke a role's sessions"
    method = "iam.PutRolePolicy"
    required_permissions = _ROLE_READS
    doc = f"{IAM}/UserGuide/id_roles_use_revoke-sessions.html"
    why = (
        "It hits everybody who has a session of the role, and nobody who begins a new one: an agent"
        " that may assume it again does. A release leaves it there, so that old sessions stay dead;"
        " after 12 hours there are none, and it may be deleted."
    )
    residual = (
        "sessions of other roles that were assumed from this one, up to 12 hours; of this role a"
        " few minutes"
    )

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look.at(transport)
        steps = [self._step(r, look) for r in look.unshared(look.principals(target, "role"))]
        return look.plan(self.id, target, steps)


class RevokeUserSessions(_Revocation):
    """Make the sessions worthless that were made from a user's keys; the keys work on."""

    name = "revoke_user_sessions"
    kinds = frozenset({"aws.user"})
    title = "Revoke the sessions of a user"
    method = "iam.PutUserPolicy"
    required_permissions = QuarantineUser.required_permissions
    doc = f"{IAM}/UserGuide/id_credentials_temp_control-access_disable-perms.html"
    why = (
        "A call with the key itself has no time of issue and is not denied: switch the keys off or"
        " deny the user as well. A release leaves it there, so that old sessions stay dead; after"
        " 36 hours there are none, and it may be deleted."
    )
    residual = "sessions of roles that were assumed with the keys, up to 12 hours"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look.at(transport)
        steps = [self._step(user, look) for user in look.principals(target, "user")]
        return look.plan(self.id, target, steps)
