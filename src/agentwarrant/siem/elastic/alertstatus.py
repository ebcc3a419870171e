"""Tells Kibana what became of its alerts: acknowledged with the case's link, closed with the case.

Both go through the seam of ``respond.transport``: in observe mode nothing is sent. The calls are
those of Kibana's public API (2023-10-31): ``POST /api/detection_engine/signals/status`` with
``signal_ids`` or ``query``, and ``…/signals/tags`` with ``ids`` and ``tags``. Both may be repeated:
an alert that is closed already is closed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from agentwarrant.errors import OutcomeUnknown, Refused, TargetRefused, TargetUnreachable
from agentwarrant.event import text_of
from agentwarrant.finding import Case, Finding
from agentwarrant.respond.transport import Effect, Request, Transport
from agentwarrant.siem.elastic.alertdoc import ALERT_ID, SPACE
from agentwarrant.siem.elastic.kibana import Kibana

STATUS, TAGS = "alerts.status", "alerts.tags"
READS: frozenset[str] = frozenset()
"""Of the methods here none only reads (``ObserveTransport``)."""
_PATHS = {
    STATUS: "/api/detection_engine/signals/status",
    TAGS: "/api/detection_engine/signals/tags",
}
_AT_ONCE = 100
_TAG = "Agent Warrant case"


class KibanaTransport:
    """Carries the requests of this module to Kibana.

    Args:
        kibana: The connection.
    """

    def __init__(self, kibana: Kibana) -> None:
        self._kibana = kibana

    def send(self, request: Request) -> Any:
        """Return Kibana's answer.

        Raises:
            Refused: Kibana said no, or does not have all of the alerts as asked.
            OutcomeUnknown: No answer came.
        """
        body = {key: value for key, value in request.params.items() if key != "space"}
        path, space = _PATHS[request.method], str(request.params["space"])
        try:
            answer = self._kibana.json("POST", path, space=space, json=body)
        except TargetRefused as error:
            raise Refused(error.what, where=error.where, mend=error.mend) from error
        except TargetUnreachable as error:
            raise OutcomeUnknown(error.what, where=error.where, mend="send it again") from error
        if answer.get("failures") or answer.get("version_conflicts"):
            raise Refused("not every alert was changed", where=path, mend="send it again")
        return answer


class AlertStatus:
    """Writes the state of cases back to the alerts that they came of.

    Args:
        transport: ``KibanaTransport``; in observe mode inside an ``ObserveTransport``.
        link: Address of a case in the console, with ``{case}`` where its id stands; or nothing.
    """

    def __init__(self, transport: Transport, link: str = "") -> None:
        self._transport = transport
        self._link = link

    def acknowledge(self, case: Case) -> int:
        """Mark the alerts of a case as taken, with the case's id and link; return how many.

        Raises:
            ObserveOnly: Observe mode.
            Refused: Kibana said no.
            OutcomeUnknown: No answer came; acknowledge again.
        """
        tags = [f"{_TAG} {case.id}"]
        if self._link:
            tags.append(self._link.replace("{case}", case.id))
        count = 0
        for space, ids in _alerts(case.findings):
            added = {"tags_to_add": tags, "tags_to_remove": []}
            self._send(TAGS, {"space": space, "ids": ids, "tags": added})
            self._send(
                STATUS, {"space": space, "query": _still_open(ids), "status": "acknowledged"}
            )
            count += len(ids)
        return count

    def close(self, case: Case) -> int:
        """Close the alerts of a closed case; return how many. Raises what ``acknowledge`` does."""
        count = 0
        for space, ids in _alerts(case.findings):
            self._send(STATUS, {"space": space, "signal_ids": ids, "status": "closed"})
            count += len(ids)
        return count

    def _send(self, method: str, params: dict[str, Any]) -> None:
        self._transport.send(Request(method, params, Effect.CHANGE, f"Kibana {_PATHS[method]}"))


def _still_open(ids: Sequence[str]) -> dict[str, Any]:
    """Return the query for those that are open: what an analyst closed meanwhile stays closed."""
    wanted = {"terms": {"kibana.alert.uuid": list(ids)}}
    return {"bool": {"filter": [wanted, {"term": {"kibana.alert.workflow_status": "open"}}]}}


def _alerts(findings: Iterable[Finding]) -> Iterator[tuple[str, list[str]]]:
    """Yield space and ids of the alerts that findings came of, in portions."""
    by_space: dict[str, dict[str, None]] = {}
    for finding in findings:
        if alert := text_of(finding.event, ALERT_ID):
            by_space.setdefault(text_of(finding.event, SPACE, "default"), {})[alert] = None
    for space, known in sorted(by_space.items()):
        ids = list(known)
        yield from ((space, ids[at : at + _AT_ONCE]) for at in range(0, len(ids), _AT_ONCE))
