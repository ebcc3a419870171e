"""Whom or what people said an act is aimed at: what they fixed is for no content to change."""

from __future__ import annotations

import re

from agentwarrant.intent.provenance import says, site_named
from agentwarrant.intent.values import KINDS, Value

_FIXED = (*KINDS, re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])"))
_NUMBERED = re.compile(r"([a-z]{2,8})-(?:[a-z]{2,8}-)?\d{2,}")


_TEXT_KEY = re.compile(
    r"(?:^|_)(?:body|text|content|contents|message|subject|note|notes|description|comment|summary|title"
    r"|prompt|input|memo)(?:$|_)"
)


def fixed(value: Value, said: str) -> bool:
    """Did people say of what is aimed at which one it is, and this is another?"""
    text = value.text
    if _TEXT_KEY.search(value.key.lower()):
        return False
    for kind in _FIXED:
        if kind.fullmatch(text):
            return kind.search(said) is not None and not says(text, said)
    numbered = _NUMBERED.fullmatch(text) if value.target or _ITEM_KEY.search(value.key) else None
    if numbered is None or text in said:
        return False
    return any(m.group(1) == numbered.group(1) for m in _NUMBERED.finditer(said))


def own_site(text: str, said: str) -> bool:
    """Does a text link only to sites that people named?"""
    hosts = _LINKED.findall(text)
    return bool(hosts) and all(site_named(host, said) for host in hosts)


_LINKED = re.compile(r"(?:https?://|www\.)([\w.-]{1,253})")
_ITEM_KEY = re.compile(r"(?:^|_)(?:sku|item|article|product|code|id)(?:$|_)")
