"""Questions and proofs of responses as text: for a terminal, as Markdown, as HTML.

Every value may be what an agent wrote: each is made visible, so that none can move the cursor,
hide or turn a line, and in HTML each is escaped besides. Requests are never cut.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from agentwarrant.event import iso_from_ms
from agentwarrant.report.planrows import details
from agentwarrant.report.safe import visible
from agentwarrant.respond.action import Reversibility
from agentwarrant.respond.runplan import Approval, Point, RunPlan, walk

if TYPE_CHECKING:
    from agentwarrant.respond.people.approvals import Asked
    from agentwarrant.respond.reporting.proof import PointProof, Proof

Line = tuple[int, str]
"""How far in, and the text."""
_FINAL = "CANNOT BE TAKEN BACK"
_OF_ONE_RULE = 3


def printed(lines: Iterable[Line]) -> str:
    """Return lines for a terminal or a file."""
    return "".join(f"{'  ' * depth}{visible(text)}\n" for depth, text in lines)


# Questions ----------------------------------------------------------------------------------


def question_lines(plan: RunPlan, asked: Asked, covers: Iterable[str]) -> Iterator[Line]:
    """Yield all that somebody must see to say yes: every request whole, and what it costs.

    Args:
        plan: As the ledger has it now.
        asked: The request.
        covers: Ids of the points that it is for.
    """
    wanted = set(covers)
    points = [node for node in walk(plan.root) if isinstance(node, Point) and node.id in wanted]
    yield from _request(plan, asked)
    if asked.attempt > 1:
        yield 1, f"This is request {asked.attempt} of this: the plan changed, or nobody answered."
    for node in walk(plan.root):
        if isinstance(node, Approval) and node.id == asked.node and node.reason:
            yield 1, node.reason
    final = [point for point in points if point.reversibility is Reversibility.IRREVERSIBLE]
    for point in final:
        yield 1, f"{_FINAL}: {point.step.title}: {point.step.changes}"
    for note in plan.notes:
        yield 1, f"- {note}"
    for point in points:
        yield from _point(point, 1)


def release_lines(plan: RunPlan, asked: Asked) -> Iterator[Line]:
    """Yield all that somebody must see to let an agent go: what is taken back, and what stays.

    Args:
        plan: As the ledger has it now.
        asked: The request.
    """
    yield from _request(plan, asked)
    for point in plan.points():
        if point.step.undo:
            yield 1, f"takes back: {point.step.title} ({point.action} over {point.connection})"
            yield from ((2, request.text) for request in point.step.undo)
        elif point.reversibility is Reversibility.IRREVERSIBLE:
            yield 1, f"stays: {point.step.title} ({point.action} over {point.connection})"


def _request(plan: RunPlan, asked: Asked) -> Iterator[Line]:
    yield 0, f"run {asked.run}, {asked.node}: {plan.title}: {plan.agent} ({plan.tenant})"
    said = ", ".join(f"{who} {says}" for who, says in sorted(asked.voted.items())) or "nobody yet"
    yield 1, f"{asked.needs} must say yes by {iso_from_ms(asked.expires_ms)}; so far {said}"
    yield 1, f"plan {asked.plan_hash}, request {asked.nonce}"


def _point(point: Point, depth: int) -> Iterator[Line]:
    yield depth, f"[{point.id}] {point.step.title} ({point.action} over {point.connection})"
    yield depth + 1, point.step.changes
    for word, text in details(point):
        yield depth + 1, f"{word:<7} {text}"


# Proofs -------------------------------------------------------------------------------------


def proof_lines(proof: Proof) -> Iterator[Line]:
    """Yield a case's report: from the log line to the entry of the audit chain."""
    yield 0, f"{proof.title}: {proof.agent} ({proof.tenant})"
    why = f": {proof.reason}" if proof.reason else ""
    yield 1, f"run {proof.run} of {proof.playbook} is {proof.state}{why}"
    yield 1, _time(proof)
    yield 1, f"cases {', '.join(proof.cases) or 'none'}; plan {proof.plan_hash}"
    yield 0, "What set it off"
    yield from _log(proof)
    if not proof.log:
        yield 1, f"first event {proof.first_event or 'not known'}; no log line is named"
    yield 0, "Who decided"
    for consent in proof.consents:
        said = ", ".join(f"{who} {says}" for who, says in sorted(consent.votes.items())) or "nobody"
        yield 1, f"{consent.node} (request {consent.attempt}): {consent.state}; {said}"
    if not proof.consents:
        yield 1, f"nobody was asked: mode {proof.mode}"
    yield 0, "Where the agent was stopped"
    for point in proof.points:
        yield from _proved(point)
    yield 0, "What is not covered"
    for line in proof.not_covered:
        yield 1, line
    if not proof.not_covered:
        yield 1, "nothing that is known"
    yield from _kept(proof)


