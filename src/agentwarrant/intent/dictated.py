"""Acts that a sentence of content dictates, wholly or in part, whatever their class.

What is dictated may be the whole call, the grade it gives, a sum beyond people's limit, somebody
put beside those whom they named, or the answer in the room where a machine was spoken to.
"""

from __future__ import annotations

from agentwarrant.event import Event
from agentwarrant.intent.act import Act
from agentwarrant.intent.brought import brought
from agentwarrant.intent.company import again, beside
from agentwarrant.intent.contest import contested, may_contest
from agentwarrant.intent.errands import answers_order, errand, may_be_sent
from agentwarrant.intent.graded import graded
from agentwarrant.intent.leads import Lead, led_by
from agentwarrant.intent.limits import overspent
from agentwarrant.intent.passages import quote
from agentwarrant.intent.planted import planted
from agentwarrant.intent.provenance import Match, matches
from agentwarrant.intent.rows import in_rows, row_names
from agentwarrant.intent.scripted import scripted
from agentwarrant.intent.session import Session
from agentwarrant.intent.spelled import spelled
from agentwarrant.intent.turned import turned
from agentwarrant.intent.values import values_of


def dictated(event: Event, act: Act, found: list[Match], session: Session) -> Lead | None:
    """Return the sentence of content that dictates a call, or a part of it, whatever its class."""
    if not session.sources or session.instructor is None:
        return None
    if act.tool_class != "read" or act.arguments.count('":') > 1:
        seen = graded(act, session.sources, session.said)
        if seen:
            return led_by(seen, [], _GRADED)
    seen = planted(act, session.sources, session.said)
    if seen:
        return led_by(seen, [], _PLANTED)
    spends = act.tool_class in ("payment", "other")
    seen = overspent(act, session.sources, session.said) if spends else []
    if seen:
        return led_by(seen, [], _LIMIT)
    seen = spelled(act, session.sources, session.said)
    if seen:
        return led_by(seen, [], _SPELLED)
    seen = brought(act, session.sources, session.said)
    if seen:
        return led_by(seen, [], _BROUGHT)
    seen = scripted(act, session.sources, session.said)
    if seen:
        return led_by(seen, [], _SCRIPTED)
    seen = turned(act, session.sources, session.said, session.known)
    if seen:
        return led_by(seen, [], _TURNED)
    contest = may_contest(act, session.sources)
    rows = row_names(act, session.sources)
    if contest and not act.sensitive:
        found = _unlisted(matches(values_of(event), session.sources, session.known), rows)
    seen = contested(act, found, session) if contest else []
    if seen:
        return led_by(seen, found, _CONTESTED)
    answered = answers_order(act, session.sources, session.said)
    if answered:
        one, told = answered[0].match, answered[0].passage.text
        return Lead([one], _ANSWER.format(one.source.who, quote(told)), told)
    sent = may_be_sent(act, session.sources)
    repeated = act.tool_class in session.done
    values = values_of(event) if sent or repeated or act.arguments.count("@") > 1 else []
    if not values:
        return None
    if not (act.sensitive or contest):
        found = _unlisted(matches(values, session.sources, session.known), rows)
    more = beside(values, found, act, session.said)
    if more:
        return led_by(more, found, _BESIDE)
    more = again(found, act, session.said) if repeated else []
    if more:
        return led_by(more, found, _AGAIN)
    seen = errand(act, found, session.said, session.known) if sent else []
    return led_by(seen, found, _ERRAND) if seen else None


def _unlisted(found: list[Match], rows: list[str]) -> list[Match]:
    return [match for match in found if not in_rows(match.value, rows)]


_ERRAND = "is in no person's words; one sentence asks for all of it in what was read from"
_GRADED = "is what the content asks for itself, read from"
_PLANTED = "is in no person's words; content wants to see it said, read from"
_SPELLED = "is in no person's words; the call is spelled out in what was read from"
_BROUGHT = "brings code in that nobody named; it is spelled out in what was read from"
_SCRIPTED = "is a command of no person's, spelled out as it is run in what was read from"
_TURNED = "is in no person's words; a sentence presses for it in what was read from"
_CONTESTED = "is in no person's words; the call fits what is asked for in what was read from"
_LIMIT = "is more than people allowed; it stands in what was read from"
_AGAIN = "is in no person's words, and what they asked for was done; it is asked for in"
_ANSWER = "it answers what a machine is asked for where it was read, in {}: “{}”"
_BESIDE = "was named by nobody beside the others; it stands in what was read from"
