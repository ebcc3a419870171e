"""One session of ordinary work, before any source has written it down."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from . import words


@dataclass(slots=True)
class Step:
    """One call of a tool: which, with what, what came back, and how long after the one before."""

    tool: str
    args: dict[str, Any]
    answer: str
    gap: float
    failed: bool = False
    denied: bool = False
    child: Talk | None = None


@dataclass(slots=True)
class Turn:
    """What somebody wrote, what the agent did about it, and what it answered."""

    ask: str
    sender: str
    pause: float
    steps: list[Step] = field(default_factory=list)
    reply: str = ""


class Talk:
    """A session as its script tells it.

    Args:
        rng: Draws wordings, gaps and values.
        number: The session's number, part of what must be unique.
        agent: Name of the agent; ``sender`` of its owner's turns is ``owner``.
    """

    def __init__(self, rng: random.Random, number: int, agent: str) -> None:
        self.rng, self.number, self.agent = rng, number, agent
        self.values = words.values(rng, number)
        self.turns: list[Turn] = []
        self.night = False
        self._fast = False

    def fill(self, text: str) -> str:
        return words.filled(self.values, text)

    def one(self, *choices: str) -> str:
        return self.rng.choice(choices)

    def ask(self, text: str, sender: str = "owner") -> None:
        """Somebody writes: ``owner``, ``colleague``, ``schedule:job``, ``mail``, ``peer:name``."""
        pause = self.rng.uniform(20, 600) if self.turns else 0.0
        self.turns.append(Turn(self.fill(words.said(self.rng, text)), sender, pause))

    def say(self, text: str) -> None:
        """The agent answers."""
        self.turns[-1].reply = self.fill(words.said(self.rng, text))

    def call(
        self,
        tool: str,
        answer: str = "ok",
        *,
        failed: bool = False,
        denied: bool = False,
        **args: Any,
    ) -> None:
        """The agent calls a tool."""
        gap = self.rng.uniform(0.02, 0.4) if self._fast else self.rng.uniform(1.5, 35)
        step = Step(tool, self._all(args), self.fill(answer), gap, failed, denied)
        self.turns[-1].steps.append(step)

    def _all(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.fill(value)
        if isinstance(value, dict):
            return {name: self._all(inner) for name, inner in value.items()}
        return [self._all(inner) for inner in value] if isinstance(value, list) else value

    def burst(self, fast: bool = True) -> None:
        """From here on calls come side by side, until ``burst(False)``."""
        self._fast = fast

    # What nearly every runtime offers --------------------------------------------------------

    def sh(self, command: str, answer: str = "", **more: bool) -> None:
        self.call("sh", answer, command=command, **more)

    def read(self, path: str, answer: str = "") -> None:
        self.call(
            "read",
            answer or f"# {path}\nimport json\n\n\ndef %func%(row):\n    return row\n",
            path=path,
        )

    def edit(self, path: str, old: str = "return row", new: str = "return row or None") -> None:
        self.call("edit", f"The file {path} has been updated.", path=path, old=old, new=new)

    def write(self, path: str, content: str) -> None:
        self.call("write", f"File created successfully at: {path}", path=path, content=content)

    def grep(self, pattern: str, path: str, answer: str = "") -> None:
        self.call("grep", answer or f"{path}/%module%.py:12: {pattern}", pattern=pattern, path=path)

    def fetch(self, url: str, answer: str) -> None:
        self.call("fetch", answer, url=url)

    def look_up(self, query: str, answer: str) -> None:
        self.call("web_search", answer, query=query)

    def delegate(self, agent: str, task: str) -> Talk:
        """Hand a task to another agent; what it does is told to the talk that this returns."""
        child = Talk(self.rng, self.number, agent)
        child.values = {**self.values}
        child.ask(task, "parent")
        step = Step("delegate", {"agent": agent, "task": child.turns[0].ask}, "", 4.0)
        step.child = child
        self.turns[-1].steps.append(step)
        return child
