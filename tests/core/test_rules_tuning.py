"""Rules fitted to tenants without touching them: lists, numbers, maintenance, risk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agentwarrant.detect import Detector
from agentwarrant.errors import ContentErrors, PathNotFound
from agentwarrant.event import iso_from_ms
from agentwarrant.finding import Finding
from agentwarrant.rules.check import make_events
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.tuning import Tuning, load_tuning
from agentwarrant.scan import Scan

RULES = """
title: Sends (part)
name: sends
logsource: {product: ai_agent}
detection:
  sent: {event.action: tool_call, warrant.tool.class: egress}
  condition: sent
---
title: Sends a lot
name: sends_a_lot
id: 4b5b6a52-52c5-4c9e-9b1c-0c9e2a7b1d11
status: test
description: Many.
correlation:
  type: event_count
  rules: [sends]
  group-by: [gen_ai.agent.id]
  timespan: 1m
  condition: {gte: 5}
level: high
agentwarrant:
  short_id: AIA-TST-001
  needs: [warrant.tool.class]
  sources: any
  reason: "{gen_ai.agent.name} sent a lot"
  blind_spots: None.
  triage: {look: Look., tell: Tell., respond: Respond.}
  taxonomy: {maestro: [L4]}
tests:
  - {name: a, finds: 1, events: [{warrant.tool.class: egress, repeat: 5}]}
  - {name: b, finds: 1, events: [{warrant.tool.class: egress, repeat: 6}]}
  - {name: c, finds: 0, events: [{warrant.tool.class: egress, repeat: 4}]}
  - {name: d, finds: 0, events: [{warrant.tool.class: read, repeat: 5}]}
"""
FILTER = """
title: The company's own hosts
logsource: {product: ai_agent}
filter:
  rules: [sends]
  own: {"destination.address|endswith|expand": "%internal_domains%"}
  condition: not own
"""


READER = """
title: {title}
name: {name}
id: {identity}
status: test
description: Often.
correlation:
  type: temporal_ordered
  rules: [{rule}, sends]
  group-by: [gen_ai.agent.id]
  timespan: 1m
level: high
agentwarrant:
  short_id: {short}
  needs: [warrant.tool.class]
  sources: any
  reason: "{{gen_ai.agent.name}} sent on"
  blind_spots: None.
  triage: {{look: Look., tell: Tell., respond: Respond.}}
  taxonomy: {{maestro: [L4]}}
tests:
  - {{name: a, finds: 1, events: [{{warrant.tool.class: egress, repeat: 7}}]}}
  - {{name: b, finds: 1, events: [{{warrant.tool.class: egress, repeat: 8}}]}}
  - {{name: c, finds: 0, events: [{{warrant.tool.class: egress, repeat: 5}}]}}
  - {{name: d, finds: 0, events: [{{warrant.tool.class: read, repeat: 9}}]}}
