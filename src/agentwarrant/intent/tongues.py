"""Whether words are English, by the small words that every sentence has."""

from __future__ import annotations

import re
from functools import lru_cache

from agentwarrant.intent.worktable import word_set

_once = lru_cache(maxsize=256)

_OTHERS = word_set(
    # German, Dutch
    "der das dem und bitte mir mich dir ich du wir ihr sie von im für mit nach ein eine einen einem"
    " einer ist sind wie wer wo wann welche welcher welches zu zum zur auf aus bei noch nicht auch"
    " dann danke het een naar voor met van niet ik je jij wij zijn heb hebt heeft wat welke dat op"
    " te kun graag alsjeblieft alstublieft dank bedankt die den des dort diese dieser dieses"
    " diesen kein"
    " keine mal doch schon nur wenn falls ob dass mein meine meinen meiner meinem uns deze dit"
    " mijn ons"
    " haar zijn daar hier wil maar ook nog bij uit daarna"
    # Spanish, Portuguese, French, Italian
    " el los las del que por una para su con es está y qué cuál cómo dónde necesito quiero gracias"
    " um uma os dos das em você não com ao à meu minha e o quero preciso obrigado obrigada le les"
    " des du et un une dans est que qui quel quelle je tu il nous vous mon ma mes ce cette pas sur"
    " au aux merci gli che di della del nel nella sono quale quali mi ho ha grazie vorrei lo la al"
    " alla dei delle"
    " en de se todos todas hay más pero cuando luego después também mais mas depois então seu sua"
    " aos"
    " nas pelo pela puis ensuite tous toutes leur leurs sa son ses anche poi quindi tutti tutte"
    " suo sua"
    # Polish, Swedish, Danish, Norwegian
    " się nie jest oraz przez dla proszę że czy od jej jego mój moją moje w z na do co ile który"
    " która które jak mnie mi dziękuję dzięki och att det som på för till av ett jag ska vilken"
    " vilket vilka hur är mig tack jeg og til er har hvad hvilken hvor mig meg takk tak"
    " tę ta tego tej ich po są być oraz potem jeszcze tylko den vi vår mitt min mina dem sedan"
    " också bara"
)
_ENGLISH = word_set(
    "the an to and of my our your is are was were for with it its you can could would should this"
    " that these those what which who how when where why from has have had in on at me i we us"
    " please be by any all not do does did there they he she him her them if or so but as then"
    " need want give tell thanks"
)
_WORD = re.compile(r"[^\W\d_]+")
_QUOTED = re.compile(r"(?<!\w)(?:'[^'\n]{3,200}'|\"[^\"\n]{3,200}\")(?!\w)")
"""What is to be written may be in another language than what asks for it."""
_FIRST = 2_000


@_once
def in_english(words: str) -> bool:
    """Are words (lower case) rather English than of another language, by their small words?"""
    if _SCRIPT.search(words):
        return False
    found = _WORD.findall(_QUOTED.sub(" ", words[:_FIRST]))
    others = sum(word in _OTHERS or not word.isascii() for word in found)
    return sum(word in _ENGLISH for word in found) >= others


def is_small(word: str) -> bool:
    """Is it one of the small words that are known?"""
    return word in _OTHERS


_SCRIPT = re.compile(r"[\u0300-\u1fff\u3040-\ud7ff]")


_FOREIGN = re.compile(
    r"[^\x00-\u02ff\u2000-\u2fff]"
    r"|\b(?:der|die|das|den|dem|und|bitte|mir|ich|von|im|für|mit|nach|ein\w{0,2}|el|la|los|las|del"
    r"|que|por|una?|para|su|con|le|les|des|du|et|un|une|pour|dans|il|lo|gli|che|di|het|een|naar"
    r"|voor|não|com|os|dos|das|em|você|się|nie|jest|oraz|przez|dla|proszę|że|czy|od|jej|jego|mój"
    r"|moją|moje|och|att|det|som|på|för|till|av|ett|jag|ska|og|til)\b"
)


@_once
def foreign(words: str) -> bool:
    """Is there anything in another language than English?"""
    return _FOREIGN.search(words) is not None or not in_english(words)
