"""What a shell makes of one word: quotes taken off, braces spread, the commands inside it."""

from __future__ import annotations

import re
from collections.abc import Iterator

ONE_OF, OR, END = "\ue000", "\ue001", "\ue002"
"""Braces, and the comma between them, that count inside quotes too: one of several values."""
_TEXT = "\ue003"
_SIGNS = "'\"\\;&|<>()#`\n"
_AS_TEXT = str.maketrans({sign: chr(0xE010 + i) for i, sign in enumerate(_SIGNS)})
_AS_SIGNS = str.maketrans({chr(0xE010 + i): sign for i, sign in enumerate(_SIGNS)} | {_TEXT: ""})
_QUOTED = re.compile(
    r"\\(?P<escaped>.)|\$'(?P<ansi>(?:[^'\\]|\\.)*)'|\$?'(?P<single>[^']*)'"
    r"|\$?\"(?P<double>(?:[^\"\\]|\\.)*)\"",
    re.DOTALL,
)
_IN_DOUBLE = re.compile(r"\\([\"\\$`\n])")
_WINDOWS = re.compile(
    r"^['\"]?(?:[\w.-]{0,32}=?@)?(?:[A-Za-z]:|HK\w{2,20}:?|%\w+%|\$env:\w+|~|\.{1,2}|\\)\\(?=[\w.%$*])"
)
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|(0[0-7]{3}|[0-7]{1,3})"
    r"|c(.)|(.))",
    re.DOTALL,
)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "e": "\x1b", "E": "\x1b", "a": "\a", "b": "\b"}
_LETTERS |= {"f": "\f", "v": "\v"}


def unquote(word: str) -> str:
    """Return a word without its quotes, as the program gets it."""
    if "'" not in word and '"' not in word and "\\" not in word:
        return word
    if _WINDOWS.match(word):  # a backslash there is no escape
        return word.replace("'", "").replace('"', "")
    return _QUOTED.sub(_bare, word)


def literal(value: str) -> str:
    """Return what a variable holds, to be put into a command line: no sign in it is a shell's."""
    text = value.translate(_AS_TEXT)
    return _TEXT + text if text != value else value


def revealed(text: str) -> str:
    """Return a text with the signs of the variables that were put in."""
    return text.translate(_AS_SIGNS) if _TEXT in text else text


def alternatives(word: str) -> list[str]:
    """Return a word once for each value of the first of its variables that has several."""
    before, _, rest = word.partition(ONE_OF)
    values, _, after = rest.partition(END)
    return [f"{before}{value}{after}" for value in values.split(OR)]


def must_spread(text: str) -> bool:
    """Does any word of a command line need more than its quotes taken off?"""
    return "{" in text or ONE_OF in text or _TEXT in text


def is_quoted(word: str) -> bool:
    """Is any of a word in quotes?"""
    return _QUOTED.search(word) is not None


def _bare(match: re.Match[str]) -> str:
    text = match[match.lastgroup or 0]
    if match.lastgroup == "double":
        return _IN_DOUBLE.sub(lambda found: found[1].strip("\n"), text)
    if match.lastgroup == "ansi":
        return unescaped(text)
    return "" if match.lastgroup == "escaped" and text == "\n" else text


def unescaped(text: str) -> str:
    r"""Return what ``$'…'``, ``printf`` and ``echo -e`` make of ``\x41``, ``\101``, ``\n`` …"""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    small, short, long, octal, control, letter = match.groups()
    if letter is not None:
        return _LETTERS.get(letter, letter)
    if control is not None:
        return chr(ord(control) & 0x1F)
    number = int(octal, 8) & 0xFF if octal else int(small or short or long, 16)
    return chr(number) if number < 0x110000 else "\ufffd"


# Braces ------------------------------------------------------------------------------------

_BRACES = re.compile(r"(?<!\$)\{([^{}]*,[^{}]*)\}")
_RANGE = re.compile(r"(?<!\$)\{(-?\d{1,4}|[A-Za-z])\.\.(-?\d{1,4}|[A-Za-z])\}")
_MOST = 64
_HELD = {"{": "\ue004", "}": "\ue005", ",": "\ue006", ".": "\ue007"}
_HOLD, _FREE = str.maketrans(_HELD), str.maketrans({held: c for c, held in _HELD.items()})
_MEANT = str.maketrans({ONE_OF: "{", OR: ",", END: "}"})
_WHOLE = re.compile(rf"{_QUOTED.pattern}|[$<>]\([^()]*\)|`[^`]*`", re.DOTALL)


def spread(word: str) -> list[str]:
    """Return the words that a shell makes of one: braces spread where no quotes hold them."""
    if "{" in word and _WHOLE.search(word):
        held = _WHOLE.sub(lambda match: match[0].translate(_HOLD), word)
        made = [one.translate(_FREE) for one in braced(held.translate(_MEANT))]
    else:
        made = braced(word.translate(_MEANT))
    return [revealed(unquote(one)) for one in made if one]  # {,x}: nothing is no word


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


# Commands inside words ---------------------------------------------------------------------

_EDGE = re.compile(r"\\.|[$<>]\(|[()`\"']", re.DOTALL)
_SUMS = 8


def substitutions(text: str, *, quotes: bool = True) -> Iterator[str]:
    """Yield the commands that a shell runs to make a word, the outermost; one left open too.

    Args:
        text: The word, or a here-document.
        quotes: Quotes in it are a shell's own; those of a here-document are only text.
    """
    waiting = [text]
    for _ in range(_SUMS):  # $((1 + $(date +%s))) is a sum with a command in it
        inner = [one for said in waiting for one in _outermost(said, quotes=quotes)]
        yield from (one for one in inner if not _is_sum(one))
        waiting = [one[1:-1] for one in inner if _is_sum(one)]
        if not waiting:
            return


def _outermost(text: str, *, quotes: bool) -> Iterator[str]:
    quote, tick, start = "", -1, 0
    outer: list[str] = []
    for match in _EDGE.finditer(text):
        edge, free = match[0], not quote and tick < 0
        if edge[0] == "\\":
            quote = "" if quote == "'" and edge[1] == "'" else quote  # no escape in there
        elif edge == "`" and not outer and quote != "'":
            if tick >= 0:
                yield text[tick : match.start()]
            tick = match.end() if tick < 0 else -1
        elif edge in ("'", '"') and (quotes or outer) and tick < 0:
            quote = "" if quote == edge else quote or edge
        elif (free and edge[1:]) or (edge == "$(" and quote == '"' and tick < 0):
            start = start if outer else match.end()
            outer.append(quote)
            quote = ""
        elif edge == "(" and free and outer:
            outer.append("")
        elif edge == ")" and free and outer:
            quote = outer.pop()
            if not outer:
                yield text[start : match.start()]
    if outer or tick >= 0:
        yield text[start if outer else tick :]


def _is_sum(code: str) -> bool:
    """Is it the inside of ``$((…))``, which is counted and not run?"""
    if code[:1] != "(" or code[-1:] != ")":
        return False
    depth = 0
    for match in re.finditer(r"[()]", code):
        depth += 1 if match[0] == "(" else -1
        if not depth:
            return match.end() == len(code)
    return False