"""
ONCE_MORE = "5f2b0c9c-6b6e-4a53-b6a1-7a7a5d2a3c02"
AND_MORE = "b0f4ad0e-52a8-4d8e-8f21-4e6a3b1f9d03"


@pytest.fixture
def readers(rules: Path) -> Path:
    """Return rules of which one reads the one that counts, and another reads that."""
    for title, name, rule, identity, short in (
        ("Sends on", "sends_on", "sends_a_lot", ONCE_MORE, "AIA-TST-002"),
        ("Sends on and on", "sends_on_and_on", "sends_on", AND_MORE, "AIA-TST-003"),
    ):
        text = READER.format(title=title, name=name, rule=rule, identity=identity, short=short)
        (rules / f"{name}.yml").write_text(text)
    return rules


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules" / "test"
    folder.mkdir(parents=True)
    (folder / "sends.yml").write_text(RULES)
    (folder / "own.yml").write_text(FILTER)
    return folder


def tuning_of(tmp_path: Path, *texts: str) -> Tuning:
    folder = tmp_path / "tuning"
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f"{number}.yml").write_text(text)
    return load_tuning([folder])


def found(
    rules: Path, tuning: Tuning | None, *events: dict[str, Any], cache: Path | None = None
) -> list[Finding]:
    loaded = load_rules([rules], pack=False, tuning=tuning, cache=cache)
    given = [{"warrant.tool.class": "egress", **event} for event in events]
    return list(Detector(loaded).run(make_events(given)))


SENT = {"destination.address": "files.acme.example", "repeat": 5}


def test_without_tuning_a_filter_over_a_list_filters_nothing(rules: Path) -> None:
    assert len(found(rules, None, SENT)) == 1


def test_a_list_for_all_tenants_filters_all(rules: Path, tmp_path: Path) -> None:
    tuning = tuning_of(tmp_path, "lists: {internal_domains: [.acme.example]}")
    assert found(rules, tuning, SENT) == []
    assert len(found(rules, tuning, {**SENT, "destination.address": "other.example"})) == 1


def test_a_list_for_one_tenant_leaves_the_others_as_they_were(rules: Path, tmp_path: Path) -> None:
    tuning = tuning_of(tmp_path, "{tenants: [acme], lists: {internal_domains: [.acme.example]}}")
    assert found(rules, tuning, {**SENT, "organization.id": "acme"}) == []
    assert len(found(rules, tuning, {**SENT, "organization.id": "other"})) == 1


def test_two_tenants_have_each_their_own_list(rules: Path, tmp_path: Path) -> None:
    tuning = tuning_of(
        tmp_path,
        "{tenants: [acme], lists: {internal_domains: [.acme.example]}}",
        "{tenants: [other], lists: {internal_domains: [.other.example]}}",
    )
    assert found(rules, tuning, {**SENT, "organization.id": "acme"}) == []
    assert len(found(rules, tuning, {**SENT, "organization.id": "other"})) == 1


def test_values_of_a_list_are_not_patterns_of_regular_expressions(
    rules: Path, tmp_path: Path
) -> None:
    tuning = tuning_of(tmp_path, 'lists: {internal_domains: [".acme(example"]}')
    assert len(found(rules, tuning, SENT)) == 1


def test_a_threshold_for_all_tenants_replaces_that_of_the_rule(rules: Path, tmp_path: Path) -> None:
    tuning = tuning_of(tmp_path, "thresholds: {AIA-TST-001: {at_least: 8}}")
    assert found(rules, tuning, SENT) == []
    assert len(found(rules, tuning, {**SENT, "repeat": 8})) == 1


def test_a_threshold_for_one_tenant_leaves_the_others_as_they_were(
    rules: Path, tmp_path: Path
) -> None:
    tuning = tuning_of(tmp_path, "{tenants: [acme], thresholds: {AIA-TST-001: {at_least: 3}}}")
    three = {**SENT, "repeat": 3}
    (one,) = found(rules, tuning, {**three, "organization.id": "acme"})
    assert one.event["rule.id"] == "4b5b6a52-52c5-4c9e-9b1c-0c9e2a7b1d11"
    assert found(rules, tuning, {**three, "organization.id": "other"}) == []
    assert len(found(rules, tuning, {**SENT, "organization.id": "other"})) == 1


def test_a_longer_window_for_one_tenant_finds_a_slower_burst(rules: Path, tmp_path: Path) -> None:
    tuning = tuning_of(tmp_path, "{tenants: [acme], thresholds: {AIA-TST-001: {within: 1h}}}")
    slow = {**SENT, "every": "5m"}
    assert len(found(rules, tuning, {**slow, "organization.id": "acme"})) == 1
    assert found(rules, tuning, {**slow, "organization.id": "other"}) == []


def counted(rules: Path, tuning: Tuning | None, tenant: str, repeat: int) -> list[int]:
    """Return how many findings each of the three has when a tenant's agent sends so often."""
    made = found(rules, tuning, {"organization.id": tenant, "repeat": repeat})
    ids = ("4b5b6a52-52c5-4c9e-9b1c-0c9e2a7b1d11", ONCE_MORE, AND_MORE)
    return [sum(one.event["rule.id"] == identity for one in made) for identity in ids]


