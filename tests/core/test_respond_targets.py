"""Case -> target: every account of the agent, and nothing that a log could smuggle in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.collect import load_connectors
from agentwarrant.errors import UsageError
from agentwarrant.event import Event
from agentwarrant.finding import Case, Finding
from agentwarrant.inventory import Inventory
from agentwarrant.redact import Redactor
from agentwarrant.respond.action import Target
from agentwarrant.respond.planning.dependants import stops_with
from agentwarrant.respond.planning.targets import (
    Known,
    facts_of,
    target_data,
    target_from,
    target_of,
)
from agentwarrant.respond.reporting.intake import by_hand
from agentwarrant.warrant.kinds import Kinds
from agentwarrant.warrant.load import load_warrants
from agentwarrant.warrant.registry import Registry

KEY = "agent:main:telegram:direct:777000111"
TIME = "2026-01-31T10:00:00.000Z"


def case(agent: str = "acme-helper", evidence: Event | None = None, **more: Any) -> Case:
    event: Event = {
        "@timestamp": TIME,
        "event.id": "e1",
        "event.module": "openclaw",
        "gen_ai.agent.id": agent,
        "warrant.session.key": KEY,
        "warrant.channel": "telegram",
        "warrant.identity.accounts": ["openclaw.agent:gw-7/main", "openclaw.agent:main"],
        "warrant.intent.verdict": "influenced",
        "warrant.principal.id": "777000111",
        **more,
    }
    found: Event = {
        "@timestamp": TIME,
        "event.id": "f1",
        "rule.id": "r1",
        "rule.name": "A secret leaves",
        "warrant.finding.severity": "high",
        "warrant.finding.reasons": ["it sent sk_test_FAKEFAKEFAKEFAKE1234 away"],
        "event.risk_score": 73.0,
    }
    proof = (event, evidence) if evidence else (event,)
    other = {
        **event,
        "event.id": "e2",
        "gen_ai.agent.id": "other",
        "warrant.session.key": "agent:other:main",
    }
    return Case("c1", "acme", agent, "conv", "openclaw", [Finding(found, proof)], [event, other])


HELPER = """\
warrant: 1
version: 3
tenant: acme
agent: {id: acme-helper, name: Helper, kind: assistant, owner: dana@acme.example, purpose: Mail.}
signed: {by: dana@acme.example, at: 2026-01-01}
valid: {from: 2026-01-01, until: 2027-01-01}
identities:
  - {kind: openclaw.agent, id: main}
  - {kind: keycloak.client, id: acme/acme-helper}
  - {kind: okta.app, id: 0oa7helper0APP00001d7}
scope:
  hosts: {allow: [api.partner.example]}
standing:
  - {name: nightly report, tools: [exec], origins: [schedule]}
response: {mode: observe, protected: true}
"""
CLERK = """\
warrant: 1
version: 1
tenant: acme
agent: {id: acme-clerk, name: Acme Clerk, kind: assistant, owner: sam@acme.example, purpose: Files.}
signed: {by: sam@acme.example, at: 2026-01-01}
valid: {from: 2026-01-01, until: 2027-01-01}
identities:
  - {kind: okta.user, id: 00u1clerk}
scope:
  delegation: {depth: 1, to: [acme-helper]}
