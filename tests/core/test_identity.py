"""Every event has an agent, as an entity."""

from __future__ import annotations

from agentwarrant.event import Event
from agentwarrant.identity import attribute


def test_an_agent_is_an_entity_of_its_source() -> None:
    event: Event = {"gen_ai.agent.id": "main", "event.module": "openclaw"}
    made = attribute(event)
    assert made["entity.id"] == "openclaw:main"
    assert made["entity.name"] == made["gen_ai.agent.name"] == "main"


def test_a_name_that_the_source_gives_is_kept() -> None:
    made = attribute({"gen_ai.agent.id": "a1", "gen_ai.agent.name": "Clerk", "event.module": "m"})
    assert (made["gen_ai.agent.name"], made["entity.name"]) == ("Clerk", "Clerk")


def test_an_agent_that_nobody_names_is_unknown() -> None:
    assert attribute({"event.module": "codex"})["gen_ai.agent.id"] == "unknown"


def test_the_event_it_was_given_stays_as_it_was() -> None:
    event: Event = {"event.module": "codex"}
    attribute(event)
    assert event == {"event.module": "codex"}


def test_the_same_name_in_two_sources_is_two_entities() -> None:
    one, other = (attribute({"gen_ai.agent.id": "main", "event.module": m}) for m in "ab")
    assert one["entity.id"] != other["entity.id"]
