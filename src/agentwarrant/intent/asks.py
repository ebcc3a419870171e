"""What a person's words ask for, by class of action: ordinary English verbs and nouns."""

from __future__ import annotations

import re
from functools import lru_cache

from agentwarrant.intent.cues import CUES
from agentwarrant.intent.languages import does
from agentwarrant.intent.left import left_to_text, of_no_question
from agentwarrant.intent.wanted import wanted
from agentwarrant.intent.wishes import asks_somebody, clear, does_so, only_told, wants
from agentwarrant.intent.worked import worked_off
from agentwarrant.intent.works import ordered

_once = lru_cache(maxsize=256)
"""People's words change seldom, may be 24,000 characters long, and every action asks about them."""


_HANDS_OVER = re.compile(
    r"\b(?:do(?! (?:i|you|we|they|not|please|tell|let|say|give|show)\b)|follow|complete|carry out"
    r"|execute|perform|work (?:on|through|off)|take care of) (?:[\w'-]+ ){0,4}"
    r"(?:tasks?|lot\b|actions?|to-?dos?|instructions?|steps|(?<!and )(?<!then )list|runbook"
    r"|playbook|checklist|items?|what|everything)\b"
    r"|\b(?:go|get) through (?:[\w'-]+ ){0,4}(?:tasks?|to-?dos?|checklist|runbook|playbook)\b"
    # what is to be done is told by none of these verbs, but by whatever they are about
    r"|\b(?:work|plough)(?:ed|ing|s)? through (?:it|them|this|that|those|all|everything)\b"
    r"|\bcarry (?:it|them|this|that|those|these|all of (?:it|them|that)) (?:out|through)\b"
    r"|\b(?:see|follow) (?:it|them|this|that|those|these) (?:through|up)\b"
    r"|\bwork (?:it|them|this|that|those|these|all of (?:it|them|that)) (?:off|through)\b"
    r"|\bput (?:it|them|this|that|those|these|all of (?:it|them|that)) into"
    r" (?:practice|effect|action)\b"
    r"|(?<!\bon )(?<!upon )(?<!after )(?<!before )(?<!until )"
    r"\b(?:completion|handling|execution|processing|performance|fulfilment|implementation) of"
    r" (?:[\w'-]+ ){0,4}(?:tasks?|actions?|to-?dos?|instructions?|steps|items?|points|list|it"
    r"|that)\b"
    r"|\bact (?:up)?on\b|\bsee to (?!it that\b)(?:it|this|that|them|what|his|her|their|its|the)\b"
    r"|(?<!\bi )(?<!'ll )(?<!\bill )(?<!will )(?<!'d )(?<!n't )(?<!not )"
    r"\b(?:do|take care of|deal with|handle|sort)"
    r" (?:it|this|that|them|so)\b(?! (?:is|was|to|in (?:this |that |the )?(?:order|turn|sequence)"
    r"|one|later|beforehand|first|the (?:way|same))\b)"
    r"|\bget (?:(?:it|this|that|them|things|everything|all|each|of) ){1,3}"
    r"(?:(?:on|in) (?:it|there|the list) )?(?:done|sorted|finished"
    r"|out of the way)\b"
    r"|\bget (?:done|sorted|finished) (?:what|whatever|everything|all|the)\b"
    r"|\bsort out (?:what|whatever|his|her|their|its|the)\b|\bdo whatever\b"
    r"|\blet (?:him|her|them|[a-z]+) have (?:it|this|that|them|what)\b"
    r"|\bgive (?!(?:me|us)\b)(?:him|her|them|[a-z]+) what (?:he|she|they|it)\b"
    r"|\bhelp (?:him|her|them|[a-z]+) out\b"
    r"|\bdo the (?:one|ones|first|second|third|last|rest)\b"
    r"|\b(?:process|handle|work (?:on|through)|deal with|grant|fulfil|meet) (?:[\w'-]+ ){0,4}"
    r"(?:requests?|wish(?:es)?|e-?mails?|mails?|inbox|mailbox|messages?|tickets?|queue|letters?)\b",
    re.IGNORECASE,
)


@_once
def hands_over(words: str) -> bool:
    """Do people tell the agent to do what some document says?

    Who only asks to be told something hands nothing over, in whatever words, but to be noted.
    """
    if only_told(words) and not _NOTED.search(words):
        return False
    plain = _SAID_HERE.sub(" ", words)
    found = next(
        (m for m in _HANDS_OVER.finditer(plain) if not _FAILS.search(plain, 0, m.start())), None
    )
    return (found is not None and not _said_before(found, plain)) or _left(plain)


