"""The warrants of an installation, found by agent and by account, at a moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from agentwarrant.warrant.model import Account, Warrant


def folded_ref(ref: str, folded: Collection[str]) -> str:
    """Return an account as it is compared: without case where its vendor has none."""
    kind, _, identity = ref.partition(":")
    return f"{kind}:{identity.casefold()}" if kind in folded else ref


class Registry:
    """All versions of all warrants; lookups never cross a tenant.

    Args:
        warrants: Without faults among each other (``load.read_warrants``).
        folded: Kinds of identities whose ids have no case.
        empty: Paths that were named for warrants and hold none.
    """

    def __init__(
        self,
        warrants: Sequence[Warrant] = (),
        folded: Collection[str] = (),
        empty: Sequence[Path] = (),
    ) -> None:
        self.empty = tuple(empty)
        self.folded = frozenset(folded)
        self._versions: dict[tuple[str, str], list[Warrant]] = defaultdict(list)
        self._tenants = frozenset(one.tenant for one in warrants)
        self._claims: dict[tuple[str, str], list[tuple[Account, Warrant]]] = defaultdict(list)
        for one in sorted(warrants, key=lambda w: w.start):
            self._versions[one.tenant, one.agent].append(one)
            for account in one.accounts:
                self._claims[one.tenant, account.ref].append((account, one))

    def __len__(self) -> int:
        return len(self._versions)

    def covers(self, tenant: str) -> bool:
        """Has a tenant any warrant at all?"""
        return tenant in self._tenants

    def __iter__(self) -> Iterator[Warrant]:
        """Yield the newest version of each agent's warrant."""
        return (versions[-1] for versions in self._versions.values())

    def version(self, tenant: str, agent: str, time: int) -> Warrant | None:
        """Return the version in force at a moment, else the last before it, else the first."""
        versions = self._versions.get((tenant, agent))
        if not versions:
            return None
        begun = [one for one in versions if one.start <= time]
        return begun[-1] if begun else versions[0]

    def holder(self, tenant: str, ref: str, time: int) -> tuple[str, str] | None:
        """Return (agent, where it is declared) of an account at a moment; None: nobody's.

        An account stays its agent's after the warrant has ended, so that the agent is still known;
        it does not where the identity itself has ended.
        """
        found: tuple[str, str] | None = None
        for account, warrant in self._claims.get((tenant, ref), ()):
            if account.start <= time < account.end and (warrant.start <= time or found is None):
                found = warrant.agent, account.where
        return found
