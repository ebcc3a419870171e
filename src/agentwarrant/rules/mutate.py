"""Is every part of a rule needed by one of its tests? Parts are taken out, and tests run again.

Three things are tried, on the tests of each rule and of every correlation that reads it:

1. every part of the condition is left out, every value of a list, every step of a correlation:
   some test must give another number of findings;
2. in the events of every test that finds, every field that the match rests on is removed or gets
   another value: nothing may be found any more;
3. the events of a correlation are set apart, reversed, given to others (``rules.variants``).

A rule is loaded once and its events are made once; of a changed tree only the trees are asked
again, and findings are counted only where the events that match are others.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from agentwarrant.content import Document
from agentwarrant.detect import Detector
from agentwarrant.errors import AgentWarrantError, ContentError, ContentErrors
from agentwarrant.event import Event
from agentwarrant.rules.check import events_of, with_parts
from agentwarrant.rules.ir import FALSE, TRUE, Node
from agentwarrant.rules.load import loaded, read_files
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import Rule
from agentwarrant.rules.parts import drops, filled, names, resting, skeleton, words
from agentwarrant.rules.program import holds
from agentwarrant.rules.variants import denied, variants

_OTHER = "~"
_ABSENCE = ("null", "exists")
_MOST = 500
"""Values of one selection that are taken out in turn."""
_MOST_MATCHERS = 64

_Key = tuple[tuple[str, int], ...]
"""Rules by id, each with the identity of its tree."""


@dataclass(frozen=True, slots=True)
class Survivor:
    """A change that no test noticed.

    Attributes:
        rule: The rule that was changed, or whose test was.
        what: What was changed.
        place: Where in the rule's document.
        weak: One value or one field of a selection; not a whole part.
    """

    rule: Rule
    what: str
    place: tuple[str | int, ...] = ()
    weak: bool = False


@dataclass(slots=True)
class _Case:
    """A test with its events, made once, and what it finds."""

    rule: Rule
    test: Mapping[str, Any]
    events: list[Event]
    count: int


class Mutator:
    """Changes rules and their tests.

    Args:
        paths: Files and folders; none means the shipped pack.

    Attributes:
        rules: Those that give findings, in order.
        tried: Changes so far.

    Raises:
        PathNotFound: A path does not exist.
        ContentErrors: A rule cannot be loaded.
    """

    def __init__(self, paths: Sequence[Path] = ()) -> None:
        files, faults = read_files(paths, pack=not paths)
        found = loaded(files, (), False)
        if faults or found.faults:
            raise ContentErrors([*faults, *found.faults])
        self._all = found.rules
        self._documents = _by_rule(found.documents)
        self._parts_of = {rule.id: with_parts(rule, self._all) for rule in self._all}
        self._cases: dict[str, list[_Case]] = {}
        self.rules = [rule for rule in self._all if rule.alerts]
        self._matchers: OrderedDict[_Key, tuple[list[Rule], Matcher]] = OrderedDict()
        self.tried = 0

    def survivors(self, rule: Rule) -> Iterator[Survivor]:
        """Yield every change of one rule and its tests that was not noticed."""
        if not self._ready(rule):
            yield Survivor(rule, "a test fails: nothing can be told", ("tests",))
            return
        for part in self._parts_of[rule.id]:
            if part.tree is not None:
                yield from self._parts(part)
                yield from self._fields(rule, part)
        yield from self._variants(rule)
        yield from self._threshold(rule)

    def fault(self, survivor: Survivor) -> ContentError:
        """Return a survivor as a fault with file and line."""
        rule = survivor.rule
        document = self._documents.get((rule.path, rule.id))
        what = f"{rule.short_id if rule.meta else rule.name}: {survivor.what}"
        return (
            document.fault(what, survivor.place) if document else ContentError(what, path=rule.path)
        )

    # What runs ----------------------------------------------------------------------------

    def _ready(self, rule: Rule) -> bool:
        """Make the events of a rule's tests; return whether all tests pass."""
        if rule.id not in self._cases:
            made: list[_Case] = []
            for test in rule.tests:
                try:
                    events = events_of(test)
                    count = self._found(rule, events, self._parts_of[rule.id])
                except (AgentWarrantError, ValueError):
                    count = -1
                if count != test.get("finds"):
                    made.clear()
                    break
                made.append(_Case(rule, test, events, count))
            self._cases[rule.id] = made
        return bool(self._cases[rule.id])

    def _users(self, part: Rule) -> list[_Case]:
        """Return the tests of all rules that give findings and rest on a part."""
        return [
            case
            for rule in self.rules
            if any(part.id == one.id for one in self._parts_of[rule.id]) and self._ready(rule)
            for case in self._cases[rule.id]
        ]

    def _counts(self, case: _Case, changed: Rule) -> int:
        """Return how much a test finds with one rule changed."""
        parts = self._parts_of[case.rule.id]
        rules = [changed if one.id == changed.id else one for one in parts]
        rule = changed if case.rule.id == changed.id else case.rule
        return self._found(rule, case.events, rules)

    def _found(self, rule: Rule, events: Sequence[Event], rules: Sequence[Rule]) -> int:
        """Return how often one rule finds something; what is compiled is used again."""
        listed = with_parts(rule, rules)
        # A tree alone tells no rule: "any event" is one object, whichever rule it is put into.
        key = tuple((one.id, id(one.tree)) for one in listed)
        _, matcher = self._matchers.pop(key, ([], None))
        detector = Detector(listed, matcher=matcher)
        self._matchers[key] = listed, detector.matcher  # holds the trees, so that ids stay theirs
        if len(self._matchers) > _MOST_MATCHERS:
            self._matchers.popitem(last=False)
        return sum(found.event["rule.id"] == rule.id for found in detector.run(events))

    # Parts of conditions ------------------------------------------------------------------

    def _parts(self, part: Rule) -> Iterator[Survivor]:
        """Yield the parts of a rule's condition that no test needs."""
        tried = list(self._changes(part))
        self.tried += len(tried)
        trees = [part.tree, *(tree for _, tree in tried)]
        matcher = Matcher([replace(part, tree=tree) for tree in trees])
        program = matcher.program.trees
        unnoticed = dict(enumerate(tried, 1))
        for case in self._users(part):
            true = [matcher.true_atoms(event) for event in case.events]
            before = [holds(program[0], one) for one in true]
            for number, (_, tree) in list(unnoticed.items()):
                after = [holds(program[number], one) for one in true]
                if after != before and self._notices(case, part, tree, after):
                    del unnoticed[number]
        yield from (survivor for survivor, _ in unnoticed.values())

    def _notices(self, case: _Case, part: Rule, tree: Node, after: list[bool]) -> bool:
        if case.rule.id == part.id and any(after) != bool(case.count):
            return True
        return self._counts(case, replace(part, tree=tree)) != case.count

    def _changes(self, part: Rule) -> Iterator[tuple[Survivor, Node]]:
        document = self._documents.get((part.path, part.id))
        over = skeleton(document.data["detection"]) if document else None
        tree = part.tree or TRUE
        if over is None or filled(over, part.selections) != tree:
            yield from (
                (Survivor(part, f"no test needs {words(lost)}", ("detection",), True), rest)
                for lost, rest in islice(drops(tree), _MOST)
            )
            return
        for lost, rest in drops(over):
            said = words(lost)
            place = ("detection", next(names(lost), "condition"))
            survivor = Survivor(part, f"no test needs the part {said}", place)
            yield survivor, filled(rest, part.selections)
        for name, selection in part.selections.items():
            for lost, rest in islice(drops(selection), _MOST):
                said = f"no test needs {words(lost)} in {name}"
                changed = filled(over, {**part.selections, name: rest})
                yield Survivor(part, said, ("detection", name), True), changed
        yield from self._steps(part)

    def _steps(self, part: Rule) -> Iterator[tuple[Survivor, Node]]:
        """Yield a part of correlations as if it were anything, and a denied one as if nothing."""
        users = [r for r in self._all if r.correlation and part.id in r.correlation.rules]
        if users:
            absent = any(part.id in denied(r.correlation) for r in users if r.correlation)
            word = "never there" if absent else "any event"
            survivor = Survivor(part, f"no test tells {part.name} from {word}", ("detection",))
            yield survivor, FALSE if absent else TRUE

    def _threshold(self, rule: Rule) -> Iterator[Survivor]:
        """Yield the number of a correlation if half of it, or twice as much, does as well."""
        correlation = rule.correlation
        if correlation is None or correlation.condition is not None or correlation.threshold <= 1:
            return
        for factor, word in ((0.5, "half"), (2, "twice")):
            self.tried += 1
            threshold = correlation.threshold * factor
            changed = replace(rule, correlation=replace(correlation, threshold=threshold))
            if all(self._counts(case, changed) == case.count for case in self._cases[rule.id]):
                what = f"no test tells {correlation.threshold:g} from {word} of it"
                yield Survivor(rule, what, ("correlation", "condition"), True)

    # Events -------------------------------------------------------------------------------

    def _fields(self, rule: Rule, part: Rule) -> Iterator[Survivor]:
        """Yield the fields that a match rests on in some test, and whose loss silences none."""
        matcher = Matcher([part])
        silenced: dict[str, bool] = {}
        for case in self._cases[rule.id]:
            if not case.count:
                continue
            true = [matcher.true_atoms(event) for event in case.events]
            matched = [holds(matcher.program.trees[0], one) for one in true]
            ops: dict[str, set[tuple[str, Any]]] = {}
            for one, held in zip(true, matched, strict=True):
                for number in resting(matcher.program.trees[0], one) if held else ():
                    _, name, op, argument = matcher.program.atoms[number]
                    ops.setdefault(name or "", set()).add((op, argument is not False))
            for name, kinds in ops.items():
                if name:
                    silent = self._is_silent(rule, case, matched, name, kinds)
                    silenced[name] = silenced.get(name, False) or silent
        for name, silent in silenced.items():
            if not silent:
                what = f"its tests find as much when {name} is broken"
                yield Survivor(part, what, ("detection",))

    def _is_silent(
        self, rule: Rule, case: _Case, matched: list[bool], name: str, kinds: set[tuple[str, Any]]
    ) -> bool:
        """Does a test find nothing when a field is gone from what matches, or says other things?"""
        absent = any(op == "null" or (op == "exists" and not there) for op, there in kinds)
        present = all(op in _ABSENCE for op, _ in kinds) and not absent
        for value in (() if absent else (None,)) + (() if present else (_OTHER,)):
            self.tried += 1
            events = [
                _with(event, name, value) if held else event
                for event, held in zip(case.events, matched, strict=True)
            ]
            if self._found(rule, events, self._parts_of[rule.id]):
                return False
        return True

    def _variants(self, rule: Rule) -> Iterator[Survivor]:
        for case in self._cases[rule.id]:
            parts = self._parts_of[rule.id]
            for variant in variants(rule, case.events, parts) if case.count else ():
                self.tried += 1
                if self._found(rule, variant.events, parts):
                    what = f"the test {case.test['name']!r} still finds when {variant}"
                    yield Survivor(rule, what, ("tests",))


def _with(event: Event, name: str, value: str | None) -> Event:
    changed = {key: known for key, known in event.items() if key != name}
    return changed if value is None else {**changed, name: value}


def _by_rule(documents: Sequence[Document]) -> dict[tuple[str, str], Document]:
    found: dict[tuple[str, str], Document] = {}
    for document in documents:
        data = document.data if isinstance(document.data, dict) else {}
        for key in ("title", "name", "id"):
            if data.get(key) is not None:
                found[(document.path, str(data[key]))] = document
    return found
