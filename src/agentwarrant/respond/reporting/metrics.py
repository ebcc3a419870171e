"""Figures of the ledger as Prometheus reads them (text format 0.0.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, func, select

from agentwarrant.respond.guard import switches
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.rows import RunRow
from agentwarrant.respond.ledger.tables import IN_FORCE, points
from agentwarrant.respond.ledger.tables import approvals as asked_table
from agentwarrant.respond.people import approvals

BUCKETS = (1, 2, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400)
"""Upper bounds of the time to contain, in seconds."""

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BY_STATE, _BY_TENANT = ("tenant", "state"), ("tenant",)
_TTC = "agentwarrant_time_to_contain_seconds"
_REACTION = "agentwarrant_reaction_seconds"


def metrics(ledger: Ledger) -> str:
    """Return every figure, a line each."""
    rows = ledger.runs()
    return "".join(f"{line}\n" for line in _lines(ledger, rows))


def _lines(ledger: Ledger, rows: list[RunRow]) -> Iterator[str]:
    yield from _histogram(_TTC, "From the first event to the last point verified.", rows, True)
    yield from _histogram(_REACTION, "From a run's start to its last point verified.", rows, False)
    states = Counter((row.tenant, row.state.value) for row in rows).items()
    yield from _gauge("agentwarrant_runs", "Runs by state.", _BY_STATE, states)
    with ledger.reading() as connection:
        yield from _of_points(connection)
        yield from _waiting(ledger, connection)
        yield from _switched(connection)
        yield from _residual(ledger, connection)


def _of_points(connection: Connection) -> Iterator[str]:
    by = (points.c.tenant, points.c.state)
    rows = connection.execute(select(*by, func.count()).group_by(*by))
    counted = [((row[0], row[1]), row[2]) for row in rows]
    yield from _gauge("agentwarrant_points", "Enforcement points by state.", _BY_STATE, counted)


def _waiting(ledger: Ledger, connection: Connection) -> Iterator[str]:
    tenant = asked_table.c.tenant
    asked = select(tenant, func.count()).where(
        asked_table.c.state == approvals.State.ASKED.value,
        asked_table.c.expires_ms > ledger.now_ms(),
    )
    rows = [((row[0],), row[1]) for row in connection.execute(asked.group_by(tenant))]
    what = "Requests for approval that wait for an answer."
    yield from _gauge("agentwarrant_approvals_waiting", what, _BY_TENANT, rows)


def _switched(connection: Connection) -> Iterator[str]:
    on = switches.all_engaged(connection)
    for name, what in (
        (switches.Name.BREAKER, "Is the breaker open?"),
        (switches.Name.STOP, "Is the emergency stop on?"),
    ):
        rows = [((one.tenant,), 1) for one in on if one.name is name]
        yield from _gauge(f"agentwarrant_{name.value}_on", what, _BY_TENANT, rows)


def _residual(ledger: Ledger, connection: Connection) -> Iterator[str]:
    now = ledger.now_ms()
    end = points.c.applied_ms + points.c.residual_s * 1000
    asked = (
        select(points.c.tenant, func.max(end))
        .where(points.c.state.in_([s.value for s in IN_FORCE]), points.c.applied_ms > 0)
        .group_by(points.c.tenant)
    )
    rows = connection.execute(asked)
    left = [((row[0],), max((row[1] - now) / 1000, 0)) for row in rows]
    what = "How long what was issued before may still work, the longest."
    yield from _gauge("agentwarrant_residual_exposure_seconds", what, _BY_TENANT, left)


def _histogram(name: str, what: str, rows: list[RunRow], whole: bool) -> Iterator[str]:
    """Yield a histogram of how long containing took, by tenant and playbook."""
    yield f"# HELP {name} {what}"
    yield f"# TYPE {name} histogram"
    spans: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        start = row.first_event_ms if whole else row.created_ms
        if row.contained_ms and start and row.contained_ms >= start:
            own = spans.setdefault((row.tenant, row.playbook), [])
            own.append((row.contained_ms - start) / 1000)
    for key, listed in sorted(spans.items()):
        labels = (("tenant", key[0]), ("playbook", key[1]))
        for bound in BUCKETS:
            count = sum(span <= bound for span in listed)
            yield f"{name}_bucket{_labels(*labels, ('le', str(bound)))} {count}"
        yield f"{name}_bucket{_labels(*labels, ('le', '+Inf'))} {len(listed)}"
        yield f"{name}_sum{_labels(*labels)} {sum(listed):.3f}"
        yield f"{name}_count{_labels(*labels)} {len(listed)}"


def _gauge(
    name: str, what: str, names: tuple[str, ...], rows: Iterable[tuple[tuple[str, ...], float]]
) -> Iterator[str]:
    yield f"# HELP {name} {what}"
    yield f"# TYPE {name} gauge"
    for values, number in sorted(rows):
        yield f"{name}{_labels(*zip(names, values, strict=True))} {number:g}"


def _labels(*pairs: tuple[str, str]) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in pairs) + "}"


def _escaped(value: str) -> str:
    """Escape a label as the format asks; what is not printable is left out."""
    shown = "".join(c if c.isprintable() else " " for c in value)
    return shown.replace("\\", "\\\\").replace('"', '\\"')
