"""A stand-in for Vault or OpenBao, written from what a real OpenBao 2.7.2 was seen to do.

It has its traps: an accessor that is gone answers 400 and a second revocation 200, a second
destruction of a secret id answers 500, a bound network reads back without its ``/32``, tokens
outlive their role, and a path is decoded before it is taken apart.
"""

from __future__ import annotations

from typing import Any

from .base import Answer, Call, Simulator, route

OWN = "token-of-the-responder"
ENTITY, OTHER = "30c5eb19-5b1a-cb5d-c421-7ab7d8d9021c", "4fcb2dae-4c49-1c6c-ff41-c8fca68094b0"
ROLE_ID, SECRET_ID = "role-id-of-the-agent", "secret-id-of-the-agent"  # a stand-in's
SID = "3c379edd-b385-cdf1-739f-3332ae0e5760"
_ROLE = "/v1/auth/{}/role/{}"
_INVALID = {"errors": ["1 error occurred:\n\t* invalid accessor\n\n"]}


def bao() -> dict[str, Any]:
    """Return a server with one agent that logs in by AppRole, and us."""
    role: dict[str, Any] = {
        "secret_id_bound_cidrs": None,
        "token_bound_cidrs": [],
        "token_max_ttl": 7200,
    }
    return {
        "entities": {ENTITY: {"id": ENTITY, "disabled": False}, OTHER: {"id": OTHER}},
        "tokens": {
            OWN: {"accessor": "acc-own", "entity_id": OTHER, "path": "auth/approle/login"},
            "free": {"accessor": "acc-free", "entity_id": "", "path": "auth/token/create"},
        },
        "roles": {"approle/agent-7": role},
        "secret_ids": {"approle/agent-7": {SID: SECRET_ID}},
        "leases": {"database/creds/agent-7": ["a", "b"], "database/creds/other": ["c"]},
        "made": 0,
    }


class Vault(Simulator):
    """``login`` gives a test what the agent would hold."""

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        super().__init__(state or bao())

    def admits(self, call: Call) -> Answer | None:
        token = call.headers.get("x-vault-token", "")
        if call.path.endswith("/login"):
            return None
        return None if self.works(token) else Answer(403, {"errors": ["permission denied"]})

    def works(self, token: str) -> bool:
        """Is a token taken?"""
        held = self.state["tokens"].get(token)
        entity = self.state["entities"].get(held["entity_id"], {}) if held else {}
        return held is not None and (self.tokens_outlive or not entity.get("disabled"))

    def issue(self) -> tuple[str, str]:
        """Issue a token to the agent; return it and its accessor."""
        self.state["made"] += 1
        token, accessor = f"token-{self.state['made']}", f"acc-{self.state['made']}"
        self.state["tokens"][token] = {
            "accessor": accessor, "entity_id": ENTITY, "path": "auth/approle/login",
        }  # fmt: skip
        return token, accessor

    def _by_accessor(self, accessor: str) -> tuple[str, dict[str, Any]] | None:
        held = self.state["tokens"].items()
        return next(((t, row) for t, row in held if row["accessor"] == accessor), None)

    @route("POST /v1/auth/{}/login", reads=True)
    def login(self, call: Call, mount: str) -> Answer:
        known = self.state["secret_ids"].get(f"{mount}/agent-7", {}).values()
        bound = self.state["roles"][f"{mount}/agent-7"]["secret_id_bound_cidrs"]
        if call.body != {"role_id": ROLE_ID, "secret_id": SECRET_ID} or SECRET_ID not in known:
            return Answer(400, {"errors": ["invalid role or secret ID"]})
        if bound or self.state["entities"][ENTITY]["disabled"]:
            return Answer(400 if bound else 403, {"errors": ["permission denied"]})
        return Answer(200, {"auth": {"client_token": self.issue()[0]}})

    @route("GET /v1/auth/token/lookup-self")
    def lookup_self(self, call: Call) -> Answer:
        return Answer(200, {"data": self.state["tokens"][call.headers["x-vault-token"]]})

    @route("POST /v1/auth/token/lookup-accessor", reads=True)
    def lookup(self, call: Call) -> Answer:
        found = self._by_accessor(call.body["accessor"])
        return Answer(200, {"data": found[1]}) if found else Answer(400, _INVALID)

    @route("POST /v1/auth/token/revoke-accessor")
    def revoke(self, call: Call) -> Answer:
        found = self._by_accessor(call.body["accessor"])
        if not found:
            return Answer(200, {"warnings": ["No token found with this accessor"]})
        del self.state["tokens"][found[0]]
        return Answer(204)

    @route("GET /v1/identity/entity/id/{}")
    def entity(self, call: Call, one: str) -> Answer:
        found = self.state["entities"].get(one)
        return Answer(200, {"data": found}) if found else Answer(404, {"errors": []})

    @route("POST /v1/identity/entity/id/{}")
    def put_entity(self, call: Call, one: str) -> Answer:
        self.state["entities"][one].update(call.body)
        return Answer(204)

    @route(f"GET {_ROLE}")
    def role(self, call: Call, mount: str, role: str) -> Answer:
        found = self.state["roles"].get(f"{mount}/{role}")
        return Answer(200, {"data": found}) if found else Answer(404, {"errors": []})

    @route(f"POST {_ROLE}")
    def put_role(self, call: Call, mount: str, role: str) -> Answer:
        read = {name: list(value) for name, value in call.body.items()}
        read["token_bound_cidrs"] = [c.removesuffix("/32") for c in read["token_bound_cidrs"]]
        self.state["roles"][f"{mount}/{role}"].update(read)
        return Answer(204)

    @route(f"GET {_ROLE}/secret-id")
    def secret_ids(self, call: Call, mount: str, role: str) -> Answer:
        keys = [*self.state["secret_ids"].get(f"{mount}/{role}", {})]
        return Answer(200, {"data": {"keys": keys}}) if keys else Answer(404, {"errors": []})

    @route(f"POST {_ROLE}/secret-id-accessor/lookup", reads=True)
    def secret_id(self, call: Call, mount: str, role: str) -> Answer:
        known = self.state["secret_ids"].get(f"{mount}/{role}", {})
        return Answer(200 if call.body["secret_id_accessor"] in known else 404, {"data": {}})

    @route(f"POST {_ROLE}/secret-id-accessor/destroy")
    def destroy(self, call: Call, mount: str, role: str) -> Answer:
        known = self.state["secret_ids"].get(f"{mount}/{role}", {})
        if known.pop(call.body["secret_id_accessor"], None) is None:
            return Answer(500, {"errors": ["failed to find accessor entry"]})
        return Answer(204)

    @route("GET /v1/sys/leases/lookup/{}")
    def leases(self, call: Call, prefix: str) -> Answer:
        deeper = {
            name.removeprefix(f"{prefix}/").partition("/")[0] + "/"
            for name, leases in self.state["leases"].items()
            if leases and name.startswith(f"{prefix}/")
        }
        keys = [*self.state["leases"].get(prefix, []), *sorted(deeper)]
        return Answer(200, {"data": {"keys": keys}}) if keys else Answer(404, {"errors": []})

    @route("PUT /v1/sys/leases/revoke-prefix/{}")
    def revoke_prefix(self, call: Call, prefix: str) -> Answer:
        for name in self.state["leases"]:
            if f"{name}/".startswith(f"{prefix}/"):
                self.state["leases"][name] = []
        return Answer(204)