def test_what_reads_a_tuned_rule_reads_it_as_it_is_for_each_tenant(
    readers: Path, tmp_path: Path
) -> None:
    tuning = tuning_of(
        tmp_path,
        "{tenants: [acme], thresholds: {AIA-TST-001: {at_least: 3}}}",
        "{tenants: [slow], thresholds: {AIA-TST-001: {at_least: 8}, AIA-TST-002: {within: 1h}}}",
        "{tenants: [wide], thresholds: {AIA-TST-003: {within: 1h}}}",
    )
    for tenant in ("default", "wide", "other"):
        assert [counted(readers, tuning, tenant, n) for n in (4, 5, 6, 7)] == [
            [0, 0, 0],
            [1, 0, 0],
            [1, 1, 0],
            [1, 1, 1],
        ]
    assert [counted(readers, tuning, "acme", n) for n in (2, 3, 4, 5)] == [
        [0, 0, 0],
        [1, 0, 0],
        [1, 1, 0],
        [1, 1, 1],
    ]
    assert [counted(readers, tuning, "slow", n) for n in (7, 8, 9, 10)] == [
        [0, 0, 0],
        [1, 0, 0],
        [1, 1, 0],
        [1, 1, 1],
    ]


def test_what_reads_a_rule_that_is_tuned_for_all_reads_it_so(readers: Path, tmp_path: Path) -> None:
    tuning = tuning_of(
        tmp_path,
        "thresholds: {AIA-TST-001: {at_least: 3}}",
        "{tenants: [slow], thresholds: {AIA-TST-001: {at_least: 8}}}",
    )
    assert counted(readers, tuning, "other", 5) == [1, 1, 1]
    assert counted(readers, tuning, "slow", 8) == [1, 0, 0]


def test_a_kept_rule_set_is_not_taken_for_one_with_another_tuning(
    rules: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    tuning = tuning_of(tmp_path, "thresholds: {AIA-TST-001: {at_least: 8}}")
    assert len(found(rules, None, SENT, cache=cache)) == 1
    assert found(rules, tuning, SENT, cache=cache) == []
    assert found(rules, tuning, SENT, cache=cache) == []


def test_a_filter_beside_the_tuning_is_loaded_with_the_rules(rules: Path, tmp_path: Path) -> None:
    plain = FILTER.replace("|expand", "").replace("%internal_domains%", "acme.example")
    assert found(rules, tuning_of(tmp_path, plain), SENT) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("thresholds: {AIA-XXX-999: {at_least: 3}}", "AIA-XXX-999 is no rule"),
        ("thresholds: {AIA-TST-001: {factor: 3}}", "AIA-TST-001 has no factor"),
    ],
)
def test_numbers_that_fit_no_rule_are_refused_with_their_line(
    rules: Path, tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(ContentErrors) as refused:
        found(rules, tuning_of(tmp_path, text), SENT)
    assert said in str(refused.value)
    assert "0.yml:1" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("list: {}", "'list'"),
        ("lists: {no_such_list: [a]}", "no_such_list"),
        ("risk: {half_life: soon}", "soon"),
        (
            "maintenance: [{title: a, from: '22:00', until: '2026-12-01T22:00:00Z'}]",
            "from and until",
        ),
        ("maintenance: [{title: a, from: '22:00', until: '22:00'}]", "from and until"),
        (
            "maintenance: [{title: a, from: '2026-12-02T00:00:00Z', "
            "until: '2026-12-01T00:00:00Z'}]",
            "from and until",
        ),
        ("", "neither tuning nor a filter"),
        (
            "thresholds: {AIA-TST-001: {factor: 3}}\n---\nthresholds: {AIA-TST-001: {factor: 4}}",
            "has its numbers for all tenants",
        ),
    ],
)
def test_faulty_tuning_is_refused_with_what_and_where(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ContentErrors) as refused:
        tuning_of(tmp_path, text)
    assert said in str(refused.value)


