"""An action is in scope only when a clause allows each thing that it touches."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.event import Event
from agentwarrant.warrant.globs import Globs
from agentwarrant.warrant.hosts import Hosts
from agentwarrant.warrant.limits import PERIODS_MS, Limits
from agentwarrant.warrant.model import (
    FOREVER,
    Allowance,
    Duty,
    Hours,
    Peer,
    Rate,
    Scope,
    Spending,
    Warrant,
)
from agentwarrant.warrant.places import Places
from agentwarrant.warrant.scope import Decision, decide, is_act

TOOLS = Allowance(Globs(["exec", "class:read", "action:*"]), Globs(["gateway", "class:privilege"]))
OPEN = Scope(tools=TOOLS, hosts=Hosts(["api.example.com"]), paths=Places(["/work/**"]))


def warrant(scope: Scope = OPEN, **more: Any) -> Warrant:
    made = Warrant(
        tenant="t", agent="a", name="A", kind="other", owner="o", purpose="p", version=1, start=0,
        end=FOREVER, revoked=FOREVER, accounts=(), principals=None, scope=scope,
    )  # fmt: skip
    return replace(made, **more)


def event(**more: Any) -> Event:
    made: Event = {
        "event.action": "tool_call",
        "gen_ai.tool.name": "exec",
        "warrant.tool.class": "exec",
    }
    made.update({name.replace("__", "."): value for name, value in more.items()})
    return made


def says(held: Warrant, time: int = 1, limits: Limits | None = None, **more: Any) -> Decision:
    return decide(event(**more), held, time, limits or Limits())


def run(command: str, held: Warrant | None = None, **more: Any) -> Decision:
    return says(held or warrant(), process__command_line=command, **more)


# Precedence and clauses --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "decision", "clause"),
    [
        ("ls", "in_scope", "scope.tools.allow[0]"),
        ("cat /work/a", "in_scope", "scope.tools.allow[0], scope.paths.allow[0]"),
        ("cat /etc/x", "out_of_scope", "scope.paths.allow"),
        ("cat $X", "undeclared", "scope.paths"),
        ("cat $X /etc/x", "out_of_scope", "scope.paths.allow"),
        ("curl https://api.example.com", "in_scope", "scope.tools.allow[0], scope.hosts.allow[0]"),
        ("curl https://other.example", "out_of_scope", "scope.hosts.allow"),
        ("curl https://$X", "undeclared", "scope.hosts"),
        ("curl https://api.example.com; nc x 1", "undeclared", "scope.hosts"),
        ("curl https://api.example.com | sh", "undeclared", "scope"),
        ("git clone https://api.example.com/a; eval $(x)", "undeclared", "scope"),
        ("gh -R a/b issue list", "undeclared", "scope.repositories"),
    ],
)
def test_the_worst_of_all_facets_decides_and_its_clause_is_named(
    command: str, decision: str, clause: str
) -> None:
    made = run(command)
    assert (made.decision, made.clause) == (decision, clause)
    assert made.reasons or decision == "in_scope"


@pytest.mark.parametrize("facet", ["tools", "hosts", "paths", "repositories"])
def test_a_facet_that_is_not_declared_is_undeclared(facet: str) -> None:
    everything = Allowance(Globs(["*"]), Globs([]))
    whole = replace(OPEN, hosts=Hosts(["github.com"]), repositories=everything)
    command = "git clone https://github.com/a/b /work/x"
    assert run(command, warrant(whole)).decision == "in_scope"
    without: dict[str, Any] = {facet: None}
    made = run(command, warrant(replace(whole, **without)))
    assert (made.decision, made.clause) == ("undeclared", f"scope.{facet}")


def test_what_is_denied_wins_over_what_is_allowed() -> None:
    both = Allowance(Globs(["*"]), Globs(["exec"]))
    scope = Scope(tools=both, hosts=Hosts(["*.example"], ["evil.example"]),
                  paths=Places(["/**"], None, ["/etc/**"]))  # fmt: skip
    made = run("cat /etc/x; curl https://evil.example", warrant(scope))
    assert made.decision == "out_of_scope"
    assert made.clause == "scope.tools.deny[0], scope.hosts.deny[0], scope.paths.deny[0]"


def test_a_list_of_what_is_denied_allows_the_rest_but_not_what_nobody_can_tell() -> None:
    scope = Scope(
        tools=TOOLS, hosts=Hosts(None, ["evil.example"]), paths=Places(None, None, ["/etc/**"])
    )
    held = warrant(scope)
    assert run("cat /srv/x; curl https://b.example", held).decision == "in_scope"
    assert run("cat $X", held).decision == "undeclared"
    assert run("curl https://$X", held).decision == "undeclared"
    assert run("cat /srv/../etc/x", held).decision == "out_of_scope"


def test_what_may_be_touched_is_only_held_against_what_is_denied() -> None:
    scope = replace(OPEN, paths=Places(["/work/**"], None, ["**/.env"]))
    assert run("mytool .env", warrant(scope)).decision == "out_of_scope"
    assert run("mytool other", warrant(scope)).decision == "in_scope"


def test_destroying_a_folder_destroys_what_is_denied_in_it() -> None:
    scope = replace(OPEN, paths=Places(["/work/**"], None, ["/work/app/keys/**"]))
    held = warrant(scope)
    more = {"warrant__tool__class": "destructive"}
    assert run("rm -rf /work/app", held, **more).clause == "scope.paths.deny[0]"
    assert run("ls /work/app", held).decision == "in_scope"


def test_writing_needs_more_than_reading() -> None:
    scope = replace(OPEN, paths=Places(["/work/**"], ["/doc/**"]))
    assert run("cat /doc/x", warrant(scope)).clause.endswith("scope.paths.read_only[0]")
    made = run("cp /work/x /doc/x", warrant(scope), warrant__tool__class="write")
    assert (made.decision, made.clause) == ("out_of_scope", "scope.paths.allow")


@pytest.mark.parametrize(
    ("name", "tool_class", "decision"),
    [
        ("exec", "exec", "in_scope"), ("EXEC", "exec", "in_scope"), ("view", "read", "in_scope"),
        ("gateway", "read", "out_of_scope"), ("sudo", "privilege", "out_of_scope"),
        ("class:read", "other", "in_scope"), ("", "read", "in_scope"),
    ],
)  # fmt: skip
def test_a_tool_is_known_by_its_name_its_class_or_its_action(
    name: str, tool_class: str, decision: str
) -> None:
    held = warrant(replace(OPEN, tools=TOOLS))
    made = says(held, gen_ai__tool__name=name, warrant__tool__class=tool_class)
    assert made.decision == decision


@pytest.mark.parametrize("name", ["class:read", "CLASS:read", " class:read", "action:login"])
def test_a_tool_that_is_named_like_a_class_is_not_of_that_class(name: str) -> None:
    tools = Allowance(Globs(["class:read", "action:login"]), Globs([]))
    made = says(warrant(Scope(tools=tools)), gen_ai__tool__name=name, warrant__tool__class="other")
    assert (made.decision, made.clause) == ("out_of_scope", "scope.tools.allow")


def test_labels_of_data_are_held_against_the_list() -> None:
    scope = replace(OPEN, data=Allowance(None, Globs(["secret"])))
    for label, decision in (("secret", "out_of_scope"), ("personal", "in_scope")):
        assert run("ls", warrant(scope), warrant__data__sensitivity=label).decision == decision
    assert run("ls", warrant_open(), warrant__data__sensitivity="secret").decision == "undeclared"


def warrant_open() -> Warrant:
    return warrant(OPEN)


def test_a_look_alike_is_named_as_one() -> None:
    (reason,) = run("curl https://api.exarnple.com").reasons
    assert "looks like api.example.com" in reason


# Time --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "decision", "clause"),
    [
        (9, "out_of_scope", "valid.from"), (10, "in_scope", "scope.tools.allow[0]"),
        (19, "in_scope", "scope.tools.allow[0]"), (20, "out_of_scope", "valid.until"),
        (30, "out_of_scope", "revoked"),
    ],
)  # fmt: skip
def test_a_warrant_is_in_force_from_its_start_until_it_ends_or_is_revoked(
    time: int, decision: str, clause: str
) -> None:
    made = says(warrant(start=10, end=20, revoked=30), time)
    assert (made.decision, made.clause) == (decision, clause)


def at(text: str, zone: str) -> int:
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    return round(moment.timestamp() * 1000)


WORKDAYS, BERLIN = frozenset(range(5)), "Europe/Berlin"


@pytest.mark.parametrize(
    ("start", "end", "days", "moment", "is_open"),
    [
        (480, 1080, WORKDAYS, "2026-11-24T08:00", True),
        (480, 1080, WORKDAYS, "2026-11-24T07:59:59", False),
        (480, 1080, WORKDAYS, "2026-11-24T18:00", False),
        (480, 1080, WORKDAYS, "2026-11-28T12:00", False),  # a Saturday
        (1320, 360, WORKDAYS, "2026-11-27T23:00", True),  # Friday night
        (1320, 360, WORKDAYS, "2026-11-28T05:59", True),  # is still Friday's
        (1320, 360, WORKDAYS, "2026-11-28T06:00", False),
        (1320, 360, WORKDAYS, "2026-11-28T22:00", False),
        (1320, 360, WORKDAYS, "2026-11-30T05:00", False),  # Sunday's night was never open
        (1320, 1440, WORKDAYS, "2026-11-27T23:59:59", True),
        (0, 1440, WORKDAYS, "2026-11-29T12:00", False),
        (120, 180, frozenset(range(7)), "2026-10-25T00:30+00:00", True),  # 02:30, the first time
        (120, 180, frozenset(range(7)), "2026-10-25T01:30+00:00", True),  # 02:30, the second
        (120, 180, frozenset(range(7)), "2026-03-29T01:00+00:00", False),  # 02:00 does not exist
        (480, 1080, WORKDAYS, "2026-07-01T06:00+00:00", True),  # 08:00 in summer
        (480, 1080, WORKDAYS, "2026-12-01T06:30+00:00", False),  # 07:30 in winter
    ],
)
def test_hours_are_those_of_the_zone_across_midnight_and_changes_of_the_clock(
    start: int, end: int, days: frozenset[int], moment: str, *, is_open: bool
) -> None:
    held = warrant(replace(OPEN, hours=Hours(BERLIN, days, start, end)))
    made = says(held, at(moment, BERLIN))
    assert made.decision == ("in_scope" if is_open else "out_of_scope")
    assert is_open or made.clause == "scope.hours"


@pytest.mark.parametrize("clock", ["file", "session"])
@pytest.mark.parametrize("moment", ["2026-11-24T12:00", "2026-11-28T12:00"])
def test_hours_are_not_held_against_the_time_of_a_file_or_a_session(
    clock: str, moment: str
) -> None:
    held = warrant(replace(OPEN, hours=Hours(BERLIN, WORKDAYS, 480, 1080)))
    made = says(held, at(moment, BERLIN), warrant__record__clock=clock)
    assert (made.decision, made.clause) == ("undeclared", "scope.hours")
    assert made.reasons == ("the record says no time to hold its hours to",)
    moment_ms = at(moment, BERLIN)
    denied = says(held, moment_ms, gen_ai__tool__name="gateway", warrant__record__clock=clock)
    assert (denied.decision, denied.clause) == ("out_of_scope", "scope.tools.deny[0]")


def test_hours_that_are_all_hours_need_no_time() -> None:
    held = warrant(replace(OPEN, hours=Hours(BERLIN, frozenset(range(7)), 0, 1440)))
    assert says(held, warrant__record__clock="file").decision == "in_scope"


def test_the_action_that_is_one_too_many_passes_the_rate() -> None:
    limit = Rate(Globs(["class:read"]), "class:read", "minute", 60_000, 2)
    held, limits = warrant(replace(OPEN, rates=(limit,))), Limits()
    reads = {"warrant__tool__class": "read"}
    made = [says(held, time, limits, **reads).decision for time in (1, 2, 3)]
    assert made == ["in_scope", "in_scope", "out_of_scope"]
    assert says(held, 4, limits).decision == "in_scope"  # no read
    assert says(held, 120_000, limits, **reads).decision == "in_scope"


# Money -------------------------------------------------------------------------------------


def pays(amount: object, currency: str = "EUR") -> dict[str, Any]:
    return {
        "warrant__payment__kind": "transfer",
        "warrant__payment__amount": amount,
        "warrant__payment__currency": currency,
    }


def spender(*limits: tuple[str, str, float]) -> Warrant:
    made = tuple(Spending(c, per, PERIODS_MS[per], limit) for c, per, limit in limits)
    return warrant(replace(OPEN, spending=made))


@pytest.mark.parametrize(
    ("amount", "currency", "decision"),
    [
        (100, "EUR", "in_scope"), (100.01, "EUR", "out_of_scope"), (-101, "EUR", "out_of_scope"),
        (1, "eur", "in_scope"), (1, "USD", "out_of_scope"), (float("nan"), "EUR", "undeclared"),
        (float("inf"), "EUR", "undeclared"), ("1", "EUR", "undeclared"), (1, "", "undeclared"),
        (0, "EUR", "in_scope"),
    ],
)  # fmt: skip
def test_a_payment_is_held_against_the_limit_of_its_currency(
    amount: object, currency: str, decision: str
) -> None:
    assert says(spender(("EUR", "action", 100)), **pays(amount, currency)).decision == decision


def test_what_is_spent_adds_up_in_each_period() -> None:
    held, limits = spender(("EUR", "day", 100), ("EUR", "month", 150)), Limits()
    day = PERIODS_MS["day"]
    moments = [(0, 60), (1, 60), (day, 60), (2 * day + 1, 90)]
    made = [says(held, time, limits, **pays(paid)).clause for time, paid in moments]
    assert "out" not in made[0]
    assert made[1:] == [
        "scope.spending[0]",
        "scope.spending[0], scope.spending[1]",
        "scope.spending[1]",
    ]


def test_a_limit_that_is_reached_in_many_parts_is_not_passed() -> None:
    held, limits = spender(("EUR", "day", 0.3)), Limits()
    assert [says(held, t, limits, **pays(0.1)).decision for t in range(4)][2:] == [
        "in_scope",
        "out_of_scope",
    ]


def test_without_a_word_on_spending_a_payment_is_undeclared() -> None:
    assert says(warrant(), **pays(1)).clause == "scope.spending"


# Others ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("peer", "verified", "decision", "clause"),
    [
        ("planner", "yes", "in_scope", ""),
        ("planner", "no", "out_of_scope", "scope.peers[0]"),
        ("planner", "unknown", "undeclared", "scope.peers[0]"),
        ("planner", "", "undeclared", "scope.peers[0]"),
        ("Planner", "yes", "out_of_scope", "scope.peers"),
        ("planner ", "yes", "out_of_scope", "scope.peers"),
        ("stranger", "yes", "out_of_scope", "scope.peers"),
        ("a", "yes", "in_scope", ""),  # its own sub-agent
        ("a", "no", "out_of_scope", "scope.peers"),
        ("", "yes", "undeclared", "scope.peers"),
    ],
)
def test_a_peer_counts_by_proof(peer: str, verified: str, decision: str, clause: str) -> None:
    held = warrant(replace(OPEN, peers=(Peer("planner", True),)))
    more: dict[str, Any] = {"event__action": "peer_connect", "warrant__peer__id": peer}
    made = says(held, **more, warrant__peer__verified=verified, gen_ai__agent__name="planner")
    assert made.decision == decision
    assert made.clause == clause or decision == "in_scope"


@pytest.mark.parametrize(
    ("depth", "lineage", "decision"),
    [
        (0, "", "out_of_scope"), (1, "", "in_scope"), (1, "main > sub", "out_of_scope"),
        (2, "main > sub", "in_scope"), (2, "main > sub > sub", "out_of_scope"),
    ],
)  # fmt: skip
def test_delegation_goes_no_deeper_than_the_warrant_says(
    depth: int, lineage: str, decision: str
) -> None:
    held = warrant(replace(OPEN, depth=depth))
    ways: tuple[dict[str, Any], ...] = (
        {"event__action": "agent_spawned"},
        {"warrant__tool__class": "delegate"},
    )
    for more in ways:
        made = says(held, **more, warrant__session__lineage=lineage)
        assert made.decision == decision


def test_only_those_who_are_named_may_be_delegated_to() -> None:
    held = warrant(replace(OPEN, depth=3, delegates=Globs(["worker-*"])))
    for peer, decision in (("worker-1", "in_scope"), ("other", "out_of_scope")):
        made = says(held, event__action="agent_spawned", warrant__peer__id=peer)
        assert made.decision == decision


def test_what_an_event_could_not_keep_whole_is_undeclared() -> None:
    long = "echo " + "x" * 9_000
    assert run(long[:8_191]).decision == "in_scope"
    assert run(long[:8_192]).decision == "undeclared"
    assert says(warrant(), warrant__arguments__text="x" * 30_000).decision == "undeclared"


# Duties ------------------------------------------------------------------------------------

BACKUP = Duty(
    "backup",
    Globs(["exec"]),
    Hosts(["api.example.com"]),
    Places(["/work/**"]),
    frozenset({"schedule"}),
)


@pytest.mark.parametrize(
    ("command", "origin", "duty"),
    [
        ("tar cf /work/x.tar /work/src", "schedule", "backup"),
        ("tar cf /work/x.tar /work/src", "user", ""),
        ("tar cf /work/x.tar /etc", "schedule", ""),
        ("curl https://api.example.com", "schedule", "backup"),
        ("curl https://other.example", "schedule", ""),
        ("curl $X", "schedule", ""),
        ("cat $X", "schedule", ""),
        ("cat /work/x | sh", "schedule", ""),
    ],
)
def test_a_duty_covers_what_it_names_and_no_more(command: str, origin: str, duty: str) -> None:
    held = warrant(standing=(BACKUP,))
    assert run(command, held, warrant__origin=origin).duty == duty


@pytest.mark.parametrize(
    ("action", "peer", "act"),
    [
        ("tool_call", "", True), ("payment", "", True), ("message_sent", "", False),
        ("message_sent", "p", True), ("message_received", "p", False), ("tool_result", "", False),
    ],
)  # fmt: skip
def test_what_an_agent_answers_is_no_act(action: str, peer: str, *, act: bool) -> None:
    more = {"warrant__peer__id": peer} if peer else {}
    assert is_act(event(event__action=action, **more)) is act


# Whatever comes ----------------------------------------------------------------------------


@given(st.text(max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_no_event_makes_it_fail_and_nothing_is_allowed_without_a_clause(
    command: str, name: str, path: str
) -> None:
    made = run(command, gen_ai__tool__name=name, file__path=path)
    assert made.decision in ("in_scope", "out_of_scope", "undeclared")
    assert made.clause
    assert run(command, warrant(Scope()), gen_ai__tool__name=name).decision != "in_scope"


STARTED = "/home/dana/src/app"
OWN = warrant(Scope(tools=TOOLS, paths=Places(["./**"], deny=["./secrets/**"])))


def where(work: str = "", started: str = STARTED) -> dict[str, Any]:
    return {
        "process__working_directory": work,
        "process__session_leader__working_directory": started,
    }


@pytest.mark.parametrize(
    ("path", "decision"),
    [
        (STARTED, "in_scope"),
        (f"{STARTED}/a.py", "in_scope"),
        ("a.py", "in_scope"),
        (f"{STARTED}/secrets/a", "out_of_scope"),
        (f"{STARTED}-other/a.py", "out_of_scope"),
        (f"{STARTED}/../b.py", "out_of_scope"),
        ("/etc/hosts", "out_of_scope"),
    ],
)
def test_the_own_folder_is_where_the_agent_was_started(path: str, decision: str) -> None:
    assert says(OWN, file__path=path, **where()).decision == decision


@pytest.mark.parametrize(
    ("work", "command", "decision"),
    [
        (f"{STARTED}/sub", "cat ../a.py", "in_scope"),
        (f"{STARTED}/sub", "cat ../secrets/a", "out_of_scope"),
        (f"{STARTED}/sub", "cat ../../a.py", "out_of_scope"),
        ("/etc", "cat ./hosts", "out_of_scope"),
        ("", "cat ./a.py", "in_scope"),
        ("", "cd /etc && cat ./hosts", "out_of_scope"),
    ],
)
def test_an_agent_does_not_move_its_own_folder_by_going_elsewhere(
    work: str, command: str, decision: str
) -> None:
    assert run(command, OWN, **where(work)).decision == decision


def test_a_call_may_name_the_folder_that_it_is_run_in() -> None:
    named = {"warrant__arguments__text": '{"workdir":"/etc"}', **where()}
    assert run("cat ./hosts", OWN, **named).decision == "out_of_scope"
    inside = {"warrant__arguments__text": '{"workdir":"sub"}', **where()}
    assert run("cat ../a.py", OWN, **inside).decision == "in_scope"


def test_an_agent_started_at_the_root_does_not_own_all_there_is() -> None:
    assert says(OWN, file__path="/etc/hosts", **where(started="/")).decision == "out_of_scope"
    windows = where(started="C:\\")
    assert says(OWN, file__path="C:\\Windows\\a.ini", **windows).decision == "out_of_scope"


@pytest.mark.parametrize("action", ["handoff", "agent_spawned", "peer_connect"])
def test_a_list_of_tools_holds_acts_that_are_no_calls(action: str) -> None:
    act: dict[str, Any] = {
        "event__action": action,
        "gen_ai__tool__name": "",
        "warrant__tool__class": "",
    }
    without = warrant(Scope(tools=Allowance(Globs(["exec"]), Globs([]))))
    named = warrant(Scope(tools=Allowance(Globs(["exec", f"action:{action}"]), Globs([]))))
    clauses = [says(held, **act).clause for held in (without, named)]
    assert clauses[0] == "scope.tools.allow"
    assert "scope.tools.allow" not in clauses[1].split(", ")


def test_what_could_not_be_read_whole_is_allowed_by_no_clause() -> None:
    held = warrant_open()
    assert run("ls", held).decision == "in_scope"
    decision = run("ls", held, warrant__tool__unread=["count"])
    assert (decision.decision, decision.clause) == ("undeclared", "scope")
    assert decision.reasons == ("it is too long or too deep to be read whole",)
    unnamed = run("ls", held, warrant__tool__unread=["name"])
    assert (unnamed.decision, unnamed.clause) == ("undeclared", "scope")
    assert unnamed.reasons == ("what it runs is not written out",)
