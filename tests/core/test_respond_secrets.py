"""No secret gets into the database, its side files, errors or logs, whatever the vendor says."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.respond_world import ACTIONS, VENDORS, plan, point, settings, worker
from tests.simulators.office import TOKEN, Office, office

from agentwarrant.errors import OutcomeUnknown, Refused
from agentwarrant.respond.execution.undo import release
from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.tables import RunState
from agentwarrant.respond.runplan import Point
from agentwarrant.respond.transport import Sealed

SEALED = "sealed-parameter-value-4711"
ANSWERED = "fresh-secret-in-an-answer-98765"
QUOTED = "ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"
PLANTED = (TOKEN, SEALED, ANSWERED, QUOTED)


@pytest.fixture
def office_at() -> Iterator[tuple[Office, str]]:
    simulator = office()
    with simulator.running() as url:
        yield simulator, url


class _Says(Exception):
    """What a fault of a vendor's file may hold."""


class Fails:
    """An action like ``office.disable`` that fails with words that quote secrets."""

    def __init__(self, error: Exception) -> None:
        self._inner = ACTIONS["office.disable"]
        self._error = error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def execute(self, step: Any, transport: Any) -> Any:
        self._inner.execute(step, transport)
        raise self._error


def sealed(one: Point) -> Point:
    """Let a point send a secret."""
    request = replace(one.step.request, params={"json": {"password": Sealed("extra")}})
    return replace(one, step=replace(one.step, request=request))


@pytest.mark.parametrize(
    "error",
    [
        None,
        Refused(f"no: {QUOTED} is unknown, and so is {TOKEN}"),
        OutcomeUnknown(f"sent with {TOKEN} and {SEALED}"),
        _Says(f"{TOKEN} {SEALED} {QUOTED}"),
    ],
    ids=["well", "refused", "unknown", "a fault"],
)
def test_nothing_that_is_written_or_said_holds_a_secret(
    tmp_path: Path,
    office_at: tuple[Office, str],
    error: Exception | None,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    simulator, url = office_at
    simulator.lies = error is not None
    own = with_secret(settings(tmp_path / "own", {"test-office": url}), tmp_path / "own")
    actions: Any = ACTIONS if error is None else {**ACTIONS, "office.disable": Fails(error)}
    kept = tmp_path / "kept"
    with Ledger.open(f"sqlite:///{kept / 'respond.db'}", b"key") as ledger:
        run = ledger.enter(plan(sealed(point("disable", "kc-1"))), actor="kim")
        made = worker(ledger, own, actions=actions, vendors=VENDORS)
        made.work(until_idle=True)
        ended = RunState.NOT_CONTAINED if error else RunState.CONTAINED
        assert ledger.run(run).state is ended
        release(ledger, run, actor="kim")
        made.work(until_idle=True)
        with ledger.reading() as connection:
            told = "\n".join(map(str, audit.told(connection, "acme")))
        written = [path.read_bytes() for path in kept.iterdir()]
        shown = [told, str(ledger.run(run)), str(ledger.points(run)), str(own)]
    out, err = capfd.readouterr()
    for secret in PLANTED:
        assert not any(secret.encode() in data for data in written)
        assert secret not in "\n".join([*shown, caplog.text, out, err])


def with_secret(own: Any, folder: Path) -> Any:
    """Give the connection one secret more, that a request sends."""
    from agentwarrant.secretrefs import Secret

    (folder / "extra").write_text(SEALED)
    connection = own.connections["test-office"]
    secrets = {**connection.secrets, "extra": Secret("file:extra", folder)}
    return replace(own, connections={"test-office": replace(connection, secrets=secrets)})


def test_the_secrets_were_there_to_be_found(office_at: tuple[Office, str], tmp_path: Path) -> None:
    """The test above would pass as well if nothing had been sent."""
    simulator, url = office_at
    own = with_secret(settings(tmp_path / "own", {"test-office": url}), tmp_path / "own")
    with Ledger.open(f"sqlite:///{tmp_path / 'respond.db'}") as ledger:
        ledger.enter(plan(sealed(point("disable", "kc-1"))), actor="kim")
        worker(ledger, own).work(until_idle=True)
    (sent,) = simulator.asked("POST /accounts/{}/disable")
    assert sent.body == {"password": SEALED}
    assert TOKEN in sent.headers["authorization"]
