"""What a shell command touches: hosts, paths, repositories, over everything it runs in turn."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise, product
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from agentwarrant.network import urls_in
from agentwarrant.shell import commands, parsing
from agentwarrant.shell.command import Command
from agentwarrant.shell.facts import words_in
from agentwarrant.shell.options import CLIENTS, options_of, without_carried
from agentwarrant.shell.words import braced
from agentwarrant.warrant.asked import CALLERS, REMOTE, asked_by
from agentwarrant.warrant.hosts import Target, canonical, targets_of
from agentwarrant.warrant.places import Place, place_of
from agentwarrant.warrant.variables import expanded
from agentwarrant.warrant.words import (
    CODE,
    EVALUATORS,
    NETWORKED,
    SCP,
    TWISTED,
    hidden_in,
    is_file,
    is_path,
    no_paths,
    paths_in_code,
    paths_in_text,
    paths_within,
)

MAX = 256
_CALLERS, _NEAR = 16, 256
_FORGES = words_in("github.com gitlab.com bitbucket.org codeberg.org raw.githubusercontent.com")


class Touched(NamedTuple):
    """Everything one action touches.

    Attributes:
        somewhere: It connects, and to where cannot be read.
        perhaps: Places that it may touch; they count only where they are denied.
        hidden: Why it cannot be told what it does; or ''.
    """

    hosts: tuple[Target, ...] = ()
    paths: tuple[Place, ...] = ()
    repositories: tuple[str, ...] = ()
    somewhere: bool = False
    perhaps: tuple[Place, ...] = ()
    hidden: str = ""


_SPEAKERS = words_in("echo printf write-output write-host say notify-send logger true : alias")
_PASSING = words_in("cat tee")
_NAMED = words_in("gh docker podman kubectl helm aws gcloud az npm npx pnpm yarn pip pip3 go brew")
_NEEDS_HOST = CLIENTS | words_in("nc ncat netcat telnet ssh scp sftp ftp mosh aria2c axel lynx w3m")
_WRITERS = words_in("git gh rsync")
_COUNTED = _SPEAKERS | words_in("git gh kill test [ [[ export exit sleep seq expr date set local")
_RUNNERS = CALLERS | EVALUATORS | CODE | words_in("cat head tail cp mv rm tee dd tar less more")
_PROXY = re.compile(r"(?:^|[._-])(?:https?|all|ftp|socks)?_?proxy=(\S+)$", re.I)
_SOCKETS = re.compile(r"/(?:dev|inet\d?)/(?:tcp|udp)/(?:\d+/)?([^/\s\"']{1,255})/(\w{1,16})")
_AWAY = re.compile(
    r"[()]|(?<![\w./-])(?:popd|bash|sh|zsh|su|ssh|if|then|else)(?![\w./-])|\|\||(?<!&)&(?!&)|\bcd\s+-"
)
_INTO_SHELL = re.compile(r"\|\s*(?:sudo\s+)?(?:/\S*/)?(?:ba|z|da|k)?sh\b")
_PRINTED = re.compile(r"\b(?:printf|echo\s+-\w*e)\b")
_GIT_GOES = words_in("push fetch pull clone ls-remote")
_FROM_FILE = words_in("-K --config -i --input-file --unix-socket --abstract-unix-socket")
_NOWHERE = re.compile(r"^(?:/dev/(?:null|zero|u?random|tty|std(?:in|out|err)|fd/[012])|nul)$", re.I)


@lru_cache(maxsize=4096)
def of_command(text: str, folder: str = "") -> Touched:
    """Return what a shell command touches, over everything it runs in turn."""
    plain, assigned = expanded(text)
    facts = commands.facts_of(plain)
    reading = Reading(folder, away=_AWAY.search(plain) is not None)
    for name, value in assigned:
        reading.assigned(name, value)
    for code in (plain, *facts.runs):
        reading.code(code)
    if _INTO_SHELL.search(plain) and _PRINTED.search(plain):
        reading.hidden = "what the shell runs is made by another command"
    reading.urls(one for url in facts.urls for one in braced(url.full))
    for name in filter(is_file, dict.fromkeys(facts.touched)):
        for where in reading.said.get(name, [folder]):
            reading.path(name, where, sure=name in reading.said or name not in reading.no_files)
    reading.somewhere |= (facts.sends or facts.connects) and not reading.hosts
    return reading.touched()


class Reading:
    """What was found so far in a command line, command after command."""

    def __init__(self, folder: str, *, away: bool = False) -> None:
        self.hosts, self.repositories = dict[Target, None](), dict[str, None]()
        self.paths, self.perhaps = dict[Place, None](), dict[Place, None]()
        self.somewhere, self.hidden = False, ""
        self.no_files, self.said = set[str](), dict[str, dict[str, None]]()
        self._wheres, self._away, self._links = [folder], away, dict[str, str]()
        self._depth, self._met, self._fed = 0, 0, False

    def touched(self) -> Touched:
        shares = [place.path for place in self.paths if place.path.startswith("\\\\")]
        self.urls(f"file:{path}".replace("\\", "/") for path in shares)
        told = {target.host for target in self.hosts if target.port}
        hosts = {(t.host, t.port): t for t in self.hosts if t.port or t.host not in told}
        if max(len(hosts), len(self.paths), len(self.perhaps), len(self.repositories)) > MAX:
            self.hidden = "it touches more than anybody would read"
        goes, paths = tuple(hosts.values())[:MAX], tuple(self.paths)[:MAX]
        known, perhaps = tuple(self.repositories)[:MAX], tuple(self.perhaps)[:MAX]
        return Touched(goes, paths, known, self.somewhere, perhaps, self.hidden)

    def urls(self, urls: Iterable[str], *, sure: bool = False) -> None:
        for url in urls:
            scp = REMOTE.match(url) if SCP.match(url) else None
            for target in targets_of(f"ssh://{scp[1]}" if scp else url, sure=sure):
                self.hosts[target] = None
                self._met += 1
            self.repositories.update(dict.fromkeys(_repositories(url)))

    def path(self, word: str, where: str, *, sure: bool = True) -> None:
        if _NOWHERE.match(word) or _SOCKETS.match(word):
            return
        kept = self.paths if sure else self.perhaps
        place = place_of(word, where)
        kept[place] = None
        for link, source in self._links.items():
            if f"{place.path}/".startswith(f"{link}/"):
                kept[place_of(source + place.path[len(link) :])] = None

    def assigned(self, name: str, value: str) -> None:
        if TWISTED.match(name):
            self.hidden = f"{name} changes what the command does"
        to = [value] if name == "GH_HOST" or _PROXY.search(f"{name}={value}") else []
        self.urls(to, sure=True)
        self.repositories.update({value.lower(): None} if name == "GH_REPO" else {})

    def code(self, text: str) -> None:
        """Read a command line."""
        read = parsing.read(text) if self._depth < 4 else parsing.Read([], frozenset({"depth"}))
        if read.unread == {"name"}:
            self.hidden = "what it runs is not written out"
        elif read.unread:
            self.hidden = "it is longer or deeper than anybody would read"
        self._depth, self._fed = self._depth + 1, self._fed or "xargs" in text
        for command in read.commands:
            self._command(command)
        self._depth -= 1

    def _command(self, command: Command) -> None:
        program = command.program
        words, sent = without_carried(command)
        if program == "curl":  # it spreads braces itself, in quotes too
            words = [one for word in words for one in braced(word)]
        self.hidden = hidden_in(command) or self.hidden
        if program in ("cd", "pushd", "chdir", "set-location", "popd"):
            to = next((w for w in words if w == "-" or not w.startswith("-")), "~")
            if to != "-" and program != "popd":
                self._wheres.append(place_of(to, self._wheres[-1]).path)
            return
        asked = self._connects(Command(program, words, given=command.given))
        wheres = self._wheres[-8:] if self._away else self._wheres[-1:]
        inside = [word for flag, word in pairwise(words) if flag in ("-C", "--directory")]
        inside += [w.partition("=")[2] for w in words if re.match(r"--(?:directory|chdir)=", w)]
        wheres = [*wheres, *(place_of(one, wheres[-1]).path for one in inside)]
        if program in ("ln", "mklink", "mount") or (program == "cp" and {"-s", "-l"} & set(words)):
            self._link([w for w in words if not re.match(r"-|/\w$", w)], wheres[-1])
        self._files(command, words, wheres, asked)
        for file, where in product(sent, wheres):
            self.path(file, where)
        callers, last = 0, len(words) - _NEAR
        for place, word in enumerate(words if program not in _SPEAKERS else ()):
            name = word.rsplit("/", 1)[-1].lower()
            callers += name in CALLERS
            if name in CALLERS and (callers > _CALLERS or place < last):
                self.hidden = "it names more programs and words than anybody would read"
            if name in CALLERS and callers <= _CALLERS:
                self._connects(Command(name, words[place + 1 :][:_NEAR]), sure=False)
                self.somewhere |= self._fed and name in CLIENTS and word is words[-1]
            inner = "" if program in _WRITERS else re.sub(r"^(?:[\w.-]*=)?[!:]*", "", word)
            if " " in inner.strip() and inner.split()[0].rsplit("/", 1)[-1] in _RUNNERS:
                self.code(inner)
        if " " in program or program in ("at", "batch", "crontab", "ssh"):
            self.code(command.path if " " in program else command.given)

    def _files(
        self, command: Command, words: list[str], wheres: list[str], asked: set[str]
    ) -> None:
        program, skipped = command.program, no_paths(command.program, words)
        own = command.path if "/" in command.path and command.path[:5] != "/usr/" else ""
        arguments = set(words)
        for word in filter(None, dict.fromkeys((*command.writes, *command.reads, own, *words))):
            argument = word in arguments
            plain = not argument or not (program in _SPEAKERS or NETWORKED.match(word))
            plain = (plain and not {word, REMOTE.sub(r"ssh://\1", word)} & asked) or word[
                :5
            ] == "file:"
            named = argument and program in _NAMED and not re.match(r"[/~.$]|[A-Za-z]:", word)
            code = argument and program in CODE and re.search(r"[\s('\"]", word) is not None
            skips = word in skipped
            if (not plain or named or code or skips) and program != "find":
                self.no_files.add(word)
            else:
                self.said.setdefault(word, {}).update(dict.fromkeys(wheres))
            if not plain:
                continue
            made = program not in _COUNTED and re.match(r"\$|`|[\w./-]*(?:\$\(|`)", word)
            sure = bool(made) or (is_path(word.removeprefix("@")) and not (named or skips or code))
            guessed = not sure and not skips and word[:1] != "-" and not re.search(r"\s", word)
            parts = [*paths_within(word), *([word.removeprefix("@")] if sure else ())]
            for where in wheres:
                for part in parts:
                    self.path(part, where)
            for where in [*self._wheres[-8:-1], *(wheres if guessed else ())]:
                self.path(word, where, sure=False)
            if program not in _WRITERS:
                for inner in paths_in_text(word):
                    self.path(inner, "", sure=False)
            elif ":" in word and guessed:  # git show HEAD:file
                self.path(word.partition(":")[2], wheres[-1], sure=False)
        text = "\n".join([*(w for w in words if re.search(r"[\s('\"]", w)), command.given])
        for path in paths_in_code(text, program):
            self.path(path, wheres[-1])

    def _link(self, words: list[str], where: str) -> None:
        """Note that a name stands for another place: ``ln -s /etc x``."""
        if words:
            made, end = place_of(words[0], where).path, words[0].rstrip("/").rsplit("/", 1)[-1]
            name = words[-1] if len(words) > 1 else end
            self._links[place_of(name, where).path] = made
            self._links[place_of(f"{name}/{end}", where).path] = made

    def _connects(self, command: Command, *, sure: bool = True) -> set[str]:
        """Note where a command goes; return the words that say so."""
        program, words, before = command.program, command.args, self._met
        quiet = program in _SPEAKERS
        for word in () if quiet else (w for w in words if " " not in w or program not in _WRITERS):
            self.urls([word] if NETWORKED.match(word) or SCP.match(word) else ())
            self.urls(url.full for url in urls_in(word))
            sockets = (f"{h}:{p}" if p.isdigit() else h for h, p in _SOCKETS.findall(word))
            self.urls([*_PROXY.findall(word), *sockets], sure=True)
        from_file = program in CLIENTS and any(n in _FROM_FILE for n, _ in options_of(command))
        passes = program in _PASSING or (program in CLIENTS and not from_file)
        if not passes:  # it is neither what a request carries nor for a file or another program
            self.urls(url.full for url in urls_in(command.given))
        asked: set[str] = set()
        for url, certain in asked_by(command):
            met = self._met
            self.urls([url], sure=certain and sure)
            asked |= {url} if self._met > met else set()
        needs = program in _NEEDS_HOST or (program == "git" and _GIT_GOES & set(words))
        self.somewhere |= from_file or bool(sure and needs and self._met == before)
        if program == "gh":
            self.repositories.update(dict.fromkeys(_gh_repositories(words)))
        return asked


def _gh_repositories(words: list[str]) -> Iterator[str]:
    named = re.compile(r"^(?:https?://[^/]+/)?(?:/?repos/)?([\w.-]+/[\w.-]+?)(?:\.git)?(?:/.*)?$")
    for before, word in pairwise(words):
        found = named.match(word)
        if found and before in ("-R", "--repo", "clone", "fork", "view", "api", "sync", "delete"):
            yield found[1].lower()


def _repositories(url: str) -> Iterator[str]:
    """Yield the repository of a forge that a URL is of."""
    scp = REMOTE.match(url) if SCP.match(url) else None
    text = f"ssh://{scp[1]}/{scp[2]}" if scp else url if "://" in url else f"//{url}"
    try:
        parts = urlsplit(text)
        host = canonical(unquote(parts.hostname or ""))
    except ValueError:
        return
    if host.removeprefix("www.").removeprefix("api.") in _FORGES:
        steps = place_of("/" + unquote(parts.path)).path.removeprefix("/repos").split("/")[1:]
        if len(steps) > 1:
            yield f"{steps[0]}/{steps[1].removesuffix('.git')}".lower()
