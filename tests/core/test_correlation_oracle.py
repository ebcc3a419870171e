"""The operators find what pySigma's SQLite backend finds, on streams without ties.

(With ties they differ on purpose: a match at every event, and steps in the order of arrival.)
"""

from __future__ import annotations

import json
import random
import sqlite3
from datetime import UTC, datetime
from typing import Any

import pytest

from agentwarrant.finding import Severity
from agentwarrant.rules.correlation.correlator import Correlator
from agentwarrant.rules.model import Correlation, Rule

sqlite_backend = pytest.importorskip("sigma.backends.sqlite")

WINDOW = 10
R, S, T = ["rule", 0], ["rule", 1], ["rule", 2]
TREES: dict[str, Any] = {
    "r and s": ["and", R, S],
    "r or s": ["or", R, S],
    "r and not s": ["and", R, ["not", S]],
    "not r": ["not", R],
    "not (r and s)": ["not", ["and", R, S]],
    "r and not (s or t)": ["and", R, ["not", ["or", S, T]]],
    "(r and s and not t) or (s and t)": ["or", ["and", R, S, ["not", T]], ["and", S, T]],
}
COUNTED = ("event_count", "value_count", "value_sum", "value_avg", "value_median", "temporal")
NUMBERED = [
    (kind, op, threshold)
    for kind in (*COUNTED, "value_percentile", "temporal_ordered")
    for op in ("gt", "gte", "lt", "lte", "eq", "neq")
    for threshold in (1, 2, 3)
]
Row = tuple[int, str | None, Any, set[str]]


def rows(seed: str) -> list[Row]:
    chance = random.Random(seed)  # noqa: S311 - no secret
    now, made = 1_700_000_000, list[Row]()
    for _ in range(chance.randint(5, 25)):
        now += chance.randint(1, 7)
        value = chance.choice([1, 2, 3, "2.5", "zz", "ZZ", None])
        hits = {name for name in "rst" if chance.random() < 0.4}
        made.append((now, chance.choice(["x", "y", "X", None]), value, hits))
    return made


def base(name: str) -> str:
    return (
        f"title: {name}\nname: {name}\nlogsource: {{category: test}}\n"
        f"detection: {{s: {{hit_{name}: '1'}}, condition: s}}\n---\n"
    )


def oracle(body: str, names: str, fed: list[Row]) -> list[tuple[Any, ...]]:
    from sigma.collection import SigmaCollection

    text = "".join(base(name) for name in names) + f"title: c\nname: c\ncorrelation: {body}\n"
    query = sqlite_backend.sqliteBackend().convert(SigmaCollection.from_yaml(text))[-1]
    database = sqlite3.connect(":memory:")
    columns = ["timestamp", "g", "v", *[f"hit_{name}" for name in names]]
    database.execute(f"CREATE TABLE logs ({', '.join(columns)})")
    for time, group, value, hits in fed:
        iso = datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S")
        row = [iso, group, value, *["1" if name in hits else "0" for name in names]]
        database.execute(f"INSERT INTO logs VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608
    cursor = database.execute(query)
    found = [dict(zip([c[0] for c in cursor.description], r, strict=True)) for r in cursor]
    database.close()
    return [
        (
            int(float(one["occurrence_time"])),
            json.loads(one["group_keys"])["g"],
            one["metric_value"],
        )
        for one in found
    ]


def ours(one: Correlation, fed: list[Row]) -> list[tuple[Any, ...]]:
    rule = Rule("c", "c", "c", "", "", Severity.LOW, True, correlation=one)
    correlator, found = Correlator([rule]), []
    for time, group, value, hits in fed:
        event = {name: it for name, it in (("g", group), ("v", value)) if it is not None}
        found += correlator.feed(event, sorted(hits), time * 1000)
    found += correlator.close()
    return [(match.time_ms // 1000, match.key[1], match.metric) for match in found]


def same(one: Correlation, condition: str, seed: str) -> None:
    names = "".join(one.rules)
    body = (
        f"{{type: {one.kind}, rules: [{', '.join(names)}], group-by: [g], "
        f"timespan: {WINDOW}s, condition: {condition}}}"
    )
    fed = rows(seed)
    # A count stops at the number that decides.
    parts = 2 if one.kind in ("event_count", "value_count") else 3

    def cut(found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        return sorted((*it[:2], round(it[2], 6))[:parts] for it in found)

    assert cut(ours(one, fed)) == cut(oracle(body, names, fed))


@pytest.mark.parametrize(("kind", "op", "threshold"), NUMBERED)
def test_a_number_is_compared_as_the_oracle_does(kind: str, op: str, threshold: int) -> None:
    fields = ("v",) if kind.startswith("value") else ()
    names = "rst" if kind.startswith("temporal") else "rs"
    parts = ["field: v"] if fields else []
    parts += ["percentile: 70"] if kind == "value_percentile" else []
    condition = "{" + ", ".join([*parts, f"{op}: {threshold}"]) + "}"
    one = Correlation(
        kind, tuple(names), ("g",), WINDOW * 1000, op, threshold, fields, percentile=70
    )
    for seed in range(3):
        same(one, condition, f"{kind} {op} {threshold} {seed}")


@pytest.mark.parametrize("kind", ["temporal", "temporal_ordered"])
@pytest.mark.parametrize("text", TREES)
def test_a_condition_over_rules_is_judged_as_the_oracle_does(kind: str, text: str) -> None:
    names = [name for name in "rst" if name in text.replace("not", "").replace("or", "")]
    one = Correlation(kind, tuple(names), ("g",), WINDOW * 1000, condition=TREES[text])
    for seed in range(5):
        same(one, text, f"{kind} {text} {seed}")
