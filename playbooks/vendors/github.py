"""GitHub: tokens, Apps and what runs.

Organization members, deploy keys and the Copilot cloud agent are in ``github_org``.

References (docs.github.com/rest, github/rest-api-description 23.0.2; requests are held to it):
    - credentials/revoke: unauthenticated only, 60 requests an hour, no ghs_ tokens, owners are told
    - apps: suspending an installation, by the App's own JSON Web Token alone
    - orgs/personal-access-tokens: GitHub Apps alone; ``token_id`` is what the audit log names,
      ``id`` is what is revoked
    - actions/workflow-runs: cancel answers 202, or 409 where nothing is left to cancel
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

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
from agentwarrant.respond.http import connection_of, path
from agentwarrant.respond.naming import MOST, UNREAD, sorted_out, too_many
from agentwarrant.respond.transport import Sealed, Transport, at
from agentwarrant.respond.vendor import HttpVendor

from ._github import (
    AS_LEAKED,
    AS_NOBODY,
    DOC,
    LEAKED,
    LOGIN,
    NUMBER,
    app_change,
    app_read,
    change,
    opened,
    organization,
    ours,
    read,
    repositories,
    rows,
)

_REVOCABLE = ("ghp_", "github_pat_", "gho_", "ghu_")
"""Of the tokens that can be revoked those that can also be tried; ``ghr_`` cannot."""
_HASH = re.compile(r"[A-Za-z0-9+/]{43}=|[0-9a-fA-F]{64}", re.ASCII)
_RUNNING = ("queued", "in_progress", "waiting", "pending", "requested")


class GitHub(HttpVendor):
    name = "github"
    title = "GitHub"
    sources = frozenset({"github"})
    usual_url = "https://api.github.com"
    needs_url = False
    secrets: ClassVar = {
        "token": "a token of an owner of the organization; or else:",
        "private_key": "of our own App, with app_id and installation_id",
        "agent_private_key": "of the agent's App, with agent_app_id: to suspend it",
        LEAKED: "the token that leaked, to revoke it",
    }
    options: ClassVar = {
        "organization": "whose agents these are",
        "repositories": "OWNER/NAME of those in which runs are stopped and keys are looked for",
        "app_id": "of our own App",
        "installation_id": "where our own App is installed",
        "agent_app_id": "of the agent's App",
    }
    examples = (
        "github.app:copilot-swe-agent",
        "github.app_id:904211",
        "github.user:dana-acme",
        f"github.token:{'A' * 43}=",
        "github.token:1234567",
    )

    def authorize(self, connection: Connection) -> http.Authorize:
        return ours(connection)

    @contextmanager
    def connect(self, connection: Connection, *, changes: bool = False) -> Iterator[Transport]:
        with opened(connection, self.usual_url) as transport:
            yield transport


class RevokeLeakedToken(Action):
    """Revoke a token that leaked, as anybody who holds it can."""

    name = "revoke_leaked_token"
    verb = Verb.REVOKE_CREDENTIALS
    kinds = frozenset({"github.token"})
    vendor = "github"
    title = "Revoke the token that leaked"
    method = "POST /credentials/revoke"
    reversibility = Reversibility.IRREVERSIBLE
    required_permissions = ("none: who says who they are is refused",)
    propagation_seconds = 60.0
    rate_limit = 1
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        hashes = [one for one in target.ids("github.token") if _HASH.fullmatch(one)]
        notes = [] if hashes else ["The case names no token by its SHA-256"]
        if transport is None:
            return Plan(self.id, target, tuple(map(self._step, hashes[:1])), tuple(notes))
        connection = connection_of(transport)
        if connection is None or not connection.has(LEAKED):
            return Plan(self.id, target, (), (f"No {LEAKED} is given: nothing to revoke",))
        token = connection.secret(LEAKED)
        digest = hashlib.sha256(token.encode()).digest()
        own = {base64.b64encode(digest).decode(), digest.hex()}
        found = next((one for one in hashes if one in own or one.lower() in own), "")
        if not found:
            notes.append(f"{LEAKED} is none of the tokens that the case names")
        elif not token.startswith(_REVOCABLE):
            notes.append(f"{LEAKED} is of a kind that cannot be revoked so and tried after")
        elif transport.send(_tried().request)["status"] == 401:
            notes.append(f"{LEAKED} is dead already")
        else:
            return Plan(self.id, target, (self._step(found),), tuple(notes))
        return Plan(self.id, target, (), tuple(notes))

    def _step(self, named: str) -> Step:
        return Step(
            title=self.title,
            request=http.change(
                "POST",
                "/credentials/revoke",
                endpoint=AS_NOBODY,
                json={"credentials": [Sealed(LEAKED)]},
            ),
            changes=f"token {short(named)} becomes invalid, for whoever holds it",
            verify=_tried(),
            point=f"github.token:{named}",
            note="Nothing brings it back, and GitHub tells its owner. Tried with the token itself.",
        )


def _tried() -> Verification:
    seen = http.read("/user", endpoint=AS_LEAKED, accepts=(401, 403))
    return Verification(seen, (Expectation(("status",), 401),))


class SuspendApp(Action):
    """Suspend the installations of the agent's App: it reaches nothing there."""

    name = "suspend_app"
    verb = Verb.DISABLE_IDENTITY
    kinds = frozenset({"github.app", "github.app_id"})
    vendor = "github"
    title = "Suspend an installation of the agent's App"
    method = "PUT /app/installations/{}/suspended"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("the private key of the agent's App",)
    propagation_seconds = 10.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        slugs, notes = sorted_out(target.ids("github.app"), LOGIN, "slug of a GitHub App")
        ids, more = sorted_out(target.ids("github.app_id"), NUMBER, "number of a GitHub App")
        notes += more
        if transport is None:
            steps = [self._step(UNREAD, None)] if slugs or ids else []
            return Plan(self.id, target, tuple(steps), (*notes, "Installations were not read"))
        connection = connection_of(transport)
        if connection is None or not connection.has("agent_private_key"):
            said = "Without agent_private_key nobody can suspend the agent's App"
            return Plan(self.id, target, (), (*notes, said))
        app = transport.send(app_read("/app"))["body"]
        slug = str(at(app, ("slug",))).lower()
        if str(at(app, ("id",))) not in ids and slug not in [one.lower() for one in slugs]:
            said = f"agent_private_key is of {short(slug)}, which is not this agent's App"
            return Plan(self.id, target, (), (*notes, said))
        found = rows(transport.send(app_read("/app/installations", per_page=100))["body"])
        org = organization(transport).lower()
        here = [row for row in found if str(at(row, ("account", "login"))).lower() == org]
        notes += [f"It is not installed at {org}"] if not here else []
        active = [row for row in here if not row.get("suspended_at")]
        notes += ["It is suspended already"] if here and not active else []
        steps = [self._step(str(row["id"]), row) for row in active[:MOST]]
        return Plan(self.id, target, tuple(steps), (*notes, *too_many(active, "installations")))

    def _step(self, one: str, row: Mapping[str, Any] | None) -> Step:
        where = path("/app/installations/{}", one)
        owner = short(str(at(row, ("account", "login")) or "an account that was not read"))
        back = (Expectation(("body", "id"), op=Op.ABOVE, value=0),)
        return Step(
            title=self.title,
            request=app_change("PUT", f"{where}/suspended"),
            changes=f"the App's installation at {owner}: active becomes suspended",
            verify=Verification(
                app_read(where), (Expectation(("body", "suspended_at"), "", op=Op.IS_NOT),)
            ),
            undo=(app_change("DELETE", f"{where}/suspended"),) if row else (),
            undone=Verification(
                app_read(where), (*back, Expectation(("body", "suspended_at"), op=Op.EMPTY))
            )
            if row
            else None,
            pre_state={"suspended_at": None, "account": at(row, ("account", "login"))}
            if row
            else {},
            point=f"github.installation:{one}",
            note="Everything that acts as this App there stops, not only this agent. Tokens of"
            " people who used it (ghu_) are not the installation's.",
        )


