"""Guards, votes, storms, evidence and figures keep the same contract on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.core.test_respond_guards import (  # noqa: F401 # the same contract, on another database
    test_a_share_of_the_known_agents_may_be_touched_and_one_always,
    test_an_approved_plan_passes_and_its_approval_is_spent,
    test_of_many_at_once_no_more_pass_than_may,
    test_one_too_many_waits_for_people_and_one_fewer_does_not,
    test_other_tenants_and_told_people_do_not_count,
    test_people_are_asked_once_and_the_breaker_opens_with_one_entry,
    test_the_emergency_stop_lets_nothing_pass_not_even_a_message,
)
from tests.core.test_respond_storms import (  # noqa: F401 # as above
    test_a_run_that_others_rely_on_is_released_after_them,
    test_a_storm_at_once_is_one_run_with_every_case,
    test_what_is_in_force_is_left_out_and_says_by_whom,
)
from tests.core.test_respond_switches import (  # noqa: F401 # as above
    own,
    test_what_was_signed_to_resume_once_does_not_resume_again,
)
from tests.e2e.test_respond_postgres import server, url  # noqa: F401 # fixtures
from tests.respond_made import TENANT, plan, touched

from agentwarrant.respond.guard import custody
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.reporting.metrics import metrics
from agentwarrant.respond.reporting.overview import of

pytestmark = pytest.mark.e2e


@pytest.fixture
def kept(url: str) -> Iterator[Ledger]:  # noqa: F811 # the fixture of this name
    with Ledger.open(url) as opened:
        yield opened


def test_figures_evidence_and_overview_can_be_asked(kept: Ledger) -> None:
    run = kept.enter(plan(), actor="test")
    with kept.transaction(TENANT) as connection:
        now = kept.now_ms()
        touched(connection, "other", now, applied_ms=now, residual_s=60.0)
        assert custody.kept(connection) == []
        assert custody.unadopted(connection) == []
    assert 'agentwarrant_points{tenant="acme",state="verified"} 1' in metrics(kept)
    assert [row["run"] for row in of(kept).runs] == [run]
