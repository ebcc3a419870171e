"""The app's own library (``bin/lib``): as much of Python packages as runs inside Splunk.

All of it is Python source, put together from what is installed here: our own engine, as far as
the programs of ``inside`` need it; stand-ins for what is compiled; ``idna``; and, of Splunk's SDK,
what a streaming command needs. Its client is left out: it does not verify certificates unless told.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.resources import files
from importlib.resources.abc import Traversable

import orjson

from agentwarrant.collect import load_connectors
from agentwarrant.errors import MissingExtra
from agentwarrant.redact import Redactor
from agentwarrant.warrant.kinds import Kinds

INSTALL = 'pip install "agentwarrant[splunk]"'
KINDS = "agentwarrant/schemas/inside_kinds.json"
_INSIDE = "agentwarrant.siem.splunk.inside"
_ROOTS = (f"{_INSIDE}.command", f"{_INSIDE}.respond")
_EMPTY = ("agentwarrant/siem/__init__.py", "agentwarrant/siem/splunk/__init__.py")
"""Outside of Splunk these import all that an installation needs."""
_TABLE = re.compile(rb"\"([\w.]+\.json)\"")
_NEVER_READ = frozenset({"taxonomy.json", "identity_kinds.json"})
"""Tables that what is taken along names, and that nothing reads there."""
_STANDINS = {
    "ahocorasick_rs.py": "standin_ahocorasick_rs.py",
    "orjson.py": "standin_orjson.py",
    "re2.py": "standin_re2.py",
    "yaml.py": "standin_yaml.py",
    "splunklib/client.py": "sdk_client.py",
    "splunklib/searchcommands/__init__.py": "sdk_searchcommands.py",
}
_SDK = "splunk-sdk"
_SDK_FILES = (
    "splunklib/__init__.py",
    "splunklib/utils.py",
    *(
        f"splunklib/searchcommands/{name}.py"
        for name in (
            "decorators", "environment", "internals", "search_command", "streaming_command",
            "validators",
        )
    ),
)  # fmt: skip
_IDNA = "idna"

Files = dict[str, bytes]


def library(sdk: Distribution | None = None) -> Files:
    """Return the files of the library by their path in it; the same for the same packages.

    Args:
        sdk: Splunk's SDK; that which is installed where none is given.

    Raises:
        MissingExtra: It is not installed.
    """
    engine = {**_reached("agentwarrant", _ROOTS), **dict.fromkeys(_EMPTY, b"")}
    made = {
        **engine,
        **_tables(engine.values()),
        KINDS: kinds(),
        **_sdk(sdk or _installed()),
        **_standins(),
        **_reached(_IDNA, [_IDNA]),
        "idna/LICENSE.md": _licence(distribution(_IDNA)),
    }
    return dict(sorted(made.items()))


def kinds() -> bytes:
    """Return the kinds of accounts that all sources name, as ``inside.warrants`` reads them."""
    known = Kinds.of(load_connectors(Redactor(b"of no use here")).values())
    names = {"names": known.names, "credentials": known.credentials, "folded": known.folded}
    return orjson.dumps({key: sorted(value) for key, value in names.items()})


def _installed() -> Distribution:
    try:
        return distribution(_SDK)
    except PackageNotFoundError:
        raise MissingExtra(
            "the app's search command needs Splunk's SDK, which is not installed", mend=INSTALL
        ) from None


def _sdk(sdk: Distribution) -> Files:
    made = {path: _read(sdk.locate_file(path)) for path in _SDK_FILES}
    return {**made, "splunklib/LICENSE": _licence(sdk)}


def _read(path: object) -> bytes:
    with open(str(path), "rb") as stream:  # noqa: PTH123  # a path of importlib's own kind
        return stream.read()


def _licence(of: Distribution) -> bytes:
    """Return the text of a package's licence."""
    found = [path for path in of.files or () if path.name.upper().startswith("LICEN")]
    if not found:  # splunk-sdk 2 has none in its wheel: it is under the licence that we are under
        return _licence(distribution("agentwarrant"))
    return _read(min(found, key=str).locate())


def _standins() -> Files:
    home = files(_INSIDE)
    return {path: (home / name).read_bytes() for path, name in _STANDINS.items()}


def _tables(sources: Iterable[bytes]) -> Files:
    """Return the tables of ``schemas/`` that sources name."""
    home = files("agentwarrant.schemas")
    named = {name.decode() for source in sources for name in _TABLE.findall(source)}
    there = sorted(one for one in named - _NEVER_READ if (home / one).is_file())
    listed = ("__init__.py", *there)
    return {f"agentwarrant/schemas/{name}": (home / name).read_bytes() for name in listed}


# What modules import -----------------------------------------------------------------------------


def _reached(package: str, roots: Iterable[str]) -> Files:
    """Return the modules of a package that some of it import, when they are imported."""
    home = files(package)
    found: dict[str, bytes] = {}
    pending = [package, *roots]
    seen: set[str] = set()
    while pending:
        name = pending.pop()
        if name in seen or name.partition(".")[0] != package:
            continue
        seen.add(name)
        path = _place(home, package, name)
        if path is None:
            continue  # a name within a module
        body = home.joinpath(*path.split("/")[1:]).read_bytes()
        found[path] = body
        pending.append(name.rpartition(".")[0])
        if path not in _EMPTY:
            pending += _imported(ast.parse(body), name, path.endswith("/__init__.py"))
    return found


def _place(home: Traversable, package: str, name: str) -> str | None:
    inner = name.split(".")[1:]
    for path in ([*inner, "__init__.py"], [*inner[:-1], f"{inner[-1]}.py"] if inner else []):
        if path and home.joinpath(*path).is_file():
            return "/".join((package, *path))
    return None


def _imported(tree: ast.Module, name: str, is_package: bool) -> Iterator[str]:
    """Yield what a module imports as soon as it is imported; not for types, nor in functions."""
    base = name.split(".") if is_package else name.split(".")[:-1]
    for node in _at_once(tree.body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = base[: len(base) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _at_once(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.If):
            typing = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
            yield from _at_once([*([] if typing else node.body), *node.orelse])
        elif isinstance(node, ast.Try):
            yield from _at_once([*node.body, *node.orelse, *node.finalbody])
            yield from (one for handler in node.handlers for one in _at_once(handler.body))
        else:
            yield node


def sizes(made: Mapping[str, bytes]) -> dict[str, int]:
    """Return how many bytes each package of a library has."""
    found: dict[str, int] = {}
    for path, body in made.items():
        name = path.partition("/")[0].removesuffix(".py")
        found[name] = found.get(name, 0) + len(body)
    return found
