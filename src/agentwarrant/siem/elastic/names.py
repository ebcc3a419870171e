"""What everything of ours is called in a cluster: nothing else is ever touched there."""

from __future__ import annotations

import re

KINDS = ("events", "findings", "responses")
"""What is shipped, each kind to a data stream of its own per tenant."""
INVENTORY = "agentwarrant-inventory"
"""The lookup index of agents."""
_NAMESPACE = re.compile(r"[\\/*?\"<>|\s,#:\-]+")
_LONGEST = 100


def namespace(tenant: str) -> str:
    """Return a tenant as the namespace of a data stream.

    A namespace is lower case, at most 100 bytes, without ``-`` and the characters that no index
    name may have (Elastic's data stream naming scheme).
    """
    made = _NAMESPACE.sub("_", tenant.lower()).strip("_.+") or "default"
    return made.encode()[:_LONGEST].decode(errors="ignore")


def stream(kind: str, tenant: str) -> str:
    """Return the data stream of one kind of document (``KINDS``) of one tenant."""
    return f"logs-agentwarrant.{kind}-{namespace(tenant)}"


def pattern(kind: str = "*") -> str:
    """Return the pattern of the data streams of one kind, or of all, of all tenants."""
    return f"logs-agentwarrant.{kind}-*"
