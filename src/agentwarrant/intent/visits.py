# ruff: noqa: RUF001  # the words of other languages are meant
"""Pages that are opened because a message, or a name in a listing, asks for it.

Readers of a page are given links, and whoever has something looked up leaves to the agent where.
But who asked for nothing that is on a page has not asked for the one that a message wants opened.
"""

from __future__ import annotations

import re

from agentwarrant.intent.asks import defers, hands_over, readable
from agentwarrant.intent.provenance import Source, site_named
from agentwarrant.intent.taken import Seen
from agentwarrant.intent.tongues import in_english
from agentwarrant.intent.wishes import asks, definite

_LINK = re.compile(r"https?://|www\.")
_PAGES = re.compile(
    r"\b(?:links?|(?:web)?(?:pages?|sites?)|articles?|urls?|web|blogs?|online|internet|brows\w+"
    r"|look(?:ing)? (?:\w+ )?up|search\w*|research\w*|investigat\w+|visit\w*|open\w*"
    r"|download\w*|docs?|documentation|news|forums?|wiki\w*|read(?:ing)?|stories|posts?"
    r"|tickets?|issues?|sum\w* up|summar\w+|writes?|wrote|says|said|find out|catch up|recap"
    r"|digest)\b"
    # in other languages
    r"|\b(?:artikel|artikkel|artíc|artykuł|articol|artigo|makale|(?:web)?seite|página|pagina"
    r"|sito\b|sitio"
    r"|stron[ayę]|sida\b|sidan|sayfa|lien|enlace|länk|lies\b|lese|lee(?:r|s|lo)?\b|lis(?:ez)?\b|lire"
    r"|legg|lees\b|lezen|czyta|läs|oku|öffne|besuch|such|busca|cherche|cerca|zoek|szuka|sök|ara\b)"
    r"|記事|サイト|ページ|リンク|読|検索|기사|사이트|페이지|링크|읽"
    rf"|{_LINK.pattern}"
)
"""Words of whoever wants something that may be on a page, or all that somebody has to say."""


def speaks_of_pages(said: str) -> bool:
    """May what people want be on some page, so that it is for the agent to say which it opens?"""
    return _PAGES.search(said) is not None or not readable(said)


def may_send(source: Source) -> bool:
    """Is it no page itself, so that its links are not there for its readers to follow?"""
    return _LINK.search(source.arguments) is None


def visited(one: Seen, said: str) -> bool:
    """Does a sentence that is on no page ask for a page to be opened, and people for none?"""
    match = one.match
    if not (_LINK.match(match.value.text) and may_send(match.source)) or match.guess:
        return False
    if in_english(said) and not definite(said):
        return False  # whoever has something set up leaves to the agent what it reads for that
    if speaks_of_pages(said) or site_named(match.value.text, said):
        return False
    told = one.passage.text
    if _FOR_READERS.search(told) or hands_over(said) or defers(said):
        return False
    # What is said before a colon makes no label of the link behind it.
    return _OPENS.search(told) is not None and (asks(told) or not in_english(told))


_FOR_READERS = re.compile(
    r"\bfor (?:(?:more|further|all|any) )?(?:details?|info\w*|directions|prices|pictures|photos)\b"
)
"""Readers of a message are given links: "great food (visit … for details)"."""
_OPENS = re.compile(
    # to see and to read is what references are for: "see https://… before you install it"
    r"\b(?:visit|open|brows\w*|navigat\w*|click|load|access|look(?:ed)? at|go(?:es)? (?:over )?to"
    r"|head (?:over )?to|pull up|bring up|check out|call up|follow|fetch"
    # in other languages
    r"|besuch|öffne|ruf\w* .{0,60}\bauf\b|visit|ouvr|consulte[rz]|abr[aei]|entr[ae]\b|apri"
    r"|bezoek|open\b|otwórz|otworzy|odwied|öppna|besök|åbn|besøg|ziyaret|aç(?:\b|ın|ıp|ar)"
    r"|gir(?:in|ip)|откро|посети|перейди)|開[いき]|閲覧|アクセス|訪問|クリック|打开|访问|열어|방문|접속"
)
"""To open a page."""
