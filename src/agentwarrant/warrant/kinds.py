"""The kinds of accounts and credentials that warrants may name.

Each source says which it names; ``schemas/identity_kinds.json`` holds those of systems that no
source reads yet, so that a warrant can be complete before they do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from agentwarrant.schema import load

if TYPE_CHECKING:
    from agentwarrant.connector import Connector, IdentityKind


@dataclass(frozen=True)
class Kinds:
    """All kinds, by name."""

    by_name: dict[str, IdentityKind]

    @classmethod
    def of(cls, connectors: Iterable[Connector]) -> Kinds:
        """Return the kinds that some sources name, and those of no source."""
        from agentwarrant.connector import IdentityKind  # it takes long to load

        listed = [IdentityKind(**row) for row in load("identity_kinds.json")["kinds"]]
        for connector in connectors:
            agent = f"{connector.name}.agent"
            if not connector.identities:
                title = f"agent as {connector.title} names it; host/agent where hosts differ"
                listed.append(IdentityKind(agent, title))
            listed += connector.identities
        return cls({one.kind: one for one in listed})

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(self.by_name)

    @cached_property
    def folded(self) -> frozenset[str]:
        return frozenset(name for name, one in self.by_name.items() if one.fold)

    @cached_property
    def credentials(self) -> frozenset[str]:
        return frozenset(name for name, one in self.by_name.items() if one.credential)
