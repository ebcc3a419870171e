"""Fits loaded rules to tenants: filters get their lists, correlations their numbers.

A filter whose selections ask for ``%internal_domains%`` and the like (``expand``) becomes one
filter for each tenant that has such a list, and none where nobody has. A correlation with other
numbers for some tenants becomes one rule for each of them and one for the rest, and so does every
correlation that reads it; all are the same rule to whoever reads their findings.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from agentwarrant.content import Document
from agentwarrant.errors import ContentError
from agentwarrant.rules.ir import Node, conjunction, disjunction, negation
from agentwarrant.rules.model import Correlation, Rule
from agentwarrant.rules.tuning import EVERYONE, Override, Tuning
from agentwarrant.schema import load

_NAME = re.compile(r"^%(\w+)%$")
_EXPAND = "expand"

_Numbers = Mapping[str, Mapping[str, Override]]
"""By id of a rule and by tenant."""


def list_names() -> frozenset[str]:
    """Return the names of the lists that tuning may give."""
    return frozenset(load("tuning.schema.json")["properties"]["lists"]["properties"])


def with_lists(documents: Sequence[Document], tuning: Tuning) -> list[Document]:
    """Return the documents of a file, its filters over lists made out for each tenant."""
    made: list[Document] = []
    for document in documents:
        asked = _asked(document)
        made += [document] if not asked else _for_tenants(document, asked, tuning)
    return made


def _asked(document: Document) -> frozenset[str]:
    """Return the lists that a filter asks for; none for any other document."""
    data = document.data
    if not isinstance(data, dict) or not isinstance(data.get("filter"), dict):
        return frozenset()
    asked = frozenset(name for item in _items(data["filter"]) for name in item)
    return asked if asked <= list_names() else frozenset()


def _items(value: Any) -> Iterator[list[str]]:
    """Yield, for each key with ``expand``, the names between its percent signs."""
    if isinstance(value, list):
        for one in value:
            yield from _items(one)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if _EXPAND in str(key).split("|")[1:]:
                yield _names(inner)
            else:
                yield from _items(inner)


def _names(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    found = [_NAME.match(str(one)) for one in values]
    return [match.group(1) if match else "" for match in found]


def _for_tenants(document: Document, asked: frozenset[str], tuning: Tuning) -> Iterator[Document]:
    tenants = dict.fromkeys(t for name in sorted(asked) for t in tuning.lists.get(name, ()))
    for number, tenant in enumerate(tenants):
        known = {name: _values(tuning.lists.get(name, {}), tenant) for name in asked}
        if not all(known.values()):
            continue
        data = copy.deepcopy(document.data)
        data["filter"] = _filled(data["filter"], known)
        if number:
            data.pop("id", None)
        if tenant != EVERYONE:
            data["agentwarrant"] = {**(data.get("agentwarrant") or {}), "tenants": [tenant]}
        yield replace(document, data=data)


def _values(by_tenant: Mapping[str, list[str]], tenant: str) -> list[str]:
    own = by_tenant.get(tenant, [])
    return own if tenant == EVERYONE else [*own, *by_tenant.get(EVERYONE, [])]


def _filled(value: Any, known: Mapping[str, list[str]]) -> Any:
    if isinstance(value, list):
        return [_filled(one, known) for one in value]
    if not isinstance(value, dict):
        return value
    made: dict[str, Any] = {}
    for key, inner in value.items():
        name, *modifiers = str(key).split("|")
        if _EXPAND in modifiers:
            modifiers.remove(_EXPAND)
            values = [one for list_name in _names(inner) for one in known[list_name]]
            made["|".join([name, *modifiers])] = values
        else:
            made[str(key)] = _filled(inner, known)
    return made


# Numbers ------------------------------------------------------------------------------------


def with_numbers(rules: Sequence[Rule], tuning: Tuning, faults: list[ContentError]) -> list[Rule]:
    """Return the rules with the numbers of tuning; what does not fit is added to ``faults``."""
    shorts = {rule.short_id: rule for rule in rules if rule.meta}
    for short_id, by_tenant in tuning.thresholds.items():
        faults += _unfit(shorts.get(short_id), short_id, by_tenant.values())
    if faults:
        return list(rules)
    numbers = {
        rule.id: tuning.thresholds[rule.short_id]
        for rule in rules
        if rule.meta and rule.short_id in tuning.thresholds
    }
    known = {rule.id: rule for rule in rules}
    return [variant for rule in rules for variant in _variants(rule, numbers, known)]


def _unfit(rule: Rule | None, short_id: str, given: Iterable[Override]) -> Iterator[ContentError]:
    for one in given:
        path, line = one.place
        if rule is None or rule.correlation is None:
            what = f"{short_id} is no rule that counts or orders events"
            mend = "agentwarrant rules coverage lists them by kind"
            yield ContentError(what, path=path, line=line, mend=mend)
        elif one.factor is not None and rule.correlation.kind != "rate_baseline":
            yield ContentError(f"{short_id} has no factor", path=path, line=line)


def _variants(rule: Rule, numbers: _Numbers, known: Mapping[str, Rule]) -> Iterator[Rule]:
    """Yield a rule for each tenant with numbers of its own, and one for all others.

    So it is with what reads a rule that has such numbers, for each must read its own. What gives
    no findings is run only as a part of another, which has a copy of it.
    """
    own = _tenants(rule, numbers, known)
    if not own or not rule.alerts:
        yield _fitted(rule, EVERYONE, numbers)
        return
    here: Node = disjunction([_is(tenant) for tenant in own])
    yield from _Clones(numbers, known, EVERYONE, negation(here)).of(rule, "others")
    for tenant in own:
        yield from _Clones(numbers, known, tenant, _is(tenant)).of(rule, tenant)


def _tenants(rule: Rule, numbers: _Numbers, known: Mapping[str, Rule]) -> list[str]:
    """Return who has numbers of its own for a rule or for anything that it reads."""
    found: dict[str, None] = {}
    todo, seen = [rule.id], set[str]()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        found.update(dict.fromkeys(numbers.get(name, ())))
        one = known[name].correlation
        todo += one.rules if one is not None else ()
    found.pop(EVERYONE, None)
    return [*found]


def _fitted(rule: Rule, tenant: str, numbers: _Numbers) -> Rule:
    """Return a rule with the numbers of a tenant; those of everyone where it has none."""
    by_tenant = numbers.get(rule.id, {})
    given = by_tenant.get(tenant, by_tenant.get(EVERYONE))
    return rule if given is None else _numbered(rule, given)


def _is(tenant: str) -> Node:
    return ["is", "organization.id", "eq_cased", tenant]


def _numbered(rule: Rule, given: Override) -> Rule:
    changed: dict[str, Any] = {}
    if given.at_least is not None:
        changed["threshold"] = float(given.at_least)
    if given.window_ms is not None:
        changed["window_ms"] = given.window_ms
    if given.factor is not None:
        changed["factor"] = float(given.factor)
    own = rule.correlation
    return replace(rule, correlation=own and replace(own, **changed))


class _Clones:
    """Copies of a rule and of all that it reads, held to some tenants.

    Args:
        numbers: By id of a rule and tenant.
        known: All rules by id.
        tenant: Whose numbers they get.
        guard: What holds them to their tenants.
    """

    def __init__(
        self, numbers: _Numbers, known: Mapping[str, Rule], tenant: str, guard: Node
    ) -> None:
        self._numbers = numbers
        self._known = known
        self._tenant = tenant
        self._guard = guard

    def of(self, rule: Rule, mark: str) -> Iterator[Rule]:
        """Yield the copies: the parts, which give no findings, and then the rule itself."""
        ids: dict[str, str] = {}
        self._name_parts(rule, f"{mark} {rule.id}", ids)
        for name in ids:
            part = _fitted(self._known[name], self._tenant, self._numbers)
            yield _clone(part, f"{mark} {rule.id}", self._guard, ids, alerts=False)
        tuned = _fitted(rule, self._tenant, self._numbers)
        yield _clone(tuned, mark, self._guard, ids, alerts=rule.alerts)

    def _name_parts(self, rule: Rule, mark: str, ids: dict[str, str]) -> None:
        for name in rule.correlation.rules if rule.correlation else ():
            if name not in ids:
                ids[name] = _clone_id(name, mark)
                self._name_parts(self._known[name], mark, ids)


def _clone_id(name: str, mark: str) -> str:
    return f"{name} ({mark})"


def _clone(rule: Rule, mark: str, guard: Node, ids: Mapping[str, str], *, alerts: bool) -> Rule:
    tree = conjunction([rule.tree, guard]) if rule.tree else None
    return replace(
        rule,
        id=_clone_id(rule.id, mark),
        name=f"{rule.name} ({mark})",
        known_as=rule.known_as or rule.id,
        tree=tree,
        correlation=_reading(rule.correlation, ids),
        alerts=alerts,
    )


def _reading(correlation: Correlation | None, ids: Mapping[str, str]) -> Correlation | None:
    if correlation is None:
        return None
    aliases = {
        alias: {ids.get(name, name): field for name, field in mapping.items()}
        for alias, mapping in correlation.aliases.items()
    }
    named = tuple(ids.get(name, name) for name in correlation.rules)
    return replace(correlation, rules=named, aliases=aliases)
