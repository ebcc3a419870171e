"""A case as a bundle: valid to OASIS, the same each time, and telling nothing of the tenant."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

import pytest
import stix2
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from stix2validator import ValidationOptions, validate_string

from agentwarrant.finding import Case, Finding
from agentwarrant.intel.anchors import anchors_of
from agentwarrant.intel.bundle import bundle_of, merged
from agentwarrant.intel.index import Index
from agentwarrant.intel.markings import LEVELS, RED, level_of
from agentwarrant.intel.patterns import parse
from agentwarrant.intel.reading import Reader, Terms
from agentwarrant.intel.sharing import Sharing
from agentwarrant.intel.store import Store
from agentwarrant.respond.cacao.cacao import playbook_document
from agentwarrant.respond.model import ProposedResponse
from agentwarrant.schema import load

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


SHARING = Sharing(own=("acme.example",), author="Sector Group", tell="case", links=True)
ANSWER = ProposedResponse("quarantine-agent", "Stop the agent")
CACAO = playbook_document("quarantine-agent")


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
        "related-to",
    }
    assert of_type(bundle, "infrastructure")[0]["infrastructure_types"] == ["exfiltration"]


def test_nothing_of_the_tenant_is_told() -> None:
    for sharing in (SHARING, Sharing(), Sharing(tell="case"), Sharing(links=True)):
        written = json.dumps(bundle_of(case_of(EVENTS), sharing, ANSWER, cacao=CACAO))
        assert [secret for secret in SECRETS if secret in written] == []


STOLEN = "dGhlIHNhbGFyaWVzIG9mIGRhbmFAYWNtZQ"


@pytest.mark.parametrize(
    "fields",
    [
        {"url.full": f"https://evil.example/c?q={STOLEN}#{STOLEN}", "url.domain": "evil.example"},
        {"url.full": f"https://{STOLEN}:x@evil.example/", "url.domain": "evil.example"},
        {"url.domain": f"{STOLEN}.evil.example"},
        {"url.full": f"https://{STOLEN}.evil.example/"},
        {"warrant.peer.id": STOLEN, "warrant.peer.trust": "trusted"},
        {"warrant.peer.id": STOLEN, "warrant.network.kind": "none"},
        {"package.name": f"@acme/{STOLEN}"},
        {"url.full": f"https://evil.example/acme/{STOLEN}"},
        {"url.full": f"https://10.1.2.3/{STOLEN}"},
        {"url.full": f"https://[fd00::1]:8443/{STOLEN}"},
        {"url.full": f"http://localhost:8080/{STOLEN}"},
        {"url.full": f"http://wiki.corp/{STOLEN}"},
    ],
)
def test_what_was_stolen_does_not_leave_in_what_it_was_carried_by(fields: dict[str, Any]) -> None:
    sharing = Sharing(tell="case", links=True)
    case = case_of([influenced(1, **{"warrant.network.kind": "internet", **fields})])
    assert STOLEN.lower() not in json.dumps(bundle_of(case, sharing, ANSWER)).lower()


def test_a_host_is_told_and_a_link_only_where_the_policy_says_so() -> None:
    for links in (False, True):
        bundle = bundle_of(case_of(EVENTS), Sharing(links=links))
        patterns = {one["pattern"] for one in of_type(bundle, "indicator")}
        assert "[domain-name:value = 'evil.example']" in patterns
        assert ("[url:value = 'https://evil.example/c']" in patterns) is links


def test_a_tenant_that_tells_of_infrastructure_tells_of_nothing_else() -> None:
    bundle = bundle_of(case_of(EVENTS), Sharing(), ANSWER, cacao=CACAO)
    kinds = {one["type"] for one in bundle["objects"]}
    assert kinds == {
        "marking-definition", "identity", "extension-definition", "indicator", "infrastructure",
        "relationship", "grouping",
    }  # fmt: skip
    assert [one["name"] for one in of_type(bundle, "identity")] == ["Agent Warrant"]


def test_a_victim_is_named_only_where_the_policy_names_it() -> None:
    bundle = bundle_of(case_of(EVENTS), Sharing(tell="case", victim="Acme Corp"))
    (victim,) = [one for one in of_type(bundle, "identity") if one["name"] == "Acme Corp"]
    assert all(victim["id"] in one["where_sighted_refs"] for one in of_type(bundle, "sighting"))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (
            {"warrant.threat.matched": ["packages:cllawhub"], "package.name": "cllawhub"},
            {"cllawhub"},
        ),
        (
            {"warrant.threat.matched": ["hosts:c2.example"], "url.domain": "a.c2.example"},
            {"a.c2.example"},
        ),
        ({"warrant.threat.matched": ["hosts:c2.example"]}, set()),
        ({"warrant.threat.matched": ["burned_keys:key"]}, set()),
        ({"warrant.threat.matched": ["indicators:indicator--1"]}, set()),
    ],
)
def test_of_an_act_that_nobody_led_only_what_is_listed_is_told(
    fields: dict[str, Any], told: set[str]
) -> None:
    own = {"warrant.intent.verdict": "intended", "destination.domain": "registry.good.example"}
    case = case_of([influenced(1, **own, **fields)])
    bundle = bundle_of(case, Sharing(), restricted=lambda _: False)
    names = {one["name"].split()[-1] for one in of_type(bundle, "indicator")}
    assert names == told


# What others gave -----------------------------------------------------------------------------

HELD = "indicator--11111111-1111-4111-8111-111111111111"


def marked(number: int, **fields: Any) -> dict[str, Any]:
    return influenced(number, **{"warrant.threat.matched": [f"indicators:{HELD}"], **fields})


def test_what_a_restricted_indicator_names_does_not_leave_whoever_else_saw_it() -> None:
    events = [
        marked(1, **{"url.domain": "given.example"}),
        influenced(2, **{"url.domain": "given.example", "url.full": "https://given.example/x"}),
        influenced(3, **{"url.domain": "own-find.example"}),
    ]
    sharing = Sharing(links=True, tell="case")
    kept = json.dumps(bundle_of(case_of(events), sharing, restricted=lambda _: True))
    assert "given.example" not in kept
    assert "own-find.example" in kept
    free = json.dumps(bundle_of(case_of(events), sharing, restricted=lambda _: False))
    assert "given.example" in free


def test_an_indicator_that_nobody_asks_about_is_restricted() -> None:
    events = [marked(1, **{"url.domain": "given.example"})]
    assert "given.example" not in json.dumps(bundle_of(case_of(events), Sharing()))


# The extension --------------------------------------------------------------------------------


def test_what_is_of_our_own_types_is_as_our_schema_says() -> None:
    schema = load("stix_extension.schema.json")
    Draft202012Validator.check_schema(schema)
    checker = Draft202012Validator(schema)
    bundle = bundle_of(case_of(EVENTS), SHARING, ANSWER)
    (agent,) = of_type(bundle, "x-agentwarrant-agent")
    (who,) = [one for one in of_type(bundle, "identity") if "extensions" in one]
    for one in bundle["objects"]:
        checker.validate(one)
    name = next(iter(agent["extensions"]))
    for broken in (
        {**agent, "extensions": {}},
        {**agent, "name": ""},
        {key: value for key, value in agent.items() if key != "name"},
        {**agent, "user": "dana"},
        {**who, "extensions": {name: {"extension_type": "property-extension", "user": "dana"}}},
        {**who, "extensions": {name: {"extension_type": "new-sco"}}},
        {"type": "x-agentwarrant-secret", "id": agent["id"], "extensions": agent["extensions"]},
    ):
        assert not checker.is_valid(broken), broken


def test_the_definition_has_its_schema_in_it() -> None:
    (made,) = of_type(bundle_of(case_of(EVENTS), SHARING), "extension-definition")
    assert json.loads(made["schema"]) == load("stix_extension.schema.json")


def test_a_course_of_action_carries_its_playbook() -> None:
    (action,) = of_type(
        bundle_of(case_of(EVENTS), SHARING, ANSWER, cacao=CACAO), "course-of-action"
    )
    (carried,) = action["extensions"].values()
    assert json.loads(b64decode(carried["playbook_base64"])) == CACAO
    assert (carried["playbook_id"], carried["playbook_standard"]) == (CACAO["id"], "cacao")


# Ids ------------------------------------------------------------------------------------------


def test_a_case_that_grew_is_a_newer_version_of_the_same_objects() -> None:
    before, after = (bundle_of(case_of(EVENTS[:count]), SHARING) for count in (3, 7))
    first = {one["id"]: one for one in before["objects"]}
    for one in after["objects"]:
        old = first.get(one["id"])
        if old and "modified" in one and one != old:
            assert one["created"] == old["created"] <= old["modified"] <= one["modified"]
    assert {one["id"] for one in of_type(before, "indicator")} < {
        one["id"] for one in of_type(after, "indicator")
    }


def test_two_cases_have_no_object_in_common_but_who_and_what_marks() -> None:
    one, two = case_of(EVENTS), case_of(EVENTS)
    two.id = "case-2"
    shared = {o["id"] for o in bundle_of(one, SHARING)["objects"]} & {
        o["id"] for o in bundle_of(two, SHARING)["objects"]
    }
    kinds = {identity.partition("--")[0] for identity in shared}
    assert kinds == {"marking-definition", "identity", "extension-definition"}
    together = merged([bundle_of(one, SHARING), bundle_of(two, SHARING)])
    ids = [o["id"] for o in together["objects"]]
    assert len(ids) == len(set(ids))


def test_an_agent_is_named_only_where_the_policy_says_so() -> None:
    named = json.dumps(bundle_of(case_of(EVENTS), Sharing(names=True, tell="case")))
    assert "payroll-bot" in named


@pytest.mark.parametrize("tlp", [level for level in LEVELS if level != RED])
def test_everything_is_marked_as_the_policy_says_and_valid_to_oasis(tlp: str) -> None:
    bundle = bundle_of(
        case_of(EVENTS),
        Sharing(tlp=tlp, tell="case", victim="Acme Corp", own=("acme.example",)),
        ANSWER,
        cacao=CACAO,
    )
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
    assert of_type(bundle, "indicator")
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
    bundle = bundle_of(case_of(events), Sharing(links=True))
    stix2.parse(bundle, allow_custom=True)
    found = {
        anchor.text
        for one in of_type(bundle, "indicator")
        for anchor in anchors_of(parse(one["pattern"])) or ()
    }
    assert payee in found
