"""An office with accounts, keys and messages: it counts each effect, repeatable or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .base import Answer, Call, Simulator, route

TOKEN = "office-token-0123456789abcdef"  # noqa: S105 # of a simulator


class Office(Simulator):
    """``state``: ``accounts`` (enabled or not), ``keys`` (how often revoked), ``messages``."""

    asked_while: Callable[[Call], None] = staticmethod(lambda call: None)
    """Called after a change took effect and before it is answered."""

    lies = False
    refuses = False

    def admits(self, call: Call) -> Answer | None:
        if self.refuses:
            return Answer(403, {"error": "not you"})
        if call.headers.get("authorization") != f"Bearer {TOKEN}" and "login" not in call.path:
            return Answer(401, {"error": f"no such token: {call.headers.get('authorization')}"})
        return None

    @route("GET /accounts/{}")
    def account(self, call: Call, name: str) -> Answer:
        return Answer(200, {"enabled": self.state["accounts"].get(name, True)})

    @route("POST /accounts/{}/login", reads=True)
    def login(self, call: Call, name: str) -> Answer:
        enabled = self.state["accounts"].get(name, True)
        return Answer(200 if enabled else 403, {"enabled": enabled})

    @route("POST /accounts/{}/disable")
    def disable(self, call: Call, name: str) -> Answer:
        if self.state.get("strict") and not self.state["accounts"].get(name, True):
            return Answer(400, {"error": "suspended already"})
        return self._switch(call, name, False)

    @route("POST /accounts/{}/enable")
    def enable(self, call: Call, name: str) -> Answer:
        return self._switch(call, name, True)

    def _switch(self, call: Call, name: str, enabled: bool) -> Answer:
        if not self.lies:
            self.state["accounts"][name] = enabled
        self._happened(call)
        return Answer(200, {"secret": "fresh-secret-in-an-answer-98765"})

    @route("GET /keys/{}")
    def key(self, call: Call, name: str) -> Answer:
        return Answer(200, {"revoked": self.state["keys"].get(name, 0)})

    @route("POST /keys/{}/revoke")
    def revoke(self, call: Call, name: str) -> Answer:
        self.state["keys"][name] = self.state["keys"].get(name, 0) + 1
        self._happened(call)
        return Answer(200, {})

    @route("GET /messages")
    def messages(self, call: Call) -> Answer:
        return Answer(200, {"refs": list(self.state["messages"])})

    @route("POST /messages")
    def tell(self, call: Call) -> Answer:
        self.state["messages"].append(call.body["ref"])
        self._happened(call)
        return Answer(201, {})

    def _happened(self, call: Call) -> None:
        self.asked_while(call)

    def most_revoked(self) -> int:
        """How often the key that was revoked most was revoked."""
        return max(self.state["keys"].values(), default=0)


def office(**more: Any) -> Office:
    return Office({"accounts": {}, "keys": {}, "messages": [], **more})
