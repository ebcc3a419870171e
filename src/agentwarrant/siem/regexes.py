"""Reads a regular expression of a rule, for whoever writes it anew in another language."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from re import _parser  # type: ignore[attr-defined]  # undocumented, but the only parser there is
from typing import Any

from agentwarrant.rules import regexes
from agentwarrant.siem.alternatives import CannotRender

CLASSES = ("CATEGORY_DIGIT", "CATEGORY_WORD", "CATEGORY_SPACE")
OTHERS = {name.replace("Y_", "Y_NOT_"): name for name in CLASSES}
"""Classes of all other characters -> of which."""
REPEATS = ("MAX_REPEAT", "MIN_REPEAT")
FOREVER = str(_parser.MAXREPEAT)
_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}


def translated(pattern: str, flags: str, foreign: str, write: Callable[[Any, int], str]) -> str:
    """Return a regular expression in another language.

    Args:
        pattern: Of RE2.
        flags: Out of ``ims``.
        foreign: What is wrong with one that cannot be read, for a person.
        write: Writes what was read, and the flags that hold for it.

    Raises:
        CannotRender: It cannot mean the same there.
    """
    if not regexes.is_linear(pattern, flags) or "[:" in pattern or "\\p" in pattern.lower():
        raise CannotRender(f"the regular expression {pattern} {foreign}")
    given = 0
    for flag in flags:
        given |= _FLAGS[flag]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            parsed = _parser.parse(pattern, given)
        return write(parsed, parsed.state.flags)
    except (re.error, Warning, RecursionError, OverflowError) as error:
        raise CannotRender(f"the regular expression {pattern} cannot be translated") from error
