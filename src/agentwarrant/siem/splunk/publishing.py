"""Puts agents into the lookup of agents (``inventory``), which all tenants of a Splunk share."""

from __future__ import annotations

from collections.abc import Iterable

from agentwarrant.errors import TargetRefused
from agentwarrant.inventory import Entry
from agentwarrant.siem.splunk.inventory import documents
from agentwarrant.siem.splunk.names import INVENTORY
from agentwarrant.siem.splunk.objects import Collection
from agentwarrant.siem.splunk.splunkd import Splunkd


def store(splunkd: Splunkd, entries: Iterable[Entry]) -> int:
    """Write agents and their accounts, each over what was known of it; return how many agents.

    Raises:
        TargetError: The app is not there, one was refused, or splunkd was not reached.
    """
    kept = list(entries)
    inventory = Collection(splunkd, INVENTORY)
    if not inventory.is_there():
        mend = "upload what `agentwarrant build splunk` writes, then publish again"
        raise TargetRefused("the app is not installed", where=splunkd.target.name, mend=mend)
    inventory.save(documents(kept))
    return len(kept)
