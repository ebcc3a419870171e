"""What an action touches: hosts, paths, repositories; read out of its event."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

import orjson

from agentwarrant import commands, shell
from agentwarrant.event import Event, text_of
from agentwarrant.network import urls_in
from agentwarrant.shellcommand import Command
from agentwarrant.warrant.hosts import Target, targets_of
from agentwarrant.warrant.places import Place, place_of

WRITING = frozenset(
    {"write", "destructive", "persistence", "memory_write", "config_change", "privilege"}
)
_MAX = 256
_FORGES = re.compile(
    r"^(?:ssh://)?(?:[\w.-]+@)?(?:https?://)?(?:www\.|api\.)?(?:github\.com|gitlab\.com"
    r"|bitbucket\.org|codeberg\.org)[/:](?:repos/)?([\w.-]+/[\w.-]+?)(?:\.git)?(?:[/?#].*)?$",
    re.IGNORECASE,
)
_SCP = re.compile(r"^[\w.-]+@([\w.-]+):(?!//)")
_PATH_KEY = re.compile(
    r"(?:^|_)(?:path|file|filename|filepath|dir|directory|folder|cwd|workdir|notebook_path"
    r"|target_file|source|destination|src|dst|paths|files|attachments?)(?:$|_)",
    re.IGNORECASE,
)
_URL_KEY = re.compile(r"(?:^|_)(?:url|uri|link|href|endpoint|website|host|domain)s?(?:$|_)", re.I)
_REPOSITORY_KEY = re.compile(r"^(?:repo(?:sitory)?(?:_?(?:full_?)?name)?|project)$", re.IGNORECASE)
_NETWORKED = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


class Touched(NamedTuple):
    """Everything one action touches.

    Attributes:
        somewhere: It connects, and to where cannot be read.
    """

    hosts: tuple[Target, ...] = ()
    paths: tuple[Place, ...] = ()
    repositories: tuple[str, ...] = ()
    somewhere: bool = False


def touched_by(event: Event) -> Touched:
    """Return what an action touches."""
    folder = text_of(event, "process.working_directory")
    command = text_of(event, "process.command_line")
    if command:
        return of_command(command, folder)
    return _of_call(
        text_of(event, "warrant.arguments.text"),
        text_of(event, "url.full"),
        text_of(event, "destination.address"),
        text_of(event, "file.path"),
        folder,
        text_of(event, "warrant.network.operation", "none") != "none",
    )


@lru_cache(maxsize=4096)
def of_command(text: str, folder: str = "") -> Touched:
    """Return what a shell command touches, over everything it runs in turn."""
    facts = commands.facts_of(text)
    urls = [*(url.full for url in facts.urls), *(url.full for url in urls_in(text))]
    parsed = shell.parse(text)
    for code in facts.runs:
        parsed = [*parsed, *shell.parse(code)]
        urls += [url.full for url in urls_in(code)]
    words = list(_words(parsed, folder))
    urls += [word for word, _ in words if _NETWORKED.match(word) or _SCP.match(word)]
    hosts = _hosts(urls)
    named = [(name, _folder_for(name, words, folder)) for name in filter(_is_file, facts.touched)]
    found = [*named, *((word, where) for word, where in words if _is_path(word))]
    places = dict.fromkeys(place_of(word, where) for word, where in found[:_MAX])
    hidden = ((facts.sends or facts.connects) and not hosts) or any(map(_is_hidden, parsed))
    return Touched(hosts, tuple(places), _repositories(urls), hidden)


_EVALUATORS = frozenset(
    {"eval", "iex", "invoke-expression", "sh", "bash", "zsh", "dash", "python", "python3", "node"}
)


def _is_hidden(command: Command) -> bool:
    """Does it run what another command makes, so that nobody can tell what that is?"""
    if command.program not in _EVALUATORS:
        return False
    return any("$(" in arg or "`" in arg or arg.startswith("$") for arg in command.args)


def _is_file(name: str) -> bool:
    """Is this a file of this machine, not code, not somewhere else, not our note on sudo?"""
    if name == "sudo" or len(name) > 1024 or "\n" in name or "(" in name:
        return False
    return not (_NETWORKED.match(name) or _SCP.match(name) or "::" in name)


def _words(parsed: list[Command], folder: str) -> Iterator[tuple[str, str]]:
    """Yield the words of commands, each with the folder it is said in."""
    where = folder
    for command in parsed:
        if command.program in ("cd", "pushd", "chdir", "set-location"):
            to = next((arg for arg in command.args if not arg.startswith("-")), "~")
            where = place_of(to, where).path
            continue
        for word in (*command.args, *command.writes, *command.reads):
            option = re.match(r"^--?[\w-]+=(.+)$", word)
            yield option.group(1) if option else word.removeprefix("@"), where
        if "/" in command.path and not command.path.startswith("/usr/"):
            yield command.path, where


def _folder_for(name: str, words: list[tuple[str, str]], folder: str) -> str:
    return next((where for word, where in words if word == name), folder)


def _is_path(word: str) -> bool:
    if _NETWORKED.match(word) and not word.lower().startswith("file:"):
        return False
    if word.startswith(("-", "$(", "`")) or not _is_file(word):
        return False
    if "\n" in word or " " in word.strip():
        return word.startswith(("/", "~/", "./", "../")) and "\n" not in word
    return word.startswith(("/", "~", "./", "../", "file:", "$HOME")) or bool(
        re.match(r"^(?:[a-z]:[\\/]|\.\.?$|[\w.-]+/[\w./*-]+$)", word, re.IGNORECASE)
    )


def _hosts(urls: list[str]) -> tuple[Target, ...]:
    found: dict[tuple[str, int], Target] = {}
    for url in urls[:_MAX]:
        scp = _SCP.match(url)
        for target in targets_of(f"ssh://{scp.group(1)}" if scp else url):
            found.setdefault((target.host, target.port), target)
    return tuple(found.values())


def _repositories(urls: list[str]) -> tuple[str, ...]:
    found = (_FORGES.match(url) for url in urls[:_MAX])
    return tuple(dict.fromkeys(match.group(1).lower() for match in found if match))


@lru_cache(maxsize=4096)
def _of_call(
    arguments: str, url: str, address: str, path: str, folder: str, connects: bool
) -> Touched:
    pairs = list(_pairs(arguments))
    urls = [url] if url else []
    urls += [v for k, v in pairs if _URL_KEY.search(k) or _NETWORKED.match(v)]
    if address and not urls:
        urls.append(address)
    named = [path] if path else []
    named += [
        v
        for k, v in pairs
        if (_PATH_KEY.search(k) and len(v) < 1024 and not _NETWORKED.match(v))
        or v.lower().startswith("file:")
    ]
    places = dict.fromkeys(place_of(one, folder) for one in named[:_MAX])
    repositories = [*_repositories(urls), *_named_repositories(dict(pairs))]
    hosts = _hosts(urls)
    return Touched(hosts, tuple(places), tuple(dict.fromkeys(repositories)), connects and not hosts)


def _named_repositories(pairs: Mapping[str, str]) -> Iterator[str]:
    for key, value in pairs.items():
        if not _REPOSITORY_KEY.match(key) or _NETWORKED.match(value) or len(value) > 200:
            continue
        owner = pairs.get("owner") or pairs.get("org") or pairs.get("organization")
        if "/" in value:
            yield value.lower()
        elif owner:
            yield f"{owner}/{value}".lower()


def _pairs(arguments: str) -> Iterator[tuple[str, str]]:
    """Yield (key, text) of everything in arguments that are JSON."""
    if arguments[:1] not in ("{", "["):
        return
    try:
        stack: list[tuple[str, object]] = [("", orjson.loads(arguments))]
    except orjson.JSONDecodeError:
        return  # it was cut
    count = 0
    while stack and count < _MAX:
        key, value = stack.pop()
        if isinstance(value, dict):
            stack += [(str(name), inner) for name, inner in value.items()]
        elif isinstance(value, list):
            stack += [(key, inner) for inner in value]
        elif isinstance(value, str):
            count += 1
            yield key, value
