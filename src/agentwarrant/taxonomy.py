"""Names for taxonomy ids, always with the framework's version (``schemas/taxonomy.json``)."""

from __future__ import annotations

from functools import cache
from typing import Any

from agentwarrant import schema

DEFENSE_EVASION, STEALTH = "defense-evasion", "stealth"


@cache
def technique(technique_id: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the name of an ATT&CK v19 technique and its tactics as (id, name) pairs.

    v19 made Stealth (TA0005) and Defense Impairment (TA0112) of what was Defense Evasion. A
    technique of v18 that v19 does not change is in Stealth where it was in Defense Evasion.
    """
    v19: dict[str, Any] = schema.taxonomy()["attack"]["v19"]
    before: dict[str, list[str]] = schema.taxonomy()["attack"]["techniques"]
    name, *slugs = v19["techniques"].get(technique_id) or before.get(technique_id, [technique_id])
    tactics = v19["tactics"]
    known = (STEALTH if slug == DEFENSE_EVASION else slug for slug in slugs)
    return name, tuple((tactics[slug][0], tactics[slug][1]) for slug in known)


@cache
def technique_v18(technique_id: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the name of an ATT&CK v18 technique and its tactics as (id, name) pairs."""
    attack: dict[str, Any] = schema.taxonomy()["attack"]
    name, *slugs = attack["techniques"].get(technique_id, [technique_id])
    return name, tuple((attack["tactics"][s][0], attack["tactics"][s][1]) for s in slugs)


def title(taxonomy_id: str) -> str:
    """Return what an id of ATLAS or OWASP (``ASI01:2026``) is called; the id itself if unknown."""
    bare = taxonomy_id.split(":", 1)[0]
    tables = schema.taxonomy()
    atlas = tables["atlas"].get("techniques", {}).get(bare)
    if atlas:
        return str(atlas[0] if isinstance(atlas, list) else atlas)
    for name in ("owasp_asi", "owasp_llm"):
        found = tables[name]["ids"].get(bare)
        if found:
            return str(found)
    return taxonomy_id
