"""Rule files as pySigma reads them: filters, actions, pipelines, our two correlation types."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentwarrant.engine import Engine
from agentwarrant.errors import ContentErrors
from agentwarrant.finding import Severity
from agentwarrant.rules.ir import Node
from agentwarrant.rules.load import load_rules, load_text
from agentwarrant.rules.model import DEFAULT_SUPPRESS_MS, Correlation, Rule

ID = "11111111-1111-4111-8111-111111111111"
BASE = f"""\
title: Base
id: {ID}
name: base
logsource: {{category: test, product: shop}}
detection:
  chosen:
    word: x
  condition: chosen
"""
FILTER = """\
---
title: Admins
logsource: {category: test}
filter:
  rules: any
  own:
    user: admin
  condition: not own
"""
CORRELATION = """\
---
title: Often
name: often
correlation:
  type: event_count
  rules: [base]
  group-by: [user]
  timespan: 5m
  condition: {gte: 2}
"""
NEW_VALUE = """\
---
title: Never seen
name: never_seen
correlation:
  type: new_value
  rules: [base]
  group-by: [user]
  condition: {field: where}
"""
BASELINE = """\
---
title: More than ever
name: more
correlation:
  type: rate_baseline
  rules: [base]
  group-by: [user]
  timespan: 10m
  condition: {gte: 20}
"""


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


def faults(text: str, *pipelines: Path) -> list[str]:
    with pytest.raises(ContentErrors) as caught:
        load_text(text, "r.yml", pipelines=pipelines)
    return [str(fault) for fault in caught.value.faults]


def rule(text: str, name: str = "base", *pipelines: Path) -> Rule:
    return next(r for r in load_text(text, pipelines=pipelines) if r.name == name)


def correlation(text: str, name: str, *pipelines: Path) -> Correlation:
    found = rule(text, name, *pipelines).correlation
    assert found is not None
    return found


def matches(text: str, **event: Any) -> bool:
    rules = load_text(text)
    return bool(Engine(rules).matches({name.replace("__", "."): v for name, v in event.items()}))


# Filters -----------------------------------------------------------------------------------


@pytest.mark.parametrize("named", ["any", f"[{ID}]", "[base]", f"[other, {ID}]"])
def test_a_filter_holds_back_what_it_names(named: str) -> None:
    other = changed(BASE, "Base", "Other").replace(ID, ID[:-1] + "2").replace("base", "other")
    both = BASE + FILTER.replace("any", named) + "---\n" + other.replace("word: x", "word: y")
    assert matches(both, word="x", user="bob")
    assert matches(both, word="x")
    assert not matches(both, word="x", user="admin")


def test_a_filter_leaves_rules_alone_that_it_does_not_name() -> None:
    other = changed(BASE, "Base", "Other").replace(ID, ID[:-1] + "2").replace("base", "other")
    both = BASE + FILTER.replace("any", "[base]") + "---\n" + other
    found = [r.name for r in Engine(load_text(both)).matches({"word": "x", "user": "admin"})]
    assert found == ["other"]


@pytest.mark.parametrize(
    ("source", "held_back"),
    [
        ("{category: test}", True),
        ("{product: shop}", True),
        ("{category: test, product: shop}", True),
        ("{category: test, service: till}", False),
        ("{category: other}", False),
        ("{category: test, product: bank}", False),
    ],
)
def test_the_log_source_of_a_filter_must_contain_the_rules(source: str, held_back: bool) -> None:
    text = BASE + changed(FILTER, "{category: test}", source)
    assert matches(text, word="x", user="admin") is not held_back


@pytest.mark.parametrize("tenants", ["[acme, 12]", "[12, acme]"])
def test_a_filter_of_tenants_holds_back_events_of_these_only(tenants: str) -> None:
    text = BASE + FILTER + f"agentwarrant: {{tenants: {tenants}}}\n"
    for tenant, found in (("acme", False), ("12", False), ("ACME", True), ("other", True)):
        assert matches(text, word="x", user="admin", organization__id=tenant) is found, tenant
    assert matches(text, word="x", user="admin")
    assert matches(text, word="x", user="bob", organization__id="acme")


def test_one_tenant_need_not_be_a_list() -> None:
    text = BASE + FILTER + "agentwarrant: {tenants: acme}\n"
    assert not matches(text, word="x", user="admin", organization__id="acme")
    assert matches(text, word="x", user="admin", organization__id="a")


def test_a_filter_of_a_tenant_is_a_selection_that_an_explanation_shows() -> None:
    assert list(rule(BASE + FILTER).selections) == ["chosen", "filter: Admins"]


def test_a_filter_goes_into_what_a_correlation_reads() -> None:
    text = BASE + FILTER.replace("any", "[base]") + CORRELATION.replace("[user]", "[word]")

    def found(*users: str) -> int:
        events = [
            {"@timestamp": f"2026-01-01T00:00:0{i}Z", "word": "x", "user": user}
            for i, user in enumerate(users)
        ]
        return len(list(Engine(load_text(text)).run(events)))

    assert found("bob", "eve") == 1
    assert found("bob", "admin") == 0


@pytest.mark.parametrize("named", ["nobody", ID[:-1] + "9"])
def test_a_filter_for_a_rule_that_is_not_there_is_a_fault(named: str) -> None:
    text = BASE + FILTER.replace("any", f"[base, {named}]")
    assert faults(text) == [f"r.yml:13: no rule is called '{named}'"]


# Actions -----------------------------------------------------------------------------------


ACTIONS = """\
action: global
logsource: {category: test}
level: high
detection:
  condition: chosen
