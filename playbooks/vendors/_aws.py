"""What AWS's actions share: names of principals, whose they are, who else uses a role."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from agentwarrant.errors import Guarded, Refused
from agentwarrant.faults import short
from agentwarrant.respond.action import Expectation, Op, Plan, Step, Target, Verification
from agentwarrant.respond.http import connection_of
from agentwarrant.respond.transport import Effect, Path, Request, Transport, at

IAM = "https://docs.aws.amazon.com/IAM/latest"
CORE = "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide"
MAX_STEPS = 20
HOURS_36 = 129_600.0
"""How long credentials of GetSessionToken and GetFederationToken last at most."""

HOURS_12 = 43_200.0
"""How long a session of a role lasts at most."""

MINUTES = 300.0
"""AWS: "It might take a few minutes for policy updates to take effect." """

_PRINCIPAL = re.compile(
    r"arn:aws[a-z-]*:iam::([0-9]{12}):(user|role)/((?:[!-.0-~]+/)*)([A-Za-z0-9_+=,.@-]{1,64})"
)
_ASSUMED = re.compile(r"arn:aws[a-z-]*:sts::([0-9]{12}):assumed-role/([A-Za-z0-9_+=,.@-]{1,64})/.+")
_FIXED = {
    "aws-service-role/": "a service-linked role: AWS lets nobody edit it",
    "aws-reserved/sso.amazonaws.com/": "a role of IAM Identity Center: it is edited there alone",
}
_RUNTIMES = 100


def read(method: str, *, accepts: tuple[int, ...] = (), **params: Any) -> Request:
    """Return a call that only reads."""
    return Request(method, params, Effect.READ, "AWS", accepts=accepts)


def change(method: str, *, accepts: tuple[int, ...] = (), **params: Any) -> Request:
    """Return a call that changes something."""
    return Request(method, params, Effect.CHANGE, "AWS", accepts=accepts)


def body(*path: str | tuple[str, str]) -> Path:
    """Return a path within the body of an answer."""
    return ("body", *path)


def there(*path: str | tuple[str, str]) -> Expectation:
    """Expect that an answer has something at a path: an empty answer proves nothing."""
    return Expectation(body(*path), "", op=Op.IS_NOT)


@dataclass(frozen=True, slots=True)
class Principal:
    """An IAM user or role.

    Attributes:
        arn, account, path, name: As its ARN says; ``path`` is empty for ``/``.
        kind: ``user`` or ``role``.
    """

    arn: str
    account: str
    kind: str
    path: str
    name: str

    @property
    def fixed(self) -> str:
        """Why AWS lets nobody edit it; empty where it may be edited."""
        return next((why for path, why in _FIXED.items() if self.path.startswith(path)), "")


def principal(arn: str) -> Principal | None:
    """Return what an ARN names, None where it is no IAM user or role.

    A session's ARN names its role. The role's path does not stand in it, so only a read shows a
    service-linked role there.
    """
    if found := _PRINCIPAL.fullmatch(arn):
        account, kind, path, name = found.groups()
        return Principal(arn, account, kind, path, name)
    if found := _ASSUMED.fullmatch(arn):
        account, name = found.groups()
        partition = arn.split(":")[1]
        return Principal(f"arn:{partition}:iam::{account}:role/{name}", account, "role", "", name)
    return None


@dataclass(slots=True)
class Look:
    """What is known of the account while a plan is made.

    Attributes:
        transport: None: nothing may be read.
        account: Whose credentials these are; empty without a transport.
        own: The responder itself.
        notes: What was left out and why.
        barred: What must not be touched and was left out.
    """

    transport: Transport | None
    account: str = ""
    own: Principal | None = None
    shared_roles: bool = False
    notes: list[str] = field(default_factory=list)
    barred: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, transport: Transport | None) -> Look:
        if transport is None:
            return cls(None, notes=["AWS was not asked: no account, policy or key was read"])
        who = transport.send(read("sts.GetCallerIdentity"))["body"]
        connection = connection_of(transport)
        own = str(who.get("Arn"))
        return cls(
            transport,
            str(who.get("Account")),
            principal(own) or principal(own.replace(":sts:", ":iam:", 1)),
            connection is not None and connection.options.get("shared_roles") is True,
        )

    def ask(self, request: Request) -> Any:
        """Return an answer; None where nothing may be read."""
        return self.transport.send(request) if self.transport is not None else None

    def mine(self, account: str, shown: str) -> bool:
        """Is it of the account that is asked? A name may be in two accounts."""
        if self.transport is None or account == self.account:
            return True
        self.notes.append(f"Left out, of another account than {self.account}: {short(shown)}")
        return False

    def plan(self, action: str, target: Target, steps: Iterable[Step]) -> Plan:
        """Return the plan.

        Raises:
            Guarded: All that there is must not be touched.
        """
        made = list(steps)
        if not made and self.barred:
            raise Guarded(self.barred[0], mend="docs/vendors/aws.md says why")
        notes = [*self.notes, *self.barred]
        if len(made) > MAX_STEPS:
            notes.append(f"{len(made) - MAX_STEPS} more were left out: a plan takes {MAX_STEPS}")
        return Plan(action, target, tuple(made[:MAX_STEPS]), tuple(notes))

    def principals(self, target: Target, kind: str) -> Iterator[Principal]:
        """Yield the agent's users or roles that may be changed."""
        seen: set[str] = set()
        for ref in target.ids(f"aws.{kind}"):
            found = principal(ref)
            if found is None or found.kind != kind:
                self.notes.append(f"Left out, no ARN of an IAM {kind}: {short(ref)}")
            elif self.mine(found.account, ref) and found.name not in seen:
                seen.add(found.name)
                checked = self._checked(found)
                if checked is not None:
                    yield checked

    def _checked(self, found: Principal) -> Principal | None:
        if self.transport is not None:
            whole = self._read(found)
            if whole is None:
                self.notes.append(f"Left out, unknown to AWS: {short(found.arn)}")
                return None
            found = whole
        if self.own is not None and (found.kind, found.name) == (self.own.kind, self.own.name):
            self.barred.append(f"{found.arn} is the responder itself")
        elif found.fixed:
            self.barred.append(f"{found.arn} is {found.fixed}")
        else:
            return found
        return None

    def _read(self, found: Principal) -> Principal | None:
        """Return it with the path that it really has."""
        key, verb = ("UserName", "User") if found.kind == "user" else ("RoleName", "Role")
        answer = self.ask(read(f"iam.Get{verb}", accepts=(404,), **{key: found.name}))
        arn = at(answer, body(verb, "Arn"))
        return principal(arn) if isinstance(arn, str) else None

    def unshared(self, roles: Iterable[Principal]) -> Iterator[Principal]:
        """Yield the roles that one workload has, as far as can be read, and say who else may."""
        for role in roles:
            if self.transport is None:
                yield role
                continue
            users = list(dict.fromkeys(self._workloads(role)))
            shown = ", ".join(map(short, users[:5]))
            if len(users) > 1 and not self.shared_roles:
                self.barred.append(
                    f"{role.arn} is used by {len(users)} workloads: {shown}; the option"
                    " shared_roles: true of the connection allows it"
                )
                continue
            if users:
                self.notes.append(f"{role.name} is used by {shown}")
            yield role

    def _workloads(self, role: Principal) -> Iterator[str]:
        """Yield what runs with a role: functions, instance profiles, AgentCore runtimes."""
        for row in self._rows("lambda.ListFunctions", "Functions"):
            if row.get("Role") == role.arn:
                yield f"function {row.get('FunctionName')}"
        profiles = "iam.ListInstanceProfilesForRole"
        for row in self._rows(profiles, "InstanceProfiles", RoleName=role.name):
            yield f"instance profile {row.get('InstanceProfileName')}"
        for runtime in self.runtimes():
            if runtime.get("roleArn") == role.arn:
                yield f"AgentCore runtime {runtime.get('agentRuntimeName')}"

    def runtimes(self) -> Iterator[Mapping[str, Any]]:
        """Yield the account's AgentCore runtimes, whole."""
        rows = self._rows("bedrock-agentcore-control.ListAgentRuntimes", "agentRuntimes")
        for row in rows[:_RUNTIMES]:
            asked = {"agentRuntimeId": str(row.get("agentRuntimeId"))}
            get = read("bedrock-agentcore-control.GetAgentRuntime", accepts=(404,), **asked)
            yield self.ask(get)["body"]

    def _rows(self, method: str, key: str, **params: Any) -> list[Mapping[str, Any]]:
        try:
            rows = at(self.ask(read(method, **params)), body(key))
        except Refused as error:
            note = f"Not read ({method}, {error.status}): who else uses a role is not fully known"
            if note not in self.notes:
                self.notes.append(note)
            return []
        return [row for row in rows or [] if isinstance(row, Mapping)]


