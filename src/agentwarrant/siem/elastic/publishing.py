"""Puts agents into the lookup index of their tenant (``inventory``)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import orjson

from agentwarrant.errors import TargetRefused
from agentwarrant.inventory import Entry
from agentwarrant.siem.elastic.inventory import KEY, documents
from agentwarrant.siem.elastic.state import Cluster

_AT_ONCE = 500


def store(cluster: Cluster, entries: Iterable[Entry]) -> int:
    """Write agents and their accounts, each over what was known of it; return how many agents.

    Raises:
        TargetError: One was refused, or the cluster was not reached.
    """
    pending = documents(entries)
    written = 0
    while batch := list(islice(pending, _AT_ONCE)):
        lines = [
            orjson.dumps(part) + b"\n"
            for where, identity, document in batch
            for part in ({"index": {"_index": where, "_id": identity}}, document)
        ]
        answer = cluster.bulk(b"".join(lines))
        for item in answer["items"]:
            error = item["index"].get("error")
            if error:
                what = f"an agent was refused: {str(error.get('reason'))[:200]}"
                raise TargetRefused(what, where=cluster.target.name, status=item["index"]["status"])
        written += sum(KEY in document for _, _, document in batch)
    return written
