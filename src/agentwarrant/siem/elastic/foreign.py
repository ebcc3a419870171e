"""Rules over data that Elastic's own integrations bring, without a connector of ours.

One file of ``foreign/`` says of one integration what our connector of that source makes of its
records, in conditions over the integration's fields: kinds of events, each with the values that
its events always have here (``constants``), and for other fields the condition that each of their
values follows from (``values``). A rule is taken over by putting these in the place of its own
conditions. What it then finds, the engine finds as well, where no warrant stands: a file may leave
kinds of events out (``less`` says which), and never widens.

Most vendors write which account acted and not whether an agent holds it. What warrants declare is
in the inventory (``inventory``), so a file may say which account that is (``accounts``): the same
kinds are then taken over a second time, joined with the inventory, as an integration of its own.
What these rules find, the engine finds under a warrant that declares the account and says nothing
of the act. What a warrant allows they cannot read, and find as well; their guide says so.

A rule that needs something for which a file has no counterpart is refused: what only the engine
knows (intent, origin, warrants) is in nobody else's data. So are correlations, but for plain counts
of an agent's events (``foreign_counts``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from agentwarrant import content
from agentwarrant.finding import Severity
from agentwarrant.rules.correlation.reading import TENANT
from agentwarrant.rules.ir import FALSE, TRUE, Node, conjunction, disjunction, negation
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import Rule, is_for_agents
from agentwarrant.siem.alternatives import CannotRender
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


@dataclass(frozen=True, slots=True)
class Integration:
    """What one integration's data says.

    Attributes:
        name: Of its file, and of the ids of its rules.
        package, version: Of Fleet, as it was read.
        title: Of the integration.
        index: Pattern of its data streams.
        types: Its fields that are used, with their types.
        fields: Our field -> theirs with the same content; of the tenant only to group by: a
            namespace tells tenants apart and does not spell them as they are.
        less: What our connector sees beyond it, for people.
        kinds: Kinds of events.
        accounts: Where the account stands by which the inventory knows the agent, the first that
            is there; empty where the records themselves say that an agent acted.
        counts: Are its kinds so many of an agent's calls that they may be counted?
    """

    name: str
    package: str
    version: str
    title: str
    index: str
    types: Mapping[str, str]
    fields: Mapping[str, str]
    less: str
    kinds: tuple[Kind, ...]
    accounts: tuple[Account, ...] = ()
    counts: bool = False


@cache
def integrations() -> tuple[Integration, ...]:
    """Return every integration, in order of file name; what it says of itself comes first."""
    folder = files("agentwarrant.siem.elastic") / "foreign"
    texts = {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir()}
    names = (name for name in sorted(texts) if name.endswith(".yml"))
    return tuple(one for name in names for one in _integrations(texts[name], name))


def _integrations(text: str, name: str) -> Iterator[Integration]:
    documents, faults = content.parse(text, name)
    if faults:
        raise faults[0]
    said = documents[0].data
    known = name.removesuffix(".yml")
    if "where" in said:
        yield _integration(said, said, known)
    if "accounts" in said:
        accounts = said["accounts"]
        made = _integration(said, accounts, f"{known}_accounts")
        fields = {ours: theirs for ours, theirs in made.fields.items() if ours != AGENT}
        yield replace(
            made,
            title=f"{made.title}, agents by account",
            fields=fields,
            kinds=tuple(_of_the_inventory(kind) for kind in made.kinds),
            accounts=tuple(map(_account, accounts["account"])),
        )


def _integration(said: Mapping[str, Any], part: Mapping[str, Any], name: str) -> Integration:
    """Return an integration; ``part`` says of which records, and what they do not show."""
    constants = {field: DEFAULTS[field] for field in said["usual"]} | said.get("constants", {})
    where = condition(part["where"])
    values = _values(said.get("values", {}))
    kinds = tuple(
        Kind(
            one["kind"],
            conjunction([where, condition(one["when"])]),
            constants | one.get("constants", {}),
            values | _values(one.get("values", {})),
        )
        for one in said["kinds"]
    )
    return Integration(
        name,
        said["package"],
        str(said["version"]),
        said["title"],
        said["index"],
        said["types"],
        said["fields"],
        " ".join(part["less"].split()),
        kinds,
        counts=said.get("counts", False),
    )


def _of_the_inventory(kind: Kind) -> Kind:
    """Return a kind whose agent a warrant names: whatever its id is, it is not unknown."""
    known = {AGENT: _SOME_AGENT, "warrant.agent.status": "registered"}
    return replace(kind, constants={**kind.constants, **known})


def _account(said: Mapping[str, Any]) -> Account:
    only = next(iter(said["only"].items())) if "only" in said else None
    return Account(said["kind"], said["field"], said.get("fold", False), only, said.get("tail", ""))


def _values(said: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Node]]:
    return {
        name: {str(value): condition(one) for value, one in values.items()}
        for name, values in said.items()
    }


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


def taken_over(rule: Rule, data: Integration) -> Node:
    """Return the condition of a rule in the fields of an integration.

    Raises:
        CannotRender: It cannot be said in them, or would never be met.
    """
    if rule.correlation is not None:
        raise CannotRender("it correlates events, and only rules about single ones are taken over")
    if rule.tree is None or not is_for_agents(rule):
        raise CannotRender("it is about other events than those of agents")
    found: list[Node] = []
    lacks: dict[str, None] = {}
    for kind in data.kinds:
        try:
            met = _substituted(rule.tree, kind, data)
        except _Unknown as unknown:
            lacks[str(unknown)] = None
            continue
        found.append(conjunction([kind.when, met]))
    whole = disjunction(found)
    if whole == FALSE:
        if lacks:
            raise CannotRender(f"its data has no counterpart of {', '.join(sorted(lacks))}")
        raise CannotRender("of its events none can meet it: it needs what only the engine knows")
    return whole


class _Unknown(Exception):
    """A field that has no counterpart."""


def _substituted(node: Node, kind: Kind, data: Integration) -> Node:
    if node[0] == "and":
        return _joined(node[1:], kind, data, FALSE, conjunction)
    if node[0] == "or":
        return _joined(node[1:], kind, data, TRUE, disjunction)
    if node[0] == "not":
        return negation(_substituted(node[1], kind, data))
    return node if node[0] != "is" else _replaced(node, kind, data)


def _joined(parts: Sequence[Node], kind: Kind, data: Integration, decides: Node, join: Any) -> Node:
    """Join parts; one that decides for all makes it matter nothing that others are unknown."""
    made: list[Node] = []
    unknown: _Unknown | None = None
    for part in parts:
        try:
            made.append(_substituted(part, kind, data))
        except _Unknown as error:
            unknown = error
    if decides in made:
        return decides
    if unknown is not None:
        raise unknown
    joined: Node = join(made)
    return joined


def _replaced(atom: Node, kind: Kind, data: Integration) -> Node:
    name = atom[1]
    if name in kind.constants:
        value = kind.constants[name]
        return TRUE if _holds(atom, {} if value is None else {name: value}) else FALSE
    if name in kind.values:
        ways = kind.values[name].items()
        return disjunction([one for value, one in ways if _holds(atom, {name: value})])
    if name in data.fields and name != TENANT and atom[2] != "ref":
        return [atom[0], data.fields[name], *atom[2:]]
    raise _Unknown(name or "a word anywhere")


def _holds(atom: Node, event: Mapping[str, Any]) -> bool:
    rule = Rule("atom", "", "", "", "", Severity.LOW, alerts=True, tree=atom)
    return bool(Matcher([rule]).hits(event))
