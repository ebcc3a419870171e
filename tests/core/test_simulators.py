"""The base of the simulators is itself held to what it says: a soft simulator proves nothing."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.simulators.base import connection_to
from tests.simulators.switches import SomeOkta, Switches
from tests.timing import once_of_three


def off(url: str) -> httpx.Response:
    return httpx.post(f"{url}/switches/a/off")


def is_on(url: str) -> Any:
    return httpx.get(f"{url}/switches/a").json()["on"]


def test_it_keeps_state_and_says_what_it_did() -> None:
    simulator = Switches({"a": True})
    with simulator.running() as url:
        assert is_on(url)
        assert off(url).status_code == 200
        assert not is_on(url)
    assert simulator.did("POST /switches/{}/off") == 1
    assert [call.path for call in simulator.asked("GET /switches/{}")] == ["/switches/a"] * 2


def test_a_part_of_a_path_stays_one_part() -> None:
    simulator = Switches({"a/../b": True})
    with simulator.running() as url:
        assert httpx.get(f"{url}/switches/a%2F..%2Fb").json() == {"on": True}


def test_busy_does_nothing_and_says_how_long() -> None:
    simulator = Switches({"a": True})
    simulator.busy(1, retry_after=7, on="POST /switches/{}/off")
    with simulator.running() as url:
        assert is_on(url)
        answer = off(url)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
        assert is_on(url)
        assert off(url).status_code == 200
    assert simulator.did("POST /switches/{}/off") == 1


def test_hanging_up_comes_after_the_effect() -> None:
    simulator = Switches({"a": True})
    simulator.hang_up(1)
    with simulator.running() as url:
        with pytest.raises(httpx.RemoteProtocolError):
            off(url)
        assert not is_on(url)


def test_stumbling_comes_after_the_effect() -> None:
    simulator = Switches({"a": True})
    simulator.stumble(1)
    with simulator.running() as url:
        assert off(url).status_code == 500
        assert not is_on(url)
    assert simulator.did("POST /switches/{}/off") == 1


def test_a_repeat_fails_where_it_is_told_to() -> None:
    simulator = Switches({"a": True})
    simulator.repeats_fail = True
    with simulator.running() as url:
        assert [off(url).status_code for _ in range(2)] == [200, 500]


def test_reads_show_the_old_state_for_a_while() -> None:
    simulator = Switches({"a": True})
    simulator.lag = 2
    with simulator.running() as url:
        off(url)
        assert [is_on(url), is_on(url), is_on(url)] == [True, True, False]
        assert simulator.state == {"a": False}


def test_what_comes_later_comes_at_the_read_it_was_told() -> None:
    simulator = Switches({"a": True})
    simulator.polls = 2
    with simulator.running() as url:
        assert httpx.post(f"{url}/switches/a/soon").status_code == 202
        assert [is_on(url), is_on(url)] == [True, False]


def test_slow_answers_do_not_wait_for_each_other() -> None:
    simulator = Switches({"a": True})
    simulator.slow = 0.3
    with simulator.running() as url:

        def together() -> bool:
            began = time.monotonic()
            threads = [threading.Thread(target=is_on, args=(url,)) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            return 0.3 <= time.monotonic() - began < 8 * 0.3

        assert once_of_three(together)


def test_a_request_that_no_route_takes_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="no route takes GET /elsewhere"):  # noqa: SIM117  # the end of running is what fails
        with Switches({}).running() as url:
            assert httpx.get(f"{url}/elsewhere").status_code == 404


def test_a_mistake_in_a_simulator_does_not_pass_for_the_vendors_error() -> None:
    with pytest.raises(AssertionError, match="the simulator failed: KeyError"):  # noqa: SIM117  # as above
        with Switches({}).running() as url:
            assert httpx.get(f"{url}/switches/none").status_code == 500


def test_what_fits_the_contract_passes() -> None:
    with SomeOkta({"status": "ACTIVE"}).running() as url:
        auth = {"authorization": "SSWS x"}
        assert httpx.post(f"{url}/api/v1/users/u1/lifecycle/suspend", headers=auth).is_success
        assert httpx.get(f"{url}/api/v1/users/u1", headers=auth).is_success


def test_an_answer_that_breaks_the_contract_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="the answer 200 breaks the contract"):  # noqa: SIM117  # as above
        with SomeOkta({"status": "NO SUCH STATUS"}).running() as url:
            httpx.get(f"{url}/api/v1/users/u1", headers={"authorization": "SSWS x"})


def test_a_request_that_breaks_the_contract_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="the request breaks the contract"):  # noqa: SIM117  # as above
        with SomeOkta({"status": "ACTIVE"}).running() as url:
            httpx.get(f"{url}/api/v1/users/u1")  # without any proof of identity


def test_a_connection_finds_its_secrets(tmp_path: Path) -> None:
    made = connection_to("http://127.0.0.1", "okta", tmp_path, {"token": "t"}, limit=3)
    assert (made.secret("token"), made.option("limit")) == ("t", "3")
