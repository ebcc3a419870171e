"""``agentwarrant build splunk``: the app as one file to upload.

The same rules and the same configuration give the same bytes, whenever and wherever they are built.
"""

from __future__ import annotations

from pathlib import Path

from agentwarrant.errors import UsageError
from agentwarrant.siem.folder import SUMS, forget, sums, write
from agentwarrant.siem.plugin import Order
from agentwarrant.siem.splunk import app, names, package


def build(order: Order, out: Path) -> list[Path]:
    """Write everything into a folder and return the files; what an earlier build left there goes.

    Args:
        order: With rules, and with a configuration where there is one.
        out: The folder; files in it that no build wrote stay.

    Raises:
        UsageError: A conf file cannot hold what a rule says, or the folder cannot be written.
    """
    written = _files(order)
    try:
        forget(out)
        made = [write(out / path, body) for path, body in sorted(written.items())]
        made.append(write(out / SUMS, sums(out, made)))
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=str(out)) from error
    return made


def indexes_of(order: Order) -> dict[str, str]:
    """Return the index of each tenant that is known; of none without a configuration."""
    if order.config is None:
        return {}
    known = list(order.config.tenants.values())
    if order.target is not None:
        known = order.config.tenants_of(order.target.name)
    return {tenant.id: tenant.index or names.index(tenant.id) for tenant in known}


def _files(order: Order) -> dict[str, bytes]:
    made = app.files(order.rules, indexes_of(order), {}, {}, "")
    return {package.NAME: package.package(made)}
