"""How far the alerts of one tenant have been taken out of a SIEM, kept in a file between runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from agentwarrant.errors import ConfigError
from agentwarrant.event import epoch_ms, iso_from_ms

OVERLAP_MS = 10 * 60_000
"""How far back of the newest alert a poll begins."""
MOST_SEEN = 100_000
"""Ids that are remembered; of more than that the oldest are let go."""


@dataclass(slots=True)
class Cursor:
    """How far alerts have been taken.

    Attributes:
        since: Time of the newest alert that was taken, or where to begin.
        seen: Id -> time of the alerts taken since the overlap before that.
    """

    since: str
    seen: dict[str, str] = field(default_factory=dict)

    @property
    def begin(self) -> str:
        """Where the next poll begins."""
        return iso_from_ms(max(0, epoch_ms(self.since) - OVERLAP_MS))

    def take(self, alerts: Iterable[tuple[str, str]], *, move: bool) -> None:
        """Remember some alerts, each an id and a time; and move on to the newest of them."""
        for one, time in alerts:
            self.seen[one] = time if move else max(time, self.since)  # it may be named again
            if move:
                self.since = max(self.since, time)
        begin = self.begin
        kept = [(one, time) for one, time in self.seen.items() if time >= begin]
        self.seen = dict(kept[-MOST_SEEN:])


def read_cursor(path: Path, begin: str) -> Cursor:
    """Return what a file says, or a cursor at ``begin`` where there is none.

    Raises:
        ConfigError: The file is none of ours.
    """
    if not path.exists():
        return Cursor(begin)
    try:
        said = orjson.loads(path.read_bytes())
        cursor = Cursor(str(said["since"]), {str(k): str(v) for k, v in said["seen"].items()})
        epoch_ms(cursor.since)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        mend = "remove it to begin anew; what comes again gives the same findings"
        raise ConfigError(f"no cursor: {error!r}", where=str(path), mend=mend) from error
    return cursor


def write_cursor(path: Path, cursor: Cursor) -> None:
    """Write a cursor; the file is whole or as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(orjson.dumps({"since": cursor.since, "seen": cursor.seen}))
    part.replace(path)
