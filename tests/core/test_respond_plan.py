from __future__ import annotations

from typing import Any

import pytest

from agentwarrant.content import parse
from agentwarrant.errors import ContentErrors, ObserveOnly, Refused, Unreachable
from agentwarrant.event import Event
from agentwarrant.finding import Case, Finding
from agentwarrant.redact import Redactor
from agentwarrant.respond.action import Action, Plan, Target
from agentwarrant.respond.plan import _plan, propose, target_of
from agentwarrant.respond.playbook import Playbook, _load, playbooks
from agentwarrant.respond.transport import Effect, ObserveTransport, Request

REDACTOR = Redactor(b"key of this test")
KEY = "agent:main:telegram:direct:777000111"


def case(
    source: str = "openclaw", severity: str = "high", agent: str = "main", **more: Any
) -> Case:
    found: Event = {
        "@timestamp": "2026-01-31T10:00:00.000Z",
        "event.id": "f1",
        "rule.id": "r1",
        "rule.name": "A rule",
        "warrant.finding.severity": severity,
        "event.risk_score": 73.0,
        **more,
    }
    event: Event = {
        "@timestamp": "2026-01-31T10:00:00.000Z",
        "event.id": "e1",
        "gen_ai.agent.id": agent,
        "warrant.session.key": KEY,
        "warrant.channel": "telegram",
        "warrant.intent.verdict": "influenced",
    }
    stranger = {**event, "gen_ai.agent.id": "other", "warrant.session.key": "agent:other:main"}
    return Case("c1", "t", agent, "conv", source, [Finding(found, (event,))], [event, stranger])


