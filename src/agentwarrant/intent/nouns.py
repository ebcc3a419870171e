"""Wishes that name a thing: "I'd be grateful for the names", "its deletion would be welcome".

Each has a frame that says that something is wished for, and a head that says what it is: the
first noun or verb behind the frame (or before it) that is known for something one is told, or for
an act.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SLIGHT = (
    r"(?:(?:be|also|just|really|still|only|now|much|so|very|most|therefore|then|accordingly|have"
    r"|love|like|would|will|to|ever|first|all) ){0,4}"
)
_I = r"\b(?:i|we)(?:'d|'m|'re|'ll|'ve)?"
_WISHES = (
    r"(?:need(?:ing)?|want|like|love|appreciate|value|require|request|await|expect|seek(?:ing)?"
    r"|welcome|(?:be |am |are )?(?:grateful|thankful|obliged|glad|pleased|happy|interested|curious"
    r"|keen|hoping)(?: (?:for|of|in|about|on|with|to))?|look(?:ing)? forward to|(?:am |are )?after"
    r"|(?:am |are )?looking for|hope for|wish for|search(?:ing)? for|(?:am |are )?in need of"
    r"|ask(?: you)? for|trouble you (?:for|with)|have use for|propose|suggest)"
)
_BEFORE = re.compile(
    # I need
    rf"{_I} {_SLIGHT}(?:must |should |shall |could |do |can |may )?{_SLIGHT}{_WISHES}\b(?! you\b)"
    # could I have
    r"|\b(?:can|could|may|might) (?:i|we) (?:please |also )?(?:have|get|ask(?: you)? for|see"
    r"|trouble you (?:for|with)|request|bother you for|hear)\b"
    # what would help
    r"|\bthere is (?:also |in addition, )?(?:the|a) need (?:for|of)\b"
    r"|\b(?:would|will|might) (?:help|please|suit|serve|interest|save) (?:me|us)\b"
    # the task is
    r"|\b(?:your|my|the|our) (?:assignment|task|job|request|wish|instruction"
    r"|order) (?:(?!not\b)[\w',-]+ ){0,7}?(?:is|would be)\b"
    # do the …, arrange the …
    r"|(?:^|[,;] |\bplease )(?:(?:and|then|so|please|therefore|also|kindly) )*(?:make|do|effect"
    r"|arrange|organi[sz]e|ensure|undertake|initiate|proceed with"
    r"|set up)\b(?= (?!not\b|it\b|so\b|this\b|that\b))"
    # a title: "next step: …"
    r"|\b(?:required|requested|necessary|pending|next|open|outstanding) (?:action|step"
    r"|task)s?\s?:(?=\s)"
    # let me have
    r"|\blet me have\b|\b(?:request|ask|call)s? (?:is )?for\b(?= (?:the|an?|your)\b)"
    # a title again
    r"|(?:^|\W)(?:wanted|needed|required|sought|output|deliverables?|results?|return value"
    r"|response|goal|expected|desired|wish|to deliver|please)\s?:(?=\s)"
    # without its subject: "need the …"
    r"|^(?:(?:hi|hey|hello|ok|so|and|also|please|then|next|now),? )*(?:need|want|wanna have|after"
    r"|looking for|would (?:like|love|need)|could use|please)(?= (?!to\b|you\b|u\b))"
)
"""What stands before the thing that is wished for."""
_SO = (
    r"(?:(?:also|then|therefore|accordingly|be|most|very|much|greatly|really|so|of|too|all|quite"
    r"|rather|simply|kindly|hereby|as|considerable|great|some|real) ){0,5}"
)
_AFTER = re.compile(
    # would be welcome
    rf"\b(?:would|will|should) {_SO}(?:appreciated|welcomed?|helpful|useful|great|nice|lovely"
    r"|handy|help|use|assistance|value|interest|an? (?:kindness|help|relief)|needed|perfect|fine"
    r"|ideal|enough|wonderful|good)\b"
    # is requested
    rf"|\b(?:is|are|be) {_SO}(?:appreciated|welcome|needed|required|requested|sought|desired"
    r"|wanted|wished for|asked for|called for)\b"
    # is what I need
    r"|\b(?:is|are) what (?:i|we)(?:'d|'m| would| am| are)? (?:need|want|like|ask|appreciate|after"
    r"|request|require)\b"
)
"""What stands behind it."""
_TOLD = (
    # what is said of things
    r"indications?|recommendations?|suggestions?|tips?|lists?|listing|names?|summary|summaries"
    r"|overview|digest|recap|rundown|breakdown|briefing|gist|outline|explanations?|descriptions?"
    r"|estimates?|estimation"
    # figures, and what else one looks up
    r"|figures?|totals?|sums?|numbers?|counts?|prices?|costs?|ratings?|scores?|reviews?"
    r"|(?:e-?mail )?addresse?s?|(?:opening |operating )?hours|dates?|times?|details"
    # what somebody thinks or knows
    r"|info(?:rmation)?|answers?|opinions?|advice|ideas?|options?|proposals?|comparison"
    r"|verification|look|peek|reading|glance|view|insight"
    # what is found by looking
    r"|link|codes?|ids?|file ?names?"
    # to look, to know
    r"|presentation|retrieval|search|finding|provision|knowledge|word on|statement|know|learn|hear"
    r"|see|find out|understand|be (?:told|given|shown|informed|advised)|receive|read"
    # what comes of judging
    r"|feedback|translation|assessment|evaluation|ranking|selection|top[- ]rated|best[- ]rated"
    r"|highest[- ]rated"
    # help with it
    r"|help (?:with )?finding|pointers?|explained|recommended|summed up|listed|whereabouts"
    r"|amounts?|status|notice of|note of when|identification|determination"
)
_DEEDS = "addition|deletion|removal|transfer|refund|inclusion|cancellation|dispatch"
"""Acts by their nouns, which are no things: to say "and its deletion" is to wish for it."""
_MAKING = "forwarding|creation|posting|sending"
_MAKING_BY = "repayment|production|sharing|adjustment|replacement"
"""The same only with whose or what they are ("the sharing of"), or where one wishes for them."""
ACTS = (
    rf"{_DEEDS}|{_MAKING}|invitation|payment|booking|reservation|handling|completion|execution"
    r"|settlement|entry|scheduling|change|update|sent|added|paid|booked"
)
"""Acts by their nouns, or as they are once they are done."""
_DONE = (
    # what an act makes, so that nothing of it is told: "a new event"
    r"(?:(?:brand-)?new|fresh|separate) (?:file|document|folder|event|entry|channel|list|note|page"
    r"|['\"“‘]?[\w-]{1,60}\.(?:docx?|txt|xlsx?|md|pdf|csv|pptx?)['\"”’]?)"  # noqa: RUF001  # people's quotes
    rf"|{ACTS}"
    # nouns that are acts only where one wishes for them: "the delivery address" is told
    rf"|{_MAKING_BY}|invite|drafting|publication|publishing|circulation|distribution|delivery"
    r"|upload|installation|enrol\w*ment|admission|registration|amendment|correction|modification"
    r"|alteration|move|postponement|rescheduling"
    r"|return of|reminders?|reminding|event|appointment|follow-up|meeting|lunch with|dinner with"
    r"|heads-up|notification|transmission|remittance|placement|disposal|erasure|setting[- ]up"
    r"|set-?up|restart|reset|rollback|activation|deactivation|granting|grant|revocation|assignment"
    # as a thing is once it is done
    r"|erased|deleted|removed|invited|posted|shared|moved|transferred|forwarded|cancell?ed"
    r"|scheduled|published|uploaded|created|entered|registered|updated|changed|replaced|put|placed"
    r"|written to"
)
_HEAD = re.compile(
    rf"(?<![\w'-])(?:(?P<told>{_TOLD})|(?P<done>{_DONE}))(?![\w'-])(?<!for a change)"
)
_BESIDE = re.compile(
    # ", followed by the deletion of …"
    r"(?:,|;|\band|\bas well as|\bplus|\balong with|\bfollowed by|\bthen)"
    r" (?:(?:also|then|for|to be followed by) ){0,2}(?:the|an?|its|her|his|their) (?:[\w-]+ ){0,2}?"
    rf"(?:{_DEEDS}|{_MAKING}|{_MAKING_BY}|return) (?:of|to|from|by|with)\b"
    # "and its deletion"
    r"|(?:,|;|\band|\bas well as|\bplus) (?:then )?(?:for )?(?:its|her|his|their)"
    rf" (?:{_DEEDS})\b"
)
"""A second thing beside the first that is wished for, which is an act."""
_MADE_INTO = re.compile(
    r"\b(?:make|prepare|draw up|write|compile|create|put) [^.?!]{1,80}?\b(?:in|into|as|to) (?:an? )"
    r"(?:(?:new|separate|fresh) )?(?:file|document|doc|sheet|spreadsheet|page)\b"
)
"""What is told goes into a file."""
_BEFORE_ABROAD = re.compile(
    # German
    r"\b(?:ich (?:bräuchte|brauche|hätte gern|möchte|will|suche)|brauch\w* (?:ich|wir)|will ich"
    r"|wissen will ich|hätte ich gern|wir (?:brauchen|wollen|hätten gern)|gesucht\w*|gefragt ist"
    r"|bitte"
    # Spanish
    r"|necesit(?:o|amos)|quier(?:o|emos)|quer(?:emos|ría)"
    r"|(?:me|nos) (?:gustaría|hace falta|harían? falta|falta)"
    # French
    r"|j'attends|il (?:me|nous) (?:faut|faudrait)|je (?:voudrais|veux|cherche)|j'ai besoin"
    r"|on (?:veut|voudrait)"
    # Italian
    r"|(?:mi|ci) serv(?:e|ono|irebbe\w*)|vorrei|voglio"
    # Portuguese
    r"|quero|queremos|preciso|precisamos|gostaria"
    # Dutch
    r"|ik (?:wil|zoek|heb|zou)|we (?:willen|hebben|zoeken)|graag"
    # Polish
    r"|potrzebuj\w+|chc(?:ę|emy)|poproszę|proszę o"
    # Swedish
    r"|jag (?:vill ha|behöver|vill|skulle vilja ha|söker)|vi (?:vill ha|behöver))\b"
)
"""What stands before the thing that is wished for, in other languages than English."""
TOLD_ABROAD = re.compile(
    # German
    r"(?<!\w)(?<!\d )(?:namen?|(?:e-?mail-?|mail)?adress\w*|\w*preise?|bewertung\w*|rating\w*"
    r"|liste?|übersicht|zusammenfassung|links?|codes?|uhrzeit\w*|datum|anzahl|summe|überblick"
    # Spanish
    r"|nombres?|direcci\w+|precios?|valoraci\w+|puntuaci\w+|lista|resumen|enlaces?|códigos?|hora"
    r"|fecha|número|total"
    # French
    r"|noms?|adresses?|prix|notes?|résumé|liens?|heures?|date|montant"
    # Italian and Portuguese
    r"|nome|nomi|nomes|indirizz\w+|endereços?|prezz\w+|preços?|valutazion\w+|avaliaç\w+|nota"
    r"|elenco|riassunto|resumo|codic\w+|ora|data|totale"
    # Dutch
    r"|naam|namen|adres\w*|prij\w+|beoordeling\w*|lijst\w*|samenvatting|tijd\w*|bedrag"
    # Polish
    r"|nazw\w+|cen[ayę]?|ocen\w*|list[ayę]|podsumowani\w+|kod\w*|godzin\w+|dat[ayę]|kwot\w+"
    # Swedish
    r"|namn\w*|pris\w*|betyg\w*|sammanfattning|länk\w*|kod\w*|tid\w*|belopp\w*"
    # to know
    r"|wissen|saber|savoir|sapere|weten|wiedzieć|veta)(?!\w)"
)
"""What one is told, by its noun, or wishes to know, in these languages."""
_NEAR, _NEAR_ABROAD = 160, 80
"""What is told is guessed abroad, where no act is known by its noun: so it must stand nearer."""


@lru_cache(maxsize=256)
def noun_wish(sentence: str, *, english: bool) -> bool | None:
    """Is a thing wished for by its name, and is it an act? None: nothing is.

    Args:
        sentence: What people said, lower case.
        english: Is it English? In other languages only what is told is known by its noun; their
            acts are known by their verbs.
    """
    if not english:
        frame = _BEFORE_ABROAD.search(sentence)
        told = frame and TOLD_ABROAD.search(sentence, frame.end(), frame.end() + _NEAR_ABROAD)
        return False if told else None
    near = [(frame.end(), frame.end() + _NEAR) for frame in _BEFORE.finditer(sentence)]
    near += [(max(0, f.start() - _NEAR), f.start()) for f in _AFTER.finditer(sentence)]
    heads = [head for start, end in near if (head := _HEAD.search(sentence, start, end))]
    if not heads:
        return None
    act = any(head.lastgroup == "done" for head in heads)
    return act or any(form.search(sentence) is not None for form in (_BESIDE, _MADE_INTO))