---
title: One
detection:
  chosen: {word: x}
---
action: repeat
title: Two
detection:
  chosen: {user: y}
---
action: reset
---
title: Three
logsource: {product: other}
detection:
  chosen: {word: z}
  condition: not chosen
"""


def test_actions_share_repeat_and_forget() -> None:
    one, two, three = load_text(ACTIONS)
    assert [r.title for r in (one, two, three)] == ["One", "Two", "Three"]
    assert one.tree == ["is", "word", "eq", "x"]
    # what is repeated stays where nothing replaces it
    assert two.tree == ["and", ["is", "word", "eq", "x"], ["is", "user", "eq", "y"]]
    assert three.tree == ["not", ["is", "word", "eq", "z"]]
    assert [r.severity for r in (one, two, three)] == [
        Severity.HIGH,
        Severity.HIGH,
        Severity.INFORMATIONAL,
    ]
    assert [dict(r.logsource) for r in (one, two, three)] == [
        {"category": "test"},
        {"category": "test"},
        {"product": "other"},
    ]


def test_global_is_not_for_correlations_and_filters() -> None:
    text = ACTIONS.replace("title: One\n", "title: One\nname: base\n") + CORRELATION
    assert correlation(text, "often").rules == ("base",)


def test_without_reset_what_is_global_stays() -> None:
    text = changed(ACTIONS, "action: reset\n---\n", "").replace("not chosen", "chosen")
    three = load_text(text)[-1]
    assert (three.severity, dict(three.logsource)) == (
        Severity.HIGH,
        {"category": "test", "product": "other"},
    )


def test_an_unknown_action_is_a_fault_at_its_line() -> None:
    assert faults(f"{BASE}---\ntitle: B\naction: frob\n") == [
        "r.yml:11: the action 'frob' is unknown"
    ]


@pytest.mark.parametrize("text", ["- a\n- b\n", "hello\n", "5\n"])
def test_a_document_that_is_no_mapping_is_a_fault(text: str) -> None:
    assert faults(f"{BASE}---\n{text}") == [
        "r.yml:10: a rule is a mapping (write keys: title, detection)"
    ]


# Pipelines ---------------------------------------------------------------------------------


MAPPING = """\
name: mapping
priority: 10
transformations:
  - type: field_name_mapping
    mapping: {word: Event.Word, user: Event.User, who: Event.Who, amount: Event.Amount}
"""


@pytest.fixture
def pipeline(tmp_path: Path) -> Any:
    def written(text: str, name: str = "pipeline.yml") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return written


def test_a_pipeline_names_the_fields_of_rules_and_filters(pipeline: Any) -> None:
    found = rule(BASE + FILTER, "base", pipeline(MAPPING))
    assert found.tree == [
        "and",
        ["is", "Event.Word", "eq", "x"],
        ["not", ["is", "Event.User", "eq", "admin"]],
    ]
    assert found.selections["chosen"] == ["is", "Event.Word", "eq", "x"]


def test_a_pipeline_names_what_a_correlation_groups_by_aliases_and_counts(pipeline: Any) -> None:
    other = BASE.replace("Base", "Other").replace("base", "other").replace(ID, ID[:-1] + "2")
    text = (
        f"{BASE}---\n{other}---\n"
        + """\
