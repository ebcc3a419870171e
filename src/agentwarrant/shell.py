"""Reads a shell command for what it does: programs, files, requests.

This is no shell. It splits a command line into simple commands well enough to say which
program reads which file and sends what where, in linear time, whatever an agent wrote. Text that
is code all the same (``bash -c``, here-documents, ``echo … | sh``, the command of ``ssh``, of
``xargs`` and of ``find -exec``) is read too. Variables and globs are not expanded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from agentwarrant.shellcommand import Command, code_of, says

MAX_COMMAND = 64 * 1024
_MAX_DEPTH = 6
_MAX_COMMANDS = 400
_MAX_GIVEN = 8192
_MAX_FILLED = 32
_MAX_WRAPPERS = 32

_TOKEN = re.compile(
    r"(?P<space>[ \t\r]+|\\\r?\n|(?<![^\s;&|()])#[^\n]*)"
    r"|(?P<op>&&|\|\||;;|\|&|[0-9]?>>|[0-9]?>&|&>>?|<<<|<<-?|[0-9]?<>|[0-9]?<&"
    r"|[0-9]?>(?!\()|<(?!\()|[;&|()\n])"
    r"|(?P<word>(?:[^\s'\"\\;&|()<>`$]+|[$<>]\([^()]{0,8192}\)|\\.|'[^']*'"
    r"|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|['\"`\\$])+)",
    re.DOTALL,
)
_PLAIN = re.compile(r"[ \t]*+\w[\w./:=,+@%^ \t-]*+", re.ASCII)
"""One simple command without a quote, an operator or anything else that a shell takes apart."""
_QUOTED = re.compile(r"\\(.)|\$?'([^']*)'|\$?\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_IN_DOUBLE = re.compile(r"\\([\"\\$`\n])")
_WINDOWS = re.compile(
    r"^['\"]?(?:[\w.-]{0,32}=?@)?(?:[A-Za-z]:|HK\w{2,20}:?|%\w+%|\$env:\w+|~|\.{1,2}|\\)\\(?=[\w.%$*])"
)
_SUBSTITUTION = re.compile(r"[$<>]\(([^()]{1,8192})\)|`([^`]{1,8192})`")
_ASSIGNMENT = re.compile(r"^[A-Za-z_]\w*=")
_WRAPPERS = frozenset(
    {
        *("sudo", "doas", "nohup", "time", "command", "exec", "builtin", "watch", "unbuffer"),
        *("stdbuf", "nice", "ionice", "setsid", "caffeinate", "busybox", "chronic"),
        *("timeout", "env", "xargs", "flock", "chroot", "winpty", "npx", "strace", "parallel"),
        *("then", "do", "else", "if", "elif", "while", "until", "!", "{"),
    }
)
_WRAPPER_VALUE = frozenset({"-I", "-n", "-P", "-L", "-u", "-g", "-k", "-s"})
_LOOKS_UP = frozenset({"command -v", "command -V"})


@dataclass(slots=True)
class _Simple:
    """Words and redirections between two operators, still quoted."""

    words: list[str] = field(default_factory=list)
    redirections: list[tuple[str, str]] = field(default_factory=list)
    piped: bool = False
    body: str = ""


def parse(text: str) -> list[Command]:
    """Return the simple commands of a command line, including nested ones, in order."""
    found: list[Command] = []
    for command in _parse(text, 0):
        found.append(command)
        if len(found) >= _MAX_COMMANDS:
            break
    return found


def _parse(text: str, depth: int) -> Iterator[Command]:
    if depth > _MAX_DEPTH:
        return
    said = ""
    for simple in _split(text[:MAX_COMMAND]):
        for inner in _nested(simple):
            yield from _parse(inner, depth + 1)
        command = _command(simple, said if simple.piped else "")
        if command is None:
            continue
        said = says(command)
        code, instead = code_of(command)
        if code:
            yield from _parse(code, depth + 1)
        if not (code and instead):
            yield command


# Splitting ---------------------------------------------------------------------------------


def _split(text: str) -> list[_Simple]:
    """Return the simple commands of a text, each with the here-document it is given."""
    if _PLAIN.fullmatch(text):
        return [_Simple(text.split())]
    found: list[_Simple] = []
    waiting: list[tuple[_Simple, str]] = []
    current, pending, at = _Simple(), "", 0
    while len(found) < _MAX_COMMANDS and (match := _TOKEN.search(text, at)):
        kind, word, at = match.lastgroup, match.group(), match.end()
        if kind == "word" and pending:
            current.redirections.append((pending, word))
            if pending in ("<<", "<<-"):
                waiting.append((current, word))
            pending = ""
        elif kind == "word":
            current.words.append(word)
        elif kind == "op" and ("<" in word or ">" in word):
            pending = word
        elif kind == "op":
            at = _bodies(text, at, waiting) if word == "\n" else at
            if current.words or current.redirections:
                found.append(current)
            piped = word in ("|", "|&") or (current.piped and word == "(" and not current.words)
            current, pending = _Simple(piped=piped), ""
    return [*found, current] if current.words or current.redirections else found


def _bodies(text: str, at: int, waiting: list[tuple[_Simple, str]]) -> int:
    """Give the here-documents that begin at ``at`` to their commands; return where they end."""
    for simple, delimiter in waiting:
        start, end_word = at, _unquote(delimiter)
        while at < len(text):
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            line, begun, at = text[at:end].strip(), at, end + 1
            if line == end_word:
                simple.body += text[start:begun]
                break
        else:
            simple.body += text[start:]
    waiting.clear()
    return min(at, len(text))


def _command(simple: _Simple, said: str) -> Command | None:
    args, elevated, fed = _unwrap([_unquote(word) for word in simple.words])
    given = said or simple.body
    if fed and given:
        args = _filled(args, given)
    path = args[0] if args else ""
    name = path if "://" in path else path.replace("\\", "/").rsplit("/", 1)[-1]
    command = Command(
        name.lower().removesuffix(".exe"), args[1:], piped=simple.piped, elevated=elevated
    )
    command.path = path
    for operator, word in simple.redirections:
        given = _redirect(command, operator, _unquote(word)) or given
    command.given = given[:_MAX_GIVEN]
    return command if args or command.writes or command.reads else None


def _redirect(command: Command, operator: str, target: str) -> str:
    """Note a redirection; return the input when it is written out (``<<< text``)."""
    if operator == "<<<":
        return target
    if operator.startswith("<<") or (operator.endswith("&") and re.fullmatch(r"\d*-?", target)):
        return ""
    if ">" in operator:
        command.writes.append(target)
    if "<" in operator:
        command.reads.append(target)
    return ""


def _unwrap(args: list[str]) -> tuple[list[str], bool, bool]:
    """Take off ``sudo``, ``env A=b``, ``xargs`` …; return the rest, and: elevated, fed."""
    elevated = fed = False
    for _ in range(_MAX_WRAPPERS):
        args = args[next((i for i, a in enumerate(args) if not _ASSIGNMENT.match(a)), len(args)) :]
        head = args[0].rsplit("/", 1)[-1] if args else ""
        if head not in _WRAPPERS or " ".join(args[:2]) in _LOOKS_UP:
            break
        if head == "env" and len(args) == 1:
            break
        elevated = elevated or head in ("sudo", "doas")
        fed = fed or head in ("xargs", "parallel")
        args = _after_wrapper(args[1:])
    return args, elevated, fed


def _after_wrapper(args: list[str]) -> list[str]:
    """Skip a wrapper's own options and values: ``timeout 5 curl``, ``nice -n 5 curl``."""
    at, last = 0, len(args) - 1
    while at < last and (args[at].startswith("-") or args[at][:1].isdigit()):
        at += 2 if args[at] in _WRAPPER_VALUE and at + 1 < last else 1
    return args[at:]


