"""What ``build elastic`` writes: whole, the same each time, all switched off, by package-spec."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.shipped import shipped_rules

from agentwarrant import __version__
from agentwarrant.config import Config, Tenant
from agentwarrant.errors import UsageError
from agentwarrant.rules.load import load_text
from agentwarrant.rules.model import Rule
from agentwarrant.siem.elastic import package, summary
from agentwarrant.siem.elastic.build import build, rendered_for
from agentwarrant.siem.elastic.dashboards import PACKAGE_DATA_VIEW
from agentwarrant.siem.elastic.foreign import integrations
from agentwarrant.siem.elastic.mapping import fields_for
from agentwarrant.siem.elastic.panels import boards
from agentwarrant.siem.elastic.render import render
from agentwarrant.siem.folder import SUMS
from agentwarrant.siem.plugin import Order

FEW = 6
"""Rules that most builds here are made of: rendering all takes seconds."""
FOREIGN = """\
title: A rule about | other events
id: 22222222-2222-4222-8222-222222222222
logsource: {product: windows}
detection:
  one: {EventID: 1}
  condition: one
level: low
"""

ONE = """\
title: A rule of ours
id: 11111111-1111-4111-8111-111111111111
logsource: {product: ai_agent}
detection:
  call: {event.action: tool_call, warrant.tool.class: exec}
  condition: call
level: high
"""


@pytest.fixture(scope="module")
def few() -> list[Rule]:
    return [rule for rule in shipped_rules() if rule.alerts and rule.tree][:FEW]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the shipped rules are built into."""
    out = tmp_path_factory.mktemp("whole")
    build(Order(rules=shipped_rules()), out)
    return out


def files_of(out: Path) -> dict[str, bytes]:
    paths = (path for path in out.rglob("*") if path.is_file())
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in paths}


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


# The folder -------------------------------------------------------------------------------------


def test_all_that_an_install_needs_is_there(whole: Path) -> None:
    made = files_of(whole)
    assert {"rules.ndjson", "dashboards.ndjson", "refused.md", "README.md", SUMS} <= made.keys()
    names = [name.rpartition("/")[2] for name in made]
    assert any(name.endswith(".component_template.json") for name in names)
    assert any(name.endswith(".index_template.json") for name in names)
    assert any("/role/" in name for name in made)
    assert "agentwarrant/manifest.yml" in made


def test_every_rule_is_switched_off_and_stands_in_every_form(whole: Path) -> None:
    *rules, last = lines(whole / "rules.ndjson")
    assert last["exported_rules_count"] == len(rules) >= len(shipped_rules()) // 4
    assert not any(rule["enabled"] for rule in rules)
    ids = {rule["rule_id"] for rule in rules}
    assert len(ids) == len(rules)
    for folder in ("rules", "agentwarrant/kibana/security_rule"):
        assert {path.stem for path in (whole / folder).glob("*.json")} == ids


def test_every_shipped_rule_is_rendered_or_refused_with_a_reason(whole: Path) -> None:
    shipped = {rule.short_id for rule in shipped_rules() if rule.alerts}
    rendered = rendered_for(Order(rules=shipped_rules()))
    made = {one.rule.short_id for one in rendered.rules}
    refused = {one.rule.short_id: one.reason for one in rendered.refused}
    assert made | refused.keys() == shipped
    assert not made & refused.keys()
    assert all(refused.values())
    text = (whole / "refused.md").read_text()
    assert all(name in text for name in refused)


def test_the_same_rules_give_the_same_bytes(few: list[Rule], tmp_path: Path) -> None:
    for name in ("one", "other"):
        build(Order(rules=few), tmp_path / name)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "other")


def test_the_sums_are_of_every_file(whole: Path) -> None:
    made = files_of(whole)
    pairs = (line.split("  ", 1) for line in made.pop(SUMS).decode().splitlines())
    said = {name: hashed for hashed, name in pairs}
    assert said == {name: hashlib.sha256(body).hexdigest() for name, body in made.items()}


