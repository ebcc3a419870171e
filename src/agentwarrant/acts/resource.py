"""The one thing that a call acts on, written alike however the call writes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice

from agentwarrant.event import Value
from agentwarrant.shell.sql import object_of
from agentwarrant.warrant.places import place_of

_HOME = re.compile(
    r"^(?:/home/[^/]+|/Users/[^/]+|/(?:var/)?root|[a-z]:/users/[^/]+)(?=/|$)", re.IGNORECASE
)
_IBAN = re.compile(r"^[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{1,4}){2,8}$")
_FOLDED = re.compile(r"^(?:0x[0-9a-fA-F]+|[^@\s]+@[^@\s]+)$")
_NO_FILES = frozenset({"sudo", "environment", "-", ".", ""})
_PATHLIKE = re.compile(
    r"^[^\s()<>|;&`\"'*?$]{0,1023}[/.\\~][^\s()<>|;&`\"'*?]{0,1023}$|^\$HOME/\S+$"
)
_WORKED_OUT = re.compile(
    r"(?!/(?:proc|dev|private|system)/)/?(?:\.?\w[\w.-]*/)*+\.?\w[\w.-]*",
    re.ASCII | re.IGNORECASE,
)
"""A path of ordinary names: no ``..``, no variable, no root that leads elsewhere."""
_LONGEST = 1024


def resource_of(
    payment: Mapping[str, Value],
    authority: str,
    files: Sequence[str],
    pairs: Iterable[tuple[str, object]],
) -> str:
    """Return the payee, else the host, else the file, else the table that a call is about; or ''.

    Args:
        payment: What is known of a payment.
        authority: Whom the call connects to: a host, with its port where one is written.
        files: Those that it names, the one that matters first.
        pairs: The arguments' names and scalar values.
    """
    payee = payment.get("beneficiary")
    if isinstance(payee, str) and payee.strip():
        return _payee(payee)
    if authority:
        return authority.removesuffix(":443").removesuffix(":80")
    for path in files:
        if path not in _NO_FILES and len(path) < _LONGEST and "://" not in path:
            return file_id(path, _first(pairs, _FOLDERS))
    sql = _first(pairs, _STATEMENTS)
    return object_of(sql) if sql else ""


_FOLDERS = frozenset({"cwd", "workdir", "working_directory", "workingDirectory"})
_STATEMENTS = frozenset({"sql", "sql_query", "statement", "query", "queries", "statements"})


def _first(pairs: Iterable[tuple[str, object]], names: frozenset[str]) -> str:
    return next((v for k, v in pairs if k in names and isinstance(v, str)), "")


def named_files(touched: Iterable[str]) -> list[str]:
    """Return of what a command touches that which is a file by its look, the first few."""
    found = (name for name in touched if name not in _NO_FILES and _PATHLIKE.match(name))
    return list(islice(found, 1))


@lru_cache(maxsize=8192)
def file_id(path: str, folder: str = "") -> str:
    """Return a path worked out: ``..``, ``~`` and whose home it is make no difference."""
    if not folder and _WORKED_OUT.fullmatch(path):
        return _HOME.sub("~", path if path[0] == "/" else f"./{path}")[:_LONGEST]
    return _HOME.sub("~", place_of(path, folder).path)[:_LONGEST]


def _payee(text: str) -> str:
    name = text.strip()[:256]
    if _FOLDED.match(name):
        return name.lower()
    return name.replace(" ", "").upper() if _IBAN.match(name) else name
