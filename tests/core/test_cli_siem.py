"""``install``, ``uninstall``: what is wrong is said before a server is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from agentwarrant.cli import siem
from agentwarrant.errors import AgentWarrantError, ContentErrors, TargetUnreachable, UsageError

CONFIG = """
targets:
  one: {kind: elastic, url: "http://127.0.0.1:1"}
  two: {kind: elastic, url: "http://127.0.0.1:1"}
  os: {kind: opensearch, url: "http://127.0.0.1:1"}
tenants:
  acme: {targets: [one, os]}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration whose servers nobody runs."""
    path = tmp_path / "agentwarrant.yml"
    path.write_text(CONFIG)
    return path


def run(*arguments: str | Path) -> None:
    app = typer.Typer()
    siem.register(app)
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    if done.exception is not None:
        raise done.exception


ONE = """
title: One rule
id: 11111111-1111-4111-8111-111111111111
level: low
logsource: {category: ai_agent, product: agentwarrant}
detection:
  one: {event.action: tool_call}
  condition: one
"""


@pytest.mark.parametrize(("first", "second"), [("elastic", "splunk"), ("splunk", "elastic")])
def test_a_folder_that_holds_another_build_keeps_it(
    tmp_path: Path, first: str, second: str
) -> None:
    (tmp_path / "one.yml").write_text(ONE)
    rules = ("--rules", tmp_path / "one.yml", "--no-pack")
    run("build", first, "--out", tmp_path / "dist", *rules)
    before = {p: p.read_bytes() for p in (tmp_path / "dist").rglob("*") if p.is_file()}
    with pytest.raises(UsageError, match=r"dist: the folder holds another build \(name another"):
        run("build", second, "--out", tmp_path / "dist", *rules)
    run("build", first, "--out", tmp_path / "dist", *rules)
    run("build", second, "--out", tmp_path / "dist/other", *rules)
    after = {p: p.read_bytes() for p in (tmp_path / "dist").rglob("*") if p.is_file()}
    assert after.items() >= before.items()


def test_a_folder_with_sums_of_somebody_elses_keeps_what_they_are_of(tmp_path: Path) -> None:
    (tmp_path / "one.yml").write_text(ONE)
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  precious\n")
    with pytest.raises(UsageError, match="holds another build"):
        run("build", "elastic", "--out", tmp_path, "--rules", tmp_path / "one.yml", "--no-pack")
    assert (tmp_path / "precious").read_text() == "mine"


@pytest.mark.parametrize("siem", ["elastic", "splunk"])
@pytest.mark.parametrize("name", ["README.md", "refused.md", "SHA256SUMS"])
def test_a_file_that_no_build_wrote_is_not_written_over(
    tmp_path: Path, siem: str, name: str
) -> None:
    (tmp_path / "one.yml").write_text(ONE)
    rules = ("--rules", tmp_path / "one.yml", "--no-pack")
    out = tmp_path / "dist"
    out.mkdir()
    (out / name).write_text("mine")
    with pytest.raises(UsageError, match=r"dist: .*(move it away|name another)"):
        run("build", siem, "--out", out, *rules)
    assert [(p.name, p.read_text()) for p in out.rglob("*")] == [(name, "mine")]


def test_a_later_build_writes_over_nothing_that_came_into_the_folder_since(tmp_path: Path) -> None:
    (tmp_path / "one.yml").write_text(ONE)
    rules = ("--rules", tmp_path / "one.yml")
    out, precious = tmp_path / "dist", tmp_path / "precious"
    run("build", "elastic", "--out", out, *rules, "--no-pack")
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    precious.write_text("mine")
    new = out / "rules/4c3c9e5a-6d1f-4c53-9a3e-0c8f3d0b7a11.json"
    new.symlink_to(precious)
    (tmp_path / "two.yml").write_text(ONE.replace(ONE.split("id: ")[1].split()[0], new.stem))
    with pytest.raises(UsageError, match=rf"dist: .*: rules/{new.name} \(move it away"):
        run("build", "elastic", "--out", out, *rules, "--rules", tmp_path / "two.yml", "--no-pack")
    assert precious.read_text() == "mine"
    assert {p: p.read_bytes() for p in before} == before


def test_a_build_that_was_cut_off_is_built_again(tmp_path: Path) -> None:
    (tmp_path / "one.yml").write_text(ONE)
    rules = ("--rules", tmp_path / "one.yml", "--no-pack")
    run("build", "splunk", "--out", tmp_path / "whole", *rules)
    whole = {p.name: p.read_bytes() for p in (tmp_path / "whole").iterdir() if p.is_file()}
    for kept in ({"README.md"}, {"README.md", "SHA256SUMS"}):
        cut = tmp_path / str(len(kept))
        cut.mkdir()
        for name in kept:
            (cut / name).write_bytes(whole[name])
        run("build", "splunk", "--out", cut, *rules)
        assert {p.name: p.read_bytes() for p in cut.iterdir() if p.is_file()} == whole


@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_a_siem_that_is_none_is_said_with_those_that_are(command: str, config: Path) -> None:
    with pytest.raises(UsageError, match=r"no SIEM 'elastik'.*did you mean elastic"):
        run(command, "elastik", "--config", config)


@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_of_several_targets_one_must_be_named(command: str, config: Path) -> None:
    with pytest.raises(UsageError, match=r"several targets.*--target: one, two"):
        run(command, "elastic", "--config", config)


def test_a_target_of_another_kind_is_refused(config: Path) -> None:
    (config.parent / "other.yml").write_text(CONFIG.replace("opensearch", "elastic"))
    with pytest.raises(UsageError, match=r"no target is of the kind opensearch"):
        run("install", "opensearch", "--config", config.parent / "other.yml")


def test_a_part_that_is_none_is_refused(config: Path) -> None:
    with pytest.raises(UsageError, match="--only"):
        run("install", "opensearch", "--config", config, "--only", "everything")


def test_a_tenant_that_ships_elsewhere_is_no_tenant_there(config: Path) -> None:
    config.write_text(CONFIG.replace("[one, os]", "[one]"))
    with pytest.raises(AgentWarrantError):
        run("install", "elastic", "--config", config, "--target", "two", "--dry-run")


def test_a_server_that_does_not_answer_is_said_to_be_unreachable(config: Path) -> None:
    pytest.importorskip("elasticsearch", reason="the extra elastic is not installed")
    with pytest.raises(TargetUnreachable, match="no answer"):
        run("install", "opensearch", "--config", config, "--dry-run")


def test_a_rule_that_is_faulty_stops_an_install_before_anything(
    config: Path, tmp_path: Path
) -> None:
    (tmp_path / "rule.yml").write_text("title: x\n")
    with pytest.raises(ContentErrors):
        run("install", "opensearch", "--config", config, "--rules", tmp_path / "rule.yml")
