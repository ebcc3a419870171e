"""Playbooks as files: what fits a case, and every fault with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.content import parse
from agentwarrant.errors import ContentError, ContentErrors, PathNotFound, UsageError
from agentwarrant.event import Event
from agentwarrant.finding import Case, Finding
from agentwarrant.respond.planning.parts import (
    Branch,
    Inner,
    Lane,
    Pause,
    PlaybookStep,
    Question,
    Together,
)
from agentwarrant.respond.planning.playbook import (
    Playbook,
    _load,
    fitting,
    load_playbooks,
    named,
    playbooks,
    read_playbooks,
)
from agentwarrant.schema import validate_document


def case(severity: str = "high", **more: Any) -> Case:
    found: Event = {
        "@timestamp": "2026-01-31T10:00:00.000Z",
        "event.id": "f1",
        "rule.id": "r1",
        "rule.name": "A rule",
        "warrant.finding.severity": severity,
        "event.risk_score": 73.0,
        **more,
    }
    event: Event = {
        "@timestamp": "2026-01-31T10:00:00.000Z",
        "event.id": "e1",
        "gen_ai.agent.id": "main",
        "warrant.intent.verdict": "influenced",
    }
    return Case("c1", "t", "main", "conv", "openclaw", [Finding(found, (event,))], [event])


TEXT = """\
id: 975712d2-caea-4122-9ae8-17645494a071
name: a-playbook
title: A playbook
description: For a test.
mode_default: observe
{triggers}
steps:
  - id: one
    action: {action}
    description: Do it.
    on_failure: stop
    needs_approval: true
{more}
"""


def loaded(action: str = "openclaw.abort_run", triggers: str = "", more: str = "") -> Any:
    text = TEXT.format(action=action, triggers=triggers, more=more)
    (document,), faults = parse(text, "a.yml")
    return list(_load(document, faults)), faults


def fits(triggers: str, tested: Case) -> bool:
    (playbook,), _ = loaded(triggers=f"triggers: {triggers}")
    assert isinstance(playbook, Playbook)
    return playbook.fits(tested)


def test_an_unknown_action_is_a_fault_with_its_line_and_the_nearest_name() -> None:
    made, (fault,) = loaded(action="openclaw.abort_runs")
    assert made == []
    assert (fault.line, fault.mend) == (9, "did you mean openclaw.abort_run?")


def test_a_key_that_no_action_reads_is_a_fault_not_ignored() -> None:
    _, (fault,) = loaded(more="    targets: everyone")
    assert "no action reads targets" in str(fault)


def test_two_steps_with_one_id_are_a_fault() -> None:
    again = TEXT[TEXT.index("  - id") : TEXT.index("{more}")].format(action="openclaw.abort_run")
    _, (fault,) = loaded(more=again)
    assert "two steps have the id one" in str(fault)


def test_a_mode_that_changes_anything_is_a_fault() -> None:
    text = TEXT.format(action="openclaw.abort_run", triggers="", more="")
    (document,), faults = parse(text.replace("mode_default: observe", "mode_default: auto"), "a")
    assert list(_load(document, faults)) == []
    assert faults


@pytest.mark.parametrize(
    ("triggers", "fitting_"),
    [
        ("{severity: high}", True),
        ("{severity: low}", True),
        ("{severity: critical}", False),
        ("{severity: [low, critical]}", False),
        ("{severity: [low, high]}", True),
        ("{verdict: influenced}", True),
        ("{verdict: [intended, unexplained]}", False),
        ("{rules: [r1]}", True),
        ("{rules: [r2]}", False),
        ("{severity: high, rules: [r2]}", False),
        ("{}", False),
    ],
)
def test_every_trigger_must_hold(triggers: str, fitting_: bool) -> None:
    assert fits(triggers, case()) is fitting_


def test_the_shipped_playbooks_load() -> None:
    try:
        assert [playbook.name for playbook in playbooks()]
    except ContentErrors as errors:
        pytest.fail(str(errors))


def test_the_old_form_of_a_step_is_read_as_before() -> None:
    (playbook,), _ = loaded()
    assert playbook.steps == (
        PlaybookStep("one", "Do it.", "", "openclaw.abort_run", (), "stop", True),
    )


def test_a_playbook_that_a_rule_names_comes_first_then_the_most_particular() -> None:
    (plain,), _ = loaded(triggers="triggers: {severity: high}")
    two = "triggers: {severity: high, verdict: influenced}"
    ((particular,), _), ((by_rule,), _) = loaded(triggers=two), loaded()
    plain, particular = renamed(plain, "a"), renamed(particular, "b")
    by_rule = renamed(by_rule, "c")
    tested = case(**{"warrant.finding.playbook": "c"})
    assert [p.name for p in fitting(tested, [plain, particular, by_rule])] == ["c", "b", "a"]


def renamed(playbook: Playbook, name: str) -> Playbook:
    from dataclasses import replace

    return replace(playbook, name=name)


# The language ----------------------------------------------------------------------------

HEAD = """\
id: 975712d2-caea-4122-9ae8-17645494a071
name: {name}
title: A playbook
description: For a test.
mode_default: observe
steps:
"""

EVERYTHING = """\
  - id: one
    verb: disable_identity
    about: [okta.*, keycloak.client]
    description: Switch off.
  - parallel:
      - - id: two
          verb: strip_tools
          description: Take tools.
          on_failure: stop
        - wait: 5m
      - id: three
        action: openclaw.abort_run
        description: Stop.
  - if: {severity: high, has: [okta.app, runtime]}
    then:
      - approval: {needs: 2, expires: 30m, reason: May it be done?}
      - playbook: notify
    else:
      - id: four
        verb: notify
        description: Tell.
  - if: {step: one, is: [failed, in_doubt]}
    then:
      - id: five
        verb: notify
        description: Tell.
