"""What a search is, once it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# Expressions of eval and where ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field:
    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    value: str | float


@dataclass(frozen=True, slots=True)
class Call:
    """A function; names are as documented, in lower case."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """``op`` of one operand (``NOT``, ``-``) or two."""

    op: str
    operands: tuple[Expression, ...]


Expression = Field | Literal | Call | Operation

# Expressions of search ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Term:
    """Words looked for in the raw text."""

    text: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A field compared with a value in which ``*`` is a wildcard."""

    name: str
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class Indexed:
    """``name::value``: a field that is indexed."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition


Condition = Term | Compared | Indexed | Every | Either | Not

# Commands -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Search:
    condition: Condition


@dataclass(frozen=True, slots=True)
class Where:
    expression: Expression


@dataclass(frozen=True, slots=True)
class Eval:
    assignments: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """``fields``; ``keep`` is false for ``fields - …``."""

    names: tuple[str, ...]
    keep: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rename:
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FillNull:
    value: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sort:
    """Keys are (descending, how it compares: ``auto``, ``num``, ``str``, ``ip``; name)."""

    limit: int
    keys: tuple[tuple[bool, str, str], ...]


@dataclass(frozen=True, slots=True)
class Head:
    count: int


@dataclass(frozen=True, slots=True)
class Dedup:
    count: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One statistic: of nothing (``count``), of a field or of an expression; and its name."""

    function: str
    of: Field | Expression | None
    called: str
    evaluated: bool = False


@dataclass(frozen=True, slots=True)
class Stats:
    """``stats``, ``eventstats`` or ``streamstats``; options as written, in text."""

    kind: str
    aggregates: tuple[Aggregate, ...]
    by: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    resets: Mapping[str, Expression] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tstats:
    aggregates: tuple[Aggregate, ...]
    model: str = ""
    where: Condition | None = None
    by: tuple[str, ...] = ()
    span: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MvExpand:
    name: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """Pairs are (name in the table, name in the event)."""

    table: str
    inputs: tuple[tuple[str, str], ...]
    outputs: tuple[tuple[str, str], ...] = ()
    only_new: bool = False


@dataclass(frozen=True, slots=True)
class InputLookup:
    table: str
    append: bool = False
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class OutputLookup:
    table: str
    append: bool = False
    key_field: str = ""


@dataclass(frozen=True, slots=True)
class Append:
    search: Pipeline


@dataclass(frozen=True, slots=True)
class Together:
    """``union`` or ``multisearch``."""

    kind: str
    searches: tuple[Pipeline, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A command that only dashboards and schedules use: read, and never executed here."""

    name: str
    words: tuple[str, ...]
    fields: tuple[str, ...] = ()


Command = (
    Search
    | Where
    | Eval
    | Fields
    | Table
    | Rename
    | FillNull
    | Sort
    | Head
    | Dedup
    | Stats
    | Tstats
    | MvExpand
    | Lookup
    | InputLookup
    | OutputLookup
    | Append
    | Together
    | Shown
)
Pipeline = tuple[Command, ...]
