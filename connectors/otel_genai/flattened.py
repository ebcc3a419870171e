"""Messages spread over attributes, one attribute for each of their values, put together again."""

from __future__ import annotations

from typing import Any

from .values import JsonObject


def unflattened(attributes: JsonObject, prefix: str) -> list[Any]:
    """Return ``<prefix>.0.role``, ``<prefix>.0.tool_calls.0.name`` … as the array they stand for.

    OpenInference says ``message.`` and ``tool_call.`` before each name; both are left away.
    """
    found: dict[int, Any] = {}
    head = f"{prefix}."
    for key, value in attributes.items():
        if not key.startswith(head):
            continue
        number, _, rest = key[len(head) :].partition(".")
        if number.isascii() and number.isdecimal() and len(number) < 6:
            _put(found.setdefault(int(number), {}), _steps(rest), value)
    return [_listed(found[number]) for number in sorted(found)]


_NOISE = {"message", "tool_call", "message_content", "document", "content_block"}


def _steps(rest: str) -> list[str]:
    steps = [step for step in rest.split(".") if step not in _NOISE]
    return ["content" if step == "contents" else step for step in steps][:8]


def _put(holder: dict[Any, Any], steps: list[str], value: object) -> None:
    for step in steps[:-1]:
        inner = holder.setdefault(_key(step), {})
        if not isinstance(inner, dict):
            return
        holder = inner
    if steps:
        holder.setdefault(_key(steps[-1]), value)


def _key(step: str) -> str | int:
    return int(step) if step.isascii() and step.isdecimal() and len(step) < 6 else step


def _listed(value: Any) -> Any:
    """Turn mappings whose keys are all numbers into lists."""
    if not isinstance(value, dict):
        return value
    made = {key: _listed(inner) for key, inner in value.items()}
    if made and all(isinstance(key, int) for key in made):
        return [made[key] for key in sorted(made)]
    return made
