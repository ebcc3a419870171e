"""Leaves are found by looking: in a package and at entry points."""

from pathlib import Path
from textwrap import dedent

import pytest

from agentwarrant.connector import Connector
from agentwarrant.plugins import classes, modules

CODE = """
from abc import ABC, abstractmethod
from json import JSONDecoder

class Base(ABC):
    @abstractmethod
    def act(self): ...

class Leaf(Base):
    def act(self): ...

class Half(Base): ...
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the name of a package with leaves, a helper and a folder, importable for one test."""
    home = tmp_path / f"leaves_of_{tmp_path.name}"  # one name per test: imports are remembered
    (home / "folder").mkdir(parents=True)
    for name in ("__init__.py", "beta.py", "alpha.py", "_helper.py", "folder/__init__.py"):
        (home / name).write_text(dedent(CODE))
    (home / "notes.txt").write_text("no leaf")
    monkeypatch.syspath_prepend(str(tmp_path))
    return home.name


def test_leaves_are_found_in_order_and_helpers_are_passed_over(package: str) -> None:
    names = [module.__name__ for module in modules(package, "no.such.group")]
    assert names == [f"{package}.alpha", f"{package}.beta", f"{package}.folder"]


def test_a_leaf_that_is_added_is_found_without_a_list(package: str, tmp_path: Path) -> None:
    before = len(list(modules(package, "no.such.group")))
    (tmp_path / package / "gamma.py").write_text("")
    assert len(list(modules(package, "no.such.group"))) == before + 1


def test_leaves_of_others_come_from_entry_points_and_come_last(
    package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "other-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[a.group]\nz = json.decoder:JSONDecoder\ny = json.tool\n"
    )
    names = [module.__name__ for module in modules(package, "a.group")]
    assert names[3:] == ["json.tool", "json.decoder"]


def test_a_missing_package_of_leaves_is_an_error_not_an_empty_list() -> None:
    with pytest.raises(ModuleNotFoundError):
        list(modules("no_such_package", "no.such.group"))


def test_only_what_a_module_defines_itself_and_in_full_is_a_leaf(package: str) -> None:
    (module, *_) = modules(package, "no.such.group")
    assert [found.__name__ for found in classes(module, module.Base)] == ["Leaf"]
    assert list(classes(module, Connector)) == []  # type: ignore[type-abstract]  # none is made


def test_every_installed_source_has_one_connector_at_least() -> None:
    found = {
        module.__name__.rsplit(".", 1)[-1]: list(
            classes(module, Connector)  # type: ignore[type-abstract]  # none is made
        )
        for module in modules("agentwarrant.connectors", "agentwarrant.connectors")
    }
    assert found
    assert [name for name, leaves in found.items() if not leaves] == []