def test_what_an_earlier_build_wrote_goes_and_what_others_wrote_stays(
    few: list[Rule], tmp_path: Path
) -> None:
    build(Order(rules=few), tmp_path)
    before = files_of(tmp_path)
    (tmp_path / "rules/mine.json").write_text("{}")
    build(Order(rules=few[1:]), tmp_path)
    after = files_of(tmp_path)
    gone = f"rules/{few[0].id}.json"
    assert gone in before
    assert gone not in after
    assert after["rules/mine.json"] == b"{}"


def test_a_list_of_sums_that_somebody_wrote_reaches_no_file_outside(
    few: list[Rule], tmp_path: Path
) -> None:
    out, outside = tmp_path / "out", tmp_path / "precious"
    out.mkdir()
    outside.write_text("mine")
    (out / "README.md").write_text("# Agent Warrant for Elastic\n")
    listed = ("README.md", "../precious", outside)
    text = "".join(f"{'0' * 64}  {name}\n" for name in listed)
    (out / SUMS).write_text(f"{text}no line of it\n")
    build(Order(rules=few[:1]), out)
    assert outside.read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_said_so(few: list[Rule], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        build(Order(rules=few[:1]), tmp_path / "file/below")


@pytest.mark.parametrize("stack", ["7.17", "8.18", "9", "10.0", "9.5; rm", "9.5.3.1", "x"])
def test_a_stack_that_rules_are_not_for_is_refused(stack: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no version of the stack"):
        build(Order(stack=stack), tmp_path)
    assert files_of(tmp_path) == {}


def test_the_command_builds_and_says_where(few: list[Rule], tmp_path: Path) -> None:
    rule = tmp_path / "rule.yml"
    rule.write_text(ONE)
    readme = tmp_path / "README.md"
    readme.write_text(f"{summary.BEGIN}\n{summary.END}\n")
    command = (sys.executable, "-W", "error", "-m", "agentwarrant", "build", "elastic")
    options = ("--out", "out", "--no-pack", "--rules", "rule.yml", "--stack", "9.x")
    done = subprocess.run(
        [*command, *options, "--write", "README.md"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert "files into out" in done.stderr
    assert "1 of 1 rules run in Elastic" in readme.read_text()
    manifest = yaml.safe_load((tmp_path / "out/agentwarrant/manifest.yml").read_text())
    assert manifest["conditions"]["kibana"]["version"] == "^9.0.0"


def test_rules_over_others_data_stand_apart_and_are_switched_off_as_well(whole: Path) -> None:
    own = {rule["rule_id"] for rule in lines(whole / "rules.ndjson")[:-1]}
    paths = sorted((whole / "integrations").glob("*.ndjson"))
    assert [path.stem for path in paths] == [data.name for data in integrations()]
    text = (whole / "integrations/README.md").read_text()
    for path in paths:
        *rules, last = lines(path)
        assert last["exported_rules_count"] == len(rules) > 0
        assert not any(rule["enabled"] for rule in rules)
        assert not own & {rule["rule_id"] for rule in rules}
    assert all(data.title in text and data.less in text for data in integrations())


def test_rules_that_join_an_inventory_are_built_for_each_tenant(tmp_path: Path) -> None:
    tenants = {one: Tenant(one, ()) for one in ("acme", "Globex Corp")}
    config = Config(tmp_path / "agentwarrant.yml", tmp_path, {}, tenants)
    few = [rule for rule in shipped_rules() if rule.short_id == "AIA-CRD-007"]
    build(Order(few, config), tmp_path)
    for own, other in (("acme", "globex_corp"), ("globex_corp", "acme")):
        text = (tmp_path / f"integrations/{own}/okta_accounts.ndjson").read_text()
        assert f"agentwarrant-inventory-{own} ON" in text
        assert f"agentwarrant-inventory-{other}" not in text
    assert not (tmp_path / "integrations/okta_accounts.ndjson").exists()
    assert (tmp_path / "integrations/okta.ndjson").exists()


# The package ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stack", "wanted"),
    [("8.19", "^8.19.0"), ("9.5", "^9.0.0"), ("9.0.1", "^9.0.0"), ("serverless", "^9.0.0")],
)
def test_the_manifest_says_which_kibana_it_is_for(stack: str, wanted: str) -> None:
    manifest = yaml.safe_load(package.package([], "# It\n", stack)["manifest.yml"])
    assert manifest["conditions"]["kibana"]["version"] == wanted
    assert manifest["conditions"]["elastic"]["capabilities"] == ["security"]
    assert manifest["version"] == __version__


def test_the_changelog_tells_of_the_version_of_the_manifest() -> None:
    made = package.package([], "# It\n", "8.19")
    assert yaml.safe_load(made["changelog.yml"])[0]["version"] == __version__


def test_a_rule_of_the_package_says_nothing_about_being_switched_on(whole: Path) -> None:
    for path in (whole / "agentwarrant/kibana/security_rule").glob("*.json"):
        asset = json.loads(path.read_bytes())
        assert asset["id"] == asset["attributes"]["rule_id"] == path.stem
        assert asset["type"] == "security-rule"
        assert not {"enabled", "actions"} & asset["attributes"].keys()


def test_the_dashboards_of_the_package_refer_to_nothing_that_it_lacks(whole: Path) -> None:
    paths = sorted((whole / "agentwarrant/kibana/dashboard").glob("*.json"))
    assert [path.stem for path in paths] == sorted(board.id for board in boards())
    for path in paths:
        made = json.loads(path.read_bytes())
        assert made["id"] == path.stem
        wanted = {(one["type"], one["id"]) for one in made["references"]}
        assert wanted == {("index-pattern", PACKAGE_DATA_VIEW)}


def test_the_zip_holds_the_package_under_its_name_and_version(whole: Path) -> None:
    body = (whole / f"agentwarrant-{__version__}.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(body)) as zipped:
        held = {name: zipped.read(name) for name in zipped.namelist()}
    home = whole / "agentwarrant"
    wanted = {f"agentwarrant-{__version__}/{name}": text for name, text in files_of(home).items()}
    assert held == wanted


def test_the_readme_of_the_package_names_every_rule_and_dashboard(whole: Path) -> None:
    text = (whole / "agentwarrant/docs/README.md").read_text()
    assert all(f"`{rule.short_id}`" in text for rule in shipped_rules() if rule.alerts)
    assert all(board.title in text for board in boards())


# The overview -----------------------------------------------------------------------------------


def test_a_refused_rule_is_listed_with_its_reason_and_as_no_markup(few: list[Rule]) -> None:
    rules = [few[0], *load_text(FOREIGN)]
    rendered = render(rules, fields_for(rules))
    text = summary.overview(rendered)
    assert text.startswith("1 of 2 rules run in Elastic")
    assert "A rule about \\| other events" in text
    assert rendered.refused[0].reason in text


def test_the_overview_goes_between_its_markers(few: list[Rule]) -> None:
    rendered = render(few[:1], fields_for(few[:1]))
    text = f"a\n{summary.BEGIN}\nold\n{summary.END}\nb\n"
    made = summary.with_overview(text, rendered)
    assert made.startswith(f"a\n{summary.BEGIN}\n1 of 1 rules")
    assert made.endswith(f"{summary.END}\nb\n")
    assert summary.with_overview(made, rendered) == made
    with pytest.raises(UsageError, match="belong in it"):
        summary.with_overview("nothing here", rendered)


def test_a_title_is_one_cell_whatever_stands_in_it() -> None:
    assert summary.cell("a | b\n<script> & \\") == "a \\| b &lt;script> &amp; \\\\"


def test_the_readme_says_what_runs_in_elastic() -> None:
    readme = Path(__file__).parents[2] / "README.md"
    if not readme.exists():
        pytest.skip("the tests run without a checkout beside them")
    text = readme.read_text(encoding="utf-8")
    now = summary.with_overview(text, rendered_for(Order(rules=shipped_rules())))
    assert text == now, "agentwarrant build elastic --out DIR --write README.md"


def test_a_name_stands_in_the_package_as_it_was_written(few: list[Rule]) -> None:
    rule = replace(few[0], title="N\u00e4me | with signs")
    rendered = render([rule], fields_for([rule]))
    made = package.package([one.body for one in rendered.rules], "# It\n", "8.19")
    (body,) = (text for name, text in made.items() if "security_rule" in name)
    assert "N\u00e4me | with signs" in body.decode()
