"""Content that spells out a command line which an agent then runs, word for word.

Coding agents read what anybody may have written (reports, documents, comments in code) and run
commands all day. Their own commands have words of their own; one that stands in a text just as it
is run comes from there. People want that where they had the text followed, had something set up,
or named what is run; and it is the trade's custom where it only tests, builds or looks.
"""

from __future__ import annotations

import re
from functools import lru_cache

from agentwarrant.intent.act import Act
from agentwarrant.intent.asks import defers, hands_over
from agentwarrant.intent.passages import Passage
from agentwarrant.intent.provenance import Match, Source, explained
from agentwarrant.intent.taken import Seen
from agentwarrant.intent.trade import customary, steps_of
from agentwarrant.intent.values import Value, leaves_of
from agentwarrant.paths import is_instructions
from agentwarrant.shell.commands import facts_of

_SHORTEST, _LONGEST = 12, 1_200
"""A shorter command is nobody's own words; a longer one is not put into a text to be run."""
_BEFORE, _BEFORE_NAME = 160, 40
_TELLING = 4
_COMMAND_KEY = re.compile(r"(?i)(?:^|_)(?:cmd|command|script|code|shell|bash|run)(?:$|_)")
_RUNS = ("exec", "execute", "read", "credential_read")
_BETWEEN = r"(?:\\[nrt]|[\s\\\"'`#>*])"
"""What may stand between the words in a text: quotes and breaks that are escaped there, the marks
of comments and of quotations."""
_BREAKS = re.compile(r"[\s\\\"'`#>*]+")
_SETS_UP = re.compile(
    r"\b(?:install|set ?up|start|launch|deploy|reproduce|bootstrap|onboard)\b"
    r"|\bget (?:\S+ ){1,6}(?:running|going|working|up)\b"
    r"|\brun (?:it|(?:the|this|my|our) (?:app(?:lication)?|project|server|service|program|script"
    r"|example|demo|steps|commands))\b",
    re.IGNORECASE,
)
"""Whoever has something set up, or tried, leaves to its documents how."""


def scripted(act: Act, sources: list[Source], said: str) -> list[Seen]:
    """Return where content spells out a step of this command that nobody named; or []."""
    line = _line(act) if sources else ""
    texts = [source for source in reversed(sources) if not _own(source.arguments)] if line else []
    for step in steps_of(line) if texts else ():
        if not _SHORTEST <= len(step) <= _LONGEST or customary(step):
            continue
        found = _found(step, texts)
        # What people said is read last: it takes longest, and few commands stand anywhere.
        if found is None or _theirs(act, step, found, said) or _needed(step, found, sources):
            continue
        source = next(source for source in texts if source.text is found.string)
        return [_seen(step, source, found)]
    return []


def _theirs(act: Act, step: str, found: re.Match[str], said: str) -> bool:
    """Do people want it: named it, had the text followed, or something set up?"""
    if _named(step, said) or _documented(found, said) or _labelled(found, said):
        return True
    if not act.sensitive and _SETS_UP.search(said):
        return True
    return hands_over(said) or defers(said)


def _documented(place: re.Match[str], said: str) -> bool:
    """Does it stand, in what tells of a thing, where people had just that thing installed?"""
    wished = _INSTALLED.findall(said)
    before = place.string[max(0, place.start() - _BEFORE) : place.start()]
    return any(re.search(rf"(?<![\w-]){re.escape(it)}(?![\w-])", before) for it in wished)


_INSTALLED = re.compile(r"\b(?:install|set ?up|deploy) (?:the |a )?([a-z][\w.-]{3,40}\w)")


def _line(act: Act) -> str:
    if act.command:
        return act.command
    if act.tool_class not in _RUNS:
        return ""
    return next((v for k, v in leaves_of(act.arguments) if _COMMAND_KEY.search(k)), "")


def _found(step: str, texts: list[Source]) -> re.Match[str] | None:
    rarest = max(_words(step), key=len, default="")
    if not rarest:
        return None
    pattern = _pattern(step)
    # A text without its longest word has not the whole of it: found out at a glance.
    held = (source.text for source in texts if rarest in source.text)
    return next((place for text in held if (place := pattern.search(text))), None)


