"""What people themselves had an agent keep: it is theirs when a later session reads it.

"My notes go to this address from now on, keep that" names an address once and for all. A note that
an agent wrote of people's words alone, with no content behind it, gives back what people said in
it: addresses, accounts, links. It asks for nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from agentwarrant.intent.provenance import says, values_of
from agentwarrant.intent.values import Value

_OWNERS = 1_000
_PER_OWNER = 256
_VALUES = 8


class Vouched:
    """Values that people had kept, by tenant and agent; the oldest are let go."""

    def __init__(self) -> None:
        self._owners: OrderedDict[str, OrderedDict[str, list[str]]] = OrderedDict()

    def __bool__(self) -> bool:
        """Is anything kept at all?"""
        return bool(self._owners)

    def keep(self, owner: str, marks: list[str], values: list[str]) -> None:
        """Remember values under the marks of the note that they stand in."""
        kept = self._owners.setdefault(owner, OrderedDict())
        self._owners.move_to_end(owner)
        for mark in marks:
            kept[mark] = values
            kept.move_to_end(mark)
        while len(kept) > _PER_OWNER:
            kept.popitem(last=False)
        while len(self._owners) > _OWNERS:
            self._owners.popitem(last=False)

    def read(self, owner: str, marks: list[str], text: str) -> list[str]:
        """Return the values of a note that is read now, as far as they stand in it."""
        kept = self._owners.get(owner)
        if not kept:
            return []
        found = dict.fromkeys(value for mark in marks for value in kept.get(mark, ()))
        low = text.lower() if found else ""
        return [value for value in found if value in low]

    def state(self) -> list[Any]:
        """Return everything as plain JSON values."""
        return [[owner, list(kept.items())] for owner, kept in self._owners.items()]

    def restore(self, state: list[Any]) -> None:
        """Become what ``state`` was taken of."""
        self._owners = OrderedDict((owner, OrderedDict(kept)) for owner, kept in state)


def said_in(text: str, said: str) -> list[str]:
    """Return the addresses, accounts and links of a note that people said."""
    values: list[Value] = values_of({"warrant.arguments.text": text})
    return [v.text for v in values if v.kind and says(v.text, said)][:_VALUES]
