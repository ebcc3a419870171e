"""Every fault of every warrant is reported at once, each with its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentwarrant.connector import IdentityKind
from agentwarrant.errors import ContentErrors, PathNotFound
from agentwarrant.warrant.kinds import Kinds
from agentwarrant.warrant.load import load_warrants, read_warrants

HEAD = """\
warrant: 1
version: {version}
agent: {{id: {agent}, name: N, kind: other, owner: o, purpose: p}}
signed: {{by: dana, at: 2026-11-01}}
valid: {{from: {start}}}
identities: [{{kind: okta.app, id: {account}}}]
"""


def text(
    agent: str = "a",
    version: int = 1,
    start: str = "2026-01-01",
    account: str = "x",
    scope: str = "{}",
) -> str:
    head = HEAD.format(agent=agent, version=version, start=start, account=account)
    return f"{head}scope: {scope}\n"


def faults(home: Path, *texts: str) -> list[str]:
    """Return what is wrong with some warrants, as file:line: what."""
    for place, one in enumerate(texts):
        (home / f"{place}.yml").write_text(one, encoding="utf-8")
    _, found = read_warrants([home])
    return [f"{Path(one.path).name}:{one.line}: {one.what}" for one in found]


def test_a_right_warrant_has_no_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, text()) == []
    assert len(load_warrants([tmp_path])) == 1


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("signed: {by: dana, at: 2026-11-01}\n", "", 1, "signed"),
        ("warrant: 1", "warrant: 2", 1, ""),
        ("version: 1", "version: 0", 2, ""),
        ("version: 1", "version: one", 2, ""),
        ("kind: other", "kind: robot", 3, "robot"),
        ("owner: o, ", "", 3, "owner"),
        ("at: 2026-11-01", "at: yesterday", 4, ""),
        ("{from: 2026-01-01}", "{from: 2026-02-01, until: 2026-01-31}", 5, "before it begins"),
        ("{from: 2026-01-01}", "{from: 2026-02-01, until: 2026-02-01}", 5, "before it begins"),
        ("identities: [{kind: okta.app, id: x}]", "identities: []", 6, ""),
        ("kind: okta.app", "kind: okta", 6, ""),
        ("id: x}", "id: x, from: 2026-02-01, until: 2026-01-01}", 6, "before it begins"),
        ("id: x}", "id: 7}", 6, ""),
        ("scope: {}", "scope: {hosts: {allow: [a.example/x]}}", 7, "no network"),
        ("scope: {}", "scope: {hosts: {deny: ['*']}}", 7, "no host"),
        ("scope: {}", "scope: {hosts: {allow: ['a.example:99999']}}", 7, "no host"),
        ("scope: {}", "scope: {hosts: {}}", 7, ""),
        ("scope: {}", "scope: {paths: {deny: ['$SECRETS/**']}}", 7, "no path can fit"),
        ("scope: {}", "scope: {paths: {allow: ['%APPDATA%/x']}}", 7, "no path can fit"),
        ("scope: {}", "scope: {hours: {zone: Mars/Base}}", 7, "no time zone"),
        ("scope: {}", "scope: {hours: {zone: ../../etc/passwd}}", 7, "no time zone"),
        ("scope: {}", "scope: {hours: {zone: UTC, from: '08:00', until: '08:00'}}", 7, "same time"),
        ("scope: {}", "scope: {hours: {zone: UTC, from: '24:00'}}", 7, ""),
        ("scope: {}", "scope: {spending: [{currency: eur, per: day, limit: 1}]}", 7, ""),
        ("scope: {}", "scope: {spending: [{currency: EUR, per: day, limit: -1}]}", 7, ""),
        (
            "scope: {}",
            "scope:\n  spending:\n  - {currency: EUR, per: day, limit: 1}\n"
            "  - {currency: EUR, per: day, limit: 2}",
            10,
            "stands twice",
        ),
        ("scope: {}", "scope: {peers: [{id: p}, {id: p, trusted: true}]}", 7, "stands twice"),
        ("scope: {}", "scope: {rates: [{of: x, per: day, limit: 0}]}", 7, ""),
        ("scope: {}", "scope: {rates: [{of: x, per: day, limit: 20000}]}", 7, ""),
        ("scope: {}", "scope: {delegation: {depth: 99}}", 7, ""),
        ("scope: {}", "scope: {tols: {allow: [x]}}", 7, "tols"),
        ("scope: {}", "scope: {tools: {allow: exec}}", 7, ""),
        ("scope: {}", "scope: {}\nstanding: [{name: n, tools: [x], hosts: ['/']}]", 8, ""),
        ("scope: {}", 'scope: {}\nstanding: [{name: n, tools: [x], paths: ["$X/y"]}]', 8, "fit"),
        ("scope: {}", "scope: {}\nscope: {tools: {allow: ['*']}}", 8, "stands here twice"),
        ("scope: {}", "scope: !!python/object/apply:os.system [ls]", 7, "tag"),
        ("scope: {}", "scope: [", 8, "not YAML"),
    ],
)
def test_each_fault_has_the_line_it_stands_on(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    whole = text()
    assert old in whole
    found = faults(tmp_path, whole.replace(old, new, 1))
    assert any(one.startswith(f"0.yml:{line}: ") and said in one for one in found), found


def test_the_faults_of_all_files_come_at_once(tmp_path: Path) -> None:
    wrong = (
        text("b", account="y").replace("version: 1", "version: 0").replace("kind: other", "kind: x")
    )
    bad = text("c", account="z", scope="{hosts: {allow: [a/b, '*']}, hours: {zone: X}}")
    found = faults(tmp_path, wrong, text(), bad, "", "not a mapping\n")
    by_file = {
        name: [one for one in found if one.startswith(name)] for name in ("0", "1", "2", "3", "4")
    }
    assert [len(one) for one in by_file.values()] == [2, 0, 3, 1, len(by_file["4"])]
    assert by_file["4"]
    with pytest.raises(ContentErrors) as caught:
        load_warrants([tmp_path])
    assert len(caught.value.faults) == len(found)


def test_what_the_schema_refuses_hides_no_other_fault(tmp_path: Path) -> None:
    wrong = """\
