"""Two small simulators, for the tests of their base."""

from __future__ import annotations

from .base import Answer, Call, Simulator, route

SUSPEND = "POST /api/v1/users/{}/lifecycle/suspend"


class Switches(Simulator):
    """Switches that are on or off."""

    @route("GET /switches/{}")
    def show(self, call: Call, name: str) -> Answer:
        return Answer(200, {"on": self.state[name]})

    @route("POST /switches/{}/off")
    def off(self, call: Call, name: str) -> Answer:
        self.state[name] = False
        return Answer(200, {"on": False})

    @route("POST /switches/{}/soon")
    def soon(self, call: Call, name: str) -> Answer:
        self.later(lambda: self.state.update({name: False}))
        return Answer(202)


class SomeOkta(Simulator):
    contract = "okta"

    @route(SUSPEND)
    def suspend(self, call: Call, user: str) -> Answer:
        return Answer(200, {})

    @route("GET /api/v1/users/{}")
    def user(self, call: Call, user: str) -> Answer:
        return Answer(200, {"id": user, "status": self.state["status"]})
