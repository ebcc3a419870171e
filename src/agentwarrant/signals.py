"""Weak signals in text: does content that an agent read talk to the agent?

This says nothing by itself. Rules use it only together with an action (``docs/rules.md``): a
security article quotes injections all day, and nothing happens. What is looked for is how such
text must work, not how any one sample is worded: it addresses a machine, it asks to put its own
wish before the user's, it asks for an act, it asks for silence, or it hides.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

_SCAN_LIMIT = 200_000
_TRIES = 48
_MACHINE = (
    r"(?:ai|llms?|agents?|assistants?|(?:chat)?bots?|models?|claws?|gpt[\w.-]*|claude|copilot"
    r"|gemini|llama[\w.-]*|codex|language models?)\b"
)


class Sign(NamedTuple):
    """One way of talking to an agent: a cue, and what must stand closely around it.

    Cues are literals found by one pass of an automaton; only there the patterns are tried, each
    on a short stretch. So the time is linear, whatever an attacker writes, and text without a
    cue costs next to nothing.
    """

    group: int
    weight: int
    cues: tuple[str, ...]
    before: re.Pattern[str] | None
    after: re.Pattern[str] | None
    window: int

    def holds(self, text: str, start: int, end: int) -> bool:
        if self.before and not self.before.search(text[max(0, start - 40) : start]):
            return False
        return self.after is None or self.after.search(text[end : end + self.window]) is not None


_OVERRIDE, _ADDRESSEE, _SECRECY, _FRAME, _HIDDEN, _ACT, _PRESSURE = range(7)


def _sign(
    group: int, weight: int, cues: str, after: str = "", window: int = 0, before: str = ""
) -> Sign:
    flags = re.IGNORECASE
    return Sign(
        group,
        weight,
        tuple(cue.replace("_", " ") for cue in cues.split()),
        re.compile(before, flags) if before else None,
        re.compile(after, flags) if after else None,
        window,
    )


_NEW = r"\b(?:new|updated|actual|real|revised|priority|urgent|mandatory|true)\s+(?:\w{1,20}\s+)?$"
SIGNS = (
    _sign(
        _OVERRIDE,
        2,
        "ignore disregard forget override bypass drop skip stop_following do_not_follow",
        r"\b(?:previous|prior|above|earlier|all|any|other|your|the|these|system|original)\b"
        r"[^.!?]{0,24}\b(?:instructions?|prompts?|rules?|guidelines?|tasks?|directives?|safety"
        r"|polic(?:y|ies)|orders?)\b",
        80,
    ),
    _sign(
        _OVERRIDE,
        2,
        "instruction instructions directive directives system_prompt objective task orders",
        r"^\s?[:.!-]",
        3,
        before=_NEW,
    ),
    _sign(_OVERRIDE, 2, "from_now_on your_real_task your_true_goal your_new_task supersedes_the"),
    _sign(
        _OVERRIDE,
        2,
        "before prior_to instead_of rather_than",
        r"\b(?:solv|complet|continu|answer|proceed|respond|help|finish|perform|carry|do(?:ing)?\b)\w*"
        r"[^.!?]{0,30}\b(?:task|request|question|user|original|that|this)\b",
        90,
    ),
    _sign(
        _ADDRESSEE,
        2,
        "fellow dear hey hi hello attention note_to note_for instructions_to instructions_for "
        "instruction_to instruction_for message_to message_for information_for to_you, you,",
        r"^[\s,:]{1,3}(?:all |any |the |every |other )?" + _MACHINE,
        40,
    ),
    _sign(_ADDRESSEE, 2, "if_you_are as", r"^ an? (?:ai|llm|language model|assistant|agent)\b", 24),
    _sign(
        _ADDRESSEE,
        2,
        # the word for it in several languages
        "assistant assistants agent agents bot bots copilot ai llm llms assistent assistenten "
        "assistente assistenti asistente asistentes agente agentes agenten ki ia",
        # "for agents: …", "PS to the banking assistant: …", "for AI readers: …"
        r"^[^.!?\n:]{0,24}(?::|\s[\u2013\u2014-]\s)"
        r"|^,? (?:that|who|which|reading|readers?|handling)\b",
        40,
        before=r"(?:^|\W)(?:(?:to|for|para|pour|per|an den|an die|an das|an alle|für|@)\s?"
        r"(?:the |all |any |every |your |our |el |la |los |las |gli |die |den |das |les |l')?"
        r"(?:[\w-]{2,20} )?|@)$",
    ),
    _sign(
        _ADDRESSEE,
        2,
        "ai_agent ai_agents ai_assistant ai_assistants ai_model ai_models llm agents: agents, "
        "agent: assistant: assistants:",
        # an order, not the log line "agent: run completed"
        r"\b(?:must|should|have to|are required|please"
        r"|(?:run|execute|send|post)\s+(?:the|this|that|these|your|my|all|an?|it|every|[`\"'$]))",
        60,
    ),
    _sign(
        _SECRECY,
        2,
        "do_not don't never without",
        r"^[^.!?]{0,24}\b(?:tell|mention|inform|notify|ask|reveal|alert|confirm|discuss|disclos)"
        r"\w*\b[^.!?]{0,40}\b(?:user|human|owner|anyone|this|them|confirmation|permission|it)\b",
        110,
    ),
    _sign(_SECRECY, 2, "secretly silently covertly discreetly keep_this_secret"),
    _sign(
        _SECRECY,
        2,
        "user human owner users",
        r"^[^.!?]{0,24}\b(?:need not|must not|should not|does(?: not|n't) need to"
        r"|already (?:approved|agreed|authori[sz]ed|knows?))\b",
        60,
    ),
    _sign(
        _FRAME,
        1,
        "<information> <important> <system> <instructions> <instruction> <admin> <sys> <inst> "
        "<secret> <override> <assistant> <prompt> <user_task> [system] [/system] [inst] [/inst] "
        "[instructions] [admin] [important] <|im_start|> <|system|> <|user|> system_message: "
        "system_notice: system_note: system_prompt: system_override: developer_message: "
        "admin_message: ===begin ===_begin ===system ===_system",
    ),
    _sign(_FRAME, 1, "system: instructions: instruction:", before=r"(?:^|\n)[#*\s>]{0,8}$"),
    _sign(_HIDDEN, 2, "<!--", r"\b(?:assistant|agent|instruction|ignore|must|please)\b", 400),
    _sign(
        _HIDDEN,
        2,
        "display:none display:_none font-size:0 font-size:_0 color:white color:#fff color:_white",
        r"\b(?:assistant|agent|instruction|ignore|must|please)\b",
        400,
    ),
    _sign(
        _ACT,
        1,
        "run execute send forward transfer pay wire post upload delete remove email e-mail curl "
        "fetch visit navigate_to install download share reply disclose reveal include append "
        "register approve grant invite book reserve change update reset open read cat call use "
        "invoke submit schedule create add follow click message publish copy exfiltrate write",
        r"`[^`]{2,}`|https?://|www\.|[\w.+-]{1,64}@[\w-]{1,64}\.\w|\$\s?\d"
        r"|\d(?:\.\d+)?\s?(?:usd|eur|sol|eth|btc|dollars?)\b"
        r"|(?:\.env|\b(?:passwords?|secrets?|tokens?|credentials?|keys?|files?|command|tool"
        r"|function|account|iban|address|link|channel|money|environment|output|contents?|everything))\b",
        120,
    ),
    _sign(
        _PRESSURE,
        1,
        "this_is_important this_is_very_important this_is_urgent this_is_critical "
        "this_is_mandatory immediately right_away failure_to otherwise_you otherwise_the "
        "required_step required_action verify_you verify_that_you to_prove_you to_verify_you "
        "to_confirm_you",
    ),
)
"""Independent groups of signs, each in several forms; one form is enough for a group."""

_ENOUGH = 3
_INVISIBLE = re.compile(r"[\U000E0020-\U000E007F]{4}|[\u200b-\u200f\u2060-\u2064\ufeff]{6}")
_BETWEEN = re.compile(r"[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\ud800-\udfff]+")
"""What can be put between letters without being seen; and halves of surrogate pairs."""
_CUES = [(cue, i) for i, sign in enumerate(SIGNS) for cue in sign.cues]
_FINDER = AhoCorasick([cue for cue, _ in _CUES])
_SIGN_OF = [i for _, i in _CUES]


def strength(text: str) -> int:
    """Return the summed weight of the groups of signs found in a text (0: none).

    The two weakest groups are looked at only when the others leave it open.
    """
    sample = text[:_SCAN_LIMIT]
    if len(sample) < 24:
        return 0
    hidden = not sample.isascii() and _INVISIBLE.search(sample) is not None
    if not sample.isascii():
        sample = _BETWEEN.sub("", sample)
    low = sample.lower()
    if len(low) != len(sample):
        low = "".join(c.lower() if c < "\x80" else c for c in sample)
    found = {_HIDDEN: 2} if hidden else {}
    weak: list[tuple[int, int, int]] = []
    tries = dict.fromkeys(range(len(SIGNS)), _TRIES)
    for cue, start, end in _FINDER.find_matches_as_indexes(low, overlapping=True):
        i = _SIGN_OF[cue]
        sign = SIGNS[i]
        if sign.group in found or not tries[i] or not _whole(low, start, end):
            continue
        tries[i] -= 1
        if sign.group >= _ACT:
            weak.append((i, start, end))
        elif sign.holds(sample, start, end):
            found[sign.group] = sign.weight
    if found:
        for i, start, end in weak:
            if SIGNS[i].group not in found and SIGNS[i].holds(sample, start, end):
                found[SIGNS[i].group] = SIGNS[i].weight
    return sum(found.values())


def _whole(text: str, start: int, end: int) -> bool:
    """Is a cue a word of its own, not a part of a longer one?"""
    inner = text[start].isalnum() and start > 0 and text[start - 1].isalnum()
    return not inner and not (text[end - 1].isalnum() and text[end : end + 1].isalnum())


def content_signal(text: str) -> str:
    """Return ``instruction_like`` for text that seems to instruct an agent, else ``none``."""
    return "instruction_like" if strength(text) >= _ENOUGH else "none"


def near_sign(text: str, value: str, distance: int = 600) -> bool:
    """Does a value stand close to a passage that talks to an agent?

    A long page may quote one poisoned comment; what stands far from it is not part of it.
    """
    place = text.find(value)
    tries = 8
    while place >= 0 and tries:
        if strength(text[max(0, place - distance) : place + len(value) + distance]) >= _ENOUGH:
            return True
        place = text.find(value, place + len(value))
        tries -= 1
    return False


_HEADER = re.compile(
    r"\s{0,8}[\[(<*#]{0,3}\s{0,3}(?:(?:a2a|inter-?(?:agent|session)|agent[- ]to[- ]agent"
    r"|(?:peer|remote|external|other)[- ]agent|agent)[- ]"
    r"(?:(?:message|request|task|instruction|msg)s?[- ])?from|message from (?:an?|the)? ?"
    r"(?:(?:peer|remote|external|other)[- ])?(?:agent|bot))"
    r"[\s:=\"'`]{1,4}(?P<who>[A-Za-z0-9][\w.@:/+-]{1,127})(?=[\s\"'`]{0,2}[\]:)>\n,;])",
    re.IGNORECASE,
)


def sending_agent(text: str) -> str:
    """Return the agent that a message says it is from, in a header at its start; '' for none."""
    match = _HEADER.match(text[:512])
    return match.group("who").rstrip(":/.") if match else ""