def _filled(args: list[str], given: str) -> list[str]:
    """Return the arguments that ``xargs`` makes of its input."""
    given = given[:_MAX_GIVEN].strip()
    if any("{}" in arg for arg in args):  # once, in the first few: nothing may grow without end
        return [arg.replace("{}", given, 1) for arg in args[:_MAX_FILLED]]
    return [*args, *given.split()]


def _unquote(word: str) -> str:
    if "'" not in word and '"' not in word and "\\" not in word:
        return word
    if _WINDOWS.match(word):  # a backslash there is no escape
        return word.replace("'", "").replace('"', "")
    return _QUOTED.sub(_bare, word)


def _bare(match: re.Match[str]) -> str:
    escaped, single, double = match.groups()
    if double is not None:
        return _IN_DOUBLE.sub(r"\1", double)
    return str(escaped if single is None else single)


# Code inside commands ----------------------------------------------------------------------


def _nested(simple: _Simple) -> Iterator[str]:
    """Yield the commands that a shell runs to make the words, and an unquoted here-document."""
    texts = [*simple.words, *(word for _, word in simple.redirections)]
    if simple.body and not any(o[:2] == "<<" and _QUOTED.search(w) for o, w in simple.redirections):
        texts.append(simple.body)
    for text in texts:
        if "(" in text or "`" in text:
            for match in _SUBSTITUTION.finditer(text):
                if not text.startswith("'"):
                    yield match.group(1) or match.group(2)
