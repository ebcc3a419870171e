"""Run plans on a terminal: whole, and clean whatever agents have written."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from agentwarrant.cli.respondtext import markdown
from agentwarrant.report.planrows import plan_rows
from agentwarrant.report.runplan import show_plan, show_playbooks
from agentwarrant.respond.action import Expectation, Reversibility, Step, Verb, Verification
from agentwarrant.respond.planning.playbook import playbooks
from agentwarrant.respond.reporting.preview import Preview
from agentwarrant.respond.runplan import Approval, Decide, Parallel, Point, RunPlan, Sequence, Wait
from agentwarrant.respond.transport import Effect, Request


def point(identity: str, text: str = "x", kind: str = "reversible", **more: Any) -> Point:
    look = Request("GET /x", {}, Effect.READ, "Vendor")
    step = Step(
        text, Request("PUT /x", {}, Effect.CHANGE, "Vendor"), text,
        Verification(look, (Expectation(("status",), 200),)), **more,
    )  # fmt: skip
    return Point(identity, "v.a", text, Reversibility(kind), Verb.KILL, "continue", step)


def shown(plan: RunPlan, width: int = 200, **met: Any) -> str:
    console = Console(file=StringIO(), width=width, force_terminal=False, no_color=True)
    show_plan(Preview(plan, **met), console)
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
        "playbook p, plan ",
        "sends    PUT /x {}",
        "proof    GET /x: status = 200",
        "undo     PUT /x {}",
        "undo     CANNOT BE TAKEN BACK",
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


def plan_of(*nodes: Any, **more: Any) -> RunPlan:
    return RunPlan("p", "Stop it", "acme", "bot", (), "approve", Sequence("run", nodes), **more)


def test_a_request_is_shown_whole_however_long_and_narrow() -> None:
    long = Request("PUT /x", {"key": "y" * 3000}, Effect.CHANGE, "Vendor")
    step = point("a")
    made = replace(step, step=replace(step.step, request=long))
    assert shown(plan_of(made), 60).count("y") >= 3000
    assert "y" * 3000 in "".join(row.text for row in plan_rows(Preview(plan_of(made))))


def test_what_must_not_be_missed_is_said_in_words() -> None:
    met: dict[str, Any] = {
        "forbidden": ("a: okta.user:ceo is protected",),
        "cautions": ("the business needs bot",),
        "needs": 2,
        "approvers": ("anna",),
        "open_run": "4f1c",
    }
    facts = {"stops": ["Stops working: the daily report", "3 people work with it"]}
    text = shown(plan_of(point("a"), notes=(*facts["stops"], "b: left"), facts=facts), **met)
    for said in (
        "FORBIDDEN: it does not start, whoever approves\n  - a: okta.user:ceo is protected",
        "Waits for people\n  - the business needs bot",
        "NOT ENOUGH APPROVERS: 2 people must say yes, and who may is anna",
        "run 4f1c is open and does all of this: it takes the case",
        "What stops working\n  - the daily report",
        "  - 3 people work with it",
        "To know before\n  - b: left",
    ):
        assert said in "\n".join(line.rstrip() for line in text.splitlines())
    assert text.count("the daily report") == 1
    assert "1 person must say yes; who may: anna" in shown(
        plan_of(point("a")), needs=1, approvers=("anna",)
    )


def test_where_nothing_can_be_done_it_says_so_first() -> None:
    missing = "NOT COVERED: okta.user:x: no connection"
    facts = {"accounts": ["okta.user:x"], "not_covered": ["okta.user:x"]}
    text = shown(plan_of(notes=("tell: it is Sunday", missing), facts=facts))
    assert "NOTHING HERE STOPS IT" in text.splitlines()[2]
    assert text.index(missing) < text.index("it is Sunday")
    done = shown(plan_of(notes=(missing,), facts={**facts, "not_covered": []}))
    assert "NOTHING" not in done  # there is nothing left to do
    assert "no account of it is known" in shown(plan_of())


def test_what_is_the_same_of_several_steps_is_said_once() -> None:
    notes = ("a/tell: NOT COVERED: no mail", "b/tell: NOT COVERED: no mail", "Left: as it is")
    text = shown(plan_of(point("a"), notes=notes))
    assert "  - a/tell, b/tell: NOT COVERED: no mail" in text
    assert "  - Left: as it is" in text


def test_many_cases_do_not_fill_the_screen() -> None:
    plan = replace(plan_of(point("a")), cases=tuple(f"case{n}" for n in range(40)))
    assert "case9 and 30 more" in shown(plan)
    assert "case10" not in shown(plan)


@given(st.text(max_size=60))
def test_nothing_that_an_agent_wrote_moves_the_terminal_or_speaks_its_markup(text: str) -> None:
    hostile = f"\x1b[2J[red]{text}\u202e"
    plan = RunPlan(
        "p", hostile, "acme", hostile, (), "observe",
        Sequence("run", (point("a", hostile),)), notes=(hostile,), irreversible=(hostile,),
    )  # fmt: skip
    met: dict[str, Any] = {"forbidden": (hostile,), "cautions": (hostile,), "needs": 1}
    met |= {"approvers": (hostile,), "open_run": hostile}
    drawn = shown(plan, **met)
    rows = plan_rows(Preview(plan, **met))
    ticket = markdown((row.depth + row.more, row.text) for row in rows)
    for text in (drawn, ticket):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "[red]" in drawn
    assert "[red]" not in ticket.replace("\\[", "")


def test_every_playbook_is_listed() -> None:
    console = Console(file=StringIO(), width=160)
    show_playbooks(playbooks(), console)
    stream = console.file
    assert isinstance(stream, StringIO)
    assert all(one.name in stream.getvalue() for one in playbooks())
