"""Holds requests and answers to Google's API discovery documents; ``contracts/`` has a cut.

Checked are the call itself, the names of its query, and of bodies each name and type.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .base import Answer, Call
from .contract import FOLDER
from .wire import compiled

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
}


class Discovery:
    """One cut: ``NAME.discovery.json``."""

    def __init__(self, name: str) -> None:
        self._cut = json.loads((FOLDER / f"{name}.discovery.json").read_text(encoding="utf-8"))

    def faults(self, call: Call, answer: Answer) -> list[str] | None:
        """Return what is wrong with a request and its answer; None: it does not speak of it."""
        found = [m for m in self._cut["methods"] if _fits(m, call)]
        if not found:
            return None
        method = found[0]
        faults = [f"{call}: no parameter {n}" for n in call.query if n not in method["query"]]
        if "request" in method:
            faults += self._wrong(call.body, method["request"], f"{call}: the request")
        elif call.body is not None:
            faults.append(f"{call}: it takes no body")
        if answer.status < 300 and "response" in method:
            faults += self._wrong(answer.body, method["response"], f"{call}: the answer")
        return faults

    def _wrong(self, value: Any, schema: str, where: str) -> Iterator[str]:
        yield from self._node(value, {"$ref": schema}, where)

    def _node(self, value: Any, node: Mapping[str, Any], where: str) -> Iterator[str]:
        if "$ref" in node:
            node = self._cut["schemas"][node["$ref"]]
        kind = str(node.get("type"))
        if kind in _TYPES and not isinstance(value, _TYPES[kind]):
            yield f"{where}: {value!r} is no {kind}"
        elif kind == "array":
            for one in value:
                yield from self._node(one, node["items"], where)
        elif kind == "object" and "properties" in node:
            for name, one in value.items():
                if name not in node["properties"]:
                    yield f"{where}: no property {name}"
                else:
                    yield from self._node(one, node["properties"][name], f"{where}.{name}")
        elif "enum" in node and value not in node["enum"]:
            yield f"{where}: {value!r} is none of {node['enum']}"


def _fits(method: Mapping[str, Any], call: Call) -> bool:
    return method["verb"] == call.method and bool(compiled(method["path"]).fullmatch(call.path))
