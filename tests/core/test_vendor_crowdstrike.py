"""CrowdStrike against a stand-in written from its documentation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import host_cycle
from tests.host_cycle import hosts, only
from tests.simulators.base import connection_to
from tests.simulators.endpoints import SECRET, CrowdStrike
from tests.vendor_cycle import cycle

from agentwarrant.errors import Refused

METHOD = "POST /devices/entities/devices-actions/v2"
MACHINE = "a" * 32


@pytest.fixture
def falcon() -> CrowdStrike:
    return CrowdStrike()


@pytest.fixture
def opened(falcon: CrowdStrike, tmp_path: Path) -> Iterator[Any]:
    """Give a function that opens the action over the running stand-in."""
    with falcon.running() as url:

        def over(secret: str = SECRET, **options: Any) -> Any:
            made = connection_to(
                url, "crowdstrike", tmp_path, {"client_secret": secret}, client_id="c1", **options
            )
            return cycle("crowdstrike.contain", made, 3.0)

        yield over


def test_a_host_is_cut_off_and_comes_back(falcon: CrowdStrike, opened: Any) -> None:
    step = host_cycle.comes_and_goes(falcon, opened, MACHINE)
    assert step.pre_state == {"status": "normal", "hostname": "build-07"}


def test_a_host_that_is_not_one_alone_or_protected_is_not_cut_off(
    falcon: CrowdStrike, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    host_cycle.guards(falcon, opened)
    host_cycle.not_ourselves(opened, monkeypatch)


def test_a_name_from_a_log_leaves_its_place_in_no_request(falcon: CrowdStrike, opened: Any) -> None:
    host_cycle.hostile(falcon, opened)


def test_what_goes_wrong_on_the_way_is_read(falcon: CrowdStrike, opened: Any) -> None:
    host_cycle.goes_wrong(falcon, opened, METHOD)


def test_the_later_of_two_requests_counts(falcon: CrowdStrike, opened: Any) -> None:
    falcon.polls = 4
    with opened() as run:
        step = only(run.plan(hosts("build-07")))
        run.action.execute(step, run._for(step.request))
        run.action.compensate(step, 0, run._for(step.undo[0]))
        assert run.holds(step.undone)
        assert not run.action.verify(step, run._for(None))


def test_a_wrong_secret_is_refused_and_not_shown(opened: Any) -> None:
    with opened("wrong-but-secret") as run, pytest.raises(Refused) as caught:
        run.plan(hosts("build-07"))
    assert "wrong-but-secret" not in str(caught.value)


def test_a_name_that_too_many_resemble_is_nobodys(falcon: CrowdStrike, opened: Any) -> None:
    more = {f"{number:032x}": [f"build-07{number}", "normal"] for number in range(100)}
    host_cycle.too_many_alike(falcon, opened, more)
