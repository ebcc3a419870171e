"""Where agents keep their logs on this host, as the sources say."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from pathlib import Path

from agentwarrant.connector import Connector


def on_this_host(connectors: Iterable[Connector]) -> list[Path]:
    """Return the files and folders of this host that sources usually write, each once."""
    home = Path.home()
    found: dict[Path, None] = {}
    for connector in connectors:
        for place in connector.places:
            pattern = place if place.startswith("/") else str(home / place)
            for match in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207  # patterns may be absolute
                found[Path(match)] = None
    return list(found)
