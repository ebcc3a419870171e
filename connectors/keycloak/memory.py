"""What other events of a file say about the ids in one of them.

Admin events name clients and users by internal ids only.
"""

from __future__ import annotations

from typing import Any

from agentwarrant.errors import BadRecord
from agentwarrant.inputs import Record
from agentwarrant.records import text

from .record import Entry, entry_of, fields, is_event

_REMEMBERED = 4096


class Memory:
    """Readable names of internal ids, as far as earlier events of the file gave them."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def context(self, record: Record) -> dict[str, Any]:
        """Learn from an event; return the names of the ids that stand in it."""
        if not is_event(record):
            return {}
        try:
            entry = entry_of(record)
        except BadRecord:
            return {}
        self._learn(entry)
        ids = dict.fromkeys([entry.client, entry.user, *entry.path.split("/")[:8]])
        names = {one: self._names[one] for one in ids if one in self._names}
        return {"names": names} if names else {}

    def _learn(self, entry: Entry) -> None:
        if not entry.admin:
            impersonated = "impersonator" in entry.details
            name = "" if impersonated else text(entry.details.get("username"))
            self._remember(entry.user, name)
            return
        sent = fields(entry.representation)
        own = entry.path.partition("/")[2]
        if entry.resource == "CLIENT":
            self._remember(text(sent.get("id")) or own, text(sent.get("clientId")))
        elif entry.resource == "USER":
            self._remember(own, text(sent.get("username")))

    def _remember(self, one: str, name: str) -> None:
        if not one or not name or "/" in one:
            return
        self._names[one] = name
        if len(self._names) > _REMEMBERED:
            self._names.pop(next(iter(self._names)))