@dataclass(frozen=True, slots=True)
class Inline:
    """An inline policy of a user or role: how it is put, read and taken away."""

    principal: Principal
    name: str

    def put(self, document: Mapping[str, Any]) -> Request:
        return change(f"iam.Put{self._kind}Policy", **self._named, PolicyDocument=document)

    def delete(self) -> Request:
        return change(f"iam.Delete{self._kind}Policy", accepts=(404,), **self._named)

    def get(self) -> Request:
        return read(f"iam.Get{self._kind}Policy", accepts=(404,), **self._named)

    def before(self, look: Look) -> Mapping[str, Any] | None:
        """Return the document that is there now."""
        found = at(look.ask(self.get()), body("PolicyDocument")) if look.transport else None
        return found if isinstance(found, Mapping) else None

    def restored(
        self, before: Mapping[str, Any] | None
    ) -> tuple[tuple[Request, ...], Verification]:
        """Return what brings back the state before, and the read that proves it."""
        if before is None:
            gone = Verification(self.get(), (Expectation(("status",), 404),))
            return (self.delete(),), gone
        same = Expectation(body("PolicyDocument"), before)
        return (self.put(before),), Verification(self.get(), (same,))

    @property
    def _kind(self) -> str:
        return self.principal.kind.capitalize()

    @property
    def _named(self) -> dict[str, Any]:
        return {f"{self._kind}Name": self.principal.name, "PolicyName": self.name}


def statements(document: Mapping[str, Any] | None) -> list[Any]:
    """Return the statements of a policy; one alone may stand without its list."""
    found = (document or {}).get("Statement", [])
    return list(found) if isinstance(found, list) else [found]


def with_statement(
    document: Mapping[str, Any] | None, statement: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a policy with one statement more, in the place of an earlier one of that name."""
    kept = [one for one in statements(document) if at(one, ("Sid",)) != statement["Sid"]]
    return {"Version": "2012-10-17", **(document or {}), "Statement": [*kept, statement]}
