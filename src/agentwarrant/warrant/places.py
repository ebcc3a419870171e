"""Paths held against a warrant as places in a file system, never as text.

``..`` and ``//`` are worked out, ``~`` and ``$HOME`` are one, the usual detours are taken back
(``/proc/self/root``, macOS's ``/private``, ``file://``, ``\\\\?\\``), Windows ignores case. What is
denied is matched more liberally than what is allowed: whatever the file system could make of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple
from unicodedata import category, normalize
from urllib.parse import unquote

from agentwarrant.shell.words import braced
from agentwarrant.warrant.globs import WILD, meet

_DRIVE = re.compile(r"^[a-z]:", re.IGNORECASE)
_HOME = re.compile(
    r"^(?:\$HOME|\$\{HOME\}|%USERPROFILE%|%HOMEDRIVE%%HOMEPATH%|\$env:USERPROFILE"
    r"|\$\{env:USERPROFILE\})(?=[/\\]|$)",
    re.IGNORECASE,
)
_SOMEBODYS_HOME = re.compile(
    r"^(?:/(?:home|Users)/[^/]+|/(?:var/)?root|[a-z]:/users/[^/]+|~[^/]+|~(?:/\.\.)+/[^/]+)(?=/|$)",
    re.IGNORECASE,
)
_ROOTED = re.compile(
    r"^(?:/proc/[^/]+(?:/task/[^/]+)?/root(?=/|$)|/private(?=/(?:etc|tmp|var)(?:/|$))"
    r"|/System/Volumes/Data(?=/|$))",
    re.IGNORECASE,
)
_OWN = re.compile(r"^/proc/(?:self|thread-self)(?:/task/[^/]+)?/cwd(?=/|$)")
# Whatever was opened, or another process's folder.
_OPENED = re.compile(r"^/(?:proc/[^/]+(?:/task/[^/]+)?/(?:fd|cwd|map_files)|dev/fd)(?:/|$)|^~[-\d]")
_MOUNTED = re.compile(r"^(?:/mnt|/cygdrive)?/([a-z])(?=/|$)", re.IGNORECASE)
_DEVICE = re.compile(r"^(?:\\\\[?.]|//(?:\?|\.(?=/[a-z]:)))(?:[\\/]|$)(?:UNC[\\/])?", re.IGNORECASE)
_HERE = re.compile(r"^\\\\(?:localhost|127\.0\.0\.1)/([a-z])\$(?=/|$)", re.IGNORECASE)
_SHORT = re.compile(r"(?:^|/)[^/~]{1,8}~\d{1,4}(?:\.[^/]{0,3})?(?:/|$)")
_VARIABLE = re.compile(r"[$`]|%[A-Za-z_][\w()]*%")
_HIDDEN_STEP = re.compile(r"%(?:2e|2f|5c|00)", re.IGNORECASE)
_VALUE = re.compile(r"\$\{[^{}]*\}|\$\([^()]*\)|`[^`]*`|\$(?:\w+|[@*#?!$-])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_STREAM = re.compile(r"(?<=[^/]):[^/]*")
_FILE = re.compile(r"^(?:view-source:)?file:(?://(?:localhost)?(?=/))?", re.IGNORECASE)
_BLANK = " \t\r\n\v\f"
_LONGEST = 4096


class Place(NamedTuple):
    """A path worked out.

    Attributes:
        path: ``/a``, ``~/a``, ``c:/a``, ``\\\\host/share``, ``./a`` (in the own folder), ``../a``.
        windows: Case makes no difference.
        shown: What was written.
        unknown: It holds a variable, or programs read it differently: nobody can tell what it is.
        own: ``./a``, where it lies in the folder it was said in: it denies and never allows.
        home: ``./a``, where it lies in the folder that its agent was started in.
    """

    path: str
    windows: bool
    shown: str
    unknown: bool = False
    own: str = ""
    home: str = ""


@lru_cache(maxsize=8192)
def place_of(written: str, folder: str = "") -> Place:
    """Work a path out.

    Args:
        written: As it stands in an action.
        folder: What it is relative to, where that is known.
    """
    text, unknown = _plain(written)
    text = _HOME.sub("~", re.sub(r"^\$(?:PWD\b|\{PWD\})(?=/|$)", "~+", text))
    unknown = unknown or bool(_VARIABLE.search(text))
    base = place_of(folder) if folder.strip(_BLANK) else None
    drive = base is not None and bool(_DRIVE.match(base.path) or base.path[:2] == "\\\\")
    windows = drive or bool(_DRIVE.match(text) or _DEVICE.match(text)) or "\\" in text
    if windows:
        text, strange = _windows(text, drive)
        unknown = unknown or strange
    full = re.sub(r"^~\+(?=/|$)", ".", text if base is None else _joined(base.path, text))
    path = _worked_out(full, windows)
    if base is not None and base.path != "." and path.startswith("."):
        path = _worked_out(_joined(base.path, path), windows)
    lost = base is not None and base.unknown and not _is_absolute(text)
    unknown = unknown or lost or _is_strange(path, windows)
    return Place(path, windows, written, unknown, inside(path, base))


def _plain(written: str) -> tuple[str, bool]:
    """Return a path without quotes and ``file:``, and: is it too long or odd to be told?"""
    text = written.strip(_BLANK)
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1].strip(_BLANK)
    if _FILE.match(text):
        text = unquote(_FILE.sub("", text))
        text = text.replace("/", "\\", 2) if re.match(r"//[^/]", text) else text
        text = text[1:] if _DRIVE.match(text[1:]) else text
    odd = len(text) > _LONGEST or bool(_CONTROL.search(text) or _HIDDEN_STEP.search(text))
    text = normalize("NFC", text[:_LONGEST])
    if not odd and not text.isascii():
        likened = normalize("NFKC", text)
        odd = any(likened.count(step) != text.count(step) for step in ("/", "\\", ".."))
    return text, odd


def _windows(text: str, drive: bool) -> tuple[str, bool]:
    """Return a Windows path with slashes, and: can nobody tell where it is?"""
    device = _DEVICE.match(text)
    rest = text[device.end() :].replace("\\", "/") if device else text.replace("\\", "/")
    if device and "unc" not in device.group().lower():
        if not _DRIVE.match(rest):
            return f"\\\\?/{rest}", True
        text = rest
    elif device or (text[:2] == "\\\\" and rest[2:3] not in ("", "/")):
        text = "\\\\" + rest.lstrip("/")
    else:
        text = rest
    text = _HERE.sub(r"\1:", text)
    root = 2 if _DRIVE.match(text) or text.startswith("\\\\") else 0
    plain = text[:root] + _STREAM.sub("", text[root:])
    # C:x is relative to a folder of that drive; \x to a drive; a^b is ab to cmd.
    loose = bool(_DRIVE.match(text)) and text[2:3] not in ("", "/")
    return plain, plain != text or loose or "^" in text or (text[:1] == "/" and not drive)


def _joined(folder: str, text: str) -> str:
    if re.match(r"~\+(?:/|$)", text):
        return f"{folder}{text[2:]}"
    if not _is_absolute(text):
        return f"{folder.rstrip('/')}/{text}"
    drive = _DRIVE.match(folder)
    return f"{drive.group()}{text}" if drive and text.startswith("/") else text


def _is_absolute(text: str) -> bool:
    return text.startswith(("/", "~", "\\\\")) or _DRIVE.match(text) is not None


def inside(path: str, base: Place | None) -> str:
    """Return a path in a folder as ``./a``; or ''."""
    if base is None or base.unknown:
        return ""
    within = f"{base.path.rstrip('/')}/"
    return f"./{path[len(within) :]}" if path.startswith(within) else ""


def _is_strange(path: str, windows: bool) -> bool:
    """May it be another place than its text says?"""
    if _OPENED.match(path) or (windows and _SHORT.search(path)):
        return True
    steps = [part for part in path.split("/") if part[:1] == "." and WILD.search(part)]
    return any(meet([".."], [part]) for part in steps)


def _worked_out(text: str, windows: bool) -> str:
    """Take ``.`` and ``..`` out, and what leads back to the root."""
    text = re.sub(r"(?<!^)/{2,}|^/{2,}", "/", text)
    for _ in range(3):  # before and after ``..``: /proc/self/root/../x is /x, x/../proc a detour
        while _ROOTED.match(text):
            text = re.sub(r"^/{2,}", "/", _ROOTED.sub("/", text, count=1))
        text = _OWN.sub(".", text)
        text, before = _without_steps(text, windows), text
        if text == before:
            break
    return text


def _without_steps(text: str, windows: bool) -> str:
    if windows:
        text = normalize("NFC", "/".join(map(_windows_name, text.casefold().split("/"))))
    root, rest = _root(text)
    kept: list[str] = []
    for part in rest.split("/"):
        if part in ("", "."):
            continue
        if part != "..":
            kept.append(part)
        elif kept and kept[-1] != "..":
            kept.pop()
        elif root.startswith((".", "~")):
            kept.append(part)
    path = f"{root}/{'/'.join(kept)}".rstrip("/" + _BLANK) or "/"
    return path[2:] if path == "./.." or path.startswith("./../") else path


def _windows_name(part: str) -> str:
    """Return a name without the dots and spaces at its end, which Windows ignores."""
    part = part if part in (".", "..") else part.rstrip(" ")
    return part if part in ("", ".", "..") else part.rstrip(". ") or "."


def _root(text: str) -> tuple[str, str]:
    if text.startswith("/") or _DRIVE.match(text):
        at = 0 if text.startswith("/") else 2
        return text[:at], text[at:]
    if text.startswith("\\\\"):
        host, _, rest = text[2:].partition("/")
        share, _, rest = rest.partition("/")
        return "\\\\" + "/".join(part for part in (host, share) if part), rest
    if text.startswith("~"):
        name, _, rest = text.partition("/")
        return name.rstrip(_BLANK), rest
    return ".", text


class _Pattern(NamedTuple):
    exact: re.Pattern[str]
    folded: re.Pattern[str]
    parts: tuple[str, ...]
    anywhere: bool
    prefix: str


def _pattern(entry: str) -> _Pattern:
    text = entry.strip(_BLANK).replace("\\", "/") if entry[:2] != "\\\\" else entry
    anywhere = text.startswith("**/") or text == "**"
    place = place_of(text.removeprefix("**/") if anywhere else text)
    path = place.path.removeprefix("./") if anywhere else place.path
    made = ".*" if path == "**" else ("(?:.*/)?" if anywhere else "") + _regex(path)
    flags = re.DOTALL | re.IGNORECASE if place.windows else re.DOTALL
    parts = (*(("**",) if anywhere else ()), *path.split("/"))
    prefix = "" if anywhere else re.split(r"[*?]", path, maxsplit=1)[0].casefold()
    folded = re.compile(made, re.DOTALL | re.IGNORECASE)
    return _Pattern(re.compile(made, flags), folded, parts, anywhere, prefix)


def _regex(path: str) -> str:
    made = re.escape(path).replace(r"/\*\*", r"(?:/.*)?").replace(r"\*\*", ".*")
    return made.replace(r"\*", "[^/]*").replace(r"\?", r"[^/*?\[]")


class Places:
    """The paths that are allowed, allowed to be read only, and denied.

    Args:
        allow, read_only: Patterns: ``*`` within one folder, ``**`` through all, ``{a,b}`` either;
            None: no such list.
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
        self._allow = [list(map(_pattern, braced(one))) for one in allow or ()]
        self._read = [list(map(_pattern, braced(one))) for one in read_only or ()]
        self._deny = [list(map(_pattern, braced(one))) for one in deny]

    def allowed(self, place: Place, *, writes: bool) -> tuple[str, int]:
        """Return which list allows a place, and where in it; ``("", -1)`` for none."""
        if self.untold(place):
            return "", -1
        if self._open:
            return "deny", -2
        found = _first(self._allow, place)
        if found >= 0:
            return "allow", found
        found = -1 if writes else _first(self._read, place)
        return ("read_only", found) if found >= 0 else ("", -1)

    def denied(self, place: Place, *, whole: bool = False) -> int:
        """Return the place of the entry that denies; -1 for none.

        Args:
            whole: The place goes with everything in it, so what is denied in there counts.
        """
        forms = _forms(place)
        rules = ((i, rule) for i, rules in enumerate(self._deny) for rule in rules)
        return next((i for i, rule in rules if _could_be(rule, forms, whole)), -1)

    def untold(self, place: Place) -> bool:
        """Is it impossible to tell what a place stands for, or whether that is denied?"""
        if place.unknown or not WILD.search(place.path):
            return place.unknown
        parts = place.path.split("/")
        return any(meet(rule.parts, parts) for rules in self._deny for rule in rules)


