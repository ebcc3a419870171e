"""Text that is made, between two markers of a file that people write."""

from __future__ import annotations

from agentwarrant.errors import UsageError


def between(text: str, begin: str, end: str, made: str) -> str:
    """Return a text with what was made in the place of what stood between its two markers.

    Raises:
        UsageError: The markers are not there, each once and in order.
    """
    before, first, rest = text.partition(begin)
    _, last, after = rest.partition(end)
    if not first or not last or begin in rest or end in after:
        raise UsageError(f"{begin} and {end} belong in it, each once")
    return f"{before}{begin}\n{made}{end}{after}"
