"""The switches: one that people throw, one that opens by itself; off only by an approver's word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.respond_made import KEYS, TENANT, ledger, settings

from agentwarrant.errors import Guarded, NotApproved, UsageError
from agentwarrant.respond.guard.switches import (
    Name,
    Switch,
    all_engaged,
    engaged,
    hold_if_stopped,
    switch_off,
    switch_on,
)
from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.tables import EVERYONE
from agentwarrant.respond.people.keys import sign
from agentwarrant.respond.settings import Settings


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Ledger]:
    with ledger(tmp_path) as opened:
        yield opened


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    made: Settings = settings(tmp_path)
    return made


def on(kept: Ledger, tenant: str = TENANT, name: Name = Name.STOP) -> Switch | None:
    with kept.transaction(tenant) as connection:
        return switch_on(connection, tenant, name, by="kim", reason="it runs wild")


def off(kept: Ledger, own: Settings, switch: Switch, who: str = "anna") -> None:
    with kept.transaction(switch.tenant) as connection:
        signature = sign(KEYS[who], switch.message())
        switch_off(connection, switch.tenant, switch.name, own.approvers[who], signature)


def is_stopped(kept: Ledger, tenant: str = TENANT) -> bool:
    with kept.reading() as connection:
        try:
            hold_if_stopped(connection, tenant)
        except Guarded:
            return True
        return False


def test_a_stop_holds_its_tenant_and_no_other(kept: Ledger) -> None:
    on(kept)
    assert is_stopped(kept)
    assert not is_stopped(kept, "umbrella")


def test_a_stop_for_all_holds_every_tenant(kept: Ledger, own: Settings) -> None:
    switch = on(kept, EVERYONE)
    assert switch is not None
    assert is_stopped(kept)
    assert is_stopped(kept, "umbrella")
    off(kept, own, switch)
    assert not is_stopped(kept)


def test_switching_on_twice_is_one_entry(kept: Ledger) -> None:
    assert on(kept) is not None
    assert on(kept) is None
    with kept.reading() as connection:
        assert [e.kind for e in audit.told(connection, TENANT)] == ["stop_on"]
        assert [(s.tenant, s.by) for s in all_engaged(connection)] == [(TENANT, "kim")]


def test_what_was_signed_to_resume_once_does_not_resume_again(kept: Ledger, own: Settings) -> None:
    first = on(kept)
    assert first is not None
    off(kept, own, first)
    second = on(kept)
    assert second is not None
    assert second.at_ms > first.at_ms
    with pytest.raises(NotApproved, match="of something else"):
        off(kept, own, first)
    assert is_stopped(kept)


def test_the_signature_for_the_breaker_does_not_lift_the_stop(kept: Ledger, own: Settings) -> None:
    stop, breaker = on(kept), on(kept, name=Name.BREAKER)
    assert stop is not None
    assert breaker is not None
    signature = sign(KEYS["anna"], breaker.message())
    with kept.transaction(TENANT) as connection, pytest.raises(NotApproved):
        switch_off(connection, TENANT, Name.STOP, own.approvers["anna"], signature)
    off(kept, own, breaker)
    with kept.reading() as connection:
        assert engaged(connection, TENANT, Name.BREAKER) is None
    assert is_stopped(kept)


def test_an_approver_of_one_tenant_lifts_no_stop_for_all(kept: Ledger, own: Settings) -> None:
    switch = on(kept, EVERYONE)
    assert switch is not None
    anna = replace(own.approvers["anna"], tenants=(TENANT,))
    with pytest.raises(NotApproved, match="no approver for this tenant"):
        off(kept, replace(own, approvers={"anna": anna}), switch)


def test_what_is_not_on_cannot_be_switched_off(kept: Ledger, own: Settings) -> None:
    with pytest.raises(UsageError, match="is not on"):
        off(kept, own, Switch(TENANT, Name.STOP, "kim", 1, ""))
