"""The package that is built passes Elastic's own checks of packages.

The checks stand beside this checkout. package-spec is asked always; elastic-package (format, lint,
build) only where its program was made before, because to make it takes minutes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.shipped import shipped_rules

from agentwarrant.siem.elastic.build import build
from agentwarrant.siem.plugin import Order

from .elastic_server import SERVERS

pytestmark = pytest.mark.e2e

CHECK = SERVERS / "elastic-package/check.sh"
PROGRAM = "agentwarrant-servers/elastic-package-0.126.0/bin/elastic-package"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built")
    build(Order(rules=shipped_rules()), out)
    return out / "agentwarrant"


def checked(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the checks; skips the test, saying why, where they cannot run."""
    if not CHECK.is_file():
        pytest.skip(f"no checks at ../{CHECK.relative_to(SERVERS.parents[1])}")
    if not shutil.which("go"):
        pytest.skip("the checks are made with go, which is not here")
    made = subprocess.run(
        ["sh", CHECK, "--light", CHECK.parent / "sample/agentwarrant_rules_sample"],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:  # what comes with the checks passes them, or they cannot be made here
        pytest.skip(f"the checks do not run here: {made.stderr.strip()[-200:]}")
    return subprocess.run(["sh", CHECK, *arguments], capture_output=True, text=True, check=False)


def test_the_package_is_one_by_package_spec(package: Path) -> None:
    done = checked("--light", package)
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("1 passed, 0 failed\n")


def test_elastic_package_formats_lints_and_builds_it(package: Path) -> None:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    if not (cache / PROGRAM).is_file():
        pytest.skip("elastic-package was not made here: check.sh --install makes it")
    done = checked(package)
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("4 passed, 0 failed\n")


def test_a_package_that_is_none_would_be_seen(package: Path, tmp_path: Path) -> None:
    broken = tmp_path / "agentwarrant"
    shutil.copytree(package, broken)
    manifest = broken / "manifest.yml"
    manifest.write_text(manifest.read_text().replace("type: content", "type: contents"))
    assert checked("--light", broken).returncode == 1
