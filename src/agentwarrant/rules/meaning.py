"""What the meaning of a rule rests on beside its own document: what it reads, and what filters it.

A correlation reads other documents, which need no id of their own, and a filter in another file
takes events from rules that do not name it. When these change, the rule finds something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from agentwarrant.content import Document
from agentwarrant.event import digest

_MEANT = ("id", "name", "logsource", "detection", "correlation", "filter")
_ACTION = "action"


def body_of(data: Mapping[str, Any]) -> bytes:
    """Return the content of a document in one form, however it is laid out."""
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=str)


class Meanings:
    """Knows all documents of a rule set.

    Args:
        documents: Rules, correlations and filters.
    """

    def __init__(self, documents: Sequence[Document]) -> None:
        self._known: dict[str, Document] = {}
        self._filters: list[Document] = []
        self._actions: dict[str, list[bytes]] = {}
        for document in documents:
            data = document.data
            if not isinstance(data, dict):
                continue
            for key in ("id", "name", "title"):
                if data.get(key) is not None:
                    self._known.setdefault(str(data[key]), document)
            if isinstance(data.get("filter"), dict):
                self._filters.append(document)
            if _ACTION in data:
                self._actions.setdefault(document.path, []).append(body_of(data))

    def rests_on(self, document: Document) -> str:
        """Return the hash of all that a document's meaning rests on; empty when that is nothing.

        Tests, texts for the reader and the order of files are no part of it.
        """
        read = list(self._read(document))
        bodies = {_meant(one) for one in read[1:]}
        for one in read:
            bodies.update(_meant(other) for other in self._filters if _is_filtered(one, other))
            bodies.update(self._actions.get(one.path, ()))
        return digest(*sorted(bodies)) if bodies else ""

    def _read(self, document: Document) -> Iterator[Document]:
        """Yield a document and all that it reads, also through others."""
        todo, seen = [document], set[int]()
        while todo:
            one = todo.pop()
            if id(one) in seen:
                continue
            seen.add(id(one))
            yield one
            todo += [self._known[name] for name in _named(one) if name in self._known]


def _named(document: Document) -> Iterable[str]:
    """Return what a correlation reads, as it names it."""
    correlation = document.data.get("correlation")
    rules = correlation.get("rules") if isinstance(correlation, dict) else None
    return [str(one) for one in rules] if isinstance(rules, list) else []


def _meant(document: Document) -> bytes:
    own = {key: document.data[key] for key in _MEANT if key in document.data}
    ours = document.data.get("agentwarrant")
    if "filter" in own and isinstance(ours, dict) and "tenants" in ours:
        own["tenants"] = ours["tenants"]
    return body_of(own)


def _is_filtered(document: Document, by: Document) -> bool:
    """Is a filter for a rule: by its name or id or, where it is for any, by its log source?"""
    data = document.data
    if "detection" not in data:
        return False
    named = by.data["filter"].get("rules")
    if isinstance(named, list):
        return bool({str(one) for one in named} & {str(data.get("id")), str(data.get("name"))})
    wanted, own = by.data.get("logsource"), data.get("logsource")
    if not isinstance(wanted, dict) or not isinstance(own, dict):
        return True
    return all(own.get(key) == value for key, value in wanted.items())
