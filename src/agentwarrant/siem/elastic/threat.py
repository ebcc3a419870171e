"""What a rule's techniques are called in Kibana: ``threat`` of its rule objects.

Kibana knows one version of ATT&CK: its coverage page shows what that version names and drops the
rest. It is 18.1 from 9.3 on, in 8.19 and 9.1 by a patch release (elastic/kibana pull requests
246770, 247300 and 247299), and 19.1 from 9.5 on (278547). What older tables lack is shown in the
rule and not on the page.

ATLAS stands beside it as a framework of its own, as the schema of Elastic's own rules allows
(elastic/detection-rules); Kibana shows it in the rule's details, not on the coverage page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from agentwarrant import schema
from agentwarrant.rules.model import Rule
from agentwarrant.taxonomy import technique, technique_v18

ATTACK, ATLAS = "MITRE ATT&CK", "MITRE ATLAS"
NEWER = (9, 5)
"""The first version of the stack with ATT&CK 19."""
_ATTACK_SITE, _ATLAS_SITE = "https://attack.mitre.org", "https://atlas.mitre.org"

Named = tuple[str, tuple[tuple[str, str], ...]]
"""The name of a technique, and its tactics as (id, name)."""


def attack_version(stack: str) -> str:
    """Return ``v18`` or ``v19`` for a stack (``8.19``, ``9.5.3``, ``serverless``)."""
    numbers = stack.split(".")[:2]
    if not all(part.isdigit() for part in numbers):
        return "v19"
    return "v19" if tuple(map(int, numbers)) >= NEWER else "v18"


def threat(rule: Rule, stack: str) -> list[dict[str, Any]]:
    """Return the entries of a rule: one a tactic, ATT&CK first, each with its techniques.

    A technique stands under each of its tactics; one that the tables do not know stands nowhere.
    """
    taxonomy = rule.meta.get("taxonomy") or {}
    version = attack_version(stack)
    ids = (taxonomy.get("attack") or {}).get(version) or ()
    named = technique if version == "v19" else technique_v18
    attack = _entries(ATTACK, ids, named, _attack_reference)
    atlas = _entries(
        ATLAS, (taxonomy.get("atlas") or {}).get("ids") or (), _atlas, _atlas_reference
    )
    return [*attack, *atlas]


def _entries(
    framework: str,
    ids: Iterable[str],
    named: Callable[[str], Named],
    reference: Callable[[str, str], str],
) -> list[dict[str, Any]]:
    tactics: dict[str, str] = {}
    techniques: dict[str, dict[str, dict[str, Any]]] = {}
    for identity in dict.fromkeys(ids):
        parent = _parent(identity)
        for tactic, title in named(identity)[1] or named(parent)[1]:
            tactics[tactic] = title
            under = techniques.setdefault(tactic, {})
            whole = under.setdefault(parent, _object(parent, named, reference))
            if parent != identity:
                part = _object(identity, named, reference)
                whole.setdefault("subtechnique", []).append(part)
    return [
        {
            "framework": framework,
            "tactic": {
                "id": tactic,
                "name": tactics[tactic],
                "reference": reference("tactics", tactic),
            },
            "technique": [techniques[tactic][one] for one in sorted(techniques[tactic])],
        }
        for tactic in sorted(tactics)
    ]


def _object(
    identity: str, named: Callable[[str], Named], reference: Callable[[str, str], str]
) -> dict[str, Any]:
    return {
        "id": identity,
        "name": named(identity)[0],
        "reference": reference("techniques", identity),
    }


def _parent(identity: str) -> str:
    """Return the technique that a sub-technique is of: T1552.001, AML.T0051.001."""
    head, _, tail = identity.rpartition(".")
    return head if head not in ("", "AML") and tail.isdigit() else identity


def _attack_reference(kind: str, identity: str) -> str:
    return f"{_ATTACK_SITE}/{kind}/{identity.replace('.', '/')}/"


def _atlas_reference(kind: str, identity: str) -> str:
    return f"{_ATLAS_SITE}/{kind}/{identity}"


def _atlas(identity: str) -> Named:
    table: Mapping[str, Any] = schema.taxonomy()["atlas"]
    found = table["techniques"].get(identity)
    if found is None:
        return identity, ()
    name, *tactics = found
    return name, tuple((one, table["tactics"][one]) for one in tactics)
