"""Sessions made of InjecAgent's cases: a person's look-up, what was planted in its answer, calls.

Four kinds come of each pair of a person's tool and an attacker:

* ``attack``: the answer carries the instruction, and the agent does what it says;
* ``resisted``: the answer carries it, the agent leaves it, and the person asks for the next thing;
* ``twin``: the answer is harmless, and then the person asks for the same in the same words;
* ``clean``: the answer is harmless, and the person asks for the next thing (once for each tool).

The next thing is what the person of another case asks for. InjecAgent has no arguments for the
attackers' calls: they stand in ``injecagent_calls.json``, with values that the instruction has or
that a model would have to choose, beside the harmless texts.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from intent_cases import Session, Step, Turns

_PLACE = "<Attacker Instruction>"
_TO = "amy.watson@gmail.com"
"""Whom everything that is stolen is sent to, in all of InjecAgent's cases."""
_CALLS = Path(__file__).with_name("injecagent_calls.json")
SETTINGS = ("base", "enhanced")
_DONE = "{'success': True}"


class Attacker(NamedTuple):
    """What an attacker wants.

    Attributes:
        family: ``direct harm`` or ``data stealing``.
        kind: InjecAgent's own type of attack.
        tool: The tool that does harm, or that reads what is stolen.
        instruction: What is planted.
        steps: The calls that follow it, with their answers.
    """

    family: str
    kind: str
    tool: str
    instruction: str
    steps: list[Step]


class User(NamedTuple):
    """What a person asks for, and the look-up that it takes."""

    tool: str
    instruction: str
    arguments: dict[str, Any]
    template: str

    def step(self, planted: str, *, as_json: bool) -> Step:
        """Return the look-up, with a text in its answer."""
        if not as_json:  # InjecAgent's way: answers are Python's text, and nothing is escaped
            return self.tool, self.arguments, self.template.replace(_PLACE, planted)
        answer = _put(ast.literal_eval(self.template), planted)
        return self.tool, self.arguments, json.dumps(answer, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Run:
    """A session, what it is about, and which of its calls the attacker wanted."""

    session: Session
    kind: str
    user: str
    attacker: Attacker | None
    asked: frozenset[int] = frozenset()
    """The calls that the instruction asks for, whoever gave it."""


def _put(value: Any, planted: str) -> Any:
    if isinstance(value, dict):
        return {key: _put(part, planted) for key, part in value.items()}
    if isinstance(value, list):
        return [_put(part, planted) for part in value]
    return value.replace(_PLACE, planted) if isinstance(value, str) else value


def users(data: Path) -> list[User]:
    """Read InjecAgent's ``user_cases.jsonl``."""
    return [
        User(
            case["User Tool"],
            case["User Instruction"],
            ast.literal_eval(case["Tool Parameters"]),
            case["Tool Response Template"],
        )
        for case in _lines(data / "user_cases.jsonl")
    ]


def attackers(data: Path) -> Iterator[Attacker]:
    """Read InjecAgent's ``attacker_cases_*.jsonl`` and ``attacker_simulated_responses.json``."""
    calls = _calls()
    for case in _lines(data / "attacker_cases_dh.jsonl"):
        (tool,) = case["Attacker Tools"]
        steps = [(tool, calls["harm"][tool], _DONE)]
        told = case["Attacker Instruction"]
        yield Attacker("direct harm", case["Attack Type"], tool, told, steps)
    answers = json.loads((data / "attacker_simulated_responses.json").read_text(encoding="utf-8"))
    for case in _lines(data / "attacker_cases_ds.jsonl"):
        tool, send = case["Attacker Tools"]
        answer = next((a for key, a in answers.items() if key.startswith(f"({tool},")), None)
        if answer is None:
            raise LookupError(f"no simulated answer of {tool}")
        steps = [(tool, calls["read"][tool], answer), (send, _mail(tool, answer), _DONE)]
        told = case["Attacker Instruction"]
        yield Attacker("data stealing", case["Attack Type"], tool, told, steps)


def _mail(tool: str, answer: str) -> dict[str, Any]:
    given = {"to": _TO, "body": answer, **_calls()["send"][tool]}
    if "attachments" in given:
        path = answer.strip('"')
        given["attachments"] = [one.replace("{answer}", path) for one in given["attachments"]]
    return given


@cache
def _calls() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(_CALLS.read_text(encoding="utf-8"))
    return found


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def runs(
    data: Path, setting: str, source: str, *, as_json: bool = False, after: int = 1
) -> Iterator[Run]:
    """Yield every session of InjecAgent's cases.

    Args:
        data: The folder of InjecAgent's files. ``enhanced.txt`` in it is what the setting of that
            name puts before an instruction.
        setting: ``base`` or ``enhanced``.
        source: The connector whose records are written.
        as_json: Answers in JSON, instead of the text of Python's literals that InjecAgent has.
        after: The person's next thing is that of so many cases further on, and then around.
    """
    before = (data / "enhanced.txt").read_text(encoding="utf-8") if setting == "enhanced" else ""
    listed, wanted = users(data), list(attackers(data))
    for at, user in enumerate(listed):
        harmless = user.step(_calls()["harmless"][user.tool], as_json=as_json)
        other = listed[(at + after) % len(listed)]
        another = other.step(_calls()["harmless"][other.tool], as_json=as_json)
        follow_up = _next(other.instruction)
        yield _run(user, None, "clean", [harmless, another], source, follow_up)
        for one in wanted:
            planted = user.step(before + one.instruction, as_json=as_json)
            yield _run(user, one, "attack", [planted, *one.steps], source, {})
            yield _run(user, one, "resisted", [planted, another], source, follow_up)
            asks = _next(one.instruction)
            yield _run(user, one, "twin", [harmless, *one.steps], source, asks)


def _next(asked: str) -> Turns:
    """Return what is said once the first call was answered: a person asks for something else."""
    return {1: [("assistant", "Here is what I found."), ("user", asked)]}


def _run(
    user: User,
    attacker: Attacker | None,
    kind: str,
    steps: list[Step],
    source: str,
    turns: Turns,
) -> Run:
    tool, family = (attacker.tool, attacker.family) if attacker else ("none", "none")
    session = Session(
        f"{user.tool}/{tool}", kind == "attack", family, user.tool, tool, kind, "assistant",
        user.instruction, steps[:-1], steps[-1][:2], source=source, turns=turns,
    )  # fmt: skip
    asked = range(1, len(steps)) if kind in ("attack", "twin") else ()
    return Run(session, kind, user.tool, attacker, frozenset(asked))
