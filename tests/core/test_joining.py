"""Several logs of one session are one session, with one agent, in order and without doubles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib.resources import as_file, files
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.collect import Tally
from agentwarrant.event import CLOCK, Event, iso_from_ms, text_of
from agentwarrant.joining import Joiner
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.model import is_for_agents
from agentwarrant.scan import Scan

LOGS = {
    "codex": ("rollout_0.169.0", "otel_logs_0.169.0", "exec_json_0.169.0"),
    "claude_code": ("transcript_2.1.330", "otel_logs_2.1.330"),
}
SESSION = "01a205f5-8fa8-7ed0-8229-e1d73ccc4933"
AGENT = "codex:/srv/oc/codex/ws"


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with as_file(files("agentwarrant.connectors")) as folder:
        yield folder


def logs(home: Path, source: str, *names: str) -> list[Path]:
    return [home / source / "samples" / f"{name}.jsonl" for name in names]


def read(paths: list[Path]) -> list[Event]:
    return list(Scan.over(()).events(paths))


def of_session(events: list[Event], session: str = SESSION) -> list[Event]:
    return [event for event in events if event["gen_ai.conversation.id"] == session]


def acts(events: list[Event]) -> dict[str, str]:
    """Return the verdict of every call, by what was called."""
    calls = [event for event in events if event["event.action"] == "tool_call"]
    return {text_of(e, "message"): text_of(e, "warrant.intent.verdict") for e in calls}


# Whole logs -------------------------------------------------------------------------------------


def orders() -> list[tuple[str, tuple[str, ...]]]:
    return [
        (source, order)
        for source, names in LOGS.items()
        for size in range(2, len(names) + 1)
        for order in permutations(names, size)
    ]


@pytest.mark.parametrize(("source", "order"), orders())
def test_one_session_has_one_agent_whichever_log_is_read_first(
    home: Path, source: str, order: tuple[str, ...]
) -> None:
    by_session: dict[str, set[tuple[str, str]]] = {}
    for event in read(logs(home, source, *order)):
        who = text_of(event, "organization.id"), text_of(event, "gen_ai.agent.id")
        by_session.setdefault(text_of(event, "gen_ai.conversation.id"), set()).add(who)
    assert all(len(agents) == 1 for agents in by_session.values()), by_session


@pytest.mark.parametrize(("source", "order"), orders())
def test_events_of_several_logs_leave_in_order_of_time(
    home: Path, source: str, order: tuple[str, ...]
) -> None:
    times = [text_of(event, "@timestamp") for event in read(logs(home, source, *order))]
    assert times == sorted(times)


@pytest.mark.parametrize(("source", "order"), orders())
def test_nothing_is_lost_or_doubled_and_no_verdict_is_weaker_than_the_richer_logs(
    home: Path, source: str, order: tuple[str, ...]
) -> None:
    richer = LOGS[source][0]
    alone = read(logs(home, source, richer))
    session = text_of(alone[0], "gen_ai.conversation.id")
    both = of_session(read(logs(home, source, *order)), session)
    calls = [event for event in both if event["event.action"] == "tool_call"]
    assert len(calls) == len(acts(alone)) == 3
    said = Counter(
        (text_of(e, "event.action"), text_of(e, "warrant.content.hash"))
        for e in both
        if text_of(e, "event.action").startswith("message_")
    )
    assert set(said.values()) == {1}
    if richer in order:
        assert acts(both) == acts(alone)
        assert {text_of(e, "event.id") for e in alone} <= {text_of(e, "event.id") for e in both}


def test_telemetry_beside_a_session_file_takes_no_finding_away(home: Path) -> None:
    rules = [rule for rule in load_rules((), pack=True) if is_for_agents(rule)]
    found = {}
    for names in (("rollout_0.169.0",), LOGS["codex"], LOGS["codex"][::-1]):
        run = Scan.over(rules)
        findings = run.findings(logs(home, "codex", *names))
        found[names] = {(f.event["rule.id"], f.event["warrant.finding.severity"]) for f in findings}
        assert not any("too late" in note for note in run.notes())
    first, *others = found.values()
    assert first
    assert all(first <= other for other in others)


def test_all_names_of_a_session_stay_its_accounts(home: Path) -> None:
    for order in permutations(LOGS["codex"]):
        for event in of_session(read(logs(home, "codex", *order))):
            accounts = event["warrant.identity.accounts"]
            assert accounts == [f"codex.agent:{n}" for n in (AGENT, "codex:vm", "codex")]
    (claude,) = {
        tuple(event["warrant.identity.accounts"])  # type: ignore[arg-type]  # a list
        for event in read(logs(home, "claude_code", *LOGS["claude_code"]))
    }
    assert claude == ("claude_code.agent:acme-coder", "claude_code.agent:claude-code:/srv/oc/cc/ws")


def test_a_session_that_only_one_log_knows_keeps_its_name(home: Path) -> None:
    other = of_session(
        read(logs(home, "codex", *LOGS["codex"])), "01a205f4-2d05-7201-b37a-e9ef784192a0"
    )
    assert {event["gen_ai.agent.id"] for event in other} == {"codex:vm"}


# One session's names ----------------------------------------------------------------------------


def said(
    n: int, at: int, agent: str, assurance: str, log: str, action: str = "tool_call", **more: Any
) -> Event:
    return {
        "@timestamp": iso_from_ms(1_700_000_000_000 + at),
        "event.id": f"e{n}",
        "event.module": "m",
        "event.dataset": log,
        "event.action": action,
        "gen_ai.conversation.id": "s",
        "gen_ai.agent.id": agent,
        "gen_ai.agent.name": agent,
        "warrant.agent.assurance": assurance,
        **more,
    }


def joined(*events: Event, capacity: int = 100, **options: Any) -> list[Event]:
    return list(Joiner(Tally(), capacity, **options).run(dict(event) for event in events))


def agents(events: list[Event]) -> list[str]:
    return [text_of(event, "gen_ai.agent.id") for event in events]


@pytest.mark.parametrize("folder", ["p:/w", "p:~/w", r"p:C:\w", "p:D:/w", r"p:\\files\w"])
def test_a_folder_names_an_agent_better_than_a_host(folder: str) -> None:
    two = said(1, 1, "p:zz", "inferred", "a"), said(2, 2, folder, "inferred", "b")
    assert agents(joined(*two)) == agents(joined(*two[::-1])) == [folder, folder]


def test_a_name_that_was_given_stands_before_one_that_was_inferred() -> None:
    two = said(1, 1, "p:/w", "inferred", "a"), said(2, 2, "clerk", "claimed", "b")
    made = joined(*two)
    assert agents(made) == ["clerk", "clerk"]
    assert [event["warrant.agent.assurance"] for event in made] == ["claimed", "claimed"]


def test_agents_that_one_log_tells_apart_stay_apart() -> None:
    events = [
        said(1, 1, "app", "inferred", "a"),
        said(2, 2, "clerk", "claimed", "a"),
        said(3, 3, "p:/w", "inferred", "b"),
    ]
    assert agents(joined(*events)) == ["app", "clerk", "clerk"]
    assert agents(joined(*events, said(4, 4, "scout", "claimed", "a"))) == [
        "app", "clerk", "p:/w", "scout",
    ]  # fmt: skip


def test_a_session_of_two_tenants_is_two() -> None:
    events = [
        said(1, 1, "p:vm", "inferred", "a", **{"organization.id": "acme"}),
        said(2, 2, "p:/w", "inferred", "b", **{"organization.id": "other"}),
        said(3, 3, "p:~", "inferred", "c"),
    ]
    made = joined(*events)
    assert agents(made) == ["p:vm", "p:/w", "p:~"]
    assert "organization.id" not in made[2]


def test_a_log_without_a_tenant_is_of_the_tenant_of_its_session() -> None:
    events = [
        said(1, 1, "p:/w", "inferred", "a"),
        said(2, 2, "p:vm", "inferred", "b", **{"organization.id": "acme"}),
    ]
    assert {event["organization.id"] for event in joined(*events)} == {"acme"}


def test_what_has_left_keeps_its_name_and_its_session_with_it() -> None:
    early = [said(n, n, "p:/w", "inferred", "a") for n in range(5)]
    made = joined(*early, said(9, 9, "clerk", "claimed", "b"), capacity=1)
    assert agents(made) == ["p:/w"] * 6
    assert "m.agent:clerk" in made[-1]["warrant.identity.accounts"]  # type: ignore[operator]  # a list


def test_accounts_of_one_log_are_not_mixed_among_its_own_events() -> None:
    name = "warrant.identity.accounts"
    both = said(1, 1, "clerk", "claimed", "a"), said(2, 2, "clerk", "claimed", "a")
    events = [{**event, name: [f"k:{n}"]} for n, event in enumerate(both, 1)]
    assert [event[name] for event in joined(*events)] == [["k:1"], ["k:2"]]


# Twins ------------------------------------------------------------------------------------------

TWINS = {"m": lambda event: text_of(event, "message")}


def did(n: int, at: int, log: str, what: str, call: str = "", action: str = "tool_call") -> Event:
    known = {"gen_ai.tool.call.id": call} if call else {}
    return said(n, at, "p:/w", "inferred", log, action, message=what, **known)


def test_what_two_logs_call_differently_is_one_action_with_one_answer() -> None:
    stream = [did(1, 1, "b", "ls", "item_1"), did(2, 2, "b", "", "item_1", "tool_result")]
    stream = [{**event, CLOCK: "session"} for event in stream]
    log = [did(3, 60_001, "a", "ls", "call"), did(4, 60_002, "a", "", "call", "tool_result")]
    for events in ([*stream, *log], [*log, *stream]):
        made = joined(*events, twins=TWINS)
        assert [event["event.id"] for event in made] == ["e3", "e4"]
        assert {event["gen_ai.tool.call.id"] for event in made} == {"call"}
        assert not any(CLOCK in event for event in made)


def test_the_same_again_in_one_log_is_done_again() -> None:
    twice = [did(1, 1, "a", "ls"), did(2, 2, "a", "ls"), did(3, 2, "b", "ls")]
    assert len(joined(*twice, twins=TWINS)) == 2


def test_the_same_at_another_time_is_another_action() -> None:
    apart = [did(1, 0, "a", "yes"), did(2, 60_000, "b", "yes"), did(3, 60_100, "a", "yes")]
    assert [event["event.id"] for event in joined(*apart, twins=TWINS)] == ["e1", "e2"]


def test_a_record_that_is_read_twice_is_still_the_same_after_its_twin_was_found() -> None:
    one, other = did(1, 1, "a", "ls"), did(2, 2, "b", "ls")
    assert len(joined(one, other, one, other, one, twins=TWINS)) == 1
    late = [did(n, n, "a", str(n)) for n in range(10, 20)]
    assert len(joined(one, other, *late, one, other, capacity=4, twins=TWINS)) == 11


drawn = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from("abc"), st.sampled_from(["ls", "id", ""])),
    max_size=40,
)


@given(drawn, st.integers(1, 50))
def test_of_every_action_as_many_leave_as_the_log_that_saw_most(
    given_: list[tuple[int, str, str]], capacity: int
) -> None:
    events = [did(n, at, log, what) for n, (at, log, what) in enumerate(given_)]
    tally = Tally()
    made = list(Joiner(tally, capacity, TWINS).run(dict(event) for event in events))
    assert len(made) + tally.joined == len(events)
    assert len({event["event.id"] for event in made}) == len(made)
    for what in ("ls", "id", ""):
        seen = Counter(log for _, log, one in given_ if one == what)
        left = sum(event["message"] == what for event in made)
        assert left >= max(seen.values(), default=0)
        assert left <= sum(seen.values())
