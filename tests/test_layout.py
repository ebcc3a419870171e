"""The house stands as the plan says: leaves apart, content installed, imports in one direction."""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pytest

import agentwarrant

PACKAGE = "agentwarrant"
ENGINE = Path(str(files(PACKAGE)))
CHECKOUT = Path(__file__).parents[1]
FOLDERS = ("connectors", "playbooks", "detections", "schemas")
LEAVES = tuple(Path(str(files(f"{PACKAGE}.{folder}"))) for folder in FOLDERS)
SIDE_FILES = ("-wal", "-shm", "-journal")

ORDER = (
    "errors", "folders", "markers", "event", "records", "vocabulary", "content", "faults",
    "schema", "dialect", "taxonomy", "secretrefs", "plugins", "packed", "inputs", "jsonlines",
    "otlp", "runtimes", "useragents", "paths", "threatlists", "network", "shell", "shell.words",
    "shell.names", "shell.wrappers", "shell.command", "shell.meant", "shell.simple", "shell.cloud",
    "shell.parsing", "shell.facts", "shell.sql", "shell.options", "shell.net", "shell.host",
    "shell.code", "acts", "acts.paths", "acts.agents", "acts.programs", "warrant.variables",
    "acts.shell", "shell.commands", "signs", "signs_running", "signals", "tools", "tools.stems",
    "tools.english", "tools.acts", "tools.words", "tools.origin", "tools.payments", "denials",
    "tools.arguments", "tools.looks", "tools.shape", "acts.judged", "warrant.globs",
    "warrant.places", "acts.resource", "tools.calls", "tools.inner", "traits", "traits.words",
    "traits.tables", "traits.claims", "traits.asked", "traits.hidden", "traits.links",
    "traits.texts", "messages", "lineage", "tools.definitions", "cards", "secretshapes", "redact",
    "connector", "sessionnames", "twins", "joining", "finding", "warrant.lookalikes",
    "warrant.words", "warrant.hosts", "warrant.asked", "warrant.model", "warrant.limits",
    "warrant.kinds", "warrant.registry", "warrant.commandline", "warrant.touched", "warrant.scope",
    "warrant.checks", "warrant.load", "warrant", "authority", "identity", "shadow", "inventory",
    "intent", "intel.tokens", "intel.patterns", "intel.evaluate", "intel.anchors", "intel.observe",
    "intel.store", "intel.index", "intel.markings", "intel.reading", "intel.bounded",
    "intel.taxii", "intel.misp", "intel.pull", "intel.marking", "rules", "burst", "detect", "risk",
    "merge", "collect", "rules.check", "rules.variants", "rules.mutate", "rules.coverage",
    "rules.navigator", "engine", "parallel", "streams", "respond", "live", "intel.sharing",
    "intel.bundle", "report", "draft", "drift", "opinion", "proposal", "feed", "places", "scan",
    "casework", "taking", "watching", "configchecks", "config", "intel.feeds", "intel.partners",
    "intel.lists", "intel.accepted", "intel.push", "intel", "siem.taken", "siem.alertcursor",
    "siem.inbox", "siem.hooks", "siem.privacy", "siem.vocabulary", "siem.alternatives",
    "siem.reduced", "siem.spellings", "siem.alerting", "siem.verifying", "siem.trials",
    "siem.regexes", "siem.plugin", "siem.folder", "siem.markdown", "siem.elastic.names",
    "siem.elastic.nodes", "siem.elastic.kibana", "siem.elastic.outcomes", "siem.elastic.client",
    "siem.elastic.query", "siem.elastic.lucene", "siem.elastic.translate", "siem.elastic.kql",
    "siem.elastic.dsl", "siem.elastic.esql", "siem.elastic.frame", "siem.elastic.habits",
    "siem.elastic.counts", "siem.elastic.native", "siem.elastic.mapping", "siem.elastic.plan",
    "siem.elastic.templates", "siem.elastic.inventory", "siem.elastic.upgrade",
    "siem.elastic.shipped", "siem.elastic.roles", "siem.elastic.lifecycle",
    "siem.elastic.opensearch", "siem.elastic.state", "siem.elastic.files", "siem.elastic.install",
    "siem.elastic.removal", "siem.elastic.saved", "siem.elastic.publishing", "siem.disk",
    "siem.spool", "siem.outlet", "siem.deadletters", "siem.receiver", "siem.packing", "siem.sent",
    "siem.delivery", "siem.ship", "siem.elastic.bulk", "siem.documents", "siem.outbox",
    "siem.estimate", "siem.elastic.outgoing", "siem.elastic.settings", "siem.elastic.eql",
    "siem.elastic.columns", "siem.elastic.moments", "siem.elastic.chained", "siem.elastic.compose",
    "siem.written", "siem.guide", "siem.elastic.threat", "siem.elastic.rule",
    "siem.elastic.render", "siem.elastic.panels", "siem.elastic.dashboards",
    "siem.elastic.alertdoc", "siem.elastic.gathering", "siem.elastic.alerts",
    "siem.elastic.alertstatus", "siem.elastic.webhook", "siem.elastic.package", "siem.foreign",
    "siem.takeover", "siem.elastic.foreign", "siem.elastic.foreign_agents",
    "siem.elastic.foreign_counts", "siem.elastic.foreign_rules", "siem.elastic.intake",
    "siem.elastic.summary", "siem.elastic.monitors", "siem.elastic.build", "siem.elastic.spaces",
    "siem.elastic.alerting", "siem.elastic.plugin", "siem.elastic", "siem.splunk.names",
    "siem.splunk.form", "siem.splunk.query", "siem.splunk.settings", "siem.splunk.payload",
    "siem.splunk.answers", "siem.splunk.outcome", "siem.splunk.carrier", "siem.splunk.collector",
    "siem.splunk.hec", "siem.splunk.outgoing", "siem.splunk.spl", "siem.splunk.regular",
    "siem.splunk.expression", "siem.splunk.search", "siem.splunk.groups", "siem.splunk.metrics",
    "siem.splunk.rows", "siem.splunk.counts", "siem.splunk.steps", "siem.splunk.memory",
    "siem.splunk.habits", "siem.splunk.baseline", "siem.splunk.chained", "siem.splunk.compose",
    "siem.splunk.render", "siem.splunk.schedule", "siem.splunk.found", "siem.splunk.security",
    "siem.splunk.panels", "siem.splunk.dashboards", "siem.splunk.saved", "siem.splunk.foreign",
    "siem.splunk.foreign_search", "siem.splunk.foreign_counts", "siem.splunk.foreign_rules",
    "siem.splunk.models", "siem.splunk.soar.responder", "siem.splunk.soar", "siem.splunk.conf",
    "siem.splunk.stored", "siem.splunk.icons", "siem.splunk.tables", "siem.splunk.cim",
    "siem.splunk.signature", "siem.splunk.inside", "siem.splunk.vendored", "siem.splunk.app_bin",
    "siem.splunk.readme", "siem.splunk.app", "siem.splunk.contentpack", "siem.splunk.package",
    "siem.splunk.summary", "siem.splunk.build", "siem.splunk.splunkd", "siem.splunk.objects",
    "siem.splunk.plan", "siem.splunk.standing", "siem.splunk.switches", "siem.splunk.install",
    "siem.splunk.removal", "siem.splunk.inventory", "siem.splunk.publishing",
    "siem.splunk.declared", "siem.splunk.matches", "siem.splunk.notables", "siem.splunk.webhook",
    "siem.splunk.status", "siem.splunk.alerting", "siem.splunk.verify", "siem.splunk.plugin",
    "siem.splunk", "siem", "cli.output", "cli.asking", "cli.explaining", "cli.options",
    "cli.packs", "cli.tune", "cli.rules", "cli.threats", "cli.agents", "cli.siem", "cli.intelwork",
    "cli.intelout", "cli.intel", "cli.warrants", "cli.blocklist", "cli.audit", "cli.verify",
    "cli.alerts", "cli.respondtext", "cli.respondreport", "cli.room", "cli.evidence", "cli.votes",
    "cli.respond", "cli.playbookwork", "cli.playbooks", "cli.shipment", "cli.ship",
    "cli.responding", "cli.watch", "drill", "drill.servers", "drill.stage", "drill.clerk",
    "drill.stand", "drill.play", "cli.drill", "cli.scan", "cli.version", "cli", "__main__",
)  # fmt: skip
"""The engine's rooms in the order of the flow. A room imports only what stands before it."""

