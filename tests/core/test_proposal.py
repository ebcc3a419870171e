"""Filters proposed from what an analyst closed as benign."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.shipped import shipped_rules

from agentwarrant.detect import Detector
from agentwarrant.errors import UsageError
from agentwarrant.event import Event
from agentwarrant.proposal import (
    Proposal,
    listed,
    named,
    propose,
    read_findings,
    untold,
)
from agentwarrant.rules.check import make_events
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.model import Rule
from agentwarrant.rules.tuning import load_tuning

PACK = shipped_rules()
CONTACT = next(rule for rule in PACK if rule.short_id == "AIA-NET-001")
BURST = next(rule for rule in PACK if rule.short_id == "AIA-SPD-001")


def finding(number: int, *more: dict[str, Any], rule: Rule = CONTACT) -> Event:
    return {
        "event.kind": "alert",
        "event.id": f"f{number}",
        "@timestamp": f"2026-11-28T10:00:{number % 60:02d}.000Z",
        "rule.id": rule.id,
        "organization.id": "acme",
        "gen_ai.agent.id": "clerk",
        "gen_ai.tool.name": "web_fetch",
        **{name: value for part in more for name, value in part.items()},
    }


BENIGN: dict[str, Any] = {"warrant.finding.disposition": "benign"}


def one(*findings: Event, benign: frozenset[str] = frozenset()) -> Proposal:
    (proposal,) = propose(findings, PACK, benign)
    return proposal


def test_the_fewest_fields_that_tell_benign_from_the_rest_are_asked_for() -> None:
    proposal = one(finding(1, BENIGN), finding(2, BENIGN), finding(3, {"gen_ai.agent.id": "other"}))
    assert dict(proposal.asked) == {"gen_ai.agent.id": ("clerk",)}
    assert (proposal.benign, proposal.others) == ((2, 2), ())


def test_a_second_field_is_asked_for_where_one_does_not_do() -> None:
    proposal = one(finding(1, BENIGN), finding(2, {"gen_ai.tool.name": "exec"}))
    assert proposal.others == ()
    assert "gen_ai.tool.name" in proposal.asked


def test_what_it_would_have_hidden_without_anybody_having_closed_it_is_said() -> None:
    proposal = one(finding(1, BENIGN), finding(2))
    assert proposal.others == ("f2",)
    assert "f2" in proposal.text()


def test_a_filter_that_would_have_hidden_a_malicious_finding_is_not_proposed() -> None:
    bad = finding(2, {"warrant.finding.disposition": "malicious"})
    assert list(propose([finding(1, BENIGN), bad], PACK)) == []


def test_findings_may_be_named_as_benign() -> None:
    assert one(finding(1), benign=frozenset({"f1"})).benign == (1, 1)


def test_nothing_is_proposed_for_what_nobody_closed() -> None:
    assert list(propose([finding(1), finding(2)], PACK)) == []


def test_each_tenant_has_a_proposal_of_its_own() -> None:
    both = [finding(1, BENIGN), finding(2, BENIGN, {"organization.id": "other"})]
    assert [p.tenant for p in propose(both, PACK)] == ["acme", "other"]


@pytest.mark.parametrize("rule", [CONTACT, BURST], ids=["single", "correlation"])
@pytest.mark.parametrize("name", ["clerk", "cl*rk", "*", "cl?rk", "a\\*b", 'q"uote\nline', "ключ"])
def test_a_proposal_put_into_the_tuning_hides_that_agent_and_no_other(
    rule: Rule, name: str, tmp_path: Path
) -> None:
    mine = {"gen_ai.agent.id": name}
    proposal = one(
        finding(1, BENIGN, mine, rule=rule), finding(2, {"gen_ai.agent.id": "x"}, rule=rule)
    )
    path = tmp_path / "filter.yml"
    path.write_text(proposal.text())
    fitted = load_rules(tuning=load_tuning([path]))
    event = {"warrant.network.kind": "agent_network", "repeat": 61, "every": "1s"}

    def hits(agent: str, tenant: str = "acme") -> int:
        events = make_events([{**event, "gen_ai.agent.id": agent, "organization.id": tenant}])
        return sum(f.event["rule.id"] == rule.id for f in Detector(fitted).run(events))

    assert hits(name) == 0
    assert hits("clXrk") == 1
    assert hits(name, "other") == 1


def test_lines_that_are_no_findings_are_passed_over() -> None:
    lines = [b"{", b"[]", b'{"event.kind": "event"}', b'{"event.kind": "alert", "rule.id": "r"}']
    assert len(read_findings(lines)) == 1


def test_who_and_where_are_asked_for_before_a_tool() -> None:
    unknown = {"gen_ai.agent.id": "unknown", "entity.id": "ecs.user:ws-dana/dana"}
    assert dict(one(finding(1, BENIGN, unknown)).asked) == {"entity.id": (unknown["entity.id"],)}


def test_a_proposal_that_rests_on_one_finding_says_so() -> None:
    assert "rests on one finding" in one(finding(1, BENIGN)).text()
    assert "rests on one finding" not in one(finding(1, BENIGN), finding(2, BENIGN)).text()


def test_a_finding_is_named_by_the_beginning_of_its_id() -> None:
    findings = [{**finding(1), "event.id": "abc1"}, {**finding(2), "event.id": "abd2"}]
    assert named(findings, ["abc", "abd2"]) == {"abc1", "abd2"}


@pytest.mark.parametrize("word", ["ab", "x", ""])
def test_a_beginning_of_no_finding_or_of_several_is_refused(word: str) -> None:
    findings = [{**finding(1), "event.id": "abc1"}, {**finding(2), "event.id": "abd2"}]
    with pytest.raises(UsageError, match=r"findings have an event\.id"):
        named(findings, [word])


def test_what_was_closed_and_cannot_be_told_apart_is_said() -> None:
    bad = finding(2, {"warrant.finding.disposition": "malicious"})
    closed = [finding(1, BENIGN, {"rule.name": "Contact"}), bad]
    assert untold(closed, [], frozenset()) == [("Contact", "acme")]
    assert untold(closed[:1], list(propose(closed[:1], PACK)), frozenset()) == []


def test_findings_are_listed_with_what_it_takes_to_name_them() -> None:
    unknown = {"gen_ai.agent.id": "unknown", "entity.name": "dana", "event.id": "0123456789"}
    lines = list(listed([finding(1), finding(2, unknown), finding(3)], PACK, most=2))
    assert lines == [
        "f1  2026-11-28 10:00  AIA-NET-001  clerk",
        "01234567  2026-11-28 10:00  AIA-NET-001  dana",
        "and 1 more",
    ]
