"""Lines of source code among what was read: they are no sentences, and ask nobody for anything.

Code is told by its form: statements that no language of people has, and lines beside them that are
made as such lines are. What stands in a comment, or as a sentence in quotes, is no code.
"""

from __future__ import annotations

import re
from functools import lru_cache

from agentwarrant.intent.machines import speaks_to_machine

_STATEMENT = re.compile(
    r"\s*(?:"
    r"from \.*[\w.]+ import \S|import (?:type )?(?:[\w.*]+|\{[^}]*\})(?:(?:,| as| from) \S+)*;?\s*$"
    r"|(?:async )?def \w+\(|class \w+\s?[(:{]|#include\s?[<\"]|(?:pub )?fn \w+\s?[(<]|func \w+\("
    r"|(?:(?:export|async|public|private|protected|static|default|final) )*"
    r"(?:function\*? \w*\(|(?:const|let|var) [\w{\[])"
    r"|(?:el)?if .+:$|(?:else|try|finally):$|except\b.*:$|for \w+(?:, \w+)* in .+:$|while .+:$"
    r"|with .+:$|(?:if|for|while|switch|catch) ?\(.*\{$"
    r")"
)
_BESIDE = re.compile(
    r"\s*(?:"
    r"@[\w.]+(?:\(.*)?$|(?:return|yield|await|raise|throw|assert|del|print) ?\S.*[\w)\]}'\";]$"
    r"|[\w.]+(?:\[[^\]]*\])*(?:: [\w\[\], .|]+)? ?[-+*/|:]?= ?(?!\w+ \w+ \w+ \w)\S"
    r"|[\w.]+\(.*[)\]},;:(]\s*$|[)\]}]+[,;:)]*\s*$|['\"\w.]+[,;]\s*$"
    r")"
)
_COMMENT = re.compile(r"(?:(?<!\S)#(?!include)|(?<![:\w])//|/\*|^\s*\*|<!--|--\s)")
_QUOTED = re.compile(r"([\"'`])(?:\\.|(?!\1).)*(?:\1|$)")
_PROSE = re.compile(r"(?:[^\W\d_]{2,}[ ,]+){3}")
_NEAR, _LONGEST = 2, 400


def in_code(text: str, place: int) -> bool:
    """Does a place in a text (lower case) stand in a line of source code?"""
    start = text.rfind("\n", 0, place) + 1
    stop = text.find("\n", place)
    line = text[start : stop if stop >= 0 else len(text)]
    if len(line) > _LONGEST:
        return False
    if _describes(text, line, start):
        return True
    if _told(line, place - start):
        return False
    if _STATEMENT.match(line):
        return True
    return _BESIDE.match(line) is not None and _among_code(text, start, start + len(line))


def _describes(text: str, line: str, start: int) -> bool:
    """Does a line say, as the custom of the trade is, what the function below or above it does?"""
    if _DOCUMENTS.match(line) is None or speaks_to_machine(line):
        return False
    before = text[max(0, start - _LONGEST) : start].rstrip()
    return _OPENED.search(before[before.rfind("\n") + 1 :]) is not None


_DOCUMENTS = re.compile(r"\s*[rf]?(?:\"\"\"|''')\s*[^\W\d_]")
_OPENED = re.compile(r"(?:\)|\)\s?->.{1,80}|^\s*class \w+.*):$")


def _told(line: str, at: int) -> bool:
    """Does it stand in a comment, or in quotes in a sentence?"""
    bare = _QUOTED.sub(lambda quoted: "\0" * len(quoted[0]), line)
    remark = _COMMENT.search(bare)
    if remark is not None and remark.start() <= at:
        return True
    quoted = next((q for q in _QUOTED.finditer(line) if q.start() <= at < q.end()), None)
    return quoted is not None and _PROSE.search(quoted[0]) is not None


def _among_code(text: str, start: int, stop: int) -> bool:
    """Is a line beside it code by itself, or one of several that are made as code is?"""
    before = _lines(text[max(0, start - _AROUND) : start])
    after = _lines(text[stop : stop + _AROUND])
    near = [*before[-_NEAR:], *after[:_NEAR]]
    if any(map(_is_statement, near)):
        return True
    return sum(_BESIDE.match(line) is not None for line in near) >= _NEAR


def _lines(part: str) -> list[str]:
    """Return the lines of a part of a text that say something and are no comments."""
    return [line for line in part.split("\n") if line.strip() and not _REMARK.match(line)]


_AROUND = 600
_REMARK = re.compile(r"\s*(?:#(?!include)|//|/?\*|\"\"\"|''')")


@lru_cache(maxsize=512)
def _is_statement(line: str) -> bool:
    return _STATEMENT.match(line) is not None
