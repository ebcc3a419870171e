"""What a rule asks Splunk."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """What a search reads."""

    RAW = "raw"
    """Events, by their fields."""
    INDEX = "index"
    """What is indexed of events, by ``tstats``, and no event."""
    MODEL = "model"
    """A data model of CIM, by ``tstats``."""


class Cost(StrEnum):
    """How much a search reads and keeps (docs/splunk.md)."""

    LOW = "low"
    """Events of few kinds, picked by indexed fields; nothing is sorted."""
    MEDIUM = "medium"
    """The same, sorted and walked through once."""
    HIGH = "high"
    """Looks back further than a day, or walks through all that agents do."""


@dataclass(frozen=True, slots=True)
class Query:
    """One search.

    Attributes:
        text: The search, from ``search`` on, without ``earliest`` and ``latest``: these are the
            saved search's. Its rows are what was found: an event each for single events, else a
            row for each moment at which a group matches, with ``_time`` the moment, the fields of
            ``columns`` and those that group.
        window_ms: How far back of its newest event a match may begin; 0 for single events.
        settle_ms: How long after its newest event a match can be told, where something must not
            follow; else 0.
        group_by: Dotted names of the fields by which its matches are grouped.
        columns: Fields of its rows besides, as they are called there.
        form: What it reads.
        cost: How much.
        lookups: Names of the lookups that it reads or writes.
        feeds: Searches that must run beside it for it to work (what was seen, how much is usual);
            each fills one of ``lookups``.
    """

    text: str
    window_ms: int = 0
    settle_ms: int = 0
    group_by: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    form: Form = Form.RAW
    cost: Cost = Cost.LOW
    lookups: tuple[str, ...] = ()
    feeds: tuple[Query, ...] = ()
