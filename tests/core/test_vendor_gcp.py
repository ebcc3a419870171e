"""Google's agents are stopped, shown from their side, and let go again with what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("cryptography")
pytest.importorskip("openapi_core")  # for the simulators' contracts

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.simulators.base import connection_to
from tests.simulators.gcp import ADMIN, CLIENT, EMAIL, KEY, OWN, USER, Gcp
from tests.vendor_cycle import cycle

from agentwarrant.errors import ConfigError, Guarded, OutcomeUnknown, Refused
from agentwarrant.respond.action import Target
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.vendor import actions

PRIVATE = rsa.generate_private_key(65537, 2048)
PEM = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
REF = f"gcp.service_account:{EMAIL}"
PROVIDER = "gcp.workload_provider:acme-agents/ci-pool/github"
Served = tuple[Gcp, str]


@pytest.fixture
def served() -> Iterator[Served]:
    google = Gcp(PRIVATE.public_key())
    with google.running() as url:
        yield google, url


@pytest.fixture
def sim(served: Served) -> Gcp:
    return served[0]


def reached(served: Served, folder: Path, **options: Any) -> Connection:
    own = {"client_email": OWN, "admin": ADMIN, **options}
    secrets = {"private_key": PEM.replace("\n", "")}
    made: Connection = connection_to(served[1], "gcp", folder, secrets, **own)
    return made


@pytest.fixture
def there(served: Served, tmp_path: Path) -> Connection:
    return reached(served, tmp_path)


def target(*accounts: str) -> Target:
    return Target("helper", accounts=accounts, tenant="acme")


def agent(there: Connection, what: str) -> int:
    return httpx.post(f"{there.url}/agent/{what}").status_code


def test_a_disabled_accounts_tokens_die_and_come_back_to_life_with_it(
    there: Connection,
) -> None:
    with cycle("gcp.disable_service_account", there) as run:
        (step,) = run.plan(target(REF)).steps
        assert (agent(there, "call"), agent(there, "mint")) == (200, 200)
        assert run.contain(step)
        assert (agent(there, "call"), agent(there, "mint")) == (401, 400)
        assert run.plan(target(REF)).steps == ()
        assert run.release(step)
        assert agent(there, "call") == 200, "the trap: a token from before is accepted again"
        assert step.residual_seconds >= 3600
        assert "release no sooner than an hour" in step.note


def test_with_its_key_disabled_too_the_account_mints_nothing_after_release(
    there: Connection,
) -> None:
    with cycle("gcp.disable_key", there) as run:
        (key,) = run.plan(target(REF)).steps
        assert key.point == f"gcp.service_account_key:{EMAIL}/{KEY}", "not the system's own"
        assert run.contain(key)
        assert agent(there, "mint") == 400
        assert agent(there, "call") == 200, "tokens that are out work on"
        assert run.plan(target(REF)).steps == ()
        assert run.release(key)
        assert agent(there, "mint") == 200


def test_a_key_by_its_id_is_deleted_once(sim: Gcp, there: Connection) -> None:
    with cycle("gcp.delete_key", there) as run:
        ref = f"gcp.service_account_key:{EMAIL}/{KEY}"
        (step,) = run.plan(target(ref, REF)).steps
        sim.hang_up(1)
        with pytest.raises(OutcomeUnknown):
            run.action.execute(step, run._for(step.request))
        assert run.shows(step)
        assert run.contain(step), "deleted twice is deleted"
        assert agent(there, "mint") == 400
        assert run.plan(target(ref)).steps == ()


def test_a_denial_shows_after_a_while_and_goes_again(sim: Gcp, there: Connection) -> None:
    sim.polls = 3
    with cycle("gcp.deny_service_account", there) as run:
        (step,) = run.plan(target(REF)).steps
        assert run.contain(step)
        assert agent(there, "call") == 403
        assert run.contain(step), "409: there already"
        assert run.plan(target(REF)).steps == ()
        assert run.release(step)
        assert agent(there, "call") == 200


def test_what_is_denied_is_the_connections_to_say(served: Served, tmp_path: Path) -> None:
    own = ["bigquery.googleapis.com/jobs.create"]
    there = reached(served, tmp_path, denied_permissions=own)
    with cycle("gcp.deny_service_account", there) as run:
        (step,) = run.plan(target(REF)).steps
    rule = step.request.params["json"]["rules"][0]["denyRule"]
    assert rule["deniedPermissions"] == own
    assert rule["deniedPrincipals"] == [
        f"principal://iam.googleapis.com/projects/-/serviceAccounts/{EMAIL}"
    ]


def test_a_provider_is_everybodys_and_guarded_until_it_is_allowed(
    served: Served, sim: Gcp, there: Connection, tmp_path: Path
) -> None:
    with (
        cycle("gcp.disable_workload_provider", there) as run,
        pytest.raises(Guarded, match="everything that comes in"),
    ):
        run.plan(target(PROVIDER))
    allowed = reached(served, tmp_path, shared_providers=True)
    with cycle("gcp.disable_workload_provider", allowed) as run:
        (step,) = run.plan(target(PROVIDER)).steps
        assert run.contain(step)
        assert sim.state["provider"]["disabled"] is True
        assert run.release(step)
        assert "disabled" not in sim.state["provider"]


def test_a_user_is_suspended_and_let_in_as_it_was(sim: Gcp, there: Connection) -> None:
    with cycle("gcp.suspend_user", there) as run:
        (step,) = run.plan(target(f"google.user:{USER}")).steps
        sim.lag = 2
        assert run.contain(step)
        sim.lag = 0
        assert run.plan(target(f"google.user:{USER}")).steps == ()
        assert run.release(step)
        assert sim.state["users"][USER]["suspended"] is False


def test_signing_out_is_proven_only_with_the_user_suspended(sim: Gcp, there: Connection) -> None:
    with cycle("gcp.sign_out_user", there) as run:
        (step,) = run.plan(target(f"google.user:{USER}")).steps
        run.action.execute(step, run._for(step.request))
        assert sim.state["signed_in"] is False
        assert not run.action.verify(step, run._for(None)), "in doubt it is done again"
        sim.state["users"][USER]["suspended"] = True
        assert run.action.verify(step, run._for(None)), "who is suspended has no sessions"


def test_what_applications_may_do_for_a_user_is_taken_back(sim: Gcp, there: Connection) -> None:
    with cycle("gcp.revoke_user_tokens", there) as run:
        (step,) = run.plan(target(f"google.user:{USER}")).steps
        assert step.point == f"google.oauth_client:{USER}/{CLIENT}"
        assert run.contain(step)
        assert run.contain(step)
        assert sim.state["tokens"] == {}


@pytest.mark.parametrize(
    ("action", "ref", "why"),
    [
        ("suspend_user", "google.user:boss@acme.example", "super administrator"),
        ("sign_out_user", f"google.user:{ADMIN}", "whom the responder acts as"),
        ("disable_service_account", f"gcp.service_account:{OWN}", "the responder itself"),
        (
            "disable_service_account",
            "gcp.service_account:123456789012-compute@developer.gserviceaccount.com",
            "a whole project shares",
        ),
        (
            "disable_key",
            "gcp.service_account:service-12345@gcp-sa-aiplatform.iam.gserviceaccount.com",
            "service agent",
        ),
    ],
)
def test_what_must_not_be_touched_is_guarded(
    there: Connection, action: str, ref: str, why: str
) -> None:
    with cycle(f"gcp.{action}", there) as run, pytest.raises(Guarded, match=why):
        run.plan(target(ref))


@pytest.mark.parametrize(
    "ref",
    [
        "gcp.service_account:*",
        "gcp.service_account:acme-helper@x.iam.gserviceaccount.com/../y",
        "google.user:helper",
        "google.user:helper@acme.example/tokens",
        "google.user:me",
        "gcp.workload_provider:acme-agents/../github",
        "gcp.service_account_key:x/y",
    ],
)
def test_what_is_no_name_gets_no_request(sim: Gcp, there: Connection, ref: str) -> None:
    for action in actions().values():
        if action.vendor == "gcp" and ref.partition(":")[0] in action.kinds:
            with cycle(action.id, there) as run:
                assert run.plan(target(ref)).steps == ()
    assert sim.calls == []


def test_without_the_administrator_it_says_which_option_is_missing(
    served: Served, tmp_path: Path
) -> None:
    there = reached(served, tmp_path, admin="")
    with cycle("gcp.suspend_user", there) as run, pytest.raises(ConfigError, match="option admin"):
        run.plan(target(f"google.user:{USER}"))


def test_a_refused_assertion_shows_nothing_of_the_key(served: Served, tmp_path: Path) -> None:
    wrong = reached(served, tmp_path, client_email="nobody@acme-security.iam.gserviceaccount.com")
    with (
        cycle("gcp.disable_service_account", wrong) as run,
        pytest.raises(Refused, match="invalid_grant") as caught,
    ):
        run.plan(target(REF))
    assert PEM.replace("\n", "")[40:60] not in f"{caught.value} {caught.value!r}"
