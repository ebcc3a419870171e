"""Known agent runtimes and model servers, and how they show themselves."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any, NamedTuple

from agentwarrant.schema import load

_INTERPRETERS = frozenset(
    {"node", "nodejs", "python", "pythonw", "pypy", "bun", "bunx", "deno", "npx", "npm", "pnpm",
     "yarn", "tsx", "uv", "uvx", "pipx"}
)  # fmt: skip
_VERBS = frozenset({"exec", "run", "x", "dlx", "start", "tool"})
_VERSION = re.compile(r"[\d.]+$")
_WORD = re.compile(r""""[^"]*"|'[^']*'|\S+""")
_CODE = frozenset({"-c", "-e", "--eval"})
_LINE = 4096


class Runtimes(NamedTuple):
    """The table, each sign with the name of the runtime that it is of.

    Attributes:
        processes: Base names of programs.
        commands: Parts of the scripts that an interpreter runs.
        environment: Variables.
        user_agents: Parts of user agents.
        ports: Where a runtime listens.
        model_apis: Hosts of models' interfaces.
        servers: Programs that serve models on a host, and the ports they do it at.
        libraries: Which of the runtimes are libraries, that any program may use.
    """

    processes: dict[str, str]
    commands: dict[str, str]
    environment: dict[str, str]
    user_agents: dict[str, str]
    ports: dict[int, str]
    model_apis: tuple[str, ...]
    servers: dict[str | int, str]
    libraries: frozenset[str]


@cache
def runtimes() -> Runtimes:
    """Return the table."""
    table = load("agent_runtimes.json")

    def by(key: str, rows: str = "runtimes") -> dict[Any, str]:
        return {one: row["name"] for row in table[rows] for one in row.get(key, ())}

    return Runtimes(
        by("processes"),
        by("commands"),
        by("environment"),
        by("user_agents"),
        by("ports"),
        tuple(table["model_apis"]),
        {**by("processes", "model_servers"), **by("ports", "model_servers")},
        frozenset(row["name"] for row in table["runtimes"] if row.get("library")),
    )


@lru_cache(maxsize=4096)
def runs_scripts(process: str) -> bool:
    """Is a program, by its base name, an interpreter or a launcher of scripts?"""
    return _VERSION.sub("", process) in _INTERPRETERS


def runtime_of(program: str, line: str) -> str:
    """Return the runtime that a process is; or ''."""
    known = runtimes()
    process = program.rsplit("/", 1)[-1].lower().removesuffix(".exe")
    name = known.processes.get(process, "")
    if not name and runs_scripts(process):
        script = _script(line.lower().replace("\\", "/"))
        name = next((n for text, n in known.commands.items() if text in script), "")
    return name


def _script(line: str) -> str:
    """Return what an interpreter is told to run; what that is told in turn is about anything."""
    words: list[str] = _WORD.findall(line[:_LINE])
    for word in [written.strip("\"'") for written in words[1:]]:
        if word in _CODE:
            return ""
        if word and word[0] != "-" and word not in _VERBS:
            return word
    return ""
