"""What content passes on: into memory and files that are read later, and to other agents.

An agent that has read something may write it down, and read it again in another session, or send
it to another agent. What is read there came from the first content, and is held against it. A
place (a file) is known within one agent; words are known again within one tenant, wherever they
turn up. Nothing passes from tenant to tenant.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from typing import Any

from agentwarrant.event import Event, text_of
from agentwarrant.intent.provenance import Match, Source, matches
from agentwarrant.intent.session import Session
from agentwarrant.intent.values import values_of
from agentwarrant.intent.vouched import Vouched, said_in

_TENANTS = 1_000
_PER_TENANT = 2_048
_SOURCES = 3
_EXCERPT = 2_000
_PIECES = 32
_MIN_PIECE = 16
_PASSES_ON = frozenset({"write", "memory_write", "config_change", "persistence", "message"})
_PASSES = _PASSES_ON | {"delegate", "egress"}
_KEEPS = frozenset({"write", "memory_write"})
_SPLIT = re.compile(r"[.;:!?\n\"]|\\n")
_LETTERS = re.compile(r"\W+")


class Carried:
    """Content that agents passed on, by tenant; the oldest is let go."""

    def __init__(self) -> None:
        self._tenants: OrderedDict[str, OrderedDict[str, list[Source]]] = OrderedDict()
        self.vouched = Vouched()

    def write(self, event: Event, session: Session) -> None:
        """Remember what a call writes down or sends, if content stands behind it."""
        led = text_of(event, "warrant.intent.verdict") == "influenced"
        if text_of(event, "warrant.tool.class") not in _PASSES and not led:
            return
        place = _place(event, text_of(event, "file.path"))
        behind = _behind(event, session) if session.outside else []
        if led:
            behind = [source._replace(led=True) for source in behind]
        if not behind:
            self._forget(event, place)
            self._vouch(event, session)
            return
        kept = self._kept(text_of(event, "organization.id"))
        places = [place] if place else []
        for mark in [*places, *marks(text_of(event, "warrant.arguments.text"))]:
            kept[mark] = behind
            kept.move_to_end(mark)
        while len(kept) > _PER_TENANT:
            kept.popitem(last=False)

    def read(self, event: Event, path: str, text: str) -> list[Source]:
        """Return the content that stands behind what is read now."""
        kept = self._tenants.get(text_of(event, "organization.id"))
        if not kept:
            return []
        found: dict[str, Source] = {}
        for mark in [_place(event, path), *marks(text)]:
            for source in kept.get(mark, ()) if mark else ():
                found[source.event] = source
        return list(found.values())[:_SOURCES]

    def _vouch(self, event: Event, session: Session) -> None:
        """Remember what people said of what is kept: it is theirs when it is read."""
        if text_of(event, "warrant.tool.class") not in _KEEPS:
            return
        text = text_of(event, "warrant.arguments.text")
        values = said_in(text, session.said)
        if values:
            self.vouched.keep(_owner(event), marks(text), values)

    def own(self, event: Event, text: str) -> list[str]:
        """Return what people said and had kept, of what is read now."""
        return self.vouched.read(_owner(event), marks(text), text) if self.vouched else []

    def _kept(self, tenant: str) -> OrderedDict[str, list[Source]]:
        kept = self._tenants.setdefault(tenant, OrderedDict())
        self._tenants.move_to_end(tenant)
        if len(self._tenants) > _TENANTS:
            self._tenants.popitem(last=False)
        return kept

    def _forget(self, event: Event, place: str) -> None:
        """A place that is written anew, with nothing behind it, is what is written now."""
        kept = self._tenants.get(text_of(event, "organization.id"))
        if kept and place:
            kept.pop(place, None)

    def state(self) -> list[Any]:
        """Return all but what is vouched for as plain JSON values."""
        return [
            [tenant, [[mark, [list(s) for s in sources]] for mark, sources in kept.items()]]
            for tenant, kept in self._tenants.items()
        ]

    def restore(self, state: list[Any]) -> None:
        """Become what ``state`` was taken of."""
        self._tenants.clear()
        for tenant, kept in state:
            self._tenants[tenant] = OrderedDict(
                (mark, [Source(*source) for source in sources]) for mark, sources in kept
            )


def _owner(event: Event) -> str:
    return f"{text_of(event, 'organization.id')}\n{text_of(event, 'gen_ai.agent.id')}"


def _place(event: Event, path: str) -> str:
    """Return the name under which an agent's file is known; '' for none."""
    parts = [part for part in re.split(r"[\\/]", path.lower()) if part not in ("", ".", "~")]
    return f"{text_of(event, 'gen_ai.agent.id')}:{'/'.join(parts[-2:])}" if parts else ""


def marks(text: str, most: int = _PIECES) -> list[str]:
    """Return digests of the pieces of a text that are long enough to be known again."""
    pieces = (_LETTERS.sub("", piece).lower() for piece in _SPLIT.split(text[:8_000]))
    long = list(dict.fromkeys(piece for piece in pieces if len(piece) >= _MIN_PIECE))[:most]
    return [hashlib.blake2b(piece.encode(), digest_size=8).hexdigest() for piece in long]


def _behind(event: Event, session: Session) -> list[Source]:
    """Return the content whose values a call takes, shortened to what stands around them."""
    return behind_text(text_of(event, "warrant.arguments.text"), session)


def behind_text(text: str, session: Session) -> list[Source]:
    """Return the content from outside that stands behind a text of an agent, shortened."""
    found: dict[str, Source] = {}
    outside = session.outside
    for match in matches(values_of({"warrant.arguments.text": text}), outside, session.known):
        if not match.value.weak:
            found.setdefault(match.source.event, _excerpt(match))
    return list(found.values())[:_SOURCES]


def _excerpt(match: Match) -> Source:
    source, place = match.source, match.places[0]
    start = max(0, place - _EXCERPT // 2)
    shown = source.shown - start if source.shown >= 0 else -1
    text = source.text[start : start + _EXCERPT]
    return source._replace(text=text, shown=max(shown, 0) if shown != -1 else -1, arguments="")
