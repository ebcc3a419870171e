"""Rules over others' data find what the engine finds by our connector of the same records.

For each integration the same record goes two ways: through our connector and the engine's own
matching, and, renamed as the integration's ingest pipeline renames it, through the condition that
a rule becomes over its fields. The second must never find what the first does not; and where its
file says that it sees a kind of events, it must find them.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.shipped import shipped_rules

from agentwarrant.collect import load_connectors
from agentwarrant.connector import Raw
from agentwarrant.event import Event
from agentwarrant.identity import attribute
from agentwarrant.intent.judge import Judge
from agentwarrant.redact import Redactor
from agentwarrant.rules.ir import FALSE, TRUE, fields_of
from agentwarrant.rules.load import load_text
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import Rule
from agentwarrant.siem import foreign
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.elastic.foreign import Integration, integrations
from agentwarrant.siem.elastic.foreign_rules import render_foreign, rules_by_id
from agentwarrant.siem.elastic.render import NativeRule, Rendered
from agentwarrant.siem.takeover import condition_of, taken_over

CONNECTORS = load_connectors(Redactor(b"key"))
RULES = [rule for rule in shipped_rules() if rule.alerts]
KNOWN = {rule.id: rule for rule in shipped_rules()}
SINGLE = Matcher([rule for rule in RULES if rule.tree])
DATA = {one.name: one for one in integrations()}
RENDERED = {name: render_foreign(shipped_rules(), one, "8.19") for name, one in DATA.items()}


def found_by_us(source: str, record: Mapping[str, Any]) -> set[str]:
    """Return the rules that our connector and the engine find in a record, without warrants."""
    events = CONNECTORS[source].normalize(Raw(dict(record)))
    judged = (Judge().judge(attribute(event)) for event in events)
    return {rule.short_id for event in judged for rule in SINGLE.hits(event)}


def over(package: str) -> Matcher:
    data = DATA[package]
    rules = []
    for native in RENDERED[package].rules:
        rule = native.rule
        if rule.correlation:
            continue  # it counts: test_elastic_foreign_accounts.py
        tree = taken_over(rule, data)
        rules.append(
            Rule(rule.id, "", rule.title, "", "", rule.severity, True, tree, meta=rule.meta)
        )
    return Matcher(rules)


THEIRS = {name: over(name) for name in DATA}


def found_there(package: str, document: Event) -> set[str]:
    return {rule.short_id for rule in THEIRS[package].hits(document)}


def plain(fields: Mapping[str, Any]) -> Event:
    """Return a document without what is empty, as the pipelines leave it."""
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


# Okta -------------------------------------------------------------------------------------------

AGENT = {"id": "wlp7helper0AGENT001d7", "type": "AIAgent", "displayName": "helper"}
PERSON = {"id": "00u1", "type": "User", "alternateId": "dana@acme.example", "displayName": "Dana"}
CLIENT = {"id": "0oa1", "type": "PublicClientApp", "displayName": "helper"}
OKTA_WORDS = (
    "user app application oauth2 client credential credentials secret key keys token token_grant "
    "factor policy rule zone log_stream lifecycle create generate add_member activate delete "
    "deactivate_all removed evaluate_sign_on grant authorize session access_request group "
    "membership privilege system api_token event_hook update read_client_secret system_log"
).split()


def okta_record(event_type: str, actor: Mapping[str, Any], result: str) -> dict[str, Any]:
    return {
        "uuid": "u-1",
        "eventType": event_type,
        "published": "2026-11-16T09:00:00.000Z",
        "outcome": {"result": result},
        "actor": dict(actor),
        "target": [],
    }


def okta_document(record: Mapping[str, Any]) -> Event:
    return plain(
        {
            "event.action": record["eventType"],
            "okta.event_type": record["eventType"],
            "okta.actor.id": record["actor"].get("id"),
            "okta.actor.type": record["actor"].get("type"),
            "okta.outcome.result": record["outcome"]["result"],
            "data_stream.namespace": "default",
        }
    )


@pytest.mark.parametrize(
    ("event_type", "result", "wanted"),
    [
        ("system.api_token.create", "SUCCESS", {"AIA-CRD-007"}),
        ("app.oauth2.credentials.lifecycle.create", "SUCCESS", {"AIA-CRD-007"}),
        ("app.oauth2.credentials.lifecycle.create", "FAILURE", set()),
        ("user.mfa.factor.activate", "SUCCESS", {"AIA-CRD-007"}),
        ("policy.rule.delete", "SUCCESS", {"AIA-KIL-004"}),
        ("zone.deactivate", "SUCCESS", {"AIA-KIL-004"}),
        ("zone.removed", "ALLOW", set()),
        ("system.log_stream.lifecycle.deactivate", "SUCCESS", {"AIA-KIL-004"}),
        ("group.user_membership.remove", "SUCCESS", set()),
        ("policy.evaluate_sign_on", "DENY", {"AIA-SCP-010"}),
        ("policy.evaluate_sign_on", "ALLOW", set()),
        ("app.oauth2.client.read_client_secret", "SUCCESS", {"AIA-CRD-001"}),
        ("user.session.start", "SUCCESS", set()),
        ("app.oauth2.token.grant.access_token", "SUCCESS", set()),
    ],
)
def test_okta_of_an_agent_the_same_is_found_both_ways(
    event_type: str, result: str, wanted: set[str]
) -> None:
    record = okta_record(event_type, AGENT, result)
    assert found_there("okta", okta_document(record)) == wanted
    assert found_by_us("okta", record) & rendered("okta") == wanted


@pytest.mark.parametrize("actor", [PERSON, CLIENT])
def test_okta_of_others_nothing_is_found(actor: Mapping[str, Any]) -> None:
    record = okta_record("system.api_token.create", actor, "SUCCESS")
    assert found_there("okta", okta_document(record)) == set()


@given(
    st.lists(st.sampled_from(OKTA_WORDS), min_size=1, max_size=5).map(".".join),
    st.sampled_from([AGENT, PERSON, CLIENT, {**AGENT, "id": ""}, {**AGENT, "type": "AI_AGENT"}]),
    st.sampled_from(["SUCCESS", "FAILURE", "ALLOW", "DENY", "CHALLENGE", "UNKNOWN"]),
)
def test_okta_whatever_the_type_is_no_more_is_found_than_by_us(
    event_type: str, actor: Mapping[str, Any], result: str
) -> None:
    record = okta_record(event_type, actor, result)
    assert found_there("okta", okta_document(record)) <= found_by_us("okta", record)


# GitHub -----------------------------------------------------------------------------------------


def github_record(action: str, actor: str = "Copilot") -> dict[str, Any]:
    agent = actor == "Copilot"
    return {
        "@timestamp": 1_790_000_000_000,
        "_document_id": "d1",
        "action": action,
        "actor": actor,
        "org": "acme",
        **({"actor_is_bot": True, "actor_is_agent": True} if agent else {}),
    }


def github_document(record: Mapping[str, Any]) -> Event:
    return plain(
        {
            "event.action": record["action"],
            "user.name": record["actor"],
            "github.category": record["action"].partition(".")[0],
            "data_stream.namespace": "default",
        }
    )


def named_actions() -> list[str]:
    """Return every action that the file of GitHub names."""
    return sorted(
        {
            atom[3]
            for kind in DATA["github"].kinds
            for atom in atoms(kind.when)
            if atom[1] == "event.action"
        }
    )


def atoms(node: Sequence[Any]) -> Iterator[Sequence[Any]]:
    if node[0] == "is":
        yield node
    else:
        for part in node[1:]:
            yield from atoms(part)


@pytest.mark.parametrize("action", named_actions())
def test_github_each_named_action_is_found_both_ways(action: str) -> None:
    record = github_record(action)
    there = found_there("github", github_document(record))
    assert there
    assert there == found_by_us("github", record) & rendered("github")


@pytest.mark.parametrize("actor", ["dana", "dependabot[bot]", "copilot"])
def test_github_of_others_nothing_is_found(actor: str) -> None:
    record = github_record("deploy_key.create", actor)
    assert found_there("github", github_document(record)) == set()


@given(st.sampled_from([*named_actions(), "repo.create", "git.push", "protected_branch.create"]))
def test_github_no_more_is_found_than_by_us(action: str) -> None:
    record = github_record(action)
    assert found_there("github", github_document(record)) <= found_by_us("github", record)


# Claude Code ------------------------------------------------------------------------------------

BYPASS = "claude --dangerously-skip-permissions -p 'tidy up'"


def claude_records(name: str, **attributes: Any) -> dict[str, Any]:
    """Return the attributes of one log record of Claude Code."""
    return {
        "event.name": name,
        "event.timestamp": "2026-06-22T02:33:16.507Z",
        "event.sequence": 30,
        "session.id": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        "user.id": "a1b2c3",
        "tool_use_id": "toolu_01",
        "tool_name": "Bash",
        **attributes,
    }


def claude_events(given: Mapping[str, Any]) -> set[str]:
    listed = [
        {"key": key, "value": {"intValue" if isinstance(value, int) else "stringValue": value}}
        for key, value in given.items()
    ]
    unit = {
        "timeUnixNano": "1782095596507000000",
        "body": {"stringValue": f"claude_code.{given['event.name']}"},
        "attributes": listed,
    }
    scope = {"scope": {"name": "com.anthropic.claude_code.events"}, "logRecords": [unit]}
    return found_by_us("claude_code", {"resourceLogs": [{"resource": {}, "scopeLogs": [scope]}]})


def claude_document(given: Mapping[str, Any], package: str = "claude_code") -> Event:
    command = given.get("tool_parameters", "").partition('"full_command":"')[2].rpartition('"')[0]
    theirs = ("decision", "decision_type", "decision_source", "source")
    return plain(
        {
            "event.action": given["event.name"],
            "user.id": given["user.id"],
            "gen_ai.tool.name": given["tool_name"],
            "process.command_line": command,
            f"{package}.events.session.id": given["session.id"],
            **{f"{package}.events.{name}": given.get(name) for name in theirs},
        }
    )


def bash(command: str) -> str:
    return f'{{"full_command":"{command}"}}'


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        (claude_records("tool_decision", decision="reject", source="config"), {"AIA-SCP-010"}),
        (claude_records("tool_decision", decision="reject", source="hook"), {"AIA-SCP-010"}),
        (claude_records("tool_decision", decision="reject", source="user_reject"), set()),
        (claude_records("tool_decision", decision="accept", source="config"), set()),
        (
            claude_records(
                "tool_result", success="true", decision_type="accept", tool_parameters=bash(BYPASS)
            ),
            {"AIA-SUP-005"},
        ),
        (
            claude_records(
                "tool_result", success="true", tool_parameters=bash(f"echo '{BYPASS[:38]}'")
            ),
            set(),
        ),
        (claude_records("user_prompt", prompt="hello"), set()),
    ],
)
def test_claude_code_the_same_is_found_both_ways(record: dict[str, Any], wanted: set[str]) -> None:
    assert found_there("claude_code", claude_document(record)) == wanted
    assert claude_events(record) & rendered("claude_code") == wanted


@given(
    st.sampled_from(["tool_decision", "tool_result", "user_prompt", "api_request"]),
    st.sampled_from(["accept", "reject", ""]),
    st.sampled_from(["config", "hook", "user_reject", "user_temporary", "user_permanent", ""]),
    st.sampled_from(["ls", BYPASS, "codex exec --dangerously-bypass-approvals-and-sandbox x"]),
)
def test_claude_code_no_more_is_found_than_by_us(
    name: str, decision: str, decider: str, command: str
) -> None:
    decided = {"decision": decision, "source": decider}
    if name == "tool_result":
        decided = {"decision_type": decision, "decision_source": decider}
    record = claude_records(name, **decided, tool_parameters=bash(command), success="true")
    assert found_there("claude_code", claude_document(record)) <= claude_events(record)


@pytest.mark.parametrize(
    ("decision", "source", "wanted"),
    [
        ("reject", "config", {"AIA-SCP-010"}),
        ("reject", "user_reject", set()),
        ("accept", "config", set()),
    ],
)
def test_claude_cowork_the_same_is_found_both_ways(
    decision: str, source: str, wanted: set[str]
) -> None:
    record = claude_records("tool_decision", decision=decision, source=source)
    found = found_there("claude_cowork", claude_document(record, "claude_cowork"))
    assert found == wanted
    assert claude_events(record) & rendered("claude_cowork") == wanted


@given(
    st.sampled_from(["tool_decision", "tool_result", "user_prompt", "api_request"]),
    st.sampled_from(["accept", "reject", ""]),
    st.sampled_from(["config", "hook", "user_reject", "user_temporary", "user_permanent", ""]),
)
def test_claude_cowork_no_more_is_found_than_by_us(name: str, decision: str, decider: str) -> None:
    record = claude_records(name, decision=decision, source=decider, success="true")
    found = found_there("claude_cowork", claude_document(record, "claude_cowork"))
    assert found <= claude_events(record)


OF_A_TENANT = """\
title: A refusal of one tenant
name: refusal
logsource: {product: ai_agent}
detection:
  refused: {organization.id: acme, event.action: policy_decision, warrant.policy.decision: denied}
  condition: refused
