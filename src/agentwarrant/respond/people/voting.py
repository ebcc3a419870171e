"""Votes about approvals: who may, and that the signature is theirs and of this very request.

No agent approves, and nobody who wrote what set the run off; two names with one key or one account
are one person. Nothing is taken from what a voter says of the plan: only from the ledger.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select

from agentwarrant.errors import ConfigError, NotApproved, UsageError
from agentwarrant.faults import closest
from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger.tables import runs, votes
from agentwarrant.respond.people.approvals import (
    OPEN,
    Asked,
    State,
    asked,
    become,
    close,
    latest,
    now_ms,
)
from agentwarrant.respond.people.keys import is_signed
from agentwarrant.respond.settings import Approver, Settings

YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Electorate:
    """Who may not vote about a run, whoever they are.

    Attributes:
        agents: Accounts (``kind:id``) that agents hold, by the warrants and the run.
        authors: Accounts or ids of whoever wrote what set the run off.
        only: Names or accounts that alone may vote (the agent's warrant says so); empty: all.
    """

    agents: Collection[str] = ()
    authors: Collection[str] = ()
    only: Collection[str] = ()

    def faults(self, approver: Approver) -> Iterator[str]:
        """Yield why an approver may not vote."""
        own = {_folded(ref) for ref in approver.subjects}
        bare = own | {ref.partition(":")[2] for ref in own if ":" in ref}
        if own & {_folded(ref) for ref in self.agents}:
            yield "an account of theirs is an agent's, and no agent approves"
        authors = {_folded(one) for one in self.authors if one}
        if bare & (authors | {one.partition(":")[2] for one in authors if ":" in one}):
            yield "they wrote what set this run off"
        only = {_folded(one) for one in self.only}
        if only and not only & {_folded(approver.name), *bare}:
            yield "the agent's warrant names other approvers"


def _folded(text: str) -> str:
    return text.strip().casefold()


def who_may(settings: Settings, tenant: str, electorate: Electorate) -> list[str]:
    """Return the names of the approvers who may vote about a run of a tenant."""
    return [
        one.name
        for one in settings.approvers.values()
        if (not one.tenants or tenant in one.tenants) and not any(electorate.faults(one))
    ]


def cast(
    connection: Connection,
    settings: Settings,
    run: str,
    approver: str,
    says: str,
    signature: str,
    electorate: Electorate,
    node: str = "",
) -> Asked:
    """Take a vote in and return the request as it is afterwards; whoever asks commits.

    A vote that comes too late, or for a plan that is another now, is no error of the caller: the
    request is marked so, recorded, and returned with that state.

    Args:
        connection: Of a transaction that holds the head of the tenant's chain: votes queue.
        settings: Who may vote.
        run: The run's id.
        approver: Their name in the configuration.
        says: ``yes`` or ``no``.
        signature: Of ``Asked.message(says)``, base64.
        electorate: Who may not vote about this run.
        node: Which approval of the run; empty: the one that is open.

    Raises:
        UsageError: No such approval is open, or the word is another.
        NotApproved: They may not vote here, have voted, or the signature is of something else.
    """
    if says not in (YES, NO):
        raise UsageError(f"{says!r} is no vote", mend="yes or no")
    who = approver_named(settings, approver)
    found = waiting(connection, run, node)
    if found.state is State.EXPIRED:
        close(connection, run, found.node)
        return found
    current = connection.execute(select(runs.c.plan_hash).where(runs.c.id == run)).scalar()
    if current != found.plan_hash:
        become(connection, found, State.DRIFTED, "planner", {"plan_hash": str(current)})
        return latest(connection, run, found.node) or found
    _may(connection, settings, found, who, electorate)
    if not is_signed(who.key, found.message(says), signature, who.name):
        what = "the signature is of another key, or of another plan, request or word"
        raise NotApproved(what, where=who.name, mend=f"agentwarrant respond show {run}")
    connection.execute(
        insert(votes).values(
            nonce=found.nonce,
            approver=who.name,
            says=says,
            at_ms=now_ms(connection),
            signature=signature,
        )
    )
    data = {"nonce": found.nonce, "says": says, "signature": signature, "key": who.key}
    audit.append(connection, found.tenant, "vote", run, found.node, who.name, data)
    _count(connection, found, says)
    return latest(connection, run, found.node) or found


def waiting(connection: Connection, run: str, node: str = "") -> Asked:
    """Return the request that a vote is for: open, or just over.

    Raises:
        UsageError: A run waits for none, or for several and none is named.
    """
    listed = asked(connection, run, node)
    newest = {one.node: one for one in listed}
    waits = [one for one in newest.values() if one.state in OPEN]
    if len(waits) == 1:
        return waits[0]
    if waits:
        names = ", ".join(one.node for one in waits)
        raise UsageError("it waits for several approvals", where=run, mend=f"name one: {names}")
    late = [one for one in newest.values() if one.state is State.EXPIRED]
    if len(late) == 1:
        return late[0]
    said = ", ".join(f"{one.node} is {one.state}" for one in newest.values())
    raise UsageError("it waits for no approval", where=run, mend=said)


def _may(
    connection: Connection, settings: Settings, found: Asked, who: Approver, electorate: Electorate
) -> None:
    if who.tenants and found.tenant not in who.tenants:
        raise NotApproved("is no approver for this tenant", where=who.name)
    for fault in electorate.faults(who):
        raise NotApproved(fault, where=who.name, mend="somebody else has to")
    own = {_folded(ref) for ref in who.subjects}
    for name in found.voted:
        other = settings.approvers.get(name)
        if name == who.name:
            raise NotApproved("has voted already", where=who.name)
        if other and (other.key == who.key or own & {_folded(r) for r in other.subjects}):
            raise NotApproved(f"is the same person as {name}, who has voted", where=who.name)


def _count(connection: Connection, found: Asked, says: str) -> None:
    if says == NO:
        become(connection, found, State.DENIED, "responder", {})
        return
    yes = connection.execute(
        select(func.count()).where(votes.c.nonce == found.nonce, votes.c.says == YES)
    ).scalar_one()
    if found.state is State.ASKED and yes >= found.needs:
        become(connection, found, State.GRANTED, "responder", {"votes": yes})


def approver_named(settings: Settings, name: str) -> Approver:
    """Return an approver.

    Raises:
        ConfigError: None is called so.
    """
    if name not in settings.approvers:
        mend = closest(name, list(settings.approvers)) if settings.approvers else ""
        mend = mend or "write them under respond: approvers: in the configuration"
        raise ConfigError(f"no approver is called {name!r}", where="respond", mend=mend)
    return settings.approvers[name]


def vote(
    ledger: Any,
    settings: Settings,
    run: str,
    approver: str,
    says: str,
    signature: str,
    electorate: Electorate,
    node: str = "",
) -> Asked:
    """Take a vote in, in a transaction of its own; see ``cast``."""
    with ledger.transaction(ledger.run(run).tenant) as connection:
        return cast(connection, settings, run, approver, says, signature, electorate, node)
