"""The block list: who holds what, until when, and what it refuses to block."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.vendor_cycle import cycle

from agentwarrant.errors import Guarded, ResponseError
from agentwarrant.respond.action import Target
from agentwarrant.respond.block.blocklist import FORGET_MS, Blocklist, cleaned
from agentwarrant.respond.connection import Connection

TENANT = "acme"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def blocked(tmp_path: Path, clock: Clock) -> Blocklist:
    return Blocklist(tmp_path, clock)


def values(blocked: Blocklist, tenant: str = TENANT) -> list[str]:
    return [entry.value for entry in blocked.entries(tenant)]


def test_an_entry_stays_while_anybody_holds_it(blocked: Blocklist) -> None:
    for holder in ("run-1", "run-2"):
        blocked.hold(TENANT, "domain", "bad.example.net", holder)
    blocked.let_go(TENANT, "domain", "bad.example.net", "run-1")
    assert values(blocked) == ["bad.example.net"]
    blocked.let_go(TENANT, "domain", "bad.example.net", "run-2")
    assert values(blocked) == []


def test_to_hold_it_again_changes_nothing_that_readers_see(
    blocked: Blocklist, clock: Clock
) -> None:
    blocked.hold(TENANT, "domain", "bad.example.net", "run-1")
    before = blocked.entries(TENANT)
    clock.now += 60
    blocked.hold(TENANT, "domain", "BAD.example.net.", "run-1")
    assert blocked.entries(TENANT) == before


def test_an_entry_ends_by_itself_at_the_latest_of_its_holders_times(
    blocked: Blocklist, clock: Clock
) -> None:
    blocked.hold(TENANT, "address", "203.0.114.7", "run-1", 60)
    blocked.hold(TENANT, "address", "203.0.114.7", "run-2", 600)
    clock.now += 61
    assert values(blocked) == ["203.0.114.7"]
    clock.now += 600
    assert values(blocked) == []
    (gone,) = blocked.entries(TENANT, gone=True)
    assert gone.gone_ms > 0


def test_what_left_is_told_for_a_while_and_then_forgotten(blocked: Blocklist, clock: Clock) -> None:
    blocked.hold(TENANT, "domain", "bad.example.net", "run-1")
    blocked.let_go(TENANT, "domain", "bad.example.net", "run-1")
    assert len(blocked.entries(TENANT, gone=True)) == 1
    clock.now += FORGET_MS / 1000 + 1
    assert blocked.entries(TENANT, gone=True) == []


def test_no_tenant_sees_or_changes_the_list_of_another(blocked: Blocklist) -> None:
    blocked.hold("acme", "domain", "bad.example.net", "run-1")
    blocked.let_go("other", "domain", "bad.example.net", "run-1")
    assert values(blocked, "other") == []
    assert values(blocked, "acme") == ["bad.example.net"]


@pytest.mark.parametrize(
    ("kind", "value", "clean"),
    [
        ("domain", "Bad.Example.NET.", "bad.example.net"),
        ("domain", "b\u00fccher.example", "xn--bcher-kva.example"),
        ("address", "203.0.114.7", "203.0.114.7"),
        ("address", "203.0.114.77/24", "203.0.114.0/24"),
        ("address", "2606:4700::1111", "2606:4700::1111"),
        ("url", "https://u:p@bad.example.net/x?y#z", "https://bad.example.net/x?y"),
    ],
)
def test_an_entry_has_one_form(kind: str, value: str, clean: str) -> None:
    assert cleaned(kind, value) == clean


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("domain", "com"),
        ("domain", "intranet"),
        ("domain", "co.uk"),
        ("domain", "GitHub.io."),
        ("domain", "公司.cn"),
        ("address", "0.0.0.0/0"),
        ("address", "203.0.0.0/16"),
        ("address", "10.0.0.5"),
        ("address", "127.0.0.1"),
        ("address", "224.0.0.1"),
        ("address", "::/0"),
        ("url", "https://bad.example.net/"),
        ("url", "http://10.0.0.5/x"),
    ],
)
def test_what_would_block_too_much_is_refused(kind: str, value: str) -> None:
    with pytest.raises(Guarded):
        cleaned(kind, value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("domain", ""),
        ("domain", "*.example.net"),
        ("domain", "a b.example"),
        ("domain", "bad.example\nother.example"),
        ("domain", "1.2.3.4"),
        ("address", "bad"),
        ("url", "javascript:alert(1)"),
        ("url", "https:///x"),
        ("url", "https://bad.example.net/x\r\ny"),
        ("hash", "x"),
    ],
)
def test_what_is_none_of_its_kind_is_refused(kind: str, value: str) -> None:
    with pytest.raises(ResponseError):
        cleaned(kind, value)


@given(st.sampled_from(["domain", "address", "url"]), st.text(max_size=60))
def test_no_text_becomes_two_lines_and_what_is_clean_stays_so(kind: str, text: str) -> None:
    try:
        clean = cleaned(kind, text)
    except ResponseError:
        return
    assert clean.isascii()
    assert clean.isprintable()
    assert " " not in clean
    assert cleaned(kind, clean) == clean


acts = st.lists(
    st.tuples(
        st.sampled_from(["hold", "let_go", "wait"]),
        st.sampled_from(["a.example", "b.example"]),
        st.sampled_from(["run-1", "run-2"]),
        st.sampled_from([0, 10, 100]),
    ),
    max_size=12,
)


@given(acts)
@settings(max_examples=40)
def test_the_list_is_what_is_held(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, str, str, int]]
) -> None:
    clock = Clock()
    blocked = Blocklist(tmp_path_factory.mktemp("list"), clock)
    held: dict[tuple[str, str], float] = {}
    for act, value, holder, seconds in acts:
        if act == "wait":
            clock.now += seconds
        elif act == "hold":
            blocked.hold(TENANT, "domain", value, holder, seconds)
            held[value, holder] = clock.now + seconds if seconds else float("inf")
        else:
            blocked.let_go(TENANT, "domain", value, holder)
            held.pop((value, holder), None)
        held = {key: until for key, until in held.items() if until > clock.now}
        assert sorted(values(blocked)) == sorted({value for value, _ in held})


def test_many_writers_lose_nothing(tmp_path: Path) -> None:
    def write(number: int) -> None:
        own = Blocklist(tmp_path)
        for index in range(10):
            own.hold(TENANT, "domain", f"h{index}.w{number}.example", "run")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(values(Blocklist(tmp_path))) == 40


# As an action -----------------------------------------------------------------------------


def target(
    domains: tuple[str, ...], addresses: tuple[str, ...] = (), urls: tuple[str, ...] = ()
) -> Target:
    return Target(
        "agent-1", domains=domains, addresses=addresses, urls=urls, tenant=TENANT, case="case-1"
    )


def test_it_blocks_until_released_and_what_others_hold_stays(tmp_path: Path) -> None:
    connection = Connection("firewalls", "blocklist", folder=tmp_path)
    held = Blocklist(tmp_path)
    held.hold(TENANT, "domain", "shared.example.net", "by hand: alice")
    names = ("bad.example.net", "shared.example.net")
    with cycle("blocklist.block", connection) as carried:
        plan = carried.plan(target(domains=names, addresses=("203.0.114.7",)))
        assert [carried.contain(step) for step in plan.steps] == [True] * 3
        assert set(values(held)) == {*names, "203.0.114.7"}
        assert [carried.release(step) for step in reversed(plan.steps)] == [True] * 3
    assert values(held) == ["shared.example.net"]


def test_what_is_too_wide_or_never_blocked_is_left_out_and_said(tmp_path: Path) -> None:
    options = {"never": ["github.com"]}
    connection = Connection("firewalls", "blocklist", options=options, folder=tmp_path)
    names = ("com", "api.github.com", "bad.example.net")
    with cycle("blocklist.block", connection) as carried:
        plan = carried.plan(target(domains=names, urls=("https://github.com/x/y",)))
    assert [step.point for step in plan.steps] == ["blocklist:acme/domain/bad.example.net"]
    assert len(plan.notes) == 3


def test_a_list_is_used_for_its_own_tenants_only(tmp_path: Path) -> None:
    connection = Connection("firewalls", "blocklist", tenants=("other",), folder=tmp_path)
    with cycle("blocklist.block", connection) as carried, pytest.raises(ResponseError):
        carried.plan(target(domains=("bad.example.net",)))
