"""Component and index templates of the data streams, in the words of one product.

A stream is made of ``agentwarrant-mappings`` (fields), ``agentwarrant-settings``, one component of
its kind, and last ``agentwarrant@custom``, which is the customer's: what stands there wins, and no
upgrade touches it.

Priorities: the built-in template of ``logs-*-*`` has 100 and Fleet's packages have 200
(Elastic's documentation, "Avoid index pattern collisions"); two of one priority may not overlap.

Settings, and why: ``index.mode: standard``, because the cluster may otherwise choose logsdb, whose
rebuilt ``_source`` orders the values of a list anew, and evidence is shown as it was sent;
``index.mapping.ignore_above``, because logsdb, where a customer turns it on, has 8191 and would
hide longer values from rules; no failure store, because it would take a rejected document and
answer as if it were accepted, and rejected documents are kept by the shipper, with the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agentwarrant.config import FOREVER, Retention, Tenant
from agentwarrant.siem.elastic import names
from agentwarrant.siem.elastic.mapping import properties
from agentwarrant.siem.elastic.plan import COMPONENT, CUSTOM, OURS, TEMPLATE, Item

PRIORITY = 250
MAPPINGS = "agentwarrant-mappings"
"""The component with the fields."""
_ABOVE_BELOW = 10
_FIELDS = 1000
_INT_MAX = 2_147_483_647


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one product understands.

    Attributes:
        name: Of the product.
        types: Field types that it spells otherwise.
        settings: Settings of the streams' indices.
        lifecycle: Retention stands in templates.
        options: Further parts of the streams' templates.
        lookup: Settings of the inventory.
        optional: A template may name a component that does not exist.
        namespace: Type of ``data_stream.namespace``, whose value the first document brings.
    """

    name: str
    types: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    lifecycle: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)
    lookup: Mapping[str, Any] = field(default_factory=dict)
    optional: bool = True
    namespace: str = "constant_keyword"

    def of(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Return fields with the types of this product."""
        return {name: self.types.get(kind, kind) for name, kind in fields.items()}


ELASTIC = Dialect(
    name="Elasticsearch",
    settings={
        "index.mode": "standard",
        "index.codec": "best_compression",
        "index.mapping.total_fields.limit": _FIELDS,
        "index.mapping.ignore_above": _INT_MAX,
    },
    options={"data_stream_options": {"failure_store": {"enabled": False}}},
    lookup={"index.mode": "lookup"},
)
SERVERLESS = replace(
    ELASTIC,
    name="Elasticsearch Serverless",
    # Serverless takes only settings that Elasticsearch marks ServerlessPublic: not the codec.
    settings={k: v for k, v in ELASTIC.settings.items() if k != "index.codec"},
)


def streams(
    fields: Mapping[str, str], tenants: Sequence[Tenant], dialect: Dialect = ELASTIC
) -> Iterator[Item]:
    """Yield the templates of the streams, those that others are made of first.

    Args:
        fields: Dotted name -> type, Elasticsearch's.
        tenants: Those that ship there; one whose retention differs from most has its own template.
        dialect: Of the product.
    """
    yield from components(fields, dialect)
    usual = usual_retention(tenants)
    for kind in names.KINDS:
        yield _template(kind, names.pattern(kind), PRIORITY, getattr(usual, kind), dialect)
        for tenant in tenants:
            span = getattr(tenant.retention, kind)
            if dialect.lifecycle and span != getattr(usual, kind):
                stream = names.stream(kind, tenant.id)
                yield _template(kind, stream, PRIORITY + _ABOVE_BELOW, span, dialect)


def components(fields: Mapping[str, str], dialect: Dialect = ELASTIC) -> Iterator[Item]:
    """Yield the component templates."""
    yield _component(MAPPINGS, {"mappings": mappings(dialect.of(fields))})
    settings = dict(dialect.settings)
    yield _component("agentwarrant-settings", {"settings": settings, **dialect.options})
    for kind in names.KINDS:
        constants: dict[str, Any] = {
            name: {"type": "constant_keyword", "value": value}
            for name, value in (("type", "logs"), ("dataset", f"{OURS}.{kind}"))
        }
        constants["namespace"] = {"type": dialect.namespace}
        named = {"data_stream": {"properties": constants}}
        yield _component(f"agentwarrant-{kind}", {"mappings": {"properties": named}})
    if not dialect.optional:
        yield _component(CUSTOM, {})


def mappings(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return the mapping of some fields; what is not among them is kept and not indexed."""
    mark = {"managed_by": OURS}  # so that an index shows it, whatever template it was made by
    return {"dynamic": "false", "_meta": mark, "properties": properties(fields)}


def usual_retention(tenants: Iterable[Tenant]) -> Retention:
    """Return the retention that most tenants have, kind by kind; without any, the default."""
    every = list(tenants)
    return Retention(
        **{
            kind: Counter(getattr(one.retention, kind) for one in every).most_common(1)[0][0]
            for kind in names.KINDS
            if every
        }
    )


def lifecycle(span: str) -> dict[str, Any]:
    """Return the lifecycle of a data stream whose documents are kept for a span."""
    return {} if span == FOREVER else {"data_retention": span}


def _component(name: str, template: Mapping[str, Any]) -> Item:
    return Item(COMPONENT, name, {"template": dict(template)})


def _template(kind: str, pattern: str, priority: int, span: str, dialect: Dialect) -> Item:
    parts = [MAPPINGS, "agentwarrant-settings", f"agentwarrant-{kind}", CUSTOM]
    body: dict[str, Any] = {
        "index_patterns": [pattern],
        "priority": priority,
        "data_stream": {},
        "composed_of": parts,
    }
    if dialect.optional:
        body["ignore_missing_component_templates"] = [CUSTOM]
    if dialect.lifecycle:
        body["template"] = {"lifecycle": lifecycle(span) or {"enabled": True}}
    return Item(TEMPLATE, pattern.removesuffix("-*"), body)
