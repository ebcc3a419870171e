"""Holds an action against a warrant: in scope, out of scope or undeclared, with the clause.

Every facet that an action touches (its tool, hosts, paths …) gets an answer. One that denies makes
it ``out_of_scope``. It is ``in_scope`` only when a clause allows each of them; where the warrant
says nothing of one, or it cannot be told what is touched, it is ``undeclared``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from agentwarrant.event import CLOCK, COMMAND_LIMIT, TEXT_LIMIT, Event, text_of
from agentwarrant.tools.words import class_of_words
from agentwarrant.warrant.commandline import Touched
from agentwarrant.warrant.hosts import Hosts, Target
from agentwarrant.warrant.limits import Limits
from agentwarrant.warrant.model import Allowance, Duty, Hours, Warrant
from agentwarrant.warrant.places import Place, Places
from agentwarrant.warrant.touched import WRITING, touched_by

ACTIONS = frozenset(
    {
        "tool_call", "message_sent", "peer_connect", "handoff", "agent_spawned", "payment",
        "memory_write", "schedule_created", "skill_installed", "mcp_server_added",
        "config_changed", "network_connection", "credential_issued", "credential_used", "login",
    }
)  # fmt: skip
"""What is held against a warrant; the rest of ``event.action`` is no act of an agent."""


def is_act(event: Event) -> bool:
    """Is this something that a warrant allows or denies?

    What an agent answers to whom it talks with is not; what it tells another agent is.
    """
    action = text_of(event, "event.action")
    return action in ACTIONS and (action != "message_sent" or "warrant.peer.id" in event)


_LIKE_A_CLASS = re.compile(r"\s*(?:tool:)*(?:class|action):")
_SIGNING_IN = frozenset({"login", "credential_used"})
_SHOWN = 160
_UNREAD = ("it is too long or too deep to be read whole", "what it runs is not written out")
_ORDER = {"out_of_scope": 0, "undeclared": 1, "in_scope": 2}


class Answer(NamedTuple):
    """What one clause, or the lack of one, says."""

    decision: str
    clause: str
    reason: str


class Decision(NamedTuple):
    """The whole answer.

    Attributes:
        clause: What decided; several that allow are joined by commas.
        reasons: Why, at most a few.
        duty: The standing duty that the action belongs to.
    """

    decision: str
    clause: str
    reasons: tuple[str, ...]
    duty: str = ""


def decide(event: Event, warrant: Warrant, time: int, limits: Limits) -> Decision:
    """Return what a warrant says to an action.

    Args:
        event: Is an act (``is_act``).
        warrant: The version in force.
        time: Milliseconds of the event.
        limits: Windows of rates and spending; they count this action.
    """
    status = warrant.status(time)
    if status != "registered":
        clause = {"revoked": "revoked", "expired": "valid.until"}.get(status, "valid.from")
        return Decision("out_of_scope", clause, (f"the warrant is {status}",))
    touched = touched_by(event)
    answers = list(_answers(event, warrant, touched))
    answers += _bounds(event, warrant, time, limits)
    decision = min((answer.decision for answer in answers), key=_ORDER.__getitem__)
    deciding = [answer for answer in answers if answer.decision == decision]
    clause = ", ".join(dict.fromkeys(answer.clause for answer in deciding))
    reasons = tuple(dict.fromkeys(a.reason[:_SHOWN] for a in deciding if a.reason))[:4]
    duty = "" if decision == "out_of_scope" else _duty(event, warrant.standing, touched)
    return Decision(decision, clause[:300], reasons, duty)


def _answers(event: Event, warrant: Warrant, touched: Touched) -> Iterator[Answer]:
    scope, tool_class = warrant.scope, text_of(event, "warrant.tool.class")
    action = text_of(event, "event.action")
    if action in _SIGNING_IN:
        yield Answer("in_scope", "identities", "")
    elif action != "message_sent":
        for names in calls_of(event):
            yield _named("tools", scope.tools, names)
    for target in touched.hosts:
        yield _host(scope.hosts, target)
    if touched.somewhere:
        yield Answer("undeclared", "scope.hosts", "it connects, and to where cannot be read")
    if touched.hidden:
        yield Answer("undeclared", "scope", touched.hidden)
    if "warrant.tool.unread" in event:
        yield Answer("undeclared", "scope", _UNREAD[event["warrant.tool.unread"] == ["name"]])
    elif _is_cut(event):
        yield Answer("undeclared", "scope", "it is longer than what is kept, so not all was read")
    for place in touched.paths:
        yield _path(scope.paths, place, tool_class)
    for place in touched.perhaps if scope.paths is not None else ():
        denied = scope.paths.denied(place) if scope.paths is not None else -1
        if denied >= 0:
            yield Answer("out_of_scope", f"scope.paths.deny[{denied}]", f"{place.path} is denied")
    for repository in touched.repositories:
        yield _named("repositories", scope.repositories, (repository,))
    label = text_of(event, "warrant.data.sensitivity", "none")
    if label != "none":
        yield _named("data", scope.data, (label,))
    yield from _peer(event, warrant)


def _is_cut(event: Event) -> bool:
    """Did the source write more than an event keeps?"""
    command = text_of(event, "process.command_line")
    return len(command) >= COMMAND_LIMIT or (
        not command and len(text_of(event, "warrant.arguments.text")) >= TEXT_LIMIT
    )


def names_of(event: Event) -> tuple[str, ...]:
    """Return what a warrant may call an action by: its tools, its class, its action.

    The first names it most closely, and nothing else; a tool that passed the call on comes after
    the one that it calls. Whoever names a tool does not say what it may do: one that is itself
    called ``class:read`` is ``tool:class:read`` to a warrant.
    """
    action = text_of(event, "event.action")
    tools = (text_of(event, name) for name in ("gen_ai.tool.name", "warrant.tool.through"))
    names = [_name_of(one) for one in tools]
    names.append(f"action:{action}")
    if action == "tool_call":
        names.append(f"class:{text_of(event, 'warrant.tool.class')}")
    return tuple(name for name in names if name)


def calls_of(event: Event) -> list[tuple[str, ...]]:
    """Return what a warrant may call each call by that an action makes: ``names_of``, and further.

    Of the tools that are listed beside the first the name tells the class: it is the weaker.
    """
    further, through = event.get("warrant.tool.also"), text_of(event, "warrant.tool.through")
    calls = [names_of(event)]
    for tool in further if isinstance(further, list) else ():
        names = [_name_of(one) for one in (str(tool), through) if one]
        calls.append((*names, "action:tool_call", f"class:{class_of_words(str(tool)).tool_class}"))
    return calls


def _name_of(tool: str) -> str:
    return f"tool:{tool}" if _LIKE_A_CLASS.match(tool.casefold()) else tool


def _named(facet: str, allowance: Allowance | None, names: tuple[str, ...]) -> Answer:
    shown = names[0]
    if allowance is None:
        return Answer("undeclared", f"scope.{facet}", f"nothing is declared of {facet} ({shown})")
    place = allowance.deny.find(*names)
    if place >= 0:
        return Answer("out_of_scope", f"scope.{facet}.deny[{place}]", f"{shown} is denied")
    if allowance.allow is None:
        return Answer("in_scope", f"scope.{facet}.deny", "")
    place = allowance.allow.find(*names)
    if place >= 0:
        return Answer("in_scope", f"scope.{facet}.allow[{place}]", "")
    return Answer("out_of_scope", f"scope.{facet}.allow", f"{shown} is not among the {facet}")


def _host(hosts: Hosts | None, target: Target) -> Answer:
    if not target.host:
        return Answer("undeclared", "scope.hosts", f"the host of {target.shown} cannot be told")
    shown = f"{target.host}:{target.port}" if target.port else target.host
    if hosts is None:
        return Answer("undeclared", "scope.hosts", f"nothing is declared of hosts ({shown})")
    place = hosts.denied(target)
    if place >= 0:
        return Answer("out_of_scope", f"scope.hosts.deny[{place}]", f"{shown} is denied")
    place = hosts.allowed(target)
    if place >= 0:
        return Answer("in_scope", f"scope.hosts.allow[{place}]", "")
    if place == -2:
        return Answer("in_scope", "scope.hosts.deny", "")
    like = hosts.resembled(target.host)
    reason = f"{shown} is not among the hosts"
    return Answer(
        "out_of_scope", "scope.hosts.allow", f"{reason}, and looks like {like}" if like else reason
    )


def _path(paths: Places | None, place: Place, tool_class: str) -> Answer:
    writes = tool_class in WRITING
    if paths is None:
        return Answer("undeclared", "scope.paths", f"nothing is declared of paths ({place.path})")
    denied = paths.denied(place, whole=tool_class == "destructive")
    if denied >= 0:
        return Answer("out_of_scope", f"scope.paths.deny[{denied}]", f"{place.path} is denied")
    which, found = paths.allowed(place, writes=writes)
    if which:
        clause = f"scope.paths.{which}" + (f"[{found}]" if found >= 0 else "")
        return Answer("in_scope", clause, "")
    if paths.untold(place):
        return Answer("undeclared", "scope.paths", f"what {place.shown} stands for cannot be told")
    what = "may not be written" if writes else "is not among the paths"
    return Answer("out_of_scope", "scope.paths.allow", f"{place.path} {what}")


def _peer(event: Event, warrant: Warrant) -> Iterator[Answer]:
    peer = text_of(event, "warrant.peer.id")
    tells = text_of(event, "event.action") in ("message_sent", "peer_connect", "handoff")
    if not tells:
        return
    if not peer:
        yield Answer("undeclared", "scope.peers", "who the peer is cannot be told")
        return
    peers, verified = warrant.scope.peers, text_of(event, "warrant.peer.verified")
    if peer == warrant.agent and verified == "yes":  # its own sub-agent
        return
    if peers is None:
        yield Answer("undeclared", "scope.peers", f"nothing is declared of peers ({peer})")
        return
    place = next((i for i, one in enumerate(peers) if one.id == peer), -1)
    if place < 0:
        yield Answer("out_of_scope", "scope.peers", f"{peer} is not among the peers")
    elif verified == "no":
        yield Answer("out_of_scope", f"scope.peers[{place}]", f"{peer} could not prove who it is")
    elif verified != "yes":
        yield Answer("undeclared", f"scope.peers[{place}]", f"whether it is {peer} cannot be told")
    else:
        yield Answer("in_scope", f"scope.peers[{place}]", "")


def _bounds(event: Event, warrant: Warrant, time: int, limits: Limits) -> Iterator[Answer]:
    scope = warrant.scope
    yield from _hours(event, scope.hours, time)
    if scope.rates:
        calls = calls_of(event)
        for place, rate in enumerate(scope.rates):
            counted = [names for names in calls if rate.of.find(*names) >= 0]
            over = [limits.act(warrant.tenant, warrant.agent, rate, time) for _ in counted]
            if any(over):
                reason = f"more than {rate.limit} of {rate.shown} a {rate.per}"
                yield Answer("out_of_scope", f"scope.rates[{place}]", reason)
    yield from _delegation(event, warrant)
    yield from _spending(event, warrant, time, limits)


def _hours(event: Event, hours: Hours | None, time: int) -> Iterator[Answer]:
    """Hold the time to the hours; that of a file or a session is not when the agent acted."""
    if hours is None or hours.are_all:
        return
    if CLOCK in event:
        yield Answer("undeclared", "scope.hours", "the record says no time to hold its hours to")
    elif not _open(hours, time):
        yield Answer("out_of_scope", "scope.hours", f"outside its hours ({hours.zone})")


def _delegation(event: Event, warrant: Warrant) -> Iterator[Answer]:
    depth, to = warrant.scope.depth, warrant.scope.delegates
    action = text_of(event, "event.action")
    delegates = action in ("agent_spawned", "handoff") or (
        action == "tool_call" and text_of(event, "warrant.tool.class") == "delegate"
    )
    if depth is None or not delegates:
        return
    lineage = text_of(event, "warrant.session.lineage")
    if lineage.count(" > ") >= depth:
        yield Answer("out_of_scope", "scope.delegation.depth", f"deeper than {depth}")
    peer = text_of(event, "warrant.peer.id")
    if peer and to is not None and to.find(peer) < 0:
        yield Answer("out_of_scope", "scope.delegation.to", f"{peer} is not among them")


def _spending(event: Event, warrant: Warrant, time: int, limits: Limits) -> Iterator[Answer]:
    amount, pays = event.get("warrant.payment.amount"), "warrant.payment.kind" in event
    if not pays:
        return
    if not warrant.scope.spending:
        yield Answer("undeclared", "scope.spending", "nothing is declared of spending")
        return
    currency = text_of(event, "warrant.payment.currency").upper()
    if not isinstance(amount, int | float) or not math.isfinite(amount) or not currency:
        yield Answer("undeclared", "scope.spending", "amount or currency cannot be told")
        return
    known = False
    for place, limit in enumerate(warrant.scope.spending):
        if limit.currency != currency:
            continue
        known = True
        spent = limits.spend(warrant.tenant, warrant.agent, limit, abs(amount), time)
        if spent > limit.limit and not math.isclose(spent, limit.limit, rel_tol=1e-9):
            reason = f"{spent:g} {currency} where {limit.limit:g} a {limit.per} are allowed"
            yield Answer("out_of_scope", f"scope.spending[{place}]", reason)
        else:
            yield Answer("in_scope", f"scope.spending[{place}]", "")
    if not known:
        yield Answer("out_of_scope", "scope.spending", f"no {currency} may be spent")


def _open(hours: Hours, time: int) -> bool:
    moment = datetime.fromtimestamp(time // 1000, UTC).astimezone(_zone(hours.zone))
    minute = moment.hour * 60 + moment.minute
    if hours.start <= hours.end:
        return hours.start <= minute < hours.end and moment.weekday() in hours.days
    if minute < hours.end:  # the night began the day before
        return (moment - timedelta(days=1)).weekday() in hours.days
    return minute >= hours.start and moment.weekday() in hours.days


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _duty(event: Event, standing: tuple[Duty, ...], touched: Touched) -> str:
    """Return the name of the standing duty that an action belongs to; or ''."""
    calls, origin = calls_of(event), text_of(event, "warrant.origin", "unknown")
    for duty in standing:
        if any(duty.tools.find(*names) < 0 for names in calls):
            continue
        if duty.origins and origin not in duty.origins:
            continue
        hosts = duty.hosts
        if touched.hidden or touched.somewhere:
            continue
        if any(hosts is None or hosts.allowed(t) < 0 for t in touched.hosts):
            continue
        places, writes = duty.paths, text_of(event, "warrant.tool.class") in WRITING
        if any(places is None or not places.allowed(p, writes=writes)[0] for p in touched.paths):
            continue
        return duty.name
    return ""
