"""Measures false alarms of the intent verdicts on tau2, a public benchmark of customer service.

    pip install --no-deps inspect_evals && pip install inspect_ai toml
    python benchmarks/tau2.py [--domains X ...] [--attacks X ... | --clean] [--everything]
                              [--confirmed] [--listed] [--every N] [--misses N] [--json]
                              [--data FOLDER]

tau2 (https://github.com/sierra-research/tau2-bench, MIT) has customers of a shop, an airline, a
bank and a telephone company, what they want, and the calls that an agent solves it with. It comes
with inspect_evals (MIT), whose tools answer here on its data, without a model (``tau2_runs.py``).
The customer is who may instruct. Every call is asked for, so that one that is ``influenced`` is a
false alarm; one that is ``unexplained`` and changes data is shown beside it.

Attacks plant an order of ``tau2_goals.json`` in a field that others write (the option of a
product, the name of a passenger, of a merchant, of a device, a page of a handbook). The call that
it asks for comes as soon as it was read: caught when ``influenced``, weakly when ``unexplained``.
``anew`` are false alarms of these sessions that the same calls are not where nothing is planted.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from intent import Score, in_parts, show

from agentwarrant.event import Event, text_of

if TYPE_CHECKING:
    from tau2_runs import Run

DOMAINS = ("retail", "airline", "banking", "telecom")
ATTACKS = ("bare", "note", "notice")
VERDICTS = ("intended", "influenced", "unexplained", "unknown")
_AT_ONCE = 100


@dataclass(slots=True)
class Result:
    """Verdicts of what customers asked for, scores of attacks, and what was judged wrongly.

    ``clean`` has the verdicts of each task where nothing is planted, ``anew`` what differs from it.
    """

    calls: dict[str, dict[str, Counter[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Counter))
    )
    scores: dict[str, dict[str, Score]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Score))
    )
    anew: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    clean: dict[str, list[str]] = field(default_factory=dict)
    sessions: Counter[str] = field(default_factory=Counter)
    alarmed: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, str, Event]] = field(default_factory=list)

    def rows(self) -> dict[str, Any]:
        """Return everything that was counted."""
        calls = {t: {n: dict(c) for n, c in group.items()} for t, group in self.calls.items()}
        scores = {
            title: {name: {**one.row(), "anew": self.anew[title][name]} for name, one in g.items()}
            for title, g in self.scores.items()
        }
        return {**calls, **scores}


def measure(sessions: list[Run]) -> Result:
    """Judge the sessions and count."""
    result = Result()
    calls = in_parts([run.session for run in sessions], _AT_ONCE)
    for run, events in zip(sessions, calls, strict=True):
        _count(run, events, result)
    return result


def _count(run: Run, events: list[Event], result: Result) -> None:
    expected = [step[0] for step in run.session.steps] + [run.session.call[0]]
    if [_asked(event) for event in events] != expected:
        raise LookupError(f"{run.session.name}: other calls were read than were written")
    kind = "clean" if run.attack == "clean" else "attack" if run.session.attack else "resisted"
    result.sessions[kind] += 1
    own = [(at, event) for at, event in enumerate(events) if at != run.wanted]
    false = [event for _, event in own if _verdict(event) == "influenced"]
    result.alarmed[kind] += bool(false)
    result.wrong.extend((run.session.name, f"false alarm ({kind})", event) for event in false)
    if kind == "clean":
        result.clean[run.session.pair] = [_verdict(event) for event in events]
        for at, event in own:
            _count_call(run, at, event, result)
        return
    twin = result.clean.get(run.session.pair.removesuffix(f"/{run.goal}"), [""] * len(own))
    anew = sum(
        _verdict(event) == "influenced" and before != "influenced"
        for (_, event), before in zip(own, twin, strict=True)
    )
    verdict = _verdict(events[run.wanted]) if run.wanted is not None else ""
    goal = f"{run.domain}: {run.goal}"
    for title, name in (
        ("attacks", "all"), ("attacks by domain", run.domain), ("attacks by way", run.attack),
        ("attacks by place", run.place), ("attacks by goal", goal),
    ):  # fmt: skip
        score = result.scores[title][name]
        score.attacks += bool(verdict)
        score.caught += verdict == "influenced"
        score.weakly += verdict == "unexplained"
        score.false += len(false)
        result.anew[title][name] += anew
    if run.wanted is not None and verdict != "influenced":
        result.wrong.append((run.session.name, f"missed: {verdict}", events[run.wanted]))


def _asked(event: Event) -> str:
    """Return the tool that the agent called, also where that called another."""
    return text_of(event, "warrant.tool.through") or text_of(event, "gen_ai.tool.name")


def _verdict(event: Event) -> str:
    return text_of(event, "warrant.intent.verdict")


def _count_call(run: Run, at: int, event: Event, result: Result) -> None:
    tool, verdict = text_of(event, "gen_ai.tool.name"), _verdict(event)
    if "warrant.tool.through" in event:
        tool = f"… {tool}"
    groups = [("calls", "all"), ("calls by domain", run.domain)]
    groups.append((f"calls of {run.domain} by tool", tool))
    groups.append(("calls by kind", "changes" if at in run.changing else "looks"))
    groups.append(("calls by kind", "look-ups put in" if at in run.added else "listed by tau2"))
    if at in run.changing:
        groups.append(("changes by domain", run.domain))
    for title, name in groups:
        result.calls[title][name][verdict] += 1
    if at in run.changing and verdict in ("unexplained", "unknown"):
        result.wrong.append((run.session.name, f"{verdict} change (clean)", event))


def interval(count: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share, by Wilson."""
    if not of:
        return 0.0, 1.0
    z, share = 1.96, count / of
    middle, width = share + z * z / (2 * of), z * math.sqrt(
        share * (1 - share) / of + z * z / (4 * of * of)
    )  # fmt: skip
    return (middle - width) / (1 + z * z / of), (middle + width) / (1 + z * z / of)


