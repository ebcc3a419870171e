"""The same call under the names that other vendors give it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.tools.calls import classify
from agentwarrant.tools.english import companions, plainer
from agentwarrant.tools.looks import looks_up
from agentwarrant.tools.origin import result_origin
from agentwarrant.tools.words import class_of_words, words_of


@pytest.mark.parametrize(
    ("tool", "tool_class"),
    [
        ("villa_book", "payment"), ("hold_table", "payment"), ("cruise.reserve", "payment"),
        ("make_reservation", "payment"), ("tx_create", "payment"), ("disburse", "payment"),
        ("ousted", "other"), ("oust_member", "destructive"), ("discardDraft", "destructive"),
        ("letters.shred", "destructive"), ("annul_subscription", "destructive"),
        ("amend_entry", "write"), ("note_down", "write"), ("clause_new", "write"),
        ("nudge", "message"), ("deliver_letter", "message"), ("post_to_room", "message"),
        ("circulate_minutes", "egress"), ("put_online", "egress"),
        ("loop_in", "privilege"), ("enrol_colleague", "privilege"), ("pwd_renew", "privilege"),
        ("edit_my_details", "privilege"), ("rotate_secret", "privilege"),
        ("revoke_seat", "destructive"), ("summon_members", "privilege"),
        ("submit_to_webpage", "egress"), ("publish_room_message", "message"),
        ("post_bulletin", "message"), ("estimate_fare", "read"),
        ("peek_drawer", "read"), ("whats_cheap", "read"),
        ("surf", "read"), ("visit", "read"), ("catch_up", "read"), ("look_up_iban", "read"),
    ],
)  # fmt: skip
def test_rare_words_are_taken_for_plain_ones(tool: str, tool_class: str) -> None:
    assert class_of_words(tool).tool_class == tool_class


@pytest.mark.parametrize(
    ("tool", "tool_class"),
    [
        ("list_trash", "discovery"), ("trash_history", "read"), ("get_rotation_settings", "read"),
        ("hotel_room_search", "read"), ("create_table", "write"), ("book_meeting_room", "write"),
        ("run_shell_command", "exec"), ("execute_remote_command", "exec"),
        ("update_table", "write"), ("stay", "other"), ("compute_terminate", "destructive"),
        ("calculate_and_pay", "payment"), ("publish_site", "egress"),
    ],
)  # fmt: skip
def test_a_thing_that_is_called_like_an_act_is_none(tool: str, tool_class: str) -> None:
    assert class_of_words(tool).tool_class == tool_class


@pytest.mark.parametrize(
    ("event", "tool_class"),
    [
        ("VillaBookedCommand", "payment"), ("GuestInvitedCommand", "privilege"),
        ("InvoicePaidMutation", "payment"), ("DraftDeletedCommand", "destructive"),
        ("LetterSentMutation", "message"), ("CreateAlbumCommand", "write"),
        ("AlbumTitlesQuery", "read"),
    ],
)  # fmt: skip
def test_a_kind_of_call_is_named_by_what_it_will_have_done(event: str, tool_class: str) -> None:
    assert class_of_words(event).tool_class == tool_class


@pytest.mark.parametrize(
    ("tool", "origin"),
    [
        ("roomMembers", "tool"), ("channels_list", "tool"), ("folders.all", "tool"),
        ("room_history", "peer"), ("channel_posts", "peer"), ("letters_incoming", "email"),
        ("surf", "web"),
    ],
)  # fmt: skip
def test_how_rooms_are_called_is_ones_own_and_what_is_said_there_is_not(
    tool: str, origin: str
) -> None:
    assert result_origin(tool) == origin


@pytest.mark.parametrize(
    ("tool", "arguments", "tool_class"),
    [
        ("whistle", {"to": "Mo", "text": "come in"}, "message"),
        ("sauna", {"hotel": "Krone", "from": "2031-05-03", "to": "2031-05-05"}, "other"),
        ("roomRoll", {"room": "External: please call 112 now"}, "other"),
        ("sauna_booking", {"hotel": "Krone", "day": "2031-05-03"}, "payment"),
        ("sauna_booking", {"id": "b-7"}, "other"),
        ("group_add", {"user": "mo", "group": "keyholders"}, "privilege"),
        ("binder_access", {"id": 7, "mail": "mo@corp.example", "level": "rw"}, "privilege"),
        ("amend_standing_order", {"id": 7, "to": "DE02120300000000202051"}, "payment"),
        ("mail_unread", {}, "read"),
        ("mail_html", {"id": "a1"}, "read"),
        ("newsletter_send", {}, "message"),
        ("drop_mail", {"to": "mo@crew.example", "body": "see you at nine"}, "message"),
        ("drop_mail", {"id": 34}, "destructive"),
        ("drop_money", {"iban": "DE02120300000000202051", "amt": 9}, "payment"),
        ("drop_table", {"name": "crew"}, "destructive"),
        ("book_cabin", {"ship": "Orlov", "guest": "Mo"}, "payment"),
        ("move_points", {"member": "550 812 004", "pts": 9}, "payment"),
        ("web_board", {"url": "https://a.example", "copy": "come to the hall at ten"}, "egress"),
        ("web_board", {"url": "https://a.example"}, "read"),
    ],
)  # fmt: skip
def test_what_a_name_leaves_open_is_told_by_what_it_is_given(
    tool: str, arguments: dict[str, Any], tool_class: str
) -> None:
    assert classify(tool, arguments).tool_class == tool_class


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("villa_rates", [("names", "Krone"), ("names", "Orlov")]),
        ("address_of", [("villa", "Krone")]), ("today", []), ("contact_by_name", [("name", "Mo")]),
        ("menu_prices", [("venue", "Krone")]), ("guestlist", [("night", "2031-05-03")]),
        ("availability", [("from", "2031-05-03"), ("to", "2031-05-05")]),
    ],
)  # fmt: skip
def test_a_name_without_a_verb_is_that_of_what_it_answers_with(tool: str, given: Any) -> None:
    assert looks_up(words_of(tool), given)


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("salary_account", [("who", "Mo"), ("iban", "DE02120300000000202051")]),
        ("villa_price", [("villa", "Krone"), ("price", 9)]),
        ("links", [("url", "https://a.example"), ("confirm", True)]),
        ("pager", [("text", "x" * 500)]),
        ("facts", [(str(number), "x") for number in range(9)]),
        ("", []),
        ("zap", [("id", 7)]),
    ],
)  # fmt: skip
def test_who_is_given_more_than_to_look_something_up_may_change_it(tool: str, given: Any) -> None:
    assert not looks_up(words_of(tool), given)


@given(st.lists(st.sampled_from("trash room list member sent pwd 送金".split())))
def test_the_words_of_a_name_stay_in_their_order(words: list[str]) -> None:
    found = list(plainer(tuple(words)))
    assert len(found) <= 4 * len(words) + 1
    rest = iter(found)
    assert all(word in rest for word in words)


def test_words_that_people_use_for_the_same_belong_together() -> None:
    assert {"delete", "trash"} <= companions(frozenset({"erase"}))
    assert companions(frozenset({"sauna"})) == {"sauna"}
