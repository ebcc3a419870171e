"""What the configuration says of Splunk alone, and what may be wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

OF_TARGETS = frozenset({"token", "ack", "management", "management_token"})
"""Keys of targets that no other SIEM has."""
OF_TENANTS = frozenset({"index", "hec_token"})
"""Keys of tenants that no other SIEM has."""


def faults(target: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a target as a whole, and the mend."""
    if not isinstance(target.get("url"), str):
        yield "one url belongs here", "that of the HTTP Event Collector: https://HOST:8088"
    if "token" not in target:
        yield "token is missing", "that of the HTTP Event Collector: env:NAME or file:PATH"
