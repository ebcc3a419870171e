"""Commands that belong to the trade of coding: every project has them, and none is anybody's own.

They test, build, format or look at what is there already, whatever a text says beside them.
"""

from __future__ import annotations

import re
from functools import lru_cache

from agentwarrant.shell.commands import facts_of

_OPERATORS = re.compile(r"\s*(?:&&|\|\||[;\n])\s*")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'|<<-?\s*['\"]?(\w+)['\"]?\n.*?\n\1\b", re.DOTALL)
_HELD = re.compile("\x00(\\d+)\x00")
_MAX_STEPS = 32
_MAX_LINE = 8_192


@lru_cache(maxsize=512)
def steps_of(line: str) -> tuple[str, ...]:
    """Return the steps of a command line as they are written, without changes of folder.

    A pipeline is one step, and so is what stands in quotes or in a here-document.
    """
    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        held.append(match[0])
        return f"\x00{len(held) - 1}\x00"

    masked = _QUOTED.sub(hold, line[:_MAX_LINE].replace("\x00", ""))
    parts = (part.strip() for part in _OPERATORS.split(masked)[:_MAX_STEPS])
    steps = (_HELD.sub(lambda mark: held[int(mark[1])], part) for part in parts)
    return tuple(dict.fromkeys(s for s in steps if s and not s.startswith(("cd ", "#"))))


@lru_cache(maxsize=512)
def customary(step: str) -> bool:
    """Does a command only test, build or look, or run a script of the project itself?"""
    facts = facts_of(step)
    if facts.secret or facts.sends or facts.runs_download:
        return False
    if step.startswith(("echo ", "printf ")):
        return False  # it looks at nothing
    if facts.tool_class in ("read", "discovery"):
        return True
    return _CUSTOMARY.match(step) is not None or _OF_PROJECT.fullmatch(step) is not None


_CUSTOMARY = re.compile(
    r"(?:\S*python[\d.]* -m |uv run |poetry run |pdm run |npx |bundle exec |\./)?"
    r"(?:"
    # tests
    r"pytest|py\.test|unittest|tox|nox|jest|vitest|mocha|rspec|phpunit|ctest|playwright test"
    # linters, formatters, types
    r"|ruff|flake8|pylint|black|isort|mypy|pyright|eslint|prettier|tsc|rubocop|golangci-lint"
    r"|pre-commit|shellcheck|coverage"
    # builds
    r"|make|cmake|ninja|mvnw?|gradlew?|rake"
    r"|(?:cargo|go|dotnet|swift|zig) (?:build|test|run|check|fmt|vet|clippy|mod|restore|clean|doc)"
    r"|(?:npm|pnpm|yarn|bun) (?:run|run-script|test|t|ci|start|build|lint|install\s*$)"
    r"|docker(?:-compose| compose) (?:up|down|build|ps|logs)|docker build"
    # what the project itself says that it needs
    r"|pip3? install (?:-\S+ )*(?:-r \S+|-e ?\S*|\.\S*)"
    r"|(?:poetry|uv|pdm|bundle) (?:install|sync|lock)"
    # its own history
    r"|git (?:status|log|diff|show|branch|checkout|switch|add|commit|fetch|pull|stash|rebase|merge)"
    r")(?![\w=-])"
)
_OF_PROJECT = re.compile(
    r"(?:(?:python[\d.]*|node|ruby|bash|sh|perl|php|deno run|bun|ts-node) )?"
    r"(?![\w./-]*\.\./)(?:\./)?[\w-]+(?:/[\w.-]+)*\.(?:py|js|mjs|ts|rb|sh|pl|php|go)(?: [\w./=-]+)*"
)
"""A script in the folder of the work, by its path."""
