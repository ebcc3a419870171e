"""What a shell command amounts to: its class, the files it touches, the requests it makes."""

from __future__ import annotations

import re
from functools import lru_cache

from agentwarrant import paths
from agentwarrant.acts.shell import acts_of
from agentwarrant.network import urls_in
from agentwarrant.shell import code, host, net, parsing
from agentwarrant.shell.code import read_script
from agentwarrant.shell.command import Command
from agentwarrant.shell.facts import (
    EXPANDED,
    INTERPRETERS,
    VARIABLE,
    Handler,
    ShellFacts,
    address,
    files_of,
    holds_secrets,
    strongest,
    words_in,
    written,
)
from agentwarrant.shell.host import destroys_data as destroys_data
from agentwarrant.shell.net import run_from_elsewhere
from agentwarrant.shell.options import CLIENTS, DOWNLOADERS, options_of
from agentwarrant.warrant.variables import expanded, sets

_MAX_RUNS = 16


_REMEMBERED = 8192


def facts_of(text: str) -> ShellFacts:
    """Read a command line. The answer is shared: do not change it."""
    return (_facts_once if len(text) <= _REMEMBERED else read_afresh)(text)


def read_afresh(text: str) -> ShellFacts:
    """Read a command line, whether it was read before or not."""
    facts, line = ShellFacts(), parsing.kept(text)
    plain = expanded(line)[0] if sets(line) else line
    whole = parsing.read(plain)
    quiet = [_one(command, facts) for command in whole.commands]
    read = [whole, *map(parsing.read, facts.runs[:_MAX_RUNS])]
    for inner in read[1:]:
        for command in inner.commands:
            _one(command, facts)
    for part in read:
        _pipeline(part.commands, facts)
    facts.unread = whole.unread
    if len(read) > 1 or line is not text:
        _unread(read, facts, cut=line is not text)
    done = [command for part in read for command in part.commands]
    # A loop over hosts is known by its variable, so the line counts as it was written, too.
    acts_of(done if plain == line else [*parsing.parse(line), *done], line, facts)
    weak = [c for c in quiet if c]
    if facts.tool_class == "exec" and weak and len(weak) == len(quiet) and not facts.unread:
        facts.tool_class = strongest(weak)
    facts.urls = list(dict.fromkeys(facts.urls))
    facts.secret = facts.secret or any(url.kind == "metadata" for url in facts.urls)
    if facts.loads and (facts.sends or any(map(_shows_environment, whole.commands))):
        facts.secret = True
    if facts.secret:
        facts.be("egress" if facts.sends else "credential_read")
    return facts


_facts_once = lru_cache(maxsize=4096)(read_afresh)


def _unread(read: list[parsing.Read], facts: ShellFacts, *, cut: bool) -> None:
    """Note which limits kept something from being read."""
    facts.unread = frozenset().union(*(part.unread for part in read))
    if cut:
        facts.unread |= {"length"}
    if len(facts.runs) > _MAX_RUNS:
        facts.unread |= {"count"}


def _one(command: Command, facts: ShellFacts) -> str:
    """Read one simple command; return its quiet class (read, write, discovery), or ''."""
    if command.elevated:
        facts.touched.append("sudo")
    _redirections(command, facts)
    if ":" in command.path:
        run_from_elsewhere([command.path], facts)  # npx github:someone/tool
    program = command.program
    handler = _HANDLERS.get(program)
    if handler:
        return handler(command, facts) or ""
    if program in _READERS:
        return "write" if _reads(command, facts) or command.writes else "read"
    if program in _WRITERS:
        _writes(command, facts)
        return "write"
    if program in _DISCOVERY or program.startswith("get-"):  # PowerShell names what only shows so
        return "discovery"
    if program in _SILENT:
        return "write" if command.writes else "read"
    read_script(command, facts)
    return ""


def _redirections(command: Command, facts: ShellFacts) -> None:
    for path in (*command.writes, *command.reads):
        facts.touched.append(path)
        device = _DEVICE.match(path)
        if device:
            facts.connects = True
            address(facts, *device.groups())
    for path in command.writes:
        if _DEVICE.match(path):
            facts.send()
        written(path, facts)
    facts.secret = facts.secret or any(paths.is_credential(path) for path in command.reads)


_DEVICE = re.compile(r"/dev/(?:tcp|udp)/([^/\s]{1,255})/(\w{1,16})")


def _loads(command: Command, facts: ShellFacts) -> None:
    """Note what a shell takes in (``. .env``): programs use it so, nobody gets to see it."""
    names = files_of(command)[:1]
    facts.touched += [name for name in names if "(" not in name]
    facts.loads = facts.loads or any(map(paths.is_credential, names))


def _shows_environment(command: Command) -> bool:
    program, args = command.program, command.args
    if program in ("echo", "printf"):
        return any("$" in arg for arg in args)
    return program == "printenv" or (program in ("env", "export", "set", "declare") and not args)


def _reads(command: Command, facts: ShellFacts) -> bool:
    """Note what is read; return whether the files are changed in place."""
    names = files_of(command)
    # The pattern of grep and the programs of sed, awk and jq are no files.
    if command.program in ("grep", "egrep", "rg", "sed", "awk", "jq", "ag") and len(names) > 1:
        names = names[1:]
    facts.touched += names
    if any(paths.is_credential(name) for name in names):
        facts.secret = True
    if command.program != "sed" or not any(a.startswith(("-i", "--in-")) for a in command.args):
        return False
    for name in names:
        written(name, facts)
    return True


