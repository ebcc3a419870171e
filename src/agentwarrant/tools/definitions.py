"""What a tool is offered as: a mark that changes when its definition does, whoever records it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import orjson

from agentwarrant.event import TEXT_LIMIT, digest

_TOOLS = 512


class Definition(NamedTuple):
    """A tool as it is offered to an agent.

    Attributes:
        name: The tool's.
        description: What the agent is told of it.
        schema: Its parameters, as text that stays the same when a server shuffles their keys.
    """

    name: str
    description: str
    schema: str

    @property
    def hash(self) -> str:
        """Equal for equal definitions."""
        return digest("tool-definition", *self)

    @property
    def content(self) -> str:
        """All that the agent reads: instructions hide in a parameter's description, too."""
        return f"{self.description}\n{self.schema}"


def canonical(schema: object) -> str:
    """Return a schema as text that does not depend on the order of its keys.

    Raises:
        TypeError: It is nested too deep.
    """
    return orjson.dumps(schema, option=orjson.OPT_SORT_KEYS).decode()


def definitions_of(offered: object) -> Iterator[Definition]:
    """Yield the tools of a list as model providers take them; what is none is passed over."""
    for entry in islice(offered, _TOOLS) if isinstance(offered, list) else ():
        tool: Any = entry.get("function", entry) if isinstance(entry, dict) else None
        if not isinstance(tool, dict) or not isinstance(tool.get("name"), str) or not tool["name"]:
            continue
        told = tool.get("description")
        schema = next((tool[k] for k in _SCHEMAS if tool.get(k) is not None), None)
        try:
            written = canonical(schema)
        except (TypeError, orjson.JSONEncodeError):
            written = repr(schema)[:TEXT_LIMIT]
        yield Definition(tool["name"], told if isinstance(told, str) else "", written)


_SCHEMAS = ("parameters", "inputSchema", "input_schema")