"""


def faults_of(steps: str, name: str = "a") -> list[ContentError]:
    (document,), faults = parse(HEAD.format(name=name) + steps, "a.yml")
    list(_load(document, faults))
    return faults


def test_everything_that_can_be_written_is_read() -> None:
    (document,), faults = parse(HEAD.format(name="a") + EVERYTHING, "a.yml")
    (playbook,) = _load(document, faults)
    assert faults == []
    one, both, branch, last = playbook.steps
    assert one == PlaybookStep(
        "one", "Switch off.", "disable_identity", "", ("okta.*", "keycloak.client")
    )
    assert isinstance(both, Together)
    lane, three = both.nodes
    assert isinstance(lane, Lane)
    assert lane.nodes[1] == Pause("wait.1", 300.0)
    assert isinstance(three, PlaybookStep)
    assert isinstance(branch, Branch)
    assert branch.then == (
        Question("approval.1", 2, 1800.0, "May it be done?"),
        Inner("notify", "notify"),
    )
    assert isinstance(last, Branch)
    assert last.when == {"step": "one", "is": ["failed", "in_doubt"]}
    assert [p.id for p in playbook.parts() if isinstance(p, PlaybookStep)] == [
        "one", "two", "three", "four", "five"
    ]  # fmt: skip


STEP = "  - {{id: {id}, verb: {verb}, description: Do it.{more}}}\n"


def step(identity: str = "one", verb: str = "notify", more: str = "") -> str:
    return STEP.format(id=identity, verb=verb, more=more)


@pytest.mark.parametrize(
    ("steps", "line", "said"),
    [
        (step(verb="disable_identities"), 7, "did you mean disable_identity?"),
        (step() + step(), 8, "two steps have the id one"),
        (step() + "  - {playbook: notify}\n  - {playbook: notify}\n", 9, "give each an id"),
        (step(more=", about: nobody"), 7, "no part of a target is called nobody"),
        (step(verb="block_egress", more=", about: tools"), 7, "it can never do anything"),
        ("  - {if: {step: two, is: failed}, then: [{wait: 1m}]}\n", 7, "there is no step two"),
        (
            "  - if: {step: one, is: failed}\n    then: [{wait: 1m}]\n" + step(),
            7,
            "one has not ended here",
        ),
        (
            "  - parallel:\n    - {if: {step: one, is: failed}, then: [{wait: 1m}]}\n  "
            + step().replace("\n", "\n"),
            8,
            "one has not ended here",
        ),
        (
            "  - if: {severity: high}\n    then:\n      - if: {severity: [low, medium]}\n"
            "        then:\n          - wait: 1m\n",
            10,
            "is never reached",
        ),
        (
            "  - if: {severity: informational}\n    then: [{wait: 1m}]\n    else: [{wait: 2m}]\n",
            9,
            "is never reached",
        ),
        ("  - {if: {step: one}, then: [{wait: 1m}]}\n", 7, "the key 'is' is missing"),
        ("  - {if: {}, then: [{wait: 1m}]}\n", 7, "at least 1 belong"),
        ("  - {if: {severity: high}}\n", 7, "the key 'then' is missing"),
        ("  - {wait: soon}\n", 7, "write for example 30m"),
        ("  - {wait: 5m}\n", 6, "it only waits"),
        ("  - {wait: 5m, verb: kill}\n", 7, "the key 'verb' is unknown"),
        ("  - {approval: {needs: 2}}\n", 7, "the key 'reason' is missing"),
        ("  - {id: one, description: Nothing.}\n", 7, "write one of verb and action"),
        (
            "  - {id: one, verb: kill, action: openclaw.abort_run, description: x}\n",
            7,
            "write one of",
        ),
        ("  - {id: one.two, verb: kill, description: x}\n", 7, "small letters"),
        ("  - {id: one, verb: kill, description: x, on_failure: retry}\n", 7, "retry"),
    ],
)
def test_a_fault_is_said_with_its_line(steps: str, line: int, said: str) -> None:
    faults = faults_of(steps)
    assert [f.line for f in faults if said in str(f)] == [line], faults


def test_all_faults_are_said_at_once() -> None:
    faults = faults_of(step(verb="kil") + step(more=", about: nobody"))
    assert len(faults) == 3
    assert [fault.line for fault in faults] == [7, 8, 8]


REFUSED = (
    step(verb="kil", more=", color: red")
    + "  - {id: one, verb: notify}\n"
    + "  - {if: {severity: bad, step: ones, is: failed}, then: "
    + "[{id: x, verb: isolat, description: y}]}\n"
    + "  - {wait: soon}\n"
    + "  - parallel: [{playbook: nobody}, [{id: z, action: okta.no_such, description: y}]]\n"
)


def test_what_the_schema_refuses_hides_no_other_fault(tmp_path: Path) -> None:
    where = folder(tmp_path, a=REFUSED)
    text = (where / "a.yml").read_text().replace("mode_default: observe", "mode_default: auto")
    (where / "a.yml").write_text(text)
    said = [(fault.line, fault.what) for fault in read_playbooks([where])[1]]
    assert [line for line, _ in said] == [5, 7, 7, 8, 8, 9, 9, 10, 11, 11]
    for what in (
        "there is no verb kil", "the key 'color' is unknown", "two steps have the id one",
        "the key 'description' is missing", "there is no verb isolat", "there is no such action",
        "no playbook is called nobody", "'auto' is not allowed here",
    ):  # fmt: skip
        assert what in {one for _, one in said}


AFTER_ONE = "  - {if: {step: one, is: failed}, then: [{wait: 1m}]}\n"


@pytest.mark.parametrize(
    "steps",
    [
        step("One") + AFTER_ONE,
        step(verb="5") + AFTER_ONE,
        "  - {if: {severity: low, rules: 5}, then: [{wait: 1m}], else: [{wait: 2m}]}\n",
        "  - {if: {severity: informational, has: 5}, then: [{wait: 1m}], else: [{wait: 2m}]}\n",
        "  - {wait: 1m}\n  - {id: one, verb: [x], description: x}\n",
        "  - 5\n  - {wait: 1m}\n",
    ],
)  # fmt: skip
def test_what_the_schema_refuses_makes_no_fault_of_what_is_right(steps: str) -> None:
    said = {fault.what for fault in faults_of(steps)}
    (document,), _ = parse(HEAD.format(name="a-playbook") + steps, "a.yml")
    assert said
    assert said <= {fault.what for fault in validate_document("playbook", document)}


JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, 0, True, "", "x", "one", [], [None], {}, {"id": []}, [[]], 1.5]
)


@given(st.data())
def test_a_playbook_is_told_of_whatever_stands_in_it(data: st.DataObject) -> None:
    text = HEAD.format(name="a-playbook") + WHOLE
    (document,), _ = parse(text, "a.yml")
    place: Any = document.data
    while True:
        key = data.draw(
            st.sampled_from(list(place) if isinstance(place, dict) else range(len(place)))
        )
        inner = place[key]
        if not (isinstance(inner, dict | list) and inner) or data.draw(st.booleans()):
            break
        place = inner
    place[key] = data.draw(JUNK)
    refused = {fault.what for fault in validate_document("playbook", document)}
    faults: list[ContentError] = []
    assert list(_load(document, faults)) == [] or not faults
    assert refused <= {fault.what for fault in faults}


WHOLE = """\
  - {id: one, verb: notify, description: x, about: [case], on_failure: stop}
  - {if: {severity: high, has: [runtime]}, then: [{wait: 1m}], else: [{playbook: notify}]}
  - parallel:
    - {id: two, action: openclaw.abort_run, description: x}
    - [{id: three, verb: kill, description: x}, {approval: {reason: x, needs: 2}}]
  - {if: {step: one, is: [failed]}, then: [{id: four, verb: stop_run, description: x}]}
