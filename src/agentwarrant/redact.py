"""Takes secrets out of text before it leaves a connector.

Each secret becomes ``[REDACTED:<type>:<mark>]``. The mark is a keyed hash, so that the same
secret can be followed from the file it was read from to the request it left in, while nobody
without the key can guess the value. Secrets are looked for in plain text, in JSON inside strings,
and inside base64 and hexadecimal.

Which shapes count as a secret: ``secretshapes.py``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import secrets
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from ahocorasick_rs import AhoCorasick

from agentwarrant import threatlists
from agentwarrant.secretshapes import (
    ENCODED,
    LITERAL,
    NAMED,
    NAMED_VALUE,
    NAMES,
    NOT_A_VALUE,
    RUN,
    RUNS,
    SHAPES,
    SUSPECT,
)

KEY_VARIABLE = "AGENTWARRANT_REDACTION_KEY"
_MARK_BYTES = 6
_MEMO_ENTRIES = 8192
_MEMO_TEXT = 2048
_MEMO_SHORT = 256
_MAX_DEPTH = 48
_MAX_ENCODINGS = 3
_MIN_ENCODED = 20


_VALUE = re.compile(NOT_A_VALUE, re.IGNORECASE)
_BREAK = r"(?:\\{1,8}r)?(?:\\{1,8}n|\r?\n)[ \t>]{0,40}"
"""Between two lines: also escaped in JSON, indented as in YAML, quoted as in mail."""
_ENCODED = re.compile(
    rf"(?<!{RUN})(?:{RUN}{{20,}}|{RUN}{{1,19}}{_BREAK}{RUN}+)(?:{_BREAK}{RUN}+)*"
    rf"(?:(?:{_BREAK})?={{1,2}})?"
)
_IN_RUN = bytes(97 if re.match(RUN.encode(), bytes([i])) else 32 for i in range(256))
_BREAKS = re.compile(r"\\+[rn]|[\s>]")
_JOINT = re.compile(r"[/_+-]")
_MAX_JOINTS = 16
_NARROWED = 8192
_TOKENS = re.compile(r"\[REDACTED:[^\]]{1,512}\]")
_MIN_HEX = 32
_HEX = re.compile(rf"[0-9a-fA-F]{{{_MIN_HEX},}}")
_NOTHING: frozenset[str] = frozenset()


def installation_key() -> bytes:
    """Return the key that marks are made with.

    From the environment variable ``AGENTWARRANT_REDACTION_KEY``, else from a file of this
    installation that is made on first use (mode 0600), else, where nothing can be written, from
    this process alone (then marks of two runs cannot be compared).
    """
    given = os.environ.get(KEY_VARIABLE)
    if given:
        return given.encode()
    home = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    path = Path(home).expanduser() / "agentwarrant" / "redaction.key"
    try:
        return path.read_bytes()
    except OSError:
        pass
    fresh = secrets.token_hex(32).encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(fresh)
    except FileExistsError:
        return path.read_bytes() or fresh
    except OSError:
        return fresh
    return fresh


def is_clear(text: str) -> bool:
    """Is there surely no secret in a text, nor in a part of it, nor in the value it is JSON of?

    Most texts are clear, and one pass shows it.
    """
    return not _suspects(text)


def _suspects(text: str) -> Sequence[int]:
    """Return what a text may hold: a ``LITERAL``, a ``NAMED`` value, an ``ENCODED`` run."""
    try:
        data = text.encode()
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can write
        return (LITERAL, NAMED, ENCODED)
    found: Sequence[int] = SUSPECT.Match(data) or ()
    # Most short texts have no run and no second line, which is seen without RE2.
    long = b"\n" in data or b"\\n" in data or b"a" * _MIN_ENCODED in data.translate(_IN_RUN)
    return (*found, ENCODED) if long and RUNS.search(data) else found


class Redactor:
    """Redacts text and JSON values; one per installation key.

    Args:
        key: The key of the marks; see ``installation_key``.
    """

    def __init__(self, key: bytes) -> None:
        secret = hashlib.blake2b(key, digest_size=32).digest()
        self._marker = hashlib.blake2b(key=secret, digest_size=_MARK_BYTES)
        literals = [(lit, i) for i, shape in enumerate(SHAPES) for lit in shape.literals]
        self._finder = AhoCorasick([lit for lit, _ in literals])
        self._shape_of = [i for _, i in literals]
        self._names = AhoCorasick(list(NAMES))
        self._memo: dict[str, tuple[str, frozenset[str]]] = {}

    def mark(self, text: str) -> str:
        """Return the keyed hash of a text: equal texts have equal marks."""
        marker = self._marker.copy()
        marker.update(text.encode("utf-8", "surrogatepass"))
        return marker.hexdigest()

    def text(self, text: str) -> tuple[str, frozenset[str]]:
        """Return the text without its secrets, and the kinds of secret that were in it."""
        if len(text) > _MEMO_TEXT:
            return self._redact(text, 0)
        known = self._memo.get(text)
        if known is None:
            known = self._redact(text, 0)
            if known[1] or len(text) <= _MEMO_SHORT:  # else looking again costs no more
                if len(self._memo) >= _MEMO_ENTRIES:
                    self._memo.clear()
                self._memo[text] = known
        return known

    def value(self, value: Any) -> tuple[Any, frozenset[str]]:
        """Return a JSON value without its secrets, and the kinds of secret that were in it.

        A string under a name that says it is a secret is taken out whole.
        """
        kinds: set[str] = set()
        clean = self._value(value, kinds, 0)
        return clean, frozenset(kinds)

    def _value(self, value: Any, kinds: set[str], depth: int) -> Any:
        if isinstance(value, str):
            clean, found = self.text(value)
            kinds |= found
            return clean
        if depth > _MAX_DEPTH:
            return "[nested too deep]"
        if isinstance(value, dict):
            return {
                self._value(str(name), kinds, depth): self._named(name, inner, kinds, depth + 1)
                for name, inner in value.items()
            }
        if isinstance(value, list):
            return [self._value(item, kinds, depth + 1) for item in value]
        return value

    def _named(self, name: object, inner: Any, kinds: set[str], depth: int) -> Any:
        secret = (
            isinstance(inner, str)
            and len(inner) >= 3
            and isinstance(name, str)
            and name.lower().endswith(NAMES)
            and _VALUE.match(inner)
        )
        if secret:
            clean, found = self.text(inner)
            if found and clean.startswith("[REDACTED:") and clean.endswith("]"):
                kinds |= found
                return clean
            kinds.add("named_secret")
            return self._token("named_secret", inner)
        return self._value(inner, kinds, depth)

    def _token(self, kind: str, secret: str) -> str:
        return f"[REDACTED:{kind}:{self.mark(secret)}]"

    def _redact(self, text: str, depth: int) -> tuple[str, frozenset[str]]:
        suspects = _suspects(text)
        if not suspects:
            return text, _NOTHING
        kinds: set[str] = set()
        if LITERAL in suspects:
            hits = _places(self._finder, text)
            for i in sorted({self._shape_of[hit[0]] for hit in hits}):
                text = SHAPES[i].pattern.sub(self._replacer(SHAPES[i].kind, kinds), text)
        # What was taken out may have brought together what is suspect only now.
        if kinds or NAMED in suspects:
            text = self._named_values(text, kinds)
        if depth < _MAX_ENCODINGS and (kinds or ENCODED in suspects):
            text = _ENCODED.sub(lambda m: self._encoded(m.group(), kinds, depth), text)
        return text, frozenset(kinds)

    def _replacer(self, kind: str, kinds: set[str]) -> Callable[[re.Match[str]], str]:
        def replace(match: re.Match[str]) -> str:
            groups = match.groupdict()
            group: str | int = next((name for name, got in groups.items() if got), 0)
            secret = match.group(group)
            if groups and group == 0:
                return match.group()
            if "…" in secret or set(secret) <= set("*x.") or "[REDACTED:" in secret:
                return match.group()  # masked by the source already
            kinds.add(kind)
            if threatlists.current().is_burned(secret):
                kinds.add("burned_key")
            start, end = match.start(group) - match.start(), match.end(group) - match.start()
            whole = match.group()
            return whole[:start] + self._token(kind, secret) + whole[end:]

        return replace

    def _named_values(self, text: str, kinds: set[str]) -> str:
        """Take out values that stand after a name such as ``password`` and a separator.

        The names are found by one pass of an automaton, and only there the pattern is tried:
        trying it at every character costs a hundred times more.
        """
        replace = self._replacer("named_secret", kinds)
        parts: list[str] = []
        done = 0
        for _, _, end in _places(self._names, text):
            if end < done or _inside_mark(text, end):
                continue
            match = NAMED_VALUE.match(text, end)
            if match:
                parts += (text[done:end], replace(match))
                done = match.end()
        return "".join([*parts, text[done:]]) if parts else text

    def _encoded(self, blob: str, kinds: set[str], depth: int) -> str:
        """Replace an encoded run that hides a secret, from where the encoding seems to begin.

        A run may be glued to a path or a name, so its parts are tried as well; of those that show
        every secret the shortest is taken out, and in doubt the whole run.
        """
        if len(blob) < _MIN_ENCODED or is_clear("\0".join(_decodings(blob))):
            return blob
        joints = _JOINT.finditer(blob) if len(blob) <= _NARROWED else iter(())
        starts = [0, *(joint.end() for joint in islice(joints, _MAX_JOINTS))]
        hidden = {start: self._hidden(blob[start:], depth) for start in starts}
        kinds_found = frozenset[str]().union(*(found for found, _ in hidden.values()))
        every = frozenset[str]().union(*(tokens for _, tokens in hidden.values()))
        if not kinds_found:
            return blob
        kinds |= kinds_found
        start = max((s for s, (_, tokens) in hidden.items() if tokens >= every), default=0)
        return blob[:start] + self._token(f"base64({'+'.join(sorted(kinds_found))})", blob[start:])

    def _hidden(self, blob: str, depth: int) -> tuple[frozenset[str], frozenset[str]]:
        """Return the kinds of secret in an encoded run, and what would stand for them."""
        kinds: set[str] = set()
        tokens: set[str] = set()
        for plain in _decodings(blob):
            clean, found = self._redact(plain, depth + 1)
            if found:
                kinds |= found
                tokens.update(_TOKENS.findall(clean))
        return frozenset(kinds), frozenset(tokens)


def _places(finder: AhoCorasick, text: str) -> list[tuple[int, int, int]]:
    """Return (literal, start, end) of every literal, in any case, also where they overlap."""
    low = _lower(text)
    try:
        return finder.find_matches_as_indexes(low, overlapping=True)
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can write
        low = low.encode("utf-8", "replace").decode()
        return finder.find_matches_as_indexes(low, overlapping=True)


def _lower(text: str) -> str:
    """Return the text in lower case, of the same length (``İ`` lowers to two characters)."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(c.lower() if c < "\x80" else c for c in text)


