"""Takes alerts of a SIEM into our triage: each once, none lost, the cursor after they are durable.

An alert can become searchable later than one that is newer, so every poll goes back over some
minutes (``alertcursor``) and leaves out what it has had, by the id. Were that list lost, the
same alert would give the same finding: its id is made of the alert's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Generic, Protocol, TypeVar

import orjson

from agentwarrant.config import Tenant
from agentwarrant.errors import ConfigError
from agentwarrant.finding import CaseBook, Finding
from agentwarrant.risk import RiskBook
from agentwarrant.siem.alertcursor import Cursor, read_cursor, write_cursor

Sink = Callable[[Sequence[Finding]], None]
"""Takes findings; when it returns they are durable."""


class Named(Protocol):
    """An alert."""

    @property
    def id(self) -> str:
        """What no other alert is called."""

    @property
    def time(self) -> str:
        """When it was made, as an event has it."""


A = TypeVar("A", bound=Named)


class Source(Protocol[A]):
    """Reads the alerts of one tenant.

    Attributes:
        letters: Ids of alerts that could not be taken, each with its reason.
    """

    letters: list[tuple[str, str]]

    def pages(self, cursor: Cursor) -> Iterator[list[A]]:
        """Yield the alerts since a cursor that it has not had, in order of time, page by page.

        Raises:
            TargetError: They could not be read.
        """

    def findings(self, alerts: Sequence[A]) -> list[Finding]:
        """Return the findings of some alerts, with the events that they rest on.

        An alert that cannot be one is named in ``letters``.

        Raises:
            TargetError: The events could not be read.
        """


class Inbox(Generic[A]):
    """Takes alerts into triage: polled ones, and those that a webhook brings.

    Args:
        source: Where they are read.
        sink: Where their findings go.
        path: The file of the cursor.
        begin: Where to begin when there is no such file.

    Raises:
        ConfigError: The file is no cursor.
    """

    def __init__(self, source: Source[A], sink: Sink, path: Path, begin: str) -> None:
        self._source = source
        self._sink = sink
        self._path = path
        self._cursor = read_cursor(path, begin)
        self._lock = Lock()

    def poll(self) -> int:
        """Take what is new; return how many. What is raised leaves the cursor before it."""
        return sum(self._take(page, move=True) for page in self._source.pages(self._cursor))

    def bring(self, alerts: Sequence[A]) -> int:
        """Take some alerts that were not taken yet; return how many.

        The cursor stays: what is older than they are may not have been polled yet.
        """
        return self._take(alerts, move=False)

    def knows(self, identity: str) -> bool:
        """Was an alert taken already, or something noted?"""
        return identity in self._cursor.seen

    def note(self, identity: str, time: str) -> None:
        """Keep something for as long as the ids of alerts of that time."""
        with self._lock:
            self._cursor.take([(identity, time)], move=False)
            write_cursor(self._path, self._cursor)

    def _take(self, alerts: Sequence[A], *, move: bool) -> int:
        with self._lock:  # a webhook may bring what is being polled
            unknown = {alert.id: alert for alert in alerts if not self.knows(alert.id)}
            new = list(unknown.values())
            findings = self._source.findings(new)
            if findings:
                self._sink(findings)
            self._cursor.take(((alert.id, alert.time) for alert in new), move=move)
            write_cursor(self._path, self._cursor)
        return len(findings)


class Triage:
    """Cases and risk of what comes from a SIEM, as the embedded engine's findings have them.

    Args:
        path: Where they are kept between runs.

    Raises:
        ConfigError: The file is none of ours.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.cases, self.risk = CaseBook(), RiskBook()
        if not path.exists():
            return
        try:
            said: dict[str, Any] = orjson.loads(path.read_bytes())
            self.cases.restore(said["cases"])
            self.risk.restore(said["risk"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            mend = "remove it; cases that were open begin anew"
            raise ConfigError(f"no state: {error!r}", where=str(path), mend=mend) from error

    def weighed(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return findings with the risk of their agents and the state of their cases."""
        return [self.risk.weigh(finding) for finding in findings]

    def save(self) -> None:
        """Keep what is known; the file is whole or as it was."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_name(f"{self._path.name}.part")
        said = {"cases": self.cases.snapshot(), "risk": self.risk.snapshot()}
        part.write_bytes(orjson.dumps(said))
        part.replace(self._path)

    def into(self, write: Sink) -> Sink:
        """Return a sink that weighs findings, writes them, and keeps what is known since."""

        def sink(findings: Sequence[Finding]) -> None:
            write(self.weighed(findings))
            self.save()

        return sink


@dataclass(frozen=True, slots=True)
class Intake:
    """The alerts of one tenant.

    Attributes:
        tenant: Whose they are.
        source: Where they are read; its ``letters`` name what could not be taken.
        inbox: Takes them.
    """

    tenant: Tenant
    source: Source[Any]
    inbox: Inbox[Any]