_NOTED = re.compile(
    r"(?:^|[.!?;,:\n] ?|\b(?:and|please|then|to) )"
    r"(?:note|write|jot|record|save|memori[sz]e|remember)\b"
)
_GOING_BY = re.compile(r"\b(?:go|going|judge|judging) by (?:what|whatever|everything|how)\b")
"""Who goes by what a text says takes details from there, and does not do what it asks for."""
_FAILS = re.compile(r"(?:\bnot|n't|\bnever|\bfail(?:s|ed|ing)? to|\bunable to) $")
"""What does not do something is at fault; nobody is told to do it."""


def _said_before(order: re.Match[str], words: str) -> bool:
    """Is it people's own words, and no text, that "do this" is about?"""
    if order.group().startswith(("let", "give")) or not _BY_PRONOUN.search(order.group()):
        return False
    before = words[max(0, order.start() - _BACK) : order.start()]
    near = re.split(r"[\n.!?]", before)[-2:]
    if any(wanted(sentence) for sentence in near):
        return True  # that the bill be paid: "it ought to be paid, could you sort that"
    said = _WORDS.findall("\n".join(near))
    return _A_TEXT.search(words) is None and len(set(said)) >= _MANY


_BACK, _MANY = 400, 4
_WORDS = re.compile(r"(?!please\b|this\b|that\b)\b[^\W\d_]{3,}")
_BY_PRONOUN = re.compile(
    r"(?:it|this|that|them|so|those|these)(?: (?:out|through|off|up|done|sorted|finished))?$"
)
_TEXT = re.compile(
    r"(?:https?://|www\.)\w|[\w-]\.(?:md|txt|docx?|pdf|html?|ya?ml|json|csv|xlsx?)\b"
)
_A_TEXT = re.compile(
    r"\b(?:e-?mails?|mails?|messages?|notes?|letters?|tickets?|pages?|sites?|lists?|files?"
    r"|documents?|memos?|posts?|threads?|forms?|to-?dos?|tasks?|instructions?|notices?|invoices?"
    r"|bills?|issues?|requests?|chat|inbox|comments?|readme|runbook|wrote|writes|written|asks?"
    rf"|asked|wants|says|said|needs? (?:something|help|it))\b|{_TEXT.pattern}"
)
_SAID_HERE = re.compile(r"\b(?:the following|these)(?:,? [\w'-]+){1,12}?:")
"""What is to be followed is said behind it, and not by another text."""


def _left(words: str) -> bool:
    return left_to_text(_GOING_BY.sub(" ", words)) or worked_off(words) or does_so(words)


