"""Reads a shell command for what it does: programs, files, requests.

This is no shell. It splits a command line into simple commands well enough to say which
program reads which file and sends what where, in linear time, whatever an agent wrote. Text that
is code all the same (``bash -c``, here-documents, ``echo … | sh``, the command of ``ssh``, of
``xargs`` and of ``find -exec``, a script that is written and run) is read too. Variables and globs
are not expanded.

Whoever hides a command puts much before it. So what says nothing (``true``, ``echo``, the same
once more) uses up no room, what is left out lies in the middle and never at the end, and that
something was left out is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import NamedTuple

from agentwarrant.shellcommand import Command, code_of, runs_made, says, script_of
from agentwarrant.shellwords import (
    is_quoted,
    must_spread,
    revealed,
    spread,
    substitutions,
    unquote,
)
from agentwarrant.shellwrappers import unwrapped

LIMITS = ("length", "count", "depth")
"""What may keep a command from being read whole: too long, too many commands, too deep."""

MAX_COMMAND = 256 * 1024
"""Characters of a command line that are read; Linux takes half as many as one argument."""
_TAIL = 16 * 1024
_MAX_TOKENS = 32 * 1024
_MAX_WORK = 1024 * 1024
_MAX_DEPTH = 24
_MAX_COMMANDS = 400
_LAST = 64
_MAX_TOLD = 1000
_MAX_GIVEN = 512 * 1024
_MAX_FED = 8192
_MAX_FILLED = 32
_MAX_SPREAD = 4096
_MAX_SCRIPTS = 32

_TOKEN = re.compile(
    r"(?P<space>[ \t\r]+|\\\r?\n|(?<![^\s;&|()])#[^\n]*)"
    r"|(?P<op>&&|\|\||;;|\|&|[0-9]?>>|[0-9]?>&|&>>?|<<<|<<-?|[0-9]?<>|[0-9]?<&"
    r"|[0-9]?>(?!\()|<(?!\()|[;&|()\n])"
    r"|(?P<word>(?:[^\s'\"\\;&|()<>`$]+|\$\(\([^()]{0,1024}\)\)|[$<>]\([^()]{0,8192}\)|\\."
    r"|\$'(?:[^'\\]|\\.)*'|'[^']*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|['\"`\\$])+)",
    re.DOTALL,
)
_PLAIN = re.compile(r"[ \t]*+\w[\w./:=,+@%^ \t-]*+", re.ASCII)
"""One simple command without a quote, an operator or anything else that a shell takes apart."""
_BREAK = re.compile(r"[;\n&|]+")
_IDLE = frozenset({"true", "false", ":", "echo", "printf"})
_MOVES = frozenset({"cd", "pushd", "popd", "chdir", "set-location", "ln", "mount"})


class Read(NamedTuple):
    """What was read of a command line.

    Attributes:
        commands: Its simple commands, including nested ones, in order.
        unread: The limits (``LIMITS``) that kept something of it from being read.
    """

    commands: list[Command]
    unread: frozenset[str]


@dataclass(slots=True)
class _Simple:
    """Words and redirections between two operators, still quoted."""

    words: list[str] = field(default_factory=list)
    redirections: list[tuple[str, str]] = field(default_factory=list)
    piped: bool = False
    body: str = ""


class _State:
    """What one reading has spent, and the scripts that the command line writes."""

    __slots__ = ("given", "scripts", "unread", "work")

    def __init__(self) -> None:
        self.work, self.given = _MAX_WORK, _MAX_GIVEN
        self.unread: set[str] = set()
        self.scripts: dict[str, str] = {}

    def write(self, command: Command, said: str) -> None:
        """Note what a command writes into files, where its own words say it."""
        named = command.args if command.program == "tee" else ()
        for path in (*command.writes, *(name for name in named if name[:1] != "-")):
            if len(self.scripts) < _MAX_SCRIPTS:
                self.scripts[path.removeprefix("./")] = said


def parse(text: str) -> list[Command]:
    """Return the simple commands of a command line, including nested ones, in order."""
    return read(text).commands


def read(text: str) -> Read:
    """Read a command line, and tell what of it could not be read."""
    state = _State()
    commands = list(islice(_parse(text, 0, state), _MAX_TOLD + 1))
    if len(commands) > _MAX_TOLD:
        state.unread.add("count")
    return Read(commands[:_MAX_TOLD], frozenset(state.unread))


def kept(text: str) -> str:
    """Return a command line, or of one that is too long its head, and its tail from a break on."""
    if len(text) <= MAX_COMMAND:
        return text
    far = len(text) - _TAIL
    start = _after_break(text, far)
    return f"{text[: MAX_COMMAND - _TAIL]}\n{text[start if start < len(text) else far :]}"


def _parse(text: str, depth: int, state: _State) -> Iterator[Command]:
    line = kept(text)
    if line is not text:
        state.unread.add("length")
    state.work -= len(line)
    if depth > _MAX_DEPTH or state.work < 0:
        state.unread.add("depth")
        return
    said, spreads = "", must_spread(line)
    for simple in _simples(line, state):
        made = ""
        for inner in _nested(simple):
            last = None
            for last in _parse(inner, depth + 1, state):
                yield last
            made += says(last) if last else ""
        command = _command(simple, said if simple.piped else "", state, spreads)
        if command is None:
            continue
        said = says(command)
        if said and (command.writes or command.program == "tee"):
            state.write(command, said)
        code, instead = code_of(command)
        if made and runs_made(command):
            yield from _parse(made, depth + 1, state)
        if state.scripts and not code:
            code = script_of(command, state.scripts)
        if code:
            yield from _parse(code, depth + 1, state)
        if not (code and instead):
            yield command


# Splitting ---------------------------------------------------------------------------------


def _simples(text: str, state: _State) -> list[_Simple]:
    """Return the simple commands of a text: of one with too many the first and the last."""
    found, at = _split(text, _MAX_COMMANDS - _LAST)
    if at < len(text):
        far = len(text) - _TAIL
        start = at if at >= far else _after_break(text, far)
        last = _split(text[start:], _TAIL)[0]
        if start > at or len(last) > _LAST:
            state.unread.add("length" if len(found) < _MAX_COMMANDS // 2 else "count")
        found += last[-_LAST:]
    return found


def _after_break(text: str, start: int) -> int:
    """Return where the first command begins that begins behind a place."""
    found = _BREAK.search(text, start)
    return found.end() if found else len(text)


def _split(text: str, most: int) -> tuple[list[_Simple], int]:
    """Return simple commands, each with the here-document it is given, and where they end."""
    if _PLAIN.fullmatch(text):
        return [_Simple(text.split())], len(text)
    found: list[_Simple] = []
    waiting: list[tuple[_Simple, str]] = []
    current, pending, at = _Simple(), "", 0
    for _ in range(_MAX_TOKENS):
        match = _TOKEN.search(text, at)
        if match is None:
            at = len(text)
            break
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
            if len(found) >= most:
                found = _sparse(found)
                if len(found) > most * 3 // 4:  # else it would be done again at every command
                    break
    return ([*found, current] if current.words or current.redirections else found), at


def _sparse(found: list[_Simple]) -> list[_Simple]:
    """Leave out what stands alone and does nothing, or the same as one before it."""
    rest: list[_Simple] = []
    seen: set[tuple[object, ...]] = set()
    for simple, following in pairwise([*found, _Simple(piped=True)]):
        if not (simple.piped or following.piped or simple.body):
            said = (*simple.words, *simple.redirections)
            if said in seen or _is_idle(simple):
                continue
            if simple.words[:1] and simple.words[0] in _MOVES:
                seen.clear()  # the same words mean another place from here on
            seen.add(said)
        rest.append(simple)
    return rest


def _is_idle(simple: _Simple) -> bool:
    if any(target != "/dev/null" for _, target in simple.redirections):
        return False
    words = simple.words
    return bool(words) and words[0] in _IDLE and not any("$" in w or "`" in w for w in words)


def _bodies(text: str, at: int, waiting: list[tuple[_Simple, str]]) -> int:
    """Give the here-documents that begin at ``at`` to their commands; return where they end."""
    for simple, delimiter in waiting:
        start, end_word = at, unquote(delimiter)
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


def _command(simple: _Simple, said: str, state: _State, spreads: bool) -> Command | None:
    words = _spread(simple.words) if spreads else [unquote(word) for word in simple.words]
    args, elevated, fed, whole = unwrapped(words)
    if not whole:
        state.unread.add("depth")
    given = said or (revealed(simple.body) if spreads else simple.body)
    if fed and given:
        args = _filled(args, given, state)
    path = args[0] if args else ""
    name = path if "://" in path else path.replace("\\", "/").rsplit("/", 1)[-1]
    command = Command(
        name.lower().removesuffix(".exe"), args[1:], piped=simple.piped, elevated=elevated
    )
    command.path = path
    for operator, word in simple.redirections:
        target = revealed(unquote(word)) if spreads else unquote(word)
        given = _redirect(command, operator, target) or given
    if given:
        command.given = given[: state.given]
        state.given -= len(command.given)
        if len(command.given) < len(given):
            state.unread.add("length")
    return command if args or command.writes or command.reads else None


def _spread(words: list[str]) -> list[str]:
    made: list[str] = []
    for word in words:
        if len(made) < _MAX_SPREAD and must_spread(word):
            made += spread(word)
        else:
            made.append(unquote(word))
    return made


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


def _filled(args: list[str], given: str, state: _State) -> list[str]:
    """Return the arguments that ``xargs`` makes of its input."""
    if len(given) > _MAX_FED:
        state.unread.add("length")
    given = given[:_MAX_FED].strip()
    if any("{}" in arg for arg in args):  # once, in the first few: nothing may grow without end
        return [arg.replace("{}", given, 1) for arg in args[:_MAX_FILLED]]
    return [*args, *given.split()]


# Code inside commands ----------------------------------------------------------------------


def _nested(simple: _Simple) -> Iterator[str]:
    """Yield the commands that a shell runs to make the words, and an unquoted here-document."""
    for text in (*simple.words, *(word for _, word in simple.redirections)):
        if "(" in text or "`" in text:
            yield from substitutions(text)
    body = simple.body
    if ("(" in body or "`" in body) and not any(
        operator[:2] == "<<" and is_quoted(word) for operator, word in simple.redirections
    ):
        yield from substitutions(body, quotes=False)
