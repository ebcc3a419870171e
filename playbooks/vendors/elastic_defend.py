"""Elastic Defend: a host is isolated by its endpoint, through Kibana.

References (elastic.co/docs, Endpoint management API, 8.19 and 9):
    - POST /api/endpoint/action/isolate and .../unisolate with ``endpoint_ids``; null is refused
      where a field is optional; the older /api/endpoint/isolate only redirects
    - GET /api/endpoint/metadata/{id}: ``metadata.Endpoint.state.isolation`` is what the endpoint
      itself has reported
    - Kibana wants the header ``kbn-xsrf``; the privilege Host Isolation, and a Platinum licence
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import httpx

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
from agentwarrant.respond.http import path
from agentwarrant.respond.transport import Request, Transport, at
from agentwarrant.respond.vendor import HttpVendor

ENDPOINT = "Kibana"
DOC = "docs/vendors/elastic_defend.md"
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_STATE = ("Endpoint", "state", "isolation")


class ElasticDefend(HttpVendor):
    name = "elastic_defend"
    title = "Elastic Defend"
    secrets: ClassVar = {"api_key": "an API key of Elasticsearch, as Kibana shows it (encoded)"}
    options: ClassVar = {"never": NEVER}
    examples = ("host:build-07",)

    def authorize(self, connection: Connection) -> http.Authorize:
        def headers(client: httpx.Client) -> Mapping[str, str]:
            key = connection.secret("api_key")
            return {"Authorization": f"ApiKey {key}", "kbn-xsrf": "true"}

        return headers


class Isolate(Action):
    """Isolate a host: no network but to Elastic's own servers."""

    name = "isolate"
    verb = Verb.ISOLATE_HOST
    kinds = frozenset({"host"})
    vendor = "elastic_defend"
    title = "Isolate a host"
    method = "POST /api/endpoint/action/isolate"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("Elastic Defend: Host Isolation", "a Platinum licence")
    propagation_seconds = 180.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        found, notes = machines_of(
            target, transport, lambda name: _machines(transport, name) if transport else ()
        )
        steps = []
        for one in found:
            if one.state == "isolated":
                notes.append(f"{one.name} is isolated already")
            else:
                steps.append(self._step(one))
        return Plan(self.id, target, tuple(steps), tuple(notes))

    def _step(self, one: Machine) -> Step:
        known = bool(one.state)
        return Step(
            title=self.title,
            request=_act("isolate", one.id),
            changes=f"host {one.name or one.id}: {one.state or 'not read,'} becomes isolated",
            verify=_is(one.id, True),
            undo=(_act("unisolate", one.id),) if known else (),
            undone=_is(one.id, False) if known else None,
            pre_state={"isolation": False, "hostname": one.name} if known else {},
            point=f"elastic_defend.host:{one.id}",
            note="The endpoint takes it at its next check-in: an offline host is not isolated.",
        )


def _act(name: str, one: str) -> Request:
    body = {"endpoint_ids": [one], "comment": "Agent Warrant"}
    return http.change("POST", f"/api/endpoint/action/{name}", endpoint=ENDPOINT, json=body)


def _read(where: str, *, accepts: tuple[int, ...] = (), **query: Any) -> Request:
    return http.read(where, endpoint=ENDPOINT, accepts=accepts, **query)


def _is(one: str, isolated: bool) -> Verification:
    where = path("/api/endpoint/metadata/{}", one)
    return Verification(_read(where), (Expectation(("body", "metadata", *_STATE), isolated),))


def _machines(transport: Transport, name: str) -> Iterator[Machine]:
    if _ID.fullmatch(name):
        answer = transport.send(_read(path("/api/endpoint/metadata/{}", name), accepts=(404,)))
        rows = [answer["body"]]
    else:
        kuery = f'united.endpoint.host.hostname : "{name}"'
        asked = _read("/api/endpoint/metadata", kuery=kuery, page=0, pageSize=CANDIDATES)
        rows = at(transport.send(asked), ("body", "data"))
    for row in rows if isinstance(rows, list) else ():
        found = at(row, ("metadata",))
        one = str(at(found, ("agent", "id")))
        if _ID.fullmatch(one):
            state = "isolated" if at(found, _STATE) is True else "connected"
            yield Machine(one, str(at(found, ("host", "hostname")) or ""), state)
