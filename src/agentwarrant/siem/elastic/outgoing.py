"""Where documents go in Elastic and OpenSearch, and what takes them there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from agentwarrant.config import Config, Target, Tenant
from agentwarrant.event import Event
from agentwarrant.siem.documents import document, now
from agentwarrant.siem.elastic import names
from agentwarrant.siem.elastic.client import OPENSEARCH, connect, needing_extra
from agentwarrant.siem.outbox import Route

if TYPE_CHECKING:
    from agentwarrant.siem.elastic.bulk import Bulk

COUNTED = "bytes"
"""What ``weigh`` counts, in one word."""
STAMPS = 100
"""Bytes of what stands on each document besides, about."""


def route(kind: str, tenant: Tenant) -> Route:
    """Return the data stream of one kind of document of one tenant.

    Elastic's naming scheme has the three parts of a stream's name on each document.
    """
    type_, dataset, namespace = names.stream(kind, tenant.id).split("-", 2)
    return Route(
        names.stream(kind, tenant.id),
        {
            "data_stream.type": type_,
            "data_stream.dataset": dataset,
            "data_stream.namespace": namespace,
        },
    )


def weigh(item: Event) -> int:
    """Return how many bytes an event is as JSON: what an ingest licence counts."""
    return len(document(item, {}, now())) + STAMPS


@contextmanager
def receiver(target: Target, _config: Config | None = None) -> Iterator[Bulk]:
    """Open what takes documents to a cluster; see ``client.connect`` for what is raised."""
    with closing(connect(target)) as client:
        with needing_extra():
            from agentwarrant.siem.elastic.bulk import Bulk
        yield Bulk(client, opensearch=target.kind == OPENSEARCH)
