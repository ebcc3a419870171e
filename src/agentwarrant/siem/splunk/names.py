"""What everything of ours is called in Splunk: nothing else is ever touched there."""

from __future__ import annotations

import re

APP = "agentwarrant"
"""The app: its folder, its namespace, the prefix of all that it defines."""
KINDS = ("events", "findings", "responses")
"""What is shipped, each kind with a source type of its own."""
PREFIX = "aw_"
"""What fields of ours begin with that are indexed, and columns that a search makes."""
INDEXES = "agentwarrant_indexes"
"""The macro that says in which indexes our events are; an installation overrides it."""
INVENTORY = "agentwarrant_inventory"
"""The lookup of agents, in the KV store."""
SEEN = "agentwarrant_seen"
"""The lookup of what agents were seen to do before: ``new_value``, in the KV store."""
HABITS = "agentwarrant_habits"
"""The lookup of how much agents do in a slot of time: ``rate_baseline``, in the KV store."""
ALERT_ACTION = "agentwarrant_respond"
"""The alert action, which is an adaptive response action as well."""
COMMAND = "agentwarrant"
"""The custom search command."""
_INDEX = re.compile(r"[^a-z0-9_-]+")
_LONGEST = 80


def index(tenant: str) -> str:
    """Return the index of one tenant.

    Names of indexes have lower case letters, digits, underscores and hyphens, begin with neither
    of the last two, and may not contain ``kvstore`` (indexes.conf.spec).
    """
    made = _INDEX.sub("_", tenant.lower()).strip("_-").replace("kvstore", "kv_store")
    return f"{APP}_{made or 'default'}"[:_LONGEST]


def sourcetype(kind: str) -> str:
    """Return the source type of one kind of document (``KINDS``)."""
    return f"{APP}:{kind}"
