"""Hosts held against a warrant as hosts, never as text.

What is compared is the name a client would resolve: lower case, Unicode in its ASCII form (IDNA,
UTS 46), no trailing dot, IP addresses however they are written.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import parse_qsl, urlsplit

import idna

from agentwarrant.network import parse_url

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21, "ssh": 22, "git": 9418}
_REDIRECTS = re.compile(
    r"^(?:redirect(?:_?ur[il])?|return(?:_?(?:ur[il]|to))?|next|dest(?:ination)?|goto|continue"
    r"|forward|target|out|u|url)$",
    re.IGNORECASE,
)
_ODD = re.compile(r"[$`{}()%*\s]")
_NESTED = 3


class Target(NamedTuple):
    """Where a request goes.

    Attributes:
        host: As a client resolves it; empty: it cannot be told from what was written.
        port: 0 where neither it nor a scheme says one.
        shown: What was written.
    """

    host: str
    port: int
    shown: str


class BadHost(ValueError):
    """An entry of a warrant is no host, network or wildcard."""


@lru_cache(maxsize=8192)
def canonical(host: str) -> str:
    """Return a host as clients resolve it; empty when no client could."""
    host = normalize("NFKC", host).strip().strip("[]").rstrip(".").lower().partition("%25")[0]
    if not host or _ODD.search(host):
        return ""
    try:
        address = ipaddress.ip_address(host)
        mapped = getattr(address, "ipv4_mapped", None)
        return str(mapped or address)
    except ValueError:
        pass
    numeric = _numeric(host)
    if numeric or host.isascii():
        return numeric or host
    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        return ""


def _numeric(host: str) -> str:
    """Return the IPv4 address that ``inet_aton`` makes of ``0x7f.1`` or ``2130706433``; or ''."""
    parts = host.split(".")
    if len(parts) > 4 or not all(re.fullmatch(r"0x[0-9a-f]{1,8}|\d{1,12}", p) for p in parts):
        return ""
    try:
        numbers = [int(p, 8) if re.fullmatch(r"0\d+", p) else int(p, 0) for p in parts]
    except ValueError:
        return ""
    last = numbers.pop()
    if any(n > 255 for n in numbers) or last >= 256 ** (4 - len(numbers)):
        return ""
    value = last
    for place, number in enumerate(numbers):
        value |= number << (8 * (3 - place))
    return str(ipaddress.IPv4Address(value))


@lru_cache(maxsize=8192)
def targets_of(url: str) -> tuple[Target, ...]:
    """Return where a URL goes, and where it is written to redirect to; empty for no URL.

    Backslashes separate as browsers have it, credentials before ``@`` are no host.
    """
    found: list[Target] = []
    waiting = [url]
    while waiting and len(found) <= _NESTED:
        text = waiting.pop().strip().replace("\\", "/")
        text = re.sub(r"[\t\r\n]", "", text)
        target = _target(text)
        if target is None:
            continue
        found.append(target)
        query = urlsplit(text).query if "?" in text and target.host else ""
        waiting += [v for k, v in parse_qsl(query)[:32] if _REDIRECTS.match(k) and "//" in v[:16]]
    return tuple(found)


def _target(text: str) -> Target | None:
    schemeless = "://" not in text
    if text.startswith("//"):
        text, schemeless = f"https:{text}", False
    if schemeless and parse_url(text) is None:
        return None
    try:
        parts = urlsplit(f"//{text}" if schemeless else text)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme.lower(), 0)
    except ValueError:
        return Target("", 0, text)
    if parts.scheme.lower() in ("file", "data", "about", "mailto"):
        return None
    return Target(canonical(host), port, text)


@dataclass(frozen=True, slots=True)
class _Rule:
    host: str
    wildcard: bool
    network: Network | None
    port: int

    def fits(self, target: Target) -> bool:
        if self.port and target.port != self.port:
            return False
        if self.network is not None:
            try:
                return ipaddress.ip_address(target.host) in self.network
            except ValueError:
                return False
        if self.wildcard:
            return target.host.endswith(f".{self.host}")
        return target.host == self.host


def _rule(entry: str) -> _Rule:
    text = entry.strip()
    if "/" in text:
        try:
            return _Rule("", False, ipaddress.ip_network(text, strict=False), 0)
        except ValueError as error:
            raise BadHost(f"{entry!r} is no network: write a host without path") from error
    wildcard = text.startswith("*.")
    host, port = _split_port(text.removeprefix("*."))
    made = canonical(host)
    if not made or "*" in host:
        raise BadHost(f"{entry!r} is no host")
    return _Rule(made, wildcard, None, port)


def _split_port(text: str) -> tuple[str, int]:
    bracketed = re.fullmatch(r"\[([^\]]+)\](?::(\d{1,5}))?", text)
    if bracketed:
        return bracketed.group(1), int(bracketed.group(2) or 0)
    host, colon, port = text.rpartition(":")
    if colon and ":" not in host and port.isdigit():
        return host, int(port)
    return text, 0


class Hosts:
    """The hosts that are allowed and denied.

    Args:
        allow: Entries as the schema has them; None: no such list.
        deny: The same; they win.

    Raises:
        BadHost: An entry is none.
    """

    __slots__ = ("_allow", "_deny", "_names", "entries")

    def __init__(self, allow: Sequence[str] | None, deny: Sequence[str] = ()) -> None:
        self.entries = tuple(allow or ())
        self._allow = None if allow is None else [_rule(entry) for entry in allow]
        self._deny = [_rule(entry) for entry in deny]
        self._names = [rule.host for rule in self._allow or () if rule.host]

    def allowed(self, target: Target) -> int:
        """Return the place of the entry that allows; -1 for none, -2 where there is no list."""
        if self._allow is None:
            return -2
        return next((i for i, rule in enumerate(self._allow) if rule.fits(target)), -1)

    def denied(self, target: Target) -> int:
        """Return the place of the entry that denies; -1 for none."""
        return next((i for i, rule in enumerate(self._deny) if rule.fits(target)), -1)

    def resembled(self, host: str) -> str:
        """Return the allowed host that another one is made to look like; or ''."""
        bare = _skeleton(host)
        for name in self._names:
            if host == name or host.endswith(f".{name}"):
                continue
            if _skeleton(name) == bare or f"{name}." in host or f"{name}-" in host:
                return name
            if _one_off(_skeleton(name), bare):
                return name
        return ""


# Digits, then Cyrillic letters, beside the Latin ones they pass for.
_LOOKS = str.maketrans(
    "01358\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u051d",
    "oiesbaeopcyxijsdqw",
)


@lru_cache(maxsize=4096)
def _skeleton(host: str) -> str:
    """Return a host with what looks alike made alike."""
    with suppress(idna.IDNAError):
        host = idna.decode(host) if "xn--" in host else host
    plain = "".join(c for c in normalize("NFKD", host) if not "\u0300" <= c <= "\u036f")
    return plain.translate(_LOOKS).replace("rn", "m").replace("vv", "w").replace("l", "i")


def _one_off(one: str, other: str) -> bool:
    """Do two names differ by one character, added, left out or changed?"""
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < 6 or one == other:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return True
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:]
