"""A real Claude Code loses its tools by the managed settings, and has them again after release."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.simulators.claude_code_model import Model
from tests.vendor_cycle import cycle

from agentwarrant.respond.action import Target
from agentwarrant.respond.connection import Connection

from .claude_code_session import session

pytestmark = pytest.mark.e2e

AGENT = Target("helper", accounts=("claude_code.agent:claude-code:helper",), tenant="acme")


def by_file(path: Path) -> Connection:
    return Connection("laptop", "claude_code", options={"file": str(path)})


def test_a_running_session_is_refused_its_tools_and_allowed_them_again(tmp_path: Path) -> None:
    model = Model(tmp_path)
    with model.running() as url, session(tmp_path, model, url) as agent:
        assert agent.runs()
        with cycle("claude_code.deny_tools_by_file", by_file(agent.settings)) as run:
            (step,) = run.plan(AGENT).steps
            assert run.contain(step)
            assert agent.until(runs=False, seconds=step.residual_seconds)
            assert "has been denied" in model.results[-1]
            assert "Bash" in model.offered, "it is still offered what is refused"
            assert run.release(step)
            assert agent.until(runs=True)
        model.strays.clear()  # it asks for more than messages


@pytest.mark.parametrize("more", [(), ("--permission-mode", "acceptEdits")])
def test_a_new_session_is_offered_no_tool_at_all(tmp_path: Path, more: tuple[str, ...]) -> None:
    model = Model(tmp_path)
    settings = tmp_path / "upper/claude-code/managed-settings.json"
    settings.parent.mkdir(parents=True)
    with cycle("claude_code.deny_tools_by_file", by_file(settings)) as run:
        (step,) = run.plan(AGENT).steps
        assert run.contain(step)
    with model.running() as url, session(tmp_path, model, url, *more) as agent:
        assert not agent.runs()
        assert model.offered == []
        model.strays.clear()  # as above
