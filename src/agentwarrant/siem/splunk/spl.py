r"""Names, values and regular expressions as SPL reads them; any text of a rule is safe in them.

- In quotes a backslash takes the meaning from a quotation mark, a pipe and a backslash, and stays
  what it is before anything else (Search Reference, ``search``, "Backslashes"; Search Manual,
  "SPL and regular expressions").
- An asterisk is a wildcard in a value of ``search`` and cannot be escaped (Search Manual,
  "Backslashes"). Values are therefore said there only when they are words (``word``), and all else
  is asked by a regular expression.
- Names with anything but letters, digits and underscores stand in double quotes in ``search``, and
  in single ones in ``eval`` and ``where`` (Search Reference, ``where``, "Field names").

Regular expressions are PCRE, found anywhere in a value. Those made here mean the same whether PCRE
takes bytes or characters for units, but for what counts characters (``?`` of a pattern, ``.``); and
none has a ``$`` or a backtick, which dashboards and macros read as their own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agentwarrant.siem import spellings
from agentwarrant.siem.alternatives import CannotRender

_BARE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_NAME = re.compile(r"[\w@.{}-]+", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._:/@-]*[A-Za-z0-9])?", re.ASCII)
_LIKE_NUMBER = re.compile(r"[\d.]+(?:e\d*)?|0x[\da-f]+|inf(?:inity)?|nan", re.IGNORECASE | re.ASCII)
_PLAIN = frozenset(" _-/:,@=#%&<>~!;'\"")
_IN_CLASS = frozenset(".*+?()[{|")
START, END = "(?s)^", "(?!.)"
"""What a regular expression of a whole value begins and ends with."""
_KELVIN, _LONG_S = "\u212a", "\u017f"


def name(field: str) -> str:
    """Return a field's name for ``search`` and for lists of fields.

    Raises:
        CannotRender: It has characters that no field of ours has.
    """
    return field if _BARE.fullmatch(field) else f'"{_checked(field)}"'


def column(field: str) -> str:
    """Return a field's name for ``eval`` and ``where``.

    Raises:
        CannotRender: It has characters that no field of ours has.
    """
    return field if _BARE.fullmatch(field) else f"'{_checked(field)}'"


def _checked(field: str) -> str:
    if not _NAME.fullmatch(field):
        raise CannotRender(f"{field!r} is no name of a field in Splunk")
    return field


def word(text: str) -> bool:
    """Can a text be a value of ``search``: is it plain, and no number that compares as one?"""
    return bool(_WORD.fullmatch(text)) and not _LIKE_NUMBER.fullmatch(text)


def string(text: str) -> str:
    """Return a text in quotes.

    Raises:
        CannotRender: It is half a surrogate pair, or has a character that controls.
    """
    if any(c < " " or c == "\x7f" for c in text) or not _is_sound(text):
        raise CannotRender("a text with characters that cannot be written in a search")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _is_sound(text: str) -> bool:
    return not any("\ud800" <= c <= "\udfff" for c in text)


def literal(text: str) -> str:
    """Return a regular expression of a text.

    Raises:
        CannotRender: It is half a surrogate pair.
    """
    if not _is_sound(text):
        raise CannotRender("half a surrogate pair, which no event in Splunk has")
    return "".join(map(_character, text))


def _character(one: str) -> str:
    if (one.isascii() and one.isalnum()) or one in _PLAIN or ord(one) > 127:
        return one
    return f"[{one}]" if one in _IN_CLASS else f"\\x{ord(one):02x}"


def one_of(characters: str) -> str:
    """Return a regular expression of one of some characters."""
    if len(characters) == 1:
        return literal(characters)
    if characters.isascii() and characters.isalnum():
        return f"[{characters}]"
    return f"(?:{'|'.join(map(literal, characters))})"


def letter(character: str) -> str:
    """Return all that RE2 takes for a character under the flag ``i``.

    Raises:
        CannotRender: It is not ASCII.
    """
    if not character.isascii():
        raise CannotRender(f"{character!r} without case, and counted as one character")
    both = dict.fromkeys([character, character.lower(), character.upper()])
    return "".join(both) + {"k": _KELVIN, "s": _LONG_S}.get(character.lower(), "")


def text_test(op: str, text: str) -> str:
    """Return a regular expression of ``eq``, ``contains``, ``startswith`` or ``endswith``.

    Args:
        op: As in ``rules.ir``, also with ``_cased``.
        text: Folded unless cased.

    Raises:
        CannotRender: It has too many spellings, or cannot be written.
    """
    kind, _, cased = op.partition("_")
    before, after = kind in ("contains", "endswith"), kind in ("contains", "startswith")
    made = literal(text) if cased else spellings.folded(text, one_of, before=before, after=after)
    if before and after:
        return made
    return f"{'(?s)' if before else START}{made}{'' if after else END}"


def pattern(parts: Sequence[str | int], *, cased: bool) -> str:
    """Return a regular expression of a pattern: text, 0 for any characters, 1 for exactly one.

    Raises:
        CannotRender: It has too many spellings, or cannot be written.
    """
    counts = 1 in parts
    made = []
    for place, part in enumerate(parts):
        if not isinstance(part, str):
            made.append("." if part == 1 else ".*")
        elif cased:
            made.append(literal(part))
        elif counts:
            made += [one_of(letter(c)) for c in part]
        else:
            after = place + 1 < len(parts)
            made.append(spellings.folded(part, one_of, before=place > 0, after=after))
    return f"{START}{''.join(made)}{END}"


def spelt_in_one_way(field_is_lower: bool, op: str, text: str) -> bool:
    """Does ``search``, which heeds no case of ASCII letters, find every spelling of a text?"""
    return field_is_lower or (text.isascii() and text_test(op, text).isascii())
