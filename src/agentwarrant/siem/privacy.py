"""The one place that decides what of an event leaves for a SIEM, any SIEM.

A tenant's configuration says how much of prompts, arguments and results leaves (``content``) and
which events (``events``); ``docs/config.md`` says what that means field by field. Detection in the
embedded engine has seen everything before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from agentwarrant import schema
from agentwarrant.config import Content, Privacy, Shipped
from agentwarrant.event import Event, Value, text_of
from agentwarrant.redact import Redactor

LONGEST = 32_766
"""Bytes of UTF-8 of one value; Lucene indexes no longer keyword, and every SIEM has some limit."""
CUT = "…[cut]"
WITHHELD = "[withheld]"
MARK = "mark:"
_SAYING_NOTHING = frozenset({"", "{}", "[]", "null"})
"""Texts that no content is in: arguments of a call without any."""
_SURELY_SHORT = LONGEST // 4
_CONTENT_TEXTS = frozenset({"warrant.arguments.text", "warrant.content.text"})


class Outgoing:
    """What leaves for the SIEM of one tenant.

    Args:
        privacy: What its configuration says.
        redactor: Of this installation: its marks follow a value that is not shown.

    With ``none`` an enumeration, a name or a hash leaves as it is, the thing that was acted on as
    a keyed mark (equal for equal things, so that rules can still group and compare), and text as
    ``WITHHELD``. With ``redacted`` every text is looked through for secrets once more, whoever
    wrote it. With ``full`` it leaves as the connector gave it, secrets already taken out there.
    """

    def __init__(self, privacy: Privacy, redactor: Redactor) -> None:
        self._events = privacy.events
        self._redactor = redactor
        shown: Mapping[Content, Callable[[Event], Event]] = {
            Content.NONE: self._without_content,
            Content.REDACTED: self._redacted,
            Content.FULL: _as_it_is,
        }
        self._shown = shown[privacy.content]

    def event(self, event: Event, in_finding: bool) -> Event | None:
        """Return what leaves of an event; None when nothing does.

        Args:
            event: As the engine judged it.
            in_finding: A finding rests on it, or it led to one.
        """
        wanted = self._events is Shipped.ALL or (self._events is Shipped.EVIDENCE and in_finding)
        return self._leaving(event) if wanted else None

    def finding(self, finding: Event) -> Event:
        """Return what leaves of a finding (``schemas/finding.schema.json``); findings always do."""
        made = self._leaving(finding)
        if made.get("message") == WITHHELD:  # it begins with the rule's name, which is ours
            made["message"] = finding["rule.name"]
        return made

    def response(self, record: Event) -> Event:
        """Return what leaves of a response record; these always do."""
        return self._leaving(record)

    def _leaving(self, event: Event) -> Event:
        made = self._shown(event)
        for name, value in made.items():
            if value.__class__ is str:
                if len(value) > _SURELY_SHORT:
                    made[name] = _bounded(value)
            elif isinstance(value, list) and any(len(str(one)) > _SURELY_SHORT for one in value):
                made[name] = [_bounded(str(one)) for one in value]
        if any(str(made.get(name, "")).endswith(CUT) for name in _CONTENT_TEXTS):
            made["warrant.content.truncated"] = "yes"
        return made

    def _redacted(self, event: Event) -> Event:
        made = dict(event)
        clean = self._redactor.text
        for name in made.keys() - _names():
            value = made[name]
            if isinstance(value, str):
                made[name] = clean(value)[0]
            elif isinstance(value, list):
                made[name] = [clean(one)[0] if isinstance(one, str) else one for one in value]  # type: ignore[assignment]  # each stays of its type
        return made

    def _without_content(self, event: Event) -> Event:
        tenant = text_of(event, "organization.id")
        made: Event = {}
        for name, value in event.items():
            how = _ways().get(name)
            left = value if how is None and name in _kept() else None
            if how is not None:
                left = how(self, name, value, tenant)
            if left is not None:
                made[name] = left
        return made

    def _word(self, name: str, value: Value, tenant: str) -> Value | None:
        """Return an enumeration's value if it is one of its words."""
        words = _words()[name]
        if isinstance(value, list):
            return [one for one in value if one in words] or None
        return value if value in words else None

    def _mark(self, name: str, value: Value, tenant: str) -> Value:
        """Return what stands for a thing: the same for the same thing of this tenant."""
        if isinstance(value, list):
            return [self._marked(one, tenant) for one in value]
        return self._marked(value, tenant)

    def _marked(self, value: object, tenant: str) -> str:
        return MARK + self._redactor.mark(f"{tenant}\x1f{value}")

    def _withhold(self, name: str, value: Value, tenant: str) -> Value:
        """Return that there was a text: rules ask whether a field is there, and says something."""
        if isinstance(value, list):
            return [WITHHELD] if value else value
        return value if value in _SAYING_NOTHING else WITHHELD


_Way = Callable[[Outgoing, str, Value, str], Value | None]


@cache
def _ways() -> Mapping[str, _Way]:
    """Return how each field leaves where it does not leave as it is."""
    table = schema.load("privacy.json")
    ways: dict[str, _Way] = dict.fromkeys(_words(), Outgoing._word)
    ways.update(dict.fromkeys(table["marked"], Outgoing._mark))
    ways.update(dict.fromkeys(table["withheld"], Outgoing._withhold))
    return ways


@cache
def _kept() -> frozenset[str]:
    return frozenset(schema.load("privacy.json")["kept"])


@cache
def _names() -> frozenset[str]:
    """Return the fields that hold no content: enumerations, names, numbers, hashes."""
    return _kept() | _words().keys()


@cache
def _words() -> Mapping[str, frozenset[str]]:
    """Return the words of each enumeration of the schemas of events and findings."""
    event, finding = schema.load("event.schema.json"), schema.load("finding.schema.json")
    found: dict[str, frozenset[str]] = {}
    for listed in (event["$defs"]["fields"], event, finding):
        for name, spec in listed["properties"].items():
            one = [spec["const"]] if "const" in spec else ()
            words = spec.get("enum") or spec.get("items", {}).get("enum") or one
            if words:
                found[name] = found.get(name, frozenset()) | frozenset(words)
    return found


def _as_it_is(event: Event) -> Event:
    return dict(event)


def _bounded(text: str) -> str:
    """Return a text of at most ``LONGEST`` bytes; ``CUT`` ends one that was longer."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= LONGEST:
        return text
    return raw[: LONGEST - len(CUT.encode())].decode("utf-8", "ignore") + CUT
