"""Names that a case brings, before they stand in a request: every one of them is hostile text.

A log is what an agent could write, so an id from it has to have the vendor's own form, and the
vendor has to list it as what it is said to be. What has another form is left out and said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from agentwarrant.faults import short

MOST = 50
"""So many of a kind get into one plan."""
UNREAD = "to-be-read"
"""Stands in a plan made without reading, where an id would be that only the vendor knows."""
_SHOWN = 3


def sorted_out(
    given: Iterable[str], form: re.Pattern[str], what: str
) -> tuple[list[str], list[str]]:
    """Return the names that have a form, each once, and notes on those that are left out.

    Args:
        given: As the target has them.
        form: What a whole name must match.
        what: What it should be, for the notes: ``Okta user id``.
    """
    names = list(dict.fromkeys(given))
    fit = [name for name in names if form.fullmatch(name)]
    odd = [name for name in names if not form.fullmatch(name)]
    notes = [f"Left out, no {what}: {short(name)}" for name in odd[:_SHOWN]]
    if len(odd) > _SHOWN:
        notes.append(f"Left out, no {what}: {len(odd) - _SHOWN} more")
    return fit[:MOST], [*notes, *too_many(fit, what)]


def too_many(found: Sequence[object], what: str) -> list[str]:
    """Say that not all of a kind get into the plan."""
    if len(found) <= MOST:
        return []
    return [f"{len(found) - MOST} more of {what}: plan again after these {MOST}"]