title: Sum
name: sum
correlation:
  type: value_sum
  rules: [base, other]
  group-by: [user, party]
  timespan: 5m
  aliases:
    party: {base: who, other: word}
  condition: {field: amount, gte: 10}
"""
    )
    found = correlation(text, "sum", pipeline(MAPPING))
    assert found.group_by == ("Event.User", "party")
    assert found.fields == ("Event.Amount",)
    assert found.aliases == {"party": {ID: "Event.Who", ID[:-1] + "2": "Event.Word"}}
    assert correlation(text, "sum").aliases == {"party": {ID: "who", ID[:-1] + "2": "word"}}


@pytest.mark.parametrize(
    ("text", "name"), [(NEW_VALUE, "never_seen"), (BASELINE, "more")], ids=["new", "rate"]
)
def test_a_pipeline_names_the_fields_of_our_own_types(text: str, name: str, pipeline: Any) -> None:
    found = correlation(BASE + text.replace("where", "who"), name, pipeline(MAPPING))
    assert found.group_by == ("Event.User",)
    assert found.fields == (("Event.Who",) if name == "never_seen" else ())


def test_a_pipeline_adds_conditions_which_have_a_name_that_stays(pipeline: Any) -> None:
    path = pipeline("""\
transformations:
  - type: add_condition
    conditions: {tenant: one}
  - type: add_condition
    conditions: {tenant: two}
    negated: true
""")
    found = rule(BASE, "base", path)
    assert found.tree is not None
    assert sorted(map(str, found.tree[1:])) == sorted(
        map(
            str,
            (
                ["is", "word", "eq", "x"],
                ["is", "tenant", "eq", "one"],
                ["not", ["is", "tenant", "eq", "two"]],
            ),
        )
    )
    names = ["chosen", "pipeline condition 1", "pipeline condition 2"]
    assert list(found.selections) == names
    assert rule(BASE, "base", path) == found


def test_placeholders_get_the_values_of_a_pipeline(pipeline: Any) -> None:
    text = changed(BASE, "word: x", "word|expand: '%words%'")
    path = pipeline("vars: {words: [x, y*]}\ntransformations:\n  - type: value_placeholders\n")
    found: Node = ["or", ["is", "word", "eq", "x"], ["is", "word", "startswith", "y"]]
    assert rule(text, "base", path).tree == found
    (said,) = faults(text)
    assert "r.yml:5: cannot be used: the placeholder %words% has no value" in said


def test_pipelines_run_by_priority_whatever_their_order(pipeline: Any) -> None:
    first = pipeline(MAPPING, "first.yml")
    then = pipeline(
        "priority: 20\ntransformations:\n"
        "  - type: field_name_mapping\n    mapping: {Event.Word: deep.word}\n",
        "then.yml",
    )
    for order in ((first, then), (then, first)):
        assert rule(BASE, "base", *order).tree == ["is", "deep.word", "eq", "x"]


def test_a_pipeline_that_refuses_a_rule_is_a_fault_of_the_rule(pipeline: Any) -> None:
    path = pipeline("""\
transformations:
  - type: rule_failure
    message: not for shops
    rule_conditions: [{type: logsource, product: shop}]
