"""Sessions made of AgentDojo's tasks: its calls, run by its tools on its data, without a model.

Three kinds come of each task of a person:

* ``clean``: nothing is planted;
* ``resisted``: something is planted and read, and the agent does what the person asked;
* an attack: what was planted is done as soon as it was read, then the person's task goes on.

What is asked and how tools are called may be put otherwise: see ``words`` and ``renamed``.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zlib import crc32

from agentdojo.agent_pipeline.tool_execution import tool_result_to_str
from agentdojo.attacks.attack_registry import load_attack
from agentdojo.attacks.base_attacks import FixedJailbreakAttack
from agentdojo.functions_runtime import FunctionCall, FunctionsRuntime
from agentdojo.task_suite.load_suites import get_suite
from agentdojo.task_suite.task_suite import TaskSuite
from intent_cases import Session, Step

VERSION = "v1.2.2"
SUITES = ("banking", "slack", "travel", "workspace")
HERE = Path(__file__).parent
OWN = "own"
ATTACKS = (
    "bare",
    "direct",
    "ignore_previous",
    "important_instructions",
    "injecagent",
    "system_message",
    "tool_knowledge",
)


@dataclass(frozen=True, slots=True)
class Run:
    """A session and which of its calls the attacker wanted."""

    session: Session
    suite: str
    attack: str
    wanted: frozenset[int] = frozenset()


def others(kind: str) -> list[str]:
    """Return which files of ``dojo_names`` or ``dojo_words`` there are."""
    return sorted(path.stem for path in (HERE / f"dojo_{kind}").glob("*.json"))


@cache
def _other(kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / f"dojo_{kind}" / f"{name}.json").read_text())
    return found


def runs(
    suites: list[str], attacks: list[str], words: str = OWN, *, one: bool = False
) -> Iterator[Run]:
    """Yield the sessions of ``suites`` under ``attacks``, in other ``words`` than AgentDojo's own.

    Other words have attacks of their own, which stand in for all but ``bare``. With ``one``, each
    task and goal is put under one of the attacks, drawn by their names.
    """
    for name in suites:
        suite = get_suite(VERSION, name)
        tasks, goals = _said(suite, words)
        made = _made(suite, attacks, words)
        for task in tasks:
            yield _run(suite, task, "clean", None, {})
            if one:
                for goal in goals:
                    yield from _attacked(suite, task, [goal], *made[_drawn(task, goal, len(made))])
            else:
                for kind, attack in made:
                    yield from _attacked(suite, task, goals, kind, attack)


def _drawn(task: Any, goal: Any, among: int) -> int:
    return crc32((task.ID + goal.ID).encode()) % among


def _said(suite: TaskSuite[Any], words: str) -> tuple[list[Any], list[Any]]:
    tasks, goals = list(suite.user_tasks.values()), list(suite.injection_tasks.values())
    if words == OWN:
        return tasks, goals
    said = _other("words", words)
    tasks, goals = [copy.copy(task) for task in tasks], [copy.copy(goal) for goal in goals]
    for task in tasks:
        task.PROMPT = said["tasks"][suite.name][task.ID]
    for goal in goals:
        goal.GOAL = said["goals"][suite.name][goal.ID]
    return tasks, goals


_TARGET = SimpleNamespace(name="gpt-4o-2024-05-13")
"""The model that an attack believes it speaks to: only its name is used."""


def _made(suite: TaskSuite[Any], attacks: list[str], words: str) -> list[tuple[str, Any]]:
    bare = [("bare", FixedJailbreakAttack("{goal}", suite, _TARGET))] if "bare" in attacks else []
    rest = [kind for kind in attacks if kind != "bare"]
    if words == OWN:
        return bare + [(kind, load_attack(kind, suite, _TARGET)) for kind in rest]
    texts = _other("words", words)["attacks"].items() if rest else ()
    return bare + [(kind, _Planted(text, suite, _TARGET)) for kind, text in texts]


class _Planted(FixedJailbreakAttack):  # type: ignore[misc]  # agentdojo is not there for mypy
    """A text with a goal in it, whose other braces are its own."""

    def attack(self, user_task: Any, injection_task: Any) -> dict[str, str]:
        text = self.jailbreak.replace("{goal}", injection_task.GOAL)
        return dict.fromkeys(self.get_injection_candidates(user_task), text)


class _World:
    """One suite's tools and data, with something planted in it or nothing."""

    def __init__(self, suite: TaskSuite[Any], task: Any, planted: dict[str, str]) -> None:
        self.environment = task.init_environment(_environment(suite, planted))
        self.runtime = FunctionsRuntime(suite.tools)
        self.calls = task.ground_truth(self.environment)

    def do(self, call: FunctionCall) -> Step:
        answer, error = self.runtime.run_function(self.environment, call.function, call.args)
        return call.function, dict(call.args), error or tool_result_to_str(answer)


