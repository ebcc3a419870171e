"""What of an event STIX has objects for: hosts, addresses, links, files, packages, wallets.

The custom types are those of our extension (``schemas/stix_extension.json``): STIX 2.1 has none
for a wallet, a key of an agent's card or a kind of API key.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

from agentwarrant.event import Event

WALLET = "x-agentwarrant-wallet"
CARD = "x-agentwarrant-agent-card"
SECRET = "x-agentwarrant-secret"  # noqa: S105  # the name of a type
AGENT = "x-agentwarrant-agent"

_HOSTS = (
    "url.domain", "destination.domain", "destination.address", "destination.ip",
    "dns.question.name", "source.domain", "source.address", "source.ip",
)  # fmt: skip
_MAIL = ("user.email", "user.target.email", "warrant.message.recipients")
_SOFTWARE = ("package.name", "warrant.definition.server", "gen_ai.tool.name")
_FILES = ("file.path", "process.executable")
_HASHES = {
    "file.hash.md5": "MD5",
    "file.hash.sha1": "SHA-1",
    "file.hash.sha256": "SHA-256",
    "file.hash.sha512": "SHA-512",
    "process.hash.sha256": "SHA-256",
}


def objects_of(event: Event) -> list[dict[str, Any]]:
    """Return the objects of an event; those of a kind each once."""
    return list(_objects(event))


def _objects(event: Event) -> Iterator[dict[str, Any]]:
    for host in dict.fromkeys(map(_bare, _texts(event, _HOSTS))):
        yield _host(host)
    for link in _texts(event, ("url.full",)):
        yield {"type": "url", "value": link}
    for mail in _texts(event, _MAIL):
        if "@" in mail:
            yield {"type": "email-addr", "value": mail.lower()}
    for name in dict.fromkeys(_texts(event, _SOFTWARE)):
        yield from _software(name)
    yield from _files(event)
    for line in _texts(event, ("process.command_line",)):
        yield {"type": "process", "command_line": line}
    for name in dict.fromkeys(_texts(event, ("user.name", "user.id"))):
        yield {"type": "user-account", "account_login": name, "user_id": name}
    yield from _ours(event)


def _bare(host: str) -> str:
    """Return a host without its port and the brackets of an address."""
    return host.partition(":")[0] if host.count(":") == 1 else host.strip("[]")


def _host(text: str) -> dict[str, Any]:
    """Return a host as a name or an address."""
    if text[-1:].isdigit() or ":" in text:  # no top-level domain ends in a digit
        try:
            return {"type": f"ipv{ip_address(text).version}-addr", "value": text}
        except ValueError:
            pass
    return {"type": "domain-name", "value": text.lower().rstrip(".")}


def _software(name: str) -> Iterator[dict[str, Any]]:
    """Yield a package by its name, and with its version apart: ``left-pad@1.0``.

    Who publishes it is what stands before a slash: ``publisher/skill``, ``@publisher/package``.
    """
    publisher, slash, _ = name.lstrip("@").partition("/")
    own = {"vendor": publisher} if slash and publisher and "://" not in name else {}
    yield {"type": "software", "name": name, **own}
    bare, mark, version = name.rpartition("@")
    if mark and bare:
        yield {"type": "software", "name": bare, "version": version, **own}


def _files(event: Event) -> Iterator[dict[str, Any]]:
    hashes = {kind: str(event[name]) for name, kind in _HASHES.items() if event.get(name)}
    for path in _texts(event, _FILES):
        made: dict[str, Any] = {"type": "file", "name": path.replace("\\", "/").rpartition("/")[2]}
        yield {**made, "hashes": hashes} if hashes else made
        hashes = {}
    if hashes:
        yield {"type": "file", "hashes": hashes}


def _ours(event: Event) -> Iterator[dict[str, Any]]:
    for payee in _texts(event, ("warrant.payment.beneficiary",)):
        yield {"type": WALLET, "value": payee}
    for mark in _texts(event, ("warrant.peer.card_hash",)):
        yield {"type": CARD, "hash": mark}
    for kind in _texts(event, ("warrant.secret.types",)):
        yield {"type": SECRET, "kind": kind}
    for agent in _texts(event, ("warrant.peer.id", "warrant.peer.claimed_id")):
        yield {"type": AGENT, "name": agent}


def _texts(event: Event, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        value = event.get(name)
        if isinstance(value, str):
            if value:
                yield value
        elif isinstance(value, list):
            yield from (one for one in value if isinstance(one, str) and one)
