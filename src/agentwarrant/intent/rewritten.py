"""What a call writes into which file, and what of it stood there before."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentwarrant.intent.act import Act
from agentwarrant.intent.provenance import Source
from agentwarrant.intent.values import leaves_of

_SHORTEST = 6
_PATH_KEY = re.compile(r"(?i)(?:^|_)(?:file_?path|path|file|filename|target|notebook)(?:$|_)")
_OLD_KEY = re.compile(r"(?i)(?:^|_)old|search$")
_PUT = re.compile(r"(?:>>?|\btee(?: -a)?)\s*['\"]?([\w./~-]{3,200})")


def written(act: Act) -> tuple[str, str]:
    """Return which file a call writes, and what, as far as its form tells; lower case."""
    leaves = [(key, value.lower()) for key, value in leaves_of(act.arguments)]
    if act.tool_class in ("exec", "execute") or act.command:
        command = (act.command or "\n".join(value for _, value in leaves)).lower()
        place = _PUT.search(command)
        return (place[1], command) if place else ("", "")
    path = next((value for key, value in leaves if _PATH_KEY.search(key)), "")
    texts = [v for k, v in leaves if not (_PATH_KEY.search(k) or _OLD_KEY.search(k))]
    return path, "\n".join(texts)


def lines_of(text: str) -> Iterator[str]:
    """Yield the lines of a text that say something, out of the quotes of ``echo``."""
    for line in text.split("\n"):
        echoed = _ECHOED.search(line)
        bare = (echoed[2] if echoed else line).strip(" \t,;\\")
        if len(bare) >= _SHORTEST and not bare.startswith(("#", "//")):
            yield bare


_ECHOED = re.compile(r"\b(?:echo|printf)\s+(?:-\w+\s+)?(['\"])(.+?)\1\s*(?:>|\|)")


def lines_before(act: Act, path: str, sources: list[Source]) -> frozenset[str]:
    """Return the lines of what a call replaces, and of the file as it was read."""
    name = path.rpartition("/")[2]
    old = [value.lower() for key, value in leaves_of(act.arguments) if _OLD_KEY.search(key)]
    own = [source.text for source in sources if name and name in source.arguments.lower()]
    return frozenset(line for text in (*old, *own) for line in lines_of(text))
