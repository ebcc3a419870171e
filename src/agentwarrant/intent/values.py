"""The values of a call that are distinct enough to have come from somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

import orjson

from agentwarrant.event import Event, text_of
from agentwarrant.intent.sums import number_of

_DISTINCT = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"  # an address
    r"|https?://[^\s'\"<>\\)]{4,512}|www\.[\w.-]{4,120}(?:/[^\s'\"<>\\)]*)?"  # a link
    r"|(?:[\w-]{1,63}\.){1,4}(?:com|net|org|io|ai|dev|xyz|app|info|co|me|sh|ru|cn|top|site|example)\b"
    r"|[A-Za-z0-9]{8,64}"  # with a digit in it: an account, wallet, identifier
    r"|(?<!\w)[~./][\w./-]{3,200}"  # a path
)
_TARGET_KEY = re.compile(
    r"(?:^|_)(?:to|cc|bcc|recipients?|emails?|address(?:es)?|iban|account|payee|beneficiary|wallet"
    r"|urls?|uri|host|domain|endpoint|users?|username|channel|room|chat|phone|number|guests?|guest_ids"
    r"|participants?|attendees?|repo|remote|destination|target|receiver|hotel|restaurant|member"
    r"|password|flight|merchant|agent|street|city|who|whom|person|people|website|site"
    r"|webpage|invitees?|venue|vendor|company|property|supplier|seller|group|hangout|space|grantee"
    r"|addressee|creditor|passcode|town|handle|stay|villa|house|apartment|inn|lodging|car|vehicle"
    r"|train|offer)(?:$|_)"
)
_LINK_KEY = re.compile(r"(?:^|_)(?:links?|href)(?:$|_)")
"""Where something is looked at or put; beside somebody who is written to, what they are told."""
AMOUNT_KEY = re.compile(
    r"(?:^|_)(?:amount|amt|sum|total|price|cost|value|quantity|qty|how_much|nights?"
    r"|importe|monto|valor|importo|betrag|summe|montant|bedrag|kwota|belopp|tutar|fiyat)(?:$|_)"
)
_COMMANDS = ("command", "cmd", "script", "code")
MIN_VALUE = 4
_ACCOUNTS = 8
_MAX_VALUES = 24
_MAX_SCALARS = 200
_MAX_TEXT = 4_000
_ALL_TEXT = 12_000
_PIECE = 24
COMMON = frozenset(
    "true false none null read write list text json html utf-8 main master default name type "
    "http https post localhost 127.0.0.1 /dev/null ./ ../ /tmp .example".split()
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Kinds of target of which a person who names one means that one.
KINDS = (
    re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,63}"),
    re.compile(  # an account, also as people print it: in fours
        r"\b[a-z]{2}\d{2}(?:[a-z0-9]{10,30}| [a-z0-9]{4}(?: (?=[a-z]*\d)[a-z0-9]{4}){1,6}"
        r"(?: (?=[a-z]*\d)[a-z0-9]{1,3})?)\b",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:0x[0-9a-f]{40}|(?:bc|tb|ltc)1[a-z0-9]{25,62})\b", re.IGNORECASE),
)
ACCOUNTS = KINDS[1:]
_PHONE = re.compile(r"\+?\d[\d -]{6,18}\d")


class Value(NamedTuple):
    """A value of a call.

    Attributes:
        text: Lower-cased.
        target: It says whom or what the act is aimed at.
        key: The argument's name.
        weak: A number: it stands by chance in much text.
    """

    text: str
    target: bool
    key: str = ""
    weak: bool = False

    @property
    def kind(self) -> bool:
        """Is it an address, account, wallet or link?"""
        return self.text.startswith(("http", "www.")) or any(k.fullmatch(self.text) for k in KINDS)

    @property
    def spaced(self) -> bool:
        """Is it often written with spaces in it: an account's or a telephone's number?"""
        return _is_spaced(self.text)

    @property
    def letters(self) -> str:
        return re.sub(r"[\s.+-]", "", self.text)


def same_account(one: str, other: str) -> bool:
    """Are two numbers of accounts the same, however they are spaced?"""
    return "".join(one.split()) == "".join(other.split())


@lru_cache(maxsize=1024)
def _is_spaced(text: str) -> bool:
    return KINDS[1].fullmatch(text) is not None or _PHONE.fullmatch(text) is not None


def values_of(event: Event) -> list[Value]:
    """Return the values of a call that are distinct enough to have come from somewhere."""
    return values_in(text_of(event, "warrant.arguments.text"))


def values_in(text: str) -> list[Value]:
    """Return the values of arguments as JSON text. A call's are asked for several times."""
    return list(_values(text))


