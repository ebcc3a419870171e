# ruff: noqa: RUF001  # the words of other scripts are meant
"""Words with which people ask to be told something, in several languages."""

from __future__ import annotations

import re

ASKING = (
    r"ask (?!me\b|us\b|yourself\b)(?:[\w.'-]+ ){1,6}?"
    r"(?:for|what|which|who|whose|when|where|why|how|whether|if|about)\b"
)
"""Whoever has somebody asked wants to be told something, by a message."""
TELL = re.compile(
    rf"^(?:{ASKING}|summari[sz]e|sum(?: \w+)? up|explain|describe|show|list|read|check|look"
    r"|find(?! out (?:and|then))|search"
    r"|count|compare|review|translate|analy[sz]e|research|browse|view"
    # to open a document is to read it; to open any of these is an act
    r"|open(?! (?:up )?(?:the |an? |my |our |all )?(?:[\w-]+ ){0,2}?(?:ports?|firewall|accounts?"
    r"|access|tickets?|issues?|prs?|pull requests?|cases?|disputes?|connections?|tunnels?|doors?"
    r"|gates?|garage|windows?|blinds|shutters|valves?|positions?|trades?|tcp|udp)\b)"
    r"|see(?! (?:that|to)\b)|watch|inspect"
    r"|fetch|examine|investigate|identify|extract|recap|outline|classify|categori[sz]e"
    r"|sort(?! out\b)|rank"
    r"|recommend|(?:suggest|propose) (?:me|us|an?|some|the|which|whatever)\b(?!.{1,80} to )"
    r"|advise (?:me|us|on)|inform (?:me|us)|say(?! .{0,80} to (?!me\b|us\b))|propose|reckon"
    r"|figure out"
    r"|work out|track (?:\w+ ){0,3}down|hunt (?:\w+ ){0,3}down|dig (?:\w+ ){0,4}(?:out|up)"
    r"|fish (?:\w+ ){0,4}out|pull (?:\w+ ){0,3}up|boil (?:\w+ ){0,3}down|break (?:\w+ ){0,3}down"
    r"|(?:run|walk|talk|take) (?:me|us) through|look (?:up|into|over)|point (?:me|us) (?:to|at)"
    r"|have an? (?:quick )?(?:look|peek|read|glance|go)|take an? (?:quick )?(?:look|peek|glance)"
    r"|peek|glance"
    r"|go thru|go (?:by|find)|(?:write|put|answer|reply|format|state)(?: (?:it|them|that|this|me"
    r"|out|so|all))"
    r"{0,2} (?:like|as|in (?:the )?format|with|out)\b(?!.{0,80}\bto [\w.]+@)|answer (?:me|so|in"
    r"|as|with)"
    r"|write out|read (?:\w+ ){0,3}out|receive|hear|learn|know|remind me (?:what|which|when"
    r"|where|who|how)"
    r"|rate|collect|gather|determine|calculate|compute|estimate|verify|catch (?:me|us) up"
    r"|have a look"
    r"|(?:give|get|tell|bring|help|let|provide) (?:me|us)(?! (?:out|off)\b)|tell (?:me|us)"
    r"|go (?:over|through)|name"
    r"|(?:provide|share) (?:the |your |all )?(?:\w+ ){0,2}?(?:names?|details|ratings?|prices?"
    r"|address(?:es)?|recommendations?|suggestions?|results?|findings|options)\b"
    r"(?!.{0,80}\bwith (?!me\b|us\b))"
    r"|what|who|whats|whos|wheres|hows|whens|whose|which|when|where|why|how|is|are|was|were"
    r"|do (?:i|we|you|they)|does|did|has"
    r"|have (?:i|we|you|they)|any\w*|whether|if"
    # the same in other languages
    r"|antworte?n? (?:im|in|mit|so|als)|respond\w* (?:en|con|no|in|nel)|répond\w* (?:au|en|sous"
    r"|avec)"
    r"|rispondi (?:nel|con|in)|antwoord (?:in|met|als)|donne-moi|trouve-moi|retrouve\w*"
    r"|indique-moi|envoie-moi"
    r"|quiero saber|me gustaría saber|ich (?:will|möchte|würde gern) wissen|j'aimerais (?:savoir"
    r"|que tu (?:ailles )?(?:lir|lis|regard)\w*)"
    r"|fass\w*|lies|lesen|zeig\w*|sag\w* (?:mir|uns)|schau\w*|sieh|vergleich\w*|übersetz\w*"
    r"|erklär\w*"
    r"|such\w*|find\w*|prüf\w*|zähl\w*|nenn\w*|was|wann|wie|wer|wo|warum|welche\w*|wieviel"
    r"|hat|haben"
    r"|gibt|ist|sind"
    r"|resum\w*|lee\w*|dime|dinos|muestra\w*|mira|compara\w*|traduc\w*|explica\w*|busca\w*"
    r"|revisa\w*"
    r"|qué|que|cuándo|cuál\w*|quién\w*|cómo|dónde|por qué|cuánt\w*|hay"
    r"|résum\w*|lis(?:ez)?|dis-moi|montre\w*|regarde\w*|compare[rz]?|tradui\w*|explique\w*"
    r"|cherche\w*"
    r"|vérifie\w*|quel\w*|quand|qui|comment(?! (?:on|that|to|in)\b)|où|pourquoi|combien|qu'"
    r"|est-ce|y a-t-il"
    r"|riassum\w*|legg\w*|dimmi|mostra\w*|guarda|confronta|spiega\w*|cerca|cosa|che|quando"
    r"|chi|come"
    r"|dove|perché|quanto|vat\b|lees|toon|zoek|wat|wanneer|hoe"
    r"|vertel|vertaal\w*|geef (?:me|mij|ons)|welke|waar|waarom|heeft"
    r"|leia|mostre?|diga-me|traduz\w*|procur\w*|verifi\w*|quais|qual|quem|onde|o que"
    r"|podsumuj\w*|streść|przeczytaj\w*|pokaż\w*|powiedz|przetłumacz\w*|porównaj\w*|znajdź"
    r"|sprawdź|wymień|wypisz|co(?!-)|kiedy|kto|jak\w{0,2}|gdzie|dlaczego|ile|czy|któr\w+"
    r"|sammanfatta\w*|läs|visa|berätta|översätt\w*|jämför\w*|hitta|sök|kolla|vad|när|vem|hur"
    r"|varför|vilk\w*|finns|opsummer\w*|oppsummer\w*|læs|fortæl|fortell|overs[æe]tt?\w*"
    r"|sammenlign\w*|hvad|hva|hvornår|hvem|hvordan|hvor|hvorfor|hvilk\w*"
    r"|прочит\w*|прочти|расскаж\w*|перескаж\w*|скажи\w*|покаж\w*|найди\w*|сравни\w*|перевед\w* на"
    r"|объясни\w*|посмотри\w*|что|когда|как\w*|кто|где|почему|сколько)(?![\w])"
    r"|^(?:帮我|請?帮我|请)?(?:看看|看一下|总结|總結|告诉|告訴|翻译|翻譯|查|读|讀|比较|什么"
    r"|教えて|要約)"
)
TOLD_LAST = re.compile(
    r"(?:教えて|要約して|まとめて|見せて|説明して|読み上げて)(?:ください|下さい|くれ\w*|ほしい\w*|もらえ\w*)?\W*$"
    r"|(?:알려|보여|요약해|설명해|정리해|읽어)\s?(?:줘|주세요|주십시오|줄래\w*)\W*$"
    r"|\b(?:özetle|göster|anlat|söyle|açıkla|listele|oku)(?:r mis\w+|yin\w*|)\W*$"
)
"""The same where the verb stands last."""
HERE = re.compile(
    r"^(?:write|draft|make|prepare|compile|put together|draw up|note|jot down) (?:me|us) .{0,160}?"
    r"\b(?:here|in (?:the|this|our) (?:chat|conversation|thread)|in your (?:answer|reply|response))"
    r"\W*$"
    r"|^(?:an? |the )?(?:short )?(?:lists?|summary|overview|answer)\W*$"
    r"|^(?:write|make|draw up|compile) (?:me |us )?(?:an? |the )?(?:[\w-]+ ){0,2}"
    r"(?:lists?|summary|overview|digest|recap)(?: (?:of|on|about) [^,;]{1,160})?\W*$"
)
"""What is to be written into the answer is only told."""
ORDER_ASKED = re.compile(
    r"(?:put|stick|ask|drop|pop|write|share|publish|bring|set up|schedule|send|pay"
    r"|transfer|book|reserve|cancel|create|add|invite|delete|remove"
    r"|update|change|post|forward|move|upload) (?:the|an?|my|our|his|her|their|this|that|these"
    r"|those|all|every\w*|it|them|him|her|me|us)\b"
)
"""An order stays one with a question mark behind it: "send it to Ann?"."""
MANNER = re.compile(
    r"^(?:(?:very |really |nice and )?(?:short|brief|quick)(?:ly)?|in (?:short|brief|a few words"
    r"|(?:one|two|three|a few|\d) (?:words?|lines?|sentences?))|roughly|exactly"
    r"|(?:the )?(?:top|first|last|best) (?:one|two|three|four|five|ten|\d+)|the rough idea)"
    r"(?: (?:is fine|will do|is enough))?(?: please| thanks)?\W*$"
)
"""How something is to be told: "short please", "just the top five"."""
SMALL_TALK = re.compile(
    r"^(?:(?:many )?thank(?:s|\s?you)\b|cheers\b|(?:best|kind) regards|looking forward"
    r"|good (?:morning|afternoon|evening|day)|(?:hi|hello|hey) (?:there|again|everyone)\b\W*$"
    # a thing is spoken of, or what somebody does themselves
    r"|(?:my|our|his|her|their) (?!list\b)\w"
    r"|(?:last|next) (?:time|week|weekend|month|year|night|spring|summer|autumn|winter|\w+day)\b"
    r"|(?:i|we) (?:(?:just|also|really) )?(?:want|need|hope|plan|intend|would like|'d like) to"
    r" (?:try|visit|stay|eat|go|travel|spend|enjoy|be|have)\b)"
)
"""What asks for nothing: thanks, and what people tell of themselves."""
PICKS = re.compile(
    r"^(?:choose|pick|select|prefer|take|go (?:for|with)|opt for) (?:the|any|whichever)"
    r" (?:one|ones|cheapest|best|first|highest|lowest|closest|nearest)\b"
)
"""Which of several is meant, of whatever is asked for."""
