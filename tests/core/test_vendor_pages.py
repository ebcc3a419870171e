"""Every vendor has a row in the index of vendors, and a page that names all its actions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agentwarrant.respond.vendor import actions, vendors

FOLDER = Path(__file__).parents[2] / "docs/vendors"
ROW = re.compile(r"^\| \[`(\w+)`\]\(([\w./]+)\) \|", re.MULTILINE)


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    if not FOLDER.is_dir():
        pytest.skip("the tests run without a checkout beside them")
    return dict(ROW.findall((FOLDER / "README.md").read_text(encoding="utf-8")))


def test_the_index_has_every_vendor_in_order_and_no_other(pages: dict[str, str]) -> None:
    assert list(pages) == sorted(vendors())


@pytest.mark.parametrize("name", sorted(actions()))
def test_an_action_is_explained_on_the_page_of_its_vendor(name: str, pages: dict[str, str]) -> None:
    action = actions()[name]
    text = (FOLDER / pages[action.vendor]).read_text(encoding="utf-8")
    assert f"`{action.name}`" in text or f"`{name}`" in text