def _log(proof: Proof) -> Iterator[Line]:
    """Show the first lines of each rule; a rule that fired a hundred times says no more by it."""
    count = Counter(str(one.get("rule", "")) for one in proof.log)
    shown: Counter[str] = Counter()
    for one in proof.log:
        rule = str(one.get("rule", ""))
        shown[rule] += 1
        if shown[rule] <= _OF_ONE_RULE:
            yield 1, f"{one.get('time', '')} {one.get('what', '')} (event {one.get('event', '')})"
            yield 2, f"rule {rule} [{one.get('rule_id', '')}], log {one.get('file', '')}"
    for rule, times in count.items():
        if times > _OF_ONE_RULE:
            yield 1, f"and {times - _OF_ONE_RULE} more of {rule} (--format json has all)"


def _proved(point: PointProof) -> Iterator[Line]:
    cause = f", {point.cause}" if point.cause else ""
    yield 1, f"[{point.id}] {point.where}: {point.title}: {point.state}{cause}"
    if point.detail:
        yield 2, point.detail
    when = [
        f"{name} {at}" for name in ("sent", "verified", "undone") if (at := getattr(point, name))
    ]
    if when:
        yield 2, ", ".join(when) + f"; let through by {point.by or 'nobody'}"
    yield 2, f"proof {point.proof}"
    if point.exposure:
        yield 2, point.exposure
    if point.irreversible and point.sent:
        yield 2, "this cannot be taken back"
    if point.hash:
        yield 2, f"audit entry {point.seq}, {point.hash}"


def _kept(proof: Proof) -> Iterator[Line]:
    yield 0, "What is kept"
    for one in proof.evidence:
        hold = ", on hold" if one["hold"] else ""
        yield 1, f"{one['parts']} parts, manifest {one['manifest']}"
        yield 2, f"taken {one['taken']} by {one['collector']}{hold}"
    if not proof.evidence:
        yield 1, "no evidence was taken"
    for entry in proof.chain:
        yield 1, f"audit entry {entry['seq']} ({entry['kind']}), {entry['hash']}"
    if proof.notes:
        yield 0, "What the plan said before"
    for note in proof.notes:
        yield 1, note


def _time(proof: Proof) -> str:
    """Return how long it took, from what is known."""
    if proof.reaction_s is None:
        return "time to contain: it was not contained"
    whole = proof.time_to_contain_s
    first = f"{_span(whole)} from the first event" if whole is not None else "no first event"
    return f"time to contain: {first}, {_span(proof.reaction_s)} from when the run began"


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {left} s"


# Forms --------------------------------------------------------------------------------------

_MARKDOWN = "\\`*_{}[]<>()#+-.!|~&"


def markdown(lines: Iterable[Line]) -> str:
    """Return lines as Markdown in which no value is markup, a link or an image."""
    made: list[str] = []
    for depth, text in lines:
        shown = "".join(f"\\{c}" if c in _MARKDOWN else c for c in visible(text))
        above = "\n" if made and depth == 0 else ""
        made.append(f"{above}## {shown}\n" if depth == 0 else f"{'  ' * (depth - 1)}- {shown}")
    return "\n".join(made) + "\n"


def html(lines: Iterable[Line], title: str) -> str:
    """Return lines as one page without script, link or style of anybody else."""
    body = "\n".join(
        f"<h2>{escape(visible(text))}</h2>"
        if depth == 0
        else f'<p class="d{min(depth, 4)}">{escape(visible(text))}</p>'
        for depth, text in lines
    )
    indent = "".join(f".d{n}{{margin:0 0 0 {n * 1.5}em}}" for n in range(1, 5))
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{escape(visible(title))}</title>"
        f"<style>body{{font:14px/1.5 sans-serif;max-width:70em;margin:2em auto;"
        f"overflow-wrap:anywhere}}{indent}</style></head><body>\n{body}\n</body></html>\n"
    )


_NAMES = ("run", "tenant", "agent", "playbook", "state", "points", "waits")


def runs_table(runs: Sequence[Mapping[str, str]]) -> str:
    """Return runs as a table; of one that is taken back it counts what was, and says so."""
    rows = [{**one, "points": one.get("taken_back") or one["points"]} for one in runs]
    return table(rows, _NAMES)


def table(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    """Return rows as columns of text; the first row names them."""
    listed = [[visible(str(row.get(name, ""))) for name in names] for row in rows]
    listed.insert(0, [name.replace("_", " ") for name in names])
    widths = [max(len(row[i]) for row in listed) for i in range(len(names))]
    lines = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in listed)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def markdown_table(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    """Return rows as a table of Markdown in which no value is markup."""

    def row(values: Iterable[object]) -> str:
        cells = (
            "".join(f"\\{c}" if c in _MARKDOWN else c for c in visible(str(v))) for v in values
        )
        return f"| {' | '.join(cells)} |\n"

    rule = "|" + "---|" * len(names) + "\n"
    body = "".join(row(one.get(name, "") for name in names) for one in rows)
    return row(name.replace("_", " ") for name in names) + rule + body
