"""Names that are made to look like another."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from unicodedata import normalize

import idna

# Digits, then Cyrillic letters, beside the Latin ones they pass for.
_LOOKS = str.maketrans(
    "01358\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u051d",
    "oiesbaeopcyxijsdqw",
)


@lru_cache(maxsize=4096)
def skeleton(host: str) -> str:
    """Return a host with what looks alike made alike."""
    with suppress(UnicodeError):
        host = idna.decode(host) if "xn--" in host else host
    plain = "".join(c for c in normalize("NFKD", host) if not "\u0300" <= c <= "\u036f")
    return plain.translate(_LOOKS).replace("rn", "m").replace("vv", "w").replace("l", "i")


def one_off(one: str, other: str) -> bool:
    """Do two names differ by one character, added, left out or changed?"""
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < 6 or one == other:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return True
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:]
