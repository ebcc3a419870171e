"""An agent that acts after it was contained is seen to, whatever the reads say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import pytest

from agentwarrant.event import Event, iso_from_ms
from agentwarrant.respond.ledger.rows import RunRow
from agentwarrant.respond.reporting.lately import Lately

CONTAINED = 1_800_000_000_000


@dataclass(frozen=True)
class Contained:
    tenant: str = "acme"
    agent: str = "bot"
    contained_ms: int = CONTAINED


RUN = cast(RunRow, Contained())


def act(after_ms: int, **more: Any) -> Event:
    return {
        "@timestamp": iso_from_ms(CONTAINED + after_ms),
        "event.id": "e1",
        "event.action": "tool_call",
        "organization.id": "acme",
        "gen_ai.agent.id": "bot",
        "gen_ai.tool.name": "exec",
        **more,
    }


def said(*events: Event) -> list[str]:
    lately = Lately()
    for event in events:
        lately.see(event)
    return lately.since(RUN)


def test_an_act_after_containment_is_told_with_its_event() -> None:
    assert said(act(-5), act(5)) == ["the agent acts after it was contained: exec (e1)"]


def test_the_agent_is_known_by_what_its_source_calls_it_too() -> None:
    named = {"gen_ai.agent.id": "acme-clerk", "warrant.identity.accounts": ["openclaw.agent:h/bot"]}
    assert said(act(5, **named))


@pytest.mark.parametrize(
    "more",
    [
        {"event.action": "tool_result"},
        {"event.action": "message_received"},
        {"event.outcome": "failure"},
        {"gen_ai.agent.id": "another"},
        {"organization.id": "other"},
    ],
)
def test_what_is_no_act_of_this_agent_is_not(more: dict[str, Any]) -> None:
    assert said(act(5, **more)) == []


def test_only_a_few_are_told_and_the_oldest_agents_are_let_go() -> None:
    assert len(said(*(act(n) for n in range(1, 100)))) == 3
    others = (act(5, **{"gen_ai.agent.id": f"a{n}"}) for n in range(6_000))
    assert said(act(5), *others) == []
