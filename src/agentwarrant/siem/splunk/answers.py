"""What the HTTP Event Collector answers, and what each of its codes means for what was sent.

Codes and texts: Splunk's "Troubleshoot HTTP Event Collector", "Possible error codes". What the
documentation leaves open is from a run against Splunk Enterprise 10.4.3 and Splunk Cloud 10.5 that
others recorded (github.com/ross/logit, ``tools/splunk-interop``): events before the one that an
answer names were taken and none from it on; with codes 6, 12, 13 and 15 it counts from 0; a server
that is busy has taken none; 26, 27 and 28 are Splunk Cloud's.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NamedTuple

import orjson


class Meaning(StrEnum):
    """What an answer means."""

    TAKEN = "taken"
    HEALTHY = "healthy"
    BUSY = "busy"
    """Later."""
    TOKEN = "token"  # noqa: S105  # the word and no secret
    """The token may not send."""
    INDEX = "index"
    """The token may not send to that index; all events of a stream have the same."""
    CHANNEL = "channel"
    """What we sent to name the channel did not arrive."""
    UNACKNOWLEDGED = "unacknowledged"
    """The token has no indexer acknowledgment."""
    EVENT = "event"
    """An event is at fault."""
    UNKNOWN = "unknown"
    """No answer of the collector's."""


CODES = {
    0: Meaning.TAKEN,
    **dict.fromkeys((1, 2, 3, 4, 16, 21, 22), Meaning.TOKEN),
    **dict.fromkeys((5, 6, 12, 13, 15), Meaning.EVENT),
    7: Meaning.INDEX,
    **dict.fromkeys((8, 9, 18, 19, 20, 23, 26, 27), Meaning.BUSY),
    **dict.fromkeys((10, 11, 28), Meaning.CHANNEL),
    14: Meaning.UNACKNOWLEDGED,
    17: Meaning.HEALTHY,
}
NO_DATA = 5
"""What is answered to a request without an event, by a collector that knows its token."""
_MENDS = {
    Meaning.TOKEN: "see to it in Splunk: Settings, Data inputs, HTTP Event Collector",
    Meaning.INDEX: "make the index, and allow it in the settings of the token",
    Meaning.CHANNEL: "something on the way takes the header X-Splunk-Request-Channel out",
    Meaning.UNACKNOWLEDGED: "enable indexer acknowledgment for the token, or set ack: auto",
}
_NOT_NOW = frozenset({408, 429, 500, 502, 503, 504})
_LONGEST = 200


class Reply(NamedTuple):
    """One answer.

    Attributes:
        status: Of HTTP.
        code, text: The collector's own; -1 and a text where it said nothing.
        meaning: What both mean.
        number: Which event of the request is at fault, as it counts; -1 where it names none.
        ack: By which number it can be asked whether what was taken is indexed; -1: it cannot.
        acks: What it says to such a question.
    """

    status: int
    code: int
    text: str
    meaning: Meaning
    number: int = -1
    ack: int = -1
    acks: dict[str, bool] | None = None

    def __str__(self) -> str:
        return f"{self.status} {self.text}"

    @property
    def mend(self) -> str:
        """What the operator can do about it."""
        return _MENDS.get(self.meaning, "")


def reply_of(status: int, body: bytes) -> Reply:
    """Return what an answer says, whoever gave it."""
    try:
        said: Any = orjson.loads(body)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        said = {}
    code, text = _number(said, "code"), str(said.get("text", ""))[:_LONGEST]
    acks = said.get("acks")
    if isinstance(acks, dict):
        code, acks = 0, {str(key): value is True for key, value in acks.items()}
    meaning = CODES.get(code, Meaning.UNKNOWN)
    if meaning is Meaning.UNKNOWN and status in _NOT_NOW:
        meaning = Meaning.BUSY
    if meaning in (Meaning.TAKEN, Meaning.HEALTHY) and status != 200:
        meaning = Meaning.BUSY if status in _NOT_NOW else Meaning.UNKNOWN
    return Reply(
        status,
        code,
        text or "no answer of an HTTP Event Collector",
        meaning,
        _number(said, "invalid-event-number"),
        _number(said, "ackId"),
        acks if isinstance(acks, dict) else None,
    )


def _number(said: dict[str, Any], key: str) -> int:
    value = said.get(key)
    return value if isinstance(value, int) and value >= 0 else -1
