"""What holds for every test: no network, no home, no state of this host, one redaction key."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from tests.timing import once_of_three, seconds

from agentwarrant.redact import KEY_VARIABLE

KEY = "the key of the tests"

DRAWS = "AGENTWARRANT_DRAWS"
"""How often a test draws at random that does not say so itself."""

# How fast the machine is today is no property of the code.
settings.register_profile(
    "any machine",
    deadline=None,
    max_examples=int(os.environ.get(DRAWS, "100")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("any machine")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep parsed rules and indicators apart from those of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AGENTWARRANT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("AGENTWARRANT_INTEL", str(tmp_path_factory.mktemp("intel") / "none.sqlite"))
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Refuse every connection but those to this host."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        yield


def _guarded(connect: Any) -> Any:
    def guarded(sock: socket.socket, address: Any) -> Any:
        if sock.family in (socket.AF_INET, socket.AF_INET6) and not _is_here(str(address[0])):
            raise AssertionError(f"a test wants to reach {address[0]}")
        return connect(sock, address)

    return guarded


def _is_here(host: str) -> bool:
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True)
def _nobody_at_home(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Point every place of this user at a folder that nothing has been put into."""
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    monkeypatch.delenv("AGENTWARRANT_DEBUG", raising=False)
    if request.node.get_closest_marker("e2e"):
        return  # a real server or browser needs what is installed for this user
    home = tmp_path_factory.getbasetemp() / "home"
    home.mkdir(exist_ok=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))


def _seconds(work: Callable[[int], Callable[[], object]], length: int) -> float:
    """Return how much of a processor ``work`` takes with an input of this length, best of three.

    What else runs on the machine must not count.
    """
    best: float = min(seconds(work(length)) for _ in range(3))
    return best


@pytest.fixture
def assert_linear() -> Callable[[Callable[[int], Callable[[], object]], int], None]:
    """Return an assertion: four times the input costs far less than sixteen times the time.

    It takes a function that prepares an input of a length and returns the work to be timed.
    """

    def check(prepared: Callable[[int], Callable[[], object]], length: int) -> None:
        def linear() -> bool:
            return _seconds(prepared, 4 * length) < 12 * _seconds(prepared, length) + 0.02

        assert once_of_three(linear)

    return check
