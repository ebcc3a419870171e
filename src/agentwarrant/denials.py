"""Tells a runtime's refusal from a failure, by what was answered in place of a result."""

from __future__ import annotations

import re

_DENIALS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (reason, re.compile(pattern, re.IGNORECASE))
    for reason, pattern in (
        (
            "user_denied",
            r"\b(?:user|human|operator|owner)[- ]?(?:denied|rejected|declined|refused|cancell?ed)"
            r"|(?:denied|rejected|declined) by (?:the )?(?:user|human|operator|owner)"
            r"|user (?:doesn't|does not|did not) want to",
        ),
        (
            "approval_unavailable",
            r"requires? (?:human |user |explicit |manual )?approval"
            r"|approval (?:is )?(?:required|needed)|cannot wait for (?:interactive )?\w* ?approval"
            r"|awaiting approval|needs? permission|permission (?:is )?required|haven't granted",
        ),
        (
            "not_available",
            r"^\W*(?:error:?\s*)?(?:unknown|no such|invalid|unrecogni[sz]ed) tool\b"
            r"|\btool\b.{0,80}\b(?:not (?:found|available|exist|enabled|registered)|unavailable"
            r"|disabled|does not exist|is not a valid)",
        ),
        (
            "policy_denied",
            r"\b(?:exec|tool|action|call|command|request|operation) (?:was |is |has been )?"
            r"(?:denied|blocked|forbidden|rejected|not (?:allowed|permitted|authori[sz]ed))"
            r"|(?:denied|blocked|forbidden|rejected|prevented) by (?:\w+ ){0,3}"
            r"(?:policy|polic\w+|guardrail|rule|hook|sandbox|administrator|allowlist|warrant)"
            r"|policy (?:violation|denies|forbids)|out of scope"
            r"|outside (?:its|the|your|declared) scope"
            r"|not (?:allowed|permitted|authori[sz]ed) (?:to|for|by)",
        ),
    )
)


def denial_of(text: str) -> str:
    """Return why a runtime refused a call, from the text it answered; '' when it did not.

    A shell's own "Permission denied" or "command not found" is no refusal of the runtime.
    """
    head = text[:600]
    for reason, pattern in _DENIALS:
        if pattern.search(head):
            return reason
    return ""
