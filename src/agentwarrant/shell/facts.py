"""What is found out about a shell command, and what every reader of one needs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from agentwarrant import paths
from agentwarrant.network import Url, parse_url
from agentwarrant.shell.command import Command
from agentwarrant.vocabulary import TOOL_CLASSES

_RANK = {name: i for i, name in enumerate(TOOL_CLASSES)}


@dataclass(slots=True)
class ShellFacts:
    """What a command line does, over all its simple commands.

    Attributes:
        tool_class: The strongest class of any of them.
        urls: What it connects to.
        sends: It sends data out (not only a plain request).
        secret: A credential file, secret store or metadata service is read or sent.
        loads: A credential file becomes part of the environment of what follows.
        leaves: Text that leaves with requests, without authentication headers.
        touched: Files it reads or writes, in order.
        runs_download: It executes what it has just downloaded.
        runs: Command lines that code it was given runs in turn, still to be read.
        acts: What else it does (``vocabulary.TOOL_ACTS``).
        unread: The limits that kept something of it from being read (``shell.LIMITS``).
        table: The first table that SQL in it names, or object of a cloud that it is about.
    """

    tool_class: str = "exec"
    urls: list[Url] = field(default_factory=list)
    sends: bool = False
    connects: bool = False
    secret: bool = False
    loads: bool = False
    leaves: list[str] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)
    runs_download: bool = False
    runs: list[str] = field(default_factory=list)
    acts: set[str] = field(default_factory=set)
    unread: frozenset[str] = frozenset()
    table: str = ""

    def send(self) -> None:
        """Note that data goes out."""
        self.sends = True
        self.be("egress")

    def be(self, tool_class: str) -> None:
        """Become this class if it is stronger than what was found so far."""
        if _RANK[tool_class] < _RANK[self.tool_class]:
            self.tool_class = tool_class


def strongest(classes: Iterable[str]) -> str:
    """Return the strongest of some tool classes (``other`` of none)."""
    return min(classes, key=_RANK.__getitem__, default="other")


def written(path: str, facts: ShellFacts) -> None:
    """Writing an ordinary file is no more than running a command."""
    if paths.written_class(path) != "write":
        facts.be(paths.written_class(path))


def address(facts: ShellFacts, host: str, port: str = "") -> bool:
    """Note whom a command connects to; return whether that is the address of anybody."""
    url = None if host.isdigit() else parse_url(f"{host}:{port}" if port.isdigit() else host)
    facts.urls += [url] if url else []
    return url is not None


def files_of(command: Command) -> list[str]:
    return [a for a in command.args if not a.startswith("-")]


def holds_secrets(path: str) -> bool:
    """Is this a credential file, or a folder of them that is taken whole?"""
    return paths.is_credential(path) or paths.is_credential_folder(path)


def words_in(text: str) -> frozenset[str]:
    return frozenset(text.split())


def after_values(args: list[str], takes_value: frozenset[str]) -> Iterator[str]:
    """Yield the words that are neither options nor the values of these options."""
    words = iter(args)
    for word in words:
        if word in takes_value:
            next(words, None)
        elif not word.startswith("-"):
            yield word


INTERPRETERS = words_in(
    "sh bash zsh dash python python3 node perl ruby php osascript powershell pwsh"
)
VARIABLE = (
    r"[A-Z][A-Z0-9_]{0,60}?(?:SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|MNEMONIC"
    r"|(?:API|ACCESS|PRIVATE|SIGNING|ENCRYPTION|MASTER|DEPLOY)_?KEY)(?:_[A-Z0-9]{1,20}){0,3}"
    r"|(?:SECRET|TOKEN|PASSWORD|PASSWD|API_?KEY|PGPASSWORD|DATABASE_URL)(?:_[A-Z0-9]{1,20}){0,3}"
)
"""A variable of the environment that holds a secret, by its name, in capitals as they are."""
EXPANDED = re.compile(rf"\$(?:(?:{VARIABLE})\b|\{{(?:{VARIABLE})\}})")
"""Such a variable's value, put into a command."""
Handler = Callable[[Command, ShellFacts], str | None]
"""Reads one command into the facts; returns its quiet class when it has no stronger meaning."""
