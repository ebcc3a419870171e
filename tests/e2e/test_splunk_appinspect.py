"""The app passes Splunk's own checks of apps, packaged and unpacked.

AppInspect is not free software, so it is no part of what tests need: its program is named by
``AGENTWARRANT_TEST_APPINSPECT``, and ``tox run -e appinspect`` installs it for itself. Its exit
code says little, so its report is read.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.shipped import shipped_rules

from agentwarrant.siem.plugin import Order
from agentwarrant.siem.splunk.build import build
from agentwarrant.siem.splunk.names import APP

pytestmark = pytest.mark.e2e

VARIABLE = "AGENTWARRANT_TEST_APPINSPECT"
TAGS = (
    "cloud",
    "private_app",
    "private_victoria",
    "private_classic",
    "migration_victoria",
    "future",
)
CHECKS = 240
"""How many there are at least: a report of few says nothing."""
ORDINARY = "nobody"
ACCEPTED = frozenset(
    {
        "check_collections_conf",  # says that there is one
        "check_for_python_script_existence",  # says that there are some
        "check_hostnames_and_ips",  # the list of known attackers has addresses
    }
)
"""Warnings that are known, and why they stay."""


@pytest.fixture(scope="module")
def program() -> str:
    found = os.environ.get(VARIABLE, "")
    if not found:
        pytest.skip(f"no AppInspect: {VARIABLE} names its program (tox run -e appinspect)")
    tried = subprocess.run([found, "list", "version"], capture_output=True, text=True, check=False)
    if tried.returncode:  # it needs libmagic of the system
        pytest.skip(f"AppInspect does not run here: {tried.stderr.strip()[-200:]}")
    return found


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built")
    build(Order(rules=shipped_rules()), out)
    (made,) = out.glob("*.spl")
    return made


def inspected(program: str, app: Path, at: Path) -> dict[str, Any]:
    """Return AppInspect's report of a package or a folder."""
    tags = [word for tag in TAGS for word in ("--included-tags", tag)]
    command = [program, "inspect", str(app), "--mode", "precert", *tags]
    command += ["--skip-trusted-libraries-update", "--data-format", "json"]
    done = subprocess.run(
        [*command, "--output-file", str(at / "report.json")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (at / "report.json").is_file(), done.stdout + done.stderr
    report: dict[str, Any] = json.loads((at / "report.json").read_bytes())
    return report


def checks(report: dict[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield (result, check, messages)."""
    for one in report["reports"]:
        for group in one["groups"]:
            for check in group["checks"]:
                said = [message["message"] for message in check["messages"]]
                yield check["result"], check["name"], said


def held(report: dict[str, Any]) -> None:
    found = list(checks(report))
    bad = [one for one in found if one[0] in ("error", "failure", "future_failure", "skipped")]
    warned = [one for one in found if one[0] == "warning"]
    for _, name, said in warned:
        print(f"warning: {name}: {'; '.join(said)[:400]}")
    assert not bad
    summary = report["summary"]
    assert [summary[name] for name in ("error", "failure", "future_failure")] == [0, 0, 0]
    assert summary["success"] + summary["not_applicable"] + summary["warning"] >= CHECKS
    assert {name for _, name, _ in warned} <= ACCEPTED


def test_the_package_has_no_failure_and_none_to_come(
    program: str, package: Path, tmp_path: Path
) -> None:
    held(inspected(program, package, tmp_path))


def test_nor_has_it_where_an_ordinary_user_unpacked_it(
    program: str, package: Path, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    tar = shutil.which("tar")
    if tar is None:
        pytest.skip("no tar")
    place = tmp_path_factory.mktemp("unpacked")
    with package.open("rb") as given:
        unpack = [tar, "-xzf", "-", "-C", str(place)]
        if os.geteuid() == 0:  # root would keep owners, and rights that the mask takes away
            for folder in (place, *place.parents[:2]):
                folder.chmod(0o711)
            shutil.chown(place, ORDINARY)
            subprocess.run(unpack, stdin=given, check=True, user=ORDINARY, umask=0o002)
        else:
            subprocess.run(unpack, stdin=given, check=True, umask=0o002)
    held(inspected(program, place / APP, tmp_path))


def test_a_fault_would_be_seen(program: str, package: Path, tmp_path: Path) -> None:
    subprocess.run(["tar", "-xzf", str(package), "-C", str(tmp_path)], check=True)
    conf = tmp_path / APP / "default/app.conf"
    conf.write_text(conf.read_text().replace("is_configured = false", "is_configured = true"))
    report = inspected(program, tmp_path / APP, tmp_path)
    with pytest.raises(AssertionError, match="check_that_setup_has_not_been_performed"):
        held(report)