""")
    other = BASE.replace("Base", "Other").replace("base", "other").replace(ID, ID[:-1] + "2")
    assert faults(f"{BASE}---\n{other.replace('shop', 'bank')}", path) == [
        "r.yml:5: cannot be used: not for shops"
    ]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("name: x\ntransformations: [\n", ":3", "not YAML"),
        ("name: x\npriority: 'a\n", ":3", "not YAML"),
        ("a: b\n  c: d\n", ":2", "not YAML"),
        ("transformations:\n  - type: frob\n", "", "Unknown transformation type 'frob'"),
        ("- a\n", "", "no pipeline"),
        ("", "", "no pipeline"),
    ],
)
def test_a_broken_pipeline_is_a_fault_of_its_file(
    pipeline: Any, text: str, line: str, said: str
) -> None:
    path = pipeline(text)
    (fault,) = faults(BASE, path)
    assert fault.startswith(f"{path}{line}: ")
    assert said in fault


def test_faults_of_pipelines_and_rules_are_shown_together(pipeline: Any, tmp_path: Path) -> None:
    broken = [pipeline("[", "one.yml"), pipeline("transformations: 5", "two.yml")]
    found = faults(changed(BASE, "word: x", "word|frob: x"), *broken)
    assert [fault.split(":")[0] for fault in found] == [*map(str, broken), "r.yml"]
    missing = tmp_path / "gone.yml"
    assert f"{missing}: cannot be read" in faults(BASE, missing)[0]


# Our own correlation types -----------------------------------------------------------------


def test_new_value_remembers_thirty_days_unless_told() -> None:
    found = correlation(BASE + NEW_VALUE, "never_seen")
    assert found == Correlation(
        kind="new_value",
        rules=(ID,),
        group_by=("user",),
        window_ms=30 * 86_400_000,
        fields=("where",),
        history_ms=30 * 86_400_000,
        factor=4.0,
    )
    told = correlation(BASE + NEW_VALUE + "  history: 7d\n", "never_seen")
    assert told == replace(found, history_ms=7 * 86_400_000, window_ms=7 * 86_400_000)


def test_rate_baseline_has_a_week_and_four_times_unless_told() -> None:
    found = correlation(BASE + BASELINE, "more")
    assert found == Correlation(
        kind="rate_baseline",
        rules=(ID,),
        group_by=("user",),
        window_ms=600_000,
        threshold=20,
        history_ms=7 * 86_400_000,
        factor=4.0,
    )
    more = changed(BASELINE, "{gte: 20}", "{gt: 5, factor: 2.5}") + "  history: 2w\n"
    told = correlation(BASE + more, "more")
    assert told == replace(found, op="gt", threshold=5, factor=2.5, history_ms=14 * 86_400_000)
    for field, names in (("bytes", ("bytes",)), ("[in, out]", ("in", "out"))):
        summed = correlation(BASE + changed(BASELINE, "20", f"20, field: {field}"), "more")
        assert summed == replace(found, fields=names)


@pytest.mark.parametrize(
    ("text", "old", "new", "line", "said"),
    [
        (NEW_VALUE, "{field: where}", "{gte: 1}", 12, "without field reference"),
        (NEW_VALUE, "  condition: {field: where}\n", "", 12, "without field reference"),
        (NEW_VALUE, "[user]", "[user]\n  history: soon", 12, "'soon' is invalid"),
        (BASELINE, "20", "20, factor: 1", 12, "no more than the agent's own rate"),
        (BASELINE, "20", "20, factor: .nan", 12, "no more than the agent's own rate"),
        (BASELINE, "20", "20, factor: often", 12, "could not convert"),
        (BASELINE, "20", "20, factor: [2]", 12, "cannot be used"),
        (BASELINE, "{gte: 20}", "base", 12, "cannot be used"),
        (BASELINE, "10m", "10m\n  history: soon", 12, "'soon' is no duration"),
        (BASELINE, "10m", "soon", 16, "'soon' is invalid"),
        (BASELINE, "  timespan: 10m\n", "", 12, "without timespan"),
        (BASELINE, "[base]", "[nobody]", 14, "no rule is called 'nobody'"),
    ],
)
def test_what_our_types_cannot_mean_is_a_fault(
    text: str, old: str, new: str, line: int, said: str
) -> None:
    (fault,) = faults(BASE + changed(text, old, new))
    assert fault.startswith(f"r.yml:{line}: ")
    assert said in fault


OWN = """\
status: test
description: What it is about.
level: high
agentwarrant:
  short_id: AIA-TST-902
  needs: [event.action]
  sources: any
  blind_spots: None.
  reason: "{gen_ai.agent.name} did it"
  triage: {look: Look at event.action., tell: Benign if it was asked for., respond: Undo it.}
  taxonomy:
    atlas: {version: "2026.09", ids: [AML.T0051]}
tests:
  - {name: one, finds: 1, events: [{event.action: tool_call}]}
  - {name: two, finds: 1, events: [{event.action: tool_call}]}
  - {name: three, finds: 0, events: [{event.action: tool_result}]}
  - {name: four, finds: 0, events: [{event.action: tool_result}]}
"""
AGENTS = """\
title: A call
name: a_call_of_ours
logsource: {product: ai_agent}
detection:
  call: {event.action: tool_call}
  condition: call