LONGEST = 350


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of every absolute import of a file, wherever it stands."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            base = node.module or ""
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def modules(*folders: Path) -> list[Path]:
    found = (p for folder in folders for p in folder.rglob("*.py"))
    return sorted(p for p in found if "__pycache__" not in p.parts)


def engine() -> list[Path]:
    """Return the engine's own files: an installed package holds the four folders as well."""
    inside = [ENGINE / folder for folder in FOLDERS]
    return [p for p in modules(ENGINE) if not any(p.is_relative_to(f) for f in inside)]


def dotted(path: Path) -> str:
    parts = path.relative_to(ENGINE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def named(path: Path) -> str:
    return dotted(path) or PACKAGE


def room(name: str) -> str:
    """Return which room of the order a module (or a name in one) belongs to; empty for none."""
    fitting = [known for known in ORDER if f"{name}.".startswith(f"{known}.")]
    return max(fitting, key=len, default="")


def shown(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


def in_checkout() -> None:
    if not all((CHECKOUT / folder).is_dir() for folder in FOLDERS):
        pytest.skip("the tests run without a checkout beside them")


@pytest.mark.parametrize("path", modules(*LEAVES), ids=lambda p: "/".join(p.parts[-3:]))
def test_a_leaf_imports_no_leaf(path: Path) -> None:
    faults = [
        f"line {line}: {name}"
        for line, name in imported(path)
        if name.removeprefix(f"{PACKAGE}.").partition(".")[0] in FOLDERS
    ]
    assert not faults, "leaves are found by looking (agentwarrant.plugins), never imported"


@pytest.mark.parametrize("path", engine(), ids=named)
def test_the_engine_imports_no_leaf_by_name(path: Path) -> None:
    names = {name.removeprefix(f"{PACKAGE}.").partition(".")[0] for _, name in imported(path)}
    assert not names & set(FOLDERS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_of_a_folder_is_installed(folder: str) -> None:
    in_checkout()
    home, installed = CHECKOUT / folder, files(f"{PACKAGE}.{folder}")
    lost = [
        path.relative_to(home).as_posix()
        for path in home.rglob("*")
        if path.is_file()
        and not path.name.endswith((".pyc", *SIDE_FILES))
        and not installed.joinpath(*path.relative_to(home).parts).is_file()
    ]
    assert not lost, f"not shipped: name its kind in setup.cfg, options.package_data: {lost}"


@pytest.mark.parametrize("path", engine(), ids=named)
def test_a_module_has_its_place_in_the_order(path: Path) -> None:
    name = dotted(path)
    assert not name or room(name), (
        f"{name} has no place in ORDER of this file: put it below everything it imports"
        " and above everything that imports it"
    )


@pytest.mark.parametrize("name", ORDER)
def test_the_order_names_only_what_there_is(name: str) -> None:
    known = {dotted(path) for path in engine()}
    assert name in known, f"{name} is gone: take it out of ORDER"


@pytest.mark.parametrize("path", engine(), ids=named)
def test_a_module_imports_only_what_stands_before_it(path: Path) -> None:
    own = room(dotted(path)) or ORDER[-1]  # what has no place is told so by another test
    wrong = [
        f"line {line}: {name}"
        for line, name in imported(path)
        if name.startswith(f"{PACKAGE}.")
        and (other := room(name.removeprefix(f"{PACKAGE}.")))
        and other in ORDER[ORDER.index(own) + 1 :]
    ]
    assert not wrong, f"{own} stands before what it imports"


def test_an_import_that_points_against_the_order_would_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "event.py"
    path.write_text("def f():\n    from agentwarrant.rules import check\n")
    assert [room(name.removeprefix("agentwarrant.")) for _, name in imported(path)] == [
        "rules.check"
    ]


def test_modules_are_short() -> None:
    in_checkout()
    homes = [CHECKOUT / name for name in ("src", "benchmarks", *FOLDERS)]
    lengths = {shown(p): len(p.read_bytes().splitlines()) for p in modules(*homes)}
    long = {p: n for p, n in lengths.items() if n > LONGEST}
    assert not long, f"more than {LONGEST} lines: take a room out of it"


UNTOUCHED = frozenset({"samples", "expected", "build", "dist", "node_modules", "__pycache__"})
"""Folders whose text somebody else wrote, or a program made."""
SEEN = frozenset("\n\t\r")


def texts() -> Iterator[tuple[Path, str]]:
    """Yield the text files of the repository."""
    pending = [CHECKOUT]
    while pending:
        for path in pending.pop().iterdir():
            hidden = path.name.startswith(".") and path.name not in (".ci", ".github")
            if hidden or path.name in UNTOUCHED or path.suffix in (".egg-info", ".pyc"):
                continue
            if path.is_dir():
                pending.append(path)
                continue
            try:
                yield path, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def invisible(character: str) -> bool:
    """Does a reader not see this character, or see the text around it in another order?"""
    unseen = unicodedata.category(character) in ("Cf", "Cc", "Co", "Cn", "Zl", "Zp")
    blank = character in "\u115f\u1160\u3164\uffa0" or "\ufe00" <= character <= "\ufe0f"
    return (unseen or blank) and character not in SEEN


def test_no_text_hides_anything() -> None:
    in_checkout()
    found = {
        shown(path): sorted({f"U+{ord(c):04X}" for c in text if invisible(c)})
        for path, text in texts()
        if not text.isascii() or any(map(invisible, set(text)))
    }
    hidden = {path: codes for path, codes in found.items() if codes}
    assert not hidden, "write it as an escape"


def test_the_version_is_the_installed_one() -> None:
    assert version(PACKAGE) == agentwarrant.__version__
