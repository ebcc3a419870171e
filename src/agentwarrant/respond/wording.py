"""Names and texts that came from logs, made fit to stand in plans: one line, nothing hidden."""

from __future__ import annotations

import re

LONGEST = 400
"""Characters of a name: no vendor's ids are longer."""

_REF = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*:\S.*")


def is_word(name: str) -> bool:
    """May it stand in a plan as a name: not empty, not too long, nothing in it that hides?"""
    return 0 < len(name) <= LONGEST and name.isprintable() and name == name.strip()


def is_ref(ref: str) -> bool:
    """Has it the form of an account, ``kind:id``?"""
    return is_word(ref) and _REF.fullmatch(ref) is not None


def plain(text: str, most: int = LONGEST) -> str:
    """Return text as one line without anything that is not seen, cut where it is too long."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= most else f"{line[: most - 3]}..."
