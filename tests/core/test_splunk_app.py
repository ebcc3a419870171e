"""The app: one file, the same each time, in which everything that is named is there.

It is looked at as it is packed: unpacked by Python's own tar, its conf files read by a reader and
its searches by a parser that share nothing with what wrote them.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import struct
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ElementTree
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

import pytest
from tests.shipped import shipped_rules
from tests.spl import Macro, conditions, cost, evals, evaluating, naming, parse, syntax
from tests.spl.confs import read

from agentwarrant import __version__, schema
from agentwarrant.config import Config, Tenant
from agentwarrant.errors import UsageError
from agentwarrant.redact import Redactor
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.model import Rule
from agentwarrant.siem.elastic import mapping
from agentwarrant.siem.folder import SUMS
from agentwarrant.siem.plugin import Order
from agentwarrant.siem.splunk import names
from agentwarrant.siem.splunk.app import of_tenant
from agentwarrant.siem.splunk.build import build
from agentwarrant.siem.splunk.form import INDEXED, field_name
from agentwarrant.siem.splunk.summary import with_overview

FEW = 6
"""Rules that most builds here are made of: rendering all takes seconds."""
OF_SPLUNK = {"_time", "_raw", "_indextime", "index", "sourcetype", "source", "host", "eventtype"}
"""Fields that every event has."""
MENU = {"search", "reports", "alerts", "dashboards"}
"""Views that Splunk has in every app."""
ACTIONS = {"correlationsearch", "notable", "risk"}
"""Actions of Enterprise Security."""
COMMANDS = {
    "search", "where", "eval", "fields", "table", "rename", "fillnull", "sort", "head", "dedup",
    "streamstats", "eventstats", "stats", "mvexpand", "lookup", "inputlookup", "outputlookup",
    "append", "union", "multisearch", "tstats", "timechart", "chart",
}  # fmt: skip
"""Commands of Splunk that our searches may have."""


AT_HEAD = (syntax.Sort, syntax.Stats)
"""Commands after which rows are at the search head ("Command types", Search Reference)."""


def tarred(package: Path) -> tarfile.TarFile:
    return tarfile.open(package, mode="r:gz")


def unpacked(package: Path) -> dict[str, bytes]:
    """Return the files of a package by their path in the app."""
    with tarred(package) as made:
        found = {}
        for entry in made:
            body = made.extractfile(entry)
            if body is not None:
                found[entry.name.removeprefix(f"{names.APP}/")] = body.read()
        return found


@pytest.fixture(scope="module")
def few() -> list[Rule]:
    return [rule for rule in shipped_rules() if rule.alerts and rule.tree][:FEW]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the shipped rules are built into."""
    out = tmp_path_factory.mktemp("whole")
    build(Order(rules=shipped_rules()), out)
    return out


@pytest.fixture(scope="module")
def package(whole: Path) -> Path:
    (made,) = whole.glob("*.spl")
    return made


@pytest.fixture(scope="module")
def app(package: Path) -> dict[str, bytes]:
    return unpacked(package)


@pytest.fixture(scope="module")
def confs(app: dict[str, bytes]) -> dict[str, dict[str, dict[str, str]]]:
    """The conf files of the app by name."""
    return {
        PurePosixPath(path).stem: read(body)
        for path, body in app.items()
        if path.startswith("default/") and path.endswith(".conf")
    }


Confs = dict[str, dict[str, dict[str, str]]]


# The folder -------------------------------------------------------------------------------------


def test_exactly_one_file_is_to_be_uploaded(whole: Path) -> None:
    found = {path.relative_to(whole).as_posix() for path in whole.rglob("*") if path.is_file()}
    spl = f"agentwarrant-{__version__}.spl"
    others = {one for one in found if not one.startswith(("contentctl/", "soar/"))}
    assert others == {spl, "README.md", "refused.md", SUMS}
    for line in (whole / SUMS).read_text().splitlines():
        digest, _, path = line.partition("  ")
        assert hashlib.sha256((whole / path).read_bytes()).hexdigest() == digest


