"""Run plans on a terminal: whole, and clean whatever agents have written."""

from __future__ import annotations

from io import StringIO
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from agentwarrant.report.runplan import show_plan, show_playbooks
from agentwarrant.respond.action import Expectation, Reversibility, Step, Verb, Verification
from agentwarrant.respond.planning.playbook import playbooks
from agentwarrant.respond.runplan import Approval, Decide, Parallel, Point, RunPlan, Sequence, Wait
from agentwarrant.respond.transport import Effect, Request


def point(identity: str, text: str = "x", kind: str = "reversible", **more: Any) -> Point:
    look = Request("GET /x", {}, Effect.READ, "Vendor")
    step = Step(
        text, Request("PUT /x", {}, Effect.CHANGE, "Vendor"), text,
        Verification(look, (Expectation(("status",), 200),)), **more,
    )  # fmt: skip
    return Point(identity, "v.a", text, Reversibility(kind), Verb.KILL, "continue", step)


def shown(plan: RunPlan, width: int = 200) -> str:
    console = Console(file=StringIO(), width=width, force_terminal=False, no_color=True)
    show_plan(plan, console)
    stream = console.file
    assert isinstance(stream, StringIO)
    return stream.getvalue()


def test_everything_that_a_plan_holds_is_shown() -> None:
    undo = (Request("PUT /x", {}, Effect.CHANGE, "Vendor"),)
    tree = Sequence(
        "run",
        (
            Approval("ask", 2, 1800.0, "Shall we?"),
            Parallel(
                "both", (point("a", "switch off", undo=undo), point("b", "kill", "irreversible"))
            ),
            Wait("w", 300.0),
            Decide("d", {"step": "a", "is": ["failed"]}, point("c", "again"), point("e", "else")),
        ),
    )
    plan = RunPlan(
        "p", "Stop it", "acme", "bot", (), "approve", tree,
        notes=("NOT COVERED: okta.user:x: no connection",), irreversible=("kill: gone",),
    )  # fmt: skip
    text = shown(plan)
    for said in (
        "Stop it: bot of acme; 4 changes, mode approve",
        "wait until 2 people said yes, within 30 min: Shall we?",
        "at once",
        "kill (cannot be taken back)",
        "wait 300 s",
        "if a ended failed",
        "Cannot be taken back",
        "NOT COVERED: okta.user:x",
        plan.hash,
    ):
        assert said in text


@given(st.text(max_size=60))
def test_nothing_that_an_agent_wrote_moves_the_terminal_or_speaks_its_markup(text: str) -> None:
    hostile = f"\x1b[2J[red]{text}\u202e"
    plan = RunPlan(
        "p", hostile, "acme", hostile, (), "observe",
        Sequence("run", (point("a", hostile),)), notes=(hostile,), irreversible=(hostile,),
    )  # fmt: skip
    drawn = shown(plan)
    assert "\x1b" not in drawn
    assert "\u202e" not in drawn
    assert "[red]" in drawn


def test_every_playbook_is_listed() -> None:
    console = Console(file=StringIO(), width=160)
    show_playbooks(playbooks(), console)
    stream = console.file
    assert isinstance(stream, StringIO)
    assert all(one.name in stream.getvalue() for one in playbooks())
