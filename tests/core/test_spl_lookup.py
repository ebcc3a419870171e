"""Lookups: ``lookup``, ``inputlookup``, ``outputlookup``.

Pages: Search Reference of each; Admin Manual, transforms.conf
(help.splunk.com/en/splunk-enterprise/spl-search-reference/9.4/search-commands).
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from tests.spl import Doubt, Refused
from tests.spl.tables import Table
from tests.spl.trial import ran


def agents(**options: bool) -> dict[str, Table]:
    rows = [
        {"_key": "1", "agent": "bot", "owner": "ann", "host": "h1"},
        {"_key": "2", "agent": "bot", "owner": "bob", "host": "h2"},
        {"_key": "3", "agent": "Scout", "owner": "cid"},
    ]
    return {"inv": Table(("agent", "owner", "host"), rows, **options)}


def looked(text: str, event: Mapping[str, object], **options: bool) -> dict[str, object]:
    (row,) = ran(f"search * | lookup {text}", [event], tables=agents(**options))
    return {name: value for name, value in row.items() if name != "_time"}


def test_all_that_match_give_their_values() -> None:
    """transforms.conf, max_matches: 1,000 unless the lookup is by time."""
    found = looked("inv agent OUTPUT owner", {"agent": "bot"})
    assert found == {"agent": "bot", "owner": ["ann", "bob"]}


def test_the_number_of_matches_is_bounded() -> None:
    tables = agents()
    tables["inv"].max_matches = 1
    (row,) = ran("search * | lookup inv agent", [{"agent": "bot"}], tables=tables)
    assert row["owner"] == "ann"


def test_fields_may_have_other_names_in_the_event() -> None:
    """ "lookup", Syntax: <lookup-field> AS <event-field>."""
    found = looked("inv agent as who OUTPUT owner as boss", {"who": "Scout"})
    assert found == {"who": "Scout", "boss": "cid"}


def test_without_output_all_columns_come() -> None:
    """ "lookup", Syntax: if OUTPUT is not specified, all other fields."""
    assert looked("inv agent owner", {"agent": "bot", "owner": "bob"})["host"] == "h2"


def test_two_fields_must_both_match() -> None:
    assert "host" not in looked("inv agent owner", {"agent": "bot", "owner": "cid"})


def test_what_has_no_match_or_no_field_stays_as_it_is() -> None:
    assert looked("inv agent OUTPUT owner", {"agent": "none"}) == {"agent": "none"}
    assert looked("inv agent OUTPUT owner", {"b": "1"}) == {"b": "1"}


def test_case_matters_unless_told_otherwise() -> None:
    """transforms.conf, case_sensitive_match: true by default."""
    assert looked("inv agent OUTPUT owner", {"agent": "BOT"}) == {"agent": "BOT"}
    found = looked("inv agent OUTPUT owner", {"agent": "BOT"}, case_sensitive=False)
    assert found["owner"] == ["ann", "bob"]


def test_without_case_the_store_must_hold_lower_case() -> None:
    """transforms.conf, case_sensitive_match: the KV store's data must be lower case."""
    found = looked("inv agent OUTPUT owner", {"agent": "Scout"}, case_sensitive=False)
    assert found == {"agent": "Scout"}
    found = looked("inv agent OUTPUT owner", {"agent": "SCOUT"}, case_sensitive=False, store=False)
    assert found["owner"] == "cid"


def test_output_replaces_and_outputnew_does_not() -> None:
    """ "lookup", Syntax: OUTPUTNEW does not overwrite existing values."""
    event = {"agent": "Scout", "owner": "me"}
    assert looked("inv agent OUTPUT owner", event)["owner"] == "cid"
    assert looked("inv agent OUTPUTNEW owner", event)["owner"] == "me"


def test_output_into_a_field_that_is_there_without_a_match_is_refused() -> None:
    with pytest.raises(Doubt):
        looked("inv agent OUTPUT owner", {"agent": "none", "owner": "me"})


def test_a_field_with_several_values_is_refused() -> None:
    with pytest.raises(Doubt):
        looked("inv agent", {"agent": ["bot", "Scout"]})


def test_unknown_tables_and_columns_are_refused() -> None:
    for text in ("none agent", "inv nobody", "inv agent OUTPUT nothing"):
        with pytest.raises(Refused):
            looked(text, {"agent": "bot", "nobody": "x"})


def test_inputlookup_gives_the_rows_of_a_table() -> None:
    """ "inputlookup"."""
    found = ran("| inputlookup inv where owner=b* | table owner", [], tables=agents())
    assert found == [{"owner": "bob"}]


def test_inputlookup_can_append() -> None:
    """ "inputlookup", append."""
    found = ran("search * | inputlookup append=t inv | stats count", [{}], tables=agents())
    assert found == [{"count": 4.0}]


def test_outputlookup_replaces_what_was_there() -> None:
    """ "outputlookup", append=false; fields that the table does not have are not kept."""
    tables = agents()
    ran('search * | eval agent="new", other=1 | outputlookup inv', [{}], tables=tables)
    assert [(row["agent"], "other" in row) for row in tables["inv"].rows] == [("new", False)]
    ran("search none=1 | outputlookup inv", [{}], tables=tables)
    assert tables["inv"].rows == []


def test_outputlookup_can_append() -> None:
    """ "outputlookup", append=true."""
    tables = agents()
    found = ran('search * | eval agent="new" | outputlookup append=t inv', [{}], tables=tables)
    assert len(tables["inv"].rows) == 4
    assert found[0]["agent"] == "new", "the rows go on"


def test_outputlookup_with_a_key_replaces_the_record_of_the_key() -> None:
    """ "outputlookup", key_field; it appends by itself ("Examples", 5)."""
    tables = agents()
    text = 'search * | eval agent="new", k="2" | outputlookup key_field=k inv'
    ran(text, [{}], tables=tables)
    kept = {str(row["_key"]): row for row in tables["inv"].rows}
    assert kept["2"] == {"_key": "2", "agent": "new"}
    assert set(kept) == {"1", "2", "3"}


def test_a_file_has_no_keys() -> None:
    """ "outputlookup", key_field: for KV store-based lookups."""
    with pytest.raises(Refused):
        ran("search * | outputlookup key_field=k inv", [{"k": "1"}], tables=agents(store=False))
