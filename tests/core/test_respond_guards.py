"""The guards: what no run may do, what none may do without people, and races change neither."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from tests.respond_made import (
    AGENT,
    PEOPLE,
    TENANT,
    ledger,
    plan,
    point,
    request,
    settings,
    touched,
)
from tests.respond_made import signed as voted

from agentwarrant.errors import Guarded, NotApproved
from agentwarrant.respond.action import Reversibility, Verb
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.guard import paging, switches
from agentwarrant.respond.guard.guards import NODE, Guards
from agentwarrant.respond.guard.radius import TooMany
from agentwarrant.respond.ledger import audit
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.rows import RunRow
from agentwarrant.respond.ledger.tables import EVERYONE, points, runs
from agentwarrant.respond.people import approvals
from agentwarrant.respond.runplan import Approval, Decide, Parallel, Point, RunPlan, Sequence
from agentwarrant.respond.settings import Limits, Mode, Policy, Settings, Window
from agentwarrant.respond.vendor import actions
from agentwarrant.warrant.model import FOREVER, Account, Scope, Warrant
from agentwarrant.warrant.registry import Registry

ANYONE = Limits(agents=1000, daily=1000, share=1.0, actions=10_000)
WIDE = Policy(mode=Mode.AUTO, limits=ANYONE)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Ledger]:
    with ledger(tmp_path) as opened:
        yield opened


def warrant(agent: str = AGENT, **own: Any) -> Warrant:
    usual: dict[str, Any] = {
        "tenant": TENANT, "agent": agent, "name": agent, "kind": "assistant", "owner": "anna",
        "purpose": "work", "version": 1, "start": 0, "end": FOREVER, "revoked": FOREVER,
        "accounts": (), "principals": None, "scope": Scope(),
    }  # fmt: skip
    return Warrant(**{**usual, **own})


def guards(folder: Path, policy: Policy = WIDE, *warrants: Warrant, **own: Any) -> Guards:
    return Guards(settings(folder, policy, **own), Registry(warrants))


def okta(identity: str = "disable", **own: Any) -> Point:
    """A point of a vendor over HTTP; no such action need be there."""
    usual: dict[str, Any] = {
        "action": "okta.suspend_user",
        "connection": "okta",
        "about": "okta.user:00u1abc",
        "request": request("POST /api/v1/users/00u1abc/lifecycle/suspend", query={}),
        "pre_state": {"status": "ACTIVE", "profile": {"login": "bot@acme.example"}},
    }
    made: Point = point(identity, **{**usual, **own})
    return made


OKTA = {"main": Connection("main", "openclaw"), "okta": Connection("okta", "okta")}


def may(asked: Guards, kept: Ledger, made: RunPlan, which: int = 0) -> None:
    """Ask the guards as the ledger does: within the transaction of an intent."""
    run = kept.run(kept.enter(made, actor="test"))
    passes(asked, kept, run, list(made.points())[which])


def passes(asked: Guards, kept: Ledger, run: RunRow, one: Point) -> None:
    with kept.transaction(run.tenant) as connection:
        asked.check(connection, kept_row(connection, run.id), one)


def kept_row(connection: Any, run: str) -> RunRow:
    from agentwarrant.respond.ledger.rows import run_of

    return run_of(connection, run)


# What nothing may touch ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "pattern",
    ["okta.user:00u1abc", "okta.user:bot@acme.example", "OKTA.USER:BOT@*", "okta.user:*", AGENT],
)
def test_what_is_protected_is_found_by_its_id_its_name_or_its_agent(
    kept: Ledger, tmp_path: Path, pattern: str
) -> None:
    asked = guards(tmp_path, replace(WIDE, protected=(pattern,)), connections=OKTA)
    made = plan([okta()])
    assert asked.of_plan(made) == [f"disable: {pattern} is protected"]
    with pytest.raises(Guarded, match="protected"):
        may(asked, kept, made)


@pytest.mark.parametrize(
    "pattern", ["okta.user:00u1", "entra.user:00u1abc", "okta.app:zzz", "agent-77"]
)
def test_what_only_resembles_it_is_not_protected(
    kept: Ledger, tmp_path: Path, pattern: str
) -> None:
    asked = guards(tmp_path, replace(WIDE, protected=(pattern,)), connections=OKTA)
    assert asked.of_plan(plan([okta()])) == []
    may(asked, kept, plan([okta()]))


def test_a_step_that_may_be_about_a_protected_account_and_names_no_other_counts_as_about_it(
    tmp_path: Path,
) -> None:
    asked = guards(tmp_path, replace(WIDE, protected=("okta.user:ceo@*",)), connections=OKTA)
    shared = {"accounts": ["okta.user:ceo@acme.example", "okta.user:bot@acme.example"]}
    named, unnamed = okta(), okta(pre_state={"status": "ACTIVE"})
    assert asked.of_plan(plan([named], facts=shared)) == []
    assert asked.of_plan(plan([unnamed], facts=shared)) == ["disable: okta.user:ceo@* is protected"]
    assert asked.of_plan(plan([unnamed], facts={"accounts": ["okta.user:bot@acme.example"]})) == []
    assert asked.of_plan(plan([point()], facts=shared)) == []  # at another vendor


def test_what_the_installation_protects_no_tenant_policy_lifts(tmp_path: Path) -> None:
    asked = guards(tmp_path, WIDE, connections=OKTA, self_protected=("okta.user:00u1*",))
    assert asked.of_plan(plan([okta()])) == ["disable: okta.user:00u1* is protected"]


def test_a_realm_and_its_client_protect_only_together(tmp_path: Path) -> None:
    asked = guards(tmp_path, replace(WIDE, protected=("keycloak.client:agents/ops",)))
    connections = {"kc": Connection("kc", "keycloak")}
    asked.settings = replace(asked.settings, connections=connections)

    def client(realm: str, name: str) -> RunPlan:
        asked_for = request(f"PUT /admin/realms/{realm}/clients/7f1c", json={"clientId": name})
        one = point(
            action="keycloak.x", connection="kc", about=f"keycloak.client:{realm}/{name}",
            request=asked_for,
        )  # fmt: skip
        made: RunPlan = plan([one])
        return made

    assert asked.of_plan(client("agents", "ops"))
    assert not asked.of_plan(client("agents", "other"))
    assert not asked.of_plan(client("people", "ops"))


@pytest.mark.parametrize(
    "options",
    [{"client_id": "00u1abc"}, {"user": "bot@acme.example"}, {"username": "BOT@acme.example"}],
)
def test_the_responder_never_touches_the_account_that_it_uses(
    kept: Ledger, tmp_path: Path, options: dict[str, str]
) -> None:
    own = {"okta": Connection("okta", "okta", options=options)}
    asked = guards(tmp_path, WIDE, connections=own)
    assert "the responder itself" in asked.of_plan(plan([okta()]))[0]
    with pytest.raises(Guarded, match="the responder itself"):
        may(asked, kept, plan([okta()]))


def test_an_own_account_at_one_vendor_is_none_at_another(tmp_path: Path) -> None:
    own = {**OKTA, "kc": Connection("kc", "keycloak", options={"client_id": "00u1abc"})}
    assert guards(tmp_path, WIDE, connections=own).of_plan(plan([okta()])) == []


def test_a_tenants_agents_are_not_touched_over_another_tenants_connection(
    kept: Ledger, tmp_path: Path
) -> None:
    theirs = {"okta": Connection("okta", "okta", tenants=("umbrella",))}
    asked = guards(tmp_path, WIDE, connections=theirs)
    assert asked.of_plan(plan([okta()])) == ["disable: okta is not for the tenant acme"]
    with pytest.raises(Guarded, match="not for the tenant"):
        may(asked, kept, plan([okta()]))


@pytest.mark.parametrize("connections", [{}, {"okta": Connection("okta", "entra")}])
def test_a_connection_that_is_gone_or_another_vendors_carries_nothing(
    kept: Ledger, tmp_path: Path, connections: dict[str, Connection]
) -> None:
    with pytest.raises(Guarded):
        may(guards(tmp_path, WIDE, connections=connections), kept, plan([okta()]))


@pytest.mark.parametrize(
    "loose",
    [
        {"about": "okta.user:"},
        {"about": "okta.user:*"},
        {"request": request("POST /x/agents", json={"filter": {}})},
        {"request": request("POST /x/agents", json={"filter": {"ids": []}})},
        {"request": request("POST /x/agents", json={"data": {"agent_ids": ["*"]}})},
        {"request": request("POST /x/agents", json={"query": " "})},
        {"request": request("POST /x/agents", query={"filter": ""})},
        {"request": request("POST /x/*/suspend")},
    ],
)
def test_a_step_that_could_be_about_everything_is_refused(
    kept: Ledger, tmp_path: Path, loose: dict[str, Any]
) -> None:
    asked = guards(tmp_path, WIDE, connections=OKTA)
    assert "has no bounds" in asked.of_plan(plan([okta(**loose)]))[0]
    with pytest.raises(Guarded, match="no bounds"):
        may(asked, kept, plan([okta(**loose)]))


@pytest.mark.parametrize("action", actions().values(), ids=actions())
def test_no_shipped_action_looks_unbounded_to_the_guards(action: Any) -> None:
    from tests.test_playbooks import planned

    from agentwarrant.respond.guard.protection import unbounded

    for step in planned(action).steps:
        one = replace(point(), action=action.id, step=step)
        assert unbounded(one) == "", step.request.method


def test_what_destroys_needs_evidence_before_it(tmp_path: Path) -> None:
    asked = guards(tmp_path)
    purge = point("purge", verb=Verb.PURGE_MEMORY)
    keep = point("keep", verb=Verb.SNAPSHOT)
    assert "no evidence" in asked.of_plan(plan([purge]))[0]
    assert "no evidence" in asked.of_plan(plan([purge, keep]))[0]
    assert asked.of_plan(plan([keep, purge])) == []


# Modes --------------------------------------------------------------------------------------


def test_nothing_passes_that_policy_only_observes(kept: Ledger, tmp_path: Path) -> None:
    for policy in (
        Policy(limits=ANYONE),
        Policy(mode=Mode.AUTO, modes={Reversibility.REVERSIBLE: Mode.OBSERVE}, limits=ANYONE),
        Policy(mode=Mode.AUTO, playbooks={"quarantine-agent": "off"}, limits=ANYONE),
        Policy(mode=Mode.AUTO, playbooks={"quarantine-agent": "observe"}, limits=ANYONE),
    ):
        with pytest.raises(Guarded, match="observed only"):
            may(guards(tmp_path, policy), kept, plan())


def test_a_plan_made_for_observing_passes_nothing_whatever_policy_says(
    kept: Ledger, tmp_path: Path
) -> None:
    with pytest.raises(Guarded, match="observed only"):
        may(guards(tmp_path), kept, plan(mode=Mode.OBSERVE))


@pytest.mark.parametrize(
    "policy",
    [
        replace(WIDE, mode=Mode.APPROVE),
        replace(WIDE, critical=("agent-*",)),
        replace(WIDE, playbooks={"quarantine-agent": "approve"}),
        replace(WIDE, windows=(Window("2020-01-01T00:00:00Z", "2099-01-01"),)),
    ],
)
def test_what_waits_for_people_passes_only_with_their_word(
    kept: Ledger, tmp_path: Path, policy: Policy
) -> None:
    with pytest.raises(NotApproved, match="a person must say yes"):
        may(guards(tmp_path, policy), kept, plan())


@pytest.mark.parametrize(
    "window",
    [Window("2020-01-01", "2021-01-01"), Window("2020-01-01", "2099-01-01", ("other-*",))],
)
def test_a_window_that_is_over_or_of_others_holds_nothing_back(
    kept: Ledger, tmp_path: Path, window: Window
) -> None:
    may(guards(tmp_path, replace(WIDE, windows=(window,))), kept, plan())


def test_telling_people_waits_for_nobody(kept: Ledger, tmp_path: Path) -> None:
    tell = point("tell", verb=Verb.NOTIFY, reversibility=Reversibility.IRREVERSIBLE)
    may(guards(tmp_path, replace(WIDE, mode=Mode.APPROVE)), kept, plan([tell]))


# Approvals at execute time ------------------------------------------------------------------


def asks(needs: int = 1) -> Approval:
    return Approval("ok", needs, 600, "Shall it be?")


def approved(asked: Guards, kept: Ledger, made: RunPlan, people: int = 1) -> RunRow:
    """Enter a plan, ask for the approval in it, and let people say yes."""
    run = kept.run(kept.enter(made, actor="test"))
    node = next(one for one in made.root.nodes if isinstance(one, Approval))  # type: ignore[union-attr]
    with kept.transaction(run.tenant) as connection:
        approvals.ask(connection, run.id, run.tenant, node, run.plan_hash)
    for name in PEOPLE[:people]:
        voted(kept, asked.settings, run.id, name)
    return run


def test_an_approved_plan_passes_and_its_approval_is_spent(kept: Ledger, tmp_path: Path) -> None:
    asked = guards(tmp_path, replace(WIDE, mode=Mode.APPROVE))
    made = plan([asks(), point()])
    run = approved(asked, kept, made)
    passes(asked, kept, run, point())
    with kept.transaction(TENANT) as connection:
        assert approvals.state(connection, run.id, "ok") is approvals.State.USED
    passes(asked, kept, run, point())  # the run goes on with it


def test_the_approval_of_one_run_is_none_of_another(kept: Ledger, tmp_path: Path) -> None:
    asked = guards(tmp_path, replace(WIDE, mode=Mode.APPROVE))
    made = plan([asks(), point()])
    approved(asked, kept, made)
    with pytest.raises(NotApproved):
        may(asked, kept, made)


def test_an_approval_of_fewer_people_than_a_class_needs_is_none(
    kept: Ledger, tmp_path: Path
) -> None:
    asked = guards(tmp_path, replace(WIDE, mode=Mode.APPROVE))
    final = point(reversibility=Reversibility.IRREVERSIBLE)
    made = plan([asks(1), final])
    run = approved(asked, kept, made)
    with pytest.raises(NotApproved, match="two people"):
        passes(asked, kept, run, final)
    run = approved(asked, kept, plan([asks(2), final]), people=2)
    passes(asked, kept, run, final)


def test_a_plan_that_changed_after_the_yes_is_not_approved(kept: Ledger, tmp_path: Path) -> None:
    asked = guards(tmp_path, replace(WIDE, mode=Mode.APPROVE))
    run = approved(asked, kept, plan([asks(), point()]))
    with kept.transaction(TENANT) as connection:
        changed = {"plan_hash": "f" * 64}
        connection.execute(update(runs).where(runs.c.id == run.id).values(**changed))
    with pytest.raises(NotApproved):
        passes(asked, kept, run, point())


def test_a_change_elsewhere_in_the_plan_leaves_a_point_approved(
    kept: Ledger, tmp_path: Path
) -> None:
    asked = guards(tmp_path, replace(WIDE, mode=Mode.APPROVE))
    run = approved(asked, kept, plan([asks(), point()]))
    with kept.transaction(TENANT) as connection:
        approvals.use(connection, run.id, "ok", run.plan_hash)
        connection.execute(update(points).values(approval="ok"))
        connection.execute(update(runs).values(plan_hash="f" * 64))
    passes(asked, kept, run, point())


def test_an_approval_is_for_what_follows_it_and_for_nothing_beside_it(
    kept: Ledger, tmp_path: Path
) -> None:
    asked = guards(tmp_path, replace(WIDE, mode=Mode.APPROVE))
    beside, after, within = point("beside"), point("after"), point("within")
    tree = Sequence("all", (Parallel("both", (Sequence("left", (asks(), within)), beside)), after))
    run = approved_tree(asked, kept, replace(plan(), root=tree))
    passes(asked, kept, run, within)
    for other in (beside, after):
        with pytest.raises(NotApproved):
            passes(asked, kept, run, other)


def test_an_approval_that_names_points_is_for_these_alone(kept: Ledger, tmp_path: Path) -> None:
    asked = guards(tmp_path, replace(WIDE, mode=Mode.APPROVE))
    first, second = point("first"), point("second")
    way = Decide("way", {"step": "first", "is": ["verified"]}, second)
    tree = Sequence("all", (replace(asks(), covers=("second",)), first, way))
    run = approved_tree(asked, kept, replace(plan(), root=tree))
    passes(asked, kept, run, second)
    with pytest.raises(NotApproved):
        passes(asked, kept, run, first)


def approved_tree(asked: Guards, kept: Ledger, made: RunPlan) -> RunRow:
    run = kept.run(kept.enter(made, actor="test"))
    with kept.transaction(run.tenant) as connection:
        approvals.ask(connection, run.id, run.tenant, asks(), run.plan_hash)
    voted(kept, asked.settings, run.id, "anna")
    return run


def test_an_agent_whose_warrant_protects_it_needs_two_people_in_any_mode(
    kept: Ledger, tmp_path: Path
) -> None:
    own = Account("openclaw.agent:main", 0, FOREVER, "w.yml:1")
    held = warrant("bot", protected=True, accounts=(own,))
    asked = guards(tmp_path, WIDE, held)
    for agent in ("bot", "main"):  # by its own name, and by what its runtime calls it
        with pytest.raises(NotApproved, match="two people"):
            may(asked, kept, plan(agent=agent))
    may(asked, kept, plan(agent="another"))


def test_a_warrant_says_how_far_a_response_may_go_at_most(kept: Ledger, tmp_path: Path) -> None:
    with pytest.raises(Guarded, match="observed only"):
        may(guards(tmp_path, WIDE, warrant(mode="observe")), kept, plan())
    with pytest.raises(NotApproved, match="a person must say yes"):
        may(guards(tmp_path, WIDE, warrant(mode="approve")), kept, plan())
    may(guards(tmp_path, WIDE, warrant()), kept, plan())


# The blast radius ---------------------------------------------------------------------------


def crowd(kept: Ledger, number: int, ago_ms: int = 0, **own: Any) -> None:
    with kept.transaction(TENANT) as connection:
        for index in range(number):
            touched(connection, f"other-{index}", kept.now_ms() - ago_ms, **own)


def limited(**own: Any) -> Policy:
    return replace(WIDE, limits=replace(ANYONE, **own))


@pytest.mark.parametrize(
    ("policy", "others", "ago"),
    [
        (limited(agents=5), 5, 0),
        (limited(daily=5), 5, 80_000_000),
        (limited(actions=5), 5, 0),
    ],
)
def test_one_too_many_waits_for_people_and_one_fewer_does_not(
    kept: Ledger, tmp_path: Path, policy: Policy, others: int, ago: int
) -> None:
    asked = guards(tmp_path, policy)
    crowd(kept, others - 1, ago)
    may(asked, kept, plan())
    with kept.transaction(TENANT) as connection:
        touched(connection, "the-last", kept.now_ms() - ago)
    with pytest.raises(TooMany, match="it would be"):
        may(asked, kept, plan())


def test_what_was_touched_before_the_window_counts_no_more(kept: Ledger, tmp_path: Path) -> None:
    crowd(kept, 50, 86_400_001)
    may(guards(tmp_path, limited(agents=1, daily=1, actions=1)), kept, plan())


def test_other_tenants_and_told_people_do_not_count(kept: Ledger, tmp_path: Path) -> None:
    tells = [name for name, action in actions().items() if action.verb is Verb.NOTIFY]
    crowd(kept, 3, tenant="umbrella")
    if tells:
        crowd(kept, 3, action=tells[0], point="tell")
    may(guards(tmp_path, limited(agents=1, daily=1, actions=1)), kept, plan())


def test_an_agent_that_was_touched_already_may_be_touched_again(
    kept: Ledger, tmp_path: Path
) -> None:
    with kept.transaction(TENANT) as connection:
        touched(connection, AGENT, kept.now_ms())
    may(guards(tmp_path, limited(agents=1, daily=1)), kept, plan())


def test_a_share_of_the_known_agents_may_be_touched_and_one_always(
    kept: Ledger, tmp_path: Path
) -> None:
    known = [warrant(f"w{number}") for number in range(100)]
    asked = guards(tmp_path, limited(share=0.02), *known)
    crowd(kept, 1)
    may(asked, kept, plan())
    with kept.transaction(TENANT) as connection:
        touched(connection, "second", kept.now_ms())
    with pytest.raises(TooMany, match="2% of 100"):
        may(asked, kept, plan())
    few = guards(tmp_path, limited(share=0.02), *known[:3])
    with pytest.raises(TooMany, match="1 may be"):
        may(few, kept, plan())


def test_people_are_asked_once_and_the_breaker_opens_with_one_entry(
    kept: Ledger, tmp_path: Path
) -> None:
    asked = guards(tmp_path, limited(agents=1))
    crowd(kept, 1)
    made = plan()
    run = kept.run(kept.enter(made, actor="test"))
    for _ in range(2):
        with pytest.raises(TooMany) as caught:
            passes(asked, kept, run, point())
        with kept.transaction(TENANT) as connection:
            request = asked.ask_people(connection, run, made, caught.value)
    assert (request.node, request.attempt) == (NODE, 1)
    with kept.transaction(TENANT) as connection:
        kinds = [entry.kind for entry in audit.told(connection, TENANT)]
        assert switches.engaged(connection, TENANT, switches.Name.BREAKER) is not None
    assert (kinds.count("breaker_on"), kinds.count("approval_asked")) == (1, 1)
    voted(kept, asked.settings, run.id, "anna", node=NODE)
    passes(asked, kept, run, point())


def test_while_the_breaker_is_open_nothing_runs_without_people(
    kept: Ledger, tmp_path: Path
) -> None:
    asked = guards(tmp_path)
    with kept.transaction(TENANT) as connection:
        switches.switch_on(
            connection, TENANT, switches.Name.BREAKER, by="the guards", reason="too many"
        )
    with pytest.raises(NotApproved):
        may(asked, kept, plan())
    assert asked.cautions(plan(), kept) == ["the breaker is open: too many"]
    may(asked, kept, plan(tenant="umbrella"))


def test_of_many_at_once_no_more_pass_than_may(kept: Ledger, tmp_path: Path) -> None:
    asked = guards(tmp_path, limited(agents=5))
    made = [plan(agent=f"agent-{number}") for number in range(16)]
    entered = [kept.run(kept.enter(one, actor="test")) for one in made]

    def attempt(run: RunRow) -> bool:
        with kept.transaction(TENANT) as connection:
            try:
                asked.check(connection, run, point())
            except TooMany:
                return False
            connection.execute(
                update(points)
                .where(points.c.run == run.id)
                .values(intended_ms=kept.now_ms(), sent_ms=kept.now_ms(), attempts=1)
            )
            return True

    with ThreadPoolExecutor(8) as pool:
        passed = list(pool.map(attempt, entered))
    assert sum(passed) == 5
    with kept.reading() as connection:
        sent = connection.execute(select(points.c.agent).where(points.c.intended_ms > 0)).all()
    assert len(sent) == 5


def rival(folder: str, number: int) -> bool:
    """Take a place, from a process of its own."""
    with ledger(Path(folder)) as own:
        asked = guards(Path(folder), limited(agents=3))
        run = own.run(own.enter(plan(agent=f"agent-{number}"), actor="test"))
        with own.transaction(TENANT) as connection:
            try:
                asked.check(connection, run, point())
            except TooMany:
                return False
            connection.execute(
                update(points)
                .where(points.c.run == run.id)
                .values(intended_ms=own.now_ms(), sent_ms=own.now_ms(), attempts=1)
            )
            return True


def test_of_many_processes_at_once_no_more_pass_than_may(kept: Ledger, tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("fork")) as pool:
        passed = list(pool.map(rival, [str(tmp_path)] * 8, range(8)))
    assert sum(passed) == 3


# The emergency stop -------------------------------------------------------------------------


@pytest.mark.parametrize("whom", [TENANT, EVERYONE])
def test_the_emergency_stop_lets_nothing_pass_not_even_a_message(
    kept: Ledger, tmp_path: Path, whom: str
) -> None:
    asked = guards(tmp_path)
    with kept.transaction(whom) as connection:
        switches.switch_on(connection, whom, switches.Name.STOP, by="kim", reason="it runs wild")
    for one in (point(), point("tell", verb=Verb.NOTIFY)):
        with pytest.raises(Guarded, match="it runs wild"):
            may(asked, kept, plan([one]))
    assert asked.of_plan(plan(), kept) == ["the emergency stop is on: it runs wild"]


def test_settings_name_who_may_not_vote(tmp_path: Path) -> None:
    own = Account("okta.user:anna@acme", 0, FOREVER, "w.yml:1")
    asked = guards(tmp_path, WIDE, warrant(accounts=(own,), approvers=("ben",)))
    made = plan(facts={"trigger_authors": ["cara@acme"]})
    electorate = asked.electorate(made)
    people: Settings = asked.settings
    said = {name: list(electorate.faults(people.approvers[name])) for name in PEOPLE}
    assert "agent's" in said["anna"][0]
    assert said["ben"] == []
    assert "wrote what set this run off" in said["cara"][0]


# One page -----------------------------------------------------------------------------------


def told_everybody(kept: Ledger, asked: Guards) -> list[RunRow]:
    """Run into the limit several times and return the runs that page people."""
    crowd(kept, 1)
    for number in range(3):
        made = plan(agent=f"agent-{number}")
        run = kept.run(kept.enter(made, actor="test"))
        with pytest.raises(TooMany) as caught:
            passes(asked, kept, run, point())
        with kept.transaction(TENANT) as connection:
            asked.ask_people(connection, run, made, caught.value)
    return [row for row in kept.runs() if row.playbook == paging.PLAYBOOK]


def test_when_the_breaker_opens_people_are_paged_once_over_every_connection(
    kept: Ledger, tmp_path: Path
) -> None:
    pager = Connection("pager", "pagerduty")
    theirs = Connection("theirs", "pagerduty", tenants=("umbrella",))
    connections = {"main": Connection("main", "openclaw"), "pager": pager, "theirs": theirs}
    asked = guards(tmp_path, limited(agents=1), connections=connections)
    (run,) = told_everybody(kept, asked)
    assert {one.connection for one in run.plan.points()} == {"pager"}
    for one in run.plan.points():
        passes(asked, kept, run, one)
    quiet = guards(tmp_path, Policy(), connections=connections)
    for one in run.plan.points():  # policy observes: the page is sent all the same
        passes(quiet, kept, run, one)


def test_where_nobody_can_be_told_the_breaker_opens_all_the_same(
    kept: Ledger, tmp_path: Path
) -> None:
    assert told_everybody(kept, guards(tmp_path, limited(agents=1))) == []
    with kept.reading() as connection:
        assert switches.engaged(connection, TENANT, switches.Name.BREAKER) is not None
