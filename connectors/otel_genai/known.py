"""What is known of a conversation: its messages, its calls, and who told of them."""

from __future__ import annotations

from dataclasses import dataclass, field

Key = tuple[str, ...]


@dataclass(slots=True)
class Known:
    """A call or message that at least one record tells of.

    Attributes:
        key: What its ``event.id`` is made of.
        call_id, tool: Of a call.
        said, ran: Hash of its arguments as a model wrote them, as they were executed.
        scopes, taken: Model outputs and executions that told it; of which of the two kinds.
        agent: Who made it, from the telling that knows best.
        rich: An execution that tells it knows its content.
        answer: The same of the answer to it.
        told: ``call`` or ``result`` -> has an event left, and did that have content.
    """

    key: Key
    call_id: str = ""
    tool: str = ""
    said: str = ""
    ran: str = ""
    scopes: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    agent: tuple[str, ...] = ()
    rich: bool = False
    answer: bool = False
    told: dict[str, bool] = field(default_factory=dict)


@dataclass(slots=True)
class Conversation:
    """What is known of one conversation."""

    index: dict[Key, list[Known]] = field(default_factory=dict)
    messages: dict[Key, list[Known]] = field(default_factory=dict)
    loose: dict[Key, Known] = field(default_factory=dict)
    counts: dict[Key, int] = field(default_factory=dict)
    arrays: dict[str, Array] = field(default_factory=dict)
    size: int = 0


@dataclass(slots=True)
class Array:
    """What one array of messages has told so far."""

    used: set[int] = field(default_factory=set)
    counts: dict[Key, int] = field(default_factory=dict)
    calls: list[Known] = field(default_factory=list)
    answered: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Teller:
    """Where an item stands.

    Attributes:
        conversation, agent: Whose it is; the agent as (id, name, description, assurance).
        scope: The model call or execution it belongs to; empty for a record that only repeats.
        array: Names what several records or parts tell together; empty for a whole span.
    """

    conversation: str
    agent: tuple[str, ...]
    scope: str
    array: str
