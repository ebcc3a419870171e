"""Rules over data that the usual add-ons bring into Splunk, without a connector of ours.

One file of ``foreign/`` says of one add-on under which source types a vendor's records are, and
how their fields are called; ``siem.foreign`` says what else a file holds, ``siem.takeover`` how a
rule is taken over. An add-on keeps the vendor's record as it came, and Splunk takes its fields
from the JSON (``KV_MODE = json``): ``a.b`` of nested objects, ``a{}`` of lists, ``null`` as that
word. So it is the vendor's fields that are read, and not those of CIM, which say less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from agentwarrant.rules.ir import conjunction
from agentwarrant.siem.foreign import Data, condition, read, said_in
from agentwarrant.siem.splunk.names import APP


@dataclass(frozen=True, slots=True, kw_only=True)
class AddOn(Data):
    """What an add-on's data says.

    Attributes:
        add_on: What Splunk calls it.
        version: At which it was read; empty where its fields are known from searches of others.
        sourcetypes: Of the records.
        index: What the macro is called by that says where they are (``index_macro``).
        identity: The field with the vendor's id of a record.
        derived: Field -> the fields of which it is the first that is there.
    """

    add_on: str
    version: str
    sourcetypes: tuple[str, ...]
    index: str
    identity: str
    derived: Mapping[str, tuple[str, ...]]

    @property
    def index_macro(self) -> str:
        """The macro that says in which indexes the records are."""
        return f"{APP}_{self.index}_index"


@cache
def add_ons() -> tuple[AddOn, ...]:
    """Return every add-on's data, in order of file name; what it says of itself comes first."""
    said = said_in(files("agentwarrant.siem.splunk") / "foreign")
    return tuple(one for name, each in said.items() for one in _add_ons(each, name))


def _add_ons(said: Mapping[str, Any], name: str) -> Iterator[AddOn]:
    only = condition(said.get("only", {}))
    for data in read(said, name):
        yield AddOn(
            name=data.name,
            title=data.title,
            fields=data.fields,
            less=data.less,
            kinds=tuple(replace(one, when=conjunction([only, one.when])) for one in data.kinds),
            accounts=data.accounts,
            counts=data.counts,
            add_on=said["add_on"],
            version=said.get("version", ""),
            sourcetypes=tuple(said["sourcetypes"]),
            index=said["index"],
            identity=said["id"],
            derived={own: tuple(them) for own, them in said.get("derived", {}).items()},
        )