_OF_THEIRS = (
    r"(?! (?:about|if|whether|where|when|me|us|in one|(?:that )?(?:it|this|they|i|we|there|you|he"
    r"|she)\b)|,)"
)
"""What somebody says of a matter is told, and leaves nothing to them."""
_DEFERS = re.compile(
    r"\b(?!(?:i|we|you|u|please|and|to|or|also|then|just|my|kindly|would|d|be|been|being"
    r"|get|friend)\b)[a-z]+ (?:asks|asked|suggests|recommends|gives|listed|requests"
    rf"|requested|mentions|mentioned|specifies|says|describes|tells)\b{_OF_THEIRS}"
    r"|\b(?:they|people|[a-z]+(?<!s)s) (?:ask|suggest|recommend|give|request|mention|specify|say"
    rf"|describe|tell)\b{_OF_THEIRS}"
    r"|\b(?!(?:i|we|you|u|who|there|and|also|just|then|it)\b)[a-z]+ wants\b"
    r"(?! (?:to|reading|finding|feedback|settling|paying|doing)\b)"
    r"|\b(?:what(?:ever)?|as|how(?:ever)?|everything|anything|all|which(?:ever)?|the way|things?)"
    r" (?:[\w'-]+ ){0,4}?(?!(?:i|we|you|u)\b)[a-z]+ (?:wants?|needs)\b(?! (?:to|an?|[a-z]+ing"
    r"|[a-z]+ed|done|paid|sent|put)\b)"
    r"|\bthe [a-z-]+ (?:it|s?he|they) (?:needs?|wants?|requires?|asks? for)\b"
    r"|[a-z]'s (?:requests?|wish(?:es)?|proposals?|suggestions?|recommendations?|instructions?"
    r"|directions?)\b"
    # a list is a thing, too: "nested lists"
    r"|\b(?:(?:the|this|that|her|his|its|their|my|our) [\w.-]+|it|he|she|that|which|who) lists\b"
    r"|\b(?:that (?:is|are) )?(?:necessary|needed|required|relevant|appropriate) (?:for|to|by)"
    r" (?:him|her|them|it)\b"
    r"|\b(?:it|he|she|that|which|who|page|site|letter|mail|file|form|bill|note|document) names\b"
    r"|\b(?<!be )(?<!'ve )(?<!have )(?<!has )(?<!had )(?<!theyve )"
    r"(?:specified|listed|described|mentioned|requested|outlined|stated|written"
    r"|instructed"
    r"|ordered|set out|laid out|noted|put down)"
    r" (?:in|by|on|there)"
    r"|\b(?:details?|instructions?|info(?:rmation)?|specifics|particulars|the rest"
    r"|everything(?= (?:is|are|stands?|can be found)\b))"
    r" (?:(?:is|are|stands?|can be found) )?(?:in|on|at) (?:the|an?|my|our|his|her|their|\w+'s)\b"
    r"|\b(?:detalhes|detalles|détails|dettagli|einzelheiten|details|angaben|infos?|szczegóły"
    r"|gegevens)"
    r" (?:[\w']+ ){0,2}?(?:están?|estão|sont|sono|stehen|sind|staan|są|dans|en|na|no|in|im|w)\b"
    r"|\b(?:necessári[oa]s|nécessaires|necesari[oa]s|necessari[ae]?|nötigen|notwendigen"
    r"|benodigde|potrzebn\w+)\b"
    r"|\bfor (?:the |all (?:the )?|any |more |further )(?:details|specifics|particulars|rest)\b"
    r"|\b(?:står|staat|staan|steht|stehen|están?|estão|sont|se trouvent?|si trova|znajduj\w+)"
    r" (?:\w+ )?(?:i|in|im|en|dans|nel\w*|no|na|w) (?:\w+ )?(?:meddeland\w*|mejl\w*|bericht\w*"
    r"|e?-?mails?"
    r"|nachricht\w*|mensajes?|correos?|messages?|messaggi\w*|mensage\w*|wiadomo\w+|datei\w*"
    r"|archivos?"
    r"|fichiers?|bestand\w*|dokument\w*|briev?e?n?)\b"
    r"|\b(?:näheres|genaueres|alles weitere|lo demás|le reste|il resto|o resto|reszta|resten)\b"
    r"|\baccording to (?!an?\b)|\bas (?:in|per|described|requested)\b"
    r"|\b(?:find|see|get|have) (?:what|all|everything|whatever) (?:that )?(?:you|u|is|s?he|they)"
    r" (?:need|want|require|know|needed|required)s?\b"
    r"|\b(?:what|all|everything|whatever) (?:that )?(?:you|u) (?:need|want|require)(?: to know)?"
    r" (?:is|are|stands?|can be found) (?:in|on|at|among|inside|there)\b"
    r"|\b(?:which|what)ever (?:[\w'-]+ ){0,3}?(?:s?he|they|it|[a-z]+)(?:'s|'re| is| are| was| were)"
    r" (?:meant|supposed|due|said|named|listed|mentioned|asked|told)\b"
    r"|\bfrom (?:the|its|her|his|their|my) (?:own )?(?:e-?mail|list|message|file|document|page"
    r"|invoice|bill|docs|documentation|readme|manual|website|site|forum|wiki|ticket)\b"
    r"|\b(?:steps?|procedure|instructions?|recipe|guide|how-?to|rest) (?:is|are|stands?"
    r"|can be found) (?:in|at|on) \S"
    # by the name of the file: "update my address from move.txt"
    r"|\b(?:from|with|by|as in|per) (?:the )?[\w./-]{1,80}[\w-]\."
    r"(?:txt|csv|pdf|md|docx?|xlsx?|json|ya?ml|eml|html?)\b",
    re.IGNORECASE,
)


@_once
def defers(words: str) -> bool:
    """Do people leave the details to something that the agent is to read?"""
    return _DEFERS.search(of_no_question(words)) is not None


def names_text(words: str) -> bool:
    """Is there the name of a file or the address of a page in these words?"""
    return _TEXT.search(words) is not None


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
    r"(?:^|(?<=[.!?\n]))\s{0,4}(?:who|what|which|when|where|why|how)\b(?:[^.!?\n]"
    r"|\.(?=\w)){0,300}\?"
    r"(?!\s{0,4}(?:please )?(?:do|pay|send|go)\b)",
    re.IGNORECASE,
)
"""Who asks for a fact wants no act: "Who was invited?" asks nobody to invite."""


@_once
def understood(words: str) -> bool:
    """Is it known what people want: to be told something, or an act of a known class?"""
    if wants(words) or ordered(words):
        return True
    wish = bare(words)
    return any(cue.search(wish) for cue in CUES.values())


