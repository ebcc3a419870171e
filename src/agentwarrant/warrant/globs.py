"""Names and words matched and expanded: as warrants write them (``*``, ``?``), as shells do."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from contextlib import suppress
from fnmatch import translate
from functools import lru_cache
from itertools import pairwise
from unicodedata import normalize

import idna

from agentwarrant import commands
from agentwarrant.shellcommand import Command
from agentwarrant.shellfacts import INTERPRETERS, files_of, words_in

WILD = re.compile(r"[*?\[]")
_BRACES = re.compile(r"(?<!\$)\{([^{}]*,[^{}]*)\}")
_RANGE = re.compile(r"(?<!\$)\{(-?\d{1,4}|[A-Za-z])\.\.(-?\d{1,4}|[A-Za-z])\}")
_MOST = 64


class Globs:
    """Some patterns of names, each known by its place in the list.

    Args:
        patterns: ``*`` stands for any characters, ``?`` for one; case makes no difference.
    """

    __slots__ = ("_plain", "_wild", "patterns")

    def __init__(self, patterns: Sequence[str]) -> None:
        self.patterns = tuple(patterns)
        folded = [pattern.casefold() for pattern in patterns]
        self._plain = {text: i for i, text in reversed(list(enumerate(folded)))}
        self._wild = [
            (i, re.compile(translate(text.replace("[", "[[]"))))
            for i, text in enumerate(folded)
            if "*" in text or "?" in text
        ]

    def find(self, *names: str) -> int:
        """Return the place of the first pattern that one of the names fits, else -1."""
        folded = [name.casefold() for name in names]
        places = [self._plain[name] for name in folded if name in self._plain]
        for place, pattern in self._wild:
            if any(map(pattern.match, folded)):
                return min([place, *places])
        return min(places, default=-1)

    def __len__(self) -> int:
        return len(self.patterns)


def braced(word: str) -> list[str]:
    """Return the words that a shell makes of ``/etc/{passwd,shadow}`` and ``f{1..3}``.

    A word that makes more than a few stays as it is, braces and all.
    """
    if "{" not in word:
        return [word]
    waiting, made, steps = [word], [], 0
    while waiting:
        text, steps = waiting.pop(), steps + 1
        match = _BRACES.search(text) or _RANGE.search(text)
        choices = _choices(match) if match else []
        if not match or not choices:
            made.append(text)
        else:
            waiting += [f"{text[: match.start()]}{one}{text[match.end() :]}" for one in choices]
        if len(waiting) + len(made) > _MOST or steps > 4 * _MOST:
            return [word]
    return list(dict.fromkeys(made[::-1]))


def _choices(match: re.Match[str]) -> list[str]:
    if match.re is _BRACES:
        return match[1].split(",")
    first, last = match.groups()
    if first.isalpha() is not last.isalpha():
        return []
    start, end = sorted(map(ord if first.isalpha() else int, (first, last)))
    return [
        chr(n) if first.isalpha() else str(n) for n in range(start, min(end, start + _MOST) + 1)
    ]


def meet(rule: Sequence[str], path: Sequence[str]) -> bool:
    """May what a shell makes of a path's parts fit a rule's parts (``**``: any folders)?"""
    states = _past({0}, rule, "**")
    for part in path:
        if part == "**":
            states = {j for i in states for j in range(i, len(rule) + 1)}
            continue
        inner = [i for i in states if i < len(rule)]
        passed = {i if rule[i] == "**" else i + 1 for i in inner if _fits(rule[i], part)}
        states = _past(passed, rule, "**")
        if not states:
            return False
    return len(rule) in states


def _past(states: set[int], items: Sequence[str], star: str) -> set[int]:
    """Return the states and what follows where a star stands for nothing."""
    found = set(states)
    for i in sorted(states):
        while i < len(items) and items[i] == star:
            i += 1
            found.add(i)
    return found


@lru_cache(maxsize=8192)
def _fits(rule: str, part: str) -> bool:
    """May one name fit both? A shell's wildcard at the start fits no dot."""
    if rule == "**":
        return True
    if len(part) > 255:
        return WILD.search(part) is not None
    if rule[:1] == "." and part[:1] in ("*", "?", "["):
        return False
    ours, theirs = _tokens(rule), _tokens(part, sets=True)
    row = _past({0}, theirs, "*")
    for one in ours:
        if one == "*":
            row = set(range(min(row), len(theirs) + 1)) if row else row
        else:
            inner = [j for j in row if j < len(theirs)]
            inner = [j for j in inner if one == "?" or theirs[j] in ("*", "?", one)]
            row = _past({j if theirs[j] == "*" else j + 1 for j in inner}, theirs, "*")
    return len(theirs) in row


