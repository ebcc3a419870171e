"""Google Workspace: an agent's user suspended, signed out, and what it let applications do.

References:
    - Admin SDK, Directory API: users.signOut, users.patch, tokens.delete
    - no account was at hand: run against a simulator that Google's own API description checks
      (docs/vendors/gcp.md)
"""

from __future__ import annotations

from typing import Any

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
from agentwarrant.respond.transport import Transport, at

from ._gcp import DOC, HOUR, Look, change, read


class SuspendUser(Action):
    """Suspend the agent's user; it can be let in again."""

    name = "suspend_user"
    verb = Verb.DISABLE_IDENTITY
    kinds = frozenset({"google.user"})
    vendor = "gcp"
    title = "Suspend a Workspace user"
    method = "PATCH /admin/directory/v1/users/{}"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("scope admin.directory.user",)
    propagation_seconds = 30.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look(transport)
        users = look.users(target)
        return look.plan(self.id, target, [self._step(u, path, look) for u, path in users])

    def _step(self, user: str, where: str, look: Look) -> Step | None:
        answer = look.ask(read(where))
        known = answer is not None
        if at(answer, ("status",)) == 404:
            look.notes.append(f"Left out, unknown to Google: {user}")
            return None
        if at(answer, ("body", "isAdmin")) is True:
            look.barred.append(f"{user} is a super administrator")
            return None
        if at(answer, ("body", "suspended")) is True:
            look.notes.append(f"{user} is suspended already, and stays so")
            return None
        place = ("body", "suspended")
        back = Verification(read(where), (Expectation(place, False),))
        return Step(
            title=self.title,
            request=change("PATCH", where, json={"suspended": True}),
            changes=f"user {user}: active becomes suspended",
            verify=Verification(read(where), (Expectation(place, True),)),
            undo=(change("PATCH", where, json={"suspended": False}),) if known else (),
            pre_state={"suspended": False} if known else {},
            note="Sign it out as well; let in again, what it had let applications do counts again.",
            point=f"google.user:{user}",
            undone=back if known else None,
            residual_seconds=HOUR,
            residual="tokens of applications may last up to an hour",
        )


class SignOutUser(Action):
    """End every session of the agent's user, also those that a release would let in again.

    Its verb is not ``revoke_sessions``: what it came to can be read only while the user is
    suspended, and a release asks of what was revoked whether it is still dead when it lets one
    identity after the other in.
    """

    name = "sign_out_user"
    verb = Verb.RESTRICT_ACCESS
    kinds = frozenset({"google.user"})
    vendor = "gcp"
    title = "Sign a Workspace user out"
    method = "POST /admin/directory/v1/users/{}/signOut"
    reversibility = Reversibility.EXTERNALLY_REVERSIBLE
    required_permissions = ("scope admin.directory.user.security", "a super administrator")
    propagation_seconds = 10.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look(transport)
        steps = []
        for user, where in look.users(target):
            if at(look.ask(read(where)), ("status",)) == 404:
                look.notes.append(f"Left out, unknown to Google: {user}")
            else:
                steps.append(self._step(user, where))
        return look.plan(self.id, target, steps)

    def _step(self, user: str, where: str) -> Step:
        return Step(
            title=self.title,
            request=change("POST", f"{where}/signOut"),
            changes=f"every web and device session of {user} ends",
            # all that can be read: who is suspended has no sessions
            verify=Verification(read(where), (Expectation(("body", "suspended"), True),)),
            note=(
                "Nothing tells of sessions, so it counts as proven only once the user is suspended"
                " too, which comes first; else it may sign in again. Tokens are no sessions."
            ),
            point=f"google.sessions:{user}",
            residual_seconds=HOUR,
            residual="sessions of Gmail; Google says that ending them can take up to an hour",
        )


class RevokeUserTokens(Action):
    """Take back what the agent's user lets applications do."""

    name = "revoke_user_tokens"
    verb = Verb.REVOKE_CREDENTIALS
    kinds = frozenset({"google.user", "google.oauth_client"})
    vendor = "gcp"
    title = "Take an application's tokens for a user back"
    method = "DELETE /admin/directory/v1/users/{}/tokens/{}"
    reversibility = Reversibility.IRREVERSIBLE
    required_permissions = ("scope admin.directory.user.security",)
    propagation_seconds = 10.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        look = Look(transport)
        users = dict(look.users(target))
        steps: list[Step | None] = []
        for user, where in users.items() if transport else ():
            for row in at(look.ask(read(f"{where}/tokens")), ("body", "items")) or []:
                steps.append(self._step(user, where, str(row.get("clientId")), row))
        for ref in target.ids("google.oauth_client") if transport is None else ():
            user, _, client = ref.partition("/")
            if user in users and client:
                steps.append(self._step(user, users[user], client, None))
            else:
                look.notes.append(f"Left out, no user/client of the agent: {short(ref)}")
        return look.plan(self.id, target, steps)

    def _step(self, user: str, where: str, client: str, row: Any) -> Step:
        gone = Expectation(("body", "items", ("clientId", client)), op=Op.EMPTY)
        shown = short(at(row, ("displayText",)) or client)
        return Step(
            title=self.title,
            request=change("DELETE", http.path(where + "/tokens/{}", client), accepts=(404,)),
            changes=f"{shown} may act for {user} no more",
            verify=Verification(read(f"{where}/tokens"), (Expectation(("status",), 200), gone)),
            pre_state={"scopes": list(at(row, ("scopes",)) or ())} if row else {},
            note="Nothing brings it back: the user would have to agree again.",
            point=f"google.oauth_client:{user}/{client}",
        )
