"""What stops working with an agent: said before anybody stops it.

From its warrant and those of others: who owns it, what it does by itself, who shares an account
with it, who hands work to it. From the inventory: whom it obeyed, and over which channels.
"""

from __future__ import annotations

from collections.abc import Iterator

from agentwarrant.finding import Case
from agentwarrant.respond.action import Target
from agentwarrant.respond.planning.targets import Known
from agentwarrant.respond.wording import plain
from agentwarrant.warrant.model import Warrant

MOST = 20


def stops_with(case: Case, target: Target, known: Known) -> list[str]:
    """Return what stops working, a line each, for a person; the same for the same state."""
    lines = list(dict.fromkeys(_lines(case, target, known)))
    more = len(lines) - MOST
    return lines if more <= 0 else [*lines[:MOST], f"And {more} more"]


def _lines(case: Case, target: Target, known: Known) -> Iterator[str]:
    warrant = known.warrant(case)
    if warrant is not None:
        yield f"It is owned by {plain(warrant.owner, 120)}, who is to be told"
        if warrant.purpose:
            yield f"It is there for this: {plain(warrant.purpose, 200)}"
        for duty in warrant.standing:
            yield f"It does this by itself, and no longer will: {plain(duty.name, 120)}"
    if target.channels:
        yield f"Nobody is answered over {', '.join(target.channels[:10])} any more"
    yield from _users(case, known)
    yield from _others(case, target, known)


def _users(case: Case, known: Known) -> Iterator[str]:
    entry = known.entry(case)
    if entry is None:
        return
    people = {name.split("\x1f")[1] for name in entry.principals if name.startswith("human\x1f")}
    if people:
        number = len(people) + entry.principals.more
        yield f"{number} {'person works' if number == 1 else 'people work'} with it"
    for other in sorted(entry.shared)[:MOST]:
        yield f"The agent {plain(other, 120)} was seen with a credential of it, and stops with it"


def _others(case: Case, target: Target, known: Known) -> Iterator[str]:
    accounts = set(target.accounts)
    for other in sorted(known.registry or (), key=lambda one: one.agent):
        if other.tenant != case.tenant or other.agent == case.agent:
            continue
        name = plain(other.agent, 120)
        for account in other.accounts:
            if account.ref in accounts:
                yield f"The agent {name} has {plain(account.ref, 120)} too, and stops with it"
        if _hands_work_to(other, case.agent):
            yield f"The agent {name} hands work to it"


def _hands_work_to(other: Warrant, agent: str) -> bool:
    delegates = other.scope.delegates
    return delegates is not None and delegates.find(agent) >= 0
