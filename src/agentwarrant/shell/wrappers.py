"""Programs that run another one: what is left when they are taken off."""

from __future__ import annotations

import re
from typing import NamedTuple

_MOST = 256
_ASSIGNMENT = re.compile(r"^[A-Za-z_]\w*=")
_WRAPPERS = frozenset(
    {
        *(
            "sudo",
            "doas",
            "nohup",
            "time",
            "command",
            "exec",
            "builtin",
            "watch",
            "unbuffer",
            "coproc",
        ),
        *("stdbuf", "nice", "ionice", "setsid", "caffeinate", "busybox", "chronic"),
        *("timeout", "env", "xargs", "flock", "chroot", "winpty", "npx", "strace", "parallel"),
        *("then", "do", "else", "if", "elif", "while", "until", "!", "{"),
    }
)
_WRAPPER_VALUE = frozenset(
    {"-I", "-n", "-P", "-L", "-u", "-g", "-k", "-s", "-a", "-C", "--signal", "--kill-after"}
)
_TAKE_CODE = frozenset({"env", "watch", "parallel", "flock"})
_LOOKS_UP = frozenset({"command -v", "command -V"})


class Unwrapped(NamedTuple):
    """What a command runs in the end.

    Attributes:
        args: The program and its arguments.
        elevated: It runs under sudo or the like.
        fed: It gets its input as arguments.
        whole: All that was around it was taken off.
    """

    args: list[str]
    elevated: bool
    fed: bool
    whole: bool = True


def unwrapped(args: list[str]) -> Unwrapped:
    """Take off ``sudo``, ``env A=b``, ``xargs`` …"""
    elevated = fed = coded = False
    for _ in range(_MOST):
        if args and "=" in args[0]:
            sets = (i for i, arg in enumerate(args) if not _ASSIGNMENT.match(arg))
            args = args[next(sets, len(args)) :]
        head = args[0].rsplit("/", 1)[-1] if args else ""
        if head == "function" and len(args) > 1:  # function NAME { …
            args = args[2:]
            continue
        if head not in _WRAPPERS or " ".join(args[:2]) in _LOOKS_UP:
            break
        if head == "env" and len(args) == 1:
            break
        elevated = elevated or head in ("sudo", "doas")
        fed = fed or head in ("xargs", "parallel")
        coded = head in _TAKE_CODE
        args = _after_wrapper(args[1:])
    else:
        return Unwrapped(args, elevated, fed, whole=False)
    if coded and args and (args[0] == ":::" or " " in args[0]):
        args = ["eval", *(["\n".join(args[1:])] if args[0] == ":::" else args)]
    return Unwrapped(args, elevated, fed)


def _after_wrapper(args: list[str]) -> list[str]:
    """Skip a wrapper's own options and values: ``timeout 5 curl``, ``nice -n 5 curl``."""
    at, last = 0, len(args) - 1
    while at < last and (args[at].startswith("-") or args[at][:1].isdigit()):
        at += 2 if args[at] in _WRAPPER_VALUE and at + 1 < last else 1
    return args[at:]