def _tokens(text: str, *, sets: bool = False) -> list[str]:
    """Return characters and wildcards; a set of characters (``[ab]``) is any one."""
    if sets:
        text = re.sub(r"\[[!^]?\]?[^\]]*\]", "?", text)
    return list(re.sub(r"\*+", "*", text.casefold()))


# Variables ---------------------------------------------------------------------------------

_ANSI = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_VALUE = r"(?:'[^']*'|\"(?:[^\"\\]|\\.)*\"|\$\{?\w+\}?|\\.|[^\s;&|()<>`'\"$\\])*"
_SET = re.compile(
    r"(?:(?<=[\s;&|({!])|^)(export\s+|declare\s+(?:-\w+\s+)?|local\s+|readonly\s+|set\s+)?"
    rf"([A-Za-z_]\w*)(\+?=)({_VALUE})(?=(\s|[;&|)}}]|$)?)"
    r"(?=((?:[ \t]+[A-Za-z_]\w*=[^\s;&|()]*){0,8}[ \t]*(?:[;&|\n)}#]|$))?)"
)
_EACH = re.compile(r"\bfor\s+([A-Za-z_]\w*)\s+in\s+([^;\n]{1,2048})")
_TAKES = re.compile(
    r"\b(?:read|mapfile|readarray|unset|getopts|select|let|printf\s+-v)\b([^;&|\n]{0,256})"
    r"|([A-Za-z_]\w*)(?:\[[^\]\n]{0,64}\])?=\("
)
_USE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?-[^{}]*)?\})")
_WHOLE = re.compile(r"[\s,{}\"'`;&|()<>$\\]")
_SIZE = 64 * 1024


