"""Looks up a table by the classes of some fields, decoding no more of a JSON line than those.

For each list of fields one Python function is generated that decodes a line into a struct with
just these fields and reads each field's class. There are two such functions, for lines whose
objects are nested and for lines whose names are dotted; a line that is neither, or in which some
value is not what was expected, is decoded whole and read by ``nested.View``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import orjson

from agentwarrant.rules.classes import Class, Field
from agentwarrant.rules.nested import View
from agentwarrant.rules.program import Program

Table = Mapping[tuple[Class, ...], Any]
_Look = Callable[[Any], Any]

_UNUSUAL = re.compile(r'[\x00-\x1f"\\]')
_MOST_DOTS = 40


class Looker:
    """Finds in a table what belongs to an event.

    Args:
        program: Whose fields they are.
        names: The fields, in the order of the table's keys.
        table: Keyed by one class for each field; makes what it lacks.
    """

    def __init__(self, program: Program, names: Sequence[str], table: Table) -> None:
        self._names = tuple(names)
        self._fields = [program.fields[name] for name in self._names]
        self._table = table
        self._lists: set[str] = set()
        self._until_worth = program.compile_after
        self._nested: _Look | None = None
        self._dotted: _Look | None = None
        self.flat: _Look = self._first_flat
        self.line: _Look = self._first_line

    def _first_flat(self, event: Mapping[str, Any]) -> Any:
        """Answer without a function of its own until one is worth its making."""
        if self._until_worth:
            self._until_worth -= 1
            return self._mapped(event)
        self.flat = self._made_flat()
        return self.flat(event)

    def _first_line(self, line: bytes) -> Any:
        if not all(map(_is_plain, self._names)):
            self.line = self._whole
            return self.line(line)
        self._nested = self._made_line(_nested_shape(self._names))
        self._dotted = self._made_line(_dotted_shape(self._names))
        self.line = self._nested
        return self.line(line)

    def _whole(self, line: bytes) -> Any:
        """Answer for a line that the generated function could not read; expect more like it."""
        document = orjson.loads(line)
        if not isinstance(document, dict):
            raise ValueError("no JSON object")
        view = View(document)
        answer = self._by_values([view.get(name) for name in self._names])
        if self._dotted is not None:
            dotted = any("." in name and name in document for name in self._names)
            self.line = self._dotted if dotted and self._nested else self._nested or self._dotted
        return answer

    def _mapped(self, event: Mapping[str, Any]) -> Any:
        return self._by_values([event.get(name) for name in self._names])

    def _by_values(self, values: list[Any]) -> Any:
        lists = {n for n, v in zip(self._names, values, strict=True) if v.__class__ is list}
        if not lists <= self._lists:  # from now on the generated functions take lists
            self._lists |= lists
            self.flat, self.line = self._first_flat, self._first_line
        return self._table[tuple([f.of(v) for f, v in zip(self._fields, values, strict=True)])]

    def _made_flat(self) -> _Look:
        reads = [f"v{i} = get({name!r})" for i, name in enumerate(self._names)]
        head = ["get = event.get"] if reads else []
        return self._generated("event", [*head, *reads], self._mapped, {})

    def _made_line(self, shape: _Shape) -> _Look:
        decode: _Look = msgspec.json.Decoder(shape.struct).decode
        body = [
            "try:",
            "    d = decode(line)",
            "except (Invalid, RecursionError):",
            "    return slow(line)",
        ]
        body += [*_if_any("d", shape.first_other, shape.others), *shape.reads]
        names = {
            "decode": decode,
            "Invalid": msgspec.DecodeError,
            "astuple": msgspec.structs.astuple,
        }
        return self._generated("line", body, self._whole, names)

    def _generated(self, given: str, body: list[str], slow: _Look, names: dict[str, Any]) -> _Look:
        """Return a function of the lines of its body; ``v0``, ``v1`` … are the fields' values."""
        lines = [*body]
        for i, (name, field) in enumerate(zip(self._names, self._fields, strict=True)):
            lines += _made_keys(f"v{i}", name in self._lists, field)
        key = "".join(f"f{i}[v{i}], " for i in range(len(self._names)))
        lines += ["try:", f"    key = ({key})", "except TypeError:", f"    return slow({given})"]
        lines += ["return table[key]"]
        source = f"def look({given}):\n" + "\n".join(f"    {line}" for line in lines)
        names = {**names, "table": self._table, "slow": slow}
        names |= {f"f{i}": field for i, field in enumerate(self._fields)}
        # Nothing of a rule or an event is in the source but field names, as Python literals.
        exec(compile(source, "<look>", "exec"), names)  # noqa: S102
        made: _Look = names["look"]
        return made


def _is_plain(name: str) -> bool:
    """Can a struct have a field of this name? msgspec takes no quotes; code nests only so deep."""
    return _UNUSUAL.search(name) is None and name.count(".") < _MOST_DOTS


