"""Holds requests and answers to a vendor's published OpenAPI description, by openapi-core.

``contracts/`` holds cuts of these descriptions: the calls that are used and what they refer to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from .wire import Answer, Call, compiled, payload

FOLDER = Path(__file__).parent / "contracts"
_HOST = "http://simulator"


@lru_cache
def contract_of(name: str) -> Contract:
    """Return a description, read once."""
    return Contract(name)


class Contract:
    """One description.

    Args:
        name: Of its file: ``NAME.openapi.json``.
    """

    def __init__(self, name: str) -> None:
        self._spec = json.loads((FOLDER / f"{name}.openapi.json").read_text(encoding="utf-8"))
        base = _base_path(self._spec)
        self._base = base
        self._spec["servers"] = [{"url": _HOST + base}]
        _one_header(self._spec)
        self._api = OpenAPI.from_dict(self._spec)

    def faults(self, call: Call, answer: Answer) -> list[str] | None:
        """Return what is wrong with a request and its answer; None: it does not speak of it.

        A request that was refused with 4xx need not fit: refusing it is right.
        """
        operation = self._operation(call)
        if operation is None:
            return None
        request = self._request(call, operation[0])
        faults = [] if answer.status >= 400 else list(self._asked(request, call))
        return faults + list(self._answered(request, call, answer, operation[1]))

    def _operation(self, call: Call) -> tuple[str, Mapping[str, Any]] | None:
        path = call.path.removeprefix(self._base)
        for template, operations in sorted(self._spec["paths"].items(), key=_most_exact):
            if compiled(template).fullmatch(path) and call.method.lower() in operations:
                return template, operations[call.method.lower()]
        return None

    def _request(self, call: Call, template: str) -> MockRequest:
        pattern = compiled(self._base + template)
        values = pattern.fullmatch(call.path)
        names = re.findall(r"\{(\w+)\}", template)
        return MockRequest(
            _HOST,
            call.method,
            call.path,
            path_pattern=self._base + template,
            args=dict(call.query),
            view_args=dict(
                zip(names, map(unquote, values.groups() if values else ()), strict=True)
            ),
            headers=dict(call.headers),
            data=call.raw or None,
            content_type=call.headers.get("content-type", "application/json").partition(";")[0],
        )

    def _asked(self, request: MockRequest, call: Call) -> Iterator[str]:
        try:
            self._api.validate_request(request)
        except OpenAPIError as error:
            yield f"{call}: the request breaks the contract: {_why(error)}"

    def _answered(
        self, request: MockRequest, call: Call, answer: Answer, operation: Mapping[str, Any]
    ) -> Iterator[str]:
        declared = self._resolved(operation["responses"].get(str(answer.status)))
        if declared is None:
            if answer.status not in (401, 429) and answer.status < 500:
                yield f"{call}: the contract has no answer {answer.status}"
            return
        if not declared.get("content"):
            return  # openapi-core wants a media type where the answer has no body
        kind = {name.lower(): v for name, v in answer.headers.items()}.get("content-type")
        response = MockResponse(
            payload(answer.body),
            answer.status,
            headers=dict(answer.headers),
            content_type=kind or "application/json",
        )
        try:
            self._api.validate_response(request, response)
        except OpenAPIError as error:
            yield f"{call}: the answer {answer.status} breaks the contract: {_why(error)}"

    def _resolved(self, node: Any) -> Any:
        while isinstance(node, Mapping) and "$ref" in node:
            found: Any = self._spec
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node


def _one_header(spec: Mapping[str, Any]) -> None:
    """Let OAuth be what arrives of it: a header. openapi-core knows no other way to look."""
    schemes = spec.get("components", {}).get("securitySchemes", {})
    for name, scheme in schemes.items():
        if scheme["type"] == "oauth2":
            schemes[name] = {"type": "apiKey", "in": "header", "name": "Authorization"}


def _most_exact(row: tuple[str, Any]) -> tuple[int, str]:
    """Order templates so that a path without variables comes before one with."""
    return row[0].count("{"), row[0]


def _base_path(spec: Mapping[str, Any]) -> str:
    url = str((spec.get("servers") or [{"url": ""}])[0]["url"])
    _, found, rest = url.partition("://")
    path = rest.partition("/")[2] if found else url.strip("/")
    return f"/{path}" if path else ""


def _why(error: BaseException) -> str:
    parts = [str(error)]
    cause = error.__cause__
    while cause is not None:
        parts.append(str(cause))
        parts += [str(one) for one in getattr(cause, "schema_errors", ())]
        cause = cause.__cause__
    return "; ".join(dict.fromkeys(" ".join(part.split()) for part in parts))[:600]