warrant: 1
version: one
agent: {id: a, name: A, kind: other, owner: TODO, purpose: TODO}
signed: {by: dana, at: 2026-13-01}
identities:
  - {kind: okta.app}
  - {kind: okta.app, id: x, from: 2026-02-01, until: 2026-01-01}
scope:
  hosts: {allow: [7, 'a b', 8, 'c d']}
  hours: {zone: Mars/Olympus}
  peers: [{id: p}, {id: p}]
  paths: yes
"""
    found = faults(tmp_path, wrong)
    lines = [int(one.split(":")[1]) for one in found]
    assert lines == [2, 3, 3, 4, 6, 7, 9, 9, 9, 9, 10, 11, 12], found
    assert any("'c d' is no host" in one for one in found)


def test_a_warrant_that_nobody_signed_says_how_to_sign_it(tmp_path: Path) -> None:
    unsigned = "\n".join(one for one in text().splitlines() if not one.startswith("signed"))
    (tmp_path / "0.yml").write_text(unsigned)
    with pytest.raises(ContentErrors) as caught:
        load_warrants([tmp_path])
    (fault,) = caught.value.faults
    assert fault.mend.endswith("signed: {by: dana@acme.example, at: 2026-11-01}")


def test_several_warrants_of_one_file_have_lines_of_their_own(tmp_path: Path) -> None:
    two = text() + "---\n" + text("b", account="y", scope="{hosts: {deny: ['*']}}")
    assert faults(tmp_path, two) == ["0.yml:15: '*' is no host"]


# Accounts and versions ---------------------------------------------------------------------


def test_an_account_that_two_agents_claim_is_a_fault_that_names_both(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, text("a"), text("b"))
    assert fault.startswith("1.yml:6: okta.app:x is claimed by a too (")
    assert "0.yml:6" in fault


@pytest.mark.parametrize(
    ("first", "second", "count"),
    [
        ("id: x, until: 2026-03-01}", "id: x, from: 2026-03-01}", 0),
        ("id: x, until: 2026-03-02}", "id: x, from: 2026-03-01}", 1),
        ("id: x, from: 2026-03-01}", "id: x, until: 2026-03-01}", 0),
        ("id: x}", "id: x, from: 2030-01-01}", 1),
        ("id: x}\nrevoked: 2026-03-01", "id: x, from: 2026-03-01}", 1),
    ],
)
def test_claims_of_other_times_do_not_meet(
    tmp_path: Path, first: str, second: str, count: int
) -> None:
    one = text("a").replace("id: x}", first, 1)
    if "revoked" in first:
        one = text("a") + "revoked: 2026-03-01\n"
    other = text("b").replace("id: x}", second, 1)
    assert len(faults(tmp_path, one, other)) == count


def test_an_account_may_pass_on_when_a_warrant_ends_is_revoked_or_has_a_next_version(
    tmp_path: Path,
) -> None:
    heir = text("b", start="2026-03-01")
    ended = text("a").replace("{from: 2026-01-01}", "{from: 2026-01-01, until: 2026-03-01}")
    assert faults(tmp_path, ended, heir) == []
    assert faults(tmp_path, text("a") + "revoked: 2026-03-01\n", heir) == []
    assert faults(tmp_path, text("a"), heir, text("a", 2, "2026-03-01", "other")) == []
    found = faults(tmp_path, text("a"), heir, text("a", 2, "2026-03-02", "other"))
    assert len(found) == 1


def test_tenants_do_not_meet(tmp_path: Path) -> None:
    assert faults(tmp_path, text("a"), text("b") + "tenant: other\n") == []


def test_case_makes_no_other_account_where_the_vendor_has_none(tmp_path: Path) -> None:
    from agentwarrant.connector import IdentityKind
    from agentwarrant.warrant.kinds import Kinds

    kinds = Kinds({"okta.app": IdentityKind("okta.app", "t", fold=True)})
    for name, account in (("a", "x@Acme"), ("b", "X@acme")):
        (tmp_path / f"{name}.yml").write_text(text(name, account=account))
    _, found = read_warrants([tmp_path], kinds)
    assert len(found) == 1


@pytest.mark.parametrize(
    ("versions", "said"),
    [
        ([(1, "2026-01-01"), (2, "2026-02-01")], ""),
        ([(1, "2026-01-01"), (1, "2026-02-01")], "version 1 twice"),
        ([(1, "2026-01-01"), (2, "2026-01-01")], "begin at the same time"),
        ([(2, "2026-01-01"), (1, "2026-02-01")], "version 1 begins after 2"),
    ],
)
def test_versions_of_one_agent_follow_each_other(
    tmp_path: Path, versions: list[tuple[int, str]], said: str
) -> None:
    found = faults(tmp_path, *(text("a", version, start) for version, start in versions))
    assert bool(found) is bool(said)
    assert all(said in one and one.startswith("1.yml:1: ") for one in found)


def test_the_version_in_force_is_the_one_of_the_time(tmp_path: Path) -> None:
    faults(tmp_path, text("a"), text("a", 2, "2026-02-01T12:00:00+02:00"))
    registry = load_warrants([tmp_path])
    change = 1769940000000  # 2026-02-01T10:00Z
    for time, version in ((0, 1), (change - 1, 1), (change, 2), (1 << 60, 2)):
        found = registry.version("default", "a", time)
        assert found is not None
        assert found.version == version
    assert registry.version("other", "a", 0) is None
    assert registry.version("default", "b", 0) is None


def test_an_account_is_its_agents_after_the_warrant_but_not_after_itself_has_ended(
    tmp_path: Path,
) -> None:
    one = text("a").replace("{from: 2026-01-01}", "{from: 2026-01-01, until: 2026-02-01}")
    faults(tmp_path, one.replace("id: x}", "id: x, until: 2026-03-01}"))
    registry = load_warrants([tmp_path])
    february, april = 1770000000000, 1775000000000
    assert registry.holder("default", "okta.app:x", february) is not None
    assert registry.holder("default", "okta.app:x", april) is None
    assert registry.holder("other", "okta.app:x", february) is None


@pytest.mark.parametrize(
    ("written", "milliseconds"),
    [
        ("2026-01-31", 1769817600000),
        ("2026-01-31T10:00:00Z", 1769853600000),
        ("'2026-01-31T10:00:00Z'", 1769853600000),
        ("2026-01-31T11:00:00+01:00", 1769853600000),
    ],
)
def test_times_are_read_with_their_zone_and_dates_as_midnight(
    tmp_path: Path, written: str, milliseconds: int
) -> None:
    assert faults(tmp_path, text(start=written)) == []
    (one,) = load_warrants([tmp_path])
    assert one.start == milliseconds


# Hostile files -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "whole",
    [
        "a: &a [x, x]\n" + "".join(f"{c}: &{c} [{','.join(['*' + p] * 9)}]\n" for p, c in
                                   zip("abcdefgh", "bcdefghi", strict=True)),
        "x: " + "y" * (1 << 21),
        "a: &a [*a]",
        "? {a: b}\n: c",
        "\t",
        "%YAML 9.9\n---\nx",
        "- " * 300,
        "[" * 300,
        "x: !!binary aGk=",
        "<<: {warrant: 1}",
        "null",
        "[]",
        "\ufeff",
        "x: \x00",
        "\U0001f600: 1",
        "1: 2",
        "{}",
        "at: 2026-02-30",
    ],
    ids=range(18),
)  # fmt: skip
def test_a_hostile_file_is_a_fault_and_no_more(tmp_path: Path, whole: str) -> None:
    assert faults(tmp_path, whole)


def test_a_file_that_is_no_text_or_cannot_be_opened_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(b"\xff\xfe\x00warrant: 1")
    (tmp_path / "b.yml").mkdir()
    (tmp_path / "c.yml").symlink_to(tmp_path / "nowhere")
    _, found = read_warrants([tmp_path])
    assert {Path(one.path).name for one in found} == {"a.yml", "b.yml", "c.yml"}


def test_a_path_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(PathNotFound):
        load_warrants([tmp_path / "none"])


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    faults(tmp_path, text())
    assert len(load_warrants([tmp_path, tmp_path / "0.yml", tmp_path])) == 1


def test_a_key_that_two_warrants_claim_is_one_fault_by_its_id_or_its_hash(tmp_path: Path) -> None:
    kinds = Kinds({"okta.app": IdentityKind("okta.app", "App", credential=True)})
    for agent in ("a", "b"):
        (tmp_path / f"{agent}.yml").write_text(text(agent=agent), encoding="utf-8")
    _, found = read_warrants([tmp_path], kinds, lambda identity: f"#{identity}")
    assert len(found) == 1
    (tmp_path / "b.yml").write_text(text(agent="b", account='"#x"'), encoding="utf-8")
    _, found = read_warrants([tmp_path], kinds, lambda identity: f"#{identity}")
    assert len(found) == 1
