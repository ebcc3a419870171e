"""Who can do what to whom: what is asked for, and the actions and connections that answer it.

An action answers where its kinds fit something of the target: an account over a connection that
serves it, what a case names (a domain, a host, a tool), or the agent itself at a vendor that runs
the agents of its source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from agentwarrant.respond.action import Action, Target
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.vendor import actions, vendors

FACETS = {
    "host": "hosts",
    "domain": "domains",
    "address": "addresses",
    "url": "urls",
    "tool": "tools",
    "server": "servers",
}
"""Kinds of what a case names beside accounts, and where a target has them."""

CASE = "case"
RUNTIME = "runtime"
IDENTITIES = "identities"
PARTS: dict[str, frozenset[str]] = {
    IDENTITIES: frozenset(),
    RUNTIME: frozenset(),
    "hosts": frozenset({"host"}),
    "indicators": frozenset({"domain", "address", "url"}),
    "tools": frozenset({"tool"}),
    "servers": frozenset({"server"}),
    "case": frozenset({CASE}),
}
"""Parts of a target, as playbooks call them, and the kinds that belong to each.

Accounts of every kind are ``identities``; the agent where it runs is ``runtime``.
"""


@dataclass(frozen=True, slots=True)
class Way:
    """One action over one connection, about the part of a target that both are for.

    Attributes:
        connection: None: no configuration was given, and nothing is reached.
    """

    action: Action
    connection: Connection | None
    target: Target

    @property
    def over(self) -> str:
        """Name of the connection."""
        return self.connection.name if self.connection else self.action.vendor


def asked_for(verb: str, action: str, about: Sequence[str] = ()) -> list[Action]:
    """Return the actions that a step asks for, by id."""
    found = actions()
    listed = (
        [found[action]]
        if action
        else [one for _, one in sorted(found.items()) if str(one.verb) == verb]
    )
    return [one for one in listed if are_meant(one, about)]


def are_meant(action: Action, about: Sequence[str]) -> bool:
    """Is an action about one of these parts or kinds? All are, where none is named."""
    return not about or any(_is_about(action, word) for word in about)


def _is_about(action: Action, word: str) -> bool:
    if word == RUNTIME:
        return not action.kinds
    if word == IDENTITIES:
        return any("." in kind for kind in action.kinds)
    if word in PARTS:
        return bool(action.kinds & PARTS[word])
    return any(fnmatchcase(kind, word) for kind in action.kinds)


def has(target: Target, word: str) -> bool:
    """Has a target something of a part, or an account of a kind (``okta.*``)?"""
    kinds = {ref.partition(":")[0] for ref in target.accounts}
    if word == RUNTIME:
        return any(kind.endswith(".agent") for kind in kinds)
    if word == IDENTITIES:
        return bool(kinds)
    if word == CASE:
        return bool(target.case)
    if word in PARTS:
        return any(getattr(target, FACETS[kind]) for kind in PARTS[word])
    return any(fnmatchcase(kind, word) for kind in kinds)


def ways(
    wanted: Sequence[Action],
    target: Target,
    connections: Callable[[str], Sequence[Connection | None]],
) -> Iterator[Way]:
    """Yield what there is to do for some actions, by connection and action.

    Args:
        connections: Returns those of a vendor that may be used for the target's tenant.
    """
    found = [
        Way(action, connection, part)
        for action in wanted
        for connection in connections(action.vendor)
        for part in narrowed(action, target, connection)
    ]
    yield from sorted(found, key=lambda way: way.over)


def narrowed(action: Action, target: Target, connection: Connection | None) -> list[Target]:
    """Return the target with only what an action over a connection may be about; or nothing.

    Accounts of kinds that the action does not act on stay: they tell whose the others are.
    """
    if not action.kinds:
        return [replace(target, agent=agent) for agent in _agents(action, target, connection)]
    accounts = tuple(
        ref for ref in target.accounts if _kind(ref) not in action.kinds or _takes(connection, ref)
    )
    facets: dict[str, Any] = {
        attribute: tuple(
            one
            for one in getattr(target, attribute)
            if kind not in action.kinds or _names(connection, kind, one)
        )
        for kind, attribute in FACETS.items()
    }
    part = replace(target, accounts=accounts, **facets)
    anything = (
        CASE in action.kinds
        or any(_kind(ref) in action.kinds for ref in accounts)
        or any(facets[attribute] for kind, attribute in FACETS.items() if kind in action.kinds)
    )
    return [part] if anything else []


def _agents(action: Action, target: Target, connection: Connection | None) -> list[str]:
    """Return what a vendor's own sources call the agent: ``host/agent`` where hosts differ."""
    kinds = {f"{source}.agent" for source in vendors()[action.vendor].sources}
    refs = [ref for ref in target.accounts if _kind(ref) in kinds and _takes(connection, ref)]
    return list(dict.fromkeys(ref.partition(":")[2].rpartition("/")[2] for ref in refs))


def _kind(ref: str) -> str:
    return ref.partition(":")[0]


def _takes(connection: Connection | None, ref: str) -> bool:
    return connection is None or connection.takes(ref)


def _names(connection: Connection | None, kind: str, name: str) -> bool:
    """Is a connection for a domain, a host and so on? Where it names none of them, for all."""
    if connection is None or not any(one.startswith(f"{kind}:") for one in connection.serves):
        return True
    return connection.takes(f"{kind}:{name}")


def vendors_for(ref: str) -> list[str]:
    """Return the vendors that can act on an account, by name."""
    kind = _kind(ref)
    acting = {one.vendor for one in actions().values() if kind in one.kinds}
    running = {v.name for v in vendors().values() if kind in {f"{s}.agent" for s in v.sources}}
    return sorted(acting | running)


def not_covered(
    target: Target, connections: Callable[[str], Sequence[Connection]]
) -> Iterator[tuple[str, str]]:
    """Yield each account of a target that nothing here can act on, and why."""
    for ref in target.accounts:
        able = vendors_for(ref)
        if not able:
            yield ref, f"no vendor here acts on {_kind(ref)}"
        elif not any(one.takes(ref) for vendor in able for one in connections(vendor)):
            yield ref, f"no connection to {' or '.join(able)} is configured for it"