def _first(entries: list[list[_Pattern]], place: Place) -> int:
    return next((i for i, rules in enumerate(entries) if any(_fits(r, place) for r in rules)), -1)


def _fits(rule: _Pattern, place: Place) -> bool:
    fits = (rule.folded if place.windows else rule.exact).fullmatch
    return bool(fits(place.path) or (place.home and fits(place.home)))


@lru_cache(maxsize=4096)
def _forms(place: Place) -> tuple[str, ...]:
    """Return the ways a path may have been meant, for what is denied."""
    forms: dict[str, None] = {}
    written = (place.path, place.own, place.home, *_readings(place.path))
    for one in dict.fromkeys(filter(None, written)):
        forms[one] = forms[_SOMEBODYS_HOME.sub("~", one)] = None
        forms[_MOUNTED.sub(r"\1:", one)] = forms[re.sub(r"^\./(?=~)", "", one)] = None
        forms[re.sub(r"^(?:~/)?(?:\.\./)+", "/", one)] = None
        if place.windows and one.startswith("/"):
            forms[f"c:{one}"] = None
    return tuple(forms)


def _readings(path: str) -> Iterator[str]:
    """Yield what other programs may read: decoded, cut at a NUL, braces expanded …"""
    texts = braced(path)
    texts += [unquote(path)] if "%" in path else []
    texts += [_VALUE.sub("*", path)] if "$" in path or "`" in path else []
    if not path.isascii():
        likened = normalize("NFKC", path)
        texts.append("".join(c for c in likened if category(c) != "Cf"))
    if _CONTROL.search(path):
        texts += [_CONTROL.split(path, maxsplit=1)[0], _CONTROL.sub("", path)]
    if ":" in path[2:]:
        texts.append(path[:2] + _STREAM.sub("", path[2:]))
    for text in texts:
        if text != path:
            yield place_of(text).path


def _could_be(rule: _Pattern, forms: Sequence[str], whole: bool) -> bool:
    for form in forms:
        if rule.folded.fullmatch(form):
            return True
        if whole and rule.prefix.startswith(f"{form.rstrip('/')}/".casefold()):
            return True
        if not WILD.search(form):
            continue
        # A shell would expand it, perhaps to what is denied; a bare * says too little to tell.
        parts = form.split("/")
        if rule.anywhere:
            parts = ["\0" if not part.strip("*?") and part else part for part in parts]
        if meet(rule.parts, parts):
            return True
    return False
