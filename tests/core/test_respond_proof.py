"""Proof: what a run has done is shown from the log line to the entry of the chain, and no more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.respond_world import TENANT, plan, point, settings, worker
from tests.simulators.office import TOKEN, Office, office

from agentwarrant.event import Event, text_of
from agentwarrant.finding import Case, Finding
from agentwarrant.respond.execution.undo import release
from agentwarrant.respond.guard import switches
from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.reporting import observed
from agentwarrant.respond.reporting.casefile import log_of
from agentwarrant.respond.reporting.killevents import events_of
from agentwarrant.respond.reporting.metrics import metrics
from agentwarrant.respond.reporting.proof import Proof, proof_of
from agentwarrant.respond.runplan import Parallel, RunPlan
from agentwarrant.respond.settings import Settings
from agentwarrant.schema import problems

NAME = 'a"b\\c\u202ed\n'
LINE = re.compile(
    r'# (HELP|TYPE) [a-z_]+ .+|[a-z_]+\{([a-z]+="([^"\\\n]|\\[\\"n])*",?)*\} [0-9.e+]+'
)


class World:
    """One office, one ledger, one worker, and a clock."""

    def __init__(self, folder: Path, url: str, simulator: Office) -> None:
        self.office = simulator
        self.settings: Settings = settings(folder, {"test-office": url})
        self.ledger = Ledger.open(f"sqlite:///{folder / 'respond.db'}", b"key")

    def carry(self, made: RunPlan) -> str:
        run = self.ledger.enter(made, actor="kim")
        self.work()
        return run

    def work(self) -> None:
        worker(self.ledger, self.settings).work(until_idle=True)

    def proof(self, run: str) -> Proof:
        return proof_of(self.ledger, run)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    simulator = office()
    with simulator.running() as url:
        made = World(tmp_path, url, simulator)
        yield made
        made.ledger.close()


def lasting(kind: str, name: str, seconds: float = 3600.0) -> Any:
    one = point(kind, name)
    step = replace(one.step, residual_seconds=seconds, residual="access tokens of the account")
    return replace(one, step=step)


def usual() -> RunPlan:
    facts = {
        "first_event": "2026-11-29T10:00:00Z",
        "rules": ["r-1"],
        "log": [{"event": "e1", "time": "2026-11-29T10:00:00.000Z", "rule": "A rule", "file": "x"}],
        "not_covered": ["okta.user:left-alone"],
    }
    nodes = (Parallel("all", (lasting("disable", "kc-1"), point("revoke", "key-1"))),)
    made: RunPlan = replace(plan(*nodes), facts=facts)
    return made


def test_a_contained_run_is_shown_from_the_log_line_to_the_chain(world: World) -> None:
    proof = world.proof(world.carry(usual()))
    assert proof.state == "contained"
    assert proof.log[0]["event"] == "e1"
    assert [one.is_stopped for one in proof.points] == [True, True]
    with world.ledger.reading() as connection:
        chain = {e.seq: e for e in audit.told(connection, TENANT)}
    for one in proof.points:
        assert chain[one.seq].hash == one.hash
        assert chain[one.seq].kind == "point_verified"
        assert chain[one.seq].point == one.id
        assert one.verified >= one.applied >= one.sent > ""
        assert one.proof.startswith("GET /")
    assert proof.time_to_contain_s is not None
    assert proof.reaction_s is not None
    assert 0 <= proof.reaction_s < 60
    assert proof.not_covered == ("okta.user:left-alone: nothing here can stop it",)
    json.dumps(proof.data())


def test_what_was_issued_before_is_said_to_live_on_until_when(world: World) -> None:
    proof = world.proof(world.carry(usual()))
    disable, revoke = proof.points
    said = re.fullmatch(
        r"what was issued before \S+ (\d\d):(\d\d)Z may work until \S+ (\d\d):(\d\d)Z:"
        r" access tokens of the account",
        disable.exposure,
    )
    assert said is not None
    begin, end = (int(said[n]) * 60 + int(said[n + 1]) for n in (1, 3))
    assert (end - begin) % 1440 == 60
    assert revoke.exposure == ""
    assert 3500 < proof.residual_s <= 3600


def test_what_the_vendor_only_says_is_not_covered(world: World) -> None:
    world.office.lies = True
    proof = world.proof(world.carry(plan(point("disable", "kc-1"))))
    assert proof.state == "not_contained"
    assert proof.time_to_contain_s is None
    assert proof.contained == ""
    assert not proof.points[0].is_stopped
    assert proof.not_covered[0].startswith("office.account:kc-1: Disable an account:")


def test_who_only_told_people_has_contained_nobody(world: World) -> None:
    told = plan(point("tell", "m-1"))
    alone = world.proof(world.carry(replace(told, facts={"not_covered": ["okta.user:x"]})))
    assert alone.state == "not_contained"
    assert alone.reason == "nothing that was done touches the agent"
    meant = world.proof(world.carry(told))
    assert meant.time_to_contain_s is None
    assert "seconds_count" not in metrics(world.ledger)


def test_an_observed_run_proves_nothing_and_throws_no_switch(world: World) -> None:
    proof = world.proof(world.carry(plan(point("disable", "kc-1"), mode="observe")))
    assert proof.state == "observed"
    assert not proof.points[0].is_stopped
    assert list(events_of(proof)) == []


def test_the_siem_is_told_of_the_switch_and_of_every_answer(world: World) -> None:
    run = world.carry(usual())
    events = list(events_of(world.proof(run)))
    assert [text_of(e, "event.action") for e in events] == [
        "kill_switch_engaged", "kill_switch_ack", "kill_switch_ack",
    ]  # fmt: skip
    for event in events:
        assert problems(event) == []
        assert text_of(event, "warrant.run.id") == run
    assert {text_of(e, "event.outcome") for e in events} == {"success"}
    assert len({text_of(e, "event.id") for e in events}) == 3
    assert list(events_of(world.proof(run))) == events
    release(world.ledger, run, actor="kim")
    world.work()
    after = [text_of(e, "event.reason") for e in events_of(world.proof(run))]
    assert after.count("rolled_back") == 1


def test_a_point_that_failed_acknowledges_that(world: World) -> None:
    world.office.lies = True
    events = list(events_of(world.proof(world.carry(plan(point("disable", "kc-1"))))))
    assert all(problems(event) == [] for event in events)
    assert "success" not in {text_of(e, "event.outcome") for e in events}


def test_figures_are_in_the_form_that_prometheus_reads(world: World) -> None:
    world.carry(usual())
    odd = replace(usual(), tenant=NAME, playbook=NAME)
    world.carry(odd)
    with world.ledger.transaction(TENANT) as connection:
        switches.switch_on(connection, TENANT, switches.Name.BREAKER, by="x", reason="y")
    lines = metrics(world.ledger).splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    figures = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    own = f'{{tenant="{TENANT}"'
    assert figures[f'agentwarrant_runs{own},state="contained"}}'] == "1"
    assert figures[f'agentwarrant_points{own},state="verified"}}'] == "2"
    assert figures[f"agentwarrant_breaker_on{own}}}"] == "1"
    count = f'{{tenant="{TENANT}",playbook="contain"}}'
    assert figures[f"agentwarrant_time_to_contain_seconds_count{count}"] == "1"
    top = f'{{tenant="{TENANT}",playbook="contain",le="+Inf"}}'
    assert figures[f"agentwarrant_reaction_seconds_bucket{top}"] == "1"
    assert float(figures[f"agentwarrant_residual_exposure_seconds{own}}}"]) > 3500


def test_no_secret_of_a_connection_is_in_what_is_shown(world: World) -> None:
    proof = world.proof(world.carry(usual()))
    shown = json.dumps(proof.data()) + metrics(world.ledger) + json.dumps(list(events_of(proof)))
    assert TOKEN not in shown
    assert "fresh-secret-in-an-answer" not in shown


# The month in observe mode ------------------------------------------------------------------


def closed(case: str, said: str) -> Event:
    return {"warrant.case.id": case, "warrant.finding.disposition": said}


def seen(world: World, case: str, **own: Any) -> None:
    made = plan(point("disable", case), point("revoke", case), mode="observe", agent=f"of-{case}")
    notes = ("Stops working: job nightly", "It is owned by kim")
    world.ledger.enter(replace(made, cases=(case,), notes=notes, **own), actor="rule")


def test_a_month_of_observing_says_what_would_have_been_right_and_wrong(world: World) -> None:
    for case in ("good-1", "good-2", "bad", "mixed", "unclear", "nobody"):
        seen(world, case)
    said = observed.dispositions_of(
        [
            closed("good-1", "malicious"), closed("good-1", "benign"),
            closed("good-2", "malicious"), closed("bad", "benign"),
            closed("unclear", "unclear"), closed("mixed", "benign"),
        ]
    )  # fmt: skip
    found = observed.report(world.ledger, said, since_ms=0)
    count = found.playbooks[TENANT, "contain"]
    assert (count.runs, count.right, count.wrong, count.open) == (6, 2, 2, 2)
    assert count.share == 0.5
    assert len(count.agents) == 6
    assert found.classes["irreversible"].runs == 6
    assert {one.cases for one in found.wrong} == {("bad",), ("mixed",)}
    assert found.wrong[0].stops == ("job nightly",)
    assert found.stops == {"job nightly": 6}
    json.dumps(found.data())


def test_what_was_carried_out_or_is_older_is_not_in_the_report(world: World) -> None:
    world.carry(usual())
    seen(world, "old")
    found = observed.report(world.ledger, {}, since_ms=world.ledger.now_ms() + 1)
    assert found.playbooks == {}
    assert observed.report(world.ledger, {}, since_ms=0, tenant="umbrella").playbooks == {}
    assert len(observed.report(world.ledger, {}, since_ms=0).playbooks) == 1


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ({}, "open"),
        ({"a": "benign"}, "wrong"),
        ({"b": "malicious"}, "right"),
        ({"a": "benign", "b": "malicious"}, "mixed"),
    ],
)
def test_a_run_is_held_against_all_its_cases(said: dict[str, str], verdict: str) -> None:
    assert observed.verdict_of(("a", "b"), said) == verdict


def test_the_log_of_a_case_names_each_line_once_with_the_rule_that_found_it() -> None:
    event: dict[str, Any] = {
        "event.id": "e1", "@timestamp": "2026-11-29T10:00:00.000Z", "event.action": "tool_call",
        "gen_ai.tool.name": "read\u202e\n", "log.file.path": "/x",
    }  # fmt: skip
    rule: dict[str, Any] = {"rule.name": "A rule", "rule.id": "r-1"}
    case = Case(
        "c", TENANT, "a", "", "openclaw", [Finding(rule, (event,)), Finding(rule, (event,))]
    )
    (line,) = log_of(case)
    assert (line["event"], line["rule"], line["file"]) == ("e1", "A rule", "/x")
    assert line["what"] == "tool_call: read"
