"""Tells Enterprise Security what became of its notable events, which it calls findings since 8.

``POST /services/notable_update`` with ``ruleUIDs`` (their ``event_id``), ``status`` and ``comment``
(Splunk Enterprise Security 7.3 and 8.0, "Notable Event API reference"). Versions from 8.1 on list
it as deprecated, beside an API whose calls no documentation describes that we found; where it is
gone that is said. 0 is unassigned, 1 new, 2 in progress, 3 pending, 4 resolved, 5 closed, unless a
customer made others. The user of the token needs the capability ``edit_notable_events``. Risk
events and triggered alerts have no state.

Both calls go through the seam of ``respond.transport``: in observe mode nothing is changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from agentwarrant.errors import OutcomeUnknown, Refused, TargetRefused, TargetUnreachable
from agentwarrant.event import epoch_ms, text_of
from agentwarrant.finding import Case
from agentwarrant.respond.transport import Effect, Request, Transport
from agentwarrant.siem.splunk.matches import MATCH_ID, match_of
from agentwarrant.siem.splunk.notables import PREFIX, has_security, whose
from agentwarrant.siem.splunk.splunkd import Splunkd
from agentwarrant.siem.taken import BadAlert

FIND, UPDATE = "notables.find", "notables.update"
READS = frozenset({FIND})
"""The methods that only read (``ObserveTransport``)."""
IN_PROGRESS, CLOSED = "2", "5"
_UNTAKEN = frozenset({"", "0", "1"})
_AT_ONCE = 100
_EARLIER_MS = 86_400_000
"""How long before its events an alert may have been made, by the clocks of others."""


class SplunkTransport:
    """Carries the requests of this module to splunkd.

    Args:
        splunkd: The connection.
    """

    def __init__(self, splunkd: Splunkd) -> None:
        self._splunkd = splunkd

    def send(self, request: Request) -> Any:
        """Return rows (``FIND``) or the answer (``UPDATE``).

        Raises:
            Refused: splunkd said no, or not all were changed as asked.
            OutcomeUnknown: No answer came.
        """
        try:
            return self._find(request) if request.method == FIND else self._update(request)
        except TargetRefused as error:
            raise Refused(error.what, where=error.where, mend=error.mend) from error
        except TargetUnreachable as error:
            raise OutcomeUnknown(error.what, where=error.where, mend="send it again") from error

    def _find(self, request: Request) -> Any:
        if not has_security(self._splunkd):
            return []
        text, earliest = str(request.params["search"]), str(request.params["earliest"])
        return self._splunkd.search(text, earliest=earliest, latest="now")

    def _update(self, request: Request) -> Any:
        path = "/services/notable_update"
        answer = self._splunkd.ask("POST", path, request.params, allow=frozenset({404}))
        if answer is None:
            mend = "set the state in Splunk: this Enterprise Security has no notable_update"
            raise Refused("the state of alerts cannot be set there", where=path, mend=mend)
        if not answer.get("success") or answer.get("failure_count"):
            what = f"not every alert was changed: {str(answer.get('message', ''))[:200]}"
            raise Refused(what, where=path, mend="send it again")
        return answer


class AlertStatus:
    """Writes the state of cases back to the alerts that they came of.

    Args:
        transport: ``SplunkTransport``; in observe mode inside an ``ObserveTransport``.
        link: Address of a case in the console, with ``{case}`` where its id stands; or nothing.
    """

    def __init__(self, transport: Transport, link: str = "") -> None:
        self._transport = transport
        self._link = link

    def acknowledge(self, case: Case) -> int:
        """Mark the alerts of a case as in progress, with its id and link; return how many.

        What an analyst took or closed meanwhile stays as it is.

        Raises:
            ObserveOnly: Observe mode.
            Refused: splunkd said no.
            OutcomeUnknown: No answer came; acknowledge again.
        """
        link = self._link.replace("{case}", case.id)
        comment = f"Agent Warrant case {case.id} {link}".strip()
        ids = [alert for alert, state in self._found(case) if state in _UNTAKEN]
        return self._update(ids, {"status": IN_PROGRESS, "comment": comment})

    def close(self, case: Case) -> int:
        """Close the alerts of a closed case; return how many. Raises what ``acknowledge`` does."""
        ids = [alert for alert, state in self._found(case) if state != CLOSED]
        comment = f"Agent Warrant case {case.id} is closed"
        return self._update(ids, {"status": CLOSED, "comment": comment})

    def _update(self, ids: Sequence[str], said: dict[str, str]) -> int:
        pending = iter(ids)
        while portion := list(islice(pending, _AT_ONCE)):
            params = {"ruleUIDs": portion, **said}
            self._transport.send(Request(UPDATE, params, Effect.CHANGE, "splunkd notable_update"))
        return len(ids)

    def _found(self, case: Case) -> Iterator[tuple[str, str]]:
        """Yield ``event_id`` and ``status`` of the alerts that a case came of."""
        wanted = {text_of(one.event, MATCH_ID) for one in case.findings} - {""}
        if not wanted:
            return
        begin = max(0, epoch_ms(case.start) - _EARLIER_MS)
        text = f'search `notable` | search source="{PREFIX}*"{whose(case.tenant)}'
        params = {"search": text, "earliest": f"{begin / 1000:.3f}"}
        seen: set[str] = set()
        for row in self._transport.send(Request(FIND, params, Effect.READ, "splunkd search/jobs")):
            try:
                match = match_of(row)
            except BadAlert:
                continue
            if match.id in wanted and match.alert and match.alert not in seen:
                seen.add(match.alert)
                yield match.alert, match.text("status")
