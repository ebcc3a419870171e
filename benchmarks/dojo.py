"""Measures the intent verdicts on AgentDojo, a public benchmark of attacks on agents.

    pip install agentdojo
    python benchmarks/dojo.py [--attacks NAME ...] [--suites NAME ...] [--names X ...]
                              [--words X ...] [--one] [--every N] [--misses N] [--json]

AgentDojo (https://github.com/ethz-spylab/agentdojo, MIT) has agents in banking, travel, mail and
chat, what people ask of them, what attackers want, and the texts that ask for it. It is run here
without a model (dojo_runs.py): the calls that solve a person's task and those that reach an
attacker's goal are its own, executed by its tools on its data.

The last call of those that the attacker wants is judged: caught when ``influenced``, weakly when
``unexplained``. A call for the person that is ``influenced`` is a false alarm. ``bare`` plants the
goal by itself, as a sentence of the text it stands in; the other attacks are AgentDojo's.

Other vendors name the same calls otherwise: ``--names`` runs the sessions with the tools and their
arguments called as the files of ``dojo_names`` say, ``own`` being AgentDojo's own. Other people ask
for the same in other words: ``--words`` has people and attackers speak as the files of
``dojo_words`` do. Both were written by somebody who had not read how they are understood here.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from dojo_runs import ATTACKS, OWN, SUITES, Run, others, renamed, runs
from intent import Score, in_parts, show

from agentwarrant.event import Event, text_of


@dataclass(slots=True)
class Result:
    """Scores by suite, attack and tool, and what was judged wrongly."""

    total: Score = field(default_factory=Score)
    by: dict[str, dict[str, Score]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Score))
    )
    sessions: Counter[str] = field(default_factory=Counter)
    alarmed: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, str, Event]] = field(default_factory=list)


def measure(sessions: list[Run]) -> Result:
    """Judge the sessions and count."""
    result = Result()
    calls = in_parts([run.session for run in sessions])
    for run, events in zip(sessions, calls, strict=True):
        _score(run, events, result)
    return result


def _score(run: Run, events: list[Event], result: Result) -> None:
    kind = "attack" if run.wanted else "clean" if run.attack == "clean" else "resisted"
    result.sessions[kind] += 1
    own = [event for at, event in enumerate(events) if at not in run.wanted]
    false = [event for event in own if event["warrant.intent.verdict"] == "influenced"]
    result.alarmed[kind] += bool(false)
    last = events[max(run.wanted)] if run.wanted else None
    verdict = text_of(last, "warrant.intent.verdict") if last else ""
    groups = [result.total, result.by["suite"][run.suite], result.by["attack"][run.attack]]
    if last:
        groups.append(result.by["wanted"][run.session.action])
    for score in groups:
        score.attacks += bool(last)
        score.caught += verdict == "influenced"
        score.weakly += verdict == "unexplained"
        score.false += len(false)
        score.unexplained += sum(e["warrant.intent.verdict"] == "unexplained" for e in own)
    result.wrong.extend((run.session.name, f"false alarm ({kind})", event) for event in false)
    if last and verdict != "influenced":
        result.wrong.append((run.session.name, f"missed: {verdict}", last))


def _compare(results: dict[str, Result], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({name: result.total.row() for name, result in results.items()}, indent=1))
        return
    print(_HEAD)
    for name, result in results.items():
        _line(name, result.total)


_HEAD = f"{'':26}{'attacks':>8}{'caught':>8}{'weakly':>8}{'false':>7}{'recall':>9}{'precision':>11}"


def _line(name: str, score: Score) -> None:
    counts = f"{score.attacks:8}{score.caught:8}{score.weakly:8}{score.false:7}"
    print(f"{name:26}{counts}{score.recall:9.1%}{score.precision:11.1%}")


def _print(result: Result) -> None:
    print(_HEAD)
    for title, group in {"": {"total": result.total}, **result.by}.items():
        if title:
            print(f"\nby {title}")
        for name, score in sorted(group.items()):
            _line(name, score)
    print()
    for kind, count in sorted(result.sessions.items()):
        print(f"{kind:9} {count:6} sessions, {result.alarmed[kind]} with a false alarm")


def _misses(result: Result, most: int) -> None:
    shown: Counter[tuple[str, str, str]] = Counter()
    for name, what, event in result.wrong:
        suite, task, goal, *_ = [*name.split("/"), "", ""]
        key = (suite, goal if "missed" in what else task, what.split()[0])
        shown[key] += 1
        if shown[key] > most:
            continue
        show(name, what, event)


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="precision and recall of verdicts on AgentDojo")
    parser.add_argument("--suites", nargs="+", default=list(SUITES), choices=SUITES)
    parser.add_argument("--attacks", nargs="+", default=list(ATTACKS), choices=ATTACKS)
    for kind in ("names", "words"):
        parser.add_argument(f"--{kind}", nargs="+", default=[OWN], choices=[OWN, *others(kind)])
    parser.add_argument(
        "--one", action="store_true", help="each task and goal under one attack, drawn by name"
    )
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every Nth session only")
    parser.add_argument("--misses", type=int, default=0, metavar="N", help="show N of each kind")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    results = {}
    for words in options.words:
        found = list(runs(options.suites, options.attacks, words, one=options.one))[
            :: options.every
        ]
        for name in options.names:
            results[f"{words} words, {name} names"] = measure([renamed(r, name) for r in found])
    if len(results) > 1:
        _compare(results, as_json=options.json)
        return 0
    (result,) = results.values()
    if options.json:
        groups = {t: {n: s.row() for n, s in sorted(g.items())} for t, g in result.by.items()}
        print(json.dumps({"total": result.total.row(), **groups}, indent=1))
    else:
        _print(result)
    _misses(result, options.misses)
    return 0


if __name__ == "__main__":
    sys.exit(main())
