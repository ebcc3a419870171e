"""Where a warrant and what its agent does have come apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from agentwarrant.inventory import Entry
from agentwarrant.warrant.model import Warrant

_REASONS = 20


class Drift(NamedTuple):
    """One difference: one clause or account.

    Attributes:
        kind: ``beyond`` (done, not allowed), ``undeclared`` (done, not said), ``unclaimed`` (an
            account used that the warrant does not name), ``unseen`` (an account that was not
            used), ``unused`` (allowed, not done).
        clause: Of the warrant, or the account.
        reasons: Why, the most frequent first; of an unused clause what it allows.
        times: How often; 0 for what did not happen.
    """

    kind: str
    clause: str
    reasons: tuple[str, ...] = ()
    times: int = 0


def drift(entry: Entry, warrant: Warrant) -> Iterator[Drift]:
    """Yield the differences, the worst first."""
    for kind, decision in (("beyond", "out_of_scope"), ("undeclared", "undeclared")):
        held = [(clause, one) for (which, clause), one in entry.held.items() if which == decision]
        for clause, one in sorted(held, key=lambda pair: (-pair[1].times, pair[0])):
            reasons = sorted(one.reasons, key=lambda why: (-one.reasons[why], why))
            yield Drift(kind, clause, tuple(reasons[:_REASONS]), one.times)
    declared = {account.ref for account in warrant.accounts}
    for ref, account in sorted(entry.accounts.items()):
        if ref not in declared and account.first:
            yield Drift("unclaimed", ref, (account.evidence,))
    yield from (Drift("unseen", ref) for ref in _unseen(entry, warrant))
    for clause, pattern in _grants(warrant):
        if clause not in entry.used:
            yield Drift("unused", clause, (pattern,))


def _unseen(entry: Entry, warrant: Warrant) -> list[str]:
    """Return the accounts that were not used; a key is known by its id and by its hash."""
    forms: dict[tuple[str, str], list[str]] = {}
    for account in warrant.accounts:
        kind = account.ref.partition(":")[0]
        forms.setdefault((account.where, kind), []).append(account.ref)
    seen = {ref for ref, account in entry.accounts.items() if account.first}
    return sorted(refs[0] for refs in forms.values() if seen.isdisjoint(refs))


def _grants(warrant: Warrant) -> Iterator[tuple[str, str]]:
    """Yield every entry of the warrant that allows something, by its clause."""
    scope = warrant.scope
    for facet, allowance in (
        ("tools", scope.tools),
        ("repositories", scope.repositories),
        ("data", scope.data),
    ):
        if allowance is not None and allowance.allow is not None:
            for place, pattern in enumerate(allowance.allow.patterns):
                yield f"scope.{facet}.allow[{place}]", pattern
    for place, entry in enumerate(scope.hosts.entries if scope.hosts else ()):
        yield f"scope.hosts.allow[{place}]", entry
    if scope.paths is not None:
        for which, entries in (("allow", scope.paths.entries), ("read_only", scope.paths.readable)):
            for place, entry in enumerate(entries):
                yield f"scope.paths.{which}[{place}]", entry
    for place, peer in enumerate(scope.peers or ()):
        yield f"scope.peers[{place}]", peer.id
