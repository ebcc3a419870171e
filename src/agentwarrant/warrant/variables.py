"""What a command line assigns, put in where it is used: ``U=http://x; curl $U``."""

from __future__ import annotations

import re

from agentwarrant.shell.words import END, ONE_OF, OR, literal, unescaped

_MOST = 64
_ANSI = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_VALUE = r"(?:'[^']*'|\"(?:[^\"\\]|\\.)*\"|\$\{?\w+\}?|\\.|[^\s;&|()<>`'\"$\\])*"
_SET = re.compile(
    r"(?:(?<=[\s;&|({!])|^)(export\s+|declare\s+(?:-\w+\s+)?|local\s+|readonly\s+|set\s+)?"
    rf"([A-Za-z_]\w*)(\+?=)({_VALUE})(?=(\s|[;&|)}}]|$)?)"
    r"(?=((?:[ \t]+[A-Za-z_]\w*=[^\s;&|()]*){0,8}[ \t]*(?:[;&|\n)}#]|$))?)"
)
_EACH = re.compile(r"\bfor\s+([A-Za-z_]\w*)\s+in\s+([^;\n]{1,2048})")
_TAKES = re.compile(
    r"\b(?:read|mapfile|readarray|unset|getopts|select|let|printf\s+-v)\b([^;&|\n]{0,256})"
    r"|([A-Za-z_]\w*)(?:\[[^\]\n]{0,64}\])?=\("
)
_USE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?-[^{}]*)?\})")
_WHOLE = re.compile(r"[\s,{}\"'`;&|()<>$\\]")
_GROWS = 64 * 1024
_SETS = ("=", "for ", "IFS", "$'")
"""Without these a line sets no variable itself."""


def sets(text: str) -> bool:
    """May ``expanded`` make something else of a command line?"""
    return "$" in text and any(sign in text for sign in _SETS)


def expanded(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Return a command line with ``$'…'`` and its own variables put in, and what it assigns.

    A variable that gets several values stands for all of them (``shell.words.ONE_OF``). One that
    is set for a single command, read, or computed stays as it is: nobody can tell what it holds.
    """
    text = re.sub(r"\$(?:IFS\b|\{IFS\})(?:\$\d)?", " ", _ANSI.sub(_requoted, text))
    if "=" not in text and "for " not in text:
        return text, []
    lost = {name for match in _TAKES.finditer(text) for name in re.findall(r"\w+", match[0])}
    values: dict[str, dict[str, None]] = {}
    assigned: list[tuple[str, str]] = []
    for match in _SET.finditer(text):
        kept, name, how, value, ends, alone = match.groups()
        assigned.append((name, _bare(value)))
        if how != "=" or ends is None or not (kept or alone is not None):
            lost.add(name)
        values.setdefault(name, {})[_bare(value)] = None
    for name, words in _EACH.findall(text):
        values.setdefault(name, {}).update(dict.fromkeys(map(_bare, words.split())))
    known = {name: found for name, found in values.items() if name not in lost}
    made, room = text, [_GROWS]

    def put_in(match: re.Match[str]) -> str:
        value = _value(match, known) if room[0] > 0 else match[0]
        room[0] -= len(value)
        return value

    for _ in range(4):
        made, before = _USE.sub(put_in, made), made
        if made == before or room[0] <= 0:
            break
    return made, assigned


def _value(match: re.Match[str], known: dict[str, dict[str, None]]) -> str:
    values = list(known.get(match[1] or match[2], ()))
    if not values or len(values) > _MOST or sum(map(len, values)) > 2048:
        return match[0]
    if len(values) == 1:
        itself = match[1] or match[2]
        return match[0] if re.search(rf"\$\{{?{itself}\b", values[0]) else literal(values[0])
    return match[0] if any(map(_WHOLE.search, values)) else ONE_OF + OR.join(values) + END


def _bare(value: str) -> str:
    return re.sub(r"\\(.)|['\"]", r"\1", value, flags=re.DOTALL)


def _requoted(match: re.Match[str]) -> str:
    return "'" + unescaped(match[1]).replace("'", "'\\''") + "'"
