"""What the records of others say, in the words of our rules: read from files, for every SIEM.

One file of ``foreign/`` says of one vendor's records what our connector of that source makes of
them, in conditions over the vendor's own fields: kinds of events, each with the values that its
events always have here (``constants``), and for other fields the condition that each of their
values follows from (``values``). A file of a SIEM names such a file (``of``) and says how an
integration there calls the vendor's fields (``names``); what it does not name is not there, and
kinds and accounts that need it are left out. It may have kinds and values of its own besides.

What rules then find (``takeover``), the engine finds as well, where no warrant stands: a file may
leave kinds of events out (``less`` says which), and never widens.

Most vendors write which account acted and not whether an agent holds it. What warrants declare is
in the inventory, so a file may say which account that is (``accounts``): the same kinds are then
taken over a second time, joined with the inventory, as data of its own. What these rules find, the
engine finds under a warrant that declares the account and says nothing of the act. What a warrant
allows they cannot read, and find as well; their guide says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from agentwarrant import content
from agentwarrant.rules.ir import Node, atoms, conjunction, disjunction, negation
from agentwarrant.vocabulary import DEFAULTS

AGENT = "gen_ai.agent.id"
_SOME_AGENT = "an agent of the inventory"
_OPERATORS = ("contains", "startswith", "endswith")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of events that our connector makes of the records.

    Attributes:
        name: For people.
        when: Of which records, in their fields.
        constants: Field -> the value that all these events have; None: they do not have it.
        values: Field -> value -> the condition that it follows from; all that there are.
    """

    name: str
    when: Node
    constants: Mapping[str, Any]
    values: Mapping[str, Mapping[str, Node]]


@dataclass(frozen=True, slots=True)
class Account:
    """Where a record has the account that acted, as warrants name it.

    Attributes:
        kind: Of a warrant's ``identities``.
        field: Of the record: the account's id.
        fold: Has the id no case?
        only: (field, value): of these records alone; None: of all that have the field.
        tail: How the id ends here and not in warrants; of records where it does not end so, the
            field is none of this kind.
    """

    kind: str
    field: str
    fold: bool = False
    only: tuple[str, str] | None = None
    tail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """What somebody else's data says.

    Attributes:
        name: Of its file, and of the ids of its rules.
        title: For people.
        fields: Our field -> theirs with the same content; of the tenant only to group by: what
            tells tenants apart there does not spell them as they are.
        less: What our connector sees beyond it, for people.
        kinds: Kinds of events.
        accounts: Where the account stands by which the inventory knows the agent, the first that
            is there; empty where the records themselves say that an agent acted.
        counts: Are its kinds so many of an agent's calls that they may be counted?
    """

    name: str
    title: str
    fields: Mapping[str, str]
    less: str
    kinds: tuple[Kind, ...]
    accounts: tuple[Account, ...] = ()
    counts: bool = False


def said_in(folder: Any) -> dict[str, Mapping[str, Any]]:
    """Return what every file of a folder says, by its name without ``.yml``, sorted by that."""
    texts = {one.name: one.read_text(encoding="utf-8") for one in folder.iterdir()}
    named = sorted(name for name in texts if name.endswith(".yml"))
    return {name.removesuffix(".yml"): _parsed(texts[name], name) for name in named}


@cache
def _vendors() -> dict[str, Mapping[str, Any]]:
    return said_in(files("agentwarrant.siem") / "foreign")


def _parsed(text: str, name: str) -> Mapping[str, Any]:
    documents, faults = content.parse(text, name)
    if faults:
        raise faults[0]
    data: Mapping[str, Any] = documents[0].data
    return data


def read(said: Mapping[str, Any], name: str) -> Iterator[Data]:
    """Yield what a file says: of agents that the records name, then of the inventory's."""
    vendor = _vendors()[said["of"]] if "of" in said else {}
    calls = _Names(said.get("names"))
    if "where" in vendor or "where" in said:
        yield _data(said, vendor, calls, name)
    if "accounts" in vendor or "accounts" in said:
        made = _data(
            {**said, **said.get("accounts", {})},
            {**vendor, **vendor.get("accounts", {})},
            calls,
            f"{name}_accounts",
        )
        yield replace(
            made,
            title=f"{made.title}, agents by account",
            fields={ours: theirs for ours, theirs in made.fields.items() if ours != AGENT},
            kinds=tuple(_of_the_inventory(kind) for kind in made.kinds),
            accounts=tuple(_accounts(said, vendor, calls)),
        )


