"""Correlations that nobody wrote, of every kind without order, and what a few agents did."""

from __future__ import annotations

import random
from collections.abc import Iterator

from agentwarrant.event import Event, iso_from_ms
from agentwarrant.finding import Severity
from agentwarrant.rules.model import Correlation, Rule

from .parity import TENANT, Case
from .parity_cases import NOW
from .parity_inventions import CLOSED, KEYWORD, LISTED, NUMBER, OTHER, WHOLE, rule_of

SIGNS = ("gt", "gte", "lt", "lte", "eq", "neq")
WINDOW = 10_000
PARTS = [
    rule_of(["is", CLOSED, "eq", "exec"], "r"),
    rule_of(["is", CLOSED, "eq", "write"], "s"),
    rule_of(["is", "event.action", "eq", "tool_call"], "t"),
]
_R, _S, _T = ["rule", 0], ["rule", 1], ["rule", 2]


def correlations() -> Iterator[Rule]:
    """Yield correlations of every kind without order, with every comparison."""
    group = ("gen_ai.agent.id",)
    for op in SIGNS:
        for least in (1.0, 3.0):
            yield _counting("event_count", ("r", "s"), group, op, least)
            for field in (KEYWORD, LISTED, WHOLE):
                yield _counting("value_count", ("r",), group, op, least, (field,))
            yield _counting("value_count", ("r", "s"), group, op, least, (KEYWORD, OTHER))
            for kind in ("value_sum", "value_avg", "value_median", "value_percentile"):
                yield _counting(kind, ("r", "s"), group, op, least, (WHOLE,))
            yield _counting("value_sum", ("r",), group, op, least + 0.25, (NUMBER,))
            yield _counting("temporal", ("r", "s", "t"), group, op, least)
        yield _counting(
            "value_count", ("r", "s"), group, op, 2.0, ("v",), v={"r": KEYWORD, "s": OTHER}
        )
    for tree in (
        ["and", _R, _S],
        ["or", _R, _S],
        ["and", ["or", _R, _S], _T],
        ["or", ["and", _R, _S], _T],
    ):
        yield _made("temporal", ("r", "s", "t"), group, condition=tree)
    yield _counting("event_count", ("r",), (), "gte", 3.0)
    yield _counting("event_count", ("t",), (*group, KEYWORD), "gt", 2.0)
    yield from _remembering(group)


def _remembering(group: tuple[str, ...]) -> Iterator[Rule]:
    for least in (0.0, 1.0, 3.0):
        yield _made(
            "new_value", ("r", "s"), group, threshold=least, fields=(KEYWORD,), history_ms=3_600_000
        )
        yield _made(
            "new_value", ("t",), (), threshold=least, fields=(KEYWORD, OTHER), history_ms=4_000_000
        )
        aliases = {"v": {"r": KEYWORD, "s": OTHER}}
        yield _made(
            "new_value", ("r", "s"), group,
            threshold=least, fields=("v",), history_ms=3_600_000, aliases=aliases,
        )  # fmt: skip
    for fields in ((), (WHOLE,), (WHOLE, NUMBER)):
        for factor in (1.5, 3.0):
            yield _made(
                "rate_baseline", ("r", "s"), group,
                threshold=2.0, fields=fields, history_ms=100_000, factor=factor,
            )  # fmt: skip


def _counting(
    kind: str,
    rules: tuple[str, ...],
    group: tuple[str, ...],
    op: str,
    threshold: float,
    fields: tuple[str, ...] = (),
    **aliases: dict[str, str],
) -> Rule:
    return _made(
        kind,
        rules,
        group,
        op=op,
        threshold=threshold,
        fields=fields,
        percentile=80,
        aliases=aliases,
    )


def _made(kind: str, rules: tuple[str, ...], group: tuple[str, ...], **more: object) -> Rule:
    correlation = Correlation(kind, rules, group, WINDOW, **more)  # type: ignore[arg-type]  # as named
    name = f"{kind} {rules} {group} {sorted(more.items(), key=str)}"
    return Rule("c", "c", name, "", "", Severity.LOW, alerts=True, correlation=correlation)


def played(count: int, *, hours: bool = False) -> list[Case]:
    """Return cases for such correlations: a few agents, steps of seconds, all before ``NOW``.

    Args:
        count: How many.
        hours: Steps of minutes to hours, and no two events at one moment: which of two values that
            are new at one was first is not kept in an index.
    """
    chance = random.Random(f"played {hours}")  # noqa: S311 - no secret
    kind = "h" if hours else "s"
    return [_case(chance, f"{kind}{number}", 331 if hours else 1) for number in range(count)]


def _case(chance: random.Random, tenant: str, scale: int) -> Case:
    back, made = 0, []
    steps = (0, 1, 500, 2_000, 4_999, 5_000, 5_001, 10_000, 10_001, 20_000)
    for n in range(chance.randint(3, 24)):
        back += chance.choice(steps[scale > 1 :]) * scale
        event: Event = {
            "@timestamp": iso_from_ms(NOW - back),
            "event.id": f"{tenant}/{n}",
            TENANT: tenant,
            "event.action": chance.choice(("tool_call", "tool_result")),
            CLOSED: chance.choice(("exec", "exec", "write", "read")),
            "gen_ai.agent.id": chance.choice(("one", "One", "two")),
            KEYWORD: chance.choice(("a", "A", "b", "c", "\u00df", "ss")),
            OTHER: chance.choice(("x", "y", "Y", "a")),
            LISTED: chance.choice(("a", ["a", "b"], ["B", "c", "d"])),
            WHOLE: chance.choice((1, 2, 3, -1)),
            NUMBER: chance.choice((0.25, 1.5, 4.0)),
        }
        for name in ("gen_ai.agent.id", KEYWORD, OTHER, LISTED, WHOLE, NUMBER, CLOSED):
            if chance.random() < 0.1:
                event.pop(name, None)
        made.append(event)
    return Case(tenant, tuple(reversed(made)))
