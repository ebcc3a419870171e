"""Which words of a command are places, and what keeps anybody from telling what it does."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise

from agentwarrant.shell import commands
from agentwarrant.shell.command import Command, base_of
from agentwarrant.shell.facts import INTERPRETERS, files_of, words_in

NETWORKED = re.compile(r"^[a-z][a-z0-9+.-]*:(?://|\\\\)|^(?:https?|wss?|ftp):", re.IGNORECASE)
SCP = re.compile(r"^[\w.-]+@[\w.-]+:(?!//)")
_LITERAL = re.compile(r"['\"]((?:/|~/|\.{1,2}/|[A-Za-z]:[\\/])[^'\"\n]{0,512})['\"]")
_SED_FILE = re.compile(r"(?:^|[\s;\d$/])[rRwW]\s+([/~.][^\s;}]*)")
_INNER = re.compile(r"(?:^|[\s\"'(=<])((?:/|~/)[^\s\"')]{1,512})")
_PART = re.compile(
    r"(?:^-[A-Za-z]|(?:(?<!^[A-Za-z]):|[=@,<])@?)"
    r"((?:/|~/|\$HOME|\.\.?/|[A-Za-z]:[\\/])[^=@,:<>]*)"
)
_COMPUTED = re.compile(
    r"\b(?:exec|eval|compile|__import__|getattr|import_module|setattr|globals|fromhex|unhexlify"
    r"|b64decode|a2b_\w+|chr|codecs|socket\w*|create_connection|popen|spawn\w*|subprocess|ctypes"
    r"|atob|Function|fromCharCode|child_process|unpack|getline)\b|\brequire\s*\(\s*[^'\"\s]"
    r"|\bsystem\s*\(|`|\bopen\(\s*[^'\"\s)]|['\"]\s*\+|\+\s*['\"]|\.format\(|\bf['\"]|\.join\("
)


def is_file(name: str) -> bool:
    """Is this a file of this machine, not code, not somewhere else, not a note on sudo?"""
    if name == "sudo" or len(name) > 8192 or "\n" in name or "(" in name:
        return False
    return not (NETWORKED.match(name) or SCP.match(name) or "::" in name)


def is_path(word: str) -> bool:
    """Is this word of a command a path, whatever the program?"""
    if word.startswith(("-", "$(", "`")) or not is_file(word) or re.match(r"[/~.][^:]*:[/~]", word):
        return word.lower().startswith("file:")
    if "\n" in word or " " in word.strip():
        return word.startswith(("/", "~/", "./", "../")) and "\n" not in word
    return word.startswith(("/", "~", "./", "../", "$HOME", "\\\\")) or bool(
        re.match(r"^(?:[a-z]:[\\/]|\.\.?$|[\w.-]+/[\w./*-]+$)", word, re.IGNORECASE)
        or re.match(r"^[\w.${}*?\[\]-]+/", word)
    )


def paths_within(word: str) -> list[str]:
    """Return the paths in an option or assignment: ``-o/x``, ``f=@/x``, ``/etc:/mnt``."""
    found = [] if re.search(r"\s|://", word) else _PART.findall(word)
    mounted = re.match(r"([/~.][^:]*):[/~]", word)  # docker run -v /etc:/mnt
    return [*found, mounted[1]] if mounted else found


def paths_in_code(code: str, program: str) -> list[str]:
    """Return the paths that the code for a program names: strings, the files of ``sed``."""
    if program not in CODE and program != "sed":
        return []
    return [*_LITERAL.findall(code), *(_SED_FILE.findall(code) if program == "sed" else ())]


def no_paths(program: str, words: list[str]) -> list[str]:
    """Return the words of a command that are patterns, modes and names looked for."""
    if program == "find":
        return [word for flag, word in pairwise(words) if flag.endswith(("name", "path"))]
    if program in ("tar", "7z"):
        return [word for word in words[:1] if word.isalpha()]
    given = any(re.match(r"-[ef]|--(?:file|regexp|expression)\b", word) for word in words)
    plain = [word for word in words if not word.startswith("-")]
    return (
        plain[:1]
        if program in words_in("grep egrep fgrep rg ag ack sed awk gawk jq yq")
        and not given
        and len(plain) > 1
        else []
    )


def paths_in_text(text: str) -> list[str]:
    """Return what looks like a path in a text."""
    return _INNER.findall(text) if re.search(r"[\s(=]", text) else []


# What hides what a command does ------------------------------------------------------------

CODE = INTERPRETERS | words_in("awk gawk mawk deno bun lua tclsh")
EVALUATORS = words_in("eval iex invoke-expression sh bash zsh dash ksh pwsh powershell source .")
TWISTED = re.compile(
    r"^(?:LD_PRELOAD|LD_AUDIT|DYLD_\w+|BASH_ENV|ENV|PROMPT_COMMAND|HOME|CDPATH|PYTHONSTARTUP"
    r"|PERL5OPT|RUBYOPT|GIT_\w*(?:SSH|PROXY|COMMAND|DIFF|EDITOR|DIR)\w*|PAGER|EDITOR)$"
)
_GIT_RUNS = re.compile(
    r"core\.(?:sshcommand|gitproxy|fsmonitor|hookspath|editor|pager)|^alias\.|\bext::|diff\.external"
    r"|--(?:upload|receive)-pack|protocol\.ext|filter\.\w+\.(?:clean|smudge)|credential\.helper=!",
    re.IGNORECASE,
)


def hidden_in(command: Command) -> str:
    """Return why nobody can tell what a command does; or ''."""
    program, args = command.program, command.args
    if base_of(command.path)[:1] in ("$", "`") or program == "alias":
        return f"what {command.path[:40]} runs cannot be told"
    if program in EVALUATORS or program in INTERPRETERS:
        if any("$(" in arg or "`" in arg or re.match(r"[<$]|\(", arg) for arg in args):
            return f"what {program} runs is made by another command"
        if command.piped and not command.given and not files_of(command):
            return f"what {program} runs comes from another command"
    if program in CODE:
        code = "\n".join([*(a for a in args if re.search(r"[\s('\"]", a)), command.given])
        read = commands.facts_of(shlex.join([program, *args])).runs if "(" in code else []
        if len(_COMPUTED.findall(code)) > len(read):
            return f"what the code for {program} does cannot be told"
    runs = program == "git" and any(map(_GIT_RUNS.search, args))
    return "git runs what an option says" if runs else ""
