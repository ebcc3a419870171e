"""Fits loaded rules to tenants: filters get their lists, correlations their numbers.

A filter whose selections ask for ``%internal_domains%`` and the like (``expand``) becomes one
filter for each tenant that has such a list, and none where nobody has. A correlation with other
numbers for some tenants becomes one rule for each of them and one for the rest; all are the same
rule to whoever reads their findings.
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
    known = {rule.id: rule for rule in rules}
    made: list[Rule] = []
    for rule in rules:
        given = tuning.thresholds.get(rule.short_id) if rule.meta else None
        made += _variants(rule, given, known) if given else [rule]
    return made


def _unfit(rule: Rule | None, short_id: str, given: Iterable[Override]) -> Iterator[ContentError]:
    for one in given:
        path, line = one.place
        if rule is None or rule.correlation is None:
            what = f"{short_id} is no rule that counts or orders events"
            mend = "agentwarrant rules coverage lists them by kind"
            yield ContentError(what, path=path, line=line, mend=mend)
        elif one.factor is not None and rule.correlation.kind != "rate_baseline":
            yield ContentError(f"{short_id} has no factor", path=path, line=line)


def _variants(
    rule: Rule, given: Mapping[str, Override], known: Mapping[str, Rule]
) -> Iterator[Rule]:
    """Yield a rule for each tenant with numbers of its own, and one for all others."""
    own = [tenant for tenant in given if tenant != EVERYONE]
    general = _numbered(rule, given[EVERYONE]) if EVERYONE in given else rule
    if not own:
        yield general
        return
    here: Node = disjunction([_is(tenant) for tenant in own])
    yield from _clones(general, "others", negation(here), known)
    for tenant in own:
        tuned = _numbered(rule, given[tenant])
        yield from _clones(tuned, tenant, _is(tenant), known)


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


def _clones(rule: Rule, mark: str, guard: Node, known: Mapping[str, Rule]) -> Iterator[Rule]:
    """Yield a rule and all that it reads once more, held to the tenants of the guard."""
    ids: dict[str, str] = {}
    yield from _parts(rule, mark, guard, known, ids)
    yield _clone(rule, mark, guard, ids, alerts=rule.alerts)


def _parts(
    rule: Rule, mark: str, guard: Node, known: Mapping[str, Rule], ids: dict[str, str]
) -> Iterator[Rule]:
    for name in rule.correlation.rules if rule.correlation else ():
        part = known[name]
        if part.id in ids:
            continue
        yield from _parts(part, f"{mark} {rule.id}", guard, known, ids)
        clone = _clone(part, f"{mark} {rule.id}", guard, ids, alerts=False)
        ids[part.id] = clone.id
        yield clone


def _clone(rule: Rule, mark: str, guard: Node, ids: Mapping[str, str], *, alerts: bool) -> Rule:
    tree = conjunction([rule.tree, guard]) if rule.tree else None
    return replace(
        rule,
        id=f"{rule.id} ({mark})",
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
