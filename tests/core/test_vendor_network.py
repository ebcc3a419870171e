"""Cloudflare, Umbrella, Zscaler: what is blocked, what is let go, and what only looks blocked."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.simulators.base import connection_to
from tests.simulators.network import ACCOUNT, LIST, Cloudflare, Umbrella, Zscaler
from tests.vendor_cycle import cycle

from agentwarrant.errors import Refused, ResponseError
from agentwarrant.respond.action import Target

TARGET = Target("agent-1", domains=("bad.example.net",), tenant="acme", case="case-1")


# Cloudflare -------------------------------------------------------------------------------


def test_a_domain_comes_on_the_list_and_leaves_it_and_others_stay(tmp_path: Path) -> None:
    vendor = Cloudflare({"items": ["theirs.example"]})
    with vendor.running() as url:
        where = connection_to(
            url, "cloudflare", tmp_path, {"token": "good"}, account=ACCOUNT, list=LIST
        )
        with cycle("cloudflare.block_domain", where, 0.3) as carried:
            (step,) = carried.plan(TARGET).steps
            assert carried.contain(step)
            assert vendor.state["items"] == ["theirs.example", "bad.example.net"]
            assert carried.plan(TARGET).steps == ()
            assert carried.release(step)
    assert vendor.state["items"] == ["theirs.example"]


@pytest.mark.parametrize("knob", ["hang_up", "stumble"])
def test_a_change_that_was_done_and_not_answered_shows(knob: str, tmp_path: Path) -> None:
    vendor = Cloudflare({"items": []})
    getattr(vendor, knob)(1)
    with vendor.running() as url:
        where = connection_to(
            url, "cloudflare", tmp_path, {"token": "good"}, account=ACCOUNT, list=LIST
        )
        with cycle("cloudflare.block_domain", where, 0.3) as carried:
            assert carried.contain(carried.plan(TARGET).steps[0])
    assert vendor.did("PATCH /accounts/{}/gateway/lists/{}") == 1


def test_a_list_that_is_longer_than_a_page_is_not_used(tmp_path: Path) -> None:
    vendor = Cloudflare({"items": [f"h{n}.example" for n in range(1000)]})
    with vendor.running() as url:
        where = connection_to(
            url, "cloudflare", tmp_path, {"token": "good"}, account=ACCOUNT, list=LIST
        )
        with (
            cycle("cloudflare.block_domain", where, 0.3) as carried,
            pytest.raises(ResponseError, match="list of its own"),
        ):
            carried.plan(TARGET)


@pytest.mark.parametrize("account", ["", "../x", "a" * 31])
def test_an_id_that_is_none_stands_in_no_path(account: str, tmp_path: Path) -> None:
    vendor = Cloudflare({"items": []})
    with vendor.running() as url:
        where = connection_to(
            url, "cloudflare", tmp_path, {"token": "good"}, account=account, list=LIST
        )
        with (
            cycle("cloudflare.block_domain", where, 0.3) as carried,
            pytest.raises(ResponseError, match="account"),
        ):
            carried.plan(TARGET)
    assert vendor.calls == []


# Umbrella ---------------------------------------------------------------------------------


def test_an_entry_is_let_go_by_the_id_that_it_got(tmp_path: Path) -> None:
    vendor = Umbrella({"items": {"1": "theirs.example"}, "next": 1})
    with vendor.running() as url:
        secrets = {"client_secret": "good"}
        where = connection_to(url, "umbrella", tmp_path, secrets, client_id="key", list=7)
        with cycle("umbrella.block_domain", where, 0.3) as carried:
            (step,) = carried.plan(TARGET).steps
            assert carried.contain(step)
            assert "bad.example.net" in vendor.state["items"].values()
            assert carried.contain(step)  # a second time is refused, and is there all the same
            assert carried.release(step)
            with pytest.raises(Refused, match="nothing at"):
                carried.release(step)  # what is gone is not asked for
    assert vendor.state["items"] == {"1": "theirs.example"}


def test_a_wrong_secret_is_one_clear_line_without_it(tmp_path: Path) -> None:
    vendor = Umbrella({"items": {}, "next": 1})
    with vendor.running() as url:
        secrets = {"client_secret": "wr0ng"}
        where = connection_to(url, "umbrella", tmp_path, secrets, client_id="key", list=7)
        with cycle("umbrella.block_domain", where, 0.3) as carried, pytest.raises(Refused) as no:
            carried.plan(TARGET)
    assert "wr0ng" not in str(no.value)


# Zscaler ----------------------------------------------------------------------------------


def test_nothing_is_blocked_before_it_is_activated(tmp_path: Path) -> None:
    vendor = Zscaler({"edited": ["theirs.example"], "blocks": [], "status": "ACTIVE"})
    with vendor.running() as url:
        secrets = {"client_secret": "good"}
        where = connection_to(url, "zscaler", tmp_path, secrets, client_id="key")
        with cycle("zscaler.block_url", where, 0.3) as carried:
            entry, activation = carried.plan(TARGET).steps
            assert carried.contain(entry)
            assert vendor.state["blocks"] == []
            assert not carried.shows(activation)
            assert carried.contain(activation)
            assert ".bad.example.net" in vendor.state["blocks"]
            assert carried.release(activation)
            assert carried.release(entry)
    assert vendor.state["blocks"] == ["theirs.example"]


def test_what_is_on_the_list_already_needs_no_activation(tmp_path: Path) -> None:
    vendor = Zscaler({"edited": [".bad.example.net"], "blocks": [], "status": "ACTIVE"})
    with vendor.running() as url:
        where = connection_to(url, "zscaler", tmp_path, {"client_secret": "good"}, client_id="key")
        with cycle("zscaler.block_url", where, 0.3) as carried:
            plan = carried.plan(TARGET)
    assert plan.steps == ()
    assert "already" in plan.notes[0]
