"""One simple command: what it puts out, where its own words say it, and the code it runs."""

from __future__ import annotations

import base64
import binascii
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import dropwhile

from agentwarrant.shell.names import bound
from agentwarrant.shell.words import unescaped

_SHELLS = frozenset(
    {"sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "su", "runuser", "pwsh", "powershell"}
)
_SOURCES = frozenset({"source", "."})
_STDIN = frozenset({"/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
_OTHERS = re.compile(r"(?:python[\d.]*|node|deno|bun|perl|ruby|php|osascript)$")
_RUNNERS = _SHELLS | _SOURCES | set("eval trap cmd ssh docker podman kubectl oc find".split())
_POSIX_CODE = re.compile(r"-[a-zA-Z]*c|--command")
_POWERSHELL_CODE = re.compile(r"[-/]c(?:o(?:m(?:m(?:a(?:n(?:d)?)?)?)?)?)?", re.IGNORECASE)
_POWERSHELL_ENCODED = re.compile(r"[-/](?:e|ec|en\w*)", re.IGNORECASE)
# Options of ssh, and of `docker exec` and `kubectl exec`, that take the next word.
_SSH_VALUE = re.compile(r"-[46AaCfGgKkMNnqsTtVvXxYy]*[BbcDEeFIiJLlmOopQRSWw]")
_EXEC_VALUE = re.compile(
    r"-[euwnc]|--(?:env|user|workdir|namespace|container|context|kubeconfig|env-file)"
)


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
        path: The program as written.
        given: Its input, where the command line itself says what that is.
    """

    program: str
    args: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    piped: bool = False
    elevated: bool = False
    path: str = ""
    given: str = ""

    @property
    def text(self) -> str:
        return " ".join([self.path or self.program, *self.args])


def base_of(path: str) -> str:
    """Return the name of a program without its folder, in lower case."""
    name = path if "://" in path else path.replace("\\", "/").rsplit("/", 1)[-1]
    return name.lower().removesuffix(".exe")


def redirect(command: Command, operator: str, target: str) -> str:
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


def says(command: Command) -> str:
    """Return what a command puts out, where its own words say it."""
    program, args = command.program, command.args
    if program not in _SPEAKERS:
        return ""
    if program == "echo":
        return _echoed(args)
    if program == "printf":
        return _printed(args)
    plain = [arg for arg in args if not arg.startswith("-")]
    if program in _LOOK_UP or (program == "command" and args[0] in ("-v", "-V")):
        return plain[-1] if plain else ""
    if program == "write-output":
        return " ".join(plain) or "\n"
    if program in ("find", "fd"):
        return _sought(command)
    if program == "tee" or (program == "cat" and not plain):
        return command.given
    decodes = program == "openssl" and {"base64", "-base64", "-a"} & set(args)
    if (decodes or (program == "base64" and not plain)) and any(map(_DECODES.fullmatch, args)):
        return _decoded(command.given)
    if program == "xxd" and any("r" in arg for arg in args if arg.startswith("-")):
        return _from_hex(command.given)
    if program == "rev" and not plain:
        return "\n".join(line[::-1] for line in command.given.split("\n"))
    return ""


_LOOK_UP = frozenset({"which", "type", "get-command"})
_SPEAKERS = _LOOK_UP | frozenset(
    "echo printf write-output find fd tee cat openssl base64 xxd rev command".split()
)
_DECODES = re.compile(r"-\w*[dD]\w*|--decode")
_ECHO = re.compile(r"-[neE]+")
_FORMAT = re.compile(r"%(?:%|[-+ #0']*\d*(?:\.\d+)?([sbqdiuxXc]))")
_MAX_FORMATS = 256


def _echoed(args: list[str]) -> str:
    at = next((i for i, arg in enumerate(args) if not _ECHO.fullmatch(arg)), len(args))
    text = " ".join(args[at:]) or "\n"
    return unescaped(text) if any("e" in arg for arg in args[:at]) else text


def _printed(args: list[str]) -> str:
    """Return what ``printf`` makes of its format, which it repeats for all that it is given."""
    if args[:1] == ["-v"]:
        return ""
    form, *rest = args[1:] if args[:1] == ["--"] else args or [""]
    text, values = unescaped(form), deque(rest)
    takes = sum(1 for match in _FORMAT.finditer(text) if match[1])
    made = [_filled_in(text, values)]
    while takes and values and len(made) < _MAX_FORMATS:
        made.append(_filled_in(text, values))
    return " ".join(["".join(made), *(values if takes else ())]) or "\n"


def _filled_in(form: str, values: deque[str]) -> str:
    def put_in(match: re.Match[str]) -> str:
        return "%" if not match[1] else values.popleft() if values else ""

    return _FORMAT.sub(put_in, form)


def _sought(command: Command) -> str:
    """Return the names that ``find`` looks for: what it hands on."""
    pairs = zip(command.args, command.args[1:], strict=False)
    names = [name for flag, name in pairs if flag in ("-name", "-iname", "-path", "-wholename")]
    return " ".join(names or [arg for arg in command.args[:1] if not arg.startswith("-")])


def _decoded(text: str, encoding: str = "utf-8") -> str:
    try:
        return base64.b64decode(text).decode(encoding, "replace")
    except (binascii.Error, ValueError):
        return ""


def _from_hex(text: str) -> str:
    try:
        return bytes.fromhex(text).decode("utf-8", "replace")
    except ValueError:
        return ""


def code_of(command: Command) -> tuple[str, bool]:
    """Return the code a command runs, and: is that all it does?"""
    program, args = command.program, command.args
    if program not in _RUNNERS:
        return "", False
    if program == "eval":
        at = next((i for i, arg in enumerate(args) if arg != "eval"), len(args))
        return " ".join(args[at:]), True
    if program in _SOURCES:
        return (command.given if args[:1] and args[0] in _STDIN else ""), False
    if program == "trap":
        return " ".join(args[:1]), False
    if program == "cmd":
        at = next((i for i, arg in enumerate(args) if arg.lower() in ("/c", "/k")), len(args))
        return " ".join(args[at + 1 :]), True
    if program in _SHELLS:
        return _shell_code(command), True
    if program == "ssh":
        return " ".join(ssh_words(args)[1:]), False
    if program in ("docker", "podman", "kubectl", "oc") and "exec" in args:
        return _inside(args[args.index("exec") + 1 :]), False
    if program == "find":
        return _executed(command), False
    return "", False


def _shell_code(command: Command) -> str:
    args = command.args
    windows = command.program in ("pwsh", "powershell")
    for i, arg in enumerate(args[:-1]):
        if windows and _POWERSHELL_ENCODED.fullmatch(arg):
            return _decoded(args[i + 1], "utf-16-le")
        if windows and _POWERSHELL_CODE.fullmatch(arg):
            return " ".join(args[i + 1 :])
        if not windows and _POSIX_CODE.fullmatch(arg):
            words = dropwhile(lambda word: word[:1] in ("-", "+"), args[i + 1 :])
            code, given = next(words, ""), list(words)[1:]
            return bound(code, given) if given else code
    reads_input = "-s" in args or all(arg.startswith("-") or arg in _STDIN for arg in args)
    return command.given if reads_input else ""


def runs_made(command: Command) -> bool:
    """Does a command run what another one puts out: ``eval $(…)``, ``bash <(…)``?"""
    runs = command.program in _SHELLS or command.program in _SOURCES or command.program == "eval"
    return runs and any(arg.startswith(("$(", "`", "<(")) for arg in command.args)


def script_of(command: Command, scripts: Mapping[str, str]) -> str:
    """Return the shell script that a command runs; an interpreter of others is given its own.

    Args:
        command: Its input may be filled in.
        scripts: What was written into files before, by their paths.
    """
    path = command.path
    if command.program in _SHELLS or command.program in _SOURCES or _OTHERS.match(command.program):
        path = next((arg for arg in command.args if arg[:1] not in ("-", "+")), "")
    script = scripts.get(path.removeprefix("./"), "")
    if script and _OTHERS.match(command.program):
        command.given = command.given or script
        return ""
    return script


def ssh_words(args: list[str]) -> list[str]:
    """Return the host and the words of the command of ``ssh``, its options left out."""
    return _after_options(args, _SSH_VALUE)


def _inside(args: list[str]) -> str:
    """Return what ``docker exec`` or ``kubectl exec`` runs in the container."""
    if "--" in args:
        return " ".join(args[args.index("--") + 1 :])
    return " ".join(_after_options(args, _EXEC_VALUE)[1:])


def _after_options(args: list[str], takes_value: re.Pattern[str]) -> list[str]:
    at = 0
    while at < len(args) and args[at].startswith("-"):
        at += 2 if takes_value.fullmatch(args[at]) else 1
    return args[at:]


def _executed(command: Command) -> str:
    """Return the command of ``find -exec``, with the names that are looked for put in."""
    args, sought = command.args, _sought(command)[:256] or "."
    at = next((i for i, a in enumerate(args) if a in ("-exec", "-execdir", "-ok")), len(args))
    words = args[at + 1 :]
    end = next((i for i, word in enumerate(words) if word in (";", "+")), len(words))
    return " ".join(word.replace("{}", sought, 1) for word in words[:end])
