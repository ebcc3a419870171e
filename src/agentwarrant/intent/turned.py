"""Commands and changes of files that a sentence of content turns somewhere: to a host, an account.

Whom a command reaches, or whom a file lets in, stands in its text and not in an argument of its
own. Where a sentence of content presses for something with such a name in it, and people neither
said the name nor left anything to what was read, the sentence is where it comes from. A name that
also stands anywhere as plain data is not held against anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentwarrant.intent.act import LOOKS, Act
from agentwarrant.intent.asks import defers, hands_over
from agentwarrant.intent.errands import presses
from agentwarrant.intent.left import left_to_text, whom_left
from agentwarrant.intent.passages import Passage, sentence_at
from agentwarrant.intent.provenance import Match, Source, explained
from agentwarrant.intent.rewritten import lines_before, lines_of, written
from agentwarrant.intent.taken import Seen
from agentwarrant.intent.trade import customary
from agentwarrant.intent.values import Value, leaves_of
from agentwarrant.intent.wishes import only_told

_OTHERS = (*LOOKS, "message", "payment", "delegate", "memory_write")
"""Classes whose calls have whom they are aimed at as an argument of its own."""
_CODE_KEY = re.compile(
    r"(?i)(?:^|_)(?:cmd|command|script|code|statement|sql|query|patch|diff|config|manifest|yaml"
    r"|template)(?:$|_)"
)
_TEXT_KEY = re.compile(
    rf"{_CODE_KEY.pattern}|(?:^|_)(?:input|contents?|text|new|replacement|edits)(?:$|_)"
    r"|newstring|newtext|new_str"
)
"""What is put into a file; in a call of no known class it may be what is said to somebody."""
_OLD_KEY = re.compile(r"(?i)(?:^|_)old|oldstring|oldtext|search")
_NAME = re.compile(
    r"[a-z][a-z0-9+.-]{1,12}://(?:[^\s/@'\"<>]{1,64}@)?([\w-]+(?:\.[\w-]+)+)"
    r"|([\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+)"
    r"|(?<![\w./@:-])((?:[a-z0-9-]{1,63}\.){2,5}[a-z]{2,12})(?![\w(.])"
    r"|(?<![\w/.])(@[a-z][\w-]{3,38})(?![\w./(-])"
    r"|(?<![\w.-])(\d{9,18})(?![\w.-])"
)
"""A host, an address, somebody's handle, the number of an account."""
_MOST, _AFTER, _LONGEST = 12, 160, 4_000


def turned(act: Act, sources: list[Source], said: str, known: str) -> list[Seen]:
    """Return where content presses for a name in a command or a change that nobody said; or []."""
    if act.tool_class in _OTHERS or not sources:
        return []
    names = [n for n in _names(act) if not (n in known or explained(n, said))]
    if not names or customary(act.command or "-") or _left(said):
        return []
    told = only_told(said)
    texts = [s for s in sources if told or not s.named(said)]
    for name in names:
        if _kept(name, act, sources):
            continue
        found = [one for source in texts for one in _pressing(name, source)]
        if found and not any(_plain(name, source) for source in sources):
            return found[-1:]
    return []


def _kept(name: str, act: Act, sources: list[Source]) -> bool:
    """Does a name stand only in lines that the file has already, which is written anew?"""
    path, text = written(act)
    if not path:
        return False
    lines = [line for line in lines_of(text) if name in line]
    return bool(lines) and lines_before(act, path, sources).issuperset(lines)


def _left(said: str) -> bool:
    left = hands_over(said) or defers(said) or left_to_text(said) or whom_left(said)
    return left or _WROTE.search(said) is not None


_WROTE = re.compile(
    r"\b(?!(?:i|we|you|they|who|that|to|and|have|has|not)\b)[a-z]+ (?:just |has |had |have )?"
    r"(?:wrote|written|posted|sent|announced|told|gave|shared|left|put|pinned|explained)\b"
)
"""Whoever says that somebody wrote of it leaves to that what it says: "Ann posted the server"."""


def _names(act: Act) -> list[str]:
    """Return the names in what a call has run or puts into a file, but not what it takes out."""
    leaves = list(leaves_of(act.arguments))
    keys = _CODE_KEY if act.tool_class == "other" else _TEXT_KEY
    given = [value for key, value in leaves if keys.search(key) and not _OLD_KEY.search(key)]
    old = "\n".join(value for key, value in leaves if _OLD_KEY.search(key)).lower()
    text = "\n".join([act.command, *given])[:_LONGEST].lower()
    found = ("".join(filter(None, groups)) for groups in _NAME.findall(text))
    return [name for name in dict.fromkeys(found) if name not in old][:_MOST]


def _sentences(name: str, source: Source) -> Iterator[tuple[int, str]]:
    place = source.text.find(name)
    for _ in range(_MOST):
        if place < 0:
            return
        start, stop = sentence_at(source.text, place, place + len(name))
        yield start, source.text[start : stop + _AFTER]
        place = source.text.find(name, stop + 1)


def _pressing(name: str, source: Source) -> Iterator[Seen]:
    for start, sentence in _sentences(name, source):
        if presses(sentence):
            passage = Passage(sentence, False, True, True, True, True, False)
            yield Seen(Match(Value(name, True), source, [start]), passage)


def _plain(name: str, source: Source) -> bool:
    """Does a name stand where nothing is pressed for?"""
    return any(not presses(sentence) for _, sentence in _sentences(name, source))
