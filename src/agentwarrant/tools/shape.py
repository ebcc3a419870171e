"""What a call is by the shape of its arguments, where the tool's name does not say.

An account beside an amount is a payment, an e-mail address beside a text a message, a command
line a command, whatever language the tool's name is in and however it is abbreviated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agentwarrant.shell import commands
from agentwarrant.shell.sql import sql_class
from agentwarrant.tools.arguments import Arguments
from agentwarrant.tools.looks import looks_up, nominal
from agentwarrant.tools.payments import is_account, number_in
from agentwarrant.tools.words import MESSAGE_NOUNS, SEND, SPEND, WRITE, Verbs
from agentwarrant.vocabulary import SENSITIVE_CLASSES

_COMMAND_KEYS = ("command", "cmd", "script", "code", "commands", "full_command", "bash_command")
PATH_KEYS = re.compile(
    r"(?:^|_)(?:path|file|filename|filepath|dir|directory|uri|notebook_path|"
    r"target_file|source|destination|src|dst|paths|files|attachments?)(?:$|_)"
)
_TEXT_KEYS = re.compile(
    r"(?:^|_)(?:body|text\w*|content\w*|message|mensaje|nachricht|subject|betreff|notes?|description"
    r"|comment|summary|title|prompt|question|query|sql|statement|memo|payload|data|html|document"
    r"|markdown|diff|patch|reason|pieces?|attach\w*|files?|anhang|adjunto\w*)(?:$|_)"
)
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_SHELL_MARK = re.compile(r"(?:^|\s)--?[a-zA-Z]|[|;&<>`$]|(?:^|\s)[~.]{0,2}/|https?://")
_FILE_NAME = re.compile(r"[\w -]{1,64}\.[a-z]{2,4}")
_BOOKED = re.compile(
    r"^(?:hotel|flight|car|villa|room|stay|property|house|restaurant|seat|ticket|offer|ship|train)"
    r"(?:_?(?:id|name|code|ref))?$"
)
_PRICE = re.compile(r"^(?:price|fare|cost|amount|total|rate|deposit)(?:_\w+)?$")
_WHOM = re.compile(
    r"^(?:to|who|whom|for|person|people|users?|members?|recipients?|receiver|addressees?|contacts?"
    r"|friends?|channel|room|chat|group|conversation|space|hangout|thread)(?:_?(?:id|name)s?)?$"
)
_DAY = re.compile(r"\d{1,4}[-/.:]\d")
_PERSON = re.compile(r"^(?:who|whom|person|people|users?|members?|guests?)(?:_?(?:id|name)s?)?$")
_AMONG = re.compile(
    r"^(?:channel|room|group|team|space|hangout|chat|conversation)(?:_?(?:id|name))?$"
)
_RIGHTS = frozenset("access permission permissions role level rights privilege privileges".split())
_OWED = frozenset(
    "order orders payment transfer transaction mandate debit payee beneficiary".split()
)
_LONGEST = 4_096
_SCALARS = 64
_SHORT_LINE = 3


def command_of(arguments: Arguments, verbs: Verbs) -> str:
    """Return the shell command a call runs, or ''."""
    if isinstance(arguments, str):
        return arguments if verbs.executes else ""
    found = _by_key(arguments, verbs)
    if not found and (verbs.executes or verbs.tool_class == "other"):
        found = next(filter(_is_line, _lines(arguments)), "")
    return "" if sql_class(found) else found


def _by_key(arguments: Mapping[str, Any], verbs: Verbs) -> str:
    for key in _COMMAND_KEYS:
        value = arguments.get(key)
        if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
            shell_code = value[0].rsplit("/", 1)[-1] in ("sh", "bash", "zsh") and len(value) > 2
            return value[-1] if shell_code else " ".join(value)
        if isinstance(value, str) and (verbs.executes or _is_command(key, arguments)):
            return value
    if verbs.executes:
        value = arguments.get("input") or arguments.get("arguments") or arguments.get("args")
        return value if isinstance(value, str) else ""
    return ""


def _is_command(key: str, arguments: Mapping[str, Any]) -> bool:
    """An editor's ``command: insert`` with a ``path`` beside it is a verb, no command line."""
    return key in ("command", "cmd") and not any(PATH_KEYS.search(str(k)) for k in arguments)