level: low
"""

# All --------------------------------------------------------------------------------------------


def rendered(package: str) -> set[str]:
    return {one.rule.short_id for one in RENDERED[package].rules}


def every() -> list[tuple[Integration, NativeRule]]:
    return [(DATA[name], one) for name, made in RENDERED.items() for one in made.rules]


NATIVE = every()
IDS = [f"{data.name} {one.rule.short_id}" for data, one in NATIVE]


def test_the_integrations_that_are_there() -> None:
    own = {"claude_code", "claude_cowork", "github", "okta"}
    by_account = {"aws_cloudtrail", "azure_auditlogs", "github", "okta"}
    assert own | {f"{name}_accounts" for name in by_account} == DATA.keys()
    assert all(made.rules for made in RENDERED.values())


@pytest.mark.parametrize(("data", "one"), NATIVE, ids=IDS)
def test_a_native_rule_reads_their_index_and_their_fields_alone(
    data: Integration, one: NativeRule
) -> None:
    tree = condition_of(one.rule, KNOWN, data)
    assert {name for name in fields_of(tree) if name} <= data.types.keys()
    assert tree not in (TRUE, FALSE)
    text = one.body["query"]
    assert not re.search(r"warrant\.(?!inventory\.)", text)
    assert ("LOOKUP JOIN agentwarrant-inventory-default" in text) == bool(data.accounts)
    assert "foreign_data_apart" not in text
    if one.body["language"] == "esql":
        assert text.startswith(f"FROM {data.index} METADATA _id, _index, _version")
    else:
        assert one.body["index"] == [data.index]
    assert one.body["enabled"] is False
    assert one.body["related_integrations"][0]["package"] == data.package
    agent = {"gen_ai.agent.id"} if data.accounts else set()
    agent |= {"organization.id"} if one.rule.correlation else set()
    assert set(one.body["alert_suppression"]["group_by"]) <= data.types.keys() | agent
    assert ("agentwarrant-inventory-default" in one.body["setup"]) == bool(data.accounts)
    assert data.less in one.body["note"]


def test_the_ids_are_their_own_and_lead_back_to_the_rule() -> None:
    ids = [one.body["rule_id"] for _, one in NATIVE]
    assert len(set(ids)) == len(ids)
    assert not set(ids) & {rule.public_id for rule in RULES}
    known = rules_by_id(RULES)
    assert [known[one.body["rule_id"]].id for _, one in NATIVE] == [
        one.rule.id for _, one in NATIVE
    ]


@pytest.mark.parametrize("made", RENDERED.values(), ids=RENDERED)
def test_every_rule_is_taken_over_or_refused_with_a_reason(made: Rendered) -> None:
    taken = {one.rule.short_id for one in made.rules}
    refused = {one.rule.short_id: one.reason for one in made.refused}
    assert taken | refused.keys() == {rule.short_id for rule in RULES}
    assert not taken & refused.keys()
    assert all(refused.values())


def test_a_rule_that_needs_what_only_the_engine_knows_is_refused() -> None:
    rule = next(one for one in RULES if one.short_id == "AIA-INJ-004")
    with pytest.raises(CannotRender, match="only the engine knows"):
        taken_over(rule, DATA["okta"])


def test_a_correlation_is_refused() -> None:
    rule = next(one for one in RULES if one.correlation)
    for make in (taken_over, lambda *given: condition_of(given[0], KNOWN, given[1])):
        with pytest.raises(CannotRender, match="correlates"):
            make(rule, DATA["okta"])


def test_calls_are_counted_only_where_a_file_sees_enough_of_them() -> None:
    rule = next(one for one in RULES if one.short_id == "AIA-SPD-001")
    with pytest.raises(CannotRender, match="only few kinds"):
        condition_of(rule, KNOWN, DATA["okta"])
    assert condition_of(rule, KNOWN, DATA["aws_cloudtrail_accounts"])


def test_a_field_without_a_counterpart_is_named() -> None:
    rule = next(one for one in RULES if one.short_id == "AIA-VIS-001")
    with pytest.raises(CannotRender, match=r"no counterpart of .*warrant\.agent"):
        taken_over(rule, DATA["okta"])


def test_a_rule_about_some_tenants_is_refused() -> None:
    (rule,) = load_text(OF_A_TENANT, foreign=False)
    with pytest.raises(CannotRender, match=r"no counterpart of organization\.id"):
        taken_over(rule, DATA["okta"])


def test_a_rule_without_a_uuid_has_an_id_all_the_same() -> None:
    (rule,) = load_text(OF_A_TENANT.replace("organization.id: acme, ", ""), foreign=False)
    (made,) = render_foreign([rule], DATA["okta"], "8.19").rules
    assert uuid.UUID(made.body["rule_id"])


def test_a_modifier_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no modifier"):
        foreign.condition({"a|within": "b"})


def test_the_documentation_names_the_rules_of_each_integration() -> None:
    page = Path(__file__).parents[2] / "docs/elastic.md"
    if not page.exists():
        pytest.skip("the tests run without a checkout beside them")
    rows = [line.split("|") for line in page.read_text(encoding="utf-8").splitlines()]
    said = {
        row[1].split("`")[1]: set(re.findall(r"AIA-[A-Z0-9]+-\d+", row[2]))
        for row in rows
        if len(row) > 3 and row[1].strip().startswith("`") and row[1].split("`")[1] in DATA
    }
    assert said == {name: rendered(name) for name in DATA}
