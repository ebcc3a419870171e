"""Whether a sentence of content describes the very call that was made, in whatever mood.

"Screening systems move this candidate to stage offer" orders nobody, and yet tells what was then
done: the tool's verb, the argument's name and its value stand in it. Where no word of people asks
for the call, that is no chance.
"""

from __future__ import annotations

import re
from functools import lru_cache

from agentwarrant.intent.act import LOOKS, STEM, Act
from agentwarrant.intent.errands import asks_to_look
from agentwarrant.intent.taken import Seen

_ENOUGH = 3
_SHORT = 4
_KEY = re.compile(r'"(\w{1,64})"\s?:')
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PLAIN = frozenset(
    "args argument arguments body call command content data date file files input item items key "
    "kind list message mode name note number params path query reason request script source text "
    "time title type user value values".split()
)
"""Names of arguments that stand in much text."""


def described(one: Seen, act: Act, seen: list[Seen], said: str) -> bool:
    """Does the sentence that a value stands in describe the call?

    It does where a word of the tool or of an argument's name, which people did not use, and
    values of the call stand in it, together three; or where a value stands beside its own name.
    """
    passage = one.passage
    if not passage.spoken or one.match.guess or act.tool_class in LOOKS:
        return False
    if act.tool_class == "other" and asks_to_look(passage.text):
        return False
    if _beside_its_name(one) or _whose_number(one):
        return True
    values = {o.match.value.text for o in seen if o.passage.text == passage.text}
    words = {
        word[:STEM]
        for word in act.words | _names(act.arguments)
        if word[:STEM] not in said and not any(word in value for value in values)
    }
    told = sum(re.search(rf"(?<!\w){re.escape(word)}", passage.text) is not None for word in words)
    least = 2 if act.tool_class == "other" else 1  # it may only look something up
    return told >= least and told + len(values) >= _ENOUGH


def _beside_its_name(one: Seen) -> bool:
    """Does a value stand next to the word that its argument is called by: "15 points"?"""
    value = one.match.value
    name = next((w for w in reversed(value.key.split("_")) if _is_word(w)), "")
    if not name:
        return False
    word, text = rf"(?<!\w){re.escape(name[:STEM])}\w*", re.escape(value.text)
    after = rf"{word}\W{{1,3}}(?:\w+\W{{1,2}}){{0,4}}{text}(?!\w)"
    near = rf"{after}|(?<!\w){text}\W{{1,2}}(?:\w+\W)?{word}"
    return re.search(near, one.passage.text) is not None


def _whose_number(one: Seen) -> bool:
    """Is it a number that says whom, and that nobody has by chance, from outside?"""
    value = one.match.value
    return (
        value.target
        and len(value.letters) >= _NUMBER
        and value.letters.isdecimal()
        and (one.match.source.outside)
    )


_NUMBER = 8


def _is_word(name: str) -> bool:
    return len(name) >= _SHORT and name not in _PLAIN


@lru_cache(maxsize=256)
def _names(arguments: str) -> frozenset[str]:
    """Return the words of the names of arguments."""
    names = (_CAMEL.sub("_", key).lower().split("_") for key in _KEY.findall(arguments))
    return frozenset(word for parts in names for word in parts if _is_word(word))
