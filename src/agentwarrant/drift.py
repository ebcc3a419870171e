"""Where a warrant and what its agent does have come apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from agentwarrant.inventory import Entry
from agentwarrant.warrant.model import Warrant


class Drift(NamedTuple):
    """One difference.

    Attributes:
        kind: ``beyond`` (done, not allowed), ``undeclared`` (done, not said), ``unused`` (allowed,
            not done), ``unseen`` (an account that was not used), ``unclaimed`` (an account used
            that the warrant does not name).
        what: The clause or account, with the reason.
        times: How often; 0 for what did not happen.
    """

    kind: str
    what: str
    times: int = 0


def drift(entry: Entry, warrant: Warrant) -> Iterator[Drift]:
    """Yield the differences, the worst first."""
    for kind, decision in (("beyond", "out_of_scope "), ("undeclared", "undeclared ")):
        for clause, count in sorted(entry.clauses.items(), key=lambda one: -one[1]):
            if clause.startswith(decision):
                yield Drift(kind, clause.removeprefix(decision), count)
    declared = {account.ref for account in warrant.accounts}
    for ref, account in sorted(entry.accounts.items()):
        if ref in declared and not account.first:
            yield Drift("unseen", ref)
        elif ref not in declared and account.first:
            yield Drift("unclaimed", f"{ref} ({account.evidence})")
    used = set(entry.used)
    for clause, pattern in _grants(warrant):
        if clause not in used:
            yield Drift("unused", f"{clause} {pattern}")


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
