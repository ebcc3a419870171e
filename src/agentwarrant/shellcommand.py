"""One simple command: what it puts out, where its own words say it, and the code it runs."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field

_SHELLS = frozenset(
    {"sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "su", "runuser", "pwsh", "powershell"}
)
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


def says(command: Command) -> str:
    """Return what a command puts out, where its own words say it."""
    plain = [arg for arg in command.args if not arg.startswith("-")]
    if command.program in ("echo", "printf", "write-output"):
        return " ".join(plain) or "\n"
    if command.program in ("find", "fd"):
        return _sought(command)
    if command.program == "cat" and not plain:
        return command.given
    flags = {arg for arg in command.args if arg.startswith("-")}
    if command.program == "base64" and flags & {"-d", "-D", "--decode"} and len(plain) == 0:
        return _decoded(command.given)
    if command.program == "xxd" and any("r" in flag for flag in flags):
        return _from_hex(command.given)
    return ""


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
    if program == "eval":
        return " ".join(args), True
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
            return args[i + 1]
    reads_input = "-s" in args or all(arg.startswith("-") for arg in args)
    return command.given if reads_input else ""


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
