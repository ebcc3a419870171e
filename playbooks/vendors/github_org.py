"""GitHub: members of the organization, deploy keys and the Copilot cloud agent.

References (docs.github.com/rest, github/rest-api-description 23.0.2; ``github`` says more):
    - orgs/members and orgs/blocking: memberships, 404 for who is none; a block answers 204 or 404
    - deploy-keys: they are immutable, so what is deleted is made again from what was read
    - copilot/copilot-coding-agent-management: a public preview, ``all``, ``selected`` or ``none``
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agentwarrant.errors import Guarded, Refused
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
from agentwarrant.respond.http import connection_of, path
from agentwarrant.respond.naming import MOST, UNREAD, sorted_out, too_many
from agentwarrant.respond.transport import Transport, at

from ._github import DOC, GONE, LOGIN, change, organization, read, repositories, rows

COPILOT = "copilot-swe-agent"
"""The slug of the App that the Copilot cloud agent acts as."""


class RemoveMember(Action):
    """Take a user out of the organization, with everything that they reach through it."""

    name = "remove_member"
    verb = Verb.DISABLE_IDENTITY
    kinds = frozenset({"github.user"})
    vendor = "github"
    title = "Remove a member of the organization"
    method = "DELETE /orgs/{}/memberships/{}"
    reversibility = Reversibility.EXTERNALLY_REVERSIBLE
    required_permissions = ("organization: members, write",)
    propagation_seconds = 30.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        users, notes = sorted_out(target.ids("github.user"), LOGIN, "GitHub login")
        org = organization(transport)
        steps = []
        for user in users:
            where = path("/orgs/{}/memberships/{}", org, user)
            role = ""
            if transport is not None:
                body = transport.send(read(where, accepts=GONE))["body"]
                role = str(at(body, ("role",)) or "")
                if not role:
                    notes.append(f"{user} is no member of {org}")
                    continue
                _not_ours(user, transport)
                if role == "admin":
                    _not_last_owner(user, org, transport)
            steps.append(self._step(org, user, where, role))
        return Plan(self.id, target, tuple(steps), tuple(notes))

    def _step(self, org: str, user: str, where: str, role: str) -> Step:
        back = (Expectation(("body", "role"), role),)
        return Step(
            title=self.title,
            request=change("DELETE", where),
            changes=f"{user}: {role or 'not read,'} of {org} becomes no member",
            verify=_absent(where),
            undo=(change("PUT", where, json={"role": role}),) if role else (),
            undone=Verification(read(where, accepts=GONE), back) if role else None,
            pre_state={"role": role} if role else {},
            point=f"github.user:{user}",
            note="Teams and forks of private repositories are lost. Taken back, the user is"
            " invited and has to accept.",
        )


class BlockUser(Action):
    """Block a user: no issues, pull requests or comments in the organization."""

    name = "block_user"
    verb = Verb.RESTRICT_ACCESS
    kinds = frozenset({"github.user"})
    vendor = "github"
    title = "Block a user"
    method = "PUT /orgs/{}/blocks/{}"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("organization: blocking users, write",)
    propagation_seconds = 30.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        users, notes = sorted_out(target.ids("github.user"), LOGIN, "GitHub login")
        org = organization(transport)
        steps = []
        for user in users:
            where = path("/orgs/{}/blocks/{}", org, user)
            if transport is not None:
                if transport.send(read(where, accepts=GONE))["status"] == 204:
                    notes.append(f"{user} is blocked already")
                    continue
                member = read(path("/orgs/{}/memberships/{}", org, user), accepts=GONE)
                if transport.send(member)["status"] == 200:
                    notes.append(f"{user} is a member, and members cannot be blocked: remove first")
                    continue
            known = transport is not None
            steps.append(
                Step(
                    title=self.title,
                    request=change("PUT", where),
                    changes=f"{user}: not blocked by {org} becomes blocked",
                    verify=Verification(
                        read(where, accepts=GONE), (Expectation(("status",), 204),)
                    ),
                    undo=(change("DELETE", where),) if known else (),
                    undone=_absent(where) if known else None,
                    pre_state={"blocked": False} if known else {},
                    point=f"github.user:{user}/block",
                    note="Public repositories can still be read.",
                )
            )
        return Plan(self.id, target, tuple(steps), tuple(notes))


def _absent(where: str) -> Verification:
    return Verification(read(where, accepts=GONE), (Expectation(("status",), 404),))


def _not_ours(user: str, transport: Transport) -> None:
    connection = connection_of(transport)
    if connection is None or not connection.has("token"):
        return
    if str(at(transport.send(read("/user")), ("body", "login"))).lower() == user.lower():
        what = "it is the account that responses themselves act as"
        raise Guarded(what, where=f"github.user:{user}")


def _not_last_owner(user: str, org: str, transport: Transport) -> None:
    try:
        answer = transport.send(read(path("/orgs/{}/members", org), role="admin", per_page=100))
    except Refused as error:
        what = f"whether it is the last owner cannot be read: {error.what}"
        raise Guarded(what, where=f"github.user:{user}", mend="members, read") from None
    others = [one for one in rows(answer["body"]) if str(one.get("login")).lower() != user.lower()]
    if not others:
        raise Guarded(
            "it is the last owner of the organization",
            where=f"github.user:{user}",
            mend="make another one first",
        )


class DeleteDeployKeys(Action):
    """Delete the deploy keys that the agent's user added."""

    name = "delete_deploy_keys"
    verb = Verb.DISABLE_CREDENTIALS
    kinds = frozenset({"github.user"})
    vendor = "github"
    title = "Delete a deploy key"
    method = "DELETE /repos/{}/{}/keys/{}"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("repository: administration, write",)
    propagation_seconds = 10.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        users, notes = sorted_out(target.ids("github.user"), LOGIN, "GitHub login")
        names = {user.lower() for user in users}
        steps: list[Step] = []
        for owner, name in repositories(transport) if names else ():
            if transport is None:
                steps.append(self._step(owner, name, {"id": UNREAD}))
                continue
            where = path("/repos/{}/{}/keys", owner, name)
            found = rows(transport.send(read(where, per_page=100))["body"])
            own = [row for row in found if str(row.get("added_by")).lower() in names]
            steps += [self._step(owner, name, row) for row in own]
        if not steps:
            notes.append("The agent added no deploy key in the repositories of this connection")
        return Plan(self.id, target, tuple(steps[:MOST]), (*notes, *too_many(steps, "keys")))

    def _step(self, owner: str, name: str, row: Mapping[str, Any]) -> Step:
        base = path("/repos/{}/{}/keys", owner, name)
        where = f"{base}/{path('{}', str(row['id']))}"
        kept = {key: row[key] for key in ("title", "key", "read_only") if key in row}
        listed = ("body", ("key", str(kept.get("key"))))
        back = (Expectation((*listed, "read_only"), kept.get("read_only")),)
        return Step(
            title=self.title,
            request=change("DELETE", where),
            changes=f"key {short(str(row.get('title') or row['id']))} of {owner}/{name},"
            f" {'read only' if row.get('read_only') else 'may write'}: becomes none",
            verify=_absent(where),
            undo=(change("POST", base, json=kept),) if kept else (),
            undone=Verification(read(base, per_page=100), back) if kept else None,
            pre_state=kept,
            point=f"github.deploy_key:{owner}/{name}/{row['id']}",
            note="The same public key can be added again by whoever may; made again it has"
            " another number.",
        )


