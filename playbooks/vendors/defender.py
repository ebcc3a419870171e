"""Microsoft Defender for Endpoint: a machine is isolated, it reaches Defender's cloud alone.

A machine does not say whether it is isolated: the latest of its isolations and releases does.

References (learn.microsoft.com/defender-endpoint/api):
    - isolate-machine and unisolate-machine: Comment is required, IsolationType Full, Selective or
      UnManagedDevice; Machine.Isolate; 100 calls a minute and 1500 an hour
    - get-machineactions-collection: filters on machineId, type and creationDateTimeUtc; its second
      example says that ``$top`` gives the latest
    - machineaction: status Pending, InProgress, Succeeded, Failed, TimeOut, Cancelled
    - A second request while one is under way is refused with 400, ActiveRequestAlreadyExists, as
      published clients of the API handle it
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from agentwarrant.errors import ConfigError
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

ENDPOINT = "Defender for Endpoint"
DOC = "docs/vendors/defender.md"
_ID = re.compile(r"[0-9a-f]{40}", re.ASCII)
_TENANT = re.compile(r"[0-9a-fA-F-]{36}", re.ASCII)
_SCOPE = "https://api.securitycenter.microsoft.com/.default"
_COMMENT = {"Comment": "Agent Warrant"}


class Defender(HttpVendor):
    name = "defender"
    title = "Microsoft Defender for Endpoint"
    usual_url = "https://api.securitycenter.microsoft.com"
    needs_url = False
    secrets: ClassVar = {"client_secret": "of the app that responses act as"}
    options: ClassVar = {
        "tenant_id": "the tenant",
        "client_id": "the app that responses act as",
        "login_url": "where tokens are had; https://login.microsoftonline.com",
        "never": NEVER,
    }
    examples = ("host:build-07",)

    def authorize(self, connection: Connection) -> http.Authorize:
        tenant = connection.option("tenant_id")
        if not _TENANT.fullmatch(tenant):
            raise ConfigError("tenant_id is no id", where=connection.name)
        login = connection.option("login_url", "https://login.microsoftonline.com").rstrip("/")
        where = login + path("/{}/oauth2/v2.0/token", tenant)
        return http.client_credentials(connection, where, scope=_SCOPE)


class Isolate(Action):
    """Isolate a machine: full isolation, no network but to Defender."""

    name = "isolate"
    verb = Verb.ISOLATE_HOST
    kinds = frozenset({"host"})
    vendor = "defender"
    title = "Isolate a machine"
    method = "POST /api/machines/{}/isolate"
    reversibility = Reversibility.REVERSIBLE
    repeatable = False
    required_permissions = ("Machine.Isolate", "Machine.Read.All")
    propagation_seconds = 300.0
    rate_limit = 100
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        found, notes = machines_of(
            target, transport, lambda name: _machines(transport, name) if transport else ()
        )
        steps = []
        for one in found:
            last = _last(transport, one.id) if transport is not None else {}
            if (last.get("type"), last.get("status")) == ("Isolate", "Succeeded"):
                notes.append(f"{one.name} is isolated already")
            else:
                steps.append(self._step(one, str(last.get("creationDateTimeUtc") or "")))
        return Plan(self.id, target, tuple(steps), tuple(notes))

    def _step(self, one: Machine, since: str) -> Step:
        where = path("/api/machines/{}", one.id)
        known = bool(one.name)
        return Step(
            title=self.title,
            request=_change(f"{where}/isolate", {**_COMMENT, "IsolationType": "Full"}),
            changes=f"machine {one.name or one.id}: {'connected' if known else 'not read,'} becomes"
            " isolated",
            verify=_is(one.id, "Isolate", since),
            undo=(_change(f"{where}/unisolate", _COMMENT),) if known else (),
            undone=_is(one.id, "Unisolate", since) if known else None,
            pre_state={"isolated": False, "hostname": one.name} if known else {},
            point=f"defender.host:{one.id}",
            note="Done when the machine next hears of it; a second request meanwhile is refused."
            " A machine behind a VPN that takes all traffic cannot be reached to release it.",
        )


def _change(where: str, body: Mapping[str, Any]) -> Request:
    return http.change("POST", where, endpoint=ENDPOINT, json=dict(body))


def _read(where: str, *, accepts: tuple[int, ...] = (), **query: Any) -> Request:
    asked: dict[str, Any] = {f"${name}": value for name, value in query.items()}
    return http.read(where, endpoint=ENDPOINT, accepts=accepts, **asked)


def _actions(one: str, since: str = "") -> Request:
    """Return the read of the latest isolation or release of a machine."""
    wanted = f"machineId eq '{one}' and (type eq 'Isolate' or type eq 'Unisolate')"
    wanted += f" and creationDateTimeUtc gt {since}" if since else ""
    return _read("/api/machineactions", filter=wanted, top=1)


def _last(transport: Transport, one: str) -> Mapping[str, Any]:
    row = at(transport.send(_actions(one)), ("body", "value", ("machineId", one)))
    return row if isinstance(row, Mapping) else {}


def _is(one: str, kind: str, since: str) -> Verification:
    row = ("body", "value", ("machineId", one))
    expects = (Expectation((*row, "type"), kind), Expectation((*row, "status"), "Succeeded"))
    return Verification(_actions(one, since), expects)


def _machines(transport: Transport, name: str) -> Iterator[Machine]:
    if _ID.fullmatch(name):
        answer = transport.send(_read(path("/api/machines/{}", name), accepts=(404,)))
        rows = [answer["body"]]
    else:
        asked = _read("/api/machines", filter=f"computerDnsName eq '{name}'", top=CANDIDATES)
        rows = at(transport.send(asked), ("body", "value"))
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, Mapping) and _ID.fullmatch(str(row.get("id"))):
            yield Machine(str(row["id"]), str(row.get("computerDnsName") or ""), "known")
