"""Where documents go in Splunk, and what takes them there."""

from __future__ import annotations

from agentwarrant.config import Tenant
from agentwarrant.event import Event
from agentwarrant.siem.outbox import Route
from agentwarrant.siem.splunk import names
from agentwarrant.siem.splunk.payload import envelope, raw

COUNTED = "licence"
"""What ``weigh`` counts, in one word."""


def index_of(tenant: Tenant) -> str:
    """Return the index of a tenant."""
    return tenant.index or names.index(tenant.id)


def route(kind: str, tenant: Tenant) -> Route:
    """Return where one kind of document of one tenant goes: its index, by its source type."""
    return Route(
        f"{names.index(tenant.id)}-{kind}",
        {"source": names.APP, "sourcetype": names.sourcetype(kind), "index": index_of(tenant)},
        envelope,
    )


def weigh(item: Event) -> int:
    """Return how many bytes of an event Splunk's licence counts: the event without its envelope.

    Splunk's "How Splunk Enterprise licensing works": the size of the raw data that is indexed;
    metadata and indexed fields do not count.
    """
    return len(raw(item))
