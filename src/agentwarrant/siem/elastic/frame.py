"""What all correlations in ES|QL begin and end with: whose events they are, and what a row says.

A group is a tenant and the fields of ``group-by``. The tenant compares as it stands, all else
without case. Windows are compared in milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agentwarrant.rules.ir import Node, conjunction, disjunction
from agentwarrant.rules.model import Correlation, Rule
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.elastic.esql import SOURCE, column, condition, folded
from agentwarrant.siem.reduced import ANALYSED, EXACT, Types, type_of
from agentwarrant.siem.vocabulary import is_lower, is_single

TENANT = "organization.id"
MOMENT = "TO_LONG(@timestamp)"
"""The time of an event, in milliseconds since 1970."""
WIDTH = 13
"""Digits of such a time, from 2001 to 2286."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A correlation with the rules about single events that it reads.

    Attributes:
        correlation: It.
        trees: The condition of each of its rules, in their order.
        fields: What each of its rules is counted by, its names resolved.
        keys: Names of the columns of a group, the tenant first.
        columns: Those columns, as they are made of an event's fields.
        types: Of all fields.
    """

    correlation: Correlation
    trees: tuple[Node, ...]
    fields: tuple[tuple[str, ...], ...]
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    types: Types

    @property
    def window(self) -> int:
        return self.correlation.window_ms

    @property
    def by(self) -> str:
        """The columns of a group, to make them in ``STATS … BY``."""
        return ", ".join(self.columns)

    @property
    def stretch(self) -> str:
        """The stretch of time that an event is in, each as long as the window (``near``)."""
        return f"stretch = {MOMENT} / {self.window}"

    @property
    def group(self) -> str:
        """The columns of a group once they are made."""
        return ", ".join(map(column, self.keys))

    def events(self, *, ids: bool = False, needed: Iterable[str] = ()) -> str:
        """Return the beginning: events that any of the rules matches, in a group.

        Args:
            ids: With ``_id``.
            needed: Fields that an event must have besides.
        """
        there: list[Node] = [["is", name, "exists", True] for name in (*self._named(), *needed)]
        tree = conjunction([disjunction(list(self.trees)), *there])
        metadata = " METADATA _id" if ids else ""
        return f"{SOURCE}{metadata}\n| WHERE {condition(tree, self.types)}"

    def where(self, position: int) -> str:
        """Return the condition of one of the rules."""
        return condition(self.trees[position], self.types)

    def _named(self) -> list[str]:
        names = (_named(self.correlation, name, self.correlation.rules[0]) for name in self.keys)
        return [name for name in names if name != TENANT]


def frame_of(rule: Rule, rules: Sequence[Rule], types: Types) -> Frame:
    """Return a correlation with all that it reads.

    Args:
        rule: A correlation.
        rules: All rules, those that it reads among them.
        types: Dotted name -> Elasticsearch type of all fields.

    Raises:
        CannotRender: It reads correlations, or what groups differs from rule to rule.
    """
    correlation = rule.correlation
    if correlation is None:
        raise CannotRender("it is no correlation")
    known = {one.id: one for one in rules}
    trees = tuple(_tree(known[name]) for name in correlation.rules)
    keys = (TENANT, *(name for name in correlation.group_by if name != TENANT))
    made = [_key(correlation, name, types) for name in keys[1:]]
    fields = tuple(
        tuple(_named(correlation, name, part) for name in correlation.fields)
        for part in correlation.rules
    )
    return Frame(correlation, trees, fields, keys, (TENANT, *made), types)


def _tree(rule: Rule) -> Node:
    if rule.tree is None:
        raise CannotRender("it reads a correlation")
    return rule.tree


def _key(correlation: Correlation, name: str, types: Types) -> str:
    fields = {_named(correlation, name, rule) for rule in correlation.rules}
    if len(fields) > 1:
        raise CannotRender(f"{name} is another field in each of its rules")
    (field,) = fields
    if not is_single(field):
        raise CannotRender(f"{field} may be a list, and groups")
    made = text_of(field, types)
    return column(name) if made == column(name) else f"{column(name)} = {made}"


def _named(correlation: Correlation, name: str, rule: str) -> str:
    return correlation.aliases.get(name, {}).get(rule, name)


def text_of(name: str, types: Types) -> str:
    """Return a field as it compares: text without case, all else as it is.

    Raises:
        CannotRender: It is indexed as words.
    """
    kind = type_of(name, types)
    if kind in ANALYSED:
        raise CannotRender(f"{name} is indexed as words, and is compared as a whole")
    return folded(column(name)) if kind in EXACT and not is_lower(name) else column(name)


def inside(frame: Frame) -> str:
    """Return whether the time ``at`` is in the window that ends at ``moment``, ends included."""
    return f"at <= moment AND at >= moment - {frame.window}"


def near(frame: Frame, lists: Sequence[str], hopeful: str = "") -> str:
    """Return how lists of one stretch of time get what the stretch before it holds.

    A window that ends in a stretch reaches no further back, so what is joined stays small however
    far a search looks back.

    Args:
        frame: The correlation.
        lists: Columns of a stretch, besides ``moment``.
        hopeful: What must hold of both stretches for any window that ends in one to match; it may
            read ``most``, which is added up.
    """
    both = ", ".join(f"{name} = VALUES({name})" for name in lists)
    both += ", most = SUM(most)" if "most" in hopeful else ""
    wanted = f" AND ({hopeful})" if hopeful else ""
    return (
        "| EVAL own = stretch, stretch = MV_APPEND(stretch, stretch + 1)\n"
        "| MV_EXPAND stretch\n"
        "| EVAL moment = CASE(stretch == own, moment, null)\n"
        f"| STATS moment = VALUES(moment), {both} BY {frame.group}, stretch\n"
        f"| WHERE moment IS NOT NULL{wanted}"
    )


def appended(several: int) -> str:
    """Return how the lists ``seen0``, ``seen1`` … become ``seen``; some of them may be absent."""
    made = ["| EVAL seen = seen0"]
    for n in range(1, several):
        both = f"MV_APPEND(seen, seen{n})"
        made.append(f"| EVAL seen = CASE(seen IS NULL, seen{n}, seen{n} IS NULL, seen, {both})")
    return "\n".join(made)


def found(rows: str, frame: Frame) -> str:
    """Return rows of a group and a moment as one row for each group."""
    return (
        f"{rows}\n"
        "| STATS first_match = MIN(moment), last_match = MAX(moment), matches = COUNT(*)"
        f" BY {frame.group}\n"
        "| EVAL first_match = TO_DATETIME(first_match), last_match = TO_DATETIME(last_match)"
    )
