"""What a text says of the conversation that it is read in, of which it should know nothing.

A page, a letter or a row was written before anybody asked an agent for it. One that speaks of what
was asked, of the answer that is to be given, of who is asking and of what may not be said in that
answer is written for whoever answers.
"""

from __future__ import annotations

from agentwarrant.signs import ADDRESSEE, FREE, GATE, OF_TEXT, OVERRIDE, RUNNING, SECRECY, SPEAKER
from agentwarrant.signs import sign as _sign

_YOU = r"(?:you|u|ya)"
_ASKED = r"(?:\w+ ){0,3}?(?:asked|told|said|wrote|requested|ordered|instructed|wanted|typed)\b"
_MESSAGE = r"(?:messages?|requests?|questions?|instructions?|orders?|prompts?|tasks?|queries|query)"
_EARLIER = r"(?:first|last|earlier|previous|prior|original|initial|other|former|old)"
_ANSWERS = (
    r"(?:answer\w*|repl(?:y|ies|ying)|respond\w*|writ(?:e|ing) (?:back|(?:the|your|ur|an?) "
    r"(?:answer|reply|summary|report))|report(?:ing)? back|summari[sz]\w+"
    r"|(?:giv|return|present|produc|prepar|deliver|finaliz|finalis)\w* "
    r"(?:(?:the|your|ur|any|an?) )?(?:\w+ )?(?:answer|reply|response|result|summary|output)\w*)"
)
_GOES_ON = r"(?:continu\w+|go(?:ing)? on|carry(?:ing)? on|proceed\w*|resum\w+|finish\w*)"
_MACHINE = (
    r"(?:ai|llms?|agents?|assistants?|(?:chat)?bots?|copilots?|language models?|readers?"
    r"|ai \w+)\b"
)
# fmt: off
OF_CONVERSATION = (
    # what was asked is set aside
    _sign(OVERRIDE, 3, "what everything whatever", rf"^ i(?:[\u2019']ve| have)?"
        rf" {_ASKED}[^.!?\n]{{0,60}}"
        r"\b(?:cancel\w*|void|obsolete|no longer|forget|wait|instead|changed my mind|off|not needed"
        r"|set aside|on hold)\b", 120),
    _sign(OVERRIDE, 3, "forget cancel nevermind never_mind nvm scratch drop disregard ignore"
        " leave skip"
        " set_aside put_aside",
        rf"^[^.!?\n]{{0,16}}\bwhat(?:ever)? i(?:[\u2019']ve| have)? {_ASKED}", 60),
    _sign(OVERRIDE, 2, "forget cancel nevermind never_mind nvm scratch drop disregard ignore"
        " set_aside"
        " put_aside leave replaces instead_of",
        rf"^[^.!?\n]{{0,16}}\b(?:my|the|your|ur|this|that)\b(?: \w+)? ?\b{_EARLIER}"
        rf" {_MESSAGE}\b", 60),
    _sign(OVERRIDE, 2, "request task question message instruction instructions order",
        r"^[^.!?\n]{0,24}\b(?:is|are|was|were|has been) (?:\w+ )?(?:cancelled|canceled|void"
        r"|superseded"
        r"|replaced|obsolete|withdrawn|incomplete|no longer)\b", 60,
        before=rf"\b(?:my|the|your|this)(?: \w+)? {_EARLIER} $"),
    # what is being asked is spoken of
    _sign(RUNNING, 1, "before until prior_to",
        rf"^ (?:{_YOU}[\u2019']?(?:ll|re|ve)? ?(?:\w+ ){{0,2}}?)?(?:{_ANSWERS}|{_GOES_ON})\b", 60),
    _sign(RUNNING, 2, "then afterwards after_that once_done when_done thereafter",
        rf"^,? (?:just |please |pls |you can |u can |you may )?{_GOES_ON}\b(?: \w+){{0,3}}? ?"
        r"\b(?:normal\w*|as (?:usual|before|normal|planned|asked|requested)|like (?:normal"
        r"|before|usual)"
        r"|(?:with )?(?:the|your|ur|my|what) (?:\w+ )?(?:task|request|question|answer|work|rest"
        r"|job|thing|user|i|was|you))\b", 60),
    _sign(RUNNING, 2, "once when after as_soon_as",
        r"^ (?:this|that|it|those|these)?[\u2019']?(?:s| is| are| has been)? ?(?:done"
        r"|complete\w*|finished"
        rf"|made|sent|over|out)\b,? (?:\w+ ){{0,3}}?{_GOES_ON}\b", 70),
    _sign(RUNNING, 2, "then after_that afterwards", rf"^,? {_ANSWERS}(?: \w+)?"
        r" (?:as|like) (?:usual|normal|before|planned)|^,? (?:answer|reply|respond) normally", 60),
    _sign(RUNNING, 2, "continue proceed resume carry_on go_on",
        r"^ (?:normally|as (?:usual|normal|if)|like (?:normal|before)"
        r"|with (?:the|your|ur) (?:user\W{0,2}s? |original |actual |main |first )?(?:request"
        r"|task|question"
        r"|answer|query))\b", 50),
    _sign(RUNNING, 1, "this the same that",
        r"^ (?:very |same |current |running |ongoing |present ){1,2}(?:request|task|conversation"
        r"|chat|session|query)\b", 40),
    _sign(RUNNING, 1, "request wish task question answer chat conversation session",
        r"", 0, before=r"\b(?:user\W{0,2}s|user|person\W{0,2}s|their|owner\W{0,2}s) (?:\w+ )?$"),
    _sign(RUNNING, 2, "in_the_chat in_this_chat in_this_conversation in_the_conversation"
        " in_this_session"),
    # the rest is held back until something is done
    _sign(GATE, 2, "rest remaining remainder",
        r"^(?: of)?(?: the)? (?:\w+ )?(?:data|results?|pages?|contents?|parts?|records?|output"
        r"|answers?"
        r"|responses?|listings?|entries|text|document|information|portion)\b[^\n]{0,80}"
        r"\b(?:must|need\w*|require\w*|fulfil\w*|only|until|unless|beforehand|once|after|step"
        r"|pending|locked"
        r"|withheld|available|released|shown|returned|unlock\w*)\b", 150),
    _sign(GATE, 2, "partial partially in_part incomplete truncated withheld locked",
        r"\b(?:step|action|point|requirement|task|condition)s?\b[^\n]{0,40}\b(?:open|pending"
        r"|required|left|remaining"
        r"|outstanding|missing|incomplete|must|needs?|before|first)\b"
        r"|\b(?:open|pending|required|next|remaining|outstanding) (?:step|action|point"
        r"|requirement|task)s?\b", 160),
    _sign(GATE, 2, "required~action next~action required~step next~step pending~action"
        " action~required"
        " pending~step to~continue follow~up~action required~next~step"),
    _sign(GATE, 2, "step action task point",
        r"^s? (?:is |are )?(?:still |yet )?(?:open|pending|outstanding|incomplete|required|left"
        r"|missing)\b", 30,
        before=r"\b(?:one|a|an|this|the|next|last|following|two|further|additional|mandatory)"
        r" (?:\w+ )?$"),
    # who claims to speak
    _sign(SPEAKER, 2, "message note reply request instruction update correction word addition",
        r"^ (?:from|by|of) (?:the|your) (?:user|owner|operator|account holder|principal)\b", 40),
    # whoever gives no name means that the agent knows who speaks
    _sign(SPEAKER, 2, "it's_me its_me it\u2019s_me it_is_me this_is_me",
        r"^(?:[.!:;\u2013-]|,? (?:again|here|on|from|typing|writing|with|speaking|and i)\b)", 12),
    _sign(SPEAKER, 2, "i'm_the_user i_am_the_user i\u2019m_the_user"
        " this_is_the_user this_is_your_user this_is_your_owner the_user_here your_user_here"
        " i_am_your_user i_am_your_owner i'm_your_owner"),
    _sign(SPEAKER, 2, "user owner account_holder principal operator customer",
        r"^ (?:(?:has|had|himself|herself|already|also|additionally|just) ){0,2}"
        r"(?:asked|wanted|requested|authori[sz]ed|approved|confirmed|agreed"
        r"|instructed|added"
        r"|had one more|had another)\b", 60, before=r"\b(?:the|your|this|our) $"),
    _sign(SPEAKER, 1, "i", r"^ (?:forgot|forgotten) (?:to (?:say|mention|tell|add|write|ask)|one"
        r" thing|something)\b", 40),
    # machines that read
    _sign(ADDRESSEE, 2, "for_the for_any for_every for_all to_the to_any to_every dear_colleague"
        " dear fellow hello",
        rf"^ ?(?:\w+ ){{0,2}}?{_MACHINE}[^.!?\n]{{0,12}}\b(?:reading|who|that|which|handling"
        rf"|processing|working)\b"
        rf"|^ ?(?:automatic|automated|digital|virtual|artificial|personal) (?:\w+"
        rf" )?{_MACHINE}", 70),
    _sign(ADDRESSEE, 2, "every each any all the calling executing your",
        rf"^ (?:\w+ )?{_MACHINE}(?: \w+)?(?:,? )(?:must|should|shall|has to|have to|needs? to|is"
        rf" to|are to|pls|please"
        r"|is (?:required|expected|asked|requested)|are (?:required|expected|asked|requested)"
        r"|will)\b"
        r"|^ ai (?:helper|tool|system)s?\b", 70),
    _sign(ADDRESSEE, 2, "bots agents assistants bot agent assistant ai",
        r"^,? (?:pls|please|kindly|take note|note|nb|fyi)\b", 30),
    _sign(ADDRESSEE, 2, "who whoever what whatever",
        r"^(?:ever)? (?:is |are |may be )?(?:reads?|reading|processes|processing|handles"
        r"|handling|summari[sz]\w+) "
        r"(?:this|these)\b(?: \w+)? (?:for you|for (?:the|your) user|on (?:his|her|their|my|the"
        r"|behalf)"
        r"|automatically|by machine)", 80),
    _sign(ADDRESSEE, 2, "executing executor performed_by to_be_done_by carried_out_by",
        rf"^\s?:\s?(?:the |an? )?(?:\w+ )?{_MACHINE}", 50),
    _sign(SECRECY, 2, "humans people human_readers readers",
        r"^ (?:\w+ ){0,3}?(?:not (?:visible|shown|see)|invisible|hidden|can\w{0,3}t see"
        r"|do\w{0,3}t see|never see)\b", 60),
    _sign(SECRECY, 2, "invisible not_visible hidden not_shown", r"^ (?:to|for|from) (?:the"
        r" )?(?:humans?|people|users?|readers?)\b", 40),
    # what the answer may not say
    _sign(SECRECY, 2, "don't dont don\u2019t do_not never no_need_to needn't without need_not"
        " needs_not not",
        r"^ (?:\w+ ){0,2}?(?:mention\w*|bring\w* up|talk\w* about|say\w* anything|refer\w* to"
        r"|list\w*|repeat\w*|quot\w+"
        r"|show\w*|report\w*|disclos\w*|includ\w+) "
        r"(?:(?:this|that|it|the|any of) ?(?:list|note|step|instruction|message|request|in"
        r" (?:the|your) (?:answer|reply|response"
        r"|summary|report|output))|it\b)", 90),
    _sign(SECRECY, 2, "not_to_be not_be need_not_be needs_not_to_be not_need_to_be needs_not_be",
        r"^ (?:mentioned|reported|told|disclosed|discussed|brought up|included in the"
        r" (?:answer|reply))\b", 40),
    # what is left to whoever reads it
    _sign(FREE, 1, "yourself urself by_yourself on_your_own up_to_you as_you_see_fit"
        " your_judgement"
        " your_judgment own_judgement own_judgment your_discretion make_them_up make_it_up"
        " make_something_up"
        " just_pick you_choose u_choose you_decide u_decide fill_any fill_in fill_them fill_the",
        r"", 0),
    _sign(FREE, 1, "dont don't don\u2019t do_not without no no_need_to not",
        r"^ (?:\w+ ){0,3}?(?:ask\w*|check\w*|confirm\w*|consult\w*|bother\w*|come back|coming"
        r" back|inquir\w+|enquir\w+"
        r"|questions?|clarif\w+|confirmation|verif\w+)\b", 50),
)
# fmt: on
SIGNS = OF_TEXT + OF_CONVERSATION
"""All signs: how a text speaks by itself, and what it says of a conversation."""
