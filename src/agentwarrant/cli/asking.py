"""Questions to whoever sits there; where nobody does, how to go on without is said."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable

import typer

from agentwarrant.cli.output import say

_WITH_YES = "--yes answers it"
_AT_A_TERMINAL = "give it at a terminal, or as a line of standard input"
_WORDS = {"y": True, "yes": True, "n": False, "no": False, "": False}


def confirmed(question: str, *, to_stderr: bool = True) -> bool:
    """Ask for a yes or a no; an empty line is a no. ``--yes`` of the command answers it before.

    Args:
        question: What is asked; no value of an agent's stands in it raw.
        to_stderr: Ask there, and not among the data.

    Raises:
        typer.Abort: Nobody answers; what to do is said.
    """
    said = None
    while said is None:
        typer.echo(f"{question} [y/N]: ", nl=False, err=to_stderr)
        said = _WORDS.get(_heard(_line, _WITH_YES).strip().lower())
    return said


def passphrase(*, twice: bool = False) -> str:
    """Ask for a passphrase, at the terminal if there is one, else on standard input.

    Args:
        twice: Ask until it is the same twice.

    Raises:
        typer.Abort: Nobody answers; what to do is said.
    """
    while True:
        word = _secret("Passphrase: ")
        if word and (not twice or _secret("The same again: ") == word):
            return word
        say("the two are not the same" if word else "an empty one seals nothing")


def _secret(prompt: str) -> str:
    if _is_a_terminal_there():
        return _heard(lambda: getpass.getpass(prompt, sys.stderr), _AT_A_TERMINAL)
    return _heard(_line, _AT_A_TERMINAL)


def _heard(ask: Callable[[], str], mend: str) -> str:
    try:
        return ask()
    except EOFError:
        sys.stderr.write("\n")  # a question may stand there without an answer
        say(f"nobody answers, standard input has ended: {mend}")
        raise typer.Abort from None


def _line() -> str:
    text = sys.stdin.readline() if sys.stdin is not None else ""  # None: it was closed before
    if not text:
        raise EOFError
    return text.rstrip("\r\n")


def _is_a_terminal_there() -> bool:
    """Is there one that can hide what is typed? Python warns where there is none."""
    if sys.stdin is not None and sys.stdin.isatty():
        return True
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
