"""Writes Splunk's conf files: stanzas, and in them keys with their values.

The form is one key a line, ``key = value``. A value goes on in the next line where a line ends in
a backslash, and has a line feed there; a line that begins with ``#`` or ``;`` is a comment
(Splunk's Admin Manual, "About configuration files", and the head of each ``*.conf.spec``). There
is no escape, so not every text can be a value: what cannot is refused, never changed. A backslash
anywhere but at the end of a line is itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain

from agentwarrant.errors import UsageError

Stanzas = Mapping[str, Mapping[str, str]]
"""Stanza -> key -> value. The stanza ``""`` is written ``[]``: all of an app, in its metadata."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
"""Besides control characters what some readers take for the end of a line, and half characters."""


def text(stanzas: Stanzas) -> bytes:
    """Return a conf file in UTF-8, stanzas and keys in their order.

    Raises:
        UsageError: A conf file cannot hold one of them.
    """
    return "\n".join(_stanza(name, keys) for name, keys in stanzas.items()).encode()


def merged(*parts: Stanzas) -> dict[str, dict[str, str]]:
    """Return stanzas of several sources as one; later ones add keys, and none says one anew.

    Raises:
        UsageError: Two say the same key of the same stanza.
    """
    made: dict[str, dict[str, str]] = {}
    for stanzas in parts:
        for name, keys in stanzas.items():
            there = made.setdefault(name, {})
            twice = sorted(there.keys() & keys.keys())
            if twice:
                raise UsageError(f"{twice[0]} is said twice", where=f"[{name}]")
            there.update(keys)
    return made


def _stanza(name: str, keys: Mapping[str, str]) -> str:
    _check_name(name)
    return "".join([f"[{name}]\n", *(f"{_line(name, *pair)}\n" for pair in keys.items())])


def _check_name(name: str) -> None:
    if _CONTROL.search(name) or "\n" in name or name != name.strip() or "]" in name:
        raise UsageError("no name of a stanza in a conf file", where=repr(name))
    if name.endswith("\\"):
        raise UsageError("a stanza's name ends in a backslash", where=repr(name))


def _line(stanza: str, key: str, value: str) -> str:
    fault = next(chain(_faults_of_key(key), _faults_of_value(value)), "")
    if fault:
        raise UsageError(fault, where=f"[{stanza}] {key!r}")
    return f"{key} = " + value.replace("\n", "\\\n") if value else f"{key} ="


def _faults_of_key(key: str) -> Iterator[str]:
    if not key or key != key.strip() or "=" in key or key[0] in "#;[" or "\n" in key:
        yield "no key of a conf file"
    if _CONTROL.search(key):
        yield "a key has a control character"


def _faults_of_value(value: str) -> Iterator[str]:
    if _CONTROL.search(value):
        yield "a value has a control character"
    if value != value.strip():
        yield "a value begins or ends with blanks, which a reader takes away"
    lines = value.split("\n")
    if any(line.rstrip().endswith("\\") for line in lines):
        yield "a line of a value ends in a backslash, which would go on in the next"
    if any(line.lstrip()[:1] in ("#", ";") for line in lines[1:]):
        yield "a line of a value begins like a comment, which some readers take it for"
