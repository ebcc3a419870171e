"""OpenSearch: where it differs from Elasticsearch.

- No ``flattened``, no ``constant_keyword`` without a value; none is used. ``wildcard`` is there,
  and ``query_string`` with ``field:*x*`` finds nothing in it and says nothing (3.8.0): those
  fields are ``keyword``. ``match_only_text`` came with 2.12: ``text``.
- No index modes, hence no lookup index: the inventory is an ordinary one.
- A template may not name a component that does not exist: ``agentwarrant@custom`` is made empty.
- No data stream lifecycle. Index State Management, a plug-in, does it by policies; they are matched
  by the stream's name (index-management, ``ISMTemplateService``) when an index is made.
- The security plug-in has roles of another form, and no right to create without overwriting.

Sources: OpenSearch's documentation (Index templates; Index State Management, Policies; Security,
Permissions), and its server 3.8.0, which was run; the plug-ins were not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from agentwarrant.config import FOREVER, Tenant
from agentwarrant.rules.durations import duration_ms
from agentwarrant.siem.elastic import names
from agentwarrant.siem.elastic.inventory import index_of
from agentwarrant.siem.elastic.plan import OURS, POLICY, Item
from agentwarrant.siem.elastic.templates import Dialect, usual_retention

DIALECT = Dialect(
    name="OpenSearch",
    types={"wildcard": "keyword", "match_only_text": "text"},
    settings={"index.codec": "best_compression", "index.mapping.total_fields.limit": 1000},
    lifecycle=False,
    optional=False,
    namespace="keyword",
)
_LARGEST = "50gb"
_ROLLOVER = (("14d", "1d"), ("90d", "7d"))
_SELDOM = "30d"
_PRIORITY = 100
_OWN_PRIORITY = 110


def policies(tenants: Sequence[Tenant]) -> Iterator[Item]:
    """Yield the policies that keep documents as long as each tenant has it and no longer."""
    usual = usual_retention(tenants)
    for kind in names.KINDS:
        span = getattr(usual, kind)
        yield _policy(f"{OURS}-{kind}", names.pattern(kind), _PRIORITY, span)
        for tenant in tenants:
            own = getattr(tenant.retention, kind)
            if own != span:
                name = f"{OURS}-{kind}-{names.namespace(tenant.id)}"
                yield _policy(name, names.stream(kind, tenant.id), _OWN_PRIORITY, own)


def _policy(name: str, pattern: str, priority: int, span: str) -> Item:
    rollover = {"min_primary_shard_size": _LARGEST, "min_index_age": rollover_age(span)}
    hot: dict[str, Any] = {"name": "written", "actions": [{"rollover": rollover}]}
    states = [hot]
    if span != FOREVER:
        # counted from the rollover: the newest document of an index is as old as that
        aged = {"min_rollover_age": span}
        hot["transitions"] = [{"state_name": "gone", "conditions": aged}]
        states.append({"name": "gone", "actions": [{"delete": {}}]})
    policy = {
        "description": f"Agent Warrant keeps {pattern} for {span}",
        "default_state": "written",
        "states": states,
        "ism_template": [{"index_patterns": [pattern], "priority": priority}],
    }
    return Item(POLICY, name, {"policy": policy})


def rollover_age(span: str) -> str:
    """Return how old an index may grow, so that little is kept longer than told.

    As Elasticsearch does it on its own (data stream lifecycle, "auto" rollover age).
    """
    if span != FOREVER:
        for longest, age in _ROLLOVER:
            if duration_ms(span) <= duration_ms(longest):
                return age
    return _SELDOM


def roles(tenants: Sequence[Tenant]) -> dict[str, dict[str, Any]]:
    """Return name -> role as the security plug-in takes it (``_plugins/_security/api/roles``).

    Its action group ``index`` allows to overwrite: there is none that only creates.
    """
    made = {}
    for tenant in tenants:
        space = names.namespace(tenant.id)
        streams = [names.stream(kind, tenant.id) for kind in names.KINDS]
        agents = index_of(tenant.id)
        made[f"{OURS}-shipper-{space}"] = {
            "cluster_permissions": ["indices:data/write/bulk"],
            "index_permissions": [
                _on([*_with_indices(streams), agents], "index", "read", "create_index"),
                _on(_with_indices(streams), "indices:admin/refresh*"),
            ],
        }
        made[f"{OURS}-analyst-{space}"] = {
            "cluster_permissions": [],
            "index_permissions": [_on([*_with_indices(streams), agents], "read")],
        }
    return made


def _with_indices(streams: Sequence[str]) -> list[str]:
    """Return streams with their backing indices, which the plug-in looks at one by one."""
    return [*streams, *(f".ds-{stream}-*" for stream in streams)]


def _on(patterns: Sequence[str], *actions: str) -> dict[str, Any]:
    return {"index_patterns": list(patterns), "allowed_actions": list(actions)}
