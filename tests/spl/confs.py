"""Reading conf files, as Splunk's Admin Manual says ("About configuration files"), and stricter."""

from __future__ import annotations


def read(body: bytes) -> dict[str, dict[str, str]]:
    """Return the stanzas of a conf file: name -> key -> value.

    A line goes on in the next where it ends in a backslash; what begins with ``#`` or ``;`` is a
    comment. A key that a stanza has twice, and a line that is none of these, are refused.
    """
    found: dict[str, dict[str, str]] = {}
    here: dict[str, str] | None = None
    rest = body.decode("utf-8")
    while rest:
        line, rest = _line(rest)
        if not line.strip() or line[0] in "#;":
            continue
        if line[0] == "[":
            assert line[-1] == "]", line
            here = found.setdefault(line[1:-1], {})
            continue
        key, equals, value = line.partition("=")
        assert equals, line
        assert here is not None, line
        assert key.strip() not in here, line
        here[key.strip()] = value.strip(" \t")
    return found


def _line(rest: str) -> tuple[str, str]:
    """Return the first line, with those that it goes on in, and what stands after it."""
    made = ""
    while True:
        piece, _, rest = rest.partition("\n")
        if not piece.endswith("\\"):
            return made + piece, rest
        made += piece[:-1] + "\n"
