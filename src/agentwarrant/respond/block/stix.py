"""Entries of the block list as STIX 2.1 indicators: the same entry has the same id for ever.

What has left the list is a newer version of its indicator, revoked (STIX 2.1, section 3.6).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from hashlib import sha256
from ipaddress import ip_network
from typing import Any

from agentwarrant.event import iso_from_ms
from agentwarrant.respond.block.blocklist import Entry
from agentwarrant.schema import load

Object = dict[str, Any]


def bundle_of(entries: Iterable[Entry]) -> Object:
    """Return entries as a bundle."""
    objects = [indicator_of(entry) for entry in entries]
    if objects:
        objects = [load("stix_extension.json")["author"], *objects]
    ids = sorted(f"{one['id']} {one.get('modified', '')}" for one in objects)
    return {"type": "bundle", "id": _id("bundle", *ids), "objects": objects}


def indicator_of(entry: Entry) -> Object:
    """Return an entry as an indicator."""
    made: Object = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": _id("indicator", entry.tenant, entry.kind, entry.value),
        "created_by_ref": load("stix_extension.json")["author"]["id"],
        "created": iso_from_ms(entry.since_ms),
        "modified": iso_from_ms(max(entry.changed_ms, entry.since_ms)),
        "name": f"Blocked {entry.kind}",
        "description": "An agent sent data there, or was given orders from there.",
        "indicator_types": ["malicious-activity"],
        "pattern": _pattern(entry.kind, entry.value),
        "pattern_type": "stix",
        "valid_from": iso_from_ms(entry.since_ms),
    }
    if entry.until_ms > entry.since_ms:
        made["valid_until"] = iso_from_ms(entry.until_ms)
    if entry.gone_ms:
        made["revoked"] = True
    return made


def collection_of(tenant: str) -> Object:
    """Return the TAXII collection of a tenant; its id says nothing of who that is."""
    return {
        "id": _id("collection", tenant).partition("--")[2],
        "title": "Block list",
        "can_read": True,
        "can_write": False,
        "media_types": ["application/stix+json;version=2.1"],
    }


def _pattern(kind: str, value: str) -> str:
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    if kind == "address":
        net = ip_network(value, strict=False)
        op = "=" if net.prefixlen == net.max_prefixlen else "ISSUBSET"
        return f"[ipv{net.version}-addr:value {op} '{quoted}']"
    return f"[{'domain-name' if kind == 'domain' else 'url'}:value = '{quoted}']"


def _id(kind: str, *parts: str) -> str:
    """Return an id that is a hash in the form of a UUID of version 4 (STIX 2.1, section 2.9)."""
    raw = sha256("\x1f".join(("agentwarrant block list", kind, *parts)).encode()).digest()
    return f"{kind}--{uuid.UUID(bytes=raw[:16], version=4)}"
