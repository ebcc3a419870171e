"""The lookups of the app: what is kept in the KV store, and the lists that come as CSV.

State is in the KV store only: a search head cluster and Splunk Cloud replicate it, and nothing is
written to disk. Lists are files of the app and replaced by its upgrades; what a customer adds
stands in a lookup of its own, in ``local/`` or in the KV store.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from agentwarrant.rules.model import Rule
from agentwarrant.schema import load
from agentwarrant.siem.splunk.names import APP, HABITS, INVENTORY, SEEN
from agentwarrant.threatlists import LISTS

TEXT, NUMBER = "string", "number"
THREATS = f"{APP}_threats"
"""The lookup of what is known of agents' networks and of attacks on agents."""
RULES = f"{APP}_rules"
"""The lookup of our rules: what a dashboard says of a finding."""

COLLECTIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        INVENTORY: {
            **dict.fromkeys(
                (
                    "tenant", "agent", "name", "owner", "status", "version", "assurance", "shadow",
                    "runtimes", "accounts", "tools", "classes", "hosts", "peers", "signs",
                    "first_seen", "last_seen", "account", "holder",
                ),
                TEXT,
            ),
            **dict.fromkeys(("events", "valid_from", "valid_until"), NUMBER),
        },
        SEEN: {
            **dict.fromkeys(("rule", "tenant", "group", "value"), TEXT),
            **dict.fromkeys(("first", "last", "count", "ripe"), NUMBER),
        },
        HABITS: {
            **dict.fromkeys(("rule", "tenant", "group"), TEXT),
            **dict.fromkeys(("first", "last", "plain", "faded"), NUMBER),
        },
    }
)  # fmt: skip
"""Collection, which its lookup is called by too -> field -> type in the KV store.

Lists are text there whose members are joined by a line feed: ``makemv`` and ``split`` make them
many values again. Times in the inventory are RFC 3339, but for the bounds of an account; these and
those of ``SEEN`` and ``HABITS`` are milliseconds since 1970."""

ON_INDEXERS = frozenset({INVENTORY})
"""Collections of which indexers have a copy: those that are looked up before a command that brings
rows to the search head. A copy is as old as the last bundle that was sent, and large ones delay it
(collections.conf.spec, ``replicate``); what searches write themselves has to be read fresh."""
_KEYS: Mapping[str, Sequence[Sequence[str]]] = MappingProxyType(
    {INVENTORY: (("tenant", "agent"), ("tenant", "account"))}
)
"""What else than ``_key`` is looked up by."""


def collections() -> dict[str, dict[str, str]]:
    """Return ``collections.conf``."""
    return {name: _collection(name, fields) for name, fields in COLLECTIONS.items()}


def _collection(name: str, fields: Mapping[str, str]) -> dict[str, str]:
    made = {"enforceTypes": "false", "replicate": str(name in ON_INDEXERS).lower()}
    made |= {f"field.{field}": kind for field, kind in fields.items()}
    for number, key in enumerate(_KEYS.get(name, ()), 1):
        within = ", ".join(f'"{field}": 1' for field in key)
        made[f"accelerated_fields.key{number}"] = f"{{{within}}}"
    return made


def transforms() -> dict[str, dict[str, str]]:
    """Return the lookups' part of ``transforms.conf``."""
    kept = {
        name: {
            "external_type": "kvstore",
            "collection": name,
            "fields_list": ", ".join(["_key", *fields]),
        }
        for name, fields in COLLECTIONS.items()
    }
    lists = {
        name: {"filename": f"{name}.csv", "case_sensitive_match": "false"}
        for name in (RULES, THREATS)
    }
    return {**kept, **lists}


def columns() -> dict[str, tuple[str, ...]]:
    """Return the fields of each lookup."""
    kept = {name: ("_key", *fields) for name, fields in COLLECTIONS.items()}
    return {**kept, THREATS: _THREAT, RULES: _RULE}


def files(rules: Sequence[Rule]) -> dict[str, bytes]:
    """Return the lists by their path in the app."""
    return {
        f"lookups/{THREATS}.csv": _csv(_THREAT, _threats()),
        f"lookups/{RULES}.csv": _csv(_RULE, [_row(rule) for rule in rules if rule.alerts]),
    }


_THREAT = ("list", "value", "name", "source", "date")
_RULE = ("rule", "id", "title", "severity", "family", "playbook")


def _threats() -> list[tuple[str, ...]]:
    shipped: Mapping[str, Any] = load("threat_lists.json")
    return [
        (name, *(str(entry[column]) for column in _THREAT[1:]))
        for name in LISTS
        for entry in shipped.get(name, ())
    ]


def _row(rule: Rule) -> tuple[str, ...]:
    playbook = str(rule.meta.get("playbook", ""))
    return (rule.public_id, rule.short_id, rule.title, rule.severity, rule.family, playbook)


def _csv(head: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return buffer.getvalue().encode()
