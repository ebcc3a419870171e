"""Any JSON events, any Sigma rules: events in, findings out, and what was let go is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from agentwarrant import engine, schema
from agentwarrant.engine import TIME_FIELDS, Engine
from agentwarrant.errors import ContentErrors, PathNotFound
from agentwarrant.event import iso_from_ms
from agentwarrant.finding import Finding
from agentwarrant.rules.load import load_text

BASE = {
    "title": "Denied",
    "id": "11111111-1111-4111-8111-111111111111",
    "name": "denied",
    "logsource": {"product": "any"},
    "detection": {"s": {"outcome": "denied"}, "condition": "s"},
    "level": "low",
}
START = 1_750_000_000_000


def correlation(**parts: Any) -> dict[str, Any]:
    given = {
        "type": "event_count",
        "rules": ["denied"],
        "group-by": ["user.name"],
        "timespan": "1m",
        "condition": {"gte": 3},
        **parts,
    }
    return {
        "title": "Many denied",
        "id": "22222222-2222-4222-8222-222222222222",
        "correlation": given,
        "level": "high",
    }


def engine_of(*documents: dict[str, Any], **options: Any) -> Engine:
    return Engine(load_text("\n---\n".join(map(json.dumps, documents))), **options)


def denied(second: float, user: str = "eve", **more: Any) -> dict[str, Any]:
    time = iso_from_ms(START + second * 1000)
    return {"@timestamp": time, "outcome": "denied", "user": {"name": user}, **more}


def found(one: Engine, *events: Any) -> list[Finding]:
    findings = list(one.run(events))
    for finding in findings:
        assert schema.finding_problems(finding.event) == []
    return findings


def titles(findings: list[Finding]) -> list[Any]:
    return [finding.event["rule.name"] for finding in findings]


def test_an_event_that_matches_is_a_finding_with_its_evidence() -> None:
    (one,) = found(engine_of(BASE), denied(0, gen_ai={"agent": {"id": "a1"}}), {"outcome": "ok"})
    assert one.event["rule.name"] == "Denied"
    assert one.event["@timestamp"] == iso_from_ms(START)
    assert one.event["warrant.finding.severity"] == "low"
    assert one.event["warrant.finding.matched"] == ["s: outcome is denied (denied)"]
    assert one.event["gen_ai.agent.id"] == "a1"
    assert one.evidence[0]["user.name"] == "eve"


@pytest.mark.parametrize("given", ["mapping", "text", "bytes", "dotted"])
def test_an_event_may_be_given_in_any_form(given: str) -> None:
    event = denied(0)
    if given == "dotted":
        event = {"@timestamp": event["@timestamp"], "outcome": "denied", "user.name": "eve"}
    text = json.dumps(event)
    form: Any = {"text": f" {text}\n", "bytes": text.encode() + b"\r\n"}.get(given, event)
    one = engine_of(BASE)
    assert [rule.title for rule in one.matches(form)] == ["Denied"]
    assert [f.evidence[0]["user.name"] for f in found(one, form)] == ["eve"]


def test_an_id_that_an_event_has_is_kept() -> None:
    ids: list[dict[str, Any]] = [{"event": {"id": "own-1"}}, {"event.id": "own-2"}, {"event.id": 7}]
    findings = found(engine_of(BASE), *(denied(n, **given) for n, given in enumerate(ids)))
    assert [f.event["warrant.finding.events"] for f in findings] == [["own-1"], ["own-2"], ["7"]]


def test_an_event_without_an_id_gets_one_of_its_place_and_its_content() -> None:
    one, same = (found(engine_of(BASE), denied(0), denied(0), denied(1)) for _ in range(2))
    ids = [f.evidence[0]["event.id"] for f in one]
    assert len(set(map(str, ids))) == 3
    assert ids == [f.evidence[0]["event.id"] for f in same]
    assert [f.id for f in one] == [f.id for f in same]


TIMES = ("2025-06-15T15:06:40Z", "2025-06-15T17:06:40.000+02:00", 1_750_000_000, 1_750_000_000_000,
         "1750000000", 1_750_000_000_000_000, 1_750_000_000.0)  # fmt: skip


@pytest.mark.parametrize("name", TIME_FIELDS)
@pytest.mark.parametrize("time", TIMES)
def test_a_time_is_found_in_many_fields_and_forms(name: str, time: Any) -> None:
    nested: dict[str, Any] = {}
    place = nested
    *above, last = name.split(".")
    for part in above:
        place = place.setdefault(part, {})
    place[last] = time
    for event in ({"outcome": "denied", name: time}, {"outcome": "denied", **nested}):
        (one,) = found(engine_of(BASE), event)
        assert one.event["@timestamp"] == one.evidence[0]["@timestamp"] == iso_from_ms(START)


def test_the_first_field_that_is_a_time_is_taken() -> None:
    event = {
        "outcome": "denied",
        "@timestamp": "soon",
        "time": True,
        "ts": START,
        "date": START + 5,
    }
    (one,) = found(engine_of(BASE), event)
    assert one.event["@timestamp"] == iso_from_ms(START)


def test_the_field_of_the_time_may_be_named() -> None:
    one = engine_of(BASE, time_field="seen.at")
    (finding,) = found(one, {"outcome": "denied", "@timestamp": 1, "seen": {"at": START}})
    assert finding.event["@timestamp"] == iso_from_ms(START)


TIMELESS: tuple[Any, ...] = (None, "x", [])


def test_events_without_a_time_match_are_not_correlated_and_are_counted() -> None:
    one = engine_of(BASE, correlation(generate=True))
    timeless: list[dict[str, Any]] = [
        {"outcome": "denied", "user.name": "eve", "time": value} for value in TIMELESS
    ]
    assert titles(found(one, denied(0), *timeless)) == ["Denied"] * 4
    assert one.tally.untimed == 3
    (note,) = one.notes()
    assert note.startswith("3 events have no time")


def test_broken_lines_are_dead_letters_and_the_rest_goes_on() -> None:
    good = orjson.dumps(denied(0))
    broken = [b"{", b"[1]", b"null", b'{"outcome":"denied"', b"\x00", b'{"outcome":"\xff"}']
    one = engine_of(BASE)
    stream = [good, *broken, b"", b"  ", good]
    assert len(list(one.run(stream, "some.jsonl"))) == 2
    assert (one.tally.events, one.tally.dead) == (2, 6)
    letters = one.tally.dead_letters
    assert [letter.line for letter in letters] == [2, 3, 4, 5, 6, 7]
    assert all(letter.path == "some.jsonl" and letter.reason for letter in letters)


def test_dead_letters_are_bounded_and_their_count_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_MAX_LETTERS", 3)
    one = engine_of(BASE)
    assert list(one.run([b"{"] * 10)) == []
    assert (one.tally.dead, len(one.tally.dead_letters)) == (10, 3)


def test_half_a_character_is_mended() -> None:
    line = b'{"outcome":"denied","user":{"name":"\\ud83d"},"@timestamp":1750000000}'
    (one,) = found(engine_of(BASE), line)
    assert one.evidence[0]["user.name"] == "?"


def test_what_is_no_object_does_not_match_and_is_an_error() -> None:
    for given in (b"[]", "null", b"{"):
        with pytest.raises(ValueError):  # noqa: PT011  # every decoder says it in its own way
            engine_of(BASE).matches(given)


def test_every_event_of_a_single_rule_is_a_finding() -> None:
    assert len(found(engine_of(BASE), *(denied(n / 10) for n in range(50)))) == 50


def test_a_burst_of_a_correlation_is_one_finding() -> None:
    one = engine_of(BASE, correlation())
    burst = [denied(second) for second in range(40)]
    later = [denied(1000 + second) for second in range(3)]
    others = [denied(second, "bob") for second in range(2)]
    (first, second) = found(one, *burst, *others, *later)
    assert first.event["warrant.finding.count"] == 38
    assert second.event["warrant.finding.count"] == 1
    assert [event["user.name"] for event in second.evidence] == ["eve"] * 3


def test_groups_fire_apart() -> None:
    stream = [denied(n, "eve" if n % 2 else "bob") for n in range(6)]
    findings = found(engine_of(BASE, correlation()), *stream)
    assert {str(f.evidence[0]["user.name"]) for f in findings} == {"eve", "bob"}


@pytest.mark.parametrize(("generate", "expected"), [(True, ["Denied"] * 3), (False, [])])
def test_what_a_correlation_reads_is_told_only_if_it_says_so(
    generate: bool, expected: list[str]
) -> None:
    one = engine_of(BASE, correlation(generate=generate))
    assert sorted(titles(found(one, *map(denied, range(3))))) == [*expected, "Many denied"]


def test_events_may_come_as_late_as_is_allowed() -> None:
    stream = [denied(100), denied(5), denied(0), denied(10)]
    assert len(found(engine_of(BASE, correlation(), lateness_ms=200_000), *stream)) == 1
    strict = engine_of(BASE, correlation(), lateness_ms=0)
    assert found(strict, *stream) == []
    (note,) = strict.notes()
    assert note.startswith("3 events of the rule denied came too late to be correlated; a burst or")
    assert "sorted by time, or with a longer --lateness" in note


def test_what_came_too_late_for_many_rules_is_one_line() -> None:
    several = [
        {**BASE, "id": f"3{n}111111-1111-4111-8111-111111111111", "name": f"denied{n}"}
        for n in range(5)
    ]
    names = [rule["name"] for rule in several]
    strict = engine_of(*several, correlation(rules=names), lateness_ms=0)
    assert found(strict, denied(100), denied(5)) == []
    assert list(strict.notes()) == [
        "5 matches came too late to be correlated: denied0 1, denied1 1, denied2 1 and 2 more"
        " rules; a burst or sequence with them may be missed: run over the events again"
        " sorted by time, or with a longer --lateness (rules run)"
    ]


def test_a_time_far_ahead_does_not_silence_what_comes_after() -> None:
    ahead = denied(0) | {"@timestamp": "2222-01-01T00:00:00Z"}
    one = engine_of(BASE, correlation())
    assert titles(found(one, denied(0), ahead, denied(1), ahead, denied(2))) == ["Many denied"]
    assert [note for note in one.notes() if "far from all others" in note]


def test_a_stream_that_goes_on_years_later_is_believed() -> None:
    ahead = [
        denied(n) | {"@timestamp": iso_from_ms(7_952_342_400_000 + n * 900)} for n in range(30)
    ]
    assert titles(found(engine_of(BASE, correlation()), denied(0), *ahead)) == ["Many denied"]


def test_a_tenant_is_named_where_an_event_names_none() -> None:
    one = engine_of(BASE, tenant="acme")
    findings = found(one, denied(0), denied(1, organization={"id": "theirs"}))
    assert [f.event["organization.id"] for f in findings] == ["acme", "theirs"]


def test_findings_that_are_still_open_close_with_the_stream() -> None:
    one = engine_of(BASE, correlation())
    lines = [orjson.dumps(denied(n)) for n in range(3)]
    assert [f for n, line in enumerate(lines, 1) for f in one.feed(line, "a.jsonl", n)] == []
    (finding,) = one.close()
    assert finding.event["log.file.path"] == "a.jsonl"


def test_an_engine_loads_files(tmp_path: Path) -> None:
    path = tmp_path / "rule.yml"
    path.write_text(json.dumps(BASE))
    for cache in (None, tmp_path / "kept", tmp_path / "kept"):
        one = Engine.load([path], cache=cache, tenant="acme")
        assert titles(found(one, denied(0))) == ["Denied"]
    path.write_text("title: [")
    with pytest.raises(ContentErrors):
        Engine.load([path])
    with pytest.raises(PathNotFound):
        Engine.load([tmp_path / "gone"])


GOOD = b'{"outcome":"denied","@timestamp":1750000000}'


@pytest.mark.parametrize(
    ("event", "matched"),
    [
        (b'{"outcome":"denied","b":"\xff"}', 0),
        (b'{"outcome":"denied","b":1e999}', 0),
        (b'{"outcome":"denied","time":"1960-01-01T00:00:00Z"}', 1),
        (b'{"outcome":"denied","time":"0001-01-01T00:00:00Z"}', 1),
        ({"outcome": "denied", "b": 2**70}, 1),
        ({"outcome": "denied", "b": "\ud800"}, 1),
        (b'{"outcome":"denied","time":-5}', 1),
        (b'{"outcome":"denied","time":"9999-12-31T23:59:59-10:00"}', 1),
        (b'{"outcome":"denied","b":' + b"[" * 1100 + b"]" * 1100 + b"}", 0),
        ({"outcome": "denied", 5: {1, 2}}, 1),
    ],
)
def test_one_strange_event_does_not_end_the_stream(event: Any, matched: int) -> None:
    one = engine_of(BASE)
    assert len(list(one.run([event, GOOD]))) == matched + 1
    assert one.tally.dead == 1 - matched


def test_fields_of_other_meaning_do_not_make_a_finding_invalid() -> None:
    strange: dict[str, Any] = {
        "event.module": 5,
        "host.name": ["a", "b"],
        "warrant.origin": "theirs",
    }
    assert len(found(engine_of(BASE), denied(0, **strange))) == 1


def test_a_secret_in_a_value_that_matched_is_not_quoted() -> None:
    key = "AKIA" + "QYLPMN5HHHFPZAM2"
    made = engine_of({**BASE, "detection": {"s": {"text|contains": "aws"}, "condition": "s"}})
    (one,) = made.run([{"text": f"aws configure set aws_access_key_id {key}"}])
    assert key not in str(one.event)
    assert "REDACTED" in str(one.event["warrant.finding.matched"])
