from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agentwarrant.errors import ObserveOnly, Refused, Unreachable
from agentwarrant.event import Event
from agentwarrant.finding import Case, Finding
from agentwarrant.redact import Redactor
from agentwarrant.respond.action import Action, Plan, Target
from agentwarrant.respond.model import ProposedResponse, ProposedStep
from agentwarrant.respond.planning import readings
from agentwarrant.respond.planning.plan import (
    CANNOT_BE_UNDONE,
    MOST,
    MOST_OF_ONE,
    NO_UNDO,
    NOT_KNOWN,
    NOTHING,
    propose,
    unanswered,
)
from agentwarrant.respond.planning.playbook import named, playbooks
from agentwarrant.respond.planning.targets import Known
from agentwarrant.respond.transport import Effect, ObserveTransport, Request
from agentwarrant.warrant.model import Account, Scope, Warrant
from agentwarrant.warrant.registry import Registry

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


class NoJobs:
    """A gateway without a job, and with nothing else that is worth reading."""

    def send(self, request: Request) -> Any:
        if request.method == "cron.list":
            return {"jobs": [], "hasMore": False}
        raise Refused("only its jobs can be read")


def by_id(response: ProposedResponse) -> dict[str, ProposedStep]:
    return {step.id: step for step in response.steps}


# Proposing -------------------------------------------------------------------------------


def test_a_case_gets_the_quarantine_in_the_order_that_works() -> None:
    response = propose(case(), REDACTOR)
    assert response is not None
    assert (response.playbook, response.mode) == ("quarantine-agent", "observe")
    runtime = [step.id for step in response.steps if step.vendor == "openclaw"]
    order = ["strip-tools", "stop-run", "disable-schedules", "disable-schedules-2", "cut-channels"]
    assert [one for one in runtime if one in order] == order
    assert by_id(response)["stop-run"].parameters == f'{{"key":"{KEY}","clearQueued":true}}'


def test_without_a_gateway_no_undo_is_invented() -> None:
    response = propose(case(), REDACTOR)
    assert response is not None
    steps = by_id(response)
    strip, abort, jobs = (steps[i] for i in ("strip-tools", "stop-run", "disable-schedules"))
    assert strip.undo == NOT_KNOWN
    assert abort.undo == CANNOT_BE_UNDONE
    assert (jobs.changes, jobs.undo) == (NOT_KNOWN, NOT_KNOWN)
    assert "The configuration was not read" in strip.note


def test_a_call_that_cannot_be_undone_is_called_so_also_where_no_step_is_known() -> None:
    """As of a case that names no session: real state, read later, may have some."""
    unknown = case()
    for event in unknown.timeline:
        event.pop("warrant.session.key", None)
    response = propose(unknown, REDACTOR)
    assert response is not None
    abort = by_id(response)["stop-run"]
    assert (abort.changes, abort.undo) == (NOT_KNOWN, CANNOT_BE_UNDONE)


def test_where_real_state_has_nothing_to_change_nothing_is_to_be_undone() -> None:
    response = propose(case(), REDACTOR, {"openclaw": NoJobs()})
    assert response is not None
    jobs = by_id(response)["disable-schedules"]
    assert (jobs.changes, jobs.undo) == (NOTHING, NO_UNDO)


@pytest.mark.parametrize("source", ["codex", "mcp", "otel", ""])
def test_a_source_without_a_vendor_gets_nothing(source: str) -> None:
    assert propose(case(source), REDACTOR) is None
    known = f"no vendor here acts on {source}.agent" if source else "no account of the agent"
    assert unanswered(case(source)).startswith(f"quarantine-agent is for it, but {known}")


def test_a_case_that_no_playbook_fits_gets_nothing() -> None:
    assert propose(case(severity="low"), REDACTOR) is None
    assert unanswered(case(severity="low")) == "none is offered for a low case of these rules"


@pytest.mark.parametrize("severity", ["informational", "low", "medium"])
def test_a_rule_that_names_the_playbook_does_not_set_its_condition_aside(severity: str) -> None:
    weak = case(severity=severity, **{"warrant.finding.playbook": "quarantine-agent"})
    assert propose(weak, REDACTOR) is None


def test_a_rule_that_names_a_playbook_without_conditions_is_enough() -> None:
    weak = case(severity="low", **{"warrant.finding.playbook": "verify-containment"})
    response = propose(weak, REDACTOR)
    assert response is not None
    assert response.playbook == "verify-containment"


@pytest.mark.parametrize("error", [Unreachable("gone"), Refused("no")])
def test_a_vendor_that_cannot_be_asked_is_said_and_the_case_alone_is_used(error: Exception) -> None:
    response = propose(case(), REDACTOR, {"openclaw": Silent(error)})
    assert response is not None
    assert all("Made from the case alone" in step.note for step in response.steps)
    assert by_id(response)["strip-tools"].parameters


def test_planning_that_is_no_reading_is_not_hidden() -> None:
    class Careless(Action):
        name, vendor, title, method = "peek", "openclaw", "Peek", "config.patch"

        def plan(self, target: Target, transport: Any = None) -> Plan:
            transport.send(Request("config.patch", {}, Effect.READ, "test"))
            return Plan(self.id, target)

    sent = Silent(AssertionError("it left"))
    with pytest.raises(ObserveOnly):
        readings.plan(Careless(), Target("main"), ObserveTransport(sent, frozenset({"config.get"})))


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


def test_accounts_are_enough_where_no_vendor_runs_the_agent() -> None:
    one = case("mcp")
    one.timeline[0]["warrant.identity.accounts"] = ["keycloak.client:acme/acme-helper"]
    response = propose(one, REDACTOR)
    assert response is not None
    assert {step.vendor for step in response.steps} == {"keycloak"}
    assert "disable-identity" in by_id(response)


def test_a_report_stays_readable_however_many_accounts_there_are() -> None:
    one = case("mcp")
    many = [f"keycloak.client:acme/agent-{number}" for number in range(90)]
    one.timeline[0]["warrant.identity.accounts"] = many
    response = propose(one, REDACTOR)
    assert response is not None
    assert len(response.steps) <= MOST
    shown = [s for s in response.steps if s.id.startswith("disable-identity")]
    assert len(shown) == MOST_OF_ONE
    assert shown[-1].note.endswith("more steps are not shown here.")


def test_accounts_of_the_warrant_are_proposed_for_that_have_not_fired() -> None:
    account = Account("keycloak.client:acme/acme-helper", 0, 1 << 62, "main.yml:1")
    warrant = Warrant(
        "t", "main", "Main", "assistant", "dana", "", 1, 0, 1 << 62, 1 << 62, (account,), None,
        Scope(),
    )  # fmt: skip
    response = propose(case(), REDACTOR, known=Known(Registry([warrant])))
    assert response is not None
    assert {step.vendor for step in response.steps} == {"openclaw", "keycloak"}


def test_playbooks_of_ones_own_are_proposed_too() -> None:
    mine = replace(named(playbooks(), "verify-containment"), name="a", triggers={"severity": "low"})
    response = propose(case(severity="low"), REDACTOR, among=[mine, *playbooks()])
    assert response is not None
    assert response.playbook == "a"
