"""What the interpreter says no to."""

from __future__ import annotations


class Refused(Exception):
    """A command, option, function or use of one that the interpreter does not know."""


class Unreadable(Refused):
    """The text is no search."""


class Doubt(Refused):
    """The documentation leaves open what it means, and for these values it matters."""
