"""Whom a command line asks: the hosts in its own words, of every kind of client."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from agentwarrant.shell.command import Command, ssh_words
from agentwarrant.shell.facts import words_in
from agentwarrant.shell.options import CLIENTS, options_of

REMOTE = re.compile(r"^(?:[^@/\s:]+@)?(\[[^\]]+\]|[\w.-]{2,}):(?![\\]|//)(.*)$", re.DOTALL)
"""What scp, rsync and git take for a path elsewhere: ``me@host:path``."""
_COPIERS = words_in("scp rsync git hg mount")
CALLERS = CLIENTS | words_in(
    "nc ncat netcat socat telnet ssh scp sftp ftp mosh lynx w3m links elinks aria2c axel ping ping6"
    " traceroute nmap dig drill nslookup host whois psql pg_dump mysql mysqldump mariadb redis-cli"
    " mongosh mongo ldapsearch smbclient rsync openssl httpie fetch rclone wscat websocat grpcurl"
)
_PROXIES = words_in("-x --proxy --preproxy --proxy1.0 --doh-url -proxy --socks4 --socks4a --socks5")
_PROXIES |= {"--socks5-hostname"}
_LONG = _PROXIES - {"-x", "-proxy"} | {"--connect-to"}
_KNOWN_FLAGS = words_in("--silent --show-error --location --fail --insecure --head --verbose --get")
_HOST_OPTION = re.compile(r"^(?:-[hHJW]|--(?:host|hostname|server|registry))$")
_IMAGE = re.compile(r"^((?:[\w-]+(?:\.[\w-]+)+|localhost)(?::\d+)?)/")
_FORWARD = re.compile(r"(?:^|:)([^:]+):\d+$")


def asked_by(command: Command) -> Iterator[tuple[str, bool]]:
    """Yield whom a command's own words name, and: can it be nothing but a host?"""
    program, words = command.program, command.args
    if program in CLIENTS:
        yield from _web(command)
    elif program == "ssh":
        yield from _ssh(words)
    elif program in _COPIERS:
        for found in filter(None, map(REMOTE.match, words)):
            if program != "git" or "." in found[1] or "@" in found[0]:
                yield f"ssh://{found[1]}", True
    elif program in ("docker", "podman", "nerdctl"):
        yield from ((found[1], True) for found in map(_IMAGE.match, words) if found)
    elif program in CALLERS:
        plain = (word.lstrip("@").rpartition("@")[2] for word in words if word[:1] != "-")
        yield from ((word.partition(":/")[0], False) for word in plain if "://" not in word)
        yield from ((w[2:], True) for w in words if re.match(r"-[hH][\w-]+\..", w))
        yield from (
            (value, True) for option, value in pairwise(words) if _HOST_OPTION.match(option)
        )


def _web(command: Command) -> Iterator[tuple[str, bool]]:
    options, before = list(options_of(command)), ""
    options += [p for p in pairwise(command.args) if p[0] in _LONG]
    if command.program in ("http", "https", "xh"):
        plain = [value for name, value in options if not name]
        yield from ((value, True) for value in plain[len(plain) > 1 and plain[0].isalpha() :][:1])
        return
    for name, value in options:
        if name in ("", "--url", "-uri") and value not in ("", "-"):
            yield value, not before.startswith("--") or before in _KNOWN_FLAGS
        elif name in _PROXIES:
            yield value, True
        elif name == "--resolve":
            yield from ((one.strip("[]"), True) for one in value.split(":", 2)[-1].split(","))
        elif name == "--connect-to":
            there = re.match(r"^(?:\[[^\]]*\]|[^:]*):\d*:(\[[^\]]*\]|[^:]*):(\d*)$", value)
            yield (f"{there[1]}:{there[2]}" if there and there[1] else ""), True
        before = "" if value else name


def _ssh(words: list[str]) -> Iterator[tuple[str, bool]]:
    host = next(iter(ssh_words(words)), "").removeprefix("ssh://").rpartition("@")[2]
    yield (f"ssh://{host}" if host else ""), True
    for option, value in pairwise(words):
        if option in ("-J", "-o") and re.search(r"(?i)^-J|proxyjump=|hostname=", option + value):
            for jump in value.rpartition("=")[2].split(","):
                yield f"ssh://{jump.rpartition('@')[2]}", True
        elif option in ("-L", "-W", "-R"):
            yield from ((found, True) for found in _FORWARD.findall(value))
