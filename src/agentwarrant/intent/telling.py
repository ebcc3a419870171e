# the words of other scripts are meant
"""Words with which people ask to be told something, in several languages."""

from __future__ import annotations

import re

ASKING = (
    r"ask (?!me\b|us\b|yourself\b)(?:[\w.'-]+ ){1,6}?"
    r"(?:for|what|which|who|whose|when|where|why|how|whether|if|about)\b"
)
"""Whoever has somebody asked wants to be told something, by a message."""
_MORE = (
    # to say something
    r"enumerate|display|indicate|specify|cite|itemi[sz]e|tabulate|clarify|elaborate|brief|contrast"
    # to say it, but to nobody else
    r"|(?:report|state|quote|mention|present|note|point out)(?! (?:it|this|that|him|her) (?:to|in"
    r"|at|upstream)\b)(?! .{0,80}\b(?:to (?!me\b|us\b)|in the (?:[\w-]+ )?(?:channel|group|chat)))"
    r"|(?:respond|reply|answer|come back|get back)(?: to (?:me|us))? (?:with|in the|how|what"
    r"|which)(?!.{0,80}\bto (?!me\b|us\b))"
    # to find something out
    r"|locate|pinpoint|spot|discover|retrieve|look|ascertain"
    r"|establish (?:when|what|which|where|who|how|whether|if|from|the)|deduce|infer"
    # to read
    r"|predict|forecast|consult|scan|skim|peruse|study|parse|interpret"
    # to work out
    r"|evaluate|assess|gauge|measure|tally|total|add (?:\w+ ){0,2}up|quantify"
    # to choose
    r"|filter|narrow (?:\w+ ){0,3}down|shortlist|pick (?:\w+ ){0,3}out|pick me|single out|group"
    # to make sure
    r"|cross-check|double-check|diagnose|query|lookup"
    # to fetch
    r"|google|screen|survey|grab me|fetch me|hit me|fill (?:me|us) in"
    r"|keep (?:me|us) (?:posted|informed)|update (?:me|us)|advise|enlighten"
    r"|confirm (?:that|whether|if|when|which|what)"
    # what is given, if it goes to nobody else
    r"|give (?:[\w-]+,? ){0,4}?(?:names?|hours|prices?|ratings?|addresse?s?|details|reasons"
    r"|an? (?:\w+ )?(?:summary|overview|list|answer|estimate"
    r"|recommendation))\b(?!.{0,80} to (?!me\b|us\b))"
    r"|share (?:the |your |all )?(?:[\w-]+ ){0,2}?names\b(?!.{0,80}\b(?:with|in|to) (?!me\b|us\b))"
    # over to whoever asks
    r"|(?:hand|pass|bring|get) (?:it|this|that|them)(?: over)? to (?:me|us)\b"
    r"|inform(?=:| (?:the|which|what|how|when))|work on (?:two|three|\d) (?:points|questions)"
    r"|provide (?:an?|the) (?:[\w-]+ ){0,2}?(?:recommendation|summary|overview|list|answer"
    r"|estimate)s?"
)
_TELL_ABROAD = (
    # German
    r"antworte?n? (?:im|in|mit|so|als)|ich (?:will|möchte|würde gern) wissen|fass\w*|lies|lesen"
    r"|zeig\w*|sag\w* (?:mir|uns)|schau\w*|sieh|vergleich\w*|übersetz\w*|erklär\w*|such\w*|find\w*"
    r"|prüf\w*|zähl\w*|nenn\w*|was|wann|wie|wer|wo|warum|welche\w*|wieviel|hat|haben|gibt|ist|sind"
    r"|rechne\b|berechne\b|gib (?:mir|uns)|list\w*|empfiehl\w*|empfehl\w*|schlag\w* (?:mir |uns )?"
    r"|verrat\w*|ermitt\w*|guck\w*|hol (?:mir|uns)|schick (?:mir|uns)|rate?\b mir"
    r"|stell\w* (?:mir|uns)"
    # Spanish
    r"|quiero saber|me gustaría saber|resum\w*|lee\w*|dime|dinos|muestra\w*|mira|compara\w*"
    r"|traduc\w*|explica\w*|busca\w*|revisa\w*|qué|que|cuándo|cuál\w*|quién\w*|cómo|dónde|por qué"
    r"|cuánt\w*|hay|da(?:me|nos)\b|p[áa]sa(?:me|nos)\b|m[áa]nda(?:me|nos)\b|env[íi]a(?:me|nos)\b"
    r"|s[áa]ca(?:me|nos)\b|recomi[ée]nda\w*|aconseja\w*|acons[ée]ja\w*|cu[ée]nta\w*|calcul\w*"
    r"|b[úu]sca\w*|encuentr\w*|encu[ée]ntra\w*|lista(?:me|r)?\b|indica(?:me)?\b"
    r"|necesito (?:saber|que me)|me (?:das|dices|pasas|sacas|buscas|recomiendas)"
    r"|respond\w* (?:en|con|no|in|nel)"
    # French
    r"|répond\w* (?:au|en|sous|avec)|donne-moi|trouve-moi|retrouve\w*|indique-moi|envoie-moi"
    r"|j'aimerais|résum\w*|lis(?:ez)?|dis-moi|montre\w*|regarde\w*|compare[rz]?|tradui\w*"
    r"|explique\w*|cherche\w*|vérifie\w*|quel\w*|quand|qui|comment(?! (?:on|that|to|in)\b)|où"
    r"|pourquoi|combien|qu'|est-ce|y a-t-il|cite[rz]?\b|précise(?:[rz]|-moi)?|conseille\w*"
    r"|propose\w*|fais-(?:moi|nous) (?:voir|savoir|un résumé)|compte[rz]?\b|passe-moi"
    r"|estime[rz]?\b|j'attends|rends-moi|recommande\w*|parcour\w*"
    # Italian
    r"|rispondi (?:nel|con|in)|da(?:mmi|cci)\b|trova\w*|cerca\w*|consiglia\w*|elenca\w*|indica\w*"
    r"|manda(?:mi|ci)\b|calcola\w*|conta\b|mi serv\w+|vorrei sapere|suggerisci\w*|leggi\w*"
    r"|controlla\w*|fammi (?:sapere|vedere)|ripeti\w*|riassum\w*|legg\w*|dimmi|mostra\w*|guarda"
    r"|confronta|spiega\w*|cosa|che|quando|chi|come|dove|perché|quanto"
    # Dutch
    r"|antwoord (?:in|met|als)|noem|geef|bereken|reken|laat (?:me|mij|ons) (?:weten|zien)"
    r"|ik (?:wil|zou graag) (?:weten|zien)|raad|som .{0,20}op|pak\w* .{0,20}erbij|kijk|check"
    r"|haal .{0,40}(?:eruit|op)|stuur (?:me|mij|ons)|tel\b|vat\b|lees|toon|zoek|wat|wanneer|hoe"
    r"|vertel|vertaal\w*|welke|waar|waarom|heeft"
    # Portuguese
    r"|diga(?:-me)?\b|diz\w*|d[áa]-me|manda-me|recomenda-me"
    r"|me (?:diga|diz|fala|fale|conta|conte|mande|manda|passe|passa|dê|dá|indique|recomende)"
    r"|encontr\w*|ach[ea]\b|list[ea]\b|indique\b|recomend\w*|sugir\w*|dê\b|veja\b|olh[ea]\b|leia"
    r"|lê\b|quero saber|gostaria de saber|preciso saber|confira|confere|mostre?|traduz\w*"
    r"|procur\w*|verifi\w*|quais|qual|quem|onde|o que"
    # Polish
    r"|podaj|znajd\w*|policz|chcę wiedzieć|chciał\w+ wiedzieć|polec\w*|zaproponuj|daj (?:mi|nam)"
    r"|oblicz|zerknij|zajrzyj|przejrzyj|wskaż|zestaw|odczytaj|odszukaj|wyszukaj|ustal|podsumuj\w*"
    r"|streść|przeczytaj\w*|pokaż\w*|powiedz|przetłumacz\w*|porównaj\w*|sprawdź|wymień|wypisz"
    r"|co(?!-)|kiedy|kto|jak\w{0,2}|gdzie|dlaczego|ile|czy|któr\w+"
    # Swedish, Danish, Norwegian
    r"|ge (?:mig|oss)|lista|räkna|jag (?:vill|skulle vilja) (?:veta|ha reda)|föreslå|rekommendera"
    r"|leta|ta reda på|ta fram|titta|plocka fram|beräkna|tipsa|uppskatta|skicka (?:mig|oss)"
    r"|säg(?: mig| oss)?\b|sammanfatta\w*|läs|visa|berätta|översätt\w*|jämför\w*|hitta|sök|kolla"
    r"|vad|när|vem|hur|varför|vilk\w*|finns|opsummer\w*|oppsummer\w*|læs|fortæl|fortell"
    r"|overs[æe]tt?\w*|sammenlign\w*|hvad|hva|hvornår|hvem|hvordan|hvor|hvorfor|hvilk\w*"
    # Russian
    r"|прочит\w*|прочти|расскаж\w*|перескаж\w*|скажи\w*|покаж\w*|найди\w*|сравни\w*|перевед\w* на"
    r"|объясни\w*|посмотри\w*|что|когда|как\w*|кто|где|почему|сколько"
)
"""The words of other languages, those of each together."""
_PAGE = (
    r"(?:(?:web|home)?pages?|web ?sites?|sites?|blogs?|posts?(?! office)|articles?|recipes?"
    r"|stor(?:y|ies)|wikis?|docs?|documentation|forums?|threads?|urls?|links?|feeds?|profiles?"
    r"|listings?|catalog(?:ue)?s?|menus?|reviews?|dashboards?|readmes?|faqs?|tutorials?|guides?"
    r"|manuals?)\b|(?:https?://|www\.)[\w.-]+|(?<![\w@.-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,3}"
    r"\.(?:com|org|net|io|edu|gov|example|info|dev|co|me|ai|app|de|fr|es|it|nl|uk|eu)\b"
)
"""What is there to be read."""
_TO_A_PAGE = (
    r"(?:(?:navigate|browse|surf|head|go|jump|hop|click(?: through)?|proceed|scroll|(?:take|bring"
    r"|get) (?:me|us)) (?:over |on |back |straight |in)?(?:to|onto|through)|visit|load|access"
    rf"|(?:bring|call) up) (?:[^\s,;]+ ){{0,8}}?[\"'`(<]{{0,2}}(?:{_PAGE})(?! (?:in|on)to\b)"
)
"""Whoever has a page opened, by whatever verb of going there, wants to be told what it says."""
TELL = re.compile(
    r"^(?:"
    # to have somebody asked, and what is said less often
    rf"{ASKING}|{_MORE}|{_TO_A_PAGE}"
    # to sum up, to explain, to show
    r"|summari[sz]e|sum(?: \w+)? up|explain|describe|show|list"
    # to read, to look at: but to check in or out is an act
    r"|read|look"
    r"|check(?! in (?!the\b|my\b|our\b|your\b|his\b|her\b|this\b|that\b|wh)"
    r"| ?-?out (?:of|at|with)\b)"
    # to find, to compare
    r"|find(?! out (?:and|then))|search|count|compare|review|translate|analy[sz]e|research|browse"
    r"|view"
    # to open a document is to read it; to open any of these is an act
    r"|open(?! (?:up )?(?:the |an? |my |our |all )?(?:[\w-]+ ){0,2}?(?:ports?|firewall|accounts?"
    r"|access|tickets?|issues?|prs?|pull requests?|cases?|disputes?|connections?|tunnels?|doors?"
    r"|gates?|garage|windows?|blinds|shutters|valves?|positions?|trades?|tcp|udp)\b)"
    # to see, to examine
    r"|see(?! (?:that|to)\b)|watch|inspect|fetch|examine|investigate|identify"
    # to put in order
    r"|extract|recap|outline|classify|categori[sz]e|sort(?! out\b)|rank"
    # to recommend, but to nobody else
    r"|recommend"
    r"|(?:suggest|propose) (?:me|us|an?|some|the|which|whatever)\b(?!.{1,80} to (?!stay|eat|sleep"
    r"|visit|rent|see|go|do|try|have|live|meet|drink|read|watch|buy|use|take|get|be|book|start"
    r"|work|learn|me\b|us\b))"
    # to say, but to nobody else
    r"|advise (?:me|us|on)|inform (?:me|us)"
    r"|say(?! (?:this|the following)\b| .{0,80} to (?!me\b|us\b)"
    r"| .{0,60}\b(?:in|on) (?:the|our|their|that|this) (?:[\w-]+ )?(?:channel|group|chat|room))"
    r"|propose|reckon"
    # to find out, by two words
    r"|figure out|work out|track (?:\w+ ){0,3}down|hunt (?:\w+ ){0,3}down"
    r"|dig (?:\w+ ){0,4}(?:out|up)|fish (?:\w+ ){0,4}out|pull (?:\w+ ){0,3}up"
    r"|boil (?:\w+ ){0,3}down|break (?:\w+ ){0,3}down|(?:run|walk|talk|take) (?:me|us) through"
    r"|look (?:up|into|over)|point (?:me|us) (?:to|at)"
    # to have a look
    r"|have an? (?:quick )?(?:look|peek|read|glance|go)|take an? (?:quick )?(?:look|peek|glance)"
    r"|peek|glance|go thru|go (?:by|find)"
    # how the answer is to be
    r"|(?:write|put|answer|reply|format|state)(?: (?:it|them|that|this|me|out|so|all)){0,2}"
    r" (?:like|as|in (?:the )?format|with|out)\b(?!.{0,80}\bto [\w.]+@)"
    r"|answer (?:me|so|as|with)"
    r"|answer in (?:the )?(?:format|form|english|german|french|one|two|a|short|brief|\d)"
    r"|write out|read (?:\w+ ){0,3}out"
    # to come to know
    r"|receive|hear|learn|know|remind me (?:what|which|when|where|who|how)"
    # to work out
    r"|rate|collect|gather|determine|calculate|compute|estimate|verify|catch (?:me|us) up"
    # what is for whoever asks
    r"|have a look"
    r"|(?:give|get|tell|bring|help|let|provide) (?:me|us)(?! (?:out|off|onto?|over|rid|to the)\b)"
    r"|tell (?:me|us)|go (?:over|through)|name"
    r"|(?:provide|share) (?:the |your |all )?(?:\w+ ){0,2}?(?:names?|details|ratings?|prices?"
    r"|address(?:es)?|recommendations?|suggestions?|results?|findings"
    r"|options)\b(?!.{0,80}\bwith (?!me\b|us\b))"
    # to ask
    r"|what|who|whats|whos|wheres|hows|whens|whose|which|when|where|why|how|is|are|was|were"
    r"|do (?:i|we|you|they)|does|did|has|have (?:i|we|you|they)|any\w*|whether|if"
    rf"|{_TELL_ABROAD}"
    r")(?![\w])"
    # Chinese and Japanese set no space behind a word
    r"|^(?:帮我|請?帮我|请)?(?:看看|看一下|总结|總結|告诉|告訴|翻译|翻譯|查|读|讀|比较|什么|教えて|要約)"
)
TELLS = re.compile(
    # Dutch
    r"(?<!\w)(?:opzoeken|zeggen|vertellen|noemen|weten|zien|kijken|checken|uitzoeken|vinden"
    r"|samenvatten|lezen|berekenen|aanraden|geven"
    # German
    r"|sagen|nennen|zeigen|suchen|finden|heraussuchen|lesen|prüfen|nachsehen|nachschauen"
    r"|zusammenfassen|berechnen|empfehlen|vorschlagen|geben"
    # Spanish
    r"|decir\w*|dar(?:me|nos)|busca\w*|mirar|resumi\w*|recomend\w*|calcul\w*|encontr\w*"
    r"|pasar(?:me|nos)"
    # French
    r"|dire|donner|trouver|chercher|lire|résumer|estimer|comparer|évaluer|recommander|conseiller"
    r"|calculer|vérifier|montrer|regarder|expliquer|analyser|comprendre"
    # Italian
    r"|dirmi|dir(?:e|ci)|darmi|trovar\w*|cercar\w*|leggere|riassum\w*|consigliar\w*|calcolare"
    # Portuguese
    r"|dizer\w*|procurar|ler|ver|indicar"
    # Polish
    r"|podać|powiedzieć|znaleźć|sprawdzić|przeczytać|polecić|obliczyć"
    # Swedish
    r"|säga|hitta|leta|läsa|sammanfatta|rekommendera|räkna|kolla|berätta|visa)(?!\w)"
)
"""Verbs of being told something, as they stand at the end or behind another verb."""
ASKED_IN = re.compile(
    r"(?<!with )(?<!to )(?<!for )(?<!of )(?<!on )(?<!from )(?<!than )(?<!by )"
    r"\b(?:what's|whats|who's|whos|where's|wheres|how (?:much|many|long|old)|which one)\b"
)
"""A question behind something else, without its mark: "of all my files whats the biggest"."""
HERE = re.compile(
    r"^(?:write|draft|make|prepare|compile|put together|draw up|note|jot down) (?:me"
    r"|us) .{0,160}?\b(?:here|in (?:the|this|our) (?:chat|conversation|thread)|in your (?:answer"
    r"|reply|response))\W*$|^(?:an? |the )?(?:short )?(?:lists?|summary|overview|answer)\W*$"
    r"|^(?:write|make|draw up|compile) (?:me |us )?(?:an? |the )?(?:[\w-]+ ){0,2}(?:lists?|summary"
    r"|overview|digest|recap)(?: (?:of|on|about) [^,;]{1,160})?\W*$"
    r"|^put (?:me |us )?(?:an? |the )?(?:[\w-]+ ){0,2}(?:lists?|summary|overview) together\W*$"
    r"|^(?:write|send) (?:me|us) (?:one|two|three|an?|\d) (?:[\w-]+ ){0,2}"
    r"(?:lines?|sentences?|words?|paragraphs?)\b(?!.{0,80}\b(?:to|into|in) )"
)
"""What is to be written into the answer is only told."""
ORDER_ASKED = re.compile(
    r"(?:put|stick|ask|drop|pop|write|share|publish|bring|set up|schedule|send|pay|transfer|book"
    r"|reserve|cancel|create|add|invite|delete|remove|update|change|post|forward|move"
    r"|upload) (?:the|an?|my|our|his|her|their|this|that|these|those|all|every\w*|it|them|him|her"
    r"|me|us)\b"
)
"""An order stays one with a question mark behind it: "send it to Ann?"."""
FORM = r"'(?:hh|yyyy|dd|mm)[:/.-]"
"""How an hour or a day is to be written: no act is."""
MANNER = re.compile(
    r"^(?:(?:very |really |nice and )?(?:short|brief|quick)(?:ly)?|in (?:short|brief|a few words"
    r"|(?:one|two|three|a few|\d) (?:words?|lines?|sentences?))|roughly|exactly|(?:the )?(?:top"
    r"|first|last|best) (?:one|two|three|four|five|ten|\d+)|the rough idea)(?: (?:is fine|will do"
    r"|is enough))?(?: please| thanks)?\W*$|^(?:make|keep|have) it (?:an? (?:\w+ ){0,2}one"
    r"|(?:very )?\w+|to the point)\W*$|^(?:calculate|do|put|give|state|show|express|write|note"
    r"|list|round|count) (?:[\w-]+ ){0,4}in (?:euros?|dollars|pounds|usd|eur|gbp|percent|minutes"
    rf"|hours|days)\b|.{{0,80}}(?:{FORM}|\bformat(?:ted)? (?:as|like)\b|\bin the format\b)"
    r"|^(?:include|add|mention|with) (?:its|their|the|all) (?:[\w-]+ ){0,2}?(?:names?|addresse?s?"
    r"|ratings?|prices?|scores?|hours|costs?|details)\b(?!.{0,80} (?:in|to|into) )"
)
"""How something is to be told: "short please", "just the top five", "as 'hh:mm'"."""
RELATIVE = re.compile(
    r"(?:if|unless|where|when|which|whose|who|whom|that|how)\b"
    r"|(?:falls|wenn|si|se|jeśli|als|om|hvis|cuando|quando|quand|cuál|cual)\b"
)
"""What may be said of something or be a condition, instead of a question."""
OF_A_QUESTION = re.compile(
    r"(?:who|which|how|whose)\b(?!\W*$)|(?:when|where)(?:'s|s)? (?:is|are|was|were|do|does|did"
    r"|will|can|should|has|have|must|the|my|our)\b|(?:quando|quand|cuándo|cuál|wann)\b"
)
"""The same where it begins a sentence as a question does."""
PREPARES = re.compile(
    r"^(?:take|use|open|grab|consider|go (?:in)?to|start (?:with|from|by)|begin (?:with|by)"
    r") (?!off\b|out\b|away\b|over\b|up\b)\S"
)
"""What is taken up to do something with it."""
INTRODUCES = re.compile(
    r"^(?:[\w',-]+ ){0,9}?(?:in (?:this|that|the|the given) (?:order|sequence)|in order\W*$"
    r"|step by step|(?:keep|mind) (?:the|this|that) (?:order|sequence)|first this"
    r"|one (?:after|at a time|by one)|the following (?:tasks?|things?|steps?|points?)"
    r"|consecutively|handled in turn|por orden|in ordine|dans l'ordre|der reihe nach|po kolei"
    r"|op volgorde|i tur och ordning|por ordem)\b|^help (?:me|us|him|her) out\b(?! by\b)|^(?:one"
    r"|two|three|four|a couple of|a few) (?:requests?|things?|tasks?|questions?|points?)\b"
)
"""What only says that something is to follow."""
SMALL_TALK = re.compile(
    # thanks
    r"^(?:(?:many )?thank(?:s|\s?you)\b|cheers\b|(?:best|kind) regards|looking forward"
    r"|good (?:morning|afternoon|evening|day)|(?:hi|hello|hey) (?:there|again|everyone)\b\W*$"
    # a thing is spoken of
    r"|(?:my|our|his|her|their) (?!list\b)\w"
    # a time is
    r"|(?:last|next) (?:time|week|weekend|month|year|night|spring|summer|autumn|winter|\w+day)\b"
    # or what somebody does themselves
    r"|(?:i|we) (?:(?:just|also|really) )?(?:want|need|hope|plan|intend|would like"
    r"|'d like) to (?:rent|hire|fly|drive|try|visit|stay|eat|go|travel|spend|enjoy|be|have)\b)"
)
"""What asks for nothing: thanks, and what people tell of themselves."""
PICKS = re.compile(
    r"^(?:choose|pick|select|prefer|take|go (?:for|with)|opt for|favou?r|rank|sort) (?:(?:the|any"
    r"|whichever|whatever|one) (?:[\w'-]+ ){0,3}?(?:ones?|cheapest|best|first|highest|lowest"
    r"|closest|nearest|dearest|top|most|least|rated|biggest|smallest|newest|latest|oldest)\b|by "
    r"|on (?:the|rating|price)\b)"
)
"""Which of several is meant, of whatever is asked for."""
