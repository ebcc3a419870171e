"""A simulator of Stripe Issuing: cards and cardholders with a status."""

from __future__ import annotations

from typing import Any

from .base import Answer, Call, Simulator, route


class Stripe(Simulator):
    """A canceled card stays so; an unknown one is 404."""

    def admits(self, call: Call) -> Answer | None:
        if call.headers.get("authorization") != "Bearer good":
            return Answer(401, {"error": {"type": "invalid_request_error", "message": "bad key"}})
        return None

    @route("GET /v1/issuing/{}/{}")
    def look(self, call: Call, kind: str, name: str) -> Answer:
        return self._found(kind, name, {})

    @route("POST /v1/issuing/{}/{}")
    def change(self, call: Call, kind: str, name: str) -> Answer:
        if self.state[kind].get(name) == "canceled":
            return Answer(400, {"error": {"message": "canceled cards cannot be changed"}})
        return self._found(kind, name, call.body)

    def _found(self, kind: str, name: str, wanted: dict[str, Any]) -> Answer:
        if name not in self.state[kind]:
            return Answer(404, {"error": {"code": "resource_missing", "message": "no such card"}})
        self.state[kind][name] = wanted.get("status", self.state[kind][name])
        return Answer(200, {"id": name, "status": self.state[kind][name]})
