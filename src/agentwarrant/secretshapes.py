"""Which shapes of text are secrets.

Vendors' published key prefixes, RFC 7519 (JWT), RFC 7468 (PEM private keys), RFC 3986 user
information, RFC 6750 bearer tokens, and values whose name says that they are one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import re2  # type: ignore[import-untyped]  # the package has no types

from agentwarrant import threatlists


class Shape(NamedTuple):
    """One kind of secret: literals (lower case) that must be there, and what to replace.

    The pattern's group ``s`` is the secret; without one the whole match is.
    """

    kind: str
    literals: tuple[str, ...]
    pattern: re.Pattern[str]


_START = r"(?<![A-Za-z0-9])"
_END = r"(?![A-Za-z0-9_-])"
_BY_CHANCE = r"(?=[a-z_-]{0,64}[0-9A-Z])"
"""What is made by chance has digits or capitals; names of functions and files seldom do."""
NAMES = (
    "password", "passwd", "passphrase", "pwd", "secret", "secret_key", "secret_access_key",
    "secret-key", "secretkey", "secretaccesskey", "api_key", "api-key", "apikey", "access_key",
    "access-key", "accesskey", "private_key", "private-key", "privatekey", "signing_key",
    "encryption_key", "token", "credential", "credentials", "mnemonic", "seed_phrase",
    "seed-phrase", "seed phrase", "seedphrase", "authorization", "cookie",
)  # fmt: skip
"""A value after one of these (lower case) and a separator is a secret."""

_QUOTE = r"(?:\\*[\"'])"
NOT_A_VALUE = (
    r"(?!\[REDACTED|\*+(?:[\s\"'\\,;&]|$)|\$[A-Z_({]|<[^>\s]{0,40}>|(?:bearer|basic|token)\s"
    # the words of programming languages and of schemas, and expressions of code
    r"|(?:true|false|null|none|nil|undefined|string|str|number|integer|int|bool(?:ean)?|bytes|any"
    r"|object|required|optional|include|omit|same-origin|token)(?=[\s\"'\\,;&|)}\]?]|$)"
    r"|(?:process\.env|os\.environ|os\.getenv|self|this|req|request|config|settings|ctx|env)[.\[(]"
    r"|[A-Za-z_.]{1,64}\()"
)


def _shape(kind: str, literals: str, pattern: str, flags: int = 0) -> Shape:
    return Shape(kind, tuple(literals.split()), re.compile(pattern, flags))


def _prefixed() -> Iterator[Shape]:
    """Yield the shape of the keys whose prefixes are on a threat list."""
    prefixes = sorted(threatlists.current().by["key_prefixes"])
    if prefixes:
        either = "|".join(re.escape(one) for one in prefixes)
        pattern = rf"{_START}(?:{either}){_BY_CHANCE}[A-Za-z0-9_-]{{6,512}}"
        yield _shape("agent_network_key", " ".join(prefixes), pattern, re.IGNORECASE)


SHAPES: tuple[Shape, ...] = (
    _shape(
        "private_key",
        "private",
        r"-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:(?!-----END).){0,16384}(?:-----END [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----)?",
        re.DOTALL,
    ),
    _shape(
        "jwt",
        "eyj",
        r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{8,8192}(?:\.[A-Za-z0-9_-]*)?",
    ),
    _shape("anthropic_key", "sk-ant-", r"sk-ant-[A-Za-z0-9_-]{16,}"),
    _shape("openai_key", "sk-", _START + r"sk-(?!ant-)[A-Za-z0-9_-]{20,}"),
    _shape(
        "stripe_key",
        "sk_ rk_ pk_ whsec_",
        r"(?:(?:sk|rk|pk)_(?:test|live)|whsec)_" + _BY_CHANCE + r"\w{8,}",
    ),
    _shape(
        "aws_access_key_id",
        "akia asia aroa aida",
        r"(?<![A-Za-z0-9])(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}" + _END,
    ),
    _shape(
        "github_token",
        "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
        r"(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,})",
    ),
    _shape("gitlab_token", "glpat-", r"glpat-[A-Za-z0-9_-]{16,}"),
    _shape("slack_token", "xox xapp-", r"(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,}"),
    _shape(
        "slack_webhook", "hooks.slack.com", r"hooks\.slack\.com/services/(?P<s>[A-Za-z0-9/_-]{12,})"
    ),
    _shape("google_key", "aiza ya29.", r"(?:AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{16,})"),
    _shape("npm_token", "npm_", _START + r"npm_[A-Za-z0-9]{20,}"),
    _shape("pypi_token", "pypi-", _START + r"pypi-[A-Za-z0-9_-]{32,}"),
    _shape("huggingface_token", "hf_", _START + r"hf_[A-Za-z0-9]{20,}"),
    _shape("sendgrid_key", "sg.", _START + r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    _shape("vault_token", "hvs. hvb.", _START + r"hv[sb]\.[A-Za-z0-9_-]{16,}"),
    _shape("age_key", "age-secret-key-", r"AGE-SECRET-KEY-1[A-Z0-9]{20,}"),
    _shape("telegram_bot_token", ":aa", r"(?<![A-Za-z0-9])\d{6,12}:AA[A-Za-z0-9_-]{24,}" + _END),
    _shape(
        "agent_network_key",
        "_sk_ _claim_ moltdev_ _agent_",
        rf"{_START}(?:[a-z0-9]{{3,24}}_(?:sk|claim)_{_BY_CHANCE}[A-Za-z0-9_-]{{6,}}"
        rf"|moltdev_\w{{6,}}|[a-z0-9]{{3,24}}_agent_{_BY_CHANCE}[A-Za-z0-9_-]{{16,}})",
    ),
    *_prefixed(),
    _shape(
        "seed_phrase",
        "mnemonic seed recovery",
        r"\b(?:mnemonic|(?:seed|recovery)[ _-]?phrase)\b\W{1,8}(?:is\W{1,4})?"
        r"(?P<s>(?:[a-z]{3,8}[ \t]{1,4}){11,23}[a-z]{3,8})\b",
        re.IGNORECASE,
    ),
    _shape(
        "cookie",
        "cookie",
        r"\bcookie\s{0,4}:\s{0,4}(?!\[REDACTED)(?=[^\r\n\"'\\]{0,256}=)"
        r"(?P<s>[^\r\n\"'\\]{4,4096})",
        re.IGNORECASE,
    ),
    _shape(
        "connection_string",
        "://",
        r"[A-Za-z][A-Za-z0-9+.-]{1,24}://[^\s/@:\"'\\]{0,128}:(?P<s>(?!\*+@|\[REDACTED)"
        r"[^\s/@\"'\\]{1,256})@",
    ),
    _shape(
        "bearer_token",
        "bearer basic",
        r"\b(?:bearer|basic)\s+" + NOT_A_VALUE + r"(?P<s>(?=[^\s\"'\\,;]{0,200}[0-9=_.+/-])"
        r"[A-Za-z0-9._~+/=-]{8,})",
        re.IGNORECASE,
    ),
    _shape(
        "named_secret",
        "_key",
        rf"\b[A-Z][A-Z0-9_]{{1,60}}_KEY\s?=\s?{_QUOTE}?{NOT_A_VALUE}"
        r"(?=[^\s\"'\\,;&|<>]{0,200}[0-9])"
        rf"(?P<s>[^\s\"'\\,;&|<>]{{4,4096}})",
    ),
)
NAMED_VALUE = re.compile(
    rf"(?:{_QUOTE})?\s{{0,4}}[:=]\s{{0,4}}(?:(?:bearer|basic|token)\s+)?"
    rf"(?:{_QUOTE}{NOT_A_VALUE}(?P<s>[^\"'\\\r\n]{{3,4096}})|"
    rf"{NOT_A_VALUE}(?P<t>[^\s\"'\\,;&|<>(){{}}\[\]]{{4,4096}}))",
    re.IGNORECASE,
)


# What may be a secret, by one pass -----------------------------------------------------------

RUN = "[A-Za-z0-9+/_-]"
"""A character of base64 or hexadecimal, also in names of files."""

# All that Python calls white space, as it is and as JSON writes it.
_SPACES = (
    r"(?:[\x09-\x0d\x1c-\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}"
    r"\x{205f}\x{3000}]|\\+(?:[tnrf]|u00[01][0-9a-f]))"
)


_LOWER = "[a-z0-9+/_-]"
_LEAST = 20


def _runs() -> Iterator[str]:
    """Yield what a run that says anything holds, 20 characters or more, or goes on over a line.

    Base64 has capitals, or by chance no letters at all; hexadecimal of use is longer. A run with a
    capital is followed from where it begins: looked for from each of its characters, RE2 would
    need a state for every way in which capitals can stand among the last twenty.
    """
    last = _LEAST - 1
    capitals = (f"{_LOWER}{{{before}}}[A-Z]{RUN}{{{last - before}}}" for before in range(last))
    yield rf"(?:^|[^A-Za-z0-9+/_-])(?:{'|'.join(capitals)}|{_LOWER}{{{last}}}{_LOWER}*[A-Z])"
    yield rf"[0-9+/_-]{{{_LEAST}}}|[0-9a-f]{{32}}"
    yield rf"{RUN}(?:\\+r)?(?:\\+n|\r?\n)(?:[ \t>]|\\+t){{0,40}}{RUN}"


def _suspect() -> Any:
    literals = "|".join(re.escape(lit) for shape in SHAPES for lit in shape.literals)
    names = "|".join(map(re.escape, NAMES))
    found = re2.Set.SearchSet()
    found.Add(rf"(?i)(?:{literals})")
    found.Add(rf"(?i)(?:{names})(?:\\*[\"'])?{_SPACES}{{0,4}}[:=]")
    found.Compile()
    return found


LITERAL, NAMED, ENCODED = range(3)

SUSPECT = _suspect()
"""Says what a text may hold: the literal of a shape, a named value."""

RUNS = re2.compile("|".join(_runs()))
"""Finds an encoded run. It stands apart from ``SUSPECT``: together they are ten times slower.

Both never miss: what they do not find in a text is not there, nor in any part of the text, nor
in any string of the value when the text is the value's JSON.
"""