def expanded(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Return a command line with ``$'…'`` and its own variables put in, and what it assigns.

    A variable that gets several values stands for all of them, as ``{a,b}``. One that is set for
    a single command, read, or computed stays as it is: nobody can tell what it holds.
    """
    text = re.sub(r"\$(?:IFS\b|\{IFS\})(?:\$\d)?", " ", _ANSI.sub(_requoted, text))
    if "=" not in text and "for " not in text:
        return text, []
    lost = {name for match in _TAKES.finditer(text) for name in re.findall(r"\w+", match[0])}
    values: dict[str, dict[str, None]] = {}
    assigned: list[tuple[str, str]] = []
    for match in _SET.finditer(text):
        kept, name, how, value, ends, alone = match.groups()
        assigned.append((name, _bare(value)))
        if how != "=" or ends is None or not (kept or alone is not None):
            lost.add(name)
        values.setdefault(name, {})[_bare(value)] = None
    for name, words in _EACH.findall(text):
        values.setdefault(name, {}).update(dict.fromkeys(map(_bare, words.split())))
    known = {name: found for name, found in values.items() if name not in lost}
    made = text
    for _ in range(4):
        made, before = _USE.sub(lambda match: _value(match, known), made), made
        if made == before or len(made) > _SIZE:
            break
    return (made if len(made) <= _SIZE else text), assigned


def _value(match: re.Match[str], known: dict[str, dict[str, None]]) -> str:
    values = list(known.get(match[1] or match[2], ()))
    if not values or len(values) > _MOST or sum(map(len, values)) > 2048:
        return match[0]
    if len(values) == 1:
        itself = match[1] or match[2]
        return match[0] if re.search(rf"\$\{{?{itself}\b", values[0]) else values[0]
    return match[0] if any(map(_WHOLE.search, values)) else "{" + ",".join(values) + "}"


def _bare(value: str) -> str:
    return re.sub(r"\\(.)|['\"]", r"\1", value, flags=re.DOTALL)


def _requoted(match: re.Match[str]) -> str:
    try:
        text = match[1].encode("latin-1", "backslashreplace").decode("unicode_escape")
    except UnicodeError:
        return match[0]
    return "'" + text.replace("'", "'\\''") + "'"


# Names that look alike ---------------------------------------------------------------------

# Digits, then Cyrillic letters, beside the Latin ones they pass for.
_LOOKS = str.maketrans(
    "01358\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u051d",
    "oiesbaeopcyxijsdqw",
)


@lru_cache(maxsize=4096)
def skeleton(host: str) -> str:
    """Return a host with what looks alike made alike."""
    with suppress(UnicodeError):
        host = idna.decode(host) if "xn--" in host else host
    plain = "".join(c for c in normalize("NFKD", host) if not "\u0300" <= c <= "\u036f")
    return plain.translate(_LOOKS).replace("rn", "m").replace("vv", "w").replace("l", "i")


def one_off(one: str, other: str) -> bool:
    """Do two names differ by one character, added, left out or changed?"""
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < 6 or one == other:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return True
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:]


# Words that are places ---------------------------------------------------------------------

NETWORKED = re.compile(r"^[a-z][a-z0-9+.-]*:(?://|\\\\)|^(?:https?|wss?|ftp):", re.IGNORECASE)
SCP = re.compile(r"^[\w.-]+@[\w.-]+:(?!//)")
_LITERAL = re.compile(r"['\"]((?:/|~/|\.{1,2}/|[A-Za-z]:[\\/])[^'\"\n]{0,512})['\"]")
_SED_FILE = re.compile(r"(?:^|[\s;\d$/])[rRwW]\s+([/~.][^\s;}]*)")
_INNER = re.compile(r"(?:^|[\s\"'(=<])((?:/|~/)[^\s\"')]{1,512})")
_PART = re.compile(
    r"(?:^-[A-Za-z]|(?:(?<!^[A-Za-z]):|[=@,<])@?)"
    r"((?:/|~/|\$HOME|\.\.?/|[A-Za-z]:[\\/])[^=@,:<>]*)"
)
_COMPUTED = re.compile(
    r"\b(?:exec|eval|compile|__import__|getattr|import_module|setattr|globals|fromhex|unhexlify"
    r"|b64decode|a2b_\w+|chr|codecs|socket\w*|create_connection|popen|spawn\w*|subprocess|ctypes"
    r"|atob|Function|fromCharCode|child_process|unpack|getline)\b|\brequire\s*\(\s*[^'\"\s]"
    r"|\bsystem\s*\(|`|\bopen\(\s*[^'\"\s)]|['\"]\s*\+|\+\s*['\"]|\.format\(|\bf['\"]|\.join\("
)


def is_file(name: str) -> bool:
    """Is this a file of this machine, not code, not somewhere else, not a note on sudo?"""
    if name == "sudo" or len(name) > 8192 or "\n" in name or "(" in name:
        return False
    return not (NETWORKED.match(name) or SCP.match(name) or "::" in name)


def is_path(word: str) -> bool:
    """Is this word of a command a path, whatever the program?"""
    if word.startswith(("-", "$(", "`")) or not is_file(word) or re.match(r"[/~.][^:]*:[/~]", word):
        return word.lower().startswith("file:")
    if "\n" in word or " " in word.strip():
        return word.startswith(("/", "~/", "./", "../")) and "\n" not in word
    return word.startswith(("/", "~", "./", "../", "$HOME", "\\\\")) or bool(
        re.match(r"^(?:[a-z]:[\\/]|\.\.?$|[\w.-]+/[\w./*-]+$)", word, re.IGNORECASE)
        or re.match(r"^[\w.${}*?\[\]-]+/", word)
    )


def paths_within(word: str) -> list[str]:
    """Return the paths in an option or assignment: ``-o/x``, ``f=@/x``, ``/etc:/mnt``."""
    found = [] if re.search(r"\s|://", word) else _PART.findall(word)
    mounted = re.match(r"([/~.][^:]*):[/~]", word)  # docker run -v /etc:/mnt
    return [*found, mounted[1]] if mounted else found


def paths_in_code(code: str, program: str) -> list[str]:
    """Return the paths that the code for a program names: strings, the files of ``sed``."""
    if program not in CODE and program != "sed":
        return []
    return [*_LITERAL.findall(code), *(_SED_FILE.findall(code) if program == "sed" else ())]


def no_paths(program: str, words: list[str]) -> list[str]:
    """Return the words of a command that are patterns, modes and names looked for."""
    if program == "find":
        return [word for flag, word in pairwise(words) if flag.endswith(("name", "path"))]
    if program in ("tar", "7z"):
        return [word for word in words[:1] if word.isalpha()]
    given = any(re.match(r"-[ef]|--(?:file|regexp|expression)\b", word) for word in words)
    plain = [word for word in words if not word.startswith("-")]
    return (
        plain[:1]
        if program in words_in("grep egrep fgrep rg ag ack sed awk gawk jq yq")
        and not given
        and len(plain) > 1
        else []
    )


def paths_in_text(text: str) -> list[str]:
    """Return what looks like a path in a text."""
    return _INNER.findall(text) if re.search(r"[\s(=]", text) else []


# What hides what a command does ------------------------------------------------------------

CODE = INTERPRETERS | words_in("awk gawk mawk deno bun lua tclsh")
EVALUATORS = words_in("eval iex invoke-expression sh bash zsh dash ksh pwsh powershell source .")
TWISTED = re.compile(
    r"^(?:LD_PRELOAD|LD_AUDIT|DYLD_\w+|BASH_ENV|ENV|PROMPT_COMMAND|HOME|CDPATH|PYTHONSTARTUP"
    r"|PERL5OPT|RUBYOPT|GIT_\w*(?:SSH|PROXY|COMMAND|DIFF|EDITOR|DIR)\w*|PAGER|EDITOR)$"
)
_GIT_RUNS = re.compile(
    r"core\.(?:sshcommand|gitproxy|fsmonitor|hookspath|editor|pager)|^alias\.|\bext::|diff\.external"
    r"|--(?:upload|receive)-pack|protocol\.ext|filter\.\w+\.(?:clean|smudge)|credential\.helper=!",
    re.IGNORECASE,
)


def hidden_in(command: Command) -> str:
    """Return why nobody can tell what a command does; or ''."""
    program, args = command.program, command.args
    if program[:1] in ("$", "`") or program == "alias":
        return f"what {command.path[:40]} runs cannot be told"
    if program in EVALUATORS or program in INTERPRETERS:
        if any("$(" in arg or "`" in arg or re.match(r"[<$]|\(", arg) for arg in args):
            return f"what {program} runs is made by another command"
        if command.piped and not command.given and not files_of(command):
            return f"what {program} runs comes from another command"
    if program in CODE:
        code = "\n".join([*(a for a in args if re.search(r"[\s('\"]", a)), command.given])
        read = commands.facts_of(shlex.join([program, *args])).runs if "(" in code else []
        if len(_COMPUTED.findall(code)) > len(read):
            return f"what the code for {program} does cannot be told"
    runs = program == "git" and any(map(_GIT_RUNS.search, args))
    return "git runs what an option says" if runs else ""
