"""The rules that the pack ships, read once by each process that runs tests."""

from __future__ import annotations

from functools import cache

from agentwarrant.rules.load import load_rules
from agentwarrant.rules.model import Rule


@cache
def _read() -> tuple[Rule, ...]:
    return tuple(load_rules())


def shipped_rules() -> list[Rule]:
    """Return the shipped rules; the list is the caller's, the rules are everybody's."""
    return list(_read())