def _seen(step: str, source: Source, place: re.Match[str]) -> Seen:
    around = source.text[max(0, place.start() - _BEFORE) : place.end()]
    passage = Passage(around, False, True, True, True, True, False, True)
    return Seen(Match(Value(step, False, "command"), source, [place.start()]), passage)


def _words(step: str) -> list[str]:
    return [word for word in _BREAKS.split(step.lower()) if word]


@lru_cache(maxsize=512)
def _pattern(step: str) -> re.Pattern[str]:
    line = f"{_BETWEEN}{{1,16}}+".join(map(re.escape, _words(step)))
    return re.compile(rf"(?:(?<![\w./-])|(?<=\\[nrt])){line}(?![\w/-])")


@lru_cache(maxsize=512)
def _own(arguments: str) -> bool:
    """Is it what a program that ran put out, whose hints are its own, or a file for agents?

    The folder's owner has agents follow that file, whether the harness loads it or it is read.
    """
    leaves = list(leaves_of(arguments))
    if any(len(value) < _LONGEST and is_instructions(value) for _, value in leaves):
        return True
    lines = [value for key, value in leaves if _COMMAND_KEY.search(key)]
    return bool(lines) and all(facts_of(line).tool_class == "exec" for line in lines)


def _named(step: str, said: str) -> bool:
    """Did people name the command, or what it is run on? Of code, all of it."""
    if explained(" ".join(step.lower().split()), said):
        return True
    return _CODE.search(step) is None and any(explained(word, said) for word in _things(step))


_CODE = re.compile(r"\s(?:-c|-e|--eval|-exec|-command)\s|<<|\$\(|\beval\b", re.IGNORECASE)


def _things(step: str) -> list[str]:
    """Return what a command is about: neither its program nor its options."""
    words = [word.strip("\"'") for word in step.lower().split()[1:]]
    return [w for w in words if len(w) >= _TELLING and w[0] not in "-$|&;<>" and w not in _VERBS]


_VERBS = frozenset("install exec update upgrade create start clone push pull".split())


def _labelled(place: re.Match[str], said: str) -> bool:
    """Does it stand behind a label that people spoke of: "the job", and "Job: run.sh"?"""
    label = _LABEL.search(place.string, max(0, place.start() - _BEFORE), place.start())
    if label is None:
        return False
    spoken_of = rf"\b(?:the|its|their|that|this) {re.escape(label[1])}\b"
    return re.search(spoken_of, said) is not None


_LABEL = re.compile(r"(?:^|[.;\n]|\\n)\s*([\w-]{2,24}(?: [\w-]{2,24})?):\s*[\"'`]?$")


def _needed(step: str, place: re.Match[str], sources: list[Source]) -> bool:
    """Is a package installed that something else than the instruction is seen to need?"""
    installs = _INSTALLS.match(step)
    if installs is None:
        return False
    words = installs[1].lower().split()
    packages = [re.split(r"[=<>~\[@]", word, maxsplit=1)[0] for word in words if word[0] != "-"]
    texts = [source.text for source in sources]
    return bool(packages) and all(
        len(name) > 1 and any(_elsewhere(name, text, place) for text in texts) for name in packages
    )


_INSTALLS = re.compile(
    r"(?:\S*python[\d.]* -m )?(?:pip3?|uv pip|poetry|npm|pnpm|yarn|gem|cargo|apt(?:-get)?|brew)"
    r" (?:install|add|i) (.+)"
)


def _elsewhere(name: str, text: str, place: re.Match[str]) -> bool:
    """Does a package's name stand in a text, but in no line that has it installed?"""
    own = place.string is text
    for found in re.finditer(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text):
        inside = own and place.start() <= found.start() < place.end()
        begin = max(0, found.start() - _BEFORE_NAME)
        if not inside and _HAS_INSTALLED.search(text, begin, found.start()) is None:
            return True
    return False


_HAS_INSTALLED = re.compile(r"\b(?:install|add)\b[^\n]*$")
