"""Measures the intent verdicts on sessions in pairs: an attack, and what looks most like it.

    python benchmarks/intent.py [--unseen | --blind | --blind2 | … | --blind11 | --all]
                                [--json] [--misses]

Writes the sessions of ``intent/*.yml`` as real sources would, reads them with the connectors,
attributes and judges every event, and prints precision and recall in total and by origin, action
class and way of hiding. An attack is caught when its call is ``influenced``, caught weakly when it
is ``unexplained``. A call of a benign session (or another call of an attack) that is
``influenced`` is a false alarm.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from intent_cases import (
    BLIND,
    BLIND2,
    BLIND3,
    BLIND4,
    BLIND5,
    BLIND6,
    BLIND7,
    BLIND8,
    BLIND9,
    BLIND10,
    BLIND11,
    PAIRS,
    UNSEEN,
    Session,
    sessions,
)
from intent_telemetry import conversations, write

from agentwarrant.collect import Collector, load_connectors
from agentwarrant.event import Event, text_of
from agentwarrant.identity import attribute
from agentwarrant.intent.judge import Judge
from agentwarrant.redact import Redactor

SETS = (
    PAIRS, UNSEEN, BLIND, BLIND2, BLIND3, BLIND4, BLIND5, BLIND6, BLIND7, BLIND8, BLIND9, BLIND10,
    BLIND11,
)  # fmt: skip
_KEY = b"the key of the intent benchmark."


@dataclass(slots=True)
class Score:
    """How some pairs were judged."""

    attacks: int = 0
    caught: int = 0
    weakly: int = 0
    false: int = 0
    unexplained: int = 0

    @property
    def recall(self) -> float:
        return self.caught / self.attacks if self.attacks else 1.0

    @property
    def precision(self) -> float:
        return self.caught / (self.caught + self.false) if self.caught else 0.0

    def row(self) -> dict[str, float]:
        counts = {name: getattr(self, name) for name in self.__slots__}
        return {**counts, "recall": round(self.recall, 3), "precision": round(self.precision, 3)}


@dataclass(slots=True)
class Result:
    """The scores in total and by what the pairs are about, and the sessions judged wrongly."""

    total: Score = field(default_factory=Score)
    by: dict[str, dict[str, Score]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Score))
    )
    wrong: list[tuple[str, str, Event]] = field(default_factory=list)

    def scores(self, session: Session) -> Iterator[Score]:
        yield self.total
        for name in ("origin", "action", "hiding", "domain"):
            yield self.by[name][getattr(session, name)]


def judged(listed: list[Session]) -> dict[str, list[Event]]:
    """Return the judged tool calls of every session, by its name, in order of time."""
    owner = {one: session.name for session in listed for one in conversations(session)}
    calls: dict[str, list[Event]] = {session.name: [] for session in listed}
    with tempfile.TemporaryDirectory() as folder:
        write(listed, Path(folder))
        collector, judge = Collector(load_connectors(Redactor(_KEY))), Judge()
        for event in collector.events([Path(folder)]):
            name = owner[text_of(event, "gen_ai.conversation.id")]
            # Agents have the same names in many pairs: each session is a tenant of its own.
            done = judge.judge({**attribute(event), "organization.id": name})
            if done["event.action"] == "tool_call":
                calls[name].append(done)
    return calls


def in_parts(listed: list[Session], at_once: int = 400) -> Iterator[list[Event]]:
    """Yield the judged tool calls of each session, in their order, few sessions at a time."""
    for at in range(0, len(listed), at_once):
        part = listed[at : at + at_once]
        calls = judged(part)
        yield from (calls[session.name] for session in part)


def measure(home: Path = PAIRS) -> Result:
    """Judge a whole suite."""
    listed = list(sessions(home))
    calls, result = judged(listed), Result()
    for session in listed:
        _score(session, calls[session.name], result)
    return result


def _score(session: Session, events: list[Event], result: Result) -> None:
    *others, last = events
    if text_of(last, "gen_ai.tool.name") != session.call[0]:
        raise LookupError(f"{session.name}: the last call is {last['gen_ai.tool.name']}")
    verdict = text_of(last, "warrant.intent.verdict")
    false = [e for e in others if e["warrant.intent.verdict"] == "influenced"]
    if session.attack and session.before:
        false = []  # what was read in the session before led to what it wrote down
    if not session.attack and verdict == "influenced":
        false.append(last)
    for score in result.scores(session):
        score.false += len(false)
        if session.attack:
            score.attacks += 1
            score.caught += verdict == "influenced"
            score.weakly += verdict == "unexplained"
        else:
            score.unexplained += verdict == "unexplained"
    result.wrong.extend((session.name, "false alarm", event) for event in false)
    if session.attack and verdict != "influenced":
        result.wrong.append((session.name, f"missed: {verdict}", last))
    elif verdict == "unexplained":
        result.wrong.append((session.name, "unexplained", last))


_HEAD = f"{'':22}{'attacks':>8}{'caught':>8}{'weakly':>8}{'false':>7}{'recall':>9}{'precision':>11}"


def _line(name: str, score: Score) -> None:
    counts = f"{score.attacks:8}{score.caught:8}{score.weakly:8}{score.false:7}"
    print(f"{name:22}{counts}{score.recall:9.1%}{score.precision:11.1%}")


def _print(result: Result) -> None:
    print(_HEAD)
    _line("total", result.total)
    for title, group in result.by.items():
        print(f"\nby {title}")
        for name, score in sorted(group.items()):
            _line(f"  {name}", score)
    benign = f"{result.total.unexplained} of as many benign sessions end in an unexplained call"
    print(f"\n{benign}")


def _misses(result: Result) -> None:
    for name, what, event in result.wrong:
        show(name, what, event)


def show(name: str, what: str, event: Event) -> None:
    """Print what was judged wrongly, and why it was judged so."""
    print(f"\n{name}: {what}: {event['warrant.tool.class']}")
    print(f"  {text_of(event, 'warrant.arguments.text')[:160]}")
    for reason in event.get("warrant.intent.reasons", []):  # type: ignore[union-attr]  # a list
        print(f"  {reason}")


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="precision and recall of intent verdicts")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--unseen", action="store_true", help="the pairs of another writer")
    which.add_argument(
        "--blind", action="store_true", help="the pairs whose misses were never seen"
    )
    which.add_argument(
        "--blind2", action="store_true", help="the pairs of a writer who had not read the judge"
    )
    which.add_argument("--blind3", action="store_true", help="the pairs of a third writer")
    which.add_argument(
        "--blind4", action="store_true", help="the pairs of a fourth writer, after the last tuning"
    )
    which.add_argument(
        "--blind5", action="store_true", help="the pairs of a fifth writer, after that of blind4"
    )
    which.add_argument(
        "--blind6", action="store_true", help="the pairs of a sixth writer, after that of blind5"
    )
    which.add_argument("--blind7", action="store_true", help="the pairs of a seventh writer")
    which.add_argument("--blind8", action="store_true", help="the pairs of an eighth writer")
    which.add_argument("--blind9", action="store_true", help="the pairs of a ninth writer")
    which.add_argument("--blind10", action="store_true", help="the pairs of a tenth writer")
    which.add_argument("--blind11", action="store_true", help="agents that code and operate")
    which.add_argument("--all", action="store_true", help="one line for each of the sets")
    parser.add_argument("--misses", action="store_true", help="show what was judged wrongly")
    options = parser.parse_args()
    if options.all:
        print(_HEAD)
        for home in SETS:
            _line(home.name, measure(home).total)
        return 0
    chosen = [
        (options.unseen, UNSEEN),
        (options.blind, BLIND),
        (options.blind2, BLIND2),
        (options.blind3, BLIND3),
        (options.blind4, BLIND4),
        (options.blind5, BLIND5),
        (options.blind6, BLIND6),
        (options.blind7, BLIND7),
        (options.blind8, BLIND8),
        (options.blind9, BLIND9),
        (options.blind10, BLIND10),
        (options.blind11, BLIND11),
    ]
    result = measure(next((home for wanted, home in chosen if wanted), PAIRS))
    if options.json:
        groups = {t: {n: s.row() for n, s in sorted(g.items())} for t, g in result.by.items()}
        print(json.dumps({"total": result.total.row(), **groups}, indent=1))
    else:
        _print(result)
    if options.misses:
        _misses(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
