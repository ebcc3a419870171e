"""Reads a shell command for what it does: programs, files, requests.

This is no shell. It splits a command line into simple commands well enough to say which
program reads which file and sends what where, in linear time, whatever an agent wrote. Text that
is code all the same (``bash -c``, here-documents, ``echo … | sh``, the command of ``ssh``, of
``xargs`` and of ``find -exec``, a script that is written and run, what a function, an alias or a
program that is not written out stands for: ``names``) is read too. Variables and globs are
not expanded.

Whoever hides a command puts much before it. So what says nothing (``true``, ``echo``, the same
once more) uses up no room, what is left out lies in the middle and never at the end, and that
something was left out is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from agentwarrant.shell.command import (
    Command,
    base_of,
    code_of,
    redirect,
    runs_made,
    says,
    script_of,
)
from agentwarrant.shell.meant import ODD, meant
from agentwarrant.shell.names import NAMING, Names, bound
from agentwarrant.shell.simple import Simple, sparse
from agentwarrant.shell.words import (
    ONE_OF,
    alternatives,
    is_quoted,
    must_spread,
    revealed,
    spread,
    substitutions,
    unquote,
)
from agentwarrant.shell.wrappers import unwrapped

LIMITS = ("length", "count", "depth", "name")
"""What may keep a command from being read whole: too long, too many commands, too deep, or a
program whose name is not written out."""

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
_HEADER = re.compile(r"[ \t]{0,8}\)(?=\s{0,64}[{(])")
_BREAK = re.compile(r"[;\n&|]+")


class Read(NamedTuple):
    """What was read of a command line.

    Attributes:
        commands: Its simple commands, including nested ones, in order.
        unread: The limits (``LIMITS``) that kept something of it from being read.
    """

    commands: list[Command]
    unread: frozenset[str]


class _State:
    """What one reading has spent, and the scripts that the command line writes."""

    __slots__ = ("given", "names", "scripts", "unread", "work")

    def __init__(self) -> None:
        self.work, self.given = _MAX_WORK, _MAX_GIVEN
        self.unread: set[str] = set()
        self.scripts: dict[str, str] = {}
        self.names: Names | None = None

    def naming(self) -> Names:
        """Return the names that it has given; most command lines give none."""
        self.names = self.names or Names()
        return self.names

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
    if len(commands) > _MAX_TOLD or (state.names and state.names.lost):
        state.unread.add("count")
    return Read(commands[:_MAX_TOLD], frozenset(state.unread))


def kept(text: str) -> str:
    """Return a command line, or of one that is too long its head, and its tail from a break on."""
    if len(text) <= MAX_COMMAND:
        return text
    far = len(text) - _TAIL
    start = _after_break(text, far)
    return f"{text[: MAX_COMMAND - _TAIL]}\n{text[start if start < len(text) else far :]}"


def _parse(
    text: str, depth: int, state: _State, caller: Command | None = None
) -> Iterator[Command]:
    line = kept(text)
    if line is not text:
        state.unread.add("length")
    state.work -= len(line)
    if depth > _MAX_DEPTH or state.work < 0:
        state.unread.add("depth")
        return
    if "(" in line or "function" in line:
        state.naming().define(line)
    said, spreads, piped = "", must_spread(line), False
    if caller is not None:  # what is piped into a function is piped into its first command
        said, piped = caller.given, caller.piped
    for simple in _simples(line, state):
        simple.piped, piped = simple.piped or piped, False
        made = ""
        for inner in _nested(simple):
            last = None
            for last in _parse(inner, depth + 1, state):
                yield last
            made += says(last) if last else ""
        if made:
            state.naming().assign(simple.words, made)
        bare = not spreads and (state.names is None or state.names.positions is None)
        for words in (simple.words,) if bare else _each(simple.words, state):
            simple.words = words
            command = _command(simple, said if simple.piped else "", state, not bare)
            if command is None:
                continue
            said = says(command)
            if said and (command.writes or command.program == "tee"):
                state.write(command, said)
            if not ODD.search(command.path):
                yield from _run(command, made, depth, state)
                continue
            found, unknown = meant(command, made, state.naming(), alone=not depth)
            state.unread.update(("name",) if unknown else ())
            for one in found:
                yield from _run(one, made, depth, state)


def _run(command: Command, made: str, depth: int, state: _State) -> Iterator[Command]:
    """Yield a command and what it runs: code in its words, a script, a function."""
    code, instead = code_of(command)
    if made and runs_made(command):
        yield from _parse(made, depth + 1, state)
    if state.scripts and not code:
        code = script_of(command, state.scripts)
    if code:
        yield from _parse(code, depth + 1, state)
    if not (code and instead):
        yield command
    if command.program in NAMING:
        state.naming().note(command.program, command.args)
    if state.names is not None and command.path in state.names.given:
        for code in state.names.called(command.path, command.args, piped=command.piped):
            yield from _parse(code, depth + 1, state, command)


# Splitting ---------------------------------------------------------------------------------


def _simples(text: str, state: _State) -> list[Simple]:
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


def _split(text: str, most: int) -> tuple[list[Simple], int]:
    """Return simple commands, each with the here-document it is given, and where they end."""
    if _PLAIN.fullmatch(text):
        return [Simple(text.split())], len(text)
    found: list[Simple] = []
    waiting: list[tuple[Simple, str]] = []
    current, pending, at = Simple(), "", 0
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
        elif word == "(" and current.words and (begun := _HEADER.match(text, at)):
            at = begun.end()  # what a function does is read where it stands, and once for each call
            current.words = current.words[: -2 if "function" in current.words[-2:-1] else -1]
        elif kind == "op":
            at = _bodies(text, at, waiting) if word == "\n" else at
            if current.words or current.redirections:
                found.append(current)
            piped = word in ("|", "|&") or (current.piped and word == "(" and not current.words)
            current, pending = Simple(piped=piped), ""
            if len(found) >= most:
                found = sparse(found)
                if len(found) > most * 3 // 4:  # else it would be done again at every command
                    break
    return ([*found, current] if current.words or current.redirections else found), at


def _bodies(text: str, at: int, waiting: list[tuple[Simple, str]]) -> int:
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


def _command(simple: Simple, said: str, state: _State, spreads: bool) -> Command | None:
    words = _spread(simple.words) if spreads else [unquote(word) for word in simple.words]
    args, elevated, fed, whole = unwrapped(words)
    if not whole:
        state.unread.add("depth")
    given = said or (revealed(simple.body) if spreads else simple.body)
    if fed and given:
        args = _filled(args, given, state)
    path = args[0] if args else ""
    command = Command(base_of(path), args[1:], piped=simple.piped, elevated=elevated, path=path)
    for operator, word in simple.redirections:
        target = revealed(unquote(word)) if spreads else unquote(word)
        given = redirect(command, operator, target) or given
    if given:
        command.given = given[: state.given]
        state.given -= len(command.given)
        if len(command.given) < len(given):
            state.unread.add("length")
    return command if args or command.writes or command.reads else None


def _each(words: list[str], state: _State) -> Iterator[list[str]]:
    """Yield the words of a command as often as its program may be another (``for c in a b``)."""
    given = state.names.positions if state.names else None
    if given is not None and any("$" in word for word in words):
        found = _TOKEN.finditer(bound(" ".join(words), given))
        words = [match[0] for match in found if match.lastgroup == "word"]
    at = len(words) - len(unwrapped(words).args) if any(ONE_OF in word for word in words) else 0
    for program in alternatives(words[at]) if words[at:] and ONE_OF in words[at] else ():
        yield [*words[:at], program, *words[at + 1 :]]
    if not (words[at:] and ONE_OF in words[at]):
        yield words


def _spread(words: list[str]) -> list[str]:
    made: list[str] = []
    for word in words:
        if len(made) < _MAX_SPREAD and must_spread(word):
            made += spread(word)
        else:
            made.append(unquote(word))
    return made


def _filled(args: list[str], given: str, state: _State) -> list[str]:
    """Return the arguments that ``xargs`` makes of its input."""
    if len(given) > _MAX_FED:
        state.unread.add("length")
    given = given[:_MAX_FED].strip()
    if any("{}" in arg for arg in args):  # once, in the first few: nothing may grow without end
        return [arg.replace("{}", given, 1) for arg in args[:_MAX_FILLED]]
    return [*args, *given.split()]


# Code inside commands ----------------------------------------------------------------------


def _nested(simple: Simple) -> Iterator[str]:
    """Yield the commands that a shell runs to make the words, and an unquoted here-document."""
    for text in (*simple.words, *(word for _, word in simple.redirections)):
        if "(" in text or "`" in text:
            yield from substitutions(text)
    body = simple.body
    if ("(" in body or "`" in body) and not any(
        operator[:2] == "<<" and is_quoted(word) for operator, word in simple.redirections
    ):
        yield from substitutions(body, quotes=False)
