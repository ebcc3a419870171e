"""Splunk's own code for dashboards reads ours: its schema takes them, its filter quotes tokens.

``AGENTWARRANT_TEST_STUDIO`` names a folder in which npm installed ``@splunk/dashboard-definition``
29.6, ``@splunk/visualization-schemas`` 28.6 and ``ajv`` 8; ``tox run -e studio`` does it. That
version keeps the layout of a dashboard within tabs, which those of Splunk 9 do not know; ours has
the older form, which newer ones still read, and is put within a tab here.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.spl.words import words

from agentwarrant.siem.splunk.dashboards import definition
from agentwarrant.siem.splunk.panels import Board, boards

VARIABLE = "AGENTWARRANT_TEST_STUDIO"
pytestmark = pytest.mark.e2e

VALIDATE = """
const {createSchemaBasedOnDicts} = require('@splunk/dashboard-definition');
const options = require('@splunk/visualization-schemas');
const {default: Ajv} = require('ajv');
const validate = new Ajv({allErrors: true, strict: false, allowUnionTypes: true}).compile(
  createSchemaBasedOnDicts({visualizationDict: {
    'splunk.table': options.tableOptionsSchema,
    'splunk.pie': options.pieOptionsSchema,
    'splunk.column': options.columnOptionsSchema,
    'splunk.singlevalue': options.singleValueOptionsSchema,
  }}));
const said = JSON.parse(require('fs').readFileSync(0));
validate(said);
console.log(JSON.stringify((validate.errors || []).map(e => e.instancePath + ' ' + e.message)));
"""
REPLACE = """
const {replaceTokens} = require('@splunk/dashboard-utils');
const said = JSON.parse(require('fs').readFileSync(0));
console.log(JSON.stringify(said.map(t => replaceTokens('aw_agent=$t|s$', {default: {t}}))));
"""


def node(script: str, given_value: object) -> Any:
    home = os.environ.get(VARIABLE)
    program = shutil.which("node")
    if not home or program is None:
        pytest.skip(f"no Dashboard Studio: {VARIABLE} names its folder (tox run -e studio)")
    environment = {**os.environ, "NODE_PATH": str(Path(home) / "node_modules")}
    done = subprocess.run(
        [program, "-e", script],
        input=json.dumps(given_value),
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        timeout=60,
    )
    return json.loads(done.stdout)


def within_a_tab(made: dict[str, Any]) -> dict[str, Any]:
    shown = {name: made["layout"][name] for name in ("type", "structure")}
    layout = {
        "options": {},
        "globalInputs": made["layout"]["globalInputs"],
        "tabs": {"items": [{"layoutId": "one", "label": "One"}]},
        "layoutDefinitions": {"one": shown},
    }
    return {**made, "layout": layout}


@pytest.mark.parametrize("board", boards(), ids=lambda board: board.id)
def test_splunks_schema_takes_every_dashboard(board: Board) -> None:
    assert node(VALIDATE, within_a_tab(definition(board))) == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("visualizations", "viz_1", "type"), 5),
        (("visualizations", "viz_5", "options", "stackMode"), "sideways"),
        (("dataSources", "ds_viz_1", "options"), "x"),
        (("layout", "layoutDefinitions", "one", "structure"), {}),
        (("colour",), "red"),
    ],
)
def test_what_is_wrong_is_refused(place: tuple[str, ...], value: object) -> None:
    made = within_a_tab(definition(boards()[0]))
    part = made
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = value
    assert node(VALIDATE, made)


def test_what_is_chosen_stays_one_value() -> None:
    chosen = [
        'a"b',
        "a\\",
        '\\" OR index=*',
        "a\\\\",
        'x" | delete',
        "*",
        "a b",
        "`m`",
        "[search x]",
    ]
    mixed = random.Random(7)  # noqa: S311  # the same in every run
    chosen += ["".join(mixed.choices('ab "\\|=*()[]`', k=12)) + "." for _ in range(500)]
    for value, said in zip(chosen, node(REPLACE, chosen), strict=True):
        *_, last = read = words(said, "search")
        assert len(read) == 3, said
        assert (last.kind, last.text) == ("string", value)
