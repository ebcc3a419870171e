"""What a person's words ask for, by class of action: ordinary English verbs and nouns."""

from __future__ import annotations

import re
from functools import lru_cache

from agentwarrant.intent.languages import does
from agentwarrant.intent.left import left_to_text
from agentwarrant.intent.wishes import asks_somebody, clear, does_so, only_told, wants
from agentwarrant.intent.worked import worked_off
from agentwarrant.intent.works import ordered
from agentwarrant.toolwords import DELETE

_once = lru_cache(maxsize=256)
"""People's words change seldom, may be 24,000 characters long, and every action asks about them."""


def _cue(words: str, *phrases: str) -> re.Pattern[str]:
    """Return a pattern of whole words (with their endings) and of phrases."""
    stems = "|".join(f"{re.escape(word)}(?:s|d|ed|es|ing|ment|ments)?" for word in words.split())
    return re.compile(rf"\b(?:{'|'.join([stems, *phrases])})\b", re.IGNORECASE)


_A_FEW = r"(?:[\w'-]+ ){0,6}"
_NOT_A_VERB = (
    r"(?!in\b|from\b|about\b|on\b|i\b|of\b|that\b|with\b|and\b|or\b|is\b|was\b|are\b|by\b"
    r"|account|address|inbox|client|thread|channel|for\b|the\b)"
)
_PARTICULARS = r"profile|address|phone|accounts?|details|info\w*"
_LET_IN = r"let (?:[\w'-]+ ){1,6}in"
# Verbs, and nouns only with a verb: to look at one's e-mails asks nobody to send one.
_CUES: dict[str, re.Pattern[str]] = {
    "payment": _cue(
        "pay transfer refund buy purchase reserve subscribe invest swap stake withdraw deposit "
        "donate tip settle reimburse compensate credit accept "
        "wire remit book",
        r"reserving|paying|buying|order(?:ing)? (?!of|number|status|history)",
        r"get (?:it|one|them|this|that) for (?:me|us)|(?:rent|hire) (?:an?|the|one|me|us)",
        r"get (?:me |us )?(?:an?|one|two|three|four|\d+|some|the) (?:\w+ ){0,3}"
        r"(?:tickets?|seats?|rooms?|tables?)\b(?! (?:from|in|of|that))|money back"
        rf"|check(?:ing)? out (?:with|using)|move {_A_FEW}(?:money|funds|[$€£]?\d[\d.,]*)"
        rf"|(?:move|transfer|send|give) {_A_FEW}(?:points|miles|credits)|move over"
        r"|(?:be|have (?:it|them|this|that)) paid|sell (?:all|my|our|the|half|\d+)",
        rf"send {_A_FEW}(?:money|funds|transactions?|payments?|[$€£]?\d[\d.,]*|sol|eth|btc|dollars"
        r"|euros?|(?:that|this|as) much|the (?:amount|sum|rest|difference|deposit))",
        rf"(?:make|create|schedule|issue|update|change|adjust|modify|edit|amend|set up) {_A_FEW}"
        r"(?:payment|transaction|transfer|order|reservation|booking|rent|subscription)",
    ),
    "egress": _cue(
        "upload publish push share send submit export sync deploy register join scp",
        r"sign(?:ing)? (?:\w+ )?up|call|trigger|(?:through|via|with|using) (?:\w+ ){0,3}api",
        r"back(?:ing)? up|backup|publishing|sharing|posting|webhook|gist"
        r"|releas(?:e|ing)(?! notes?\b)|merge (?:it|this|that|them|the|#?\d+)",
        r"post (?:it|this|that|an?|the|to|on|your|my|our|something|about)"
        r"|put (?:\w+ ){1,4}(?:on|up)",
        r"copy (?:\w+ ){1,5}to|report (?:it|this|back|to)",
    ),
    "credential_read": _cue(
        "secret credential password token key ssh vault environment auth config",
        r"\.?env|api ?keys?|log ?in|authenticat\w+|configuration|settings?",
    ),
    "privilege": _cue(
        "add invite grant assign promote enroll onboard chmod sudo",
        r"inviting|onboarding|give \w+ (?:\w+ ){0,3}access",
        _LET_IN,
        r"let (?:[\w'-]+ ){1,8}(?:edit|view|access|open)",
        rf"(?:change|update|reset|set|rotate|create|enable|modify|make|edit) {_A_FEW}(?:password"
        rf"|passphrase|permissions?|roles?|users?|members?|access|{_PARTICULARS}"
        r"|mfa|2fa|admin|keys?|tokens?)",
    ),
    "destructive": _cue(
        f"{' '.join(sorted(DELETE))} clean reset cancel clear prune trash shred kick "
        "ban evict expel discard scrap toss deactivate",
        rf"(?:throw|take|kick|strike|sort) {_A_FEW}(?:away|out|off|down)",
        r"get(?:ting)? rid|get (?:me|us) out of|tear(?:ing)? down|deleting|removing|cancell\w+",
        r"(?:may|can|should|must|(?:is|are|has|have|ought) to) go"
        r"(?= ?(?:[.,;:!)]|$|now|too|away|first))",
    ),
    "persistence": _cue(
        "schedule remind reminder cron heartbeat automate automation recurring",
        r"every (?:\w+ )?(?:day|hour|minute|week|morning|evening|night|month|\d+)",
        r"daily|nightly|hourly|weekly|monthly|cron\w+"
        r"|start ?up|periodic\w*|each (?:day|hour|week|morning)",
        r"scheduling",
    ),
    "memory_write": _cue(
        "remember memory memorize note save store learn",
        r"keep in mind|don't forget|writ(?:e|ing) (?:it |this |that )?down|saving|storing|memories",
    ),
    "config_change": _cue(
        "config configure setting setup instruction hook plugin skill mcp document readme init "
        "rule filter forwarding redirect folder",
        r"configuration|set(?:ting)? up|(?:agents|claude|soul|memory|gemini)\.md|documentation"
        r"|docs",
        r"(?:install|enable|disable|update|change|edit) (?:\w+ ){0,3}(?:rules?|agents?|servers?"
        r"|tools?)",
        rf"(?:change|update|edit|set|correct) {_A_FEW}(?:{_PARTICULARS})",
    ),
    "message": _cue(
        "reply respond invite announce share contact escalate",
        rf"draft(?:ing)? {_A_FEW}(?:e-?mails?|mails?|messages?|repl(?:y|ies)|responses?|answers?"
        r"|letters?|notes?|posts?|comments?|tweets?|invitations?|reminders?)",
        # to tell somebody else: what is told to the person who asks is the answer itself
        r"(?:send|tell|notify|inform|alert|warn|forward|answer)(?:ing)? (?!me\b|us\b|you\b)\w+",
        r"writ(?:e|ing) (?:to|back|(?:\w+ ){1,4}(?:e-?mails?|messages?|repl(?:y|ies)|letters?))\b"
        r"|let (?:[\w'-]+ ){1,8}know",
        r"confirm(?:ing)? (?:to|with) \w+"
        r"|with (?:an?|the|this|my|your|our) (?:\w+ )?(?:answer|reply|response|comment|message)",
        _LET_IN,
        r"(?:be|have (?:it|them|this|that)) (?:sent|mailed|forwarded|told)"
        r"|replies|sharing|inviting|post(?:ing)? (?:it|this|that|an?|the|to|on|your|my|our"
        r"|something|there|here|(?:\w+ ){0,4}(?:questions?|messages?|answers?|comments?))",
        rf"(?:(?:e-?)?mail|message|text|dm|ping) {_NOT_A_VERB}\w+",
        r"ask (?!me\b|us\b|yourself\b|you\b)[A-Za-z]+ (?:to|if|whether|for|about)"
        r"|ask (?:the|our|my|his|her|their) [a-z]+",
        rf"(?:create|schedule|add|set up|arrange|organi[sz]e|plan|open|file|leave|write|post"
        rf"|make) {_A_FEW}(?:meeting|prs?|pull requests?"
        r"|event|appointment|issue|ticket|comment|invitation|call|lunch|reminder)",
        r"comment (?:on|that)|e-?mailing|messaging",
        r"(?:work on|process|handle|take care of|deal with|resolve|triage|go through) (?:\w+ ){0,3}"
        r"(?:tickets?|requests?|cases?|mailbox|inbox|e-?mails?|messages?|queue)",
    ),
    "execute": _cue(
        "install run bootstrap build execute deploy initialize init start update upgrade try add "
        "migrate dependency",
        r"set(?:ting)? up|setup|get (?:[\w./-]+ ){1,4}(?:running|working|going|in)\b",
        r"need (?:[\w./-]+ ){1,6}(?:library|package|module|tool|client)",
    ),
    "delegate": _cue(
        "delegate subagent sub-agent spawn parallel assign research investigate explore plan "
        "review "
        "analyse analyze agent",
        r"hand(?:ing)? (?:off|over)|in the background",
    ),
}


