"""What a search would cost, as far as its text tells: rules that no search of ours may break.

Search Manual, "Write better searches" and "Wildcards": a term that begins with a wildcard reads
every event; ``transaction`` without bounds keeps all of them; a real-time search never ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from . import syntax
from .macros import Macro
from .reading import parse
from .syntax import Compared, Condition, Either, Every, Indexed, Not, Pipeline, Term

_AT_INDEX_TIME = frozenset({"index", "sourcetype", "source", "host"})
_BOUNDS = ("maxspan", "maxevents", "maxpause")


def faults(text: str, macros: Mapping[str, Macro] | None = None) -> list[str]:
    """Return what of a search costs more than one of ours may, in words.

    Raises:
        Refused: As ``parse``.
    """
    return list(_pipeline(parse(text, macros)))


def is_real_time(modifier: str) -> bool:
    """Is an ``earliest`` or ``latest`` that of a real-time search?"""
    return modifier.strip().lower().startswith("rt")


def _pipeline(pipeline: Pipeline) -> Iterator[str]:
    for place, command in enumerate(pipeline):
        match command:
            case syntax.Search(condition=condition) if place == 0:
                yield from _retrieving(condition)
            case syntax.Shown(name="transaction", words=words) if not set(words) & set(_BOUNDS):
                yield "transaction without bounds"
            case syntax.Sort(limit=10_000):
                yield "sort without a count keeps 10,000 rows"
            case syntax.Append(search=search):
                yield from _pipeline(search)
            case syntax.Together(searches=searches):
                for one in searches:
                    yield from _pipeline(one)


def _retrieving(condition: Condition) -> Iterator[str]:
    parts = condition.parts if isinstance(condition, Every) else (condition,)
    if not any(_is_picked(part) for part in parts):
        yield "reads every index: neither an index nor a field that is indexed is asked for"
    for said in _wild(condition):
        yield f"begins with a wildcard: {said}"


def _is_picked(part: Condition) -> bool:
    match part:
        case Indexed():
            return True
        case Compared(name=name, op="="):
            return name in _AT_INDEX_TIME
        case Either(parts=parts):
            return all(_is_picked(one) for one in parts)
        case Every(parts=parts):
            return any(_is_picked(one) for one in parts)
    return False


def _wild(part: Condition) -> Iterator[str]:
    match part:
        case Term(text=text) if text.startswith("*"):
            yield text
        case Compared(name=name, value=value) if value.startswith("*") and value != "*":
            yield f"{name}={value}"
        case Not(part=one):
            yield from _wild(one)
        case Every(parts=parts) | Either(parts=parts):
            for one in parts:
                yield from _wild(one)