@dataclass(frozen=True, slots=True)
class _Names:
    """How an integration calls the vendor's fields; None: as the vendor does."""

    known: Mapping[str, str] | None

    def has(self, *fields: str) -> bool:
        return self.known is None or self.known.keys() >= set(fields)

    def of(self, field: str) -> str:
        return field if self.known is None else self.known[field]

    def can_say(self, node: Node) -> bool:
        return self.has(*(atom[1] for atom in atoms(node)))

    def renamed(self, node: Node) -> Node:
        if node[0] == "is":
            return [node[0], self.of(node[1]), *node[2:]]
        return [node[0], *(self.renamed(part) for part in node[1:])]


_AS_IT_IS = _Names(None)


def _data(said: Mapping[str, Any], vendor: Mapping[str, Any], calls: _Names, name: str) -> Data:
    own = "where" in said
    where = condition((said if own else vendor)["where"])
    where = where if own else calls.renamed(where)
    usual = said.get("usual", vendor.get("usual", ()))
    constants = {
        **{field: DEFAULTS[field] for field in usual},
        **vendor.get("constants", {}),
        **said.get("constants", {}),
    }
    values = {**_values(vendor, calls), **_values(said, _AS_IT_IS)}
    parts = ((vendor, calls), (said, _AS_IT_IS))
    kinds = (
        Kind(
            one["kind"],
            conjunction([where, names.renamed(condition(one["when"]))]),
            {**constants, **one.get("constants", {})},
            {**values, **_values(one, names)},
        )
        for part, names in parts
        for one in part.get("kinds", ())
        if names.can_say(condition(one["when"]))
    )
    return Data(
        name=name,
        title=said["title"],
        fields=said["fields"],
        less=" ".join(said["less"].split()),
        kinds=tuple(kinds),
        counts=said.get("counts", False),
    )


def _values(said: Mapping[str, Any], names: _Names) -> dict[str, dict[str, Node]]:
    """Return the values whose every condition can be said: fewer would deny what is not asked."""
    found: dict[str, dict[str, Node]] = {}
    for field, ways in said.get("values", {}).items():
        made = {str(value): condition(one) for value, one in ways.items()}
        if all(map(names.can_say, made.values())):
            found[field] = {value: names.renamed(one) for value, one in made.items()}
    return found


def _of_the_inventory(kind: Kind) -> Kind:
    """Return a kind whose agent a warrant names: whatever its id is, it is not unknown."""
    known = {AGENT: _SOME_AGENT, "warrant.agent.status": "registered"}
    return replace(kind, constants={**kind.constants, **known})


def _accounts(
    said: Mapping[str, Any], vendor: Mapping[str, Any], calls: _Names
) -> Iterator[Account]:
    for part, names in ((vendor, calls), (said, _AS_IT_IS)):
        for one in part.get("accounts", {}).get("account", ()):
            only = next(iter(one["only"].items())) if "only" in one else None
            if names.has(one["field"], *((only[0],) if only else ())):
                yield Account(
                    one["kind"],
                    names.of(one["field"]),
                    one.get("fold", False),
                    (names.of(only[0]), only[1]) if only else None,
                    one.get("tail", ""),
                )


def condition(said: Any) -> Node:
    """Return a condition as ``rules.ir`` has it.

    ``{field: value}`` and ``{field|modifier: value}`` as in Sigma, all of them; a list of values is
    any of them; a list of conditions is any of these; ``not`` denies one. Modifiers: ``contains``,
    ``startswith``, ``endswith``, ``re``, ``exists``. Case counts: vendors write a word in one way.
    """
    if isinstance(said, list):
        return disjunction([condition(one) for one in said])
    return conjunction([_test(str(key), value) for key, value in said.items()])


def _test(key: str, value: Any) -> Node:
    if key == "not":
        return negation(condition(value))
    name, _, modifier = key.partition("|")
    if modifier == "exists":
        return ["is", name, "exists", bool(value)]
    items = value if isinstance(value, list) else [value]
    return disjunction([_atom(name, modifier, item) for item in items])


def _atom(name: str, modifier: str, value: Any) -> Node:
    if isinstance(value, bool):
        return ["is", name, "bool", value]
    if modifier == "re":
        return ["is", name, "re", [str(value), ""]]
    if modifier and modifier not in _OPERATORS:
        raise ValueError(f"{modifier} is no modifier of a condition")
    return ["is", name, f"{modifier or 'eq'}_cased", str(value)]
