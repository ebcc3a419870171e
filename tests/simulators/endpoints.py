"""Stand-ins for four vendors that cut hosts off, written from their documentation.

No contract of theirs is published. Each keeps three machines: one of its own name, and two that
share one. What is asked is done some reads later (``polls``), as an endpoint hears of it late.
"""

from __future__ import annotations

import re
from typing import Any

from .base import Answer, Call, Simulator, route

SECRET = "the-secret-of-the-tests"  # noqa: S105  # a stand-in's
TENANT = "99999999-0000-4000-8000-000000000000"


class CrowdStrike(Simulator):
    """Falcon: the later of two requests counts, and a lookup finds parts of names."""

    def __init__(self) -> None:
        names = {"a" * 32: "build-07", "b" * 32: "twin", "c" * 32: "twin", "d" * 32: "build-077"}
        super().__init__({"hosts": {one: [name, "normal"] for one, name in names.items()}})

    def admits(self, call: Call) -> Answer | None:
        if call.path == "/oauth2/token" or call.headers.get("authorization") == "Bearer falcon":
            return None
        return Answer(401, {"errors": [{"code": 401, "message": "access denied"}]})

    @route("POST /oauth2/token")
    def token(self, call: Call) -> Answer:
        if call.body["client_secret"] != SECRET:
            return Answer(401, {"errors": [{"code": 401, "message": "invalid client"}]})
        return Answer(201, {"access_token": "falcon", "expires_in": 1799})

    @route("GET /devices/queries/devices/v1")
    def query(self, call: Call) -> Answer:
        match = re.fullmatch(r"hostname:'([^']*)'", call.query.get("filter", ""))
        part = match[1].lower() if match else ""  # a filter that is none finds everything
        held = [one for one, (name, _) in self.state["hosts"].items() if part in name]
        return Answer(200, {"resources": held, "errors": []})

    @route("GET /devices/entities/devices/v2")
    def details(self, call: Call) -> Answer:
        host = self.state["hosts"].get(call.query["ids"])
        row = (
            {"device_id": call.query["ids"], "hostname": host[0], "status": host[1]}
            if host
            else None
        )
        return Answer(200, {"resources": [row] if row else [], "errors": []})

    @route("POST /devices/entities/devices/v2", reads=True)
    def many(self, call: Call) -> Answer:
        rows = [
            {"device_id": one, "hostname": name, "status": status}
            for one, (name, status) in self.state["hosts"].items()
            if one in call.body["ids"]
        ]
        return Answer(200, {"resources": rows, "errors": []})

    @route("POST /devices/entities/devices-actions/v2")
    def act(self, call: Call) -> Answer:
        names = {
            "contain": ("containment_pending", "contained"),
            "lift_containment": ("lift_containment_pending", "normal"),
        }
        if call.query.get("action_name") not in names or not call.body["ids"]:
            return Answer(400, {"errors": [{"code": 400, "message": "bad action"}]})
        pending, done = names[call.query["action_name"]]
        for one in call.body["ids"]:
            if one not in self.state["hosts"]:
                return Answer(404, {"errors": [{"code": 404, "message": "no such host"}]})
            self._set(one, pending)
            self.later(lambda one=one: self._arrive(one, pending, done))  # type: ignore[misc]  # mypy reads no lambda with a default
        return Answer(202, {"resources": [{"id": one} for one in call.body["ids"]]})

    def _arrive(self, one: str, pending: str, done: str) -> None:
        if self.state["hosts"][one][1] == pending:  # otherwise a later request has come
            self._set(one, done)

    def _set(self, one: str, status: str) -> None:
        self.state["hosts"][one] = [self.state["hosts"][one][0], status]


