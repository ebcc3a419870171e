"""The two correlation types that Sigma does not have, and how they look in a rule file.

::

    correlation:                                correlation:
      type: new_value                             type: rate_baseline
      rules: [some_rule]                          rules: [some_rule]
      group-by: [gen_ai.agent.id]                 group-by: [gen_ai.agent.id]
      condition:                                  timespan: 10m
        field: destination.address                history: 7d
        gte: 1                                    condition: {gte: 20, factor: 4}
      history: 30d

With a field, ``rate_baseline`` compares sums and not numbers of events.

pySigma knows neither, so it is shown the type that is nearest: names of fields go through its
pipelines like those of any other correlation.
"""

from __future__ import annotations

from typing import Any

from agentwarrant.rules.durations import duration_ms

_NEAREST = {"new_value": "value_count", "rate_baseline": "event_count"}
_COMPARISONS = frozenset({"gt", "gte", "lt", "lte", "eq", "neq"})
DEFAULT_HISTORY = {"new_value": "30d", "rate_baseline": "7d"}
DEFAULT_FACTOR = 4.0


def as_sigma(data: dict[str, Any]) -> dict[str, Any]:
    """Return a document as pySigma can read it: one of our types as the nearest of its own."""
    given = data.get("correlation")
    if not isinstance(given, dict) or given.get("type") not in _NEAREST:
        return data
    kind = given["type"]
    made = {key: value for key, value in given.items() if key != "history"}
    made["type"] = _NEAREST[kind]
    if kind == "new_value":
        made.setdefault("timespan", given.get("history", DEFAULT_HISTORY[kind]))
    condition = given.get("condition")
    condition = dict(condition) if isinstance(condition, dict) else {}
    condition.pop("factor", None)
    if not _COMPARISONS & condition.keys():
        condition["gte"] = 1
    made["condition"] = condition
    return {**data, "correlation": made}


def ours_of(correlation: dict[str, Any]) -> tuple[str, int, float]:
    """Return type, history in milliseconds and factor of a correlation as it stands in the file.

    Raises:
        ValueError: The history is no duration, or the factor no number above 1.
    """
    kind = str(correlation.get("type", ""))
    if kind not in _NEAREST:
        return kind, 0, 0.0
    history = duration_ms(str(correlation.get("history", DEFAULT_HISTORY[kind])))
    factor = float((correlation.get("condition") or {}).get("factor", DEFAULT_FACTOR))
    if not factor > 1:  # which refuses what is no number, too
        raise ValueError(f"a factor of {factor:g} is no more than the agent's own rate")
    return kind, history, factor
