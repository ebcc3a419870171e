"""Defender against a stand-in written from its documentation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import host_cycle
from tests.host_cycle import hosts, only
from tests.simulators.base import connection_to
from tests.simulators.endpoints import SECRET, TENANT, Defender
from tests.vendor_cycle import cycle

from agentwarrant.errors import Refused

METHOD = "POST /api/machines/{}/isolate"
MACHINE = "a" * 40


@pytest.fixture
def defender() -> Defender:
    return Defender()


@pytest.fixture
def opened(defender: Defender, tmp_path: Path) -> Iterator[Any]:
    """Give a function that opens the action over the running stand-in."""
    with defender.running() as url:

        def over(secret: str = SECRET, **options: Any) -> Any:
            made = connection_to(
                url,
                "defender",
                tmp_path,
                {"client_secret": secret},
                tenant_id=TENANT,
                client_id="c1",
                login_url=url,
                **options,
            )
            return cycle("defender.isolate", made, 3.0)

        yield over


def test_a_host_is_cut_off_and_comes_back(defender: Defender, opened: Any) -> None:
    step = host_cycle.comes_and_goes(defender, opened, MACHINE)
    assert step.pre_state == {"isolated": False, "hostname": "build-07"}


def test_a_host_that_is_not_one_alone_or_protected_is_not_cut_off(
    defender: Defender, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    host_cycle.guards(defender, opened)
    host_cycle.not_ourselves(opened, monkeypatch)


def test_a_name_from_a_log_leaves_its_place_in_no_request(defender: Defender, opened: Any) -> None:
    host_cycle.hostile(defender, opened)


def test_what_goes_wrong_on_the_way_is_read(defender: Defender, opened: Any) -> None:
    host_cycle.goes_wrong(defender, opened, METHOD)


def test_a_second_request_is_refused_while_one_is_under_way(
    defender: Defender, opened: Any
) -> None:
    defender.polls = 3
    with opened() as run:
        step = only(run.plan(hosts("build-07")))
        run.action.execute(step, run._for(step.request))
        with pytest.raises(Refused, match="ActiveRequestAlreadyExists"):
            run.action.execute(step, run._for(step.request))
        assert run.shows(step), "the first one is done all the same"
    assert defender.did(METHOD) == 1


@pytest.mark.parametrize("outcome", ["Failed", "TimeOut", "Cancelled"])
def test_an_action_that_came_to_nothing_is_no_isolation(
    defender: Defender, opened: Any, outcome: str
) -> None:
    defender.outcome = outcome
    with opened() as run:
        step = only(run.plan(hosts("build-07")))
        run.action.execute(step, run._for(step.request))
        for _ in range(3):
            assert not run.action.verify(step, run._for(None))
        assert run.plan(hosts("build-07")).steps, "it can be asked for again"


def test_an_isolation_of_another_day_proves_nothing(defender: Defender, opened: Any) -> None:
    with opened() as run:
        first = only(run.plan(hosts("build-07")))
        assert run.contain(first)
        assert run.release(first)
        again = only(run.plan(hosts("build-07")))
        assert not run.action.verify(again, run._for(None))
        assert run.contain(again)
