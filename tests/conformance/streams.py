"""Correlations and streams of events, drawn at random."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import strategies as st

from .strategies import SOURCE, identity

_Step = tuple[int, dict[str, Any]]

ACTIONS = ("login", "deny", "read", "send", "start", "stop", "beat")
GAPS = (0, 0, 125, 1000, 1000, 1000, 2000, 2000, 5000, 9875, 10_000, 10_125, 49_875, 60_000, 60_125)
HOST, USER, IP, BYTES = "host.name", "user.name", "source.ip", "network.bytes"
_WINDOW = "10s"
BEGIN = 1_700_000_000_000
LONG = 4_000_000  # after this, every window is over

VALUES: dict[str, tuple[Any, ...]] = {
    "event.action": ACTIONS,
    HOST: ("a", "A", "b"),
    USER: ("a", "b", "c", "Bob", "bob", "É", "é"),
    IP: ("10.0.0.1", "10.0.0.2"),
    "destination.ip": ("10.0.0.1", "10.0.0.2"),
    BYTES: (0, 1, 30, 50, 100, 200, 2.5, -10, "30", "n/a"),
}
"""What stands in the fields of events."""


def _steps(actions: tuple[str, ...], fields: tuple[str, ...]) -> st.SearchStrategy[_Step]:
    always = {"event.action": st.sampled_from(actions)}
    optional = {name: st.sampled_from(VALUES[name]) for name in fields}
    event = st.fixed_dictionaries(always, optional=optional)
    return st.tuples(st.sampled_from(GAPS), event)


def _timed(drawn: tuple[list[_Step], int]) -> list[dict[str, Any]]:
    """Return events with times; at least so many milliseconds apart."""
    found, time = [], BEGIN
    for gap, event in drawn[0]:
        time += max(gap, drawn[1])
        found.append({**event, "timestamp": time})
    return [*found, {"timestamp": time + LONG}]


_apart = st.sampled_from((0, 125))
_few = st.lists(_steps(ACTIONS[:4], (HOST, USER, BYTES)), min_size=1, max_size=14)
streams = st.tuples(_few, _apart).map(_timed)
"""Events in order of time, some with ties, with gaps around the windows; at last a quiet one."""


def streams_of(actions: tuple[str, ...]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Longer streams, of some actions and of every field."""
    fields = (HOST, USER, IP, "destination.ip", BYTES)
    many = st.lists(_steps(actions, fields), min_size=4, max_size=40)
    return st.tuples(many, _apart).map(_timed)


_OPERATORS = ("gte", "gte", "gt", "lt", "lte", "eq", "neq")
_numbers = st.tuples(st.sampled_from(_OPERATORS), st.integers(0, 4)).map(lambda p: {p[0]: p[1]})
_sums = st.tuples(st.sampled_from(_OPERATORS), st.sampled_from((0, 1, 50, 100, 150, 201))).map(
    lambda pair: {pair[0]: pair[1], "field": BYTES}
)


def _booleans(names: list[str]) -> st.SearchStrategy[str]:
    return st.sampled_from(
        [
            " and ".join(names),
            " or ".join(names),
            " and not ".join(names),
            f"{names[0]} and not ({' or '.join(names[1:])})",
            f"{names[-1]} and ({' or '.join(names)})",
            " or not ".join(names),
            f"not ({' and '.join(names)})",
            f"not ({' or '.join(names)})",
        ]
    )


@st.composite
def _correlation(draw: st.DrawFn, names: list[str]) -> dict[str, Any]:
    kinds = ("event_count", "value_count", "value_sum", "value_avg", "value_median")
    kind = draw(st.sampled_from((*kinds, "value_percentile", "temporal", "temporal_ordered")))
    several = kind.startswith("temporal")
    fewest = 2 if several else 1
    chosen = draw(st.lists(st.sampled_from(names), min_size=fewest, max_size=3, unique=True))
    made: dict[str, Any] = {"type": kind, "rules": chosen}
    group = draw(st.sampled_from(([HOST], [HOST], [USER], [HOST, USER], [])))
    if group:
        made["group-by"] = group
    made["timespan"] = draw(st.sampled_from((_WINDOW, _WINDOW, "1m", "1s")))
    if several:
        conditions = st.one_of(st.none(), _booleans(chosen), st.just({"gte": 2}))
        if (condition := draw(conditions)) is not None:
            made["condition"] = condition
    elif kind == "event_count":
        made["condition"] = draw(_numbers)
    elif kind == "value_count":
        made["condition"] = {**draw(_numbers), "field": draw(st.sampled_from((USER, HOST, BYTES)))}
    else:
        made["condition"] = dict(draw(_sums))
        if kind == "value_percentile":
            made["condition"]["percentile"] = draw(st.sampled_from((0, 25, 50, 90, 100)))
    return made


def _document(number: int, correlation: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": f"Correlation {number}",
        "id": identity(100 + number),
        "status": "test",
        "correlation": correlation,
        "level": "low",
    }


def _outer(draw: st.DrawFn, inner: dict[str, Any]) -> dict[str, Any]:
    """Draw a correlation of another and of a rule that the other does not read."""
    free = [name for name in ACTIONS[:4] if name not in inner["rules"]]
    made: dict[str, Any] = {
        "type": draw(st.sampled_from(("temporal", "temporal_ordered"))),
        "rules": ["inner_0", draw(st.sampled_from(free))],
        "timespan": draw(st.sampled_from((_WINDOW, "1m"))),
    }
    if draw(st.booleans()):
        made = {**made, "type": "event_count", "rules": ["inner_0"], "condition": draw(_numbers)}
    group = draw(st.sampled_from((inner.get("group-by"), [HOST], [USER])))
    return made | ({"group-by": group} if group else {})


@st.composite
def correlations(draw: st.DrawFn) -> str:
    """Draw base rules and one to three correlations of them, as YAML."""
    documents: list[dict[str, Any]] = []
    for number, action in enumerate(ACTIONS[:4]):
        detection = {"selection": {"event.action": action}, "condition": "selection"}
        documents.append(
            {
                "title": f"Base {action}",
                "id": identity(number),
                "name": action,
                "status": "test",
                "logsource": SOURCE,
                "detection": detection,
                "level": "low",
            }
        )
    for number in range(draw(st.integers(1, 3))):
        documents.append(
            _document(number, draw(_correlation(list(ACTIONS[:4])))) | {"name": f"inner_{number}"}
        )
    if draw(st.booleans()):
        inner = next(d["correlation"] for d in documents if d.get("name") == "inner_0")
        documents.append(_document(9, _outer(draw, inner)))
    return yaml.safe_dump_all(documents, sort_keys=False)
