"""Our engine and an independent one give the same answers, on rules written and rules drawn.

``AGENTWARRANT_EXAMPLES=N`` draws N examples for each property instead of a few.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentwarrant.rules.correlation.correlator import Correlator
from agentwarrant.rules.load import load_text
from agentwarrant.rules.matcher import Matcher

from . import strategies, streams
from .differences import Item, excused, excused_alerts, items_of
from .fitting import events_of, nested
from .oracle import Event, oracle_alerts, oracle_hits

pytestmark = pytest.mark.once

EXAMPLES = int(os.environ.get("AGENTWARRANT_EXAMPLES") or 0)
RULES = Path(__file__).parent / "rules"
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(RULES.glob("*.yml"))}
TOGETHER = [name for name, text in TEXTS.items() if "\ncorrelation:\n" in text]
SINGLE = [name for name in TEXTS if name not in TOGETHER]

PIPELINE = """
name: The placeholders of the written rules
priority: 10
vars:
    administrators: [root, Administrator, "svc-*"]
    tools: [psexec, nc]
transformations:
    - type: value_placeholders
"""


def drawn(few: int) -> settings:
    """Return how many examples are drawn: few, unless many are asked for."""
    return settings(max_examples=EXAMPLES or few, suppress_health_check=list(HealthCheck))


def documents_of(text: str) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(text) if document]


# Single events ----------------------------------------------------------------------------------


def our_hits(
    text: str, events: Sequence[Event], pipelines: Sequence[Path] = ()
) -> dict[str, dict[str, set[int]]]:
    """Return our answers, as the oracle gives its own, for an event in each of its forms."""
    rules = [rule for rule in load_text(text, pipelines=pipelines) if rule.tree is not None]
    found = {}
    for form, after in (("flat", 0), ("flat", len(events)), ("dotted", 0), ("nested", 0)):
        matcher = Matcher(rules, after)
        answers: dict[str, set[int]] = {rule.id: set() for rule in rules}
        for index, event in enumerate(events):
            for rule in asked(matcher, form, event):
                answers[rule.id].add(index)
        found[f"{form} {after}"] = answers
    return found


def asked(matcher: Matcher, form: str, event: Event) -> Iterable[Any]:
    if form == "flat":
        return matcher.hits(event)
    return matcher.line(orjson.dumps(nested(event) if form == "nested" else event))


def items_by_rule(text: str) -> dict[str, list[Item]]:
    """Return the items that each rule of a text reads, those of the filters among them."""
    documents = documents_of(text)
    filters = [item for d in documents if "filter" in d for item in items_of(d)]
    return {d["id"]: [*items_of(d), *filters] for d in documents if "detection" in d}


def disagreements(
    text: str,
    events: Sequence[Event],
    theirs: dict[str, set[int]],
    ours: dict[str, dict[str, set[int]]],
) -> tuple[list[str], Counter[str]]:
    """Return every pair of rule and event that is answered differently, and those excused."""
    wrong: list[str] = []
    known: Counter[str] = Counter()
    for identity, items in items_by_rule(text).items():
        for form, answers in ours.items():
            for index in sorted(theirs[identity] ^ answers[identity]):
                if reason := excused(items, events[index]):
                    known[reason] += 1
                    continue
                who = "ours only" if index in answers[identity] else "the oracle only"
                wrong.append(f"{identity} matches, {who}, {form}: {dict(events[index])!r}")
    return wrong, known


@cache
def written_hits(name: str) -> tuple[list[Event], dict[str, set[int]]]:
    filled = TEXTS[name].replace("%administrators%", "root").replace("%tools%", "nc")
    events: list[Event] = [*events_of(documents_of(filled))]
    return events, oracle_hits(TEXTS[name], events, PIPELINE)


@pytest.fixture(scope="module")
def pipelines(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    path = tmp_path_factory.mktemp("pipelines") / "placeholders.yml"
    path.write_text(PIPELINE, encoding="utf-8")
    return [path]


@pytest.mark.parametrize("name", SINGLE)
def test_written_rules_match_the_same_events(name: str, pipelines: list[Path]) -> None:
    events, theirs = written_hits(name)
    ours = our_hits(TEXTS[name], events, pipelines)
    wrong, known = disagreements(TEXTS[name], events, theirs, ours)
    assert wrong == []
    assert known.total() <= 0.05 * len(events) * len(theirs) * len(ours), known


@pytest.mark.parametrize("name", SINGLE)
def test_every_written_rule_matches_something_and_misses_something(name: str) -> None:
    events, theirs = written_hits(name)
    titles = {d["id"]: d["title"] for d in documents_of(TEXTS[name])}
    empty = [titles[i] for i, found in theirs.items() if not 0 < len(found) < len(events)]
    assert [title for title in empty if title != "A contradiction"] == []


@drawn(100)
@given(strategies.cases())
def test_drawn_rules_match_the_same_events(case: tuple[str, list[Event]]) -> None:
    text, events = case
    wrong, _ = disagreements(text, events, oracle_hits(text, events), our_hits(text, events))
    assert wrong == []


# Correlations -----------------------------------------------------------------------------------

Ends = dict[tuple[tuple[Any, ...], int], set[int]]
"""Group and end of an alert, to the times of its evidence."""


def our_alerts(text: str, events: Sequence[Event], lateness_ms: int = 0) -> dict[str, Ends]:
    """Return our matches by correlation, those that only others read left out."""
    rules = load_text(text)
    matcher = Matcher([rule for rule in rules if rule.tree is not None])
    correlator = Correlator(rules, lateness_ms=lateness_ms)
    matches = []
    for event in events:
        given = {name: value for name, value in event.items() if name != "timestamp"}
        hits = [rule.id for rule in matcher.hits(given)]
        matches += correlator.feed(given, hits, event["timestamp"])
    matches += correlator.close()
    found: dict[str, Ends] = {rule.id: {} for rule in rules if rule.correlation and rule.alerts}
    for match in matches:
        evidence = {time for time, position in match.steps if position >= 0}
        found[match.rule.id].setdefault((match.key[1:], match.time_ms), set()).update(evidence)
    return found


def their_alerts(text: str, events: Sequence[Event]) -> dict[str, Ends]:
    """Return the oracle's alerts by correlation."""
    found: dict[str, Ends] = {}
    for identity, alerts in oracle_alerts(text, events).items():
        ends = found[identity] = {}
        for group, time, indexes in alerts:
            evidence = {events[index]["timestamp"] for index in indexes}
            ends.setdefault((group, time), set()).update(evidence)
    return found