def test_the_same_rules_give_the_same_bytes_wherever_they_are_built(
    few: list[Rule], tmp_path: Path
) -> None:
    build(Order(rules=few), tmp_path / "one")
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from agentwarrant.rules.load import load_rules\n"
        "from agentwarrant.siem.plugin import Order\n"
        "from agentwarrant.siem.splunk.build import build\n"
        f"rules = [rule for rule in load_rules() if rule.alerts and rule.tree][:{FEW}]\n"
        "build(Order(rules=rules), Path(sys.argv[1]))\n"
    )
    environment = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "PATH": "", "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "two")], check=True, env=environment)
    one, two = (
        {p.relative_to(tmp_path / n): p.read_bytes() for p in (tmp_path / n).rglob("*.*")}
        for n in ("one", "two")
    )
    assert one == two


def test_what_an_earlier_build_left_goes_and_what_it_did_not_write_stays(
    few: list[Rule], tmp_path: Path
) -> None:
    build(Order(rules=few), tmp_path)
    (old,) = tmp_path.glob("*.spl")
    other = old.with_name("agentwarrant-0.0.1.spl")
    old.rename(other)
    sums = tmp_path / SUMS
    sums.write_text(sums.read_text().replace(old.name, other.name))
    (tmp_path / "mine.txt").write_text("mine")
    build(Order(rules=few), tmp_path)
    assert [path.name for path in tmp_path.glob("*.spl")] == [old.name]
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_said(few: list[Rule], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        build(Order(rules=few), tmp_path / "file")


def test_a_rule_that_cannot_mean_the_same_is_named_with_its_reason(tmp_path: Path) -> None:
    foreign = "title: A | rule\nid: 22222222-2222-4222-8222-222222222222\nlevel: low\n"
    foreign += "logsource: {product: windows}\ndetection:\n  one: {EventID: 1}\n  condition: one\n"
    path = tmp_path / "foreign.yml"
    path.write_text(foreign)
    build(Order(rules=load_rules([path], pack=False)), tmp_path / "out")
    refused = (tmp_path / "out/refused.md").read_text()
    assert "0 of 1 rules run in Splunk" in refused
    assert r"A \| rule" in refused
    assert "it is about other events than those of agents" in refused


# The package ------------------------------------------------------------------------------------


def test_the_package_is_one_folder_of_files_that_anybody_may_read(package: Path) -> None:
    with tarred(package) as made:
        entries = made.getmembers()
    assert entries[0].name == names.APP
    assert len({entry.name for entry in entries}) == len(entries)
    for entry in entries:
        assert entry.name == names.APP or entry.name.startswith(f"{names.APP}/")
        assert entry.isdir() or entry.isreg()
        assert entry.mode == (0o755 if entry.isdir() else 0o644)
        assert (entry.uid, entry.gid, entry.uname, entry.gname, entry.mtime) == (0, 0, "", "", 0)


def test_nothing_of_the_customers_and_nothing_of_a_workplace_is_in_it(
    app: dict[str, bytes],
) -> None:
    for path in app:
        parts = PurePosixPath(path).parts
        assert not [part for part in parts if part.startswith(".") or part == "__pycache__"]
        assert parts[0] != "local"
        assert path not in ("metadata/local.meta", "default/inputs.conf", "default/passwords.conf")
        assert PurePosixPath(path).suffix not in (".pyc", ".so", ".dll", ".exe", ".pyd")


def test_no_secret_is_in_it(app: dict[str, bytes]) -> None:
    redactor = Redactor(b"key")
    for path, body in app.items():
        if path.startswith("default/") or path.endswith((".md", ".csv", ".meta", ".manifest")):
            _, found = redactor.text(body.decode())
            assert found <= {"named_secret"}, path  # inputs have tokens, and rules look for such


def test_it_says_one_version_and_one_name(app: dict[str, bytes], confs: Confs) -> None:
    said = confs["app"]
    info = json.loads(app["app.manifest"])["info"]
    assert info["id"]["name"] == said["package"]["id"] == said["id"]["name"] == names.APP
    assert (
        info["id"]["version"] == said["id"]["version"] == said["launcher"]["version"] == __version__
    )
    assert info["license"]["text"] in app
    assert info["releaseNotes"]["text"] in app


# Icons ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "size"),
    [("appIcon", 36), ("appIconAlt", 36), ("appIcon_2x", 72), ("appIconAlt_2x", 72)],
)
def test_an_icon_is_a_picture_of_the_size_that_splunk_shows(
    app: dict[str, bytes], name: str, size: int
) -> None:
    body = app[f"static/{name}.png"]
    assert body[:8] == b"\x89PNG\r\n\x1a\n"
    chunks = dict(png_chunks(body[8:]))
    assert struct.unpack(">II", chunks[b"IHDR"][:8]) == (size, size)
    rows = zlib.decompress(chunks[b"IDAT"])
    assert len(rows) == size * (1 + 4 * size)
    middle = size // 2 * (4 * size + 1) + 1
    pixels = {rows[at : at + 4] for at in range(middle, middle + 4 * size, 4)}
    assert len(pixels) > 4  # it shows something


