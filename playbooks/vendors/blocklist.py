"""The installation's own block list, for firewalls, proxies and gateways of any make that poll it.

Nothing is pushed anywhere: an entry takes effect when they next read the list, so how soon is
theirs to say (option ``polled``). Released, an entry leaves the list unless another run holds it.

References:
    - External dynamic lists of plain text, one entry a line, are read by all big firewalls
    - STIX 2.1 and TAXII 2.1 (OASIS), served by ``agentwarrant blocklist serve``
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from agentwarrant.errors import Guarded, Refused, ResponseError
from agentwarrant.faults import short
from agentwarrant.respond.action import (
    Action,
    Expectation,
    Op,
    Plan,
    Reversibility,
    Step,
    Target,
    Verb,
    Verification,
)
from agentwarrant.respond.block.blocklist import Blocklist, cleaned
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.transport import Effect, Request, Transport, at
from agentwarrant.respond.vendor import Vendor

ENDPOINT = "block list"
_POLLED = 300.0
_MOST = 200


class BlockList(Vendor):
    name = "blocklist"
    title = "Block list that firewalls poll"
    reads = frozenset({"holders", "settings"})
    secrets: ClassVar = {
        "feed_token": "what readers of the list show (agentwarrant blocklist serve)"
    }
    options: ClassVar = {
        "polled": "seconds until everybody has read the list again; 300",
        "expires": "seconds after which an entry leaves the list by itself; 0: never",
        "never": "domains (with all below them) that are never blocked",
    }
    needs_url = False
    examples = ("domain:bad.example.net", "address:203.0.114.7", "url:https://bad.example.net/x")

    @contextmanager
    def connect(self, connection: Connection, *, changes: bool = False) -> Iterator[Transport]:
        yield _Store(connection)


class _Store:
    """Takes requests to the list of this installation."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._list = Blocklist(connection.folder)

    def send(self, request: Request) -> Any:
        given = request.params
        if request.method == "settings":
            options = self._connection.options
            return {name: options[name] for name in BlockList.options if name in options}
        entry = (given["tenant"], given["kind"], given["value"])
        if not self._connection.is_for(given["tenant"]):
            raise Refused("the list is not this tenant's", where=self._connection.name)
        if request.method == "hold":
            self._list.hold(*entry, given["holder"], given["seconds"])
        elif request.method == "let_go":
            self._list.let_go(*entry, given["holder"])
        return {"holders": self._list.holders(*entry)}


class Block(Action):
    """Put where the agent's data went, or its orders came from, on the block list."""

    name = "block"
    verb = Verb.BLOCK_EGRESS
    kinds = frozenset({"domain", "address", "url"})
    vendor = "blocklist"
    title = "Block where the data went"
    method = "hold"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("write the state folder",)
    propagation_seconds = 1.0
    doc = "docs/vendors/blocklist.md"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        settings = transport.send(_request("settings", Effect.READ)) if transport else None
        steps: list[Step] = []
        notes: list[str] = []
        for kind, value in _named(target):
            try:
                clean = cleaned(kind, value)
                _allowed(kind, clean, settings)
            except ResponseError as error:
                notes.append(f"Left out: {short(value)}: {error.what}")
                continue
            steps.append(_step(self.title, target, (kind, clean), settings, transport))
        if len(steps) > _MOST:
            raise Guarded(f"{len(steps)} entries are more than one case can mean", where=ENDPOINT)
        return Plan(self.id, target, tuple(steps), tuple(notes))


def _step(
    title: str,
    target: Target,
    entry: tuple[str, str],
    settings: Mapping[str, Any] | None,
    transport: Transport | None,
) -> Step:
    kind, value = entry
    named = {"tenant": target.tenant, "kind": kind, "value": value}
    holder = f"{target.agent}/{target.case}"
    settled = settings or {}
    seconds = float(settled.get("expires", 0))
    look = _request("holders", Effect.READ, **named)
    before = at(transport.send(look), ("holders",)) if transport else None
    polled = float(settled.get("polled", _POLLED))
    undo = _request("let_go", Effect.CHANGE, **named, holder=holder)
    return Step(
        title=title,
        request=_request("hold", Effect.CHANGE, **named, holder=holder, seconds=seconds),
        changes=f"{kind} {value} comes on the list of {target.tenant}",
        verify=Verification(look, (Expectation(("holders",), holder, op=Op.HOLDS),)),
        undo=(undo,) if transport else (),
        pre_state={"holders": before} if transport else {},
        note="Takes effect when firewalls next read the list; what is connected already may go on."
        + (f" Others hold it too: {len(before)}." if before else ""),
        point=f"blocklist:{target.tenant}/{kind}/{value}",
        undone=Verification(look, (Expectation(("holders",), holder, op=Op.LACKS),)),
        residual_seconds=polled,
        residual="until every firewall has read the list again",
    )


def _named(target: Target) -> Iterator[tuple[str, str]]:
    yield from (("domain", value) for value in dict.fromkeys(target.domains))
    yield from (("address", value) for value in dict.fromkeys(target.addresses))
    yield from (("url", value) for value in dict.fromkeys(target.urls))


def _allowed(kind: str, value: str, settings: Mapping[str, Any] | None) -> None:
    host = value.partition("://")[2].partition("/")[0].partition(":")[0] if kind == "url" else value
    never = (settings or {}).get("never", ())
    for name in never if isinstance(never, list) else ():
        own = str(name).lower().strip(".")
        if kind != "address" and (host == own or host.endswith(f".{own}")):
            raise Guarded(f"{own} is never blocked here")


def _request(method: str, effect: Effect, **params: Any) -> Request:
    return Request(method, params, effect, ENDPOINT)
