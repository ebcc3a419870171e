"""From the accounts of many systems to one agent, and what its warrant says then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.authority import authorize
from agentwarrant.errors import ContentErrors
from agentwarrant.event import Event
from agentwarrant.identity import Resolver
from agentwarrant.inventory import Inventory
from agentwarrant.redact import KEY_VARIABLE
from agentwarrant.scan import Scan
from agentwarrant.warrant.globs import Globs
from agentwarrant.warrant.load import load_warrants
from agentwarrant.warrant.model import FOREVER, Peer, Principal, Scope, Warrant

HEAD = """\
warrant: 1
version: 1
agent: {{id: {agent}, name: {agent}, kind: assistant, owner: dana@acme.example, purpose: Helps.}}
signed: {{by: dana@acme.example, at: 2026-01-01}}
identities:
{identities}
"""
FIVE = {
    "openclaw.agent": "main",
    "okta.app": "0oa7helper0APP00001d7",
    "aws.role": "arn:aws:iam::111122223333:role/acme-helper",
    "github.app": "acme-helper",
    "keycloak.client": "acme/acme-helper",
}
SOURCES = ("openclaw", "okta", "aws_cloudtrail", "github", "keycloak")
DENYING = "principals:\n  - {kind: human, id: '777000111', authority: owner}\n"


@pytest.fixture(autouse=True)
def _fixed_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "test-key")


def written(home: Path, agent: str, identities: dict[str, str], more: str = "scope: {}\n") -> Path:
    listed = "\n".join(f'  - {{kind: {k}, id: "{v}"}}' for k, v in identities.items())
    path = home / f"{agent}.yml"
    path.write_text(HEAD.format(agent=agent, identities=listed) + more)
    return path


def captures(*sources: str) -> Iterator[Path]:
    for source in sources:
        with as_file(files("agentwarrant.connectors").joinpath(source, "samples")) as path:
            yield path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("warrants")


def entries(paths: list[Path], warrants: Path) -> dict[str, Any]:
    inventory = Scan.over((), warrants=[warrants]).inventory(paths)
    return {one.agent: one for one in inventory.entries()}


def test_one_agent_in_five_systems_is_one_identity_with_evidence_for_each(home: Path) -> None:
    warrant = written(home, "acme-helper", FIVE)
    entry = entries(list(captures(*SOURCES)), warrant)["acme-helper"]
    assert set(SOURCES) <= set(entry.runtimes)
    refs = {f"{kind}:{identity}" for kind, identity in FIVE.items()}
    assert refs <= set(entry.accounts)
    for ref in refs:
        account = entry.accounts[ref]
        assert account.first, f"{ref} was not seen"
        assert f"declared in {warrant}:" in account.evidence


def test_a_temporary_key_of_the_agents_role_becomes_the_agents(home: Path) -> None:
    warrant = written(home, "acme-helper", FIVE)
    entry = entries(list(captures("aws_cloudtrail")), warrant)["acme-helper"]
    keys = [ref for ref in entry.accounts if ref.startswith("aws.access_key:")]
    assert keys


def test_an_account_that_two_warrants_claim_is_a_fault_of_both_lines(home: Path) -> None:
    one, other = written(home, "a", FIVE), written(home, "b", {"okta.app": FIVE["okta.app"]})
    with pytest.raises(ContentErrors) as caught:
        load_warrants([one, other])
    (fault,) = caught.value.faults
    assert fault.path == str(other)
    assert str(one) in fault.what


# A key in two hands -----------------------------------------------------------------------


def call(agent: str, text: str, **more: Any) -> Event:
    return {
        "@timestamp": "2026-11-24T10:00:00.000Z",
        "event.id": f"e-{agent}",
        "event.module": "openclaw",
        "event.action": "tool_call",
        "gen_ai.agent.id": agent,
        "gen_ai.tool.name": "exec",
        "warrant.arguments.text": text,
        "warrant.secret.types": ["openai_key"],
        **more,
    }


def test_a_key_that_two_agents_use_is_said_to_be_shared() -> None:
    resolver = Resolver()
    text = '{"command":"curl -H [REDACTED:openai_key:0123456789ab]"}'
    first = resolver.attribute(call("main", text))
    second = resolver.attribute(call("scout", text))
    assert "warrant.identity.shared" not in first
    assert second["warrant.identity.shared"] == ["main", "scout"]


def test_two_agents_with_keys_of_their_own_share_nothing() -> None:
    resolver = Resolver()
    for agent, mark in (("main", "0123456789ab"), ("scout", "ba9876543210")):
        made = resolver.attribute(call(agent, f"[REDACTED:openai_key:{mark}]"))
        assert "warrant.identity.shared" not in made


def test_a_key_in_two_tenants_is_shared_by_nobody() -> None:
    resolver = Resolver()
    text = "[REDACTED:openai_key:0123456789ab]"
    for tenant in ("acme", "contoso"):
        made = resolver.attribute(call(tenant, text, **{"organization.id": tenant}))
        assert "warrant.identity.shared" not in made


def test_a_role_used_with_a_key_of_another_agent_names_both(home: Path) -> None:
    one = written(home, "one", {"aws.role": "r1"})
    two = written(home, "two", {"aws.access_key": "k2"})
    resolver = Resolver(load_warrants([one, two]), frozenset({"aws.access_key"}))
    event: Event = {
        "@timestamp": "2026-11-24T10:00:00.000Z",
        "event.id": "e",
        "event.action": "credential_used",
        "warrant.identity.accounts": ["aws.role:r1", "aws.access_key:k2"],
    }
    made = resolver.attribute(event)
    assert made["gen_ai.agent.id"] == "one"
    assert made["warrant.identity.shared"] == ["one", "two"]


def test_what_an_identity_provider_let_in_is_verified_and_what_it_refused_is_not(
    home: Path,
) -> None:
    warrant = written(home, "one", {"okta.app": "0oa1"})
    resolver = Resolver(load_warrants([warrant]))
    found = {}
    for outcome in ("success", "failure"):
        event: Event = {
            "@timestamp": "2026-11-24T10:00:00.000Z",
            "event.id": outcome,
            "event.action": "login",
            "event.outcome": outcome,
            "warrant.identity.accounts": ["okta.app:0oa1"],
        }
        found[outcome] = resolver.attribute(event)["warrant.agent.assurance"]
    assert found == {"success": "verified", "failure": "claimed"}


def warranted(principals: tuple[Principal, ...]) -> Warrant:
    return Warrant(
        "default", "a", "a", "other", "o", "p", 1, 0, FOREVER, FOREVER, (), principals,
        Scope(peers=(Peer("planner", True),)),
    )  # fmt: skip


# Who may instruct -------------------------------------------------------------------------


def live(home: Path, more: str = DENYING) -> list[Event]:
    warrant = written(home, "acme-helper", {"openclaw.agent": "main"}, f"{more}scope: {{}}\n")
    run = Scan.over((), warrants=[warrant])
    return [e for e in run.events(list(captures("openclaw"))) if e.get("gen_ai.agent.id")]


def test_the_owner_the_stranger_the_bot_and_the_webhook_are_told_apart(home: Path) -> None:
    heard: dict[tuple[str, str], set[str]] = defaultdict(set)
    for event in live(home):
        ours = event["gen_ai.agent.id"] == "acme-helper"
        if ours and event["event.action"] == "message_received":
            key = (str(event["warrant.principal.kind"]), str(event.get("warrant.principal.id")))
            heard[key].add(str(event["warrant.principal.authority"]))
    assert heard["human", "777000111"] == {"owner"}
    assert heard["human", "666000222"] == {"stranger"}
    webhooks = [authority for (kind, _), authority in heard.items() if kind == "webhook"]
    assert webhooks
    assert all(authority == {"stranger"} for authority in webhooks)


def test_a_stranger_whom_the_warrant_lists_may_instruct(home: Path) -> None:
    more = "principals:\n  - {kind: human, id: '666000222', authority: allowed}\n"
    found = {
        str(event["warrant.principal.authority"])
        for event in live(home, more)
        if event.get("warrant.principal.id") == "666000222"
        and event["event.action"] == "message_received"
        and event["gen_ai.agent.id"] == "acme-helper"
    }
    assert found == {"allowed"}


@pytest.mark.parametrize(
    ("identity", "channel", "authority"),
    [
        ("777", "telegram", "owner"), ("777", "", "owner"), ("777", "slack", "stranger"),
        ("someone", "intranet", "allowed"), ("someone", "telegram", "stranger"),
        ("someone", "", "stranger"), ("", "intranet", "allowed"), ("", "", "unknown"),
    ],
)  # fmt: skip
def test_a_channel_narrows_who_may_instruct(identity: str, channel: str, authority: str) -> None:
    principals = (
        Principal("human", "777", Globs(["telegram"]), "owner"),
        Principal("human", "", Globs(["intranet"]), "allowed"),
    )
    event: Event = {"warrant.principal.kind": "human", "warrant.principal.id": identity}
    authorize(event := {**event, "warrant.channel": channel}, warranted(principals))
    assert event["warrant.principal.authority"] == authority


def test_a_ledger_that_names_senders_by_a_hash_of_its_own_accuses_nobody(home: Path) -> None:
    hashed = [
        event
        for event in live(home)
        if str(event.get("warrant.principal.id")).startswith("hmac-sha256:")
        and event["gen_ai.agent.id"] == "acme-helper"
        and event["event.action"] == "message_received"
    ]
    assert hashed
    assert {event["warrant.principal.authority"] for event in hashed} == {"unknown"}


@pytest.mark.parametrize(
    ("verified", "listed", "authority"),
    [
        ("yes", (), "allowed"),
        ("no", (), "stranger"),
        ("unknown", (), "stranger"),
        ("yes", (Principal("agent", "planner", Globs(["a2a"]), "owner"),), "stranger"),
        ("yes", (Principal("agent", "planner", Globs(["sessions_send"]), "owner"),), "owner"),
    ],
)  # fmt: skip
def test_a_trusted_peer_that_is_proved_may_instruct_unless_a_principal_narrows_it(
    verified: str, listed: tuple[Principal, ...], authority: str
) -> None:
    event: Event = {
        "warrant.principal.kind": "agent",
        "warrant.principal.id": "planner",
        "warrant.peer.id": "planner",
        "warrant.peer.verified": verified,
        "warrant.channel": "sessions_send",
    }
    authorize(event, warranted((Principal("human", "777", None, "owner"), *listed)))
    assert event["warrant.principal.authority"] == authority


def test_another_agent_is_not_obeyed_because_a_trusted_peer_stands_beside_it() -> None:
    event: Event = {
        "warrant.principal.kind": "agent",
        "warrant.principal.id": "mallory",
        "warrant.peer.id": "planner",
        "warrant.peer.verified": "yes",
    }
    authorize(event, warranted(()))
    assert event["warrant.principal.authority"] == "stranger"


@pytest.mark.parametrize(("verified", "trust"), [("yes", "trusted"), ("unknown", "untrusted")])
def test_what_is_proved_to_have_started_an_agent_is_trusted_where_its_warrant_is_silent(
    verified: str, trust: str
) -> None:
    event: Event = {
        "warrant.peer.id": "chief",
        "warrant.peer.verified": verified,
        "warrant.peer.trust": "trusted",
    }
    authorize(event, warranted(()))
    assert event["warrant.peer.trust"] == trust


def test_a_name_proves_nothing() -> None:
    warrant = warranted((Principal("human", "777", None, "owner"),))
    event: Event = {
        "warrant.principal.kind": "human",
        "warrant.principal.id": "666",
        "warrant.principal.name": "777",
        "warrant.peer.id": "planner",
        "warrant.peer.verified": "no",
    }
    authorize(event, warrant)
    assert event["warrant.principal.authority"] == "stranger"
    assert event["warrant.peer.trust"] == "untrusted"
    authorize(event := {**event, "warrant.peer.verified": "yes"}, warrant)
    assert event["warrant.peer.trust"] == "trusted"


# State ------------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(st.sampled_from(["main", "scout", "vault"]), st.sampled_from(["a" * 12, "b" * 12])),
    max_size=12,
)


@given(before=STEPS, after=STEPS)
def test_a_restored_resolver_answers_as_the_one_that_went_on(
    before: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    one, other = Resolver(), Resolver()
    for agent, mark in before:
        one.attribute(call(agent, f"[REDACTED:openai_key:{mark}]"))
    other.restore(one.snapshot())
    for agent, mark in after:
        event = call(agent, f"[REDACTED:openai_key:{mark}]")
        assert one.attribute(event) == other.attribute(event)


def test_an_agent_with_a_warrant_that_was_never_seen_is_listed(home: Path) -> None:
    registry = load_warrants([written(home, "idle", {"okta.app": "0oa9"})])
    (entry,) = Inventory(registry).entries()
    assert (entry.agent, entry.status, entry.events) == ("idle", "registered", 0)


def test_a_sub_agent_obeys_its_own_other_half(home: Path) -> None:
    found = [
        event
        for event in live(home)
        if event.get("warrant.channel") == "subagent"
        and event["event.action"] == "message_received"
    ]
    assert found
    assert {event["warrant.principal.authority"] for event in found} == {"allowed"}
    assert {event["warrant.peer.id"] for event in found} == {"acme-helper"}
    assert {event["warrant.peer.claimed_id"] for event in found} == {"main"}


# What was acted on -----------------------------------------------------------------------------


def aimed(by: str, at: str, **more: Any) -> Event:
    return {
        "@timestamp": "2026-11-24T10:00:00.000Z",
        "event.id": "e",
        "event.module": "okta",
        "event.action": "config_changed",
        "warrant.identity.accounts": [by],
        "warrant.identity.target": [at],
        **more,
    }


def test_whose_account_was_acted_on_is_said_and_whether_it_was_the_actors_own(home: Path) -> None:
    registry = load_warrants([written(home, "a", {"okta.app": "0oaA"}),
                              written(home, "b", {"okta.app": "0oaB"})])  # fmt: skip
    resolver = Resolver(registry)
    own = resolver.attribute(aimed("okta.app:0oaA", "okta.app:0oaA"))
    other = resolver.attribute(aimed("okta.app:0oaA", "okta.app:0oaB"))
    person = resolver.attribute(aimed("okta.user:00u1", "okta.app:0oaB"))
    nobody = resolver.attribute(aimed("okta.app:0oaA", "okta.app:0oaC"))
    foreign = resolver.attribute(
        aimed("okta.app:0oaA", "okta.app:0oaB", **{"organization.id": "elsewhere"})
    )
    told = ("warrant.target.agent", "warrant.target.self")
    assert [own[name] for name in told] == ["a", "yes"]
    assert [other[name] for name in told] == ["b", "no"]
    assert [person[name] for name in told] == ["b", "no"]
    assert not nobody.keys() & set(told)
    assert not foreign.keys() & set(told)


def test_an_agent_without_a_warrant_that_acts_on_itself_is_seen_to() -> None:
    event = aimed("okta.ai_agent:wlp1", "okta.ai_agent:wlp1", **{"gen_ai.agent.id": "wlp1"})
    made = Resolver().attribute(event)
    assert (made["warrant.target.agent"], made["warrant.target.self"]) == ("wlp1", "yes")


def test_a_key_that_was_seen_with_an_agent_is_that_agents_when_it_is_acted_on() -> None:
    resolver = Resolver(credentials=frozenset({"okta.token"}))
    resolver.attribute(
        {**aimed("okta.token:tok1", "okta.user:00u9"), "gen_ai.agent.id": "acme-helper"}
    )
    made = resolver.attribute(aimed("okta.user:00u1", "okta.token:tok1"))
    assert (made["warrant.target.agent"], made["warrant.target.self"]) == ("acme-helper", "no")


def test_a_tenant_without_warrants_is_told_from_one_that_has_some(home: Path) -> None:
    resolver = Resolver(load_warrants([written(home, "a", {"okta.app": "0oaA"})]))
    here = resolver.attribute(aimed("okta.user:00u1", "okta.user:00u2"))
    there = resolver.attribute(
        aimed("okta.user:00u1", "okta.user:00u2", **{"organization.id": "elsewhere"})
    )
    assert here["warrant.agent.registry"] == "declared"
    assert there["warrant.agent.registry"] == "none"
    assert Resolver().attribute(there)["warrant.agent.registry"] == "none"