class SentinelOne(Simulator):
    """SentinelOne: an empty filter takes everybody, and an answer of 200 may have affected nobody.

    Attributes:
        deaf: Nobody is affected.
    """

    def __init__(self) -> None:
        names = {"1000001": "build-07", "1000002": "twin", "1000003": "twin"}
        super().__init__({"hosts": {one: [name, "connected"] for one, name in names.items()}})
        self.deaf = False

    def admits(self, call: Call) -> Answer | None:
        good = call.headers.get("authorization") == f"ApiToken {SECRET}"
        return None if good else Answer(401, {"errors": [{"title": "Authentication Failed"}]})

    @route("GET /web/api/v2.1/agents")
    def agents(self, call: Call) -> Answer:
        wanted, part = call.query.get("ids"), call.query.get("computerName__like", "").lower()
        rows = [
            {"id": one, "computerName": own, "networkStatus": status}
            for one, (own, status) in self.state["hosts"].items()
            if wanted in (None, one) and part in own
        ]
        return Answer(200, {"data": rows, "pagination": {"totalItems": len(rows)}})

    @route("POST /web/api/v2.1/agents/actions/disconnect")
    @route("POST /web/api/v2.1/agents/actions/connect")
    def act(self, call: Call) -> Answer:
        off = call.path.endswith("/disconnect")
        chosen = call.body["filter"].get("ids") or list(self.state["hosts"])  # empty: everybody
        held = [] if self.deaf else [one for one in chosen if one in self.state["hosts"]]
        for one in held:
            self._set(one, "disconnecting" if off else "connecting")
            self._soon(one, "disconnected" if off else "connected")
        return Answer(200, {"data": {"affected": len(held)}})

    def _soon(self, one: str, status: str) -> None:
        self.later(lambda: self._set(one, status))

    def _set(self, one: str, status: str) -> None:
        self.state["hosts"][one] = [self.state["hosts"][one][0], status]


class ElasticDefend(Simulator):
    """Kibana: wants ``kbn-xsrf``, refuses null, and its lookup finds parts of names."""

    def __init__(self) -> None:
        form = "{0}0000000-0000-4000-8000-00000000000{0}"
        names = {form.format(1): "build-07", form.format(2): "twin", form.format(3): "twin"}
        super().__init__({"hosts": {one: [name, False] for one, name in names.items()}})

    def admits(self, call: Call) -> Answer | None:
        if call.headers.get("authorization") != f"ApiKey {SECRET}":
            return Answer(401, {"statusCode": 401, "message": "unable to authenticate"})
        if call.method != "GET" and "kbn-xsrf" not in call.headers:
            said = "Request must contain a kbn-xsrf header."
            return Answer(400, {"statusCode": 400, "message": said})
        return None

    def _row(self, one: str) -> dict[str, Any]:
        name, isolated = self.state["hosts"][one]
        state = {"state": {"isolation": isolated}, "status": "enrolled"}
        inner = {"agent": {"id": one}, "host": {"hostname": name}, "Endpoint": state}
        return {"host_status": "healthy", "metadata": inner}

    @route("GET /api/endpoint/metadata")
    def metadata(self, call: Call) -> Answer:
        match = re.fullmatch(
            r'united\.endpoint\.host\.hostname : "(.*)"', call.query.get("kuery", "")
        )
        part = match[1] if match else ""
        rows = [self._row(one) for one, (name, _) in self.state["hosts"].items() if part in name]
        return Answer(200, {"data": rows, "total": len(rows), "page": 0})

    @route("GET /api/endpoint/metadata/{}")
    def one(self, call: Call, one: str) -> Answer:
        if one not in self.state["hosts"]:
            return Answer(404, {"statusCode": 404, "message": "not found"})
        return Answer(200, self._row(one))

    @route("POST /api/endpoint/action/isolate")
    @route("POST /api/endpoint/action/unisolate")
    def act(self, call: Call) -> Answer:
        ids = call.body.get("endpoint_ids")
        if not ids or any(value is None for value in call.body.values()):
            return Answer(400, {"statusCode": 400, "message": "[request body]: expected"})
        if any(one not in self.state["hosts"] for one in ids):
            return Answer(404, {"statusCode": 404, "message": "endpoint not found"})
        isolated = call.path.endswith("/isolate")
        for one in ids:
            name = self.state["hosts"][one][0]
            self.later(
                lambda one=one, name=name: self.state["hosts"].update({one: [name, isolated]})  # type: ignore[misc]  # as above
            )
        return Answer(200, {"action": "a1", "data": {"id": "a1", "isCompleted": False}})


