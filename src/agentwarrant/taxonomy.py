"""Names for taxonomy ids, always with the framework's version (``schemas/taxonomy.json``)."""

from __future__ import annotations

from functools import cache
from typing import Any

from agentwarrant import schema


@cache
def technique(technique_id: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the name of an ATT&CK v19 technique and its tactics as (id, name) pairs.

    v19 moved what was Defense Evasion to Stealth (TA0005) and Defense Impairment (TA0112); a
    technique that only v19 has bears the name of the v18 technique it came from.
    """
    attack: dict[str, Any] = schema.taxonomy()["attack"]
    known: dict[str, list[str]] = attack["techniques"]
    before = {new: old for old, new in attack["v18_to_v19"].items()}
    entry = known.get(technique_id) or known.get(before.get(technique_id, ""), [technique_id])
    tactics = []
    for slug in entry[1:]:
        if slug == "defense-evasion":
            tactics.append(
                ("TA0112", "Defense Impairment")
                if technique_id in before
                else ("TA0005", "Stealth")
            )
        elif slug in attack["tactics"]:
            tactic_id, name = attack["tactics"][slug]
            tactics.append((tactic_id, name))
    return entry[0], tuple(tactics)


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
