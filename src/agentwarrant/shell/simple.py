"""Simple commands as they stand between two operators, and which of them say nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

_IDLE = frozenset({"true", "false", ":", "echo", "printf"})
_MOVES = frozenset({"cd", "pushd", "popd", "chdir", "set-location", "ln", "mount"})


@dataclass(slots=True)
class Simple:
    """Words and redirections between two operators, still quoted."""

    words: list[str] = field(default_factory=list)
    redirections: list[tuple[str, str]] = field(default_factory=list)
    piped: bool = False
    body: str = ""


def sparse(found: list[Simple]) -> list[Simple]:
    """Leave out what stands alone and does nothing, or the same as one before it."""
    rest: list[Simple] = []
    seen: set[tuple[object, ...]] = set()
    for simple, following in pairwise([*found, Simple(piped=True)]):
        if not (simple.piped or following.piped or simple.body):
            said = (*simple.words, *simple.redirections)
            if said in seen or _is_idle(simple):
                continue
            if simple.words[:1] and simple.words[0] in _MOVES:
                seen.clear()  # the same words mean another place from here on
            seen.add(said)
        rest.append(simple)
    return rest


def _is_idle(simple: Simple) -> bool:
    if any(target != "/dev/null" for _, target in simple.redirections):
        return False
    words = simple.words
    return bool(words) and words[0] in _IDLE and not any("$" in w or "`" in w for w in words)