def _made_keys(variable: str, lists: bool, field: Field) -> list[str]:
    """Return the lines that make a value one that a mapping can be asked for."""
    lines: list[str] = []
    if field.tells_bools:  # as keys, True and 1 are the same
        lines += [f"if {variable} is True: {variable} = 'true'"]
        lines += [f"elif {variable} is False: {variable} = 'false'"]
    if lists:
        lines += [f"if {variable}.__class__ is list: {variable} = tuple({variable})"]
    return lines


class _Shape:
    """A struct for some fields, and the lines of code that read them from it as ``v0``, ``v1`` …

    Attributes:
        struct: The type to decode into; its instances are called ``d``.
        reads: Lines of code.
        first_other, others: Where in the struct those attributes begin, and how many they are,
            that are set only if the line is of another shape.
    """

    def __init__(self, struct: type, reads: list[str], first_other: int, others: int) -> None:
        self.struct = struct
        self.reads = reads
        self.first_other = first_other
        self.others = others


def _struct(members: list[tuple[str, Any]], others: Sequence[str]) -> type:
    """Return a struct whose attributes are ``a0``, ``a1`` … under the names in JSON."""
    names = [name for name, _ in members] + list(others)
    types = [kind for _, kind in members] + [msgspec.Raw | None] * len(others)
    fields = [(f"a{i}", kind, None) for i, kind in enumerate(types)]
    rename = {f"a{i}": name for i, name in enumerate(names)}
    return msgspec.defstruct("Line", fields, rename=rename, gc=False)


def _dotted_shape(names: Sequence[str]) -> _Shape:
    """Return the shape of lines whose names are dotted: any object on the way is another shape."""
    members = [(name, Any) for name in names]
    ways = {name[:end] for name in names for end, c in enumerate(name) if c == "."}
    others = sorted(ways - set(names))
    reads = [f"v{i} = d.a{i}" for i in range(len(names))]
    return _Shape(_struct(members, others), reads, len(names), len(others))


_CHAIN = 10


def _if_any(name: str, first: int, count: int) -> list[str]:
    """Return lines that leave the function when any of some attributes of a struct is set."""
    if not count:
        return []
    if count > _CHAIN:
        return [f"if astuple({name})[{first}:] != {(None,) * count}: return slow(line)"]
    chain = " is ".join(f"{name}.a{i}" for i in range(first, first + count))
    return [f"if not ({chain} is None): return slow(line)"]


class _Node:
    """The fields below one prefix of a nested object."""

    def __init__(self) -> None:
        self.value: int | None = None
        self.below: dict[str, _Node] = {}


def _nested_shape(names: Sequence[str]) -> _Shape:
    """Return the shape of lines whose objects are nested: any dotted name is another shape."""
    root = _Node()
    for i, name in enumerate(names):
        node = root
        for part in name.split("."):
            node = node.below.setdefault(part, _Node())
        node.value = i
    others = _dotted_below(root)
    members = [(part, _kind(node)) for part, node in root.below.items()]
    reads = [line for i, node in enumerate(root.below.values()) for line in _reads(node, f"d.a{i}")]
    return _Shape(_struct(members, others), reads, len(members), len(others))


def _dotted_below(node: _Node) -> list[str]:
    """Return every dotted name that stands for something below a node."""
    found: list[str] = []
    pending: list[tuple[tuple[str, ...], _Node]] = [
        ((part,), inner) for part, inner in node.below.items()
    ]
    while pending:
        path, inner = pending.pop()
        if len(path) > 1:
            found.append(".".join(path))
        pending += [((*path, part), deeper) for part, deeper in inner.below.items()]
    return sorted(found)


def _kind(node: _Node) -> Any:
    """Return the type of what stands at a node: a struct where fields lie below it."""
    if not node.below:
        return Any
    if node.value is not None:  # both a field and a prefix of one: told apart once it is decoded
        return Any
    members = [(part, _kind(inner)) for part, inner in node.below.items()]
    return _struct(members, _dotted_below(node)) | None


def _reads(node: _Node, at: str, depth: int = 0) -> list[str]:
    """Return lines that read the fields at and below a node."""
    if not node.below:
        return [f"v{node.value} = {at}"]
    below = list(node.below.values())
    name = f"n{depth}"
    if node.value is not None:
        return [
            f"if {at}.__class__ is dict: return slow(line)",
            f"v{node.value} = {at}",
            *_nothing(below),
        ]
    dotted = _dotted_below(node)
    lines = [f"{name} = {at}", f"if {name} is None:"]
    lines += [f"    {line}" for line in _nothing(below)]
    lines += ["else:"]
    if dotted:
        lines += [f"    {line}" for line in _if_any(name, len(below), len(dotted))]
    for i, inner in enumerate(below):
        lines += [f"    {line}" for line in _reads(inner, f"{name}.a{i}", depth + 1)]
    return lines


def _nothing(nodes: list[_Node]) -> list[str]:
    """Return lines that set everything at and below some nodes to None."""
    lines: list[str] = []
    for node in nodes:
        if node.value is not None:
            lines.append(f"v{node.value} = None")
        lines += _nothing(list(node.below.values()))
    return lines or ["pass"]
