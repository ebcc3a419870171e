"""Signs of an agent that nobody declared: in its own log, at an identity provider, on the wire.

A sign is a clause for a reader. What a log of agents writes, or an identity provider calls an
agent, is one; known runtimes and the use of a model's API are others (``agent_runtimes.json``);
the last is a person's account that acts as no person could.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from agentwarrant.event import Event, text_of
from agentwarrant.runtimes import Runtimes, runtime_of, runtimes
from agentwarrant.warrant.scope import ACTIONS

_ACCOUNTS = 20_000
_BURST = 40
_BURST_MS = 10_000
"""A person does not do forty things in ten seconds; a page that loads many things may, once."""
_BURSTS = 3
_DAY_MS = 86_400_000
_HOURS_AWAKE = 24
_HOUR_MS = 3_600_000
_NOT_BY_HAND = frozenset({"login", "credential_used", "network_connection"})
"""Devices do these by themselves, all night: they renew tokens and load pages."""


class Shadows:
    """Finds signs, event by event, in order of time; state is by tenant and account, bounded.

    Args:
        accounts: How many are remembered at once; whoever acted longest ago is let go.

    Attributes:
        evicted: Accounts that were let go.
    """

    def __init__(self, accounts: int = _ACCOUNTS) -> None:
        self._most = accounts
        self._paces: OrderedDict[tuple[str, str], _Pace] = OrderedDict()
        self.evicted = 0

    def signs(self, event: Event, time: int) -> Iterator[str]:
        """Yield what in an event says that an agent is behind it.

        Args:
            event: An attributed event.
            time: Its milliseconds.
        """
        module = text_of(event, "event.module")
        agentic = text_of(event, "warrant.identity.agentic")
        if agentic == "yes":
            yield f"{module} calls it an AI agent"
        elif text_of(event, "gen_ai.agent.id", "unknown") != "unknown":
            yield f"it is in the log of {module}"
        yield from _runtime_signs(event)
        if agentic != "yes" and _by_hand(event):
            yield from self._pace(event, time)

    def _pace(self, event: Event, time: int) -> Iterator[str]:
        key = (text_of(event, "organization.id"), text_of(event, "entity.id"))
        pace = self._paces.get(key)
        if pace is None:
            pace = self._paces[key] = _Pace()
            if len(self._paces) > self._most:
                self._paces.popitem(last=False)
                self.evicted += 1
        else:
            self._paces.move_to_end(key)
        yield from pace.step(time)

    def snapshot(self) -> list[Any]:
        """Return the state as plain JSON values."""
        return [[*key, *pace.state()] for key, pace in self._paces.items()]

    def restore(self, state: list[Any]) -> None:
        """Take a snapshot over, in the place of what is here."""
        self._paces = OrderedDict(
            ((tenant, account), _Pace(recent, bursts, hours))
            for tenant, account, recent, bursts, hours in state
        )


def _by_hand(event: Event) -> bool:
    """Is this something that a person's account does when the person does something?

    One command starts many processes, one page many connections.
    """
    action = text_of(event, "event.action")
    if action not in ACTIONS or action in _NOT_BY_HAND or "process.pid" in event:
        return False
    return "user.id" in event or "user.name" in event


class _Pace:
    """How fast and how long an account acts."""

    __slots__ = ("_bursts", "_hours", "_recent")

    def __init__(
        self, recent: Iterable[int] = (), bursts: Iterable[int] = (), hours: Iterable[int] = ()
    ) -> None:
        self._recent = deque(recent, maxlen=_BURST)
        self._bursts = deque(bursts, maxlen=_BURSTS)
        self._hours = deque(hours, maxlen=_HOURS_AWAKE)

    def step(self, time: int) -> Iterator[str]:
        """Count an action; yield what no person could have done."""
        self._recent.append(time)
        if len(self._recent) == _BURST and 0 <= time - self._recent[0] < _BURST_MS:
            self._bursts.append(time)
            self._recent.clear()
            if len(self._bursts) == _BURSTS and time - self._bursts[0] < _DAY_MS:
                yield f"{_BURST} actions within {_BURST_MS // 1000} seconds, again and again"
        hour = time // _HOUR_MS
        if self._hours and hour <= self._hours[-1]:
            return
        if self._hours and hour > self._hours[-1] + 1:
            self._hours.clear()
        self._hours.append(hour)
        if len(self._hours) == _HOURS_AWAKE:
            yield f"it acted in {_HOURS_AWAKE} hours running"

    def state(self) -> list[Any]:
        return [list(self._recent), list(self._bursts), list(self._hours)]


def _runtime_signs(event: Event) -> Iterator[str]:
    known = runtimes()
    browser = text_of(event, "user_agent.original").lower()
    if browser:
        name = next((n for text, n in known.user_agents.items() if text in browser), "")
        if name:
            yield f"its user agent is that of {name}"
    host = _host(text_of(event, "url.domain") or text_of(event, "destination.domain"))
    if host and _thinks(host):
        yield f"it uses a model at {host}"
    asked = _host(text_of(event, "dns.question.name"))
    if asked and _thinks(asked):
        yield f"it looks up the model at {asked}"
    port = event.get("destination.port")
    if isinstance(port, int) and port in known.ports:
        inbound = "destination.address" not in event
        verb = "is reached at" if inbound else "speaks to"
        yield f"it {verb} port {port} of {known.ports[port]}"
    if "process.name" in event:
        yield from _process_signs(event, known)


def _host(name: str) -> str:
    return name.lower().rstrip(".")


@lru_cache(maxsize=8192)
def _thinks(host: str) -> bool:
    """Is a model's API there?"""
    return any(host == api or host.endswith(f".{api}") for api in runtimes().model_apis)


def _process_signs(event: Event, known: Runtimes) -> Iterator[str]:
    name = runtime_of(text_of(event, "process.name"), text_of(event, "process.command_line"))
    if name:
        yield f"it is a process of {name}"
    parent = runtime_of(
        text_of(event, "process.parent.name"), text_of(event, "process.parent.command_line")
    )
    if parent and parent != name:
        yield f"{parent} started its process"
    variables = event.get("process.env_vars")
    for pair in variables if isinstance(variables, list) else ():
        variable = str(pair).partition("=")[0]
        if variable in known.environment:
            yield f"{known.environment[variable]} set {variable} for it"
