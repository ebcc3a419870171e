"""Rules over data that Elastic's own integrations bring, without a connector of ours.

One file of ``foreign/`` says of one integration how it calls the fields of its vendor's records,
or what these are where no other SIEM has them; ``siem.foreign`` says what a file holds, and
``siem.takeover`` how a rule is taken over; plain counts of an agent's events are in
``foreign_counts``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from agentwarrant.siem.foreign import Data, read, said_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration(Data):
    """What one integration's data says.

    Attributes:
        package, version: Of Fleet, as it was read.
        index: Pattern of its data streams.
        types: Its fields that are used, with their types.
    """

    package: str
    version: str
    index: str
    types: Mapping[str, str]


@cache
def integrations() -> tuple[Integration, ...]:
    """Return every integration, in order of file name; what it says of itself comes first."""
    said = said_in(files("agentwarrant.siem.elastic") / "foreign")
    return tuple(one for name, each in said.items() for one in _integrations(each, name))


def _integrations(said: Mapping[str, Any], name: str) -> Iterator[Integration]:
    for data in read(said, name):
        yield Integration(
            name=data.name,
            title=data.title,
            fields=data.fields,
            less=data.less,
            kinds=data.kinds,
            accounts=data.accounts,
            counts=data.counts,
            package=said["package"],
            version=str(said["version"]),
            index=said["index"],
            types=said["types"],
        )
