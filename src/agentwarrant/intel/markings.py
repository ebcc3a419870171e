"""The Traffic Light Protocol on STIX objects: how far what is known may go.

TLP 2.0 (FIRST, August 2022) and, where feeds still have it, 1.0; each level has one marking
definition with an id of its own (STIX 2.1, section 7.2.1.4; the extension definition of TLP 2.0
in OASIS's common objects).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

CLEAR, GREEN, AMBER, STRICT, RED = "clear", "green", "amber", "amber+strict", "red"
LEVELS = (CLEAR, GREEN, AMBER, STRICT, RED)
_IDS = {
    # 1.0
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": CLEAR,
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": GREEN,
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": AMBER,
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": RED,
    # 2.0
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": CLEAR,
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": GREEN,
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": AMBER,
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": STRICT,
    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": RED,
}
IDS = {level: identity for identity, level in _IDS.items()}
"""By level, the marking definition of TLP 2.0."""


def strictest(levels: Iterable[str]) -> str:
    """Return the strictest of some levels; ``clear`` of none."""
    return max(levels, key=LEVELS.index, default=CLEAR)


def level_of(item: Mapping[str, Any], named: Mapping[str, str]) -> str:
    """Return the level of an object: the strictest of its markings, those of its parts too.

    Args:
        item: A STIX object.
        named: What is known of marking definitions by id (``definition``). One that nothing is
            known of counts as the strictest that is not refused: what it forbids is not known.
    """
    return strictest(_IDS.get(one) or named.get(one, STRICT) or CLEAR for one in _refs(item))


def unknown_in(item: Mapping[str, Any], named: Mapping[str, str]) -> list[str]:
    """Return the markings of an object whose definition has not come."""
    return [one for one in _refs(item) if one not in _IDS and one not in named]


def _refs(item: Mapping[str, Any]) -> list[str]:
    refs = item.get("object_marking_refs")
    found = list(refs) if isinstance(refs, list) else []
    granular = item.get("granular_markings")
    for one in granular if isinstance(granular, list) else ():
        found.append(one.get("marking_ref") if isinstance(one, dict) else None)
    return [one for one in found if isinstance(one, str)]


def definition(item: Mapping[str, Any]) -> str:
    """Return the level that a marking definition says in its own words; '' for no TLP."""
    given = item.get("definition")
    said = given.get("tlp") if isinstance(given, dict) else None
    extensions = item.get("extensions")
    for one in extensions.values() if isinstance(extensions, dict) else ():
        said = said or (one.get("tlp_2_0") if isinstance(one, dict) else None)
    name = said or item.get("name")
    name = name.lower().removeprefix("tlp:").strip() if isinstance(name, str) else ""
    name = {"white": CLEAR}.get(name, name)
    return name if name in LEVELS else ""