class Silent:
    """A vendor that cannot be asked."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def send(self, request: Request) -> Any:
        raise self.error


def test_the_agent_is_called_as_its_source_calls_it_not_as_its_warrant_does() -> None:
    one = case(agent="acme-helper")
    accounts = ["openclaw.agent:gw-7/main", "openclaw.agent:main", "okta.app:0oa1"]
    one.timeline[0]["warrant.identity.accounts"] = accounts
    assert target_of(one).agent == "main"
    assert target_of(case(agent="main")).agent == "main"


# Proposing -------------------------------------------------------------------------------


def test_a_case_gets_the_quarantine_in_the_order_that_works() -> None:
    response = propose(case(), REDACTOR)
    assert response is not None
    assert (response.playbook, response.mode) == ("quarantine-agent", "observe")
    assert [step.id for step in response.steps] == [
        "strip-tools", "abort-run", "disable-schedules", "stop-heartbeat", "cut-channels"
    ]  # fmt: skip
    assert response.steps[1].parameters == f'{{"key":"{KEY}","clearQueued":true}}'


def test_without_a_gateway_no_undo_is_invented() -> None:
    response = propose(case(), REDACTOR)
    assert response is not None
    strip, abort, jobs, *_ = response.steps
    assert strip.undo == "made from the state that is read when the step runs"
    assert abort.undo == ""
    assert (jobs.changes, jobs.undo) == ("nothing", "nothing to undo")
    assert "The configuration was not read" in strip.note


@pytest.mark.parametrize("source", ["claude_code", "codex", "mcp", "otel", ""])
def test_a_source_without_a_vendor_gets_nothing(source: str) -> None:
    assert propose(case(source), REDACTOR) is None


def test_a_case_that_no_playbook_fits_gets_nothing() -> None:
    assert propose(case(severity="low"), REDACTOR) is None


def test_a_rule_that_names_the_playbook_is_enough() -> None:
    named = case(severity="low", **{"warrant.finding.playbook": "quarantine-agent"})
    assert propose(named, REDACTOR) is not None


@pytest.mark.parametrize("error", [Unreachable("gone"), Refused("no")])
def test_a_vendor_that_cannot_be_asked_is_said_and_the_case_alone_is_used(error: Exception) -> None:
    response = propose(case(), REDACTOR, {"openclaw": Silent(error)})
    assert response is not None
    assert all("Made from the case alone" in step.note for step in response.steps)
    assert response.steps[0].parameters


def test_planning_that_is_no_reading_is_not_hidden() -> None:
    class Careless(Action):
        name, vendor, title, method = "peek", "openclaw", "Peek", "config.patch"

        def plan(self, target: Target, transport: Any = None) -> Plan:
            transport.send(Request("config.patch", {}, Effect.READ, "test"))
            return Plan(self.id, target)

    sent = Silent(AssertionError("it left"))
    with pytest.raises(ObserveOnly):
        _plan(Careless(), Target("main"), ObserveTransport(sent, frozenset({"config.get"})))


def test_an_agent_that_cannot_be_named_is_said_at_every_step() -> None:
    response = propose(case(agent='x"}'), REDACTOR)
    assert response is not None
    assert all(step.parameters == "" for step in response.steps)
    assert all("Cannot be planned" in step.note for step in response.steps)


def test_a_secret_in_a_name_is_not_shown() -> None:
    secret = "sk_test_FAKEFAKEFAKEFAKE1234"  # noqa: S105
    leaky = case()
    leaky.timeline[0]["warrant.session.key"] = f"agent:main:{secret}"
    response = propose(leaky, REDACTOR)
    assert response is not None
    assert secret not in repr(response)


def test_only_the_cases_own_agent_gives_targets() -> None:
    assert target_of(case()) == Target("main", (KEY,), ("telegram",))


# Playbooks -------------------------------------------------------------------------------

TEXT = """\
id: 975712d2-caea-4122-9ae8-17645494a071
name: a-playbook
title: A playbook
description: For a test.
mode_default: observe
{triggers}
steps:
  - id: one
    action: {action}
    description: Do it.
    on_failure: stop
    needs_approval: true
{more}
"""


def loaded(action: str = "openclaw.abort_run", triggers: str = "", more: str = "") -> Any:
    text = TEXT.format(action=action, triggers=triggers, more=more)
    (document,), faults = parse(text, "a.yml")
    return list(_load(document, faults)), faults


def fitting(triggers: str, tested: Case) -> bool:
    (playbook,), _ = loaded(triggers=f"triggers: {triggers}")
    assert isinstance(playbook, Playbook)
    return playbook.fits(tested)


def test_an_unknown_action_is_a_fault_with_its_line_and_the_nearest_name() -> None:
    made, (fault,) = loaded(action="openclaw.abort_runs")
    assert made == []
    assert (fault.line, fault.mend) == (9, "did you mean openclaw.abort_run?")


def test_a_key_that_no_action_reads_is_a_fault_not_ignored() -> None:
    _, (fault,) = loaded(more="    targets: everyone")
    assert "no action reads targets" in str(fault)


def test_two_steps_with_one_id_are_a_fault() -> None:
    again = TEXT[TEXT.index("  - id") : TEXT.index("{more}")].format(action="openclaw.abort_run")
    _, (fault,) = loaded(more=again)
    assert "two steps have the id one" in str(fault)


def test_a_mode_that_changes_anything_is_a_fault() -> None:
    text = TEXT.format(action="openclaw.abort_run", triggers="", more="")
    (document,), faults = parse(text.replace("mode_default: observe", "mode_default: auto"), "a")
    assert list(_load(document, faults)) == []
    assert faults


@pytest.mark.parametrize(
    ("triggers", "fits"),
    [
        ("{severity: high}", True),
        ("{severity: low}", True),
        ("{severity: critical}", False),
        ("{severity: [low, critical]}", False),
        ("{severity: [low, high]}", True),
        ("{verdict: influenced}", True),
        ("{verdict: [intended, unexplained]}", False),
        ("{rules: [r1]}", True),
        ("{rules: [r2]}", False),
        ("{severity: high, rules: [r2]}", False),
        ("{}", False),
    ],
)
def test_every_trigger_must_hold(triggers: str, fits: bool) -> None:
    assert fitting(triggers, case()) is fits


def test_the_shipped_playbooks_load() -> None:
    try:
        assert [playbook.name for playbook in playbooks()]
    except ContentErrors as errors:
        pytest.fail(str(errors))
