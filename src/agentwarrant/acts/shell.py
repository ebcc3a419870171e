"""What a shell command does besides its class: acts, by program, words, options and paths.

The commands come parsed (``shell/parsing.py``); what is said in quotes, searched for or printed is
not done.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from agentwarrant.acts import agents, paths
from agentwarrant.acts.programs import is_known, pastes, program_acts
from agentwarrant.shell.code import written_by
from agentwarrant.shell.command import Command
from agentwarrant.shell.facts import INTERPRETERS, ShellFacts, words_in
from agentwarrant.shell.options import DOWNLOADERS

_LONGEST = 16_384


def acts_of(parsed: list[Command], text: str, facts: ShellFacts) -> None:
    """Add the acts of a command line to its facts.

    Args:
        parsed: All its simple commands.
        text: The line as it was written.
        facts: What is known already; changed in place.
    """
    acts = facts.acts
    for command in parsed:
        if is_known(command.program):
            acts.update(program_acts(command))
    hints = paths.hints_in("\n".join([text, *map(_said, parsed)]))
    if hints.names:
        acts.update(act for command in parsed for act in _by_paths(command))
    if hints.loosens and any(_loosens(command) for command in parsed):
        acts.add("guard_bypass")
    if hints.decodes and _decodes(parsed, text):
        acts.add("download_execute")
    if any(sign in text for sign in _REPEATS) and _sweeps(parsed, text):
        acts.add("scan")
    if facts.sends and any(_is_paste(url.host) for url in facts.urls):
        acts.add("publish")


def _said(command: Command) -> str:
    return " ".join([command.path, *command.args, *command.writes, *command.reads, command.given])


# Paths -------------------------------------------------------------------------------------

_READS = words_in(
    "cat head tail less more bat nl tac grep egrep fgrep rg ag sed awk cut sort uniq wc jq yq xxd "
    "od "
    "hexdump strings base64 base32 column tr rev get-content gc type source . diff cmp"
)
_SEARCHES = words_in("grep egrep fgrep rg ag sed awk jq yq tr")
_TAKES = words_in(
    "cp mv tar zip 7z gzip rsync scp curl wget copy-item copy xcopy robocopy rclone nc ncat socat "
    "gpg "
    "openssl python python3 node perl ruby php pwsh powershell osascript sqlite3 dd tee"
)
_PUTS = words_in(
    "tee touch dd sed set-content add-content out-file new-item patch vi vim nano ed ex "
    "sponge set-itemproperty new-itemproperty"
)
_COPIES = words_in("cp mv install ln copy copy-item move move-item rsync scp")
_REMOVES = words_in("rm unlink shred truncate del erase remove-item ri rd rmdir mv chattr")
_SPEAKS = words_in(
    "echo printf write-output write-host git gh glab man which whereis ls dir stat file find "
    "fd "
    "test [ [[ cd pushd mkdir export read say notify-send alias help hub jj locate basename dirname"
)


def _by_paths(command: Command) -> Iterator[str]:
    """Yield what is done to the watched places that a command names."""
    program, words = command.program, [w for w in command.args if not w.startswith("-")]
    for path in command.writes:
        yield from paths.written_acts(path)
        silent = not words and program in ("", ":", "true", "echo", "printf")
        if silent or (program == "cat" and command.reads == ["/dev/null"]):
            yield from paths.removed_acts(path)
    for path in command.reads:
        yield from paths.read_acts(path)
    for path in _put(command, words):
        yield from paths.written_acts(path)
    if program in _LOOKS_IN:
        yield from (act for w in words for act in paths.read_acts(w) if act == _ESCAPE)
    if program in _SPEAKS:
        return
    yield from _walls(command)
    if program in _SEARCHES and len(words) > 1:
        words = words[1:]
    in_place = program == "sed" and any(a.startswith(("-i", "--in-")) for a in command.args)
    if program in _COPIES and len(words) > 1:
        words = words[:-1]
    elif in_place:
        for path in words:
            yield from paths.written_acts(path)
    forbids = program == "chmod" and any(map(_FORBIDS.match, command.args[:2]))
    if program in _REMOVES or forbids:
        for path in words:
            yield from paths.removed_acts(path)
    if program in _READS or program in _TAKES:
        code = command.given if program in _TAKES else ""
        for path in (*words, *(w for w in command.args if w[:1] == "-" and "=" in w), code):
            yield from paths.read_acts(path.removeprefix("if=") if path else "")


_LOOKS_IN = words_in("ls dir find fd tree stat")
_ESCAPE = "sandbox_escape"
_OUTPUTS = words_in("-o -O --output --output-document -outfile -OutFile")


def _put(command: Command, words: list[str]) -> list[str]:
    """Return the files that a program makes, which its words name."""
    program = command.program
    if program in _COPIES and len(words) > 1:
        return words[-1:]
    if program in _PUTS and program != "sed":
        return [word.removeprefix("of=") for word in words]
    if program == "reg":
        return words[1:2] if words[:1] == ["add"] else []
    if program in DOWNLOADERS:
        pairs = zip(command.args, command.args[1:], strict=False)
        return [value for option, value in pairs if option in _OUTPUTS]
    if program == "git" and words[:1] == ["clone"]:
        return words[2:3]
    return written_by(f"{command.text}\n{command.given}") if program in INTERPRETERS else []


_FORBIDS = re.compile(r"(?:[augo]*-[rwx]+|0?[0-6]?00|0?444|0?644|a-x|0)$")


def _walls(command: Command) -> Iterator[str]:
    """Yield an escape where a command uses the runtime's socket or reaches the host's root."""
    if command.program in _READS and command.program in _SEARCHES:
        named = [w for w in command.args if not w.startswith("-")][1:]
    else:
        named = [command.path, *command.args]
    for word in (*named, command.given if command.program in _TAKES else ""):
        kinds = paths.kinds_of(word) if word else ()
        if "root" in kinds or ("socket" in kinds and command.program not in _READS):
            yield "sandbox_escape"
        if "kernel" in kinds and command.program in ("tee", "dd", "sed", "python", "python3"):
            yield "sandbox_escape"


# Settings that switch an agent's approvals off, wherever they are written ---------------------


def _loosens(command: Command) -> bool:
    """A setting counts where it is written: in a file, by an option, by a program that sets."""
    if agents.surely_loosened(command):
        return True
    shows = command.program in _SPEAKS or command.program in _READS
    edits = any(arg.startswith(("-i", "--in-place")) for arg in command.args)
    if shows and not command.writes and not (edits and command.program in ("sed", "jq", "yq")):
        return False
    return agents.loosens(_said(command)[:_LONGEST])


# What only the line as a whole tells ----------------------------------------------------------

_DECODERS = words_in("base64 base32 xxd openssl gunzip zcat uncompress")
_DECODER = re.compile(
    r"\bbase(?:64|32)\b.*?(?:\s-d|\s-D|--decode)|\bxxd\b.*?\s-\w*r|\bopenssl\b.*?\s-d\b"
    r"|\b(?:gunzip|zcat|uncompress)\b"
)
_INTO = re.compile(
    r"\|\s{0,16}(?:sudo\s{1,16})?(?:/\S{0,64}/)?"
    r"(?:(?:ba|z|da|k)?sh|python3?|perl|node|ruby|php|source)\b"
)
_MADE = re.compile(
    r"\b(?:eval|source|(?:ba|z|da|k)?sh)\b[^;&\n()]{0,64}[$<]\(([^()]{0,512})"
    r"|\b(?:eval|(?:ba|z|da|k)?sh)\b[^;&\n()`]{0,64}`([^`]{0,512})"
)
_NEAR, _MOST = 512, 64


def _decodes(parsed: list[Command], text: str) -> bool:
    """Is something decoded and run at once?"""
    if all(command.program not in _DECODERS for command in parsed):
        return False
    for match in islice(_INTO.finditer(text), _MOST):
        before = text[max(0, match.start() - _NEAR) : match.start()]
        if _DECODER.search(re.split(r"[|;&\n]", before)[-1]):
            return True
    made = ((match[1] or match[2] or "") for match in islice(_MADE.finditer(text), _MOST))
    return any(_DECODER.search(code) for code in made)


_PROBES = words_in(
    "ping ping6 nc ncat netcat curl dig host nslookup test-connection test-netconnection tnc "
    "arping telnet timeout wget"
)
_REPEATS = ("$", "{", "range(", "xargs", "parallel")
_PORTS = words_in("nc ncat netcat ping")
_EACH = re.compile(r"(?:\bseq\s+\d+\s+\d|\{\d+\.\.\d+\}).{0,256}\b(?:xargs|parallel)\b", re.DOTALL)
_PROBING = re.compile(r"/dev/(?:tcp|udp)/|\bTest-(?:Net)?Connection\b", re.IGNORECASE)
_ROWS = re.compile(
    r"(?<![\d.])\d{1,3}\.(?:\d{1,3}\.){0,2}(?:\d{1,3}\.)?(?:\$[\w({]|\{(?:\d+\.\.\d+)?\})"
    r"|/dev/(?:tcp|udp)/[^\s/]{1,64}/\$|/dev/(?:tcp|udp)/[^\s/]{0,64}\$"
)
_SOCKETS_IN_CODE = re.compile(
    r"range\([^)]{0,64}\).{0,2048}?(?:connect_ex|create_connection|\.connect)\(", re.DOTALL
)


def _done(command: Command) -> str:
    """Return what a command says, but for what it only prints."""
    quiet = command.program in _SPEAKS or command.program in _SEARCHES
    return " ".join(command.writes) if quiet else _said(command)


def _sweeps(parsed: list[Command], whole: str) -> bool:
    """Are hosts or ports tried one after another in a loop?"""
    text = "\n".join(_done(command) for command in parsed)
    if "connect" in text and _SOCKETS_IN_CODE.search(text[:_LONGEST]):
        return True
    if _EACH.search(whole) and any(c.program in _PORTS for c in parsed):
        return True
    probes = any(c.program in _PROBES for c in parsed) or _PROBING.search(text)
    return bool(probes) and _ROWS.search(text) is not None


def _is_paste(host: str) -> bool:
    return any(host == paste or host.endswith(f".{paste}") for paste in pastes())
