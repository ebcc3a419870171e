"""What a search names: for tests that everything named exists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from . import macros, syntax
from .reading import parse
from .syntax import Call, Condition, Expression, Field, Operation, Pipeline


@dataclass(slots=True)
class Named:
    """Names, each kind as a set.

    Attributes:
        commands: Of commands.
        functions: Of functions of ``eval`` and of statistics.
        macros: As macros.conf has them: ``m``, ``m(2)``.
        lookups: Of tables, and of each the columns that are named.
        read: Fields of events that are read and were not made by the search itself.
        made: Fields that the search makes.
        indexed: Indexed fields (``name::value``).
        models: Data models.
    """

    commands: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)
    macros: set[str] = field(default_factory=set)
    lookups: dict[str, set[str]] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)
    indexed: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)

    def reads(self, *names: str) -> None:
        self.read |= {name for name in names if name not in self.made}


def names(text: str, known: Mapping[str, macros.Macro] | None = None) -> Named:
    """Return what a search names.

    Raises:
        Refused: As ``parse``.
    """
    made = Named()
    made.macros |= set(macros.used(text))
    _pipeline(parse(text, known), made)
    return made


def _pipeline(pipeline: Pipeline, made: Named) -> None:
    for command in pipeline:
        _NAMING[type(command)](command, made)


def condition_fields(asked: Condition | None) -> Iterator[tuple[str, bool]]:
    """Yield the fields of a condition of ``search``, and of each whether it is asked as indexed."""
    match asked:
        case syntax.Compared(name=name):
            yield name, False
        case syntax.Indexed(name=name):
            yield name, True
        case syntax.Not(part=part):
            yield from condition_fields(part)
        case syntax.Every(parts=parts) | syntax.Either(parts=parts):
            for part in parts:
                yield from condition_fields(part)


def _asked(asked: Condition | None, made: Named) -> None:
    for name, indexed in condition_fields(asked):
        made.reads(name)
        if indexed:
            made.indexed.add(name)


def _expression(expression: Expression | None, made: Named) -> None:
    match expression:
        case Field(name=name):
            made.reads(name)
        case Call(name=name, arguments=parts):
            made.functions.add(name)
            for part in parts:
                _expression(part, made)
        case Operation(operands=parts):
            for part in parts:
                _expression(part, made)


def _eval(command: syntax.Eval, made: Named) -> None:
    made.commands.add("eval")
    for name, expression in command.assignments:
        _expression(expression, made)
        made.made.add(name)


def _statistics(command: syntax.Stats | syntax.Tstats, made: Named) -> None:
    made.reads(*(name for name in command.by if name != "_time"))
    for one in command.aggregates:
        made.functions.add(one.function)
        _expression(one.of, made)
    made.made |= {one.called for one in command.aggregates}


def _stats(command: syntax.Stats, made: Named) -> None:
    made.commands.add(command.kind)
    _statistics(command, made)
    for expression in command.resets.values():
        _expression(expression, made)


def _tstats(command: syntax.Tstats, made: Named) -> None:
    made.commands.add("tstats")
    if command.model:
        made.models.add(command.model.partition(".")[0])
    _asked(command.where, made)
    _statistics(command, made)


def _lookup(command: syntax.Lookup, made: Named) -> None:
    made.commands.add("lookup")
    columns = made.lookups.setdefault(command.table, set())
    columns |= {theirs for theirs, _ in (*command.inputs, *command.outputs)}
    made.reads(*(ours for _, ours in command.inputs))
    made.made |= {ours for _, ours in command.outputs}


def _inputlookup(command: syntax.InputLookup, made: Named) -> None:
    made.commands.add("inputlookup")
    columns = made.lookups.setdefault(command.table, set())
    columns |= {name for name, _ in condition_fields(command.where)}


def _outputlookup(command: syntax.OutputLookup, made: Named) -> None:
    made.commands.add("outputlookup")
    columns = made.lookups.setdefault(command.table, set())
    if command.key_field:
        columns.add(command.key_field)


def _rename(command: syntax.Rename, made: Named) -> None:
    made.commands.add("rename")
    made.reads(*(old for old, _ in command.pairs))
    made.made |= {new for _, new in command.pairs}


def _together(command: syntax.Together, made: Named) -> None:
    made.commands.add(command.kind)
    for one in command.searches:
        _pipeline(one, made)


def _append(command: syntax.Append, made: Named) -> None:
    made.commands.add("append")
    _pipeline(command.search, made)


def _search(command: syntax.Search, made: Named) -> None:
    made.commands.add("search")
    _asked(command.condition, made)


def _where(command: syntax.Where, made: Named) -> None:
    made.commands.add("where")
    _expression(command.expression, made)


def _sort(command: syntax.Sort, made: Named) -> None:
    made.commands.add("sort")
    made.reads(*(name for _, _, name in command.keys))


def _mvexpand(command: syntax.MvExpand, made: Named) -> None:
    made.commands.add("mvexpand")
    made.reads(command.name)


def _named(name: str, *, reads: bool):  # type: ignore[no-untyped-def]  # a function like the others
    def naming(command: syntax.Fields | syntax.Table | syntax.Dedup, made: Named) -> None:
        made.commands.add(name)
        if reads:
            made.reads(*(one for one in command.names if "*" not in one))

    return naming


def _head(command: syntax.Head, made: Named) -> None:
    made.commands.add("head")


def _shown(command: syntax.Shown, made: Named) -> None:
    made.commands.add(command.name)


_NAMING = {
    syntax.Append: _append,
    syntax.Dedup: _named("dedup", reads=True),
    syntax.Eval: _eval,
    syntax.Fields: _named("fields", reads=False),
    syntax.FillNull: _named("fillnull", reads=False),
    syntax.Head: _head,
    syntax.InputLookup: _inputlookup,
    syntax.Lookup: _lookup,
    syntax.MvExpand: _mvexpand,
    syntax.OutputLookup: _outputlookup,
    syntax.Rename: _rename,
    syntax.Search: _search,
    syntax.Shown: _shown,
    syntax.Sort: _sort,
    syntax.Stats: _stats,
    syntax.Table: _named("table", reads=True),
    syntax.Together: _together,
    syntax.Tstats: _tstats,
    syntax.Where: _where,
}
