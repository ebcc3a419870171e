"""Approvals: one plan, one use, in time, by distinct people; nothing else is a yes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from tests.respond_made import KEYS, TENANT, plan, point, settings, signed

from agentwarrant.errors import ConfigError, NotApproved, UsageError
from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.rows import RunRow
from agentwarrant.respond.ledger.tables import runs, votes
from agentwarrant.respond.people import approvals
from agentwarrant.respond.people.approvals import State
from agentwarrant.respond.people.keys import public_text, sign
from agentwarrant.respond.people.voting import Electorate, vote
from agentwarrant.respond.runplan import Approval
from agentwarrant.respond.settings import Approver, Settings

NODE = Approval("ok", 2, 600, "Shall it be?")


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Room:
    """A ledger in memory of one test, with a run that waits for an approval."""

    def __init__(self, folder: Path, needs: int = 2) -> None:
        self.clock = Clock()
        self.ledger = Ledger.open(f"sqlite:///{folder / 'respond.db'}", clock=self.clock)
        self.own: Settings = settings(folder)
        self.node = replace(NODE, needs=needs)
        self.run = self.entered()
        self.request = self.asked()

    def entered(self, name: str = "strip") -> RunRow:
        made = plan([self.node, point(name)])
        return self.ledger.run(self.ledger.enter(made, actor="test"))

    def asked(self, run: RunRow | None = None) -> approvals.Asked:
        run = run or self.run
        with self.ledger.transaction(TENANT) as connection:
            return approvals.ask(connection, run.id, TENANT, self.node, run.plan_hash)

    def says(self, who: str, says: str = "yes", **own: Any) -> approvals.Asked:
        said: approvals.Asked = signed(self.ledger, self.own, self.run.id, who, says, **own)
        return said

    def state(self) -> State:
        with self.ledger.reading() as connection:
            return approvals.state(connection, self.run.id, "ok")

    def use(self) -> None:
        with self.ledger.transaction(TENANT) as connection:
            approvals.use(connection, self.run.id, "ok", self.ledger.run(self.run.id).plan_hash)

    def kinds(self) -> list[str]:
        with self.ledger.reading() as connection:
            return [entry.kind for entry in audit.told(connection, TENANT)]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    with made.ledger:
        yield made


def test_it_is_granted_when_enough_distinct_people_said_yes(room: Room) -> None:
    assert room.says("anna").state is State.ASKED
    granted = room.says("ben")
    assert granted.state is State.GRANTED
    assert granted.voted == {"anna": "yes", "ben": "yes"}
    assert room.kinds()[-3:] == ["vote", "vote", "approval_granted"]


def test_what_was_granted_is_used_once(room: Room) -> None:
    room.says("anna")
    room.says("ben")
    room.use()
    with pytest.raises(NotApproved, match="is used"):
        room.use()
    with pytest.raises(UsageError, match="waits for no approval"):
        room.says("cara")


def test_nobody_votes_twice(room: Room) -> None:
    room.says("anna")
    with pytest.raises(NotApproved, match="has voted already"):
        room.says("anna")
    assert room.state() is State.ASKED


@pytest.mark.parametrize("shared", ["key", "account"])
def test_two_names_of_one_person_are_one_vote(room: Room, shared: str) -> None:
    anna = room.own.approvers["anna"]
    other = (
        replace(anna, name="root", subjects=("okta.user:root@acme",))
        if shared == "key"
        else Approver("root", public_text(KEYS["cara"].public_key()), anna.subjects)
    )
    room.own = replace(room.own, approvers={**room.own.approvers, "root": other})
    room.says("anna")
    key = KEYS["anna" if shared == "key" else "cara"]
    signature = sign(key, room.request.message("yes"))
    with pytest.raises(NotApproved, match="the same person as anna"):
        vote(room.ledger, room.own, room.run.id, "root", "yes", signature, Electorate())


def test_one_no_ends_it_also_after_enough_have_said_yes(room: Room) -> None:
    room.says("anna")
    room.says("ben")
    assert room.says("cara", "no").state is State.DENIED
    with pytest.raises(NotApproved, match="is denied"):
        room.use()
    with pytest.raises(UsageError, match="ok is denied"):
        room.says("cara")


def test_after_its_time_no_vote_counts_and_none_is_kept(room: Room) -> None:
    room.says("anna")
    room.clock.now += 600
    assert room.says("ben").state is State.EXPIRED
    with room.ledger.reading() as connection:
        assert connection.execute(select(votes.c.approver)).scalars().all() == ["anna"]
    assert room.kinds()[-1] == "approval_expired"


def test_a_granted_approval_that_was_not_used_in_time_lets_nothing_pass(room: Room) -> None:
    room.says("anna")
    room.says("ben")
    room.clock.now += 600
    assert room.state() is State.EXPIRED
    with pytest.raises(NotApproved, match="is expired"):
        room.use()


def test_a_plan_that_changed_is_asked_for_anew(room: Room) -> None:
    room.says("anna")
    with room.ledger.transaction(TENANT) as connection:
        connection.execute(update(runs).values(plan_hash="f" * 64))
    assert room.says("ben").state is State.DRIFTED
    again = room.asked(room.ledger.run(room.run.id))
    assert again.attempt == 2
    assert again.nonce != room.request.nonce
    assert again.voted == {}


def test_asking_again_for_a_changed_plan_ends_the_request_for_the_old_one(room: Room) -> None:
    with room.ledger.transaction(TENANT) as connection:
        connection.execute(update(runs).values(plan_hash="f" * 64))
    again = room.asked(room.ledger.run(room.run.id))
    assert again.nonce != room.request.nonce
    old = sign(KEYS["anna"], room.request.message("yes"))
    with pytest.raises(NotApproved, match="of another plan"):
        vote(room.ledger, room.own, room.run.id, "anna", "yes", old, Electorate())
    assert "approval_drifted" in room.kinds()


def test_the_same_open_request_is_not_made_twice(room: Room) -> None:
    assert room.asked().nonce == room.request.nonce


def test_a_signature_of_one_run_fits_no_other(room: Room) -> None:
    other = room.entered()
    room.asked(other)
    taken = sign(KEYS["anna"], room.request.message("yes"))
    with pytest.raises(NotApproved, match="another plan, request or word"):
        vote(room.ledger, room.own, other.id, "anna", "yes", taken, Electorate())


def test_a_no_is_not_turned_into_a_yes(room: Room) -> None:
    said = sign(KEYS["anna"], room.request.message("no"))
    with pytest.raises(NotApproved):
        vote(room.ledger, room.own, room.run.id, "anna", "yes", said, Electorate())


def test_a_signature_by_anothers_key_is_none(room: Room) -> None:
    stolen = sign(KEYS["ben"], room.request.message("yes"))
    with pytest.raises(NotApproved, match="of another key"):
        vote(room.ledger, room.own, room.run.id, "anna", "yes", stolen, Electorate())


CHANGES: dict[str, Any] = {
    "run": "another",
    "node": "another",
    "plan_hash": "e" * 64,
    "nonce": "0" * 32,
    "expires_ms": 1,
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_part_of_what_is_signed_counts(room: Room, name: str) -> None:
    other = replace(room.request, **{name: CHANGES[name]})
    assert other.message("yes") != room.request.message("yes")
    signature = sign(KEYS["anna"], other.message("yes"))
    with pytest.raises(NotApproved):
        vote(room.ledger, room.own, room.run.id, "anna", "yes", signature, Electorate())


@pytest.mark.parametrize("signature", ["", "x", "AAAA", "=" * 88, "\u00e9" * 20])
def test_what_is_no_signature_is_refused_in_one_line(room: Room, signature: str) -> None:
    with pytest.raises(NotApproved) as caught:
        vote(room.ledger, room.own, room.run.id, "anna", "yes", signature, Electorate())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("electorate", "why"),
    [
        (Electorate(agents=("okta.user:ANNA@acme",)), "an agent's"),
        (Electorate(authors=("anna@acme",)), "wrote what set this run off"),
        (Electorate(authors=("okta.user:anna@acme",)), "wrote what set this run off"),
        (Electorate(authors=("slack.user:anna@acme",)), "wrote what set this run off"),
        (Electorate(only=("ben", "cara")), "names other approvers"),
    ],
)
def test_no_agent_approves_and_nobody_who_set_it_off(
    room: Room, electorate: Electorate, why: str
) -> None:
    with pytest.raises(NotApproved, match=why):
        room.says("anna", electorate=electorate)
    assert room.says("ben", electorate=electorate).voted == {"ben": "yes"}


def test_an_approver_of_another_tenant_may_not(room: Room) -> None:
    anna = replace(room.own.approvers["anna"], tenants=("umbrella",))
    room.own = replace(room.own, approvers={**room.own.approvers, "anna": anna})
    with pytest.raises(NotApproved, match="no approver for this tenant"):
        room.says("anna")


def test_nobody_who_is_not_named_votes(room: Room) -> None:
    with pytest.raises(ConfigError, match="did you mean anna"):
        vote(room.ledger, room.own, room.run.id, "ana", "yes", "", Electorate())


def test_votes_that_come_at_once_count_once_each(room: Room) -> None:
    def attempt(who: str) -> str:
        try:
            return room.says(who).state.value
        except (NotApproved, UsageError) as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(attempt, ["anna", "anna", "anna", "anna"]))
    assert said.count("asked") == 1
    assert said.count("not-approved") == 3
    assert room.state() is State.ASKED


@given(st.lists(st.sampled_from(["anna+", "anna-", "ben+", "ben-", "cara+", "late", "drift"])))
def test_whatever_happens_it_is_granted_only_by_enough_and_never_after_a_no(
    tmp_path_factory: pytest.TempPathFactory, happens: list[str]
) -> None:
    room = Room(tmp_path_factory.mktemp("room"))
    yes: set[str] = set()
    over = ""
    with room.ledger:
        for one in happens:
            if one == "late":
                room.clock.now += 600
                over = over or "late"
            elif one == "drift":
                with room.ledger.transaction(TENANT) as connection:
                    connection.execute(update(runs).values(plan_hash="f" * 64))
                over = over or "drift"
            else:
                try:
                    room.says(one[:-1], "yes" if one[-1] == "+" else "no")
                except (NotApproved, UsageError):
                    continue
                if one[-1] == "-":
                    over = over or "no"
                elif not over:
                    yes.add(one[:-1])
        may_be_used = not over and len(yes) >= 2
        if may_be_used:
            room.use()
        else:
            with pytest.raises(NotApproved):
                room.use()
