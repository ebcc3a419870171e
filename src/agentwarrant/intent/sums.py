"""Numbers as people, bills and programs write them: ``1,890.00``, ``1.890,00``, ``1890``.

A call has a number in one form and the text it came from in another. Where a form can be read in
two ways ("1.890"), it is both numbers: what is asked is only whether one may be the other.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

_BETWEEN = "[., '\u2019\u00a0\u202f]"
"""What stands between thousands."""
_MOST = 256
_WRITTEN = re.compile(
    rf"(?<![\w.,])\d{{1,3}}(?:{_BETWEEN}\d{{3}}){{1,4}}(?:[.,]\d{{1,2}})?(?![\d])(?![.,]\d)"
    r"|(?<![\w.,])\d{1,12}(?:[.,]\d{1,4})?(?![\d])(?![.,]\d)"
)
_UNIT = (
    r"(?:[$€£¥₹%]|[a-zµ]{1,3}(?:/[a-z]{1,3})?|euros?|dollars?|pounds?|francs?|percent|pts|points?)"
)
_MEASURED = re.compile(
    rf"(?:[$€£¥₹] ?|[a-z]{{3}} )?(\d[\d., '\u2019\u00a0\u202f]{{0,20}}?) ?{_UNIT}?\.?"
)
_PLAIN = re.compile(r"(\d{1,12})(?:\.(\d{1,6}))?")


@lru_cache(maxsize=512)
def numbers_in(text: str) -> frozenset[str]:
    """Return the numbers in a text, each as a call would have it: ``1890``, ``98.7``."""
    found = (read(m.group()) for m in islice(_WRITTEN.finditer(text), _MOST))
    return frozenset(number for numbers in found for number in numbers)


def read(written: str) -> tuple[str, ...]:
    """Return the numbers that something written may be: none, one, or two."""
    marks = [c for c in written if not c.isdigit()]
    if not marks:
        return (_short(written, ""),)
    last = max(written.rfind("."), written.rfind(","))
    whole, part = (written[:last], written[last + 1 :]) if last >= 0 else (written, "")
    digits = "".join(c for c in written if c.isdigit())
    grouped = all(len(g) == 3 for g in re.split(r"\D", written)[1:])
    decimal = last >= 0 and written[last] not in marks[:-1] and part.isdigit()
    found = []
    if grouped:
        found.append(_short(digits, ""))
    if decimal and all(len(g) == 3 for g in re.split(r"\D", whole)[1:]):
        found.append(_short("".join(c for c in whole if c.isdigit()), part))
    return tuple(dict.fromkeys(found))


def _short(whole: str, part: str) -> str:
    whole, part = whole.lstrip("0") or "0", part.rstrip("0")
    return f"{whole}.{part}" if part else whole


def number_of(text: str) -> str:
    """Return the number that an argument is, with a currency or a unit or alone; '' for none."""
    if len(text) > _LONGEST or not any(c.isdigit() for c in text):
        return ""
    found = _MEASURED.fullmatch(text)
    numbers = read(found.group(1).strip(" .,'")) if found else ()
    return numbers[0] if numbers else ""


_LONGEST = 32


@lru_cache(maxsize=512)
def other_forms(number: str) -> re.Pattern[str] | None:
    """Return a pattern of the other ways in which a number is written; None: there are none.

    Only sums have any: a number of three digits without a part stands as it is.
    """
    plain = _PLAIN.fullmatch(number)
    if plain is None:
        return None
    whole, part = plain.group(1), (plain.group(2) or "").rstrip("0")
    if len(whole) < 4 and not part:
        return None
    first = len(whole) % 3 or 3
    groups = [whole[:first], *(whole[at : at + 3] for at in range(first, len(whole), 3))]
    tail = rf"[.,]{part}0{{0,3}}" if part else r"(?:[.,]0{1,2}|,-|\.-)?"
    between = f"{_BETWEEN}?"
    return re.compile(rf"(?<![\w.,]){between.join(groups)}{tail}(?![\d])(?![.,]\d)")
