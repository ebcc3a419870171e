"""A stand-in for GitHub, held to GitHub's published API description where that speaks of a call.

Members, blocks, runs, repositories of Copilot and ``/user`` are written from the documentation. It
is as nasty as that says: revoking a leaked token is refused to whoever says who they are, an App's
installation can be suspended by the App alone, tokens of an organization are for Apps alone, a run
that is over answers 409, members cannot be blocked, and a key that is made again has a new number.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from .base import Answer, Call, Simulator, route

OURS = "ghp_ours00000000000000000000000000000000"
INSTALLED = "ghs_ours"
LEAKED = "ghp_leaked0000000000000000000000000000000"
_URL = "https://api.github.com/x"
_RUN = "/repos/{}/{}/actions/runs/{}"
_COPILOT = "/orgs/{}/copilot/coding-agent/permissions"


def acme() -> dict[str, Any]:
    """Return an organization with one agent: a user, an App, tokens, runs and keys."""
    return {
        "alive": {LEAKED: "acme-bot", OURS: "responder"},
        "apps": {"904211": "acme-helper", "7": "responder-app"},
        "installations": {
            "501": {"app": "904211", "account": "acme", "suspended_at": None},
            "502": {"app": "904211", "account": "elsewhere", "suspended_at": None},
        },
        "grants": {"31": {"token_id": 1234567, "owner": "acme-bot"}},
        "members": {"acme-bot": "member", "root": "admin", "responder": "admin"},
        "blocks": [],
        "runs": {
            "71": _run(71, "acme-bot", "in_progress"),
            "72": _run(72, "acme-bot", "completed"),
            "73": _run(73, "dana", "in_progress"),
            "74": _run(74, "acme-helper[bot]", "queued"),
        },
        "keys": {
            "81": _key(81, "bot", "ssh-ed25519 AAAAbot", "acme-bot", read_only=False),
            "82": _key(82, "ci", "ssh-ed25519 AAAAci", "dana", read_only=True),
        },
        "copilot": {"enabled_repositories": "selected", "ids": [11, 12]},
        "made": 90,
    }


def _run(number: int, actor: str, status: str) -> dict[str, Any]:
    return {"id": number, "name": "build", "status": status, "actor": {"login": actor}}


def _key(number: int, title: str, key: str, by: str, *, read_only: bool) -> dict[str, Any]:
    return {"id": number, "title": title, "key": key, "added_by": by, "read_only": read_only,
            "url": _URL, "verified": True, "created_at": "2026-01-01T00:00:00Z"}  # fmt: skip


def _person(login: str) -> dict[str, Any]:
    urls = (
        "avatar_url events_url followers_url following_url gists_url html_url organizations_url"
        " received_events_url repos_url starred_url subscriptions_url url"
    )
    filled = dict.fromkeys(urls.split(), _URL)
    return filled | {"login": login, "id": 1, "node_id": "n", "gravatar_id": None, "type": "User",
                     "site_admin": False}  # fmt: skip


_ABSENT = Answer(404, {"message": "Not Found", "documentation_url": _URL})


class GitHub(Simulator):
    """github.com with one organization, ``acme``.

    Attributes:
        check: Checks a JSON Web Token of an App; None: every one passes.
        limited: Headers of refusals because too much was asked, each answered once.
    """

    contract = "github"

    def __init__(self, check: Callable[[str], None] | None = None) -> None:
        super().__init__(acme())
        self.check = check
        self.limited: list[dict[str, str]] = []

    def admits(self, call: Call) -> Answer | None:
        if self.limited:
            said = {"message": "You have exceeded a rate limit", "documentation_url": _URL}
            return Answer(403, said, self.limited.pop())
        proof = call.headers.get("authorization", "").removeprefix("Bearer ")
        if call.path == "/credentials/revoke":
            return Answer(403, {"message": "Forbidden"}) if proof else None
        if call.path.startswith("/app"):
            return None if self._app(call) else Answer(401, {"message": "Bad credentials"})
        if call.path.endswith("/personal-access-tokens") and proof != INSTALLED:
            return Answer(403, {"message": "Only GitHub Apps", "documentation_url": _URL})
        if proof == INSTALLED or proof in self.state["alive"]:
            return None
        return Answer(401, {"message": "Bad credentials"})

    def _app(self, call: Call) -> str:
        """Return the number of the App whose token a call has; empty for none."""
        token = call.headers.get("authorization", "").removeprefix("Bearer ")
        if token.count(".") != 2:
            return ""
        if self.check is not None:
            self.check(token)
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        short = 0 < claims["exp"] - claims["iat"] <= 600
        return str(claims["iss"]) if short and str(claims["iss"]) in self.state["apps"] else ""

    # Tokens --------------------------------------------------------------------------------------

    @route("GET /user")
    def user(self, call: Call) -> Answer:
        proof = call.headers["authorization"].removeprefix("Bearer ")
        return Answer(200, {"login": self.state["alive"].get(proof, "responder-app[bot]")})

    @route("POST /credentials/revoke")
    def revoke(self, call: Call) -> Answer:
        for token in call.body["credentials"]:
            self.later(lambda token=token: self.state["alive"].pop(token, None))  # type: ignore[misc]  # mypy reads no lambda with a default
        return Answer(202, {})

    @route("GET /orgs/{}/personal-access-tokens")
    def grants(self, call: Call, org: str) -> Answer:
        wanted = call.query.get("token_id[]")
        rows = [
            {
                "id": int(one),
                "owner": _person(grant["owner"]),
                "repository_selection": "all",
                "repositories_url": _URL,
                "permissions": {"repository": {"contents": "write"}},
                "access_granted_at": "2026-01-01T00:00:00Z",
                "token_id": grant["token_id"],
                "token_name": "bot",
                "token_expired": False,
                "token_expires_at": None,
                "token_last_used_at": None,
            }
            for one, grant in self.state["grants"].items()
            if wanted in (None, str(grant["token_id"]))
        ]
        return Answer(200, rows)

    @route("POST /orgs/{}/personal-access-tokens")
    def revoke_grants(self, call: Call, org: str) -> Answer:
        if any(str(one) not in self.state["grants"] for one in call.body["pat_ids"]):
            return Answer(422, {"message": "Validation Failed", "documentation_url": _URL})
        for one in call.body["pat_ids"]:
            self.later(lambda one=one: self.state["grants"].pop(str(one), None))  # type: ignore[misc]  # as above
        return Answer(202, {})

    # Apps ----------------------------------------------------------------------------------------

    @route("GET /app")
    def app(self, call: Call) -> Answer:
        own = self._app(call)
        return Answer(200, {"id": int(own), "slug": self.state["apps"][own]})

    @route("POST /app/installations/{}/access_tokens")
    def installation_token(self, call: Call, one: str) -> Answer:
        return Answer(201, {"token": INSTALLED, "expires_at": "2026-12-01T00:00:00Z"})

    @route("GET /app/installations")
    def installations(self, call: Call) -> Answer:
        own = [n for n, row in self.state["installations"].items() if row["app"] == self._app(call)]
        return Answer(200, [self._installation(one) for one in own])

    @route("GET /app/installations/{}")
    def installation(self, call: Call, one: str) -> Answer:
        held = self.state["installations"].get(one)
        mine = held and held["app"] == self._app(call)
        return Answer(200, self._installation(one)) if mine else _ABSENT

    def _installation(self, one: str) -> dict[str, Any]:
        row = self.state["installations"][one]
        made = "2026-01-01T00:00:00Z"
        return {
            "id": int(one), "app_id": int(row["app"]), "app_slug": self.state["apps"][row["app"]],
            "client_id": "Iv1", "target_id": 1, "target_type": "Organization",
            "single_file_name": None, "repository_selection": "all", "access_tokens_url": _URL,
            "html_url": _URL, "repositories_url": _URL, "events": [], "permissions": {},
            "account": _person(row["account"]), "created_at": made, "updated_at": made,
            "suspended_by": None, "suspended_at": row["suspended_at"],
        }  # fmt: skip

    @route("PUT /app/installations/{}/suspended")
    @route("DELETE /app/installations/{}/suspended")
    def suspend(self, call: Call, one: str) -> Answer:
        row = self.state["installations"].get(one)
        if row is None or row["app"] != self._app(call):
            return _ABSENT
        row["suspended_at"] = "2026-11-29T11:00:00Z" if call.method == "PUT" else None
        return Answer(204)

    # Members -------------------------------------------------------------------------------------

    @route("GET /orgs/{}/memberships/{}")
    def membership(self, call: Call, org: str, user: str) -> Answer:
        role = self.state["members"].get(user.lower())
        return Answer(200, {"role": role, "state": "active"}) if role else _ABSENT

    @route("DELETE /orgs/{}/memberships/{}")
    def remove(self, call: Call, org: str, user: str) -> Answer:
        return Answer(204) if self.state["members"].pop(user, None) else _ABSENT

    @route("PUT /orgs/{}/memberships/{}")
    def invite(self, call: Call, org: str, user: str) -> Answer:
        self.state["members"][user] = call.body["role"]
        return Answer(200, {"role": call.body["role"], "state": "pending"})

    @route("GET /orgs/{}/members")
    def members(self, call: Call, org: str) -> Answer:
        found = [u for u, role in self.state["members"].items() if role == call.query["role"]]
        return Answer(200, [{"login": one} for one in found])

    @route("GET /orgs/{}/blocks/{}")
    def is_blocked(self, call: Call, org: str, user: str) -> Answer:
        return Answer(204) if user in self.state["blocks"] else _ABSENT

    @route("PUT /orgs/{}/blocks/{}")
    def block(self, call: Call, org: str, user: str) -> Answer:
        if user in self.state["members"]:
            return Answer(422, {"message": "Validation Failed"})
        self.state["blocks"] = sorted({*self.state["blocks"], user})
        return Answer(204)

    @route("DELETE /orgs/{}/blocks/{}")
    def unblock(self, call: Call, org: str, user: str) -> Answer:
        self.state["blocks"].remove(user)
        return Answer(204)

    # Repositories --------------------------------------------------------------------------------

    @route("GET /repos/{}/{}/actions/runs")
    def runs(self, call: Call, owner: str, name: str) -> Answer:
        rows = list(self.state["runs"].values())  # with a filter that is not heeded
        return Answer(200, {"total_count": len(rows), "workflow_runs": rows})

    @route(f"GET {_RUN}")
    def run(self, call: Call, owner: str, name: str, one: str) -> Answer:
        return Answer(200, self.state["runs"][one])

    @route(f"POST {_RUN}/cancel")
    def cancel(self, call: Call, owner: str, name: str, one: str) -> Answer:
        if self.state["runs"][one]["status"] == "completed":
            said = "Cannot cancel a workflow run that is completed"
            return Answer(409, {"message": said, "documentation_url": _URL})
        self.later(lambda: self.state["runs"][one].update(status="completed"))
        return Answer(202, {})

    @route("GET /repos/{}/{}/keys")
    def keys(self, call: Call, owner: str, name: str) -> Answer:
        return Answer(200, list(self.state["keys"].values()))

    @route("GET /repos/{}/{}/keys/{}")
    def key(self, call: Call, owner: str, name: str, one: str) -> Answer:
        found = self.state["keys"].get(one)
        return Answer(200, found) if found else _ABSENT

    @route("DELETE /repos/{}/{}/keys/{}")
    def delete_key(self, call: Call, owner: str, name: str, one: str) -> Answer:
        return Answer(204) if self.state["keys"].pop(one, None) else Answer(404, {})

    @route("POST /repos/{}/{}/keys")
    def add_key(self, call: Call, owner: str, name: str) -> Answer:
        if any(row["key"] == call.body["key"] for row in self.state["keys"].values()):
            return Answer(422, {"message": "key is already in use"})
        self.state["made"] += 1
        number = self.state["made"]
        body = call.body
        made = _key(number, body["title"], body["key"], "responder", read_only=body["read_only"])
        self.state["keys"][str(number)] = made
        return Answer(201, made)

    @route(f"GET {_COPILOT}")
    def copilot(self, call: Call, org: str) -> Answer:
        return Answer(200, {"enabled_repositories": self.state["copilot"]["enabled_repositories"]})

    @route(f"PUT {_COPILOT}")
    def set_copilot(self, call: Call, org: str) -> Answer:
        self.state["copilot"] = {**call.body, "ids": []}  # a choice of repositories is not kept
        return Answer(204)

    @route(f"GET {_COPILOT}/repositories")
    def copilot_repositories(self, call: Call, org: str) -> Answer:
        return Answer(200, {"repositories": [{"id": one} for one in self.state["copilot"]["ids"]]})

    @route(f"PUT {_COPILOT}/repositories")
    def set_copilot_repositories(self, call: Call, org: str) -> Answer:
        if self.state["copilot"]["enabled_repositories"] != "selected":
            return Answer(409, {"message": "Conflict"})
        self.state["copilot"]["ids"] = call.body["selected_repository_ids"]
        return Answer(204)
