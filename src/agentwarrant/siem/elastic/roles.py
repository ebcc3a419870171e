"""Who may do what in the cluster, no more than it takes; one tenant's roles reach no other's data.

Names of streams are written out: a pattern such as ``logs-agentwarrant.*-acme*`` would reach the
tenant ``acme2``. No document-level security is used, because only some licences have it; a tenant
has streams and an inventory of its own instead.

Privileges: Elastic's list of security privileges. A role has the form that
``PUT _security/role`` takes; ``key_of`` makes of it what ``POST _security/api_key`` takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agentwarrant.config import Tenant
from agentwarrant.siem.elastic import names
from agentwarrant.siem.elastic.inventory import index_of
from agentwarrant.siem.elastic.plan import OURS, ROLE, Item
from agentwarrant.siem.elastic.shipped import RECORDS

_ALERTS = (".alerts-security.alerts-{}", ".internal.alerts-security.alerts-{}-*")


def roles(tenants: Sequence[Tenant]) -> Iterator[Item]:
    """Yield the roles of each tenant: its shipper and its analysts."""
    for tenant in tenants:
        space = names.namespace(tenant.id)
        yield Item(ROLE, f"{OURS}-shipper-{space}", shipper(tenant))
        yield Item(ROLE, f"{OURS}-analyst-{space}", analyst(tenant))


def shipper(tenant: Tenant) -> dict[str, Any]:
    """Return what ships one tenant's documents.

    ``create_doc`` cannot overwrite or delete. ``auto_configure`` makes a stream that is missing.
    ``read`` and ``maintenance`` (a refresh before reading) serve the question after an answer that
    was lost: did these ids arrive? The inventory is replaced as agents change, hence ``index``.
    """
    return {
        "description": f"Ships events, findings and responses of the tenant {tenant.id}",
        "indices": [
            _on(_streams(tenant), "create_doc", "auto_configure", "read", "maintenance"),
            _on([index_of(tenant.id)], "index", "read", "maintenance"),
        ],
    }


def analyst(tenant: Tenant) -> dict[str, Any]:
    """Return what reads one tenant's documents and works on its alerts.

    Closing an alert writes it: Elastic's documentation ("Detections requirements") asks for these
    four on the alerts of the space. In Kibana it may read everything of the space, said as Kibana
    itself keeps it in a role (``base: ["read"]`` of its role API). Which of Kibana's features an
    analyst needs besides differs by version: 9.4 has a privilege for alerts of its own.
    """
    alerts = [name.format(tenant.space) for name in _ALERTS]
    return {
        "description": f"Reads what agents of the tenant {tenant.id} did",
        "indices": [
            _on([*_streams(tenant), index_of(tenant.id)], "read", "view_index_metadata"),
            _on(alerts, "read", "write", "maintenance", "view_index_metadata"),
        ],
        "applications": [
            {
                "application": "kibana-.kibana",
                "privileges": ["space_read"],
                "resources": [f"space:{tenant.space}"],
            }
        ],
    }


def installer() -> dict[str, Any]:
    """Return what ``install`` and ``uninstall`` need, without roles.

    To make roles takes ``manage_security``, which is to be anybody: have an administrator make
    them from the files of ``build``, or install once as one with ``--only roles``.
    """
    return {
        "description": "Installs and upgrades Agent Warrant",
        "cluster": ["monitor", "manage_index_templates"],
        "indices": [
            _on([names.pattern(), f"{names.INVENTORY}-*"], "manage", "read"),
            _on([RECORDS], "manage", "read", "index", "delete"),
        ],
    }


def key_of(name: str, role: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request for an API key that may do what a role may.

    Args:
        name: Of the key.
        role: As above; 8.19 takes no description in a key ("unexpected field").
    """
    allowed = {part: value for part, value in role.items() if part in ("cluster", "indices")}
    return {"name": name, "role_descriptors": {name: allowed}}


def kibana_role(tenant: Tenant) -> dict[str, Any]:
    """Return the analyst's role as Kibana's API takes it (``PUT /api/security/role/NAME``)."""
    described = {k: v for k, v in analyst(tenant).items() if k != "applications"}
    return {
        "description": described.pop("description"),
        "elasticsearch": described,
        "kibana": [{"base": ["read"], "spaces": [tenant.space]}],
    }


def _streams(tenant: Tenant) -> list[str]:
    return [names.stream(kind, tenant.id) for kind in names.KINDS]


def _on(indices: Sequence[str], *privileges: str) -> dict[str, Any]:
    return {"names": list(indices), "privileges": list(privileges)}
