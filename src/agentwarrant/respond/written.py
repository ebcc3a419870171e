"""Steps of plans as JSON and back: what the ledger keeps, approvals are bound to, and people read.

Nothing is lost on the way: ``step_of(written(step)) == step``. Secrets are not in steps, only their
names (``Sealed``), so none is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from agentwarrant.respond.action import Expectation, Op, Step, Verification
from agentwarrant.respond.transport import Effect, Fresh, Now, Path, Request, Sealed

_MARK = "$"
"""Begins the only key of an object that stands for something else; other such keys are doubled."""


def written(step: Step) -> dict[str, Any]:
    """Return a step as JSON holds it; what has its usual value is left out."""
    plain = {f.name: getattr(step, f.name) for f in fields(Step)}
    own: dict[str, Any] = {
        **plain,
        "request": _request(step.request),
        "pre_state": _packed(step.pre_state),
        "verify": _check(step.verify),
        "probes": [_check(one) for one in step.probes],
        "undo": [_request(one) for one in step.undo],
        "undone": _check(step.undone) if step.undone else None,
    }
    return {name: value for name, value in own.items() if value or name in _NEEDED}


_NEEDED = frozenset({"title", "request", "changes", "verify"})


def step_of(data: Mapping[str, Any]) -> Step:
    """Return the step that ``written`` wrote.

    Raises:
        KeyError, TypeError, ValueError: It is none.
    """
    undone = data.get("undone")
    return Step(
        **{
            **data,
            "request": _request_of(data["request"]),
            "pre_state": _unpacked(data.get("pre_state", {})),
            "verify": _check_of(data["verify"]),
            "probes": tuple(map(_check_of, data.get("probes", ()))),
            "undo": tuple(map(_request_of, data.get("undo", ()))),
            "undone": _check_of(undone) if undone else None,
        }
    )


def _request(request: Request) -> dict[str, Any]:
    own: dict[str, Any] = {
        "method": request.method,
        "params": _packed(request.params),
        "effect": request.effect.value,
        "endpoint": request.endpoint,
    }
    if request.fresh:
        own["fresh"] = [[f.parameter, f.method, _path(f.path), f.listed] for f in request.fresh]
    if request.accepts:
        own["accepts"] = list(request.accepts)
    return own


def _request_of(data: Mapping[str, Any]) -> Request:
    return Request(
        data["method"],
        _unpacked(data["params"]),
        Effect(data["effect"]),
        data["endpoint"],
        tuple(
            Fresh(name, method, _path_of(path), listed)
            for name, method, path, listed in data.get("fresh", ())
        ),
        tuple(data.get("accepts", ())),
    )


def _check(check: Verification) -> dict[str, Any]:
    return {"request": _request(check.request), "expects": [_expected(e) for e in check.expects]}


def _check_of(data: Mapping[str, Any]) -> Verification:
    return Verification(_request_of(data["request"]), tuple(map(_expected_of, data["expects"])))


def _expected(expected: Expectation) -> dict[str, Any]:
    own: dict[str, Any] = {"path": _path(expected.path), "op": expected.op.value}
    if expected.same_as:
        own["same_as"] = _path(expected.same_as)
    if expected.value is not None:
        own["value"] = _packed(expected.value)
    return own


def _expected_of(data: Mapping[str, Any]) -> Expectation:
    value = _unpacked(data.get("value"))
    return Expectation(
        _path_of(data["path"]), value, _path_of(data.get("same_as", ())), Op(data["op"])
    )


def _path(path: Path) -> list[Any]:
    return [list(part) if isinstance(part, tuple) else part for part in path]


def _path_of(data: Any) -> Path:
    return tuple(tuple(part) if isinstance(part, list) else part for part in data)


def _packed(value: Any) -> Any:
    if isinstance(value, Sealed):
        return {f"{_MARK}secret": [value.name, value.before] if value.before else value.name}
    if isinstance(value, Now):
        return {f"{_MARK}now": [value.form, value.plus]}
    if isinstance(value, Mapping):
        return {_escaped(str(name)): _packed(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_packed(one) for one in value]
    return value


def _escaped(name: str) -> str:
    return _MARK + name if name.startswith(_MARK) else name


def _unpacked(value: Any) -> Any:
    if isinstance(value, list):
        return [_unpacked(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        (name,) = value
        if name == f"{_MARK}secret":
            found = value[name]
            return Sealed(found) if isinstance(found, str) else Sealed(*found)
        if name == f"{_MARK}now":
            return Now(value[name][0], value[name][1])
    return {
        (name[1:] if name.startswith(_MARK) else name): _unpacked(one)
        for name, one in value.items()
    }