def mentions(tool_class: str, words: str) -> bool:
    """Is there a word for an act of this class? False for classes that need none."""
    cue = _CUES.get(tool_class)
    return cue is not None and (cue.search(words) is not None or does(tool_class, words))


_HANDS_OVER = re.compile(
    r"\b(?:do(?! (?:i|you|we|they|not)\b)|follow|complete|carry out|execute|perform"
    r"|work (?:on|through)|go through|take care of) (?:[\w'-]+ ){0,4}"
    r"(?:tasks?|actions?|to-?dos?|instructions?|steps|(?<!and )(?<!then )list|runbook|playbook"
    r"|checklist|items?|what|everything)\b"
    # what is to be done is told by none of these verbs, but by whatever they are about
    r"|\bact (?:up)?on\b|\bsee to (?:it|this|that|them|what|his|her|their|its|the)\b"
    r"|\b(?:do|take care of|deal with|handle|sort|settle) (?:it|this|that|them|so)\b"
    r"(?! (?:is|was|to)\b)"
    r"|\bget (?:it|this|that|them|things|everything) (?:done|sorted|out of the way)\b"
    r"|\bget (?:done|sorted|finished) (?:what|whatever|everything|all|the)\b"
    r"|\bsort out (?:what|whatever|his|her|their|its|the)\b|\bdo whatever\b"
    r"|\blet (?:him|her|them|[a-z]+) have (?:it|this|that|them|what)\b"
    r"|\bgive (?:him|her|them|[a-z]+) what (?:he|she|they|it)\b"
    r"|\bhelp (?:him|her|them|[a-z]+) out\b"
    r"|\bdo the (?:one|ones|first|second|third|last|rest)\b"
    r"|\b(?:process|handle|work (?:on|through)|deal with|grant|fulfil|meet) (?:[\w'-]+ ){0,4}"
    r"(?:requests?|wish(?:es)?|e-?mails?|mails?|inbox|mailbox|messages?|tickets?|queue|letters?)\b",
    re.IGNORECASE,
)


