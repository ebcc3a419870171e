"""The other engine: pySigma's SQLite backend over an in-memory table of the events.

It shares with ours the parser of Sigma's YAML (pySigma) and nothing else: SQL decides what matches
and what belongs together. What SQL lacks or the backend gets wrong is mended here:

- ``REGEXP`` is Python's ``re``, which the backend leaves to the application;
- a keyword is looked for in every column, which the backend refuses to convert;
- a network becomes several ``LIKE`` joined by ``OR``, here in parentheses;
- where text beyond ASCII is in play, ``LIKE``, ``NOCASE`` and ``lower`` fold Unicode's simple case
  (SQLite folds ASCII only and leaves the rest to an extension). GLOB stays SQLite's own.

A column has numeric affinity, so ``"10"`` equals and exceeds ``9`` as ours has it.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from typing import Any

import yaml
from sigma.backends.sqlite.correlation import CorrelationCompiler
from sigma.backends.sqlite.runtime import execute_plan
from sigma.backends.sqlite.sqlite import sqliteBackend
from sigma.collection import SigmaCollection
from sigma.conditions import (
    ConditionFieldEqualsValueExpression,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.correlations import SigmaCorrelationRule
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaRule
from sigma.types import SigmaNumber, SigmaString, SpecialChars

Event = Mapping[str, Any]
Alert = tuple[tuple[Any, ...], int, list[int]]

TIME = "timestamp"


def oracle_hits(text: str, events: Sequence[Event], pipeline: str = "") -> dict[str, set[int]]:
    """Return, by rule id, the indexes of the events that each single-event rule matches.

    Args:
        text: Sigma documents, filters among them; correlations are passed over.
        events: Flat events with scalar values.
        pipeline: A pySigma pipeline, as YAML.
    """
    single = [d for d in yaml.safe_load_all(text) if "correlation" not in d]
    rules, backend, table = _prepared(single, events, pipeline)
    with closing(table):
        backend.convert(rules)
        return {
            str(rule.id): {
                row
                for query in rule.get_conversion_result()
                for (row,) in table.execute(query.replace("SELECT *", "SELECT rowid - 1", 1))
            }
            for rule in rules.rules
        }


def oracle_alerts(text: str, events: Sequence[Event], pipeline: str = "") -> dict[str, list[Alert]]:
    """Return, by correlation id, every alert: its group, its end, the indexes of its events.

    Times are milliseconds, in ``timestamp`` of every event as in the answer. A window that waits
    for an absence must be over by the time of the last event.
    """
    rules, backend, table = _prepared(list(yaml.safe_load_all(text)), events, pipeline)
    with closing(table):
        backend.convert(rules)
        return {
            str(rule.id): _alerts(rule, backend, table)
            for rule in rules.rules
            if isinstance(rule, SigmaCorrelationRule)
        }


def _alerts(
    rule: SigmaCorrelationRule, backend: _Backend, table: sqlite3.Connection
) -> list[Alert]:
    """Run a correlation as indexed tables: as one query it takes many times as long."""
    compiler: Any = CorrelationCompiler
    run: Any = execute_plan
    _, plan = compiler(backend, rule).compile()
    rows, _ = run(table, plan, include_events=False)
    return [_alert(rule, row) for row in rows]


def _alert(rule: SigmaCorrelationRule, row: Mapping[str, Any]) -> Alert:
    return (
        tuple(row["group_keys"].get(name) for name in rule.group_by or ()),
        round(row["occurrence_time"] * 1000),
        sorted(int(name.rpartition(":")[2]) - 1 for name in row["event_ids"]),
    )


class _Backend(sqliteBackend):
    """The backend, with a keyword looked for in every column."""

    columns: tuple[str, ...] = ()

    def convert_condition_val_str(self, cond: ConditionValueExpression, state: Any) -> Any:
        text = cond.value
        assert isinstance(text, SigmaString)
        return self._anywhere(
            SpecialChars.WILDCARD_MULTI + text + SpecialChars.WILDCARD_MULTI, state
        )

    def convert_condition_val_num(self, cond: ConditionValueExpression, state: Any) -> Any:
        assert isinstance(cond.value, SigmaNumber)
        return self._anywhere(SigmaString(f"*{cond.value.number}*"), state)

    def convert_condition_val_re(self, cond: ConditionValueExpression, state: Any) -> Any:
        return self._anywhere(cond.value, state)

    def convert_condition_field_eq_val_cidr(self, cond: Any, state: Any) -> Any:
        """Keep the alternatives that a network becomes together: beside ``and`` they fell apart."""
        return self.group_expression.format(
            expr=super().convert_condition_field_eq_val_cidr(cond, state)
        )

    def _anywhere(self, value: Any, state: Any) -> Any:
        each = [ConditionFieldEqualsValueExpression(name, value) for name in self.columns]
        return self.convert_condition_group(ConditionOR([*each]), state)


def _prepared(
    documents: list[dict[str, Any]], events: Sequence[Event], pipeline: str
) -> tuple[SigmaCollection, _Backend, sqlite3.Connection]:
    rules = SigmaCollection.from_dicts(documents)
    given = ProcessingPipeline.from_yaml(pipeline) if pipeline else None
    make: Any = _Backend
    backend: _Backend = make(given, timestamp_format="unix_ms", collate_nocase=True)
    if given is not None:  # only a converted rule knows the fields that it reads
        for rule in SigmaCollection.from_dicts(documents).rules:
            if isinstance(rule, SigmaRule):
                given.apply(rule)
    read = {name for rule in rules.rules for name in _fields(rule, backend)}
    given_names = {name for event in events for name in event} - {TIME}
    backend.columns = tuple(sorted(given_names)) or ("nothing",)
    ascii_only = str(documents).isascii() and str(events).isascii()
    return rules, backend, _table(sorted(read | set(backend.columns)), events, ascii_only)


def _fields(rule: SigmaRule | SigmaCorrelationRule, backend: Any) -> Iterator[str]:
    if isinstance(rule, SigmaRule):
        yield from backend.required_fields(rule)
        return
    yield from rule.group_by or ()
    for alias in rule.aliases:
        yield from alias.mapping.values()
    if field := getattr(rule.condition, "fieldref", None):
        yield field


def _table(columns: list[str], events: Iterable[Event], ascii_only: bool) -> sqlite3.Connection:
    table = sqlite3.connect(":memory:")
    table.create_function("regexp", 2, _regexp, deterministic=True)
    if not ascii_only:
        _fold_unicode(table)
    names = [TIME, *(name for name in columns if name != TIME)]
    table.execute(f"CREATE TABLE logs ({', '.join(f'{_quoted(name)} NUMERIC' for name in names)})")
    table.executemany(
        f"INSERT INTO logs VALUES ({', '.join('?' * len(names))})",  # noqa: S608
        [[_stored(event.get(name)) for name in names] for event in events],
    )
    return table


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _stored(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    assert value is None or isinstance(value, str | int | float)
    return value


# What SQLite leaves to the application ---------------------------------------------------------


def _regexp(pattern: str, value: Any) -> bool | None:
    return None if value is None else bool(re.search(pattern, str(value)))


def simple_fold(text: str) -> str:
    """Return text folded one character for one, as Unicode's simple case folding has it."""
    return "".join(_fold_one(char) for char in text)


def _fold_one(char: str) -> str:
    folded = char.casefold()
    return folded if len(folded) == 1 else (low if len(low := char.lower()) == 1 else char)


def _fold_unicode(table: sqlite3.Connection) -> None:
    table.create_function("like", 3, _like, deterministic=True)
    table.create_function("lower", 1, lambda text: simple_fold(str(text)), deterministic=True)
    table.create_collation("NOCASE", _compare)


def _compare(left: str, right: str) -> int:
    a, b = simple_fold(left), simple_fold(right)
    return (a > b) - (a < b)


def _like(pattern: str | None, value: Any, escape: str) -> bool | None:
    if pattern is None or value is None:
        return None
    return bool(_like_regex(simple_fold(pattern), escape).fullmatch(simple_fold(str(value))))


@lru_cache(maxsize=1000)
def _like_regex(pattern: str, escape: str) -> re.Pattern[str]:
    parts = re.findall(rf"{re.escape(escape)}.|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    return re.compile("".join(wild.get(part) or re.escape(part[-1]) for part in parts), re.DOTALL)
