"""What rules became in Elastic, and which could not, as Markdown that is made and not written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from agentwarrant.markers import between
from agentwarrant.siem.elastic.foreign import Integration
from agentwarrant.siem.elastic.panels import boards
from agentwarrant.siem.elastic.render import NativeRule, Rendered
from agentwarrant.siem.markdown import cell as cell
from agentwarrant.siem.markdown import row

BEGIN, END = "<!-- elastic -->", "<!-- /elastic -->"
_KINDS = {
    "esql": "ES|QL",
    "query": "KQL",
    "eql": "EQL",
    "threshold": "threshold",
    "new_terms": "new terms",
}


def overview(rendered: Rendered) -> str:
    """Return how many rules became what, and those that are refused, each with its reason."""
    sources = {one.rule.id for one in rendered.rules}
    counted = Counter(_KINDS.get(one.query.type, one.query.type) for one in rendered.rules)
    kinds = ", ".join(f"{number} {kind}" for kind, number in counted.most_common())
    whole = len(sources) + len(rendered.refused)
    lines = [
        f"{len(sources)} of {whole} rules run in Elastic, as {len(rendered.rules)} detection rules"
        f" of Kibana: {kinds or 'none'}."
    ]
    lines += ["", *_refused(rendered)] if rendered.refused else ["No rule is refused."]
    return "\n".join(lines) + "\n"


def _refused(rendered: Rendered) -> Iterator[str]:
    yield "| refused rule | | why it cannot mean the same there |"
    yield "|---|---|---|"
    for one in sorted(rendered.refused, key=lambda refusal: refusal.rule.short_id):
        yield row(f"`{one.rule.short_id}`", cell(one.rule.title), cell(one.reason))


def with_overview(text: str, rendered: Rendered) -> str:
    """Return a text with the overview between its two markers.

    Raises:
        UsageError: The markers are not there, each once and in order.
    """
    return between(text, BEGIN, END, overview(rendered))


def of_package(rendered: Rendered, stack: str) -> str:
    """Return the README of the package."""
    lines = [
        "# Agent Warrant",
        "",
        "Detection rules and dashboards over what AI agents do.",
        "",
        f"Built for the stack {stack}. The data streams and their templates are no part of it:"
        " install them first, with `agentwarrant install elastic`.",
        "All rules are switched off when they are installed.",
        "",
        "## Dashboards",
        "",
        *(f"- {board.title}: {board.about}" for board in boards()),
        "",
        "## Rules",
        "",
        overview(rendered),
        "| rule | | severity | as |",
        "|---|---|---|---|",
        *(_rule(one) for one in rendered.rules),
    ]
    return "\n".join(lines) + "\n"


def _rule(one: NativeRule) -> str:
    kind = _KINDS.get(one.query.type, one.query.type)
    name, severity = cell(str(one.body["name"])), str(one.body["severity"])
    return row(f"`{one.rule.short_id}`", name, severity, cell(kind))


def refusals(rendered: Rendered) -> str:
    """Return ``refused.md``: what runs in the embedded engine alone."""
    head = "# Rules that do not run in Elastic\n\n"
    return f"{head}They run in the embedded engine all the same.\n\n{overview(rendered)}"


def of_integrations(made: Sequence[tuple[Integration, Rendered]]) -> str:
    """Return what rules become over others' data, and why the rest is refused, by integration."""
    lines = ["# Rules over Elastic's own integrations", ""]
    lines += ["They need no connector of Agent Warrant, and see less than with one."]
    lines += ["Those that know agents by their accounts join the inventory of their tenant."]
    for data, rendered in made:
        lines += [
            "",
            f"## {data.title}",
            "",
            f"`{data.name}`, over `{data.index}`. {data.less}",
            "",
        ]
        lines += [f"- `{one.rule.short_id}` {one.rule.title}" for one in rendered.rules]
        why = Counter(one.reason for one in rendered.refused)
        lines += [f"- {number} refused: {reason}" for reason, number in sorted(why.items())]
    return "\n".join(lines) + "\n"
