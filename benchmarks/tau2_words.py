"""Lets customers speak for themselves: tau2 tells them what to say as "You want …".

The texts speak to whoever plays the customer. They are put into the first person by rules alone:
"you" becomes "I" or "me" (at the end of a clause, and after a preposition or a verb that takes a
person), "your" becomes "my", "the agent" becomes "you". Nothing else is said otherwise, so
that what is told about acting ("Be insistent") stays an order, and mistakes of the texts stay.
"""

from __future__ import annotations

import re
from typing import Any

_OBJECT = (
    r"(?:to|for|with|of|from|at|by|on|about|between|behind|against|without|like|than|"
    r"tell|tells|told|telling|give|gives|gave|giving|help|helps|helping|let|lets|ask|asks|"
    r"charge|charged|charges|refund|refunds|send|sends|sent|get|gets|offer|offers|offered|"
    r"transfer|transfers|show|shows|inform|informs|call|contact|reach|assist|assures|promised|"
    r"allow|allows|allowed|attracted|provide|provides|costs?)"
)
_AGENT = r"(?:the|an) (?:customer )?(?:service |support )?(?:agent|representative|assistant)"
_RULES = [
    (r"\byou['\u2019]?re\b", "I'm"),
    (r"\byou are\b", "I am"),
    (r"\bare you\b", "am I"),
    (r"\byou were\b", "I was"),
    (r"\byourself\b", "myself"),
    (r"\byours\b", "mine"),
    (r"\byour\b", "my"),
    # "You name is …" and "You mobile data …" are the texts' own slips of the pen
    (r"^you (?=name |mobile |reservation number )", "my "),
    (rf"\b({_OBJECT}) you\b(?! (?:want|would|have|had|can|will|are|were|should|need|did|do)\b)",
     r"\1 me"),
    (r"\byou(?=\s*(?:[.,;:!?)]|$))", "me"),
    (r"\byou\b", "I"),
    (rf"\b{_AGENT}['\u2019]s\b", "your"),
    (rf"\b{_AGENT} is\b", "you are"),
    (rf"\b{_AGENT} has\b", "you have"),
    (rf"\b{_AGENT} does(n't)?\b", r"you do\1"),
    (rf"\b{_AGENT} (\w+ly )?(\w+[^s\W])s\b(?! (?:and|or)\b)", r"you \1\2"),
    (rf"\b{_AGENT}\b", "you"),
]  # fmt: skip
_COMPILED = [(re.compile(found, re.IGNORECASE), other) for found, other in _RULES]
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_FIRST = re.compile(r"^[a-z]")


def first_person(text: str) -> str:
    """Return a text that says "you" of the customer as the customer would say it."""
    return " ".join(filter(None, map(_spoken, _SENTENCE.split(text.strip()))))


def _spoken(sentence: str) -> str:
    said = " ".join(sentence.split())
    for found, other in _COMPILED:
        said = found.sub(other, said)
    return _FIRST.sub(lambda letter: letter[0].upper(), said) if said.strip(".") else ""


def messages(instructions: dict[str, str | None] | str, *, everything: bool) -> list[str]:
    """Return what a customer says: why they call, and what they know of themselves.

    With ``everything`` also what tau2 keeps for when it comes up: wishes for a case, conditions,
    and how to behave.
    """
    if isinstance(instructions, str):
        return _played(instructions)
    names = ["reason_for_call", "known_info", *(["task_instructions"] if everything else [])]
    said = [first_person(instructions.get(name) or "") for name in names]
    return [text for text in said if text]


_QUOTE = re.compile(r'["“]([^"“”]+)["”]')
_SPOKEN_WORDS = 5
"""A quotation of so many words is what the customer says; a shorter one is a name."""
_WHO = re.compile(r"\*\*your character:\*\*\s*(?:you are )?|\byour character is ", re.IGNORECASE)
_LABEL = re.compile(r"\*\*[^*]*\*\*:?\s*")
_STRAY = re.compile(r'^\s*["“”]\s*$', re.MULTILINE)
"""A mark of quotation alone on a line: what is left of something that was edited away."""
_PLAYING = re.compile(
    r"\b(?:playing|role|tool|tools|respond|mention|reveal|upfront|instructions?|"
    r"conversation|deflect|pretend|dump|volunteer|make up|on the line|turn)\b|###",
    re.IGNORECASE,
)
_FLOW = re.compile(r"^#+ |conversation flow|behavior guidelines|how to behave", re.IGNORECASE)
_OF_ONESELF = re.compile(r"\byou(?:r|'re)?\b|\b(?:name|phone|email|dob|address): ", re.IGNORECASE)


def _played(text: str) -> list[str]:
    """Return what the player of a part says.

    Whoever plays a customer of the bank has one text: who they are, what happened, and how the
    conversation goes, with what they say in quotation marks. What is told before that is said
    in the first person, without the sentences about acting; then what is quoted, in order.
    """
    text = _WHO.sub("You are ", _STRAY.sub("", text))
    spoken = [" ".join(q.split()) for q in _QUOTE.findall(text) if _long(q)]
    before = _QUOTE.sub(lambda found: "" if _long(found[1]) else found[0], _before(text))
    sentences = _SENTENCE.split(_LABEL.sub("", before))
    kept = [s for s in sentences if _OF_ONESELF.search(s) and not _PLAYING.search(s)]
    return [said for said in (first_person("\n".join(kept)), *spoken) if said]


def _long(quoted: str) -> bool:
    return len(quoted.split()) >= _SPOKEN_WORDS and "**" not in quoted


def _before(text: str) -> str:
    lines: list[str] = []
    for line in text.splitlines():
        if _FLOW.search(line):
            break
        lines.append(line)
    return "\n".join(lines)


def spoken_call(tool: str, arguments: dict[str, Any]) -> str:
    """Return how an agent tells a customer what it is about to do, before it asks for a yes."""
    words = re.sub(r"_\d{4}$", "", tool).replace("_", " ")
    details = "; ".join(f"{key.replace('_', ' ')}: {value}" for key, value in arguments.items())
    return f"I am about to {words} ({details}). Do you want me to proceed (yes/no)?"
