"""The data streams that exist: made before the first event, given new fields, kept as long as told.

A template counts for indices that are made later. So an install also looks at the streams: ES|QL
fails a rule on an index pattern that matches nothing and on a column that no index has, hence
streams are made at once and missing fields are added to the index that is written to. A field that
has another type there needs a new index: the stream is rolled over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agentwarrant.config import Tenant
from agentwarrant.rules.durations import duration_ms
from agentwarrant.siem.elastic import names
from agentwarrant.siem.elastic.mapping import properties
from agentwarrant.siem.elastic.plan import STREAM
from agentwarrant.siem.elastic.templates import Dialect, lifecycle
from agentwarrant.siem.plugin import Change, Verb

FOREVER = "forever"
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Stream:
    """A data stream of a cluster.

    Attributes:
        name: Its name.
        fields: Dotted name -> type of the index that is written to.
        retention: ``30d`` or ``forever``; None where the cluster does not say.
        ours: Its indices carry our mark.
    """

    name: str
    fields: Mapping[str, str] = field(default_factory=dict)
    retention: str | None = None
    ours: bool = True


@dataclass(frozen=True, slots=True)
class Steps:
    """What is done to a stream.

    Attributes:
        create: Make it.
        fields: Properties to add to the index that is written to.
        rollover: Begin a new index.
        lifecycle: What to set; None to leave it.
    """

    create: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)
    rollover: bool = False
    lifecycle: Mapping[str, Any] | None = None


def stream_changes(
    fields: Mapping[str, str],
    tenants: Sequence[Tenant],
    there: Mapping[str, Stream],
    dialect: Dialect,
    *,
    makes: bool = True,
) -> Iterator[Change]:
    """Yield what is to happen to each stream of each tenant.

    Args:
        fields: As they should be, Elasticsearch's types.
        tenants: Those that ship there.
        there: The streams of the cluster, by name.
        dialect: Of the product.
        makes: The cluster can make an empty stream.
    """
    wanted = dialect.of(fields)
    for tenant in tenants:
        for kind in names.KINDS:
            name = names.stream(kind, tenant.id)
            span = getattr(tenant.retention, kind)
            if name in there:
                yield _existing(there[name], wanted, span, dialect)
            elif makes:
                yield Change(Verb.CREATE, STREAM, name, body=Steps(create=True))
            else:
                why = "its first document makes it"
                yield Change(Verb.NOTHING, STREAM, name, why=why)


def _existing(found: Stream, wanted: Mapping[str, str], span: str, dialect: Dialect) -> Change:
    new = {name: kind for name, kind in wanted.items() if name not in found.fields}
    other = {
        name: kind
        for name, kind in wanted.items()
        if name in found.fields and not same_type(found.fields[name], kind)
    }
    lines = [f"+ {name}: {kind}" for name, kind in new.items()]
    lines += [f"~ {name}: {found.fields[name]} -> {kind}" for name, kind in other.items()]
    if len(lines) > _SHOWN:
        lines = [*lines[:_SHOWN], f"… and {len(lines) - _SHOWN} more fields"]
    kept = None
    if dialect.lifecycle and found.retention is not None and found.retention != span:
        kept = lifecycle(span)
        lines.append(f"~ retention: {found.retention} -> {span}")
    if not lines:
        return Change(Verb.NOTHING, STREAM, found.name)
    why = "types differ: it begins a new index" if other else ""
    if kept is not None and is_shorter(span, found.retention or FOREVER):
        why = f"documents older than {span} will be deleted" + (f"; {why}" if why else "")
    steps = Steps(fields={} if other else properties(new), rollover=bool(other), lifecycle=kept)
    return Change(Verb.UPDATE, STREAM, found.name, lines=tuple(lines), why=why, body=steps)


_ALIKE = ({"keyword", "wildcard", "constant_keyword"}, {"text", "match_only_text"})
"""Types between which a query sees no difference (ES|QL calls each family by one name)."""


def same_type(found: str, wanted: str) -> bool:
    """Are two types the same to a query?"""
    return found == wanted or any(found in family and wanted in family for family in _ALIKE)


def is_shorter(span: str, than: str) -> bool:
    """Is one retention shorter than another?"""
    if FOREVER in (span, than):
        return than == FOREVER and span != FOREVER
    return duration_ms(span) < duration_ms(than)