def _lines(arguments: Mapping[str, Any]) -> Iterable[str]:
    """Yield the arguments that may be a command line, under whatever name."""
    for key, value in list(arguments.items())[:_SCALARS]:
        text = isinstance(value, str) and _SHORT_LINE < len(value) <= _LONGEST
        if text and not _TEXT_KEYS.search(str(key).lower()):
            yield value


def _is_line(value: str) -> bool:
    """Is a text a command line that does more than run something? Prose has no such marks."""
    if " " not in value or not _SHELL_MARK.search(value):
        return False
    found = commands.facts_of(value)
    return found.tool_class in SENSITIVE_CLASSES or found.runs_download


def class_of(
    verbs: Verbs,
    words: Sequence[str],
    acts: set[str],
    found: str,
    pairs: Sequence[tuple[str, object]],
) -> str:
    """Return the class of a call: what its arguments say, where its name says nothing stronger.

    Args:
        verbs, words: Of the tool's name.
        acts: What else the call does.
        found: The class that was found by name, path and address.
        pairs: The arguments' names and scalar values.
    """
    if found == "message" and not verbs.moves and _only_called_so(words) and looks_up(words, pairs):
        return "read"  # nobody is told nothing: ``mail_unread``
    if found == "read" and verbs.connects and not verbs.reads and any(map(_is_prose, pairs)):
        return "egress"  # a page is given a text: ``web_notice``
    dropped = found == "destructive" and "drop" in words  # a line, or a table
    if verbs.reads or not (dropped or found in ("other", "write")):
        return found
    listed = [(key.lower(), value) for key, value in pairs[:_SCALARS]]
    if acts & {"credential_issue", "privilege_grant"} or _lets_in(words, listed):
        return "privilege"
    if _costs(words, found, verbs, listed):
        return "payment"
    return "message" if found != "write" and _tells_somebody(listed) else found


def _costs(
    words: Sequence[str], found: str, verbs: Verbs, listed: Sequence[tuple[str, object]]
) -> bool:
    spends = not SPEND.isdisjoint(words) and WRITE.isdisjoint(words)  # update_order spends nothing
    if spends and any(_BOOKED.match(k) or (_PRICE.match(k) and number_in(v)) for k, v in listed):
        return True
    paid = any(isinstance(value, str) and is_account(value) for _, value in listed)
    if paid and not _OWED.isdisjoint(words):
        return True  # whom a standing order goes to is changed
    if found == "write" and not verbs.moves:
        return False
    if paid and any(_amount(key, value) for key, value in listed):
        return True
    return found == "other" and nominal(words) and len(listed) > 1


def _tells_somebody(listed: Sequence[tuple[str, object]]) -> bool:
    """Is something told or handed over to somebody whom an argument names?"""
    texts = [(key, value) for key, value in listed if isinstance(value, str)]
    whom = [
        key
        for key, value in texts
        if _ADDRESS.fullmatch(value) or (_WHOM.match(key) and not _DAY.match(value))
    ]
    return bool(whom) and any(_tells(key, value) for key, value in texts if key not in whom)


def _is_prose(pair: tuple[str, object]) -> bool:
    key, value = pair
    return isinstance(value, str) and value.count(" ") >= _SHORT_LINE and "query" not in key


def _only_called_so(words: Sequence[str]) -> bool:
    """Is what a tool is called after a message, and no word of its name sends one?"""
    return (SEND - MESSAGE_NOUNS).isdisjoint(words)


def _lets_in(words: Sequence[str], listed: Sequence[tuple[str, object]]) -> bool:
    """Is somebody put among others, or given what a right to something is?"""
    keys = {key for key, _ in listed}
    who = any(_PERSON.match(key) for key in keys)
    if who and any(_AMONG.match(key) for key in keys) and "add" in words:
        return True
    rights = not _RIGHTS.isdisjoint([*keys, *words])
    return rights and any(isinstance(v, str) and _ADDRESS.fullmatch(v) for _, v in listed)


def _amount(key: str, value: object) -> bool:
    return number_in(value) is not None and "id" not in key.split("_")


def _tells(key: str, value: str) -> bool:
    """Is it something that is told or handed over?"""
    if _ADDRESS.fullmatch(value):
        return False
    return bool(_TEXT_KEYS.search(key) or " " in value.strip() or _FILE_NAME.fullmatch(value))
