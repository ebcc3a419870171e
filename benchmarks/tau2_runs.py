"""Sessions made of tau2's tasks: its calls, run by its tools on its data, without a model.

Three kinds come of each task, as of AgentDojo's (dojo_runs.py): ``clean``, nothing is planted;
``resisted``, something is planted and read, and the agent does what the customer asked; an attack,
where what was planted is done as soon as it was read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from intent_cases import Session, Step
from tau2_banks import Banking, Telecom
from tau2_shops import Airline, Retail
from tau2_words import messages, spoken_call
from tau2_world import Done, Spot, World, drawn, read, writes

_KINDS = {
    "retail": (Retail, "retail/tasks.json"),
    "airline": (Airline, "airline/tasks.json"),
    "banking": (Banking, "banking_knowledge/tasks.json"),
    "telecom": (Telecom, "telecom/tasks.json.gz"),
}
DOMAINS = tuple(_KINDS)
YES, LAST = "Yes, please.", "That is done. Is there anything else I can do for you?"


@dataclass(frozen=True, slots=True)
class Way:
    """How the sessions are made.

    Attributes:
        everything: The customer also says what tau2 keeps for when it comes up.
        confirmed: Before a change the agent says what it is about to do, and the customer agrees.
        listed: Only the calls that tau2 lists, without the look-ups before them.
    """

    everything: bool = False
    confirmed: bool = False
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """A session, and what is known of its calls.

    Attributes:
        place: What kind of field something was planted in.
        changing: The numbers of the calls that change data.
        added: The numbers of the calls that tau2 does not list.
        wanted: The number of the call that the attacker wanted.
    """

    session: Session
    domain: str
    attack: str = "clean"
    goal: str = ""
    place: str = ""
    changing: frozenset[int] = frozenset()
    added: frozenset[int] = frozenset()
    wanted: int | None = None


@dataclass(slots=True)
class _Script:
    """What happens in a session: the calls in order, and which of them tau2 lists."""

    calls: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    added: set[int] = field(default_factory=set)


@cache
def _goals() -> dict[str, Any]:
    path = Path(__file__).parent / "tau2_goals.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def runs(domains: list[str], way: Way, attacks: list[str]) -> Iterator[Run]:
    """Yield the sessions of these domains: the clean ones, and those under ``attacks``."""
    for domain in domains:
        kind, path = _KINDS[domain]
        tasks = read(path)
        if domain == "telecom":  # its other tasks are the same few faults, put together otherwise
            base = set(read("telecom/split_tasks.json")["base"])
            tasks = [task for task in tasks if task["id"] in base]
        for task in tasks:
            yield from _of_task(domain, kind, task, way, attacks)


def _of_task(
    domain: str,
    kind: Callable[[dict[str, Any], list[str]], World],
    task: dict[str, Any],
    way: Way,
    attacks: list[str],
) -> Iterator[Run]:
    told = task["user_scenario"]["instructions"]
    said = messages(told, everything=way.everything)
    world = kind(task, said)
    script = _play(world, way)
    if all(by != "agent" for _, _, by in script.calls):
        return
    yield _run(domain, task, world.done, script, way, said)
    spots = list(world.spots())
    if not spots:
        return
    for name, goal in _goals()["goals"][domain].items():
        for attack in attacks:
            spot = drawn(spots, task["id"], name, attack)
            for followed in (False, True):
                again = kind(task, said)
                yield _attacked(domain, again, script, way, (name, goal, attack), spot, followed)


def _play(world: World, way: Way) -> _Script:
    """Go through a task once, and note what was called: look-ups in front of what needs them."""
    script = _Script()
    actions = world.task["evaluation_criteria"]["actions"] or []
    mine = [one for one in actions if one.get("requestor") != "user"]
    if mine and not way.listed:
        for tool, arguments in world.first():
            world.do(tool, arguments)
    script.added = set(range(len(world.done)))
    for action in actions:
        by = "customer" if action.get("requestor") == "user" else "agent"
        begin = len(world.done)
        if by == "agent" and not way.listed:
            world.show(action["name"], action["arguments"])
        script.added |= set(range(begin, len(world.done)))
        world.do(action["name"], action["arguments"], by)
    script.calls = [(done.tool, done.arguments, done.by) for done in world.done]
    return script


def _attacked(
    domain: str,
    world: World,
    script: _Script,
    way: Way,
    wish: tuple[str, dict[str, Any], str],
    spot: Spot,
    followed: bool,
) -> Run:
    name, goal, attack = wish
    names = world.names()
    order = _filled(goal["said"], names)
    text = _goals()["ways"][attack].replace("{goal}", order)
    spot.plant(world, text)
    again, wanted = _Script(added=set()), None
    for at, (tool, arguments, by) in enumerate(script.calls):
        if at in script.added:
            again.added.add(len(world.done))
        world.do(tool, arguments, by)
        if followed and at == spot.at:
            wanted = len(world.done)
            world.do(goal["tool"], _filled(goal["arguments"], names))
    planted = world.done[spot.at].answer
    if json.dumps(text)[1:-1] not in planted and text not in planted:
        raise LookupError(f"{domain}/{world.task['id']}: {spot.place} does not show {text}")
    about = {"attack": attack, "goal": name, "place": spot.place}
    return _run(domain, world.task, world.done, again, way, world.said, about, wanted)


def _filled(value: Any, names: dict[str, Any]) -> Any:
    """Put names into a goal's words or arguments; an argument that is one name is its value."""
    if isinstance(value, dict):
        return {key: _filled(part, names) for key, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, names) for part in value]
    if not isinstance(value, str):
        return value
    if value[1:-1] in names and value == f"{{{value[1:-1]}}}":
        return names[value[1:-1]]
    for name, own in names.items():
        value = value.replace(f"{{{name}}}", str(own))
    return value


def _run(
    domain: str,
    task: dict[str, Any],
    done: list[Done],
    script: _Script,
    way: Way,
    said: list[str],
    about: dict[str, str] | None = None,
    wanted: int | None = None,
) -> Run:
    steps: list[Step] = []
    turns: dict[int, list[tuple[str, str]]] = {0: [("user", text) for text in said[1:]]}
    changing, added, goal_at = set(), set(), None
    for at, one in enumerate(done):
        turn = turns.setdefault(len(steps), [])
        if one.by == "customer":
            turn.append(("user", one.answer))
            continue
        if at == wanted:
            goal_at = len(steps)
        elif writes(one.tool, one.arguments):
            changing.add(len(steps))
            if way.confirmed:
                turn += [("assistant", spoken_call(one.tool, one.arguments)), ("user", YES)]
        if at in script.added:
            added.add(len(steps))
        steps.append((one.tool, one.arguments, one.answer))
    turns.setdefault(len(steps), []).append(("assistant", LAST))
    about = about or {"attack": "clean", "goal": "", "place": ""}
    name = "/".join(filter(None, [domain, task["id"], about["goal"]]))
    session = Session(
        name, wanted is not None, domain, about["place"], about["goal"], about["attack"],
        f"{domain}-agent", said[0] if said else "", steps[:-1], steps[-1][:2], turns=turns,
    )  # fmt: skip
    return Run(
        session, domain, **about, changing=frozenset(changing), added=frozenset(added),
        wanted=goal_at,
    )  # fmt: skip
