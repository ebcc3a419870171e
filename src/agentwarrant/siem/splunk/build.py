"""``agentwarrant build splunk``: the app as one file to upload.

The same rules and the same configuration give the same bytes, whenever and wherever they are built.
"""

from __future__ import annotations

from pathlib import Path

from agentwarrant.respond.vendor import actions
from agentwarrant.siem.folder import fill
from agentwarrant.siem.plugin import Order
from agentwarrant.siem.splunk import (
    app,
    app_bin,
    contentpack,
    dashboards,
    foreign_rules,
    models,
    package,
    saved,
    soar,
    summary,
)
from agentwarrant.siem.splunk.conf import merged
from agentwarrant.siem.splunk.outgoing import index_of
from agentwarrant.siem.splunk.render import Rendered, render

_README = """\
# Agent Warrant for Splunk

Nothing here is switched on by being installed.

| file | what |
|---|---|
| `{package}` | the app, to upload; its README says what it needs |
| `refused.md` | rules that cannot mean the same in Splunk, and why |
| `contentctl/` | the rules as a project of Splunk's contentctl, for who keeps detections in one |
| `soar/` | a project of splunk-soar-sdk: an app for Splunk SOAR, to be packaged with that |
| `SHA256SUMS` | check the folder with `sha256sum -c SHA256SUMS` |

`agentwarrant install splunk` makes what stands beside the app: an index and a token for each
tenant, the macros that say where events are, and what is to be switched on.
"""


def build(order: Order, out: Path) -> list[Path]:
    """Write everything into a folder and return the files; what an earlier build left there goes.

    Args:
        order: With rules, and with a configuration where there is one.
        out: The folder; files in it that no build wrote stay.

    Raises:
        UsageError: A conf file cannot hold what a rule says; or the folder is refused
            (``folder.fill``).
        MissingExtra: Splunk's SDK is not installed.
    """
    return fill(out, _files(order))


def indexes_of(order: Order) -> dict[str, str]:
    """Return the index of each tenant that is known; of none without a configuration."""
    if order.config is None:
        return {}
    known = list(order.config.tenants.values())
    if order.target is not None:
        known = order.config.tenants_of(order.target.name)
    return {tenant.id: index_of(tenant) for tenant in known}


def _files(order: Order) -> dict[str, bytes]:
    rendered = render(order.rules)
    return {
        package.NAME: package.package(files_of(order, rendered)),
        "README.md": _README.format(package=package.NAME).encode(),
        "refused.md": summary.refusals(rendered).encode(),
        **{f"contentctl/{path}": body for path, body in contentpack.files(rendered).items()},
        **{f"soar/{path}": body for path, body in soar.files(actions().values()).items()},
    }


def files_of(order: Order, rendered: Rendered) -> dict[str, bytes]:
    """Return the files of the app by their path in it: what each part of this folder makes.

    Raises:
        UsageError: A conf file cannot hold what a rule says.
        MissingExtra: Splunk's SDK is not installed.
    """
    confs = {
        **app_bin.confs(),
        "savedsearches": merged(
            saved.stanzas(rendered, order.enable),
            foreign_rules.stanzas(order.rules, order.enable)
            | models.stanzas(order.rules, order.enable),
        ),
        "macros": merged(
            saved.filters(rendered),
            foreign_rules.macros(order.rules) | models.macros(order.rules),
        ),
    }
    others = {**dashboards.views(), **app_bin.files()}
    about = summary.of_app(rendered, foreign_rules.table(order.rules))
    return app.files(order.rules, indexes_of(order), confs, others, about)
