"""What is the same of every vendor that cuts hosts off: held to it in the tests of each."""

from __future__ import annotations

import copy
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from agentwarrant.errors import Guarded, OutcomeUnknown, Unreachable
from agentwarrant.respond.action import Plan, Step, Target

Opened = Callable[..., AbstractContextManager[Any]]
"""Opens the action over a running simulator; options of the connection are named."""


def hosts(*names: str) -> Target:
    return Target("bot", hosts=names, case="case-1")


def only(plan: Plan) -> Step:
    (step,) = plan.steps
    return step


def shows_now(run: Any, step: Step) -> bool:
    return bool(run.action.verify(step, run._for(None)))


def comes_and_goes(simulator: Any, opened: Opened, machine: str, spelled: str = "BUILD-07") -> Step:
    """Cut a host off, by name and by id, find it cut off, and let it back."""
    simulator.polls = 3
    with opened() as run:
        step = only(run.plan(hosts(spelled)))
        assert step == only(run.plan(hosts(machine))) == only(run.plan(hosts("build-07", machine)))
        assert step.point.endswith(f".host:{machine}")
        assert not shows_now(run, step)
        run.action.execute(step, run._for(step.request))
        assert not shows_now(run, step), "that it is asked for is no proof"
        assert run.shows(step)
        plan = run.plan(hosts("build-07"))
        assert plan.steps == ()
        assert "already" in plan.notes[0]
        assert run.release(step)
        assert run.contain(only(run.plan(hosts("build-07"))))
    return step


def guards(simulator: Any, opened: Opened) -> None:
    """Nobody is cut off whose name is another's too, who may never be, or who is ourselves."""
    before = copy.deepcopy(simulator.state)
    with opened() as run, pytest.raises(Guarded, match="2 machines are called twin"):
        run.plan(hosts("twin"))
    with opened(never=["build-*"]) as run, pytest.raises(Guarded, match="never cut off"):
        run.plan(hosts("build-07"))
    with opened() as run:
        plan = run.plan(hosts("twin", "build-07"))
        assert only(plan), "a name in a log does not hold up the rest"
        assert "a guard forbids it" in plan.notes[0]
    assert simulator.state == before


def too_many_alike(simulator: Any, opened: Opened, more: dict[str, Any]) -> None:
    """A name that as many machines resemble as are looked at is nobody's for sure."""
    simulator.state["hosts"] |= more
    with opened() as run, pytest.raises(Guarded, match="100 machines or more"):
        run.plan(hosts("build-07"))


def not_ourselves(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """The host that responses run on is not cut off."""
    monkeypatch.setattr(socket, "gethostname", lambda: "Build-07")
    with opened() as run, pytest.raises(Guarded, match="responses run on"):
        run.plan(hosts("build-07"))


HOSTILE = (
    "*",
    "",
    "build-07'+status:'normal",
    "x' or computerDnsName ne 'y",
    '" or *',
    "../../agents",
    "build 07",
    "build-07\n",
    "x" * 5000,
)


def hostile(simulator: Any, opened: Opened) -> None:
    """A name from a log that is no name of a host is asked of nobody."""
    with opened() as run:
        assert run.plan(hosts(*HOSTILE)).steps == ()
        assert run.action.plan(hosts(*HOSTILE)).steps == ()
        plan = run.plan(hosts("build-0", "build", "no-such-host"))
        assert (plan.steps, len(plan.notes)) == ((), 3)
    assert not any(call.query.get("ids") == "" for call, _ in simulator.calls)


def goes_wrong(simulator: Any, opened: Opened, method: str) -> None:
    """What was done without an answer is found by reading, and what was not is asked again."""
    with opened() as run:
        step = only(run.plan(hosts("build-07")))
        simulator.busy(1, retry_after=2)
        with pytest.raises(Unreachable) as caught:
            run.action.execute(step, run._for(step.request))
        assert caught.value.retry_after == 2
        assert not shows_now(run, step)
        simulator.hang_up(1)
        with pytest.raises(OutcomeUnknown):
            run.action.execute(step, run._for(step.request))
        assert run.shows(step)
    assert simulator.did(method) == 1
