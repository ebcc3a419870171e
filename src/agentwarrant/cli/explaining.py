"""Explains rules over files of events: which events came in, what kept the others out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from agentwarrant.engine import Engine
from agentwarrant.errors import NothingReadable, UsageError
from agentwarrant.event import text_of
from agentwarrant.finding import Finding
from agentwarrant.inputs import DeadLetter
from agentwarrant.jsonlines import mended
from agentwarrant.rules.explain import Explainer
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.model import Correlation, Rule
from agentwarrant.rules.nested import View
from agentwarrant.scan import Scan
from agentwarrant.streams import Unread, event_lines

_GROUPS = 10


def rules_named(name: str, pipelines: Sequence[Path]) -> tuple[list[Rule], list[Rule]]:
    """Return the rules that a name stands for, and all that they may refer to.

    Args:
        name: A file or folder, or the id, short id, name or title of a shipped rule.
        pipelines: For the rules of a file.

    Raises:
        UsageError: Nothing is called so.
        ContentErrors: The file is faulty.
    """
    if Path(name).exists():
        known = load_rules([Path(name)], pack=False, foreign=True, pipelines=pipelines)
        return [rule for rule in known if rule.alerts] or known, known
    known = load_rules()
    found = [r for r in known if name in (r.id, r.short_id, r.name, r.title)]
    if not found:
        raise UsageError(
            f"no rule is called {name!r}", mend="name a rule file, or an id of rules list"
        )
    return found, known


def explained(
    rule: Rule, known: Sequence[Rule], paths: Sequence[Path], *, logs: bool, limit: int, only: str
) -> Iterator[str]:
    """Yield lines that say what a rule made of events.

    Args:
        rule: The rule.
        known: The set it is of.
        paths: Files and folders of events.
        logs: They are agents' own logs.
        limit: Events shown.
        only: ``matched`` or ``missed``; empty for both.

    Raises:
        PathNotFound, NothingReadable: Of the paths.
    """
    yield f"{rule.title} ({rule.short_id})"
    if rule.correlation is not None:
        yield from _correlation(rule, rule.correlation, known, paths, logs)
        return
    explainer = Explainer(rule)
    matched = events = shown = 0
    for place, event in _events(paths, logs):
        events += 1
        found = explainer.explain(event)
        matched += found.matched
        if shown >= limit or only == ("missed" if found.matched else "matched"):
            continue
        shown += 1
        yield f"{place}: {'matched' if found.matched else 'did not match'}"
        for name, holds in found.selections.items():
            yield f"    {'+' if holds else '-'} {name}"
        word = "because" if found.matched else "kept out by"
        for test in found.because:
            state = "" if test.holds == found.matched else ", which is so" if test.holds else ""
            yield f"    {word}: {test}{state}"
    yield f"{matched:,} of {events:,} events matched"


def _events(paths: Sequence[Path], logs: bool) -> Iterator[tuple[str, Any]]:
    if logs:
        for event in Scan.over(()).events(paths):
            yield f"{text_of(event, 'log.file.path')} {text_of(event, '@timestamp')}", event
        return
    unread: Unread = []
    any_read = False
    for name, number, line in event_lines(paths, _nowhere, unread):
        try:
            document = orjson.loads(line)
        except ValueError:
            better = mended(line)
            if isinstance(better, str):
                continue
            document = orjson.loads(better)
        any_read = True
        yield f"{name}:{number}", View(document)
    if not any_read:
        path, reason = unread[0] if unread else ("", "there is no JSON object")
        raise NothingReadable(f"nothing could be read: {reason}", where=path)


def _nowhere(_letter: DeadLetter) -> None:
    """What is no event cannot be explained; ``rules run`` names it."""


def _correlation(
    rule: Rule, wanted: Correlation, known: Sequence[Rule], paths: Sequence[Path], logs: bool
) -> Iterator[str]:
    """Say what a correlation read, group by group, and whether it was enough."""
    names = {r.id: r.name for r in known}
    alone = [r for r in known if r.correlation is None or r.id == rule.id or r.id in wanted.rules]
    engine = Engine(alone)
    read: Counter[str] = Counter()
    lacking: Counter[str] = Counter()
    groups: dict[tuple[str, ...], list[str]] = {}
    fired: list[Finding] = []
    for place, event in _events(paths, logs):
        line = orjson.dumps(event.document if isinstance(event, View) else event)
        fired += engine.feed(line, place, 1)
        for hit in engine.matches(line):
            if hit.id not in wanted.rules:
                continue
            read[hit.id] += 1
            values = [event.get(_aliased(wanted, name, hit.id)) for name in wanted.group_by]
            absent = [n for n, v in zip(wanted.group_by, values, strict=True) if v is None]
            lacking.update(absent)
            if not absent and (len(groups) < _GROUPS or tuple(map(str, values)) in groups):
                groups.setdefault(tuple(map(str, values)), []).append(f"{place} {hit.name}")
    fired += engine.close()
    times = [text_of(f.event, "@timestamp") for f in fired if f.event["rule.id"] == rule.id]
    for identity in wanted.rules:
        yield f"    {read[identity]:,} events matched {names.get(identity, identity)}"
    for name, count in lacking.items():
        yield f"    {count:,} of them have no {name}, by which the rule groups"
    for group, hits in groups.items():
        yield f"    group {', '.join(group) or '(all)'}: {len(hits):,} events"
        yield from (f"        {hit}" for hit in hits[:_GROUPS])
    needed = f"{wanted.kind} {wanted.op} {wanted.threshold:g} within {wanted.window_ms / 1000:g} s"
    yield f"    needed: {needed}"
    yield f"fired: {', '.join(times)}" if times else "did not fire"


def _aliased(wanted: Correlation, name: str, identity: str) -> str:
    return wanted.aliases.get(name, {}).get(identity, name)
