"""One stream on its way from its spool to a SIEM, one try at a time; see ``ship.py``."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson
from tenacity import RetryCallState, Retrying, wait_random_exponential

from agentwarrant.errors import AgentWarrantError, TargetRefused, TargetUnreachable
from agentwarrant.siem.deadletters import DeadLetters, Letter
from agentwarrant.siem.outlet import Batch, Outlet
from agentwarrant.siem.receiver import Answer, Doubt, Later, Receiver, Refusal, TooLarge

_ALL_REFUSED = 100
"""So many refused and none ever taken: something is wrong with more than the documents."""
_SHORT = 3
"""More refusals in a row than this, and a batch is let go of and taken again later."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How it is shipped.

    Attributes:
        documents, size: Of one request at most; bytes before compression.
        first, longest: Seconds until a first repetition, and until any, at most.
        tries: How often a document is sent that the server fails at.
        patience: Seconds that a stream may refuse everything until it is given up for this time;
            None: for ever.
    """

    documents: int = 4000
    size: int = 6 << 20
    first: float = 0.5
    longest: float = 30.0
    tries: int = 8
    patience: float | None = None


@dataclass(slots=True)
class Tally:
    """What one call of ``ship`` did, in documents.

    Attributes:
        sent: Taken by the server.
        already_there: Of which it had each already.
        dead: Refused for good, kept as dead letters.
        retried: Sent once more, each time counted.
        bytes: Of all requests, before compression.
        failed: By stream: why it was given up.
    """

    sent: int = 0
    already_there: int = 0
    dead: int = 0
    retried: int = 0
    bytes: int = 0
    failed: dict[str, AgentWarrantError] = field(default_factory=dict)


Progress = Callable[[str, Tally], None]
"""Called with a stream and the tally after each batch."""
Trouble = Callable[[str, str], None]
"""Called once with a stream and the reason when it stops accepting."""


class _Part(NamedTuple):
    """What goes in one request: pairs of lines, and how many."""

    body: bytes
    documents: int


def _joined(pairs: list[bytes]) -> list[_Part]:
    return [_Part(b"".join(pairs), len(pairs))] if pairs else []


class Delivery:
    """One stream on its way: the batch at hand, and what is left of it."""

    def __init__(
        self,
        outlet: Outlet,
        letters: DeadLetters,
        receiver: Receiver,
        policy: Policy,
        tally: Tally,
        trouble: Trouble,
    ) -> None:
        self._outlet = outlet
        self._letters = letters
        self._receiver = receiver
        self._policy = policy
        self._tally = tally
        self._backoff = Backoff(outlet.stream, policy, trouble)
        self._batch: Batch | None = None
        self._parts: list[_Part] = []
        self._later: Later | None = None
        self._doubt = False
        self._size = policy.size
        self._accepted = False
        self._failures = 0
        self.stream = outlet.stream

    def step(self) -> float | None:
        """Try once; return the seconds until the next try, None when nothing waits any more.

        Raises:
            SpoolError: The disk refuses.
            TargetRefused: The server does, for good.
            TargetUnreachable: It does for now, and patience is over.
        """
        batch = self._batch or self._take()
        if batch is None:
            return None
        try:
            if self._doubt and self._later is None:
                self._ask(resumed=batch.resumed)
            while self._parts:
                self._send()
                if self._later is not None:
                    return self._later.pause
        except Doubt as doubt:
            pause = self._backoff.pause(str(doubt))
            if self._backoff.is_long:  # many streams that accept nothing must not fill the memory
                self._batch, self._parts = None, []
                self._outlet.put_back()
            return pause
        self._outlet.settle(batch)
        self._batch, self._failures = None, 0
        self._backoff.over()
        return 0.0

    def _take(self) -> Batch | None:
        self._batch = batch = self._outlet.take(self._policy.documents, self._size)
        if batch is not None:
            self._parts = [_Part(batch.body, batch.count)]
            self._doubt = batch.doubtful
        return batch

    def _ask(self, *, resumed: bool) -> None:
        """Leave out what the server has, and what was buried when the batch was in hand before."""
        pairs = [pair for part in self._parts for pair in pairs_of(part.body)]
        ids = [id_of(pair) for pair in pairs]
        there = self._receiver.present(self.stream, ids, self._outlet.mark)
        gone = there | self._letters.ids() if resumed else there
        self._tally.already_there += sum(identity in there for identity in ids)
        left = [pair for pair, identity in zip(pairs, ids, strict=True) if identity not in gone]
        self._parts = _joined(left)
        self._doubt = False

    def _send(self) -> None:
        body, count = self._parts[0]
        self._doubt = True  # until an answer says otherwise
        try:
            answer = self._answer(body, count)
        except TooLarge:
            self._doubt = False
            self._split(body, count)
            return
        if answer is None:
            return
        self._tally.sent += answer.taken
        self._tally.already_there += answer.there
        if answer.taken + answer.there:
            self._accepted = True
            self._backoff.hope()
        left = self._left(body, count, answer)
        self._doubt = any(not refusal.lasting for refusal in answer.refused)
        self._parts[:1] = left
        if left:
            raise Doubt(answer.why or next(r.reason for r in answer.refused if not r.lasting))

    def _answer(self, body: bytes, count: int) -> Answer | None:
        """Send, or ask what became of what was sent; return None where that is told later."""
        waiting, self._later = self._later, None
        if waiting is not None:
            answer = waiting.answer()
            self._later = waiting if answer is None else None
            return answer
        self._tally.bytes += len(body)
        self._tally.retried += count if self._backoff.waits else 0
        said = self._receiver.send(self.stream, body, count, self._outlet.mark)
        if isinstance(said, Answer):
            return said
        self._later = said
        return None

    def _left(self, body: bytes, count: int, answer: Answer) -> list[_Part]:
        """Bury what is refused for good; return what is to be sent again."""
        if not answer.later and not answer.refused:
            return []
        self._failures += any(not refusal.lasting for refusal in answer.refused)
        over = self._failures >= self._policy.tries
        dead = [refusal for refusal in answer.refused if refusal.lasting or over]
        if len(dead) == count >= _ALL_REFUSED and not self._accepted:
            what = f"it refuses every document: {dead[0].reason}"
            mend = "nothing is lost; see to the template or the index of the stream"
            raise TargetRefused(what, where=self.stream, mend=mend, status=dead[0].status)
        pairs = pairs_of(body)
        self._bury([_letter(pairs[refusal.position], refusal) for refusal in dead])
        gone = {refusal.position for refusal in dead}
        again = {*answer.later, *(refusal.position for refusal in answer.refused)} - gone
        return _joined([pairs[position] for position in sorted(again)])

    def _bury(self, letters: list[Letter]) -> None:
        if letters:
            self._letters.bury(letters)
            self._tally.dead += len(letters)

    def _split(self, body: bytes, count: int) -> None:
        """Halve a request that is too large; one document alone that is, is refused for good."""
        pairs = pairs_of(body)
        if count == 1:
            reason = f"{len(body):,} bytes are more than the server takes"
            self._bury([_letter(body, Refusal(0, 413, "too_large", reason))])
            del self._parts[0]
            return
        self._parts[:1] = [*_joined(pairs[: count // 2]), *_joined(pairs[count // 2 :])]
        self._size = max(1, len(body) // 2)


class Backoff:
    """How long a stream waits that does not accept; says once that it does not."""

    def __init__(self, stream: str, policy: Policy, trouble: Trouble) -> None:
        self._stream = stream
        self._policy = policy
        self._trouble = trouble
        self._wait = wait_random_exponential(multiplier=policy.first, max=policy.longest)
        self._state: RetryCallState | None = None
        self._since = 0.0
        self._told = False

    @property
    def waits(self) -> bool:
        """Is the batch at hand not the first time in hand?"""
        return self._state is not None

    @property
    def is_long(self) -> bool:
        """Is it more than a short refusal?"""
        return self._state is not None and self._state.attempt_number > _SHORT

    def pause(self, why: str) -> float:
        """Return the seconds until the next try.

        Raises:
            TargetUnreachable: Patience is over.
        """
        if self._state is None:
            self._state = RetryCallState(Retrying(), None, (), {})
            self._since = time.monotonic()
        else:
            self._state.prepare_for_next_attempt()
        if not self._told:
            self._told = True
            self._trouble(self._stream, why)
        patience = self._policy.patience
        if patience is not None and time.monotonic() - self._since > patience:
            what, mend = f"it accepts nothing: {why}", "what waits is kept; ship again later"
            raise TargetUnreachable(what, where=self._stream, mend=mend)
        return self._wait(self._state)

    def hope(self) -> None:
        """Something was accepted: patience begins anew."""
        self._since = time.monotonic()

    def over(self) -> None:
        """A batch is settled; one without trouble ends the trouble of those before."""
        self._told = self._told and self._state is not None
        self._state = None


def pairs_of(body: bytes) -> list[bytes]:
    """Return the pairs of lines of a body, each with its ends of lines."""
    lines = body.split(b"\n")
    return [b"%b\n%b\n" % (lines[n], lines[n + 1]) for n in range(0, len(lines) - 1, 2)]


def id_of(pair: bytes) -> str:
    """Return the ``_id`` of one pair of lines."""
    return str(orjson.loads(pair[: pair.index(b"\n")])["create"]["_id"])


def _letter(pair: bytes, refusal: Refusal) -> Letter:
    document = pair[pair.index(b"\n") + 1 : -1]
    return Letter(id_of(pair), refusal.status, refusal.type, refusal.reason, document)
