"""What a set of rules covers: techniques and risks, sources, kinds. Only what a test proves counts.

A rule counts when a test of its own that finds passes; it counts for a source when that test gives
the source's raw records. What a file only says of itself is kept apart from that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agentwarrant import schema, taxonomy
from agentwarrant.rules.check import Outcome, run_tests
from agentwarrant.rules.documents import records_of
from agentwarrant.rules.model import Rule
from agentwarrant.rules.variants import denied

ANY = "any"
_KINDS = {
    "temporal_ordered": "sequence",
    "temporal": "coincidence",
    "event_count": "count",
    "value_count": "distinct values",
    "new_value": "new value",
    "rate_baseline": "baseline",
}
_OTHER_KIND = "measure"
Name = Callable[[str], tuple[str, tuple[tuple[str, str], ...]]]
"""Id of a technique to its name and its tactics, each an id and a name."""


@dataclass(frozen=True, slots=True)
class Item:
    """A technique, a tactic, a risk or a layer, with the rules that cover it.

    Attributes:
        id, name: Of the item.
        rules: Short ids, in order.
        within: For a technique: the ids of its tactics.
    """

    id: str
    name: str
    rules: tuple[str, ...]
    within: tuple[str, ...] = ()

    @property
    def is_covered(self) -> bool:
        return bool(self.rules)


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework in one version.

    Attributes:
        key: How it is named in JSON: ``attack_v19``, ``atlas`` …
        name, version: For people.
        groups: All tactics (for OWASP and MAESTRO: all risks or layers), also uncovered ones.
        techniques: Only covered ones; none for OWASP and MAESTRO.
        total: How many techniques the framework has.
    """

    key: str
    name: str
    version: str
    groups: tuple[Item, ...]
    techniques: tuple[Item, ...] = ()
    total: int = 0

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def covered(self) -> tuple[Item, ...]:
        """The groups that some rule covers."""
        return tuple(item for item in self.groups if item.is_covered)