"""


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Known:
    folder = tmp_path_factory.mktemp("warrants")
    for name, text in (("helper", HELPER), ("clerk", CLERK)):
        (folder / f"{name}.yml").write_text(text)
    redactor = Redactor(b"key of this test")
    kinds = Kinds.of(load_connectors(redactor).values())
    return Known(load_warrants([folder], kinds, redactor.mark), (), redactor)


def test_the_agent_is_called_as_its_source_calls_it_not_as_its_warrant_does() -> None:
    assert target_of(case()).agent == "main"
    assert target_of(case("main")).agent == "main"


def test_only_the_cases_own_agent_gives_sessions() -> None:
    found = target_of(case())
    assert found.sessions == (KEY,)
    assert found.channels == ("telegram",)
    assert (found.tenant, found.case, found.severity) == ("acme", "c1", "high")
    assert found.title == "A secret leaves"


def test_what_fired_is_among_the_accounts_and_the_runtime_always_is() -> None:
    one = case()
    assert target_of(one).accounts == ("openclaw.agent:gw-7/main", "openclaw.agent:main")
    del one.timeline[0]["warrant.identity.accounts"]
    assert target_of(one).accounts == ("openclaw.agent:acme-helper",)


def test_accounts_of_the_inventory_are_the_agents_too() -> None:
    inventory = Inventory()
    seen: Event = {
        "@timestamp": TIME,
        "event.id": "e9",
        "event.module": "okta",
        "organization.id": "acme",
        "gen_ai.agent.id": "acme-helper",
        "warrant.agent.status": "registered",
        "warrant.identity.accounts": ["okta.token:00T1"],
    }
    inventory.see(seen)
    known = Known(Registry(), list(inventory.entries()))
    assert "okta.token:00T1" in target_of(case(), known).accounts


def test_every_account_of_the_warrant_is_stopped_not_only_the_one_that_fired(known: Known) -> None:
    assert target_of(case(), known).accounts == (
        "openclaw.agent:main",
        "keycloak.client:acme/acme-helper",
        "okta.app:0oa7helper0APP00001d7",
        "openclaw.agent:gw-7/main",
    )


def test_an_account_of_another_agents_warrant_is_left_alone(known: Known) -> None:
    one = case()
    one.timeline[0]["warrant.identity.accounts"] = ["okta.user:00u1clerk", "okta.user:00u1bot"]
    accounts = target_of(one, known).accounts
    assert "okta.user:00u1clerk" not in accounts
    assert "okta.user:00u1bot" in accounts


HOSTILE = [
    "okta.user:a\nb",
    "okta.user:\u202egnp.exe",
    "okta.user:",
    "okta user:x",
    "okta.user:" + "x" * 5000,
    "okta.user: x",
    "",
    "../../etc:passwd",
]


@pytest.mark.parametrize("ref", HOSTILE)
def test_what_is_no_account_is_none(ref: str) -> None:
    one = case()
    one.timeline[0]["warrant.identity.accounts"] = ["okta.user:00u1", ref]
    assert target_of(one).accounts[0] == "okta.user:00u1"
    assert ref not in target_of(one).accounts


@given(st.lists(st.text(max_size=30), max_size=20), st.text(max_size=600))
def test_no_name_in_a_target_hides_anything(refs: list[str], name: str) -> None:
    named: dict[str, Any] = dict.fromkeys(("warrant.session.key", "host.name", "url.domain"), name)
    one = case(**named)
    one.timeline[0]["warrant.identity.accounts"] = [f"okta.user:{ref}" for ref in refs]
    found = target_of(one)
    for values in (found.accounts, found.sessions, found.hosts, found.domains):
        assert all(value.isprintable() and 0 < len(value) <= 400 for value in values)
    assert target_from(json.loads(json.dumps(target_data(found)))) == found


def test_secrets_are_taken_out_of_the_summary() -> None:
    known = Known(redactor=Redactor(b"key of this test"))
    summary = target_of(case(), known).summary
    assert summary.startswith("high: A secret leaves: it sent ")
    assert "sk_test_FAKE" not in repr(target_of(case(), known))
    assert target_of(case()).summary == "high: A secret leaves"


# Where its data went ---------------------------------------------------------------------


def sent(**more: Any) -> Target:
    event: Event = {"@timestamp": TIME, "event.id": "e3", "gen_ai.agent.id": "acme-helper", **more}
    return target_of(case(evidence=event))


def test_hosts_on_the_internet_are_named_as_a_client_resolves_them() -> None:
    found = sent(**{"url.domain": "EVIL.example.", "destination.ip": "203.0.113.9"})
    assert found.domains == ("evil.example",)
    assert sent(**{"destination.ip": "8.8.8.8"}).addresses == ("8.8.8.8",)
    assert sent(**{"url.domain": "b\u00fccher.example"}).domains == ("xn--bcher-kva.example",)


@pytest.mark.parametrize(
    "host", ["localhost", "10.0.0.7", "169.254.169.254", "intranet", "db.internal", "::1", "*", ""]
)
def test_what_is_inside_is_not_blocked(host: str) -> None:
    found = sent(**{"url.domain": host})
    assert (found.domains, found.addresses) == ((), ())


def test_links_are_kept_without_what_may_be_secret_in_them() -> None:
    link = "https://dana:pw@evil.example:8443/drop?key=sk_test_FAKE#x"
    found = sent(**{"url.domain": "evil.example", "url.full": link})
    assert found.urls == ("https://evil.example:8443/drop",)


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file:///etc/passwd", "https://[", "x"])
def test_what_is_no_link_of_the_web_is_none(link: str) -> None:
    assert sent(**{"url.domain": "evil.example", "url.full": link}).urls == ()


def test_tools_and_servers_are_those_of_the_evidence() -> None:
    found = sent(**{"gen_ai.tool.name": "web_post", "warrant.definition.server": "shop"})
    assert (found.tools, found.servers) == (("web_post",), ("shop",))


def test_what_the_warrant_allows_is_not_cut_off(known: Known) -> None:
    proof: Event = {
        "@timestamp": TIME,
        "event.id": "e3",
        "url.domain": "api.partner.example",
        "destination.domain": "evil.example",
    }
    assert target_of(case(evidence=proof), known).domains == ("evil.example",)
    assert target_of(case(evidence=proof)).domains == ("api.partner.example", "evil.example")


# Facts and dependants --------------------------------------------------------------------


def test_whoever_wrote_the_trigger_is_among_the_facts() -> None:
    facts = facts_of(case())
    assert facts["trigger_authors"] == ["777000111"]
    assert (facts["severity"], facts["verdicts"], facts["rules"]) == (
        "high",
        ["influenced"],
        ["r1"],
    )
    assert facts["first_event"] == TIME
    assert json.loads(json.dumps(facts)) == facts


def test_the_warrant_in_force_is_among_the_facts(known: Known) -> None:
    warrant = facts_of(case(), known)["warrant"]
    assert warrant == {
        "version": 3, "owner": "dana@acme.example", "protected": True, "mode": "observe"
    }  # fmt: skip


def test_what_stops_working_is_said_with_who_owns_it_and_who_relies_on_it(known: Known) -> None:
    one = case()
    lines = stops_with(one, target_of(one, known), known)
    assert "It is owned by dana@acme.example, who is to be told" in lines
    assert "It does this by itself, and no longer will: nightly report" in lines
    assert "Nobody is answered over telegram any more" in lines
    assert "The agent acme-clerk hands work to it" in lines


def test_an_agent_that_has_an_account_of_it_stops_too(known: Known) -> None:
    one = case()
    target = Target("main", accounts=("okta.user:00u1clerk",))
    assert "The agent acme-clerk has okta.user:00u1clerk too, and stops with it" in stops_with(
        one, target, known
    )


def test_a_target_of_other_fields_is_refused() -> None:
    with pytest.raises(TypeError, match="has no everyone"):
        target_from({"agent": "a", "everyone": True})


# By hand ---------------------------------------------------------------------------------


def test_an_agent_with_a_warrant_brings_its_accounts(known: Known) -> None:
    target, _, _ = by_hand(
        "acme-helper", (), tenant="acme", severity="high", actors=["cli:dana", "dana", "cli:dana"],
        now_ms=1_775_000_000_000, known=known,
    )  # fmt: skip
    assert "keycloak.client:acme/acme-helper" in target.accounts
    assert target.agent == "main"


def hand(agent: str, *named: str) -> tuple[Target, dict[str, Any]]:
    target, facts, _ = by_hand(
        agent,
        named,
        tenant="acme",
        severity="high",
        actors=["cli:dana", "dana", "cli:dana"],
        now_ms=1_770_000_000_000,
    )
    return target, facts


def test_somebody_may_name_an_agent_and_all_that_it_is_about() -> None:
    target, facts = hand(
        "helper", "keycloak.client:acme/helper", "domain:evil.example", "session:agent:x:main"
    )
    assert target.accounts == ("keycloak.client:acme/helper",)
    assert target.domains == ("evil.example",)
    assert target.sessions == ("agent:x:main",)
    assert facts["trigger_authors"] == ["cli:dana", "dana"]
    assert facts["agent"] == "helper"


def test_an_account_that_runs_the_agent_says_what_it_is_called_there() -> None:
    assert hand("helper", "openclaw.agent:gw-7/main")[0].agent == "main"


@pytest.mark.parametrize("named", ["nonsense", "domain:", "okta.user:", "host:a\nb"])
def test_a_name_that_names_nothing_is_said(named: str) -> None:
    with pytest.raises(UsageError, match="names nothing"):
        hand("helper", named)


def test_somebody_has_to_be_named() -> None:
    with pytest.raises(UsageError, match="nobody is named"):
        hand("")
