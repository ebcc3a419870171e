"""Sends documents to Splunk by its HTTP Event Collector; a ``siem.receiver.Receiver``.

The second line of each pair in a spool is an envelope (``payload``): a request is some of them,
compressed. A token with indexer acknowledgment is asked what is indexed (``Indexing``), any other
has said all that it ever will when it takes a request.

An answer that names an event as faulty is believed for those before it, which were taken. The one
that it names is sent alone, and only what is refused alone is refused for good.

The collector takes an id as often as it is sent and cannot be asked which it has. What it
acknowledged is noted here (``siem.sent``), so that a source that is read again is not sent again.
What is sent a second time is what was in doubt: a request without an answer, one that was never
acknowledged, one that was under way when the process ended. Such a replay is told in Splunk by the
indexed field ``aw_id``.
"""

from __future__ import annotations

import time
import uuid
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from agentwarrant.config import AUTO, OFF, ON
from agentwarrant.secretrefs import Secret
from agentwarrant.siem.delivery import id_of
from agentwarrant.siem.receiver import Answer, Doubt, Later, TooLarge
from agentwarrant.siem.sent import Sent
from agentwarrant.siem.splunk.answers import Meaning, Reply
from agentwarrant.siem.splunk.collector import Collector
from agentwarrant.siem.splunk.outcome import Outcome