class RevokeOrgToken(Action):
    """Revoke a fine-grained token's access to the organization."""

    name = "revoke_org_token"
    verb = Verb.REVOKE_CREDENTIALS
    kinds = frozenset({"github.token"})
    vendor = "github"
    title = "Revoke a token's access to the organization"
    method = "POST /orgs/{}/personal-access-tokens"
    reversibility = Reversibility.IRREVERSIBLE
    required_permissions = ("our own App", "organization: personal access tokens, write")
    propagation_seconds = 60.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        named = [one for one in target.ids("github.token") if not _HASH.fullmatch(one)]
        tokens, notes = sorted_out(named, NUMBER, "number of a token")
        where = path("/orgs/{}/personal-access-tokens", organization(transport))
        connection = connection_of(transport)
        if connection is not None and connection.has("token"):
            said = "Tokens of an organization are revoked by Apps alone, and a token is given"
            return Plan(self.id, target, (), (*notes, said))
        steps = []
        for token in tokens:
            if transport is None:
                steps.append(self._step(where, token, UNREAD, {}))
                continue
            found = rows(transport.send(_of_token(where, token))["body"])
            row = next((one for one in found if str(one.get("token_id")) == token), None)
            if row is None:
                notes.append(f"Token {token} has no access to the organization")
            else:
                steps.append(self._step(where, token, row["id"], row))
        return Plan(self.id, target, tuple(steps), tuple(notes))

    def _step(self, where: str, token: str, grant: Any, row: Mapping[str, Any]) -> Step:
        owner = at(row, ("owner", "login"))
        return Step(
            title=self.title,
            request=change("POST", where, json={"action": "revoke", "pat_ids": [grant]}),
            changes=f"token {token} of {short(str(owner or 'an owner that was not read'))}:"
            " access to the organization becomes none",
            verify=Verification(
                _of_token(where, token),
                (Expectation(("status",), 200), Expectation(("body",), op=Op.EMPTY)),
            ),
            pre_state={"login": owner, "token_name": row.get("token_name")} if row else {},
            point=f"github.token:{token}",
            note="The owner may ask for access again, and the token works elsewhere.",
        )


