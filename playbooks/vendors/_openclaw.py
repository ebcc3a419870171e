"""OpenClaw: requests, names and the agent's entry in the configuration, for ``openclaw.py``.

Names come from logs that the agent could write. They are checked against the gateway's own form of
an id, and against what the gateway itself lists, before they stand in a request: a path such as
``agents.entries.<id>.tools.deny`` must not be made to name something else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agentwarrant.errors import ResponseError
from agentwarrant.event import compact_json, cut
from agentwarrant.faults import short
from agentwarrant.respond.action import Expectation, Verification
from agentwarrant.respond.transport import Effect, Fresh, Path, Request, Transport, at

ENDPOINT = "OpenClaw gateway, WebSocket"
MAX_STEPS = 50
APPLIED = Expectation(("appliedConfigHash",), same_as=("configRevisionHash",))
"""The configuration on disk is the one that runs."""

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII | re.IGNORECASE)
_JOB = re.compile(r"[a-z0-9][a-z0-9_-]{0,127}", re.ASCII | re.IGNORECASE)
_KEY_LENGTH = 512
PAGE = 200
_MAX_ROWS = 5_000
_SHOWN = 80
_NOT_CHANNELS = frozenset(
    {"cron", "defaults", "explicit", "global", "heartbeat", "hook", "main", "subagent", "unknown"}
)
"""What stands in a channel's place in a session key, or among the channels' settings."""


# Configuration ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """An agent's entry in the configuration.

    Attributes:
        key: As the configuration writes it.
        settings: What stands there now.
        owner: What ``agents.ownership`` must be set to beside it, and what it was.
        known: Was it read.
    """

    key: str
    settings: Mapping[str, Any]
    owner: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    known: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        return () if self.known else ("The configuration was not read: no undo is prepared",)

    def was(self, value: object) -> str:
        return was(value, self.known)

    def patch(self, wanted: Mapping[str, Any], replaces: Path = ()) -> Request:
        """Return the patch that changes this entry and nothing else."""
        return patch({"agents": {**self.owner[0], "entries": {self.key: wanted}}}, replaces)

    def undone(self, place: Path, before: object) -> Verification | None:
        """Return the read that shows that a setting of this entry is what it was."""
        if not self.known:
            return None
        setting: Path = ("parsed", "agents", "entries", self.key, *place)
        return Verification(read("config.get"), (Expectation(setting, before), APPLIED))

    def undo(self, before: Mapping[str, Any], replaces: Path = ()) -> tuple[Request, ...]:
        """Return the patch back to what was read; none when nothing was."""
        back = {"agents": {**self.owner[1], "entries": {self.key: before}}}
        return (patch(back, replaces),) if self.known else ()


def entry_of(name: str, transport: Transport | None) -> Entry:
    """Return the agent's entry, read where it can be.

    Raises:
        ResponseError: The gateway has no such agent; a patch would make one.
    """
    agent = agent_id(name)
    if transport is None:
        return Entry(agent, {})
    agents = at(transport.send(read("config.get")), ("parsed", "agents"))
    if at(agents, ("list",)) is not None:
        raise ResponseError("this gateway's configuration has agents.list", where=ENDPOINT)
    roster = mapping(at(agents, ("entries",)))
    key = next((k for k in roster if isinstance(k, str) and k.lower() == agent), "")
    if not key and not roster and _is_implied(agent, transport):
        key = agent  # the one agent of a gateway whose configuration names none
    if not _ID.fullmatch(key):
        raise ResponseError(f"the gateway has no agent {agent}", where=ENDPOINT)
    settings = mapping(roster.get(key))
    ownership = at(agents, ("ownership",))
    shared = len(roster) > 1 and ownership != "explicit"  # a patch is refused without it
    owner = ({"ownership": "explicit"}, {"ownership": ownership}) if shared else ({}, {})
    return Entry(key, settings, owner, known=True)


def _is_implied(agent: str, transport: Transport) -> bool:
    listed = transport.send(read("agents.list"))
    return at(listed, ("agents", ("id", agent))) is not None


def patch(wanted: Mapping[str, Any], replaces: Path = ()) -> Request:
    """Return a patch of the configuration; lists are replaced or removed only where named."""
    params: dict[str, Any] = {"raw": compact_json(wanted)}
    if replaces:
        params["replacePaths"] = [".".join(map(str, replaces))]
    return change("config.patch", params, Fresh("baseHash", "config.get", ("hash",)))


def was(value: object, known: bool) -> str:
    """Say what a setting is now."""
    if not known:
        return "not read,"
    return "not set" if value is None else cut(compact_json(value), _SHOWN)[0]


def also_cut(config: Any, channel: str, agent: str) -> str:
    """Say whom else a closed channel cuts off, as far as the bindings tell."""
    if config is None:
        return "Every agent that is reached over this channel is cut off."
    bindings = at(config, ("parsed", "bindings"))
    others = {
        str(at(binding, ("agentId",)))
        for binding in (bindings if isinstance(bindings, list) else ())
        if at(binding, ("match", "channel")) == channel
    } - {agent}
    if not others:
        return "No binding gives this channel to another agent."
    return f"It also cuts off {', '.join(sorted(short(other) for other in others))}."


# Requests and names ----------------------------------------------------------------------


def read(method: str, **params: Any) -> Request:
    """Return a request that only reads."""
    return Request(method, params, Effect.READ, ENDPOINT)


def change(method: str, params: Mapping[str, Any], *fresh: Fresh) -> Request:
    """Return a request that changes something."""
    return Request(method, params, Effect.CHANGE, ENDPOINT, fresh)


_LISTS: dict[str, tuple[str, dict[str, Any]]] = {
    "sessions": ("sessions.list", {}),
    "jobs": ("cron.list", {"includeDisabled": True}),
}


def rows_of(transport: Transport, name: str, agent: str) -> Iterator[Mapping[str, Any]]:
    """Yield an agent's sessions or jobs, page by page."""
    method, params = _LISTS[name]
    for offset in range(0, _MAX_ROWS, PAGE):
        asked = read(method, **params, agentId=agent, limit=PAGE, offset=offset)
        answer = transport.send(asked)
        rows = at(answer, (name,))
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, Mapping) and _belongs(row, agent):
                yield row
        if at(answer, ("hasMore",)) is not True:
            return


