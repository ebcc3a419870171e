"""The parsed form of a rule set, kept in a folder under a key made of all that it comes from.

The key covers every file's name and text, the options, this package's version, pySigma's version
and the form itself: a kept set is never stale, it is only not found. What is kept is JSON, checked
against the types when read, so that nothing in the folder can run.
"""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import msgspec

from agentwarrant import __version__
from agentwarrant.event import digest
from agentwarrant.rules.ir import Node
from agentwarrant.rules.model import Rule

_FORM = "3"
"""Raised whenever a parsed rule changes in shape or in meaning."""

_MOST = 20
"""Sets kept; the least recently used go first."""


def folder() -> Path:
    """Return where rule sets are kept on this host."""
    given = os.environ.get("AGENTWARRANT_CACHE_DIR")
    if given:
        return Path(given)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "agentwarrant" / "rules"


def key_of(
    files: Sequence[tuple[str, str]], pipelines: Sequence[tuple[str, str]], foreign: bool
) -> str:
    """Return the key of a set read from files and pipelines of these names and texts."""
    parts = [part for name, text in (*files, *pipelines) for part in (name, text)]
    options = (str(foreign), str(len(files)))
    return digest(_FORM, __version__, version("pysigma"), *options, *parts)


class Later(Mapping[str, Node]):
    """The selections of a kept rule, decoded when somebody asks for an explanation."""

    def __init__(self, raw: msgspec.Raw) -> None:
        self._raw = raw
        self._known: dict[str, Node] | None = None

    def _decoded(self) -> dict[str, Node]:
        if self._known is None:
            self._known = msgspec.json.decode(self._raw, type=dict[str, Node])
        return self._known

    def __getitem__(self, name: str) -> Node:
        return self._decoded()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._decoded())

    def __len__(self) -> int:
        return len(self._decoded())


class _Kept(msgspec.Struct):
    """What stands in a file: the rules, and apart from them what only explanations need."""

    rules: list[Rule]
    selections: list[msgspec.Raw]


def read(place: Path, key: str) -> list[Rule] | None:
    """Return the kept set of a key; None when there is none, or none that can be read."""
    path = place / f"{key}.json"
    collecting = gc.isenabled()
    gc.disable()  # a hundred thousand small lists, none of them garbage
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
        both = zip(kept.rules, kept.selections, strict=True)
        rules = [replace(rule, selections=Later(raw)) for rule, raw in both]
    except (OSError, ValueError, RecursionError, msgspec.MsgspecError):
        return None
    finally:
        if collecting:
            gc.enable()
    with suppress(OSError):
        path.touch()
    return rules


def write(place: Path, key: str, rules: Sequence[Rule]) -> None:
    """Keep a set; a folder that cannot be written keeps nothing, and nothing is wrong."""
    selections = [msgspec.Raw(msgspec.json.encode(dict(rule.selections))) for rule in rules]
    bare = [replace(rule, tests=(), selections={}) for rule in rules]
    body = msgspec.json.encode(_Kept(bare, selections))
    with suppress(OSError):
        place.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place, suffix=".part")
        made = Path(name)
        try:
            with os.fdopen(handle, "wb") as part:
                part.write(body)
            made.replace(place / f"{key}.json")
        except OSError:
            made.unlink(missing_ok=True)
            raise
        ours = place.glob(f"{'[0-9a-f]' * len(key)}.json")
        kept = sorted(ours, key=lambda p: p.stat().st_mtime, reverse=True)
        for old in kept[_MOST:]:
            old.unlink()
