"""Hosts held against a warrant as hosts, never as text.

What is compared is the name a client would resolve: lower case, Unicode in its ASCII form (IDNA,
UTS 46), no trailing dot, IP addresses however they are written.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import parse_qsl, unquote, urlsplit

import idna

from agentwarrant.network import parse_url
from agentwarrant.warrant.lookalikes import one_off, skeleton

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21, "ssh": 22, "git": 9418}
_REDIRECTS = re.compile(
    r"^(?:redirect(?:_?ur[il])?|return(?:_?(?:ur[il]|to))?|next|dest(?:ination)?|goto|continue"
    r"|forward|target|out|u|url)$",
    re.IGNORECASE,
)
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_LONGEST = 1024
_NESTED = 32
# Slashes are optional after the schemes that browsers know: http:host, http:/host, http:///host.
_SPECIAL = re.compile(r"^(https?|wss?|ftp):[/\\]*(?=[^/\\])", re.IGNORECASE)
_AROUND = re.compile(
    r"^(?:view-source:|jar:|blob:|feed:|filesystem:|url:|(?:git|hg|svn|bzr)\+(?=\w+:))+",
    re.IGNORECASE,
)
_CODE = re.compile(r"^(?:javascript|vbscript):", re.IGNORECASE)
_NO_HOST = re.compile(r"^(?:file|data|about|mailto):", re.IGNORECASE)
_ABROAD = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]{0,15}:|[/\\]{2})", re.IGNORECASE)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


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
    if len(host) > _LONGEST:
        return ""
    host = normalize("NFKC", host.translate(_DOTS)).strip().strip("[]").lower()
    host = host.partition("%")[0] if ":" in host else host.translate(_DOTS).rstrip(".")
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode().rstrip(".")
        except UnicodeError:  # what idna raises is one
            return ""
    try:
        return _embedded(ipaddress.ip_address(host))
    except ValueError:
        return _numeric(host) or (host if len(host) < 254 and _NAME.fullmatch(host) else "")


def _embedded(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """Return an address; of one that carries an IPv4 address (mapped, NAT64), that one."""
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        if mapped is None and address in _NAT64:
            mapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return str(mapped or address).partition("%")[0]
    return str(address)


def _numeric(host: str) -> str:
    """Return the IPv4 address that ``inet_aton`` makes of ``0x7f.1`` or ``2130706433``; or ''."""
    parts = host.split(".")
    if len(parts) > 4 or not all(re.fullmatch(r"0x[0-9a-f]{1,8}|[0-9]{1,12}", p) for p in parts):
        return ""
    try:
        numbers = [int(p, 8) if re.fullmatch(r"0[0-9]+", p) else int(p, 0) for p in parts]
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
def targets_of(url: str, *, sure: bool = False) -> tuple[Target, ...]:
    """Return where a URL goes, and where it is written to redirect to; empty for no URL.

    Where clients read it differently (a backslash before ``@``) every reading counts.

    Args:
        sure: It stands where nothing but a URL or host can stand, so ``evil`` is a host.
    """
    found: dict[Target, None] = {}
    waiting = [url]
    while waiting:
        if len(found) > _NESTED:
            found[Target("", 0, url)] = None
            break
        text = _AROUND.sub("", re.sub(r"[\t\r\n]", "", waiting.pop(0).strip(_BLANK)))
        for target, query in _targets(text, sure and not found):
            found[target] = None
            waiting += _redirects(query)
    return tuple(found)


_BLANK = "".join(map(chr, range(33)))


def _redirects(query: str) -> list[str]:
    values = (unquote(value) for key, value in parse_qsl(query) if _REDIRECTS.match(key))
    return [value for value in values if _ABROAD.match(value)]


def _targets(text: str, sure: bool) -> Iterator[tuple[Target, str]]:
    """Yield each reading of one URL, with its query."""
    if _CODE.match(text):
        yield Target("", 0, text), ""
        return
    readings = [text.replace("\\", "/")]
    if "\\" in text and "@" in text:
        readings.append(text)  # RFC 3986 has credentials end at the last @ before a slash
    for place, reading in enumerate(readings):
        found = _target(_SPECIAL.sub(r"\1://", reading), sure)
        if found is not None and (found[0].host or not place):
            yield found


def _target(text: str, sure: bool) -> tuple[Target, str] | None:
    text = f"https:{text}" if text.startswith("//") else text
    schemeless = "://" not in text.partition("?")[0]
    if schemeless and (text[:1] in ("", "/", "#", "?", ".") or _NO_HOST.match(text)):
        return None
    if schemeless and not sure and parse_url(text) is None and not _bare(text):
        return None
    try:
        parts = urlsplit(f"//{text}" if schemeless else text)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme.lower(), 0)
    except ValueError:
        return Target("", 0, text), ""
    scheme = parts.scheme.lower()
    if scheme == "file":
        there = canonical(unquote(host))
        return None if there in ("", "localhost") else (Target(there, port or 445, text), "")
    if _NO_HOST.match(text):
        return None
    return Target(canonical(unquote(host)), port, text), parts.query


def _bare(text: str) -> bool:
    """Is this a host without scheme in letters beyond ASCII, or in what IDNA makes of them?"""
    host = re.split(r"[/:?#]", text, maxsplit=1)[0]
    odd = len(host) < 254 and ("xn--" in host.lower() or not host.isascii())
    made = canonical(host) if odd and " " not in host else ""
    return "." in made and parse_url(made.rpartition(".")[0] + ".example") is not None


@dataclass(frozen=True, slots=True)
class _Rule:
    host: str
    wildcard: bool
    network: Network | None
    port: int

    def fits(self, target: Target, *, denies: bool = False) -> bool:
        if self.port and target.port != self.port and (target.port or not denies):
            return False  # what denies a port denies a request whose port nobody can tell
        if self.network is not None:
            try:
                return ipaddress.ip_address(target.host) in self.network
            except ValueError:
                return False
        wanted = f".{self.host}" if self.wildcard else self.host
        return target.host.endswith(wanted) if self.wildcard else target.host == wanted


def _rule(entry: str) -> _Rule:
    text = entry.strip()
    if "/" in text:
        try:
            return _Rule("", False, _network(text), 0)
        except ValueError as error:
            raise BadHost(f"{entry!r} is no network: write a host without path") from error
    wildcard = text.startswith("*.")
    host, port = _split_port(text.removeprefix("*."))
    made = canonical(host)
    if not made or port > 65535:
        raise BadHost(f"{entry!r} is no host")
    return _Rule(made, wildcard, None, port)


def _network(text: str) -> Network:
    """Return a network; of IPv4 addresses written in IPv6, that of the addresses themselves."""
    network = ipaddress.ip_network(text, strict=False)
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < 96:
        return network
    return ipaddress.IPv4Network((int(mapped), network.prefixlen - 96), strict=False)


def _split_port(text: str) -> tuple[str, int]:
    bracketed = re.fullmatch(r"\[([^\]]+)\](?::([0-9]{1,5}))?", text)
    if bracketed:
        return bracketed.group(1), int(bracketed.group(2) or 0)
    host, colon, port = text.rpartition(":")
    if colon and ":" not in host and re.fullmatch(r"[0-9]{1,5}", port):
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
        return next((i for i, rule in enumerate(self._deny) if rule.fits(target, denies=True)), -1)

    def resembled(self, host: str) -> str:
        """Return the allowed host that another one is made to look like; or ''."""
        bare = skeleton(host)
        for name in self._names:
            if host == name or host.endswith(f".{name}"):
                continue
            same = skeleton(name) == bare or f"{name}." in host or f"{name}-" in host
            if same or one_off(skeleton(name), bare):
                return name
        return ""