def test_what_the_schema_refuses_hides_no_other_fault(tmp_path: Path) -> None:
    text = """\
wrong: 1
tenants: [acme, 5]
risk: {threshold: -1, half_life: 2h}
thresholds: {AIA-TST-001: {at_least: none}, AIA-TST-002: {at_least: 2}}
maintenance:
  - {title: a, from: "22:00", until: "22:00"}
  - {title: b, from: "25:00", until: "26:00"}
  - {title: c, from: "23:00", until: "23:00", color: red}
---
tenants: [acme]
thresholds: {AIA-TST-002: {at_least: 3}}
"""
    with pytest.raises(ContentErrors) as refused:
        tuning_of(tmp_path, text)
    lines = [fault.line for fault in refused.value.faults]
    assert lines == [1, 2, 3, 4, 6, 7, 7, 8, 8, 11]
    said = [fault.what for fault in refused.value.faults if "from and until" in fault.what]
    assert len(said) == 2
    assert "AIA-TST-002 has its numbers for acme" in refused.value.faults[-1].what


def test_tenants_that_the_schema_refuses_are_not_everyone(tmp_path: Path) -> None:
    numbers = "thresholds: {AIA-TST-001: {at_least: 2}}"
    with pytest.raises(ContentErrors) as refused:
        tuning_of(tmp_path, f"tenants: acme\n{numbers}\n---\n{numbers}")
    (fault,) = refused.value.faults
    assert fault.what == "a text stands where a list belongs"


def test_a_path_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(PathNotFound):
        load_tuning([tmp_path / "nowhere"])


# Maintenance --------------------------------------------------------------------------------

SATURDAY_2300 = 1_796_511_600_000  # 2026-12-05T23:00:00Z
HOUR = 3_600_000
NIGHT = "maintenance: [{title: patch night, from: '22:00', until: '04:00', days: [sat]}]"


def muted(tuning: Tuning, time: int, **more: str) -> str:
    event = {"@timestamp": iso_from_ms(time), "organization.id": "acme", "gen_ai.agent.id": "clerk"}
    return tuning.muted_by({**event, **more}, frozenset({"AIA-TST-001"}))


def test_the_day_of_the_test_is_a_saturday() -> None:
    assert iso_from_ms(SATURDAY_2300) == "2026-12-05T23:00:00.000Z"


@pytest.mark.parametrize(
    ("after", "inside"), [(0, True), (4 * HOUR, True), (5 * HOUR, False), (-2 * HOUR, False),
                          (24 * HOUR, False), (7 * 24 * HOUR, True)],
)  # fmt: skip
def test_a_window_over_midnight_belongs_to_the_day_it_began_on(
    tmp_path: Path, after: int, inside: bool
) -> None:
    tuning = tuning_of(tmp_path, NIGHT)
    assert muted(tuning, SATURDAY_2300 + after) == ("patch night" if inside else "")


@pytest.mark.parametrize(
    ("more", "inside"),
    [
        ("agents: [clerk]", True),
        ("agents: [other]", False),
        ("rules: [AIA-TST-001]", True),
        ("rules: [AIA-TST-002]", False),
    ],
)
def test_a_window_may_be_held_to_agents_and_rules(tmp_path: Path, more: str, inside: bool) -> None:
    text = f"maintenance: [{{title: w, from: '00:00', until: '23:59', {more}}}]"
    assert bool(muted(tuning_of(tmp_path, text), SATURDAY_2300)) is inside


def test_a_window_of_one_tenant_mutes_nobody_else(tmp_path: Path) -> None:
    tuning = tuning_of(tmp_path, "{tenants: [other], " + NIGHT + "}")
    assert muted(tuning, SATURDAY_2300) == ""
    assert muted(tuning, SATURDAY_2300, **{"organization.id": "other"}) == "patch night"


def test_a_muted_finding_is_kept_and_opens_no_case(tmp_path: Path) -> None:
    finding = Finding({"@timestamp": iso_from_ms(SATURDAY_2300)}, ()).muted("patch night")
    assert finding.is_muted
    assert finding.event["warrant.case.state"] == "watched"


def test_the_weights_of_risk_are_those_of_the_tenant(tmp_path: Path) -> None:
    tuning = tuning_of(
        tmp_path, "risk: {threshold: 50}", "{tenants: [acme], risk: {half_life: 12h}}"
    )
    weights = Scan.over((), tuning=tuning).risk._weights
    assert (weights["acme"].threshold, weights["acme"].half_life_ms) == (50, 12 * HOUR)
    assert (weights[""].threshold, weights[""].half_life_ms) == (50, 24 * HOUR)
