"""Links and images that carry data in their address to whoever serves them.

An image is fetched by whoever shows the text, so what stands in its address leaves without a
click. What counts is data that a person could read (in clear, percent, base64 or hexadecimal), a
redacted secret, or so much that nobody can read that no id needs it.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple
from urllib.parse import unquote_plus

import re2  # type: ignore[import-untyped]  # the package has no types

from agentwarrant.network import parse_url

_LONGEST = 60_000
_LINKS = 64
_VALUES = 48
_HREF = (
    r"https?:(?:\\?/){2}(?:\[REDACTED:[^\]\s]{1,160}\]|[^\s\"'<>()\[\]\\`{}]"
    r"|\{[^\s{}]{0,200}\}){4,6000}"
)
_MARKS = re2.compile(
    r"(?i)\]\(\s*<?https?:|\]:\s*<?https?:|(?:src|href|srcset|poster|data|background)\s*=|url\("
)
_MARKED = re.compile(
    rf"(?P<bang>!?)\[[^\]\n]{{0,400}}\](?:\(\s{{0,4}}<?|:\s{{0,4}}<?)(?P<md>{_HREF})"
    rf"|<(?P<tag>[a-z]{{1,10}})\s(?:[^<>]{{0,400}}?[\s\"'])?(?:src|href|srcset|poster|data"
    rf"|background)"
    rf"\s{{0,2}}=\s{{0,2}}\\?[\"']?\s?(?P<html>{_HREF})"
    rf"|url\(\s{{0,2}}\\?[\"']?(?P<css>{_HREF})",
    re.IGNORECASE,
)
_CLICKED = ("a", "area", "form")

# Of what is fetched unasked, five words are more than a caption; a link that a person clicks may
# hold a search or a text to share, so only a paragraph counts.
_WORDS_SHOWN, _WORDS_CLICKED = 5, 30
# An e-mail's tracking id has up to about 40 characters, a picture's name on a content network up
# to about 130; a click through a mail service up to about 250.
_OPAQUE_SHOWN, _OPAQUE_CLICKED = 160, 320
# Bits a character of base64 (6 at most), and of hexadecimal (4 at most), of what is not prose.
_ENTROPY = 3.4
_READABLE = 12
_SIGNED = re.compile(
    r"^(?:x-(?:amz|goog|oss|cos|ms)-[a-z-]+|awsaccesskeyid|googleaccessid|signature|sig"
    r"|key-pair-id|policy"
    r"|expires|ossaccesskeyid|se|sp|sv|sr|st|spr|skoid|sktid|skt|ske|sks|skv|hdnea|hmac|__gda__)$",
    re.IGNORECASE,
)
"""Parameters of signed addresses of object stores (AWS, Google, Azure, Alibaba)."""
_ENCODED = re.compile(r"^[A-Za-z0-9+/_-]{16,}={0,2}$")
_REDACTED = re.compile(r"\[REDACTED:")
_SUFFIX = re.compile(r"\.[a-z0-9]{2,5}$", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")


class Carrier(NamedTuple):
    """A link that carries data.

    Attributes:
        url: As written.
        shown: It is fetched by whoever shows the text.
    """

    url: str
    shown: bool


def carriers(text: str) -> list[Carrier]:
    """Return the links and images of a text that carry data to a foreign host; bounded."""
    text = text[:_LONGEST].encode("utf-8", "replace").decode()
    if not _MARKS.search(text):
        return []
    return [link for link in _links(text) if _carries(link)]


def _links(text: str) -> Iterator[Carrier]:
    for match in islice(_MARKED.finditer(text), _LINKS):
        url = match.group("md") or match.group("html") or match.group("css")
        clicked = not match.group("bang") if match.group("md") else False
        clicked = clicked or (match.group("tag") or "").lower() in _CLICKED
        yield Carrier(url.replace("\\/", "/").replace("&amp;", "&"), not clicked)


def _carries(link: Carrier) -> bool:
    address, _, fragment = link.url.partition("#")
    address, _, query = address.partition("?")
    parsed = parse_url(address)
    if parsed is None or parsed.kind == "private":
        return False
    words, opaque = 0, 0
    values = [*_pairs(query), *_pairs(fragment if link.shown else ""), *_path(address)]
    for name, value in values[:_VALUES]:
        signed = _SIGNED.match(name) is not None
        if _REDACTED.search(value):
            if not signed:
                return True
            continue
        plain = unquote_plus(value)
        if _readable(plain) and not signed:
            return True
        words += len(_WORD.findall(plain)) if name != "/" or " " in plain else 0
        if not signed and _is_opaque(plain):
            opaque += len(plain)
    if words >= (_WORDS_SHOWN if link.shown else _WORDS_CLICKED) and _is_prose(values):
        return True
    return opaque >= (_OPAQUE_SHOWN if link.shown else _OPAQUE_CLICKED)


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    for part in islice(re.split(r"[&;]", query), _VALUES) if query else ():
        name, equals, value = part.partition("=")
        yield (name, value) if equals else ("", name)


def _path(address: str) -> Iterator[tuple[str, str]]:
    host, _, path = address.partition("://")[2].partition("/")
    for label in host.split(".")[:-2]:
        if len(label) >= 24:
            yield "", label
    for part in islice(path.split("/"), _VALUES):
        yield "/", _SUFFIX.sub("", part)


def _is_prose(values: list[tuple[str, str]]) -> bool:
    """Is one of the values a text with spaces, not a list of options or the words of a title?"""
    return any(unquote_plus(v).count(" ") >= _WORDS_SHOWN - 1 for _, v in values[:_VALUES])


def _readable(value: str) -> bool:
    """Does a value encode a text? An address in it is no text: proxies of images encode that."""
    if not _ENCODED.match(value):
        return False
    for text in _decodings(value):
        told = len(text) >= _READABLE and all(c.isprintable() or c in "\r\n\t" for c in text)
        if told and text.isascii() and not re.match(r"https?:|[\w.-]+\.\w+/", text):
            return sum(c.isalnum() or c in " .,:;@_-" for c in text) >= 0.8 * len(text)
    return False


def _decodings(value: str) -> Iterator[str]:
    try:
        if len(value) % 2 == 0 and re.fullmatch(r"[0-9a-fA-F]+", value):
            yield bytes.fromhex(value).decode()
        body = value.rstrip("=").translate({45: "+", 95: "/"})
        yield base64.b64decode(body + "=" * (-len(body) % 4), validate=True).decode()
    except (ValueError, binascii.Error):
        return


def _is_opaque(value: str) -> bool:
    if len(value) < 40 or " " in value:
        return False
    counts = Counter(value[:2_000])
    size = sum(counts.values())
    return -sum(n / size * math.log2(n / size) for n in counts.values()) >= _ENTROPY
