"""CrowdStrike Falcon: a host is contained, it reaches the sensor's cloud and nothing else.

References:
    - CrowdStrike's own client falconpy, ``Hosts.perform_action``: ``contain`` and
      ``lift_containment`` by ``/devices/entities/devices-actions/v2``, answered with 202
    - the same, ``Hosts.query_devices_by_filter`` and ``post_device_details_v2``, which only reads
    - CrowdStrike's documentation of host fields: status is normal, containment_pending, contained
      or lift_containment_pending; the API scope Hosts, write
    - Of two requests the later one counts: one while the first is pending undoes it
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

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
from agentwarrant.respond.oauth import client_secret
from agentwarrant.respond.transport import Effect, Request, Transport, at
from agentwarrant.respond.vendor import HttpVendor

ENDPOINT = "CrowdStrike Falcon"
DOC = "docs/vendors/crowdstrike.md"
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


class CrowdStrike(HttpVendor):
    name = "crowdstrike"
    title = "CrowdStrike Falcon"
    usual_url = "https://api.crowdstrike.com"
    needs_url = False
    reads = frozenset({"POST /devices/entities/devices/v2"})
    secrets: ClassVar = {"client_secret": "of the API client"}
    options: ClassVar = {"client_id": "of the API client", "never": NEVER}
    examples = ("host:build-07",)

    def authorize(self, connection: Connection) -> http.Authorize:
        return client_secret(connection, "/oauth2/token")


class Contain(Action):
    """Contain a host: no network but to CrowdStrike's cloud and what is excluded there."""

    name = "contain"
    verb = Verb.ISOLATE_HOST
    kinds = frozenset({"host"})
    vendor = "crowdstrike"
    title = "Contain a host"
    method = "POST /devices/entities/devices-actions/v2"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("Hosts: read and write",)
    propagation_seconds = 120.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        found, notes = machines_of(
            target, transport, lambda name: _machines(transport, name) if transport else ()
        )
        steps = []
        for one in found:
            if one.state == "contained":
                notes.append(f"{one.name} is contained already")
            else:
                steps.append(self._step(one))
        return Plan(self.id, target, tuple(steps), tuple(notes))

    def _step(self, one: Machine) -> Step:
        known = one.state == "normal"
        return Step(
            title=self.title,
            request=_act("contain", one.id),
            changes=f"host {one.name or one.id}: {one.state or 'not read,'} becomes contained",
            verify=_is(one.id, "contained"),
            undo=(_act("lift_containment", one.id),) if known else (),
            undone=_is(one.id, "normal") if known else None,
            pre_state={"status": one.state, "hostname": one.name} if known else {},
            point=f"crowdstrike.host:{one.id}",
            note="Pending until the sensor has heard of it: an offline host is not contained. What"
            " the containment policy excludes is still reached. Lifting it too early undoes it.",
        )


def _act(name: str, one: str) -> Request:
    return http.change(
        "POST",
        "/devices/entities/devices-actions/v2",
        endpoint=ENDPOINT,
        query={"action_name": name},
        json={"ids": [one]},
    )


def _read(where: str, **query: Any) -> Request:
    return http.read(where, endpoint=ENDPOINT, **query)


def _is(one: str, status: str) -> Verification:
    found = ("body", "resources", ("device_id", one), "status")
    return Verification(
        _read("/devices/entities/devices/v2", ids=one), (Expectation(found, status),)
    )


def _machines(transport: Transport, name: str) -> Iterator[Machine]:
    ids = [name] if _ID.fullmatch(name) else []
    if not ids:
        query = _read("/devices/queries/devices/v1", filter=f"hostname:'{name}'", limit=CANDIDATES)
        listed = at(transport.send(query), ("body", "resources"))
        found = listed if isinstance(listed, list) else []
        ids = [one for one in found if isinstance(one, str) and _ID.fullmatch(one)]
    details = Request(
        "POST /devices/entities/devices/v2", {"json": {"ids": ids}}, Effect.READ, ENDPOINT
    )
    answer = transport.send(details) if ids else None
    for one in ids:
        row = at(answer, ("body", "resources", ("device_id", one)))
        if row:
            yield Machine(one, str(row.get("hostname") or ""), str(row.get("status") or ""))
