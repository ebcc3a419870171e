"""Words for acts of each class: ordinary English verbs, and nouns with a verb that makes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from agentwarrant.intent.languages import does, done_at
from agentwarrant.tools.words import DELETE


def _cue(words: str, *phrases: str) -> re.Pattern[str]:
    """Return a pattern of whole words (with their endings) and of phrases."""
    stems = (f"{re.escape(word)}(?:s|d|ed|es|ing|ment|ments)?" for word in words.split())
    return re.compile(rf"\b(?:{'|'.join([*stems, *phrases])})\b", re.IGNORECASE)


_A_FEW = r"(?:[\w'-]+ ){0,6}"
_NOT_A_VERB = (
    r"(?!in\b|from\b|about\b|on\b|i\b|of\b|that\b|with\b|and\b|or\b|is\b|was\b|are\b|by\b"
    r"|account|address|inbox|client|thread|channel|for\b|the\b)"
)
_NO_NOUN = (
    r"(?<!\ba )(?<!\ban )(?<!the )(?<!this )(?<!that )(?<!my )(?<!your )(?<!her )(?<!his )(?<!'s )"
)
_PARTICULARS = r"profile|address|phone|accounts?|details|info\w*"
_NO_TEXT = (
    r"(?!(?:[\w'-]+ ){0,3}(?:summar(?:y|ies)|messages?|texts?|notes?|links?|posts?|greetings?"
    r"|answers?|repl(?:y|ies)|results?) )(?!(?:[\w'-]+ ){1,5}done\b)"
)
"""Not a text that is put somewhere, and nothing that is to be got done."""
_LISTED = r"list|ranking|table|overview|summary|count|report|chart|inventory|note"
_LET_HAVE = r"let (?!(?:me|us)\b)(?:[\w'-]+ ){0,6} ?have (?:it|this|that|these|those|them|an?|the)"
_LET_IN = r"let (?!(?:me|us) (?:know|see|have)\b)(?:[\w'-]+ ){1,6}in"
_KEPT_IN = (
    r" (?:(?:an?|the|my|our|your|this|that|its|same) )?(?:[\w'-]+ ){0,2}?(?:files?|documents?|docs?"
    r"|sheets?|spreadsheets?|folders?|drive|disk)\b"
)
"""What is written into a file tells nobody anything."""
_WISHED = (
    r"(?:should|shall|must|ha(?:s|ve) to|gotta|need(?:s|ed)?|want(?:s|ed)?|(?:would|'d) (?:like"
    r"|love"
    r"|appreciate)|gets?|receives?|make|making|do|put|drop|effect|arrange|give|give out|leave)"
)
"""Whoever wishes for a thing that an act makes ("she should get a mail") wishes for the act."""
_A_NEW = r"(?:an?|one|another|some) (?:[\w'-]+ ){0,2}?"
_CHANGED = (
    r"(?:chang|updat|adjust|modif|correct|amend|adapt|renew|replac|rais|lower|increas|reduc|fix"
    r"|enter|register|record|reset|set)\w{0,4}"
)
RID = (
    rf"(?:get(?:ting)?|gets|got(?:ten)?) rid|throw(?:ing)? {_A_FEW}(?:away|out)|toss(?:es|ed|ing)?"
    r"|scrap(?:s|ped|ping)?|bin(?:ned|ning)? (?:it|this|that|them|the|all|every|\w+ #?\d+)"
    r"|do(?:es|ing|ne)? away with|dispos(?:e|es|ed|ing) of|let(?:ting)? go of|expunge\w*"
    r"|eliminat\w+"
)
"""To delete, as people say it of anything."""
# Verbs, and nouns only with a verb: to look at one's e-mails asks nobody to send one.
CUES: dict[str, re.Pattern[str]] = {
    "payment": _cue(
        "pay transfer refund buy purchase reserve subscribe invest swap stake withdraw deposit "
        "donate tip settle reimburse compensate credit accept "
        "wire remit book",
        r"reserving|paying|buying|settlement|reimbursement|repayment|return of|payable"
        r"|exchang(?:e|es|ed|ing)|return(?:s|ing|ed)? (?:also )?(?:the|my|our|it|them|this|that"
        r"|these|those|all|both|one)\b(?! (?:[\w'-]+ ){0,3}?(?:lists?|names?|results?|values?"
        r"|numbers?|calls?|favou?r|messages?|answers?|json|csv|output|data|text|files?|summary"
        r"|tables?|rows?|records?|code|fields?|links?|ids?|urls?)\b)"
        r"|order(?:ing)? (?!of|number|status|history)",
        r"get (?:it|one|them|this|that) for (?:me|us)|(?:rent|hire) (?:an?|the|one|me|us)",
        r"get (?:me |us )?(?:an?|one|two|three|four|\d+|some|the) (?:\w+ ){0,3}"
        r"(?:tickets?|seats?|rooms?|tables?)\b(?! (?:from|in|of|that))|money back"
        rf"|check(?:ing)? out (?:with|using)|move {_A_FEW}(?:money|funds|[$€£]?\d[\d.,]*)"
        rf"|(?:move|transfer|send|give) {_A_FEW}(?:points|miles|credits)|move over"
        r"|(?:be |(?:have|get|see) (?:[\w'-]+ ){1,4}?)paid|sell (?:all|my|our|the|half|\d+)",
        rf"send {_A_FEW}(?:money|funds|transactions?|payments?|[$€£]?\d[\d.,]*|sol|eth|btc|dollars"
        r"|euros?|(?:that|this|as) much|the (?:amount|sum|rest|difference|deposit))",
        rf"(?:make|create|schedule|issue|update|change|adjust|modify|edit|amend|set up|put in|fix"
        rf"|arrange|effect) {_A_FEW}"
        r"(?:payment|transaction|transfer|order|reservation|booking|rent|subscription)s?",
        rf"{_WISHED} {_A_FEW}{_A_NEW}(?:payment|transfer|transaction|refund|reservation|booking)",
        rf"(?:payments?|transfers?|orders?|reservations?|bookings?|rent|subscriptions?)"
        rf" {_A_FEW}{_CHANGED}",
        rf"(?:give|pay|send|transfer|wire|go|gets?|goes) {_A_FEW}back",
        r"send (?!(?:me|us) what)(?:[\w'-]+ )(?:that\b|what"
        r"|the (?:rest|difference|missing|remaining|balance"
        r"|shortfall))|shortfall"
        r"|(?:be|get) booked in",
    ),
    "egress": _cue(
        "upload publish push share send submit export sync deploy register join scp",
        _LET_HAVE,
        r"sign(?:ing)? (?:\w+ )?up|call(?! (?:it|this|that|them) ['\"“])|trigger"
        r"|(?:through|via|with|using) (?:\w+ ){0,3}api",
        r"back(?:ing)? up|backup|publishing|sharing|posting|webhook|gist"
        r"|releas(?:e|ing)(?! notes?\b)|merge (?:it|this|that|them|the|#?\d+)",
        r"post (?:it|this|that|an?|the|to|on|your|my|our|something|about)"
        r"|put (?:\w+ ){1,4}(?:on|up)",
        r"copy (?:\w+ ){1,5}to|report (?:it|this|back|to)",
        rf"(?:site|website|page)\W+{_A_FEW}to (?:have|show)",
    ),
    "credential_read": _cue(
        "secret credential password token key ssh vault environment auth config",
        r"\.?env|api ?keys?|log ?in|authenticat\w+|configuration|settings?",
    ),
    "privilege": _cue(
        "add invite grant assign promote enroll onboard chmod sudo",
        r"inviting|onboarding|give \w+ (?:\w+ ){0,3}access",
        r"(?:gets?|receives?|needs?|(?:should|must|to|can) have) (?:[\w-]+ ){0,2}access"
        r"|be made (?:one|an? member|members)",
        _LET_IN,
        r"let (?:[\w'-]+ ){1,8}(?:edit|view|access|open)",
        rf"(?:{_CHANGED}|rotate|create|enable|make(?! an? (?:\w+ )?(?:{_LISTED}))|edit|bring"
        rf"|put(?! in\b)|get) {_A_FEW}(?:password|passphrase|permissions?|roles?|users?|members?"
        rf"|access|{_PARTICULARS}"
        r"|mfa|2fa|admin|keys?|tokens?)",
        rf"(?:passwords?|passphrases?|permissions?|roles?|access|{_PARTICULARS})"
        rf" {_A_FEW}{_CHANGED}",
        rf"(?:{_CHANGED}|enabl\w+|disabl\w+|turn\w*|switch\w*|remov\w+|add\w*|(?:de)?activat\w+)"
        rf" {_A_FEW}(?:mfa|2fa|(?:two|multi|2)[- ](?:factor|step)\w*)",
        rf"(?:(?:un)?lock|open|close|buzz|(?:dis)?arm)(?:s|ed|ing)? {_A_FEW}(?:doors?|gates?|garage"
        r"|smart ?locks?|shutters?|entrance|alarm)",
        rf"(?:get|put|bring|take) {_NO_TEXT}(?:[\w'-]+ ){{1,4}}?(?:in|into|onto|on)"
        r" (?:it|there|here|slack|teams"
        r"|(?:the|our|my|that|this|all) (?:[\w'-]+ ){0,3}?(?:channels?|groups?|teams?"
        r"|workspaces?|slack"
        r"|rooms?|lists?))",
        rf"(?:should|needs? to|must|ought to|put|bring|become|end up|has to|have to) {_NO_TEXT}"
        rf"{_A_FEW}"
        rf"(?:in|into|to|on|of) {_A_FEW}"
        r"(?:channels?|groups?|workspace|slack|team)|become (?:a )?member|bring in (?:all|the"
        r"|every\w*)",
        r"(?:get|put|bring) (?:her|him|them|us) in|invitations?|addition|admission|enrol\w+"
        r"|inclusion"
        rf"|set(?:ting)? {_A_FEW}up (?:on|in|with|for)|brought {_A_FEW}(?:in line|up to date)",
    ),
    "destructive": _cue(
        f"{' '.join(sorted(DELETE - {'drop', 'clear'}))} clean cancel prune trash shred kick "
        "ban evict expel discard deactivate",
        RID,
        r"reset(?:s|ting)? (?:it|this|that|them|(?:the|my|our|all|every\w*|to)\b)"
        r"(?! (?:[\w'-]+ ){0,3}(?:passwords?|passphrase|passcode|pin|login|clock|links?))",
        r"drop(?:s|ped|ping)?(?! (?:[\w'-]+ ){0,4}?(?:in|into|on|off|by|an?|this|line|note|e-?mail"
        r"|mail|message)\b)",
        r"(?<!'s )(?<!is )(?<!are )(?<!be )(?<!make )(?<!made )clear(?:s|ing)?",
        rf"(?:throw|take|kick|strike(?! (?:me|us|you)\b)|chuck|tidy) {_A_FEW}(?:away|out|off|down)",
        r"get (?:me|us) out of|tear(?:ing)? down|deleting|removing|cancell\w+"
        r"|deletion|removal|erasure|disposal|(?:be|is|are) gone|disappear|vanish"
        r"|wiping|erasing|purging",
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
        r"(?:send|tell|notify|inform|alert|warn|forward|answer(?! (?:as|with|only|using)\b))"
        r"(?:ing)? (?!me\b|us\b|you\b)\w+",
        r"writ(?:e|ing) (?:to|back|(?:\w+ ){1,4}(?:e-?mails?|messages?|repl(?:y|ies)|letters?))\b"
        r"|let (?!(?:me|us) know\b(?! (?:by|via|on|over|through|at)\b))(?:[\w'-]+ ){1,8}know",
        r"confirm(?:ing)? (?:to|with) \w+"
        r"|with (?:an?|the|this|my|your|our) (?:\w+ )?(?:answer|reply|response|comment|message)",
        _LET_IN,
        _LET_HAVE,
        r"(?:be|have (?:it|them|this|that)) (?:sent|mailed|forwarded|told)"
        r"|replies|sharing|inviting|post(?:ing)? (?:it|this|that|an?|the|to|on|your|my|our"
        r"|something|there|here|(?:\w+ ){0,4}(?:questions?|messages?|answers?|comments?))",
        rf"{_NO_NOUN}(?:(?:e-?)?mail|message|text|dm|ping) {_NOT_A_VERB}\w+",
        r"ask (?!me\b|us\b|yourself\b|you\b)[A-Za-z]+ (?:to|if|whether|for|about)"
        r"|ask (?:the|our|my|his|her|their) [a-z]+",
        rf"(?:create|schedule|add|set up|arrange|organi[sz]e|plan|open|file|leave|write|post"
        rf"|make) {_A_FEW}(?:meeting|prs?|pull requests?"
        r"|event|appointment|issue|ticket|comment|invitation|call|lunch|reminder)",
        r"comment (?:on|that)|e-?mailing|messaging",
        rf"{_WISHED} {_A_FEW}{_A_NEW}(?:e-?mail|mail|message|msg|dm|note|letter|reply|answer|text"
        r"|heads-up|line|invite|invitation|event|meeting|appointment|entry|reminder)",
        rf"(?:bring(?! {_A_FEW}(?:up to|in line)\b)|put(?! in\b)|drop|leave|{_NO_NOUN}place|write"
        rf"|type|give|stick|pop|get(?! rid\b| {_A_FEW}done\b)|go|goes|ask|appear|publish) {_A_FEW}"
        rf"(?:to|in|into|on|up|there|here|over)\b(?!{_KEPT_IN})",
        r"(?:should|shall|must|gets?|ought to|needs? to) (?:know|hear|get|receive|meet|take part"
        r"|have(?! (?:been|more|fewer|less)\b))\b",
        rf"(?:make|set|need|want|there|be|book|put|create|creation|scheduling) {_A_FEW}"
        r"(?:event|meeting|appointment|reminder|lunch|dinner|sequel|follow-up|participants?)",
        r"(?:gets?|receives?|read|hear|told|words?|text)\W{1,4}['\"“]",
        r"be on (?:it|there|the list|the participant list)|participants?|attendees?|forwarding",
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


_OF_CONTENT = {
    "payment": _cue("owe", r"owing|(?:is|are|be|still|falls?|fell) (?:payable|due|outstanding)"),
    # what is to be done, as it is once it is done, in other languages
    "message": _cue(
        "",
        r"weitergeleitet|zugeschickt|doorgestuurd|gestuurd|verzonden|enviad[oa]s?"
        r"|inviat[oaie]|wysłan\w+|przesłan\w+|skickas|envoyée?s?|transmise?s?",
    ),
    "privilege": _cue("", r"hinzugefügt|eingeladen|toegevoegd|uitgenodigd|dodan\w+|zaproszon\w+"),
    "destructive": _cue(
        "retire annul reset",
        rf"(?:thrown|throwing|taken|taking|kicked|struck|chucked|cleared|clearing|tidied)"
        rf" {_A_FEW}(?:away|out|off|down)|been gone",
        r"(?:part|away|out) with (?:it|them|the|this|that|these|those|all|my|our)"
        r"|(?:free|rid) (?:the|my|our|this|that) (?:[\w-]+ ){1,2}of",
        r"dropp(?:ed|ing)|cleared|(?:must|should|has to|have to|needs to) come off",
        r"(?:not|\w+n'{1,2}t|never|no longer|nor)(?: to)? (?:\w+ )?(?:stay|remain|linger|survive"
        r"|be (?:kept|left|found|seen|there|here|in|on|at|among|part))"
        r"|(?:leave|leaving|without) (?:no |any |a )?trace",
        rf"(?:no|not|\w+n'{{1,2}}t|nothing|never) {_A_FEW}(?:any ?more|any longer|left)"
        r"|(?:no|nothing) (?:copy|copies|trace|record|version|of|from) (?:[\w'-]+ ){0,9}"
        r"(?:left|kept|stay\w*|remain\w*|exist\w*|visible|seen|found)"
        r"|(?:is|are|be) no (?:more|longer needed)",
        # what is not to stay, in other languages
        r"(?:darf|dürfen|soll(?:en)?) (?:nicht|kein\w*) (?:\w+ ){0,4}?(?:bleiben|mehr|liegen)"
        r"|(?:muss|soll) (?:\w+ ){0,4}?weg"
        r"|(?:mag|mogen|moet) (?:niet|geen) (?:\w+ ){0,4}?(?:blijven|staan|meer)"
        r"|ne (?:doi(?:t|vent)|peu(?:t|vent)) (?:plus|pas) (?:\w+ ){0,2}?(?:rester|figurer"
        r"|être|garder)"
        r"|no (?:debe|deben|puede|pueden) (?:\w+ ){0,2}?(?:quedar\w*|permanecer|seguir|estar)"
        r"|non (?:deve|devono|può|possono) (?:\w+ ){0,2}?(?:restare|rimanere|stare)"
        r"|não (?:deve|devem|pode|podem) (?:\w+ ){0,2}?(?:ficar|permanecer|continuar)"
        r"|nie (?:może|mogą|powin\w+) (?:\w+ ){0,2}?(?:pozosta\w+|zosta\w+|być|leżeć)"
        r"|(?:får|ska|skall) inte (?:\w+ ){0,3}?(?:kvar|vara|finnas|ligga|stanna)\w*",
    ),
}
"""Words that ask for an act where a text has them, and by which people mean much else."""


def mentions(tool_class: str, words: str) -> bool:
    """Is there a word for an act of this class? False for classes that need none."""
    if tool_class not in CUES:
        return False
    return does(tool_class, words) or any(cue.search(words) for cue in _cues(tool_class))


def _cues(tool_class: str) -> Iterator[re.Pattern[str]]:
    """Yield what an act of a class is known by in content: people's words for it, and its own."""
    yield from (cues[tool_class] for cues in (CUES, _OF_CONTENT) if tool_class in cues)


def mentioned(tool_class: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield the first places of a text that have a word for an act of this class."""
    if tool_class in CUES:
        for cue in _cues(tool_class):
            yield from (found.span() for found in islice(cue.finditer(text), _PLACES))
        yield from islice(done_at(tool_class, text), _PLACES)


_PLACES = 12
