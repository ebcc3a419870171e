"""Where content comes from, as the name of the tool that read it says."""

from __future__ import annotations

from functools import lru_cache

from agentwarrant.tools.words import MEMORY, NET, PEER, READ, in_english, words_of


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ORIGINS: tuple[tuple[str, frozenset[str]], ...] = (
    ("peer", PEER | _words("slack discord telegram teams whatsapp channel dm sms chat")),
    ("email", _words("email emails mail mails gmail inbox mailbox outlook imap")),
    ("memory", MEMORY),
    (
        "web",
        NET
        | _words(
            "crawl search_web review reviews rating issue issues comment comments tweet "
            "tweets feed rss news post posts reddit ticket tickets forum pr"
        ),
    ),
)


_STRUCTURE = _words(
    "channels rooms members users participants folders labels mailboxes roomlist workspaces"
)
_CONTENTS = _words(
    "message messages history log logs thread threads post posts mail mails email emails inbox "
    "comment comments review reviews issue issues ticket tickets dm dms feed search"
)


@lru_cache(maxsize=2048)
def result_origin(tool: str) -> str:
    """Return where the content a tool answers with comes from, judged by its name."""
    have = frozenset(in_english(words_of(tool)))
    if have & _STRUCTURE and not have & _CONTENTS:
        return "tool"  # how one's own rooms and folders are called
    for origin, signs in _ORIGINS:
        if have & signs:
            return origin
    if have & _words("message messages") and have & READ:
        return "peer"
    return "tool"
