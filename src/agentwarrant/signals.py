# ruff: noqa: RUF001  # the words of other scripts are meant
"""Weak signals in text: does content that an agent read talk to the agent?

This says nothing by itself. Rules use it only together with an action (``docs/rules.md``): a
security article quotes injections all day, and nothing happens. What is looked for is how such
text must work, not how any one sample is worded: it addresses a machine, it asks to put its own
wish before the user's, it asks for an act, it asks for silence, or it hides.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any
from urllib.parse import unquote

import re2  # type: ignore[import-untyped]  # the package has no types
from ahocorasick_rs import AhoCorasick, Implementation

from agentwarrant.signs import ACT, Sign
from agentwarrant.signs_running import SIGNS

_SCAN_LIMIT = 200_000
_TRIES = 48
_ENOUGH = 3
_BETWEEN = re.compile(
    r"[\u00ad\u034f\u115f\u1160\u200b-\u200f\u202a-\u202e\u2060-\u2069\u3164\ufe00-\ufe0f\ufeff"
    r"\ud800-\udfff\U000E0000-\U000E007F]+"
)
"""What can be put between letters without being seen; and halves of surrogate pairs."""
_INVISIBLE = re.compile(r"[\U000E0020-\U000E007F]{4}|[\u200b-\u200f\u2060-\u2064\ufeff]{6}")
_TAGGED = re.compile(r"[\U000E0020-\U000E007F]{4,}")
_REVERSED = re.compile(r"\u202e([^\u202c\u202e\n]{2,400})")
_RUN = re.compile(r"[A-Za-z0-9+/_-]{28,}={0,2}")
_ESCAPES = {"%": re.compile(r"%[0-9a-fA-F]{2}"), "&#": re.compile(r"&#x?[0-9a-fA-F]{2,6};")}
_MANY, _RUNS, _DEPTH = 6, 32, 3
_ALIKE = str.maketrans("аеорсухіјѕһԁԛοαρνАВЕКМНОРСТХ", "aeopcyxijshdqoapvABEKMHOPCTX")
_IMITATES = re.compile(f"[{''.join(map(chr, _ALIKE))}]")
_USUAL = (
    "ignore instructions assistant agents system upload forward password https previous transfer"
)
_TURNED = codecs.encode(_USUAL, "rot13").split()
"""What is used most by text that talks to agents, turned by thirteen letters."""
_TURNS, _TOLD, _ENCODED = range(3)


def _marks() -> Any:
    """Return what tells in one pass what a text cannot hold; it never misses."""
    found = re2.Set.SearchSet()
    found.Add("|".join([*_TURNED, *map(str.title, _TURNED)]))
    cues = [cue for sign in SIGNS if sign.group < ACT for cue in sign.cues]
    found.Add(f"(?i){'|'.join(map(_whole_cue, cues))}")
    found.Compile()
    return found


def _whole_cue(cue: str) -> str:
    before, after = ("[^0-9A-Za-z]" * c.isascii() * c.isalnum() for c in (cue[0], cue[-1]))
    return f"(?:^|{before}){re.escape(cue)}(?:$|{after})"


_MARKS = _marks()
_IN_RUN = bytes(97 if re.match(rb"[A-Za-z0-9+/_-]", bytes([i])) else 32 for i in range(256))


@lru_cache(maxsize=64)  # a text is read here more than once: when it comes and when it is kept
def _clues(text: str) -> tuple[int, ...]:
    """Return which of the marks may stand in a text."""
    data = text.encode("utf-8", "replace")
    long = (_ENCODED,) if b"a" * 28 in data.translate(_IN_RUN) else ()
    return (*(_MARKS.Match(data) or ()), *long)


_WRITTEN = re.compile(r"\\{1,2}(?:u([0-9A-Fa-f]{4})|x([89A-Fa-f][0-9A-Fa-f]))")
"""A letter as JSON and YAML write it in ASCII: ``\\u00e9``, ``\\xE9``."""
_ASCII, _SURROGATES = 0x80, range(0xD800, 0xE000)


def _letter(written: re.Match[str]) -> str:
    code = int(written.group(1) or written.group(2), 16)
    return written.group() if code < _ASCII or code in _SURROGATES else chr(code)


def plain(text: str) -> str:
    """Return text as a model reads it: nothing unseen, one form of each letter."""
    if "\\" in text:
        text = _WRITTEN.sub(_letter, text)
    if text.isascii():
        return text
    if _BETWEEN.search(text):
        text = _BETWEEN.sub("", text)
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    if not _IMITATES.search(text):
        return text
    alike = text.translate(_ALIKE)
    words, folded = text.split(" "), alike.split(" ")
    # A word of two scripts imitates; one that is wholly of another script is of its language.
    latin = sum(c.isascii() and c.isalpha() for c in text) * 2 > sum(map(str.isalpha, text))
    return " ".join(f if latin and f.isascii() else w for w, f in zip(words, folded, strict=True))


def readings(text: str, depth: int = _DEPTH) -> list[str]:
    """Return what is hidden in a text: encoded, turned, or in letters that nobody sees."""
    found = [] if text.isascii() else list(_unseen(text))
    clues = _clues(text)
    for run in islice(_RUN.finditer(text), _RUNS) if _ENCODED in clues else ():
        if decoded := _decoded(run.group()):
            found += [decoded, *(readings(decoded, depth - 1) if depth > 1 else [])]
    for mark, pattern in _ESCAPES.items():
        if text.count(mark) >= _MANY and len(pattern.findall(text)) >= _MANY:
            found.append(unquote(text) if mark == "%" else html.unescape(text))
    turned = _TURNED if _TURNS in clues and text.isascii() else []
    if sum(w in text or w.title() in text for w in turned) > 1:
        found.append(codecs.decode(text, "rot13"))
    return found[:_RUNS]


def _unseen(text: str) -> Iterator[str]:
    for tagged in _TAGGED.findall(text):
        yield "".join(chr(ord(c) - 0xE0000) for c in tagged)
    if back := _REVERSED.findall(text) if "\u202e" in text else []:
        yield " ".join(part[::-1] for part in back)


def _decoded(run: str) -> str:
    """Return the text that a run of letters encodes; '' when it is no text."""
    try:
        if len(run) % 2 == 0 and all(c in "0123456789abcdefABCDEF" for c in run[:64]):
            data = bytes.fromhex(run)
        else:
            padded = run.rstrip("=").translate({45: "+", 95: "/"})
            data = base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
        text = data.decode()
    except (ValueError, binascii.Error):
        return ""
    return text if sum(map(str.isprintable, text)) >= 0.9 * len(text) else ""


def strength(text: str) -> int:
    """Return the summed weight of the groups of signs found in a text (0: none).

    What is hidden in it is read as well, and that it was hidden is a sign of its own.
    """
    sample = text[:_SCAN_LIMIT]
    if len(sample) < 24:
        return 0
    seen = plain(sample)
    shown = best = _strength(seen)
    if seen is not sample and _INVISIBLE.search(sample):
        best += 2
    for reading in readings(sample):
        inner = _strength(plain(reading), secret=True)
        best = max(best, inner + 2 if inner > shown else 0)
    return best


def _strength(sample: str, *, secret: bool = False) -> int:
    """Weigh the signs of one reading. The two weakest groups only matter beside others."""
    if not secret and _TOLD not in _clues(sample):
        return 0
    low = sample.lower()
    if len(low) != len(sample):
        low = "".join(c.lower() if c < "\x80" else c for c in sample)
    found: dict[int, int] = {}
    _STRONG.weigh(sample, low, found)
    if found or secret:
        _WEAK.weigh(sample, low, found)
    return sum(found.values())


class _Finder:
    """Finds the signs of some groups in a text, by one pass for all their cues."""

    def __init__(self, signs: list[Sign]) -> None:
        self._signs = signs
        self._of = [i for i, sign in enumerate(signs) for _ in sign.cues]
        cues = [cue for sign in signs for cue in sign.cues]
        self._cues = AhoCorasick(cues, implementation=Implementation.DFA)  # twice as fast

    def weigh(self, text: str, low: str, found: dict[int, int]) -> None:
        """Put the weight of each group into ``found``; ``low`` is the text in lower case."""
        tries = [_TRIES] * len(self._signs)
        for cue, start, end in self._cues.find_matches_as_indexes(low, overlapping=True):
            i = self._of[cue]
            sign = self._signs[i]
            known = found.get(sign.group, 0) >= sign.weight
            if not known and tries[i] and _whole(low, start, end):
                tries[i] -= 1
                if sign.holds(text, start, end):
                    found[sign.group] = sign.weight


_STRONG = _Finder([sign for sign in SIGNS if sign.group < ACT])
_WEAK = _Finder([sign for sign in SIGNS if sign.group >= ACT])


def _whole(text: str, start: int, end: int) -> bool:
    """Is a cue a word of its own, not a part of a longer one?"""
    if text[start] >= "\u0900":  # written without spaces, or with endings
        return True
    inner = text[start].isalnum() and start > 0 and text[start - 1].isalnum()
    return not inner and not (text[end - 1].isalnum() and text[end : end + 1].isalnum())


def content_signal(text: str) -> str:
    """Return ``instruction_like`` for text that seems to instruct an agent, else ``none``."""
    return "instruction_like" if strength(text) >= _ENOUGH else "none"


_HEADER = re.compile(
    r"\s{0,8}[\[(<*#]{0,3}\s{0,3}(?:(?:a2a|inter-?(?:agent|session)|agent[- ]to[- ]agent"
    r"|(?:peer|remote|external|other)[- ]agent|agent)[- ]"
    r"(?:(?:message|request|task|instruction|msg)s?[- ])?from|message from (?:an?|the)? ?"
    r"(?:(?:peer|remote|external|other)[- ])?(?:agent|bot))"
    r"[\s:=\"'`]{1,4}(?P<who>[A-Za-z0-9][\w.@:/+-]{1,127})(?=[\s\"'`]{0,2}[\]:)>\n,;])",
    re.IGNORECASE,
)


def sending_agent(text: str) -> str:
    """Return the agent that a message says it is from, in a header at its start; '' for none."""
    match = _HEADER.match(text[:512])
    return match.group("who").rstrip(":/.") if match else ""
