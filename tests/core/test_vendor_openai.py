"""OpenAI's agents are stopped, shown from their side; what can be taken back is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.simulators.base import connection_to
from tests.simulators.openai import ACCOUNT, BOUND, KEY, PROJECT, OpenAI
from tests.vendor_cycle import cycle

from agentwarrant.errors import Guarded, OutcomeUnknown, Refused
from agentwarrant.respond.action import Target
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.vendor import actions

pytest.importorskip("openapi_core")

Served = tuple[OpenAI, str]
SHARED = {"shared_projects": True}


@pytest.fixture
def served() -> Iterator[Served]:
    vendor = OpenAI()
    with vendor.running() as url:
        yield vendor, url
        # 404 is no answer that the contract speaks of, and what is gone answers so
        vendor.violations = [v for v in vendor.violations if "has no answer 404" not in v]


@pytest.fixture
def sim(served: Served) -> OpenAI:
    return served[0]


def reached(served: Served, folder: Path, **options: object) -> Connection:
    made: Connection = connection_to(served[1], "openai", folder, {"admin_key": "admin"}, **options)
    return made


@pytest.fixture
def there(served: Served, tmp_path: Path) -> Connection:
    return reached(served, tmp_path)


def target(*accounts: str) -> Target:
    return Target("helper", accounts=accounts, tenant="acme")


def ask(there: Connection, key: str) -> int:
    """Ask the model as the agent does."""
    headers = {"authorization": f"Bearer {key}"}
    return httpx.post(f"{there.url}/v1/responses", headers=headers, json={}).status_code


def test_a_key_is_found_in_its_project_and_gone_once_deleted(
    sim: OpenAI, there: Connection
) -> None:
    with cycle("openai.delete_api_key", there) as run:
        (step,) = run.plan(target(f"openai.api_key:{KEY}")).steps
        assert f"/{PROJECT}/" in step.request.method
        assert step.undo == ()
        assert ask(there, KEY) == 200
        assert run.contain(step)
        assert ask(there, KEY) == 401
        assert run.contain(step), "deleted twice is deleted"
        assert sim.did("DELETE /v1/organization/projects/{}/api_keys/{}") == 1


def test_a_key_of_a_service_account_is_left_to_its_account(sim: OpenAI, there: Connection) -> None:
    with cycle("openai.delete_api_key", there) as run:
        plan = run.plan(target(f"openai.api_key:{BOUND}", "openai.api_key:key_nobody"))
        assert plan.steps == ()
        assert "belongs to the service account" in plan.notes[0]
        assert "unknown to OpenAI" in plan.notes[1]
        alone = actions()["openai.delete_api_key"].plan(target(f"openai.api_key:{PROJECT}/{BOUND}"))
        with pytest.raises(Refused) as caught:
            run.action.execute(alone.steps[0], run._for(alone.steps[0].request))
        assert caught.value.status == 400
        assert not run.action.verify(alone.steps[0], run._for(None))
    with cycle("openai.delete_service_account", there) as run:
        (step,) = run.plan(target(f"openai.service_account:{PROJECT}/{ACCOUNT}")).steps
        assert ask(there, BOUND) == 200
        assert run.contain(step)
        assert ask(there, BOUND) == 401


def test_a_delete_whose_answer_was_lost_is_found_by_the_read(
    sim: OpenAI, there: Connection
) -> None:
    with cycle("openai.delete_api_key", there) as run:
        (step,) = run.plan(target(f"openai.api_key:{KEY}")).steps
        sim.hang_up(1)
        with pytest.raises(OutcomeUnknown):
            run.action.execute(step, run._for(step.request))
        assert run.shows(step)


@pytest.mark.parametrize("action", ["openai.archive_project", "openai.throttle_project"])
def test_a_project_of_several_accounts_is_guarded(there: Connection, action: str) -> None:
    with cycle(action, there) as run, pytest.raises(Guarded, match="2 accounts hold keys"):
        run.plan(target(f"openai.project:{PROJECT}"))


def test_a_throttled_project_answers_429_and_has_its_rates_back(
    served: Served, sim: OpenAI, tmp_path: Path
) -> None:
    there = reached(served, tmp_path, **SHARED)
    with cycle("openai.throttle_project", there) as run:
        steps = run.plan(target(f"openai.project:{PROJECT}")).steps
        assert [step.pre_state for step in steps] == [
            {"max_requests_per_1_minute": 500},
            {"max_requests_per_1_minute": 60},
        ]
        for step in steps:
            assert run.contain(step)
        assert ask(there, KEY) == 429
        assert run.plan(target(f"openai.project:{PROJECT}")).steps == ()
        for step in steps:
            assert run.release(step)
        assert ask(there, KEY) == 200
        rates = [one["max_requests_per_1_minute"] for one in sim.state["limits"].values()]
        assert rates == [500, 60]


def test_where_0_is_refused_it_is_not_contained_and_1_is_what_can_be_done(
    served: Served, sim: OpenAI, tmp_path: Path
) -> None:
    sim.state["lowest"] = 1
    there = reached(served, tmp_path, **SHARED)
    with cycle("openai.throttle_project", there) as run:
        step = run.plan(target(f"openai.project:{PROJECT}")).steps[0]
        with pytest.raises(Refused):
            run.action.execute(step, run._for(step.request))
        assert not run.action.verify(step, run._for(None))
    with cycle(
        "openai.throttle_project", reached(served, tmp_path, lowest_rate=1, **SHARED)
    ) as run:
        step = run.plan(target(f"openai.project:{PROJECT}")).steps[0]
        assert run.contain(step)
        assert step.note.startswith("1 requests a minute remain")


def test_an_archived_project_is_dead(served: Served, tmp_path: Path) -> None:
    there = reached(served, tmp_path, **SHARED)
    with cycle("openai.archive_project", there) as run:
        (step,) = run.plan(target(f"openai.project:{PROJECT}")).steps
        assert run.contain(step)
        assert ask(there, KEY) == 401
        assert run.plan(target(f"openai.project:{PROJECT}")).steps == ()


@pytest.mark.parametrize("odd", ["*", "", "..", "a/b/c", "proj_x/..", "key_1\n", "x" * 200])
def test_what_is_no_id_gets_no_request(sim: OpenAI, there: Connection, odd: str) -> None:
    for verb, kind in (("delete_api_key", "api_key"), ("archive_project", "project")):
        with cycle(f"openai.{verb}", there) as run:
            assert run.plan(target(f"openai.{kind}:{odd}")).steps == ()
    assert sim.calls == []


def test_what_the_contract_does_not_hold_is_known(sim: OpenAI, there: Connection) -> None:
    with cycle("openai.delete_api_key", there) as run:
        run.contain(run.plan(target(f"openai.api_key:{KEY}")).steps[0])
    assert {one.split("?")[0] for one in sim.unchecked} == {"GET /v1/organization/projects"}
