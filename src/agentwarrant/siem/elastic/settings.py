"""What the configuration says of Elastic and OpenSearch alone, and what may be wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

OF_TARGETS = frozenset({"cloud_id", "api_key", "username", "password", "kibana"})
"""Keys of targets that no other SIEM has."""
OF_TENANTS = frozenset({"space"})
"""Keys of tenants that no other SIEM has."""


def faults(target: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a target as a whole, and the mend."""
    if ("url" in target) == ("cloud_id" in target):
        yield "either url or cloud_id belongs here", ""
    if "api_key" in target and "username" in target:
        yield (
            "either api_key or username belongs here",
            "keep the key: it can do less, and can be taken back",
        )