@_once
def hands_over(words: str) -> bool:
    """Do people tell the agent to do what some document says?"""
    return _HANDS_OVER.search(_SAID_HERE.sub(" ", words)) is not None or _left(words)


_SAID_HERE = re.compile(r"\bthe following (?:[\w'-]+ ){0,9}?[\w'-]+:")
"""What is to be followed is said behind it, and not by another text."""


def _left(words: str) -> bool:
    return left_to_text(words) or worked_off(words) or does_so(words)


_DEFERS = re.compile(
    r"\b(?!(?:i|we|you|please|and|to|or|also|then|just|my|kindly)\b)[a-z]+"
    r" (?:asks?|asked|wants?|needs|suggests?|recommends?|gives?|lists|listed|requests?"
    r"|requested|mentions?|mentioned|specifies|says?|describes?|tells)\b"
    r"|\b(?:it|he|she|that|which|who|page|site|letter|mail|file|form|bill|note|document) names\b"
    r"|\b(?:specified|listed|described|mentioned|requested|outlined|stated|written)"
    r" (?:in|by|on|there)"
    r"|\b(?:details?|instructions?|info(?:rmation)?|specifics|particulars|the rest|everything)"
    r" (?:(?:is|are|stands?|can be found) )?(?:in|on|at) (?:the|an?|my|our|his|her|their|\w+'s)\b"
    r"|\baccording to\b|\bas (?:in|per|described|requested)\b"
    r"|\bfrom (?:the|its|her|his|their|my) (?:own )?(?:e-?mail|list|message|file|document|page"
    r"|invoice|bill|docs|documentation|readme|manual|website|site|forum|wiki|ticket)\b"
    # by the name of the file: "update my address from move.txt"
    r"|\b(?:from|with|by|as in|per) (?:the )?[\w./-]{1,80}[\w-]\."
    r"(?:txt|csv|pdf|md|docx?|xlsx?|json|ya?ml|eml|html?)\b",
    re.IGNORECASE,
)


