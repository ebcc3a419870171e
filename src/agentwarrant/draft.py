"""Writes a least-privilege warrant from what an agent was seen to do, for a person to sign.

What content led the agent to, and what nobody asked for, is left out and named in a comment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import yaml

from agentwarrant.inventory import Entry
from agentwarrant.report.safe import one_line

_MANY = 6
"""So many files of one folder become the folder."""
_TODO = "TODO"


def draft(entry: Entry) -> str:
    """Return the YAML of a warrant for an agent; it is not signed, so it is not in force."""
    body = yaml.safe_dump(_document(entry), sort_keys=False, allow_unicode=False, width=100)
    return "\n".join([*_preface(entry), body.rstrip(), *_left_out(entry), ""])


def _preface(entry: Entry) -> Iterator[str]:
    seen = f"{entry.events:,} events from {entry.first} to {entry.last}"
    yield f"# Draft, from {seen}."
    yield "# Not in force: read every line, strike what the agent need not do, say who owns it,"
    yield "# then add   signed: {by: your address, at: today's date}"


def _left_out(entry: Entry) -> Iterator[str]:
    if entry.refused:
        yield "# Left out, because content led to it or nobody asked for it:"
        for what, count in sorted(entry.refused.items()):
            yield f"#   {one_line(what, 120)}, {count} times"


def _document(entry: Entry) -> dict[str, Any]:
    version = int(entry.version) + 1 if entry.version.isdigit() else 1
    made: dict[str, Any] = {
        "warrant": 1,
        "version": version,
        "tenant": entry.tenant,
        "agent": {
            "id": _plain(entry.agent),
            "name": _plain(entry.name or entry.agent),
            "kind": "other",
            "owner": entry.owner or _TODO,
            "purpose": _TODO,
        },
        "valid": {"from": entry.last[:10]},
        "identities": [_account(ref) for ref in sorted(entry.accounts) if _is_own(ref)],
    }
    principals = [_principal(one) for one in sorted(entry.principals)]
    if any(principals):
        made["principals"] = [one for one in principals if one]
    made["scope"] = _scope(entry)
    return made


def _is_own(ref: str) -> bool:
    return not ref.startswith("secret.") and not ref.endswith(":unknown")


def _account(ref: str) -> dict[str, str]:
    kind, _, identity = ref.partition(":")
    return {"kind": kind, "id": _plain(identity)}


def _principal(packed: str) -> dict[str, Any] | None:
    kind, identity, channel, authority = packed.split("\x1f")
    if authority not in ("owner", "allowed"):
        return None
    found: dict[str, Any] = {"kind": kind, "id": _plain(identity), "authority": authority}
    if channel:
        found["channels"] = [_plain(channel)]
    return found


def _scope(entry: Entry) -> dict[str, Any]:
    granted = entry.granted
    scope: dict[str, Any] = {"tools": {"allow": _names(granted.get("tools", {}))}}
    # Also where nothing was seen: what is not declared is not denied.
    scope["hosts"] = {"allow": _names(granted.get("hosts", {}))}
    scope["paths"] = {
        "allow": _folders(granted.get("paths.write", {})),
        "read_only": _folders(granted.get("paths.read", {})),
    }
    scope["repositories"] = {"allow": _names(granted.get("repositories", {}))}
    scope["peers"] = [{"id": _plain(peer)} for peer in sorted(entry.peers)]
    if entry.spent:
        scope["spending"] = [
            {"currency": currency, "per": "action", "limit": amount}
            for currency, amount in sorted(entry.spent.items())
            if currency.isalpha()
        ]
    scope["delegation"] = {"depth": 1 if entry.classes.get("delegate") else 0}
    return {facet: value for facet, value in scope.items() if value != []}


def _names(names: dict[str, int]) -> list[str]:
    return sorted(_plain(name) for name in names)


def _folders(paths: dict[str, int]) -> list[str]:
    inside: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        inside[path.rpartition("/")[0]].append(path)
    made: list[str] = []
    for folder, files in inside.items():
        made += [f"{folder}/*"] if len(files) >= _MANY and folder else files
    return sorted(_plain(path) for path in made)


def _plain(text: str) -> str:
    """Return text an agent may have written as one line that hides nothing."""
    return one_line(text, 300)
