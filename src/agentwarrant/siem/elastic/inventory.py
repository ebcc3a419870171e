"""The agents of a tenant as a lookup index: what ES|QL joins to events.

One index for each tenant, because who may read an index reads all of it. Documents are keyed by
tenant and agent, one agent one document::

    FROM logs-agentwarrant.events-acme
    | LOOKUP JOIN agentwarrant-inventory-acme ON gen_ai.agent.id

An account that a warrant declares is a document of its own, because a join matches no list (tried
on 8.19). It says whose it is under another name than the agents' key, so that a join of agents
never meets it. Its vendor's id finds the agent behind a record of anybody's::

    | EVAL warrant.inventory.account = CONCAT("aws.role:", aws.cloudtrail...session_issuer.arn)
    | LOOKUP JOIN agentwarrant-inventory-acme ON warrant.inventory.account

``LOOKUP JOIN`` wants an index of ``index.mode: lookup`` (one shard, at most 2 billion documents)
and, up to 8.19 and 9.1, one field to join on; of a field that both have the joined
one counts, also where it is null (Elastic's reference, "LOOKUP JOIN"). So all but the key stands
under ``warrant.inventory.*``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from agentwarrant.event import Event, Value, digest
from agentwarrant.inventory import Entry, Tally
from agentwarrant.siem.elastic import names
from agentwarrant.siem.elastic.plan import LOOKUP, TEMPLATE, Item
from agentwarrant.siem.elastic.templates import ELASTIC, PRIORITY, Dialect, mappings
from agentwarrant.warrant.model import FOREVER

KEY = "gen_ai.agent.id"
_OWN = "warrant.inventory."
_EACH = 50
"""Names of a tally that are kept: the most frequent."""

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        KEY: "keyword",
        **dict.fromkeys(
            (
                _OWN + name
                for name in (
                    "tenant", "name", "owner", "status", "version", "assurance", "shadow",
                    "runtimes", "accounts", "tools", "classes", "hosts", "peers", "signs",
                )
            ),
            "keyword",
        ),
        _OWN + "first_seen": "date",
        _OWN + "last_seen": "date",
        _OWN + "events": "long",
    }
)  # fmt: skip
"""Dotted name -> type of the documents of agents."""

ACCOUNT, HOLDER = _OWN + "account", _OWN + "agent"
VALID_FROM, VALID_UNTIL = _OWN + "valid_from", _OWN + "valid_until"
ACCOUNT_FIELDS: Mapping[str, str] = MappingProxyType(
    {ACCOUNT: "keyword", HOLDER: "keyword", VALID_FROM: "date", VALID_UNTIL: "date"}
)
"""Dotted name -> type of what only documents of accounts have: the account as warrants name it
(``kind:id``, without case where its vendor has none), its agent, and when it is in force; no date
where that has no end."""


def index_of(tenant: str) -> str:
    """Return the inventory of one tenant."""
    return f"{names.INVENTORY}-{names.namespace(tenant)}"


def template(dialect: Dialect = ELASTIC) -> Item:
    """Return the template of the inventories, for one that is made before it is installed."""
    body = {
        "index_patterns": [f"{names.INVENTORY}-*"],
        "priority": PRIORITY,
        "template": {"settings": dict(dialect.lookup), "mappings": _mappings(dialect)},
    }
    return Item(TEMPLATE, names.INVENTORY, body)


def index(tenant: str, dialect: Dialect = ELASTIC) -> Item:
    """Return the inventory of one tenant as it should be."""
    body = {"settings": dict(dialect.lookup), "mappings": _mappings(dialect)}
    return Item(LOOKUP, index_of(tenant), body)


def _mappings(dialect: Dialect) -> dict[str, Any]:
    return mappings(dialect.of({**FIELDS, **ACCOUNT_FIELDS}))


def documents(entries: Iterable[Entry]) -> Iterator[tuple[str, str, Event]]:
    """Yield (index, id, document) of agents and of the accounts that warrants declare as theirs.

    The same agent has the same id each time, and so has the same account.
    """
    for entry in entries:
        yield from _accounts(entry)
        document: dict[str, Value] = {
            KEY: entry.agent,
            _OWN + "tenant": entry.tenant,
            _OWN + "shadow": "yes" if entry.shadow else "no",
            _OWN + "status": entry.status,
            _OWN + "assurance": entry.assurance,
            _OWN + "events": entry.events,
        }
        document.update({_OWN + name: value for name, value in _known(entry).items() if value})
        yield index_of(entry.tenant), digest("inventory", entry.tenant, entry.agent), document


def _accounts(entry: Entry) -> Iterator[tuple[str, str, Event]]:
    for ref, account in entry.accounts.items():
        if account.held is None:
            continue
        begins, ends = account.held
        document: dict[str, Value] = {
            ACCOUNT: ref,
            HOLDER: entry.agent,
            _OWN + "tenant": entry.tenant,
        }
        if begins:
            document[VALID_FROM] = begins
        if ends < FOREVER:
            document[VALID_UNTIL] = ends
        yield index_of(entry.tenant), digest("account", entry.tenant, ref), document


def _known(entry: Entry) -> dict[str, Value]:
    return {
        "name": entry.name,
        "owner": entry.owner,
        "version": entry.version,
        "first_seen": entry.first,
        "last_seen": entry.last,
        "runtimes": _names(entry.runtimes),
        "accounts": sorted(entry.accounts)[:_EACH],
        "tools": _names(entry.tools),
        "classes": _names(entry.classes),
        "hosts": _names(entry.hosts),
        "peers": _names(entry.peers),
        "signs": _names(entry.signs),
    }


def _names(tally: Tally) -> list[str]:
    often = sorted((name for name in tally if name), key=lambda name: (-tally[name], name))
    return often[:_EACH]
