"""Items: what a span or log record tells, in the few words that all producers share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

LIMIT = 2_000
"""Messages read of one span."""
MESSAGE, CALL, RESULT, OVER = "message", "call", "result", "over"
START, END = "start", "end"
HISTORY, OUTPUT, RUN = "history", "output", "run"


@dataclass(frozen=True, slots=True)
class Item:
    """Something that a span, span event or log record tells.

    Attributes:
        kind: ``message``, ``call`` or ``result``; ``over`` counts what is not read.
        when: ``start`` or ``end`` of the span.
        told: ``history`` (it was before), ``output`` (a model says it now), ``run`` (executed).
        role: ``user``, ``system`` or ``assistant`` of a message.
        content: Text of a message, arguments of a call, answer; None when it was not captured.
        tool: Name of the tool; may be empty for a result.
        call_id: The producer's id of the call; may be empty.
        failed: Of a result: did the tool fail; None when that is not said.
        sender: Of a message: who wrote it, where it says so.
        peer: Of a message: the sender is surely an agent.
        channel: Of a message: how it came, where it says so.
    """

    kind: str
    when: str
    told: str
    role: str = ""
    content: Any = None
    tool: str = ""
    call_id: str = ""
    failed: bool | None = None
    sender: str = ""
    peer: bool = False
    channel: str = ""
