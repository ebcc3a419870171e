"""A release asks as many people as the run did, and nobody where nobody was asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.respond_made import AGENT, TENANT, plan, point, request, settings, signed

from agentwarrant.errors import NotApproved, ResponseError
from agentwarrant.respond.action import Reversibility
from agentwarrant.respond.execution import undo
from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger.lease import take
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.tables import RunState
from agentwarrant.respond.people import approvals, releasing
from agentwarrant.respond.people.approvals import State
from agentwarrant.respond.runplan import Approval, Node, Point
from agentwarrant.respond.settings import Settings

UNDO = (request("config.restore"),)
PEOPLE = 2


class Held:
    """A run that is in force, by the word of some people."""

    def __init__(self, folder: Path) -> None:
        self.now = 1_800_000_000.0
        self.ledger = Ledger.open(f"sqlite:///{folder / 'respond.db'}", clock=lambda: self.now)
        self.own: Settings = settings(folder)

    def contained(self, *nodes: Node, agent: str = AGENT, asked: tuple[str, ...] = ()) -> str:
        """Enter a run whose approvals were given and spent, and whose points are in force."""
        made = plan(nodes, agent=agent)
        run: str = self.ledger.enter(made, actor="test")
        for node in made.root.nodes:
            if isinstance(node, Approval):
                self.grant(run, node)
        lease = take(self.ledger, "w1", run=run)
        assert lease is not None
        for one in made.points():
            by = next((n.id for n in nodes if isinstance(n, Approval) and one.id in n.covers), "")
            self.ledger.approve(run, (one.id,), fence=lease.fence, by=by or "policy")
        self.ledger.run_to(run, RunState.RUNNING, fence=lease.fence)
        self.ledger.run_to(run, RunState.CONTAINED, fence=lease.fence)
        return run

    def grant(self, run: str, node: Approval) -> None:
        with self.ledger.transaction(TENANT) as connection:
            row = self.ledger.run(run)
            one = approvals.ask(connection, run, TENANT, node, row.plan_hash)
            approvals.become(connection, one, State.GRANTED, "test", {})
            approvals.use(connection, run, node.id, row.plan_hash)

    def ask(self, run: str) -> approvals.Asked | None:
        return undo.ask_people(self.ledger, self.own, run, "kim: it was a false alarm")

    def says(self, run: str, who: str, says: str = "yes") -> approvals.Asked:
        said: approvals.Asked = signed(self.ledger, self.own, run, who, says, node=releasing.NODE)
        return said

    def release(self, run: str) -> RunState:
        undo.release(self.ledger, run, actor="kim")
        return self.ledger.run(run).state

    def kinds(self) -> list[str]:
        with self.ledger.reading() as connection:
            return [entry.kind for entry in audit.told(connection, TENANT)]


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    made = Held(tmp_path)
    with made.ledger:
        yield made


def asks(node: str, *covers: str, needs: int = 1) -> Approval:
    return Approval(node, needs, 600.0, "Shall it be?", covers)


def undone(name: str = "strip", **own: Any) -> Point:
    made: Point = point(name, undo=UNDO, **own)
    return made


def test_what_nobody_was_asked_for_is_released_without_asking(held: Held) -> None:
    run = held.contained(undone())
    assert held.ask(run) is None
    assert held.release(run) is RunState.RELEASING


def test_what_people_said_yes_to_is_not_released_without_them(held: Held) -> None:
    run = held.contained(asks("ok", "strip"), undone())
    with pytest.raises(NotApproved, match="an approver must say yes to its release"):
        held.release(run)
    assert held.ledger.run(run).state is RunState.CONTAINED


def test_an_approver_lets_it_go_and_that_is_spent(held: Held) -> None:
    run = held.contained(asks("ok", "strip"), undone())
    asked = held.ask(run)
    assert asked is not None
    assert asked.needs == 1
    assert held.says(run, "anna").state is State.GRANTED
    assert held.release(run) is RunState.RELEASING
    with held.ledger.reading() as connection:
        assert approvals.state(connection, run, releasing.NODE) is State.USED
    assert held.kinds()[-4:] == ["vote", "approval_granted", "approval_used", "run_releasing"]


def test_it_needs_as_many_people_as_what_is_taken_back_did(held: Held) -> None:
    run = held.contained(asks("ok", "strip", needs=PEOPLE), undone())
    asked = held.ask(run)
    assert asked is not None
    assert asked.needs == PEOPLE
    held.says(run, "anna")
    with pytest.raises(NotApproved, match="2 approvers must say yes"):
        held.release(run)
    held.says(run, "ben")
    assert held.release(run) is RunState.RELEASING


def test_what_cannot_be_taken_back_asks_nobody_again(held: Held) -> None:
    final = point("kill", reversibility=Reversibility.IRREVERSIBLE)
    run = held.contained(
        asks("changes", "strip"), undone(), asks("final", "kill", needs=PEOPLE), final
    )
    asked = held.ask(run)
    assert asked is not None
    assert asked.needs == 1


def test_what_the_guards_asked_for_counts_too(held: Held) -> None:
    run = held.contained(undone())
    held.grant(run, asks("guards", needs=PEOPLE))
    asked = held.ask(run)
    assert asked is not None
    assert asked.needs == PEOPLE


def test_it_is_asked_once_and_anew_when_the_time_is_over_or_one_said_no(held: Held) -> None:
    run = held.contained(asks("ok", "strip"), undone())
    first, again = held.ask(run), held.ask(run)
    assert first is not None
    assert again is not None
    assert first.nonce == again.nonce
    held.says(run, "anna", "no")
    with pytest.raises(NotApproved):
        held.release(run)
    second = held.ask(run)
    assert second is not None
    held.now += held.own.policy(TENANT).expires + 1
    third = held.ask(run)
    assert third is not None
    assert [second.attempt, third.attempt] == [2, 3]


def test_a_yes_that_was_not_used_in_time_lets_nobody_go(held: Held) -> None:
    run = held.contained(asks("ok", "strip"), undone())
    held.ask(run)
    held.says(run, "anna")
    held.now += held.own.policy(TENANT).expires + 1
    with pytest.raises(NotApproved):
        held.release(run)


def test_a_yes_to_the_run_is_none_to_its_release(held: Held) -> None:
    run = held.contained(asks("ok", "strip"), undone())
    other = held.contained(asks("ok", "strip"), undone(), agent="another")
    held.ask(other)
    held.says(other, "anna")
    held.ask(run)
    with pytest.raises(NotApproved):
        held.release(run)


def test_nobody_is_asked_to_let_go_what_is_over(held: Held) -> None:
    run = held.contained(asks("ok", "strip"), undone())
    held.ask(run)
    held.says(run, "anna")
    held.release(run)
    with pytest.raises(ResponseError, match="it is being released, since"):
        held.ask(run)


def test_what_the_timer_takes_back_asks_nobody(held: Held) -> None:
    run = held.contained(asks("ok", "strip"), undone())
    with held.ledger.of(run) as connection:
        row = held.ledger.run(run)
        undo.begin(connection, row, "timer", "nobody came", undo.Release.NO_CREDENTIALS)
    assert held.ledger.run(run).state is RunState.RELEASING


def test_a_release_that_failed_is_tried_again_by_the_same_word(held: Held) -> None:
    run = held.contained(asks("ok", "strip"), undone())
    held.ask(run)
    held.says(run, "anna")
    held.release(run)
    held.now += 3600  # the lease of who contained it is over
    lease = take(held.ledger, "w1", run=run)
    assert lease is not None
    held.ledger.run_to(run, RunState.NOT_RELEASED, fence=lease.fence)
    assert held.ask(run) is None
    assert held.release(run) is RunState.RELEASING


def test_a_release_of_the_timers_that_failed_is_nobodys_yes(held: Held) -> None:
    run = held.contained(asks("ok", "strip"), undone())
    with held.ledger.of(run) as connection:
        row = held.ledger.run(run)
        undo.begin(connection, row, "timer", "nobody came", undo.Release.NO_CREDENTIALS)
    held.now += 3600
    lease = take(held.ledger, "w1", run=run)
    assert lease is not None
    held.ledger.run_to(run, RunState.NOT_RELEASED, fence=lease.fence)
    with pytest.raises(NotApproved):
        held.release(run)
    held.ask(run)
    held.says(run, "anna")
    assert held.release(run) is RunState.RELEASING
