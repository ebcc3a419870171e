"""SentinelOne: a host is disconnected from the network, but for its agent's own console.

A request whose filter is empty means every host: ids always stand in it, and nothing else. An
answer that says that nobody was affected is no success, whatever its status.

References:
    - SentinelOne's API 2.1 as its clients write it: ``/agents/actions/disconnect`` and ``connect``
      with ``filter.ids``, answered with ``data.affected``; ``computerName__like`` matches a part
      of a name; networkStatus is connected, disconnected, connecting or
      disconnecting
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from agentwarrant.errors import Guarded, Refused
from agentwarrant.respond import http
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
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.hosts import CANDIDATES, NEVER, Machine, machines_of
from agentwarrant.respond.transport import Request, Transport, at
from agentwarrant.respond.vendor import HttpVendor

ENDPOINT = "SentinelOne API 2.1"
DOC = "docs/vendors/sentinelone.md"
_AGENTS = "/web/api/v2.1/agents"
_ID = re.compile(r"[1-9][0-9]{5,30}", re.ASCII)


class SentinelOne(HttpVendor):
    name = "sentinelone"
    title = "SentinelOne"
    secrets: ClassVar = {"token": "an API token of a service user"}
    options: ClassVar = {"never": NEVER}
    examples = ("host:build-07",)

    def authorize(self, connection: Connection) -> http.Authorize:
        return http.bearer(connection, scheme="ApiToken")


class Disconnect(Action):
    """Disconnect a host from the network."""

    name = "disconnect"
    verb = Verb.ISOLATE_HOST
    kinds = frozenset({"host"})
    vendor = "sentinelone"
    title = "Disconnect a host from the network"
    method = "POST /web/api/v2.1/agents/actions/disconnect"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("Endpoints: view, disconnect from network, reconnect to network",)
    propagation_seconds = 120.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        found, notes = machines_of(
            target, transport, lambda name: _machines(transport, name) if transport else ()
        )
        steps = []
        for one in found:
            if one.state == "disconnected":
                notes.append(f"{one.name} is disconnected already")
            else:
                steps.append(self._step(one))
        return Plan(self.id, target, tuple(steps), tuple(notes))

    def execute(self, step: Step, transport: Transport) -> Any:
        return _affected(transport.send(_bounded(step.request)))

    def compensate(self, step: Step, number: int, transport: Transport) -> Any:
        return _affected(transport.send(_bounded(step.undo[number])))

    def _step(self, one: Machine) -> Step:
        known = one.state == "connected"
        return Step(
            title=self.title,
            request=_act("disconnect", one.id),
            changes=f"host {one.name or one.id}: {one.state or 'not read,'} becomes disconnected",
            verify=_is(one.id, "disconnected"),
            undo=(_act("connect", one.id),) if known else (),
            undone=_is(one.id, "connected") if known else None,
            pre_state={"networkStatus": one.state, "hostname": one.name} if known else {},
            point=f"sentinelone.host:{one.id}",
            note="Disconnecting until the agent has heard of it: an offline host is not cut off.",
        )


def _act(name: str, one: str) -> Request:
    where = f"{_AGENTS}/actions/{name}"
    return http.change("POST", where, endpoint=ENDPOINT, json={"filter": {"ids": [one]}})


def _bounded(request: Request) -> Request:
    """Return a request whose filter names hosts.

    Raises:
        Guarded: It does not: it would mean every host there is.
    """
    body = request.params.get("json")
    chosen = body.get("filter") if isinstance(body, Mapping) else None
    ids = chosen.get("ids") if isinstance(chosen, Mapping) else None
    if not isinstance(ids, (list, tuple)) or not ids or not all(ids):
        what = "its filter names no host, and so means every one"
        raise Guarded(what, where=ENDPOINT, mend="name hosts by their ids")
    return request


def _affected(answer: Any) -> Any:
    """Return an answer that says that somebody was affected.

    Raises:
        Refused: It says that nobody was.
    """
    if not at(answer, ("body", "data", "affected")):
        raise Refused("no host was affected", where=ENDPOINT, mend="does the token see its site?")
    return answer


def _read(**query: Any) -> Request:
    return http.read(_AGENTS, endpoint=ENDPOINT, **query)


def _is(one: str, status: str) -> Verification:
    found = ("body", "data", ("id", one), "networkStatus")
    return Verification(_read(ids=one), (Expectation(found, status),))


def _machines(transport: Transport, name: str) -> Iterator[Machine]:
    by_name = _read(computerName__like=name, limit=CANDIDATES)  # whatever its case
    asked = _read(ids=name) if _ID.fullmatch(name) else by_name
    rows = at(transport.send(asked), ("body", "data"))
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, Mapping) and _ID.fullmatch(str(row.get("id"))):
            status = str(row.get("networkStatus") or "")
            yield Machine(str(row["id"]), str(row.get("computerName") or ""), status)
