"""Events become findings: bursts fold, tenants are walls, evidence is bounded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agentwarrant import content, detect, schema
from agentwarrant.detect import Detector
from agentwarrant.event import Event
from agentwarrant.finding import Finding
from agentwarrant.rules import load
from agentwarrant.rules.check import make_events
from agentwarrant.rules.correlation.shapes import Limits, Match
from agentwarrant.rules.model import Rule
from agentwarrant.rules.parse import Parser

CALL = {"s": {"event.action": "tool_call", "warrant.tool.class": "exec"}, "condition": "s"}
EXEC = {"warrant.tool.class": "exec"}
TENANTS = ({"organization.id": "one"}, {"organization.id": "two"})


def document(name: str, **parts: Any) -> dict[str, Any]:
    made = {
        "title": name,
        "name": name,
        "level": "high",
        "agentwarrant": {"short_id": name, "reason": "{gen_ai.agent.name} did {warrant.unheard}"},
        **parts,
    }
    if "correlation" not in made:
        made.setdefault("logsource", {"product": "ai_agent"})
    return made


def rules(*documents: dict[str, Any]) -> list[Rule]:
    """Return the rules as a scan has them; fields that no event has do not matter here."""
    text = "\n---\n".join(map(json.dumps, documents))
    parser = Parser()
    parser.add(content.parse(text, "own/t.yml")[0], "own")
    linked = load._linked(parser.rules(), parser.faults)
    assert parser.faults == []
    return linked


def single(**meta: Any) -> list[Rule]:
    made = document("call", detection=CALL)
    made["agentwarrant"] |= meta
    return rules(made)


def counted(count: int, window: str = "1m") -> list[Rule]:
    base = document("base", detection=CALL)
    del base["agentwarrant"]
    correlation = {
        "type": "event_count",
        "rules": ["base"],
        "group-by": ["gen_ai.agent.id"],
        "timespan": window,
        "condition": {"gte": count},
    }
    return rules(base, document("many", correlation=correlation))


def found(known: list[Rule], *parts: dict[str, Any]) -> list[Finding]:
    return list(Detector(known).run(make_events(parts)))


def test_one_match_is_one_finding_with_its_event() -> None:
    (one,) = found(single(), EXEC, {"warrant.tool.class": "read"})
    assert one.event["rule.name"] == "call"
    assert one.event["warrant.finding.count"] == 1
    assert one.event["warrant.finding.events"] == [one.evidence[0]["event.id"]]
    assert one.reasons == ["agent-1 did unknown"]
    assert one.event["rule.category"] == "own"


def test_a_burst_is_one_finding_that_says_how_often() -> None:
    (one,) = found(single(), {**EXEC, "repeat": 50, "every": "10s"})
    assert one.event["warrant.finding.count"] == 50
    assert one.reasons[-1] == "matched 50 times within 490 s"


def test_after_a_quiet_while_it_is_another_finding() -> None:
    gap = {**EXEC, "after": "10m"}
    assert len(found(single(suppress="9m"), EXEC, gap, gap)) == 3
    assert len(found(single(suppress="10m"), EXEC, gap, gap)) == 1


@pytest.mark.parametrize("field", ["gen_ai.agent.id", "gen_ai.conversation.id", "organization.id"])
def test_what_belongs_to_another_is_another_finding(field: str) -> None:
    one, other = found(single(), {**EXEC, field: "a"}, {**EXEC, field: "b"})
    assert one.event["warrant.case.id"] != other.event["warrant.case.id"]
    assert one.id != other.id


def test_a_rule_says_by_what_its_bursts_fold() -> None:
    talks = [{**EXEC, "gen_ai.conversation.id": str(n)} for n in range(5)]
    assert len(found(single(group_by=["gen_ai.agent.id"]), *talks)) == 1
    assert len(found(single(), *talks)) == 5


def test_what_lacks_one_field_of_the_group_is_one_burst_with_all_that_lacks_it() -> None:
    grouped = single(group_by=["gen_ai.agent.id", "gen_ai.conversation.id"], suppress="1h")
    bare = {**EXEC, "gen_ai.conversation.id": None}
    events = make_events([{**bare, "repeat": 5}, EXEC, {**bare, "gen_ai.agent.id": "other"}])
    found = list(Detector(grouped).run(events))
    assert sorted(f.event["warrant.finding.count"] for f in found) == [1, 1, 5]


def test_what_lacks_every_field_of_the_group_stands_alone() -> None:
    grouped = single(group_by=["user.id"], suppress="1h")
    assert len(list(Detector(grouped).run(make_events([{**EXEC, "repeat": 3}])))) == 3


def test_a_tenant_is_a_wall_even_where_a_rule_groups_by_agent_only() -> None:
    known = single(group_by=["gen_ai.agent.id"])
    assert len(found(known, *({**EXEC, **tenant} for tenant in TENANTS))) == 2
    thirty = ({**EXEC, **tenant, "repeat": 30} for tenant in TENANTS)
    assert found(counted(60, "1h"), *thirty) == []


def test_what_led_to_a_finding_is_of_the_same_tenant_only() -> None:
    said = {"event.action": "message_received", "warrant.content.text": "theirs"}
    one, two = ({**part, **tenant} for part, tenant in zip((said, EXEC), TENANTS, strict=True))
    (finding,) = found(single(), one, two)
    assert {event["organization.id"] for event in finding.context} == {"two"}


def test_what_led_to_a_finding_is_of_the_same_conversation() -> None:
    said = {"event.action": "message_received", "warrant.content.text": "hello"}
    elsewhere = {**said, "gen_ai.conversation.id": "other"}
    (finding,) = found(single(), said, elsewhere, EXEC)
    assert [event["event.action"] for event in finding.context] == ["message_received", "tool_call"]


def test_evidence_is_bounded_and_the_count_is_not() -> None:
    (one,) = found(single(), {**EXEC, "repeat": 1000, "every": "1s"})
    named = one.event["warrant.finding.events"]
    assert isinstance(named, list)
    assert len(named) == 200
    assert len(one.evidence) == 60
    assert one.event["warrant.finding.count"] == 1000


def test_open_findings_are_bounded_and_none_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detect, "_MAX_OPEN", 10)
    talks = [{**EXEC, "gen_ai.conversation.id": str(n)} for n in range(50)]
    assert len(found(single(), *talks)) == 50


def test_a_correlation_names_every_event_that_made_it_true() -> None:
    (one,) = found(counted(3), {**EXEC, "repeat": 3})
    assert one.event["warrant.finding.events"] == [e["event.id"] for e in one.evidence]
    assert len(one.evidence) == 3


def test_a_finding_is_about_the_agent_that_aliases_name_not_about_who_acted() -> None:
    base = document("base", detection=CALL)
    del base["agentwarrant"]
    correlation = {
        "type": "event_count",
        "rules": ["base"],
        "group-by": ["gen_ai.agent.id"],
        "aliases": {"gen_ai.agent.id": {"base": "warrant.target.agent"}},
        "timespan": "1m",
        "condition": {"gte": 2},
    }
    known = rules(base, document("many", correlation=correlation))
    stop = {**EXEC, "gen_ai.agent.id": "admin", "entity.id": "okta.user:admin"}
    stops = [{**stop, "warrant.target.agent": agent} for agent in ("a", "a", "b", "b")]
    found = [one.event for one in Detector(known).run(make_events(stops))]
    assert [one["gen_ai.agent.id"] for one in found] == ["a", "b"]
    assert [one["gen_ai.agent.name"] for one in found] == ["a", "b"]
    assert not any("entity.id" in one for one in found)
    assert len({one["warrant.case.id"] for one in found}) == 2


def test_a_part_of_a_correlation_finds_nothing_by_itself() -> None:
    assert found(counted(3), {**EXEC, "repeat": 2}) == []


def test_a_rule_of_one_source_is_asked_for_each_source() -> None:
    logsource = {"product": "ai_agent", "service": "codex"}
    known = rules(document("codex", logsource=logsource, detection=CALL))
    other = {**EXEC, "gen_ai.conversation.id": "c2"}
    events = [{**EXEC, "event.module": "openclaw"}, {**other, "event.module": "codex"}]
    assert [f.event["event.module"] for f in found(known, *events)] == ["codex"]
    assert [f.event["event.module"] for f in found(known, *events[::-1])] == ["codex"]


def test_a_rule_that_looks_for_a_word_anywhere_is_asked_for_each_event() -> None:
    detection = {"s": EXEC, "w": ["mimikatz"], "condition": "s and w"}
    known = rules(document("word", detection=detection))
    quiet, loud = {**EXEC, "message": "nothing"}, {**EXEC, "message": "run mimikatz"}
    assert len(found(known, quiet, loud)) == 1
    assert len(found(known, loud, quiet)) == 1


def test_a_finding_says_why_the_judge_thought_so_once() -> None:
    judged = {**EXEC, "warrant.intent.reasons": ["a page said so", "agent-1 did unknown"]}
    (one,) = found(single(), judged)
    assert one.reasons == ["agent-1 did unknown", "a page said so"]


def test_a_finding_without_much_to_say_is_valid_all_the_same() -> None:
    event: Event = next(iter(make_events([EXEC])))
    for name in ("log.file.path", "gen_ai.conversation.id"):
        del event[name]
    (one,) = Detector(single()).run([event])
    assert one.event["gen_ai.conversation.id"] == one.event["log.file.path"] == "unknown"
    assert schema.finding_problems(one.event) == []


def test_the_same_events_give_the_same_findings() -> None:
    one, other = (found(counted(3), {**EXEC, "repeat": 9}) for _ in range(2))
    assert [f.event for f in one] == [f.event for f in other]


def test_a_match_whose_evidence_is_gone_is_a_finding_all_the_same() -> None:
    known = counted(3)
    detector = Detector(known, limits=Limits(evidence=1))
    for event in make_events([{**EXEC, "repeat": 3}]):
        list(detector.feed(event))
    (burst,) = detector._open.values()
    match = Match(known[1], burst.last, ("acme", "a"), 3.0, (), (), {})
    (one, other) = [*detector._correlated(match), *detector.close()]
    assert {f.event["organization.id"] for f in (one, other)} == {"acme", "default"}
    assert all(not schema.finding_problems(f.event) for f in (one, other))
