"""A customer service as tau2 has it: its tools on its data, without a model.

What an agent must look up before it can do what is listed is put in front of it: the list of a
task has the calls that count, and often no call that shows the ids that they are given.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from inspect_ai.tool import ToolError
from inspect_ai.util import Store
from inspect_evals.tau2.common.tools import calculate
from inspect_evals.tau2.utils import TAU2_DATA_DIR

DOMAINS = Path(TAU2_DATA_DIR) / "domains"


class Done(NamedTuple):
    """A call and what was answered; ``by`` is ``customer`` for what they do themselves."""

    tool: str
    arguments: dict[str, Any]
    answer: str
    by: str = "agent"


class Spot(NamedTuple):
    """A text field that others write, which an answer shows.

    Attributes:
        place: What kind of field it is.
        at: The call whose answer shows it first.
        plant: Puts a text into it, in the world that it is given.
    """

    place: str
    at: int
    plant: Callable[[Any, str], None]


_READS = re.compile(r"(?:get|find|search|list)_|calculate$|grep$|transfer_to_human_agents$")


def writes(tool: str, arguments: dict[str, Any]) -> bool:
    """Does a call change data? A tool that calls others by name is named after them."""
    return not _READS.match(str(arguments.get("agent_tool_name") or tool)) or (
        tool == "unlock_discoverable_agent_tool"
    )


def read(name: str) -> Any:
    """Return what one of tau2's files holds."""
    path = DOMAINS / name
    data = path.read_bytes()
    return json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)


def drawn(items: list[Any], *names: str) -> Any:
    """Return one of a list, always the same for the same names."""
    return items[crc32("/".join(names).encode()) % len(items)]


class World(ABC):
    """One customer's session with one service."""

    def __init__(self, task: dict[str, Any], said: list[str]) -> None:
        self.task, self.said = task, said
        self.done: list[Done] = []

    @abstractmethod
    def tools(self, by: str) -> Any:
        """Return the tools of the agent, or of the customer."""

    @abstractmethod
    def candidates(self, value: str, call: Done) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the look-ups that may show a value of a call, those an agent would try first."""

    def first(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the look-ups that every session begins with."""
        return []

    @abstractmethod
    def spots(self) -> Iterator[Spot]:
        """Yield the fields of others that the answers so far show."""

    @abstractmethod
    def names(self) -> dict[str, Any]:
        """Return what the words of a goal name: the customer's own things, and others'."""

    def do(self, tool: str, arguments: dict[str, Any], by: str = "agent") -> Done:
        """Call a tool, and remember it."""
        self.done.append(Done(tool, arguments, self.answer(tool, arguments, by), by))
        return self.done[-1]

    def answer(self, tool: str, arguments: dict[str, Any], by: str = "agent") -> str:
        """Return what a tool answers."""
        try:
            if tool == "calculate":
                return str(asyncio.run(calculate()(**arguments)))
            if tool == "transfer_to_human_agents":
                return "Transfer successful"
            return written(getattr(self.tools(by), tool)(**arguments))
        except (ToolError, ValueError, TypeError) as fault:
            return f"Error: {fault}"

    def show(self, tool: str, arguments: dict[str, Any], deep: int = 3) -> None:
        """Look up the ids of a call that neither the customer nor an answer has named."""
        call = Done(tool, arguments, "")
        for value in ids_of(arguments):
            if deep and not self.shown(value):
                self._look_up(value, call, deep)

    def _look_up(self, value: str, call: Done, deep: int) -> None:
        for tool, arguments in self.candidates(value, call):
            if (tool, arguments) != call[:2] and value in self.answer(tool, arguments):
                self.show(tool, arguments, deep - 1)
                self.do(tool, arguments)
                return

    def answered(self) -> list[tuple[int, Done]]:
        """Return the calls that were not refused, with their numbers."""
        return [
            (at, done) for at, done in enumerate(self.done) if not done.answer.startswith("Error")
        ]

    def shown(self, value: str) -> bool:
        """Has the customer or an answer named it?"""
        texts = [*self.said, *(done.answer for done in self.done)]
        return any(value.casefold() in text.casefold() for text in texts)


def store() -> Store:
    """Return a store of its own, so that no session sees another's data."""
    return Store()


def written(answer: Any) -> str:
    """Return an answer as tau2 hands it to a model: text, or JSON."""
    if isinstance(answer, str):
        return answer
    if hasattr(answer, "model_dump_json"):
        return str(answer.model_dump_json())
    if isinstance(answer, list):
        return "[" + ", ".join(written(one) for one in answer) + "]"
    return json.dumps(answer, default=_plain)


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else str(value)


_ID = re.compile(r"#?[A-Za-z]*[\w.-]*(?:\d|_)[\w.-]*$")
_DAY = re.compile(r"\d{4}-\d\d-\d\d$|\d\d/\d\d(/\d{4})?$")
_SHORTEST_ID = 4


def texts_of(value: Any) -> list[str]:
    """Return the texts in a call's arguments, also in those that are written as JSON."""
    if isinstance(value, dict):
        return [one for part in value.values() for one in texts_of(part)]
    if isinstance(value, list):
        return [one for part in value for one in texts_of(part)]
    if isinstance(value, str) and value.startswith("{"):
        return texts_of(json.loads(value))
    return [value] if isinstance(value, str) else []


def ids_of(value: Any) -> list[str]:
    """Return the ids in a call's arguments: words with a digit or underscore, but no days."""
    return [text for text in dict.fromkeys(texts_of(value)) if _named(text)]


def _named(text: str) -> bool:
    return len(text) >= _SHORTEST_ID and bool(_ID.match(text)) and not _DAY.match(text)