LARGEST = 1_000_000
"""Bytes of one request before compression. Splunk Enterprise takes 800 MiB (limits.conf,
``max_content_length``); Splunk Cloud 10.5 was seen to refuse what is over 5 MiB as if its first
event were at fault (github.com/ross/logit, ``docs/adr``)."""
PATIENCE = 300.0
"""Seconds until what was not acknowledged is sent again. Splunk indexes what does not fill a
buffer after two minutes at the latest (splunk/kafka-connect-splunk issue 122)."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0


class _Part(NamedTuple):
    """Some documents of a body that go in one request: from, and up to but not including.

    Attributes:
        suspect: An answer named it as faulty; it goes alone.
    """

    first: int
    last: int
    suspect: bool = False

    @property
    def size(self) -> int:
        return self.last - self.first


class Hec:
    """One HTTP Event Collector.

    Args:
        collector: How it is reached.
        token: Of streams that have none of their own.
        tokens: Those that have, by stream.
        home: The folder of the spools.
        ack: Whether it is asked what it has indexed.
        patience: Seconds until what was not acknowledged is sent again.
        largest: Bytes of one request, unless one document alone is longer.

    Attributes:
        patience: The same.
    """

    def __init__(
        self,
        collector: Collector,
        token: Secret,
        home: Path,
        *,
        tokens: Mapping[str, Secret] | None = None,
        ack: str = AUTO,
        patience: float = PATIENCE,
        largest: int = LARGEST,
    ) -> None:
        self._collector = collector
        self._token = token
        self._tokens = tokens or {}
        self._home = home
        self._ack = ack
        self.patience = patience
        self._largest = largest
        self._sent: dict[str, Sent] = {}
        self._channels: dict[str, str] = {}

    def send(self, stream: str, body: bytes, count: int, mark: str) -> Answer | Later:
        """Send pairs of lines, once, in as many requests as they need.

        Raises:
            ConfigError: The token is not there.
            SpoolError: The disk refuses.
            TargetRefused: All such requests are refused; what was taken before is noted.
            WrongTarget: What answers is no collector.
        """
        lines = body.split(b"\n")
        heads, documents = lines[0:-1:2], lines[1::2]
        places: Sequence[int] = range(count)
        if len(set(heads)) < count:  # a source was read twice since the last batch
            places = sorted(dict(zip(reversed(heads), reversed(places), strict=True)).values())
            heads, documents = [heads[n] for n in places], [documents[n] for n in places]
        outcome = Outcome(places, count)
        try:
            self._work_through(stream, documents, outcome)
        finally:
            self.note(stream, heads, outcome)
        if not outcome.pending:
            return outcome.answer()
        return Indexing(self, stream, heads, outcome)

    def present(self, stream: str, ids: Sequence[str], mark: str) -> set[str]:
        """Return which documents were acknowledged, to this installation; see ``siem.sent``."""
        return self._sent_of(stream).known(ids)

    def ask(self, stream: str, outcome: Outcome) -> None:
        """Ask which of what was taken is indexed, and note it.

        Raises:
            ConfigError: The token is not there.
            Doubt: There is no answer.
            TargetRefused: It may not be asked.
            WrongTarget: What answers is no collector.
        """
        token, channel = self._token_of(stream), self._channel(stream)
        reply = self._collector.indexed(token, channel, list(outcome.pending))
        if reply.acks is not None:
            for ack, done in reply.acks.items():
                if done:
                    outcome.acknowledge(ack)
        elif reply.meaning is Meaning.UNACKNOWLEDGED and self._ack != ON:
            outcome.give_up("the token has no acknowledgment any more")
        elif reply.meaning is not Meaning.BUSY:
            raise self._collector.refusal(reply, stream)

    def note(self, stream: str, heads: Sequence[bytes], outcome: Outcome) -> None:
        """Note what was acknowledged since the last time."""
        taken = outcome.newly_taken()
        if taken:
            self._sent_of(stream).add([id_of(heads[place] + b"\n") for place in taken])

    def close(self) -> None:
        """Close what was opened here."""
        for sent in self._sent.values():
            sent.close()

    def _work_through(self, stream: str, documents: list[bytes], outcome: Outcome) -> None:
        todo = deque(self._parts(documents))
        while todo:
            part = todo.popleft()
            body = b"\n".join(documents[part.first : part.last])
            try:
                reply = self._collector.send(self._token_of(stream), self._channel(stream), body)
            except TooLarge:
                if part.size == 1:
                    what = f"{len(body):,} bytes are more than the server takes"
                    outcome.refuse(part.first, 413, "too_large", what)
                todo.extendleft(reversed(_halves(part)))
                continue
            except Doubt as doubt:
                outcome.leave([part, *todo], str(doubt))
                return
            if reply.meaning is Meaning.BUSY:
                outcome.leave([part, *todo], str(reply))
                return
            todo.extendleft(reversed(self._after(stream, part, reply, outcome)))

    def _after(self, stream: str, part: _Part, reply: Reply, outcome: Outcome) -> list[_Part]:
        """Note what an answer says of some documents; return which of them go once more."""
        acknowledged = reply.ack if self._ack != OFF else -1
        if reply.meaning is Meaning.TAKEN:
            if acknowledged < 0 and self._ack == ON:
                what = "the token has no indexer acknowledgment"
                told = reply._replace(meaning=Meaning.UNACKNOWLEDGED, text=what)
                raise self._collector.refusal(told, stream)
            outcome.take(part.first, part.last, acknowledged)
            # It was not at fault: then the server counts from 1, and the one before it was.
            again = part.suspect and part.first > 0
            return [_Part(part.first - 1, part.first)] if again else []
        if reply.meaning is not Meaning.EVENT:
            raise self._collector.refusal(reply, stream)
        if part.size == 1:
            outcome.refuse(part.first, reply.status, f"code {reply.code}", reply.text)
            return []
        if not 0 <= reply.number < part.size:
            return _halves(part)
        faulty = part.first + reply.number
        outcome.take(part.first, faulty, acknowledged)
        rest = [_Part(faulty + 1, part.last)] if faulty + 1 < part.last else []
        return [_Part(faulty, faulty + 1, suspect=True), *rest]

    def _parts(self, documents: list[bytes]) -> Iterator[_Part]:
        first = size = 0
        for place, document in enumerate(documents):
            size += len(document) + 1
            if size > self._largest and place > first:
                yield _Part(first, place)
                first, size = place, len(document) + 1
        if documents:
            yield _Part(first, len(documents))

    def _token_of(self, stream: str) -> Secret:
        return self._tokens.get(stream, self._token)

    def _channel(self, stream: str) -> str:
        return self._channels.setdefault(stream, str(uuid.uuid4()))

    def _sent_of(self, stream: str) -> Sent:
        if stream not in self._sent:
            self._sent[stream] = Sent(self._home / stream)
        return self._sent[stream]


class Indexing:
    """What was taken and is not indexed yet; a ``siem.receiver.Later``.

    Args:
        hec: Who sent it.
        stream: Where to.
        heads: The first lines of all pairs.
        outcome: What is known of them.
    """

    def __init__(self, hec: Hec, stream: str, heads: Sequence[bytes], outcome: Outcome) -> None:
        self._hec = hec
        self._stream = stream
        self._heads = heads
        self._outcome = outcome
        self._until = time.monotonic() + hec.patience
        self._pause = _FIRST_PAUSE

    @property
    def pause(self) -> float:
        """Seconds after which it is worth asking."""
        return min(self._pause, max(0.0, self._until - time.monotonic()))

    def answer(self) -> Answer | None:
        """Return what became of each document, None where that is not known yet.

        Raises:
            TargetRefused: It may not be asked.
        """
        with suppress(Doubt, TooLarge):  # it is asked again, until patience is over
            self._hec.ask(self._stream, self._outcome)
        self._hec.note(self._stream, self._heads, self._outcome)
        if self._outcome.pending and time.monotonic() < self._until:
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)
            return None
        self._outcome.give_up(f"not acknowledged in {self._hec.patience:g} s")
        return self._outcome.answer()


def _halves(part: _Part) -> list[_Part]:
    """Return two parts for one, none for a document alone."""
    middle = part.first + part.size // 2
    halves = _Part(part.first, middle), _Part(middle, part.last)
    return list(halves) if part.size > 1 else []
