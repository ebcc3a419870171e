"""MISP events as STIX indicators: the attributes that MISP itself would hand to detection.

An attribute counts that has ``to_ids``, in an event that is published (MISP's core format,
sections 2.2 and 2.4). Its id is made of the attribute's UUID, so that it is the same each time.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from agentwarrant.event import iso_time
from agentwarrant.intel.markings import IDS

_SPACE = uuid.UUID("8a1f0a5e-5f0e-5c0e-9d55-0f3c5d9f1a10")
_PATHS = {
    "domain": "domain-name:value",
    "hostname": "domain-name:value",
    "url": "url:value",
    "uri": "url:value",
    "email": "email-addr:value",
    "email-src": "email-addr:value",
    "email-dst": "email-addr:value",
    "filename": "file:name",
    "md5": "file:hashes.MD5",
    "sha1": "file:hashes.'SHA-1'",
    "sha256": "file:hashes.'SHA-256'",
    "sha512": "file:hashes.'SHA-512'",
    "btc": "x-agentwarrant-wallet:value",
    "xmr": "x-agentwarrant-wallet:value",
    "github-username": "user-account:account_login",
}
_ADDRESSES = ("ip-src", "ip-dst", "ip")
_CONFIDENCE = {"1": 85, "2": 60, "3": 40}
"""By MISP's threat level: high, medium, low."""


def indicators_of(found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an indicator for each attribute of one event, or of a search's answer."""
    listed = found.get("response", [found])
    for one in listed if isinstance(listed, list) else ():
        event = one.get("Event") if isinstance(one, dict) else None
        if isinstance(event, dict):
            yield from _of_event(event)


def _of_event(event: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if event.get("published") is False:
        return
    attributes = [*_list(event, "Attribute")]
    for group in _list(event, "Object"):
        attributes += _list(group, "Attribute")
    marks = _marks(event)
    for attribute in attributes:
        if attribute.get("to_ids") is not True:
            continue
        pattern = _pattern(str(attribute.get("type", "")), str(attribute.get("value", "")))
        moment = _moment(attribute.get("timestamp") or event.get("timestamp"))
        if pattern and moment:
            yield {
                "type": "indicator",
                "id": f"indicator--{uuid.uuid5(_SPACE, str(attribute.get('uuid')))}",
                "name": str(attribute.get("comment") or event.get("info") or ""),
                "pattern": pattern,
                "pattern_type": "stix",
                "confidence": _CONFIDENCE.get(str(event.get("threat_level_id")), 50),
                "modified": moment,
                "valid_from": moment,
                "revoked": attribute.get("deleted") is True,
                "object_marking_refs": [*marks, *_marks(attribute)],
            }


def _pattern(kind: str, value: str) -> str:
    """Return the pattern of an attribute; '' where STIX has no object for it.

    Composite types (``domain|ip``, ``filename|sha256``) have a value of each.
    """
    kinds, values = kind.split("|"), value.split("|")
    if len(kinds) != len(values):
        return ""
    tests = [test for one, text in zip(kinds, values, strict=True) if (test := _test(one, text))]
    # what a composite names is not of one object: either of them tells
    return f"[{' OR '.join(tests)}]" if tests else ""


def _test(kind: str, value: str) -> str:
    text = value.strip().replace("\\", "\\\\").replace("'", "\\'")
    if kind in _ADDRESSES:
        version = 6 if ":" in text else 4
        op = "ISSUBSET" if "/" in text else "="
        return f"ipv{version}-addr:value {op} '{text}'"
    path = _PATHS.get(kind)
    return f"{path} = '{text}'" if path and text else ""


def _marks(item: Mapping[str, Any]) -> list[str]:
    names = (str(tag.get("name", "")).lower() for tag in _list(item, "Tag"))
    levels = (name.removeprefix("tlp:") for name in names if name.startswith("tlp:"))
    known = ({"white": "clear"}.get(level, level) for level in levels)
    return [IDS[level] for level in known if level in IDS]


def _list(item: Mapping[str, Any], name: str) -> list[Any]:
    found = item.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _moment(given: Any) -> str:
    try:
        return iso_time(int(given))
    except (TypeError, ValueError, OverflowError, OSError):
        return ""
