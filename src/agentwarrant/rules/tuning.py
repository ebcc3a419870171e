"""Reads how rules are fitted to tenants: lists, thresholds, weights of risk, maintenance.

A folder of tuning may also hold Sigma filters; these are rules' content and are read with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from agentwarrant import content, schema
from agentwarrant.content import Document
from agentwarrant.errors import ContentError, ContentErrors, PathNotFound
from agentwarrant.event import Event, digest, epoch_ms, iso_time, text_of
from agentwarrant.rules.durations import duration_ms

_SUFFIXES = (".yml", ".yaml")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MINUTE_MS = 60_000
_DAY_MINUTES = 24 * 60

EVERYONE = ""
"""The tenant that stands for all of them."""


class Override(NamedTuple):
    """Other numbers for a correlation; None where its own stays.

    Attributes:
        at_least: The number of its condition.
        window_ms: Its timespan.
        factor: Of a ``rate_baseline``.
        place: Where it was written, for faults.
    """

    at_least: float | None
    window_ms: int | None
    factor: float | None
    place: tuple[str, int]


@dataclass(frozen=True, slots=True)
class Window:
    """A maintenance window.

    Attributes:
        title: What a muted finding says.
        tenants: For whom; empty: for all.
        start, end: Milliseconds; of a window that comes again minutes of a day in UTC.
        weekly: It comes again, on ``days``.
        days: 0 for Monday; the day on which it starts.
        agents, rules: Only these; empty: all. Rules by short id, UUID or title.
    """

    title: str
    tenants: frozenset[str]
    start: int
    end: int
    weekly: bool
    days: frozenset[int]
    agents: frozenset[str]
    rules: frozenset[str]

    def holds(self, event: Event, names: frozenset[str]) -> bool:
        """Is a finding within it?

        Args:
            event: The finding.
            names: What its rule is called.
        """
        if self.tenants and text_of(event, "organization.id") not in self.tenants:
            return False
        agent = {text_of(event, "gen_ai.agent.id"), text_of(event, "gen_ai.agent.name")}
        if self.agents and not self.agents & agent:
            return False
        if self.rules and not self.rules & names:
            return False
        return self._at(epoch_ms(text_of(event, "@timestamp")))

    def _at(self, time: int) -> bool:
        if not self.weekly:
            return self.start <= time < self.end
        moment = datetime.fromtimestamp(time / 1000, UTC)
        minute, day = moment.hour * 60 + moment.minute, moment.weekday()
        if self.start < self.end:
            return self.start <= minute < self.end and day in self.days
        if minute >= self.start:
            return day in self.days
        return minute < self.end and (day - 1) % 7 in self.days


@dataclass(slots=True)
class Tuning:
    """How the rules are fitted.

    Attributes:
        lists: Values by list, then tenant (``EVERYONE`` for all).
        thresholds: Overrides by short id of the rule, then tenant.
        risk: (threshold, half-life in milliseconds) by tenant; None where the default stays.
        windows: Maintenance.
        filters: Files that hold Sigma filters, to be loaded with the rules.
        key: Of all that was read: the same tuning has the same key.
    """

    lists: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    thresholds: dict[str, dict[str, Override]] = field(default_factory=dict)
    risk: dict[str, tuple[float | None, int | None]] = field(default_factory=dict)
    windows: list[Window] = field(default_factory=list)
    filters: list[Path] = field(default_factory=list)
    key: str = ""

    def muted_by(self, event: Event, names: frozenset[str]) -> str:
        """Return the title of the window that a finding falls into; empty for none."""
        return next((one.title for one in self.windows if one.holds(event, names)), "")


def load_tuning(paths: Sequence[Path]) -> Tuning:
    """Return the tuning under some paths (``.yml`` and ``.yaml``).

    Raises:
        ContentErrors: Every fault of every file.
        PathNotFound: A path does not exist.
    """
    tuning = Tuning()
    faults: list[ContentError] = []
    texts: list[str] = []
    for path in _files(paths):
        documents, wrong = content.load_file(path)
        faults += wrong
        if not documents and not wrong:
            faults.append(ContentError("neither tuning nor a filter is in it", path=str(path)))
        for document in documents:
            texts.append(document.text)
            if isinstance(document.data, dict) and "filter" in document.data:
                if path not in tuning.filters:
                    tuning.filters.append(path)
                continue
            faults += schema.checked("tuning", document, partial(_parts, tuning, document))
    if faults:
        raise ContentErrors(faults)
    tuning.key = digest("tuning", *texts) if texts else ""
    return tuning


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.exists():
            raise PathNotFound("no such file or folder", where=str(path))
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (f for f in found if f.is_file() and (f == path or f.suffix in _SUFFIXES))


def _parts(
    tuning: Tuning, written: Document, document: Document
) -> Iterator[Iterable[ContentError]]:
    """Yield what takes the parts of a document over, and their faults (``schema.checked``).

    Args:
        tuning: Changed in place.
        written: The document as it is.
        document: Without what the schema refused of it.
    """
    data: Mapping[str, Any] = document.data
    # Who is meant is not known where the schema refused it: it is not everyone.
    everyone = [] if "tenants" in written.data else [EVERYONE]
    tenants = [str(one) for one in data.get("tenants", ())] or everyone
    for name, values in data.get("lists", {}).items():
        for tenant in tenants:
            tuning.lists.setdefault(name, {}).setdefault(tenant, []).extend(map(str, values))
    for short_id, given in data.get("thresholds", {}).items():
        yield _overrides(tuning, document, short_id, given, tenants)
    if "risk" in data:
        half_life = data["risk"].get("half_life")
        weights = (data["risk"].get("threshold"), duration_ms(half_life) if half_life else None)
        tuning.risk.update(dict.fromkeys(tenants, weights))
    for number, given in enumerate(data.get("maintenance", ())):
        yield _windows(tuning, document, number, given, frozenset(tenants) - {EVERYONE})


def _windows(
    tuning: Tuning,
    document: Document,
    number: int,
    given: Mapping[str, Any],
    tenants: frozenset[str],
) -> Iterator[ContentError]:
    window = _window(given, tenants)
    if window is None:
        what = "from and until are not both times, or both hours, the first before the second"
        yield document.fault(what, ("maintenance", number))
    else:
        tuning.windows.append(window)


def _override(given: Mapping[str, Any], place: tuple[str, int]) -> Override:
    within = given.get("within")
    least, factor = given.get("at_least"), given.get("factor")
    return Override(least, duration_ms(within) if within else None, factor, place)


def _overrides(
    tuning: Tuning,
    document: Document,
    short_id: str,
    numbers: Mapping[str, Any],
    tenants: list[str],
) -> Iterator[ContentError]:
    place = (document.path, document.line(("thresholds", short_id)))
    given = _override(numbers, place)
    known = tuning.thresholds.setdefault(short_id, {})
    for tenant in tenants:
        if tenant in known:
            path, line = known[tenant].place
            what = f"{short_id} has its numbers for {tenant or 'all tenants'} in {path}:{line}"
            yield document.fault(what, ("thresholds", short_id), "write them in one place")
        known[tenant] = given


def _window(given: Mapping[str, Any], tenants: frozenset[str]) -> Window | None:
    start, end = str(given["from"]), str(given["until"])
    weekly = len(start) == len("22:00")
    if weekly != (len(end) == len("22:00")) or (not weekly and "days" in given):
        return None
    try:
        first, last = (_minute(start), _minute(end)) if weekly else (_ms(start), _ms(end))
    except ValueError:
        return None
    if first == last or (not weekly and first > last):
        return None
    days = frozenset(_DAYS.index(day) for day in given.get("days", _DAYS))
    agents, rules = (frozenset(map(str, given.get(key, ()))) for key in ("agents", "rules"))
    return Window(str(given["title"]), tenants, first, last, weekly, days, agents, rules)


def _minute(text: str) -> int:
    hour, _, minute = text.partition(":")
    return int(hour) * 60 + int(minute)


def _ms(text: str) -> int:
    return epoch_ms(iso_time(text))
