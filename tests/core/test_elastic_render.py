"""All rules as detection rules of Kibana: rendered whole, or refused with a reason."""

from __future__ import annotations

import re
import textwrap
from functools import cache

import orjson
import pytest
from jsonschema import Draft202012Validator
from tests.shipped import shipped_rules as pack

from agentwarrant import schema
from agentwarrant.rules.load import load_rules, load_text
from agentwarrant.rules.model import Rule
from agentwarrant.rules.tuning import Override, Tuning
from agentwarrant.siem.alternatives import CannotRender, parts
from agentwarrant.siem.elastic.compose import MOST_FIELDS, queries
from agentwarrant.siem.elastic.mapping import fields_for
from agentwarrant.siem.elastic.query import EQL, ESQL, KUERY
from agentwarrant.siem.elastic.render import NativeRule, Rendered, ndjson, render
from agentwarrant.siem.elastic.rule import DELAY_MS, INTERVAL_MS, aggregates

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@cache
def rendered(stack: str = "8.19") -> Rendered:
    return render(pack(), fields_for(pack()), stack)


def named(short_id: str) -> Rule:
    found: Rule = next(rule for rule in pack() if rule.short_id == short_id)
    return found


def made_of(short_id: str) -> list[NativeRule]:
    return [one for one in rendered().rules if one.rule.short_id == short_id]


def seconds(text: str) -> int:
    return int(text[:-1]) * _UNITS[text[-1]]


def test_every_rule_that_alerts_is_rendered_or_refused_with_a_reason() -> None:
    done = {one.rule.id for one in rendered().rules} | {one.rule.id for one in rendered().refused}
    assert done == {rule.id for rule in pack() if rule.alerts}
    assert not {one.rule.id for one in rendered().rules} & {o.rule.id for o in rendered().refused}
    assert all(one.reason for one in rendered().refused)


def test_no_rule_of_the_pack_is_refused() -> None:
    assert [(one.rule.short_id, one.reason) for one in rendered().refused] == []


@pytest.mark.parametrize("stack", ["8.19", "9.5", "serverless"])
def test_every_object_is_one_that_kibana_takes(stack: str) -> None:
    validator = Draft202012Validator(schema.load("kibana_rule.schema.json"))
    for one in rendered(stack).rules:
        faults = [fault.message for fault in validator.iter_errors(one.body)]
        assert not faults, (one.rule.short_id, one.part, faults)


def test_ids_and_names_are_used_once() -> None:
    bodies = [one.body for one in rendered().rules]
    assert len({body["rule_id"] for body in bodies}) == len(bodies)
    assert len({body["name"] for body in bodies}) == len(bodies)


def test_the_same_rules_give_the_same_bytes() -> None:
    again = render(pack(), fields_for(pack()))
    assert ndjson(again) == ndjson(rendered())


def test_a_run_looks_back_over_the_window_and_overlaps_the_run_before() -> None:
    for one in rendered().rules:
        looked = seconds(one.body["from"].removeprefix("now-")) * 1000
        assert looked > one.query.window_ms + INTERVAL_MS + DELAY_MS
        assert seconds(one.body["interval"]) * 1000 == INTERVAL_MS


def test_what_aggregates_is_suppressed_by_columns_that_it_has() -> None:
    for one in rendered().rules:
        suppression = one.body.get("alert_suppression")
        assert suppression, (one.rule.short_id, "bursts are not folded")
        if aggregates(one.query):
            last = one.body["query"].rpartition(" BY ")[2].splitlines()[0]
            for name in suppression["group_by"]:
                assert name in last or f"EVAL {name} =" in one.body["query"], one.rule.short_id


def test_a_rule_is_several_where_its_alternatives_are_of_different_kinds() -> None:
    assert [one.query.language for one in made_of("AIA-NET-003")] == [KUERY, ESQL, ESQL]
    assert [one.part for one in made_of("AIA-NET-003")] == [1, 2, 3]
    assert made_of("AIA-NET-003")[0].body["name"].endswith("(1 of 3)")
    assert len(made_of("AIA-NET-007")) == 1
    assert made_of("AIA-NET-007")[0].body["rule_id"] == named("AIA-NET-007").id


def test_an_alternative_about_single_events_still_wants_the_fields_that_group() -> None:
    first = made_of("AIA-NET-003")[0]
    assert "gen_ai.agent.id: *" in first.query.text


def test_what_only_holds_together_stays_together() -> None:
    known = {rule.id: rule for rule in pack()}
    single, rest = parts(named("AIA-SCP-003"), known)
    assert single.tree is not None
    assert rest.correlation is not None
    assert rest.correlation.condition == ["and", ["rule", 0], ["rule", 1], ["not", ["rule", 2]]]
    assert len(parts(named("AIA-KIL-002"), known)) == 1
    assert len(parts(named("AIA-VIS-006"), known)) == 1


def test_sequences_are_eql_where_no_step_asks_for_a_list() -> None:
    languages = {one.rule.short_id: one.query.language for one in rendered().rules}
    assert languages["AIA-INJ-002"] == EQL
    assert languages["AIA-EXF-005"] == ESQL  # warrant.tool.acts is a list
    plain = render(pack(), fields_for(pack()), in_eql=False)
    assert EQL not in {one.query.language for one in plain.rules}
    assert not plain.refused


