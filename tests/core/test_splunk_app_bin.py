"""What the app brings to run is pure Python that does nothing it must not."""

from __future__ import annotations

import ast
import html.parser
import json
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution

import pytest
from tests.splunk_inside import RUNTIMES

from agentwarrant.errors import MissingExtra
from agentwarrant.siem.splunk import app_bin, conf, vendored
from agentwarrant.siem.splunk.inside.warrants import FIELDS
from agentwarrant.siem.splunk.names import ALERT_ACTION, COMMAND

MOST_BYTES = 1_400_000
"""It grows a little with the judge; what takes more at once has brought a package with it."""
SDK_WRITES = {
    "bin/lib/splunklib/searchcommands/search_command.py": {"_prepare_recording"},
    "bin/lib/splunklib/searchcommands/internals.py": {"__init__"},
}
"""Functions of the SDK that write files: of its option ``record``, which the command refuses."""
COMPILES = ("bin/lib/re2.py", "bin/lib/splunklib/searchcommands/validators.py")
"""Regular expressions; and the SDK's validator of options that hold code, which we have none of."""


@pytest.fixture(scope="module", params=sorted(RUNTIMES))
def sdk(request: pytest.FixtureRequest) -> Distribution:
    found: Distribution = RUNTIMES[request.param]().sdk
    return found


@pytest.fixture(scope="module")
def made(sdk: Distribution) -> dict[str, bytes]:
    return app_bin.files(sdk)


def trees(made: dict[str, bytes]) -> Iterator[tuple[str, ast.Module]]:
    for path, body in made.items():
        if path.endswith(".py"):
            yield path, ast.parse(body)


def test_the_same_packages_make_the_same_files(sdk: Distribution, made: dict[str, bytes]) -> None:
    assert list(app_bin.files(sdk).items()) == list(made.items())


def test_it_is_python_source_tables_and_licences_alone(made: dict[str, bytes]) -> None:
    kinds = {path.rpartition("/")[2].rpartition(".")[2] for path in made}
    assert kinds == {"py", "json", "md", "LICENSE", "html", "spec"}
    assert {"bin/lib/splunklib/LICENSE", "bin/lib/idna/LICENSE.md"} <= made.keys()
    for path, body in made.items():
        body.decode()
        assert "__pycache__" not in path
    assert sum(map(len, made.values())) < MOST_BYTES, vendored.sizes(made)


def test_nothing_is_imported_that_is_neither_python_s_nor_brought(made: dict[str, bytes]) -> None:
    brought = {
        path.split("/")[2].removesuffix(".py") for path in made if path.startswith("bin/lib/")
    }
    for path, tree in trees(made):
        if path.startswith(("bin/lib/splunklib", "bin/lib/idna")):
            continue  # their imports run in the tests that run the command
        for node in at_once(tree):
            for name in names_of(node):
                top = name.partition(".")[0]
                assert top in brought or top in sys.stdlib_module_names, (path, name)


def at_once(tree: ast.Module) -> Iterator[ast.stmt]:
    yield from vendored._at_once(tree.body)


def names_of(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []


FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "input"}
FORBIDDEN_MODULES = {
    "subprocess",
    "ctypes",
    "multiprocessing",
    "pickle",
    "marshal",
    "pty",
    "socketserver",
}
FORBIDDEN_NAMES = {
    "system",
    "popen",
    "spawnl",
    "execv",
    "fork",
    "CERT_NONE",
    "_create_unverified_context",
}
OWN = "bin/lib/agentwarrant/siem/splunk/inside/rest.py"
"""Compares no host name on the loopback interface; its docstring says why."""


def test_nothing_runs_programs_or_code_from_elsewhere(made: dict[str, bytes]) -> None:
    for path, tree in trees(made):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                refused = FORBIDDEN_CALLS - ({"compile"} if path in COMPILES else set())
                assert node.func.id not in refused, (path, node.lineno)
            if isinstance(node, ast.Import | ast.ImportFrom):
                for name in names_of(node):
                    assert name.partition(".")[0] not in FORBIDDEN_MODULES, (path, name)


def test_certificates_are_verified_everywhere(made: dict[str, bytes]) -> None:
    for path, tree in trees(made):
        for node in ast.walk(tree):
            name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
            assert name not in FORBIDDEN_NAMES, path
            assert name != "check_hostname" or path == OWN, path
            if isinstance(node, ast.keyword) and node.arg == "verify":
                assert not (isinstance(node.value, ast.Constant) and node.value.value is False), (
                    path
                )


