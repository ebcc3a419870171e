"""``agentwarrant build elastic``: all that an install needs, as files, without a cluster.

The same rules and the same configuration give the same bytes, whenever and wherever they are
built; ``SHA256SUMS`` says so for who carries the folder to where no network is.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson

from agentwarrant.errors import UsageError
from agentwarrant.siem.elastic import (
    dashboards,
    files,
    monitors,
    names,
    opensearch,
    package,
    summary,
)
from agentwarrant.siem.elastic.foreign import Integration, integrations
from agentwarrant.siem.elastic.foreign_rules import render_foreign
from agentwarrant.siem.elastic.mapping import fields_for
from agentwarrant.siem.elastic.render import STACK, Rendered, ndjson, render
from agentwarrant.siem.folder import fill
from agentwarrant.siem.plugin import Order

_STACK = re.compile(r"8\.19(\.\d{1,3})?|9\.(x|\d{1,3}(\.\d{1,3})?)|serverless")
_README = """\
# Agent Warrant for Elastic

Built for the stack {stack}. Nothing here is switched on by being installed.

| file | what |
|---|---|
| `elasticsearch/`, `opensearch/` | templates and roles: each the body of one request |
| `kibana/role/` | roles of analysts, for Kibana's API |
| `rules.ndjson`, `rules/` | detection rules, as Kibana imports them, and one by one |
| `integrations/` | rules over what Elastic's own integrations bring, for who has these |
| `dashboards.ndjson` | data view and dashboards, as Kibana imports them |
| `agentwarrant/`, `{archive}` | the Fleet package (package-spec), and it to upload |
| `refused.md` | rules that cannot mean the same in Elastic, and why |
| `opensearch/monitor/` | rules as monitors of OpenSearch's alerting plug-in, one by one |
| `opensearch/refused.md` | rules that are no monitors there, and why |
| `SHA256SUMS` | check the folder with `sha256sum -c SHA256SUMS` |

`agentwarrant install elastic --from THIS_FOLDER` installs it. Without that command, in this order:

1. `PUT _component_template/NAME` and `PUT _index_template/NAME` for the files of `elasticsearch/`.
2. Kibana: Stack Management, Saved Objects, Import: `dashboards.ndjson`.
3. Kibana: Security, Rules, Import rules: `rules.ndjson`; then switch on what you want.
   Or both from the package: `POST /api/fleet/epm/packages` with the zip.

OpenSearch with its alerting plug-in: `POST _plugins/_alerting/monitors` for each file of
`opensearch/monitor/`; `agentwarrant install opensearch` sends none. A file is posted once: the same
again is a second monitor, and a newer one is `PUT` to the id that the first was given. A monitor
searches the streams of all tenants that its creator may read: for one tenant write its stream into
`indices`. It has no actions and is switched off: add what is to be told, then switch it on.
"""


def build(order: Order, out: Path) -> list[Path]:
    """Write everything into a folder and return the files; what an earlier build left there goes.

    Args:
        order: With rules, and with a configuration where there is one.
        out: The folder; files in it that no build wrote stay.

    Raises:
        ConfigError: A rule reads a field that cannot be mapped.
        UsageError: There is no such stack, or the folder is refused (``folder.fill``).
    """
    rendered, stack = rendered_for(order), stack_of(order)
    made = files.bodies(order) | _files(rendered, stack) | _over_integrations(order, stack)
    return fill(out, made | _for_opensearch(order))


def rendered_for(order: Order) -> Rendered:
    """Return what the rules of an order become; see ``build`` for what is raised."""
    return render(order.rules, fields_for(order.rules), stack_of(order))


def stack_of(order: Order) -> str:
    """Return the version of the stack that is built for: ``8.19``, ``9.5``, ``serverless``.

    Raises:
        UsageError: There is no such, or it is too old.
    """
    wanted = order.stack or STACK
    if not _STACK.fullmatch(wanted):
        mend = "use 8.19, 9.x, a version of 9 such as 9.5, or serverless"
        raise UsageError(f"{wanted!r} is no version of the stack that rules are for", mend=mend)
    return wanted


def _files(rendered: Rendered, stack: str) -> dict[str, bytes]:
    bodies = [one.body for one in rendered.rules]
    packed = package.package(bodies, summary.of_package(rendered, stack), stack)
    archive = f"{package.folder()}.zip"
    made = {
        "README.md": _README.format(stack=stack, archive=archive).encode(),
        "rules.ndjson": ndjson(rendered),
        "dashboards.ndjson": dashboards.ndjson(),
        "refused.md": summary.refusals(rendered).encode(),
        archive: package.archive(packed),
    }
    made |= {f"rules/{body['rule_id']}.json": _json(body) for body in bodies}
    return made | {f"{package.NAME}/{path}": body for path, body in packed.items()}


def _over_integrations(order: Order, stack: str) -> dict[str, bytes]:
    """Return rules over others' data, each file's by themselves, and what they are.

    Those that join an inventory are each tenant's own, in a folder of its name where there are
    several.
    """
    tenants = [tenant.id for tenant in files.tenants_of(order)] or ["default"]
    found: dict[str, bytes] = {}
    told: list[tuple[Integration, Rendered]] = []
    for data in integrations():
        for tenant in tenants if data.accounts else tenants[:1]:
            made = render_foreign(order.rules, data, stack, tenant)
            several = data.accounts and len(tenants) > 1
            folder = f"{names.namespace(tenant)}/" if several else ""
            if made.rules:
                found[f"integrations/{folder}{data.name}.ndjson"] = ndjson(made)
        told.append((data, made))
    return {**found, "integrations/README.md": summary.of_integrations(told).encode()}


def _for_opensearch(order: Order) -> dict[str, bytes]:
    """Return the monitors, and what is none."""
    made = monitors.render(order.rules, opensearch.DIALECT.of(fields_for(order.rules)))
    found = {f"opensearch/monitor/{one.id}.json": _json(one.body) for one in made.monitors}
    return {**found, "opensearch/refused.md": monitors.refusals(made).encode()}


def _json(body: dict[str, Any]) -> bytes:
    return orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