def same(text: str, events: Sequence[Event]) -> list[str]:
    """Return every alert that one engine gives and the other does not."""
    return unlike(text, events, our_alerts(text, events), their_alerts(text, events))


def unlike(
    text: str, events: Sequence[Event], ours: dict[str, Ends], theirs: dict[str, Ends]
) -> list[str]:
    documents = documents_of(text)
    return [
        f"{identity}: {fault}"
        for identity, ends in ours.items()
        for fault in faults(ends, theirs[identity], reads_events_alone(identity, documents))
        if not excused_alerts(identity, documents, events)
    ]


def faults(ours: Ends, theirs: Ends, compare_evidence: bool) -> Iterable[str]:
    """Yield how the alerts of one correlation differ.

    Our evidence is the least that decides (the last N of a count); the oracle's is everything in
    the window, so ours must be among it.
    """
    for end in sorted(ours.keys() ^ theirs.keys()):
        yield f"{'ours' if end in ours else 'the oracle'} only {end!r}"
    for end in ours.keys() & theirs.keys() if compare_evidence else ():
        if not ours[end] <= theirs[end]:
            yield f"{end!r} rests on {ours[end]!r}, not on {theirs[end]!r}"


def reads_events_alone(identity: str, documents: Sequence[dict[str, Any]]) -> bool:
    """Is the evidence of a correlation comparable: of events, and not one sequence of several?"""
    given = next(d["correlation"] for d in documents if d.get("id") == identity)
    inner = {d.get(k) for d in documents if "correlation" in d for k in ("id", "name")}
    return given["type"] != "temporal_ordered" and not inner & {*given["rules"]}


@cache
def actions_of(name: str) -> tuple[str, ...]:
    """Return the actions that the base rules of a file are about."""
    found = [d["detection"]["selection"] for d in documents_of(TEXTS[name]) if "detection" in d]
    return tuple(selection["event.action"] for selection in found)


@cache
def written_stream(name: str, least: int = 0) -> list[Event]:
    """Return one long stream in which every written correlation of a file finds something.

    Args:
        least: Between two events, in milliseconds; 0 makes some times equal.
    """
    chance = random.Random(4)  # noqa: S311 # the same stream every time, and nobody's secret
    time = streams.BEGIN
    found: list[Event] = []
    for _ in range(220):
        gaps = streams.GAPS[:8] if chance.random() < 0.8 else streams.GAPS
        time += max(least, chance.choice(gaps))
        event = {field: chance.choice(values) for field, values in streams.VALUES.items()}
        event["event.action"] = chance.choice(actions_of(name))
        if chance.random() < 0.1:
            del event[chance.choice(list(event))]
        found.append({**event, "timestamp": time})
    return found


@cache
def written_alerts(name: str, least: int = 0) -> dict[str, Ends]:
    return their_alerts(TEXTS[name], written_stream(name, least))


@pytest.mark.parametrize("name", TOGETHER)
@pytest.mark.parametrize("least", [0, 125], ids=["equal times", "distinct times"])
def test_written_correlations_find_the_same_in_a_long_stream(name: str, least: int) -> None:
    text, events = TEXTS[name], written_stream(name, least)
    assert unlike(text, events, our_alerts(text, events), written_alerts(name, least)) == []


@pytest.mark.parametrize("name", TOGETHER)
def test_every_written_correlation_finds_something(name: str) -> None:
    titles = {d["id"]: d["title"] for d in documents_of(TEXTS[name])}
    assert [titles[i] for i, ends in written_alerts(name).items() if not ends] == []


@pytest.mark.parametrize("name", TOGETHER)
@drawn(8)
@given(data=st.data())
def test_written_correlations_find_the_same_in_drawn_streams(
    name: str, data: st.DataObject
) -> None:
    events = data.draw(streams.streams_of(actions_of(name)))
    assert same(TEXTS[name], events) == []


@drawn(100)
@given(streams.correlations(), streams.streams)
def test_drawn_correlations_find_the_same(text: str, events: list[Event]) -> None:
    assert same(text, events) == []


@drawn(50)
@given(streams.correlations(), streams.streams, st.data())
def test_events_that_arrive_late_change_nothing(
    text: str, events: list[Event], data: st.DataObject
) -> None:
    late = data.draw(st.lists(st.integers(0, 5), min_size=len(events), max_size=len(events)))
    order = sorted(range(len(events)), key=lambda n: events[n]["timestamp"] + 1000 * late[n])
    arriving = [events[n] for n in order]
    ours = our_alerts(text, arriving, lateness_ms=5000)
    assert unlike(text, events, ours, their_alerts(text, events)) == []
