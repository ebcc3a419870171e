"""What an event must have at least for a pattern to match: by it, patterns are looked up.

Of a pattern that joins tests by ``AND`` one part is enough to look it up by, of one that joins them
by ``OR`` each must be. A pattern without any (``NOT``, ``!=``, an order) is refused: it would have
to be asked about every event.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

from agentwarrant.intel.patterns import Comparison, Joined, Node, Observation, Path, Qualified

EQUAL, LIKE, MATCHES, SUBSET = "=", "LIKE", "MATCHES", "ISSUBSET"
_BEST = (EQUAL, SUBSET, LIKE, MATCHES)
_FEWEST = 3
"""Characters that a pattern of text must name, so that it does not match nearly everything."""


class Anchor(NamedTuple):
    """One thing to look for.

    Attributes:
        how: ``=``, ``LIKE``, ``MATCHES`` or ``ISSUBSET``.
        path: Of which property, as ``spelled`` writes it.
        text: The value, pattern or network.
    """

    how: str
    path: str
    text: str


def anchors_of(node: Node) -> list[Anchor] | None:
    """Return what to look a pattern up by: any one of them; None where nothing will do."""
    if isinstance(node, Observation):
        return anchors_of(node.test)
    if isinstance(node, Qualified):
        return anchors_of(node.part)
    if isinstance(node, Comparison):
        return _of_test(node)
    found = [anchors_of(part) for part in node.parts]
    if node.op == "OR":
        return _all(found)
    there = [one for one in found if one]
    return min(there, key=_weight, default=None)


def _all(found: list[list[Anchor] | None]) -> list[Anchor] | None:
    made: list[Anchor] = []
    for one in found:
        if one is None:
            return None
        made += one
    return made


def _weight(found: list[Anchor]) -> tuple[int, int]:
    return max(_BEST.index(one.how) for one in found), len(found)


def _of_test(test: Comparison) -> list[Anchor] | None:
    path = spelled(test.path)
    texts = [value for value in test.values if isinstance(value, str)]
    if test.negated or len(texts) != len(test.values) or not texts:
        return None
    if test.op in (EQUAL, "IN"):
        return [Anchor(EQUAL, path, text) for text in texts]
    if test.op not in (LIKE, MATCHES, SUBSET):
        return None
    named = sum(c.isalnum() for c in texts[0])
    return [Anchor(test.op, path, texts[0])] if test.op == SUBSET or named >= _FEWEST else None


def spelled(path: Path) -> str:
    """Return a path as text; members of lists are one: ``file:x[0]`` is ``file:x``."""
    return f"{path.type}:{'.'.join(str(s) for s in path.steps if isinstance(s, str) and s != '*')}"


def key_of(path: str, text: str) -> int:
    """Return the number that a value of a property is looked up by: 64 bits with a sign."""
    digest = blake2b(f"{path}\0{text}".encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def canonical(node: Node) -> Node:
    """Return a pattern with the values in lower case that mean the same in either.

    Names of hosts, addresses of mail and hashes: events have them so, feeds do not always.
    """
    if isinstance(node, Observation):
        return Observation(canonical(node.test))
    if isinstance(node, Qualified):
        return Qualified(canonical(node.part), node.op, node.values)
    if isinstance(node, Joined):
        return Joined(node.op, tuple(map(canonical, node.parts)))
    path = node.path
    if path.type not in _FOLDED and "hashes" not in path.steps:
        return node
    if node.op == MATCHES:
        return node
    values = tuple(v.lower() if isinstance(v, str) else v for v in node.values)
    return Comparison(path, node.op, values, node.negated)


_FOLDED = frozenset({"domain-name", "email-addr", "ipv6-addr"})
