"""An agent's pods are cut off, scaled away and let back; its tokens die."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.simulators.base import connection_to
from tests.simulators.kubernetes import Kubernetes
from tests.vendor_cycle import cycle

from agentwarrant.errors import ConfigError, Guarded, OutcomeUnknown, Refused
from agentwarrant.respond.action import Target
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.vendor import actions, vendors

REF = "kubernetes.service_account:prod/agents/acme-helper"
Served = tuple[Kubernetes, str]


@pytest.fixture
def served() -> Iterator[Served]:
    cluster = Kubernetes()
    with cluster.running() as url:
        yield cluster, url


@pytest.fixture
def sim(served: Served) -> Kubernetes:
    return served[0]


def reached(served: Served, folder: Path, **options: Any) -> Connection:
    own = {"cluster": "prod", "network_policies": True, **options}
    made: Connection = connection_to(served[1], "kubernetes", folder, {"token": "responder"}, **own)
    return made


@pytest.fixture
def there(served: Served, tmp_path: Path) -> Connection:
    return reached(served, tmp_path)


def target(*accounts: str) -> Target:
    return Target("helper", accounts=accounts, tenant="acme")


def contain(there: Connection, action: str, ref: str = REF) -> list[Any]:
    with cycle(f"kubernetes.{action}", there) as run:
        steps = list(run.plan(target(ref)).steps)
        assert all(run.contain(step) for step in steps)
    return steps


def release(there: Connection, action: str, steps: list[Any]) -> None:
    with cycle(f"kubernetes.{action}", there) as run:
        assert all(run.release(step) for step in steps)


def test_a_policy_alone_cuts_nothing_off_and_a_mark_alone_neither(
    sim: Kubernetes, there: Connection
) -> None:
    policy = contain(there, "isolate_network")
    assert sim.reaches("helper-1"), "another policy allows it, and policies add up"
    pods = contain(there, "quarantine_pods")
    assert not sim.reaches("helper-1")
    assert sim.reaches("neighbour-1")
    labels = sim.state["pods"]["helper-1"]["metadata"]["labels"]
    assert "app" not in labels, "the label by which the other policy selects it is gone"
    assert labels["tier"] == "agents"
    release(there, "quarantine_pods", pods)
    assert sim.state["pods"]["helper-1"]["metadata"]["labels"] == {
        "app": "helper",
        "tier": "agents",
    }
    release(there, "isolate_network", policy)
    assert set(sim.state["networkpolicies"]) == {"allow-web", "allow-clerk"}
    assert sim.reaches("helper-1")


def test_that_a_policy_is_there_is_no_proof_where_nobody_says_that_it_is_enforced(
    served: Served, sim: Kubernetes, there: Connection, tmp_path: Path
) -> None:
    sim.state["plugin"] = False
    silent = reached(served, tmp_path, network_policies=False)
    assert contain(silent, "isolate_network") == []
    assert len(contain(silent, "isolate_network_unproven")) == 1
    contain(silent, "quarantine_pods")
    assert sim.reaches("helper-1")
    assert not actions()["kubernetes.isolate_network_unproven"].word_is_enough
    assert contain(there, "isolate_network_unproven") == []


def test_a_policy_without_labels_cannot_be_escaped_and_the_plan_says_so(
    sim: Kubernetes, there: Connection
) -> None:
    sim.state["networkpolicies"]["allow-all"] = {
        "metadata": {"name": "allow-all"},
        "spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]},
    }
    with cycle("kubernetes.quarantine_pods", there) as run:
        notes = run.plan(target(REF)).notes
    assert "The policy allow-all selects by no label: what it allows is allowed" in notes


def test_a_pod_that_is_gone_is_not_in_quarantine(sim: Kubernetes, there: Connection) -> None:
    with cycle("kubernetes.quarantine_pods", there) as run:
        (step,) = run.plan(target(REF)).steps
        del sim.state["pods"]["helper-1"]
        assert not run.action.verify(step, run._for(None))


def test_workloads_go_to_zero_and_come_back_as_they_were(
    sim: Kubernetes, there: Connection
) -> None:
    sim.polls = 2
    with cycle("kubernetes.scale_to_zero", there) as run:
        steps = run.plan(target(REF)).steps
        assert [step.pre_state for step in steps] == [{"replicas": 2}, {"replicas": 1}]
        assert "GitOps keeps it (agents)" in steps[0].note
        assert "The autoscaler scaler leaves 0 replicas alone" in steps[0].note
        for step in steps:
            assert run.contain(step)
        assert sim.state["deployments"]["helper"]["status"]["replicas"] == 0
        assert sim.state["deployments"]["neighbour"]["spec"]["replicas"] == 1
        assert run.plan(target(REF)).steps == ()
        for step in steps:
            assert run.release(step)
        assert sim.state["deployments"]["helper"]["spec"]["replicas"] == 2


def test_a_cron_job_starts_no_more_and_does_again(sim: Kubernetes, there: Connection) -> None:
    steps = contain(there, "suspend_cronjobs")
    assert sim.state["cronjobs"]["nightly"]["spec"]["suspend"] is True
    with cycle("kubernetes.suspend_cronjobs", there) as run:
        named = run.plan(target("kubernetes.cronjob:prod/agents/nightly"))
        assert named.steps == ()
        assert "suspended already" in named.notes[0]
    release(there, "suspend_cronjobs", steps)
    assert sim.state["cronjobs"]["nightly"]["spec"]["suspend"] is False


def test_tokens_die_and_no_secret_is_read(sim: Kubernetes, there: Connection) -> None:
    assert sim.works("helper-token")
    contain(there, "delete_token_secrets")
    assert not sim.works("helper-token")
    assert "clerk-token" in sim.state["secrets"]
    assert sim.works("pod:helper-1"), "as the note says: a pod's own token is in no secret"
    asked = [call for call, _ in sim.calls if call.method == "GET" and "/secrets" in call.path]
    assert asked
    assert all("PartialObjectMetadata" in call.headers["accept"] for call in asked)
    contain(there, "delete_service_account")
    assert not sim.works("pod:helper-1")
    with cycle("kubernetes.delete_service_account", there) as run:
        assert run.plan(target(REF)).steps == ()


def test_a_secret_of_somebody_else_is_left_out(there: Connection) -> None:
    with cycle("kubernetes.delete_token_secrets", there) as run:
        plan = run.plan(target(REF, "kubernetes.token_secret:prod/agents/clerk-token"))
        assert [step.point for step in plan.steps] == [
            "kubernetes.token_secret:prod/agents/helper-token"
        ]
        assert any("no token of the agent's account" in note for note in plan.notes)


def test_a_delete_whose_answer_was_lost_is_found_by_the_read(
    sim: Kubernetes, there: Connection
) -> None:
    with cycle("kubernetes.delete_token_secrets", there) as run:
        (step,) = run.plan(target(REF)).steps
        sim.hang_up(1)
        with pytest.raises(OutcomeUnknown):
            run.action.execute(step, run._for(step.request))
        assert run.shows(step)
        assert run.contain(step), "deleted twice is deleted"


@pytest.mark.parametrize(
    ("ref", "why"),
    [
        ("prod/kube-system/coredns", "part of the cluster"),
        ("prod/agents/default", "every pod without an account"),
        ("prod/security/agentwarrant", "the responder itself"),
    ],
)
@pytest.mark.parametrize("action", ["scale_to_zero", "delete_service_account", "isolate_network"])
def test_what_must_not_be_touched_is_guarded(
    there: Connection, action: str, ref: str, why: str
) -> None:
    with cycle(f"kubernetes.{action}", there) as run, pytest.raises(Guarded, match=why):
        run.plan(target(f"kubernetes.service_account:{ref}"))


def test_another_cluster_is_left_out_and_a_connection_has_to_say_which_it_is(
    served: Served, there: Connection, tmp_path: Path
) -> None:
    with cycle("kubernetes.scale_to_zero", there) as run:
        plan = run.plan(target("kubernetes.service_account:test/agents/acme-helper"))
    assert (plan.steps, "of another cluster" in plan.notes[0]) == ((), True)
    nameless = Connection("k", "kubernetes", served[1], there.secrets)
    with (
        pytest.raises(ConfigError, match="option cluster"),
        vendors()["kubernetes"].connect(nameless),
    ):
        pass


def test_a_wrong_token_is_refused(served: Served, tmp_path: Path) -> None:
    wrong: Connection = connection_to(
        served[1], "kubernetes", tmp_path, {"token": "nobody"}, cluster="prod"
    )
    with cycle("kubernetes.scale_to_zero", wrong) as run, pytest.raises(Refused) as caught:
        run.plan(target(REF))
    assert caught.value.status == 401


@given(st.text(max_size=40) | st.from_regex(r"prod/[a-z*./ -]+/[A-Za-z*.% -]+", fullmatch=True))
def test_no_name_leaves_its_place_in_a_path(ref: str) -> None:
    try:
        plan = actions()["kubernetes.isolate_network"].plan(
            target(f"kubernetes.service_account:{ref}")
        )
    except Guarded:
        return
    for step in plan.steps:
        assert step.request.method.count("/") == 7
        assert ".." not in step.request.method.split("/")
