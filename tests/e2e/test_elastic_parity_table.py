"""The table of what was executed says what the rules are now; no server is needed for that."""

from __future__ import annotations

import pytest
from tests.shipped import shipped_rules

from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.elastic.mapping import fields_for

from .parity_table import DOCUMENT, Line, forms_of, table, without_numbers, written


def test_the_table_has_every_rule_and_its_forms() -> None:
    if not DOCUMENT.is_file():
        pytest.skip("the tests run without a checkout beside them")
    rules = shipped_rules()
    types = fields_for(rules)
    lines, refused = [], []
    for rule in rules:
        if rule.alerts:
            try:
                lines.append(Line(rule.short_id, *forms_of(rule, rules, types)))
            except CannotRender as error:
                refused.append((rule.short_id, str(error)))
    assert without_numbers(written()) == without_numbers(table(lines, refused)), (
        "run: AGENTWARRANT_WRITE_PARITY=1 pytest -m e2e tests/e2e/test_elastic_parity.py"
    )
