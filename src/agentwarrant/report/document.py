"""The result of a scan as one JSON document, for programs (``scan --format json``)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from agentwarrant.finding import Case
from agentwarrant.report import view
from agentwarrant.report.model import ScanResult


def document_of(result: ScanResult) -> dict[str, Any]:
    """Return the result as plain JSON values; cases worst first, times as RFC 3339."""
    return {
        "generated": result.generated,
        "version": result.version,
        "events": result.events,
        "agents": dict(result.agents),
        "sources": dict(result.sources),
        "files": result.files,
        "cases": [_case(result, case) for case in result.cases],
        "dead_letters": [asdict(letter) for letter in result.dead_letters],
        "unknown_files": [{"path": path, "reason": why} for path, why in result.unknown_files],
        "skipped": [{"path": path, "reason": why} for path, why in result.skipped],
        "counters": dict(result.counters),
    }


def _case(result: ScanResult, case: Case) -> dict[str, Any]:
    response = result.responses.get(case.id)
    return {
        "id": case.id,
        "title": case.title,
        "severity": str(case.severity),
        "risk": case.risk,
        "state": "open" if case.is_open else "watched",
        "opened_by": case.opened_by or None,
        "agent_risk": case.arithmetic,
        "tenant": case.tenant,
        "agent": case.agent,
        "conversation": case.conversation,
        "source": case.source,
        "start": case.start,
        "end": case.end,
        "clocks": view.clocks(case),
        "findings": [finding.event for finding in case.findings],
        "timeline": case.timeline,
        "response": asdict(response) if response else None,
    }
