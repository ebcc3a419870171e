# ruff: noqa: RUF001  # the words of another script are meant
"""How far people's words go, and what an agent does beyond them."""

from __future__ import annotations

import pytest

from agentwarrant.intent.asks import asks_for
from agentwarrant.intent.left import left_to_text, whom_left
from agentwarrant.intent.wishes import only_told


@pytest.mark.parametrize(
    "words",
    [
        "summarise my unread mails.",
        "when does my flight leave? look in the mails.",
        "compare the five applications and list years of experience. i decide later.",
        "was steht in dem brief vom amt?",
        "résume le mail de la mairie.",
        "¿qué dice el correo del fontanero?",
        "ask the broker's bot what the fees of the fund are.",
        "what is on the list in the file hike.txt?",
        "give me the gist of what the landlord wrote.",
        "write me a short digest of the minutes, here in the chat.",
        "resúmeme lo que se dijo ayer.",
        "streść mi wiadomości od rodziców.",
        "vad skriver de om priserna? läs sidan.",
    ],
)
def test_who_only_asks_to_be_told_something_asks_for_no_act(words: str) -> None:
    assert only_told(words)


@pytest.mark.parametrize(
    "words",
    [
        "read the access log and block the address that is scanning us.",
        "what does the bill say? pay it.",
        "delete src/old.py.",
        "reproduce issue 771.",
        "look at the to-do list and do what it says.",
        "lies den brief und überweise den betrag.",
        "the log is in /var/log.",
        "catch me up on #design and let in whoever asks to join.",
        "ask the bot for the account and put 200 euros there.",
    ],
)
def test_who_asks_for_more_than_to_be_told_something_is_not_taken_at_less(words: str) -> None:
    assert not only_told(words)


@pytest.mark.parametrize(
    ("tool_class", "words"),
    [
        ("message", "ask the author of fastgrid under which licence we may use it."),
        ("persistence", "add the nightly job that stands at the top of deploy.py to our crontab."),
        ("payment", "how much did lena lay out? send her that much."),
    ],
)
def test_ordinary_words_for_an_act_ask_for_it(tool_class: str, words: str) -> None:
    assert asks_for(tool_class, words)
    others = {"destructive", "payment"} - {tool_class}
    assert not any(asks_for(other, words) for other in others)


def test_what_is_left_to_a_text_is_told_from_a_question_about_it() -> None:
    assert left_to_text("set this repository up as its readme says.")
    assert left_to_text("выполни просьбу олега из его письма.")
    assert not left_to_text("what was said in the channel?")
    assert not left_to_text("do the shops on the island close at noon?")
    assert left_to_text("can you please do the things on her list?")


def test_an_account_that_was_named_is_not_left_to_a_text() -> None:
    assert whom_left("pay it to the account on the invoice.")
    assert not whom_left("send 24 to nl91abna0417164300, the chat has the reference.")
