"""A case as a bundle: valid to OASIS, the same each time, and telling nothing of the tenant."""

from __future__ import annotations

import json
from typing import Any

import pytest
import stix2
from hypothesis import given
from hypothesis import strategies as st
from stix2validator import ValidationOptions, validate_string

from agentwarrant.finding import Case, Finding
from agentwarrant.intel.anchors import anchors_of
from agentwarrant.intel.bundle import bundle_of
from agentwarrant.intel.index import Index
from agentwarrant.intel.markings import LEVELS, RED, level_of
from agentwarrant.intel.patterns import parse
from agentwarrant.intel.reading import Reader, Terms
from agentwarrant.intel.sharing import Sharing
from agentwarrant.intel.store import Store
from agentwarrant.respond.model import ProposedResponse

SECRETS = (
    "acme",
    "payroll-bot",
    "dana@acme.example",
    "hr.acme.example",
    "10.1.2.3",
    "the salaries",
)


def influenced(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "@timestamp": f"2026-06-0{number}T10:00:00.123456Z",
        "event.id": f"e{number}",
        "organization.id": "acme",
        "gen_ai.agent.id": "payroll-bot",
        "user.email": "dana@acme.example",
        "warrant.intent.verdict": "influenced",
        "warrant.arguments.text": "the salaries of dana@acme.example",
        **fields,
    }


EVENTS = [
    influenced(
        1,
        **{
            "url.domain": "evil.example",
            "url.full": "https://evil.example/c?q='x'\\",
            "destination.address": "evil.example",
            "warrant.tool.class": "egress",
        },
    ),
    influenced(2, **{"destination.ip": "203.0.113.9", "warrant.network.kind": "internet"}),
    influenced(3, **{"warrant.payment.beneficiary": "0xabc", "url.domain": "evil.example"}),
    influenced(4, **{"destination.ip": "10.1.2.3", "url.domain": "hr.acme.example"}),
    influenced(5, **{"url.domain": "intranet.local", "warrant.network.kind": "private"}),
    influenced(6, **{"url.domain": "good.example", "warrant.intent.verdict": "intended"}),
    influenced(
        7,
        **{
            "warrant.intent.verdict": "intended",
            "package.name": "cllawhub",
            "warrant.threat.matched": ["packages:cllawhub"],
        },
    ),
]


def case_of(events: list[dict[str, Any]]) -> Case:
    finding = Finding({"event.id": "f1", "@timestamp": events[-1]["@timestamp"]}, tuple(events))
    return Case("case-1", "acme", "payroll-bot", "c1", "openclaw", [finding], list(events))


SHARING = Sharing(own=("acme.example",), author="Sector Group")
ANSWER = ProposedResponse("quarantine-agent", "Stop the agent")


def of_type(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one for one in bundle["objects"] if one["type"] == kind]


def test_what_attacked_is_told() -> None:
    bundle = bundle_of(case_of(EVENTS), SHARING, ANSWER)
    patterns = {one["pattern"] for one in of_type(bundle, "indicator")}
    assert "[domain-name:value = 'evil.example']" in patterns
    assert "[ipv4-addr:value = '203.0.113.9']" not in patterns  # an address for documentation
    assert "[x-agentwarrant-wallet:value = '0xabc']" in patterns
    assert "[software:name = 'cllawhub']" in patterns
    assert not [one for one in patterns if "good.example" in one or "intranet" in one]
    (seen,) = [one for one in of_type(bundle, "sighting") if one["count"] == 2]
    assert (seen["first_seen"], seen["last_seen"]) == (
        "2026-06-01T10:00:00.123Z",
        "2026-06-03T10:00:00.123Z",
    )
    assert {one["relationship_type"] for one in of_type(bundle, "relationship")} == {
        "indicates",
        "mitigates",
    }
    assert of_type(bundle, "infrastructure")[0]["infrastructure_types"] == ["exfiltration"]


def test_nothing_of_the_tenant_is_told() -> None:
    written = json.dumps(bundle_of(case_of(EVENTS), SHARING, ANSWER))
    assert [secret for secret in SECRETS if secret in written] == []


def test_an_agent_is_named_only_where_the_policy_says_so() -> None:
    named = json.dumps(bundle_of(case_of(EVENTS), Sharing(names=True)))
    assert "payroll-bot" in named


@pytest.mark.parametrize("tlp", [level for level in LEVELS if level != RED])
def test_everything_is_marked_as_the_policy_says_and_valid_to_oasis(tlp: str) -> None:
    bundle = bundle_of(case_of(EVENTS), Sharing(tlp=tlp, own=("acme.example",)), ANSWER)
    known = ("identity", "extension-definition", "marking-definition")
    told = [one for one in bundle["objects"] if one["type"] not in known]
    assert {level_of(one, {}) for one in told} == {tlp}
    options = ValidationOptions(strict=True, version="2.1", enforce_refs=True)
    result = validate_string(json.dumps(bundle), options)
    assert [str(error) for error in result.errors] == []
    assert result.is_valid
    assert stix2.parse(bundle, allow_custom=True)


def test_the_same_case_gives_the_same_bundle() -> None:
    first, again = (bundle_of(case_of(EVENTS), SHARING, ANSWER) for _ in range(2))
    assert json.dumps(first) == json.dumps(again)
    ids = [one["id"] for one in first["objects"]]
    assert len(ids) == len(set(ids))


def test_what_is_told_is_found_by_whoever_is_told(tmp_path: Any) -> None:
    bundle = bundle_of(case_of(EVENTS), SHARING)
    store = Store(tmp_path / "intel.sqlite")
    reader = Reader(store, Terms("others"))
    reader.take(bundle["objects"])
    assert (reader.report.taken, dict(reader.report.refused)) == (
        len(of_type(bundle, "indicator")),
        {},
    )
    index = Index(store)
    for event in (EVENTS[0], EVENTS[2], EVENTS[6]):
        assert index.of({**event, "organization.id": "globex"})
    store.close()


@given(
    st.text(min_size=1, max_size=60),
    st.text(min_size=1, max_size=60),
)
def test_whatever_an_agent_wrote_makes_a_pattern_that_says_just_that(payee: str, link: str) -> None:
    events = [influenced(1, **{"warrant.payment.beneficiary": payee, "url.full": link})]
    bundle = bundle_of(case_of(events), Sharing())
    stix2.parse(bundle, allow_custom=True)
    found = {
        anchor.text
        for one in of_type(bundle, "indicator")
        for anchor in anchors_of(parse(one["pattern"])) or ()
    }
    assert payee in found