class StopCopilot(Action):
    """Switch the Copilot cloud agent off in all repositories of the organization."""

    name = "stop_copilot_agent"
    verb = Verb.DISABLE_IDENTITY
    kinds = frozenset({"github.app"})
    vendor = "github"
    title = "Switch the Copilot cloud agent off"
    method = "PUT /orgs/{}/copilot/coding-agent/permissions"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("organization owner",)
    propagation_seconds = 60.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        slugs = {slug.lower() for slug in target.ids("github.app")}
        if COPILOT not in slugs:
            return Plan(self.id, target, (), ("The agent is not the Copilot cloud agent",))
        org = organization(transport)
        where = path("/orgs/{}/copilot/coding-agent/permissions", org)
        before, selected = "", []
        if transport is not None:
            before = str(at(transport.send(read(where)), ("body", "enabled_repositories")))
            if before == "none":
                return Plan(self.id, target, (), ("It is switched off already",))
            if before == "selected":
                answer = transport.send(read(f"{where}/repositories", per_page=100))
                selected = [row["id"] for row in rows(answer["body"], "repositories")]
        return Plan(self.id, target, (self._step(org, where, before, selected),))

    def _step(self, org: str, where: str, before: str, selected: list[Any]) -> Step:
        undo = [change("PUT", where, json={"enabled_repositories": before})]
        kept: dict[str, Any] = {"enabled_repositories": before}
        if before == "selected":
            body = {"selected_repository_ids": selected}
            undo.append(change("PUT", f"{where}/repositories", json=body))
            kept |= body
        return Step(
            title=self.title,
            request=change("PUT", where, json={"enabled_repositories": "none"}),
            changes=f"repositories of {org} with the agent: {before or 'not read,'} becomes none",
            verify=_shows(where, "none"),
            undo=tuple(undo) if before else (),
            undone=_shows(where, before) if before else None,
            pre_state=kept if before else {},
            point=f"github.copilot:{org}",
            note="For everybody in the organization. A session that runs goes on: cancel its runs.",
        )


def _shows(where: str, value: str) -> Verification:
    return Verification(read(where), (Expectation(("body", "enabled_repositories"), value),))