def _of_token(where: str, token: str) -> Any:
    query: dict[str, Any] = {"token_id[]": token, "per_page": 100}
    return read(where, **query)


class CancelRuns(Action):
    """Cancel the workflow runs that the agent started and that are not over."""

    name = "cancel_runs"
    verb = Verb.STOP_RUN
    kinds = frozenset({"github.user", "github.app"})
    vendor = "github"
    title = "Cancel a workflow run"
    method = "POST /repos/{}/{}/actions/runs/{}/cancel"
    reversibility = Reversibility.EXTERNALLY_REVERSIBLE
    required_permissions = ("repository: actions, write",)
    propagation_seconds = 60.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        users, notes = sorted_out(target.ids("github.user"), LOGIN, "GitHub login")
        slugs, more = sorted_out(target.ids("github.app"), LOGIN, "slug of a GitHub App")
        actors = [*users, *(f"{slug}[bot]" for slug in slugs)]
        steps: list[Step] = []
        for owner, name in repositories(transport) if actors else ():
            if transport is None:
                steps.append(self._step(owner, name, {"id": UNREAD}))
                continue
            for actor in actors:
                steps += [
                    self._step(owner, name, row) for row in _runs(transport, owner, name, actor)
                ]
        notes += more
        if not steps:
            notes.append("No run of the agent is under way in the repositories of this connection")
        return Plan(self.id, target, tuple(steps[:MOST]), (*notes, *too_many(steps, "runs")))

    def _step(self, owner: str, name: str, row: Mapping[str, Any]) -> Step:
        where = path("/repos/{}/{}/actions/runs/{}", owner, name, str(row["id"]))
        return Step(
            title=self.title,
            request=change("POST", f"{where}/cancel"),
            changes=f"run {short(str(row.get('name') or row['id']))} of {owner}/{name}:"
            f" {row.get('status') or 'not read,'} becomes completed",
            verify=Verification(read(where), (Expectation(("body", "status"), "completed"),)),
            pre_state={"status": row["status"], "login": at(row, ("actor", "login"))}
            if "status" in row
            else {},
            point=f"github.run:{owner}/{name}/{row['id']}",
            note="Steps that always run still do; a run that goes on has to be cancelled by force.",
        )


def _runs(transport: Transport, owner: str, name: str, actor: str) -> list[Mapping[str, Any]]:
    where = path("/repos/{}/{}/actions/runs", owner, name)
    answer = transport.send(read(where, actor=actor, per_page=100))
    found = rows(answer["body"], "workflow_runs")
    return [row for row in found if row.get("status") in _RUNNING and _is_by(row, actor)]


def _is_by(row: Mapping[str, Any], actor: str) -> bool:
    """Did they start it? A filter that the vendor does not know would have matched everything."""
    return str(at(row, ("actor", "login"))).lower() == actor.lower()