def _writes(command: Command, facts: ShellFacts) -> None:
    names = files_of(command)
    facts.touched += names
    packs = command.program in ("tar", "zip", "7z", "gzip", "compress-archive")
    copies = command.program in ("cp", "mv", "install", "ln", "copy", "move", *_POWERSHELL_COPIES)
    taken = names if packs else names[:-1] if copies else []
    if any(holds_secrets(name) for name in taken):
        facts.secret = True
    for name in names[-1:] if copies else names:
        written(name, facts)


_POWERSHELL_COPIES = ("copy-item", "move-item")


def _pipeline(parsed: list[Command], facts: ShellFacts) -> None:
    """Judge commands by what flows into them."""
    secret = downloaded = evaluates = False
    saved: set[str] = set()
    for at, command in enumerate(parsed):
        if not command.piped:
            secret = downloaded = False
        if _shows_secret(command, parsed[at + 1 : at + 2]):
            facts.secret = True
        elif command.program in _FORGES and any(map(EXPANDED.search, command.args)):
            facts.secret = True  # in what is written there for others
            facts.send()
        if facts.sends and command.piped and command.program in _SENDERS:
            facts.secret = facts.secret or secret
        fetches = command.program in DOWNLOADERS
        if _runs(command, downloaded, saved) or (evaluates and fetches):
            facts.runs_download = True
            facts.acts.add("download_execute")
        evaluates = command.program in _EVALUATORS and not command.args  # iex (irm …)
        secret = secret or _tells_secrets(command)
        if fetches:
            downloaded = True
            saved.update(_saved(command))


def _shows_secret(command: Command, then: list[Command]) -> bool:
    """Does a command put a variable's secret out to be seen, and not into a program or a file?"""
    if command.program not in ("echo", "printf", "printenv") or command.writes:
        return False
    form = _NAMED if command.program == "printenv" else EXPANDED
    if not any(map(form.search, command.args)):
        return False
    return not (then and then[0].piped) or then[0].program in _READERS


_FORGES = words_in("gh glab hub tea")
_NAMED = re.compile(rf"^(?:{VARIABLE})$")


def _tells_secrets(command: Command) -> bool:
    """Is a credential in what a command hands on?"""
    if command.program in ("env", "printenv") and not command.args:
        return True
    own = [*command.args, *command.reads]
    return any(map(holds_secrets, own)) or paths.is_credential(" ".join(own))


def _runs(command: Command, downloaded: bool, saved: set[str]) -> bool:
    """Does this command execute what was downloaded just before, or in its own words?"""
    runs = command.program in INTERPRETERS or command.program in _EVALUATORS
    if runs and downloaded and command.piped:
        return True
    if saved and (command.path in saved or (runs and saved.intersection(command.args))):
        return True
    return (runs or command.path.startswith(("$(", "`"))) and bool(_FETCHED.search(command.text))


_FETCHED = re.compile(
    r"(?:[$<]\(|`|^)\s*(?:sudo\s+)?(?:curl|wget|irm|iwr|invoke-(?:restmethod|webrequest))\b"
    r"|\b(?:iex|invoke-expression)\b.{0,200}\b(?:irm|iwr|invoke-(?:rest|web)\w+|DownloadString)",
    re.IGNORECASE | re.DOTALL,
)
_OUTPUT_OPTIONS = frozenset({"-o", "-O", "--output", "--output-document", "-outfile"})


def _saved(command: Command) -> list[str]:
    """Return the files that a download is put into."""
    options = list(options_of(command))
    named = [value for name, value in options if name in _OUTPUT_OPTIONS]
    plain = [name for name, value in options if name == "-O" and not value]
    last = [url.path.rsplit("/", 1)[-1] for url in urls_in(command.text)]
    bare = last if plain or (command.program == "wget" and not named) else []
    files = [name for name in (*named, *bare, *command.writes) if name and name != "-"]
    return [*files, *(f"./{name}" for name in files)]


_DISCOVERY = words_in(
    "ls dir pwd id whoami who w uname hostname hostnamectl ps top htop netstat ss ifconfig ip arp "
    "route nmap masscan tree lsof getent groups last df du mount lsblk lscpu free uptime dpkg rpm "
    "systeminfo ipconfig traceroute which where whereis locate fd date env command gci tasklist"
)
_READERS = words_in(
    "cat head tail less more grep egrep rg ag sed awk cut sort uniq wc jq yq xxd od hexdump "
    "strings base64 base32 bat nl tac diff cmp file stat md5sum sha256sum column tr rev type "
    "get-content gc"
)
_WRITERS = words_in(
    "tee touch mkdir cp mv install ln patch tar zip unzip gzip 7z set-content vi nano copy move "
    "add-content out-file new-item set-itemproperty new-itemproperty compress-archive"
).union(_POWERSHELL_COPIES)
_SILENT = words_in(
    "echo printf true false : [ [[ test cd pushd popd export set fi done esac } sleep wait exit "
    "write-output write-host select-object where-object sort-object measure-object format-table"
)
_EVALUATORS = words_in("eval source . iex invoke-expression")
_SENDERS = words_in("nc ncat netcat socat telnet openssl mail mailx sendmail ssh") | CLIENTS

_HANDLERS: dict[str, Handler] = {
    **code.HANDLERS,
    **net.HANDLERS,
    **host.HANDLERS,
    **dict.fromkeys(words_in("source ."), _loads),
}
