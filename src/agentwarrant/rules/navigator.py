"""What rules cover, as layers of the ATT&CK Navigator and of the ATLAS Navigator, and as Markdown.

A layer colors every technique by the number of rules that cover it and names them in its comment.
The ATLAS Navigator is the same program with its own domain and an older layer format.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from agentwarrant.markers import between
from agentwarrant.rules.coverage import Coverage, Framework

BEGIN, END = "<!-- coverage -->", "<!-- /coverage -->"
_COLORS = ["#e3eef9", "#1a5c9e"]
_NAME = "Agent detections"


def attack_layer(coverage: Coverage) -> dict[str, Any]:
    """Return a layer of format 4.5 over ATT&CK Enterprise 19."""
    framework = coverage.framework("attack_v19")
    versions = {"attack": framework.version.split(".")[0], "navigator": "5.0.0", "layer": "4.5"}
    layer = _layer(framework, "enterprise-attack", versions, [])
    layer["layout"] = {
        "layout": "side",
        "showID": True,
        "showName": True,
        "expandedSubtechniques": "annotated",
    }
    layer["sorting"] = 3
    layer["hideDisabled"] = False
    return layer


def atlas_layer(coverage: Coverage) -> dict[str, Any]:
    """Return a layer over ATLAS, of the format that its Navigator writes."""
    framework = coverage.framework("atlas")
    versions = {"navigator": "4.6.4", "layer": "4.3"}
    data = [{"name": "atlas_data_version", "value": framework.version}]
    return _layer(framework, "atlas-atlas", versions, data)


def _layer(
    framework: Framework, domain: str, versions: dict[str, str], metadata: list[dict[str, str]]
) -> dict[str, Any]:
    scored = {item.id: item for item in framework.techniques}
    parents = {one.rpartition(".")[0] for one in scored if _is_sub(one)}
    techniques: list[dict[str, Any]] = []
    for one in sorted(scored.keys() | parents):
        technique: dict[str, Any] = {"techniqueID": one}
        if one in scored:
            technique["score"] = len(scored[one].rules)
            technique["comment"] = ", ".join(scored[one].rules)
        if one in parents:
            technique["showSubtechniques"] = True
        techniques.append(technique)
    most = max((len(item.rules) for item in framework.techniques), default=1)
    return {
        "name": _NAME,
        "versions": versions,
        "domain": domain,
        "description": f"{framework.title}: the score is the number of rules, each proven by a"
        " test; the comment names them.",
        "techniques": techniques,
        "gradient": {"colors": _COLORS, "minValue": 0, "maxValue": max(1, most)},
        "metadata": metadata,
    }


def _is_sub(technique_id: str) -> bool:
    return technique_id.removeprefix("AML.").count(".") == 1


# Markdown -------------------------------------------------------------------------------------


def table(coverage: Coverage) -> str:
    """Return what is covered as Markdown: kinds, frameworks, sources."""
    kinds = ", ".join(f"{len(r)} {_kind(kind, len(r))}" for kind, r in coverage.kinds.items())
    many = f"{len(coverage.rules)} rules, each proven by its own tests"
    count = "1 rule, proven by its own tests" if len(coverage.rules) == 1 else many
    lines = [
        f"{count}: {kinds}." if kinds else f"{count}.",
        "",
        "| framework | covered | techniques | not covered |",
        "|---|---|---|---|",
        *(_row(framework) for framework in coverage.frameworks),
        "",
        "| source | rules shown with its raw records | rules that name it |",
        "|---|---|---|",
        *(f"| `{s.name}` | {len(s.shown)} | {len(s.named)} |" for s in coverage.sources),
    ]
    return "\n".join(lines) + "\n"


def _row(framework: Framework) -> str:
    word = "tactics" if framework.total else "layers" if framework.key == "maestro" else "risks"
    covered = f"{len(framework.covered)} of {len(framework.groups)} {word}"
    techniques = f"{len(framework.techniques)} of {framework.total}" if framework.total else ""
    rest = ", ".join(item.name for item in framework.groups if not item.is_covered)
    title = framework.title.replace("&", "&amp;")
    return f"| {title} | {covered} | {techniques} | {rest.replace('&', '&amp;')} |"


_KINDS = {"distinct values": "count of distinct values"}


def _kind(kind: str, number: int) -> str:
    """Return what some rules of a kind are called, for a sentence that counts them."""
    one, more, rest = _KINDS.get(kind, kind).partition(" of ")
    return f"{one}{'' if number == 1 else 's'}{more}{rest}"


def with_table(text: str, coverage: Coverage) -> str:
    """Return a text with the table between its two markers.

    Raises:
        UsageError: The markers are not there, each once and in order.
    """
    return between(text, BEGIN, END, table(coverage))


# Text and JSON --------------------------------------------------------------------------------


def lines_of(coverage: Coverage, width: int = 0) -> Iterator[str]:
    """Yield what is covered, for a terminal.

    Args:
        coverage: What is covered.
        width: Lines that would be longer are folded, and go on further to the right; 0: none is.
    """
    for line in _lines(coverage):
        indent = " " * (len(line) - len(line.lstrip()) + _FOLDED)
        if not width or len(line) <= width:
            yield line
            continue
        yield from textwrap.wrap(
            line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        )


_FOLDED = 4


def _lines(coverage: Coverage) -> Iterator[str]:
    count = len(coverage.rules)
    yield f"{count} {'rule' if count == 1 else 'rules'} that a test proves"
    if coverage.unproven:
        yield f"not proven, and not counted: {', '.join(coverage.unproven)}"
    for kind, rules in coverage.kinds.items():
        yield f"  {len(rules):4} {_kind(kind, len(rules))}"
    for framework in coverage.frameworks:
        yield ""
        of = f" tactics; {len(framework.techniques)} of {framework.total} techniques"
        tail = of if framework.total else ""
        yield f"{framework.title}: {len(framework.covered)} of {len(framework.groups)}{tail}"
        for group in framework.groups:
            yield f"  {len(group.rules):4} {group.id} {group.name}"
            for item in framework.techniques:
                if group.id in item.within:
                    yield f"         {item.id} {item.name}: {', '.join(item.rules)}"
    yield ""
    yield "sources: rules shown with its raw records, rules that name it"
    for source in coverage.sources:
        yield f"  {len(source.shown):4} {len(source.named):4} {source.name}"


def document_of(coverage: Coverage) -> dict[str, Any]:
    """Return what is covered as plain JSON values."""
    return {
        "rules": list(coverage.rules),
        "unproven": list(coverage.unproven),
        "kinds": {kind: list(rules) for kind, rules in coverage.kinds.items()},
        "frameworks": {one.key: _framework(one) for one in coverage.frameworks},
        "sources": {
            s.name: {"shown": list(s.shown), "named": list(s.named)} for s in coverage.sources
        },
    }


def _framework(framework: Framework) -> dict[str, Any]:
    made: dict[str, Any] = {"name": framework.name, "version": framework.version}
    word = "tactics" if framework.total else "ids"
    made[word] = {g.id: {"name": g.name, "rules": list(g.rules)} for g in framework.groups}
    if framework.total:
        made["techniques_known"] = framework.total
        made["techniques"] = {
            t.id: {"name": t.name, "tactics": list(t.within), "rules": list(t.rules)}
            for t in framework.techniques
        }
    return made
