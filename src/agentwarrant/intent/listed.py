"""Rows of listings: how one begins, and what of it is only its label.

A listing counts its rows or calls each by what it is and its number: "3)", "(c)", "[7]", "#12 …",
"Ticket 3: …", "Order no 88 - …". The label names the row; it orders nothing ("book 3: …").
"""

from __future__ import annotations

import re

_BY = r"(?:[ \t]?[:)\]|]|[ \t][-\u2013\u2014>])[ \t]"
HEAD = (
    r"[ \t]{0,8}(?:"
    r"[(\[{](?:#?\d{1,6}|[a-z]|[ivx]{2,5})[)\]}][ \t:]"
    rf"|#(?:[a-z]{{1,5}}-?)?\d{{1,8}}(?:{_BY}|[.,]?[ \t])"
    r"|(?!(?:please|kindly|then|and|or|of|to|at|by|in|on|for|from|the|an?|your|my|our)\b)"
    r"[a-z][a-z-]{1,24}(?:[ \t][a-z][a-z-]{1,24})?[ \t]"
    rf"(?:#[ \t]?|n[or]\.?[ \t])?(?:[a-z]{{1,5}}-?)?\d{{1,8}}{_BY}"
    r")"
)
"""How a row begins that has a label with a number or a letter; lower case."""
_ROW = re.compile(rf"\s*{HEAD}")


def is_row(sentence: str) -> bool:
    """Does a sentence (lower case) begin as a row of a listing does?"""
    return _ROW.match(sentence) is not None


def unrowed(sentence: str) -> str:
    """Return a sentence without the label that makes it a row of a listing."""
    found = _ROW.match(sentence)
    return sentence[found.end() :] if found else sentence
