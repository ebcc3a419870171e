"""Finds the payment in a tool's arguments, whatever they are called."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agentwarrant.event import Value

_BENEFICIARY = re.compile(
    r"^(?:recipients?|to|to_address|(?:\w+_)?(?:beneficiary|payee|iban)(?:_\w+)?|wallet"
    r"|account(?:_number|_id|no)?"
    r"|wallet_address|destination(?:_account|_wallet)?|dest(?:_address)?|receiver|to_account"
    r"|target(?:_account)?|address|payout_address|merchant|vendor)$"
)
_AMOUNT = re.compile(r"^(?:amount|value|sum|total|price|quantity|lamports|amount_\w+|\w+_amount)$")
# Cells, cards and forms have a value and a target too.
_VAGUE = re.compile(
    r"^(?:value|quantity|to|target|address|destination|dest|vendor|merchant|account_?id)$"
)
_IBAN = re.compile(r"^[A-Z]{2}\d{2} ?(?:[A-Z0-9]{4} ?){2,7}[A-Z0-9]{0,4}$")
_CURRENCY = re.compile(r"^(?:currency|token|asset|coin|mint|symbol|unit|network|chain)$")
_CRYPTO_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9])(?:0x[0-9a-fA-F]{40}|(?:bc1|tb1|ltc1)[a-z0-9]{25,62}|[13][1-9A-HJ-NP-Za-km-z]{25,34}"
    r"|(?=[1-9A-HJ-NP-Za-km-z]{0,43}[0-9])(?=[1-9A-HJ-NP-Za-km-z]{0,43}[a-z])"
    r"(?=[1-9A-HJ-NP-Za-km-z]{0,43}[A-Z])[1-9A-HJ-NP-Za-km-z]{32,44})(?![A-Za-z0-9])"
)
_CRYPTO_WORD = re.compile(
    r"\b(?:sol|solana|eth|ether|ethereum|btc|bitcoin|usdt|usdc|crypto\w*|wallet|lamports|satoshis?|"
    r"monero|xmr|doge|token mint|airdrop|lightning|erc-?20|spl-token)\b",
    re.IGNORECASE,
)
_WRITTEN_NUMBER = re.compile(r"\s*[-+$€£]?\s*([0-9][0-9,]*(?:\.[0-9]+)?)\s*\w{0,5}", re.ASCII)


def payment_in(
    pairs: Sequence[tuple[str, object]], text: str, *, pays: bool, moves: bool, books: bool = False
) -> dict[str, Value]:
    """Return ``kind``, ``beneficiary``, ``amount`` and ``currency`` of a payment; {} for none.

    Money moves when a paying verb meets anything, or a moving verb an amount and a payee. What is
    written into books has an account too; there the payee must be one by its own form.

    Args:
        pairs: The arguments' names and scalar values.
        text: Name and arguments as one text.
        pays: The tool's name says that it pays.
        moves: The tool's name says that it moves something.
        books: The tool's name says that it writes down what is owed or was spent.
    """
    lower = [(k.lower(), v) for k, v in pairs]
    price, amount = next(
        ((k, v) for k, v in lower if _AMOUNT.match(k) and number_in(v)), ("", None)
    )
    role, payee = _first(lower, _BENEFICIARY)
    currency = _first(lower, _CURRENCY)[1]
    named = not books and (currency or not (_VAGUE.match(price) or _VAGUE.match(role)))
    sure = named or is_account(payee)
    if not pays and not (price and role and moves and sure):
        return {}
    crypto = _CRYPTO_ADDRESS.search(text) or _CRYPTO_WORD.search(text)
    made: dict[str, Value] = {
        "kind": "crypto" if crypto else ("fiat" if amount is not None else "unknown")
    }
    if payee:
        made["beneficiary"] = payee[:256]
    if amount is not None:
        made["amount"] = number_in(amount) or 0.0
    if currency:
        made["currency"] = currency[:32]
    return made


def _first(pairs: list[tuple[str, object]], names: re.Pattern[str]) -> tuple[str, str]:
    """Return name and value of the first text under one of these names."""
    found = ((k, v) for k, v in pairs if isinstance(v, str) and v and names.match(k))
    return next(found, ("", ""))


def is_account(payee: str) -> bool:
    """Is this text the number of an account, by its own form?"""
    return bool(_CRYPTO_ADDRESS.fullmatch(payee[:128]) or _IBAN.match(payee[:128]))


def number_in(value: object) -> float | None:
    """Return a number, also one that is written out with a sign of a currency; else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        written = _WRITTEN_NUMBER.fullmatch(value[:64])
        value = float(written.group(1).replace(",", "")) if written else None
    if isinstance(value, int | float) and abs(value) < 1e15:
        return float(value)
    return None
