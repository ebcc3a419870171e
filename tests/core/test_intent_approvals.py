"""What people said to a call stands on its answer: an act without a yes is known at once."""

from __future__ import annotations

from typing import Any

import pytest

from agentwarrant.intent.judge import Judge
from agentwarrant.rules.check import make_events

CALL = {"event.action": "tool_call", "gen_ai.tool.call.id": "c1"}
ANSWER = {"event.action": "tool_result", "gen_ai.tool.call.id": "c1", "event.outcome": "success"}
ASKED = {"event.action": "approval_requested", "gen_ai.tool.call.id": "c1"}
YES = {"event.action": "approval_granted", "gen_ai.tool.call.id": "c1"}
NO = {"event.action": "approval_denied", "gen_ai.tool.call.id": "c1"}
LATE = {**NO, "warrant.approval.state": "expired"}


def answered(*parts: dict[str, Any]) -> tuple[str, str]:
    """Return state and id of the approval on the last of some events, with a restart before it."""
    *before, last = make_events(parts)
    events = [*({**event, "warrant.approval.id": "a1"} for event in before), last]
    first, second = Judge(), Judge()
    for event in events[:-1]:
        first.judge(event)
    second.restore(first.snapshot())
    made = second.judge(events[-1])
    return str(made["warrant.approval.state"]), str(made.get("warrant.approval.id", ""))


@pytest.mark.parametrize(
    ("course", "state"),
    [
        ([CALL, ASKED, ANSWER], ("requested", "a1")),
        ([CALL, ASKED, YES, ANSWER], ("granted", "a1")),
        ([CALL, ASKED, NO, ANSWER], ("denied", "a1")),
        ([CALL, ASKED, LATE, ANSWER], ("denied", "a1")),
        ([CALL, ANSWER], ("none", "")),
        ([CALL, {**ASKED, "gen_ai.tool.call.id": "c2"}, ANSWER], ("none", "")),
        ([CALL, {**ASKED, "gen_ai.tool.call.id": None}, ANSWER], ("none", "")),
        ([CALL, {**ASKED, "gen_ai.conversation.id": "another"}, ANSWER], ("none", "")),
        ([CALL, {**ASKED, "organization.id": "another"}, ANSWER], ("none", "")),
        ([CALL, ASKED, {**ANSWER, "warrant.approval.state": "mismatched"}], ("mismatched", "")),
    ],
)
def test_an_answer_says_how_the_question_about_its_call_stands(
    course: list[dict[str, Any]], state: tuple[str, str]
) -> None:
    assert answered(*course) == state