WRITING = {"write_text", "write_bytes", "mkdir", "makedirs", "unlink", "rename", "replace_file"}
WRITING |= {"touch", "rmtree", "mkstemp", "NamedTemporaryFile", "make_archive", "FileHandler"}


def test_nothing_writes_to_disk(made: dict[str, bytes]) -> None:
    for path, tree in trees(made):
        spared = SDK_WRITES.get(path, set())
        for function in functions(tree):
            if function.name in spared:
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Call):
                    assert called(node) not in WRITING, (path, node.lineno)
                    assert not (called(node) == "open" and writes(node)), (path, node.lineno)


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def writes(node: ast.Call) -> bool:
    texts = [
        a.value
        for a in [*node.args[1:], *(k.value for k in node.keywords)]
        if isinstance(a, ast.Constant)
    ]
    return any(
        isinstance(text, str) and set(text) & set("wax+") and len(text) < 4 for text in texts
    )


def test_the_sdk_s_client_is_left_out(made: dict[str, bytes]) -> None:
    assert not any(path.endswith(("binding.py", "external_search_command.py")) for path in made)
    assert b"verify" in made["bin/lib/splunklib/client.py"]  # its docstring says why


def test_without_the_sdk_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vendored, "_SDK", "splunk-sdk-that-nobody-has")
    with pytest.raises(MissingExtra, match=r"Splunk's SDK.*agentwarrant\[splunk\]"):
        vendored.library()


# Conf files --------------------------------------------------------------------------------------


def test_what_conf_files_start_is_there(made: dict[str, bytes]) -> None:
    confs = app_bin.confs()
    action, command = confs["alert_actions"][ALERT_ACTION], confs["commands"][COMMAND]
    assert f"bin/{action['alert.execute.cmd']}" in made
    assert f"bin/{command['filename']}" in made
    for one in (action, command):
        assert (one["python.version"], one["python.required"]) == ("python3", "3.13")
    assert command["chunked"] == "true"
    for stanzas in confs.values():
        assert conf.text(stanzas)


def test_every_parameter_is_in_the_form_and_specified(made: dict[str, bytes]) -> None:
    action = app_bin.confs()["alert_actions"][ALERT_ACTION]
    asked = {name for name in action if name.startswith("param.") and name != "param._cam"}
    page = made[f"default/data/ui/alerts/{ALERT_ACTION}.html"].decode()
    spec = made["README/alert_actions.conf.spec"].decode()
    saved = made["README/savedsearches.conf.spec"].decode()
    for name in asked:
        assert f'name="action.{ALERT_ACTION}.{name}"' in page
        assert f"\n{name} = <" in spec
        assert f"\naction.{ALERT_ACTION}.{name} = <" in saved
    assert page.count(" name=") == len(asked)
    assert not any("secret" in name or "token" in name for name in asked)


def test_the_form_is_well_formed(made: dict[str, bytes]) -> None:
    class Reader(html.parser.HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open: list[str] = []
            self.labels: set[str] = set()
            self.ids: set[str] = set()

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            said = dict(attrs)
            self.open.append(tag)
            self.labels |= {said["for"] or ""} if tag == "label" else set()
            self.ids |= {said["id"] or ""} if "id" in said else set()

        def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.handle_starttag(tag, attrs)
            self.open.pop()

        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

    reader = Reader()
    reader.feed(made[f"default/data/ui/alerts/{ALERT_ACTION}.html"].decode())
    assert not reader.open
    assert reader.labels == reader.ids


def test_enterprise_security_is_told_what_the_action_is() -> None:
    told = json.loads(app_bin.confs()["alert_actions"][ALERT_ACTION]["param._cam"])
    assert {"category", "task", "subject", "technology"} <= told.keys()
    assert {"vendor", "product", "version"} <= told["technology"][0].keys()
    assert told["supports_adhoc"] is True


def test_the_collection_of_warrants_has_every_field_of_a_row() -> None:
    confs = app_bin.confs()
    ((name, fields),) = confs["collections"].items()
    assert set(fields) == {f"field.{one}" for one in FIELDS}
    lookup = confs["transforms"][name]
    assert lookup["fields_list"].split(", ") == ["_key", *FIELDS]
