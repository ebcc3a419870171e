"""What nothing may touch, and what touches too much: asked of a planned step, by itself.

A step is known by its enforcement point, by the ids in the path of its request, and by what its
parameters and the state read before call by a name (``id``, ``userName``, ``arn`` and so on). So
an account is found whatever a log called it: a vendor's file has looked up the immutable id, and
the state that it read has the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from agentwarrant.respond.connection import Connection
from agentwarrant.respond.runplan import Point
from agentwarrant.respond.vendor import actions

_NAMES = frozenset(
    "id userid clientid client username user login email mail upn userprincipalname principal"
    " rolename role arn rolearn serviceaccount account accountid agentid agent name uid sub"
    " deviceid hostname host key".split()
)
"""Keys of parameters and of state under which a thing's name stands, in small letters, bare."""

_SELECTORS = frozenset(
    "filter filters ids agentids endpointids machineids deviceids userids query where selector"
    " targets labelselector fieldselector podselector".split()
)
"""Keys of parameters that choose what a request is about."""

OWN_OPTIONS = frozenset(
    "client_id user username role role_arn principal service_account email login account key_id"
    " access_key_id device_id".split()
)
"""Options of a connection that say as whom the responder comes."""

_DEPTH = 6
_PLAIN = re.compile(r"[^a-z0-9]")


def names_of(point: Point) -> frozenset[str]:
    """Return every name by which a step says what it is about, without case."""
    step = point.step
    found = {step.point, step.point.partition(":")[2]}
    found.update(_path_parts(point))
    for part in (step.request.params, step.pre_state):
        found.update(_named(part))
    return frozenset(one.casefold() for one in found if one)


def _path_parts(point: Point) -> Iterator[str]:
    """Yield what stands in a path where the action's method has ``{}``; of another path, all."""
    action, method = actions().get(point.action), point.step.request.method
    match = _pattern(action.method).fullmatch(method) if action else None
    where = method.partition(" ")[2]
    parts = match.groups() if match else where.strip("/").split("/") if where else ()
    yield from map(unquote, parts)


@lru_cache(maxsize=1024)
def _pattern(method: str) -> re.Pattern[str]:
    return re.compile("([^/]+)".join(map(re.escape, method.split("{}"))))


def _named(value: object, depth: int = 0) -> Iterator[str]:
    if depth > _DEPTH:
        return
    if isinstance(value, Mapping):
        for key, one in value.items():
            if _bare(key) in _NAMES and isinstance(one, (str, int)):
                yield str(one)
            yield from _named(one, depth + 1)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _named(one, depth + 1)


def _bare(key: object) -> str:
    return _PLAIN.sub("", str(key).lower())


def protected_by(
    point: Point, agent: str, patterns: Iterable[str], accounts: Iterable[str] = ()
) -> str:
    """Return the pattern that protects what a step is about; empty for none.

    Args:
        point: The step.
        agent: The agent that it is about.
        patterns: ``kind:id`` of accounts, names of points, agents' ids; ``*`` and ``?`` stand for
            anything. An id protects at the vendor that its kind begins with, and in actions that
            take its kind.
        accounts: The agent's accounts. Where a protected one is among them, a step that may be
            about it, and names no other of them, counts as being about it.
    """
    names, ref = names_of(point), point.step.point.casefold()
    whole = (ref, agent.casefold(), f"agent:{agent}".casefold())
    listed = [one.casefold() for one in accounts]
    for pattern in patterns:
        asked = pattern.casefold()
        if any(fnmatchcase(one, asked) for one in whole):
            return pattern
        kind, _, identity = asked.partition(":")
        if not identity.strip("*?") or not _takes(point, kind):
            continue
        held = [one for one in listed if fnmatchcase(one, asked)]
        if _is_about(names, identity) or (held and not _names_another(point, names, listed, held)):
            return pattern
    return ""


def _takes(point: Point, kind: str) -> bool:
    """May a step be about an account of a kind?"""
    action = actions().get(point.action)
    own = {one.casefold() for one in action.kinds} if action else set()
    return kind in own or kind.partition(".")[0] in (point.action.partition(".")[0], "*")


def _names_another(
    point: Point, names: frozenset[str], accounts: list[str], held: list[str]
) -> bool:
    """Does a step name one of the agent's accounts that is not protected?"""
    others = (one.partition(":") for one in accounts if one not in held)
    return any(_takes(point, kind) and _is_about(names, name) for kind, _, name in others)


def _is_about(names: frozenset[str], identity: str) -> bool:
    if any(fnmatchcase(name, identity) for name in names):
        return True
    parts = identity.split("/")  # realm/client: each stands in its own place of a path
    return len(parts) > 1 and all(any(fnmatchcase(name, part) for name in names) for part in parts)


def own_accounts(connections: Iterable[Connection]) -> dict[str, frozenset[str]]:
    """Return the names of the responder's own accounts, by vendor, as far as options say them."""
    found: dict[str, set[str]] = {}
    for one in connections:
        names = {one.option(name).casefold() for name in OWN_OPTIONS if one.option(name)}
        found.setdefault(one.vendor, set()).update(names)
    return {vendor: frozenset(names) for vendor, names in found.items()}


def is_own(point: Point, own: Mapping[str, frozenset[str]]) -> str:
    """Return the name of the responder's own account that a step is about; empty for none."""
    vendor = point.action.partition(".")[0]
    names = names_of(point)
    split = {part for name in names for part in re.split(r"[/:]", name)}
    return min((names | split) & own.get(vendor, frozenset()), default="")


def unbounded(point: Point) -> str:
    """Return what of a step could be about everything; empty where it has its bounds."""
    identity = point.step.point.partition(":")[2]
    if point.step.point and (not identity.strip("*? /") or "*" in identity):
        return f"the point {point.step.point!r}"
    for part in _path_parts(point):
        if part.strip() in ("", "*", "%"):
            return f"the path of {point.step.request.method}"
    return _loose(point.step.request.params)


def _loose(value: Any, depth: int = 0) -> str:
    if not isinstance(value, Mapping) or depth > _DEPTH:
        return ""
    for key, one in value.items():
        is_part = depth == 0 and key == "query" and isinstance(one, Mapping)  # of an address
        if not is_part and _bare(key) in _SELECTORS and _is_all(one):
            return f"the selector {key!r}"
        found = _loose(one, depth + 1)
        if found:
            return found
    return ""


def _is_all(value: object) -> bool:
    """Does a selector choose nothing in particular?"""
    if isinstance(value, str):
        return value.strip() in ("", "*", "%")
    if isinstance(value, (list, tuple)):
        return not value or any(_is_all(one) for one in value)
    if isinstance(value, Mapping):
        return not value or all(_is_all(one) for one in value.values())
    return value is None
