"""An action as the judge looks at it, and the words by which a text speaks of it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from agentwarrant.intent.cues import RID, mentions
from agentwarrant.intent.languages import does
from agentwarrant.intent.programs import program_words
from agentwarrant.tools.english import companions
from agentwarrant.tools.words import DELETE, MESSAGE_NOUNS, MONEY, MOVE, PAY, in_english, words_of
from agentwarrant.vocabulary import SENSITIVE_CLASSES

STEM = 5
"""So many letters of a word are compared: its endings differ."""
_OVERRIDE = re.compile(
    r"(?:previous|prior|earlier|above|your|all|system)\s+(?:instructions?|rules?|prompts?)"
)
_PASSED_ON = re.compile(
    r"\btransfer(?:s|red|ring)? (?:(?:the|this|that|my|our|him|her|them|every|each) ?){0,2}"
    r"(?:(?:customer|caller|client|user|guest|patient|call|chat|conversation|case|ticket)s? )?"
    r"(?:on |over |through )?to (?:an? |the |our |another )?(?:human|person|agent|operator"
    r"|colleague|supervisor|manager|support|specialist|department|representative)\b"
)
"""Who is passed on to somebody else is no money."""

LOOKS = ("read", "discovery")
"""Classes of acts that only look at something."""


class Act(NamedTuple):
    """An action as the judge looks at it.

    Attributes:
        tool_class: Its class; ``execute`` for code from elsewhere.
        sensitive: It reaches beyond the conversation or is hard to undo.
        asked: People's words ask for such an act, or name what it is done to.
        aimed: It is aimed at somebody outside.
        tool: The tool's name.
        command: The command it runs, if it is one.
        arguments: Its arguments as JSON text, their beginning.
    """

    tool_class: str
    sensitive: bool
    asked: bool
    aimed: bool
    tool: str = ""
    command: str = ""
    arguments: str = ""

    @property
    def words(self) -> frozenset[str]:
        """The words of the tool's name, and of the command, that say something of the act."""
        return tool_words(self.tool) | _command_words(self._run)

    @property
    def verbs(self) -> frozenset[str]:
        """The words for what the programs of its command do: "move" for ``mv``."""
        return program_words(self.command)

    @property
    def _run(self) -> str:
        return self.command or (self.arguments if self.tool_class == "exec" else "")

    def meant(self, passage: str) -> bool:
        """Does a passage speak of this act: by its class, the tool's words or the command's?"""
        told = _OVERRIDE.sub(" ", passage)
        if self.tool_class == "payment":
            told = _PASSED_ON.sub(" ", told)
        return mentions(self.tool_class, told) or self.named(told)

    def named(self, passage: str, *, whole: bool = True) -> bool:
        """Has a passage the tool's name, a word of it (the namespace's, too), or the command's?"""
        if self.called(passage):
            return True
        space = self.tool.lower().rpartition(".")[0]
        # Another tool of its namespace, as it is called, says nothing of this one.
        told = _CALLS.sub(" ", passage) if space and f"{space}." in passage else passage
        if not whole and _short_words(self.tool) & frozenset(_SHORT_WORD.findall(told)):
            return True
        # The namespace of a call that is given nothing stands in much text.
        name = self.tool if whole and '":' in self.arguments else self.tool.rpartition(".")[2]
        words = _speaking(name)
        if words is not None and words.search(told) is not None:
            return True
        return any(_beginning(word).search(told) for word in _command_words(self._run))

    def called(self, passage: str) -> bool:
        """Does a passage call the tool by its very name?"""
        return COMPOUND.search(self.tool) is not None and self.tool.lower() in passage

    def strange(self, passage: str, said: str) -> bool:
        """Does a passage have words of the tool's name that people did not use?

        Who asked in another language than English used none of them.
        """
        if does(self.tool_class, said):
            return False
        return any(
            found.search(passage) is not None and not _used(words, said)
            for words, found in _groups(self.tool, self.tool_class)
        )


