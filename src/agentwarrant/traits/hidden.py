"""Instructions in content that a person would not see: unseen letters, encodings, markup.

Much that is unseen is honest: joiners of emoji and of Indic and Persian script, marks of writing
direction, soft hyphens, padding of newsletters, images and keys in base64. What is told from that
is what carries a text, and for encodings and markup, what that text says.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
from collections.abc import Callable, Iterator
from itertools import islice
from urllib.parse import unquote

import re2  # type: ignore[import-untyped]  # the package has no types

from agentwarrant.signals import plain, strength
from agentwarrant.traits.asked import asked

_LONGEST = 60_000
_RUNS, _PARTS = 24, 48
_DEPTH = 3
_TALKS = 3

# Letters that nobody sees ----------------------------------------------------------------------

_FLAG = re.compile(r"\U0001F3F4[\U000E0061-\U000E007A\U000E0030-\U000E0039]{3,6}\U000E007F")
"""England, Scotland, Wales and their like: the only use that emoji make of tag characters."""
_TAGS = re.compile(r"[\U000E0001-\U000E007F]{2}")
_SELECTORS = re.compile(r"[\ufe00-\ufe0f\U000E0100-\U000E01EF]{3}")
"""One selects a form of the letter before it; a second has nothing to select."""
_ZERO = "\u200b-\u200d\u2060-\u2064\u206a-\u206f\ufeff\u180e\u034f\u115f\u1160\u3164\uffa0\u00ad"
_ZERO_RUN = re.compile(rf"[{_ZERO}]{{8,4096}}")
_ZERO_GAPS = re.compile(rf"(?:[A-Za-z][{_ZERO}]{{1,8}}){{3}}[A-Za-z]")
_ZERO_IN_WORD = re.compile(r"[A-Za-z][\u200b-\u200d\u2060-\u2064\ufeff]{1,8}[A-Za-z]")
_TURNED = re.compile(r"\u202e[^\u202c\u2069\n]{0,8}[A-Za-z][^\u202c\u2069\n]{3}")
_SHOWN_ELSEWHERE = re.compile(r"[\u202d\u2067\u202b][ \w*/#(]{0,4}[A-Za-z]{2}[^\n]{2}")
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_SPLIT_WORDS = 3


def _invisible(text: str, talks: Callable[[str], bool]) -> bool:
    if _TAGS.search(_FLAG.sub("", text)) or _SELECTORS.search(text):
        return True
    if any(_carries(run) for run in islice(_ZERO_RUN.findall(text), _RUNS)):
        return True
    if _ZERO_GAPS.search(text) or _TURNED.search(text):
        return True
    if _SHOWN_ELSEWHERE.search(text) and not _RIGHT_TO_LEFT.search(text):
        return True
    split = sum(1 for _ in islice(_ZERO_IN_WORD.finditer(text), _SPLIT_WORDS))
    return split >= _SPLIT_WORDS and talks(text)


def _carries(run: str) -> bool:
    """Does a run of unseen characters carry data? Padding is one character or pair, repeated."""
    kinds = set(run)
    if len(kinds) < 2:
        return False
    return all(run[size:] != run[:-size] for size in (2, 3, 4))


# Encodings -------------------------------------------------------------------------------------

_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{28,16384}={0,2}")
_PERCENT = re.compile(r"(?:%[2-7][0-9A-Fa-f]){10,4096}")
_ENTITIES = re.compile(r"(?:&#(?:x[2-7][0-9A-Fa-f]|[0-9]{2,3});){10,4096}")
_ESCAPES = re.compile(r"(?:\\{1,2}(?:u00|x)[2-7][0-9A-Fa-f]){10,4096}")
_ESCAPE = re.compile(r"\\{1,2}(?:u00|x)([0-9A-Fa-f]{2})")
_BITS = re.compile(r"(?:[01]{8}[ \t]?){16,2048}")
_DECLARED = re.compile(
    r"content-transfer-encoding|content-type|;base64,|-----begin|sourcemapp|\bsha\d"
    r"|[\"']?(?:encoding|data|content|body|raw|blob|payload|image|icon|cert\w*"
    r"|signature)[\"']?\s{0,2}:"
    r"\s{0,2}[\"']?\s{0,4}$",
    re.IGNORECASE,
)
"""Before the run it is said, as mail and interfaces do, that something encoded comes."""
_AROUND = 160
_TURNED_WORDS = (
    "vafgehpgvbaf vafgehpgvba ntragf nffvfgnag flfgrz cnffjbeq cyrnfr vtaber sbejneq uggcf "
    "cerivbhf "
    "frperg nccebiny pbzznaq sebz jvgu guvf lbhe gung gurz"
).split()
_FUNCTION = re.compile(
    r"\b(?:the|to|and|of|you|your|is|are|for|with|this|that|not|in|it|on|all|me|my|from|when|will"
    r"|if"
    r"|der|die|das|und|den|ein|nicht|ist|sie|zu|el|los|las|que|de|en|un|una|le|les|et|vous|est|pas"
    r"|il|di|che|per|não|para|het|een|van)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"(?<![\w/.=:-])[^\W\d_]{1,24}(?=[\s,.!?;:'\")]|$)")
_COMMAND = re.compile(
    r"(?:^|[;&|`\n(]\s{0,4}|\bsudo |\brun:? )(?:curl|wget|bash|sh|zsh|nc|ncat|python3?|perl|ruby"
    r"|node"
    r"|powershell|pwsh|rm|scp|ssh|chmod|crontab|nohup|eval|iex|invoke-\w+|base64|cat|echo|openssl"
    r"|git"
    r"|export|dd|mkfifo|socat|rsync|kubectl|docker)\s+(?:-|/|~|\.|\$|\"|'|https?:|[\w./-]{2,})",
    re.IGNORECASE,
)
_STRUCTURED = re.compile(r"\s{0,8}(?:[{\[<%#@]|\w+\s*[:=]\s*[\"'{\[])|\bfunction\b|[{};]\s*\n")


def speaks(text: str) -> bool:
    """Is a decoded text a sentence, or a command, rather than data?"""
    sample = text[:2_000]
    if _STRUCTURED.match(sample):
        return False
    if _COMMAND.search(sample):
        return True
    words = _WORD.findall(sample)
    letters = sum(c.isalpha() for c in sample)
    foreign = sum(c.isalpha() and not c.isascii() for c in sample)
    if foreign * 2 > letters and foreign >= 8:
        return True
    plain_ = len(words) >= 4 and sum(map(len, words)) + len(words) >= 0.6 * len(sample)
    return plain_ and len(_FUNCTION.findall(sample)) * 8 >= len(words)


def _decoded(run: str) -> str:
    """Return the text that a run of base64 or hexadecimal encodes; '' when it is no text."""
    try:
        if len(run) % 2 == 0 and all(c in "0123456789abcdefABCDEF" for c in run):
            data = bytes.fromhex(run)
        else:
            body = run.rstrip("=").translate({45: "+", 95: "/"})
            body = body[: len(body) - (len(body) % 4 == 1)]
            data = base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
        wide = len(data) > 8 and data[1:64:2].count(0) * 4 > len(data[1:64:2]) * 3
        text = data[: len(data) & ~1].decode("utf-16-le") if wide else data.decode()
    except (ValueError, binascii.Error):
        return ""
    shown = sum(c.isprintable() or c in "\n\t\r" for c in text)
    return text if shown >= 0.95 * len(text) else ""


def _runs(text: str) -> Iterator[tuple[int, str]]:
    """Yield (place, decoded text) of what is encoded in a text; bounded."""
    for match in islice(_ENCODED.finditer(text), _PARTS):
        if decoded := _decoded(match.group()):
            yield match.start(), decoded
    for pattern, decode in _READERS if _ODD.search(text.encode("utf-8", "replace")) else ():
        for match in islice(pattern.finditer(text), _PARTS):
            yield match.start(), decode(match.group())


def _unescaped(run: str) -> str:
    return "".join(chr(int(code, 16)) for code in _ESCAPE.findall(run))


def _of_bits(run: str) -> str:
    bits = "".join(run.split())
    text = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8)).decode("latin-1")
    return text if text.isprintable() else ""


_READERS: tuple[tuple[re.Pattern[str], Callable[[str], str]], ...] = (
    (_PERCENT, unquote),
    (_ENTITIES, html.unescape),
    (_ESCAPES, _unescaped),
    (_BITS, _of_bits),
)


def _encoded(text: str, depth: int = _DEPTH) -> bool:
    for place, decoded in _runs(text):
        declared = _DECLARED.search(text[max(0, place - _AROUND) : place]) is not None
        # A mail's body is encoded as a matter of course; not so what talks to an agent.
        if talks(decoded) if declared else (speaks(decoded) or talks(decoded)):
            return True
        if depth > 1 and _encoded(decoded, depth - 1):
            return True
    return False


def _turned(text: str) -> bool:
    low = text.lower()
    hits = sum(word in low for word in _TURNED_WORDS)
    if hits < _SPLIT_WORDS:
        return False
    turned = codecs.decode(text, "rot13")
    return len(_FUNCTION.findall(turned)) > len(_FUNCTION.findall(text)) or talks(turned)


# Markup ----------------------------------------------------------------------------------------

_Q = r"\\?[\"']"
_REMARK = re.compile(r"\[(?://|comment|_)\]:\s{0,4}#\s{0,4}[(\"'](.{12,600}?)[)\"']", re.DOTALL)
_OPENS, _CLOSES = "<!--", "-->"
_UNSEEN_STYLE = re.compile(
    rf"<(?P<tag>[a-zA-Z][\w-]{{0,20}})(?=[^<>]{{0,400}}?(?:display\s*:\s*none"
    rf"|visibility\s*:\s*hidden"
    r"|font-size\s*:\s*(?:0|1px|0?\.\d)|opacity\s*:\s*0?(?:\.0\d*)?\s*[;\"'\\]|(?:^"
    r"|[^-\w])color\s*:\s*"
    r"(?:white|transparent|\#f{3}(?:f{3})?\b|rgba?\([^)]{0,40},\s*0\)|rgb\(255,\s*255,\s*255\))"
    r"|(?:text-indent|left|top|margin-left)\s*:\s*-\d{3,}|(?:max-)?(?:height"
    r"|width)\s*:\s*[01](?:px)?\s*[;\"'\\]"
    r"|clip\s*:\s*rect\(0|\s(?:hidden|aria-hidden=)|class=[\\\"']{1,2}[^\"'\\]{0,80}(?:sr-only"
    r"|visually-hidden"
    rf"|hidden)|type={_Q}hidden|color={_Q}(?:white|\#f{{3}}(?:f{{3}})?)))[^<>]{{0,600}}>",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"[\s\"'](?:alt|title|aria-label|aria-description|content|placeholder|summary|value"
    r"|data-[\w-]{1,30})"
    r"\s{0,2}=\s{0,2}\\?(?:\"([^\"<>]{16,1200})|'([^'<>]{16,1200}))",
    re.IGNORECASE,
)
_IMAGE = re.compile(
    r"!\[([^\[\]\n]{16,1200})\]\("
    r"|\]\(\s{0,4}[^\s()\[\]]{1,1000}\s{1,4}[\"']([^\"'\n]{16,600})[\"']\s{0,4}\)"
)
_TAG = re.compile(r"<[^<>]{0,600}>")
_INNER, _COMMENT = 1_200, 2_000
_MARKS = re2.compile(
    r"(?i)<!--|\]:\s*#|display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:|opacity\s*:\s*0"
    r"|color\s*[:=]"
    r"|text-indent|:\s*-\d{3}|height\s*:\s*[01]|width\s*:\s*[01]|rect\(0|hidden|sr-only"
    r"|\b(?:alt|title|aria-\w+|content|placeholder|summary|value|data-[\w-]+)\s*=\s*\\?[\"']|!\["
    r"|\]\("
)


def _concealed(text: str) -> Iterator[str]:
    """Yield the parts of a text that its markup hides; bounded."""
    yield from islice(_comments(text), _PARTS)
    for match in islice(_UNSEEN_STYLE.finditer(text), _PARTS):
        inner = text[match.end() : match.end() + _INNER]
        close = inner.lower().find(f"</{match.group('tag').lower()}")
        yield _TAG.sub(" ", inner[: close if close >= 0 else _INNER])
    for match in islice(_REMARK.finditer(text), _PARTS):
        yield match.group(1)
    for pattern in (_ATTRIBUTE, _IMAGE):
        for match in islice(pattern.finditer(text), _PARTS):
            yield match.group(1) or match.group(2)


def _comments(text: str) -> Iterator[str]:
    start = text.find(_OPENS)
    while start >= 0:
        end = text.find(_CLOSES, start)
        end = len(text) if end < 0 else end
        yield text[start + len(_OPENS) : min(end, start + _COMMENT)]
        start = text.find(_OPENS, end)


def talks(text: str) -> bool:
    """Does a text that was hidden ask an agent for something?"""
    if strength(text) >= _TALKS or _ORDERED.search(text):
        return True
    requests, claims = asked(text)
    told = _CALLED.search(text) is not None
    return bool(requests) or (bool(claims) and (told or strength(text) > 0))


_CALLED_BY = (
    r"(?:^|[.!?\n])\W{0,8}(?:(?:dear|hey|hi|hello|attention|note to|to|for) )?(?:the |all |any "
    r"|every )?"
    r"(?:ai|llms?|agents?|assistants?|(?:chat)?bots?|claude|gpt[\w.-]*|copilot|gemini"
    r"|language models?)\b"
    r"(?: (?:ai|agents?|assistants?|models?|bots?|systems?|readers?|reading this)){0,3}"
    r"(?:\s?[:,!]| (?:must|should|shall|have to|need to|are required|please))"
)
_CALLED = re.compile(_CALLED_BY, re.IGNORECASE)
_ORDERED = re.compile(
    rf"{_CALLED_BY}\W{{0,4}}(?:please |always |now |immediately |also )*(?!(?:is|are|was|s|the|a"
    rf"|an)\b)[a-z]{{2,12}} \w",
    re.IGNORECASE,
)
"""Who hides text and calls upon a machine in it means the machine."""


# All -------------------------------------------------------------------------------------------

_IN_RUN = bytes(97 if re.match(rb"[A-Za-z0-9+/_-]", bytes([i])) else 32 for i in range(256))
_ODD = re2.compile(
    r"(?:%[2-7][0-9A-Fa-f]){10}|(?:&#x?[0-9A-Fa-f]{2,3};){10}|(?:\\{1,2}(?:u00"
    r"|x)[2-7][0-9A-Fa-f]){10}"
    r"|(?:[01]{8}[ \t]?){16}"
)
_TURNED_MARKS = re2.compile("(?i)" + "|".join(_TURNED_WORDS))


_ANY = re2.compile("|".join(("(?i)" + one.pattern) for one in (_ODD, _TURNED_MARKS, _MARKS)))


def hidden(text: str) -> list[str]:
    """Return how content hides instructions: ``invisible``, ``encoded``, ``markup``."""
    text = text[:_LONGEST].encode("utf-8", "replace").decode()
    data = text.encode()
    found = []
    if not text.isascii() and _invisible(text, lambda t: talks(plain(t))):
        found.append("invisible")
    marked = _ANY.search(data) is not None
    long = b"a" * 28 in data.translate(_IN_RUN) or (marked and _ODD.search(data))
    turned = marked and _TURNED_MARKS.search(data)
    if (long and _encoded(text)) or (turned and _turned(text)):
        found.append("encoded")
    if marked and any(talks(html.unescape(part)) for part in _concealed(text)):
        found.append("markup")
    return found