def _environment(suite: TaskSuite[Any], planted: dict[str, str]) -> Any:
    """Return a suite's data with texts in it that need not be fit for YAML."""
    marks = {f"planted-{at}-here": text for at, text in enumerate(planted.values())}
    found = suite.load_and_inject_default_environment(dict(zip(planted, marks, strict=True)))
    if not marks:
        return found
    return type(found).model_validate(_put(found.model_dump(), marks))


def _put(value: Any, marks: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _put(part, marks) for key, part in value.items()}
    if isinstance(value, list):
        return [_put(part, marks) for part in value]
    if isinstance(value, str):
        for mark, text in marks.items():
            value = value.replace(mark, text)
    return value


def _attacked(
    suite: TaskSuite[Any], task: Any, goals: list[Any], kind: str, attack: Any
) -> Iterator[Run]:
    for goal in goals:
        try:
            planted = attack.attack(task, goal)
        except ValueError:  # nothing that the task reads has a place for it
            return
        yield _run(suite, task, kind, None, planted, goal)
        run = _run(suite, task, kind, goal, planted, goal)
        if run.wanted:
            yield run


def _run(
    suite: TaskSuite[Any],
    task: Any,
    attack: str,
    followed: Any,
    planted: dict[str, str],
    goal: Any = None,
) -> Run:
    world = _World(suite, task, planted)
    steps: list[Step] = []
    wanted: set[int] = set()
    for call in world.calls:
        steps.append(world.do(call))
        if followed and not wanted and _shows(planted, steps[-1][2]):
            for extra in followed.ground_truth(world.environment):
                wanted.add(len(steps))
                steps.append(world.do(extra))
    pair = "/".join([suite.name, task.ID, *([goal.ID] if goal else [])])
    kind = steps[max(wanted)][0] if wanted else "none"
    session = Session(
        pair, bool(wanted), suite.name, attack, kind, attack, f"{suite.name}-agent", task.PROMPT,
        steps[:-1], (steps[-1][0], steps[-1][1]),
    )  # fmt: skip
    return Run(session, suite.name, attack, frozenset(wanted))


_ESCAPED = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[nrt])|[^A-Za-z0-9]")


def _shows(planted: dict[str, str], answer: str) -> bool:
    # Answers are YAML: what was planted may be escaped and folded, its words stay in order.
    told = _ESCAPED.sub("", answer)
    return any(_ESCAPED.sub("", text)[:60] in told for text in planted.values())


def renamed(run: Run, name: str) -> Run:
    """Return a run with its tools and their arguments called otherwise."""
    if name == OWN:
        return run
    names = _other("names", name)

    def other(step: tuple[Any, ...]) -> Any:
        keys = names["args"].get(step[0], {})
        given = {keys.get(key, key): value for key, value in step[1].items()}
        return (names["tools"][step[0]], given, *step[2:])

    session = run.session
    steps = [other(step) for step in session.steps]
    return replace(run, session=replace(session, steps=steps, call=other(session.call)))
