"""Where documents go in Splunk, and what takes them there."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager

from agentwarrant.config import Config, Target, Tenant
from agentwarrant.event import Event
from agentwarrant.siem.documents import KINDS
from agentwarrant.siem.outbox import SPOOLS, Route
from agentwarrant.siem.receiver import Receiver
from agentwarrant.siem.splunk import names
from agentwarrant.siem.splunk.collector import collector, token_of
from agentwarrant.siem.splunk.hec import Hec
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

    Splunk's "How Splunk Enterprise licensing works": the amount of raw data that is indexed.
    """
    return len(raw(item))


@contextmanager
def receiver(target: Target, config: Config) -> Iterator[Receiver]:
    """Open what takes documents to a collector; see ``Collector.check`` for what is raised."""
    tokens = {
        route(kind, tenant).stream: tenant.hec_token
        for tenant in config.tenants_of(target.name)
        if tenant.hec_token is not None
        for kind in KINDS
    }
    home = config.state / SPOOLS / target.name
    with closing(collector(target)) as connection:
        connection.check(target, str(uuid.uuid4()))
        with closing(Hec(connection, token_of(target), home, tokens=tokens, ack=target.ack)) as hec:
            yield hec
