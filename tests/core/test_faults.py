import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentwarrant.content import Document, parse
from agentwarrant.errors import UsageError
from agentwarrant.schema import validate_document

RULE = """
title: Agent reads a credential
id: 0b1f5f0a-6a0e-4d0c-9f3e-1b5b8d5d1003
status: test
description: It reads what it should not.
date: 2026-01-31
logsource: {product: ai_agent}
detection:
  read: {event.action: tool_call}
  condition: read
level: high
agentwarrant:
  short_id: AIA-CRD-001
  needs: [warrant.tool.class]
  sources: any
  reason: "{gen_ai.agent.id} read a key"
  blind_spots: Encoded paths.
  triage: Look at the call before it.
  suppress: 10m
  taxonomy:
    attack: {v18: [T1552], v19: [T1552]}
    atlas: {version: "2026.09", ids: [AML.T0055]}
    owasp_asi: {edition: "2026", ids: [ASI03]}
    maestro: [L7]
tests:
  - {name: one, finds: 1, events: [{}]}
  - {name: two, finds: 1, source: openclaw, records: [{}], file: a.jsonl}
  - {name: three, finds: 0, events: [{}]}
  - {name: four, finds: 0, events: [{}]}
"""
CORRELATION = """
title: Many reads
correlation:
  type: event_count
  rules: [reads]
  group-by: [gen_ai.agent.id]
  timespan: 10m
  condition: {gte: 5}
"""
PLAYBOOK = """
id: 0b1f5f0a-6a0e-4d0c-9f3e-1b5b8d5d1003
name: quarantine-agent
title: Quarantine an agent
description: Everywhere it can act.
mode_default: observe
triggers: {severity: [high, critical], verdict: influenced, rules: [AIA-CRD-001]}
steps:
  - {id: stop, action: openclaw.abort, description: Stop it, targets: agent,
     on_failure: continue, needs_approval: true}
"""


def document_of(text: str) -> Document:
    documents, faults = parse(text, "a.yml")
    assert not faults
    return documents[0]


@pytest.mark.parametrize(
    ("kind", "text"), [("detection", RULE), ("detection", CORRELATION), ("playbook", PLAYBOOK)]
)
def test_right_content_has_no_faults(kind: str, text: str) -> None:
    assert validate_document(kind, document_of(text)) == []


@pytest.mark.parametrize(
    ("right", "wrong", "said", "mend"),
    [
        ("level: high", "levle: high", "'levle' is unknown", "did you mean level?"),
        ("status: test", "status: tets", "'tets' is not allowed", "did you mean test?"),
        ("short_id: AIA-CRD-001", "short_id: CRD-1", "not written as it must be", "AIA-CRD-001"),
        ("suppress: 10m", "suppress: 10", "a number stands where a text belongs", ""),
        ("sources: any", "sources: all", "none of the forms", "write any"),
        ('version: "2026.09"', "version: 2026.09", "not allowed here", '"2026.09"'),
        ("ids: [AML.T0055]", "ids: [AML.T9999]", "not a technique of ATLAS", "AML.T0051"),
        (
            "needs: [warrant.tool.class]",
            "needs: [tool]",
            "not a field of an event",
            "docs/events.md",
        ),
        ('"{gen_ai.agent.id}', '"{agent}', "are fields of an event", "docs/events.md"),
        ("date: 2026-01-31", "date: January", "not a date", "2026-01-31"),
        ("  condition: read", "  other: read", "'condition' is missing", "add condition"),
    ],
)
def test_a_fault_has_its_line_and_a_mend(right: str, wrong: str, said: str, mend: str) -> None:
    text = RULE.replace(right, wrong)
    line = next(n for n, row in enumerate(text.splitlines(), 1) if wrong in row)
    faults = validate_document("detection", document_of(text))
    found = [fault for fault in faults if said in fault.what]
    assert found
    assert mend in found[0].mend
    assert found[0].line in (line, line - 2)  # what is missing is said of the mapping around it


def test_a_rule_of_ours_needs_its_tests_and_two_of_each_at_least() -> None:
    head, _, tests = RULE.partition("tests:\n")
    assert [
        "'tests' is missing" in f.what for f in validate_document("detection", document_of(head))
    ] == [True]
    short = document_of(head + "tests:\n" + tests.splitlines()[0])
    assert ["at least 4" in f.what for f in validate_document("detection", short)] == [True]


def test_a_playbook_file_never_chooses_a_mode_that_changes_anything() -> None:
    document = document_of(PLAYBOOK.replace("observe", "enforce"))
    assert [fault.line for fault in validate_document("playbook", document)] == [6]


TEXTS = st.text(max_size=30)
YAML = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), TEXTS, st.dates()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["title", "tests", "correlation", "steps", "x", 1]), inner),
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("kind", ["detection", "playbook", "event", "finding"])
@given(data=YAML)
@settings(max_examples=25)
def test_no_document_crashes_its_check(kind: str, data: object) -> None:
    for fault in validate_document(kind, Document("a.yml", data)):
        assert "\n" not in str(fault)


def test_a_document_nested_without_end_is_a_fault() -> None:
    data: object = "deep"
    for _ in range(5000):
        data = [data]
    faults = validate_document("detection", Document("a.yml", data))
    assert [fault.what for fault in faults] == ["nested too deep"]


def test_an_unknown_kind_is_a_wrong_use() -> None:
    with pytest.raises(UsageError):
        validate_document("nonsense", Document("a.yml", {}))
