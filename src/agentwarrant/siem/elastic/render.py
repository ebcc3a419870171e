"""Rules as Kibana's detection rules: all that can mean the same there, and why the rest cannot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from agentwarrant.rules.contract import reads_of
from agentwarrant.rules.model import Rule
from agentwarrant.siem.alternatives import CannotRender, Refusal, check
from agentwarrant.siem.elastic.compose import queries
from agentwarrant.siem.elastic.query import Query
from agentwarrant.siem.elastic.rule import body
from agentwarrant.siem.reduced import Types
from agentwarrant.siem.written import written

STACK = "8.19"


@dataclass(frozen=True, slots=True)
class NativeRule:
    """One detection rule of Kibana.

    Attributes:
        rule: The rule that it comes from.
        part: Which of that rule's native rules, from 1.
        query: What it asks.
        body: The rule object, as Kibana's API takes it.
    """

    rule: Rule
    part: int
    query: Query
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rendered:
    """All rules that give findings of their own, rendered or refused, in their order."""

    rules: tuple[NativeRule, ...]
    refused: tuple[Refusal, ...]


def render(
    rules: Sequence[Rule], types: Types, stack: str = STACK, *, in_eql: bool = True
) -> Rendered:
    """Return what some rules become.

    Args:
        rules: All rules, those that others read among them.
        types: The types of the fields that are mapped (``mapping.fields_for``).
        stack: The version of the stack (``8.19``, ``9.5``, ``serverless``).
        in_eql: Say sequences in EQL where that is exact; else all of them in ES|QL.
    """
    made: list[NativeRule] = []
    refused: list[Refusal] = []
    known = {rule.id: rule for rule in rules}
    said = written(rule for rule in rules if rule.alerts)
    for rule in rules:
        if not rule.alerts:
            continue
        try:
            check(rule, known)
            found = queries(rule, rules, types, in_eql=in_eql)
        except CannotRender as error:
            refused.append(Refusal(rule, str(error)))
            continue
        reads = reads_of(rule, known)
        for part, query in enumerate(found, 1):
            whole = body(
                rule,
                query,
                part=part,
                parts=len(found),
                said=said[rule.id],
                types=types,
                reads=reads,
                stack=stack,
            )
            made.append(NativeRule(rule, part, query, whole))
    return Rendered(tuple(made), tuple(refused))


def ndjson(rendered: Rendered | Iterable[NativeRule]) -> bytes:
    """Return rules as Kibana imports them: an object a line, and last how many there are.

    The last line is the one that an export ends with (elastic/kibana,
    ``get_export_details_ndjson.ts``); an import counts with it and does not need it.
    """
    rules = rendered.rules if isinstance(rendered, Rendered) else tuple(rendered)
    details = {
        "exported_count": len(rules),
        "exported_rules_count": len(rules),
        "missing_rules": [],
        "missing_rules_count": 0,
    }
    lines = [*(rule.body for rule in rules), details]
    return b"".join(orjson.dumps(line) + b"\n" for line in lines)
