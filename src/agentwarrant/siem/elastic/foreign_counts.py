"""Plain counts of an agent's events, over data that others bring.

Of a count that only has to grow, events that a file leaves out make it smaller and never greater.
So each of the rules that it reads is taken over by itself, and those that cannot be are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from agentwarrant.rules.correlation.reading import TENANT
from agentwarrant.rules.ir import Node, disjunction
from agentwarrant.rules.model import Correlation, Rule
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.elastic import counts
from agentwarrant.siem.elastic.esql import column
from agentwarrant.siem.elastic.foreign import AGENT, Integration, taken_over
from agentwarrant.siem.elastic.query import Query

_BASE = "counted"
_TYPES = {AGENT: "keyword", TENANT: "keyword", "@timestamp": "date"}
_OWN_TENANT = "warrant.inventory.tenant"


def counted(rule: Rule, known: Mapping[str, Rule], data: Integration) -> Node:
    """Return the condition of the events that a correlation counts, in an integration's fields.

    Raises:
        CannotRender: It is no plain count by agent, or none of its events can be told.
    """
    correlation = rule.correlation
    plain = correlation is not None and correlation.kind == "event_count"
    if not plain or correlation is None or set(correlation.group_by) != {AGENT}:
        raise CannotRender("it correlates events, and only plain counts by agent are taken over")
    if not data.counts:
        raise CannotRender("it counts calls, and only few kinds of them are seen there")
    if correlation.op not in ("gt", "gte"):
        raise CannotRender("it asks for few events, and not all are seen there")
    found: list[Node] = []
    why = ""
    for name in correlation.rules:
        try:
            found.append(taken_over(known[name], data))
        except CannotRender as error:
            why = str(error)
    if not found:
        raise CannotRender(why)
    return disjunction(found)


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
