"""All agents that were seen: since when, by which accounts, with what; and how they are shown."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from agentwarrant.event import Event
from agentwarrant.identity import Resolver
from agentwarrant.inventory import Account, Entry, Inventory, Tally, reasons_of
from agentwarrant.report import agents as listing
from agentwarrant.warrant.load import load_warrants
from agentwarrant.warrant.registry import Registry

WARRANT = """\
warrant: 1
version: 3
agent: {id: main, name: Main, kind: coding, owner: dana, purpose: builds}
signed: {by: dana, at: 2026-01-01}
identities:
  - {kind: openclaw.agent, id: main}
  - {kind: okta.app, id: 0oa1}
scope: {tools: {allow: [read]}}
"""
HOSTILE = "\x1b[31m\u202egro\u200b\r\n[red]x"
RAW = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


def event(agent: str = "main", **fields: Any) -> Event:
    made: Event = {"@timestamp": "2026-11-16T09:00:00.000Z", "event.id": "e1",
                   "event.module": "openclaw", "event.action": "tool_call",
                   "gen_ai.agent.id": agent, "gen_ai.tool.name": "read",
                   "warrant.tool.class": "read", "warrant.intent.verdict": "intended"}  # fmt: skip
    return made | {name.replace("__", "."): value for name, value in fields.items()}


def at(minute: int, agent: str = "main", **fields: Any) -> Event:
    stamp = f"2026-11-16T{9 + minute // 60:02}:{minute % 60:02}:00.000Z"
    return event(agent, **fields) | {"@timestamp": stamp}


def seen(*events: Event, registry: Registry | None = None) -> dict[str, Entry]:
    inventory, resolver = Inventory(registry), Resolver(registry, frozenset({"okta.token"}))
    for one in events:
        inventory.see(resolver.attribute(one))
    return {one.agent: one for one in inventory.entries()}


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    path = tmp_path / "main.yml"
    path.write_text(WARRANT)
    return load_warrants([path])


# What is known of an agent ------------------------------------------------------------------


@given(st.lists(st.integers(0, 600), min_size=1, max_size=30))
def test_an_agent_was_seen_from_its_first_to_its_last_event_in_any_order(
    minutes: list[int],
) -> None:
    entry = seen(*(at(minute) for minute in minutes))["main"]
    first, last = (at(f(minutes))["@timestamp"] for f in (min, max))
    assert (entry.first, entry.last, entry.events) == (first, last, len(minutes))
    account = entry.accounts["openclaw.agent:main"]
    assert (account.first, account.last) == (first, last)


def test_an_account_says_why_it_is_the_agents(registry: Registry, tmp_path: Path) -> None:
    accounts = seen(at(1), registry=registry)["main"].accounts
    path = tmp_path / "main.yml"
    assert accounts["openclaw.agent:main"].evidence == f"declared in {path}:6"
    assert accounts["okta.app:0oa1"].evidence == f"declared in {path}:7"
    assert accounts["okta.app:0oa1"].first == ""
    alone = seen(at(1))["main"].accounts["openclaw.agent:main"]
    assert alone.evidence == "named in event e1"


def test_a_credential_in_two_hands_is_said_of_both_who_know_it() -> None:
    key: Event = {
        "warrant.secret.types": ["openai_key"],
        "warrant.arguments.text": "curl -H [REDACTED:openai_key:0123456789ab]",
    }
    found = seen(at(1, "main") | key, at(2, "scout") | key, at(3, "main") | key)
    assert found["main"].shared == {"scout"}
    assert found["scout"].shared == {"main"}


def test_an_agent_that_is_declared_and_was_never_seen_is_listed(registry: Registry) -> None:
    entry = seen(registry=registry)["main"]
    assert (entry.events, entry.first, entry.status, entry.owner) == (0, "", "registered", "dana")
    assert not entry.shadow


def test_a_list_that_is_taken_twice_is_the_same(registry: Registry) -> None:
    inventory = Inventory(registry)
    inventory.see(Resolver(registry).attribute(event("scout")))
    assert [e.agent for e in inventory.entries()] == [e.agent for e in inventory.entries()]


def test_people_are_not_listed() -> None:
    person: Event = {"event.module": "okta", "gen_ai.agent.id": "", "user.id": "u1",
              "event.action": "login", "warrant.identity.accounts": ["okta.user:u1"]}  # fmt: skip
    assert seen(event() | person) == {}


def test_agents_of_two_tenants_are_two() -> None:
    inventory = Inventory()
    for tenant in ("acme", "contoso"):
        inventory.see(event(organization__id=tenant))
    assert [(one.tenant, one.agent) for one in inventory.entries()] == [
        ("acme", "main"), ("contoso", "main"),
    ]  # fmt: skip


def test_what_content_led_to_is_no_ground_for_a_grant() -> None:
    led = {"warrant.intent.verdict": "influenced", "gen_ai.tool.name": "send",
           "warrant.peer.id": "stranger", "url.full": "https://evil.example/"}  # fmt: skip
    entry = seen(at(1), at(2) | led)["main"]
    assert set(entry.granted["tools"]) == {"read"}
    assert {"peers", "hosts"}.isdisjoint(entry.granted)
    assert dict(entry.refused) == {"send (influenced)": 1}
    assert "evil.example:443" in entry.hosts


def test_what_cannot_be_told_is_said_to_be_unclear() -> None:
    entry = seen(at(1, process__command_line="cat $SOMEWHERE/x"))["main"]
    assert dict(entry.unclear) == {"read: a path holds a variable or a command": 1}


# Bounds ------------------------------------------------------------------------------------


def test_who_was_seen_longest_ago_is_let_go_and_counted() -> None:
    inventory = Inventory(agents=2)
    for agent in ("a", "b", "a", "c"):
        inventory.see(event(agent))
    assert [one.agent for one in inventory.entries()] == ["a", "c"]
    assert inventory.evicted == 1


def test_one_agent_cannot_fill_the_memory() -> None:
    inventory, resolver = Inventory(), Resolver()
    for number in range(1200):
        one = at(1, gen_ai__tool__name=f"t{number}", url__full=f"https://h{number}.example/",
                 warrant__identity__accounts=[f"a.b:{number}"],
                 warrant__identity__shared=[f"x{number}"],
                 warrant__payment__kind="pay", warrant__payment__amount=1,
                 warrant__payment__currency=f"C{number}",
                 warrant__peer__id=f"p{number}")  # fmt: skip
        inventory.see(resolver.attribute(one) | {"gen_ai.agent.id": "main"})
    (entry,) = inventory.entries()
    held = (entry.tools, entry.hosts, entry.accounts, entry.shared, entry.spent, entry.peers)
    assert all(len(one) <= 500 for one in held)
    assert entry.tools.more == 700


def test_a_tally_counts_what_it_has_no_room_for() -> None:
    tally = Tally()
    for number in range(600):
        tally.add(str(number % 550))
    assert sum(tally.values()) + tally.more == 600


# Reasons -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clauses", "reasons", "expected"),
    [
        (["a", "b"], ["x", "y"], {"a": ["x"], "b": ["y"]}),
        (["scope.hours"], ["its hours"], {"scope.hours": ["its hours"]}),
        (
            ["scope.tools.allow", "scope.hosts.allow"],
            ["exec is not among the tools", "a is not among the hosts", "b is not among the hosts"],
            {"scope.tools.allow": ["exec is not among the tools"],
             "scope.hosts.allow": ["a is not among the hosts", "b is not among the hosts"]},
        ),
        (
            ["scope.tools.allow", "scope.paths.deny[0]", "scope.hours"],
            ["/x is denied", "outside its hours (UTC)"],
            {"scope.tools.allow": [], "scope.paths.deny[0]": ["/x is denied"],
             "scope.hours": ["outside its hours (UTC)"]},
        ),
        (["scope.hosts.allow"], [], {"scope.hosts.allow": []}),
        ([], [], {}),
    ],
)  # fmt: skip
def test_each_clause_has_its_own_reasons(
    clauses: list[str], reasons: list[str], expected: dict[str, list[str]]
) -> None:
    assert reasons_of(clauses, reasons) == expected


@given(st.lists(st.text(max_size=8), unique=True, min_size=1, max_size=5), st.lists(st.text()))
def test_no_reason_is_lost(clauses: list[str], reasons: list[str]) -> None:
    found = reasons_of(clauses, reasons)
    assert sorted(found) == sorted(clauses)
    assert sorted(reason for one in found.values() for reason in one) == sorted(reasons)


# The lookup and the table ------------------------------------------------------------------


def looked_up(entries: Sequence[Entry]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(listing.lookup(entries))))


def test_the_lookup_has_one_row_an_account(registry: Registry) -> None:
    found = looked_up(list(seen(at(1), at(2, "scout"), registry=registry).values()))
    assert [(row["account"], row["agent_id"], row["status"]) for row in found] == [
        ("openclaw.agent:scout", "scout", "unregistered"),
        ("okta.app:0oa1", "main", "registered"),
        ("openclaw.agent:main", "main", "registered"),
    ]


@given(st.text(max_size=30))
def test_no_cell_of_the_lookup_is_a_formula_or_hides_anything(text: str) -> None:
    for head in ("=", "+", "-", "@", "\t=", " =", "\uff1d", "|", "%", ""):
        entry = Entry("default", head + text, name=head + text, owner=head + text)
        entry.accounts[f"{head}{text}"] = Account("2026", "2026", head + text)
        (row,) = looked_up([entry])
        for value in row.values():
            assert value.lstrip(" ")[:1] not in ("=", "+", "-", "@", "\uff1d", "|", "%")
            assert not RAW.search(value)


def printed(entries: Sequence[Entry], width: int) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    with console.capture() as shown:
        listing.table(entries, console)
    return shown.get()


def crowd() -> list[Entry]:
    made = [event(f"agent-{number}-with-a-rather-long-name-{number * 'x'}") for number in range(12)]
    arn = "arn:aws:bedrock-agentcore:us-east-1:111122223333:workload-identity/acme-helper"
    return list(seen(*made, event(arn), event(HOSTILE), event("\u4ee3\u7406" * 40)).values())


@pytest.mark.parametrize("width", [60, 80, 100, 120, 160, 240])
def test_no_line_of_the_table_is_wider_than_the_terminal(width: int) -> None:
    entries = crowd()
    lines = printed(entries, width).splitlines()
    assert max(map(cell_len, lines)) <= width
    head = next(number for number, line in enumerate(lines) if line.startswith("agent "))
    assert lines[head + 1 + len(entries)].strip() == ""  # one line an agent: nothing is folded


def test_a_long_id_is_cut_in_its_middle() -> None:
    assert "acme-helper  none" in re.sub(r" {2,}", "  ", printed(crowd(), 80))


def test_a_sign_is_said_once_for_all_agents_it_is_of() -> None:
    lines = printed(crowd(), 120).splitlines()
    (line,) = (line for line in lines if "it is in the log of openclaw" in line)
    assert re.search(r", \+\d+ more$", line)
    assert lines[-1] == "15 agents, 15 without a warrant"


@pytest.mark.parametrize("width", [80, 160])
def test_no_name_of_an_agent_moves_the_cursor_or_turns_the_text(width: int) -> None:
    shown = printed(crowd(), width)
    assert not RAW.search(shown)
    assert "\\x1b" in shown


def test_who_did_what_it_should_not_have_stands_above_the_others() -> None:
    bad = event("zed", warrant__intent__verdict="influenced")
    lines = printed(list(seen(event("abe"), bad).values()), 100).splitlines()
    names = [line.split()[0] for line in lines if line.startswith(("abe", "zed"))]
    assert names == ["zed", "abe"]


def test_who_was_never_seen_is_counted(registry: Registry) -> None:
    shown = printed(list(seen(registry=registry).values()), 100)
    assert "never" in shown
    assert shown.endswith("1 agent, 0 without a warrant, 1 never seen\n")


def test_an_empty_list_is_one_line() -> None:
    assert printed([], 80) == "0 agents, 0 without a warrant\n"


def test_the_document_names_the_principals_and_the_signs() -> None:
    heard = {"event.action": "message_received", "warrant.principal.kind": "human",
             "warrant.principal.id": "77", "warrant.channel": "telegram",
             "warrant.principal.authority": "owner"}  # fmt: skip
    (one,) = listing.document(seen(at(1) | heard).values())
    assert one["principals"] == [
        {"kind": "human", "id": "77", "channel": "telegram", "authority": "owner", "messages": 1}
    ]
    assert one["shadow"] is True
    assert one["signs"] == {"it is in the log of openclaw": 1}


def test_it_is_said_whose_time_an_agent_was_last_seen_at() -> None:
    entries = seen(
        at(1, "filed", warrant__record__clock="file"),
        at(2, "streamed", warrant__record__clock="session"),
        at(1, "timed", warrant__record__clock="file"),
        at(3, "timed"),
    )
    told = listing.document(entries.values())
    stated = {one["agent"]["id"]: one["last_seen_clock"] for one in told}
    assert stated == {"filed": "file", "streamed": "session", "timed": "record"}
    screen = io.StringIO()
    listing.table(list(entries.values()), Console(file=screen, width=80, color_system=None))
    shown = screen.getvalue()
    assert re.search(r"filed +none +2026-11-16 \(file\)", shown)
    assert re.search(r"timed +none +2026-11-16 +2", shown)
    assert re.search(r"\(file\): when the file was last written +filed\n", shown)
    assert re.search(r"\(session\): when the session began +streamed\n", shown)
