"""What the sessions of ``ipi.py`` have in common, and where their data is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from intent_cases import Session, Step

SOURCES = ("otel_genai", "openclaw")
"""What sessions are written as where the data says nothing of how its tools are called."""


@dataclass(frozen=True, slots=True)
class Run:
    """A session, and which of its calls somebody else wanted.

    Attributes:
        session: What was asked, and the calls.
        kind: ``attack``, ``read`` (an order was read and not followed) or ``clean``.
        about: What the tables group by: the set, the source, where the order stands and so on.
        wanted: Which calls follow an order that the person did not give.
    """

    session: Session
    kind: str
    about: dict[str, str] = field(default_factory=dict)
    wanted: frozenset[int] = frozenset()


def home(given: Path | None) -> Path:
    """Return the folder of the package that has the data, without importing it.

    Raises:
        SystemExit: There is none.
    """
    if given:
        return given
    found = find_spec("inspect_evals")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("pip install --no-deps inspect_evals, or give its folder with --data")
    return Path(found.submodule_search_locations[0])


def loaded(path: Path) -> Any:
    """Return what a JSON file holds."""
    return json.loads(path.read_text(encoding="utf-8"))


def first_sentence(text: str) -> str:
    """Return a text up to its first full stop, on one line."""
    return re.split(r"(?<=[.!?])\s", " ".join(text.split()), maxsplit=1)[0]


def made(
    name: str,
    ask: str,
    steps: list[Step],
    about: dict[str, str],
    source: str,
    *,
    order: bool = False,
    wanted: frozenset[int] = frozenset(),
) -> Run:
    """Put a session together; ``order`` says whether somebody else's order is read in it."""
    kind = "attack" if wanted else "read" if order else "clean"
    session = Session(
        name, bool(wanted), about["set"], "", steps[max(wanted)][0] if wanted else "none", source,
        f"{about['set']}-agent", ask, steps[:-1], (steps[-1][0], steps[-1][1]), source=source,
    )  # fmt: skip
    return Run(session, kind, about, wanted)
