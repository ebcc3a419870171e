"""Sources that are read while they run: records as they come, and after a gap what was missed.

A live source brings the records that the connector of the same name normalizes, so that what was
seen live and what is read from files later have the same ``event.id``. How far it got is its
``Place``: plain JSON, kept after what it covers has been taken, never before.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import orjson

from agentwarrant import plugins
from agentwarrant.connector import Raw
from agentwarrant.errors import ConfigError
from agentwarrant.respond.connection import Connection

Place = dict[str, Any]
"""How far a source got, as JSON; only the source itself reads it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a source brought at once.

    Attributes:
        records: Perhaps none: a source speaks up now and then even when nothing happens.
        place: How far it got with them.
        note: Something for the operator: a connection that was lost, a gap that was filled.
        pause: Seconds to wait before it is asked again.
    """

    records: Sequence[Raw]
    place: Place
    note: str = ""
    pause: float = 0.0


class LiveSource(ABC):
    """One system that is read while it runs.

    Class attributes:
        name: Of the connector that normalizes its records; of the vendor that reaches it.
    """

    name: ClassVar[str]

    @abstractmethod
    def follow(
        self, connection: Connection, place: Place, *, history: bool = False
    ) -> Iterator[Batch]:
        """Yield batches without end; what was missed since ``place`` comes first.

        A lost connection is no error: it is told in a batch's ``note`` and opened again.

        Args:
            connection: Where, and as whom; only read.
            place: Where it got to; empty: never read before.
            history: Read first what there was before it was ever read; else begin now.

        Raises:
            ConfigError, Refused: It can never be read so.
        """


def live_sources() -> dict[str, LiveSource]:
    """Return every live source by name."""
    group = "agentwarrant.connectors"
    found = (k for m in plugins.modules(group, group) for k in plugins.classes(m, LiveSource))  # type: ignore[type-abstract]  # plugins.classes yields concrete ones only
    return {kind.name: kind() for kind in found}


class PlaceFile:
    """Where a place is kept: one file for each connection, replaced as a whole.

    Args:
        folder: Made when it is first needed.
        name: Of the connection.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / f"{name}.json"

    def read(self) -> Place:
        """Return what was kept; an empty place when nothing was.

        Raises:
            ConfigError: It is unreadable: to begin anew in silence would lose what was missed.
        """
        try:
            found = orjson.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, orjson.JSONDecodeError):
            found = None
        if not isinstance(found, dict):
            mend = "remove it to begin anew; what happened since is then not read"
            raise ConfigError(
                "how far it was read cannot be read", where=str(self._path), mend=mend
            )
        return found

    def keep(self, place: Place) -> None:
        """Write it so that after a crash there is the old one or the new one."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(".part")
        with part.open("wb") as stream:
            stream.write(orjson.dumps(place))
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(self._path)
