"""Sigma's encoding modifiers over bytes, where pySigma's work on text.

pySigma 1.5 writes the byte order mark of ``utf16`` as UTF-8, counts characters where
``base64offset`` shifts bytes, encodes the backslash of an escaped ``*``, and does not know
``utf16le`` (Sigma specification 2.1, appendix "Modifiers"). ``register`` puts these in their place.
"""

from __future__ import annotations

from base64 import b64encode

from sigma.exceptions import SigmaValueError
from sigma.modifiers import SigmaValueModifier, modifier_mapping
from sigma.types import SigmaExpansion, SigmaString

_OFFSETS = ((0, 0), (1, 2), (2, 3))
"""Bytes before, and the characters of Base64 that they spoil."""
_SPOILT = (None, -3, -2)


class Encoded(SigmaString):
    """Bytes as a string: a character for each, by its number."""


def _encoded(value: SigmaString, encoding: str, mark: bytes = b"") -> Encoded:
    made = Encoded()
    parts = [
        part.encode(encoding).decode("latin-1") if isinstance(part, str) else part
        for part in value.s
    ]
    first = parts[0] if parts and isinstance(parts[0], str) else ""
    made.s = [mark.decode("latin-1") + first, *parts[bool(first) :]] if mark else parts
    return made


def _bytes(value: SigmaString, modifier: SigmaValueModifier[SigmaString, SigmaString]) -> bytes:
    if value.contains_special() or value.contains_placeholder():
        what = "Base64 encoding of strings with wildcards or placeholders is not allowed"
        raise SigmaValueError(what, source=modifier.source)
    text = "".join(part for part in value.s if isinstance(part, str))
    return text.encode("latin-1" if isinstance(value, Encoded) else "utf-8")


class Wide(SigmaValueModifier[SigmaString, SigmaString]):
    """``wide``, ``utf16le``: UTF-16, little end first."""

    def modify(self, val: SigmaString) -> SigmaString:
        return _encoded(val, "utf-16le")


class Utf16Be(SigmaValueModifier[SigmaString, SigmaString]):
    """``utf16be``: UTF-16, big end first."""

    def modify(self, val: SigmaString) -> SigmaString:
        return _encoded(val, "utf-16be")


class Utf16(SigmaValueModifier[SigmaString, SigmaString]):
    """``utf16``: UTF-16, little end first, after the byte order mark FF FE."""

    def modify(self, val: SigmaString) -> SigmaString:
        return _encoded(val, "utf-16le", b"\xff\xfe")


class Base64(SigmaValueModifier[SigmaString, SigmaString]):
    """``base64``."""

    def modify(self, val: SigmaString) -> SigmaString:
        return _plain(b64encode(_bytes(val, self)).decode())


class Base64Offset(SigmaValueModifier[SigmaString, SigmaExpansion]):
    """``base64offset``: what the bytes are in Base64, wherever they stand in what is encoded."""

    def modify(self, val: SigmaString) -> SigmaExpansion:
        raw = _bytes(val, self)  # type: ignore[arg-type]  # only its place in the file is used
        return SigmaExpansion(
            [
                _plain(b64encode(bytes(before) + raw)[lead : _SPOILT[(len(raw) + before) % 3]])
                for before, lead in _OFFSETS
            ]
        )


def _plain(text: str | bytes) -> SigmaString:
    return SigmaString(text.decode() if isinstance(text, bytes) else text)


def register() -> None:
    """Make pySigma use these modifiers."""
    modifier_mapping.update(
        wide=Wide,
        utf16le=Wide,
        utf16be=Utf16Be,
        utf16=Utf16,
        base64=Base64,
        base64offset=Base64Offset,
    )
