"""The shipped threat lists as a STIX bundle: each entry an indicator, with who says so since when.

The same lists give the same bytes. An entry says what it is of in ``indicator_types``: a registry
of skills is no attack (``benign``), a network of agents is worth a look (``anomalous-activity``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any, NamedTuple

from agentwarrant.intel.bundle import Object, definition, object_id, pattern_of, whole
from agentwarrant.intel.markings import CLEAR, IDS
from agentwarrant.intel.observe import SECRET
from agentwarrant.schema import load
from agentwarrant.threatlists import LISTS


class _Kind(NamedTuple):
    label: str
    type: str


_KINDS = {
    "agent_networks": _Kind("agent-network", "anomalous-activity"),
    "skill_registries": _Kind("skill-registry", "benign"),
    "hosts": _Kind("host", "malicious-activity"),
    "packages": _Kind("package", "malicious-activity"),
    "publishers": _Kind("publisher", "malicious-activity"),
    "key_prefixes": _Kind("key-prefix", "anomalous-activity"),
    "burned_keys": _Kind("burned-key", "compromised"),
}
_ENDINGS = (".zip", ".tgz", ".gz", ".tar", ".whl", ".exe", ".sh", ".js", ".py")


def lists_bundle(document: Mapping[str, Any] | None = None) -> Object:
    """Return threat lists as a bundle.

    Args:
        document: Of the form of ``schemas/threat_lists.schema.json``; None: the shipped ones.
    """
    found = document or load("threat_lists.json")
    known = load("stix_extension.json")
    frame = (known["tlp"][CLEAR], known["author"], definition())
    entries = (_indicator(name, one) for name in LISTS for one in found.get(name, ()))
    once = {one["id"]: one for one in (*frame, *entries)}
    return whole(list(once.values()))


def _indicator(name: str, entry: Mapping[str, Any]) -> Object:
    kind, pattern = _KINDS[name], " OR ".join(_tests(name, str(entry["value"])))
    since = f"{entry['date']}T00:00:00.000Z"
    made: Object = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": object_id("indicator", "lists", name, str(entry["value"])),
        "created_by_ref": load("stix_extension.json")["author"]["id"],
        "created": since,
        "modified": since,
        "object_marking_refs": [IDS[CLEAR]],
        "name": entry["name"],
        "description": f"On the list {name} of Agent Warrant since {entry['date']}.",
        "indicator_types": [kind.type],
        "labels": [kind.label],
        "external_references": [{"source_name": entry["source"], "description": entry["name"]}],
        "pattern": f"[{pattern}]",
        "pattern_type": "stix",
        "pattern_version": "2.1",
        "valid_from": since,
    }
    if entry.get("until"):
        made["valid_until"] = f"{entry['until']}T00:00:00.000Z"
    return made


def _tests(name: str, value: str) -> Iterator[str]:
    """Yield what tells an entry in an observation; any one does."""
    if name in ("agent_networks", "skill_registries", "hosts"):
        yield from _of_host(value)
    elif name == "packages":
        yield _is("software", "name", value)
        if value.endswith(_ENDINGS):
            yield _is("file", "name", value)
    elif name == "publishers":
        yield _is("software", "vendor", value)
    elif name == "key_prefixes":
        yield _is(SECRET, "prefix", value)
    else:
        yield _is(SECRET, "hashes.'SHA-256'", value)


def _of_host(value: str) -> Iterator[str]:
    try:
        yield _is(f"ipv{ip_address(value).version}-addr", "value", value)
    except ValueError:  # a name, and all that is below it
        yield _is("domain-name", "value", value)
        yield f"domain-name:value LIKE '%.{value}'"


def _is(kind: str, name: str, value: str) -> str:
    return pattern_of(kind, name, value)[1:-1]
