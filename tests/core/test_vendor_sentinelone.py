"""SentinelOne against a stand-in written from its documentation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests import host_cycle
from tests.host_cycle import hosts, only
from tests.simulators.base import connection_to
from tests.simulators.endpoints import SECRET, SentinelOne
from tests.vendor_cycle import cycle

from agentwarrant.errors import Guarded, Refused
from agentwarrant.respond.transport import Effect, Request

METHOD = "POST /web/api/v2.1/agents/actions/disconnect"
MACHINE = "1000001"


@pytest.fixture
def sentinel() -> SentinelOne:
    return SentinelOne()


@pytest.fixture
def opened(sentinel: SentinelOne, tmp_path: Path) -> Iterator[Any]:
    """Give a function that opens the action over the running stand-in."""
    with sentinel.running() as url:

        def over(secret: str = SECRET, **options: Any) -> Any:
            made = connection_to(url, "sentinelone", tmp_path, {"token": secret}, **options)
            return cycle("sentinelone.disconnect", made, 3.0)

        yield over


def test_a_host_is_cut_off_and_comes_back(sentinel: SentinelOne, opened: Any) -> None:
    step = host_cycle.comes_and_goes(sentinel, opened, MACHINE)
    assert step.pre_state == {"networkStatus": "connected", "hostname": "build-07"}


def test_a_host_that_is_not_one_alone_or_protected_is_not_cut_off(
    sentinel: SentinelOne, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    host_cycle.guards(sentinel, opened)
    host_cycle.not_ourselves(opened, monkeypatch)


def test_a_name_from_a_log_leaves_its_place_in_no_request(
    sentinel: SentinelOne, opened: Any
) -> None:
    host_cycle.hostile(sentinel, opened)


def test_what_goes_wrong_on_the_way_is_read(sentinel: SentinelOne, opened: Any) -> None:
    host_cycle.goes_wrong(sentinel, opened, METHOD)


def test_an_answer_that_affected_nobody_is_no_success(sentinel: SentinelOne, opened: Any) -> None:
    sentinel.deaf = True
    with opened() as run:
        step = only(run.plan(hosts("build-07")))
        with pytest.raises(Refused, match="no host was affected"):
            run.action.execute(step, run._for(step.request))
        assert not run.action.verify(step, run._for(None))


@pytest.mark.parametrize(
    "body",
    [{"filter": {}}, {"filter": {"ids": []}}, {"filter": {"ids": [""]}}, {"filter": {"ids": ""}},
     {"filter": {"computerName": "build-07"}}, {}, None],
)  # fmt: skip
def test_a_filter_without_ids_is_never_sent(
    sentinel: SentinelOne, opened: Any, body: dict[str, Any] | None
) -> None:
    request = Request(METHOD, {"json": body} if body else {}, Effect.CHANGE, "test")
    with opened() as run:
        step = replace(only(run.plan(hosts("build-07"))), request=request, undo=(request,))
        with pytest.raises(Guarded, match="means every one"):
            run.action.execute(step, run._for(request))
        with pytest.raises(Guarded, match="means every one"):
            run.action.compensate(step, 0, run._for(request))
    assert {status for _, status in sentinel.state["hosts"].values()} == {"connected"}


def test_the_filter_holds_one_id_and_nothing_else(sentinel: SentinelOne, opened: Any) -> None:
    with opened() as run:
        assert run.contain(only(run.plan(hosts("build-07"))))
    (call,) = sentinel.asked(METHOD)
    assert call.body == {"filter": {"ids": [MACHINE]}}


def test_a_name_that_too_many_resemble_is_nobodys(sentinel: SentinelOne, opened: Any) -> None:
    more = {str(2000000 + number): [f"build-07{number}", "connected"] for number in range(100)}
    host_cycle.too_many_alike(sentinel, opened, more)