@lru_cache(maxsize=2048)
def _speaking(name: str) -> re.Pattern[str] | None:
    """Return what a passage that speaks of a tool has; None: nothing does."""
    return _beginnings(companions(tool_words(name)) - _GENERIC)


@lru_cache(maxsize=2048)
def _beginning(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word[:STEM])}")


@lru_cache(maxsize=2048)
def _groups(tool: str, tool_class: str) -> tuple[tuple[frozenset[str], re.Pattern[str]], ...]:
    """Return, for each word of a tool, the word and those like it, and what has one of them."""
    own = tool_words(tool) - _COMMON_TO.get(tool_class, frozenset())
    same = (companions(frozenset((word,))) - _GENERIC for word in sorted(own))
    return tuple((words, found) for words in same if (found := _beginnings(words)))


@lru_cache(maxsize=256)
def _used(words: frozenset[str], said: str) -> bool:
    """Did people speak of one of these: "get rid of" for ``delete``?"""
    if any(word[:STEM] in said for word in words):
        return True
    deletes = not words.isdisjoint(DELETE)
    return deletes and (any(word in said for word in DELETE) or _RID.search(said) is not None)


_RID = re.compile(rf"\b(?:{RID})\b")


def _beginnings(words: frozenset[str]) -> re.Pattern[str] | None:
    stems = sorted({re.escape(word[:STEM]) for word in words})
    return re.compile(rf"(?<!\w)(?:{'|'.join(stems)})") if stems else None


_COMMON_TO = {
    "payment": MONEY | MOVE | PAY,
    "message": MESSAGE_NOUNS | MONEY,
    "egress": MESSAGE_NOUNS | MONEY,
}
"""Words of tools that are said of any act of a class."""
COMPOUND = re.compile(r"_|\w\.\w")
"""The name of a tool that is no word of a language."""
_CALLS = re.compile(r"(?<![\w./@-])[a-z]{2,24}\.[a-z]\w{2,40}(?![\w./@-])(?= [\w{(\"'])")
"""The name of another tool that a passage has called: ``files.trash``, with what it is given."""

_GENERIC = frozenset(
    "tool tools send create update make call read file files data user users item items list get "
    "set text name value info account request execute command shell bash general write http post "
    "open api new add find search show fetch with from this that true false sudo echo null tmp "
    "home".split()
)


@lru_cache(maxsize=1024)
def tool_words(tool: str) -> frozenset[str]:
    """Return the words of a tool's name, in plain English too, that say what it does."""
    found = {word for word in in_english(words_of(tool)) if len(word) > 3 or word == "mfa"}
    return frozenset(found - _GENERIC)


@lru_cache(maxsize=1024)
def _short_words(tool: str) -> frozenset[str]:
    words = words_of(tool.rpartition(".")[2])
    return frozenset(word for word in words if len(word) == 3) - _GENERIC


_SHORT_WORD = re.compile(r"(?<![\w.-])[a-z]{3}(?![\w-])")


@lru_cache(maxsize=1024)
def asked_as(tool: str) -> frozenset[str]:
    """Return the classes of act that a tool's name, its namespace apart, has words for.

    ``bin.trash`` is given to delete by: whoever says "delete" speaks of it.
    """
    words = words_of(tool.rpartition(".")[2])
    return frozenset(one for one in _VERBAL for word in words if mentions(one, word))


_VERBAL = SENSITIVE_CLASSES - {"credential_read", "config_change", "delegate", "persistence"}
"""The words of the others are of things, which look-ups are about."""


@lru_cache(maxsize=256)
def _command_words(command: str) -> frozenset[str]:
    found = re.findall(r"(?<![\w.@/-])[a-z]{4,16}(?![\w.@/-])", command[:400].lower())
    return frozenset(found[:8]) - _GENERIC | program_words(command)