@dataclass(frozen=True, slots=True)
class Source:
    """What can be found in one source.

    Attributes:
        name: Of the source.
        shown: Rules of which a test with its raw records finds something.
        named: Rules that say they can, by name.
    """

    name: str
    shown: tuple[str, ...]
    named: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a set of rules covers.

    Attributes:
        rules: Short ids of the rules that a passing test proves.
        unproven: Those of which none does.
        frameworks: In the order of ``FRAMEWORKS``.
        sources: Every source that there is.
        kinds: By kind, the proven rules.
    """

    rules: tuple[str, ...]
    unproven: tuple[str, ...]
    frameworks: tuple[Framework, ...]
    sources: tuple[Source, ...]
    kinds: Mapping[str, tuple[str, ...]]

    def framework(self, key: str) -> Framework:
        """Return the framework of a key."""
        return next(one for one in self.frameworks if one.key == key)


def kind_of(rule: Rule) -> str:
    """Return in one word how a rule decides."""
    correlation = rule.correlation
    if correlation is None:
        return "single event"
    return "absence" if denied(correlation) else _KINDS.get(correlation.kind, _OTHER_KIND)


def coverage_of(rules: Sequence[Rule], sources: Iterable[str]) -> Coverage:
    """Return what some rules cover; their tests are run.

    Args:
        rules: Loaded rules, parts of correlations among them.
        sources: The names of the sources that there are.
    """
    outcomes: dict[str, list[Outcome]] = {}
    for outcome in run_tests(rules):
        outcomes.setdefault(outcome.rule.id, []).append(outcome)
    own = sorted((rule for rule in rules if rule.alerts and rule.meta), key=lambda r: r.short_id)
    proven = [r for r in own if any(o.passed and o.wanted for o in outcomes.get(r.id, ()))]
    names = {rule.short_id for rule in proven}
    kinds: dict[str, list[str]] = {}
    for rule in proven:
        kinds.setdefault(kind_of(rule), []).append(rule.short_id)
    return Coverage(
        rules=tuple(rule.short_id for rule in proven),
        unproven=tuple(rule.short_id for rule in own if rule.short_id not in names),
        frameworks=tuple(_frameworks(proven)),
        sources=tuple(_source(name, proven, outcomes) for name in sorted(sources)),
        kinds={kind: tuple(kinds[kind]) for kind in sorted(kinds, key=lambda k: -len(kinds[k]))},
    )


def _source(name: str, rules: Sequence[Rule], outcomes: Mapping[str, list[Outcome]]) -> Source:
    def shows(rule: Rule) -> bool:
        passed = {o.test for o in outcomes[rule.id] if o.passed and o.wanted}
        own = (test for test in rule.tests if name in records_of(test))
        return any(str(test.get("name", "")) in passed for test in own)

    shown = tuple(rule.short_id for rule in rules if shows(rule))
    said = (rule for rule in rules if name in _listed(rule.meta.get("sources")))
    return Source(name, shown, tuple(rule.short_id for rule in said))


def _listed(sources: Any) -> Sequence[str]:
    return sources if isinstance(sources, list) else ()


# Frameworks -----------------------------------------------------------------------------------


def _frameworks(rules: Sequence[Rule]) -> Iterable[Framework]:
    tables = schema.taxonomy()
    attack, atlas = tables["attack"], tables["atlas"]
    v19, moved = attack["v19"], attack["v18_to_v19"]
    now = len((attack["techniques"].keys() - moved.keys()) | v19["techniques"].keys())
    yield _techniques(
        "attack_v19", "MITRE ATT&CK", v19["version"], dict(v19["tactics"].values()), now,
        _by_id(rules, "attack", "v19"), taxonomy.technique,
    )  # fmt: skip
    yield _techniques(
        "attack_v18", "MITRE ATT&CK", attack["version"], dict(attack["tactics"].values()),
        len(attack["techniques"]), _by_id(rules, "attack", "v18"), taxonomy.technique_v18,
    )  # fmt: skip
    yield _techniques(
        "atlas", "MITRE ATLAS", atlas["version"], atlas["tactics"], len(atlas["techniques"]),
        _by_id(rules, "atlas", "ids"), _atlas,
    )  # fmt: skip
    for key, name in (("owasp_asi", "OWASP Agentic"), ("owasp_llm", "OWASP LLM")):
        yield _risks(
            key, name, tables[key]["edition"], tables[key]["ids"], _by_id(rules, key, "ids")
        )
    maestro = tables["maestro"]
    by_layer = _by_id(rules, "maestro", "")
    yield _risks("maestro", "MAESTRO", maestro["version"], maestro["layers"], by_layer)


def _by_id(rules: Sequence[Rule], framework: str, key: str) -> dict[str, tuple[str, ...]]:
    """Return the short ids of the rules that name each id of a framework."""
    found: dict[str, list[str]] = {}
    for rule in rules:
        given = (rule.meta.get("taxonomy") or {}).get(framework) or ()
        for one in dict.fromkeys(given.get(key) or () if isinstance(given, dict) else given):
            found.setdefault(one, []).append(rule.short_id)
    return {one: tuple(found[one]) for one in sorted(found)}


def _atlas(technique_id: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    table = schema.taxonomy()["atlas"]
    name, *tactics = table["techniques"].get(technique_id, [technique_id])
    return name, tuple((one, table["tactics"][one]) for one in tactics)


def _techniques(
    key: str,
    name: str,
    version: str,
    tactics: Mapping[str, str],
    total: int,
    rules: Mapping[str, tuple[str, ...]],
    named: Name,
) -> Framework:
    techniques = tuple(
        Item(one, named(one)[0], rules[one], tuple(tactic for tactic, _ in named(one)[1]))
        for one in rules
    )
    groups = []
    for tactic in sorted(tactics):
        within = {rule for item in techniques if tactic in item.within for rule in item.rules}
        groups.append(Item(tactic, tactics[tactic], tuple(sorted(within))))
    return Framework(key, name, version, tuple(groups), techniques, total)


def _risks(
    key: str,
    name: str,
    version: str,
    names: Mapping[str, str],
    rules: Mapping[str, tuple[str, ...]],
) -> Framework:
    groups = tuple(Item(one, names[one], rules.get(one, ())) for one in names)
    return Framework(key, name, version, groups)
