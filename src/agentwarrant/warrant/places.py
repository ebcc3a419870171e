"""Paths held against a warrant as places in a file system, never as text.

``..`` and ``//`` are worked out, ``~`` and ``$HOME`` are one, the usual detours are taken back
(``/proc/self/root``, macOS's ``/private``, ``file://``, ``\\\\?\\``), Windows ignores case. What is
denied is matched more liberally than what is allowed: whatever the file system could make of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

_DRIVE = re.compile(r"^[a-z]:", re.IGNORECASE)
_HOME = re.compile(r"^(?:\$HOME|\$\{HOME\}|%USERPROFILE%|\$env:USERPROFILE)(?=/|$)", re.IGNORECASE)
_SOMEBODYS_HOME = re.compile(r"^(?:/(?:home|Users)/[^/]+|/root|[a-z]:/users/[^/]+)(?=/|$)")
_DETOUR = re.compile(r"^/proc/(?:self|thread-self|\d+)/(?:root(?=/|$)|cwd/)")
_LONGEST = 4096


class Place(NamedTuple):
    """A path worked out.

    Attributes:
        path: ``/a``, ``~/a``, ``c:/a``, ``./a`` (in the agent's own folder), ``../a`` (out of it).
        windows: Case makes no difference.
        shown: What was written.
        unknown: It holds a variable or a command, so nobody can tell.
    """

    path: str
    windows: bool
    shown: str
    unknown: bool = False


@lru_cache(maxsize=8192)
def place_of(written: str, folder: str = "") -> Place:
    """Work a path out.

    Args:
        written: As it stands in an action.
        folder: What it is relative to, where that is known.
    """
    text = written.strip().strip("'\"")[:_LONGEST]
    if text.lower().startswith("file:"):
        text = unquote(re.sub(r"^file:(?://[^/]*)?", "", text, flags=re.IGNORECASE))
        text = text[1:] if _DRIVE.match(text[1:]) else text
    windows = bool(_DRIVE.match(text)) or "\\" in text
    text = re.sub(r"^(?://[?.]/)(?:UNC/)?", "", text.replace("\\", "/")) if windows else text
    text = _HOME.sub("~", text)
    unknown = "$" in text or "`" in text or ("%" in text and windows)
    if not text.startswith(("/", "~")) and not _DRIVE.match(text) and folder:
        text = f"{folder}/{text}"
        windows = windows or bool(_DRIVE.match(text))
    while _DETOUR.match(text):
        text = _DETOUR.sub(lambda m: "/" if "/root" in m.group() else "./", text, count=1)
    text = re.sub(r"^/private(?=/(?:etc|tmp|var)(?:/|$))", "", re.sub(r"/{2,}", "/", text))
    return Place(_worked_out(text, windows), windows, written, unknown)


def _worked_out(text: str, windows: bool) -> str:
    if windows:
        text = "/".join(part.rstrip(". ") or part for part in text.casefold().split("/"))
    root, rest = _root(text)
    kept: list[str] = []
    for part in rest.split("/"):
        if part in ("", "."):
            continue
        if part != "..":
            kept.append(part)
        elif kept and kept[-1] != "..":
            kept.pop()
        elif root in (".", "~"):
            kept.append(part)
    if root == "." and kept[:1] == [".."]:
        return "/".join(kept)
    if root == "~" and kept[:1] == [".."]:
        return "/".join(["~", *kept])
    return f"{root}/{'/'.join(kept)}".rstrip("/") or "/"


def _root(text: str) -> tuple[str, str]:
    if text.startswith("/"):
        return "", text
    if _DRIVE.match(text):
        return text[:2], text[2:]
    if text.startswith("~"):
        name, _, rest = text.partition("/")
        return name, rest
    return ".", text


class _Pattern(NamedTuple):
    exact: re.Pattern[str]
    folded: re.Pattern[str]
    name: str


def _pattern(entry: str) -> _Pattern:
    text = entry.replace("\\", "/")
    anywhere = text.startswith("**/")
    place = place_of(text.removeprefix("**/") if anywhere else text)
    path = place.path.removeprefix("./") if anywhere else place.path
    made = ("(?:.*/)?" if anywhere else "") + _regex(path)
    flags = re.IGNORECASE if place.windows else re.NOFLAG
    name = path.rsplit("/", 1)[-1]
    return _Pattern(re.compile(made, flags), re.compile(made, re.IGNORECASE), name)


def _regex(path: str) -> str:
    made = re.escape(path)
    for written, meant in (
        (r"/\*\*", r"(?:/.*)?"),
        (r"\*\*", ".*"),
        (r"\*", "[^/]*"),
        (r"\?", "[^/]"),
    ):
        made = made.replace(written, meant)
    return made


class Places:
    """The paths that are allowed, allowed to be read only, and denied.

    Args:
        allow, read_only: Patterns: ``*`` within one folder, ``**`` through all; None: no such list.
        deny: The same; they win.
    """

    __slots__ = ("_allow", "_deny", "_open", "_read", "entries", "readable")

    def __init__(
        self,
        allow: Sequence[str] | None,
        read_only: Sequence[str] | None = None,
        deny: Sequence[str] = (),
    ) -> None:
        self.entries, self.readable = tuple(allow or ()), tuple(read_only or ())
        self._open = allow is None and read_only is None
        self._allow = [_pattern(entry) for entry in allow or ()]
        self._read = [_pattern(entry) for entry in read_only or ()]
        self._deny = [_pattern(entry) for entry in deny]

    def allowed(self, place: Place, *, writes: bool) -> tuple[str, int]:
        """Return which list allows a place, and where in it; ``("", -1)`` for none."""
        if self._open:
            return "deny", -2
        if place.unknown:
            return "", -1
        found = _first(self._allow, place)
        if found >= 0:
            return "allow", found
        found = -1 if writes else _first(self._read, place)
        return ("read_only", found) if found >= 0 else ("", -1)

    def denied(self, place: Place) -> int:
        """Return the place of the entry that denies; -1 for none."""
        forms = _forms(place.path)
        return next((i for i, rule in enumerate(self._deny) if _could_be(rule, forms)), -1)


def _first(rules: list[_Pattern], place: Place) -> int:
    return next((i for i, rule in enumerate(rules) if _fits(rule, place)), -1)


def _fits(rule: _Pattern, place: Place) -> bool:
    pattern = rule.folded if place.windows else rule.exact
    return pattern.fullmatch(place.path) is not None


def _forms(path: str) -> list[str]:
    """Return the ways a path may have been meant, for what is denied."""
    forms = [path, path.removeprefix("./"), _SOMEBODYS_HOME.sub("~", path)]
    return list(dict.fromkeys(forms))


def _could_be(rule: _Pattern, forms: list[str]) -> bool:
    if any(rule.folded.fullmatch(form) for form in forms):
        return True
    last = forms[0].rsplit("/", 1)[-1]
    if "*" not in last and "?" not in last and "[" not in last:
        return False
    if not rule.name.strip("*"):
        return False
    # A shell would expand it, perhaps to what is denied.
    return re.fullmatch(_shell_regex(last), rule.name, re.IGNORECASE) is not None


def _shell_regex(name: str) -> str:
    made = re.escape(name).replace(r"\*", ".*").replace(r"\?", ".")
    return re.sub(r"\\\[[^]]*\\\]", ".", made)
