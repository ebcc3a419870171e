"""Simulators of systems that block destinations: Cloudflare Gateway, Umbrella, Zscaler."""

from __future__ import annotations

from typing import ClassVar

from .base import Answer, Call, Simulator, route

ACCOUNT, LIST = "a" * 32, "b" * 32


class Cloudflare(Simulator):
    """One list; PATCH appends and removes, and an unknown token is refused."""

    def admits(self, call: Call) -> Answer | None:
        if call.headers.get("authorization") != "Bearer good":
            return Answer(403, {"success": False, "errors": [{"code": 10000, "message": "no"}]})
        return None

    @route(f"GET /accounts/{ACCOUNT}/gateway/lists/{{}}/items")
    def items(self, call: Call, listed: str) -> Answer:
        rows = [{"value": value} for value in self.state["items"]]
        return Answer(200, {"success": True, "result": rows[: int(call.query["per_page"])]})

    @route(f"PATCH /accounts/{ACCOUNT}/gateway/lists/{{}}")
    def patch(self, call: Call, listed: str) -> Answer:
        added = [row["value"] for row in call.body.get("append", ())]
        gone = call.body.get("remove", ())
        kept = [value for value in self.state["items"] if value not in gone]
        self.state["items"] = list(dict.fromkeys([*kept, *added]))
        return Answer(200, {"success": True, "result": {"id": listed}})


class Umbrella(Simulator):
    """One list; what is removed is named by its id; no entry twice."""

    @route("POST /auth/v2/token", reads=True)
    def token(self, call: Call) -> Answer:
        if call.headers.get("authorization") != "Basic a2V5Omdvb2Q=":
            return Answer(401, {"message": "Unauthorized"})
        return Answer(200, {"access_token": "t1"})

    def admits(self, call: Call) -> Answer | None:
        wanted = call.path == "/auth/v2/token" or call.headers.get("authorization") == "Bearer t1"
        return None if wanted else Answer(401, {"message": "Unauthorized"})

    @route("GET /policies/v2/destinationlists/{}/destinations")
    def listed(self, call: Call, number: str) -> Answer:
        rows = [{"id": key, "destination": value} for key, value in self.state["items"].items()]
        return Answer(200, {"data": rows[: int(call.query["limit"])]})

    @route("POST /policies/v2/destinationlists/{}/destinations")
    def add(self, call: Call, number: str) -> Answer:
        for row in call.body:
            if row["destination"] in self.state["items"].values():
                return Answer(400, {"message": "already there"})
            self.state["next"] += 1
            self.state["items"][str(self.state["next"])] = row["destination"]
        return Answer(200, {"status": {"code": 200}})

    @route("DELETE /policies/v2/destinationlists/{}/destinations/remove")
    def remove(self, call: Call, number: str) -> Answer:
        for key in call.body:
            if self.state["items"].pop(key, None) is None:
                return Answer(404, {"message": "no such destination"})
        return Answer(200, {"status": {"code": 200}})


class Zscaler(Simulator):
    """A list that is edited, and one that blocks: they are the same only after activation."""

    BASE: ClassVar[str] = "/zia/api/v1"

    @route("POST /oauth2/v1/token", reads=True)
    def token(self, call: Call) -> Answer:
        said = (call.body["client_secret"], call.body["audience"])
        known = said == ("good", "https://api.zscaler.com")
        return Answer(200, {"access_token": "t1"}) if known else Answer(401, {"error": "no"})

    @route("GET /zia/api/v1/security/advanced")
    def advanced(self, call: Call) -> Answer:
        return Answer(200, {"blacklistUrls": self.state["edited"]})

    @route("POST /zia/api/v1/security/advanced/blacklistUrls")
    def edit(self, call: Call) -> Answer:
        for url in call.body["blacklistUrls"]:
            if "://" in url or url.lower() != url:
                return Answer(400, {"code": "INVALID_INPUT_ARGUMENT"})
            if call.query["action"] == "ADD_TO_LIST" and url not in self.state["edited"]:
                self.state["edited"].append(url)
            elif call.query["action"] == "REMOVE_FROM_LIST" and url in self.state["edited"]:
                self.state["edited"].remove(url)
        self.state["status"] = "PENDING"
        return Answer(204)

    @route("GET /zia/api/v1/status")
    def status(self, call: Call) -> Answer:
        return Answer(200, {"status": self.state["status"]})

    @route("POST /zia/api/v1/status/activate")
    def activate(self, call: Call) -> Answer:
        self.state["blocks"] = list(self.state["edited"])
        self.state["status"] = "ACTIVE"
        return Answer(200, {"status": "ACTIVE"})
