"""What actions that tell people have in common: a message, once for a case, in plain text.

Everything in a message may come from an agent. It is cut, it has no control characters, and each
vendor's file writes it in its own form so that nothing in it is a link, a mention or markup.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar

from agentwarrant.errors import ResponseError
from agentwarrant.event import cut, digest
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
from agentwarrant.respond.http import connection_of
from agentwarrant.respond.told import Told
from agentwarrant.respond.transport import Effect, Request, Transport
from agentwarrant.respond.vendor import HttpVendor

TOLD = "told"
KEY = "key"
_TITLE, _SUMMARY = 150, 2_000


class TellVendor(HttpVendor):
    """A system that takes messages; what it took is remembered here (``told``)."""

    reads = frozenset({TOLD})

    @contextmanager
    def connect(self, connection: Connection, *, changes: bool = False) -> Iterator[Transport]:
        authorize = self.authorize(connection)
        with http.connect(connection, authorize, usual=self.usual_url) as opened:
            yield Teller(opened, connection, self.refusal)

    def refusal(self, answer: Any, where: str) -> ResponseError | None:
        """Return what an answer with a good status refuses all the same; None when it does not."""
        return None


class Teller:
    """Gives messages on, and remembers the key of each that was taken."""

    def __init__(
        self,
        inner: Transport,
        connection: Connection,
        refusal: Callable[[Any, str], ResponseError | None] = lambda answer, where: None,
    ) -> None:
        self.connection = connection
        self._inner = inner
        self._refusal = refusal
        self._told = Told(connection.folder, connection.name)

    def send(self, request: Request) -> Any:
        """Return what the system said; to ``told``, whether a message was taken."""
        if request.method == TOLD:
            return {TOLD: self._told.has(request.params[KEY])}
        params = dict(request.params)
        key = params.pop(KEY, "")
        answer = self._inner.send(replace(request, params=params))
        refused = self._refusal(answer, self.connection.name)
        if refused is not None:
            raise refused
        if key:
            self._told.add(key)
        return answer


class Tell(Action):
    """Tell somebody about a case, once."""

    verb = Verb.NOTIFY
    kinds = frozenset({"case"})
    title = "Tell people about the case"
    reversibility = Reversibility.READ_ONLY  # no agent can do less or more for it
    required_permissions: ClassVar[tuple[str, ...]]
    propagation_seconds = 5.0

    @abstractmethod
    def message(self, target: Target, connection: Connection | None) -> tuple[str, dict[str, Any]]:
        """Return where a message goes (a path) and what is sent (``json`` …)."""

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        connection = connection_of(transport)
        where, params = self.message(clean(target), connection)
        key = key_of(self.id, target)
        request = Request(f"POST {where}", {**params, KEY: key}, Effect.CHANGE, self.vendor)
        told = Request(TOLD, {KEY: key}, Effect.READ, self.vendor)
        step = Step(
            title=self.title,
            request=request,
            changes="somebody knows of the case",
            verify=Verification(told, (Expectation((TOLD,), True),)),
            note="A message cannot be taken back. Killed while it is sent, it is sent again.",
            point=f"{self.vendor}:{target.tenant}/{target.case}",
        )
        return Plan(self.id, target, (step,))


def key_of(action: str, target: Target) -> str:
    """Return what makes two messages the same one: the action, the tenant and the case."""
    return digest(action, target.tenant, target.case, target.agent)


def clean(target: Target) -> Target:
    """Return a target whose words are fit for people: printable, and not too long."""
    return replace(
        target,
        agent=line(target.agent),
        tenant=line(target.tenant),
        case=line(target.case),
        title=line(target.title) or "An agent needs attention",
        severity=line(target.severity) or "unknown",
        summary=lines(target.summary),
    )


def line(text: str, most: int = _TITLE) -> str:
    """Return a text as one printable line."""
    return cut(" ".join("".join(c if c.isprintable() else " " for c in text).split()), most)[0]


def lines(text: str, most: int = _SUMMARY) -> str:
    """Return a text as printable lines."""
    return cut("\n".join(filter(None, (line(one, most) for one in text.splitlines()))), most)[0]


def facts(target: Target) -> Mapping[str, str]:
    """Return what every message says, by what it is called."""
    return {
        "Agent": target.agent,
        "Tenant": target.tenant,
        "Severity": target.severity,
        "Case": target.case,
    }


def text(target: Target) -> str:
    """Return the message as plain text."""
    named = "\n".join(f"{name}: {value}" for name, value in facts(target).items() if value)
    return f"{target.title}\n\n{named}\n\n{target.summary}".rstrip() + "\n"
