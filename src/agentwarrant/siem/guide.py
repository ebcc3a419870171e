"""The investigation guide of a rule: Markdown that Kibana shows beside each of its alerts.

Kibana renders it with links, images, ``{{field}}`` and ``!{plug-in}``. What stands in a rule file
is text and nothing else, so all of that is written as plain characters; names of fields that an
event can have are set as code, for an analyst to copy.
"""

from __future__ import annotations

import re

from agentwarrant import schema
from agentwarrant.rules.model import Rule
from agentwarrant.siem.written import Written

_PARTS = (
    ("look", "Look", "1."),
    ("tell", "Tell benign from bad", "-"),
    ("respond", "Respond", "1."),
)
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|!~&$])")
_FIELD = re.compile(r"@timestamp|[a-z_]+(?:\.[a-z0-9_]+)+")


def guide(rule: Rule, said: Written, playbook: str) -> str:
    """Return the guide: what to look at, how to tell, what to do, what the rule cannot see.

    Args:
        rule: The rule.
        said: What its file says.
        playbook: Name of the playbook that answers it; empty for none.
    """
    lines = ["## Triage and analysis", "", text(said.description)]
    for part, heading, mark in _PARTS:
        if said.triage.get(part):
            lines += ["", f"### {heading}", ""]
            lines += [f"{mark} {text(one)}" for one in said.triage[part]]
    if playbook:
        lines += ["", f"The playbook for it is {code(playbook)}; it changes nothing before a"]
        lines[-1] += " person has approved its plan."
    if said.false_positives:
        lines += ["", "### False positive analysis", ""]
        lines += [f"- {text(one)}" for one in said.false_positives]
    if said.blind_spots:
        lines += ["", "### What it does not see", "", text(said.blind_spots)]
    lines += ["", f"Rule {code(rule.short_id)}."]
    return "\n".join(lines) + "\n"


def text(given: str) -> str:
    """Return plain text as Markdown that shows just that, fields as code."""
    made, end = [], 0
    for found in _FIELD.finditer(given):
        if schema.field_type(found.group()) is not None:
            made += [_plain(given[end : found.start()]), code(found.group())]
            end = found.end()
    return "".join([*made, _plain(given[end:])])


def code(given: str) -> str:
    """Return text as code; what would end it, or the line, is taken out."""
    return f"`{' '.join(given.replace('`', ' ').split())}`"


def _plain(given: str) -> str:
    return _SPECIAL.sub(r"\\\1", re.sub(r"\s", " ", given))