def png_chunks(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    while body:
        size = int.from_bytes(body[:4], "big")
        kind, said = body[4:8], body[8 : 8 + size]
        assert zlib.crc32(kind + said) == int.from_bytes(body[8 + size : 12 + size], "big")
        yield kind, said
        body = body[12 + size :]


# What names what --------------------------------------------------------------------------------


@cache
def fields() -> frozenset[str]:
    """Return the fields that our documents have, as they are called there.

    What is mapped in Elastic is all that findings and responses say besides.
    """
    known = {*schema.load("ecs.json")["fields"], *schema.own_fields(), *mapping.fields()}
    return frozenset({field_name(name) for name in known} | set(INDEXED.values()) | OF_SPLUNK)


def macros_of(confs: Confs) -> dict[str, Macro]:
    return {
        name: Macro(
            keys["definition"],
            tuple(part.strip() for part in keys.get("args", "").split(",") if part),
        )
        for name, keys in confs["macros"].items()
    }


def columns_of(confs: Confs, app: dict[str, bytes]) -> dict[str, set[str]]:
    """Return the columns of every lookup."""
    made = {}
    for name, keys in confs["transforms"].items():
        if "filename" in keys:
            head = next(csv.reader(io.StringIO(app[f"lookups/{keys['filename']}"].decode())))
            made[name] = set(head)
        else:
            made[name] = {part.strip() for part in keys["fields_list"].split(",")}
    return made


def searches(app: dict[str, bytes], confs: Confs) -> dict[str, str]:
    """Return every search of the app, of saved searches and of dashboards, as Splunk runs it."""
    found = {name: keys["search"] for name, keys in confs["savedsearches"].items()}
    for path, body in app.items():
        if path.startswith("default/data/ui/views/"):
            root = ElementTree.fromstring(body)  # noqa: S314  # it is our own
            made = json.loads(root.findtext("definition") or "")
            for name, source in made["dataSources"].items():
                query = re.sub(r"\$[a-z_.]+(\|s)?\$", '"x"', source["options"]["query"])
                found[f"{path}: {name}"] = query
    return {
        n: text if text.lstrip().startswith("|") else f"search {text}" for n, text in found.items()
    }


def test_every_search_names_only_what_there_is(app: dict[str, bytes], confs: Confs) -> None:
    known, lookups = macros_of(confs), columns_of(confs, app)
    commands = COMMANDS | confs.get("commands", {}).keys()
    found = searches(app, confs)
    assert len(found) > 30
    for name, text in found.items():
        named = naming.names(text, known)
        assert named.macros <= known.keys(), name
        assert named.commands <= commands, name
        assert named.indexed <= set(INDEXED.values()), name
        for lookup, columns in named.lookups.items():
            assert columns <= lookups[lookup], (name, lookup)


def test_searches_over_our_events_read_fields_that_our_events_have(
    app: dict[str, bytes], confs: Confs
) -> None:
    known, lookups = macros_of(confs), columns_of(confs, app)
    for name, text in searches(app, confs).items():
        if f'sourcetype="{names.APP}:' not in text and f"sourcetype={names.APP}:" not in text:
            continue
        named = naming.names(text, known)
        from_lookups = set().union(*(lookups[one] for one in named.lookups))
        assert named.read <= fields() | from_lookups, name


def test_no_search_costs_more_than_one_may(app: dict[str, bytes], confs: Confs) -> None:
    known = macros_of(confs)
    for name, text in searches(app, confs).items():
        assert cost.faults(text, known) == [], name
    for keys in confs["savedsearches"].values():
        said = (value for key, value in keys.items() if key.startswith("dispatch."))
        assert not any(map(cost.is_real_time, said))


def test_every_macro_of_a_search_is_used(app: dict[str, bytes], confs: Confs) -> None:
    used = {name for text in searches(app, confs).values() for name in re.findall(r"`(\w+)", text)}
    assert confs["macros"].keys() <= used


def test_every_action_of_a_saved_search_is_there(confs: Confs) -> None:
    known = ACTIONS | confs.get("alert_actions", {}).keys() | {names.ALERT_ACTION}
    for name, keys in confs["savedsearches"].items():
        actions = {key.split(".")[1] for key in keys if key.startswith("action.")}
        assert actions <= known, name


def test_no_saved_search_is_switched_on(confs: Confs) -> None:
    assert {keys["disabled"] for keys in confs["savedsearches"].values()} == {"1"}
    assert not [
        n for n, keys in confs["savedsearches"].items() if "rt" in keys["dispatch.latest_time"]
    ]


def test_lookups_are_of_collections_and_files_that_are_there(
    app: dict[str, bytes], confs: Confs
) -> None:
    collections = set()
    for name, keys in confs["transforms"].items():
        if "filename" in keys:
            assert f"lookups/{keys['filename']}" in app
            continue
        collections.add(keys["collection"])
        listed = columns_of(confs, app)[name] - {"_key"}
        defined = confs["collections"][keys["collection"]]
        assert listed == {key[6:] for key in defined if key.startswith("field.")}
        for key, value in defined.items():
            if key.startswith("accelerated_fields."):
                assert set(json.loads(value)) <= listed
    assert collections == confs["collections"].keys()
    csvs = {path for path in app if path.startswith("lookups/")}
    assert csvs == {
        f"lookups/{k['filename']}" for k in confs["transforms"].values() if "filename" in k
    }


def test_what_searches_write_is_read_where_it_is_fresh(app: dict[str, bytes], confs: Confs) -> None:
    """Indexers have an old copy or none: rows must be at the search head before they look up."""
    fresh = {n for n, keys in confs["collections"].items() if keys.get("replicate") != "true"}
    found = 0
    for name, text in searches(app, confs).items():
        at_head = False
        for command in parse(text, macros_of(confs)):
            at_head = at_head or isinstance(command, AT_HEAD)
            if isinstance(command, syntax.Lookup) and command.table in fresh:
                assert at_head, name
                found += 1
    assert found


def test_tags_are_of_event_types_and_event_types_of_source_types(confs: Confs) -> None:
    assert {name.removeprefix("eventtype=") for name in confs["tags"]} == confs["eventtypes"].keys()
    for name, keys in confs["eventtypes"].items():
        read_ = dict(conditions_of(keys["search"]))
        assert set(read_) <= fields(), name
        assert set(re.findall(r'sourcetype="([^"]+)"', keys["search"])) <= confs["props"].keys()


def conditions_of(text: str) -> Iterator[tuple[str, bool]]:
    yield from naming.condition_fields(conditions.condition(text))


def test_calculated_fields_read_what_is_extracted_from_events(confs: Confs) -> None:
    assert set(confs["props"]) == {names.sourcetype(kind) for kind in names.KINDS}
    for keys in confs["props"].values():
        for key, value in keys.items():
            if key.startswith("EVAL-"):
                assert set(evaluating._names(evals.expression(value))) <= fields(), key


def test_fields_that_are_indexed_are_said_to_be(confs: Confs) -> None:
    assert confs["fields"] == {name: {"INDEXED": "true"} for name in INDEXED.values()}


def test_the_menu_names_views_that_are_there_and_all_of_them(app: dict[str, bytes]) -> None:
    root = ElementTree.fromstring(app["default/data/ui/nav/default.xml"])  # noqa: S314  # it is our own
    listed = [str(view.get("name")) for view in root.iter("view")]
    there = {PurePosixPath(p).stem for p in app if p.startswith("default/data/ui/views/")}
    assert there
    assert set(listed) == there | MENU
    assert len(listed) == len(set(listed))
    assert [view.get("name") for view in root.iter("view") if view.get("default")] == listed[:1]


def test_programs_that_a_conf_file_names_are_there_and_run_by_the_newest_python(
    app: dict[str, bytes], confs: Confs
) -> None:
    for name, keys in confs.get("commands", {}).items():
        assert f"bin/{keys['filename']}" in app, name
        assert keys["python.required"] == "3.13"
    for name, keys in confs.get("alert_actions", {}).items():
        assert f"bin/{keys['alert.execute.cmd']}" in app, name
        assert f"default/data/ui/alerts/{name}.html" in app
        assert f"static/{keys['icon_path']}" in app
        assert keys["python.required"] == "3.13"


def test_what_other_apps_see_is_shared_with_them(app: dict[str, bytes], confs: Confs) -> None:
    meta = read(app["metadata/default.meta"])
    assert meta[""] == {"access": "read : [ * ], write : [ admin, sc_admin ]", "export": "none"}
    shared = {name for name, keys in meta.items() if keys.get("export") == "system"}
    assert {"props", "transforms", "eventtypes", "tags", "fields", "macros", "lookups"} <= shared
    assert confs.keys() - shared <= {"app"}


# Tenants ----------------------------------------------------------------------------------------


def configured(tmp_path: Path) -> Config:
    tenants = {
        "acme": Tenant("acme", ()),
        "Umbrella Corp": Tenant("Umbrella Corp", (), index="u-2"),
    }
    return Config(tmp_path / "agentwarrant.yml", tmp_path, tenants=tenants)


def test_each_tenant_has_its_index_and_a_macro_that_says_so(
    few: list[Rule], tmp_path: Path
) -> None:
    build(Order(rules=few, config=configured(tmp_path)), tmp_path / "out")
    (package,) = (tmp_path / "out").glob("*.spl")
    macros = read(unpacked(package)["default/macros.conf"])
    found = {n: keys["definition"] for n, keys in macros.items() if n.startswith(names.INDEXES)}
    assert found == {
        names.INDEXES: '(index="agentwarrant_acme" OR index="u-2")',
        of_tenant("acme"): '(index="agentwarrant_acme")',
        of_tenant("Umbrella Corp"): '(index="u-2")',
    }
    assert of_tenant("Umbrella Corp") == "agentwarrant_indexes_umbrella_corp"


# What people read -------------------------------------------------------------------------------


def test_the_readme_of_the_app_lists_its_rules_and_claims_nothing(app: dict[str, bytes]) -> None:
    text = app["README.md"].decode()
    assert "no search of it was executed by\nSplunk" in text
    for rule in shipped_rules():
        if rule.alerts:
            assert rule.short_id in text


def test_an_overview_stands_between_its_markers(few: list[Rule]) -> None:
    from agentwarrant.siem.splunk.render import render

    text = with_overview("a\n<!-- splunk -->\nold\n<!-- /splunk -->\nb\n", render(few))
    assert text.startswith("a\n<!-- splunk -->\n")
    assert f"of {len(few)} rules run in Splunk" in text
    assert "old" not in text