class Defender(Simulator):
    """Defender: one request at a time for a machine; the latest action says what it is in.

    Attributes:
        outcome: What becomes of an action.
    """

    def __init__(self) -> None:
        names = {"a" * 40: "build-07", "b" * 40: "twin", "c" * 40: "twin"}
        super().__init__({"hosts": names, "actions": []})
        self.outcome = "Succeeded"

    def admits(self, call: Call) -> Answer | None:
        if call.path.endswith("/token") or call.headers.get("authorization") == "Bearer mde":
            return None
        return Answer(401, {"error": {"code": "Unauthorized", "message": "no token"}})

    @route("POST /{}/oauth2/v2.0/token")
    def token(self, call: Call, tenant: str) -> Answer:
        good = call.body["client_secret"] == SECRET and tenant == TENANT
        good = good and call.body["scope"] == "https://api.securitycenter.microsoft.com/.default"
        if not good:
            return Answer(401, {"error": "invalid_client"})
        return Answer(200, {"access_token": "mde", "expires_in": 3599})

    def _row(self, one: str) -> dict[str, Any]:
        return {"id": one, "computerDnsName": self.state["hosts"][one], "healthStatus": "Active"}

    @route("GET /api/machines")
    def machines(self, call: Call) -> Answer:
        match = re.fullmatch(r"computerDnsName eq '([^']*)'", call.query["$filter"])
        wanted = match[1] if match else ""
        held = [one for one, name in self.state["hosts"].items() if name == wanted.lower()]
        return Answer(200, {"value": [self._row(one) for one in held]})

    @route("GET /api/machines/{}")
    def machine(self, call: Call, one: str) -> Answer:
        if one not in self.state["hosts"]:
            return Answer(404, {"error": {"code": "ResourceNotFound", "message": "no machine"}})
        return Answer(200, self._row(one))

    @route("GET /api/machineactions")
    def actions(self, call: Call) -> Answer:
        form = (
            r"machineId eq '(\w+)' and \(type eq 'Isolate' or type eq 'Unisolate'\)"
            r"(?: and creationDateTimeUtc gt (\S+))?"
        )
        match = re.fullmatch(form, call.query["$filter"])
        if match is None:
            return Answer(400, {"error": {"code": "BadRequest", "message": "filter"}})
        one, since = match.groups()
        rows = [row for row in self.state["actions"] if row["machineId"] == one]
        rows = [row for row in rows if row["creationDateTimeUtc"] > (since or "")]
        return Answer(200, {"value": rows[::-1][: int(call.query["$top"])]})

    @route("POST /api/machines/{}/isolate")
    @route("POST /api/machines/{}/unisolate")
    def act(self, call: Call, one: str) -> Answer:
        kind = "Unisolate" if call.path.endswith("/unisolate") else "Isolate"
        if not call.body.get("Comment") or (kind == "Isolate" and "IsolationType" not in call.body):
            return Answer(400, {"error": {"code": "InvalidRequestBody", "message": "Comment"}})
        busy = [row for row in self.state["actions"] if row["machineId"] == one]
        if any(row["status"] == "Pending" for row in busy):
            said = {
                "code": "ActiveRequestAlreadyExists",
                "message": "Action is already in progress",
            }
            return Answer(400, {"error": said})
        number = len(self.state["actions"])
        row = {"id": f"act{number}", "type": kind, "status": "Pending", "machineId": one,
               "creationDateTimeUtc": f"2026-11-29T11:00:{number:02}.1234567Z"}  # fmt: skip
        self.state["actions"].append(row)
        self.later(lambda: row.update(status=self.outcome))
        return Answer(201, row)
