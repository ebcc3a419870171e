"""Tool names of many makers, taken apart into words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.tools.origin import result_origin
from agentwarrant.tools.words import class_of_words, words_of
from agentwarrant.vocabulary import ORIGINS, TOOL_CLASSES


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        ("send_email", "send email"),
        ("sendEmail", "send email"),
        ("SendEMail", "send e mail"),
        ("gmail.users.messages.send", "gmail users messages send"),
        ("mcp__github__create_issue", "mcp github create issue"),
        ("HTTPPost2", "http post 2"),
        ("getURL", "get url"),
        ("web-search/v2", "web search v 2"),
        ("", ""),
        ("!?", ""),
    ],
)
def test_a_name_is_taken_apart_whatever_its_style(tool: str, words: str) -> None:
    assert words_of(tool) == tuple(words.split())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("send_email", "sendEmail"),
        ("delete_file", "mcp__filesystem__delete_file"),
        ("create_issue", "mcp__linear__create_issue"),
        ("get_secret", "secrets.getSecret"),
        ("send_money", "Bank.sendMoney"),
        ("spawn_agent", "agents.spawnAgent"),
    ],
)
def test_the_style_of_a_name_changes_nothing(one: str, other: str) -> None:
    assert class_of_words(one).tool_class == class_of_words(other).tool_class


def test_a_server_s_name_says_nothing_about_its_tools() -> None:
    assert class_of_words("mcp__delete__get_weather").tool_class == "read"


@pytest.mark.parametrize(
    ("tool", "tool_class"),
    [
        ("message_read", "read"),
        ("messages.list", "discovery"),
        ("order_status", "read"),
        ("payment_history", "read"),
        ("transfer_status", "read"),
        ("invoice_create", "write"),
        ("comment_create", "message"),
        ("email_send", "message"),
        ("pay", "payment"),
        ("transfer_and_check_balance", "payment"),
    ],
)
def test_a_word_that_is_a_noun_too_gives_way_to_the_verb(tool: str, tool_class: str) -> None:
    assert class_of_words(tool).tool_class == tool_class


@pytest.mark.parametrize(
    ("tool", "tool_class"),
    [
        ("create_mail_rule", "config_change"),
        ("set_inbox_forwarding", "config_change"),
        ("forward_email", "message"),
        ("list_mail_rules", "discovery"),
    ],
)
def test_a_rule_of_a_mailbox_is_a_setting_that_goes_on_acting(tool: str, tool_class: str) -> None:
    assert class_of_words(tool).tool_class == tool_class


@pytest.mark.parametrize(
    ("tool", "runs"),
    [
        ("Bash", True), ("exec_command", True), ("run_terminal_cmd", True), ("python", True),
        ("executePowerShell", True), ("run_query", False), ("execute_workflow", False),
        ("read_code", False), ("search_code", False), ("Read", False),
    ],
)  # fmt: skip
def test_tools_that_run_code_are_known(tool: str, runs: bool) -> None:
    assert class_of_words(tool).executes is runs


def test_a_pull_request_is_no_web_request() -> None:
    assert not class_of_words("create_pull_request").connects
    assert class_of_words("http_request").connects


@pytest.mark.parametrize(
    ("tool", "origin"),
    [
        ("read_inbox", "email"),
        ("mcp__slack__conversations_history", "peer"),
        ("moltbook_feed", "peer"),
        ("read_messages", "peer"),
        ("send_messages", "tool"),
        ("WebFetch", "web"),
        ("get_issue", "web"),
        ("get_hotel_reviews", "web"),
        ("memory_search", "memory"),
        ("read_file", "tool"),
        ("Bash", "tool"),
    ],
)
def test_a_name_tells_where_its_answers_come_from(tool: str, origin: str) -> None:
    assert result_origin(tool) == origin


@pytest.mark.parametrize(
    ("tool", "tool_class"),
    [
        ("ueberweisung_ausfuehren", "payment"), ("überweisung.anzeigen", "read"),
        ("pagamento.fazer", "payment"), ("送金", "payment"), ("przelew_wykonaj", "payment"),
        ("mensajes.enviar", "message"), ("correo_enviar", "message"), ("メール送信", "message"),
        ("wyślij_wiadomość", "message"), ("otpravit_soobshchenie", "message"),
        ("отправить_сообщение", "message"), ("kontakte_exportieren", "egress"),
        ("kundendatenexport", "egress"), ("supprimer_fichier", "destructive"),
        ("dateiLöschen", "destructive"), ("bestand_verwijderen", "destructive"),
        ("удалить_файл", "destructive"), ("删除文件", "destructive"), ("파일_삭제", "destructive"),
        ("benutzer_anlegen", "privilege"), ("berechtigung_erteilen", "privilege"),
        ("aufgabe_planen", "persistence"), ("gedaechtnis.speichern", "memory_write"),
        ("memoria.guardar", "memory_write"), ("dokument_lesen", "read"), ("mail.suche", "read"),
        ("archivo_leer", "read"), ("メール検索", "read"), ("sendmail", "message"),
        ("readfile", "read"), ("deleteuser", "destructive"),
        # words that only look so
        ("create_checklist", "write"), ("memoir", "other"), ("pagoda", "other"),
        ("memorial_view", "read"), ("roller", "other"), ("payload", "other"),
    ],
)  # fmt: skip
def test_words_of_other_languages_mean_what_they_mean(tool: str, tool_class: str) -> None:
    assert class_of_words(tool).tool_class == tool_class


@pytest.mark.parametrize(
    ("tool", "tool_class"),
    [
        ("sn.invokeAgent", "delegate"), ("run_agent", "delegate"), ("get_agent", "read"),
        ("mailing.send", "message"), ("campaigns.launch", "message"),
        ("list_campaigns", "discovery"), ("cars.addExtra", "payment"), ("flights.book", "payment"),
        ("list_car_extras", "discovery"), ("unlock_door", "privilege"),
        ("open_garage_door", "privilege"), ("alarm.disarm", "privilege"),
        ("get_door_status", "read"), ("lock_issue", "other"), ("lock_file", "other"),
        ("boiler.set", "config_change"), ("google_home.run_auto_phrase", "config_change"),
        ("set_volume", "write"), ("set_theme", "write"), ("home.set_volume", "write"),
        ("github.create_or_update_file", "egress"), ("github.get_file", "read"),
        ("create_share_link", "egress"), ("list_share_links", "discovery"),
        ("ats.setStage", "write"), ("crm.update", "write"),
    ],
)  # fmt: skip
def test_several_words_name_an_act_together(tool: str, tool_class: str) -> None:
    assert class_of_words(tool).tool_class == tool_class


@given(st.text())
def test_no_name_is_too_strange_to_be_judged(tool: str) -> None:
    verbs = class_of_words(tool)
    assert verbs.tool_class in TOOL_CLASSES
    assert result_origin(tool) in ORIGINS
    assert len(words_of(tool)) <= 256


@pytest.mark.parametrize(
    "tool",
    "archive_email label_email emails.archive flag_message snooze_thread mcp__mail__pin_message "
    "create_email_label unsubscribe_email add_issue_labels move_message".split(),
)
def test_to_put_a_message_in_its_place_writes_to_nobody(tool: str) -> None:
    assert class_of_words(tool).tool_class == "write"


@pytest.mark.parametrize(
    ("tool", "tool_class"),
    [
        ("send_labeled_email", "message"), ("send_message_and_archive", "message"),
        ("email_team", "message"), ("reply_and_archive_thread", "message"),
        ("delete_email_label", "destructive"), ("list_email_labels", "discovery"),
        ("pin_secret", "credential_read"),
    ],
)  # fmt: skip
def test_who_sorts_and_also_sends_or_deletes_does_so(tool: str, tool_class: str) -> None:
    assert class_of_words(tool).tool_class == tool_class
