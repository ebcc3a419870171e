"""Safe ways into a record, whose every part may be missing or of any type."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

_LONG = 2**63


def text(value: object) -> str:
    """Return the value if it is text, else nothing."""
    return value if isinstance(value, str) else ""


def mapping(value: object) -> Mapping[str, Any]:
    """Return the value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[dict[str, Any]]:
    """Return the objects of a list, and nothing of anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def ip(value: object) -> str:
    """Return an IP address as it is, and nothing where the value is none."""
    try:
        return str(ip_address(value)) if isinstance(value, str) else ""
    except ValueError:
        return ""


def whole(value: object) -> int | None:
    """Return an integer that an index can hold, not below zero; else None."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < _LONG else None
