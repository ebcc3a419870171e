"""What a rule asks Elasticsearch, in one of the forms that Kibana's detection rules have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KUERY, ESQL, EQL = "kuery", "esql", "eql"


@dataclass(frozen=True, slots=True)
class Query:
    """One native query.

    Attributes:
        type: ``query``, ``threshold``, ``new_terms`` (in KQL), ``esql`` or ``eql``.
        language: ``kuery``, ``esql`` or ``eql``.
        text: The query.
        window_ms: How far back of its newest event a match may begin; 0 for single events.
        group_by: Fields that its matches are grouped by.
        extra: Further parameters of the rule's type (``threshold``, ``new_terms_fields``,
            ``history_window_start`` …), as Kibana's API spells them.
    """

    type: str
    language: str
    text: str
    window_ms: int = 0
    group_by: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
