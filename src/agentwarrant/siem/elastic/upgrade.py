"""Upgrades a rule that a customer may have edited: what was shipped, what is shipped, theirs.

Field by field the side that changed wins; where both changed and differ, the rule stays as it is
and the conflict is shown. Fields that only together say what a rule finds are one unit: our new
query with their old threshold would be a rule that nobody wrote. Whether it is switched on, its
exceptions and its actions are the customer's alone.

::

    shipped before   shipped now   theirs        becomes
    a                a             b             theirs
    a                b             a             ours
    a                b             b             that
    a                b             c             conflict: stays theirs, unless to be overwritten

Everything here is pure: mappings in, a mapping out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agentwarrant.event import compact_json
from agentwarrant.siem.plugin import Verb

Body = Mapping[str, Any]

CUSTOMERS = (
    "enabled", "exceptions_list", "actions", "throttle", "response_actions", "output_index",
    "namespace", "meta",
)  # fmt: skip
"""Fields that an upgrade never changes."""
KEPT_BY_KIBANA = (
    "id", "created_at", "created_by", "updated_at", "updated_by", "revision", "immutable",
    "rule_source", "execution_summary", "outcome", "alias_target_id", "alias_purpose",
)  # fmt: skip
"""Fields of an answer that no request has (``ResponseFields`` of Kibana's rule schema)."""
MEANING = (
    "type", "language", "query", "filters", "index", "data_view_id", "saved_id", "threshold",
    "new_terms_fields", "history_window_start", "event_category_override", "timestamp_field",
    "tiebreaker_field", "threat_index", "threat_mapping", "threat_query", "threat_filters",
    "threat_language", "threat_indicator_path", "anomaly_threshold", "machine_learning_job_id",
)  # fmt: skip
SCHEDULE = ("from", "to", "interval")
_UNITS = (MEANING, SCHEDULE)
_VERSION = "version"
_CUT = 120


@dataclass(frozen=True, slots=True)
class Merged:
    """What becomes of a rule.

    Attributes:
        verb: What happens to it.
        body: What is sent; None where nothing is.
        lines: The difference to what is there, for a reader.
        why: One clause.
    """

    verb: Verb
    body: Body | None = None
    lines: tuple[str, ...] = ()
    why: str = ""


def merge(
    before: Body | None,
    now: Body | None,
    theirs: Body | None,
    *,
    seen: Body | None = None,
    overwrite: bool = False,
) -> Merged:
    """Return what becomes of a rule.

    Args:
        before: As it was shipped and installed; None: never, or nobody knows.
        now: As it is shipped; None: no longer.
        theirs: As it stands there; None: it does not.
        seen: What was read back when ``before`` was installed: Kibana adds defaults to what it
            is sent. None: it is ``before``.
        overwrite: Give up what the customer changed where we changed it too, or deleted.
    """
    if now is None:
        return _dropped(before, theirs, seen)
    if theirs is None:
        if before is None or overwrite:
            return Merged(Verb.CREATE, dict(now))
        return Merged(Verb.KEEP, why="it was deleted there")
    if before is None:
        return _unknown(now, theirs, overwrite)
    return _upgraded(before, now, theirs, before if seen is None else seen, overwrite)


def _dropped(before: Body | None, theirs: Body | None, seen: Body | None) -> Merged:
    if theirs is None or before is None:
        return Merged(Verb.NOTHING)
    edited = [unit for unit in _units(before, theirs) if _differ(unit, seen or before, theirs)]
    if edited:
        return Merged(Verb.KEEP, why=f"no longer shipped, and {edited[0][0]} was changed there")
    return Merged(Verb.REMOVE, why="no longer shipped")


def _unknown(now: Body, theirs: Body, overwrite: bool) -> Merged:
    """A rule of our id that no install of ours recorded: imported by hand, or the record is lost.

    What Kibana adds by itself cannot be told from an edit, so only what we ship is compared.
    """
    other = [u for u in _units(now) if any(f in now and _differ((f,), now, theirs) for f in u)]
    if not other:
        return Merged(Verb.NOTHING)
    lines = _lines(other, theirs, now)
    if overwrite:
        return Merged(Verb.UPDATE, _put(now, theirs, other), lines)
    return Merged(
        Verb.CONFLICT, lines=lines, why="it is there, and differs; nobody knows since when"
    )


def _upgraded(before: Body, now: Body, theirs: Body, seen: Body, overwrite: bool) -> Merged:
    units = list(_units(before, now, theirs))
    ours = [unit for unit in units if _differ(unit, before, now)]
    edited = [unit for unit in units if _differ(unit, seen, theirs)]
    pending = [unit for unit in ours if _differ(unit, now, theirs)]
    both = [unit for unit in pending if unit in edited]
    if both and not overwrite:
        names = ", ".join(unit[0] if len(unit) == 1 else f"{unit[0]} …" for unit in both)
        return Merged(
            Verb.CONFLICT, lines=_lines(both, theirs, now), why=f"changed there and here: {names}"
        )
    if pending:
        return Merged(Verb.UPDATE, _put(now, theirs, pending), _lines(pending, theirs, now))
    if edited:
        return Merged(
            Verb.KEEP, lines=_lines(edited, theirs, seen), why="somebody changed it there"
        )
    return Merged(Verb.NOTHING)


def _units(*bodies: Body) -> list[tuple[str, ...]]:
    """Return the fields of some bodies, those that belong together as one."""
    apart = {*CUSTOMERS, *KEPT_BY_KIBANA, _VERSION, "rule_id"}
    named = {name for body in bodies for name in body} - apart
    joined = [unit for unit in _UNITS if named & set(unit)]
    single = sorted(named - {name for unit in _UNITS for name in unit})
    return [*joined, *((name,) for name in single)]


def _differ(unit: tuple[str, ...], one: Body, other: Body) -> bool:
    return any(plain(one.get(name)) != plain(other.get(name)) for name in unit)


def plain(value: Any) -> Any:
    """Return a value without what says nothing: empty parts, and Kibana's own ``ecs`` marks."""
    if isinstance(value, Mapping):
        made = {name: plain(inner) for name, inner in value.items() if name != "ecs"}
        return {name: inner for name, inner in made.items() if inner is not None} or None
    if isinstance(value, list):
        return [plain(item) for item in value] or None
    return None if value == "" else value


def _put(now: Body, theirs: Body, units: list[tuple[str, ...]]) -> dict[str, Any]:
    """Return theirs with some fields of ours, as a request may have it."""
    made = {name: value for name, value in theirs.items() if name not in KEPT_BY_KIBANA}
    for name in (name for unit in units for name in unit):
        made.pop(name, None)
        if name in now:
            made[name] = now[name]
    return {**made, _VERSION: max(_version(now), _version(theirs))}


def _version(body: Body) -> int:
    value = body.get(_VERSION)
    return value if isinstance(value, int) else 1


def _lines(units: list[tuple[str, ...]], old: Body, new: Body) -> tuple[str, ...]:
    names = [name for unit in units for name in unit if _differ((name,), old, new)]
    return tuple(f"~ {name}: {_cut(old.get(name))} -> {_cut(new.get(name))}" for name in names)


def _cut(value: Any) -> str:
    text = "(none)" if value is None else compact_json(value)
    return text if len(text) <= _CUT else f"{text[:_CUT]}…"


def seen_after(seen: Body, theirs: Body, after: Body) -> dict[str, Any]:
    """Return what counts as unedited after an upgrade, for the next one.

    Args:
        seen: What counted before.
        theirs: What stood there before the upgrade.
        after: What was read back after it.

    What the customer had edited and the upgrade left alone is still an edit.
    """
    made = dict(after)
    for unit in _units(seen, theirs, after):
        if _differ(unit, seen, theirs) and not _differ(unit, theirs, after):
            for name in unit:
                made.pop(name, None)
                if name in seen:
                    made[name] = seen[name]
    return made