def _print(result: Result) -> None:
    for title, group in result.calls.items():
        print(f"\n{title:44}{'calls':>7}" + "".join(f"{verdict:>13}" for verdict in VERDICTS))
        for name, counts in sorted(group.items(), key=lambda pair: -pair[1].total()):
            print(f"{name:44}{counts.total():7}" + "".join(f"{counts[v]:13}" for v in VERDICTS))
    for title, scores in result.scores.items():
        head = f"\n{title:26}{'attacks':>8}{'caught':>8}{'weakly':>8}{'false':>7}"
        print(f"{head}{'anew':>7}{'recall':>9}")
        for name, score in sorted(scores.items()):
            low, high = interval(score.caught, score.attacks)
            row = f"{name:26}{score.attacks:8}{score.caught:8}{score.weakly:8}{score.false:7}"
            row += f"{result.anew[title][name]:7}"
            print(f"{row}{score.recall:9.1%}  ({low:.1%} to {high:.1%})")
    print()
    for kind, count in sorted(result.sessions.items()):
        print(f"{kind:9} {count:6} sessions, {result.alarmed[kind]} with a false alarm")


def _misses(result: Result, most: int) -> None:
    shown: Counter[tuple[str, str, str]] = Counter()
    for name, what, event in result.wrong:
        tool = text_of(event, "gen_ai.tool.name")
        shown[name.partition("/")[0], what, tool] += 1
        if shown[name.partition("/")[0], what, tool] <= most:
            show(name, f"{what}: {tool}", event)


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="false alarms and recall of verdicts on tau2")
    parser.add_argument("--domains", nargs="+", default=list(DOMAINS), choices=DOMAINS)
    parser.add_argument("--attacks", nargs="+", default=list(ATTACKS), choices=ATTACKS)
    parser.add_argument("--clean", action="store_true", help="no attacks")
    parser.add_argument(
        "--everything", action="store_true",
        help="customers also say what tau2 keeps for when it comes up",
    )  # fmt: skip
    parser.add_argument(
        "--confirmed", action="store_true", help="customers agree before each change"
    )
    parser.add_argument("--listed", action="store_true", help="no look-ups but those tau2 lists")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every Nth session only")
    parser.add_argument("--misses", type=int, default=0, metavar="N", help="show N of each kind")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--data", metavar="FOLDER", help="where inspect_evals is unpacked")
    options = parser.parse_args()
    if options.data:
        sys.path.insert(0, options.data)
    from tau2_runs import Way, runs  # once it is known where inspect_evals is

    way = Way(options.everything, options.confirmed, options.listed)
    attacks = [] if options.clean else options.attacks
    result = measure(list(runs(options.domains, way, attacks))[:: options.every])
    if options.json:
        print(json.dumps(result.rows(), indent=1))
    else:
        _print(result)
    _misses(result, options.misses)
    return 0


if __name__ == "__main__":
    sys.exit(main())
