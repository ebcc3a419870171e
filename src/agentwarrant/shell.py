"""Reads a shell command for what it does: programs, files, requests.

This is no shell. It splits a command line into simple commands well enough to say which
program reads which file and sends what where, in linear time, whatever an agent wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_COMMAND = 64 * 1024
_MAX_DEPTH = 6
_MAX_COMMANDS = 400

_TOKEN = re.compile(
    r"(?P<space>[ \t\r]+|\\\n)"
    r"|(?P<op>&&|\|\||;;|\|&|[0-9]?>>|[0-9]?>&|&>>?|<<<|<<-?|[0-9]?>|<|[;&|()\n])"
    r"|(?P<word>(?:[^\s'\"\\;&|()<>`]+|\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|['\"`\\])+)",
    re.DOTALL,
)
_QUOTED = re.compile(r"\\(.)|'([^']*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_SUBSTITUTION = re.compile(r"\$\(([^()]{1,8192})\)|`([^`]{1,8192})`")
_ASSIGNMENT = re.compile(r"^[A-Za-z_]\w*=")
_WRAPPERS = frozenset(
    "sudo doas nohup time command exec builtin eval watch unbuffer stdbuf nice ionice setsid "
    "caffeinate busybox chronic then do else if while until !".split()
)
_WRAPPERS_WITH_VALUE = frozenset({"timeout", "env", "xargs", "flock", "chroot", "su", "runuser"})
_SHELLS = frozenset("sh bash zsh dash ksh ash fish pwsh powershell cmd".split())
_CODE_FLAGS = frozenset({"-c", "-lc", "-ic", "-lic", "-xc", "-ec", "-Command", "/c", "/C"})


@dataclass(slots=True)
class Command:
    """One simple command.

    Attributes:
        program: Base name of what runs, in lower case.
        args: Its arguments, unquoted.
        reads: Files it takes as input by redirection.
        writes: Files it puts output into by redirection.
        piped: Its input comes from the command before.
        elevated: It runs under sudo or the like.
    """

    program: str
    args: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    piped: bool = False
    elevated: bool = False

    @property
    def text(self) -> str:
        return " ".join([self.program, *self.args])


def parse(text: str) -> list[Command]:
    """Return the simple commands of a command line, including nested ones, in order."""
    found: list[Command] = []
    for command in _parse(text[:MAX_COMMAND], 0):
        found.append(command)
        if len(found) >= _MAX_COMMANDS:
            break
    return found


def _parse(text: str, depth: int) -> Iterator[Command]:
    if depth > _MAX_DEPTH:
        return
    for words, operators, piped in _simple(text):
        command = _command(words, operators, piped)
        for inner in _nested(words):
            yield from _parse(inner, depth + 1)
        if command is None:
            continue
        code = _code_of(command)
        if code:
            yield from _parse(code, depth + 1)
        else:
            yield command


def _simple(text: str) -> Iterator[tuple[list[str], list[tuple[str, str]], bool]]:
    """Yield (words, redirections, piped) of each simple command."""
    words: list[str] = []
    redirections: list[tuple[str, str]] = []
    pending = ""
    piped = False
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "space":
            continue
        token = match.group()
        if match.lastgroup == "word":
            if pending:
                redirections.append((pending, token))
                pending = ""
            else:
                words.append(token)
        elif "<" in token or ">" in token:
            pending = token
        else:
            if words or redirections:
                yield words, redirections, piped
            words, redirections, pending = [], [], ""
            piped = token in ("|", "|&") or (piped and token == "(")
    if words or redirections:
        yield words, redirections, piped


def _command(words: list[str], redirections: list[tuple[str, str]], piped: bool) -> Command | None:
    args = [_unquote(word) for word in words]
    elevated = False
    while args:
        head = args[0].rsplit("/", 1)[-1]
        if _ASSIGNMENT.match(args[0]) or head in _WRAPPERS:
            elevated = elevated or head in ("sudo", "doas")
            args = _after_wrapper(args[1:]) if elevated else args[1:]
        elif head in _WRAPPERS_WITH_VALUE and len(args) > 1:
            args = _after_wrapper(args[1:])
        else:
            break
    command = Command(args[0].replace("\\", "/").rsplit("/", 1)[-1].lower() if args else "")
    command.program = command.program.removesuffix(".exe")
    command.args, command.piped, command.elevated = args[1:], piped, elevated
    for operator, word in redirections:
        place = command.writes if ">" in operator else command.reads
        if not operator.startswith("<<") and not operator.endswith("&"):
            place.append(_unquote(word))
    return command if args or command.writes or command.reads else None


def _after_wrapper(args: list[str]) -> list[str]:
    """Skip a wrapper's own options and values: ``timeout 5 curl``, ``env A=b curl``."""
    while len(args) > 1 and (
        args[0].startswith("-") or _ASSIGNMENT.match(args[0]) or args[0][:1].isdigit()
    ):
        takes_value = args[0] in ("-I", "-n", "-P", "-L", "-u", "-g", "-k", "-s") and len(args) > 2
        args = args[2:] if takes_value else args[1:]
    return args


def _nested(words: list[str]) -> Iterator[str]:
    for word in words:
        if "$(" in word or "`" in word:
            for match in _SUBSTITUTION.finditer(word):
                if not word.startswith("'"):
                    yield match.group(1) or match.group(2)


def _code_of(command: Command) -> str:
    """Return the code a shell is given to run, or the command run on another host."""
    if command.program in _SHELLS:
        for i, arg in enumerate(command.args[:-1]):
            if arg in _CODE_FLAGS:
                return command.args[i + 1]
    return ""


def _unquote(word: str) -> str:
    if "'" not in word and '"' not in word and "\\" not in word:
        return word
    return _QUOTED.sub(lambda m: next((g for g in m.groups() if g is not None), ""), word)
