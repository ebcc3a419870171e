"""What rules became in Splunk, and which could not, as Markdown that is made and not written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from agentwarrant.markers import between
from agentwarrant.siem.markdown import cell, row
from agentwarrant.siem.splunk.query import Cost, Form
from agentwarrant.siem.splunk.render import NativeSearch, Rendered

BEGIN, END = "<!-- splunk -->", "<!-- /splunk -->"


def overview(rendered: Rendered) -> str:
    """Return how many rules became what, and those that are refused, each with its reason."""
    whole = len(_rules(rendered)) + len({one.rule.id for one in rendered.refused})
    costs = Counter(one.query.cost for one in rendered.rules)
    shares = ", ".join(f"{costs[cost]} {cost}" for cost in Cost if costs[cost])
    models = sum(one.query.form is Form.MODEL for one in rendered.rules)
    lines = [
        f"{len(_rules(rendered))} of {whole} rules run in Splunk, as {len(rendered.rules)} saved"
        f" searches, by their cost: {shares or 'none'}."
    ]
    if models:
        lines.append(f"{models} of them read data models of CIM.")
    lines += ["", *_refused(rendered)] if rendered.refused else ["No rule is refused."]
    return "\n".join(lines) + "\n"


def with_overview(text: str, rendered: Rendered) -> str:
    """Return a text with the overview between its two markers.

    Raises:
        UsageError: The markers are not there, each once and in order.
    """
    return between(text, BEGIN, END, overview(rendered))


def of_app(rendered: Rendered, others: str) -> str:
    """Return the same with a table of the rules, for the README of the app.

    Args:
        rendered: The rules.
        others: What runs over others' data (``foreign_rules.table``).
    """
    lines = [
        overview(rendered),
        "| rule | | severity | cost |",
        "|---|---|---|---|",
        *(_rule(one) for one in rendered.rules),
        "",
        "## Over what others bring",
        "",
        "These need no connector of Agent Warrant, and see less than with one.",
        "",
        others,
    ]
    return "\n".join(lines)


def refusals(rendered: Rendered) -> str:
    """Return ``refused.md``: what runs in the embedded engine alone."""
    head = "# Rules that do not run in Splunk\n\n"
    return f"{head}They run in the embedded engine all the same.\n\n{overview(rendered)}"


def _rules(rendered: Rendered) -> set[str]:
    return {one.rule.id for one in rendered.rules}


def _refused(rendered: Rendered) -> Iterator[str]:
    yield "| refused rule | | why it cannot mean the same there |"
    yield "|---|---|---|"
    for one in sorted(rendered.refused, key=lambda refusal: refusal.rule.short_id):
        yield row(f"`{one.rule.short_id}`", cell(one.rule.title), cell(one.reason))


def _rule(one: NativeSearch) -> str:
    part = f" ({one.part})" if one.part > 1 else ""
    return row(
        f"`{one.rule.short_id}`{part}", cell(one.rule.title), one.rule.severity, one.query.cost
    )
