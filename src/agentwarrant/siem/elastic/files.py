"""The objects of a cluster as files: what ``build`` writes, and an install without making them.

``PRODUCT/KIND/NAME.json``: the product is ``elasticsearch`` or ``opensearch``; the kinds are
``component_template``, ``index_template``, ``role``, ``policy``; and, to be sent by hand only,
``api_key`` for shippers and ``security_role`` for OpenSearch. Templates say their kind once more in
the name, ``NAME.index_template.json``, because files travel without their folders. A file is the
body of one request of the API, so that an operator can send it by hand where nothing else is let
in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from agentwarrant.config import Tenant
from agentwarrant.errors import ContentError, PathNotFound
from agentwarrant.siem.elastic import inventory, opensearch
from agentwarrant.siem.elastic.mapping import fields_for, flat
from agentwarrant.siem.elastic.plan import COMPONENT, POLICY, ROLE, TEMPLATE, Item, mark_of
from agentwarrant.siem.elastic.roles import installer, key_of, kibana_role, roles
from agentwarrant.siem.elastic.templates import ELASTIC, MAPPINGS, Dialect, streams
from agentwarrant.siem.plugin import Order

_FOLDERS = {
    COMPONENT: "component_template",
    TEMPLATE: "index_template",
    ROLE: "role",
    POLICY: "policy",
}
_TEMPLATES = frozenset({COMPONENT, TEMPLATE})
INSTALLER = "agentwarrant-installer"


def bodies(order: Order) -> dict[str, bytes]:
    """Return the files of the objects of both products, by their path in the folder.

    Args:
        order: With rules, and with a configuration where there is one.
    """
    tenants = tenants_of(order)
    made: dict[str, Mapping[str, Any]] = {
        f"{product}/{_FOLDERS[item.kind]}/{item.name}{_suffix(item.kind)}": item.marked
        for product, dialect in (("elasticsearch", ELASTIC), ("opensearch", opensearch.DIALECT))
        for item in items(order, tenants, dialect)
    }
    admin = Item(ROLE, INSTALLER, installer())
    made[f"elasticsearch/role/{INSTALLER}.json"] = admin.marked
    keys = [(item.name, item.body) for item in roles(tenants) if "-shipper-" in item.name]
    for name, body in (*keys, (INSTALLER, admin.body)):
        made[f"elasticsearch/api_key/{name}.json"] = key_of(name, body)
    for tenant in tenants:
        made[f"kibana/role/agentwarrant-analyst-{tenant.space}.json"] = kibana_role(tenant)
    for name, body in opensearch.roles(tenants).items():
        made[f"opensearch/security_role/{name}.json"] = body
    return {
        path: orjson.dumps(one, option=orjson.OPT_INDENT_2) + b"\n" for path, one in made.items()
    }


def tenants_of(order: Order) -> list[Tenant]:
    """Return the tenants of an order; without a configuration one, ``default``."""
    if order.config is None:
        return [Tenant("default", ())]
    if order.target is not None:
        return order.config.tenants_of(order.target.name)
    return list(order.config.tenants.values())


def items(order: Order, tenants: Sequence[Tenant], dialect: Dialect) -> Iterator[Item]:
    """Yield the objects of one product that stand in files."""
    yield from streams(fields_for(order.rules), tenants, dialect)
    yield inventory.template(dialect)
    if dialect is opensearch.DIALECT:
        yield from opensearch.policies(tenants)
    else:
        yield from roles(tenants)


def _suffix(kind: str) -> str:
    return f".{_FOLDERS[kind]}.json" if kind in _TEMPLATES else ".json"


def load(folder: Path, product: str) -> list[Item]:
    """Return the objects of one product that a folder holds, in the order of an install.

    Raises:
        PathNotFound: It holds none.
        ContentError: A file is not what ``bodies`` makes.
    """
    home = folder / product
    if not home.is_dir():
        mend = "write it with agentwarrant build"
        raise PathNotFound("no files of an install are there", where=str(home), mend=mend)
    return [
        _item(kind, path)
        for kind, name in _FOLDERS.items()
        for path in sorted((home / name).glob(f"*{_suffix(kind)}"))
        if path.stem != INSTALLER
    ]


def fields_in(made: Iterable[Item]) -> dict[str, str]:
    """Return the fields of the mapping among some objects; none where there is no mapping."""
    for item in made:
        if item.name == MAPPINGS:
            return flat(item.body["template"]["mappings"]["properties"])
    return {}


def _item(kind: str, path: Path) -> Item:
    try:
        body = orjson.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ContentError(f"cannot be read: {error}", path=str(path)) from error
    if kind != POLICY and (not isinstance(body, dict) or not mark_of(kind, body)):
        raise ContentError("no object that build wrote", path=str(path))
    return Item(kind, path.name.removesuffix(_suffix(kind)), _unmarked(kind, body))


def _unmarked(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    mark = {ROLE: "metadata", POLICY: ""}.get(kind, "_meta")
    return {name: value for name, value in body.items() if name != mark}
