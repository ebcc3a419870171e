"""The agents of a tenant as documents of the KV store: what searches look up (``tables``).

One agent is one document, and so is one account that a warrant declares, under the columns
``account`` and ``holder``; since when and until when it is in force is in milliseconds since 1970,
which a search compares in no time zone. The key of a document is made of the tenant and of the
agent or account, so that publishing again writes over what was said before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from agentwarrant.event import digest
from agentwarrant.inventory import Entry, Tally
from agentwarrant.siem.splunk.names import INVENTORY
from agentwarrant.siem.splunk.tables import COLLECTIONS
from agentwarrant.warrant.model import FOREVER

COLUMNS = frozenset(COLLECTIONS[INVENTORY])
_EACH = 50
"""Names of a tally that are kept: the most frequent."""
_BETWEEN = "\n"


def documents(entries: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    """Yield the documents of agents and of the accounts that warrants declare as theirs."""
    for entry in entries:
        yield from _accounts(entry)
        said: dict[str, Any] = {
            "tenant": entry.tenant,
            "agent": entry.agent,
            "name": entry.name,
            "owner": entry.owner,
            "status": entry.status,
            "version": entry.version,
            "assurance": entry.assurance,
            "shadow": "yes" if entry.shadow else "no",
            "runtimes": _names(entry.runtimes),
            "accounts": _BETWEEN.join(sorted(entry.accounts)[:_EACH]),
            "tools": _names(entry.tools),
            "classes": _names(entry.classes),
            "hosts": _names(entry.hosts),
            "peers": _names(entry.peers),
            "signs": _names(entry.signs),
            "first_seen": entry.first,
            "last_seen": entry.last,
            "events": entry.events,
        }
        yield _keyed(digest("inventory", entry.tenant, entry.agent), said)


def _accounts(entry: Entry) -> Iterator[dict[str, Any]]:
    for ref, account in entry.accounts.items():
        if account.held is None:
            continue
        begins, ends = account.held
        said: dict[str, Any] = {"tenant": entry.tenant, "account": ref, "holder": entry.agent}
        if begins:
            said["valid_from"] = begins
        if ends < FOREVER:
            said["valid_until"] = ends
        yield _keyed(digest("account", entry.tenant, ref), said)


def _keyed(key: str, said: dict[str, Any]) -> dict[str, Any]:
    return {"_key": key, **{name: value for name, value in said.items() if value != ""}}


def _names(tally: Tally) -> str:
    often = sorted((name for name in tally if name), key=lambda name: (-tally[name], name))
    return _BETWEEN.join(often[:_EACH])
