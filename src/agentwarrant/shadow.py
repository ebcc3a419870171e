"""Signs of an agent that nobody declared: in its own log, at an identity provider, on the wire.

A sign is a clause for a reader. What a log of agents writes, or an identity provider calls an
agent, is one; known runtimes and the use of a model's API are others (``agent_runtimes.json``);
the last is a person's account that acts as no person could.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from agentwarrant.event import Event, text_of
from agentwarrant.schema import load

_ACCOUNTS = 20_000
_BURST = 40
_BURST_MS = 10_000
"""A person does not do forty things in ten seconds; a page that loads many things may, once."""
_BURSTS = 3
_AWAKE_MS = 26 * 3_600_000
_HOURS_AWAKE = 24
_HOUR_MS = 3_600_000
_INTERPRETERS = frozenset({"node", "python", "python3", "bun", "deno", "npx", "uvx", "npm"})


class _Runtimes(NamedTuple):
    processes: dict[str, str]
    commands: dict[str, str]
    environment: dict[str, str]
    user_agents: dict[str, str]
    ports: dict[int, str]
    model_apis: tuple[str, ...]


@cache
def _runtimes() -> _Runtimes:
    table = load("agent_runtimes.json")

    def by(key: str) -> dict[Any, str]:
        return {one: row["name"] for row in table["runtimes"] for one in row.get(key, ())}

    return _Runtimes(
        by("processes"),
        by("commands"),
        by("environment"),
        by("user_agents"),
        by("ports"),
        tuple(table["model_apis"]),
    )


class Shadows:
    """Finds signs, event by event, in order of time; state is by tenant and account, bounded."""

    def __init__(self) -> None:
        self._paces: OrderedDict[tuple[str, str], _Pace] = OrderedDict()

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
        if agentic != "yes" and text_of(event, "user.id"):
            yield from self._pace(event, time)

    def _pace(self, event: Event, time: int) -> Iterator[str]:
        key = (text_of(event, "organization.id"), text_of(event, "entity.id"))
        pace = self._paces.get(key)
        if pace is None:
            pace = self._paces[key] = _Pace()
            if len(self._paces) > _ACCOUNTS:
                self._paces.popitem(last=False)
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


class _Pace:
    """How fast and how long an account acts."""

    __slots__ = ("_bursts", "_hours", "_recent")

    def __init__(
        self, recent: list[int] | None = None, bursts: int = 0, hours: list[int] | None = None
    ) -> None:
        self._recent = deque(recent or (), maxlen=_BURST)
        self._bursts = bursts
        self._hours = deque(hours or (), maxlen=_HOURS_AWAKE)

    def step(self, time: int) -> Iterator[str]:
        """Count an action; yield what no person could have done."""
        self._recent.append(time)
        if len(self._recent) == _BURST and time - self._recent[0] < _BURST_MS:
            self._bursts += 1
            self._recent.clear()
            if self._bursts >= _BURSTS:
                yield f"{_BURST} actions within {_BURST_MS // 1000} seconds, {self._bursts} times"
        hour = time // _HOUR_MS
        if not self._hours or self._hours[-1] != hour:
            self._hours.append(hour)
            full = len(self._hours) == _HOURS_AWAKE
            if full and (hour - self._hours[0]) * _HOUR_MS <= _AWAKE_MS:
                yield f"it acted in {_HOURS_AWAKE} hours running"

    def state(self) -> list[Any]:
        return [list(self._recent), self._bursts, list(self._hours)]


def _runtime_signs(event: Event) -> Iterator[str]:
    known = _runtimes()
    browser = text_of(event, "user_agent.original").lower()
    if browser:
        name = next((n for text, n in known.user_agents.items() if text in browser), "")
        if name:
            yield f"its user agent is that of {name}"
    host = text_of(event, "url.domain") or text_of(event, "destination.domain")
    if host and any(host == api or host.endswith(f".{api}") for api in known.model_apis):
        yield f"it uses a model at {host}"
    port = event.get("destination.port")
    if isinstance(port, int) and port in known.ports:
        yield f"it speaks to port {port} of {known.ports[port]}"
    if "process.name" in event:
        yield from _process_signs(event, known)


def _process_signs(event: Event, known: _Runtimes) -> Iterator[str]:
    process = text_of(event, "process.name").lower().removesuffix(".exe")
    name = known.processes.get(process)
    if not name and process in _INTERPRETERS:
        line = text_of(event, "process.command_line").lower()
        name = next((n for text, n in known.commands.items() if text in line), "")
    if name:
        yield f"it is a process of {name}"
    variables = event.get("process.env_vars")
    for pair in variables if isinstance(variables, list) else ():
        variable = str(pair).partition("=")[0]
        if variable in known.environment:
            yield f"{variable} in its environment is set by {known.environment[variable]}"
