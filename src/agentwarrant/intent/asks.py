"""What a person's words ask for, by class of action: ordinary English verbs and nouns."""

from __future__ import annotations

import re


def _cue(words: str, *phrases: str) -> re.Pattern[str]:
    """Return a pattern of whole words (with their endings) and of phrases."""
    stems = "|".join(f"{re.escape(word)}(?:s|d|ed|es|ing|ment|ments)?" for word in words.split())
    return re.compile(rf"\b(?:{'|'.join([stems, *phrases])})\b", re.IGNORECASE)


_CUES: dict[str, re.Pattern[str]] = {
    "payment": _cue(
        "pay transfer refund buy purchase order book reserve subscribe invest swap stake withdraw "
        "deposit donate tip transaction wire invoice",
        r"reserv(?:e|ing|ation)s?|booking|money|\d+(?:\.\d+)? ?(?:usd|eur|sol|eth|btc|dollars?)",
    ),
    "egress": _cue(
        "upload publish post push share send submit export sync deploy release report register join "
        "webhook gist put scp copy backup",
        r"sign(?:ing)? up|back(?:ing)? up|publishing|sharing|releasing",
    ),
    "credential_read": _cue(
        "secret credential password token key ssh vault environment auth config",
        r"\.?env|api ?keys?|log ?in|authenticat\w+|configuration",
    ),
    "privilege": _cue(
        "add invite grant permission role access admin sudo password user account member assign "
        "chmod enable profile iam",
        r"(?:update|change|updating|changing) my|inviting",
    ),
    "destructive": _cue(
        "delete remove clean drop wipe purge destroy uninstall reset erase cancel clear prune trash",
        r"get(?:ting)? rid|tear(?:ing)? down|deleting|removing|cancell\w+",
    ),
    "persistence": _cue(
        "schedule remind reminder cron heartbeat automate automation recurring",
        r"every (?:\w+ )?(?:day|hour|minute|week|morning|evening|night|month|\d+)",
        r"daily|hourly|weekly|monthly|start ?up|periodic\w*|each (?:day|hour|week|morning)|scheduling",
    ),
    "memory_write": _cue(
        "remember memory memorize note save store learn",
        r"keep in mind|don't forget|writ(?:e|ing) (?:it |this |that )?down|saving|storing|memories",
    ),
    "config_change": _cue(
        "config configure setting setup instruction rule install enable disable update agent hook "
        "plugin skill mcp change edit document readme init",
        r"configuration|set(?:ting)? up|(?:agents|claude|soul|memory)\.md|documentation|updating",
    ),
    "message": _cue(
        "send email e-mail mail reply respond message tell notify forward post inform ask dm text "
        "invite invitation announce share contact comment issue meet meeting event calendar answer "
        "draft schedule create appointment",
        r"writ(?:e|ing) to|let \w+ know|replies|sharing|inviting",
    ),
    "delegate": _cue(
        "delegate subagent sub-agent spawn parallel agent assign research investigate explore plan "
        "review analyse analyze",
        r"hand(?:ing)? (?:off|over)|in the background",
    ),
}


def asks_for(tool_class: str, words: str) -> bool:
    """Do these words ask for an action of this class?

    Classes that reach nobody and are easily undone need no asking.
    """
    cue = _CUES.get(tool_class)
    return cue is None or cue.search(words) is not None
