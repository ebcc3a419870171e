"""The report as one HTML page that needs nothing else and can harm nobody who opens it.

No script, no link to anywhere, no font: the content security policy forbids them, and the one
style sheet is allowed by its hash. Every value passes ``safe.visible`` and HTML escaping in the
template engine itself (``finalize`` and autoescape), so that no template can forget either.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from agentwarrant.finding import Case
from agentwarrant.report import graph, steps, view, words
from agentwarrant.report.layout import Picture
from agentwarrant.report.model import ProposedResponse, ScanResult
from agentwarrant.report.safe import clip, one_line, visible
from agentwarrant.report.tall import tall
from agentwarrant.report.wide import wide

MAX_CASES = 100
"""Cases shown in full; every further case is one line of the list of cases."""
MAX_STEPS = 200
"""Steps of one case on the page; the most telling are kept, the rest is counted."""
MAX_ROWS = 200
"""Rows of a list at the end of the page; the rest is counted."""


@dataclass(frozen=True, slots=True)
class _CaseView:
    """One case with everything its template shows."""

    number: int
    case: Case
    steps: list[steps.Step]
    graph: graph.Graph
    pictures: list[tuple[str, Picture]]
    response: ProposedResponse | None

    @property
    def hidden(self) -> int:
        return len(self.case.timeline) - sum(step.times for step in self.steps)


def render_html(result: ScanResult) -> str:
    """Return the whole page."""
    environment = _environment()
    css = _source(environment, "report.css")
    page = environment.get_template(
        "page.html"
    ).render(
        result=result,
        css=Markup(css),  # noqa: S704 - our own file, and no value goes into it
        css_hash=base64.b64encode(hashlib.sha256(css.encode()).digest()).decode(),
        cases=[
            _case_view(number, case, result)
            for number, case in enumerate(result.cases[:MAX_CASES], 1)
        ],
        further=result.cases[MAX_CASES:],
        severities=view.severity_counts(result),
        max_rows=MAX_ROWS,
    )
    return page + "\n"


def _case_view(number: int, case: Case, result: ScanResult) -> _CaseView:
    found = graph.build(case)
    pictures = [("wide", wide(found)), ("tall", tall(found))] if found.links else []
    chosen = steps.select(steps.fold(steps.steps(case)), MAX_STEPS)
    return _CaseView(number, case, chosen, found, pictures, result.responses.get(case.id))


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("agentwarrant.report"),
        autoescape=True,
        finalize=_finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(clip=clip, one_line=one_line)
    environment.globals.update(view=view, words=words, recorded=steps.recorded)
    return environment


def _finalize(value: Any) -> Any:
    """Make every value visible on its way into the page; markup is what templates made."""
    if isinstance(value, Markup):
        return value
    return visible(value, lines=True) if isinstance(value, str) else value


def _source(environment: Environment, name: str) -> str:
    loader = environment.loader
    assert loader is not None  # noqa: S101 - given above; for the type checker
    return loader.get_source(environment, name)[0]
