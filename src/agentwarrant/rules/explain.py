"""Why a rule matched an event, or what kept the event out: selections, fields, values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agentwarrant.event import Event, iso_from_ms
from agentwarrant.rules.ir import Node
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import Rule
from agentwarrant.rules.program import holds
from agentwarrant.rules.values import parts_of, text_of_value

_SHOWN = 160
_MOST = 20

_WORDS = {
    "eq": "is", "contains": "contains", "startswith": "starts with", "endswith": "ends with",
    "like": "is like", "re": "matches", "num": "is", "bool": "is", "lt": "is below",
    "lte": "is at most", "gt": "is above", "gte": "is at least", "neq": "is not",
    "cidr": "is in", "null": "is absent", "exists": "exists", "part": "falls in",
    "ref": "is that of",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Test:
    """One test of one field.

    Attributes:
        field: Its name; empty for a keyword.
        wanted: What the rule asks, in words.
        found: The event's value as text; None when it has none.
        holds: Whether the test is true of the event.
    """

    field: str
    wanted: str
    found: str | None
    holds: bool

    def __str__(self) -> str:
        name = self.field or "any value"
        found = "" if not self.field else " (absent)" if self.found is None else f" ({self.found})"
        return f"{name} {self.wanted}{found}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a rule about single events matched an event or did not.

    Attributes:
        matched: Whether it did.
        selections: By name, whether each part of the rule holds.
        because: The tests that decided: those that hold of a match, those that kept it out else.
    """

    matched: bool
    selections: Mapping[str, bool]
    because: tuple[Test, ...]


class Explainer:
    """Explains one rule about single events.

    Args:
        rule: The rule; it must have a tree.
    """

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        parts = [replace(rule, tree=tree) for tree in rule.selections.values()]
        self._matcher = Matcher([rule, *parts])
        self._trees = self._matcher.program.trees

    def explain(self, event: Any) -> Explanation:
        """Return why the rule matches an event (anything with ``get`` and ``values``) or not."""
        true = self._matcher.true_atoms(event)
        held = [holds(tree, true) for tree in self._trees]
        numbers = dict.fromkeys(_deciding(self._trees[0], true, held[0]))
        tests = [self._test(number, event, number in true) for number in numbers]
        return Explanation(
            matched=held[0],
            selections=dict(zip(self.rule.selections, held[1:], strict=True)),
            because=tuple(tests[:_MOST]),
        )

    def matched(self, event: Any) -> list[str]:
        """Return, for an event that matched, each selection that holds with what made it hold."""
        true = self._matcher.true_atoms(event)
        said: list[str] = []
        for name, tree in zip(self.rule.selections, self._trees[1:], strict=True):
            if holds(tree, true):
                numbers = dict.fromkeys(_deciding(tree, true, True))
                tests = [str(self._test(n, event, n in true)) for n in list(numbers)[:_MOST]]
                said.append(f"{name}: {'; '.join(tests)}" if tests else name)
        return said

    def _test(self, number: int, event: Any, holds: bool) -> Test:
        _, name, op, argument = self._matcher.program.atoms[number]
        found = None if name is None else _shown(event.get(name))
        return Test(name or "", _wanted(op, argument), found, holds)


class Matched:
    """Says of matches which selections matched, for any rule of a set.

    Args:
        rules: The set.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = {rule.id: rule for rule in rules}
        self._known: dict[str, Explainer] = {}

    def said(self, rule: Rule, event: Event, steps: Sequence[tuple[int, int]]) -> list[str]:
        """Return a line for each selection that matched, or for each step of a correlation."""
        if rule.correlation is not None:
            shown = steps if len(steps) <= _MOST else [*steps[: _MOST // 2], *steps[-_MOST // 2 :]]
            names = [self._name(identity) for identity in rule.correlation.rules]
            return [f"{iso_from_ms(time)} {names[place]}" for time, place in shown]
        if rule.id not in self._known:
            self._known[rule.id] = Explainer(rule)
        return self._known[rule.id].matched(event)

    def _name(self, identity: str) -> str:
        rule = self._rules.get(identity)
        return rule.name if rule is not None else identity


def _deciding(node: Node, true: set[int], held: bool) -> Iterator[int]:
    """Yield the atoms that make a tree true, or false."""
    kind = node[0]
    if kind == "is":
        yield node[1]
    elif kind == "not":
        yield from _deciding(node[1], true, not held)
    elif kind in ("and", "or"):
        # All parts of an and make it true, any false one makes it false; an or is the reverse.
        for part in node[1:]:
            if holds(part, true) == held:
                yield from _deciding(part, true, held)


def asked(atom: Node) -> str:
    """Return what a test of a field asks, in words."""
    _, name, op, argument = atom
    return f"{name or 'any value'} {_wanted(op, argument)}"


def _wanted(op: str, argument: Any) -> str:
    kind, _, cased = op.partition("_")
    word = _WORDS[kind]
    if kind in ("null", "exists"):
        return word if kind == "null" or argument else "is absent"
    if kind == "like":
        argument = "".join("*" if p == 0 else "?" if p == 1 else str(p) for p in argument)
    elif kind == "re":
        argument = f"/{argument[0]}/{argument[1]}"
    elif kind in ("part", "ref"):
        argument = (
            f"{argument[0]} ({argument[1]})" if kind == "ref" else " ".join(map(str, argument))
        )
    elif kind == "bool":
        argument = "true" if argument else "false"
    tail = " in this case" if cased else ""
    return f"{word} {_cut(str(argument))}{tail}"


def _shown(value: Any) -> str | None:
    texts = [text_of_value(part) for part in parts_of(value)]
    if value.__class__ is dict:
        return "an object"
    known = [text for text in texts if text is not None]
    return _cut(", ".join(known)) if known else None


def _cut(text: str) -> str:
    flat = " ".join(text.split(" ")) if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return flat.replace("\n", "\\n").replace("\r", "\\r")
