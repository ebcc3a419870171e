"""What groups the events of a correlation, and how a field compares."""

from __future__ import annotations

from agentwarrant.rules.correlation.reading import TENANT
from agentwarrant.rules.ir import Node
from agentwarrant.rules.model import Correlation, Rule
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.reduced import NUMBERS, WHOLE, Types, type_of
from agentwarrant.siem.splunk import expression
from agentwarrant.siem.splunk.form import field_name
from agentwarrant.siem.splunk.spl import column


def compared(field: str, types: Types) -> str:
    """Return a field as our rules compare it, as an expression of ``eval``.

    Raises:
        CannotRender: It has fractions, which may be written in several ways.
    """
    kind = type_of(field, types)
    if kind in NUMBERS - WHOLE:
        raise CannotRender(f"{field} has fractions, and is compared as text")
    return expression.folded(field) if kind not in WHOLE else column(field_name(field))


def named(correlation: Correlation, field: str, rule: str) -> str:
    """Return the field that a name stands for, for the events of a rule."""
    return correlation.aliases.get(field, {}).get(rule, field)


def grouping(correlation: Correlation) -> tuple[str, ...]:
    """Return what groups besides the tenant."""
    return tuple(one for one in correlation.group_by if one != TENANT)


def tree_of(rule: Rule) -> Node:
    """Return the condition of a rule about single events.

    Raises:
        CannotRender: It is a correlation.
    """
    if rule.tree is None:
        raise CannotRender("it counts in matches of a correlation")
    return rule.tree
