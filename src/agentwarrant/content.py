"""YAML content (rules, warrants, playbooks): duplicate keys refused, every fault with its line.

Nothing here decides what a document may say; JSON Schemas do (``schema.py``). Loading a whole
folder collects the faults of all files, so that one run shows everything there is to mend.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

from agentwarrant.errors import ContentError

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_BYTES = 1 << 20
Readable = Path | Traversable
_MAX_NODES = 50_000
_MAX_DEPTH = 100
_PLAIN = frozenset(
    f"tag:yaml.org,2002:{kind}"
    for kind in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge")
)


@dataclass(slots=True)
class Document:
    """One YAML document.

    Attributes:
        path: File, as shown to the user.
        data: The value, of plain types.
        lines: Line (1-based) of every key and item, by its path of keys and indices.
        text: The document's own source text.
    """

    path: str
    data: Any
    lines: dict[tuple[str | int, ...], int] = field(default_factory=dict)
    text: str = ""

    def line(self, place: tuple[str | int, ...] = ()) -> int:
        """Return the line of a place, or of the nearest place around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def fault(self, what: str, place: tuple[str | int, ...] = (), mend: str = "") -> ContentError:
        """Return a fault at a place of this document."""
        return ContentError(what, path=self.path, line=self.line(place), mend=mend)


def parse(text: str, path: str) -> tuple[list[Document], list[ContentError]]:
    """Parse YAML text into documents and faults; nothing is raised."""
    if len(text) > MAX_BYTES:
        return [], [ContentError(f"larger than {MAX_BYTES >> 20} MiB", path=path)]
    documents: list[Document] = []
    faults: list[ContentError] = []
    lines = text.splitlines(keepends=True)
    try:
        if _may_be_deep(text) and _depth(text) > _MAX_DEPTH:
            return [], [ContentError(f"nested deeper than {_MAX_DEPTH}", path=path)]
        for node in yaml.compose_all(text, Loader=_Loader):
            if node is None:
                continue
            source = "".join(lines[node.start_mark.line : node.end_mark.line + 1])
            document = Document(path, None, {(): node.start_mark.line + 1}, source)
            build = _Builder(document, faults)
            document.data = build.value(node, ())
            documents.append(document)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        faults.append(ContentError(f"not YAML: {error.problem}", path=path, line=line))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        faults.append(ContentError(f"not YAML: {error}", path=path))
    return documents, faults


def _may_be_deep(text: str) -> bool:
    """Could it be nested too deep? Only then is it worth to look."""
    opened = text.count("[") + text.count("{") + text.count("- -") + text.count("? ?")
    return opened > _MAX_DEPTH or " " * _MAX_DEPTH in text


def _depth(text: str) -> int:
    """Return how deep the values of a text are nested; its documents are not built.

    libyaml builds them by recursion in C and ends the process when its stack does.
    """
    depth = deepest = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            deepest = max(deepest, depth)
            if deepest > _MAX_DEPTH:
                break
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return deepest


class _Builder:
    """Makes plain values of YAML nodes and remembers their lines."""

    def __init__(self, document: Document, faults: list[ContentError]) -> None:
        self.document = document
        self.faults = faults
        self.constructor = yaml.constructor.SafeConstructor()
        self.nodes = 0

    def value(self, node: yaml.Node, place: tuple[str | int, ...]) -> Any:
        self.nodes += 1
        if self.nodes > _MAX_NODES:  # aliases can make a few lines grow without end
            raise ValueError("more than 50,000 values in one document")
        self.document.lines.setdefault(place, node.start_mark.line + 1)
        if node.tag not in _PLAIN:
            self._fault(f"the tag {node.tag} is not for plain values", node.start_mark.line + 1)
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*place, i)) for i, item in enumerate(node.value)]
        return self._plain(node)

    def _plain(self, node: yaml.Node) -> Any:
        """Return a plain value; what only looks like a date or a number is the text that it is.

        Whoever holds the document against a schema then says of it what belongs there.
        """
        try:
            return self.constructor.construct_object(node, deep=True)
        except (ValueError, OverflowError):
            return node.value

    def _mapping(self, node: yaml.MappingNode, place: tuple[str | int, ...]) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self._plain(key_node)
            line = key_node.start_mark.line + 1
            if not isinstance(key, Hashable):
                self._fault("a key must be a plain value", line)
                continue
            if key in found:
                self._fault(f"the key {key!r} stands here twice", line)
                continue
            spot = (*place, key if isinstance(key, int) else str(key))
            self.document.lines[spot] = line
            found[key] = self.value(value_node, spot)
        return found

    def _fault(self, what: str, line: int) -> None:
        self.faults.append(ContentError(what, path=self.document.path, line=line))


def load_file(
    path: Path | Traversable, shown: str = ""
) -> tuple[list[Document], list[ContentError]]:
    """Read and parse one file; an unreadable file is a fault like any other."""
    shown = shown or str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return [], [ContentError(f"cannot be read: {error}", path=shown)]
    return parse(text, shown)


def shipped(package: str, suffix: str = ".yml") -> Iterator[tuple[str, Traversable]]:
    """Yield (relative name, file) of every content file installed in ``agentwarrant.<package>``."""
    yield from _walk(files(f"agentwarrant.{package}"), "", suffix)


def _walk(folder: Traversable, prefix: str, suffix: str) -> Iterator[tuple[str, Traversable]]:
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.name.startswith(("_", ".")):
            continue
        if item.is_dir():
            yield from _walk(item, f"{prefix}{item.name}/", suffix)
        elif item.name.endswith(suffix):
            yield f"{prefix}{item.name}", item
