"""Rules over others' data (``foreign``) as detection rules of Kibana."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agentwarrant.finding import Severity
from agentwarrant.rules.correlation.reading import TENANT
from agentwarrant.rules.ir import Node, fields_of
from agentwarrant.rules.model import Rule
from agentwarrant.siem.alternatives import CannotRender, Refusal
from agentwarrant.siem.elastic import esql
from agentwarrant.siem.elastic.compose import MOST_FIELDS
from agentwarrant.siem.elastic.foreign import Integration, integrations
from agentwarrant.siem.elastic.foreign_agents import joined
from agentwarrant.siem.elastic.foreign_counts import count
from agentwarrant.siem.elastic.inventory import index_of
from agentwarrant.siem.elastic.query import ESQL, Query
from agentwarrant.siem.elastic.render import NativeRule, Rendered
from agentwarrant.siem.elastic.rule import body, duration
from agentwarrant.siem.elastic.rule import identity as own_identity
from agentwarrant.siem.foreign import AGENT
from agentwarrant.siem.takeover import condition_of
from agentwarrant.siem.written import Written, written


def render_foreign(
    rules: Sequence[Rule], data: Integration, stack: str, tenant: str = "default"
) -> Rendered:
    """Return what rules about single events become over an integration's data.

    Args:
        rules: All rules.
        data: The integration.
        stack: The version of the stack.
        tenant: Whose inventory knows agents by their accounts.
    """
    made: list[NativeRule] = []
    refused: list[Refusal] = []
    said = written(rule for rule in rules if rule.alerts)
    known = {rule.id: rule for rule in rules}
    for rule in rules:
        if not rule.alerts:
            continue
        try:
            made.append(_native(rule, known, data, said[rule.id], stack, index_of(tenant)))
        except CannotRender as error:
            refused.append(Refusal(rule, str(error)))
    return Rendered(tuple(made), tuple(refused))


def _native(
    rule: Rule,
    known: Mapping[str, Rule],
    data: Integration,
    said: Written,
    stack: str,
    inventory: str,
) -> NativeRule:
    tree = condition_of(rule, known, data)
    read = sorted(name for name in set(fields_of(tree)) if name)
    types = {name: data.types[name] for name in read}
    query = _query(tree, data, inventory)
    if rule.correlation is not None:
        query = count(rule, rule.correlation, _events(tree, data, inventory), data)
    made = body(
        replace(rule, tree=tree, group_by=(), correlation=None),
        query,
        part=1,
        parts=1,
        said=said,
        types=types,
        reads=read,
        stack=stack,
    )
    made |= {
        "rule_id": identity(rule, data),
        "name": f"{rule.title} ({data.title})",
        "tags": [*made["tags"], f"Data Source: {data.title}"],
        "setup": _setup(data, inventory),
        "note": f"{_NOTE.format(title=data.title, less=data.less)}\n\n{made['note']}",
        "related_integrations": [{"package": data.package, "version": f">={data.version}"}],
    }
    if "index" in made:
        made["index"] = [data.index]
    if rule.correlation is None:
        made.pop("alert_suppression", None)
        if suppressed := _suppression(rule, data):
            made["alert_suppression"] = suppressed
    return NativeRule(rule, 1, query, made)


_SETUP = (
    "Needs the integration {title} (Fleet package {package}, read at version {version}); no"
    " connector of Agent Warrant."
)
_JOINED = (
    " And the inventory {inventory}, filled by `agentwarrant agents --to`: it says which accounts"
    " warrants declare as agents'."
)
_NOTE = (
    "This rule reads what the integration {title} brings, without Agent Warrant's connector: fields"
    " under `warrant.` that the guide names are not in its events. {less}"
)


def _setup(data: Integration, inventory: str) -> str:
    made = _SETUP.format(title=data.title, package=data.package, version=data.version)
    return made + (_JOINED.format(inventory=inventory) if data.accounts else "")


def identity(rule: Rule, data: Integration) -> str:
    """Return ``rule_id`` of a rule over an integration's data."""
    return str(uuid.uuid5(uuid.UUID(own_identity(rule, 1, 1)), f"elastic over {data.name}"))


def rules_by_id(rules: Sequence[Rule]) -> dict[str, Rule]:
    """Return the rules by each ``rule_id`` that they can have over others' data."""
    own = [rule for rule in rules if rule.alerts]
    return {identity(rule, data): rule for data in integrations() for rule in own}


def _query(tree: Node, data: Integration, inventory: str) -> Query:
    """Return the native query.

    Their fields may be called as ours are and hold other words (``event.action``), so what is
    known of the words of ours must not be used: they are renamed for as long as it is rendered.
    """
    types = {f"{_APART}{name}": kind for name, kind in data.types.items()}
    rule = Rule("x", "", "", "", "", Severity.LOW, alerts=True, tree=_apart(tree))
    if data.accounts:
        return Query("esql", ESQL, _events(tree, data, inventory))
    query = esql.single(rule, types)
    text = query.text.replace(_APART, "")
    if query.language == ESQL:
        text = text.replace(esql.SOURCE, f"FROM {data.index}", 1)
    return replace(query, text=text, group_by=())


def _events(tree: Node, data: Integration, inventory: str) -> str:
    """Return the events of a condition, in ES|QL; with their agents, where accounts tell them."""
    types = {f"{_APART}{name}": kind for name, kind in data.types.items()}
    where = esql.condition(_apart(tree), types).replace(_APART, "")
    text = f"FROM {data.index} METADATA _id, _index, _version\n| WHERE {where}"
    return text + (joined(data.accounts, inventory) if data.accounts else "")


_APART = "foreign_data_apart."


def _apart(node: Node) -> Node:
    if node[0] == "is":
        return [node[0], f"{_APART}{node[1]}", *node[2:]]
    return [node[0], *map(_apart, node[1:])]


def _suppression(rule: Rule, data: Integration) -> dict[str, Any] | None:
    """Return what folds a burst into one alert: by those of the rule's fields that are there."""
    if not rule.suppress_ms:
        return None
    named = (data.fields.get(name) for name in (TENANT, *rule.group_by))
    agent = [AGENT] if data.accounts else []
    fields = list(dict.fromkeys([*agent, *(name for name in named if name)]))[:MOST_FIELDS]
    shown = duration(rule.suppress_ms)
    return {
        "group_by": fields,
        "duration": {"value": int(shown[:-1]), "unit": shown[-1]},
        "missing_fields_strategy": "suppress",
    }