_IN_INQUIRIES = ("credential_read", "delegate")
"""What may have to be done only to tell something."""


@_once
def asks_for(tool_class: str, words: str) -> bool:
    """Do these words ask for an action of this class?

    Classes that reach nobody and are easily undone need no asking, and words in a language that
    is not understood here are not held against anybody (see ``readable``).
    """
    cue = CUES.get(tool_class)
    if cue is None:
        return True
    if tool_class not in _IN_INQUIRIES and only_told(words):
        return tool_class == "message" and asks_somebody(words)
    wish = _IDIOMS.sub(" ", _MINDED.sub(" ", _FORBIDS.sub(" ", _QUESTION.sub(" ", bare(words)))))
    return cue.search(wish) is not None or does(tool_class, wish) or not readable(words)


_FORBIDS = re.compile(
    r"\b(?:do not|don't|never) (?!(?:forget|hesitate|fail|worry|wait)\b)[^.!?\n,;]{1,120}",
    re.IGNORECASE,
)
"""What people forbid they do not ask for: "don't pay anything yet"."""
_MINDED = re.compile(
    r"\b(?:i|we) (?:can |will |'ll )?(?:remember|(?:do not|don'?t|will not|won'?t) forget) to"
    r" [^.!?\n,;]{1,120}"
    r"|\b(?:remind(?:s|ing|er)?|prompts?|nudges?)(?: for)? (?:me|us|myself) (?:to|of|that|about)"
    r" [^.!?\n,;]{1,120}"
    r"|\b(?:called|titled|named|entitled|title|name|subject)(?: is|:| =)? ?"
    r"(?:'[^'\n]{1,120}'|\"[^\"\n]{1,120}\"|“[^”\n]{1,120}”)"
)
"""What people will do themselves, and what something is to be called, they do not ask for."""
_IDIOMS = re.compile(
    r"\bpay(?:s|ing)? (?:[\w'-]+ ){0,4}?(?:visits?|attention|heed)\b|\bpat on the back\b"
    r"|\b(?:add(?:s|ed|ing)?|sum) (?:[\w'-]+ ){0,3}?up\b|\bin addition\b"
    r"|\bin (?:[\w-]+ ){0,3}?order\b|\b[a-z]+al order\b"
    # who has done so, or is of such a kind: "my landlord put something in", "a shared room"
    r"|\b(?:[Mm]y|[Oo]ur|[Hh]is|[Hh]er|[Tt]heir) (?:[\w'-]+ ){1,2}put (?:it|them|some\w+|an?|the)\b"
    r"|\b(?:several|both|two|they|that|which|who|all|an?|one|the) shares?\b(?! with\b)"
    r"|(?<!be )(?<!get )(?<!it )(?<!this )(?<!that )(?<!them )\bshared\b"
    r"|\b(?:is|are|'s|'re|who) joining\b"
    # to go and look
    r"|(?:^|[.!?;:,] (?:\d+\. )?|\b(?:then|and|please) )[Gg]o (?:back |over )?"
    r"(?:to|into|on|through)\b|\b[Gg]o over\b(?! to\b)"
    r"|\b(?:keep|stick|mind|adhere|hold)(?:ing)? (?:to )?(?:the|this|that) (?:\w+ )?order\b"
    r"|\bthe order (?:in which|they|i|of which)\b"
    # a link by which people set a password themselves
    r"|\bpassword[- ]reset\b|\b(?:i|we) (?:need|have|want|wish) to reset [^.!?\n,;]{1,60}"
    r"|\blinks? (?:[\w'-]+ ){1,4}?(?:reset|sett|chang)\w* [^.!?\n,;]{0,40}passwords?\b"
    r"|\blinks? [^.!?\n,;]{1,60}passwords? can be \w+"
)
"""Words of acts that ask for none of these."""


@_once
def readable(words: str) -> bool:
    """Can it be told from these words what they ask for?"""
    return _english(bare(words)) or clear(words) or wants(words) or ordered(words)


_FUNCTION_WORDS = re.compile(
    r"\b(?:the|to|and|of|my|our|your|its|their|please|is|are|was|for|with|it|you|can|could|this"
    r"|that"
    r"|these|what|which|who|how|why|when|where|about|from|have|has|does|did|give|show|get|check"
    r"|find"
    r"|make|read|tell|run|send|pay|look|open|list|any|by|be|into|new|up|summari[sz]e|draft"
    r"|write|all|on|off|again)\b",
    re.IGNORECASE,
)


def _english(words: str) -> bool:
    return len(words.strip()) < 12 or _FUNCTION_WORDS.search(words) is not None