def _inside_mark(text: str, end: int) -> bool:
    opened = text.rfind("[REDACTED:", max(0, end - 200), end)
    return opened >= 0 and "]" not in text[opened:end]


def _decodings(blob: str) -> list[str]:
    """Return the texts that a run of base64 or hexadecimal characters may stand for.

    Where a run begins is not known: something may be glued to it. Secrets are ASCII, so bytes
    are read as Latin-1, and the zeros of UTF-16 are left out.
    """
    if len(blob) < _MIN_HEX and blob.islower() and "\\" not in blob:
        return []  # neither: most names and paths
    body = _BREAKS.sub("", blob).rstrip("=").replace("-", "+").replace("_", "/")
    found = [
        bytes.fromhex(match.group()[: len(match.group()) & ~1]) for match in _HEX.finditer(body)
    ]
    # ASCII in base64 always has capitals; paths and names in lower case are passed over
    for shift in range(4) if not body.islower() else ():
        part = body[shift:]
        part = part[: len(part) - (len(part) % 4 == 1)]
        try:
            found.append(base64.b64decode(part + "=" * (-len(part) % 4), validate=True))
        except (binascii.Error, ValueError):
            continue
    return [raw.replace(b"\0", b"").decode("latin-1") for raw in found if len(raw) >= 8]
