"""A stand-in for a provider of SCIM 2 (RFC 7644); with ``filters = False`` it ignores filters."""

from __future__ import annotations

import re
from typing import Any

from .base import Answer, Call, Simulator, route

TOKEN = "token-of-the-responder"  # noqa: S105  # a stand-in's


def directory() -> dict[str, Any]:
    """Return a directory with one agent among people."""
    names = ("ann", "bot-7", "bot-77", "cy")
    return {n: {"id": f"id-of-{n}", "userName": n, "active": True} for n in names}


class Scim(Simulator):
    filters = True
    most = 100

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        super().__init__(state or directory())

    def admits(self, call: Call) -> Answer | None:
        good = call.headers.get("authorization") == f"Bearer {TOKEN}"
        return None if good else Answer(401, {"status": "401"})

    def _by_id(self, one: str) -> dict[str, Any] | None:
        return next((user for user in self.state.values() if user["id"] == one), None)

    @route("GET /scim/v2/Users")
    def find(self, call: Call) -> Answer:
        match = re.fullmatch(r'userName eq "([^"\\]*)"', call.query.get("filter", ""))
        if match is None:
            return Answer(400, {"scimType": "invalidFilter"})
        wanted = match[1].lower()
        rows = [u for n, u in self.state.items() if not self.filters or n.lower() == wanted]
        start = int(call.query["startIndex"]) - 1
        page = rows[start : start + min(int(call.query["count"]), self.most)]
        return Answer(200, {"totalResults": len(rows), "Resources": page})

    @route("GET /scim/v2/Users/{}")
    def show(self, call: Call, one: str) -> Answer:
        found = self._by_id(one)
        return Answer(200, found) if found else Answer(404, {"status": "404"})

    @route("PATCH /scim/v2/Users/{}")
    def patch(self, call: Call, one: str) -> Answer:
        found = self._by_id(one)
        if found is None or call.headers["content-type"] != "application/scim+json":
            return Answer(404 if found is None else 415, {"status": "4xx"})
        (operation,) = call.body["Operations"]
        found[operation["path"]] = operation["value"]
        return Answer(204)