def test_more_fields_than_kibana_suppresses_by_make_an_esql_rule_of_single_events() -> None:
    (one,) = made_of("AIA-NET-004")
    assert len({"organization.id", *one.rule.group_by}) > MOST_FIELDS
    assert one.query.language == ESQL
    assert "METADATA _id, _index, _version" in one.query.text
    assert not aggregates(one.query)


def test_the_import_file_has_an_object_a_line_and_then_their_number() -> None:
    lines = [orjson.loads(line) for line in ndjson(rendered()).splitlines()]
    assert [line["rule_id"] for line in lines[:-1]] == [o.body["rule_id"] for o in rendered().rules]
    assert lines[-1]["exported_rules_count"] == len(lines) - 1
    assert ndjson(rendered().rules[:1]).count(b"\n") == 2


BASES = """
    title: one
    name: one
    logsource: {product: ai_agent}
    detection: {a: {event.action: tool_call}, condition: a}
    ---
    title: two
    name: two
    logsource: {product: ai_agent}
    detection: {a: {event.action: tool_result}, condition: a}
    ---
    title: act
    name: act
    logsource: {product: ai_agent}
    detection: {a: {warrant.tool.class: exec}, condition: a}
    ---
    title: three
    name: three
    logsource: {product: ai_agent}
    detection: {a: {event.action: message_sent}, condition: a}
    ---
"""
GROUPED = "group-by: [gen_ai.agent.id], timespan: 5m"


def correlated(*correlations: str) -> list[Rule]:
    """Return rules whose last correlation alerts; each is named c0, c1 …"""
    documents = [
        f"title: c{n}\nname: c{n}\ncorrelation: {{{given}}}" for n, given in enumerate(correlations)
    ]
    return load_text(
        textwrap.dedent(BASES).strip() + "\n" + "\n---\n".join(documents), foreign=False
    )


@pytest.mark.parametrize(
    ("correlations", "reason"),
    [
        (
            (f"type: event_count, rules: [one], {GROUPED}, condition: {{gte: 3}}",
             f"type: temporal_ordered, rules: [c0, two], {GROUPED}"),
            "event_count within another correlation",
        ),
        (
            ("type: value_count, rules: [one], group-by: [gen_ai.conversation.id], timespan: 5m,"
             " condition: {gte: 3, field: warrant.resource.id}",
             f"type: temporal_ordered, rules: [c0, two], {GROUPED}"),
            "grouped by other fields",
        ),
        (
            (f"type: value_count, rules: [one], {GROUPED},"
             " condition: {gte: 3, field: warrant.message.recipients}",
             f"type: temporal_ordered, rules: [c0, two], {GROUPED}"),
            "warrant.message.recipients may be a list",
        ),
        (
            (f"type: temporal, rules: [one, two], {GROUPED}, condition: not one and not two",),
            "nothing but absences",
        ),
        (
            ("type: temporal_ordered, rules: [one, two],"
             " group-by: [warrant.tool.acts], timespan: 5m",),
            "warrant.tool.acts may be a list, and groups",
        ),
        (
            (f"type: temporal, rules: [one, two, three], {GROUPED}, condition: {{gte: 2}}",),
            "whichever they are",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_refused_in_words(
    correlations: tuple[str, ...], reason: str
) -> None:
    rules = correlated(*correlations)
    with pytest.raises(CannotRender, match=re.escape(reason)):
        queries(rules[-1], rules, fields_for(rules))


def test_a_refused_rule_is_named_with_its_reason_and_the_others_are_rendered() -> None:
    rules = correlated(
        f"type: temporal, rules: [one, two], {GROUPED}, condition: not one and not two"
    )
    made = render(rules, fields_for(rules))
    assert [one.rule.name for one in made.refused] == ["c0"]
    assert [one.rule.name for one in made.rules] == ["act", "three"]


def test_an_event_is_told_apart_where_it_may_be_two_steps() -> None:
    both = correlated(
        f"type: temporal_ordered, rules: [one, one2], {GROUPED}".replace("one2", "two")
    )
    (query,) = queries(both[-1], both, fields_for(both), in_eql=False)
    assert "(@timestamp) + 1)" not in query.text  # a call is no result
    same = correlated(f"type: temporal_ordered, rules: [one, act], {GROUPED}")
    (query,) = queries(same[-1], same, fields_for(same), in_eql=False)
    assert "(2 * TO_LONG(@timestamp) + 1)" in query.text


def test_a_rule_fitted_to_tenants_is_one_for_each_and_one_for_the_rest() -> None:
    own = {"acme": Override(40, None, None, ("tuning.yml", 1))}
    rules = load_rules(tuning=Tuning(thresholds={"AIA-SPD-002": own}))
    made = render(rules, fields_for(rules))
    assert made.refused == ()
    assert len({one.body["rule_id"] for one in made.rules}) == len(made.rules)
    for short_id in ("AIA-SPD-002", "AIA-SPD-003"):  # the second reads the first
        fitted = [one for one in made.rules if one.rule.public_id == named(short_id).id]
        assert {one.body["name"].rpartition(" ")[2] for one in fitted} == {"(acme)", "(others)"}
        for one in fitted:
            assert 'organization.id: "acme"' in one.query.text
            assert (">= 40" in one.query.text) == ("(acme)" in one.body["name"])


def test_rules_about_other_events_are_refused() -> None:
    text = "title: x\nlogsource: {product: windows}\ndetection: {a: {Image: y}, condition: a}\n"
    made = render(load_text(text), {})
    assert [one.reason for one in made.refused] == ["it is about other events than those of agents"]
