"""The detection engine for any Python program: Sigma rules over any JSON events.

::

    from pathlib import Path
    from agentwarrant.engine import Engine

    engine = Engine.load([Path("rules/")])
    for finding in engine.run(open("events.jsonl", "rb")):
        print(finding.event["rule.name"], finding.evidence)

Events are JSON objects, as bytes or text or decoded, nested or with dotted names, ECS or not. An
event's own ``event.id`` is kept; one without gets an id made of its place and its content.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from agentwarrant.collect import DEFAULT_TENANT
from agentwarrant.detect import Detector
from agentwarrant.event import Event, digest, epoch_ms, iso_from_ms, iso_time
from agentwarrant.finding import Finding
from agentwarrant.inputs import DeadLetter
from agentwarrant.jsonlines import mended
from agentwarrant.redact import Redactor, installation_key
from agentwarrant.rules.correlation.shapes import Limits
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.model import Rule
from agentwarrant.rules.nested import View
from agentwarrant.rules.values import number_of_value

TIME_FIELDS = (
    "@timestamp", "timestamp", "time", "_time", "ts", "event.created", "eventTime", "EventTime",
    "TimeCreated", "UtcTime", "winlog.event_data.UtcTime", "Timestamp", "TimeGenerated",
    "published",
    "createdDateTime", "Event.System.TimeCreated.#attributes.SystemTime", "datetime", "date",
)  # fmt: skip
"""Where the time of an event is looked for, the first that is a time."""

DEFAULT_LATENESS_MS = 3_600_000
_MAX_LETTERS = 1000

Given = bytes | str | Mapping[str, Any]


@dataclass(slots=True)
class Tally:
    """What an engine read.

    Attributes:
        events: Events read.
        dead: Lines that are no JSON object; the first 1,000 are in ``dead_letters``.
        untimed: Events that matched and have no time: they are not correlated.
    """

    events: int = 0
    dead: int = 0
    untimed: int = 0
    dead_letters: list[DeadLetter] = field(default_factory=list)

    def bury(self, letter: DeadLetter) -> None:
        """Keep an unreadable record."""
        self.dead += 1
        if len(self.dead_letters) < _MAX_LETTERS:
            self.dead_letters.append(letter)


class Engine:
    """A set of rules over one stream of events.

    Args:
        rules: From ``load_rules(…, foreign=True)``.
        lateness_ms: How much later than the latest event an event may come and still be correlated
            in its place.
        time_field: Where the time of an event stands; without it ``TIME_FIELDS`` are tried.
        tenant: ``organization.id`` of events that name none.
        limits: How much correlations keep.

    Attributes:
        tally: What was read.
        detector: Its ``counters`` and ``notes`` say what was let go.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        *,
        lateness_ms: int = DEFAULT_LATENESS_MS,
        time_field: str = "",
        tenant: str = DEFAULT_TENANT,
        limits: Limits | None = None,
    ) -> None:
        redactor = Redactor(installation_key())
        self.detector = Detector(
            rules,
            lateness_ms=lateness_ms,
            limits=limits,
            redact=lambda text: redactor.text(text)[0],
        )
        self.tally = Tally()
        self._times = (time_field,) if time_field else TIME_FIELDS
        self._tenant = tenant
        self._last = 0
        self._line = self.detector.matcher.line
        self._every = self.detector.correlator.scoped

    @classmethod
    def load(
        cls,
        paths: Sequence[Path],
        *,
        pipelines: Sequence[Path] = (),
        cache: Path | None = None,
        **options: Any,
    ) -> Engine:
        """Return an engine with the rules of some files and folders.

        Args:
            paths: Files and folders of Sigma rules, correlations and filters.
            pipelines: pySigma processing pipelines.
            cache: A folder in which the parsed rules are kept for the next start.
            options: As the class takes them.

        Raises:
            PathNotFound: A path does not exist.
            ContentErrors: With every fault of every file.
        """
        rules = load_rules(paths, pack=False, foreign=True, pipelines=pipelines, cache=cache)
        return cls(rules, **options)

    def matches(self, event: Given) -> Sequence[Rule]:
        """Return the rules about single events that match one event.

        Raises:
            ValueError: It is no JSON object.
        """
        return self._line(_as_line(event))

    def run(self, events: Iterable[Given], name: str = "events") -> Iterator[Finding]:
        """Yield the findings of events as they close; those still open close with the stream.

        Args:
            events: One JSON object each.
            name: What they come from: ``log.file.path`` of the findings.
        """
        for number, event in enumerate(events, 1):
            line = _as_line(event)
            if line:
                yield from self.feed(line, name, number)
        yield from self.close()

    def feed(self, line: bytes, name: str, number: int) -> Iterator[Finding]:
        """Take one line of a file; yield the findings that it closes."""
        hits = self.hits(line, name, number)
        if hits is None:
            return
        if hits or self._every:
            yield from self.take(line, hits, name, number)

    def hits(self, line: bytes, name: str, number: int) -> Sequence[Rule] | None:
        """Return the rules that match a line; None if it is no JSON object, which is counted."""
        try:
            hits = self._line(line)
        except ValueError:
            better = mended(line)
            if isinstance(better, str):
                self.tally.bury(DeadLetter(name, number, better, len(line)))
                return None
            hits = self._line(better)
        self.tally.events += 1
        return hits

    def take(self, line: bytes, hits: Sequence[Rule], name: str, number: int) -> Iterator[Finding]:
        """Take a line that matched some rules; yield the findings that it closes."""
        try:
            document = orjson.loads(line)
        except ValueError:  # in a part that no rule reads
            better = mended(line)
            if isinstance(better, str):
                self.tally.events -= 1
                self.tally.bury(DeadLetter(name, number, better, len(line)))
                return
            document = orjson.loads(better)
        view = View(document)
        time = self._time_of(view)
        timed = time is not None
        if time is None:
            self.tally.untimed += 1
            time = self._last
        else:
            self._last = max(self._last, time)
        event = self._whole(view.flat(), time, line, name, number)
        yield from self.detector.take(event, hits, time, timed=timed)

    def close(self) -> Iterator[Finding]:
        """Yield every finding still open."""
        yield from self.detector.close()

    def snapshot(self) -> dict[str, Any]:
        """Return all that is open as plain JSON values; ``close`` is not to be called then."""
        return {"last": self._last, "detector": self.detector.snapshot()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where a snapshot was taken, also in another process.

        Raises:
            ValueError: It was made by other rules, or is no snapshot.
        """
        try:
            self._last = int(state["last"])
            self.detector.restore(state["detector"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"no state of these rules: {error!r}") from error

    def notes(self) -> Iterator[str]:
        """Yield one sentence for everything that the operator should know was let go."""
        if self.tally.untimed:
            mend = "--time-field names where it stands"
            yield f"{self.tally.untimed:,} events have no time and were not correlated ({mend})"
        yield from self.detector.notes()

    def _time_of(self, view: View) -> int | None:
        for name in self._times:
            value = view.get(name)
            if value is None:
                continue
            number = number_of_value(value) if isinstance(value, str) else None
            try:
                time = epoch_ms(iso_time(value if number is None else number))
            except ValueError:
                continue
            if time >= 0:
                return time
        return None

    def _whole(self, event: Event, time: int, line: bytes, name: str, number: int) -> Event:
        """Return an event with what a finding repeats of it."""
        event["@timestamp"] = iso_from_ms(time)
        event.setdefault("event.id", digest("line", name, str(number), line))
        event["event.id"] = str(event["event.id"])
        event.setdefault("organization.id", self._tenant)
        event.setdefault("log.file.path", name)
        return event


def _as_line(event: Given) -> bytes:
    if isinstance(event, bytes):
        return event.strip()
    return (
        event.strip().encode("utf-8", "surrogatepass") if isinstance(event, str) else _dumped(event)
    )


def _dumped(event: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(dict(event), option=orjson.OPT_NON_STR_KEYS, default=str)
    except TypeError:  # a number beyond 64 bits, half of a surrogate pair
        return json.dumps(dict(event), default=str).encode()
