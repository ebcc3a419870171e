"""Splunk's contentctl takes our rules: it validates them, and builds an app of them.

It pins its libraries, so it is no part of what tests need: its program is named by
``AGENTWARRANT_TEST_CONTENTCTL``, and ``tox run -e contentctl`` installs it for itself.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from tests.shipped import shipped_rules

from agentwarrant.siem.splunk import contentpack
from agentwarrant.siem.splunk.render import Rendered, render

VARIABLE = "AGENTWARRANT_TEST_CONTENTCTL"
pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def rendered() -> Rendered:
    return render(shipped_rules())


def contentctl(*arguments: str, within: Path) -> str:
    program = os.environ.get(VARIABLE)
    if not program:
        pytest.skip(f"no contentctl: {VARIABLE} names its program (tox run -e contentctl)")
    done = subprocess.run(
        [program, *arguments], cwd=within, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def written(rendered: Rendered, folder: Path) -> Path:
    for path, body in contentpack.files(rendered).items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(body)
    (folder / "lookups").mkdir()
    return folder


def test_every_rule_that_is_handed_over_validates(rendered: Rendered, tmp_path: Path) -> None:
    contentctl("validate", within=written(rendered, tmp_path))


def test_a_detection_that_is_broken_does_not_validate(rendered: Rendered, tmp_path: Path) -> None:
    folder = written(rendered, tmp_path)
    broken = next((folder / "detections/application").glob("*.yml"))
    broken.write_text(broken.read_text().replace("_filter`", "_other`"))
    with pytest.raises(AssertionError, match="filter"):
        contentctl("validate", within=folder)


def test_what_it_builds_is_the_same_search_with_the_same_suppression(
    rendered: Rendered, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    contentctl("init", within=tmp_path / "empty")
    folder = written(rendered, tmp_path / "content")
    (tmp_path / "empty/app_template").rename(folder / "app_template")
    contentctl("build", within=folder)
    (made,) = (folder / "dist").glob("*/default/savedsearches.conf")
    text = made.read_text().replace("\\\n", "\n")
    handed = [one for one in rendered.rules if not one.query.lookups]
    assert len(re.findall(r"^\[AW - AIA-", text, re.MULTILINE)) == len(handed)
    for one in handed:
        first = one.query.text.removeprefix("search ").split("\n", 1)[0]
        assert first in text
    risks = re.findall(r"^action\.risk\.param\._risk = (.*)$", text, re.MULTILINE)
    assert all(json.loads(risk) for risk in risks)
    assert text.count("alert.suppress.fields = aw_group") == len(handed)
