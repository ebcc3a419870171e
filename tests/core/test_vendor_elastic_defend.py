"""Elastic Defend against a stand-in written from its documentation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import host_cycle
from tests.host_cycle import hosts, only
from tests.simulators.base import connection_to
from tests.simulators.endpoints import SECRET, ElasticDefend
from tests.vendor_cycle import cycle

METHOD = "POST /api/endpoint/action/isolate"
MACHINE = "10000000-0000-4000-8000-000000000001"


@pytest.fixture
def kibana() -> ElasticDefend:
    return ElasticDefend()


@pytest.fixture
def opened(kibana: ElasticDefend, tmp_path: Path) -> Iterator[Any]:
    """Give a function that opens the action over the running stand-in."""
    with kibana.running() as url:

        def over(secret: str = SECRET, **options: Any) -> Any:
            made = connection_to(url, "elastic_defend", tmp_path, {"api_key": secret}, **options)
            return cycle("elastic_defend.isolate", made, 3.0)

        yield over


def test_a_host_is_cut_off_and_comes_back(kibana: ElasticDefend, opened: Any) -> None:
    step = host_cycle.comes_and_goes(kibana, opened, MACHINE, "build-07")
    assert step.pre_state == {"isolation": False, "hostname": "build-07"}


def test_a_host_that_is_not_one_alone_or_protected_is_not_cut_off(
    kibana: ElasticDefend, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    host_cycle.guards(kibana, opened)
    host_cycle.not_ourselves(opened, monkeypatch)


def test_a_name_from_a_log_leaves_its_place_in_no_request(
    kibana: ElasticDefend, opened: Any
) -> None:
    host_cycle.hostile(kibana, opened)


def test_what_goes_wrong_on_the_way_is_read(kibana: ElasticDefend, opened: Any) -> None:
    host_cycle.goes_wrong(kibana, opened, METHOD)


def test_kibana_is_told_that_no_browser_was_tricked(kibana: ElasticDefend, opened: Any) -> None:
    with opened() as run:
        assert run.contain(only(run.plan(hosts("build-07"))))
    (call,) = kibana.asked(METHOD)
    assert call.headers["kbn-xsrf"] == "true"
    assert call.body == {"endpoint_ids": [MACHINE], "comment": "Agent Warrant"}


def test_an_endpoint_that_kibana_does_not_know_is_left_out(opened: Any) -> None:
    with opened() as run:
        plan = run.plan(hosts("90000000-0000-4000-8000-000000000009"))
    assert (plan.steps, "no machine" in plan.notes[0]) == ((), True)
