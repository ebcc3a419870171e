"""Runs sources over files: find, recognise, read, normalize, join, order; count what is lost.

Events leave in order of time as far as a bounded buffer can order them; two records of one action
(a ledger row and a transcript line, a log and a stream) leave as one event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from agentwarrant import otlp, plugins, threatlists
from agentwarrant.connector import Connector, Raw
from agentwarrant.errors import BadRecord, NothingReadable, UnreadableFile, UsageError
from agentwarrant.event import Event, text_of
from agentwarrant.folders import find_files
from agentwarrant.inputs import DeadLetter, InputFile, Record, open_input
from agentwarrant.intel.marking import marking
from agentwarrant.joining import Joiner
from agentwarrant.merge import merged
from agentwarrant.redact import Redactor

DEFAULT_TENANT = "default"
MAX_DEAD_LETTERS = 1000


@dataclass(slots=True)
class Tally:
    """What a collection read, and what it could not.

    Attributes:
        files: Files that gave records, in order.
        unknown: (path, reason) of files that no source knows or that cannot be read.
        skipped: (path, reason) of what was passed over in folders.
        dead_letters: Unreadable records, the first ``MAX_DEAD_LETTERS``.
        dead: How many there were.
        records, refused: What was read, and how many of these records no event could be made of.
        events, joined: Events that left; records joined into another's event.
        sources, agents: Events by source and by agent.
    """

    files: list[str] = field(default_factory=list)
    unknown: list[tuple[str, str]] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    dead: int = 0
    events: int = 0
    joined: int = 0
    records: int = 0
    refused: int = 0
    sources: Counter[str] = field(default_factory=Counter)
    agents: Counter[str] = field(default_factory=Counter)

    def bury(self, letter: DeadLetter) -> None:
        """Keep an unreadable record."""
        self.dead += 1
        if len(self.dead_letters) < MAX_DEAD_LETTERS:
            self.dead_letters.append(letter)

    def refuse(self, letter: DeadLetter) -> None:
        """Keep a record that was read, and that its source cannot make an event of."""
        self.refused += 1
        self.bury(letter)

    def skip(self, path: Path, reason: str) -> None:
        """Keep what was passed over."""
        self.skipped.append((str(path), reason))


Progress = Callable[[int], None]


def load_connectors(redactor: Redactor) -> dict[str, Connector]:
    """Return every source that can be found, by name."""
    group = "agentwarrant.connectors"
    found: dict[str, Connector] = {}
    for module in plugins.modules(group, group):
        for leaf in plugins.classes(module, Connector):  # type: ignore[type-abstract]  # only subclasses are made
            found[leaf.name] = leaf(redactor)
    return found


class Collector:
    """Turns files into events.

    Args:
        connectors: The sources, by name.
        source: Force this one instead of recognising files.
        tenant: ``organization.id`` of events whose source names none.

    Attributes:
        progress: Called with the bytes of each file read; set it before ``events``.
        tenant: See above.
        tally: What was read so far.

    Raises:
        UsageError: ``source`` is none of the sources.
    """

    def __init__(
        self,
        connectors: dict[str, Connector],
        *,
        source: str | None = None,
        tenant: str = DEFAULT_TENANT,
    ) -> None:
        if source is not None and source not in connectors:
            names = ", ".join(sorted(connectors))
            raise UsageError(f"no source is called {source!r}", mend=f"known are {names}")
        self._connectors = connectors
        self._forced = connectors[source] if source else None
        self.tenant = tenant
        self.progress: Progress = lambda _bytes: None
        self._routes: dict[tuple[str, ...], Connector] = {}
        self.tally = Tally()

    @property
    def connectors(self) -> list[Connector]:
        """The sources this collection may use."""
        return list(self._connectors.values())

    def events(self, paths: Sequence[Path]) -> Iterator[Event]:
        """Yield the events of all files under the paths, in order of time.

        Raises:
            PathNotFound: A path does not exist.
            NothingReadable: There were files, and none could be read, or no record of them.
        """
        twins = {one.name: one.twin for one in self.connectors if one.has_twins}
        joiner = Joiner(self.tally, twins=twins)
        files = list(find_files(paths, self.tally.skip))
        glance = Collector(self._connectors, tenant=self.tenant)
        glance._forced = self._forced
        ordered = merged(
            [partial(self._readable, path) for path in files],
            [partial(glance._readable, path) for path in files],
        )
        mark = threatlists.current().mark
        with marking() as indicators:
            for event in joiner.run(ordered):
                event.setdefault("organization.id", self.tenant)
                mark(event)
                if indicators:
                    indicators.mark(event)
                self.tally.events += 1
                self.tally.sources[text_of(event, "event.module")] += 1
                self.tally.agents[text_of(event, "gen_ai.agent.id", "unknown")] += 1
                yield event
        if not self.tally.files:
            raise NothingReadable(_nothing(self.tally))
        if self.tally.refused and self.tally.refused == self.tally.records:
            mend = "without --source files are recognised by what is in them"
            raise NothingReadable(_no_record(self.tally), mend=mend if self._forced else "")

    def _readable(self, path: Path) -> Iterator[Event]:
        try:
            yield from self._file(path)
        except UnreadableFile as error:
            self.tally.unknown.append((str(path), error.what))

    def _file(self, path: Path) -> Iterator[Event]:
        file = open_input(path, self.tally.bury)
        connector = self._forced or self._recognise(file)
        if connector is None:
            reason = (
                "only metrics: no action is in them" if _metrics(file) else "no source knows it"
            )
            self.tally.unknown.append((str(path), reason))
            return
        self.tally.files.append(str(path))
        done = 0
        for raw in connector.read(file):
            self.tally.records += 1
            yield from self.normalize(connector, raw)
            if file.consumed - done > 1 << 20:
                self.progress(file.consumed - done)
                done = file.consumed
        self.progress(max(0, file.size - done))

    def _recognise(self, file: InputFile) -> Connector | None:
        best, sure = None, 0
        for connector in self._connectors.values():
            score = connector.recognise(file)
            if score > sure:
                best, sure = connector, score
        return best

    def normalize(self, connector: Connector, raw: Raw) -> Iterator[Event]:
        """Yield the events of one record; one that cannot be read goes to the dead letters."""
        if not self._forced and otlp.is_otlp(raw.record):
            connector = self._route(raw.record) or connector
        try:
            yield from connector.normalize(raw)
        except BadRecord as error:
            self.tally.refuse(DeadLetter(raw.path, raw.line, error.what))
        except (
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            IndexError,
            OverflowError,
        ) as error:
            # A leaf should have said BadRecord; a record must never end the scan all the same.
            reason = f"{connector.name} cannot read it: {type(error).__name__}: {error}"
            self.tally.refuse(DeadLetter(raw.path, raw.line, reason[:300]))

    def _route(self, record: Record) -> Connector | None:
        """Return whose OTLP this is: a collector's file holds many services' requests."""
        scopes = tuple(sorted({unit.scope for unit in otlp.units(record)}))
        if scopes not in self._routes:
            file = InputFile(Path(), "records", self.tally.bury, head=[record])
            found = self._recognise(file)
            if found is None:
                return None
            self._routes[scopes] = found
        return self._routes[scopes]


def _metrics(file: InputFile) -> bool:
    return bool(file.head) and all(otlp.is_metrics(record) for record in file.head)


def _nothing(tally: Tally) -> str:
    unread = [*tally.unknown, *tally.skipped]
    if not unread:
        return "there is nothing to read"
    path, reason = unread[0]
    noun = "path" if tally.skipped else "file"
    more = len(unread) - 1
    rest = f" (and {more:,} more {noun}{'s' if more > 1 else ''})" if more else ""
    return f"nothing could be read: {path}: {reason}{rest}"


def _no_record(tally: Tally) -> str:
    first = tally.dead_letters[0]
    which = f"{tally.dead:,} records, the first is " if tally.dead > 1 else ""
    return f"nothing could be read: {which}{first.path}:{first.line}: {first.reason}"
