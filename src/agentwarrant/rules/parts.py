"""The parts of a condition: which selections it joins, and what it is without one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from agentwarrant.rules.explain import asked
from agentwarrant.rules.ir import Node, conjunction, disjunction, negation
from agentwarrant.rules.program import holds


def skeleton(detection: Mapping[str, Any]) -> Node | None:
    """Return a condition over names of selections, ``["selection", name]``; None if it has none.

    Args:
        detection: What stands under ``detection`` in the file.
    """
    # pySigma takes a third of a second to import.
    from sigma.exceptions import SigmaError
    from sigma.rule import SigmaRule

    from agentwarrant.rules.sigma import Unsupported, condition_of

    known = [name for name in detection if name not in ("condition", "timeframe")]
    named = {name: {"selection": f"={number}"} for number, name in enumerate(known)}
    whole = {
        "title": "skeleton",
        "logsource": {"product": "any"},
        "detection": {**named, "condition": detection["condition"]},
    }
    try:
        return _named(condition_of(SigmaRule.from_dict(whole)), known)
    except (SigmaError, Unsupported):
        return None


def _named(node: Node, names: Sequence[str]) -> Node:
    if node[0] == "is":
        return ["selection", names[int(node[3][1:])]]
    return [node[0], *(_named(part, names) for part in node[1:])]


def filled(node: Node, selections: Mapping[str, Node]) -> Node:
    """Return a tree with its selections put in."""
    if node[0] == "selection":
        return selections[node[1]]
    parts = [filled(part, selections) for part in node[1:]]
    if node[0] == "not":
        return negation(parts[0])
    return {"and": conjunction, "or": disjunction}[node[0]](parts) if parts else node


def drops(node: Node) -> Iterator[tuple[Node, Node]]:
    """Yield each part of a tree that has others beside it, and the tree without it."""
    if node[0] == "not":
        yield from ((lost, negation(rest)) for lost, rest in drops(node[1]))
    elif node[0] in ("and", "or"):
        joined = conjunction if node[0] == "and" else disjunction
        parts = node[1:]
        for i, part in enumerate(parts):
            yield part, joined([*parts[:i], *parts[i + 1 :]])
            for lost, rest in drops(part):
                yield lost, joined([*parts[:i], rest, *parts[i + 1 :]])


def names(node: Node) -> Iterator[str]:
    """Yield the selections of a condition over names."""
    if node[0] == "selection":
        yield node[1]
    elif node[0] != "is":
        for part in node[1:]:
            yield from names(part)


def words(node: Node) -> str:
    """Return a tree as a reader would write it."""
    if node[0] in ("is", "selection"):
        return asked(node) if node[0] == "is" else str(node[1])
    if node[0] == "not":
        return f"not {words(node[1])}"
    return f"({f' {node[0]} '.join(map(words, node[1:]))})"


def resting(node: Node, true: Set[int]) -> Iterator[int]:
    """Yield the atoms that are true of an event and make a tree true that holds."""
    if node[0] == "is":
        yield node[1]
    elif node[0] in ("and", "or"):
        for part in node[1:]:
            if holds(part, true):
                yield from resting(part, true)
