"""Plain counts of an agent's events, over data that others bring, in ES|QL."""

from __future__ import annotations

from dataclasses import replace

from agentwarrant.rules.correlation.reading import TENANT
from agentwarrant.rules.ir import Node
from agentwarrant.rules.model import Correlation, Rule
from agentwarrant.siem.elastic import counts
from agentwarrant.siem.elastic.esql import column
from agentwarrant.siem.elastic.foreign import Integration
from agentwarrant.siem.elastic.query import Query
from agentwarrant.siem.foreign import AGENT

_BASE = "counted"
_TYPES = {AGENT: "keyword", TENANT: "keyword", "@timestamp": "date"}
_OWN_TENANT = "warrant.inventory.tenant"


def count(rule: Rule, correlation: Correlation, events: str, data: Integration) -> Query:
    """Return the query of a plain count.

    Args:
        rule: The correlation.
        correlation: What it counts.
        events: The beginning of the query: its events; joined with the inventory, where the file
            knows agents by their accounts.
        data: The integration.
    """
    base = Rule(_BASE, _BASE, "", "", "", rule.severity, alerts=False, tree=_ANY)
    over = replace(correlation, rules=(_BASE,), group_by=(AGENT,), aliases={})
    made = counts.correlation(replace(rule, correlation=over), [base], _TYPES)
    _, begins, rest = made.text.partition("\n| STATS ")
    tenant = _OWN_TENANT if data.accounts else data.fields[TENANT]
    columns = f"{TENANT} = {column(tenant)}"
    if not data.accounts:
        columns += f", {AGENT} = {column(data.fields[AGENT])}"
    return replace(made, text=f"{events}\n| EVAL {columns}{begins}{rest}", group_by=(AGENT,))


_ANY: Node = ["is", AGENT, "exists", True]
