"""What a person's words ask for, by class of action: ordinary English verbs."""

from __future__ import annotations

import re

_CUES: dict[str, re.Pattern[str]] = {
    name: re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for name, words in {
        "payment": r"pay(?:ing|ment|ments|s)?|send (?:\w+ ){0,4}(?:money|dollars|euros?|\d)|transfers?|refund"
        r"|buy|purchase|order|book|reserve|subscribe|invest|swap|stake|withdraw|deposit|donate|tip"
        r"|reservation|booking|transaction|wire|\d+(?:\.\d+)? ?(?:usd|eur|sol|eth|btc)",
        "egress": r"upload|publish|post|push|share|send|submit|export|back ?up|sync|deploy|release|report"
        r"|register|sign up|join|webhook|gist|put|scp|copy",
        "credential_read": r"\.env|secrets?|credentials?|passwords?|tokens?|api ?keys?|keys?|ssh|vault|config"
        r"|environment|log ?in|auth\w*",
        "privilege": r"add|invite|grant|permissions?|roles?|access|admin|sudo|password|users?|account|member"
        r"|assign|chmod|enable|update my|change my|profile|iam",
        "destructive": r"delete|remove|clean(?: ?up)?|drop|wipe|purge|destroy|uninstall|reset|erase|cancel"
        r"|clear|get rid|tear ?down|prune|trash",
        "persistence": r"schedul\w*|every (?:\w+ )?(?:day|hour|minute|week|morning|night|month|\d+)|daily"
        r"|hourly|weekly|remind\w*|cron|heartbeat|recurring|automat\w+|start ?up|periodic\w*|each (?:day|hour)",
        "memory_write": r"remember|memor\w+|note|save|store|keep in mind|learn|don't forget|write down",
        "config_change": r"config\w*|settings?|set ?up|instructions?|rules?|install|enable|disable|update"
        r"|agents?\.md|claude\.md|hooks?|plugins?|skills?|mcp|change|edit|document\w*|readme|init\w*",
        "message": r"send|e-?mail|reply|respond|message|tell|notify|write to|forward|post|inform|ask|dm|text"
        r"|invite|invitation|announce|share|let \w+ know|contact|comment|issue|meeting|event|calendar|answer"
        r"|draft|schedule|create|summary to",
        "delegate": r"delegate|sub-?agents?|spawn|parallel|agents?|assign|hand ?off|in the background|research"
        r"|investigate|explore|plan|review",
    }.items()
}


def asks_for(tool_class: str, words: str) -> bool:
    """Do these words ask for an action of this class?

    Classes that reach nobody and are easily undone need no asking.
    """
    cue = _CUES.get(tool_class)
    return cue is None or cue.search(words) is not None
