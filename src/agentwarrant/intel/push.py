"""Objects into a TAXII collection: checked before, in pieces that it takes, each object once.

A server that fails half way leaves some objects of which nobody knows whether they came. They are
asked for (manifest) before they are sent again; a collection that may not be read is sent them
again, which by the standard changes nothing (an id and a version are one object). Some servers
count what they have already as a failure (medallion does): so whatever a server did not take is
looked for as well before it is called failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from agentwarrant.errors import MissingExtra, TargetRefused, TargetUnreachable, UsageError
from agentwarrant.intel.accepted import ACCEPTED, DOUBT, Accepted, Key, key_of_object, version
from agentwarrant.intel.markings import LEVELS, RED, definition, level_of
from agentwarrant.intel.taxii import Access, Added, Taxii, envelope, opened

_MOST = 500
"""Objects of one envelope, at most."""
_ASKED = 40
"""Ids of one question: they stand in its address."""
_TRIES = 5
_TOO_LARGE = 413
Object = Mapping[str, Any]


@dataclass(slots=True)
class Pushed:
    """What became of objects.

    Attributes:
        sent: Taken now.
        known: There already: sent before, or by somebody else.
        failed: Not taken, with what the server says, by id.
        doubtful: Sent, and nobody said what became of them.
    """

    sent: int = 0
    known: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    doubtful: int = 0


def faults_of(objects: Sequence[Object], most: str) -> Iterator[str]:
    """Yield what is wrong with objects that are to leave, a line each; nothing where all may.

    Args:
        objects: All of them: markings are looked for among them.
        most: What is marked stricter may not leave.

    Raises:
        MissingExtra: stix2 is not installed.
    """
    try:
        import stix2
        from stix2.exceptions import STIXError
    except ImportError as error:
        mend = "pip install 'agentwarrant[intel]'"
        raise MissingExtra("sending needs the library stix2", mend=mend) from error
    marks = [one for one in objects if one.get("type") == "marking-definition"]
    named = {str(one.get("id")): definition(one) for one in marks}
    for one in objects:
        identity = str(one.get("id"))[:80]
        level = level_of(one, named)
        if level == RED:
            yield "an object is marked TLP:RED"
        elif LEVELS.index(level) > LEVELS.index(most):
            yield f"{identity} is marked TLP:{level.upper()}"
        try:
            stix2.parse(dict(one), allow_custom=True)
        except (STIXError, ValueError, TypeError, KeyError, AttributeError) as error:
            said = " ".join(str(error).split())[:200]
            yield f"{identity} is no STIX 2.1: {said}"


def waiting(objects: Sequence[Object], known: Accepted) -> list[Object]:
    """Return the objects that a collection has not said it took."""
    return [one for one in objects if known.state(key_of_object(one)) != ACCEPTED]


def push(
    objects: Sequence[Object],
    access: Access,
    known: Accepted,
    told: Callable[[Pushed], None] = lambda _: None,
    patience: float = 0.5,
) -> Pushed:
    """Send what a collection has not taken yet.

    Args:
        objects: What it is to have; ``faults_of`` says nothing of them.
        access: The collection.
        known: What it was given before.
        told: Called after each piece.
        patience: Seconds that the second try waits at first.

    Raises:
        TargetRefused: It may not be written to.
        TargetUnreachable: It does not answer, also when asked again; what it took is known, and
            the next call goes on behind it.
    """
    work = _Work(known, told)
    retrying = Retrying(
        retry=retry_if_exception_type(TargetUnreachable),
        stop=stop_after_attempt(_TRIES),
        wait=wait_random_exponential(multiplier=patience, max=30),
        reraise=True,
    )
    before = waiting(objects, known)
    work.done.known = len(objects) - len(before)
    retrying(lambda: work.go_on(before, access))
    return work.done


class _Work:
    def __init__(self, known: Accepted, told: Callable[[Pushed], None]) -> None:
        self._known = known
        self._told = told
        self.done = Pushed()

    def go_on(self, objects: Sequence[Object], access: Access) -> None:
        """Send what has not been taken; begin with asking for what may have been."""
        with opened(access) as collection:
            if not collection.can_write:
                what = "the collection may not be written to"
                raise TargetRefused(what, where=access.name, mend="ask who runs it for the right")
            left = [one for one in waiting(objects, self._known) if not self._is_failed(one)]
            doubtful = [one for one in left if self._known.state(key_of_object(one)) == DOUBT]
            there = self._there(doubtful, collection)
            self.done.known += self._accept(there)
            left = [one for one in left if key_of_object(one) not in there]
            most = collection.most_bytes()
            for piece in _pieces(left, most):
                self._piece(piece, collection)
                self._told(self.done)

    def _is_failed(self, one: Object) -> bool:
        return str(one["id"]) in self.done.failed

    def _piece(self, piece: Sequence[Object], collection: Taxii) -> None:
        keys = [key_of_object(one) for one in piece]
        doubted = {key for key in keys if self._known.state(key) == DOUBT}
        self._known.note(keys, DOUBT)
        try:
            added = collection.add(envelope(piece))
        except TargetRefused as error:
            if error.status:  # it said no; else it said nothing that can be read
                self._known.note(set(keys) - doubted, "")
            if error.status != _TOO_LARGE:
                raise
            self._too_large(piece, error, collection)
            return
        if added.failed == added.pending == 0:
            self.done.sent += self._accept(keys)
        else:
            self._some(keys, added, doubted, collection)

    def _too_large(self, piece: Sequence[Object], error: TargetRefused, collection: Taxii) -> None:
        """Send half as much at once: it takes less than its API root says."""
        if len(piece) == 1:
            self.done.failed[str(piece[0]["id"])] = error.what
            return
        half = len(piece) // 2
        for part in (piece[:half], piece[half:]):
            self._piece(part, collection)

    def _some(
        self, keys: Sequence[Key], added: Added, doubted: set[Key], collection: Taxii
    ) -> None:
        """Take an answer to pieces that says of some objects that they were not taken."""
        named = len(added.why) == added.failed and added.pending == 0
        out = [key for key in keys if not named or key[0] in added.why]
        self.done.sent += self._accept([key for key in keys if key not in set(out)])
        if not collection.can_read:
            self._unread(out, added, doubted)
            return
        there = self._looked_for(out, collection)
        self.done.known += self._accept([key for key in out if key in there])
        missing = [key for key in out if key not in there]
        if added.pending:
            self.done.doubtful += len(missing)
            return
        self._known.note(missing, "")
        for identity, _ in missing:
            self.done.failed[identity] = added.why.get(identity) or "it was not taken"

    def _unread(self, out: Sequence[Key], added: Added, doubted: set[Key]) -> None:
        """Say of what nobody can look for: what was sent before may be there already."""
        for key in out:
            if added.pending or key in doubted:
                self.done.doubtful += 1
            else:
                self._known.note([key], "")
                self.done.failed[key[0]] = added.why.get(key[0]) or "it was not taken"

    def _there(self, objects: Sequence[Object], collection: Taxii) -> set[Key]:
        keys = [key_of_object(one) for one in objects]
        return self._looked_for(keys, collection) if collection.can_read else set()

    def _looked_for(self, keys: Sequence[Key], collection: Taxii) -> set[Key]:
        """Return which of some objects a collection has; of those without a version any will do."""
        found: set[Key] = set()
        for at in range(0, len(keys), _ASKED):
            asked = keys[at : at + _ASKED]
            has = {(one, version(when)) for one, when in collection.has([k[0] for k in asked])}
            ids = {one for one, _ in has}
            found |= {key for key in asked if key in has or (not key[1] and key[0] in ids)}
        return found

    def _accept(self, keys: Sequence[Key] | set[Key]) -> int:
        self._known.note(keys, ACCEPTED)
        return len(keys)


def _pieces(objects: Sequence[Object], most: int) -> Iterator[list[Object]]:
    """Yield objects in pieces, in order, each of no more bytes than a collection takes.

    One that is too large by itself is a piece of its own: the server says what it thinks of it.
    """
    empty = len(envelope(()))
    piece: list[Object] = []
    size = empty
    for one in objects:
        large = len(envelope((one,))) - empty + 1
        if piece and (size + large > most or len(piece) >= _MOST):
            yield piece
            piece, size = [], empty
        piece.append(one)
        size += large
    if piece:
        yield piece


def objects_in(document: Any, where: str) -> list[Object]:
    """Return the objects of a bundle.

    Raises:
        UsageError: It is none.
    """
    found = document.get("objects") if isinstance(document, dict) else None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise UsageError("it is no STIX bundle", where=where, mend="write one with intel export")
    for one in found:
        if not isinstance(one.get("id"), str):
            raise UsageError("an object in it has no id", where=where)
    return found
