"""Documents to rules, by pySigma: actions, filters, pipelines, correlations.

Faults are collected, never raised: one run shows everything there is to mend.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.filters import SigmaFilter
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaDetection, SigmaRule

from agentwarrant.content import Document
from agentwarrant.errors import ContentError
from agentwarrant.faults import short
from agentwarrant.rules import modifiers
from agentwarrant.rules.ir import TRUE, Node, conjunction, disjunction, negation
from agentwarrant.rules.kinds import as_sigma, ours_of
from agentwarrant.rules.made import made_correlation, made_rule
from agentwarrant.rules.model import Rule
from agentwarrant.rules.sigma import Unsupported, condition_of, selections_of

modifiers.register()

_OWN_KEYS = ("agentwarrant", "tests")
_BODIES = ("detection", "correlation", "filter")
_MENDS = {"id": "write a UUID, from uuidgen for example"}
Parsed = TypeVar("Parsed", SigmaRule, SigmaCorrelationRule, SigmaFilter)


@dataclass(slots=True)
class Entry(Generic[Parsed]):
    """One document and what pySigma made of it."""

    place: int
    document: Document
    family: str
    parsed: Parsed


@dataclass(slots=True)
class Parser:
    """Collects the documents of a rule set.

    Attributes:
        pipeline: Applied to every rule, as a conversion by pySigma would.
        agents_only: Fields and log sources are those of our events.
        faults: What is wrong, so far.
    """

    pipeline: ProcessingPipeline | None = None
    agents_only: bool = True
    faults: list[ContentError] = field(default_factory=list)
    _rules: list[Entry[SigmaRule]] = field(default_factory=list)
    _correlations: list[Entry[SigmaCorrelationRule]] = field(default_factory=list)
    _filters: list[Entry[SigmaFilter]] = field(default_factory=list)

    def add(self, documents: Sequence[Document], family: str) -> None:
        """Take the documents of one file."""
        for document in _without_actions(documents, self.faults):
            parsed = self._parsed(document)
            place = len(self._rules) + len(self._correlations) + len(self._filters)
            if isinstance(parsed, SigmaRule):
                self._rules.append(Entry(place, document, family, parsed))
            elif isinstance(parsed, SigmaCorrelationRule):
                self._correlations.append(Entry(place, document, family, parsed))
            elif isinstance(parsed, SigmaFilter):
                self._filters.append(Entry(place, document, family, parsed))

    def rules(self) -> list[Rule]:
        """Return the rules of everything added; what is wrong with them is in ``faults``."""
        self.faults += _unused_filters(self._filters, self._rules)
        made = {entry.place: self._rule(entry) for entry in self._rules}
        made |= {entry.place: self._correlation(entry) for entry in self._correlations}
        return [rule for _, rule in sorted(made.items()) if rule is not None]

    def _parsed(self, document: Document) -> Any:
        own = {k: v for k, v in document.data.items() if k not in _OWN_KEYS}
        own = as_sigma(own)
        kind: Any = SigmaRule
        for key, other in (("correlation", SigmaCorrelationRule), ("filter", SigmaFilter)):
            kind = other if key in own else kind
        parsed, wrong = _read_all(document, kind, own)
        if wrong:
            # what it asks for is looked at all the same: one run shows all that is to be mended
            self.faults += [*wrong, *_wrong_condition(document, own if kind is SigmaRule else {})]
            return None
        misread = list(_misread_names(document))
        self.faults += misread
        return None if misread else parsed

    def _rule(self, entry: Entry[SigmaRule]) -> Rule | None:
        parsed = entry.parsed
        try:
            guards = [self._guard(f, parsed) for f in self._filters if _applies(f.parsed, parsed)]
            self._apply(parsed)
            selections = selections_of(parsed)
            tree = condition_of(parsed)
        except (SigmaError, Unsupported, AttributeError, TypeError, ValueError) as error:
            self.faults += _told(entry.document, error)
            return None
        if tree == TRUE:
            what = "nothing is left of the condition: it would match every event"
            self.faults.append(entry.document.fault(what, ("detection",)))
            return None
        for title, guard in guards:
            selections[f"filter: {title}"] = guard
        whole = conjunction([tree, *(guard for _, guard in guards)])
        return made_rule(entry.document, entry.family, parsed, whole, selections, self.agents_only)

    def _guard(self, entry: Entry[SigmaFilter], rule: SigmaRule) -> tuple[str, Node]:
        """Return what a filter asks of events of a rule, through the same pipeline."""
        alike = copy.copy(rule)
        alike.detection = copy.deepcopy(entry.parsed.filter)
        self._apply(alike)
        tree = condition_of(alike)
        tenants = (entry.document.data.get("agentwarrant") or {}).get("tenants")
        if tenants:
            tenants = tenants if isinstance(tenants, list) else [tenants]
            here = disjunction([["is", "organization.id", "eq_cased", str(t)] for t in tenants])
            tree = disjunction([negation(here), tree])
        return entry.parsed.title, tree

    def _correlation(self, entry: Entry[SigmaCorrelationRule]) -> Rule | None:
        parsed = entry.parsed
        try:
            self._apply(parsed)
            kind, history_ms, factor = ours_of(entry.document.data["correlation"])
            return made_correlation(
                entry.document, entry.family, parsed, kind, history_ms, factor, self.agents_only
            )
        except (
            SigmaError,
            Unsupported,
            AttributeError,
            KeyError,
            TypeError,
            ValueError,
        ) as error:
            self.faults += _told(entry.document, error)
            return None

    def _apply(self, rule: SigmaRule | SigmaCorrelationRule) -> None:
        if self.pipeline is not None:
            self.pipeline.apply(rule)


_STUMBLES = (SigmaError, TypeError, AttributeError, ValueError, KeyError)


def _read_all(document: Document, kind: Any, own: dict[str, Any]) -> tuple[Any, list[ContentError]]:
    """Return what pySigma makes of a document, and all that is wrong with it."""
    faults: list[ContentError] = []
    try:
        parsed = _read(kind, own)
    except SigmaError as error:
        return None, list(_told(document, error))
    except _STUMBLES as error:
        unfit = [key for key in own if key not in _BODIES and _stumbles(kind, key, own[key])]
        if not unfit:
            return None, list(_told(document, error))
        for key in unfit:
            what = f"{key} cannot be {short(own[key])}"
            faults.append(document.fault(what, (key,), _MENDS.get(key, "")))
        rest = {key: value for key, value in own.items() if key not in unfit}
        _, more = _read_all(document, kind, rest)
        told = {fault.line for fault in faults}
        return None, faults + [one for one in more if one.line not in told]
    for wrong in parsed.errors:
        faults += _told(document, wrong)
    return parsed, faults


def _read(kind: Any, own: dict[str, Any]) -> Any:
    """Return what pySigma makes of a document, with every error that it finds."""
    try:
        return kind.from_dict(copy.deepcopy(own), collect_errors=True)
    except UnboundLocalError:  # it goes on after an error, and stumbles over what is not there
        return kind.from_dict(own)


def _stumbles(kind: Any, key: str, value: Any) -> bool:
    """Is it this value that pySigma has no word for: one of a kind that it does not expect?"""
    try:
        _read(kind, {key: value})
    except SigmaError:
        return False
    except _STUMBLES:
        return True
    return False


def _wrong_condition(document: Document, own: dict[str, Any]) -> Iterator[ContentError]:
    """Yield what is wrong with what a rule asks for, where something else is wrong with it."""
    asked: dict[str, Any] = {key: own[key] for key in ("logsource", "detection") if key in own}
    if len(asked) < 2:
        return
    try:
        parsed = _read(SigmaRule, {"title": "a rule", **asked})
    except _STUMBLES:  # that is told already
        return
    try:
        if not parsed.errors:
            condition_of(parsed)
    except (Unsupported, *_STUMBLES) as error:
        yield from _told(document, error)


def _applies(parsed: SigmaFilter, rule: SigmaRule) -> bool:
    """Is a filter for a rule: by log source, and by name or id unless for any?"""
    if rule.logsource not in parsed.logsource:
        return False
    named = parsed.filter.rules
    if isinstance(named, str):
        return True
    return bool({reference.reference for reference in named} & {str(rule.id), str(rule.name)})


def _unused_filters(
    filters: list[Entry[SigmaFilter]], rules: list[Entry[SigmaRule]]
) -> Iterator[ContentError]:
    """A filter for a rule that is not there filters nothing, which nobody would notice."""
    known = {str(n) for e in rules for n in (e.parsed.id, e.parsed.name) if n is not None}
    for entry in filters:
        named = entry.parsed.filter.rules
        for reference in named if isinstance(named, list) else ():
            if reference.reference not in known:
                what = f"no rule is called {reference.reference!r}"
                yield entry.document.fault(what, ("filter", "rules"))


_PLACES = (
    ("Condition", "condition"), ("Logsource", "logsource"), ("Level", "level"), ("Date", "date"),
    ("Status", "status"), ("Identifier", "id"), ("Title", "title"), ("Tag", "tags"),
    ("Timespan", "timespan"), ("CorrelationType", "type"),
)  # fmt: skip


def _told(document: Document, error: Exception) -> Iterator[ContentError]:
    """Yield an error of pySigma with its line; all wrong selections, where it names the first."""
    body = next((k for k in _BODIES if k in document.data), "")
    wrong = list(_wrong_selections(document, body))
    kind = type(error).__name__
    at = next((key for word, key in _PLACES if word in kind), "")
    if wrong and at in ("", "condition"):
        yield from wrong
        return
    inner = at in ("", "condition", "timespan", "type")
    places = ((body, at), (at,), (body,) if inner else ())
    place = next((place for place in places if place in document.lines), ())
    yield document.fault(f"cannot be used: {str(error).strip() or kind}", place)


def _wrong_selections(document: Document, body: str) -> Iterator[ContentError]:
    given = document.data.get(body)
    if body not in ("detection", "filter") or not isinstance(given, dict):
        return
    for name, definition in given.items():
        if name in ("condition", "rules", "timeframe"):
            continue
        try:
            SigmaDetection.from_definition(copy.deepcopy(definition))
        except (SigmaError, TypeError, AttributeError, ValueError, KeyError) as error:
            yield document.fault(f"cannot be used: {error}", (body, str(name)))


def _misread_names(document: Document) -> Iterator[ContentError]:
    """Yield selections whose name begins with "not", which pySigma takes for a negation."""
    for body in ("detection", "filter"):
        given = document.data.get(body)
        for name in given if isinstance(given, dict) else ():
            if str(name).startswith("not"):
                what = f"the name {name} would be read as a negation"
                yield document.fault(what, (body, str(name)), "let it not begin with not")


def _without_actions(
    documents: Sequence[Document], faults: list[ContentError]
) -> Iterator[Document]:
    """Yield whole documents: ``action: global``, ``repeat`` and ``reset`` are carried out."""
    common: dict[str, Any] = {}
    before: dict[str, Any] = {}
    for document in documents:
        if not isinstance(document.data, dict):
            faults.append(
                document.fault("a rule is a mapping", mend="write keys: title, detection")
            )
            continue
        given = dict(document.data)
        action = given.pop("action", None)
        if action == "global":
            common = given
        elif action == "reset":
            common = {}
        elif action == "repeat":
            before = _merged(before, given)
            yield Document(document.path, before, document.lines, document.text)
        elif action is not None:
            faults.append(document.fault(f"the action {action!r} is unknown", ("action",)))
        elif "correlation" in given or "filter" in given:
            yield document
        else:
            before = _merged(given, common)
            yield Document(document.path, before, document.lines, document.text)


def _merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    made = dict(first)
    for key, value in second.items():
        known = made.get(key)
        both = isinstance(value, dict) and isinstance(known, dict)
        made[key] = _merged(known, value) if both and known is not None else value
    return made
