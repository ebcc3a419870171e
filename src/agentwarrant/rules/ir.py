"""A condition as plain lists: what pySigma's objects become, and all that the engine reads.

::

    ["and", node, …]   ["or", node, …]   ["not", node]   ["true"]   ["false"]
    ["is", field, op, argument]

``field`` is a dotted name, or None for a keyword, which is looked for in every value. Text is
folded (``fold``) unless the operator ends in ``_cased``.

=====================  =========================================================================
op                     argument
=====================  =========================================================================
eq, contains,          text; each also with ``_cased``
startswith, endswith
like                   parts of a pattern: text, 0 for any run of characters, 1 for exactly one
                       (then the text is not folded); also with ``_cased``
re                     ``[pattern, flags]``, flags out of ``ims``
num                    a number that the value equals
bool                   true or false
lt, lte, gt, gte, neq  a number
cidr                   a network, ``10.0.0.0/8``
null                   None; the field is absent, or holds nothing
exists                 true or false
part                   ``[part of a time, num or a comparison, number]``: minute, hour, day, week,
                       month, year
ref                    ``[other field, how]``: eq, contains, startswith, endswith
=====================  =========================================================================

Being JSON, a whole rule set is kept and read again without pySigma (``rules.cache``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Node = list[Any]

TRUE: Node = ["true"]
FALSE: Node = ["false"]


def conjunction(nodes: list[Node]) -> Node:
    """Return the ``and`` of some nodes, constants folded."""
    return _joined("and", nodes, neutral="true", absorbing="false")


def disjunction(nodes: list[Node]) -> Node:
    """Return the ``or`` of some nodes, constants folded."""
    return _joined("or", nodes, neutral="false", absorbing="true")


def negation(node: Node) -> Node:
    """Return the ``not`` of a node, constants and double negation folded."""
    if node[0] == "true":
        return FALSE
    if node[0] == "false":
        return TRUE
    inner: Node = node[1] if node[0] == "not" else ["not", node]
    return inner


def _joined(kind: str, nodes: list[Node], neutral: str, absorbing: str) -> Node:
    parts: list[Node] = []
    for node in nodes:
        if node[0] == absorbing:
            return [absorbing]
        if node[0] == kind:
            parts += node[1:]
        elif node[0] != neutral:
            parts.append(node)
    if not parts:
        return [neutral]
    return parts[0] if len(parts) == 1 else [kind, *parts]


def atoms(node: Node) -> Iterator[Node]:
    """Yield every atom of a tree, in order."""
    if node[0] == "is":
        yield node
    else:
        for part in node[1:]:
            yield from atoms(part)


def fields_of(node: Node) -> Iterator[str | None]:
    """Yield every field that a tree reads; None for a keyword."""
    for atom in atoms(node):
        yield atom[1]
        if atom[2] == "ref":
            yield atom[3][0]


def fold(text: str) -> str:
    """Return text as it compares without case (Unicode's full case folding)."""
    return text.casefold()