"""


# Several files ---------------------------------------------------------------------------


def test_a_playbook_that_is_faulty_is_there_for_those_that_name_it(tmp_path: Path) -> None:
    where = folder(tmp_path, a=step(verb="kil"), b="  - playbook: a\n  - {wait: soon}\n")
    _, faults = read_playbooks([where])
    assert [(Path(f.path).name, f.line) for f in faults] == [("a.yml", 7), ("b.yml", 8)]


def test_a_playbook_without_a_name_is_told_whom_it_cannot_run(tmp_path: Path) -> None:
    where = folder(tmp_path, a="  - playbook: notifi\n")
    text = (where / "a.yml").read_text().replace("name: a\n", "name: A B\n")
    (where / "a.yml").write_text(text)
    _, faults = read_playbooks([where])
    assert [(fault.line, fault.mend) for fault in faults][1:] == [(7, "did you mean notify?")]


def folder(tmp_path: Path, **files: str) -> Path:
    for name, steps in files.items():
        text = HEAD.format(name=name.replace("_", "-")) + steps
        (tmp_path / f"{name}.yml").write_text(text)
    return tmp_path


def test_a_playbook_of_ones_own_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    loaded = load_playbooks([folder(tmp_path, notify=step("mine"))])
    assert [p.id for p in named(loaded, "notify").parts()] == ["mine"]
    assert {p.name for p in loaded} == {p.name for p in playbooks()}


def test_playbooks_that_run_each_other_are_a_fault_in_each(tmp_path: Path) -> None:
    where = folder(
        tmp_path,
        a="  - playbook: b\n",
        b="  - parallel: [[{playbook: c}]]\n",
        c="  - playbook: a\n",
    )
    _, faults = read_playbooks([where])
    assert [Path(f.path).name for f in faults] == ["a.yml", "b.yml", "c.yml"]
    assert all("without end" in str(fault) for fault in faults)


def test_a_playbook_that_runs_one_that_loops_is_no_fault_of_its_own(tmp_path: Path) -> None:
    _, faults = read_playbooks([folder(tmp_path, a="  - playbook: b\n", b="  - playbook: b\n")])
    assert [Path(f.path).name for f in faults] == ["b.yml"]


def test_a_playbook_that_nobody_wrote_is_a_fault_with_the_nearest_name(tmp_path: Path) -> None:
    _, (fault,) = read_playbooks([folder(tmp_path, a="  - playbook: notifi\n")])
    assert (fault.line, fault.mend) == (7, "did you mean notify?")


def test_two_of_ones_own_with_one_name_are_a_fault(tmp_path: Path) -> None:
    where = folder(tmp_path, a=step())
    (where / "b.yml").write_text((where / "a.yml").read_text())
    _, (fault,) = read_playbooks([where])
    assert "two playbooks are called a" in str(fault)


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    where = folder(tmp_path, a=step())
    assert read_playbooks([where, where / "a.yml"])[1] == []


def test_faults_of_one_file_do_not_hide_those_of_another(tmp_path: Path) -> None:
    where = folder(tmp_path, a=step(verb="kil"), b="  - playbook: nobody\n")
    with pytest.raises(ContentErrors) as raised:
        load_playbooks([where])
    assert [fault.line for fault in raised.value.faults] == [7, 7]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(PathNotFound):
        load_playbooks([tmp_path / "nowhere"])


def test_a_name_that_no_playbook_has_is_said_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean quarantine-agent"):
        named(playbooks(), "quarantine-agents")