"""


@pytest.mark.parametrize("text", [NEW_VALUE, BASELINE], ids=["new_value", "rate_baseline"])
def test_our_types_stand_in_rules_with_our_block(text: str, tmp_path: Path) -> None:
    text = text.replace("[base]", "[a_call_of_ours]").replace("[user]", "[gen_ai.agent.id]")
    text = text.replace("where", "destination.address").replace("20", "20, factor: 3")
    text = text.replace("{field: destination.address}", "{field: destination.address, gte: 1}")
    path = tmp_path / "own.yml"
    path.write_text(f"{AGENTS}{text}  history: 3d\nid: {ID}\n{OWN}")
    (found,) = [r for r in load_rules([path], pack=False) if r.alerts]
    assert found.correlation is not None
    assert found.correlation.history_ms == 3 * 86_400_000
    assert found.suppress_ms == DEFAULT_SUPPRESS_MS


# Conditions and numbers --------------------------------------------------------------------


def test_several_conditions_are_alternatives() -> None:
    text = changed(
        BASE, "condition: chosen", "other: {word: y, user: z}\n  condition: [chosen, other]"
    )
    assert rule(text).tree == [
        "or",
        ["is", "word", "eq", "x"],
        ["and", ["is", "word", "eq", "y"], ["is", "user", "eq", "z"]],
    ]


@pytest.mark.parametrize("op", ["gt", "gte", "lt", "lte", "eq", "neq"])
def test_a_threshold_may_be_a_fraction(op: str) -> None:
    text = CORRELATION.replace("event_count", "value_avg")
    text = changed(text, "{gte: 2}", f"{{field: amount, {op}: 2.75}}")
    found = correlation(BASE + text, "often")
    assert (found.op, found.threshold, found.fields) == (op, 2.75, ("amount",))


# Faults ------------------------------------------------------------------------------------


def test_every_wrong_selection_of_a_rule_is_named_with_its_line() -> None:
    text = changed(
        BASE,
        "    word: x\n",
        "    word|unheard: x\n"
        "  good:\n    word: x\n"
        "  pattern:\n    word|re: '('\n"
        "  network:\n    word|cidr: nonsense\n",
    )
    found = faults(text)
    assert [fault.partition(" cannot")[0] for fault in found] == [
        "r.yml:6:",
        "r.yml:10:",
        "r.yml:12:",
    ]
    for fault, said in zip(found, ("modifier 'unheard'", "'('", "nonsense"), strict=True):
        assert said in fault


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("word: x", "word|frob: x", 6, "modifier 'frob'"),
        ("word: x", "word|re: 'a('", 6, "Regular expression 'a('"),
        ("condition: chosen", "condition: other", 8, "'other'"),
        ("condition: chosen", "condition: chosen and", 8, "cannot be used"),
        ("condition: chosen", "other: {}", 8, "is empty"),
        ("  condition: chosen\n", "", 5, "condition"),
        ("title: Base", "title: Base\nlevel: worst", 2, "'worst'"),
        ("title: Base", "title: Base\nstatus: worst", 2, "'worst'"),
        ("title: Base", "title: Base\ndate: soon", 2, "'soon'"),
        (f"id: {ID}", "id: nonsense", 2, "UUID"),
        (f"id: {ID}", "id: 1", 2, "id cannot be 1"),
        (f"id: {ID}", "id: [a]", 2, "id cannot be ['a']"),
        ("title: Base", "title: Base\ndate: 2026-13-01", 2, "'2026-13-01'"),
        ("title: Base", "level: low", 1, "title"),
        ("{category: test, product: shop}", "{}", 4, "log source"),
    ],
)
def test_a_fault_stands_at_its_line(old: str, new: str, line: int, said: str) -> None:
    (fault,) = faults(changed(BASE, old, new))
    assert fault.startswith(f"r.yml:{line}: ")
    assert said.casefold() in fault.casefold()


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("[base]", "[base, nobody, none]", 14, "no rule is called 'nobody'"),
        ("event_count", "often", 13, "'often'"),
        ("5m", "5x", 16, "'5x'"),
        ("{gte: 2}", "{gte: two}", 17, "'two'"),
        ("{gte: 2}", "{}", 17, "cannot be used"),
        ("[base]", "[]", 12, "cannot be used"),
    ],
)
def test_a_fault_of_a_correlation_stands_at_its_line(
    old: str, new: str, line: int, said: str
) -> None:
    found = faults(BASE + changed(CORRELATION, old, new))
    assert any(f.startswith(f"r.yml:{line}: ") and said in f for f in found), found


def test_an_id_and_a_name_stand_once() -> None:
    assert faults(f"{BASE}---\n{BASE}") == [
        f"r.yml:2: the id {ID} is used more than once",
        "r.yml:3: the name base is used more than once",
        f"r.yml:11: the id {ID} is used more than once",
        "r.yml:12: the name base is used more than once",
    ]


def test_what_is_used_twice_is_told_though_the_rules_are_faulty_otherwise() -> None:
    wrong = changed(BASE, "word: x", "word|frob: x")
    found = faults(f"{wrong}---\n{BASE}")
    assert sum("used more than once" in fault for fault in found) == 4
    assert sum("modifier 'frob'" in fault for fault in found) == 1


def test_every_fault_of_every_file_is_told_at_once_in_order(tmp_path: Path) -> None:
    texts = {
        "a.yml": changed(BASE, "word: x", "word|frob: x").replace("base", "first"),
        "b.yml": "title: [",
        "c.yml": changed(BASE, "title: Base", "level: worst\ntitle: Base") + CORRELATION,
        "d.yml": CORRELATION.replace("[base]", "[nobody]").replace("often", "seldom"),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(ContentErrors) as caught:
        load_rules([tmp_path], pack=False, foreign=True)
    found = [(Path(fault.path).name, fault.line) for fault in caught.value.faults]
    assert found == [
        ("a.yml", 2), ("a.yml", 6), ("b.yml", 2), ("c.yml", 1), ("c.yml", 3), ("c.yml", 15),
        ("d.yml", 6),
    ]  # fmt: skip


# What gives findings of its own ------------------------------------------------------------


def alerting(text: str, *, foreign: bool = True) -> list[str]:
    return [r.name for r in load_text(text, foreign=foreign) if r.alerts]


def test_what_a_correlation_reads_is_silent_unless_it_says_otherwise() -> None:
    assert alerting(BASE) == ["base"]
    assert alerting(BASE + CORRELATION) == ["often"]
    assert alerting(BASE + CORRELATION + "  generate: false\n") == ["often"]
    assert alerting(BASE + CORRELATION + "  generate: true\n") == ["base", "often"]


def test_a_correlation_that_another_reads_is_silent_too() -> None:
    outer = CORRELATION.replace("[base]", "[often]").replace("often\ncor", "outer\ncor")
    assert alerting(BASE + CORRELATION + outer) == ["outer"]


def test_a_rule_with_our_block_speaks_though_a_correlation_reads_it(tmp_path: Path) -> None:
    (tmp_path / "own.yml").write_text(f"{AGENTS}id: {ID}\n{OWN}")
    text = changed(CORRELATION, "[base]", "[a_call_of_ours]")
    (tmp_path / "plain.yml").write_text(text.replace("[user]", "[gen_ai.agent.id]"))
    rules = load_rules([tmp_path], pack=False)
    assert [r.name for r in rules if r.alerts] == ["a_call_of_ours", "often"]


def test_a_plain_rule_suppresses_nothing_and_a_correlation_its_own_window() -> None:
    assert rule(BASE).suppress_ms is None
    assert rule(BASE + CORRELATION, "often").suppress_ms == 300_000
    assert rule(BASE + CORRELATION, "often").group_by == ("user",)


def test_a_rule_with_our_block_suppresses_an_hour_unless_told(tmp_path: Path) -> None:
    path = tmp_path / "own.yml"
    path.write_text(f"{AGENTS}id: {ID}\n{OWN}")
    (own,) = load_rules([path], pack=False)
    assert own.suppress_ms == 3_600_000
    path.write_text(f"{AGENTS}id: {ID}\n{OWN}".replace("needs:", "suppress: 5m\n  needs:"))
    (own,) = load_rules([path], pack=False)
    assert own.suppress_ms == 300_000
    # over any events every match is one, as Sigma has it
    (foreign,) = load_rules([path.rename(tmp_path / "f.yml")], pack=False, foreign=True)
    assert foreign.suppress_ms == 300_000
