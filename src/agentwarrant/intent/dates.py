"""Days as people write them: "the 13th to the 17th of May" for ``2024-05-13``.

A call has a day in one form, and the text it came from in another. Years are seldom written, and
names of months are English.
"""

from __future__ import annotations

import re
from functools import lru_cache

_ISO = re.compile(r"\d{4}-(\d{2})-(\d{2})(?:[t ][\d:.]{4,12}(?:z|[+-]\d{2}:?\d{2})?)?")
_MONTHS = (
    "jan(?:uary)?", "feb(?:ruary)?", "mar(?:ch)?", "apr(?:il)?", "may", "june?", "july?",
    "aug(?:ust)?", "sept?(?:ember)?", "oct(?:ober)?", "nov(?:ember)?", "dec(?:ember)?",
)  # fmt: skip
_ORDINAL = r"(?:st|nd|rd|th|\.)?"
_ANY = "|".join(_MONTHS)
_MONTH = re.compile(rf"\d{_ORDINAL}(?: of)? (?:{_ANY})\b|\b(?:{_ANY})\.? (?:the )?\d")
"""A month beside a number: "may" is no month by itself."""
_BETWEEN = (
    r"(?:[\s,\u2013-]|\b(?:of|the|to|until|till|through|and)\b"
    r"|(?<!\d)\d{1,2}(?:st|nd|rd|th)?){0,12}?"
)
"""What stands between a day and its month: the other end of a stay."""


def is_day(text: str) -> bool:
    """Is a value a day, or a time of one, as programs write it?"""
    return text[4:5] == "-" and _ISO.fullmatch(text) is not None


@lru_cache(maxsize=512)
def day_forms(text: str) -> re.Pattern[str] | None:
    """Return a pattern of the other ways in which a day is written; None: it is no day."""
    found = _ISO.fullmatch(text) if text[4:5] == "-" else None
    if found is None or not 0 < int(found.group(1)) <= len(_MONTHS):
        return None
    month, day = _MONTHS[int(found.group(1)) - 1], str(int(found.group(2)))
    number = (
        rf"(?:(?<![\d.,:/-])|(?<=\D\d-)|(?<=\D\d\d-)|(?<=^\d-)|(?<=^\d\d-))0?{day}{_ORDINAL}"
        r"(?![\d:/]|-\d{1,2}-|[.,]\d)"
    )
    return re.compile(
        rf"{number}{_BETWEEN}\b{month}\b"
        rf"|\b{month}\b\.?{_BETWEEN}{number}(?!\s(?:of )?(?:{_ANY})\b)"
        rf"|(?<![\d./-]){text[:10]}(?!\d)"
    )


def says_day(text: str, said: str) -> bool:
    """Did people say this day: its number, and its month where they named any?"""
    found = _ISO.fullmatch(text) if text[4:5] == "-" else None
    if found is None:
        return False
    forms = day_forms(text)
    if forms is not None and forms.search(said):
        return True
    if _MONTH.search(said):
        return False
    day = int(found.group(2))
    return re.search(rf"(?<![\d.,:/-])0?{day}(?![\d:/-]|[.,]\d)", said) is not None
