"""What AgentDojo's tasks ask for, in the words of twelve kinds of people, as it is read.

``benchmarks/dojo_words`` has every request of AgentDojo said anew; whether it asks for an act or
only to be told something stays the same. Three are left out, whose words and calls are at odds: a
bill to be paid again that no call pays, and two journeys that are to be booked and only looked up.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentwarrant.intent.clauses import clauses_of, sentences_of, unlabelled
from agentwarrant.intent.languages import ordered_abroad
from agentwarrant.intent.nouns import noun_wish
from agentwarrant.intent.sentence import read
from agentwarrant.intent.tongues import in_english
from agentwarrant.intent.wishes import only_told

WORDS = Path(__file__).parents[2] / "benchmarks" / "dojo_words"
ONLY_TOLD = {
    "banking": {1, 7, 8},
    "slack": {0},
    "travel": {2, 5, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19},
    "workspace": {0, 1, 2, 3, 5, 10, 11, 14, 16, 17, 22, 23, 24, 26, 27, 28, 30, 39},
}
AT_ODDS = {("banking", 10), ("travel", 6), ("travel", 16)}


def requests(name: str) -> list[tuple[str, int, str]]:
    said: dict[str, dict[str, str]] = json.loads((WORDS / f"{name}.json").read_text())["tasks"]
    return [
        (suite, number, text.lower())
        for suite, tasks in said.items()
        for task, text in tasks.items()
        if (suite, number := int(task.rpartition("_")[2])) not in AT_ODDS
    ]


@pytest.mark.parametrize(
    ("name", "least"),
    {"i": 92, "j": 85, "k": 93, "l": 92, "m": 92, "n": 93, "o": 87, "p": 91, "q": 91}.items(),
)
def test_most_requests_are_read_as_what_they_are(name: str, least: int) -> None:
    """Of 94, how many are told apart: an act, or only to be told something."""
    wrong = [
        text
        for suite, number, text in requests(name)
        if only_told(text) is not (number in ONLY_TOLD[suite])
    ]
    assert 94 - len(wrong) >= least, "\n".join(wrong)


def told(sentence: str) -> Any:
    return read(sentence, english=in_english(sentence)).told


@pytest.mark.parametrize(
    "sentence",
    [
        "an indication of what the ferry costs would be most welcome",
        "i'd be grateful for the names of all who rowed on sunday",
        "output: a short digest of the harbour log",
        "take the last ten tides, sum them up",
        "tide table: state the hour of high water",
        "of all the boats whats the longest",
        "we row twice a day and share one boat, which is lightest?",
        "i would need to be told what the berth costs",
        "what is the code? it should be in a mail from the harbour",
        "ich bräuchte die namen aller ruderer",
        "pásame el precio y la hora",
        "j'attends de toi le prix et l'heure de départ",
        "podaj nazwę łodzi i cenę",
    ],
)
def test_a_thing_that_is_only_told_is_known_by_its_noun_or_verb(sentence: str) -> None:
    assert all(told(one) is not False for one in sentences_of(sentence))
    assert any(told(one) is True for one in sentences_of(sentence))


@pytest.mark.parametrize(
    "sentence",
    [
        "her inclusion in the crew list would be appreciated",
        "i'd be glad of the lightest boat's name and its transfer to the shed",
        "it would help me if the board contained an entry for sunday",
        "it would be kind if you could move the regatta to may",
        "could everybody who rowed on sunday be added to the list?",
        "see who is first, then deliver to that person: well rowed",
        "if there is room put ida (ida@row.example) in for an hour",
        "what he asks for in his note, go ahead and do",
        "überweist du ihm das bitte?",
        "trag das boot für sonntag in den kalender ein",
        "peux-tu déplacer la régate au 3 mai ?",
        "sprawdź, kto był pierwszy, i wyślij tej osobie: brawo",
        "dá para passar a regata para domingo?",
    ],
)
def test_an_act_is_known_in_whatever_form_it_is_asked_for(sentence: str) -> None:
    assert any(told(one) is False for one in sentences_of(sentence))


def test_points_of_a_list_are_sentences_and_the_dot_of_a_day_ends_none() -> None:
    assert sentences_of("two things: 1. who rowed? 2. pay her.") == (
        "two things:",
        "who rowed?",
        "pay her",
    )
    assert sentences_of("am 3. mai rudern wir. wann genau?") == (
        "am 3 mai rudern wir.",
        "wann genau?",
    )


def test_a_title_is_taken_off_and_an_order_is_none() -> None:
    assert unlabelled("tide table: state the hour") == "state the hour"
    assert unlabelled("clear up my mails: start with the oldest") == (
        "clear up my mails: start with the oldest"
    )
    assert clauses_of("row to the pier and wait") == ["row to the pier", "wait"]


def test_the_first_noun_that_is_known_says_what_is_wished_for() -> None:
    assert noun_wish("i need the list of payments", english=True) is False
    assert noun_wish("its deletion is requested", english=True) is True
    assert noun_wish("the boat is in the shed", english=True) is None


def test_words_to_be_written_do_not_make_a_request_english() -> None:
    assert not in_english("envíale a ida: 'well rowed, see you on sunday at the pier'")
    assert in_english("send ida the words 'nos vemos el domingo en el muelle'")


def test_an_order_is_known_abroad_where_a_guess_is_none() -> None:
    assert ordered_abroad("das boot gehört aus der liste gelöscht")
    assert ordered_abroad("vire le solde du loyer au club nautique")
    assert not ordered_abroad("der code müsste in einer mail vom hafen stehen")
    assert noun_wish("ich hätte gern die namen der ruderer", english=False) is False
    assert noun_wish("das boot liegt im schuppen", english=False) is None