def _belongs(row: Mapping[str, Any], agent: str) -> bool:
    """Return whether a row is the agent's, whatever the gateway made of the filter."""
    owner = row.get("effectiveAgentId") or row.get("agentId")
    return owner == agent or is_session_of(str(row.get("key")), agent)


def agent_id(name: str) -> str:
    """Return an agent's id as the gateway keeps it.

    Raises:
        ResponseError: The name cannot be an id.
    """
    if not _ID.fullmatch(name) or name == "unknown":
        raise ResponseError(f"{short(name)} is no agent id", where=ENDPOINT)
    return name.lower()


def is_session_of(key: str, agent: str) -> bool:
    """Return whether a text is a session key of this agent and of no other."""
    fits = len(key) <= _KEY_LENGTH and key.isprintable()
    return fits and key.lower().startswith(f"agent:{agent}:") and not key.endswith(":")


def is_channel(name: str) -> bool:
    """Return whether a name can be a channel's."""
    return bool(_ID.fullmatch(name)) and name not in _NOT_CHANNELS


def jobs_named(sessions: Iterable[str], agent: str) -> Iterator[str]:
    """Yield job ids out of session keys: ``agent:<id>:cron:<job>`` and what may follow."""
    for key in sessions:
        parts = key.split(":")
        cron = len(parts) > 3 and parts[2].lower() == "cron" and _JOB.fullmatch(parts[3])
        if cron and is_session_of(key, agent):
            yield parts[3]


def sorted_out(names: Iterable[str], fits: Callable[[str], bool]) -> tuple[list[str], list[str]]:
    """Return the names that fit and those that do not."""
    good: list[str] = []
    odd: list[str] = []
    for name in names:
        (good if fits(name) else odd).append(name)
    return good, odd


def too_many(items: list[Any]) -> tuple[str, ...]:
    """Say how many did not get a step."""
    more = len(items) - MAX_STEPS
    return (f"{more} more are not shown",) if more > 0 else ()


def mapping(value: object) -> Mapping[str, Any]:
    """Return the value if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}
