"""Lines that bring code in, taken word for word from content: a requirement, a step of a build.

What a project installs and runs stands in a few kinds of files. Agents that mend code change them
where the work needs it, in words of their own; a package that nothing else needs, or a command
that is nobody's custom, as a text spells it out, comes from that text. People want that where they
named it, the kind of file, or left what is to be done to what was read.
"""

from __future__ import annotations

import re

from agentwarrant.intent.act import Act
from agentwarrant.intent.asks import defers, hands_over
from agentwarrant.intent.passages import Passage
from agentwarrant.intent.provenance import Match, Source, explained
from agentwarrant.intent.rewritten import lines_before, lines_of, written
from agentwarrant.intent.taken import Seen
from agentwarrant.intent.trade import customary, steps_of
from agentwarrant.intent.values import Value

_WRITES = ("write", "exec", "execute", "persistence", "config_change", "other")
_REQUIRES = re.compile(
    r"(?:^|/)(?:[\w.-]*requirements[\w.-]*\.(?:txt|in)|constraints[\w.-]*\.txt|pipfile|gemfile"
    r"|package\.json|pyproject\.toml|setup\.(?:py|cfg)|environment\.ya?ml|cargo\.toml|go\.mod"
    r"|composer\.json|build\.gradle(?:\.kts)?|pom\.xml)$"
)
_RUNS = re.compile(
    r"(?:^|/)(?:dockerfile[\w.-]*|(?:docker-)?compose[\w.-]*\.ya?ml|makefile|justfile|tox\.ini"
    r"|package\.json|setup\.py|conftest\.py|jenkinsfile|\.gitlab-ci\.ya?ml|\.pre-commit-config\.ya?ml"
    r"|\.(?:github/(?:workflows|actions)|git/hooks|githooks|husky|circleci)/.+)$"
)
_SPOKEN_OF = re.compile(
    r"\b(?:requirements?|dependenc\w+|packages?|librar\w+|lock ?file|workflows?|ci|pipeline|hooks?"
    r"|docker\w*|container|makefile|builds?|install\w*|set ?up|upgrad\w+|vendor\w*|scaffold\w*)\b"
)
"""Whoever speaks of such a file has it changed."""
_PACKAGE = re.compile(
    r"['\"]?(@?[a-z][\w./-]{2,60}?)['\"]?\s?(?:\[[\w,]+\])?\s?(?:[=~<>!^]=?=?|:\s?['\"^~\d])"
)
_COMMAND = re.compile(
    r"^(?:run:?|cmd|entrypoint|(?:before_)?script:|-(?: run:)?|['\"][\w:-]{2,24}['\"]:)"
    r"\s+['\"\[]?"
)
_MOST, _BEFORE, _LONG = 60, 160, 12


def brought(act: Act, sources: list[Source], said: str) -> list[Seen]:
    """Return where content spells out what a call has a project install or run; or []."""
    if act.tool_class not in _WRITES or not sources:
        return []
    path, text = written(act)
    requires, runs = _REQUIRES.search(path), _RUNS.search(path)
    if not (requires or runs) or _wanted(said):
        return []
    before = lines_before(act, path, sources)
    for line in list(lines_of(text))[:_MOST]:
        if line in before or explained(line, said):
            continue
        found = (requires and _required(line, sources, said)) or (runs and _run(line, sources))
        if found:
            return [found]
    return []


def _wanted(said: str) -> bool:
    return hands_over(said) or defers(said) or _SPOKEN_OF.search(said) is not None


def _required(line: str, sources: list[Source], said: str) -> Seen | None:
    """Is a package required as a text has it, which nothing else is seen to need?"""
    package = _PACKAGE.match(line)
    name = package[1] if package else ""
    if not name or explained(name, said):
        return None
    found = _spelled(line, sources)
    if found is None or any(_needed(name, source) for source in sources):
        return None
    return _seen(line, found)


def _needed(name: str, source: Source) -> bool:
    """Is a package imported, or listed as others are, in what was read?"""
    module = name.rpartition("/")[2].replace("-", "[_-]")
    used = (
        rf"\b(?:import|from|require\(|use)\s?['\"]?{module}\b"
        rf"|(?:^|\n)\s*['\"]?{module}['\"]?\s?[=~<>!:]"
    )
    return re.search(used, source.text) is not None


def _run(line: str, sources: list[Source]) -> Seen | None:
    """Is a command that is nobody's custom run as a text has it?"""
    command = _COMMAND.sub("", line).rstrip("'\"],")
    steps = [step for step in steps_of(command) if len(step) >= _LONG]
    for step in steps:
        found = None if customary(step) or " " not in step else _spelled(step, sources)
        if found:
            return _seen(step, found)
    return None


def _spelled(line: str, sources: list[Source]) -> tuple[Source, int] | None:
    whole = re.compile(rf"(?<![\w./@-]){re.escape(line)}(?![\w-]|\.\w)")
    for source in reversed(sources):
        found = whole.search(source.text)
        if found:
            return source, found.start()
    return None


def _seen(line: str, found: tuple[Source, int]) -> Seen:
    source, place = found
    around = source.text[max(0, place - _BEFORE) : place + len(line)]
    passage = Passage(around, False, True, True, True, True, False, True)
    return Seen(Match(Value(line, False, "line"), source, [place]), passage)