@lru_cache(maxsize=128)
def _values(text: str) -> tuple[Value, ...]:
    found: dict[str, Value] = {}
    budget = _ALL_TEXT
    given = [(plain_key(name), value, number) for name, value, number in _scalars(text)]
    aims = _TARGET_KEY if any(_TARGET_KEY.search(key) for key, _, _ in given) else _LINK_KEY
    for key, value, number in given:
        low = " ".join(value.lower().split()) if len(value) <= 400 else ""
        low = low.rstrip(".!:;,") if " " in low else low  # content has the sentence without its end
        target = bool(aims.search(key)) or any(k.fullmatch(low) for k in KINDS)
        if low and low not in COMMON and len(low) <= 200:
            weak = number or low.isdecimal()
            weak = weak or (target and 1 < len(low) < MIN_VALUE)
            if weak or len(low) >= MIN_VALUE:
                _keep(found, Value(low, target and not number, key, weak))
            measure = "" if weak else number_of(low)
            if measure:
                _keep(found, Value(measure, False, key, True))
        if len(value) > _PIECE or " " in value or "?" in value:
            for part, distinct in _parts(value[: min(_MAX_TEXT, budget)]):
                aimed = distinct and (target or key in _COMMANDS)
                _keep(found, Value(part, aimed, key))
        budget -= min(len(value), _MAX_TEXT)
        if len(found) >= _MAX_VALUES or budget <= 0:
            break
    return tuple(found.values())[:_MAX_VALUES]


def leaves_of(text: str) -> Iterator[tuple[str, str]]:
    """Yield (name, text) of every scalar in arguments; bounded."""
    return ((key, value[:_MAX_TEXT]) for key, value, _ in _scalars(text))


def plain_key(name: str) -> str:
    """Return the name of an argument as ``Value.key`` has it: ``roomName`` as ``room_name``."""
    return _CAMEL.sub("_", name).lower()


def pays(arguments: str) -> bool:
    """Do arguments give a sum and whom it goes to, so that the call pays, whatever it is called?"""
    leaves = [(plain_key(key), value.lower()) for key, value in leaves_of(arguments)]
    whom = any(_PAYEE.search(key) and value for key, value in leaves)
    return whom and any(AMOUNT_KEY.search(key) and number_of(value) for key, value in leaves)


def carries(arguments: str) -> bool:
    """Does one argument hold several people's numbers or addresses, so that the call tells them?"""
    if arguments.count("@") < _SEVERAL and len(_DIGITS.findall(arguments)) < _SEVERAL:
        return False
    texts = [leaf for leaf in leaves_of(arguments) if " " in leaf[1]]
    told = (value for key, value in texts if not _ASKS_FOR.search(plain_key(key)))
    return any(_numbers(value.lower()) >= _SEVERAL for value in told)


def _numbers(text: str) -> int:
    return sum(len(kind.findall(text)) for kind in (*KINDS, _DIALLED))


_SEVERAL = 2
_DIGITS = re.compile(r"\d[\d ]{6,}")
_DIALLED = re.compile(r"\+\d[\d ()/-]{7,18}\d")
_ASKS_FOR = re.compile(r"(?:^|_)(?:query|search|filter|q|sql|command|code|script|where)(?:$|_)")
_PAYEE = re.compile(r"(?:^|_)(?:merchant|payee|beneficiary|creditor|vendor|seller)(?:$|_)")


def _keep(found: dict[str, Value], value: Value) -> None:
    known = found.get(value.text)
    if known is None or (value.target and not known.target):
        found[value.text] = value


def _parts(value: str) -> Iterator[tuple[str, bool]]:
    """Yield what is distinct in a longer text, and its sentences: somebody may have dictated them.

    The second of each pair says whether it is a thing by itself (an address, a path …).
    """
    for part in _DISTINCT.finditer(value):
        token = part.group().rstrip(".,;:").lower()
        token = token.rstrip("/") if token[:1] in "~./" else token  # the folder of what it holds
        plain = token.isalnum() and not any(c.isdigit() for c in token)
        if len(token) >= MIN_VALUE and token not in COMMON and not plain:
            yield token, True
            if token.startswith("http") and "?" in token:
                start = token.split("?", 1)[0] if "=" not in token else token[: token.find("=") + 1]
                yield start, True  # a link out of content, with something put behind it
    for account in islice(KINDS[1].finditer(value), _ACCOUNTS):
        if " " in account.group():
            yield account.group().lower(), True
    for piece in re.split(r"[.!?;\n]\s", value[:_MAX_TEXT])[:6]:
        low = " ".join(piece.lower().split()).rstrip(".!?")
        if _PIECE <= len(low) <= 200:
            yield low, False


@lru_cache(maxsize=128)
def _scalars(text: str) -> tuple[tuple[str, str, bool], ...]:
    """Return (name, text, is it a number) of everything in arguments; bounded."""
    return tuple(_read(text))


def _read(text: str) -> Iterator[tuple[str, str, bool]]:
    try:
        stack: list[tuple[str, Any]] = [("", orjson.loads(text))]
    except orjson.JSONDecodeError:
        yield "", text[:_MAX_TEXT], False
        return
    budget = _MAX_SCALARS
    while stack and budget:
        budget -= 1
        key, value = stack.pop()
        if isinstance(value, dict):
            stack.extend((str(k), v) for k, v in reversed(list(value.items())[:_MAX_SCALARS]))
        elif isinstance(value, list):
            stack.extend((key, item) for item in reversed(value[:_MAX_SCALARS]))
        elif isinstance(value, str):
            yield key, value, False
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield key, _written(value), True


def _written(value: float) -> str:
    """Return a number as it stands in a text: without a part where it has none."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _WHOLE else f"{value:.12g}"
    return str(value)


_WHOLE = 1e15