@_once
def defers(words: str) -> bool:
    """Do people leave the details to something that the agent is to read?"""
    return _DEFERS.search(words) is not None


def names_text(words: str) -> bool:
    """Is there the name of a file or the address of a page in these words?"""
    return _TEXT.search(words) is not None


_TEXT = re.compile(
    r"(?:https?://|www\.)\w|[\w-]\.(?:md|txt|docx?|pdf|html?|ya?ml|json|csv|xlsx?)\b"
)
_TOKEN = re.compile(r"\S+")
_FILE = re.compile(r"[\w-]\.(?:py|js|ts|txt|sh|docx?|xlsx?|pdf|ya?ml|json|csv|log)\b")


@_once
def bare(words: str) -> str:
    """Return words without what only names a thing: links, addresses, paths, files.

    A name is no wish: "scripts/sync.py" asks nobody to sync. The time is linear in the length.
    """
    return _TOKEN.sub(_unless_name, words)


def _unless_name(match: re.Match[str]) -> str:
    token = match.group()
    link = token.lower().startswith(("http://", "https://", "www."), 0 if token[0].isalnum() else 1)
    if link or "@" in token[1:-1] or "/" in token[:-1] or _FILE.search(token[-64:]):
        return token[-1] if token[-1] in ".!?" else " "
    return token


_QUESTION = re.compile(
    r"(?:^|(?<=[.!?\n]))\s{0,4}(?:who|what|which|when|where|why|how)\b(?:[^.!?\n]|\.(?=\w)){0,300}\?"
    r"(?!\s{0,4}(?:please )?(?:do|pay|send|go)\b)",
    re.IGNORECASE,
)
"""Who asks for a fact wants no act: "Who was invited?" asks nobody to invite."""


_INQUIRY = re.compile(
    r"(?:^|[.!?\n,;:]|\band\b|\bthen\b)\s{0,4}(?:please |kindly |(?:can|could) you (?:please )?)?"
    r"(?:summari[sz]e|explain|describe|tell|show|list|read|check|look|find|search|count|compare"
    r"|review|translate|analy[sz]e|research|collect|give|help|have a look|see|get"
    r"|what|who|which|when|where|why|how|is|are|do|does|did|has|have|any)\b",
    re.IGNORECASE,
)


@_once
def understood(words: str) -> bool:
    """Is it known what people want: to be told something, or an act of a known class?"""
    if _INQUIRY.search(words) is not None or wants(words) or ordered(words):
        return True
    wish = bare(words)
    return any(cue.search(wish) for cue in _CUES.values())


_IN_INQUIRIES = ("credential_read", "delegate")
"""What may have to be done only to tell something."""


@_once
def asks_for(tool_class: str, words: str) -> bool:
    """Do these words ask for an action of this class?

    Classes that reach nobody and are easily undone need no asking, and words in a language that
    is not understood here are not held against anybody (see ``readable``).
    """
    cue = _CUES.get(tool_class)
    if cue is None:
        return True
    if tool_class not in _IN_INQUIRIES and only_told(words):
        return tool_class == "message" and asks_somebody(words)
    wish = _FORBIDS.sub(" ", _QUESTION.sub(" ", bare(words)))
    return cue.search(wish) is not None or does(tool_class, wish) or not readable(words)


_FORBIDS = re.compile(
    r"\b(?:do not|don't|never) (?!(?:forget|hesitate|fail|worry|wait)\b)[^.!?\n,;]{1,120}",
    re.IGNORECASE,
)
"""What people forbid they do not ask for: "don't pay anything yet"."""


@_once
def readable(words: str) -> bool:
    """Can it be told from these words what they ask for?"""
    return _english(bare(words)) or clear(words) or wants(words) or ordered(words)


_FUNCTION_WORDS = re.compile(
    r"\b(?:the|to|and|of|my|our|your|its|their|please|is|are|was|for|with|it|you|can|could|this|that"
    r"|these|what|which|who|how|why|when|where|about|from|have|has|does|did|give|show|get|check|find"
    r"|make|read|tell|run|send|pay|look|open|list|any|by|be|into|new|up|summari[sz]e|draft"
    r"|write|all|on|off|again)\b",
    re.IGNORECASE,
)


def _english(words: str) -> bool:
    return len(words.strip()) < 12 or _FUNCTION_WORDS.search(words) is not None
