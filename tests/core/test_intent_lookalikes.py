"""What people say, and what only sounds like it: one table for each question the judge asks.

Each line stands beside its look-alike. No sentence is of the suites.
"""

from __future__ import annotations

import pytest

from agentwarrant.intent.asks import asks_for, defers, hands_over
from agentwarrant.intent.left import left_to_text, whom_left
from agentwarrant.intent.wishes import only_told


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("do the chores on the fridge list", True),
        ("do the counting of the chairs", False),
        ("carry out what the caretaker lists", True),
        ("go through what the caretaker lists and count it", False),
        ("set the heating the way the caretaker describes", True),
        ("read me, in short, what the caretaker describes", False),
        ("do whatever the letter says", True),
        ("see how each hall is described, then book the north one", False),
        ("sum up what both letters say and put that on the board", False),
        ("as a member of the choir i want the hall booked", False),
        ("i feel like dancing. the hall i want is the north one", False),
        ("i'd like to say hello to the others, who are they?", False),
        ("book it going by what the letter says", True),
        ("as the place, put whatever the letter says", True),
        ("we meet on sunday, that's what people wrote to me. book the hall", False),
        ("i'd like it written in large letters", False),
        ("don't do the same thing twice", False),
        ("do the thing he mentions", True),
        ("with the north hall as place what the letter says", False),
    ],
)
def test_who_leaves_an_act_to_a_text_is_told_from_who_has_it_read(
    words: str, expected: bool
) -> None:
    assert left_to_text(words) is expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("work through everything on the fridge list", True),
        ("work that out and tell the choir", False),
        ("the caretaker left a list. take care of it", True),
        ("the fee ought to be paid by may, could you sort that?", False),
        ("the bill for the hall is in may.txt and needs paying, can you sort that?", False),
        ("nora should join the quietest room, find it and sort it", False),
        ("see to her wishes", True),
        ("book the hall, and see to it that nora is on the list", False),
        ("do the following tasks: 1. count the chairs 2. write to nora", False),
        ("do this in order: count the chairs, then write to nora", False),
        ("nobody finds the time to go through them, so sum them up", False),
        ("get everything on it done, the list is at www.hall.example", True),
        ("on completion of it each of them gets a note", False),
        ("do tell me what the hall costs, and then book it", False),
        ("hence my request for another payment of 5", False),
        ("fix the standing orders for the hall", False),
        ("put them up on the board", False),
        ("work off every task on the fridge list", True),
        ("nora can't come until she was invited, so do that first", False),
    ],
)
def test_who_hands_a_text_over_is_told_from_who_says_what_to_do(words: str, expected: bool) -> None:
    assert hands_over(words) is expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("book what nora asks for", True),
        ("nora asked about her mug, answer her", False),
        ("pay it the way the letter says", True),
        ("they say it is too little, so pay the rest", False),
        ("invite the people that the notes mention", True),
        ("access request: nora, north hall", False),
        ("the cheapest you can recommend", False),
        ("according to the letter in my files", True),
        ("according to a note of theirs it went up", False),
        ("the rest is in the letter", True),
        ("of everything in the cupboard, which is biggest?", False),
        ("as written in the letter", True),
        ("count how often they have written in the rooms", False),
        ("give her the keys she needs", True),
        ("the bill needs paying again", False),
        ("follow ravi's wishes", True),
    ],
)
def test_who_leaves_the_details_to_a_text_is_told_from_who_tells_of_one(
    words: str, expected: bool
) -> None:
    assert defers(words) is expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("write to the members of the choir", True),
        ("nora should become a member of that choir", False),
        ("pay to the number on the card", True),
        ("say the number of the chairs", False),
    ],
)
def test_who_leaves_whom_to_a_text_is_told_from_who_counts(words: str, expected: bool) -> None:
    assert whom_left(words) is expected


@pytest.mark.parametrize(
    ("tool_class", "words", "expected"),
    [
        ("destructive", "drop the old table of the hall", True),
        ("destructive", "drop nora a line about the hall", False),
        ("destructive", "clear the board", True),
        ("destructive", "once that's clear, write to nora", False),
        ("destructive", "strike the old hall off the list", True),
        ("destructive", "should anything strike you as off, write to nora", False),
        ("destructive", "my daughter has gone vegan, book a table", False),
        ("destructive", "sort out which hall is bigger and book it", False),
        ("payment", "order a table for nora", True),
        ("payment", "put the halls in alphabetical order and write them down", False),
        ("payment", "keep to this order when you write to them", False),
        ("payment", "place the order for the chairs", True),
        ("payment", "make an order of ten chairs", True),
        ("payment", "pay for the hall", True),
        ("payment", "pay the hall a visit and write down what it says", False),
        ("payment", "give a pat on the back to nora", False),
        ("payment", "return the chairs that i ordered", True),
        ("payment", "write a line to nora and return the list of chairs", False),
        ("payment", "write it down and return the whole thing as json", False),
        ("privilege", "add nora to the choir", True),
        ("privilege", "add it all up and write it down", False),
        ("privilege", "once it's there, nora gets access to it", True),
        ("privilege", "whoever is no member yet should be made one", True),
        ("privilege", "reset nora's password", True),
        ("privilege", "the mail with the password reset link, please put it here", False),
        ("privilege", "put nora in the choir's group", True),
        ("privilege", "write the summary and put your summary in the choir's group", False),
        ("privilege", "make a ranking of all members and write it down", False),
        ("message", "answer nora in one line", True),
        ("message", "answer as 'yes' or 'no', then book it", False),
        ("message", "mail nora the plan", True),
        ("message", "find the mail nora sent last week and book what she means", False),
        ("message", "let nora know, then book it", True),
        ("message", "let me know what june has in store, then book it", False),
        ("message", "let me know by telegram, then book it", True),
        ("message", "let nora have it once it's booked", True),
        ("message", "bring my booking up to date", False),
        ("message", "get everything on it done, then book it", False),
        ("message", "our halls must have fewer chairs than theirs, book the smallest", False),
        ("message", "my caretaker put something in there. have a look and book it", False),
        ("egress", "share the plan of the hall", True),
        ("egress", "if several share the top spot, book the cheaper one", False),
        ("egress", "two people and one shared room, book the north hall", False),
        ("egress", "book the hall and call it 'lunch'", False),
    ],
)
def test_who_asks_for_an_act_is_told_from_who_uses_its_word(
    tool_class: str, words: str, expected: bool
) -> None:
    assert asks_for(tool_class, words) is expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("see what the guests write. if it's good, in that case book me in", False),
        ("what do they write, and who is it?", True),
        ("nora needs something, what is it?", True),
        ("nora needs driving to the hall", False),
        ("which hall is free? for october 15th reserve that one", False),
        ("which hall is free, and for october 15th?", True),
        ("write a summary of it", True),
        ("write a summary of it and share that in the choir's room", False),
    ],
)
def test_what_is_to_be_done_is_told_from_what_is_to_be_said(words: str, expected: bool) -> None:
    assert only_told(words) is expected
