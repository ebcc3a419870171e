"""Writes a least-privilege warrant from what an agent was seen to do, for a person to sign.

What content led the agent to, and what nobody asked for, is left out and named in a comment. So is
what cannot be granted as it was written: a pattern would allow more than was seen.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from math import ceil
from typing import Any

import yaml

from agentwarrant import paths
from agentwarrant.inventory import Entry
from agentwarrant.network import is_private
from agentwarrant.report.safe import one_line
from agentwarrant.warrant.hosts import BadHost, Hosts
from agentwarrant.warrant.model import OPEN
from agentwarrant.warrant.places import Places, place_of

_MANY = 6
"""So many files of one folder become the folder, so many ports of one host the host."""
_PASSING = 32768
"""From here on systems give ports to whoever asks: the next time it is another."""
_NAME = re.compile(r"[^A-Za-z0-9._@:/-]+")
_CURRENCY = re.compile(r"[A-Z]{2,10}")
_LOOPBACK = re.compile(r"localhost|127\.\d+\.\d+\.\d+|::1")
_PORT = re.compile(r"^\[?(.+?)\]?:(\d{1,5})$")


def draft(entry: Entry) -> str:
    """Return the YAML of a warrant for an agent; it is not signed, so it is not in force."""
    made = _Draft(entry)
    body = yaml.safe_dump(made.document(), sort_keys=False, allow_unicode=False, width=100)
    return "\n".join([*_preface(entry), *made.notes(), body.rstrip(), *made.ending(), ""])


def _preface(entry: Entry) -> Iterator[str]:
    seen = f"{entry.events:,} events from {entry.first} to {entry.last}"
    yield f"# Draft, from {seen}."
    yield "# Not in force: read every line, strike what the agent need not do, write for each TODO"
    yield "# who owns it and what it is for, and sign it, with your address and today's date:"
    yield "#   signed: {by: dana@acme.example, at: 2026-11-01}"


class _Draft:
    """Makes the document and remembers what a reader must know of it."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._widened: list[str] = []
        self._secret: set[str] = set()
        self._left: list[str] = []

    def notes(self) -> Iterator[str]:
        """Yield comments on what is granted; only after ``document``."""
        entry, widened = self._entry, list(self._widened)
        if self._secret:
            widened.append(f"scope.paths: credentials lie at {', '.join(sorted(self._secret)[:4])}")
        if "data" in entry.granted:
            labels = ", ".join(sorted(entry.granted["data"]))
            widened.append(
                f"scope.data: it handled data labelled {labels}; strike it if it need not"
            )
        for name in sorted(entry.shared):
            widened.append(f"identities: it shares a credential with {name}; give each its own")
        signs = [sign for sign in sorted(entry.signs) if not sign.startswith("it is in the log of")]
        if entry.shadow and signs:
            widened.append(f"identities: perhaps a person's, taken for an agent's: {signs[0]}")
        if not any(map(_is_own, entry.accounts)):
            widened.append("identities: none was seen; say which accounts it has")
        if widened:
            yield "# Look at:"
            yield from (f"#   {one_line(note, 200)}" for note in widened)

    def ending(self) -> Iterator[str]:
        """Yield comments on what is left out; only after ``document``."""
        entry = self._entry
        if entry.refused:
            yield "# Left out, because content led to it or nobody asked for it:"
            yield from _counted(entry.refused.items())
        if entry.unclear:
            yield "# Left out and stays undeclared, because nobody can tell what it touches:"
            yield from _counted(entry.unclear.items())
        more = [(facet, one.more) for facet, one in entry.granted.items() if one.more]
        left = [*self._left, *(f"{count} more of {facet}" for facet, count in more)]
        if left:
            yield "# Left out, because it cannot be granted as it was written:"
            yield from (f"#   {one_line(what, 120)}" for what in left)

    def document(self) -> dict[str, Any]:
        """Return the warrant."""
        entry = self._entry
        version = int(entry.version) + 1 if entry.version.isdigit() else 1
        # A first version also holds for what it was made from, so that the two can be compared.
        start = entry.first if version == 1 else entry.last
        made: dict[str, Any] = {
            "warrant": 1,
            "version": version,
            "tenant": _name(entry.tenant),
            "agent": {
                "id": _name(entry.agent),
                "name": _line(entry.name) or _name(entry.agent),
                "kind": "other",
                "owner": _line(entry.owner) or OPEN,
                "purpose": OPEN,
            },
            "valid": {"from": start[:10]},
            "identities": list(self._accounts()),
        }
        principals = list(self._principals())
        if principals:
            made["principals"] = principals
        made["scope"] = self._scope()
        return made

    def _accounts(self) -> Iterator[dict[str, str]]:
        for ref in sorted(self._entry.accounts):
            kind, _, identity = ref.partition(":")
            if _is_own(ref) and self._fits(identity, f"account {ref}"):
                yield {"kind": kind, "id": identity}

    def _principals(self) -> Iterator[dict[str, Any]]:
        channels: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for packed in self._entry.principals:
            kind, identity, channel, authority = packed.split("\x1f")
            if authority in ("owner", "allowed") and kind in _PRINCIPALS:
                channels[kind, identity, authority].add(channel)
        for (kind, identity, authority), on in sorted(channels.items()):
            if not self._fits(identity, f"principal {identity}"):
                continue
            one: dict[str, Any] = {"kind": kind, "id": identity, "authority": authority}
            known = [channel for channel in sorted(on) if _line(channel)]
            # Where one message says no channel it cannot be narrowed to the others'.
            yield {**one, "channels": known} if known and "" not in on else one

    def _scope(self) -> dict[str, Any]:
        entry, granted = self._entry, self._entry.granted
        written = self._folders(granted.get("paths.write", ()))
        read = self._folders(granted.get("paths.read", ()))
        scope: dict[str, Any] = {
            # Also where nothing was seen: what is not declared is not denied.
            "tools": {"allow": self._names("tool", granted.get("tools", ()))},
            "hosts": {"allow": self._hosts(granted.get("hosts", ()))},
            "paths": {"allow": written, "read_only": [p for p in read if p not in written]},
            "repositories": {"allow": self._names("repository", granted.get("repositories", ()))},
            "data": {"allow": sorted(granted.get("data", ()))},
            "peers": [
                {"id": p} for p in sorted(granted.get("peers", ())) if self._fits(p, f"peer {p}")
            ],
        }
        scope["spending"] = [
            {"currency": currency, "per": "action", "limit": ceil(amount * 100) / 100}
            for currency, amount in sorted(entry.spent.items())
            if _CURRENCY.fullmatch(currency)
        ]
        scope["delegation"] = {"depth": min(entry.depth, 16)}
        return scope

    def _fits(self, text: str, what: str) -> bool:
        if _line(text):
            return True
        self._left.append(what)
        return False

    def _names(self, what: str, names: Iterable[str]) -> list[str]:
        found = []
        for name in sorted(names):
            # As a pattern it would allow other names, too.
            if "*" in name or "?" in name:
                self._left.append(f"{what} {name}")
            elif self._fits(name, f"{what} {name}") and name not in _SIGNING_IN:
                found.append(name)
        return found

    def _hosts(self, hosts: Iterable[str]) -> list[str]:
        ports: dict[str, set[str]] = defaultdict(set)
        for shown in hosts:
            found = _PORT.match(shown)
            host, port = found.groups() if found else (shown, "")
            ports[host].add(port)
        made: list[str] = []
        for host, on in ports.items():
            bare = f"[{host}]" if ":" in host else host
            entries = [bare] if "" in on else [f"{bare}:{port}" for port in on]
            if self._is_passing(host, on):
                entries = [bare]
                listed = ", ".join(sorted(on)[:3])
                self._widened.append(
                    f"scope.hosts: {bare} with every port, since they change ({listed})"
                )
            made += [one for one in entries if self._is_host(one)]
        return sorted(made)

    def _is_passing(self, host: str, ports: set[str]) -> bool:
        """Will the ports be others the next time?"""
        if "" in ports:
            return False
        local = _LOOPBACK.fullmatch(host) is not None
        changing = local and any(int(port) >= _PASSING for port in ports)
        return changing or (is_private(host) and len(ports) >= _MANY)

    def _is_host(self, entry: str) -> bool:
        try:
            Hosts([entry])
        except BadHost:
            self._left.append(f"host {entry}")
            return False
        return self._fits(entry, f"host {entry}")

    def _is_itself(self, path: str) -> bool:
        """Does a path, as a pattern, stand for itself? What a shell expands does not."""
        itself = Places([path]).allowed(place_of(path), writes=True)[0] == "allow"
        if not itself or "*" in path or "?" in path:
            self._left.append(f"path {path}")
            return False
        return True

    def _folders(self, touched: Iterable[str]) -> list[str]:
        inside: dict[str, list[str]] = defaultdict(list)
        for path in touched:
            if self._fits(path, f"path {path}") and self._is_itself(path):
                inside[path.rpartition("/")[0]].append(path)
        made: set[str] = set()
        for folder, files in inside.items():
            secrets = [path for path in files if _holds_credentials(path)]
            self._secret.update(secrets)
            kept = secrets or paths.is_credential_folder(folder)
            many = len(files) >= _MANY and folder not in ("", "~", ".") and not kept
            if many:
                self._widened.append(f"scope.paths: {folder}/* for {len(files)} files seen")
            made.update([f"{folder}/*"] if many else files)
        return sorted(made)


_PRINCIPALS = ("human", "agent", "service", "schedule", "webhook")
_SIGNING_IN = ("action:login", "action:credential_used")
"""That an account is declared allows these."""


def _holds_credentials(path: str) -> bool:
    return paths.is_credential(path) or paths.is_credential_folder(path)


def _counted(names: Iterable[tuple[str, int]]) -> Iterator[str]:
    for what, count in sorted(names):
        yield f"#   {one_line(what, 120)}, {count} {'time' if count == 1 else 'times'}"


def _is_own(ref: str) -> bool:
    return not ref.startswith("secret.") and not ref.endswith((":unknown", ":"))


def _line(text: str) -> str:
    """Return text that a warrant can hold, else nothing; what it hides YAML writes as escapes."""
    fits = bool(text.strip()) and "\n" not in text and "\r" not in text and "\0" not in text
    return text if fits else ""


def _name(text: str) -> str:
    """Return an id as a warrant may call it; that it is the agent's own, identities say."""
    return _NAME.sub("-", text).lstrip("._@:/-")[:128].rstrip("-") or OPEN
